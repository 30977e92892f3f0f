//! What the tracker remembers of a visitor from page to page, in all tabs: the touches, the account, the cart, a
//! payment under way, what was reported once, and the recent events that rules look at.
//!
//! All of it is a list of lines: a number, most often a time, and a text whose first letter says what it is. One
//! shape for everything keeps the module small. What storage holds may have been written by anyone: a line that
//! has not this form is left out, and every reader of a line can do without it.

use alloc::string::String;
use alloc::vec::Vec;

use event::json::{write_i64, write_u64};

use super::text::{number, parts, split};

/// The account of the user, by [`desirepath.account`](../../../docs/identity.md).
pub(crate) const ACCOUNT: u8 = b'a';
/// How many things are in the cart.
pub(crate) const CART: u8 = b'c';
/// The first touch as JSON, and when it was.
pub(crate) const FIRST: u8 = b'f';
/// The last touch as JSON, and when it was.
pub(crate) const LAST: u8 = b'l';
/// An order was reported.
pub(crate) const ORDER: u8 = b'o';
/// When the payment began that is under way.
pub(crate) const PAYING: u8 = b'p';
/// An exposure was reported, or a rule has acted, in this session.
pub(crate) const SESSION: u8 = b's';
/// The purchase that waits to be confirmed: its id, a tab, and the end of its event as JSON.
pub(crate) const UNCONFIRMED: u8 = b'u';
/// A rule has acted for this visitor.
pub(crate) const VISITOR: u8 = b'v';

/// Most lines of a kind of which there are many; the oldest goes first.
pub(crate) const MAX_LINES: usize = 64;

/// One thing that is remembered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Line {
    pub(crate) number: i64,
    text: String,
}

impl Line {
    /// What stands behind the letter.
    pub(crate) fn text(&self) -> &str {
        self.text.get(1..).unwrap_or_default()
    }

    fn is(&self, kind: u8) -> bool {
        self.text.as_bytes().first() == Some(&kind)
    }
}

/// What is remembered.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Memory {
    lines: Vec<Line>,
    /// Storage does not hold this yet.
    pub(crate) is_dirty: bool,
}

impl Memory {
    /// The lines of a kind, oldest first.
    pub(crate) fn all(&self, kind: u8) -> impl DoubleEndedIterator<Item = &Line> {
        self.lines.iter().filter(move |line| line.is(kind))
    }

    /// The only line of a kind.
    pub(crate) fn get(&self, kind: u8) -> Option<&Line> {
        self.all(kind).next_back()
    }

    /// The number of the only line of a kind; 0 without one.
    pub(crate) fn number(&self, kind: u8) -> i64 {
        self.get(kind).map_or(0, |line| line.number)
    }

    /// When the line of this kind and text was written.
    pub(crate) fn marked(&self, kind: u8, text: &str) -> Option<i64> {
        let line = self.all(kind).rfind(|line| line.text() == text);
        line.map(|line| line.number)
    }

    /// Remembers a line, and forgets the oldest of more than `limit` of its kind.
    pub(crate) fn add(&mut self, kind: u8, limit: usize, number: i64, text: &str) {
        let mut line = String::new();
        line.push(char::from(kind));
        push_plain(&mut line, text, '\n');
        let mut surplus = (self.all(kind).count() + 1).saturating_sub(limit);
        self.lines.retain(|line| {
            let is_over = surplus > 0 && line.is(kind);
            surplus -= usize::from(is_over);
            !is_over
        });
        self.lines.push(Line { number, text: line });
        self.is_dirty = true;
    }

    /// Sets the only line of a kind.
    pub(crate) fn set(&mut self, kind: u8, number: i64, text: &str) {
        self.add(kind, 1, number, text);
    }

    /// Forgets the line of this kind and text.
    pub(crate) fn forget_text(&mut self, kind: u8, text: &str) {
        self.lines
            .retain(|line| !line.is(kind) || line.text() != text);
    }

