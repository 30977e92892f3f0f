//! Clicks that tell of trouble: in rage, without effect, with an error.

use alloc::vec::Vec;

use event::{Props, kinds};

use super::Draft;

/// Clicks in a row that are rage.
const RAGE_CLICKS: u32 = 3;
/// Farthest that a click of the row is from the one before, in CSS pixels.
const RAGE_DISTANCE: f64 = 30.0;
/// Longest time between two clicks of the row.
const RAGE_MILLIS: i64 = 1000;
/// An effect comes within this time, or the click is dead.
const DEAD_MILLIS: i64 = 2500;
/// An error within this time is blamed on the click.
const ERROR_MILLIS: i64 = 1000;

/// The last click, and the one that waits for its effect.
#[derive(Default)]
pub(crate) struct Frustration {
    last: Option<Click>,
    watched: Option<(i64, Props)>,
}

struct Click {
    at: i64,
    place: (f64, f64),
    /// How many clicks of a row it ends.
    in_row: u32,
    /// What was clicked, until an error has been blamed on it.
    props: Option<Props>,
}

impl Frustration {
    /// Takes a click on what `props` describes. `may_rage`: not something that is meant to be clicked often.
    /// `must_react`: it looks clickable, and its effect would be seen here.
    pub(crate) fn clicked(
        &mut self,
        now: i64,
        place: (f64, f64),
        may_rage: bool,
        must_react: bool,
        props: &Props,
        drafts: &mut Vec<Draft>,
    ) {
        let is_in_row = |last: &&Click| {
            let (x, y) = (place.0 - last.place.0, place.1 - last.place.1);
            now - last.at <= RAGE_MILLIS && x * x + y * y <= RAGE_DISTANCE * RAGE_DISTANCE
        };
        let before = self.last.as_ref().filter(is_in_row);
        let in_row = if may_rage {
            before.map_or(0, |last| last.in_row) + 1
        } else {
            0
        };
        if in_row == RAGE_CLICKS {
            drafts.push(Draft::with(kinds::RAGE_CLICK, props.clone()));
        }
        self.last = Some(Click {
            at: now,
            place,
            in_row,
            props: Some(props.clone()),
        });
        self.watched = must_react.then(|| (now + DEAD_MILLIS, props.clone()));
    }

    /// The page did something, or the visitor turned elsewhere.
    pub(crate) fn reacted(&mut self) {
        self.watched = None;
    }

    /// A script failed.
    pub(crate) fn failed(&mut self, now: i64, drafts: &mut Vec<Draft>) {
        let recent = self
            .last
            .as_mut()
            .filter(|click| (0..=ERROR_MILLIS).contains(&(now - click.at)));
        if let Some(props) = recent.and_then(|click| click.props.take()) {
            drafts.push(Draft::with(kinds::ERROR_CLICK, props));
        }
    }

    /// When the watched click is dead.
    pub(crate) fn deadline(&self) -> Option<i64> {
        self.watched.as_ref().map(|(deadline, _)| *deadline)
    }

    pub(crate) fn due(&mut self, now: i64, drafts: &mut Vec<Draft>) {
        if self.deadline().is_some_and(|deadline| deadline <= now)
            && let Some((_, props)) = self.watched.take()
        {
            drafts.push(Draft::with(kinds::DEAD_CLICK, props));
        }
    }
}
