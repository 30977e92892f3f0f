//! The report: what a funnel says about its units.

use serde::Serialize;

use crate::analysis::statistics::{Rate, TimeStats};
use crate::analysis::warning::Warning;

use super::breakdown::FunnelBreakdown;
use super::correlation::CorrelationReport;
use super::trend::FunnelTrend;

/// How many units take each step.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS, crate::Schema))]
pub struct FunnelReport {
    /// Units that entered: that took step 1, or any step of an open funnel. In a funnel that
    /// counts totals these, as all units of the report, are attempts.
    pub n_units: u64,
    /// Units that an exclusion with mode `remove` took out: they are in no other number. Absent
    /// without such an exclusion.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub n_removed: Option<u64>,
    /// One entry for each step.
    pub steps: Vec<FunnelStep>,
    /// Lower ends of the bins of the steps' histograms, in milliseconds; each bin ends where the
    /// next begins, and the last one has no end. Absent where nobody took two steps.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "ts", ts(as = "Option<Vec<i64>>", optional))]
    pub histogram_bins_millis: Vec<i64>,
    /// The funnel of each value, if asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub breakdown: Option<FunnelBreakdown>,
    /// The funnel over time, if asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub trend: Option<FunnelTrend>,
    /// What goes with conversion, if asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub correlation: Option<CorrelationReport>,
    /// What to know before trusting the numbers.
    pub warnings: Vec<Warning>,
}

/// How many units took one step, and what became of them.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS, crate::Schema))]
pub struct FunnelStep {
    /// The step's name.
    pub label: String,
    /// Units that took this step and all before it, from where they entered. An optional step
    /// also counts those that went past it to a later one.
    pub n_units: u64,
    /// How many took this step and how many went past it. Only at an optional step.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub optional: Option<OptionalUnits>,
    /// Units that entered here and units that came from the step before. Only in an open funnel.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub open: Option<OpenUnits>,
    /// Share in the units that took step 1. In an open funnel, of those that took step 1.
    pub conversion_from_first: Rate,
    /// Share in the units of the step before; of step 1: in themselves. In an open funnel, of
    /// those that came from there.
    pub conversion_from_previous: Rate,
    /// Units that got here, not to a later step, and cannot any more. 0 at the last step.
    pub n_dropped: u64,
    /// Units that got here, not to a later step, but still can: a window is open at the end of
    /// the data, and no exclusion bars the next step. 0 at the last step.
    pub n_pending: u64,
    /// Time from the step taken before; absent where no unit took this step after another.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub millis_from_previous: Option<TimeStats>,
    /// Time from step 1, of the units that took it; absent at step 1 and without units.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub millis_from_first: Option<TimeStats>,
    /// How many of the times from the step before lie in each bin, up to the last one that has
    /// any; absent where `millis_from_previous` is.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "ts", ts(as = "Option<Vec<u64>>", optional))]
    pub histogram_from_previous: Vec<u64>,
    /// The same for the times from step 1.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "ts", ts(as = "Option<Vec<u64>>", optional))]
    pub histogram_from_first: Vec<u64>,
    /// Amounts of the events that took this step, for each currency, by its code. Amounts of
    /// different currencies are never added.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "ts", ts(as = "Option<Vec<StepValue>>", optional))]
    pub value: Vec<StepValue>,
    /// The five commonest events that those who dropped here did next, by units, then by name.
    /// Those who did nothing more are in none of them.
    pub next_events_of_dropped: Vec<NextEvent>,
    /// Fewer than 30 units are here: shares say little.
    pub few_units: bool,
}

/// The units of an optional step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS, crate::Schema))]
pub struct OptionalUnits {
    /// Units that took the step.
    pub n_took: u64,
    /// Units that took a later step and not this one.
    pub n_skipped: u64,
}

/// The units of a step of an open funnel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS, crate::Schema))]
pub struct OpenUnits {
    /// Units whose first step this is.
    pub n_entered: u64,
    /// Units that had entered at an earlier step.
    pub n_arrived: u64,
    /// Units that had entered at step 1.
    pub n_from_first: u64,
}

/// Amounts in one currency of the events that took a step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS, crate::Schema))]
pub struct StepValue {
    /// ISO 4217 code; empty for amounts without a currency.
    pub currency: String,
    /// Units whose event has an amount in this currency.
    pub n_units: u64,
    /// Sum of their amounts in the currency's minor unit, such as cents.
    pub minor: i64,
    /// The part of `minor` that belongs to those who dropped here.
    pub minor_dropped: i64,
}

/// How many of those who dropped did this next.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS, crate::Schema))]
pub struct NextEvent {
    /// Name of the event.
    pub name: String,
    /// Units whose next event has this name.
    pub n_units: u64,
}
