//! Patterns as text: reading what a person wrote, and writing what a report shows.

use std::fmt;
use std::str::FromStr;

use super::{Atom, Part, Pattern, Repeat};

/// Longest pattern: each part takes at most two of the automaton's 128 bits, and the end takes one.
pub const MAX_PARTS: usize = 63;

/// Text that is not a pattern: where, and what was expected.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("character {position}: {problem}")]
pub struct PatternError {
    /// Position of the character, counted from 1.
    position: usize,
    problem: &'static str,
}

fn is_bare(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '/' | ':' | '.' | '-' | '%')
}

/// Whether a name can stand without quotes. `.` is an atom of its own, and a `-` at the end would
/// run into the arrow.
fn is_bare_name(name: &str) -> bool {
    !name.is_empty()
        && name != "."
        && !name.contains("->")
        && !name.ends_with('-')
        && name.chars().all(is_bare)
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut separator = "";
        if self.at_start {
            f.write_str("^")?;
            separator = " -> ";
        }
        for part in &self.parts {
            write!(f, "{separator}{part}")?;
            separator = " -> ";
        }
        if self.at_end {
            write!(f, "{separator}$")
        } else {
            Ok(())
        }
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.is_center { "@" } else { "" })?;
        match &self.atom {
            Atom::Any if self.is_center && self.repeat == Repeat::Once => {}
            Atom::Any => f.write_str(".")?,
            Atom::OneOf(names) if names.len() == 1 => write_name(f, &names[0])?,
            Atom::OneOf(names) => write_names(f, "[", names)?,
            Atom::NoneOf(names) => write_names(f, "[^", names)?,
        }
        f.write_str(match self.repeat {
            Repeat::Once => "",
            Repeat::Optional => "?",
            Repeat::Any => "*",
            Repeat::Some => "+",
        })
    }
}

fn write_names(f: &mut fmt::Formatter<'_>, open: &str, names: &[String]) -> fmt::Result {
    f.write_str(open)?;
    for (index, name) in names.iter().enumerate() {
        f.write_str(if index == 0 { "" } else { "|" })?;
        write_name(f, name)?;
    }
    f.write_str("]")
}

fn write_name(f: &mut fmt::Formatter<'_>, name: &str) -> fmt::Result {
    if is_bare_name(name) {
        return f.write_str(name);
    }
    f.write_str("\"")?;
    for c in name.chars() {
        if matches!(c, '"' | '\\') {
            f.write_str("\\")?;
        }
        write!(f, "{c}")?;
    }
    f.write_str("\"")
}

impl FromStr for Pattern {
    type Err = PatternError;

    fn from_str(text: &str) -> Result<Self, PatternError> {
        let mut reader = Reader {
            text: text.chars().collect(),
            position: 0,
        };
        let mut pattern = Self::default();
        if reader.take('^') {
            pattern.at_start = true;
            // The arrow between an anchor and an atom may be left out.
            reader.take_arrow();
        }
        loop {
            if reader.take('$') {
                pattern.at_end = true;
                break;
            }
            if reader.is_at_end() && pattern.parts.is_empty() && pattern.at_start {
                break;
            }
            pattern.parts.push(reader.part()?);
            if pattern.parts.len() > MAX_PARTS {
                return Err(reader.error("the pattern has more than 63 parts; shorten it"));
            }
            if !reader.take_arrow() && !reader.next_is('$') {
                break;
            }
        }
        if reader.is_at_end() {
            Ok(pattern)
        } else {
            Err(reader.error("expected `->` or the end of the pattern"))
        }
    }
}

struct Reader {
    text: Vec<char>,
    position: usize,
}

impl Reader {
    fn error(&self, problem: &'static str) -> PatternError {
        PatternError {
            position: self.position + 1,
            problem,
        }
    }

    fn peek(&self) -> Option<char> {
        self.text.get(self.position).copied()
    }

    fn skip_spaces(&mut self) {
        while self.peek().is_some_and(char::is_whitespace) {
            self.position += 1;
        }
    }

    fn next_is(&mut self, c: char) -> bool {
        self.skip_spaces();
        self.peek() == Some(c)
    }

    fn is_at_end(&mut self) -> bool {
        self.skip_spaces();
        self.peek().is_none()
    }

    fn take(&mut self, c: char) -> bool {
        let is_there = self.next_is(c);
        self.position += usize::from(is_there);
        is_there
    }

