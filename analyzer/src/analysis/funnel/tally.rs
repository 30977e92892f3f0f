//! Adds up chains while people are scanned.

use rustc_hash::FxHashMap;

use crate::dataset::Dataset;

use super::events::Chain;
use super::partial::{Counts, StepPartial};

/// What the chains of some units add up to, with codes in the place of texts.
pub(super) struct Tally {
    steps: Vec<StepPartial>,
    next_events: NextEvents,
    n_names: usize,
    /// Of each step and currency: units, their amounts, and the amounts of those that dropped.
    amounts: Vec<(u64, i128, i128)>,
    n_currencies: usize,
    /// Units that an exclusion took out.
    pub(super) n_removed: u64,
}

/// Most entries of a dense table: there may be one for each value of a breakdown.
const MAX_DENSE: usize = 1024;

/// Units that dropped at a step and did an event of a name next, by step × names + name.
enum NextEvents {
    /// For few names.
    Dense(Vec<u64>),
    /// For many names, most of which come next to nobody.
    Sparse(FxHashMap<usize, u64>),
}

impl Tally {
    pub(super) fn new(n_steps: usize, dataset: &Dataset) -> Self {
        let n_next = n_steps * dataset.names.len();
        let next_events = if n_next <= MAX_DENSE {
            NextEvents::Dense(vec![0; n_next])
        } else {
            NextEvents::Sparse(FxHashMap::default())
        };
        let n_currencies = dataset.amounts.currencies.len();
        Self {
            steps: vec![StepPartial::default(); n_steps],
            next_events,
            n_names: dataset.names.len(),
            amounts: vec![(0, 0, 0); n_steps * n_currencies],
            n_currencies,
            n_removed: 0,
        }
    }

    /// Adds the chain of a unit that ends before row `end`.
    #[inline]
    pub(super) fn add(&mut self, dataset: &Dataset, chain: &Chain, is_pending: bool, end: usize) {
        let deepest = chain.depth - 1;
        let has_dropped = !is_pending && chain.depth < self.steps.len();
        let mut previous = chain.entry;
        for step in chain.entry..chain.depth {
            if !chain.has_taken(step) {
                self.steps[step].n_skipped += 1;
                continue;
            }
            if step > chain.entry {
                let partial = &mut self.steps[step];
                let ts = chain.times[step];
                if previous == 0 {
                    partial.millis_from_both.push(ts - chain.times[0]);
                } else {
                    partial
                        .millis_from_previous
                        .push(ts - chain.times[previous]);
                    if chain.entry == 0 {
                        partial.millis_from_first.push(ts - chain.times[0]);
                    }
                }
                previous = step;
            }
            if let Some((minor, currency)) = dataset.amounts.get(chain.rows[step] as usize) {
                let sum = &mut self.amounts[step * self.n_currencies + currency as usize];
                sum.0 += 1;
                sum.1 += i128::from(minor);
                if has_dropped && step == deepest {
                    sum.2 += i128::from(minor);
                }
            }
        }
        if chain.entry > 0 {
            self.steps[chain.entry].n_entered += 1;
            self.steps[deepest].n_ended_late += 1;
        }
        if is_pending {
            self.steps[deepest].n_pending += 1;
            return;
        }
        self.steps[deepest].n_ended += 1;
        if has_dropped && chain.next_row < end {
            let name = dataset.name.get(chain.next_row) as usize;
            let index = deepest * self.n_names + name;
            match &mut self.next_events {
                NextEvents::Dense(counts) => counts[index] += 1,
                NextEvents::Sparse(counts) => *counts.entry(index).or_default() += 1,
            }
        }
    }

    pub(super) fn into_counts(mut self, dataset: &Dataset) -> Counts {
        let counted: Vec<(usize, u64)> = match self.next_events {
            NextEvents::Dense(counts) => counts.into_iter().enumerate().collect(),
            NextEvents::Sparse(counts) => counts.into_iter().collect(),
        };
        for (index, n_units) in counted.into_iter().filter(|&(_, n_units)| n_units > 0) {
            let name = dataset.names.text(index % self.n_names).to_owned();
            *self.steps[index / self.n_names].next_events.of(name) = n_units;
        }
        for (index, sum) in self.amounts.into_iter().enumerate() {
            if sum.0 > 0 {
                let currencies = &dataset.amounts.currencies;
                let currency = currencies.text(index % self.n_currencies).to_owned();
                *self.steps[index / self.n_currencies].amounts.of(currency) = sum;
            }
        }
        Counts {
            steps: self.steps,
            n_removed: self.n_removed,
        }
    }
}
