//! The scan over people: finds the events that can take steps and walks each unit.

use std::ops::Range;

use crate::analysis::Unit;
use crate::dataset::{Dataset, Tie};

use super::events::{Chain, Event, MAX_STEPS, Rules, UnitEvents, first_steps};
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
    let tries_starts = plan.order == FunnelOrder::Sequential && plan.count == FunnelCount::Units;
    let by_name = tries_starts.then(|| StepNames::new(plan, dataset));
    if let Some(steps) = by_name.flatten() {
        scan_units(plan, dataset, people, &steps, tries_starts, found);
    } else {
        let units = dataset.unit_starts(people, plan.unit == Unit::Session);
        let rows = units[0] as usize..units[units.len() - 1] as usize;
        let steps = StepRows::new(plan, dataset, rows);
        scan_units(plan, dataset, people, &steps, tries_starts, found);
    }
}

fn scan_units(
    plan: &FunnelPlan,
    dataset: &Dataset,
    people: &Range<usize>,
    steps: &impl Steps,
    tries_starts: bool,
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
        if tries_starts && own_ties.is_empty() {
            follow(plan, steps, unit, rows.clone(), &mut chain);
            found.add_if_entered(&chain, rows);
            continue;
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

/// Finds the chain to report for a unit without simultaneous events, whose starts it tries in order:
/// each takes each next step as soon as that comes.
///
/// A later start takes no step earlier. So where one lacks an event for a step, no other gets
/// further, and the search is over. Where one comes to a step too late, the next to try is the first
/// for which that event is in time: those between would be late too. Most units need one try.
#[inline(always)]
fn follow(
    plan: &FunnelPlan,
    steps: &impl Steps,
    unit: usize,
    rows: Range<usize>,
    chain: &mut Chain,
) {
    let rules = plan.rules;
    chain.depth = 0;
    let Some((first, start)) = steps.first(unit, 0, rows.clone()) else {
        return;
    };
    let (mut row, mut ts) = (first, start);
    loop {
        if ts - start > rules.window {
            try_later(plan, steps, unit, row..rows.end, ts, chain);
            break;
        }
        chain.rows[chain.depth] = row as u32;
        chain.times[chain.depth] = ts;
        chain.depth += 1;
        if chain.depth == rules.n_steps {
            break;
        }
        match steps.first(unit, chain.depth, row + 1..rows.end) {
            Some(next) => (row, ts) = next,
            None => break,
        }
    }
    chain.taken = first_steps(chain.depth);
    chain.next_row = chain.rows[chain.depth - 1] as usize + 1;
    chain.latest_start = start;
    if chain.depth < rules.n_steps {
        // Only starts that late make the unit pending.
        let since = plan.data_end.saturating_sub(rules.window);
        let latest = steps.latest_start(unit, first..rows.end, since);
        chain.latest_start = latest.unwrap_or(start);
    }
}

/// Tries the later starts of a unit, given the chain of its first one, which came too late to the
/// first of `rows`, at `late`.
#[inline(never)]
fn try_later(
    plan: &FunnelPlan,
    steps: &impl Steps,
    unit: usize,
    rows: Range<usize>,
    mut late: i64,
    chain: &mut Chain,
) {
    let Rules { n_steps, window } = plan.rules;
    // Of each step the row that was found last: from there on it is looked for again.
    let mut tried = [0; MAX_STEPS];
    let mut times = [0; MAX_STEPS];
    tried[..chain.depth].copy_from_slice(&chain.rows[..chain.depth]);
    tried[chain.depth] = rows.start as u32;
    while let Some((row, start)) = steps.first(unit, 0, tried[0] as usize + 1..rows.end) {
        (tried[0], times[0]) = (row as u32, start);
        if late - start > window {
            continue;
        }
        let mut depth = 1;
        let is_over = loop {
            if depth == n_steps {
                break true;
            }
            let from = tried[depth].max(tried[depth - 1] + 1) as usize;
            let Some((row, ts)) = steps.first(unit, depth, from..rows.end) else {
                break true;
            };
            (tried[depth], times[depth]) = (row as u32, ts);
            if ts - start > window {
                late = ts;
                break false;
            }
            depth += 1;
        };
        if depth > chain.depth {
            chain.rows[..depth].copy_from_slice(&tried[..depth]);
            chain.times[..depth].copy_from_slice(&times[..depth]);
            chain.depth = depth;
        }
        if is_over {
            return;
        }
    }
}
