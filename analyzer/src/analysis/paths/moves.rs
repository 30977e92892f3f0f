//! Counting: how many units are on which node at which position, and where they go next.

use std::collections::HashMap;

use rustc_hash::FxBuildHasher;

use super::PathsPartial;

/// Counts moves by position and code. The last code stands for the end.
pub(super) struct Moves {
    n_codes: usize,
    /// By position and code.
    nodes: Vec<u64>,
    /// By position, code, and code of the next position; empty where that would be large.
    dense: Vec<u64>,
    sparse: HashMap<(u32, u32, u32), u64, FxBuildHasher>,
}

impl Moves {
    pub(super) fn new(n_positions: usize, n_labels: usize) -> Self {
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
    pub(super) fn add(&mut self, path: impl Iterator<Item = u32>) {
        let end = self.n_codes as u32 - 1;
        let mut path = path.peekable();
        let mut position = 0;
        while let Some(from) = path.next() {
            self.nodes[position * self.n_codes + from as usize] += 1;
            let to = path.peek().copied().unwrap_or(end);
            if self.dense.is_empty() {
                *self.sparse.entry((position as u32, from, to)).or_default() += 1;
            } else {
                self.dense
                    [(position * self.n_codes + from as usize) * self.n_codes + to as usize] += 1;
            }
            position += 1;
        }
    }

    pub(super) fn into_partial(self, labels: &[String]) -> PathsPartial {
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
