//! Where every chain goes: the counts of all, of its breakdown value, of its period, and what
//! goes with conversion.

use std::ops::Range;

use rustc_hash::FxHashMap;

use crate::dataset::Dataset;

use super::FunnelPlan;
use super::breakdown::{self, Source};
use super::correlation;
use super::events::Chain;
use super::partial::{FunnelPartial, PeriodPartial};
use super::tally::Tally;
use super::trend;

/// What a scan has found so far, with codes in the place of texts.
pub(super) struct Found<'a> {
    plan: &'a FunnelPlan,
    dataset: &'a Dataset,
    all: Tally,
    extras: Option<Extras<'a>>,
}

/// What only some funnels ask for.
struct Extras<'a> {
    breakdown: Option<(&'a breakdown::Plan, Source<'a>)>,
    groups: Groups,
    periods: Periods,
    correlation: Option<correlation::Tally<'a>>,
}

impl<'a> Found<'a> {
    pub(super) fn new(plan: &'a FunnelPlan, dataset: &'a Dataset) -> Self {
        let wanted = &plan.extras;
        let has_extras =
            wanted.breakdown.is_some() || wanted.trend.is_some() || wanted.correlation.is_some();
        let extras = || Extras {
            breakdown: wanted
                .breakdown
                .as_ref()
                .map(|breakdown| (breakdown, breakdown.source(plan, dataset))),
            groups: Groups::default(),
            periods: Periods::new(dataset),
            correlation: wanted
                .correlation
                .as_ref()
                .map(|config| correlation::Tally::new(config, dataset)),
        };
        Self {
            plan,
            dataset,
            all: Tally::new(plan.rules.n_steps, dataset),
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
        // What the groups of a breakdown have found is added up at the end.
        if self.plan.extras.breakdown.is_none() {
            self.all.add(self.dataset, chain, is_pending, unit.end);
        }
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
            let group = extras
                .groups
                .of(value, || Tally::new(n_steps, self.dataset));
            group.add(self.dataset, chain, is_pending, unit.end);
        }
        if let Some(trend) = &self.plan.extras.trend {
            let period = extras.periods.of(trend, chain.start(), n_steps);
            period.add(chain.entry, chain.depth, is_pending);
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
                for (value, tally) in extras.groups.found {
                    let key = value.map(|code| source.key(dataset, code));
                    let counts = tally.into_counts(dataset);
                    partial.all.add(counts.clone());
                    *partial.groups.of(key.unwrap_or_default()) = counts;
                }
            }
            partial.periods = extras.periods.found.into_iter().collect();
            if let Some(correlation) = extras.correlation {
                partial.correlation = correlation.into_partial(dataset);
            }
        }
        partial
    }
}

/// What was found of each value of a breakdown.
#[derive(Default)]
struct Groups {
    found: Vec<(Option<u32>, Tally)>,
    /// Place in `found` + 1 by code of the value + 1; 0 where nothing was found yet.
    place_of: Vec<u32>,
}

impl Groups {
    #[inline]
    fn of(&mut self, value: Option<u32>, new: impl FnOnce() -> Tally) -> &mut Tally {
        let index = value.map_or(0, |code| code as usize + 1);
        if index >= self.place_of.len() {
            self.place_of.resize(index + 1, 0);
        }
        if self.place_of[index] == 0 {
            self.found.push((value, new()));
            self.place_of[index] = self.found.len() as u32;
        }
        &mut self.found[self.place_of[index] as usize - 1].1
    }
}

/// A period of time is looked up once for all of these that lie in it.
const SLOT_MILLIS: i64 = 15 * 60_000;
/// Of so many from the start of the data on: some seven years. Later times are looked up each.
const MAX_SLOTS: i64 = 250_000;

/// What was found of each period.
struct Periods {
    /// By the first instant, in order of arrival.
    found: Vec<(i64, PeriodPartial)>,
    place_of: FxHashMap<i64, usize>,
    /// The first instant of the first slot.
    origin: i64,
    /// Place in `found` + 1 by slot, of slots that lie in one period; 0 where none is known.
    place_of_slot: Vec<u32>,
}

impl Periods {
    fn new(dataset: &Dataset) -> Self {
        let first = dataset.first_ts().unwrap_or_default();
        Self {
            found: Vec::new(),
            place_of: FxHashMap::default(),
            // Periods begin with a quarter of an hour in any zone of today.
            origin: first.div_euclid(SLOT_MILLIS).saturating_mul(SLOT_MILLIS),
            place_of_slot: Vec::new(),
        }
    }

    /// The slot of an instant, if it is among those that are kept.
    #[inline]
    fn slot(&self, ts: i64) -> Option<usize> {
        const MAX_MILLIS: u64 = (SLOT_MILLIS * MAX_SLOTS) as u64;
        let millis = ts.wrapping_sub(self.origin) as u64;
        // In 32 bits, where dividing is quick; a slot has a whole number of these units.
        const UNIT: u64 = 32;
        (millis < MAX_MILLIS)
            .then_some((millis / UNIT) as u32 / (SLOT_MILLIS as u64 / UNIT) as u32)
            .map(|slot| slot as usize)
    }

    #[inline]
    fn of(&mut self, trend: &trend::Plan, ts: i64, n_steps: usize) -> &mut PeriodPartial {
        let slot = self.slot(ts).and_then(|slot| self.place_of_slot.get(slot));
        let place = match slot {
            Some(&place) if place > 0 => place as usize - 1,
            _ => self.look_up(trend, ts, n_steps),
        };
        &mut self.found[place].1
    }

    #[cold]
    fn look_up(&mut self, trend: &trend::Plan, ts: i64, n_steps: usize) -> usize {
        let (start, around) = trend.period(ts);
        let new = self.found.len();
        let place = *self.place_of.entry(start).or_insert(new);
        if place == new {
            self.found.push((start, PeriodPartial::new(n_steps)));
        }
        // The slots that lie wholly in the period.
        let bounds = [around.start.max(self.origin), around.end];
        let [from, to] = bounds.map(|bound| bound.saturating_sub(self.origin));
        let first = from.div_euclid(SLOT_MILLIS) + i64::from(from.rem_euclid(SLOT_MILLIS) > 0);
        let end = to.div_euclid(SLOT_MILLIS).min(MAX_SLOTS);
        if first < end {
            let (first, end) = (first as usize, end as usize);
            if self.place_of_slot.len() < end {
                self.place_of_slot.resize(end, 0);
            }
            self.place_of_slot[first..end].fill(place as u32 + 1);
        }
        place
    }
}
