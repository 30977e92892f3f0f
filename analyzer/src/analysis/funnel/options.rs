//! The walk over one unit of a funnel with optional steps, exclusions, entry at any step, or a
//! value held constant.
//!
//! Which limits a chain must keep is written here; `earliest` finds the chain that keeps them.

use std::cmp::Ordering;

use super::earliest::{Limit, Positions, Search};
use super::events::{Chain, MAX_STEPS};
use super::timeline::Timeline;
use super::{ExclusionMode, FunnelOrder, FunnelPlan};

/// An exclusion of a plan; steps count from 0.
#[derive(Debug, Clone, Copy)]
pub(super) struct Barrier {
    pub(super) after: usize,
    pub(super) before: usize,
    pub(super) mode: ExclusionMode,
}

/// A chain, and what decides between equally deep ones.
#[derive(Debug)]
pub(super) struct Way {
    pub(super) chain: Chain,
    /// The least is reported.
    pub(super) rank: Vec<i64>,
}

/// How deep a unit got, and with which chain; no chain when all are dirty that are as deep.
pub(super) struct Best {
    pub(super) deepest: usize,
    pub(super) way: Option<Way>,
}

impl Best {
    /// The deeper of two; where they are as deep, that whose chain comes first, then that of the lesser value.
    pub(super) fn or(self, other: Self) -> Self {
        match self.deepest.cmp(&other.deepest) {
            Ordering::Greater => self,
            Ordering::Less => other,
            Ordering::Equal => {
                let ways = self.way.into_iter().chain(other.way);
                Self {
                    deepest: self.deepest,
                    way: ways.min_by(|a, b| (&a.rank, a.chain.held).cmp(&(&b.rank, b.chain.held))),
                }
            }
        }
    }
}

impl FunnelPlan {
    fn is_optional(&self, step: usize) -> bool {
        self.optional >> step & 1 == 1
    }

    /// The steps that every chain from one step to another takes.
    fn steps_between(&self, entry: usize, deepest: usize) -> Vec<usize> {
        (entry..=deepest)
            .filter(|&step| step == entry || step == deepest || !self.is_optional(step))
            .collect()
    }

    fn search<'a>(&self, timeline: &'a Timeline<'a>) -> Search<'a> {
        Search {
            timeline,
            window: self.rules.window,
            is_strict: self.order == FunnelOrder::Strict,
        }
    }

    /// Exclusions that concern a chain of these steps, with the positions of their two steps in
    /// it; the second is absent in a chain that does not get there.
    fn barriers<'a>(
        &'a self,
        steps: &'a [usize],
    ) -> impl Iterator<Item = (usize, Barrier, usize, Option<usize>)> + 'a {
        let position = |step| steps.iter().position(|&other| other == step);
        self.barriers
            .iter()
            .enumerate()
            .filter_map(move |(exclusion, &barrier)| {
                let after = position(barrier.after)?;
                Some((exclusion, barrier, after, position(barrier.before)))
            })
    }

    /// What a chain must keep to exist and, if asked for, to be clean.
    fn limits(&self, steps: &[usize], is_clean: bool) -> Vec<Limit> {
        self.barriers(steps)
            .filter(|(_, barrier, ..)| is_clean || barrier.mode == ExclusionMode::Break)
            .filter_map(
                |(exclusion, barrier, after, before)| match (before, barrier.mode) {
                    (Some(before), _) => Some(Limit::Between {
                        exclusion,
                        after,
                        before,
                    }),
                    (None, ExclusionMode::Remove) => {
                        Some(Limit::AfterInWindow { exclusion, after })
                    }
                    (None, ExclusionMode::Break) => None,
                },
            )
            .collect()
    }

    /// What a chain must keep to go on beyond `deepest` with events after the end of the data.
    fn limits_to_go_on(&self, steps: &[usize], deepest: usize) -> Vec<Limit> {
        self.barriers(steps)
            .filter_map(|(exclusion, barrier, after, before)| match before {
                Some(before) => Some(Limit::Between {
                    exclusion,
                    after,
                    before,
                }),
                None => (barrier.mode == ExclusionMode::Remove || barrier.before <= deepest + 1)
                    .then_some(Limit::After { exclusion, after }),
            })
            .collect()
    }
}

