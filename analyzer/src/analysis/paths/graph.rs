//! The graph that is shown: picks the commonest nodes, sums up the rest, and writes the pattern of
//! each number.

use std::collections::BTreeMap;

use crate::analysis::by_text::ByText;
use crate::pattern::{Atom, Part, Pattern, Repeat};
use crate::ranking::greatest_first;

use super::{PathEdge, PathNode, PathNodeKind, PathsPartial, PathsPlan};

/// The nodes shown at one position.
pub(super) struct Position {
    pub(super) nodes: Vec<PathNode>,
    /// Index of each label that is shown.
    index_of: ByText<u32>,
    /// Index of `other`, and of `left`, if they are shown.
    other: Option<u32>,
    left: Option<u32>,
    /// What each node matches, to build the patterns of edges.
    atoms: Vec<Atom>,
}

impl Position {
    pub(super) fn n_units(&self) -> u64 {
        self.nodes.iter().map(|node| node.n_units).sum()
    }
}

pub(super) fn positions(plan: &PathsPlan, partial: &PathsPartial) -> Vec<Position> {
    let mut by_position: Vec<Vec<(&String, u64)>> = vec![Vec::new(); plan.n_positions];
    for ((position, label), &n_units) in &partial.nodes {
        by_position[*position as usize].push((label, n_units));
    }
    let n_total: u64 = by_position[0].iter().map(|&(_, n_units)| n_units).sum();
    by_position
        .into_iter()
        .enumerate()
        .map(|(position, labels)| shown(plan, position, labels, n_total))
        .collect()
}

/// Picks what is shown at one position out of its labels, which come in ascending order.
fn shown(
    plan: &PathsPlan,
    position: usize,
    mut labels: Vec<(&String, u64)>,
    n_total: u64,
) -> Position {
    greatest_first(&mut labels, |&(_, n_units)| n_units);
    let n_here: u64 = labels.iter().map(|&(_, n_units)| n_units).sum();
    let rest = labels.split_off(plan.n_top.min(labels.len()));
    let mut shown = Position {
        nodes: Vec::new(),
        index_of: ByText::default(),
        other: None,
        left: None,
        atoms: Vec::new(),
    };
    let mut add = |kind, label: &str, n_units, atom: Atom, pattern: Pattern| {
        let index = shown.nodes.len() as u32;
        shown.nodes.push(PathNode {
            kind,
            label: label.to_owned(),
            n_units,
            pattern: pattern.to_string(),
        });
        shown.atoms.push(atom);
        index
    };
    for &(label, n_units) in &labels {
        let atom = Atom::OneOf(vec![label.clone()]);
        let index = add(
            PathNodeKind::Node,
            label,
            n_units,
            atom.clone(),
            at_position(plan.backward, position, [atom]),
        );
        *shown.index_of.of(label.clone()) = index;
    }
    let n_other: u64 = rest.iter().map(|&(_, n_units)| n_units).sum();
    if n_other > 0 {
        let atom = Atom::NoneOf(labels.iter().map(|&(label, _)| label.clone()).collect());
        shown.other = Some(add(
            PathNodeKind::Other,
            "other",
            n_other,
            atom.clone(),
            at_position(plan.backward, position, [atom]),
        ));
    }
    if n_total > n_here {
        let (kind, label) = if plan.backward {
            (PathNodeKind::Began, "began")
        } else {
            (PathNodeKind::Left, "left")
        };
        shown.left = Some(add(
            kind,
            label,
            n_total - n_here,
            Atom::Any,
            ended_before(position),
        ));
    }
    shown
}

/// The moves between what is shown.
pub(super) fn edges(
    plan: &PathsPlan,
    positions: &[Position],
    partial: &PathsPartial,
) -> Vec<PathEdge> {
    let mut n_units_of: BTreeMap<(u32, u32, u32), u64> = BTreeMap::new();
    for ((position, from, to), &n_units) in &partial.edges {
        let (Some(here), Some(next)) = (
            positions.get(*position as usize),
            positions.get(*position as usize + 1),
        ) else {
            continue;
        };
        let from = here.index_of.get(from).copied().or(here.other);
        let to = match to {
            Some(to) => next.index_of.get(to).copied().or(next.other),
            None => next.left,
        };
        if let (Some(from), Some(to)) = (from, to) {
            *n_units_of.entry((*position, from, to)).or_default() += n_units;
        }
    }
    // Those who had left stay away.
    for (position, pair) in (0..).zip(positions.windows(2)) {
        if let (Some(from), Some(to)) = (pair[0].left, pair[1].left) {
            n_units_of.insert((position, from, to), pair[0].nodes[from as usize].n_units);
        }
    }
    n_units_of
        .into_iter()
        .map(|((position, from, to), n_units)| {
            let (here, next) = (
                &positions[position as usize],
                &positions[position as usize + 1],
            );
            let atom = here.atoms[from as usize].clone();
            let pattern = if here.left == Some(from) {
                ended_before(position as usize)
            } else if next.left == Some(to) {
                Pattern {
                    at_start: true,
                    at_end: true,
                    ..at_position(plan.backward, position as usize, [atom])
                }
            } else {
                let atoms = [atom, next.atoms[to as usize].clone()];
                at_position(plan.backward, position as usize, atoms)
            };
            PathEdge {
                position,
                from,
                to,
                n_units,
                pattern: pattern.to_string(),
            }
        })
        .collect()
}

/// Paths that have these nodes from this position on, which counts from 0: from the start, or
/// backwards from the end.
fn at_position<const N: usize>(backward: bool, position: usize, atoms: [Atom; N]) -> Pattern {
    let before = std::iter::repeat_n(Atom::Any, position);
    let mut parts: Vec<Part> = before.chain(atoms).map(Part::once).collect();
    if backward {
        parts.reverse();
    }
    Pattern {
        at_start: !backward,
        at_end: backward,
        parts,
    }
}

/// Paths of at least one and at most this many nodes, which are more than none: they have ended
/// before this position, which counts from 0.
fn ended_before(position: usize) -> Pattern {
    let optional = Part {
        repeat: Repeat::Optional,
        ..Part::once(Atom::Any)
    };
    let mut parts = vec![Part::once(Atom::Any)];
    parts.extend(std::iter::repeat_n(optional, position - 1));
    Pattern {
        at_start: true,
        at_end: true,
        parts,
    }
}
