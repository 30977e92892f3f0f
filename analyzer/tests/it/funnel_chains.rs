//! Every chain of one unit, and what the definitions say about each, without any shortcut.

use std::collections::BTreeMap;

use analyzer::analysis::funnel::{Exclusion, ExclusionMode, FunnelConfig, FunnelOrder, Hold};

use crate::events::Event;
use crate::funnel_twin::{can_be_adjacent, takes_as_listed};
use crate::requests::holds;

/// A chain: the event of each step that it takes.
pub(crate) type Chain = BTreeMap<usize, usize>;

/// Values of an event that a chain may share.
pub(crate) fn values(event: &Event, hold: &Hold) -> Vec<&'static str> {
    match hold {
        Hold::ItemId if event.category().is_some() => {
            event.page.into_iter().chain(event.second_item()).collect()
        }
        Hold::Prop(key) if key == "lot" => event.lot().into_iter().collect(),
        Hold::Prop(key) if key == "kind" => event.kind().into_iter().collect(),
        _ => Vec::new(),
    }
}

/// One unit, seen for one value.
pub(crate) struct View<'a> {
    pub(crate) unit: &'a [Event],
    pub(crate) config: &'a FunnelConfig,
    pub(crate) value: Option<&'static str>,
    /// For each event its moment: events of a time without a full order share one.
    pub(crate) moments: Vec<usize>,
}

impl View<'_> {
    pub(crate) fn has_value(&self, event: &Event) -> bool {
        match (&self.config.hold, self.value) {
            (Some(hold), Some(value)) => values(event, hold).contains(&value),
            _ => true,
        }
    }

    pub(crate) fn is_window_open(&self, start: &Event, data_end: i64) -> bool {
        i128::from(start.ts) + i128::from(self.config.window_millis) >= i128::from(data_end)
    }

    /// Every chain that the order, the window and exclusions of mode `break` allow.
    pub(crate) fn chains(&self) -> Vec<Chain> {
        let mut chains = Vec::new();
        self.extend(&mut Chain::new(), &mut chains);
        chains
    }

    fn extend(&self, chain: &mut Chain, chains: &mut Vec<Chain>) {
        let steps = &self.config.steps;
        let (first_step, last_step) = match chain.keys().next_back() {
            Some(last) => {
                let required = (last + 1..steps.len()).find(|&step| !steps[step].optional);
                (last + 1, required.unwrap_or(steps.len()))
            }
            None if self.config.open => (0, steps.len() - 1),
            None => (0, 0),
        };
        for step in (first_step..=last_step).take_while(|&step| step < steps.len()) {
            for (index, event) in self.unit.iter().enumerate() {
                if !self.has_value(event) || !holds(&steps[step].filter, event) {
                    continue;
                }
                if chain.values().any(|&taken| !self.may_follow(taken, index)) {
                    continue;
                }
                let previous = chain.values().next_back();
                if takes_as_listed(self.config)
                    && previous.is_some_and(|previous| index != previous + 1)
                {
                    continue;
                }
                if let Some(&first) = chain.values().next()
                    && event.ts - self.unit[first].ts > self.config.window_millis
                {
                    continue;
                }
                chain.insert(step, index);
                let taken: Vec<usize> = chain.values().copied().collect();
                if self.config.order == FunnelOrder::Strict && !can_be_adjacent(self.unit, &taken) {
                    chain.remove(&step);
                    continue;
                }
                if self.is_between(chain, &[ExclusionMode::Break]) {
                    chains.push(chain.clone());
                    self.extend(chain, chains);
                }
                chain.remove(&step);
            }
        }
    }

    fn may_follow(&self, taken: usize, index: usize) -> bool {
        if takes_as_listed(self.config) {
            taken < index
        } else {
            taken != index && !self.unit[index].is_before(&self.unit[taken])
        }
    }

    /// The two steps of an exclusion, from 0.
    fn steps_of(&self, exclusion: &Exclusion) -> (usize, usize) {
        let last = self.config.steps.len();
        (
            exclusion.after_step.map_or(0, |step| step as usize - 1),
            exclusion.before_step.map_or(last, |step| step as usize) - 1,
        )
    }

    /// Excluded events that come after an event.
    fn excluded_after(&self, exclusion: &Exclusion, event: usize) -> Vec<usize> {
        let counts = |other: &Event| {
            let hold = self.config.hold.as_ref();
            self.has_value(other) || hold.is_some_and(|hold| values(other, hold).is_empty())
        };
        (0..self.unit.len())
            .filter(|&other| self.moments[other] > self.moments[event])
            .filter(|&other| counts(&self.unit[other]))
            .filter(|&other| holds(&exclusion.filter, &self.unit[other]))
            .collect()
    }

    /// Whether nothing excluded in one of the modes lies between two steps that the chain takes.
    fn is_between(&self, chain: &Chain, modes: &[ExclusionMode]) -> bool {
        self.config.exclude.iter().all(|exclusion| {
            let (from, to) = self.steps_of(exclusion);
            let (Some(&from), Some(&to)) = (chain.get(&from), chain.get(&to)) else {
                return true;
            };
            !modes.contains(&exclusion.mode)
                || self
                    .excluded_after(exclusion, from)
                    .iter()
                    .all(|&other| self.moments[other] >= self.moments[to])
        })
    }

    pub(crate) fn is_clean(&self, chain: &Chain) -> bool {
        let start = self.unit[*chain.values().next().unwrap()].ts;
        let is_in_window =
            |event: &usize| self.unit[*event].ts - start <= self.config.window_millis;
        self.is_between(chain, &[ExclusionMode::Break, ExclusionMode::Remove])
            && self.config.exclude.iter().all(|exclusion| {
                let (from, to) = self.steps_of(exclusion);
                let Some(&from) = chain.get(&from) else {
                    return true;
                };
                exclusion.mode == ExclusionMode::Break
                    || chain.contains_key(&to)
                    || !self
                        .excluded_after(exclusion, from)
                        .iter()
                        .any(is_in_window)
            })
    }

    pub(crate) fn can_go_on(&self, chain: &Chain, deepest: usize, data_end: i64) -> bool {
        let is_last = deepest + 1 == self.config.steps.len();
        let start = &self.unit[*chain.values().next().unwrap()];
        !is_last
            && self.is_window_open(start, data_end)
            && self.is_between(chain, &[ExclusionMode::Break, ExclusionMode::Remove])
            && self.config.exclude.iter().all(|exclusion| {
                let (from, to) = self.steps_of(exclusion);
                let Some(&from) = chain.get(&from) else {
                    return true;
                };
                let is_far = exclusion.mode == ExclusionMode::Break && to > deepest + 1;
                chain.contains_key(&to) || is_far || self.excluded_after(exclusion, from).is_empty()
            })
    }

    /// Of clean chains that are equally deep, the least in this order counts: when it started,
    /// at which step, when it took the steps that it must take, and then the optional ones.
    pub(crate) fn rank(&self, chain: &Chain) -> Vec<usize> {
        let (&entry, &start) = chain.iter().next().unwrap();
        let (&deepest, _) = chain.iter().next_back().unwrap();
        let must =
            |step: &usize| *step == entry || *step == deepest || !self.config.steps[*step].optional;
        let moment = |step: usize| {
            chain
                .get(&step)
                .map_or(usize::MAX, |&event| self.moments[event])
        };
        let mut rank = vec![self.moments[start], entry];
        rank.extend((entry..=deepest).filter(must).map(moment));
        rank.extend((entry..=deepest).filter(|step| !must(step)).map(moment));
        rank
    }
}
