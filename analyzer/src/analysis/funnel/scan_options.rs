//! The scan over people where the funnel has options: finds events that take steps or are
//! excluded, shares each unit's among the held values, and adds up the best chains.

use std::ops::Range;

use crate::analysis::Unit;
use crate::dataset::{Dataset, Tie};

use super::events::{Chain, ComputedMasks, UnitEvents};
use super::hold::HeldColumn;
use super::options::{Best, Way, can_go_on, walk};
use super::scan::Found;
use super::timeline::{Seen, Timeline};
use super::{FunnelOrder, FunnelPlan, any};

pub(super) fn scan(found: &mut Found, plan: &FunnelPlan, dataset: &Dataset, people: &Range<usize>) {
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
        let events: Vec<Seen> = (start..end)
            .map(|row| {
                (
                    row as u32,
                    steps[row - rows.start],
                    excluded[row - rows.start],
                )
            })
            .filter(|event| event.1 | event.2 != 0)
            .collect();
        if events.is_empty() {
            continue;
        }
        let shares = match &held {
            Some(held) => held.shares(&events),
            None => vec![events],
        };
        let first_tie = ties.partition_point(|tie| tie.start < start);
        let n_ties = ties[first_tie..].partition_point(|tie| tie.start < end);
        let view = UnitView {
            plan,
            dataset,
            masks: ComputedMasks {
                first: rows.start,
                masks: &steps,
            },
            ties: &ties[first_tie..first_tie + n_ties],
        };
        view.add_best(found, &shares, end);
    }
}

/// What is the same for all shares of a unit's events.
struct UnitView<'a> {
    plan: &'a FunnelPlan,
    dataset: &'a Dataset,
    masks: ComputedMasks<'a>,
    ties: &'a [Tie<'a>],
}

impl UnitView<'_> {
    /// Adds the best chain over all shares of the unit that ends before row `end`.
    fn add_best(&self, found: &mut Found, shares: &[Vec<Seen>], end: usize) {
        let bests: Vec<Best> = shares.iter().filter_map(|share| self.best(share)).collect();
        let Some(deepest) = bests.iter().map(|best| best.deepest).max() else {
            return;
        };
        let ways = bests
            .into_iter()
            .filter(|best| best.deepest == deepest)
            .filter_map(|best| best.way);
        let Some(way) = ways.min_by(|a, b| a.rank.cmp(&b.rank)) else {
            found.n_removed += 1;
            return;
        };
        let is_pending = deepest + 1 < self.plan.rules.n_steps
            && shares.iter().any(|share| self.is_pending(share, deepest));
        found.add_way(self.dataset, &way, is_pending, end);
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

    fn best(&self, share: &[Seen]) -> Option<Best> {
        match self.plan.order {
            FunnelOrder::Any => self.best_in_any_order(share),
            _ => walk(self.plan, &self.timeline(share)),
        }
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
        let rows: Vec<u32> = share
            .iter()
            .filter(|event| event.1 != 0)
            .map(|event| event.0)
            .collect();
        let unit = UnitEvents {
            masks: self.masks,
            times: &self.dataset.ts,
            rows: &rows,
            ties: self.ties,
        };
        let mut chain = Chain::new();
        any::walk(unit, self.plan.rules, &mut chain);
        let deepest = chain.depth.checked_sub(1)?;
        let mut rank = chain.times[..chain.depth].to_vec();
        rank.push(chain.next_row as i64);
        let way = Way {
            entry: 0,
            deepest,
            taken: u32::MAX >> (31 - deepest),
            times: chain.times,
            next_row: chain.next_row,
            rank,
        };
        Some(Best {
            deepest,
            way: Some(way),
        })
    }
}
