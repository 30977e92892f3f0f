//! Counting: how often each node follows each, in how many units, and after what times.

use std::collections::BTreeMap;

use crate::analysis::durations::Durations;
use crate::analysis::key_table::KeyTable;
use crate::analysis::sequence::Path;
use crate::dataset::Times;

use super::{EdgeCount, NodeCount, TransitionsPartial};

/// Counts transitions by number of the edge, and visits by code of the node.
pub(super) struct Counter {
    /// The code after those of all nodes, which stands for the start and for the end.
    outside: u32,
    /// Edges as from × (outside + 1) + to.
    edges: KeyTable,
    /// By number of the edge.
    transitions: Vec<Tally>,
    /// By code of the node.
    visits: Vec<Tally>,
    /// Milliseconds of every transition between nodes, by number of the edge.
    millis: Vec<Durations>,
    n_units: u32,
}

/// How often, in how many units, and the last unit that was counted, from 1.
#[derive(Clone, Copy, Default)]
struct Tally {
    n: u32,
    n_units: u32,
    last_unit: u32,
}

impl Tally {
    #[inline]
    fn add(&mut self, unit: u32) {
        self.n += 1;
        self.n_units += u32::from(self.last_unit != unit);
        self.last_unit = unit;
    }
}

impl Counter {
    pub(super) fn new(n_labels: usize) -> Self {
        let n_codes = n_labels as u64 + 1;
        Self {
            outside: n_labels as u32,
            edges: KeyTable::new(n_codes * n_codes),
            transitions: Vec::new(),
            visits: vec![Tally::default(); n_labels],
            millis: Vec::new(),
            n_units: 0,
        }
    }

    pub(super) fn add(&mut self, path: &Path<'_>, times: &Times) {
        self.n_units += 1;
        let mut from = self.outside;
        let mut left_at = 0;
        for (&to, &row) in path.nodes.iter().zip(path.rows) {
            let time = times.get(row as usize);
            self.visits[to as usize].add(self.n_units);
            let edge = self.count(from, to);
            if from != self.outside {
                self.millis[edge].push(time - left_at);
            }
            (from, left_at) = (to, time);
        }
        self.count(from, self.outside);
    }

    /// Counts one transition and gives the number of its edge.
    #[inline]
    fn count(&mut self, from: u32, to: u32) -> usize {
        let key = u64::from(from) * (u64::from(self.outside) + 1) + u64::from(to);
        let edge = self.edges.number(key);
        if edge == self.transitions.len() {
            self.transitions.push(Tally::default());
            self.millis.push(Durations::default());
        }
        self.transitions[edge].add(self.n_units);
        edge
    }

    pub(super) fn into_partial(self, labels: &[String]) -> TransitionsPartial {
        let n_codes = labels.len() as u64 + 1;
        let label = |code: u64| labels.get(code as usize).cloned();
        let edges = self
            .edges
            .keys()
            .iter()
            .zip(&self.transitions)
            .zip(self.millis);
        let edges = edges.map(|((key, tally), millis)| {
            let count = EdgeCount {
                n_transitions: tally.n.into(),
                n_units: tally.n_units.into(),
                millis,
            };
            ((label(key / n_codes), label(key % n_codes)), count)
        });
        let edges: BTreeMap<_, _> = edges.collect();
        let nodes = labels.iter().zip(&self.visits);
        let nodes = nodes.filter(|(_, tally)| tally.n > 0);
        TransitionsPartial {
            n_units: self.n_units.into(),
            nodes: nodes
                .map(|(label, tally)| {
                    let count = NodeCount {
                        n_visits: tally.n.into(),
                        n_units: tally.n_units.into(),
                    };
                    (label.clone(), count)
                })
                .collect(),
            edges,
        }
    }
}
