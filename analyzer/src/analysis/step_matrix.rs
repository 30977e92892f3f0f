//! Step matrix: the share of units that are on each node at each position of their path.
//!
//! Positions are 1 to n from the path's start, or −k to k around a centre: the node of the unit's
//! first event that meets a filter and has a node. In every column the shares add up to 1: those
//! whose path has ended are in `left`, those whose path has not begun in `began`.
//!
//! Every cell carries a path pattern, and running that pattern over the same sequences (the
//! `path_pattern` analysis with the same node, unit, repeats, start, end and center) gives the same
//! number.

use std::collections::BTreeMap;
use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::dataset::Dataset;

use super::filter::Filter;
use super::paths::PathNodeKind;
use super::scope::Scope;
use super::sequence::{Anchors, NodeKind, SequenceConfig, Sequences};
use super::warning::Warning;
use super::wire::wire;
use super::{Analysis, RequestError, Unit};

mod difference;
mod table;

pub use difference::{StepMatrixDifference, StepRowDifference, difference};

/// A step matrix to compute.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS, crate::Schema), ts(optional_fields))]
pub struct StepMatrixConfig {
    /// What a node is. Events that have no node are passed over. The name unless given.
    #[cfg_attr(feature = "ts", ts(as = "Option<_>"))]
    pub node: NodeKind,
    /// What has a path. Sessions unless given.
    #[cfg_attr(feature = "ts", ts(as = "Option<_>"))]
    pub unit: Unit,
    /// How many positions to show where there is no centre, 1 to 50; 10 unless given.
    #[cfg_attr(feature = "ts", ts(as = "Option<_>"))]
    pub n_positions: u32,
    /// The node of the path's first event that meets this and has a node is position 0; units
    /// without one are left out.
    #[cfg_attr(feature = "ts", ts(optional = nullable))]
    pub center: Option<Filter>,
    /// How many positions to show before the centre, up to 25; 5 unless given.
    #[cfg_attr(feature = "ts", ts(as = "Option<_>"))]
    pub n_before: u32,
    /// How many positions to show after the centre, up to 25; 5 unless given.
    #[cfg_attr(feature = "ts", ts(as = "Option<_>"))]
    pub n_after: u32,
    /// How many of the commonest nodes over all positions have a row, 1 to 100; the rest is
    /// `other`. 12 unless given.
    #[cfg_attr(feature = "ts", ts(as = "Option<_>"))]
    pub n_top: u32,
    /// Takes a node that follows itself as one. True unless given.
    #[cfg_attr(feature = "ts", ts(as = "Option<_>"))]
    pub collapse_repeats: bool,
    /// Paths begin at the unit's first event that meets this, and units without one are left out.
    #[cfg_attr(feature = "ts", ts(optional = nullable))]
    pub start: Option<Filter>,
    /// Paths end with the unit's first event that meets this, after the one that they begin at;
    /// units without one are left out.
    #[cfg_attr(feature = "ts", ts(optional = nullable))]
    pub end: Option<Filter>,
    /// Which part of the data it looks at.
    #[cfg_attr(feature = "ts", ts(as = "Option<_>"))]
    pub scope: Scope,
}

impl Default for StepMatrixConfig {
    fn default() -> Self {
        Self {
            node: NodeKind::Name,
            unit: Unit::Session,
            n_positions: 10,
            center: None,
            n_before: 5,
            n_after: 5,
            n_top: 12,
            collapse_repeats: true,
            start: None,
            end: None,
            scope: Scope::default(),
        }
    }
}

/// Which share of the units is where, position by position.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS, crate::Schema))]
pub struct StepMatrixReport {
    /// Units that have a path, and a centre if one is asked for.
    pub n_units: u64,
    /// The position of each column: from 1, or around 0.
    pub positions: Vec<i32>,
    /// The commonest nodes, then `other`, `began` and `left` where there are such units.
    pub rows: Vec<StepRow>,
    /// What to know before trusting the numbers.
    pub warnings: Vec<Warning>,
}

/// One node at all positions.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS, crate::Schema))]
pub struct StepRow {
    /// Whether it is a node of the data, the rest of them, or no node.
    pub kind: PathNodeKind,
    /// The node's name; `other`, `began` and `left` for those three.
    pub label: String,
    /// By column.
    pub cells: Vec<StepCell>,
}

