//! Taking personal data out of visible text, and cutting text to length.

use alloc::string::String;

use super::text::split;

/// Replaces e-mail addresses, payment card numbers and phone numbers in `text`, and every run of white space by one
/// space.
///
/// A card number is 14 to 19 digits, in groups parted by single spaces or hyphens, that begins with 2 to 6 and
/// passes Luhn's check. Shorter numbers are left alone, because article numbers (GTIN-13) pass it by chance.
///
/// A phone number is 8 to 15 digits behind a `+`, or 9 to 13 digits in groups of which the first is a `0…` or in
/// parentheses, or three groups of 3, 3 and 4 digits. Ungrouped digits without a `+` are more often an order's
/// number.
pub(crate) fn redact(text: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    for word in text.split_ascii_whitespace() {
        if !clean.is_empty() {
            clean.push(' ');
        }
        clean.push_str(if is_email(word) { "[email]" } else { word });
    }
    let clean = replace(&clean, card_at, "[card]");
    replace(&clean, phone_at, "[phone]")
}

/// Replaces everything whose length `find` tells at its first byte.
fn replace(text: &str, find: fn(&[u8], usize) -> Result<usize, usize>, by: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    let (mut at, mut kept) = (0, 0);
    while at < text.len() {
        match find(text.as_bytes(), at) {
            Ok(length) => {
                clean.push_str(text.get(kept..at).unwrap_or_default());
                clean.push_str(by);
                at += length.max(1);
                kept = at;
            }
            Err(length) => at += length.max(1),
        }
    }
    clean.push_str(text.get(kept..).unwrap_or_default());
    clean
}

/// A word with something before its `@` and a dotted name behind it. Punctuation around the address goes too.
fn is_email(word: &str) -> bool {
    let (local, Some(domain)) = split(word, b'@') else {
        return false;
    };
    let ends_as_name = matches!(
        local.bytes().last(),
        Some(b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'.' | b'_' | b'+' | b'-')
    );
    let (host, Some(rest)) = split(domain, b'.') else {
        return false;
    };
    ends_as_name && !host.is_empty() && !rest.is_empty()
}

/// The length of the card number at `start`, or how far there begins none.
fn card_at(bytes: &[u8], start: usize) -> Result<usize, usize> {
    let run = digits(bytes.get(start..).unwrap_or_default());
    let is_card = (14..=19).contains(&run.digits)
        && matches!(bytes.get(start), Some(b'2'..=b'6'))
        && run.passes;
    if is_card {
        Ok(run.length)
    } else {
        Err(run.length)
    }
}

/// The length of the phone number at `start`, or how far there begins none.
fn phone_at(bytes: &[u8], start: usize) -> Result<usize, usize> {
    let rest = bytes.get(start..).unwrap_or_default();
    let lead = match rest.first() {
        Some(byte @ (b'+' | b'(' | b'0'..=b'9')) => *byte,
        _ => return Err(1),
    };
    // The digits of the first four groups, and of all.
    let mut groups = [0usize; 4];
    let (mut n_groups, mut n_digits, mut length, mut gap) = (0, 0, 0, 1);
    for (position, byte) in rest.iter().enumerate() {
        match byte {
            b'0'..=b'9' => {
                if gap > 0 {
                    n_groups += 1;
                }
                if let Some(group) = groups.get_mut(n_groups - 1) {
                    *group += 1;
                }
                gap = 0;
                n_digits += 1;
                length = position + 1;
            }
            // Two between groups are enough for `) ` and ` (`.
            b' ' | b'-' | b'.' | b'/' | b'(' | b')' if gap < 2 || position == 0 => gap += 1,
            b'+' if position == 0 => {}
            _ => break,
        }
    }
    let is_phone = match lead {
        b'+' => (8..=15).contains(&n_digits),
        b'(' => (9..=13).contains(&n_digits) && n_groups > 1,
        // Dates have groups of two digits before one of four.
        b'0' if n_groups > 1 => (9..=13).contains(&n_digits) && groups != [2, 2, 4, 0],
        _ => groups == [3, 3, 4, 0],
    };
    if is_phone { Ok(length) } else { Err(length) }
}

/// A run of digits with single separators between them.
#[derive(Default)]
struct Run {
    length: usize,
    digits: usize,
    passes: bool,
}

fn digits(bytes: &[u8]) -> Run {
    let mut run = Run::default();
    // Luhn's check doubles every second digit from the right; which ones those are shows only at the end.
    let mut sums = [0u32; 2];
    for (position, byte) in bytes.iter().enumerate() {
        match byte {
            b'0'..=b'9' => {
                let digit = u32::from(byte - b'0');
                let doubled = if digit > 4 { digit * 2 - 9 } else { digit * 2 };
                sums = [sums[1] + digit, sums[0] + doubled];
                run.digits += 1;
                run.length = position + 1;
            }
            b' ' | b'-' if position > 0 && run.length == position => {}
            _ => break,
        }
    }
    run.passes = sums[0] % 10 == 0;
    run
}

