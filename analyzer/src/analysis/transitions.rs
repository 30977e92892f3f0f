//! Transition graph: from which node units go to which, how often, and after what time.
//!
//! A transition is a node of a path and the one that follows it; every path also goes from an
//! artificial start to its first node and from its last node to an artificial end. So every visit
//! of a node has one transition into it and one out of it. The time of a transition is that
//! between the first events of both nodes: from arriving at one to arriving at the other.
//!
//! Every number carries a path pattern: transitions and visits are its `n_matches`, units its
//! `n_matching`, over the same sequences (the `path_pattern` analysis with the same node, unit,
//! repeats, start and end).

use std::collections::BTreeMap;
use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::dataset::Dataset;

use super::by_text::ByText;
use super::durations::Durations;
use super::filter::Filter;
use super::scope::Scope;
use super::sequence::{Anchors, NodeKind, SequenceConfig, Sequences};
use super::warning::Warning;
use super::wire::wire;
use super::{Analysis, RequestError, Unit};

mod count;
mod difference;
mod graph;

use count::Counter;
pub use difference::{
    TransitionEdgeDifference, TransitionNodeDifference, TransitionsDifference, difference,
};

/// A transition graph to compute.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS, crate::Schema), ts(optional_fields))]
pub struct TransitionsConfig {
    /// What a node is. Events that have no node are passed over. The name unless given.
    #[cfg_attr(feature = "ts", ts(as = "Option<_>"))]
    pub node: NodeKind,
    /// What has a path. Sessions unless given.
    #[cfg_attr(feature = "ts", ts(as = "Option<_>"))]
    pub unit: Unit,
    /// How many of the most visited nodes to show, 1 to 100; the rest is `other`. 12 unless given.
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

impl Default for TransitionsConfig {
    fn default() -> Self {
        Self {
            node: NodeKind::Name,
            unit: Unit::Session,
            n_top: 12,
            collapse_repeats: true,
            start: None,
            end: None,
            scope: Scope::default(),
        }
    }
}

/// Who goes from where to where.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS, crate::Schema))]
pub struct TransitionsReport {
    /// Units that have a path.
    pub n_units: u64,
    /// The start, the most visited nodes, `other` where there are more, and the end.
    pub nodes: Vec<TransitionNode>,
    /// The commonest first, then by nodes.
    pub edges: Vec<TransitionEdge>,
    /// What to know before trusting the numbers.
    pub warnings: Vec<Warning>,
}

/// A node and its totals.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS, crate::Schema))]
pub struct TransitionNode {
    /// Whether it is a node of the data, the rest of them, the start or the end.
    pub kind: TransitionNodeKind,
    /// The node's name; `start`, `other` and `end` for those three.
    pub label: String,
    /// How often it comes in all paths: transitions into it, and out of it.
    pub n_visits: u64,
    /// Units whose path has it. `null` for `other`: its nodes may be those of the same units.
    pub n_units: Option<u64>,
    /// Path pattern that matches at its visits.
    pub pattern: String,
}

/// What a node of the report stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "ts", derive(ts_rs::TS, crate::Schema))]
pub enum TransitionNodeKind {
    /// Before the first node of every path.
    Start,
    /// A node of the data.
    Node,
    /// All nodes of the data that are not among the most visited.
    Other,
    /// After the last node of every path.
    End,
}

/// How often a node follows another.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS, crate::Schema))]
pub struct TransitionEdge {
    /// Index into `nodes`.
    pub from: u32,
    /// Index into `nodes`.
    pub to: u32,
    /// How often.
    pub n_transitions: u64,
    /// Units that do so at least once. `null` between `other` and another node: its nodes may be
    /// those of the same units.
    pub n_units: Option<u64>,
    /// Share of all that leaves `from`, from 0 to 1.
    pub share_of_exits: f64,
    /// Share of all that enters `to`, from 0 to 1.
    pub share_of_entries: f64,
    /// Exact median of the times from arriving at `from` to arriving at `to`, in milliseconds;
    /// `null` from the start and to the end.
    pub median_millis: Option<f64>,
    /// Exact 95th percentile of the same.
    pub p95_millis: Option<f64>,
    /// Path pattern that matches at these transitions.
    pub pattern: String,
}

/// The analysis; see the module.
pub struct Transitions;

/// Transitions resolved against one dataset.
pub struct TransitionsPlan {
    sequences: Sequences,
    n_top: usize,
}

/// The transitions of some units. About 4 bytes a transition, for the exact times.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct TransitionsPartial {
    n_units: u64,
    nodes: ByText<NodeCount>,
    /// By node and next node; `None` is the start, then the end.
    edges: BTreeMap<(Option<String>, Option<String>), EdgeCount>,
}

wire!(TransitionsPartial {
    n_units,
    nodes,
    edges
});

#[derive(Debug, Clone, Copy, Default, PartialEq)]
struct NodeCount {
    n_visits: u64,
    n_units: u64,
}

wire!(NodeCount { n_visits, n_units });

#[derive(Debug, Clone, Default, PartialEq)]
struct EdgeCount {
    n_transitions: u64,
    n_units: u64,
    millis: Durations,
}

wire!(EdgeCount {
    n_transitions,
    n_units,
    millis
});

impl Analysis for Transitions {
    type Config = TransitionsConfig;
    type Plan = TransitionsPlan;
    type Partial = TransitionsPartial;
    type Report = TransitionsReport;

    fn plan(
        config: &TransitionsConfig,
        dataset: &Dataset,
    ) -> Result<TransitionsPlan, RequestError> {
        if !(1..=100).contains(&config.n_top) {
            let problem = format!("is {}; give 1 to 100", config.n_top);
            return Err(RequestError::new("n_top", problem));
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
        Ok(TransitionsPlan {
            sequences: Sequences::new(&sequences, dataset)?,
            n_top: config.n_top as usize,
        })
    }

    fn scan(plan: &TransitionsPlan, dataset: &Dataset, people: Range<usize>) -> TransitionsPartial {
        let mut counter = Counter::new(plan.sequences.labels().len());
        plan.sequences.walk(dataset, people, &mut counter);
        counter.into_partial(plan.sequences.labels())
    }

    fn merge(mut a: TransitionsPartial, mut b: TransitionsPartial) -> TransitionsPartial {
        if a.edges.len() < b.edges.len() {
            std::mem::swap(&mut a, &mut b);
        }
        a.n_units += b.n_units;
        for (label, count) in b.nodes {
            let sum = a.nodes.of(label);
            sum.n_visits += count.n_visits;
            sum.n_units += count.n_units;
        }
        for (edge, count) in b.edges {
            a.edges.entry(edge).or_default().add(count);
        }
        a
    }

    fn finish(plan: &TransitionsPlan, partial: TransitionsPartial) -> TransitionsReport {
        graph::report(plan, partial)
    }
}

impl EdgeCount {
    fn add(&mut self, other: Self) {
        self.n_transitions += other.n_transitions;
        self.n_units += other.n_units;
        self.millis.append(other.millis);
    }
}
