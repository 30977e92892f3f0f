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
//! - `open`: a chain may start at any step. Of equally deep chains that start together, the one
//!   with the earliest step counts.
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
//! `scan` finds the events that can take each step, by `step_names` (the dataset keeps where a unit
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
//! events can take. A funnel with options takes a slower way: `hold` shares a unit's events
//! among values, `timeline` puts them in order, `options` says what a chain must keep, and
//! `earliest` moves each step on until all of it is kept. `totals` cuts units into attempts for
//! either way. Whatever found it, a chain is handed to `found`, which adds it to the counts of all,
//! of its breakdown value, of its period, and of the correlation. `check` refuses what makes no
//! sense, `partial` can be merged, `report` comes out, and `breakdown`, `trend`, `correlation` and
//! `difference` hold one of the extras each.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::dataset::Dataset;

use super::filter::{Filter, ItemKey};
use super::mask::Matcher;
use super::scope::Scope;
use super::time_zone::{Period, TimeZone};
use super::{Analysis, RequestError, Unit};

mod any;
mod breakdown;
mod check;
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
mod scan;
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
pub use correlation::{CorrelationReport, FunnelCorrelate, Trait};
pub use difference::{FunnelDifference, StepDifference, difference};
pub use partial::FunnelPartial;
pub use report::{FunnelReport, FunnelStep, NextEvent, OpenUnits, OptionalUnits, StepValue};
pub use trend::{FunnelPeriod, FunnelTrend};

use events::Rules;
use found::Found;
use options::Barrier;

/// A funnel to compute.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS, crate::Schema), ts(optional_fields))]
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
    /// Units may enter at any step, not only at the first.
    #[serde(default)]
    #[cfg_attr(feature = "ts", ts(as = "Option<_>"))]
    pub open: bool,
    /// Events that must not come between two steps; up to 32.
    #[serde(default)]
    #[cfg_attr(feature = "ts", ts(as = "Option<_>"))]
    pub exclude: Vec<Exclusion>,
    /// What all events of a chain must share.
    #[serde(default)]
    #[cfg_attr(feature = "ts", ts(optional = nullable))]
    pub hold: Option<Hold>,
    /// Whether units are counted or their attempts. Units unless given.
    #[serde(default)]
    #[cfg_attr(feature = "ts", ts(as = "Option<_>"))]
    pub count: FunnelCount,
    /// A funnel for each value of something.
    #[serde(default)]
    #[cfg_attr(feature = "ts", ts(optional = nullable))]
    pub breakdown: Option<Breakdown>,
    /// The funnel over time.
    #[serde(default)]
    #[cfg_attr(feature = "ts", ts(optional = nullable))]
    pub trend: Option<Trend>,
    /// What goes with conversion.
    #[serde(default)]
    #[cfg_attr(feature = "ts", ts(optional = nullable))]
    pub correlation: Option<Correlation>,
    /// Which part of the data it looks at.
    #[serde(default)]
    #[cfg_attr(feature = "ts", ts(as = "Option<_>"))]
    pub scope: Scope,
}

impl FunnelConfig {
    /// The funnel over these steps, and the rest as it is unless given.
    pub fn new(steps: Vec<Step>) -> Self {
        Self {
            steps,
            window_millis: day(),
            unit: person(),
            order: FunnelOrder::default(),
            data_end_ts: None,
            open: false,
            exclude: Vec::new(),
            hold: None,
            count: FunnelCount::default(),
            breakdown: None,
            trend: None,
            correlation: None,
            scope: Scope::default(),
        }
    }
}

pub(crate) fn day() -> i64 {
    86_400_000
}

fn person() -> Unit {
    Unit::Person
}

/// One step of a funnel.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS, crate::Schema))]
pub struct Step {
    /// Events that take this step.
    pub filter: Filter,
    /// Name to show; made from the filter unless given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub label: Option<String>,
    /// Units may go past this step. The first and the last one cannot be optional.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    #[cfg_attr(feature = "ts", ts(as = "Option<_>", optional))]
    pub optional: bool,
}

/// Events that must not come between two steps.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS, crate::Schema))]
pub struct Exclusion {
    /// The events.
    pub filter: Filter,
    /// Number of the step after which they count, from 1. The first unless given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub after_step: Option<u32>,
    /// Number of the step before which they count. The last unless given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub before_step: Option<u32>,
    /// What such an event does.
    pub mode: ExclusionMode,
}

