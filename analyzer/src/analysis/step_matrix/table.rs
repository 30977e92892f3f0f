//! The matrix that is shown: picks the rows, sums up the rest, and writes the pattern of each cell.

use std::collections::BTreeMap;

use crate::analysis::paths::PathNodeKind;
use crate::analysis::warning::few_units_with_path;
use crate::pattern::{Atom, Part, Pattern, Repeat};
use crate::ranking::greatest_first;

use super::{StepCell, StepMatrixPartial, StepMatrixPlan, StepMatrixReport, StepRow};

pub(super) fn report(plan: &StepMatrixPlan, partial: &StepMatrixPartial) -> StepMatrixReport {
    let mut counts_of: BTreeMap<&String, Vec<u64>> = BTreeMap::new();
    for ((column, label), &n_units) in &partial.cells {
        let counts = counts_of.entry(label);
        let counts = counts.or_insert_with(|| vec![0; plan.n_columns]);
        counts[*column as usize] = n_units;
    }
    let n_here: Vec<u64> = (0..plan.n_columns)
        .map(|column| counts_of.values().map(|counts| counts[column]).sum())
        .collect();
    let mut ranked: Vec<(&String, Vec<u64>)> = counts_of.into_iter().collect();
    greatest_first(&mut ranked, |(_, counts)| counts.iter().sum());
    let rest = ranked.split_off(plan.n_top.min(ranked.len()));

    let mut rows = Vec::new();
    let mut add = |kind, label: &str, counts: Vec<u64>, pattern: &dyn Fn(i32) -> Pattern| {
        if counts.iter().all(|&n_units| n_units == 0) {
            return;
        }
        let cells = (plan.first..)
            .zip(counts)
            .map(|(position, n_units)| StepCell {
                n_units,
                share: n_units as f64 / partial.n_units as f64,
                pattern: pattern(position).to_string(),
            });
        rows.push(StepRow {
            kind,
            label: label.to_owned(),
            cells: cells.collect(),
        });
    };
    let shown = Atom::NoneOf(ranked.iter().map(|&(label, _)| label.clone()).collect());
    for (label, counts) in ranked {
        let atom = Atom::OneOf(vec![label.clone()]);
        let pattern = |position| at(plan.is_centered, position, &atom);
        add(PathNodeKind::Node, label, counts, &pattern);
    }
    let n_other = (0..plan.n_columns)
        .map(|column| rest.iter().map(|(_, counts)| counts[column]).sum())
        .collect();
    let pattern = |position| at(plan.is_centered, position, &shown);
    add(PathNodeKind::Other, "other", n_other, &pattern);
    let missing = |is_before: bool| {
        let columns = (plan.first..).zip(&n_here);
        let n_missing = columns.map(|(position, &n_here)| {
            if (position < 0) == is_before {
                partial.n_units - n_here
            } else {
                0
            }
        });
        n_missing.collect()
    };
    add(PathNodeKind::Began, "began", missing(true), &began_after);
    let pattern = |position| ended_before(plan.is_centered, position);
    add(PathNodeKind::Left, "left", missing(false), &pattern);

    StepMatrixReport {
        n_units: partial.n_units,
        positions: (plan.first..).take(plan.n_columns).collect(),
        rows,
        warnings: few_units_with_path(partial.n_units),
    }
}

fn any(n: i32) -> impl Iterator<Item = Part> {
    (0..n).map(|_| Part::once(Atom::Any))
}

fn any_up_to(n: i32) -> impl Iterator<Item = Part> {
    any(n).map(|part| Part {
        repeat: Repeat::Optional,
        ..part
    })
}

fn center() -> impl Iterator<Item = Part> {
    std::iter::once(Part::center(Atom::Any))
}

/// Paths with this node at this position.
fn at(is_centered: bool, position: i32, atom: &Atom) -> Pattern {
    let node = std::iter::once(Part::once(atom.clone()));
    let parts: Vec<Part> = if !is_centered {
        any(position - 1).chain(node).collect()
    } else if position == 0 {
        vec![Part::center(atom.clone())]
    } else if position > 0 {
        center().chain(any(position - 1)).chain(node).collect()
    } else {
        node.chain(any(-position - 1)).chain(center()).collect()
    };
    Pattern {
        at_start: !is_centered,
        at_end: false,
        parts,
    }
}

/// Paths that have not begun at this position before the centre; none where it is not before it.
fn began_after(position: i32) -> Pattern {
    let parts = any_up_to(-position - 1).chain(center());
    Pattern {
        at_start: true,
        at_end: position >= 0,
        parts: if position < 0 {
            parts.collect()
        } else {
            Vec::new()
        },
    }
}

/// Paths that have ended at this position; none where it is the first, or not after the centre.
fn ended_before(is_centered: bool, position: i32) -> Pattern {
    let first = if is_centered { 0 } else { 1 };
    let parts: Vec<Part> = if position <= first {
        Vec::new()
    } else if is_centered {
        center().chain(any_up_to(position - 1)).collect()
    } else {
        any(1).chain(any_up_to(position - 2)).collect()
    };
    Pattern {
        at_start: !is_centered || parts.is_empty(),
        at_end: true,
        parts,
    }
}
