//! Position graph of paths: which nodes units are on at each position, and how they move on.
//!
//! A unit's path is the sequence of its nodes (event names, pages, or values of a property), in
//! time order, from its first event or from an anchor. Position 1 is the first node. At every
//! position each unit is on exactly one of: one of the commonest nodes, `other`, or `left`.
//!
//! Every number carries a path pattern, and running that pattern over the same sequences (the
//! `path_pattern` analysis with the same node, unit, repeats and start) gives the same number.

use std::collections::{BTreeMap, HashMap};
use std::ops::Range;

use rustc_hash::FxBuildHasher;
use serde::{Deserialize, Serialize};

use crate::dataset::Dataset;
use crate::pattern::{Atom, Part, Pattern, Repeat};

use super::filter::Filter;
use super::sequence::{NodeKind, SequenceConfig, Sequences};
use super::warning::{FEW_UNITS, Warning, WarningKind};
use super::{Analysis, RequestError, Unit};

/// A position graph to compute.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(optional_fields))]
pub struct PathsConfig {
    /// What a node is. Events that have no node (no page, no such property) are passed over.
    /// The name unless given.
    #[cfg_attr(feature = "ts", ts(as = "Option<_>"))]
    pub node: NodeKind,
    /// What has a path. Sessions unless given.
    #[cfg_attr(feature = "ts", ts(as = "Option<_>"))]
    pub unit: Unit,
    /// How many positions to show, 2 to 20; 5 unless given.
    #[cfg_attr(feature = "ts", ts(as = "Option<_>"))]
    pub n_positions: u32,
    /// How many of the commonest nodes to show at each position, 1 to 100; the rest is
    /// `other`. 8 unless given.
    #[cfg_attr(feature = "ts", ts(as = "Option<_>"))]
    pub n_top: u32,
    /// Takes a node that follows itself as one. True unless given.
    #[cfg_attr(feature = "ts", ts(as = "Option<_>"))]
    pub collapse_repeats: bool,
    /// Paths begin at the unit's first event that meets this, and units without one are left out.
    #[cfg_attr(feature = "ts", ts(optional = nullable))]
    pub start: Option<Filter>,
}

impl Default for PathsConfig {
    fn default() -> Self {
        Self {
            node: NodeKind::Name,
            unit: Unit::Session,
            n_positions: 5,
            n_top: 8,
            collapse_repeats: true,
            start: None,
        }
    }
}

/// Where units go from position to position.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct PathsReport {
    /// Units that have a path, which are those at position 1.
    pub n_units: u64,
    /// Nodes at each position: the commonest first, then `other`, then `left`; those without
    /// units are left out. At every position the units add up to `n_units`.
    pub positions: Vec<Vec<PathNode>>,
    /// Moves from each position to the next, by position, from and to.
    pub edges: Vec<PathEdge>,
    /// What to know before trusting the numbers.
    pub warnings: Vec<Warning>,
}

/// One node at one position.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct PathNode {
    /// Whether it is a node of the data, the rest of them, or the end.
    pub kind: PathNodeKind,
    /// The node's name; `other` and `left` for those two.
    pub label: String,
    /// Units on it at this position. For `left`: units whose path ended before.
    pub n_units: u64,
    /// Path pattern that exactly these units match.
    pub pattern: String,
}

/// What a node of the report stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub enum PathNodeKind {
    /// A node of the data.
    Node,
    /// All nodes of the data that are not among the commonest.
    Other,
    /// The path has ended.
    Left,
}

/// How many units go from a node to a node of the next position.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct PathEdge {
    /// Index into `positions` of the position that it starts from, from 0.
    pub position: u32,
    /// Index of the node in `positions[position]`.
    pub from: u32,
    /// Index of the node in `positions[position + 1]`.
    pub to: u32,
    /// Units that take it.
    pub n_units: u64,
    /// Path pattern that exactly these units match.
    pub pattern: String,
}

/// The analysis; see the module.
pub struct Paths;

/// Paths resolved against one dataset.
pub struct PathsPlan {
    sequences: Sequences,
    n_positions: usize,
    n_top: usize,
}

/// What the paths of some units are.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct PathsPartial {
    /// Units by position, from 0, and node.
    nodes: BTreeMap<(u32, String), u64>,
    /// Units by position, node there, and node at the next position; `None` where the path ends.
    edges: BTreeMap<(u32, String, Option<String>), u64>,
}