/// The chain of one unit in a sequential or strict funnel, or `None` if it did not enter.
pub(super) fn walk(plan: &FunnelPlan, timeline: &Timeline<'_>) -> Option<Best> {
    let search = plan.search(timeline);
    let (deepest, floor) = if plan.is_open {
        // Every event may begin a chain, so the deepest step of all events can be taken.
        let steps = timeline
            .moments
            .iter()
            .fold(0, |steps, moment| steps | moment.steps);
        let deepest = steps.checked_ilog2()? as usize;
        (deepest, [0; MAX_STEPS])
    } else {
        deepest(plan, &search)?
    };
    let last_entry = if plan.is_open { deepest } else { 0 };
    let chains = (0..=last_entry).filter_map(|entry| {
        let steps = plan.steps_between(entry, deepest);
        let at = search.earliest(&steps, &plan.limits(&steps, true), floor)?;
        Some((at[0], entry, steps, at))
    });
    let way = chains
        .min_by_key(|&(first, entry, ..)| (first, entry))
        .map(|(_, _, steps, at)| resolve(timeline, &steps, &at));
    Some(Best { deepest, way })
}

/// The deepest step that a chain from step 1 on takes, dirty or not, and the earliest such chain.
fn deepest(plan: &FunnelPlan, search: &Search<'_>) -> Option<(usize, Positions)> {
    let mut found = None;
    // A chain that goes on has taken every step that it must by then, no earlier than the
    // earliest chain did; so each search begins where the one before ended.
    let mut floor = [0; MAX_STEPS];
    for target in 0..plan.rules.n_steps {
        let steps = plan.steps_between(0, target);
        match search.earliest(&steps, &plan.limits(&steps, false), floor) {
            Some(at) => {
                found = Some((target, at));
                if !plan.is_optional(target) {
                    floor = at;
                }
            }
            None if plan.is_optional(target) => {}
            None => break,
        }
    }
    found
}

/// Whether the unit may yet get beyond `deepest`: a chain's window is open at the end of the data,
/// and no exclusion bars it from the step after `deepest`.
pub(super) fn can_go_on(plan: &FunnelPlan, timeline: &Timeline<'_>, deepest: usize) -> bool {
    let search = plan.search(timeline);
    let mut floor = [0; MAX_STEPS];
    floor[0] = timeline.position_at(plan.data_end.saturating_sub(plan.rules.window));
    (0..=deepest).any(|step| {
        // A chain that entered later has its window open longer and less to keep.
        let steps = plan.steps_between(if plan.is_open { step } else { 0 }, step);
        let limits = plan.limits_to_go_on(&steps, deepest);
        search.earliest(&steps, &limits, floor).is_some()
    })
}

/// Times of a chain. An optional step is taken if that is possible between the steps around it,
/// as soon as it comes; those before it go first.
fn resolve(timeline: &Timeline<'_>, steps: &[usize], positions: &Positions) -> Way {
    let (entry, deepest) = (steps[0], steps[steps.len() - 1]);
    let mut at = [usize::MAX; MAX_STEPS];
    for (&step, &position) in steps.iter().zip(positions) {
        at[step] = position;
    }
    for step in entry..deepest {
        if at[step] != usize::MAX {
            continue;
        }
        let is_taken = |other: &usize| at[*other] != usize::MAX;
        let from = (entry..step).rev().find(is_taken);
        let to = (step..=deepest).find(is_taken);
        let (Some(from), Some(to)) = (from, to) else {
            continue;
        };
        let found = (at[from]..=at[to]).find(|&position| {
            timeline.moments[position].steps >> step & 1 == 1 && {
                let together: Vec<usize> = (entry..=deepest)
                    .filter(|&other| other == step || at[other] == position)
                    .collect();
                timeline.can_take(position, &together)
            }
        });
        at[step] = found.unwrap_or(usize::MAX);
    }
    let row = |step: &usize| {
        let moment = timeline.moments.get(at[*step]);
        moment.map_or(i64::MAX, |moment| moment.first_row as i64)
    };
    let skippable = (entry..=deepest).filter(|step| !steps.contains(step));
    let mut rank = vec![row(&entry), entry as i64];
    rank.extend(steps.iter().map(row));
    rank.extend(skippable.map(|step| row(&step)));
    let mut chain = Chain {
        entry,
        depth: deepest + 1,
        next_row: timeline.moments[at[deepest]].end_row,
        ..Chain::new()
    };
    for (step, &position) in at.iter().enumerate() {
        if let Some(moment) = timeline.moments.get(position) {
            chain.taken |= 1 << step;
            chain.times[step] = moment.ts;
            chain.rows[step] = timeline.row(position, step) as u32;
        }
    }
    Way { chain, rank }
}
