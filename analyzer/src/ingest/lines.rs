//! Splitting a stream into lines, whatever the sizes of its chunks.

use std::fmt;

use memchr::memchr;

/// A longer line is rejected rather than gathered.
const MAX_LINE_BYTES: usize = 1 << 24;

/// Gathers lines that end in LF or CRLF. Blank ones are skipped.
#[derive(Default)]
pub(super) struct Lines {
    /// The beginning of a line whose end has not come yet.
    begun: Vec<u8>,
    is_too_long: bool,
    n_lines: u64,
}

/// A line as text, or why it is none.
pub(super) type Line<'a> = Result<&'a str, BadLine<'a>>;

/// A line that cannot be read, with the bytes that came of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct BadLine<'a> {
    pub(super) fault: LineFault,
    pub(super) bytes: &'a [u8],
}

/// Why a line cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LineFault {
    TooLong,
    NotUtf8,
}

impl fmt::Display for LineFault {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLong => write!(out, "the line has more than {MAX_LINE_BYTES} bytes"),
            Self::NotUtf8 => out.write_str("the line is not UTF-8; say how the file is encoded, such as windows-1252, or save it as UTF-8"),
        }
    }
}

impl Lines {
    /// Calls `each` for every line that ends in `bytes`, with its number from 1.
    pub(super) fn push(&mut self, mut bytes: &[u8], mut each: impl FnMut(u64, Line<'_>)) {
        while let Some(end) = memchr(b'\n', bytes) {
            let (line, rest) = bytes.split_at(end);
            bytes = &rest[1..];
            if self.begun.is_empty() && line.len() <= MAX_LINE_BYTES {
                self.n_lines += 1;
                visit(self.n_lines, line, &mut each);
            } else {
                self.gather(line);
                self.end_line(&mut each);
            }
        }
        self.gather(bytes);
    }

    /// The end of the stream: the last line may lack its line break.
    pub(super) fn finish(&mut self, mut each: impl FnMut(u64, Line<'_>)) {
        if !self.begun.is_empty() {
            self.end_line(&mut each);
        }
    }

    fn gather(&mut self, part: &[u8]) {
        let room = MAX_LINE_BYTES - self.begun.len();
        self.is_too_long |= part.len() > room;
        self.begun.extend(&part[..part.len().min(room)]);
    }

    fn end_line(&mut self, each: &mut impl FnMut(u64, Line<'_>)) {
        self.n_lines += 1;
        if self.is_too_long {
            let bytes = &*self.begun;
            each(
                self.n_lines,
                Err(BadLine {
                    fault: LineFault::TooLong,
                    bytes,
                }),
            );
        } else {
            visit(self.n_lines, &self.begun, each);
        }
        self.begun.clear();
        self.is_too_long = false;
    }
}

/// Hands over a whole line. UTF-8 is checked here, once for the line, which is quicker than for each string in it.
fn visit(number: u64, line: &[u8], each: &mut impl FnMut(u64, Line<'_>)) {
    // Blanks at both ends stay: in a table without quotes they are fields.
    let bytes = line.strip_suffix(b"\r").unwrap_or(line);
    if bytes.trim_ascii().is_empty() {
        return;
    }
    let bad = BadLine {
        fault: LineFault::NotUtf8,
        bytes,
    };
    each(number, str::from_utf8(bytes).map_err(|_| bad));
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn split(chunks: &[&[u8]]) -> Vec<(u64, String)> {
        let mut lines = Lines::default();
        let mut found = Vec::new();
        let mut each = |number, line: Line<'_>| found.push((number, line.unwrap().to_owned()));
        for chunk in chunks {
            lines.push(chunk, &mut each);
        }
        lines.finish(&mut each);
        found
    }

    #[test]
    fn lines_are_numbered_and_blank_ones_skipped() {
        let found = split(&[b"a\r\n\n  \nb", b"c\n", b"d"]);
        let expected =
            [(1, "a"), (4, "bc"), (5, "d")].map(|(number, text)| (number, text.to_owned()));
        assert_eq!(found, expected);
    }

    #[test]
    fn a_line_that_is_too_long_is_cut_and_the_next_one_read() {
        let mut lines = Lines::default();
        let mut found = Vec::new();
        let mut each = |number, line: Line<'_>| {
            found.push((
                number,
                line.map(str::len)
                    .map_err(|bad| (bad.fault, bad.bytes.len())),
            ));
        };
        for _ in 0..3 {
            lines.push(&vec![b'x'; MAX_LINE_BYTES / 2 + 1], &mut each);
        }
        lines.push(b"x\nyy\n", &mut each);
        let expected = [(1, Err((LineFault::TooLong, MAX_LINE_BYTES))), (2, Ok(2))];
        assert_eq!(found, expected);
    }

    proptest! {
        #[test]
        fn chunks_do_not_matter(text in "[ab\\n\\r ]{0,60}", cuts in prop::collection::vec(0..60usize, 0..6)) {
            let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(text.len())).collect();
            cuts.extend([0, text.len()]);
            cuts.sort_unstable();
            let chunks: Vec<&[u8]> = cuts.windows(2).map(|pair| &text.as_bytes()[pair[0]..pair[1]]).collect();
            prop_assert_eq!(split(&chunks), split(&[text.as_bytes()]));
        }
    }
}