impl Analysis for Paths {
    type Config = PathsConfig;
    type Plan = PathsPlan;
    type Partial = PathsPartial;
    type Report = PathsReport;

    fn plan(config: &PathsConfig, dataset: &Dataset) -> Result<PathsPlan, RequestError> {
        if !(2..=20).contains(&config.n_positions) {
            return Err(RequestError::new(
                "n_positions",
                format!("is {}; give 2 to 20", config.n_positions),
            ));
        }
        if !(1..=100).contains(&config.n_top) {
            return Err(RequestError::new(
                "n_top",
                format!("is {}; give 1 to 100", config.n_top),
            ));
        }
        let sequences = SequenceConfig {
            node: &config.node,
            unit: config.unit,
            collapse_repeats: config.collapse_repeats,
            start: config.start.as_ref(),
        };
        Ok(PathsPlan {
            sequences: Sequences::new(&sequences, dataset)?,
            n_positions: config.n_positions as usize,
            n_top: config.n_top as usize,
        })
    }

    fn scan(plan: &PathsPlan, dataset: &Dataset, people: Range<usize>) -> PathsPartial {
        let mut moves = Moves::new(plan.n_positions, plan.sequences.labels().len());
        plan.sequences
            .for_each(dataset, people, plan.n_positions, |path| moves.add(path));
        moves.into_partial(plan.sequences.labels())
    }

    fn merge(mut a: PathsPartial, mut b: PathsPartial) -> PathsPartial {
        if a.edges.len() < b.edges.len() {
            std::mem::swap(&mut a, &mut b);
        }
        for (node, n_units) in b.nodes {
            *a.nodes.entry(node).or_default() += n_units;
        }
        for (edge, n_units) in b.edges {
            *a.edges.entry(edge).or_default() += n_units;
        }
        a
    }

    fn finish(plan: &PathsPlan, partial: PathsPartial) -> PathsReport {
        let positions = positions(plan, &partial);
        let edges = edges(&positions, &partial);
        let n_units = positions[0].n_units();
        let mut warnings = Vec::new();
        if n_units < FEW_UNITS {
            let message = format!(
                "only {n_units} units have a path: shares of fewer than {FEW_UNITS} say little"
            );
            warnings.push(Warning::new(WarningKind::FewUnits, n_units, message));
        }
        PathsReport {
            n_units,
            positions: positions
                .into_iter()
                .map(|position| position.nodes)
                .collect(),
            edges,
            warnings,
        }
    }
}

/// Counts moves by position and code. The last code stands for the end.
struct Moves {
    n_codes: usize,
    /// By position and code.
    nodes: Vec<u64>,
    /// By position, code, and code of the next position; empty where that would be large.
    dense: Vec<u64>,
    sparse: HashMap<(u32, u32, u32), u64, FxBuildHasher>,
}

impl Moves {
    fn new(n_positions: usize, n_labels: usize) -> Self {
        /// A table of this many counts fits a processor's second cache.
        const MAX_DENSE: usize = 1 << 17;
        let n_codes = n_labels + 1;
        let n_dense = n_codes.saturating_mul(n_codes).saturating_mul(n_positions);
        Self {
            n_codes,
            nodes: vec![0; n_positions * n_codes],
            dense: vec![0; if n_dense <= MAX_DENSE { n_dense } else { 0 }],
            sparse: HashMap::default(),
        }
    }

    /// Counts a path of at least one and at most `n_positions` nodes.
    fn add(&mut self, path: &[u32]) {
        let end = self.n_codes as u32 - 1;
        for (position, &from) in path.iter().enumerate() {
            self.nodes[position * self.n_codes + from as usize] += 1;
            let to = path.get(position + 1).copied().unwrap_or(end);
            if self.dense.is_empty() {
                *self.sparse.entry((position as u32, from, to)).or_default() += 1;
            } else {
                self.dense
                    [(position * self.n_codes + from as usize) * self.n_codes + to as usize] += 1;
            }
        }
    }

