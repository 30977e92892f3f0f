//! Funnel: how many units take step 1, how many of those also step 2, and so on, within a window.
//!
//! The rules, for one unit (a person, or a session):
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
//! This file is the definition, the partial and the report. Beside it, `scan` goes through people,
//! `sequential`, `strict` and `any` find the chain of one unit in time proportional to its events,
//! and `simultaneous` settles ties.

use std::collections::BTreeMap;
use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::dataset::Dataset;

use super::filter::Filter;
use super::mask::Matcher;
use super::statistics::{Rate, TimeStats};
use super::warning::{FEW_UNITS, Warning, WarningKind};
use super::{Analysis, RequestError, Unit};

mod any;
mod events;
mod scan;
mod sequential;
mod simultaneous;
mod strict;

use events::{MAX_STEPS, Rules};
use scan::Found;

/// A funnel to compute.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(optional_fields))]
pub struct FunnelConfig {
    /// The steps, 1 to 32.
    pub steps: Vec<Step>,
    /// Longest time from the event that took step 1 to the event that takes the last step,
    /// inclusive, in milliseconds. A day unless given.
    #[serde(default = "day")]
    #[cfg_attr(feature = "ts", ts(as = "Option<_>"))]
    pub window_millis: i64,
    /// What is counted. People unless given.
    #[serde(default = "person")]
    #[cfg_attr(feature = "ts", ts(as = "Option<_>"))]
    pub unit: Unit,
    /// How events must follow each other. Sequential unless given.
    #[serde(default)]
    #[cfg_attr(feature = "ts", ts(as = "Option<_>"))]
    pub order: FunnelOrder,
    /// Until when the data is complete, in milliseconds since the Unix epoch: decides who is
    /// pending. The dataset's last event unless given.
    #[serde(default)]
    #[cfg_attr(feature = "ts", ts(optional = nullable))]
    pub data_end_ts: Option<i64>,
}

fn day() -> i64 {
    86_400_000
}

fn person() -> Unit {
    Unit::Person
}

/// One step of a funnel.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct Step {
    /// Events that take this step.
    pub filter: Filter,
    /// Name to show; made from the filter unless given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub label: Option<String>,
}

/// How the events of a funnel must follow each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub enum FunnelOrder {
    /// In the order of the steps; anything may lie between.
    #[default]
    Sequential,
    /// In the order of the steps; the unit's next event must be the next step.
    Strict,
    /// In any order, all within one window. Step k then means: k of the steps.
    Any,
}

/// How many units take each step.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct FunnelReport {
    /// Units that took step 1.
    pub n_units: u64,
    /// One entry for each step.
    pub steps: Vec<FunnelStep>,
    /// What to know before trusting the numbers.
    pub warnings: Vec<Warning>,
}

/// How many units took one step, and what became of them.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct FunnelStep {
    /// The step's name.
    pub label: String,
    /// Units that took this step and all before it.
    pub n_units: u64,
    /// Their share in the units that took step 1.
    pub conversion_from_first: Rate,
    /// Their share in the units that took the step before; of step 1: in themselves.
    pub conversion_from_previous: Rate,
    /// Units that got here, not to the next step, and cannot any more. 0 at the last step.
    pub n_dropped: u64,
    /// Units that got here, not to the next step, but still can: the window of one of their
    /// step-1 events is open at the end of the data. 0 at the last step.
    pub n_pending: u64,
    /// Time from the step before; absent at step 1 and without units.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub millis_from_previous: Option<TimeStats>,
    /// Time from step 1; absent at step 1 and without units.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub millis_from_first: Option<TimeStats>,
    /// The five commonest events that those who dropped here did next, by units, then by name.
    /// Those who did nothing more are in none of them.
    pub next_events_of_dropped: Vec<NextEvent>,
    /// Fewer than 30 units are here: shares say little.
    pub few_units: bool,
}

/// How many of those who dropped did this next.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct NextEvent {
    /// Name of the event.
    pub name: String,
    /// Units whose next event has this name.
    pub n_units: u64,
}

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
}

/// What some units did.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct FunnelPartial {
    /// One entry for each step; none when nobody was looked at.
    steps: Vec<StepPartial>,
}

/// What the units did that got to one step.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
struct StepPartial {
    /// Units whose deepest step this is, and which are not pending.
    n_ended: u64,
    /// Units whose deepest step this is, and which are pending.
    n_pending: u64,
    /// Time from the step before, of each unit that got here, in no order.
    millis_from_previous: Vec<i64>,
    /// Time from step 1, of each unit that got here, in no order.
    millis_from_first: Vec<i64>,
    /// Units whose deepest step this is, by the name of their next event.
    next_events: BTreeMap<String, u64>,
}

