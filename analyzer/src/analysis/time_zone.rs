//! Time zones: what day, hour, week and month it was at a place, and when each of them began.
//!
//! The analyzer has no database of time zones. A request names its zones by their IANA names, and
//! whoever runs it gives each a table of [`Transitions`] with [`TimeZone::resolve`]: from the
//! database that is bundled with the native command (feature `time-zones`), or from what the
//! browser knows. `UTC` needs no table.

use std::ops::RangeInclusive;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::RequestError;

mod calendar;
#[cfg(feature = "time-zones")]
mod native;

pub use calendar::{Date, Period};
#[cfg(feature = "time-zones")]
pub use native::transitions;

/// A time zone of a request: its IANA name, and its transitions once they are known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
#[cfg_attr(feature = "ts", derive(ts_rs::TS, crate::Schema), ts(as = "String"))]
pub struct TimeZone {
    name: String,
    transitions: Option<Arc<Transitions>>,
}

impl Default for TimeZone {
    fn default() -> Self {
        Self::from("UTC".to_owned())
    }
}

impl From<String> for TimeZone {
    fn from(name: String) -> Self {
        let is_utc = matches!(name.as_str(), "UTC" | "Etc/UTC");
        Self {
            transitions: is_utc.then(Arc::default),
            name,
        }
    }
}

impl From<TimeZone> for String {
    fn from(zone: TimeZone) -> Self {
        zone.name
    }
}

impl TimeZone {
    /// The IANA name, such as `Europe/Berlin`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Asks `table` for the transitions of the zone's name, unless they are known.
    pub fn resolve(&mut self, table: &mut dyn FnMut(&str) -> Option<Transitions>) {
        if self.transitions.is_none() {
            self.transitions = table(&self.name).map(Arc::new);
        }
    }

    /// The zone's transitions. `place` names the zone's field in messages.
    ///
    /// # Errors
    /// When nobody knew the name.
    pub fn transitions(&self, place: &str) -> Result<Arc<Transitions>, RequestError> {
        self.transitions.clone().ok_or_else(|| {
            let problem = format!(
                "`{}` is not a known time zone; give an IANA name such as Europe/Berlin, or UTC",
                self.name
            );
            RequestError::new(place, problem)
        })
    }
}

/// Offsets from UTC and the instants at which they change.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Transitions {
    /// Offset before the first change, in milliseconds east of UTC.
    first: i64,
    /// Instants in milliseconds since the Unix epoch, ascending, and the offset from then on.
    changes: Vec<(i64, i64)>,
}

/// Milliseconds of a day.
const DAY: i64 = 86_400_000;
/// No zone was ever further from UTC than this, by far.
const MAX_OFFSET_SECONDS: i32 = 26 * 3600;
/// No two changes of a zone since 1900 are closer than this, but for a handful in wars.
const SAMPLE: i64 = 5 * DAY;
/// Outside of 1900 to 2100 nobody knows the offsets anyway.
const SAMPLED: RangeInclusive<i64> = -2_208_988_800_000..=4_102_444_800_000;

impl Transitions {
    /// A table of offsets in seconds east of UTC: the one before the first change, and each
    /// change in milliseconds since the Unix epoch with the offset from then on, in any order.
    pub fn new(first_seconds: i32, changes: impl IntoIterator<Item = (i64, i32)>) -> Self {
        let millis =
            |seconds: i32| i64::from(seconds.clamp(-MAX_OFFSET_SECONDS, MAX_OFFSET_SECONDS)) * 1000;
        let mut changes: Vec<(i64, i64)> = changes
            .into_iter()
            .map(|(ts, seconds)| (ts, millis(seconds)))
            .collect();
        changes.sort_unstable();
        changes.dedup_by_key(|change| change.0);
        Self {
            first: millis(first_seconds),
            changes,
        }
    }

    /// The table over some years, from a function that knows the offset in seconds at an instant:
    /// looks every few days, and halves the time between two that differ until it has the second.
    /// `None` where the function gives none.
    pub fn sample(
        years: RangeInclusive<i64>,
        mut offset_at: impl FnMut(i64) -> Option<i32>,
    ) -> Option<Self> {
        let clamp = |ts: i64| ts.clamp(*SAMPLED.start(), *SAMPLED.end()).div_euclid(1000) * 1000;
        let end = clamp(years.end().saturating_add(SAMPLE));
        let mut at = clamp(years.start().saturating_sub(SAMPLE));
        let first = offset_at(at)?;
        let mut offset = first;
        let mut changes = Vec::new();
        while at < end {
            let next = end.min(at + SAMPLE);
            let next_offset = offset_at(next)?;
            if next_offset != offset {
                let (mut before, mut after) = (at, next);
                while after - before > 1000 {
                    let middle = before + (after - before) / 2000 * 1000;
                    if offset_at(middle)? == offset {
                        before = middle;
                    } else {
                        after = middle;
                    }
                }
                changes.push((after, next_offset));
            }
            (at, offset) = (next, next_offset);
        }
        Some(Self::new(first, changes))
    }

    /// Milliseconds to add to UTC to get local time.
    pub fn offset_millis(&self, ts: i64) -> i64 {
        let n_before = self.changes.partition_point(|change| change.0 <= ts);
        n_before
            .checked_sub(1)
            .map_or(self.first, |index| self.changes[index].1)
    }

    /// Local time as milliseconds since local 1970-01-01 00:00.
    pub fn local(&self, ts: i64) -> i64 {
        ts.saturating_add(self.offset_millis(ts))
    }

    /// The first instant at which local time is at least `local`. Where clocks skip that time, it
    /// is the instant at which they skip; where they show it twice, the first of the two.
    pub fn instant(&self, local: i64) -> i64 {
        let earliest = local.saturating_sub(i64::from(MAX_OFFSET_SECONDS) * 1000);
        let mut index = self.changes.partition_point(|change| change.0 <= earliest);
        let mut from = i64::MIN;
        let mut offset = self.offset_millis(earliest);
        loop {
            let instant = local.saturating_sub(offset).max(from);
            match self.changes.get(index) {
                Some(&(change, _)) if change <= instant => {
                    (from, offset) = self.changes[index];
                    index += 1;
                }
                _ => return instant,
            }
        }
    }

    /// The instant that clocks call `local`, as `java.time` and Temporal choose it: where they show a time twice, the
    /// first of the two; where they skip it, the instant as if they had not been set yet, so that it moves on by what
    /// is skipped.
    pub fn compatible(&self, local: i64) -> i64 {
        let earliest = local.saturating_sub(i64::from(MAX_OFFSET_SECONDS) * 1000);
        let next = self.changes.partition_point(|change| change.0 <= earliest);
        let mut offset = next
            .checked_sub(1)
            .map_or(self.first, |index| self.changes[index].1);
        for &(change, after) in &self.changes[next..] {
            if local
                .saturating_sub(offset)
                .min(local.saturating_sub(after))
                < change
            {
                break;
            }
            offset = after;
        }
        local.saturating_sub(offset)
    }

    /// The last change at or before an instant, and the first one after it.
    pub(super) fn changes_around(&self, ts: i64) -> (Option<i64>, Option<i64>) {
        let n_before = self.changes.partition_point(|change| change.0 <= ts);
        let at = |index: usize| self.changes.get(index).map(|change| change.0);
        (n_before.checked_sub(1).and_then(at), at(n_before))
    }
}
