//! Values inside the lists of a table, written as JSON: the engine looks into the text of a column as it looks
//! into a line of JSON, so that lists need nothing of their own there.

use std::fmt::Write;

use super::cell::Cell;

/// Whole numbers up to here have at most 15 digits, and any reader of JSON keeps them.
const MAX_PLAIN: u64 = 999_999_999_999_999;

/// Writes one value. What is not finite is no value; a whole number that a binary one may not hold is a text, as in
/// BigQuery's exports.
pub(super) fn write_cell(cell: Cell<'_>, out: &mut String) {
    // Writing to a string cannot fail.
    let _ = match cell {
        Cell::Missing => out.write_str("null"),
        Cell::Text(text) => {
            write_text(text, out);
            Ok(())
        }
        Cell::Int(number) if number.unsigned_abs() > MAX_PLAIN => write!(out, "\"{number}\""),
        Cell::Float(number) if !number.is_finite() => out.write_str("null"),
        // `{:?}` has an exponent where the digits would be many.
        Cell::Float(number) => write!(out, "{number:?}"),
        Cell::Int(_) | Cell::Bool(_) | Cell::Time(_) | Cell::LocalTime(_) | Cell::Decimal(_) => {
            cell.write_text(out);
            Ok(())
        }
    };
}

/// Writes a text between quotes.
pub(super) fn write_text(text: &str, out: &mut String) {
    out.push('"');
    let mut plain = 0;
    for (at, byte) in text.bytes().enumerate() {
        let escaped = match byte {
            b'"' => "\\\"",
            b'\\' => "\\\\",
            b'\n' => "\\n",
            0..0x20 => "",
            _ => continue,
        };
        out.push_str(&text[plain..at]);
        out.push_str(escaped);
        if escaped.is_empty() {
            let _ = write!(out, "\\u{byte:04x}");
        }
        plain = at + 1;
    }
    out.push_str(&text[plain..]);
    out.push('"');
}

/// Ends an object or a list, whose last entry has left a comma.
pub(super) fn close(out: &mut String, bracket: char) {
    if out.ends_with(',') {
        out.pop();
    }
    out.push(bracket);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_as_json() {
        for (cell, expected) in [
            (Cell::Text("a\"\\\n\u{1}é"), r#""a\"\\\n\u0001é""#),
            (Cell::Text(""), r#""""#),
            (Cell::Int(-7), "-7"),
            (Cell::Int(i64::MIN), "\"-9223372036854775808\""),
            (Cell::Float(21.5), "21.5"),
            (Cell::Float(1e300), "1e300"),
            (Cell::Float(f64::NAN), "null"),
            (Cell::Bool(true), "true"),
            (Cell::Decimal(12_500_000), "12.5"),
            (Cell::Missing, "null"),
        ] {
            let mut text = String::new();
            write_cell(cell, &mut text);
            assert_eq!(text, expected);
            assert!(serde_json::from_str::<serde_json::Value>(&text).is_ok());
        }
    }
}
