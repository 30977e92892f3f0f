//! The scan over people: finds the events that can take steps, walks each unit, adds up the chains.

use std::ops::Range;

use crate::analysis::Unit;
use crate::dataset::{Codes, Dataset, Tie, Times};

use super::events::{
    Chain, ComputedMasks, NameMasks8, NarrowTimes, RowMasks, RowTimes, UnitEvents,
};
use super::options::Way;
use super::report::StepPartial;
use super::{FunnelOrder, FunnelPartial, FunnelPlan, any, scan_options, sequential, strict};

/// What was found so far, with next events by code.
pub(super) struct Found {
    steps: Vec<StepPartial>,
    /// For each step and name, the units that dropped there and did this next.
    next_events: Vec<u64>,
    n_names: usize,
    /// Units that an exclusion took out.
    pub(super) n_removed: u64,
}

impl Found {
    pub(super) fn new(n_steps: usize, n_names: usize) -> Self {
        Self {
            steps: vec![StepPartial::default(); n_steps],
            next_events: vec![0; n_steps * n_names],
            n_names,
            n_removed: 0,
        }
    }

    pub(super) fn into_partial(mut self, dataset: &Dataset) -> FunnelPartial {
        for (step, counts) in self
            .steps
            .iter_mut()
            .zip(self.next_events.chunks(self.n_names.max(1)))
        {
            let counted = counts
                .iter()
                .enumerate()
                .filter(|&(_, &n_units)| n_units > 0);
            step.next_events = counted
                .map(|(code, &n_units)| (dataset.names.text(code).to_owned(), n_units))
                .collect();
        }
        FunnelPartial {
            steps: self.steps,
            n_removed: self.n_removed,
        }
    }

    /// Scans a block of people with the code that is compiled for the widths of the columns.
    pub(super) fn scan(&mut self, plan: &FunnelPlan, dataset: &Dataset, people: Range<usize>) {
        if plan.has_options {
            scan_options::scan(self, plan, dataset, &people);
            return;
        }
        let first = dataset.person_starts[people.start] as usize;
        if let (Some(by_name), Codes::U8(codes)) = (plan.matcher.by_name(), &dataset.name) {
            let mut table = [0; 256];
            table[..by_name.len()].copy_from_slice(by_name);
            scan_masks(
                plan,
                dataset,
                people,
                NameMasks8 {
                    codes,
                    table: &table,
                },
                self,
            );
        } else {
            let rows = first..dataset.person_starts[people.end] as usize;
            let masks = plan.matcher.masks(dataset, rows);
            scan_masks(
                plan,
                dataset,
                people,
                ComputedMasks {
                    first,
                    masks: &masks,
                },
                self,
            );
        }
    }

    /// Adds the chain of the unit that ends before row `end`.
    #[inline]
    fn add(&mut self, plan: &FunnelPlan, dataset: &Dataset, chain: &Chain, end: usize) {
        let Some(deepest) = chain.depth.checked_sub(1) else {
            return;
        };
        for step in 1..chain.depth {
            self.steps[step]
                .millis_from_previous
                .push(chain.times[step] - chain.times[step - 1]);
            self.steps[step]
                .millis_from_first
                .push(chain.times[step] - chain.times[0]);
        }
        let has_converted = chain.depth == plan.rules.n_steps;
        if !has_converted && chain.latest_start + plan.rules.window >= plan.data_end {
            self.steps[deepest].n_pending += 1;
            return;
        }
        self.steps[deepest].n_ended += 1;
        if !has_converted && chain.next_row < end {
            let name = dataset.name.get(chain.next_row) as usize;
            self.next_events[deepest * self.n_names + name] += 1;
        }
    }
}

impl Found {
    /// Adds the chain of a unit of a funnel with options that ends before row `end`.
    pub(super) fn add_way(&mut self, dataset: &Dataset, way: &Way, is_pending: bool, end: usize) {
        let mut previous = way.entry;
        for step in way.entry + 1..=way.deepest {
            if way.taken >> step & 1 == 0 {
                self.steps[step].n_skipped += 1;
                continue;
            }
            let partial = &mut self.steps[step];
            partial
                .millis_from_previous
                .push(way.times[step] - way.times[previous]);
            if way.entry == 0 {
                partial
                    .millis_from_first
                    .push(way.times[step] - way.times[0]);
            }
            previous = step;
        }
        if way.entry > 0 {
            self.steps[way.entry].n_entered += 1;
            self.steps[way.deepest].n_ended_late += 1;
        }
        if is_pending {
            self.steps[way.deepest].n_pending += 1;
            return;
        }
        self.steps[way.deepest].n_ended += 1;
        if way.deepest + 1 < self.steps.len() && way.next_row < end {
            let name = dataset.name.get(way.next_row) as usize;
            self.next_events[way.deepest * self.n_names + name] += 1;
        }
    }
}

