//! Two step matrices of one request over two groups, side by side and subtracted.

use serde::Serialize;

use crate::analysis::common_nodes::Common;
use crate::analysis::paths::PathNodeKind;
use crate::analysis::statistics::{RateDifference, correct};

use super::{StepMatrixReport, StepRow};

/// Two step matrices compared. P values are corrected over all cells.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS, crate::Schema))]
pub struct StepMatrixDifference {
    /// The position of each column.
    pub positions: Vec<i32>,
    /// Rows that both matrices know; what only one of them shows is in `other`.
    pub rows: Vec<StepRowDifference>,
}

/// One row of two step matrices.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS, crate::Schema))]
pub struct StepRowDifference {
    /// What it stands for.
    pub kind: PathNodeKind,
    /// Its label.
    pub label: String,
    /// By column, the shares of all units of their group.
    pub cells: Vec<RateDifference>,
}

/// Compares two reports of one request: `a` − `b`.
pub fn difference(a: &StepMatrixReport, b: &StepMatrixReport) -> StepMatrixDifference {
    let common = Common::new(&shown(a), &shown(b));
    let n_columns = a.positions.len().min(b.positions.len());
    let mut n_units = vec![vec![[0; 2]; n_columns]; common.nodes.len()];
    for (group, report) in [a, b].into_iter().enumerate() {
        for (row, &index) in report.rows.iter().zip(&common.index_of[group]) {
            for (sum, cell) in n_units[index].iter_mut().zip(&row.cells) {
                sum[group] += cell.n_units;
            }
        }
    }
    let rows = common.nodes.into_iter().zip(n_units);
    let rows = rows.map(|((kind, label), cells)| StepRowDifference {
        kind,
        label,
        cells: cells
            .into_iter()
            .map(|[in_a, in_b]| RateDifference::new((in_a, in_b), (a.n_units, b.n_units)))
            .collect(),
    });
    let mut compared = StepMatrixDifference {
        positions: a.positions[..n_columns].to_vec(),
        rows: rows.collect(),
    };
    correct(compared.rows.iter_mut().flat_map(|row| &mut row.cells));
    compared
}

fn shown(report: &StepMatrixReport) -> Vec<(PathNodeKind, &str, u64)> {
    let total = |row: &StepRow| row.cells.iter().map(|cell| cell.n_units).sum();
    let rows = report.rows.iter();
    rows.map(|row| (row.kind, row.label.as_str(), total(row)))
        .collect()
}
