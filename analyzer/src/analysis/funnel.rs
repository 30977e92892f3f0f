//! Funnel: how many units take step 1, how many of those also step 2, and so on, within a window.
//!
//! # What is counted
//!
//! For one unit (a person, or a session):
//!
//! - A *chain* is a choice of events that take the first steps, one event for each: it starts at
//!   an event that takes step 1. One event takes at most one step of a chain.
//! - `sequential`: the events come in the order of the steps; anything may lie between. `strict`:
//!   they follow each other immediately. `any`: they come in any order, and taking k steps means
//!   k different ones.
//! - All events of a chain lie within `window_millis` of its first one, inclusive.
//! - Events of one person in the same millisecond are *simultaneous* unless they come from one
//!   tab, whose `seq` orders them. Simultaneous events may be taken in either order.
//! - Every event that takes step 1 may start a chain (*re-entry*). The unit counts with its
//!   deepest chain, and of equally deep ones with the one that started first: the times are those
//!   of that chain, which takes each next step as soon as it comes.
//! - A unit that has not taken the last step is *pending* while the window of one of its chains is
//!   open at the end of the data, and has *dropped* otherwise.
//!
//! Four options change what a chain is:
//!
//! - `optional` steps may be gone past. They are taken where that is possible between the steps
//!   around them, and never decide which chain counts, except as the deepest step.
//! - `exclude`: an excluded event hits a chain that it lies in, after one step and before
//!   another, or after the one and within the window where the other is never taken. With mode
//!   `break` the chain cannot take the later step. With mode `remove` it is dirty, and a unit
//!   whose deepest chains are all dirty leaves the funnel.
//! - `open`: a chain may start at any step. Of equally deep chains that start together, be it at
//!   one event or in one group of simultaneous ones, the one with the earliest step counts.
//! - `hold`: all events of a chain share a value; the best chain over all values counts.
//!
//! Four more change what is made of the chains:
//!
//! - `count: totals` counts attempts in the place of units. A unit's events (with `hold`, those of
//!   each value) are cut after each completed chain, and before the time of an event that may start
//!   a chain when the window of every earlier start is over; each piece counts like a unit.
//! - `breakdown` makes a funnel for each value of a property, and compares each with the rest.
//! - `trend` counts by the hour, day, week or month of the event that started the chain.
//! - `correlation` looks for what those who converted did more, or less, often than those who
//!   dropped.
//!
//! # How it is found
//!
//! The scan finds the events that can take each step, by `step_names` (the dataset keeps where a unit
//! has a name first) or `step_rows` (a bit for each event and step). In a sequential funnel it tries
//! the starts of a unit in order, each of which takes each next step as soon as that comes. A later
//! one takes no step earlier, so the search ends with one that takes all, or lacks an event. Where
//! events are simultaneous, and in other funnels, all that can take steps go to a kernel:
//! - `sequential`: of all chains that have taken k steps, the one that started last can do
//!   whatever the others can, since its window closes last. So the latest start for each k is all
//!   that has to be known; each event moves these on, and the depth is known after one pass. If
//!   that depth was first reached at F, the first start from F − window on is that of the chain.
//! - `strict`: a chain of k steps that ends at a row began k − 1 rows before, so one bit for each
//!   k tells which chains are alive.
//! - `any`: choosing events of different steps is a matching; a largest one of the latest is kept.
//!
//! `simultaneous`, and in a strict funnel `orders`, settles which steps a group of simultaneous
//! events can take. A funnel with options takes a slower way: `hold` shares a unit's events among
//! values, `timeline` puts them in order, `options` says what a chain must keep, and `earliest`
//! moves each step on until all of it is kept. `totals` cuts units into attempts for either way.
//! Whatever found it, a chain is handed to `found`, which adds it to the counts of all, of its
//! breakdown value, of its period, and of the correlation. `config` is what is asked for, `check`
//! refuses what makes no sense, `partial` can be merged, `report` comes out, and `breakdown`,
//! `trend`, `correlation` and `difference` hold one of the extras each.

use std::ops::Range;

use crate::dataset::{Dataset, Tie};

use super::mask::Matcher;
use super::{Analysis, RequestError, Unit};

mod any;
mod breakdown;
mod check;
mod config;
mod correlation;
mod difference;
mod earliest;
mod events;
mod finish;
mod found;
mod hold;
mod options;
mod orders;
mod partial;
mod report;
mod scan_options;
mod sequential;
mod simultaneous;
mod step_names;
mod step_rows;
mod strict;
mod tally;
mod timeline;
mod totals;
mod trend;

pub use breakdown::{FunnelBreakdown, FunnelGroup, GroupKind};
pub use config::{
    Breakdown, BreakdownAt, BreakdownBy, Correlation, Exclusion, ExclusionMode, FunnelConfig,
    FunnelCount, FunnelOrder, Hold, Step, Trend,
};
pub use correlation::{CorrelationReport, FunnelCorrelate, Trait};
pub use difference::{FunnelDifference, StepDifference, difference};
pub use partial::FunnelPartial;
pub use report::{FunnelReport, FunnelStep, NextEvent, OpenUnits, OptionalUnits, StepValue};
pub use trend::{FunnelPeriod, FunnelTrend};

