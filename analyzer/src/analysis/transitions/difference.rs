//! Two transition graphs of one request over two groups, side by side and subtracted.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::analysis::common_nodes::Common;
use crate::analysis::statistics::{RateDifference, correct};

use super::{TransitionEdge, TransitionNodeKind, TransitionsReport};

/// Two transition graphs compared. P values are corrected over all edges.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS, crate::Schema))]
pub struct TransitionsDifference {
    /// Nodes that both graphs know; what only one of them shows is in `other`.
    pub nodes: Vec<TransitionNodeDifference>,
    /// By nodes.
    pub edges: Vec<TransitionEdgeDifference>,
}

/// One node of two transition graphs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS, crate::Schema))]
pub struct TransitionNodeDifference {
    /// What it stands for.
    pub kind: TransitionNodeKind,
    /// Its label.
    pub label: String,
    /// Visits by the first group.
    pub n_visits_a: u64,
    /// Visits by the second group.
    pub n_visits_b: u64,
}

/// One edge of two transition graphs.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS, crate::Schema))]
pub struct TransitionEdgeDifference {
    /// Index into `nodes`.
    pub from: u32,
    /// Index into `nodes`.
    pub to: u32,
    /// Transitions of the first group.
    pub n_transitions_a: u64,
    /// Transitions of the second group.
    pub n_transitions_b: u64,
    /// Share of what leaves `from` in the first group; `null` where nothing does.
    pub share_of_exits_a: Option<f64>,
    /// The same in the second group.
    pub share_of_exits_b: Option<f64>,
    /// `share_of_exits_a` − `share_of_exits_b`. Transitions of one unit depend on each other, so
    /// this is not tested; `units` is.
    pub difference_of_exits: Option<f64>,
    /// Units that make the transition, of all units of their group; `null` where edges of several
    /// nodes are summed up, which may be taken by the same units.
    pub units: Option<RateDifference>,
    /// Median time in the first group, in milliseconds, where `units` is known.
    pub median_millis_a: Option<f64>,
    /// Median time in the second group.
    pub median_millis_b: Option<f64>,
}

/// What goes from one node to another in one group.
#[derive(Default)]
struct Flow<'a> {
    n_transitions: u64,
    edges: Vec<&'a TransitionEdge>,
}

/// Compares two reports of one request: `a` − `b`.
pub fn difference(a: &TransitionsReport, b: &TransitionsReport) -> TransitionsDifference {
    let common = Common::new(&shown(a), &shown(b));
    let mut visits = vec![[0; 2]; common.nodes.len()];
    let mut flows: BTreeMap<(u32, u32), [Flow<'_>; 2]> = BTreeMap::new();
    for (group, report) in [a, b].into_iter().enumerate() {
        let index_of = &common.index_of[group];
        for (node, &index) in report.nodes.iter().zip(index_of) {
            visits[index][group] += node.n_visits;
        }
        for edge in &report.edges {
            let [from, to] = [edge.from, edge.to].map(|node| index_of[node as usize] as u32);
            let flow = &mut flows.entry((from, to)).or_default()[group];
            flow.n_transitions += edge.n_transitions;
            flow.edges.push(edge);
        }
    }
    let edges = flows.into_iter().map(|((from, to), flows)| {
        let kinds = [from, to].map(|node| common.nodes[node as usize].0);
        let is_once = kinds[0] == TransitionNodeKind::Start || kinds[1] == TransitionNodeKind::End;
        let n_units = [&flows[0], &flows[1]].map(|flow| flow.n_units(is_once));
        let units = match n_units {
            [Some(in_a), Some(in_b)] => {
                Some(RateDifference::new((in_a, in_b), (a.n_units, b.n_units)))
            }
            _ => None,
        };
        let share = |group: usize| {
            let n_visits = visits[from as usize][group];
            let share = flows[group].n_transitions as f64 / n_visits as f64;
            (n_visits > 0).then_some(share)
        };
        let (share_a, share_b) = (share(0), share(1));
        TransitionEdgeDifference {
            from,
            to,
            n_transitions_a: flows[0].n_transitions,
            n_transitions_b: flows[1].n_transitions,
            share_of_exits_a: share_a,
            share_of_exits_b: share_b,
            difference_of_exits: share_a.zip(share_b).map(|(a, b)| a - b),
            units,
            median_millis_a: flows[0].median_millis(),
            median_millis_b: flows[1].median_millis(),
        }
    });
    let mut edges: Vec<TransitionEdgeDifference> = edges.collect();
    correct(edges.iter_mut().filter_map(|edge| edge.units.as_mut()));
    let nodes = common.nodes.into_iter().zip(visits);
    let nodes = nodes.map(
        |((kind, label), [n_visits_a, n_visits_b])| TransitionNodeDifference {
            kind,
            label,
            n_visits_a,
            n_visits_b,
        },
    );
    TransitionsDifference {
        nodes: nodes.collect(),
        edges,
    }
}

impl Flow<'_> {
    /// Units, where no unit can be in two of the edges: `is_once` says that a unit has only one.
    fn n_units(&self, is_once: bool) -> Option<u64> {
        match self.edges[..] {
            [] => Some(0),
            [edge] => edge.n_units,
            _ if is_once => self.edges.iter().map(|edge| edge.n_units).sum(),
            _ => None,
        }
    }

    fn median_millis(&self) -> Option<f64> {
        match self.edges[..] {
            [edge] => edge.median_millis,
            _ => None,
        }
    }
}

fn shown(report: &TransitionsReport) -> Vec<(TransitionNodeKind, &str, u64)> {
    let nodes = report.nodes.iter();
    nodes
        .map(|node| (node.kind, node.label.as_str(), node.n_visits))
        .collect()
}
