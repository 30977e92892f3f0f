//! The scan over people where the funnel has options: finds events that take steps or are
//! excluded, shares each unit's among the held values, and finds the best chains.

use std::ops::Range;

use crate::analysis::Unit;
use crate::dataset::{Dataset, Tie};

use super::events::{Chain, Event, UnitEvents};
use super::found::Found;
use super::hold::HeldColumn;
use super::options::{Best, Way, can_go_on, walk};
use super::timeline::{Seen, Timeline};
use super::{FunnelCount, FunnelOrder, FunnelPlan, any, totals};

pub(super) fn scan(
    plan: &FunnelPlan,
    dataset: &Dataset,
    people: &Range<usize>,
    found: &mut Found<'_>,
) {
    let units = dataset.unit_starts(people, plan.unit == Unit::Session);
    let rows = units[0] as usize..units[units.len() - 1] as usize;
    let steps = plan.matcher.masks(dataset, rows.clone());
    let excluded = if plan.barriers.is_empty() {
        vec![0; rows.len()]
    } else {
        plan.excluded.masks(dataset, rows.clone())
    };
    let ties: Vec<Tie<'_>> = dataset.ties.within(rows.clone()).collect();
    let held = plan
        .hold
        .as_ref()
        .map(|hold| HeldColumn::new(hold, dataset));
    for unit in units.windows(2) {
        let (start, end) = (unit[0] as usize, unit[1] as usize);
        let events: Vec<Seen> = (unit[0]..unit[1])
            .zip(&steps[start - rows.start..])
            .zip(&excluded[start - rows.start..])
            .map(|((row, &steps), &excluded)| (row, steps, excluded))
            .filter(|event| event.1 | event.2 != 0)
            .collect();
        if events.is_empty() {
            continue;
        }
        let shares = match &held {
            Some(held) => held.shares(&events),
            None => vec![(0, events)],
        };
        let first_tie = ties.partition_point(|tie| tie.start < start);
        let n_ties = ties[first_tie..].partition_point(|tie| tie.start < end);
        let view = UnitView {
            plan,
            dataset,
            ties: &ties[first_tie..first_tie + n_ties],
        };
        match plan.count {
            FunnelCount::Units => {
                let shares: Vec<(u32, &[Seen])> = shares
                    .iter()
                    .map(|(held, share)| (*held, share.as_slice()))
                    .collect();
                view.add_best(found, &shares, start..end);
            }
            FunnelCount::Totals => {
                for (held, share) in &shares {
                    view.add_attempts(found, *held, share, &(start..end));
                }
            }
        }
    }
}

/// What is the same for all shares of a unit's events.
struct UnitView<'a> {
    plan: &'a FunnelPlan,
    dataset: &'a Dataset,
    ties: &'a [Tie<'a>],
}

impl UnitView<'_> {
    /// Adds the best chain over all shares of the unit; each has the code of its value.
    fn add_best(&self, found: &mut Found<'_>, shares: &[(u32, &[Seen])], unit: Range<usize>) {
        let best_of = |(held, share): &(u32, &[Seen])| self.best(*held, share);
        let bests: Vec<Best> = shares.iter().filter_map(best_of).collect();
        let Some(deepest) = bests.iter().map(|best| best.deepest).max() else {
            return;
        };
        let ways = bests
            .into_iter()
            .filter(|best| best.deepest == deepest)
            .filter_map(|best| best.way);
        let Some(way) = ways.min_by(|a, b| a.rank.cmp(&b.rank)) else {
            found.remove_one();
            return;
        };
        let is_pending = deepest + 1 < self.plan.rules.n_steps
            && shares
                .iter()
                .any(|(_, share)| self.is_pending(share, deepest));
        found.add(&way.chain, is_pending, unit);
    }

    /// Adds every attempt among the events of one value.
    fn add_attempts(&self, found: &mut Found<'_>, held: u32, share: &[Seen], unit: &Range<usize>) {
        let ts = |row: u32| self.dataset.ts.get(row as usize);
        let walk = |events: &[Seen], is_all: bool| {
            let is_complete = |way: &Way| way.chain.depth == self.plan.rules.n_steps;
            let way = self.best(held, events).and_then(|best| best.way);
            let next_row = way.filter(is_complete).map(|way| way.chain.next_row);
            if is_all || next_row.is_some() {
                self.add_best(found, &[(held, events)], unit.clone());
            }
            next_row
        };
        totals::each_attempt_with_options(self.plan, share, ts, walk);
    }

    /// The timeline of a share. In a strict funnel, simultaneous events are taken in the
    /// dataset's order.
    fn timeline(&self, share: &[Seen]) -> Timeline<'_> {
        let ties = match self.plan.order {
            FunnelOrder::Strict => &[],
            _ => self.ties,
        };
        Timeline::new(self.dataset, share, ties, self.plan.barriers.len())
    }

    fn best(&self, held: u32, share: &[Seen]) -> Option<Best> {
        let mut best = match self.plan.order {
            FunnelOrder::Any => self.best_in_any_order(share)?,
            _ => walk(self.plan, &self.timeline(share))?,
        };
        if let Some(way) = &mut best.way {
            way.chain.held = held;
        }
        Some(best)
    }

    fn is_pending(&self, share: &[Seen], deepest: usize) -> bool {
        match self.plan.order {
            FunnelOrder::Any => {
                let earliest = self.plan.data_end.saturating_sub(self.plan.rules.window);
                let mut times = share
                    .iter()
                    .map(|event| self.dataset.ts.get(event.0 as usize));
                times.any(|ts| ts >= earliest)
            }
            _ => can_go_on(self.plan, &self.timeline(share), deepest),
        }
    }

    fn best_in_any_order(&self, share: &[Seen]) -> Option<Best> {
        let events: Vec<Event> = share
            .iter()
            .filter(|event| event.1 != 0)
            .map(|&(row, mask, _)| Event { row, mask })
            .collect();
        let unit = UnitEvents {
            times: &self.dataset.ts,
            events: &events,
            ties: self.ties,
        };
        let mut chain = Chain::new();
        any::walk(unit, self.plan.rules, &mut chain);
        let deepest = chain.depth.checked_sub(1)?;
        let mut rank = chain.times[..chain.depth].to_vec();
        rank.push(chain.next_row as i64);
        Some(Best {
            deepest,
            way: Some(Way { chain, rank }),
        })
    }
}
