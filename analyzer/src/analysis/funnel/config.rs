//! What a funnel is asked for.

use serde::{Deserialize, Serialize};

use crate::analysis::Unit;
use crate::analysis::filter::{Filter, ItemKey};
use crate::analysis::scope::Scope;
use crate::analysis::time_zone::{Period, TimeZone};

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
