//! The graph that is shown: picks the most visited nodes, sums up the rest, and writes the pattern
//! of each number.

use std::collections::BTreeMap;

use crate::analysis::by_text::ByText;
use crate::analysis::warning::few_units_with_path;
use crate::pattern::{Atom, Part, Pattern};
use crate::ranking::greatest_first;

use super::{
    EdgeCount, NodeCount, TransitionEdge, TransitionNode, TransitionNodeKind, TransitionsPartial,
    TransitionsPlan, TransitionsReport,
};

/// The nodes that are shown, and which of them each node of the data belongs to.
struct Shown {
    nodes: Vec<TransitionNode>,
    /// What each matches; nothing for the start and the end.
    atoms: Vec<Option<Atom>>,
    index_of: ByText<u32>,
    /// Index of `other`, which is there where a node is not in `index_of`.
    other: u32,
}

pub(super) fn report(plan: &TransitionsPlan, partial: TransitionsPartial) -> TransitionsReport {
    let shown = shown(plan.n_top, partial.n_units, partial.nodes);
    let end = shown.nodes.len() as u32 - 1;
    let index = |label: &str| shown.index_of.get(label).copied().unwrap_or(shown.other);
    let mut edges: BTreeMap<(u32, u32), EdgeCount> = BTreeMap::new();
    for ((from, to), count) in partial.edges {
        let from = from.map_or(0, |label| index(&label));
        let to = to.map_or(end, |label| index(&label));
        edges.entry((from, to)).or_default().add(count);
    }
    let mut edges: Vec<TransitionEdge> = edges
        .into_iter()
        .map(|((from, to), count)| shown.edge(from, to, &count))
        .collect();
    // Those with as many transitions stay in the order of their nodes.
    greatest_first(&mut edges, |edge| edge.n_transitions);
    TransitionsReport {
        n_units: partial.n_units,
        nodes: shown.nodes,
        edges,
        warnings: few_units_with_path(partial.n_units),
    }
}

fn shown(n_top: usize, n_units: u64, counts: ByText<NodeCount>) -> Shown {
    let mut counts: Vec<(String, NodeCount)> = counts.into_iter().collect();
    greatest_first(&mut counts, |(_, count)| count.n_visits);
    let rest = counts.split_off(n_top.min(counts.len()));
    let mut shown = Shown {
        nodes: Vec::new(),
        atoms: Vec::new(),
        index_of: ByText::default(),
        other: counts.len() as u32 + 1,
    };
    let at = |at_start, at_end| Pattern {
        at_start,
        at_end,
        parts: Vec::new(),
    };
    let of = |atom: &Atom| Pattern {
        parts: vec![Part::once(atom.clone())],
        ..Pattern::default()
    };
    let units = Some(n_units);
    use TransitionNodeKind::{End, Node, Other, Start};
    shown.add(Start, "start", n_units, units, &at(true, false), None);
    for (label, count) in &counts {
        let atom = Atom::OneOf(vec![label.clone()]);
        let index = shown.nodes.len() as u32;
        *shown.index_of.of(label.clone()) = index;
        let NodeCount { n_visits, n_units } = *count;
        shown.add(
            Node,
            label,
            n_visits,
            Some(n_units),
            &of(&atom),
            Some(atom.clone()),
        );
    }
    if !rest.is_empty() {
        let atom = Atom::NoneOf(counts.into_iter().map(|(label, _)| label).collect());
        let n_visits = rest.iter().map(|(_, count)| count.n_visits).sum();
        // A single node has no other to share units with.
        let n_units = (rest.len() == 1).then_some(rest[0].1.n_units);
        shown.add(
            Other,
            "other",
            n_visits,
            n_units,
            &of(&atom),
            Some(atom.clone()),
        );
    }
    shown.add(End, "end", n_units, units, &at(false, true), None);
    shown
}

impl Shown {
    fn add(
        &mut self,
        kind: TransitionNodeKind,
        label: &str,
        n_visits: u64,
        n_units: Option<u64>,
        pattern: &Pattern,
        atom: Option<Atom>,
    ) {
        self.nodes.push(TransitionNode {
            kind,
            label: label.to_owned(),
            n_visits,
            n_units,
            pattern: pattern.to_string(),
        });
        self.atoms.push(atom);
    }

    fn edge(&self, from: u32, to: u32, count: &EdgeCount) -> TransitionEdge {
        let (from_node, to_node) = (&self.nodes[from as usize], &self.nodes[to as usize]);
        let is_outside = |node: &TransitionNode| {
            matches!(
                node.kind,
                TransitionNodeKind::Start | TransitionNodeKind::End
            )
        };
        let is_unknown = |node: &TransitionNode| node.n_units.is_none();
        // A path starts and ends once, so there no unit is counted twice.
        let is_exact = is_outside(from_node)
            || is_outside(to_node)
            || !is_unknown(from_node) && !is_unknown(to_node);
        let atoms = [&self.atoms[from as usize], &self.atoms[to as usize]];
        let pattern = Pattern {
            at_start: from_node.kind == TransitionNodeKind::Start,
            at_end: to_node.kind == TransitionNodeKind::End,
            parts: atoms
                .into_iter()
                .flatten()
                .map(|atom| Part::once(atom.clone()))
                .collect(),
        };
        let times = count.millis.quantiles(&[0.5, 0.95]);
        let share = |whole: u64| count.n_transitions as f64 / whole as f64;
        TransitionEdge {
            from,
            to,
            n_transitions: count.n_transitions,
            n_units: is_exact.then_some(count.n_units),
            share_of_exits: share(from_node.n_visits),
            share_of_entries: share(to_node.n_visits),
            median_millis: times.first().copied(),
            p95_millis: times.get(1).copied(),
            pattern: pattern.to_string(),
        }
    }
}
