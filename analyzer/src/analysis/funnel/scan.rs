//! The scan over people: finds the events that can take steps and walks each unit.

use std::ops::Range;

use crate::analysis::Unit;
use crate::dataset::{Codes, Dataset, Tie, Times};

use super::events::{
    Chain, ComputedMasks, NameMasks8, NarrowTimes, RowMasks, RowTimes, UnitEvents,
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
    let relevant = relevant_rows(plan, dataset, rows.clone(), masks);
    let mut relevant = relevant.as_slice();
    let ties: Vec<Tie<'_>> = dataset.ties.within(rows).collect();
    let mut ties = ties.as_slice();
    let mut chain = Chain::new();
    for unit in units.windows(2) {
        let (start, end) = (unit[0] as usize, unit[1] as usize);
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
fn walk<M: RowMasks, T: RowTimes>(
    plan: &FunnelPlan,
    unit: UnitEvents<'_, M, T>,
    chain: &mut Chain,
) {
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