pub(crate) use config::{day, ten, twenty};

use events::{Chain, Event, MAX_STEPS, Rules, UnitEvents, first_steps};
use found::Found;
use options::Barrier;
use step_names::StepNames;
use step_rows::StepRows;

/// The analysis; see the module.
pub struct Funnel;

/// A funnel resolved against one dataset.
pub struct FunnelPlan {
    labels: Vec<String>,
    rules: Rules,
    unit: Unit,
    order: FunnelOrder,
    data_end: i64,
    matcher: Matcher,
    /// Whether any of the following is there; the scan takes another way then.
    has_options: bool,
    /// Optional steps, as a mask.
    optional: u32,
    is_open: bool,
    barriers: Vec<Barrier>,
    /// The filters of the barriers.
    excluded: Matcher,
    /// Whether a barrier can take units out.
    removes: bool,
    hold: Option<Hold>,
    count: FunnelCount,
    extras: Box<Extras>,
}

/// What only some funnels ask for.
struct Extras {
    breakdown: Option<breakdown::Plan>,
    trend: Option<trend::Plan>,
    correlation: Option<Correlation>,
}

impl Analysis for Funnel {
    type Config = FunnelConfig;
    type Plan = FunnelPlan;
    type Partial = FunnelPartial;
    type Report = FunnelReport;

    fn plan(config: &FunnelConfig, dataset: &Dataset) -> Result<FunnelPlan, RequestError> {
        check::check(config)?;
        let n_steps = config.steps.len();
        let label = |(index, step): (usize, &Step)| match (config.order, &step.label) {
            (FunnelOrder::Any, _) => format!("{} of {n_steps}", index + 1),
            (_, Some(label)) => label.clone(),
            (_, None) => step.filter.label(),
        };
        let optional = (0..).zip(&config.steps).fold(0, |mask, (index, step)| {
            mask | u32::from(step.optional) << index
        });
        let barriers: Vec<Barrier> = config
            .exclude
            .iter()
            .map(|exclusion| {
                let (after, before) = check::numbers(exclusion, n_steps);
                Barrier {
                    after: after as usize - 1,
                    before: before as usize - 1,
                    mode: exclusion.mode,
                }
            })
            .collect();
        Ok(FunnelPlan {
            labels: config.steps.iter().enumerate().map(label).collect(),
            // Times span less than this, so that adding a window to a time cannot overflow.
            rules: Rules {
                n_steps,
                window: config.window_millis.min(i64::MAX / 4),
            },
            unit: config.unit,
            order: config.order,
            data_end: config.data_end_ts.or(dataset.last_ts()).unwrap_or(i64::MIN),
            matcher: Matcher::new(config.steps.iter().map(|step| &step.filter), dataset),
            has_options: optional != 0
                || config.open
                || !config.exclude.is_empty()
                || config.hold.is_some(),
            optional,
            is_open: config.open,
            removes: barriers
                .iter()
                .any(|barrier| barrier.mode == ExclusionMode::Remove),
            barriers,
            excluded: Matcher::new(config.exclude.iter().map(|entry| &entry.filter), dataset),
            hold: config.hold.clone(),
            count: config.count,
            extras: Box::new(Extras {
                breakdown: config
                    .breakdown
                    .as_ref()
                    .map(|breakdown| breakdown::Plan::new(breakdown, config.unit)),
                trend: config.trend.as_ref().map(trend::Plan::new).transpose()?,
                correlation: config.correlation.clone(),
            }),
        })
    }

    fn scan(plan: &FunnelPlan, dataset: &Dataset, people: Range<usize>) -> FunnelPartial {
        let mut found = Found::new(plan, dataset);
        for block in dataset.blocks(people) {
            // Both find the chain of each unit, or of each attempt, and hand it to `Found::add`.
            if plan.has_options {
                scan_options::scan(plan, dataset, &block, &mut found);
            } else {
                scan_block(plan, dataset, &block, &mut found);
            }
        }
        found.into_partial()
    }

    fn merge(a: FunnelPartial, b: FunnelPartial) -> FunnelPartial {
        partial::merge(a, b)
    }

    fn finish(plan: &FunnelPlan, partial: FunnelPartial) -> FunnelReport {
        finish::finish(plan, partial)
    }
}

/// Where the events that can take steps are found.
trait Steps {
    /// Row and time of the first of `rows` that can take a step. They begin with the `unit`, or
    /// after one of its rows, and end with it.
    fn first(&self, unit: usize, step: usize, rows: Range<usize>) -> Option<(usize, i64)>;

    /// Time of the last event of the unit that can take step 1, where that is at `since` or later;
    /// `rows` are those of the unit from the first such event on.
    fn latest_start(&self, unit: usize, rows: Range<usize>, since: i64) -> Option<i64>;

    /// Lists those of `rows` that can take any step, ascending.
    fn list(&self, rows: Range<usize>, events: &mut Vec<Event>);
}

/// Scans a block of people for a funnel without options that change what a chain is.
fn scan_block(plan: &FunnelPlan, dataset: &Dataset, people: &Range<usize>, found: &mut Found<'_>) {
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

/// Walks each unit, and hands its chain to `found`.
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