    fn is_at_arrow(&self) -> bool {
        self.text[self.position..].starts_with(&['-', '>'])
    }

    fn take_arrow(&mut self) -> bool {
        self.skip_spaces();
        let is_there = self.is_at_arrow();
        self.position += if is_there { 2 } else { 0 };
        is_there
    }

    fn part(&mut self) -> Result<Part, PatternError> {
        let is_center = self.take('@');
        let atom = if is_center && (self.is_at_end() || self.is_at_arrow() || self.next_is('$')) {
            Atom::Any
        } else if self.take('[') {
            self.names()?
        } else {
            self.name_or_any()?
        };
        let repeat = match self.peek() {
            Some('?') => Repeat::Optional,
            Some('*') => Repeat::Any,
            Some('+') => Repeat::Some,
            _ => Repeat::Once,
        };
        self.position += usize::from(repeat != Repeat::Once);
        Ok(Part {
            atom,
            repeat,
            is_center,
        })
    }

    /// The rest of `[a|b]` or `[^a|b]`.
    fn names(&mut self) -> Result<Atom, PatternError> {
        let is_negated = self.take('^');
        let mut names = vec![self.name()?];
        while self.take('|') {
            names.push(self.name()?);
        }
        if !self.take(']') {
            return Err(self.error("expected `|` or `]`"));
        }
        Ok(if is_negated {
            Atom::NoneOf(names)
        } else {
            Atom::OneOf(names)
        })
    }

    fn name_or_any(&mut self) -> Result<Atom, PatternError> {
        let is_quoted = self.next_is('"');
        let name = self.name()?;
        Ok(if !is_quoted && name == "." {
            Atom::Any
        } else {
            Atom::OneOf(vec![name])
        })
    }

    fn name(&mut self) -> Result<String, PatternError> {
        if self.take('"') {
            return self.quoted();
        }
        let mut name = String::new();
        while let Some(c) = self.peek().filter(|&c| is_bare(c) && !self.is_at_arrow()) {
            name.push(c);
            self.position += 1;
        }
        if name.is_empty() {
            Err(self.error("expected a name, `.` or `[`"))
        } else {
            Ok(name)
        }
    }

    /// The rest of a name in quotes.
    fn quoted(&mut self) -> Result<String, PatternError> {
        let mut name = String::new();
        loop {
            let c = self
                .peek()
                .ok_or_else(|| self.error("the quote is not closed"))?;
            self.position += 1;
            match c {
                '"' => return Ok(name),
                '\\' => {
                    name.push(
                        self.peek()
                            .ok_or_else(|| self.error("the quote is not closed"))?,
                    );
                    self.position += 1;
                }
                c => name.push(c),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again() {
        let texts = [
            "view_item -> [add_to_cart|add_to_wishlist] -> .* -> purchase",
            "^ -> . -> .? -> $",
            "^ -> [^/p/:id|/a-b.html]+ -> \"say \\\"hi\\\" \\\\ -> now\"",
            "\".\" -> .",
            "^",
            "^ -> $",
            "$",
            "\"x-\" -> \"\"",
            "^ -> .? -> @ -> a",
            "@[a|b] -> @.* -> @\"a b\" -> @ -> $",
        ];
        for text in texts {
            let pattern: Pattern = text.parse().unwrap();
            assert_eq!(pattern.to_string(), text, "{pattern:?}");
        }
    }

    #[test]
    fn spaces_and_arrows_at_anchors_may_be_left_out() {
        let pattern: Pattern = "^a->b-c*$".parse().unwrap();
        assert_eq!(pattern.to_string(), "^ -> a -> b-c* -> $");
    }

    #[test]
    fn mistakes_are_named_with_their_place() {
        let cases = [
            ("", "character 1: expected a name, `.` or `[`"),
            ("a ->", "character 5: expected a name, `.` or `[`"),
            (
                "a b",
                "character 3: expected `->` or the end of the pattern",
            ),
            ("[a", "character 3: expected `|` or `]`"),
            ("\"a", "character 3: the quote is not closed"),
            (
                "a -> $ -> b",
                "character 8: expected `->` or the end of the pattern",
            ),
        ];
        for (text, message) in cases {
            assert_eq!(
                text.parse::<Pattern>().unwrap_err().to_string(),
                message,
                "{text}"
            );
        }
        let long = vec!["a"; 64].join("->");
        assert!(
            long.parse::<Pattern>()
                .unwrap_err()
                .to_string()
                .contains("more than 63 parts")
        );
    }
}
