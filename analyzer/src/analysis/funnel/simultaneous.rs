//! Simultaneous events: how many steps can be taken from one group, in the best order?
//!
//! Each event takes at most one step, and two events of one tab keep their order. Where no order
//! is known at all, which is the usual case, this is a matching of steps to events. Where tabs
//! order some of the events, all orders are tried, for up to [`MAX_ORDERED`] events that can take
//! a step; a larger group is taken in the dataset's order, which is one of the possible ones.

use std::collections::HashSet;

use rustc_hash::FxBuildHasher;

use crate::dataset::{Tie, is_before};

use super::events::MAX_STEPS;

/// Largest group of partly ordered events of which every order is tried.
const MAX_ORDERED: usize = 12;

/// The events of one group that can take some step.
pub(super) struct Group {
    masks: Vec<u32>,
    /// For each event the events of its tab that come later, as a mask over events; empty where
    /// no order is known.
    later: Vec<u32>,
    is_ordered_as_listed: bool,
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
                later: Vec::new(),
                is_ordered_as_listed: false,
            };
        }
        if events.len() > MAX_ORDERED {
            return Self {
                masks,
                later: Vec::new(),
                is_ordered_as_listed: true,
            };
        }
        let later = events
            .iter()
            .map(|a| {
                (0..)
                    .zip(&events)
                    .filter(|(_, b)| is_before(a.1, b.1))
                    .fold(0, |later, (event, _)| later | 1 << event)
            })
            .collect();
        Self {
            masks,
            later,
            is_ordered_as_listed: false,
        }
    }

    /// How many steps a chain has taken after the group at best, when it had taken `taken` before.
    pub(super) fn reach(&self, taken: usize, n_steps: usize) -> usize {
        if self.is_ordered_as_listed {
            self.masks.iter().fold(taken, |step, mask| {
                if step < n_steps {
                    step + (mask >> step & 1) as usize
                } else {
                    step
                }
            })
        } else if self.later.is_empty() {
            self.reach_unordered(taken, n_steps)
        } else {
            let mut best = taken;
            self.reach_ordered(taken, n_steps, 0, &mut HashSet::default(), &mut best);
            best
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

    /// Tries every event for the next step that no event taken so far comes after. The events
    /// taken decide everything else, so no set of them is tried twice.
    fn reach_ordered(
        &self,
        step: usize,
        n_steps: usize,
        used: u32,
        seen: &mut HashSet<u32, FxBuildHasher>,
        best: &mut usize,
    ) {
        *best = step.max(*best);
        if *best == n_steps || !seen.insert(used) {
            return;
        }
        for (event, mask) in self.masks.iter().enumerate() {
            let is_free = used >> event & 1 == 0 && self.later[event] & used == 0;
            if is_free && mask >> step & 1 == 1 {
                self.reach_ordered(step + 1, n_steps, used | 1 << event, seen, best);
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
            "{events:?}"
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
}
