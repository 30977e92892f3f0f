//! What is on disk, summed up by segment and site, so that an export opens only the files it needs.
//!
//! The writer adds to the index after each sync. Nothing is in it that a crash could take back.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;

use event::Dropped;

use super::dedupe::n_days_between;
use crate::log::record::Record;
use crate::log::segment::SegmentName;

/// What is stored of one site.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SiteSummary {
    /// Number of events.
    pub n_events: u64,
    /// Earliest and latest time of an event, in milliseconds since the Unix epoch; `None` without events.
    pub ts: Option<(i64, i64)>,
    /// What the site's trackers gave up.
    pub dropped: Dropped,
}

impl SiteSummary {
    /// The summary of one record.
    pub fn of(record: &Record<'_>) -> Self {
        let mut summary = Self {
            dropped: record.envelope.dropped,
            ..Self::default()
        };
        for event in record.events() {
            summary.add_event(event.ts);
        }
        summary
    }

    /// Counts an event.
    pub fn add_event(&mut self, ts: i64) {
        self.n_events += 1;
        self.ts = union(self.ts, Some((ts, ts)));
    }

    /// Adds what `other` counts.
    pub fn add(&mut self, other: &Self) {
        self.n_events += other.n_events;
        self.ts = union(self.ts, other.ts);
        self.dropped.add(&other.dropped);
    }
}

fn union(a: Option<(i64, i64)>, b: Option<(i64, i64)>) -> Option<(i64, i64)> {
    match (a, b) {
        (Some(a), Some(b)) => Some((a.0.min(b.0), a.1.max(b.1))),
        (one, other) => one.or(other),
    }
}

/// A part of the log: the first bytes of a segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SegmentSlice {
    /// The segment.
    pub name: SegmentName,
    /// How many of its bytes are on disk.
    pub n_bytes: u64,
}

/// A place in the log, between two records: `SEGMENT.BYTES` in text. The default is its beginning.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Position {
    /// Number of the segment.
    pub segment: u64,
    /// How many of its bytes come before.
    pub n_bytes: u64,
}

impl Position {
    /// Reads what `Display` writes.
    pub fn parse(text: &str) -> Option<Self> {
        let (segment, n_bytes) = text.split_once('.')?;
        Some(Self {
            segment: segment.parse().ok()?,
            n_bytes: n_bytes.parse().ok()?,
        })
    }
}

impl fmt::Display for Position {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}.{}", self.segment, self.n_bytes)
    }
}

/// All segments, in order of arrival.
#[derive(Debug, Default)]
pub struct Index {
    segments: Vec<(SegmentSlice, BTreeMap<String, SiteSummary>)>,
}

impl Index {
    /// Notes that `name` now holds `n_bytes`. It is the last segment, or a new one behind it.
    pub fn grow(&mut self, name: SegmentName, n_bytes: u64) {
        let slice = SegmentSlice { name, n_bytes };
        match self.segments.last_mut() {
            Some((last, _)) if last.name == name => *last = slice,
            _ => self.segments.push((slice, BTreeMap::new())),
        }
    }

    /// Sets the length of a segment that is known; others hold no record and nobody asks for them.
    pub fn set_length(&mut self, name: SegmentName, n_bytes: u64) {
        if let Ok(place) = self
            .segments
            .binary_search_by_key(&name, |(slice, _)| slice.name)
            && let Some((slice, _)) = self.segments.get_mut(place)
        {
            slice.n_bytes = n_bytes;
        }
    }

    /// Counts what a record of the last segment holds.
    pub fn add(&mut self, site: &str, summary: &SiteSummary) {
        let Some((_, sites)) = self.segments.last_mut() else {
            return;
        };
        match sites.get_mut(site) {
            Some(known) => known.add(summary),
            None => {
                sites.insert(site.to_owned(), *summary);
            }
        }
    }

    /// What is stored of each site.
    pub fn sites(&self) -> BTreeMap<String, SiteSummary> {
        let mut total = BTreeMap::<String, SiteSummary>::new();
        for (site, summary) in self.segments.iter().flat_map(|(_, sites)| sites) {
            total.entry(site.clone()).or_default().add(summary);
        }
        total
    }

    /// The segments that may hold events of `site` with a time in `range`.
    pub fn segments_of(&self, site: &str, range: &Range<i64>) -> Vec<SegmentSlice> {
        let holds = |sites: &BTreeMap<String, SiteSummary>| {
            let ts = sites.get(site).and_then(|summary| summary.ts);
            ts.is_some_and(|(first, last)| first < range.end && last >= range.start)
        };
        self.segments
            .iter()
            .filter(|(_, sites)| holds(sites))
            .map(|(slice, _)| *slice)
            .collect()
    }

    /// Where the log ends.
    pub fn end(&self) -> Position {
        let last = self.segments.last().map(|(slice, _)| Position {
            segment: slice.name.number,
            n_bytes: slice.n_bytes,
        });
        last.unwrap_or_default()
    }

    /// How many days of arrival the log spans, the first and the last included.
    pub fn n_days(&self) -> i64 {
        match (self.segments.first(), self.segments.last()) {
            (Some((first, _)), Some((last, _))) => {
                n_days_between(first.name.day, last.name.day) + 1
            }
            _ => 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::Date;

    use super::*;

    fn name(number: u64) -> SegmentName {
        SegmentName {
            number,
            day: Date::constant(2026, 11, number as i8),
        }
    }

    fn summary(ts: &[i64]) -> SiteSummary {
        let mut summary = SiteSummary::default();
        ts.iter().for_each(|ts| summary.add_event(*ts));
        summary
    }

    fn example() -> Index {
        let mut index = Index::default();
        index.grow(name(1), 100);
        index.add("a", &summary(&[10, 30]));
        index.add("b", &summary(&[500]));
        index.grow(name(1), 200);
        index.grow(name(4), 50);
        index.add("a", &summary(&[20, 90]));
        index
    }

    #[test]
    fn sites_are_summed_over_segments() {
        let sites = example().sites();
        assert_eq!(
            sites["a"],
            SiteSummary {
                n_events: 4,
                ts: Some((10, 90)),
                ..Default::default()
            }
        );
        assert_eq!(sites["b"].n_events, 1);
    }

    #[test]
    fn only_segments_that_may_hold_the_range_are_read() {
        let index = example();
        for (site, range, expected) in [
            ("a", 0..1000, vec![1, 4]),
            ("a", 0..20, vec![1]),
            ("a", 30..31, vec![1, 4]),
            ("a", 31..90, vec![4]),
            ("a", 91..1000, vec![]),
            ("b", 0..500, vec![]),
            ("b", 500..501, vec![1]),
            ("c", 0..1000, vec![]),
        ] {
            let found = index.segments_of(site, &range);
            let numbers: Vec<u64> = found.iter().map(|slice| slice.name.number).collect();
            assert_eq!(numbers, expected, "{site} {range:?}");
        }
        assert_eq!(index.segments_of("b", &(500..501))[0].n_bytes, 200);
        assert_eq!(index.n_days(), 4);
        assert_eq!(index.end().to_string(), "4.50");
        assert_eq!(Index::default().end(), Position::default());
    }

    #[test]
    fn positions_are_read_as_they_are_written() {
        let position = Position {
            segment: 4,
            n_bytes: 50,
        };
        assert_eq!(Position::parse(&position.to_string()), Some(position));
        for text in ["", "4", "4.", ".50", "4.-1", "4.5.0", "a.b"] {
            assert_eq!(Position::parse(text), None, "{text}");
        }
    }
}