    /// Forgets all lines of a kind.
    pub(crate) fn forget(&mut self, kind: u8) {
        let before = self.lines.len();
        self.lines.retain(|line| !line.is(kind));
        self.is_dirty |= self.lines.len() != before;
    }

    /// Its text form, without the lines of the kind `without`.
    pub(crate) fn write(&self, without: Option<u8>) -> String {
        let mut text = String::new();
        let is_kept = |line: &&Line| without.is_none_or(|kind| !line.is(kind));
        for line in self.lines.iter().filter(is_kept) {
            write_i64(&mut text, line.number);
            text.push('\t');
            text.push_str(&line.text);
            text.push('\n');
        }
        text
    }

    /// Reads the text form.
    pub(crate) fn read(text: &str) -> Self {
        let mut memory = Self::default();
        for line in parts(text, b'\n') {
            let (time, text) = split(line, b'\t');
            if let (Some(number), Some(text @ [ACCOUNT..=VISITOR, ..])) =
                (number(time), text.map(str::as_bytes))
            {
                let kind = text.first().copied().unwrap_or_default();
                let text = line.get(time.len() + 2..).unwrap_or_default();
                memory.add(kind, MAX_LINES, number, text);
            }
        }
        memory.is_dirty = false;
        memory
    }
}

/// Appends `text`; a character that would end it becomes a space.
pub(crate) fn push_plain(out: &mut String, text: &str, end: char) {
    let plain = |character| if character == end { ' ' } else { character };
    out.extend(text.chars().map(plain));
}

/// A short text for `parts` (FNV-1a, 32 bits): enough to tell a visitor's few orders apart.
pub(crate) fn digest(parts: &[&str]) -> String {
    let mut hash: u32 = 0x811c_9dc5;
    for part in parts {
        for byte in part.bytes().chain([0]) {
            hash = (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193);
        }
    }
    let mut text = String::new();
    write_u64(&mut text, u64::from(hash));
    text
}

#[cfg(all(test, not(target_family = "wasm")))]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn lines_are_bounded_by_kind_and_the_oldest_go() {
        let mut memory = Memory::default();
        memory.add(VISITOR, MAX_LINES, 7, "1");
        for order in 0..100 {
            memory.add(ORDER, MAX_LINES, order, &digest(&[&order.to_string()]));
        }
        assert_eq!(memory.marked(ORDER, &digest(&["35"])), None);
        assert_eq!(memory.marked(ORDER, &digest(&["36"])), Some(36));
        assert_eq!(memory.marked(VISITOR, "1"), Some(7));
        assert_eq!(memory.lines.len(), MAX_LINES + 1);
        memory.set(CART, 2, "");
        memory.set(CART, 3, "");
        assert_eq!(memory.number(CART), 3);
        assert_eq!(memory.all(CART).count(), 1);
        memory.forget(ORDER);
        assert_eq!(memory.all(ORDER).count(), 0);
    }

    #[test]
    fn equal_texts_in_other_places_have_other_digests() {
        assert_ne!(digest(&["a", "b"]), digest(&["ab"]));
        assert_ne!(digest(&["ab", ""]), digest(&["a", "b"]));
    }

    proptest! {
        #[test]
        fn is_read_back(lines in proptest::collection::vec((b'a'..b'w', 0i64..99, ".{0,9}"), 0..99)) {
            let mut memory = Memory::default();
            for (kind, number, text) in lines {
                memory.add(kind, MAX_LINES, number, &text);
            }
            memory.is_dirty = false;
            prop_assert_eq!(Memory::read(&memory.write(None)), memory);
        }

        #[test]
        fn any_text_is_read(text in "([a-z]|\\t|\\n|[0-9]|ä){0,60}") {
            let read = Memory::read(&text);
            prop_assert_eq!(Memory::read(&read.write(None)), read);
        }
    }
}