    fn into_partial(self, labels: &[String]) -> PathsPartial {
        let n_codes = self.n_codes;
        let nodes = self
            .nodes
            .iter()
            .enumerate()
            .filter(|&(_, &n_units)| n_units > 0);
        let nodes = nodes.map(|(index, &n_units)| {
            (
                ((index / n_codes) as u32, labels[index % n_codes].clone()),
                n_units,
            )
        });
        let dense = self
            .dense
            .iter()
            .enumerate()
            .filter(|&(_, &n_units)| n_units > 0)
            .map(|(index, &n_units)| {
                let (from, to) = (index / n_codes, index % n_codes);
                (
                    ((from / n_codes) as u32, (from % n_codes) as u32, to as u32),
                    n_units,
                )
            });
        let edges = dense
            .chain(self.sparse)
            .map(|((position, from, to), n_units)| {
                (
                    (
                        position,
                        labels[from as usize].clone(),
                        labels.get(to as usize).cloned(),
                    ),
                    n_units,
                )
            });
        PathsPartial {
            nodes: nodes.collect(),
            edges: edges.collect(),
        }
    }
}

/// The nodes shown at one position.
struct Position {
    nodes: Vec<PathNode>,
    /// Index of each label that is shown.
    index_of: BTreeMap<String, u32>,
    /// Index of `other`, and of `left`, if they are shown.
    other: Option<u32>,
    left: Option<u32>,
    /// What each node matches, to build the patterns of edges.
    atoms: Vec<Atom>,
}

impl Position {
    fn n_units(&self) -> u64 {
        self.nodes.iter().map(|node| node.n_units).sum()
    }
}

fn positions(plan: &PathsPlan, partial: &PathsPartial) -> Vec<Position> {
    let mut by_position: Vec<Vec<(&String, u64)>> = vec![Vec::new(); plan.n_positions];
    for ((position, label), &n_units) in &partial.nodes {
        by_position[*position as usize].push((label, n_units));
    }
    let n_total: u64 = by_position[0].iter().map(|&(_, n_units)| n_units).sum();
    by_position
        .into_iter()
        .enumerate()
        .map(|(position, labels)| shown(position, labels, plan.n_top, n_total))
        .collect()
}

/// Picks what is shown at one position out of its labels, which come in ascending order.
fn shown(position: usize, mut labels: Vec<(&String, u64)>, n_top: usize, n_total: u64) -> Position {
    labels.sort_by_key(|&(_, n_units)| std::cmp::Reverse(n_units));
    let n_here: u64 = labels.iter().map(|&(_, n_units)| n_units).sum();
    let rest = labels.split_off(n_top.min(labels.len()));
    let mut shown = Position {
        nodes: Vec::new(),
        index_of: BTreeMap::new(),
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
            at_position(position, [atom]),
        );
        shown.index_of.insert(label.clone(), index);
    }
    let n_other: u64 = rest.iter().map(|&(_, n_units)| n_units).sum();
    if n_other > 0 {
        let atom = Atom::NoneOf(labels.iter().map(|&(label, _)| label.clone()).collect());
        shown.other = Some(add(
            PathNodeKind::Other,
            "other",
            n_other,
            atom.clone(),
            at_position(position, [atom]),
        ));
    }
    if n_total > n_here {
        shown.left = Some(add(
            PathNodeKind::Left,
            "left",
            n_total - n_here,
            Atom::Any,
            ended_before(position),
        ));
    }
    shown
}

/// The moves between what is shown.
fn edges(positions: &[Position], partial: &PathsPartial) -> Vec<PathEdge> {
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
                    at_end: true,
                    ..at_position(position as usize, [atom])
                }
            } else {
                at_position(position as usize, [atom, next.atoms[to as usize].clone()])
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

/// Paths that have these nodes from this position on, which counts from 0.
fn at_position<const N: usize>(position: usize, atoms: [Atom; N]) -> Pattern {
    let before = std::iter::repeat_n(Atom::Any, position);
    Pattern {
        at_start: true,
        at_end: false,
        parts: before.chain(atoms).map(Part::once).collect(),
    }
}

/// Paths that have ended before this position, which counts from 0 and is not 0.
fn ended_before(position: usize) -> Pattern {
    let optional = Part {
        atom: Atom::Any,
        repeat: Repeat::Optional,
    };
    let mut parts = vec![Part::once(Atom::Any)];
    parts.extend(std::iter::repeat_n(optional, position - 1));
    Pattern {
        at_start: true,
        at_end: true,
        parts,
    }
}
