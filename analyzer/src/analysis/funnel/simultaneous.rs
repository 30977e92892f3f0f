//! Simultaneous events: how many steps can be taken from one group, in the best order?
//!
//! Each event takes at most one step, and two events of one tab keep their order. Where no order
//! is known at all, which is the usual case, this is a matching of steps to events. Where tabs
//! order some of the events, every set of events that can take the steps so far is followed. Of
//! the events of a tab that can take a step, the earliest that is left takes it, since whatever
//! can come after another can come after that one too. So of a tab only what was taken last counts.
//! A group of many different events has too many sets: only as many are followed as make
//! [`MAX_TRIES`] tries of a step.

use crate::dataset::{Tie, is_before};

use super::events::MAX_STEPS;

/// Most sets of events and tabs that are tried for a step.
const MAX_TRIES: usize = 10_000;

/// The events of one group that can take some step.
pub(super) struct Group {
    masks: Vec<u32>,
    /// Where tabs order some of the events: these events, alike ones together, ascending.
    ordered: Vec<Alike>,
}

/// Events of one tab, position and mask.
pub(super) struct Alike {
    pub(super) order: (u32, u32),
    pub(super) mask: u32,
    pub(super) n_events: u32,
}

/// Events, of which tab and position, and mask are given, alike ones together.
pub(super) fn alike(events: impl Iterator<Item = ((u32, u32), u32)>) -> Vec<Alike> {
    // Without a tab, a position says nothing.
    let known = |order: (u32, u32)| if order.0 == 0 { (0, 0) } else { order };
    let mut events: Vec<((u32, u32), u32)> =
        events.map(|(order, mask)| (known(order), mask)).collect();
    events.sort_unstable();
    let alike = events.chunk_by(|a, b| a == b);
    alike
        .map(|events| Alike {
            order: events[0].0,
            mask: events[0].1,
            n_events: events.len() as u32,
        })
        .collect()
}

impl Group {
    pub(super) fn new(tie: &Tie<'_>, mask_of: impl Fn(usize) -> u32) -> Self {
        let events: Vec<(u32, (u32, u32))> = (tie.start..tie.end)
            .zip(tie.order)
            .map(|(row, &order)| (mask_of(row), order))
            .filter(|event| event.0 != 0)
            .collect();
        let mut masks: Vec<u32> = events.iter().map(|event| event.0).collect();
        let mut orders: Vec<(u32, u32)> = events.iter().map(|event| event.1).collect();
        orders.sort_unstable();
        if !orders.windows(2).any(|pair| is_before(pair[0], pair[1])) {
            // More events of one mask than there are steps are of no use, however many come.
            masks.sort_unstable();
            let mut index = 0;
            while let Some(&same) = masks.get(index + MAX_STEPS) {
                if masks[index] == same {
                    let end = masks.partition_point(|&mask| mask <= same);
                    masks.drain(index + MAX_STEPS..end);
                }
                index += 1;
            }
            return Self {
                masks,
                ordered: Vec::new(),
            };
        }
        let ordered = alike(events.iter().map(|&(mask, order)| (order, mask)));
        Self { masks, ordered }
    }

    /// How many steps a chain has taken after the group at best, when it had taken `taken` before.
    pub(super) fn reach(&self, taken: usize, n_steps: usize) -> usize {
        if self.ordered.is_empty() {
            self.reach_unordered(taken, n_steps)
        } else {
            self.reach_ordered(taken, n_steps)
        }
    }

    /// Matches one step after the other to an event of its own, moving earlier steps to other
    /// events where that makes room (an augmenting path).
    fn reach_unordered(&self, taken: usize, n_steps: usize) -> usize {
        let mut step_of = vec![None; self.masks.len()];
        for step in taken..n_steps {
            let mut is_tried = vec![false; self.masks.len()];
            if !self.find_event(step, &mut step_of, &mut is_tried) {
                return step;
            }
        }
        n_steps
    }

    /// Finds an event for `step`. Recursion is at most as deep as there are steps.
    fn find_event(
        &self,
        step: usize,
        step_of: &mut [Option<usize>],
        is_tried: &mut [bool],
    ) -> bool {
        for event in 0..self.masks.len() {
            if self.masks[event] >> step & 1 == 0 || std::mem::replace(&mut is_tried[event], true) {
                continue;
            }
            if step_of[event].is_none_or(|other| self.find_event(other, step_of, is_tried)) {
                step_of[event] = Some(step);
                return true;
            }
        }
        false
    }

    /// Takes one step after the other with every event that may take it; see the module. A set is
    /// a list of positions in `ordered`.
    fn reach_ordered(&self, taken: usize, n_steps: usize) -> usize {
        let tab = |class: usize| self.ordered[class].order.0;
        let mut sets: Vec<Vec<usize>> = vec![Vec::new()];
        for step in taken..n_steps {
            let can_take = |&class: &usize| self.ordered[class].mask >> step & 1 == 1;
            let able: Vec<usize> = (0..self.ordered.len()).filter(can_take).collect();
            let tabs: Vec<&[usize]> = able.chunk_by(|&a, &b| tab(a) == tab(b)).collect();
            let n_free = able.partition_point(|&class| tab(class) == 0);
            sets.truncate((MAX_TRIES / (n_free + tabs.len()).max(1)).max(1));
            let mut larger = Vec::new();
            for set in &sets {
                for classes in &tabs {
                    self.enlarge(set, classes, &mut larger);
                }
            }
            if larger.is_empty() {
                return step;
            }
            larger.sort_unstable();
            larger.dedup();
            sets = larger;
        }
        n_steps
    }

