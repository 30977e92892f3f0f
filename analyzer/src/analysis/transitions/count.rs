//! Counting: how often each node follows each, in how many units, and after what times.

use std::collections::BTreeMap;

use crate::analysis::durations::Durations;
use crate::analysis::key_table::KeyTable;
use crate::analysis::sequence::{Goals, Stop, Walker};

use super::{EdgeCount, NodeCount, TransitionsPartial};

/// Counts transitions by number of the edge, and visits by code of the node.
pub(super) struct Counter {
    /// The code after those of all nodes, which stands for the start and for the end.
    outside: u32,
    /// Edges as from × (outside + 1) + to.
    numbers: KeyTable,
    /// By number.
    edges: Vec<Edge>,
    /// By code of the node.
    visitors: Vec<Units>,
    n_units: u32,
}

/// What was seen of an edge.
#[derive(Default)]
struct Edge {
    units: Units,
    /// Of every transition between nodes; none from the start and to the end, which each unit has
    /// once.
    millis: Durations,
}

/// How many units, and the last that was counted, from 1.
#[derive(Clone, Copy, Default)]
struct Units {
    n: u32,
    last: u32,
}

impl Units {
    #[inline(always)]
    fn add(&mut self, unit: u32) {
        self.n += u32::from(self.last != unit);
        self.last = unit;
    }
}

impl Walker for Counter {
    #[inline(always)]
    fn begin(&mut self, first: Stop, _: Goals<'_>) {
        self.n_units += 1;
        self.edge(self.outside, first.node);
        self.visitors[first.node as usize].add(self.n_units);
    }

    #[inline(always)]
    fn go(&mut self, from: Stop, to: Stop) {
        self.edge(from.node, to.node)
            .millis
            .push(to.time - from.time);
        self.visitors[to.node as usize].add(self.n_units);
    }

    #[inline(always)]
    fn end(&mut self, last: Stop) {
        self.edge(last.node, self.outside);
    }
}

impl Counter {
    pub(super) fn new(n_labels: usize) -> Self {
        let n_codes = n_labels as u64 + 1;
        Self {
            outside: n_labels as u32,
            numbers: KeyTable::new(n_codes * n_codes),
            edges: Vec::new(),
            visitors: vec![Units::default(); n_labels],
            n_units: 0,
        }
    }

    /// The edge that the present unit takes.
    #[inline(always)]
    fn edge(&mut self, from: u32, to: u32) -> &mut Edge {
        let key = u64::from(from) * (u64::from(self.outside) + 1) + u64::from(to);
        let number = self.numbers.number(key);
        if number == self.edges.len() {
            self.add_edge();
        }
        let edge = &mut self.edges[number];
        edge.units.add(self.n_units);
        edge
    }

    #[cold]
    #[inline(never)]
    fn add_edge(&mut self) {
        self.edges.push(Edge::default());
    }

    pub(super) fn into_partial(self, labels: &[String]) -> TransitionsPartial {
        let n_codes = labels.len() as u64 + 1;
        let label = |code: u64| labels.get(code as usize).cloned();
        let mut edges = BTreeMap::new();
        let mut n_visits = vec![0; labels.len()];
        for (key, edge) in self.numbers.keys().iter().zip(self.edges) {
            let (from, to) = (label(key / n_codes), label(key % n_codes));
            let n_units = edge.units.n.into();
            let n_transitions = match (&from, &to) {
                (Some(_), Some(_)) => edge.millis.len() as u64,
                _ => n_units,
            };
            if let Some(n_visits) = n_visits.get_mut((key % n_codes) as usize) {
                *n_visits += n_transitions;
            }
            let count = EdgeCount {
                n_transitions,
                n_units,
                millis: edge.millis,
            };
            edges.insert((from, to), count);
        }
        let nodes = labels.iter().zip(n_visits).zip(self.visitors);
        let nodes = nodes.filter(|((_, n_visits), _)| *n_visits > 0);
        let nodes = nodes.map(|((label, n_visits), units)| {
            let n_units = units.n.into();
            (label.clone(), NodeCount { n_visits, n_units })
        });
        TransitionsPartial {
            n_units: self.n_units.into(),
            nodes: nodes.collect(),
            edges,
        }
    }
}
