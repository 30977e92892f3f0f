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

/// A line that is too long to be an event.
pub(super) struct TooLong;

impl fmt::Display for TooLong {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "the line has more than {MAX_LINE_BYTES} bytes")
    }
}

impl Lines {
    /// Calls `each` for every line that ends in `bytes`, with its number from 1. A line that is too long comes
    /// as an error with its beginning.
    pub(super) fn push(
        &mut self,
        mut bytes: &[u8],
        mut each: impl FnMut(u64, Result<&[u8], &[u8]>),
    ) {
        while let Some(end) = memchr(b'\n', bytes) {
            let (line, rest) = bytes.split_at(end);
            bytes = &rest[1..];
            if self.begun.is_empty() && !self.is_too_long && line.len() <= MAX_LINE_BYTES {
                self.n_lines += 1;
                visit(self.n_lines, Ok(line), &mut each);
            } else {
                self.gather(line);
                self.end_line(&mut each);
            }
        }
        self.gather(bytes);
    }

    /// The end of the stream: the last line may lack its line break.
    pub(super) fn finish(&mut self, mut each: impl FnMut(u64, Result<&[u8], &[u8]>)) {
        if !self.begun.is_empty() {
            self.end_line(&mut each);
        }
    }

    fn gather(&mut self, part: &[u8]) {
        let room = MAX_LINE_BYTES - self.begun.len();
        self.is_too_long |= part.len() > room;
        self.begun.extend(&part[..part.len().min(room)]);
    }

    fn end_line(&mut self, each: &mut impl FnMut(u64, Result<&[u8], &[u8]>)) {
        self.n_lines += 1;
        let line = if self.is_too_long {
            Err(&*self.begun)
        } else {
            Ok(&*self.begun)
        };
        visit(self.n_lines, line, each);
        self.begun.clear();
        self.is_too_long = false;
    }
}

fn visit(
    number: u64,
    line: Result<&[u8], &[u8]>,
    each: &mut impl FnMut(u64, Result<&[u8], &[u8]>),
) {
    match line.map(<[u8]>::trim_ascii) {
        Ok(b"") => {}
        line => each(number, line),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn split(chunks: &[&[u8]]) -> Vec<(u64, String)> {
        let mut lines = Lines::default();
        let mut found = Vec::new();
        let mut each = |number, line: Result<&[u8], &[u8]>| {
            found.push((number, String::from_utf8_lossy(line.unwrap()).into_owned()));
        };
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
        let mut each = |number, line: Result<&[u8], &[u8]>| {
            found.push((number, line.map(<[u8]>::len).map_err(<[u8]>::len)));
        };
        for _ in 0..3 {
            lines.push(&vec![b'x'; MAX_LINE_BYTES / 2 + 1], &mut each);
        }
        lines.push(b"x\nyy\n", &mut each);
        assert_eq!(found, [(1, Err(MAX_LINE_BYTES)), (2, Ok(2))]);
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
