//! One value of a foreign table, borrowed from the bytes it was read from.

use std::fmt::{self, Write};

use event::Decimal;

use super::decimal;
use crate::row::PropRef;

/// A value in the column of a CSV file, a JSON object or a chunk.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Cell<'a> {
    /// No value: null, an absent key, or a field left empty.
    Missing,
    /// Text. All that a CSV file has.
    Text(&'a str),
    /// A whole number.
    Int(i64),
    /// Any other number.
    Float(f64),
    /// A truth value.
    Bool(bool),
    /// A time whose unit the file states: milliseconds since the Unix epoch.
    Time(i64),
    /// A time of clocks that names no zone: milliseconds since local 1970-01-01 00:00.
    LocalTime(i64),
    /// An exact decimal: micro-units.
    Decimal(i64),
}

impl<'a> Cell<'a> {
    /// Text, with an empty one taken as missing.
    pub(super) fn of_text(text: &'a str) -> Self {
        if text.is_empty() {
            Self::Missing
        } else {
            Self::Text(text)
        }
    }

    /// The value as a property; `None` where it is missing or not finite.
    ///
    /// A text that is a number in its plainest writing, or `true` or `false`, becomes one: CSV files have no
    /// types. See [`plain_number`].
    pub(super) fn prop(self) -> Option<PropRef<'a>> {
        match self {
            Self::Missing => None,
            Self::Text("true") => Some(PropRef::Bool(true)),
            Self::Text("false") => Some(PropRef::Bool(false)),
            Self::Text(text) => {
                Some(plain_number(text).map_or(PropRef::String(text), PropRef::Number))
            }
            Self::Int(number) | Self::Time(number) | Self::LocalTime(number) => {
                Some(PropRef::Number(number as f64))
            }
            Self::Float(number) => number.is_finite().then_some(PropRef::Number(number)),
            Self::Bool(truth) => Some(PropRef::Bool(truth)),
            Self::Decimal(micros) => Some(PropRef::Number(Decimal::from_micros(micros).to_f64())),
        }
    }

    /// The value as a property, with its own type; `None` where it is missing or not finite.
    pub(super) fn value(self) -> Option<PropRef<'a>> {
        match self {
            Self::Text(text) => Some(PropRef::String(text)),
            other => other.prop(),
        }
    }

    /// Writes the value as the text that stands for it as an id: `7.0` and `7` are the same person.
    pub(super) fn write_text(self, out: &mut String) {
        // Writing to a string cannot fail.
        let _ = match self {
            Self::Missing => Ok(()),
            Self::Text(text) => out.write_str(text),
            Self::Int(number) | Self::Time(number) | Self::LocalTime(number) => {
                write!(out, "{number}")
            }
            Self::Float(number) => write!(out, "{number}"),
            Self::Bool(truth) => write!(out, "{truth}"),
            Self::Decimal(micros) => {
                Decimal::from_micros(micros).write(out);
                Ok(())
            }
        };
    }
}

impl fmt::Display for Cell<'_> {
    /// For messages: texts are quoted and cut after 40 characters.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing => out.write_str("nothing"),
            Self::Decimal(micros) => write!(out, "`{}`", Decimal::from_micros(*micros).to_f64()),
            Self::Text(text) => {
                let end = text.char_indices().nth(40).map_or(text.len(), |(at, _)| at);
                let more = if end < text.len() { "…" } else { "" };
                write!(out, "`{}{more}`", text[..end].escape_debug())
            }
            Self::Int(number) | Self::Time(number) | Self::LocalTime(number) => {
                write!(out, "`{number}`")
            }
            Self::Float(number) => write!(out, "`{number}`"),
            Self::Bool(truth) => write!(out, "`{truth}`"),
        }
    }
}

/// The number that `text` writes, if nothing of the text is lost by it: no leading zeros, no plus sign, no
/// exponent, at most 15 digits. So `35.79` is a number, and the ids `007` and `2103807459595387724` stay text.
pub(super) fn plain_number(text: &str) -> Option<f64> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    let only_digits =
        |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let plain = digits.len() <= 16 && only_digits(whole) && only_digits(fraction);
    let padded = whole.len() > 1 && whole.starts_with('0');
    let n_digits = digits.len() - usize::from(digits.contains('.'));
    if plain && !padded && n_digits <= 15 {
        decimal::parse(text)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_that_are_numbers() {
        for (text, expected) in [
            ("35.79", Some(35.79)),
            ("0", Some(0.0)),
            ("-0.5", Some(-0.5)),
            ("123456789012345", Some(123_456_789_012_345.0)),
            ("1234567890123456", None),
            ("007", None),
            ("+1", None),
            ("1e3", None),
            ("1.", None),
            (".5", None),
            ("-", None),
            ("", None),
            ("nan", None),
            ("1.2.3", None),
        ] {
            assert_eq!(plain_number(text), expected, "{text}");
        }
    }

    #[test]
    fn numbers_as_ids() {
        for (cell, expected) in [
            (Cell::Int(7), "7"),
            (Cell::Float(7.0), "7"),
            (Cell::Bool(true), "true"),
        ] {
            let mut text = String::new();
            cell.write_text(&mut text);
            assert_eq!(text, expected);
        }
    }
}