/// What an excluded event does to a chain that it hits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "ts", derive(ts_rs::TS, crate::Schema))]
pub enum ExclusionMode {
    /// The chain cannot take the later step.
    Break,
    /// The chain is dirty; a unit whose deepest chains all are dirty leaves the funnel.
    Remove,
}

/// What all events of a chain must share.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "ts", derive(ts_rs::TS, crate::Schema))]
pub enum Hold {
    /// An item of the same id.
    ItemId,
    /// The value of this property.
    Prop(String),
}

/// How the events of a funnel must follow each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "ts", derive(ts_rs::TS, crate::Schema))]
pub enum FunnelOrder {
    /// In the order of the steps; anything may lie between.
    #[default]
    Sequential,
    /// In the order of the steps; the unit's next event must be the next step.
    Strict,
    /// In any order, all within one window. Step k then means: k of the steps.
    Any,
}

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "ts", derive(ts_rs::TS, crate::Schema))]
pub enum FunnelCount {
    /// Each unit once.
    #[default]
    Units,
    /// Each attempt of a unit: a chain that completed, or those that timed out together.
    Totals,
}

/// A funnel for each of the commonest values, and one for all others.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS, crate::Schema), ts(optional_fields))]
pub struct Breakdown {
    /// What has the values.
    pub by: BreakdownBy,
    /// Which event gives a unit its value. The first touch unless given.
    #[serde(default)]
    #[cfg_attr(feature = "ts", ts(as = "Option<_>"))]
    pub at: BreakdownAt,
    /// Whose events the first or last touch is looked for in: the person's, or those of the
    /// session in which the chain starts. The funnel's unit unless given.
    #[serde(default)]
    #[cfg_attr(feature = "ts", ts(optional = nullable))]
    pub within: Option<Unit>,
    /// How many values are shown, 1 to 100; the others are put together. 10 unless given.
    #[serde(default = "ten")]
    #[cfg_attr(feature = "ts", ts(as = "Option<_>"))]
    pub n_top: u32,
}

pub(crate) fn ten() -> u32 {
    10
}

/// What the values of a breakdown are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "ts", derive(ts_rs::TS, crate::Schema))]
pub enum BreakdownBy {
    /// Names of events.
    Name,
    /// Templates of pages.
    Page,
    /// Values of the property with this key, such as `source_last_channel`.
    Prop(String),
    /// This field of the event's first item that has it.
    Item(ItemKey),
    /// The value that the chain shares; needs `hold`.
    Held,
}

/// Which event gives a unit its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "ts", derive(ts_rs::TS, crate::Schema))]
pub enum BreakdownAt {
    /// The first event that has a value, up to the chain's last event.
    #[default]
    FirstTouch,
    /// The last event that has a value, up to the chain's last event.
    LastTouch,
    /// The event that took the step of this number, from 1. In any order: the event with which
    /// the unit had taken this many steps.
    Step(u32),
}

/// The funnel over time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS, crate::Schema), ts(optional_fields))]
pub struct Trend {
    /// Into which periods time is cut. A unit belongs to the one in which its chain starts.
    pub by: Period,
    /// IANA name of the time zone whose calendar and clock count, such as `Europe/Berlin`. UTC
    /// unless given.
    #[serde(default)]
    #[cfg_attr(feature = "ts", ts(as = "Option<_>"))]
    pub time_zone: TimeZone,
}

/// What goes with conversion: events and values of properties.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS, crate::Schema), ts(optional_fields))]
pub struct Correlation {
    /// Keys of the properties to look at. All unless given.
    #[serde(default)]
    #[cfg_attr(feature = "ts", ts(optional = nullable))]
    pub props: Option<Vec<String>>,
    /// Names and values that fewer units have are not tested. 10 unless given.
    #[serde(default = "ten")]
    #[cfg_attr(feature = "ts", ts(as = "Option<_>"))]
    pub min_units: u32,
    /// How many are shown, 1 to 1000. 20 unless given.
    #[serde(default = "twenty")]
    #[cfg_attr(feature = "ts", ts(as = "Option<_>"))]
    pub n_top: u32,
}

pub(crate) fn twenty() -> u32 {
    20
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
                scan::scan(plan, dataset, &block, &mut found);
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