/// Cuts `text` to at most `limit` bytes, between characters.
pub(crate) fn cut_to(text: &mut String, limit: usize) {
    let mut end = limit;
    while end < text.len() && !text.is_char_boundary(end) {
        end -= 1;
    }
    if let Some(kept) = text.get(..end) {
        *text = String::from(kept);
    }
}

#[cfg(all(test, not(target_family = "wasm")))]
mod tests {
    use super::{cut_to, redact};
    use proptest::prelude::*;

    fn check(text: &str, expected: &str) {
        assert_eq!(redact(text), expected);
    }

    #[test]
    fn takes_out_addresses() {
        check("Mail jane.doe@example.com now", "Mail [email] now");
        check("jane@mail.example.co.uk", "[email]");
        check("(jane@example.com)", "[email]");
        check("3 @ 5.00 a piece", "3 @ 5.00 a piece");
        check("@handle, a@b", "@handle, a@b");
    }

    #[test]
    fn takes_out_cards() {
        check("Pay with 4111 1111 1111 1111", "Pay with [card]");
        check(
            "4111-1111-1111-1111 or 378282246310005!",
            "[card] or [card]!",
        );
        check("5555555555554444", "[card]");
        check("4111 1111 1111 1112", "4111 1111 1111 1112");
        check("Item 4006381333931", "Item 4006381333931");
        check(
            "Order 1234567890123456789012",
            "Order 1234567890123456789012",
        );
        check("Zurück – 4111111111111111 €", "Zurück – [card] €");
    }

    #[test]
    fn takes_out_phone_numbers() {
        for phone in [
            "+49 30 901820",
            "+1 (212) 555-0123",
            "+33 1 23 45 67 89",
            "(212) 555-0123",
            "212-555-0123",
            "030 901 820-15",
            "01 23 45 67 89",
            "0171/1234567",
            "+491711234567",
        ] {
            check(phone, "[phone]");
            check(&format!("Call {phone}, please"), "Call [phone], please");
        }
        for other in [
            "Order 100-2000-30",
            "Item 4006381333931",
            "Sale 01.02.2026",
            "2026-11-22 10:20",
            "Only 1.299,00 € or 12 x 108.25",
            "0123456789",
            "8 + 5 (3)",
        ] {
            check(other, other);
        }
    }

    /// Luhn's check as its definition says it.
    fn luhn(digits: &[u8]) -> bool {
        let sum: u32 = digits
            .iter()
            .rev()
            .enumerate()
            .map(|(place, digit)| match (place % 2, u32::from(*digit)) {
                (0, digit) => digit,
                (_, digit) => digit * 2 / 10 + digit * 2 % 10,
            })
            .sum();
        sum.is_multiple_of(10)
    }

    proptest! {
        #[test]
        fn agrees_with_luhn(digits in proptest::collection::vec(0u8..10, 10..22)) {
            let text: String = digits.iter().map(|digit| char::from(b'0' + digit)).collect();
            let is_card = (14..=19).contains(&digits.len()) && (2..=6).contains(&digits[0]) && luhn(&digits);
            prop_assert_eq!(redact(&text) == "[card]", is_card);
        }

        #[test]
        fn whatever_stands_around_it_no_address_gets_through(
            before in "[a-zA-ZäöüÄ .,;:(<\"']{0,12}",
            address in "[a-z0-9]{1,8}@[a-z0-9]{1,8}\\.(com|example|co\\.uk)",
            after in "[ .,;:)>\"'ä][a-zA-Zäö .,]{0,12}",
        ) {
            let clean = redact(&format!("{before}{address}{after}"));
            prop_assert!(!clean.contains('@'), "{}", clean);
        }

        #[test]
        fn no_card_and_no_international_number_gets_through(
            before in "[a-zA-Zäö:.,]{0,8} ",
            card in prop_oneof![Just("4111 1111 1111 1111"), Just("5555-5555-5555-4444"), Just("378282246310005")],
            country in 1u32..999,
            rest in 10_000_000u64..99_999_999,
            after in "[ .,;:äöa-z]{0,3}[a-zA-Zäö .,]{0,8}",
        ) {
            let clean = redact(&format!("{before}{card} or +{country} {rest}{after}"));
            prop_assert!(clean.contains("[card]") && clean.contains("[phone]"), "{}", clean);
            prop_assert!(!clean.bytes().any(|byte| byte.is_ascii_digit()), "{}", clean);
        }

        #[test]
        fn what_is_clean_stays_clean(text in ".{0,60}") {
            let clean = redact(&text);
            prop_assert_eq!(redact(&clean), clean);
        }

        #[test]
        fn takes_any_text(text in ".*", limit in 0usize..40) {
            let mut clean = redact(&text);
            cut_to(&mut clean, limit);
            prop_assert!(clean.len() <= limit);
        }
    }
}
