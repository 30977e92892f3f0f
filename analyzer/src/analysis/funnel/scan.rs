//! The scan over people: finds the events that can take steps and walks each unit.

use std::ops::Range;

use crate::analysis::Unit;
use crate::dataset::{Codes, Dataset, Tie, Times};

use super::events::{
    Chain, ComputedMasks, Event, NameMasks8, NarrowTimes, RowMasks, RowTimes, UnitEvents,
};
use super::found::Found;
use super::{FunnelCount, FunnelOrder, FunnelPlan, any, sequential, strict, totals};

/// Scans a block of people with the code that is compiled for the widths of the columns.
pub(super) fn scan(
    plan: &FunnelPlan,
    dataset: &Dataset,
    people: Range<usize>,
    found: &mut Found<'_>,
) {
    let first = dataset.person_starts[people.start] as usize;
    if let (Some(by_name), Codes::U8(codes)) = (plan.matcher.by_name(), &dataset.name) {
        let mut table = [0; 256];
        table[..by_name.len()].copy_from_slice(by_name);
        let table = &table;
        scan_masks(plan, dataset, people, NameMasks8 { codes, table }, found);
    } else {
        let rows = first..dataset.person_starts[people.end] as usize;
        let masks = &plan.matcher.masks(dataset, rows);
        scan_masks(plan, dataset, people, ComputedMasks { first, masks }, found);
    }
}

fn scan_masks<M: RowMasks>(
    plan: &FunnelPlan,
    dataset: &Dataset,
    people: Range<usize>,
    masks: M,
    found: &mut Found<'_>,
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
    found: &mut Found<'_>,
) {
    let units = dataset.unit_starts(&people, plan.unit == Unit::Session);
    let rows = units[0] as usize..units[units.len() - 1] as usize;
    let ties: Vec<Tie<'_>> = dataset.ties.within(rows.clone()).collect();
    let mut ties = ties.as_slice();
    let rare = rare_rows(plan, dataset, &rows, u32::MAX);
    let second = rows_of_second_step(plan, dataset, &rows, rare.is_some());
    let mut rare = rare.as_deref();
    let mut second = second.as_deref();
    let mut events = Vec::new();
    let mut chain = Chain::new();
    for unit in units.windows(2) {
        let (start, end) = (unit[0] as usize, unit[1] as usize);
        let own_ties = take_while(&mut ties, |tie| tie.start < end);
        if let Some(second) = &mut second {
            let own_second = take_while(second, |&row| row < unit[1]);
            if own_second.is_empty() && own_ties.is_empty() {
                if walk_first_step(plan, masks, times, start..end, &mut chain) {
                    found.add_if_entered(&chain, start..end);
                }
                continue;
            }
        }
        match &mut rare {
            Some(rare) => {
                let own = take_while(rare, |&row| row < unit[1]).iter();
                let event = |&row: &u32| Event {
                    row,
                    mask: masks.mask(row as usize),
                };
                events.clear();
                events.extend(own.map(event));
            }
            None => list_events(masks, start..end, &mut events),
        }
        if events.is_empty() {
            continue;
        }
        let unit = UnitEvents {
            times,
            events: &events,
            ties: own_ties,
        };
        match plan.count {
            FunnelCount::Units => {
                walk(plan, unit, &mut chain);
                found.add_if_entered(&chain, start..end);
            }
            FunnelCount::Totals => totals::each_attempt(plan, unit, |attempt| {
                walk(plan, attempt, &mut chain);
                found.add_if_entered(&chain, start..end);
                (chain.depth == plan.rules.n_steps).then_some(chain.next_row)
            }),
        }
    }
}

/// Finds the chain to report for one unit.
#[inline(always)]
fn walk<T: RowTimes>(plan: &FunnelPlan, unit: UnitEvents<'_, T>, chain: &mut Chain) {
    match plan.order {
        FunnelOrder::Sequential => sequential::walk(unit, plan.rules, chain),
        FunnelOrder::Strict => strict::walk(unit, plan.rules, chain),
        FunnelOrder::Any => any::walk(unit, plan.rules, chain),
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

/// Finds the chain of a unit in which no event takes step 2, and says whether it has one: its
/// first event that takes step 1. Most units of most funnels are like that, and little of them
/// has to be read.
#[inline(always)]
fn walk_first_step<M: RowMasks, T: RowTimes>(
    plan: &FunnelPlan,
    masks: M,
    times: T,
    mut rows: Range<usize>,
    chain: &mut Chain,
) -> bool {
    let takes_first = |row: &usize| masks.mask(*row) & 1 == 1;
    let Some(first) = rows.clone().find(takes_first) else {
        return false;
    };
    let ts = times.ts(first);
    chain.depth = 1;
    chain.taken = 1;
    chain.times[0] = ts;
    chain.rows[0] = first as u32;
    chain.next_row = first + 1;
    chain.latest_start = ts;
    // Only where the unit's last event is that late can a later start make it pending.
    if times.ts(rows.end - 1) + plan.rules.window >= plan.data_end {
        chain.latest_start = rows.rfind(takes_first).map_or(ts, |row| times.ts(row));
    }
    true
}

/// Lists the events whose mask is not 0, ascending.
#[inline(always)]
fn list_events<M: RowMasks>(masks: M, rows: Range<usize>, events: &mut Vec<Event>) {
    // Whether an event takes a step cannot be predicted, so that keeping it without a branch costs
    // less than looking at its mask in the walk.
    events.resize(rows.len(), Event::default());
    let mut n_events = 0;
    for row in rows {
        let mask = masks.mask(row);
        events[n_events] = Event {
            row: row as u32,
            mask,
        };
        n_events += usize::from(mask != 0);
    }
    events.truncate(n_events);
}

/// Rows that can take step 2, where units without any are worth telling apart: in order, a unit
/// without one gets no further than step 1.
fn rows_of_second_step(
    plan: &FunnelPlan,
    dataset: &Dataset,
    rows: &Range<usize>,
    is_all_rare: bool,
) -> Option<Vec<u32>> {
    let is_in_order = plan.order != FunnelOrder::Any;
    let is_once = plan.count == FunnelCount::Units;
    (is_in_order && is_once && !is_all_rare)
        .then(|| rare_rows(plan, dataset, rows, 0b10))
        .flatten()
}

/// The rows of names that take some of the steps in `steps`, from the postings of these names,
/// where they are rare: the other events are then not looked at.
fn rare_rows(
    plan: &FunnelPlan,
    dataset: &Dataset,
    rows: &Range<usize>,
    steps: u32,
) -> Option<Vec<u32>> {
    let by_name = plan.matcher.by_name()?;
    let within = |name: usize| {
        let postings = dataset.rows_of_name(name);
        let start = postings.partition_point(|&row| (row as usize) < rows.start);
        let end = postings.partition_point(|&row| (row as usize) < rows.end);
        &postings[start..end]
    };
    let names = (0..by_name.len()).filter(|&name| by_name[name] & steps != 0);
    let postings: Vec<&[u32]> = names.map(within).collect();
    let n_rows: usize = postings.iter().map(|postings| postings.len()).sum();
    (n_rows * 8 <= rows.len()).then(|| {
        let mut rare = postings.concat();
        rare.sort(); // The stable sort merges the ascending runs that are there.
        rare
    })
}
