//! Counting runs of a few nodes: the codes of one fit a word, which moves along the path.

use crate::analysis::key_table::KeyTable;
use crate::analysis::sequence::{Goals, Stop, Walker};
use crate::dataset::Dataset;

use super::count::{Chunk, Counter};

/// A power of two above the longest run's nodes, so that places in a ring are told by their last bits.
const N_TIMES: usize = 32;

/// Counts the runs of one length.
pub(super) struct Runs<'a> {
    counter: Counter<'a>,
    length: usize,
    table: KeyTable,
    n_bits: u32,
    /// The codes of the last nodes, the last one in the lowest bits; of `length` nodes by the mask.
    key: u64,
    mask: u64,
    /// When the last nodes came, by their position in the path modulo [`N_TIMES`].
    times: [i64; N_TIMES],
    /// Nodes of the present path so far.
    n_nodes: usize,
}

impl<'a> Runs<'a> {
    /// `None` where the codes of so many nodes do not fit a word. `max_runs` is how many there are
    /// at most.
    pub(super) fn new(
        length: usize,
        n_labels: usize,
        dataset: &'a Dataset,
        max_runs: usize,
    ) -> Option<Self> {
        let n_bits = n_labels.next_power_of_two().trailing_zeros().max(1);
        let n_key_bits = length as u32 * n_bits;
        if n_key_bits > 63 || length >= N_TIMES {
            return None;
        }
        Some(Self {
            counter: Counter::new(dataset, max_runs),
            length,
            table: KeyTable::new(1 << n_key_bits),
            n_bits,
            key: 0,
            mask: (1 << n_key_bits) - 1,
            times: [0; N_TIMES],
            n_nodes: 0,
        })
    }

    pub(super) fn n_units(&self) -> u64 {
        self.counter.n_units()
    }

    pub(super) fn into_chunk(self) -> Chunk {
        let node = (1 << self.n_bits) - 1;
        let paths = self.table.keys().iter().map(|&key| {
            let places = (0..self.length as u32).rev();
            places.map(move |place| (key >> (place * self.n_bits) & node) as u32)
        });
        self.counter.into_chunk(paths)
    }
}

impl Walker for Runs<'_> {
    #[inline(always)]
    fn begin(&mut self, first: Stop, goals: Goals<'_>) {
        self.counter.begin(goals);
        self.key = first.node.into();
        self.times[0] = first.time;
        self.n_nodes = 1;
    }

    #[inline(always)]
    fn go(&mut self, _: Stop, to: Stop) {
        self.key = (self.key << self.n_bits | u64::from(to.node)) & self.mask;
        self.times[self.n_nodes % N_TIMES] = to.time;
        self.n_nodes += 1;
        if self.n_nodes >= self.length {
            let number = self.table.number(self.key);
            let first = self.times[(self.n_nodes - self.length) % N_TIMES];
            self.counter.count(number, to.time - first);
        }
    }

    #[inline(always)]
    fn end(&mut self, _: Stop) {}
}
