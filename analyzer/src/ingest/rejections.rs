//! Rows that could not be read, as a value: the good rows load, the bad ones are listed with line and reason.

use std::fmt::Display;

use serde::Serialize;

/// How many rejected rows are kept in full. All are counted.
pub const MAX_KEPT_REJECTIONS: usize = 100;

/// Bytes of a rejected row that are shown.
const MAX_EXCERPT_BYTES: usize = 120;

/// The rows that an import left out, and what it assumed of the others.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS, crate::Schema))]
pub struct Rejections {
    /// How many rows were left out.
    pub n_rejected: u64,
    /// The first [`MAX_KEPT_REJECTIONS`] of them, in the order of the files.
    pub rejected: Vec<Rejection>,
    /// Whether times that name no zone were taken as UTC, though no mapping says that their clocks showed it. The presets'
    /// sources write UTC.
    pub assumed_utc: bool,
}

/// One row that was left out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS, crate::Schema))]
pub struct Rejection {
    /// The file, where it was named by [`Importer::next_file`](super::Importer::next_file).
    pub file: Option<String>,
    /// Line of the file on which the row begins, from 1; in Parquet the number of the row, from 1.
    pub line: u64,
    /// Why: names the column or field, and the value.
    pub reason: String,
    /// The beginning of the row.
    pub excerpt: String,
}

impl Rejections {
    /// Counts a row, and keeps it while there is room. The reason is only put into words when it is kept.
    pub(super) fn add(&mut self, file: Option<&str>, line: u64, reason: &dyn Display, row: &[u8]) {
        self.n_rejected += 1;
        if self.rejected.len() < MAX_KEPT_REJECTIONS {
            self.rejected.push(Rejection {
                file: file.map(str::to_owned),
                line,
                reason: reason.to_string(),
                excerpt: excerpt(row),
            });
        }
    }
}

/// The beginning of a row as one line of text.
pub(super) fn excerpt(row: &[u8]) -> String {
    let cut = &row[..row.len().min(MAX_EXCERPT_BYTES)];
    let mut text = String::new();
    for piece in cut.utf8_chunks() {
        text.extend(
            piece
                .valid()
                .chars()
                .map(|letter| if letter.is_control() { ' ' } else { letter }),
        );
        // An invalid piece at the very end is a letter that the cut has split.
        if !piece.invalid().is_empty() && !text.ends_with('\u{fffd}') {
            text.push('\u{fffd}');
        }
    }
    if row.len() > MAX_EXCERPT_BYTES {
        let kept = text.trim_end_matches('\u{fffd}').len();
        text.truncate(kept);
        text.push('…');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn excerpts_are_short_and_printable() {
        let long = "é".repeat(200);
        for (row, expected) in [
            (b"a,b\tc".as_slice(), "a,b c".to_owned()),
            (b"a\xffb".as_slice(), "a\u{fffd}b".to_owned()),
            (long.as_bytes(), format!("{}…", "é".repeat(60))),
            (
                format!("a{long}").as_bytes(),
                format!("a{}…", "é".repeat(59)),
            ),
        ] {
            assert_eq!(excerpt(row), expected);
        }
    }

    #[test]
    fn the_first_are_kept_and_all_are_counted() {
        let mut rejections = Rejections::default();
        for line in 1..=250 {
            rejections.add(None, line, &"no", b"row");
        }
        assert_eq!(rejections.n_rejected, 250);
        assert_eq!(rejections.rejected.len(), MAX_KEPT_REJECTIONS);
        assert_eq!(rejections.rejected[99].line, 100);
    }
}
