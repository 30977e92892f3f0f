//! The walk over one unit when steps may come in any order, all within one window.
//!
//! Which events can take different steps together is a matching, and sets of events that can be
//! matched form a transversal matroid. So a greedy rule is exact: keep a largest matchable set of
//! the latest events, and let each new event join, in the place of the oldest one that makes
//! room. The events of that set that lie in the window ending now are as many steps as can be
//! taken there. The earliest window of the greatest number is then walked once more from its start.

use super::events::{Chain, MAX_STEPS, Rules, UnitEvents, first_steps, tie_of};

/// A largest set of the latest events in which every event has a step of its own.
struct Matching {
    /// Steps that have an event, as a mask.
    taken: u32,
    /// Mask and time of each taken step's event.
    events: [(u32, i64); MAX_STEPS],
}

impl Matching {
    fn new() -> Self {
        Self {
            taken: 0,
            events: [(0, 0); MAX_STEPS],
        }
    }

    /// Adds an event that can take the steps in `mask` and is not older than any event so far.
    /// An event leaves for it when there is no free step that it can reach. Gives whether the
    /// matching grew.
    fn add(&mut self, mask: u32, ts: i64) -> bool {
        // Breadth first over steps: from each taken step to those that its event could take
        // instead, remembering the way back.
        let mut came_from = [usize::MAX; MAX_STEPS];
        let mut seen = mask;
        let mut front = mask;
        let mut oldest: Option<usize> = None;
        let free = loop {
            if front & !self.taken != 0 {
                break Some((front & !self.taken).trailing_zeros() as usize);
            }
            let mut next = 0;
            while front != 0 {
                let step = front.trailing_zeros() as usize;
                front &= front - 1;
                if oldest.is_none_or(|oldest| self.events[step].1 < self.events[oldest].1) {
                    oldest = Some(step);
                }
                let mut reached = self.events[step].0 & !seen & !next;
                next |= reached;
                while reached != 0 {
                    came_from[reached.trailing_zeros() as usize] = step;
                    reached &= reached - 1;
                }
            }
            if next == 0 {
                break None;
            }
            seen |= next;
            front = next;
        };
        let Some(mut step) = free.or(oldest) else {
            return false;
        };
        self.taken |= 1 << step;
        while came_from[step] != usize::MAX {
            self.events[step] = self.events[came_from[step]];
            step = came_from[step];
        }
        self.events[step] = (mask, ts);
        free.is_some()
    }

    /// How many of the events are not older than `since`.
    fn n_since(&self, since: i64) -> usize {
        let mut taken = self.taken;
        let mut n = 0;
        while taken != 0 {
            n += usize::from(self.events[taken.trailing_zeros() as usize].1 >= since);
            taken &= taken - 1;
        }
        n
    }
}

/// Finds the chain to report for one unit.
pub(super) fn walk(unit: UnitEvents<'_>, rules: Rules, chain: &mut Chain) {
    chain.depth = 0;
    let mut reached = 0;
    let mut latest = Matching::new();
    for event in unit.events {
        let row = event.row as usize;
        let mask = event.mask;
        let ts = unit.times.get(row);
        chain.latest_start = ts;
        latest.add(mask, ts);
        let depth = latest.n_since(ts - rules.window);
        if depth > chain.depth {
            chain.depth = depth;
            reached = ts;
            if depth == rules.n_steps {
                break;
            }
        }
    }

    // The first event from there on starts a window that holds as many steps; none before does.
    let earliest = reached - rules.window;
    let mut matching = Matching::new();
    let mut taken = 0;
    for event in unit.events {
        let row = event.row as usize;
        if taken == chain.depth {
            break;
        }
        let ts = unit.times.get(row);
        if ts >= earliest && matching.add(event.mask, ts) {
            chain.times[taken] = ts;
            chain.rows[taken] = row as u32;
            chain.next_row = row + 1;
            taken += 1;
        }
    }
    chain.taken = first_steps(chain.depth);
    skip_simultaneous(unit, chain);
}

/// What comes next comes after everything that is simultaneous with the last step.
fn skip_simultaneous(unit: UnitEvents<'_>, chain: &mut Chain) {
    let last = chain.next_row.checked_sub(1);
    if let Some(tie) = last.and_then(|last| tie_of(unit.ties, last)) {
        chain.next_row = tie.end;
    }
}
