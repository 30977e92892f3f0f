//! The scan over people: finds the events that can take steps and walks each unit.

use std::ops::Range;

use crate::analysis::Unit;
use crate::dataset::{Dataset, Tie};

use super::events::{Chain, Event, UnitEvents, first_steps};
use super::found::Found;
use super::step_names::StepNames;
use super::step_rows::StepRows;
use super::{FunnelCount, FunnelOrder, FunnelPlan, any, sequential, strict, totals};

/// Where the events that can take steps are found.
pub(super) trait Steps {
    /// Row and time of the first of `rows` that can take a step. They begin with the `unit`, or
    /// after one of its rows, and end with it.
    fn first(&self, unit: usize, step: usize, rows: Range<usize>) -> Option<(usize, i64)>;

    /// Time of the last event of the unit that can take step 1, where that is at `since` or later;
    /// `rows` are those of the unit from the first such event on.
    fn latest_start(&self, unit: usize, rows: Range<usize>, since: i64) -> Option<i64>;

    /// Lists those of `rows` that can take any step, ascending.
    fn list(&self, rows: Range<usize>, events: &mut Vec<Event>);
}

/// Scans a block of people.
pub(super) fn scan(
    plan: &FunnelPlan,
    dataset: &Dataset,
    people: &Range<usize>,
    found: &mut Found<'_>,
) {
    let is_straight = plan.order == FunnelOrder::Sequential && plan.count == FunnelCount::Units;
    let by_name = is_straight.then(|| StepNames::new(plan, dataset));
    if let Some(steps) = by_name.flatten() {
        scan_units(plan, dataset, people, &steps, is_straight, found);
    } else {
        let units = dataset.unit_starts(people, plan.unit == Unit::Session);
        let rows = units[0] as usize..units[units.len() - 1] as usize;
        let steps = StepRows::new(plan, dataset, rows);
        scan_units(plan, dataset, people, &steps, is_straight, found);
    }
}

fn scan_units(
    plan: &FunnelPlan,
    dataset: &Dataset,
    people: &Range<usize>,
    steps: &impl Steps,
    is_straight: bool,
    found: &mut Found<'_>,
) {
    let by_session = plan.unit == Unit::Session;
    let units = dataset.unit_starts(people, by_session);
    let first_unit = if by_session {
        dataset.person_sessions[people.start] as usize
    } else {
        people.start
    };
    let rows = units[0] as usize..units[units.len() - 1] as usize;
    let ties: Vec<Tie<'_>> = dataset.ties.within(rows).collect();
    let mut ties = ties.as_slice();
    let mut events = Vec::new();
    let mut chain = Chain::new();
    for (unit, bounds) in (first_unit..).zip(units.windows(2)) {
        let rows = bounds[0] as usize..bounds[1] as usize;
        let own_ties = take_while(&mut ties, |tie| tie.start < rows.end);
        if is_straight && own_ties.is_empty() {
            match straight(plan, steps, unit, rows.clone(), &mut chain) {
                Straight::Deepest => {
                    found.add_if_entered(&chain, rows);
                    continue;
                }
                Straight::Nothing => continue,
                Straight::TooLong => {}
            }
        }
        steps.list(rows.clone(), &mut events);
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
    steps: &impl Steps,
    unit: usize,
    rows: Range<usize>,
    chain: &mut Chain,
) -> Straight {
    let rules = plan.rules;
    let Some((first, start)) = steps.first(unit, 0, rows.clone()) else {
        return Straight::Nothing;
    };
    let (mut row, mut ts, mut depth) = (first, start, 0);
    loop {
        if ts - start > rules.window {
            return Straight::TooLong;
        }
        chain.rows[depth] = row as u32;
        chain.times[depth] = ts;
        depth += 1;
        if depth == rules.n_steps {
            break;
        }
        match steps.first(unit, depth, row + 1..rows.end) {
            Some(next) => (row, ts) = next,
            None => break,
        }
    }
    chain.depth = depth;
    chain.taken = first_steps(depth);
    chain.next_row = row + 1;
    chain.latest_start = start;
    if depth < rules.n_steps {
        // Only starts that late make the unit pending.
        let since = plan.data_end.saturating_sub(rules.window);
        let latest = steps.latest_start(unit, first..rows.end, since);
        chain.latest_start = latest.unwrap_or(start);
    }
    Straight::Deepest
}
