//! Taking text apart at single ASCII characters, and reading numbers.
//!
//! The standard library can do all of it, but what it has for arbitrary patterns, and the panics behind, would
//! be a tenth of the module that visitors load.

use event::Uuid;

/// What stands before the first `mark`, and what stands behind it where there is one.
pub(crate) fn split(text: &str, mark: u8) -> (&str, Option<&str>) {
    let place = text.bytes().position(|byte| byte == mark);
    // An ASCII byte is never part of another character, so both cuts are at boundaries.
    let parts = place.and_then(|place| Some((text.get(..place)?, text.get(place + 1..)?)));
    parts.map_or((text, None), |(before, behind)| (before, Some(behind)))
}

/// The parts of `text` between `mark`s.
pub(crate) fn parts(text: &str, mark: u8) -> impl Iterator<Item = &str> {
    let mut rest = Some(text);
    core::iter::from_fn(move || {
        let (part, behind) = split(rest?, mark);
        rest = behind;
        Some(part)
    })
}

/// Reads a number without a sign.
pub(crate) fn number(text: &str) -> Option<i64> {
    let mut number: i64 = 0;
    for byte in text.bytes() {
        let digit = byte.checked_sub(b'0').filter(|digit| *digit < 10)?;
        number = number.checked_mul(10)?.checked_add(i64::from(digit))?;
    }
    (!text.is_empty()).then_some(number)
}

/// Reads an id of 32 hexadecimal digits, with hyphens or without.
pub(crate) fn uuid(text: &str) -> Option<Uuid> {
    let mut bytes = [0; 16];
    let mut n_digits = 0;
    for byte in text.bytes().filter(|byte| *byte != b'-') {
        let digit = char::from(byte).to_digit(16)? as u8;
        let place = bytes.get_mut(n_digits / 2)?;
        *place = *place << 4 | digit;
        n_digits += 1;
    }
    (n_digits == 32).then_some(Uuid::from_bytes(bytes))
}

#[cfg(all(test, not(target_family = "wasm")))]
mod tests {
    use super::{Uuid, number, parts, split, uuid};
    use proptest::prelude::*;

    #[test]
    fn reads_numbers() {
        assert_eq!(number("0120"), Some(120));
        assert_eq!(number("9223372036854775807"), Some(i64::MAX));
        for text in ["", "-1", "1 ", "x", "9223372036854775808"] {
            assert_eq!(number(text), None, "{text}");
        }
    }

    #[test]
    fn reads_ids() {
        let id = "0193a5b0-0000-7000-8000-0000000000ff";
        assert_eq!(uuid(id), Uuid::parse_str(id).ok());
        assert_eq!(uuid(&id.replace('-', "")), uuid(id));
        for text in [
            "",
            "x",
            "0193",
            &id[1..],
            &format!("{id}0"),
            &id.replace('f', "g"),
        ] {
            assert_eq!(uuid(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn ids_are_read_back(id: [u8; 16]) {
            let mut text = alloc::string::String::new();
            event::json::write_uuid(&mut text, &Uuid::from_bytes(id));
            prop_assert_eq!(uuid(&text), Some(Uuid::from_bytes(id)));
            prop_assert_eq!(text, Uuid::from_bytes(id).to_string());
        }

        #[test]
        fn agrees_with_the_standard_library(text in "[a,ä]{0,12}") {
            prop_assert_eq!(parts(&text, b',').collect::<Vec<_>>(), text.split(',').collect::<Vec<_>>());
            let (before, behind) = split(&text, b',');
            prop_assert_eq!(behind.map(|behind| (before, behind)), text.split_once(','));
        }
    }
}
