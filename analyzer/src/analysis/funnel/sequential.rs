//! The walk over one unit when steps come in order and anything may lie between.
//!
//! Of all chains that have taken k steps, the one that started last can do whatever the others
//! can, because its window closes last. So it is enough to know, for each k, the latest start of
//! a chain that has taken k steps: each event moves these on, and the unit's depth D is known
//! after one pass.
//!
//! The chain to report is the earliest of that depth. Let F be the time when depth D was first
//! reached. A chain that starts at a step-1 event with `ts ≥ F − window` gets to depth D by F,
//! because it has at least the events that the latest start had; one that starts before can not,
//! because it would have been there before F. So the first step-1 event from `F − window` on is
//! the start, and taking each next step as soon as it comes gives the times.

use super::events::{Chain, Event, MAX_STEPS, Rules, UnitEvents, first_steps};
use super::simultaneous::Group;

/// Latest start for each number of steps, and when each number was first reached.
struct State<'a> {
    depth: usize,
    /// `start[k]`: latest start of a chain with k + 1 steps; valid below `depth`.
    start: &'a mut [i64; MAX_STEPS],
    /// When some chain first had `depth` steps.
    reached: i64,
}

impl State<'_> {
    /// One event at `ts` that can take the steps in `mask`. Later steps come first, so that no
    /// event is used twice in one chain.
    #[inline(always)]
    fn take(&mut self, mut mask: u32, ts: i64, rules: Rules) {
        while mask != 0 {
            let step = 31 - mask.leading_zeros() as usize;
            mask ^= 1 << step;
            if step == 0 {
                self.start[0] = ts;
            } else if ts - self.start[step - 1] <= rules.window {
                self.start[step] = self.start[step - 1];
            } else {
                continue;
            }
            if step == self.depth {
                self.depth += 1;
                self.reached = ts;
            }
        }
    }

    /// Steps that some chain could take now.
    #[inline(always)]
    fn open(&self) -> u32 {
        // `depth` is below 32 here: the walk ends at the last step.
        u32::MAX >> (31 - self.depth)
    }

    /// Several events at `ts` in whichever order is best.
    fn take_group(&mut self, group: &Group, ts: i64, rules: Rules) {
        let before = self.depth;
        let start = *self.start;
        for taken in 0..=before {
            let from = if taken == 0 { ts } else { start[taken - 1] };
            if ts - from > rules.window {
                continue;
            }
            for step in taken..group.reach(taken, rules.n_steps) {
                if step >= self.depth {
                    self.depth = step + 1;
                    self.reached = ts;
                    self.start[step] = from;
                } else {
                    self.start[step] = self.start[step].max(from);
                }
            }
        }
    }
}

/// Finds the chain to report for one unit.
#[inline]
pub(super) fn walk(unit: UnitEvents<'_>, rules: Rules, chain: &mut Chain) {
    let mut state = State {
        depth: 0,
        start: &mut chain.starts,
        reached: 0,
    };
    if unit.ties.is_empty() {
        find_depth(unit, rules, &mut state);
    } else {
        find_depth_with_ties(unit, rules, &mut state);
    }
    let (depth, reached) = (state.depth, state.reached);
    chain.depth = depth;
    chain.taken = first_steps(depth);
    if depth > 0 {
        chain.latest_start = chain.starts[0];
        let earliest = reached - rules.window;
        if unit.ties.is_empty() {
            follow(unit, earliest, chain);
        } else {
            follow_with_ties(unit, rules, earliest, chain);
        }
    }
}

#[inline(always)]
fn find_depth(unit: UnitEvents<'_>, rules: Rules, state: &mut State<'_>) {
    for event in unit.events {
        let mask = event.mask & state.open();
        if mask != 0 {
            state.take(mask, unit.times.get(event.row as usize), rules);
            if state.depth == rules.n_steps {
                break;
            }
        }
    }
}

#[cold]
fn find_depth_with_ties(unit: UnitEvents<'_>, rules: Rules, state: &mut State<'_>) {
    for (event, tie) in unit.moments() {
        let ts = unit.times.get(event.row as usize);
        match tie {
            Some(tie) => state.take_group(&Group::new(tie, |row| unit.mask(row)), ts, rules),
            None => state.take(event.mask & state.open(), ts, rules),
        }
        if state.depth == rules.n_steps {
            break;
        }
    }
}

/// Takes each step as soon as it comes, from the first step-1 event at or after `earliest`, until
/// as many as the chain has are taken.
#[inline(always)]
fn follow(unit: UnitEvents<'_>, earliest: i64, chain: &mut Chain) {
    let mut taken = 0;
    for &Event { row, mask } in unit.events {
        if mask >> taken & 1 == 0 {
            continue;
        }
        let ts = unit.times.get(row as usize);
        if taken == 0 && ts < earliest {
            continue;
        }
        chain.times[taken] = ts;
        chain.rows[taken] = row;
        taken += 1;
        if taken == chain.depth {
            chain.next_row = row as usize + 1;
            return;
        }
    }
}

#[cold]
fn follow_with_ties(unit: UnitEvents<'_>, rules: Rules, earliest: i64, chain: &mut Chain) {
    let mut taken = 0;
    for (event, tie) in unit.moments() {
        let row = event.row as usize;
        let ts = unit.times.get(row);
        if taken == 0 && ts < earliest {
            continue;
        }
        let (reach, next_row) = match tie {
            Some(tie) => (
                Group::new(tie, |row| unit.mask(row))
                    .reach(taken, rules.n_steps)
                    .min(chain.depth),
                tie.end,
            ),
            None => (taken + (event.mask >> taken & 1) as usize, row + 1),
        };
        if reach > taken {
            chain.times[taken..reach].fill(ts);
            chain.rows[taken] = event.row;
            if let Some(tie) = tie {
                for step in taken..reach {
                    let takes = |row: &usize| unit.mask(*row) >> step & 1 == 1;
                    let first = (tie.start..tie.end).find(takes);
                    chain.rows[step] = first.unwrap_or(row) as u32;
                }
            }
            chain.next_row = next_row;
            taken = reach;
            if taken == chain.depth {
                return;
            }
        }
    }
}
