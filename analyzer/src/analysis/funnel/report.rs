//! What a scan finds, and the report that is made of it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::analysis::statistics::{Rate, TimeStats};
use crate::analysis::warning::{FEW_UNITS, Warning, WarningKind};

use super::FunnelPlan;

/// How many units take each step.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct FunnelReport {
    /// Units that entered: that took step 1, or any step of an open funnel.
    pub n_units: u64,
    /// Units that an exclusion with mode `remove` took out: they are in no other number. Absent
    /// without such an exclusion.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub n_removed: Option<u64>,
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
    /// The five commonest events that those who dropped here did next, by units, then by name.
    /// Those who did nothing more are in none of them.
    pub next_events_of_dropped: Vec<NextEvent>,
    /// Fewer than 30 units are here: shares say little.
    pub few_units: bool,
}

/// The units of an optional step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct OptionalUnits {
    /// Units that took the step.
    pub n_took: u64,
    /// Units that took a later step and not this one.
    pub n_skipped: u64,
}

/// The units of a step of an open funnel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct OpenUnits {
    /// Units whose first step this is.
    pub n_entered: u64,
    /// Units that had entered at an earlier step.
    pub n_arrived: u64,
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

/// What some units did.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct FunnelPartial {
    /// One entry for each step; none when nobody was looked at.
    pub(super) steps: Vec<StepPartial>,
    /// Units that an exclusion took out.
    pub(super) n_removed: u64,
}

/// What the units did that got to one step.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct StepPartial {
    /// Units whose deepest step this is, and which are not pending.
    pub(super) n_ended: u64,
    /// Units whose deepest step this is, and which are pending.
    pub(super) n_pending: u64,
    /// Units that went past this step to a later one.
    pub(super) n_skipped: u64,
    /// Units that entered at this step, of those that entered after step 1.
    pub(super) n_entered: u64,
    /// Units whose deepest step this is, of those that entered after step 1.
    pub(super) n_ended_late: u64,
    /// Time from the step taken before, of each unit that took this one, in no order.
    pub(super) millis_from_previous: Vec<i64>,
    /// Time from step 1, of each unit that took both, in no order.
    pub(super) millis_from_first: Vec<i64>,
    /// Units whose deepest step this is, by the name of their next event.
    pub(super) next_events: BTreeMap<String, u64>,
}

pub(super) fn merge(mut a: FunnelPartial, b: FunnelPartial) -> FunnelPartial {
    if a.steps.is_empty() {
        return b;
    }
    a.n_removed += b.n_removed;
    for (a, b) in a.steps.iter_mut().zip(b.steps) {
        a.n_ended += b.n_ended;
        a.n_pending += b.n_pending;
        a.n_skipped += b.n_skipped;
        a.n_entered += b.n_entered;
        a.n_ended_late += b.n_ended_late;
        a.millis_from_previous.extend(b.millis_from_previous);
        a.millis_from_first.extend(b.millis_from_first);
        for (name, n_units) in b.next_events {
            *a.next_events.entry(name).or_default() += n_units;
        }
    }
    a
}

pub(super) fn finish(plan: &FunnelPlan, mut partial: FunnelPartial) -> FunnelReport {
    let n_steps = plan.rules.n_steps;
    partial.steps.resize_with(n_steps, StepPartial::default);
    // Of each step: the units whose chain covers it, and those of them that entered after step 1.
    let mut covered = vec![(0_u64, 0_u64); n_steps + 1];
    for (index, step) in partial.steps.iter().enumerate().rev() {
        let later_entries = partial
            .steps
            .get(index + 1)
            .map_or(0, |step| step.n_entered);
        let (units, late) = covered[index + 1];
        covered[index] = (
            units - later_entries + step.n_ended + step.n_pending,
            late - later_entries + step.n_ended_late,
        );
    }
    let n_late: u64 = partial.steps.iter().map(|step| step.n_entered).sum();
    let n_first = covered[0].0;
    let n_units = n_first + n_late;
    let steps: Vec<FunnelStep> = partial
        .steps
        .into_iter()
        .enumerate()
        .map(|(index, mut step)| {
            let is_last = index + 1 == n_steps;
            let (n_here, n_here_late) = covered[index];
            let n_entered = if index == 0 { n_first } else { step.n_entered };
            let n_arrived = n_here - n_entered;
            FunnelStep {
                label: plan.labels[index].clone(),
                n_units: n_here,
                optional: (plan.optional >> index & 1 == 1).then_some(OptionalUnits {
                    n_took: n_here - step.n_skipped,
                    n_skipped: step.n_skipped,
                }),
                open: plan.is_open.then_some(OpenUnits {
                    n_entered,
                    n_arrived,
                }),
                conversion_from_first: Rate::new(n_here - n_here_late, n_first),
                conversion_from_previous: match index {
                    0 => Rate::new(n_here, n_here),
                    _ => Rate::new(n_arrived, covered[index - 1].0),
                },
                n_dropped: if is_last { 0 } else { step.n_ended },
                n_pending: step.n_pending,
                millis_from_previous: TimeStats::new(&mut step.millis_from_previous),
                millis_from_first: TimeStats::new(&mut step.millis_from_first),
                next_events_of_dropped: if is_last {
                    Vec::new()
                } else {
                    commonest(step.next_events)
                },
                few_units: n_here < FEW_UNITS,
            }
        })
        .collect();
    let warnings = warnings(&steps, n_units, partial.n_removed);
    FunnelReport {
        n_units,
        n_removed: plan.removes.then_some(partial.n_removed),
        steps,
        warnings,
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

fn warnings(steps: &[FunnelStep], n_units: u64, n_removed: u64) -> Vec<Warning> {
    let mut warnings = Vec::new();
    if n_units < FEW_UNITS {
        let message = format!(
            "units that entered: only {n_units}; shares of fewer than {FEW_UNITS} say little"
        );
        warnings.push(Warning::new(WarningKind::FewUnits, n_units, message));
    }
    let n_pending = steps.iter().map(|step| step.n_pending).sum();
    if n_pending > 0 {
        let message =
            format!("units whose window was still open at the end of the data: {n_pending}");
        warnings.push(Warning::new(WarningKind::WindowOpen, n_pending, message));
    }
    if n_removed > 0 {
        let message = format!(
            "units that did what is excluded and are in no number: {n_removed}; the others are a choice by outcome"
        );
        warnings.push(Warning::new(WarningKind::UnitsRemoved, n_removed, message));
    }
    warnings
}