fn scan_masks<M: RowMasks>(
    plan: &FunnelPlan,
    dataset: &Dataset,
    people: Range<usize>,
    masks: M,
    found: &mut Found,
) {
    match &dataset.ts {
        Times::Narrow { base, offsets } => {
            scan_units(
                plan,
                dataset,
                people,
                masks,
                NarrowTimes {
                    base: *base,
                    offsets,
                },
                found,
            );
        }
        Times::Wide(times) => scan_units(plan, dataset, people, masks, times.as_slice(), found),
    }
}

fn scan_units<M: RowMasks, T: RowTimes>(
    plan: &FunnelPlan,
    dataset: &Dataset,
    people: Range<usize>,
    masks: M,
    times: T,
    found: &mut Found,
) {
    let units = dataset.unit_starts(&people, plan.unit == Unit::Session);
    let rows = units[0] as usize..units[units.len() - 1] as usize;
    let relevant = relevant_rows(plan, dataset, rows.clone(), masks);
    let mut relevant = relevant.as_slice();
    let ties: Vec<Tie<'_>> = dataset.ties.within(rows).collect();
    let mut ties = ties.as_slice();
    let mut chain = Chain::new();
    for unit in units.windows(2) {
        let end = unit[1] as usize;
        let own_rows = take_while(&mut relevant, |&row| row < unit[1]);
        let own_ties = take_while(&mut ties, |tie| tie.start < end);
        if own_rows.is_empty() {
            continue;
        }
        let unit = UnitEvents {
            masks,
            times,
            rows: own_rows,
            ties: own_ties,
        };
        match plan.order {
            FunnelOrder::Sequential => sequential::walk(unit, plan.rules, &mut chain),
            FunnelOrder::Strict => strict::walk(unit, plan.rules, &mut chain),
            FunnelOrder::Any => any::walk(unit, plan.rules, &mut chain),
        }
        found.add(plan, dataset, &chain, end);
    }
}

/// Splits off the first elements for which `belongs` holds.
#[inline]
fn take_while<'a, T>(rest: &mut &'a [T], belongs: impl Fn(&T) -> bool) -> &'a [T] {
    let n = rest.iter().take_while(|&element| belongs(element)).count();
    let (own, others) = rest.split_at(n);
    *rest = others;
    own
}

/// The rows whose mask is not 0, ascending.
fn relevant_rows<M: RowMasks>(
    plan: &FunnelPlan,
    dataset: &Dataset,
    rows: Range<usize>,
    masks: M,
) -> Vec<u32> {
    if let Some(rare) = rare_rows(plan, dataset, &rows) {
        return rare;
    }
    // Whether an event takes a step cannot be predicted, so that keeping its row without a branch
    // costs less than looking at its mask in the walk.
    let mut relevant = vec![0; rows.len()];
    let mut n_relevant = 0;
    for row in rows {
        relevant[n_relevant] = row as u32;
        n_relevant += usize::from(masks.mask(row) != 0);
    }
    relevant.truncate(n_relevant);
    relevant
}

/// The same from the postings of the names that take a step, where these are rare: the other
/// events are then not looked at.
fn rare_rows(plan: &FunnelPlan, dataset: &Dataset, rows: &Range<usize>) -> Option<Vec<u32>> {
    let by_name = plan.matcher.by_name()?;
    let within = |name: usize| {
        let postings = dataset.rows_of_name(name);
        let start = postings.partition_point(|&row| (row as usize) < rows.start);
        let end = postings.partition_point(|&row| (row as usize) < rows.end);
        &postings[start..end]
    };
    let names = (0..by_name.len()).filter(|&name| by_name[name] != 0);
    let postings: Vec<&[u32]> = names.map(within).collect();
    let n_relevant: usize = postings.iter().map(|postings| postings.len()).sum();
    (n_relevant * 8 <= rows.len()).then(|| {
        let mut relevant = postings.concat();
        relevant.sort(); // The stable sort merges the ascending runs that are there.
        relevant
    })
}
