//! The scan over people: finds the events that can take steps and walks each unit.

use std::ops::Range;

use crate::analysis::Unit;
use crate::dataset::{Dataset, Tie, Times};

use super::events::{Chain, UnitEvents, first_steps};
use super::found::Found;
use super::step_rows::StepRows;
use super::{FunnelCount, FunnelOrder, FunnelPlan, any, sequential, strict, totals};

/// Scans a block of people.
pub(super) fn scan(
    plan: &FunnelPlan,
    dataset: &Dataset,
    people: &Range<usize>,
    found: &mut Found<'_>,
) {
    let units = dataset.unit_starts(people, plan.unit == Unit::Session);
    let rows = units[0] as usize..units[units.len() - 1] as usize;
    let step_rows = StepRows::new(plan, dataset, rows.clone());
    let ties: Vec<Tie<'_>> = dataset.ties.within(rows).collect();
    let mut ties = ties.as_slice();
    let is_sequential = plan.order == FunnelOrder::Sequential && plan.count == FunnelCount::Units;
    let mut events = Vec::new();
    let mut chain = Chain::new();
    for unit in units.windows(2) {
        let rows = unit[0] as usize..unit[1] as usize;
        let own_ties = take_while(&mut ties, |tie| tie.start < rows.end);
        if is_sequential && own_ties.is_empty() {
            match straight(plan, &dataset.ts, &step_rows, rows.clone(), &mut chain) {
                Straight::Deepest => {
                    found.add_if_entered(&chain, rows);
                    continue;
                }
                Straight::Nothing => continue,
                Straight::TooLong => {}
            }
        }
        step_rows.list(rows.clone(), &mut events);
        if events.is_empty() {
            continue;
        }
        let unit = UnitEvents {
            times: &dataset.ts,
            events: &events,
            ties: own_ties,
        };
        match plan.count {
            FunnelCount::Units => {
                walk(plan, unit, &mut chain);
                found.add_if_entered(&chain, rows);
            }
            FunnelCount::Totals => totals::each_attempt(plan, unit, |attempt| {
                walk(plan, attempt, &mut chain);
                found.add_if_entered(&chain, rows.clone());
                (chain.depth == plan.rules.n_steps).then_some(chain.next_row)
            }),
        }
    }
}

/// Finds the chain to report for one unit.
#[inline(always)]
fn walk(plan: &FunnelPlan, unit: UnitEvents<'_>, chain: &mut Chain) {
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

/// What the straight chain of a unit is.
enum Straight {
    /// The one to report: no other is deeper.
    Deepest,
    /// There is none, since no event takes step 1.
    Nothing,
    /// Longer than the window: a chain that starts later may be the one to report.
    TooLong,
}

/// Finds the chain that starts at the unit's first event for step 1 and takes each next step as
/// soon as it comes, however long that takes. No chain gets deeper. So if it keeps to the window
/// it is the one to report, and most units need no more than this.
#[inline(always)]
fn straight(
    plan: &FunnelPlan,
    times: &Times,
    step_rows: &StepRows,
    rows: Range<usize>,
    chain: &mut Chain,
) -> Straight {
    let rules = plan.rules;
    let Some(first) = step_rows.first(0, rows.clone()) else {
        return Straight::Nothing;
    };
    let start = times.get(first);
    let (mut row, mut depth) = (first, 0);
    loop {
        let ts = times.get(row);
        if ts - start > rules.window {
            return Straight::TooLong;
        }
        chain.rows[depth] = row as u32;
        chain.times[depth] = ts;
        depth += 1;
        if depth == rules.n_steps {
            break;
        }
        match step_rows.first(depth, row + 1..rows.end) {
            Some(next) => row = next,
            None => break,
        }
    }
    chain.depth = depth;
    chain.taken = first_steps(depth);
    chain.next_row = row + 1;
    chain.latest_start = start;
    // Only where the unit's last event is that late can a later start make it pending.
    if depth < rules.n_steps && times.get(rows.end - 1) + rules.window >= plan.data_end {
        let latest = step_rows.last(0, first..rows.end);
        chain.latest_start = latest.map_or(start, |row| times.get(row));
    }
    Straight::Deepest
}