/// One node at one position.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS, crate::Schema))]
pub struct StepCell {
    /// Units on it at this position.
    pub n_units: u64,
    /// Their share of all units, from 0 to 1.
    pub share: f64,
    /// Path pattern that exactly these units match.
    pub pattern: String,
}

/// The analysis; see the module.
pub struct StepMatrix;

/// A step matrix resolved against one dataset.
pub struct StepMatrixPlan {
    sequences: Sequences,
    is_centered: bool,
    /// The first position, and how many there are.
    first: i32,
    n_columns: usize,
    n_top: usize,
}

/// Where some units are.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct StepMatrixPartial {
    n_units: u64,
    /// Units by column and node.
    cells: BTreeMap<(u32, String), u64>,
}

wire!(StepMatrixPartial { n_units, cells });

impl Analysis for StepMatrix {
    type Config = StepMatrixConfig;
    type Plan = StepMatrixPlan;
    type Partial = StepMatrixPartial;
    type Report = StepMatrixReport;

    fn plan(config: &StepMatrixConfig, dataset: &Dataset) -> Result<StepMatrixPlan, RequestError> {
        let limits = [
            ("n_positions", config.n_positions, 1, 50),
            ("n_before", config.n_before, 0, 25),
            ("n_after", config.n_after, 0, 25),
            ("n_top", config.n_top, 1, 100),
        ];
        for (place, given, least, most) in limits {
            if !(least..=most).contains(&given) {
                let problem = format!("is {given}; give {least} to {most}");
                return Err(RequestError::new(place, problem));
            }
        }
        let sequences = SequenceConfig {
            node: &config.node,
            unit: config.unit,
            collapse_repeats: config.collapse_repeats,
            anchors: Anchors {
                start: config.start.as_ref(),
                end: config.end.as_ref(),
                center: config.center.as_ref(),
                ..Anchors::default()
            },
        };
        let (first, n_columns) = match config.center {
            None => (1, config.n_positions),
            Some(_) => (
                -(config.n_before as i32),
                config.n_before + 1 + config.n_after,
            ),
        };
        Ok(StepMatrixPlan {
            sequences: Sequences::new(&sequences, dataset)?,
            is_centered: config.center.is_some(),
            first,
            n_columns: n_columns as usize,
            n_top: config.n_top as usize,
        })
    }

    fn scan(plan: &StepMatrixPlan, dataset: &Dataset, people: Range<usize>) -> StepMatrixPartial {
        let labels = plan.sequences.labels();
        let mut n_units = 0;
        let mut counts = vec![0_u64; plan.n_columns * labels.len()];
        let (max_len, n_before) = if plan.is_centered {
            (usize::MAX, plan.first.unsigned_abs() as usize)
        } else {
            (plan.n_columns, 0)
        };
        plan.sequences.for_each(dataset, people, max_len, |path| {
            n_units += 1;
            // Column and node that the shown part of the path begins at.
            let center = if plan.is_centered { path.center } else { 0 };
            let column = n_before.saturating_sub(center);
            let nodes = &path.nodes[center.saturating_sub(n_before)..];
            for (column, &node) in (column..plan.n_columns).zip(nodes) {
                counts[column * labels.len() + node as usize] += 1;
            }
        });
        let counts = counts.into_iter().enumerate().filter(|&(_, n)| n > 0);
        let cells = counts.map(|(index, n)| {
            let (column, label) = (index / labels.len(), &labels[index % labels.len()]);
            ((column as u32, label.clone()), n)
        });
        StepMatrixPartial {
            n_units,
            cells: cells.collect(),
        }
    }

    fn merge(mut a: StepMatrixPartial, b: StepMatrixPartial) -> StepMatrixPartial {
        a.n_units += b.n_units;
        for (cell, n_units) in b.cells {
            *a.cells.entry(cell).or_default() += n_units;
        }
        a
    }

    fn finish(plan: &StepMatrixPlan, partial: StepMatrixPartial) -> StepMatrixReport {
        table::report(plan, &partial)
    }
}
