//! The moments of one unit: what can be told apart in time, in order.
//!
//! A moment is one event, or all events of a millisecond whose order is not fully known. Which of
//! several steps can be taken within one moment is a question to [`Group`]; everything else
//! compares positions of moments.

use crate::dataset::{Dataset, Tie};

use super::events::ties_from;
use super::simultaneous::Group;

/// One event, or a group of simultaneous ones.
#[derive(Debug)]
pub(super) struct Moment {
    pub(super) first_row: usize,
    /// Row after its last event.
    pub(super) end_row: usize,
    pub(super) ts: i64,
    /// Steps that some event of it can take.
    pub(super) steps: u32,
    /// Position in the groups, if it is one.
    group: Option<usize>,
}

/// The moments of a unit in which an event can take a step or is excluded.
#[derive(Debug, Default)]
pub(super) struct Timeline<'a> {
    pub(super) moments: Vec<Moment>,
    /// Simultaneous events, and which steps each of them can take.
    groups: Vec<(Tie<'a>, Vec<u32>)>,
    /// For each exclusion the positions of its moments, ascending.
    excluded: Vec<Vec<usize>>,
}

/// An event of a unit: its row, the steps it can take, the exclusions it meets.
pub(super) type Seen = (u32, u32, u32);

impl<'a> Timeline<'a> {
    /// `events` are ascending by row. In a strict funnel every event is a moment of its own.
    pub(super) fn new(
        dataset: &Dataset,
        events: &[Seen],
        mut ties: &[Tie<'a>],
        n_exclusions: usize,
    ) -> Self {
        let mut timeline = Self {
            excluded: vec![Vec::new(); n_exclusions],
            ..Self::default()
        };
        for &(row, steps, exclusions) in events {
            let row = row as usize;
            ties = ties_from(ties, row);
            let tie = ties.first().filter(|tie| tie.start <= row);
            let is_new = timeline
                .moments
                .last()
                .is_none_or(|moment| moment.end_row <= row);
            if is_new {
                let rows = tie.map_or(row..row + 1, |tie| tie.start..tie.end);
                timeline.moments.push(Moment {
                    first_row: rows.start,
                    end_row: rows.end,
                    ts: dataset.ts.get(row),
                    steps: 0,
                    group: tie.map(|_| timeline.groups.len()),
                });
                if let Some(tie) = tie {
                    timeline.groups.push((*tie, vec![0; rows.len()]));
                }
            }
            let position = timeline.moments.len() - 1;
            let moment = &mut timeline.moments[position];
            moment.steps |= steps;
            if let Some(group) = moment.group {
                timeline.groups[group].1[row - moment.first_row] = steps;
            }
            for (exclusion, positions) in timeline.excluded.iter_mut().enumerate() {
                if exclusions >> exclusion & 1 == 1 && positions.last() != Some(&position) {
                    positions.push(position);
                }
            }
        }
        timeline
    }

    /// Whether the steps, ascending, can be taken within one moment, each by an event of its own.
    pub(super) fn can_take(&self, position: usize, steps: &[usize]) -> bool {
        let moment = &self.moments[position];
        if steps.iter().any(|step| moment.steps >> step & 1 == 0) {
            return false;
        }
        if steps.len() <= 1 {
            return true;
        }
        let Some(group) = moment.group else {
            return false;
        };
        let (tie, masks) = &self.groups[group];
        // The group takes steps that follow each other, so these are numbered anew.
        let renumbered = |row: usize| {
            let mask = masks[row - tie.start];
            steps
                .iter()
                .enumerate()
                .fold(0, |new, (index, step)| new | (mask >> step & 1) << index)
        };
        Group::new(tie, renumbered).reach(0, steps.len()) == steps.len()
    }

    /// The row of a moment that takes a step; of several the first that can.
    pub(super) fn row(&self, position: usize, step: usize) -> usize {
        let moment = &self.moments[position];
        let masks = moment
            .group
            .map_or(&[][..], |group| self.groups[group].1.as_slice());
        let takes = |mask: &u32| mask >> step & 1 == 1;
        moment.first_row + masks.iter().position(takes).unwrap_or(0)
    }

    /// The last moment before `position` in which an exclusion was met.
    pub(super) fn last_excluded(&self, exclusion: usize, position: usize) -> Option<usize> {
        let positions = &self.excluded[exclusion];
        let n_before = positions.partition_point(|&other| other < position);
        positions[..n_before].last().copied()
    }

    /// The first moment at or after `ts`.
    pub(super) fn position_at(&self, ts: i64) -> usize {
        self.moments.partition_point(|moment| moment.ts < ts)
    }

    /// The first moment after `ts`.
    pub(super) fn position_after(&self, ts: i64) -> usize {
        self.moments.partition_point(|moment| moment.ts <= ts)
    }
}
