//! A scope applied to a dataset.

use std::iter::once;
use std::ops::Range;

use crate::analysis::RequestError;
use crate::analysis::mask::Matcher;
use crate::analysis::segment;
use crate::dataset::{Bitmap, Dataset, PropValue};

use super::{Bots, Scope};

/// What a scope leaves of a dataset. It can answer any number of requests of the same scope.
#[derive(Debug)]
pub struct Scoped {
    scope: Scope,
    /// `None` where the scope leaves everything.
    selected: Option<Dataset>,
    n_bots: u64,
}

impl Scoped {
    /// Applies `scope` to `dataset`. `place` names the scope in messages, such as `scope`.
    ///
    /// # Errors
    /// When the scope makes no sense; the message says where and what to do.
    pub fn new(dataset: &Dataset, scope: &Scope, place: &str) -> Result<Self, RequestError> {
        let mut kept = Bitmap::new(dataset.n_events(), true);
        leave_out_bots(dataset, &scope.bots, place, &mut kept)?;
        let n_bots = dataset.n_events() - kept.count();
        let without_bots = (n_bots > 0).then(|| dataset.select(&kept));
        let people = without_bots.as_ref().unwrap_or(dataset);

        let mut kept = Bitmap::new(people.n_events(), true);
        if let Some(segment) = &scope.people {
            let chosen = segment::units(segment, people, false, &format!("{place}.people"))?;
            leave_out_units(&people.person_starts, chosen, &mut kept);
        }
        if let Some(segment) = &scope.sessions {
            let chosen = segment::units(segment, people, true, &format!("{place}.sessions"))?;
            leave_out_units(&people.session_starts, chosen, &mut kept);
        }
        if let Some(filter) = &scope.events {
            filter.validate(&format!("{place}.events"))?;
            leave_out_events(people, &Matcher::new(once(filter), people), &mut kept);
        }
        let dates = scope.dates.as_ref();
        let dates = dates.map(|dates| dates.range(&format!("{place}.dates")));
        let dates = dates.transpose()?;
        if let Some(dates) = &dates {
            leave_out_times(people, dates, &mut kept);
        }

        let mut selected = match kept.is_full() {
            true => without_bots,
            false => Some(people.select(&kept)),
        };
        if let Some(dates) = &dates {
            // Also where every event stays, the data may be known to end later than the range.
            selected
                .get_or_insert_with(|| dataset.clone())
                .limit_to(dates);
        }
        Ok(Self {
            scope: scope.clone(),
            selected,
            n_bots: n_bots as u64,
        })
    }

    /// The dataset that is left of the one the scope was applied to.
    pub fn dataset<'a>(&'a self, whole: &'a Dataset) -> &'a Dataset {
        self.selected.as_ref().unwrap_or(whole)
    }

    /// The scope that was applied.
    pub fn scope(&self) -> &Scope {
        &self.scope
    }

    /// How many events it holds beside those of the whole, which is what it costs to keep.
    pub fn n_events_kept(&self) -> usize {
        self.selected.as_ref().map_or(0, Dataset::n_events)
    }

    /// How many events it leaves out as those of bots.
    pub(crate) fn n_bots(&self) -> u64 {
        self.n_bots
    }
}

fn leave_out_bots(
    dataset: &Dataset,
    bots: &Bots,
    place: &str,
    kept: &mut Bitmap,
) -> Result<(), RequestError> {
    if !(0.0..=1.0).contains(&bots.threshold) {
        return Err(RequestError::new(
            format!("{place}.bots.threshold"),
            format!("is {}; give 0 to 1", bots.threshold),
        ));
    }
    let Some(scores) = dataset.prop(event::BOT_SCORE).filter(|_| bots.exclude) else {
        return Ok(());
    };
    let is_bot: Vec<bool> = (0..scores.values.len())
        .map(
            |code| matches!(scores.value(code), PropValue::Number(score) if score > bots.threshold),
        )
        .collect();
    scores.rows.each(0..dataset.n_events(), &mut |index, row| {
        if is_bot[scores.codes.get(index) as usize] {
            kept.remove(row);
        }
    });
    Ok(())
}

/// Leaves out the events of all units but the chosen ones.
fn leave_out_units(starts: &[u32], mut chosen: Bitmap, kept: &mut Bitmap) {
    chosen.invert();
    for unit in chosen.ones() {
        kept.remove_range(starts[unit] as usize..starts[unit + 1] as usize);
    }
}

fn leave_out_events(dataset: &Dataset, matcher: &Matcher, kept: &mut Bitmap) {
    for people in dataset.blocks(0..dataset.n_people()) {
        let starts = dataset.unit_starts(&people, false);
        let rows = starts[0] as usize..starts[starts.len() - 1] as usize;
        for (row, mask) in rows.clone().zip(matcher.masks(dataset, rows)) {
            if mask == 0 {
                kept.remove(row);
            }
        }
    }
}

fn leave_out_times(dataset: &Dataset, dates: &Range<i64>, kept: &mut Bitmap) {
    for row in 0..dataset.n_events() {
        if !dates.contains(&dataset.ts.get(row)) {
            kept.remove(row);
        }
    }
}
