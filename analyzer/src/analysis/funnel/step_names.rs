//! Which rows can take which step, where steps are names.
//!
//! The dataset knows the first event of each unit that has a name. For most units it is what a chain
//! takes, or there is none; else the names of the rows that are left are gone through.

use std::ops::Range;
use std::sync::Arc;

use crate::analysis::Unit;
use crate::dataset::{Codes, Dataset, Firsts, MAX_KEPT};

use super::FunnelPlan;
use super::Steps;
use super::events::Event;

/// The names of the steps, and where they come first.
pub(super) struct StepNames<'a> {
    dataset: &'a Dataset,
    /// For each name the steps that it takes, as a mask.
    by_name: &'a [u32],
    /// For each step.
    firsts: Vec<Arc<Firsts>>,
}

impl<'a> StepNames<'a> {
    /// `None` where steps are more than names, or more than the dataset keeps.
    pub(super) fn new(plan: &'a FunnelPlan, dataset: &'a Dataset) -> Option<Self> {
        let by_name = plan.matcher.by_name()?;
        if plan.rules.n_steps > MAX_KEPT {
            return None;
        }
        let names = |step: usize| {
            let codes = (0..).zip(by_name);
            let own = codes.filter(|&(_, mask)| mask >> step & 1 == 1);
            own.map(|(code, _)| code).collect()
        };
        let by_session = plan.unit == Unit::Session;
        Some(Self {
            dataset,
            by_name,
            firsts: (0..plan.rules.n_steps)
                .map(|step| dataset.firsts(by_session, names(step)))
                .collect(),
        })
    }

    /// Row and time of the first of `rows` that can take a step.
    #[inline(never)] // Few units come to this, from several places.
    fn search(&self, step: usize, rows: Range<usize>) -> Option<(usize, i64)> {
        let takes = |name: u32| self.by_name[name as usize] >> step & 1 == 1;
        let row = match &self.dataset.name {
            Codes::U8(codes) => {
                let mut codes = codes[rows.clone()].iter();
                rows.start + codes.position(|&code| takes(code.into()))?
            }
            codes => rows.into_iter().find(|&row| takes(codes.get(row)))?,
        };
        Some((row, self.dataset.ts.get(row)))
    }

    /// The steps that the event of a row can take.
    #[inline(always)]
    fn mask(&self, row: usize) -> u32 {
        self.by_name[self.dataset.name.get(row) as usize]
    }
}

impl Steps for StepNames<'_> {
    #[inline(always)]
    fn first(&self, unit: usize, step: usize, rows: Range<usize>) -> Option<(usize, i64)> {
        let (row, ts) = self.firsts[step].get(unit)?;
        if row >= rows.start {
            return Some((row, ts));
        }
        self.search(step, rows)
    }

    #[inline(always)]
    fn latest_start(&self, unit: usize, _: Range<usize>, _: i64) -> Option<i64> {
        Some(self.firsts[0].last_time(unit))
    }

    fn list(&self, rows: Range<usize>, events: &mut Vec<Event>) {
        let event = |row| Event {
            row: row as u32,
            mask: self.mask(row),
        };
        events.clear();
        events.extend(rows.map(event).filter(|event| event.mask != 0));
    }
}