impl Analysis for Funnel {
    type Config = FunnelConfig;
    type Plan = FunnelPlan;
    type Partial = FunnelPartial;
    type Report = FunnelReport;

    fn plan(config: &FunnelConfig, dataset: &Dataset) -> Result<FunnelPlan, RequestError> {
        let n_steps = config.steps.len();
        if !(1..=MAX_STEPS).contains(&n_steps) {
            return Err(RequestError::new(
                "steps",
                format!("has {n_steps} entries; a funnel has 1 to {MAX_STEPS}"),
            ));
        }
        for (index, step) in config.steps.iter().enumerate() {
            step.filter.validate(&format!("steps[{index}].filter"))?;
        }
        if config.window_millis < 0 {
            return Err(RequestError::new(
                "window_millis",
                "is negative; give the longest time that a unit may take",
            ));
        }
        let label = |(index, step): (usize, &Step)| match (config.order, &step.label) {
            (FunnelOrder::Any, _) => format!("{} of {n_steps}", index + 1),
            (_, Some(label)) => label.clone(),
            (_, None) => step.filter.label(),
        };
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
        })
    }

    fn scan(plan: &FunnelPlan, dataset: &Dataset, people: Range<usize>) -> FunnelPartial {
        let mut found = Found::new(plan.rules.n_steps, dataset.names.len());
        for block in dataset.blocks(people) {
            found.scan(plan, dataset, block);
        }
        found.into_partial(dataset)
    }

    fn merge(mut a: FunnelPartial, b: FunnelPartial) -> FunnelPartial {
        if a.steps.is_empty() {
            return b;
        }
        for (a, b) in a.steps.iter_mut().zip(b.steps) {
            a.n_ended += b.n_ended;
            a.n_pending += b.n_pending;
            a.millis_from_previous.extend(b.millis_from_previous);
            a.millis_from_first.extend(b.millis_from_first);
            for (name, n_units) in b.next_events {
                *a.next_events.entry(name).or_default() += n_units;
            }
        }
        a
    }

    fn finish(plan: &FunnelPlan, mut partial: FunnelPartial) -> FunnelReport {
        partial
            .steps
            .resize_with(plan.rules.n_steps, StepPartial::default);
        let mut reached = 0;
        let n_reached: Vec<u64> = partial
            .steps
            .iter()
            .rev()
            .map(|step| {
                reached += step.n_ended + step.n_pending;
                reached
            })
            .collect();
        // Counted from the last step to the first.
        let n_reached: Vec<u64> = n_reached.into_iter().rev().collect();
        let n_units = n_reached[0];
        let steps: Vec<FunnelStep> = partial
            .steps
            .into_iter()
            .zip(&plan.labels)
            .enumerate()
            .map(|(index, (mut step, label))| {
                let is_last = index + 1 == plan.rules.n_steps;
                FunnelStep {
                    label: label.clone(),
                    n_units: n_reached[index],
                    conversion_from_first: Rate::new(n_reached[index], n_units),
                    conversion_from_previous: Rate::new(
                        n_reached[index],
                        n_reached[index.saturating_sub(1)],
                    ),
                    n_dropped: if is_last { 0 } else { step.n_ended },
                    n_pending: step.n_pending,
                    millis_from_previous: TimeStats::new(&mut step.millis_from_previous),
                    millis_from_first: TimeStats::new(&mut step.millis_from_first),
                    next_events_of_dropped: if is_last {
                        Vec::new()
                    } else {
                        commonest(step.next_events)
                    },
                    few_units: n_reached[index] < FEW_UNITS,
                }
            })
            .collect();
        let warnings = warnings(&steps, n_units);
        FunnelReport {
            n_units,
            steps,
            warnings,
        }
    }
}

/// The five commonest next events, by units, then by name.
fn commonest(next_events: BTreeMap<String, u64>) -> Vec<NextEvent> {
    let mut events: Vec<NextEvent> = next_events
        .into_iter()
        .map(|(name, n_units)| NextEvent { name, n_units })
        .collect();
    events.sort_by_key(|event| std::cmp::Reverse(event.n_units));
    events.truncate(5);
    events
}

fn warnings(steps: &[FunnelStep], n_units: u64) -> Vec<Warning> {
    let mut warnings = Vec::new();
    if n_units < FEW_UNITS {
        let message =
            format!("only {n_units} units entered: shares of fewer than {FEW_UNITS} say little");
        warnings.push(Warning::new(WarningKind::FewUnits, n_units, message));
    }
    let n_pending = steps.iter().map(|step| step.n_pending).sum();
    if n_pending > 0 {
        let message =
            format!("the window of {n_pending} units was still open at the end of the data");
        warnings.push(Warning::new(WarningKind::WindowOpen, n_pending, message));
    }
    warnings
}
