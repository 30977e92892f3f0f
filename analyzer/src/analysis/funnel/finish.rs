//! The report that is made of what the scans have found.

use crate::analysis::by_text::ByText;
use crate::analysis::durations::Durations;
use crate::analysis::statistics::{BINS_MILLIS, Rate, TimeStats};
use crate::analysis::warning::{FEW_UNITS, Warning, WarningKind, several_currencies};
use crate::ranking::greatest_first;

use super::breakdown::{FunnelBreakdown, FunnelGroup};
use super::partial::{Counts, FunnelPartial, StepPartial};
use super::report::{FunnelReport, FunnelStep, NextEvent, OpenUnits, OptionalUnits, StepValue};
use super::{FunnelPlan, difference};

pub(super) fn finish(plan: &FunnelPlan, partial: FunnelPartial) -> FunnelReport {
    let mut report = of_counts(plan, partial.all);
    if let Some(breakdown) = &plan.extras.breakdown {
        let groups = breakdown.groups(partial.groups).into_iter();
        let mut groups: Vec<FunnelGroup> = groups
            .map(|(kind, value, n_values, counts)| {
                let mut group = of_counts(plan, counts);
                // A unit that was removed has no chain, and so it has no value.
                group.n_removed = None;
                FunnelGroup {
                    kind,
                    value,
                    n_values,
                    report: group,
                    against_rest: Vec::new(),
                }
            })
            .collect();
        let reports: Vec<&FunnelReport> = groups.iter().map(|group| &group.report).collect();
        let compared = difference::against_rest(&report, &reports);
        for (group, steps) in groups.iter_mut().zip(compared) {
            group.against_rest = steps;
        }
        report.breakdown = Some(FunnelBreakdown { groups });
    }
    report.trend = plan
        .extras
        .trend
        .as_ref()
        .map(|trend| trend.finish(partial.periods, plan.rules.window, partial.data_end));
    report.correlation = plan
        .extras
        .correlation
        .as_ref()
        .map(|config| partial.correlation.finish(config));
    report
}

/// The report of some units, without what is beside.
fn of_counts(plan: &FunnelPlan, mut partial: Counts) -> FunnelReport {
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
        .map(|(index, step)| {
            let is_last = index + 1 == n_steps;
            let (n_here, n_here_late) = covered[index];
            let n_entered = if index == 0 { n_first } else { step.n_entered };
            let n_arrived = n_here - n_entered;
            // The step before the second one is the first.
            let is_same = step.millis_from_previous.len() + step.millis_from_first.len() == 0;
            let mut from_previous = step.millis_from_previous;
            let mut from_first = step.millis_from_first;
            if !is_same {
                from_first.append(step.millis_from_both.clone());
            }
            from_previous.append(step.millis_from_both);
            let (millis_from_previous, histogram_from_previous) = times(&from_previous);
            let (millis_from_first, histogram_from_first) = if is_same {
                (millis_from_previous, histogram_from_previous.clone())
            } else {
                times(&from_first)
            };
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
                    n_from_first: n_here - n_here_late,
                }),
                conversion_from_first: Rate::new(n_here - n_here_late, n_first),
                conversion_from_previous: match index {
                    0 => Rate::new(n_here, n_here),
                    _ => Rate::new(n_arrived, covered[index - 1].0),
                },
                n_dropped: if is_last { 0 } else { step.n_ended },
                n_pending: step.n_pending,
                millis_from_previous,
                millis_from_first,
                histogram_from_previous,
                histogram_from_first,
                value: values(step.amounts),
                next_events_of_dropped: if is_last {
                    Vec::new()
                } else {
                    commonest(step.next_events)
                },
                few_units: n_here < FEW_UNITS,
            }
        })
        .collect();
    let has_times = |step: &FunnelStep| step.millis_from_previous.is_some();
    let has_any_times = steps.iter().any(has_times);
    let warnings = warnings(&steps, n_units, partial.n_removed);
    FunnelReport {
        n_units,
        n_removed: plan.removes.then_some(partial.n_removed),
        steps,
        histogram_bins_millis: if has_any_times {
            BINS_MILLIS.to_vec()
        } else {
            Vec::new()
        },
        breakdown: None,
        trend: None,
        correlation: None,
        warnings,
    }
}

fn times(durations: &Durations) -> (Option<TimeStats>, Vec<u64>) {
    match TimeStats::with_histogram(durations) {
        Some((stats, histogram)) => (Some(stats), histogram),
        None => (None, Vec::new()),
    }
}

fn values(amounts: ByText<(u64, i128, i128)>) -> Vec<StepValue> {
    // Sums beyond this range are of amounts that nobody has.
    let whole = |sum: i128| sum.clamp(i64::MIN.into(), i64::MAX.into()) as i64;
    let value = |(currency, (n_units, minor, dropped))| StepValue {
        currency,
        n_units,
        minor: whole(minor),
        minor_dropped: whole(dropped),
    };
    amounts.into_iter().map(value).collect()
}

/// The five commonest next events, by units, then by name.
fn commonest(next_events: ByText<u64>) -> Vec<NextEvent> {
    let mut events: Vec<NextEvent> = next_events
        .into_iter()
        .map(|(name, n_units)| NextEvent { name, n_units })
        .collect();
    greatest_first(&mut events, |event| event.n_units);
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
    let amounts = steps.iter().flat_map(|step| &step.value);
    let currencies = amounts.map(|value| value.currency.as_str()).collect();
    warnings.extend(several_currencies(currencies));
    warnings
}
