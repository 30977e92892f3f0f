//! Position graph of paths: which nodes units are on at each position, and how they move on.
//!
//! A unit's path is the sequence of its nodes (event names, pages, stages, or values of a
//! property), in time order, between the anchors if there are some. Position 1 is the first node,
//! or, backwards, the last one. At every position each unit is on exactly one of: one of the
//! commonest nodes, `other`, or `left` (backwards: `began`).
//!
//! Every number carries a path pattern, and running that pattern over the same sequences (the
//! `path_pattern` analysis with the same node, unit, repeats, start and end) gives the same number.

use std::collections::BTreeMap;
use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::dataset::Dataset;

use super::filter::Filter;
use super::scope::Scope;
use super::sequence::{Anchors, NodeKind, SequenceConfig, Sequences};
use super::warning::{Warning, few_units_with_path};
use super::wire::wire;
use super::{Analysis, RequestError, Unit};

mod difference;
mod graph;
mod moves;

pub use difference::{PathEdgeDifference, PathNodeDifference, PathsDifference, difference};

use graph::{edges, positions};
use moves::Moves;

/// A position graph to compute.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS, crate::Schema), ts(optional_fields))]
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
    /// Paths end with the unit's first event that meets this, after the one that they begin at;
    /// units without one are left out.
    #[cfg_attr(feature = "ts", ts(optional = nullable))]
    pub end: Option<Filter>,
    /// Positions run backwards: position 1 is the last node of the path. With `end` that is the
    /// way to an event. False unless given.
    #[cfg_attr(feature = "ts", ts(as = "Option<_>"))]
    pub backward: bool,
    /// Which part of the data it looks at.
    #[cfg_attr(feature = "ts", ts(as = "Option<_>"))]
    pub scope: Scope,
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
            end: None,
            backward: false,
            scope: Scope::default(),
        }
    }
}

/// Where units go from position to position.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS, crate::Schema))]
pub struct PathsReport {
    /// Units that have a path, which are those at position 1.
    pub n_units: u64,
    /// Nodes at each position: the commonest first, then `other`, then `left` (backwards:
    /// `began`); those without units are left out. At every position the units add up to `n_units`.
    pub positions: Vec<Vec<PathNode>>,
    /// Moves from each position to the next, by position, from and to.
    pub edges: Vec<PathEdge>,
    /// What to know before trusting the numbers.
    pub warnings: Vec<Warning>,
}

/// One node at one position.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS, crate::Schema))]
pub struct PathNode {
    /// Whether it is a node of the data, the rest of them, or the end.
    pub kind: PathNodeKind,
    /// The node's name; `other`, `left` and `began` for those three.
    pub label: String,
    /// Units on it at this position. For `left`: units whose path ended before. For `began`: units
    /// whose path, followed backwards, begins before this position is reached.
    pub n_units: u64,
    /// Path pattern that exactly these units match.
    pub pattern: String,
}

/// What a node of the report stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "ts", derive(ts_rs::TS, crate::Schema))]
pub enum PathNodeKind {
    /// A node of the data.
    Node,
    /// All nodes of the data that are not among the commonest.
    Other,
    /// The path has ended.
    Left,
    /// In a backward graph: the path is no longer than this.
    Began,
}

/// How many units go from a node to a node of the next position. In a backward graph these come
/// from `to` and go to `from`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS, crate::Schema))]
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
    backward: bool,
}

/// What the paths of some units are.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct PathsPartial {
    /// Units by position, from 0, and node.
    nodes: BTreeMap<(u32, String), u64>,
    /// Units by position, node there, and node at the next position; `None` where the path ends.
    edges: BTreeMap<(u32, String, Option<String>), u64>,
}

wire!(PathsPartial { nodes, edges });

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
            anchors: Anchors {
                start: config.start.as_ref(),
                end: config.end.as_ref(),
                ..Anchors::default()
            },
        };
        Ok(PathsPlan {
            sequences: Sequences::new(&sequences, dataset)?,
            n_positions: config.n_positions as usize,
            n_top: config.n_top as usize,
            backward: config.backward,
        })
    }

    fn scan(plan: &PathsPlan, dataset: &Dataset, people: Range<usize>) -> PathsPartial {
        let mut moves = Moves::new(plan.n_positions, plan.sequences.labels().len());
        if plan.backward {
            plan.sequences
                .for_each(dataset, people, usize::MAX, |path| {
                    moves.add(path.nodes.iter().rev().take(plan.n_positions).copied());
                });
        } else {
            plan.sequences
                .for_each(dataset, people, plan.n_positions, |path| {
                    moves.add(path.nodes.iter().copied());
                });
        }
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
        let edges = edges(plan, &positions, &partial);
        let n_units = positions[0].n_units();
        PathsReport {
            n_units,
            positions: positions
                .into_iter()
                .map(|position| position.nodes)
                .collect(),
            edges,
            warnings: few_units_with_path(n_units),
        }
    }
}
