//! Every order of a group of simultaneous events at once, for chains that must not skip an event.
//!
//! Where no order is known, a chain of k steps that began within the group can end with any event
//! from the k-th on if the first k steps can be taken at all, and a chain that came from before
//! has to take all events of the group up to where it ends; both are questions to [`Group`].
//!
//! Where tabs order some of the events: which chains are alive after some of them does not depend
//! on the order among these but through the chains themselves, since a chain of k + 1 steps ends
//! with an event if one of k steps can end with the events before it, in some order of these. So
//! for each set of events that can come first, it is known which chains are alive after it.
//! Events of one tab, position and mask are alike, which makes a set a list of counts; a group of
//! many different events has too many sets: of each size only as many are followed as have
//! [`MAX_COUNTS`] counts, so that some orders are not tried.

use crate::dataset::{Tie, is_before};

use super::simultaneous::{Alike, Group, alike};

/// Most counts in the sets of one size, before equal ones are put together.
const MAX_COUNTS: usize = 50_000;

/// A group of simultaneous events, of which some have been taken.
pub(super) enum Orders {
    /// No order is known.
    Free(Free),
    /// Tabs order some of the events.
    Partial(Partial),
}

pub(super) struct Free {
    /// Bit k: a chain had taken k + 1 steps before the group.
    alive: u32,
    /// How many steps can have been taken after the group, by those taken before it.
    reach: Vec<usize>,
    n_taken: usize,
}

pub(super) struct Partial {
    /// Ascending by tab and position.
    classes: Vec<Alike>,
    /// For each set of as many events as were taken, how many of each class it has, and the
    /// chains alive after it.
    sets: Vec<(Vec<u32>, u32)>,
}

impl Orders {
    /// `alive` are the chains that have taken their latest step with the event before the group;
    /// bit k stands for k + 1 steps.
    pub(super) fn new(
        tie: &Tie<'_>,
        mask_of: impl Fn(usize) -> u32,
        alive: u32,
        n_steps: usize,
    ) -> Self {
        let mut orders = tie.order.to_vec();
        orders.sort_unstable();
        if !orders.windows(2).any(|pair| is_before(pair[0], pair[1])) {
            let group = Group::new(tie, mask_of);
            return Self::Free(Free {
                alive,
                reach: (0..n_steps)
                    .map(|taken| match taken {
                        0 => group.reach(0, n_steps),
                        _ if alive >> (taken - 1) & 1 == 1 => group.reach(taken, n_steps),
                        _ => taken,
                    })
                    .collect(),
                n_taken: 0,
            });
        }
        let events = tie.order.iter().zip(tie.start..tie.end);
        let classes = alike(events.map(|(&order, row)| (order, mask_of(row))));
        Self::Partial(Partial {
            sets: vec![(vec![0; classes.len()], alive)],
            classes,
        })
    }

    /// Takes one event more, and gives the chains that end with it in any order.
    pub(super) fn take_one(&mut self) -> u32 {
        match self {
            Self::Free(group) => group.take_one(),
            Self::Partial(group) => group.take_one(),
        }
    }
}

impl Free {
    fn take_one(&mut self) -> u32 {
        self.n_taken += 1;
        let n = self.n_taken;
        let begun_here = super::events::first_steps(n.min(self.reach[0]));
        (1..self.reach.len())
            .filter(|taken| self.alive >> (taken - 1) & 1 == 1 && taken + n <= self.reach[*taken])
            .fold(begun_here, |alive, taken| alive | 1 << (taken + n - 1))
    }
}

impl Partial {
    fn take_one(&mut self) -> u32 {
        let max_sets = (MAX_COUNTS / self.classes.len()).max(1);
        let mut sets = Vec::new();
        for (set, alive) in &self.sets {
            // Of the tab looked at, the position that must be over before the next one begins.
            let mut open = (0, 0);
            for (class, known) in self.classes.iter().enumerate() {
                if set[class] == known.n_events || is_before(open, known.order) {
                    continue;
                }
                open = known.order;
                if sets.len() < max_sets {
                    let mut larger = set.clone();
                    larger[class] += 1;
                    sets.push((larger, (alive << 1 | 1) & known.mask));
                }
            }
        }
        sets.sort_unstable();
        sets.dedup_by(|(set, alive), (kept, alive_too)| {
            let is_same = set == kept;
            *alive_too |= if is_same { *alive } else { 0 };
            is_same
        });
        self.sets = sets;
        self.sets.iter().fold(0, |all, (_, alive)| all | alive)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Groups are written as `(mask, tab, seq)`; tab 0 is unknown. Gives the chains that end with
    /// each event.
    fn chains(events: &[(u32, u32, u32)], alive: u32) -> Vec<u32> {
        let order: Vec<(u32, u32)> = events.iter().map(|&(_, tab, seq)| (tab, seq)).collect();
        let tie = Tie {
            start: 0,
            end: events.len(),
            order: &order,
        };
        let mut orders = Orders::new(&tie, |row| events[row].0, alive, 32);
        events.iter().map(|_| orders.take_one()).collect()
    }

    #[test]
    fn any_order_of_unordered_events_may_be_chosen() {
        assert_eq!(chains(&[(0b10, 0, 0), (0b01, 0, 0)], 0), [0b01, 0b11]);
        // The event that takes nothing may come first, or last, but it has to come.
        assert_eq!(
            chains(&[(0b10, 0, 0), (0, 0, 0), (0b01, 0, 0)], 0),
            [0b01, 0b11, 0b11]
        );
        assert_eq!(chains(&[(0b10, 0, 0), (0b100, 0, 0)], 0b1), [0b10, 0b100]);
    }

    #[test]
    fn events_of_one_tab_keep_their_order() {
        assert_eq!(chains(&[(0b10, 1, 1), (0b01, 1, 2)], 0), [0, 0b01]);
        assert_eq!(
            chains(&[(0b01, 1, 1), (0, 1, 2), (0b10, 1, 3), (0b10, 2, 1)], 0)[1],
            0b11
        );
    }

    #[test]
    fn a_chain_from_before_takes_the_whole_group_or_ends_in_it() {
        assert_eq!(
            chains(&[(0b100, 0, 0), (0b10, 0, 0), (0, 0, 0)], 0b1),
            [0b10, 0b100, 0]
        );
    }

    #[test]
    fn a_crowd_ends_and_alike_events_are_no_crowd() {
        let crowd: Vec<(u32, u32, u32)> = (0..32).map(|step| (1 << step, 0, 0)).collect();
        assert_eq!(chains(&crowd, 0)[31], u32::MAX);
        let partly: Vec<(u32, u32, u32)> =
            (0..24).map(|step| (1 << step, step / 2, step)).collect();
        assert_eq!(chains(&partly, 0).len(), 24);
        let tabs: Vec<(u32, u32, u32)> = (0..1500).map(|seq| (0b11, 1 + seq % 3, seq)).collect();
        assert_eq!(chains(&tabs, 0)[1..], vec![0b11; 1499]);
        let mut alike = vec![(0, 0, 0); 2000];
        alike.extend([(0b10, 0, 0), (0b01, 0, 0)]);
        assert_eq!(chains(&alike, 0)[1], 0b11);
    }
}
