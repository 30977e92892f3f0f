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
//! This file is the definition and the plan; `check` refuses funnels that make no sense, `report`
//! has what is found and the report. `scan` goes through people; `sequential`, `strict` and `any`
//! find the chain of one unit in time proportional to its events, and `simultaneous` settles ties.
//! A funnel with options takes another way: `scan_options` goes through people, `hold` shares a
//! unit's events among values, `timeline` puts them in order, `options` says what a chain must
//! keep, and `earliest` finds the one that counts.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::dataset::Dataset;

use super::filter::Filter;
use super::mask::Matcher;
use super::{Analysis, RequestError, Unit};

mod any;
mod check;
mod earliest;
mod events;
mod hold;
mod options;
mod report;
mod scan;
mod scan_options;
mod sequential;
mod simultaneous;
mod strict;
mod timeline;

pub use report::{FunnelPartial, FunnelReport, FunnelStep, NextEvent, OpenUnits, OptionalUnits};

use events::Rules;
use options::Barrier;
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
    /// Units may go past this step. The first and the last one cannot be optional.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    #[cfg_attr(feature = "ts", ts(as = "Option<_>", optional))]
    pub optional: bool,
}

/// Events that must not come between two steps.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
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
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub enum ExclusionMode {
    /// The chain cannot take the later step.
    Break,
    /// The chain is dirty; a unit whose deepest chains all are dirty leaves the funnel.
    Remove,
}

/// What all events of a chain must share.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub enum Hold {
    /// An item of the same id.
    ItemId,
    /// The value of this property.
    Prop(String),
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
        })
    }

    fn scan(plan: &FunnelPlan, dataset: &Dataset, people: Range<usize>) -> FunnelPartial {
        let mut found = Found::new(plan.rules.n_steps, dataset.names.len());
        for block in dataset.blocks(people) {
            found.scan(plan, dataset, block);
        }
        found.into_partial(dataset)
    }

    fn merge(a: FunnelPartial, b: FunnelPartial) -> FunnelPartial {
        report::merge(a, b)
    }

    fn finish(plan: &FunnelPlan, partial: FunnelPartial) -> FunnelReport {
        report::finish(plan, partial)
    }
}
