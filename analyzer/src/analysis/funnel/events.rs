//! What a walk sees of the events: a time, and a mask that tells which steps an event can take.
//!
//! The walks are compiled once for each width of the columns, so that the inner loops read them
//! directly.

use crate::dataset::{Tie, Times};

/// Most steps that a funnel can have: one bit each in a mask.
pub(crate) const MAX_STEPS: usize = 32;

/// Times by row.
pub(super) trait RowTimes: Copy {
    fn ts(self, row: usize) -> i64;
}

/// Masks by row. Bit k tells whether the event can take step k, from 0.
pub(super) trait RowMasks: Copy {
    fn mask(self, row: usize) -> u32;
}

/// Times as offsets from the first.
#[derive(Clone, Copy)]
pub(super) struct NarrowTimes<'a> {
    pub(super) base: i64,
    pub(super) offsets: &'a [u32],
}

impl RowTimes for NarrowTimes<'_> {
    #[inline(always)]
    fn ts(self, row: usize) -> i64 {
        self.base + i64::from(self.offsets[row])
    }
}

impl RowTimes for &[i64] {
    #[inline(always)]
    fn ts(self, row: usize) -> i64 {
        self[row]
    }
}

/// Times of either width, where a little speed matters less than one more copy of the walk.
impl RowTimes for &Times {
    #[inline]
    fn ts(self, row: usize) -> i64 {
        self.get(row)
    }
}

/// Masks looked up by the code of the name, of which there are at most 256.
#[derive(Clone, Copy)]
pub(super) struct NameMasks8<'a> {
    pub(super) codes: &'a [u8],
    pub(super) table: &'a [u32; 256],
}

impl RowMasks for NameMasks8<'_> {
    #[inline(always)]
    fn mask(self, row: usize) -> u32 {
        self.table[usize::from(self.codes[row])]
    }
}

/// Masks computed for the rows from `first` on.
#[derive(Clone, Copy)]
pub(super) struct ComputedMasks<'a> {
    pub(super) first: usize,
    pub(super) masks: &'a [u32],
}

impl RowMasks for ComputedMasks<'_> {
    #[inline(always)]
    fn mask(self, row: usize) -> u32 {
        self.masks[row - self.first]
    }
}

/// An event that can take some step.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Event {
    pub(super) row: u32,
    /// The steps that it can take; not 0.
    pub(super) mask: u32,
}

/// The events of one unit that can take some step.
#[derive(Clone, Copy)]
pub(super) struct UnitEvents<'a, T> {
    pub(super) times: T,
    /// Ascending by row.
    pub(super) events: &'a [Event],
    /// Simultaneous events of the unit.
    pub(super) ties: &'a [Tie<'a>],
}

impl<'a, T> UnitEvents<'a, T> {
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
        let n_passed = self.ties.iter().take_while(|tie| tie.end <= row).count();
        self.ties = &self.ties[n_passed..];
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