    /// Adds to `set` the earliest event of `classes`, which are of one tab, that it leaves; or,
    /// one at a time, each of those that no order is known of.
    fn enlarge(&self, set: &[usize], classes: &[usize], larger: &mut Vec<Vec<usize>>) {
        let order = |class: usize| self.ordered[class].order;
        let tab = order(classes[0]).0;
        let of_tab = set.iter().filter(|&&class| order(class).0 == tab);
        let last = of_tab.map(|&class| order(class)).max().unwrap_or((tab, 0));
        let n_over = classes.partition_point(|&class| order(class) < last);
        let mut earliest = None;
        for &class in &classes[n_over..] {
            if earliest.is_some_and(|earliest| earliest != order(class)) {
                break;
            }
            let n_taken = set.iter().filter(|&&taken| taken == class).count();
            if n_taken < self.ordered[class].n_events as usize {
                earliest = Some(order(class));
                let is_over = |&taken: &usize| is_before(order(taken), order(class));
                let mut set: Vec<usize> = set.iter().copied().filter(|it| !is_over(it)).collect();
                set.push(class);
                set.sort_unstable();
                larger.push(set);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Groups are written as `(mask, tab, seq)`; tab 0 is unknown.
    fn check(events: &[(u32, u32, u32)], taken: usize, n_steps: usize, expected: usize) {
        let order: Vec<(u32, u32)> = events.iter().map(|&(_, tab, seq)| (tab, seq)).collect();
        let tie = Tie {
            start: 0,
            end: events.len(),
            order: &order,
        };
        assert_eq!(
            Group::new(&tie, |row| events[row].0).reach(taken, n_steps),
            expected,
            "{:?}",
            &events[..events.len().min(50)]
        );
    }

    #[test]
    fn unordered_events_take_steps_in_the_best_order() {
        check(&[(0b10, 0, 0), (0b01, 0, 0)], 0, 2, 2);
        check(&[(0b01, 0, 0)], 0, 2, 1);
        check(&[(0b11, 0, 0), (0b01, 0, 0)], 0, 2, 2);
        check(&[(0b100, 0, 0), (0b010, 0, 0)], 1, 3, 3);
        check(&[(0b100, 0, 0), (0b010, 0, 0)], 0, 3, 0);
    }

    #[test]
    fn thousands_of_alike_events_are_as_good_as_a_few() {
        let mut events = vec![(0b01, 0, 0); 5000];
        events.push((0b11, 0, 0));
        check(&events, 0, 2, 2);
        check(&events, 1, 2, 2);
        check(&vec![(u32::MAX, 0, 0); 5000], 0, 32, 32);
    }

    #[test]
    fn one_event_takes_one_step() {
        check(&[(0b11, 0, 0)], 0, 2, 1);
        check(&[(0b111, 0, 0), (0b001, 0, 0), (0b001, 0, 0)], 0, 3, 2);
    }

    #[test]
    fn events_of_one_tab_keep_their_order() {
        check(&[(0b10, 1, 1), (0b01, 1, 2), (0, 2, 1)], 0, 2, 1);
        check(&[(0b10, 1, 1), (0b01, 1, 2), (0b10, 2, 1)], 0, 2, 2);
        check(&[(0b01, 1, 1), (0b10, 1, 2), (0b100, 2, 1)], 0, 3, 3);
        // C of tab 1 comes before A of tab 1, so it cannot follow B.
        check(&[(0b100, 1, 1), (0b001, 1, 2), (0b010, 2, 1)], 0, 3, 2);
    }

    #[test]
    fn many_partly_ordered_events_are_taken_in_the_best_order() {
        // Two tabs with every second step each, and one event that no tab orders.
        let tab = |step: u32| (1 << step, 1 + step % 2, step);
        let mut events: Vec<(u32, u32, u32)> = (0..20).rev().map(tab).collect();
        events.push((1 << 20, 0, 0));
        check(&events, 0, 21, 21);
        check(&events, 0, 22, 21);
        let backwards = |step: u32| (1 << step, 1 + step % 2, 40 - step);
        check(&(0..20).map(backwards).collect::<Vec<_>>(), 0, 20, 2);
    }

    #[test]
    fn of_a_tabs_events_at_one_position_any_may_be_the_earliest() {
        check(&[(0b11, 1, 1), (0b01, 1, 1), (0b01, 1, 2)], 0, 2, 2);
        check(&[(0b11, 1, 1), (0b01, 1, 2), (0b10, 1, 2)], 0, 2, 2);
        // The first step has to leave the event that alone can take the second.
        check(&[(0b011, 1, 1), (0b101, 1, 1), (0b1000, 1, 2)], 0, 4, 2);
    }

    #[test]
    fn crowds_of_ordered_events_end() {
        // Thousands of events in three tabs, which have each step often but never in its turn.
        let tabs: Vec<(u32, u32, u32)> = (0..9000)
            .map(|seq| (1 << (seq / 1000), 1 + seq % 3, 10_000 - seq))
            .collect();
        check(&tabs, 0, 9, 3);
        let many: Vec<(u32, u32, u32)> = (0..9000)
            .map(|seq| (1 << (seq % 2 + seq % 3), 1 + seq / 2, seq))
            .collect();
        check(&many, 0, 4, 4);
        let free = (0..9000).map(|mask| (mask, 0, 0));
        let crowd: Vec<(u32, u32, u32)> = free.chain([(1 << 20, 1, 1), (1 << 19, 1, 2)]).collect();
        check(&crowd, 0, 32, 14);
        check(&crowd, 19, 32, 20);
    }
}
