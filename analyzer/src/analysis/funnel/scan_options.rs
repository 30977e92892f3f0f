//! The scan over people where the funnel has options: finds events that take steps or are
//! excluded, shares each unit's among the held values, and finds the best chains.

use std::ops::Range;

use crate::analysis::Unit;
use crate::dataset::{Dataset, Tie};

use super::events::{Chain, Event, UnitEvents, first_steps};
use super::found::Found;
use super::hold::{HeldColumn, Shares};
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
            None => Shares::whole(events),
        };
        let shares = shares.list();
        let first_tie = ties.partition_point(|tie| tie.start < start);
        let n_ties = ties[first_tie..].partition_point(|tie| tie.start < end);
        let view = UnitView {
            plan,
            dataset,
            ties: &ties[first_tie..first_tie + n_ties],
        };
        match plan.count {
            FunnelCount::Units => view.add_best(found, &shares, start..end),
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
        let Some(Best { deepest, way }) = self.best_of(shares) else {
            return;
        };
        let Some(way) = way else {
            found.remove_one();
            return;
        };
        let is_pending = deepest + 1 < self.plan.rules.n_steps
            && shares
                .iter()
                .any(|(_, share)| self.is_pending(share, deepest));
        found.add(&way.chain, is_pending, unit);
    }

    /// The best of all shares. A person may have looked at hundreds of products, of which hardly one decides: those that
    /// may get furthest are walked first, and those that can't get as far not at all.
    fn best_of(&self, shares: &[(u32, &[Seen])]) -> Option<Best> {
        let most: Vec<usize> = shares
            .iter()
            .map(|(_, share)| self.most_steps(share))
            .collect();
        let mut best: Option<Best> = None;
        for n_steps in (1..=self.plan.rules.n_steps).rev() {
            if best.as_ref().is_some_and(|best| best.deepest >= n_steps) {
                break;
            }
            let walked = shares.iter().zip(&most);
            let walked = walked
                .filter(|(_, most)| **most == n_steps)
                .map(|(share, _)| share);
            // Where nobody can do more than enter, only who entered first counts.
            let is_first_enough = n_steps == 1
                && self.plan.order != FunnelOrder::Any
                && !self.plan.is_open
                && self.plan.barriers.is_empty();
            let first = is_first_enough
                .then(|| {
                    walked
                        .clone()
                        .filter_map(|(_, share)| self.entry_ts(share))
                        .min()
                })
                .flatten();
            for (held, share) in walked {
                if first.is_none() || self.entry_ts(share) == first {
                    best = match (best, self.best(*held, share)) {
                        (Some(best), Some(other)) => Some(best.or(other)),
                        (best, other) => best.or(other),
                    };
                }
            }
        }
        best
    }

    /// How many steps a chain of these events could have taken, whatever their times.
    fn most_steps(&self, share: &[Seen]) -> usize {
        let steps = share.iter().fold(0, |steps, event| steps | event.1);
        let up_to_last = |steps: u32| steps.checked_ilog2().map_or(0, |last| last as usize + 1);
        match self.plan.order {
            FunnelOrder::Any => steps.count_ones() as usize,
            _ if self.plan.is_open => up_to_last(steps),
            _ if steps & 1 == 0 => 0,
            _ => {
                let n_reached = (steps | self.plan.optional).trailing_ones();
                up_to_last(steps & first_steps(n_reached as usize))
            }
        }
    }

    /// When the first step can be taken first.
    fn entry_ts(&self, share: &[Seen]) -> Option<i64> {
        let entry = share.iter().find(|event| event.1 & 1 == 1)?;
        Some(self.dataset.ts.get(entry.0 as usize))
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
        // A window that is still open began no earlier.
        let earliest = self.plan.data_end.saturating_sub(self.plan.rules.window);
        let last = share
            .last()
            .map(|event| self.dataset.ts.get(event.0 as usize));
        last.is_some_and(|ts| ts >= earliest)
            && (self.plan.order == FunnelOrder::Any
                || can_go_on(self.plan, &self.timeline(share), deepest))
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
