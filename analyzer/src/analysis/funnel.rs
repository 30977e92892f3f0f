//! Funnel: how many units take step 1, how many of those also step 2, and so on, within a window.

use serde::{Deserialize, Serialize};

use super::Unit;
use super::filter::Filter;
use super::statistics::{Rate, TimeStats};
use super::warning::Warning;

/// What to ask for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(optional_fields = nullable))]
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
