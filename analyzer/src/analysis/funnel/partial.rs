//! What a scan finds among some people. Holds texts and no codes, so that what was found in
//! datasets with other dictionaries can be merged with it.

use std::collections::BTreeMap;

use crate::analysis::by_text::ByText;
use crate::analysis::durations::Durations;
use crate::analysis::wire::wire;

use super::correlation::CorrelationPartial;

/// What some units did.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct FunnelPartial {
    pub(super) all: Counts,
    /// The units of each breakdown value; its text comes after a letter for its type, and the
    /// empty text stands for units without a value.
    pub(super) groups: ByText<Counts>,
    /// The units of each period, by its first instant.
    pub(super) periods: BTreeMap<i64, PeriodPartial>,
    pub(super) correlation: CorrelationPartial,
    /// Until when the data is complete.
    pub(super) data_end: Option<i64>,
}

wire!(FunnelPartial {
    all,
    groups,
    periods,
    correlation,
    data_end
});

/// What a group of units did.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Counts {
    /// One entry for each step; none when nobody was looked at.
    pub(super) steps: Vec<StepPartial>,
    /// Units that an exclusion took out.
    pub(super) n_removed: u64,
}

wire!(Counts { steps, n_removed });

/// What the units did that got to one step.
#[derive(Debug, Clone, Default, PartialEq)]
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
    /// Time from step 1, of each unit for which that is the step taken before this one.
    pub(super) millis_from_both: Durations,
    /// Of the other units that took this step: time from the step taken before.
    pub(super) millis_from_previous: Durations,
    /// Of the other units that took this step and step 1: time from step 1.
    pub(super) millis_from_first: Durations,
    /// Units whose deepest step this is, by the name of their next event.
    pub(super) next_events: ByText<u64>,
    /// Of each currency: units whose event that took this step has an amount, their sum in minor
    /// units, and the sum of those of them that dropped here.
    pub(super) amounts: ByText<(u64, i128, i128)>,
}

wire!(StepPartial {
    n_ended,
    n_pending,
    n_skipped,
    n_entered,
    n_ended_late,
    millis_from_both,
    millis_from_previous,
    millis_from_first,
    next_events,
    amounts
});

/// The units of a period.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct PeriodPartial {
    /// Units that got to each step, from where they entered.
    pub(super) n_units: Vec<u64>,
    /// Units that entered.
    pub(super) n_entered: u64,
    /// Units that are pending.
    pub(super) n_pending: u64,
}

wire!(PeriodPartial {
    n_units,
    n_entered,
    n_pending
});

impl PeriodPartial {
    pub(super) fn new(n_steps: usize) -> Self {
        Self {
            n_units: vec![0; n_steps],
            ..Self::default()
        }
    }

    /// Adds a unit that went from one step to before another.
    pub(super) fn add(&mut self, entry: usize, end: usize, is_pending: bool) {
        for n_units in &mut self.n_units[entry..end] {
            *n_units += 1;
        }
        self.n_entered += 1;
        self.n_pending += u64::from(is_pending);
    }
}

pub(super) fn merge(a: FunnelPartial, b: FunnelPartial) -> FunnelPartial {
    let mut all = a.all;
    all.add(b.all);
    let mut groups = a.groups;
    for (value, counts) in b.groups {
        groups.of(value).add(counts);
    }
    let mut periods = a.periods;
    for (start, other) in b.periods {
        let period = periods
            .entry(start)
            .or_insert_with(|| PeriodPartial::new(other.n_units.len()));
        period.n_entered += other.n_entered;
        period.n_pending += other.n_pending;
        for (n_units, other) in period.n_units.iter_mut().zip(other.n_units) {
            *n_units += other;
        }
    }
    FunnelPartial {
        all,
        groups,
        periods,
        correlation: a.correlation.merge(b.correlation),
        data_end: a.data_end.max(b.data_end),
    }
}

impl Counts {
    pub(super) fn add(&mut self, other: Self) {
        if self.steps.is_empty() {
            *self = other;
            return;
        }
        self.n_removed += other.n_removed;
        for (a, b) in self.steps.iter_mut().zip(other.steps) {
            a.n_ended += b.n_ended;
            a.n_pending += b.n_pending;
            a.n_skipped += b.n_skipped;
            a.n_entered += b.n_entered;
            a.n_ended_late += b.n_ended_late;
            a.millis_from_both.append(b.millis_from_both);
            a.millis_from_previous.append(b.millis_from_previous);
            a.millis_from_first.append(b.millis_from_first);
            for (name, n_units) in b.next_events {
                *a.next_events.of(name) += n_units;
            }
            for (currency, other) in b.amounts {
                let sum = a.amounts.of(currency);
                sum.0 += other.0;
                sum.1 += other.1;
                sum.2 += other.2;
            }
        }
    }

    /// Units in all.
    pub(super) fn n_units(&self) -> u64 {
        let ended = |step: &StepPartial| step.n_ended + step.n_pending;
        self.steps.iter().map(ended).sum()
    }
}
