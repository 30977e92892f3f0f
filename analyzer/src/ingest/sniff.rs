//! What a file is, from its first bytes.

use serde::{Deserialize, Serialize};

use super::error::ImportError;
use super::json::Keys;
use super::snowplow;
use crate::dataset::MAGIC;

/// How a file is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "ts", derive(ts_rs::TS, crate::Schema))]
pub enum Format {
    /// One of our events a line, as a collector exports them.
    Ndjson,
    /// Comma-separated values, with a header; also with semicolons, tabs or bars.
    Csv,
    /// Foreign JSON lines: an event a line, or a list of events a line.
    Jsonl,
    /// JSON that is not in lines: objects in a list, or over several lines; ours or foreign ones.
    Json,
    /// Snowplow's enriched events: 131 fields between tabs, without a header.
    Snowplow,
    /// A dataset as [`Dataset::encode`](crate::dataset::Dataset::encode) writes it.
    Dataset,
    /// Apache Parquet.
    Parquet,
    /// Apache Arrow's IPC, as a file (Feather) or a stream.
    Arrow,
}

pub(super) const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// A first line is looked at up to here; whatever it is, it is not longer.
const MAX_HEAD_BYTES: usize = 1 << 20;

/// The first line that is not blank, without a byte order mark; `None` while it has not come whole and `head`
/// may go on. How a stream is cut into chunks does not change it.
pub(super) fn first_line(head: &[u8], is_whole: bool) -> Option<&[u8]> {
    let text = head
        .strip_prefix(BYTE_ORDER_MARK)
        .unwrap_or(head)
        .trim_ascii_start();
    if let Some(end) = memchr::memchr(b'\n', text).filter(|end| *end < MAX_HEAD_BYTES) {
        return Some(&text[..end]);
    }
    let is_enough = is_whole || text.len() >= MAX_HEAD_BYTES;
    is_enough.then(|| &text[..text.len().min(MAX_HEAD_BYTES)])
}

/// Whether bytes begin like an Arrow file or stream.
pub(super) fn is_arrow(head: &[u8]) -> bool {
    head.starts_with(b"ARROW1") || head.starts_with(&[0xff; 4])
}

/// The format of a file that begins with `head`, whose first line is `line`.
///
/// # Errors
/// Where the file must be converted first: packed, UTF-16, or no table at all.
pub(super) fn sniff(head: &[u8], line: &[u8]) -> Result<Format, ImportError> {
    if head.starts_with(MAGIC) {
        return Ok(Format::Dataset);
    }
    match head {
        [b'P', b'A', b'R', b'1', ..] => return Ok(Format::Parquet),
        [0x1f, 0x8b, ..] => return Err(ImportError::Compressed { kind: "gzip" }),
        head if is_arrow(head) => return Ok(Format::Arrow),
        [b'F', b'E', b'A', b'1', ..] => return Err(ImportError::FeatherV1),
        [b'P', b'K', 3, 4, ..] if is_spreadsheet(head) => {
            return Err(ImportError::NoTable {
                kind: "a spreadsheet (xlsx)",
            });
        }
        [b'P', b'K', 3, 4, ..] => return Err(ImportError::Compressed { kind: "zip" }),
        [0x28, 0xb5, 0x2f, 0xfd, ..] => return Err(ImportError::Compressed { kind: "zstd" }),
        [b'B', b'Z', b'h', ..] if !head.is_ascii() => {
            return Err(ImportError::Compressed { kind: "bzip2" });
        }
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => return Err(ImportError::Utf16),
        _ => {}
    }
    match line.trim_ascii_end() {
        [] => Err(ImportError::Empty),
        // The next line goes on with the object.
        [b'{'] | [b'{', .., b'{' | b'[' | b',' | b':'] => Ok(Format::Json),
        [b'{', ..] => Ok(json_format(line)),
        [b'[', rest @ ..] if is_list_of_objects(rest) => Ok(Format::Json),
        [b'<', ..] => Err(ImportError::NoTable {
            kind: "a web page or XML",
        }),
        line if line.contains(&0) => Err(match head {
            [0, _, 0, ..] | [_, 0, _, 0, ..] => ImportError::Utf16,
            _ => ImportError::NoTable { kind: "binary" },
        }),
        line if snowplow::is_event(line) => Ok(Format::Snowplow),
        _ => Ok(Format::Csv),
    }
}

