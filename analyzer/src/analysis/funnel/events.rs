//! What a walk sees of the events: a time, and a mask that tells which steps an event can take.

use crate::dataset::{Tie, Times};

/// Most steps that a funnel can have: one bit each in a mask.
pub(crate) const MAX_STEPS: usize = 32;

/// An event that can take some step.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Event {
    pub(super) row: u32,
    /// The steps that it can take; not 0.
    pub(super) mask: u32,
}

/// The events of one unit that can take some step.
#[derive(Clone, Copy)]
pub(super) struct UnitEvents<'a> {
    pub(super) times: &'a Times,
    /// Ascending by row.
    pub(super) events: &'a [Event],
    /// Simultaneous events of the unit.
    pub(super) ties: &'a [Tie<'a>],
}

impl<'a> UnitEvents<'a> {
    /// The steps that the event of a row can take.
    pub(super) fn mask(&self, row: usize) -> u32 {
        let found = self
            .events
            .binary_search_by_key(&row, |event| event.row as usize);
        found.map_or(0, |index| self.events[index].mask)
    }

    /// The events in order, and in the place of a group of simultaneous events its first one and
    /// the group.
    pub(super) fn moments(&self) -> Moments<'a> {
        Moments {
            events: self.events,
            ties: self.ties,
        }
    }
}

/// See [`UnitEvents::moments`].
pub(super) struct Moments<'a> {
    events: &'a [Event],
    ties: &'a [Tie<'a>],
}

impl<'a> Iterator for Moments<'a> {
    type Item = (Event, Option<&'a Tie<'a>>);

    fn next(&mut self) -> Option<Self::Item> {
        let (&event, rest) = self.events.split_first()?;
        let row = event.row as usize;
        self.events = rest;
        self.ties = ties_from(self.ties, row);
        let tie = self.ties.first().filter(|tie| tie.start <= row);
        if let Some(tie) = tie {
            let n_others = rest
                .iter()
                .take_while(|other| (other.row as usize) < tie.end)
                .count();
            self.events = &rest[n_others..];
        }
        Some((event, tie))
    }
}

/// Those of `ties`, ascending, that a row or a later one is of.
#[inline]
pub(super) fn ties_from<'a, 't>(ties: &'a [Tie<'t>], row: usize) -> &'a [Tie<'t>] {
    &ties[ties.partition_point(|tie| tie.end <= row)..]
}

/// The one of `ties`, ascending, that a row is of.
pub(super) fn tie_of<'a, 't>(ties: &'a [Tie<'t>], row: usize) -> Option<&'a Tie<'t>> {
    let tie = ties_from(ties, row).first();
    tie.filter(|tie| tie.start <= row)
}

/// The funnel as a walk sees it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rules {
    pub(super) n_steps: usize,
    pub(super) window: i64,
}

/// The chain that a unit is reported with: the deepest, and of those the one that started first.
#[derive(Debug, Clone)]
pub(super) struct Chain {
    /// The step it began with, from 0.
    pub(super) entry: usize,
    /// One more than the last step it took; 0 when the unit did not enter.
    pub(super) depth: usize,
    /// The steps it took, as a mask.
    pub(super) taken: u32,
    /// When it took each.
    pub(super) times: [i64; MAX_STEPS],
    /// The row that took each. Of simultaneous rows the first that can.
    pub(super) rows: [u32; MAX_STEPS],
    /// Row after its last event and all that is simultaneous with it.
    pub(super) next_row: usize,
    /// Latest event of the unit that could start a chain. Only of use while the unit has not
    /// taken the last step, in a funnel without options.
    pub(super) latest_start: i64,
    /// Code of the value that its events share, in a funnel that holds one.
    pub(super) held: u32,
    /// Working memory of the sequential walk.
    pub(super) starts: [i64; MAX_STEPS],
}

impl Chain {
    pub(super) fn new() -> Self {
        Self {
            entry: 0,
            depth: 0,
            taken: 0,
            times: [0; MAX_STEPS],
            rows: [0; MAX_STEPS],
            next_row: 0,
            latest_start: 0,
            held: 0,
            starts: [0; MAX_STEPS],
        }
    }

    /// Whether it took a step, from 0.
    #[inline]
    pub(super) fn has_taken(&self, step: usize) -> bool {
        self.taken >> step & 1 == 1
    }

    /// When it began.
    pub(super) fn start(&self) -> i64 {
        self.times[self.entry]
    }
}

/// A mask of the first `n` steps.
#[inline]
pub(super) fn first_steps(n: usize) -> u32 {
    // Shifted twice, since no number has room for a shift by 32.
    !(u32::MAX << (n / 2) << (n - n / 2))
}
