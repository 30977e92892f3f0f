//! Taking personal data out of visible text, and cutting text to length.

use alloc::string::String;

use super::text::split;

/// Replaces e-mail addresses and payment card numbers in `text`, and every run of white space by one space.
///
/// A card number is 14 to 19 digits, in groups parted by single spaces or hyphens, that begins with 2 to 6 and
/// passes Luhn's check. Shorter numbers are left alone, because article numbers (GTIN-13) pass it by chance.
pub(crate) fn redact(text: &str) -> String {
    let mut without_emails = String::with_capacity(text.len());
    for word in text.split_ascii_whitespace() {
        if !without_emails.is_empty() {
            without_emails.push(' ');
        }
        without_emails.push_str(if is_email(word) { "[email]" } else { word });
    }
    let mut clean = String::with_capacity(without_emails.len());
    let mut rest = without_emails.as_str();
    while let Some((start, end)) = find_card(rest) {
        clean.push_str(rest.get(..start).unwrap_or_default());
        clean.push_str("[card]");
        rest = rest.get(end..).unwrap_or_default();
    }
    clean.push_str(rest);
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

/// Where the first card number starts and ends.
fn find_card(text: &str) -> Option<(usize, usize)> {
    let bytes = text.as_bytes();
    let mut start = 0;
    while start < bytes.len() {
        let run = digits(bytes.get(start..).unwrap_or_default());
        if run.length == 0 {
            start += 1;
            continue;
        }
        if (14..=19).contains(&run.digits)
            && matches!(bytes.get(start), Some(b'2'..=b'6'))
            && run.passes
        {
            return Some((start, start + run.length));
        }
        start += run.length;
    }
    None
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
        fn takes_any_text(text in ".*", limit in 0usize..40) {
            let mut clean = redact(&text);
            cut_to(&mut clean, limit);
            prop_assert!(clean.len() <= limit);
        }
    }
}