/// Whether a zip archive begins with what is in a spreadsheet.
fn is_spreadsheet(head: &[u8]) -> bool {
    let first = head.get(30..).unwrap_or_default();
    [&b"[Content_Types]"[..], b"_rels/", b"docProps/", b"xl/"]
        .iter()
        .any(|name| first.starts_with(name))
}

/// Whether the first line of a list of objects may end so.
fn is_list_of_objects(rest: &[u8]) -> bool {
    matches!(rest.trim_ascii_start(), [] | [b'{' | b']', ..])
}

/// Ours by the keys that every event of ours has; a first line that is broken is nobody's.
pub(super) fn json_format(line: &[u8]) -> Format {
    let keys = Keys::of_line(line);
    let is_ours = ["id", "ts", "seq", "name"]
        .iter()
        .all(|key| keys.iter().any(|k| k == key));
    if is_ours {
        Format::Ndjson
    } else {
        Format::Jsonl
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn no_table(kind: &'static str) -> Result<Format, ImportError> {
        Err(ImportError::NoTable { kind })
    }

    #[test]
    fn formats() {
        let cases: [(&[u8], Result<Format, ImportError>); 25] = [
            (b"a,b\n1,2\n", Ok(Format::Csv)),
            (b"\xef\xbb\xbf\n a;b\r\n", Ok(Format::Csv)),
            (
                br#"{"id":"x","ts":1,"seq":0,"name":"click"}"#,
                Ok(Format::Ndjson),
            ),
            (br#"{"session":0,"events":[]}"#, Ok(Format::Jsonl)),
            (br#"{"broken"#, Ok(Format::Jsonl)),
            (b"PAR1\x15\x00", Ok(Format::Parquet)),
            (b"[\n{\"a\":1}]", Ok(Format::Json)),
            (b"[ {\"a\":1}]", Ok(Format::Json)),
            (b"[]", Ok(Format::Json)),
            (b"[a],b\n", Ok(Format::Csv)),
            (
                b"\x1f\x8b\x08",
                Err(ImportError::Compressed { kind: "gzip" }),
            ),
            (b"PK\x03\x04", Err(ImportError::Compressed { kind: "zip" })),
            (b"ARROW1\0\0", Ok(Format::Arrow)),
            (b"\xff\xff\xff\xff\x10\0", Ok(Format::Arrow)),
            (b"FEA1\0\0", Err(ImportError::FeatherV1)),
            (b"\xff\xfea\0", Err(ImportError::Utf16)),
            (b"a\0,\0b\0\n\0", Err(ImportError::Utf16)),
            (b"{\n  \"a\": 1\n}", Ok(Format::Json)),
            (b"{\"a\": 1,\r\n \"b\": 1}", Ok(Format::Json)),
            (b"<!DOCTYPE html>\n", no_table("a web page or XML")),
            (b"SQLite format 3\0\x10\0", no_table("binary")),
            (
                b"PK\x03\x04\x14\0\x06\0\x08\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0xl/workbook.xml",
                no_table("a spreadsheet (xlsx)"),
            ),
            (b"{\"a\":1}\0", Ok(Format::Jsonl)),
            (b" \n\r\n", Err(ImportError::Empty)),
            (b"", Err(ImportError::Empty)),
        ];
        for (head, expected) in cases {
            let line = first_line(head, true).unwrap();
            assert_eq!(
                sniff(head, line),
                expected,
                "{}",
                String::from_utf8_lossy(head)
            );
        }
    }

    #[test]
    fn the_first_line_waits_for_its_end() {
        assert_eq!(first_line(b"a,b", false), None);
        assert_eq!(first_line(b"\n\na,b", true), Some(b"a,b".as_slice()));
        assert_eq!(first_line(b"\n\na,b\nc", false), Some(b"a,b".as_slice()));
        let long = vec![b'x'; MAX_HEAD_BYTES + 5];
        assert_eq!(
            first_line(&long, false).map(<[u8]>::len),
            Some(MAX_HEAD_BYTES)
        );
    }
}
