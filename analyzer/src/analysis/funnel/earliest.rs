//! The earliest chain of a unit that takes given steps under given limits.
//!
//! Of two chains that take the same steps, take of each step the earlier of the two moments: that
//! is a chain again, and it keeps every limit that both keep. So there is one chain that is the
//! earliest in every step, if there is any, and it is found by going forward only: begin with each
//! step at its first moment, and as long as a limit is not kept, move on the step that must be
//! later in every chain that is not earlier than what is there. No step ever moves back, so the
//! time is proportional to events × steps × limits. Latest starts alone would not do: with
//! exclusions, a later start can be barred where an earlier one is not.

use super::events::MAX_STEPS;
use super::timeline::Timeline;

/// Something that a chain must keep; positions are those of its steps in the chain.
#[derive(Debug, Clone, Copy)]
pub(super) enum Limit {
    /// None of the excluded events lies between two steps.
    Between {
        exclusion: usize,
        after: usize,
        before: usize,
    },
    /// None of the excluded events comes after a step, up to the end of the window.
    AfterInWindow { exclusion: usize, after: usize },
    /// None of the excluded events comes after a step at all.
    After { exclusion: usize, after: usize },
}

/// Positions of the moments in which a chain takes its steps.
pub(super) type Positions = [usize; MAX_STEPS];

/// What chains of a unit are searched for.
pub(super) struct Search<'a> {
    pub(super) timeline: &'a Timeline<'a>,
    pub(super) window: i64,
    /// Each step must be taken by the unit's very next event.
    pub(super) is_strict: bool,
}

impl Search<'_> {
    /// The earliest chain that takes `steps`, in no step earlier than `floor` has it.
    pub(super) fn earliest(
        &self,
        steps: &[usize],
        limits: &[Limit],
        floor: Positions,
    ) -> Option<Positions> {
        let moments = &self.timeline.moments;
        let last = steps.len() - 1;
        let mut at = floor;
        loop {
            self.put_in_order(steps, &mut at)?;
            let before = at;
            let first_in_time = self
                .timeline
                .position_at(moments[at[last]].ts - self.window);
            at[0] = at[0].max(first_in_time);
            for limit in limits {
                let (after, excluded) = match *limit {
                    Limit::Between {
                        exclusion,
                        after,
                        before,
                    } => (after, self.timeline.last_excluded(exclusion, at[before])),
                    Limit::AfterInWindow { exclusion, after } => {
                        let end = self
                            .timeline
                            .position_after(moments[before[0]].ts + self.window);
                        (after, self.timeline.last_excluded(exclusion, end))
                    }
                    Limit::After { exclusion, after } => {
                        (after, self.timeline.last_excluded(exclusion, moments.len()))
                    }
                };
                at[after] = at[after].max(excluded.unwrap_or(0));
            }
            if self.is_strict {
                for step in (0..last).rev() {
                    let next_row = moments[at[step + 1]].first_row;
                    while moments[at[step]].end_row < next_row {
                        at[step] += 1;
                    }
                }
            }
            if at[..=last].iter().eq(&before[..=last]) {
                return Some(at);
            }
        }
    }

    /// Moves steps on until each is at a moment that can take it, after those before it.
    fn put_in_order(&self, steps: &[usize], at: &mut Positions) -> Option<()> {
        let moments = &self.timeline.moments;
        // The first of the steps that share a moment with the one looked at.
        let mut shared_from = 0;
        for index in 0..steps.len() {
            if index > 0 {
                at[index] = at[index].max(at[index - 1]);
            }
            loop {
                let moment = moments.get(at[index])?;
                if moment.steps >> steps[index] & 1 == 1 {
                    if index == 0 || at[index] > at[index - 1] {
                        shared_from = index;
                        break;
                    }
                    if self
                        .timeline
                        .can_take(at[index], &steps[shared_from..=index])
                    {
                        break;
                    }
                }
                at[index] += 1;
            }
        }
        Some(())
    }
}
