//! Giving the events back: which of them ([`Selection`]), and in which form ([`Format`]).
//!
//! An export is streamed. It reads the log as it was when the export began, and holds one chunk of it in memory
//! (Parquet: one row group), however long it is.

pub mod cells;
pub mod ndjson;
pub mod parquet;
pub mod scan;
pub mod stream;
#[cfg(test)]
pub(crate) mod testing;

use std::ops::Range;

use jiff::Timestamp;

/// The form of an export.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// One event a line, as JSON in the encoding of the wire.
    Ndjson,
    /// One event a row, in the columns of [`event::columns`].
    Parquet,
}

impl Format {
    /// The media type.
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Ndjson => "application/x-ndjson",
            Self::Parquet => "application/vnd.apache.parquet",
        }
    }

    /// The ending of a file's name, which is also the format's name in a query.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Ndjson => "ndjson",
            Self::Parquet => "parquet",
        }
    }

    /// Reads the format's name.
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Ndjson, Self::Parquet]
            .into_iter()
            .find(|format| format.extension() == name)
    }
}

/// The events to export: those of one site within a range of time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Selection {
    /// The site.
    pub site: String,
    /// From and up to, in milliseconds since the Unix epoch, the end excluded. It is held against the time at
    /// which an event happened.
    pub ts: Range<i64>,
}

/// Reads a point in time: RFC 3339, such as `2026-11-22T08:00:00Z`, or milliseconds since the Unix epoch.
pub fn parse_time(text: &str) -> Option<i64> {
    let millis = text.parse::<i64>().ok();
    millis.or_else(|| Some(text.parse::<Timestamp>().ok()?.as_millisecond()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_in_both_notations() {
        for (text, expected) in [
            ("1763780000000", Some(1_763_780_000_000)),
            ("1970-01-01T00:00:01Z", Some(1000)),
            ("1970-01-01T01:00:01.5+01:00", Some(1500)),
            ("1970-01-01", None),
            ("yesterday", None),
            ("", None),
        ] {
            assert_eq!(parse_time(text), expected, "{text}");
        }
    }
}
