//! Where every chain goes: the counts of all, of its breakdown value, of its period, and what
//! goes with conversion.

use std::collections::BTreeMap;
use std::ops::Range;

use rustc_hash::FxHashMap;

use crate::dataset::Dataset;

use super::FunnelPlan;
use super::breakdown::{self, Source};
use super::correlation;
use super::events::Chain;
use super::partial::{Counts, FunnelPartial, PeriodPartial};
use super::tally::{AmountIndex, Tally};

/// What a scan has found so far, with codes in the place of texts.
pub(super) struct Found<'a> {
    plan: &'a FunnelPlan,
    dataset: &'a Dataset,
    amounts: AmountIndex<'a>,
    all: Tally,
    extras: Option<Extras<'a>>,
}

/// What only some funnels ask for.
struct Extras<'a> {
    breakdown: Option<(&'a breakdown::Plan, Source<'a>)>,
    /// By code of the value.
    groups: FxHashMap<Option<u32>, Tally>,
    periods: BTreeMap<i64, PeriodPartial>,
    correlation: Option<correlation::Tally<'a>>,
}

impl<'a> Found<'a> {
    pub(super) fn new(plan: &'a FunnelPlan, dataset: &'a Dataset, people: &Range<usize>) -> Self {
        let starts = &dataset.person_starts;
        let rows = starts[people.start] as usize..starts[people.end] as usize;
        let wanted = &plan.extras;
        let has_extras =
            wanted.breakdown.is_some() || wanted.trend.is_some() || wanted.correlation.is_some();
        let extras = || Extras {
            breakdown: wanted
                .breakdown
                .as_ref()
                .map(|breakdown| (breakdown, breakdown.source(plan, dataset))),
            groups: FxHashMap::default(),
            periods: BTreeMap::new(),
            correlation: wanted
                .correlation
                .as_ref()
                .map(|config| correlation::Tally::new(config, dataset)),
        };
        Self {
            plan,
            dataset,
            amounts: AmountIndex::new(&dataset.amounts, rows),
            all: Tally::of_all(plan.rules.n_steps, dataset),
            extras: has_extras.then(extras),
        }
    }

    /// Adds the chain of a unit of a funnel without options, if the unit has entered.
    #[inline]
    pub(super) fn add_if_entered(&mut self, chain: &Chain, unit: Range<usize>) {
        if chain.depth > 0 {
            let is_pending = chain.depth < self.plan.rules.n_steps
                && chain.latest_start + self.plan.rules.window >= self.plan.data_end;
            self.add(chain, is_pending, unit);
        }
    }

    /// Adds the chain of a unit that has these rows.
    #[inline]
    pub(super) fn add(&mut self, chain: &Chain, is_pending: bool, unit: Range<usize>) {
        self.all
            .add(self.dataset, &self.amounts, chain, is_pending, unit.end);
        if self.extras.is_some() {
            self.add_to_extras(chain, is_pending, &unit);
        }
    }

    #[cold]
    fn add_to_extras(&mut self, chain: &Chain, is_pending: bool, unit: &Range<usize>) {
        let Some(extras) = &mut self.extras else {
            return;
        };
        let n_steps = self.plan.rules.n_steps;
        if let Some((breakdown, source)) = &extras.breakdown {
            let value = breakdown.value(source, self.dataset, chain, unit);
            extras
                .groups
                .entry(value)
                .or_insert_with(|| Tally::of_group(n_steps, self.dataset))
                .add(self.dataset, &self.amounts, chain, is_pending, unit.end);
        }
        if let Some(trend) = &self.plan.extras.trend {
            let period = extras.periods.entry(trend.start(chain.start()));
            period.or_insert_with(|| PeriodPartial::new(n_steps)).add(
                chain.entry,
                chain.depth,
                is_pending,
            );
        }
        if let Some(correlation) = &mut extras.correlation
            && !is_pending
        {
            correlation.add(self.plan, self.dataset, chain, unit);
        }
    }

    /// Counts a unit that an exclusion took out.
    pub(super) fn remove_one(&mut self) {
        self.all.n_removed += 1;
    }

    pub(super) fn into_partial(self) -> FunnelPartial {
        let dataset = self.dataset;
        let mut partial = FunnelPartial {
            all: self.all.into_counts(dataset),
            data_end: Some(self.plan.data_end).filter(|_| dataset.last_ts().is_some()),
            ..FunnelPartial::default()
        };
        if let Some(extras) = self.extras {
            if let Some((_, source)) = &extras.breakdown {
                let groups = extras.groups.into_iter();
                partial.groups = groups
                    .map(|(value, tally)| {
                        let key = value.map(|code| source.key(dataset, code));
                        (key.unwrap_or_default(), tally.into_counts(dataset))
                    })
                    .collect::<BTreeMap<String, Counts>>();
            }
            partial.periods = extras.periods;
            if let Some(correlation) = extras.correlation {
                partial.correlation = correlation.into_partial(dataset);
            }
        }
        partial
    }
}
