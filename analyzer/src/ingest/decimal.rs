//! Numbers that are written out in decimal.
//!
//! The standard library reads them too, exactly for any number of digits, but at the price of a
//! table that would be a twentieth of what a browser downloads.

/// The power that the longest exact product needs: 10^22 is the last one that a float holds.
const MAX_POWER: i32 = 22;

/// The number that `text` writes, such as `-12.5` or `1.5e9`. Exact up to 15 digits and a power of
/// ten of 22; of more digits than 16 those that follow count as zeros.
pub(super) fn parse(text: &str) -> Option<f64> {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (digits, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((digits, exponent)) => (digits, exponent.parse::<i32>().ok()?),
        None => (unsigned, 0),
    };
    let mut power = exponent.clamp(-1000, 1000);
    let (mut mantissa, mut n_digits, mut is_fraction) = (0_u64, 0_u32, false);
    for byte in digits.bytes() {
        match byte {
            b'.' if !is_fraction => is_fraction = true,
            b'0'..=b'9' => {
                n_digits += 1;
                // The mantissa stays below 2^53, so that a float holds it.
                if mantissa < 900_000_000_000_000 {
                    mantissa = mantissa * 10 + u64::from(byte - b'0');
                    power -= i32::from(is_fraction);
                } else {
                    power += i32::from(!is_fraction);
                }
            }
            _ => return None,
        }
    }
    if n_digits == 0 {
        return None;
    }
    let mut number = mantissa as f64;
    while power != 0 {
        let step = power.clamp(-MAX_POWER, MAX_POWER);
        let factor = 10_f64.powi(step.abs());
        number = if step > 0 {
            number * factor
        } else {
            number / factor
        };
        power -= step;
    }
    Some(if text.starts_with('-') {
        -number
    } else {
        number
    })
    .filter(|number| number.is_finite())
}

/// The text of a number with a comma before its fraction, written with a point instead; points between thousands
/// are taken out. `None` where it is not written so.
pub(super) fn from_comma(text: &str) -> Option<String> {
    let (whole, fraction) = text.split_once(',').unwrap_or((text, "0"));
    let mut groups = whole.trim_start_matches('-').split('.');
    let first = groups.next()?.len();
    let are_thousands = (1..=3).contains(&first) && groups.all(|group| group.len() == 3);
    let is_number = fraction.bytes().all(|byte| byte.is_ascii_digit());
    (is_number && (are_thousands || !whole.contains('.')))
        .then(|| whole.replace('.', "") + "." + fraction)
}

/// The text of an amount without the sign or the code of its currency, before it or behind: `€ 12.50`, `-$5`, `12,50 EUR`.
/// `None` where there is none.
pub(super) fn without_currency(text: &str) -> Option<String> {
    let is_of_number = |c: char| c.is_ascii_digit() || c == '-' || c == '.';
    let (sign, text) = match text.strip_prefix('-') {
        Some(text) => ("-", text),
        None => ("", text),
    };
    let number = text.trim_matches(|c: char| !is_of_number(c));
    let start = text.len() - text.trim_start_matches(|c: char| !is_of_number(c)).len();
    let around = [&text[..start], &text[start + number.len()..]].map(str::trim);
    let is_currency = |around: &str| {
        let mut letters = around.chars();
        let is_sign = matches!((letters.next(), letters.next()), (Some(c), None) if c == '$' || !c.is_ascii());
        is_sign || around.len() == 3 && around.bytes().all(|letter| letter.is_ascii_uppercase())
    };
    let is_one = match around {
        [around, ""] | ["", around] => is_currency(around),
        _ => false,
    };
    is_one.then(|| format!("{sign}{number}"))
}

/// The text of a number with commas between thousands and a point before its fraction, without the commas: `1,234.50`. `None`
/// where it is not written so, as in `1,234`, which may be less than two.
pub(super) fn without_thousands(text: &str) -> Option<String> {
    let (whole, fraction) = text.split_once('.')?;
    let mut groups = whole.trim_start_matches('-').split(',');
    let first = groups.next()?.len();
    let are_thousands = (1..=3).contains(&first) && groups.all(|group| group.len() == 3);
    (are_thousands && whole.contains(',')).then(|| whole.replace(',', "") + "." + fraction)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_is_no_number_is_none() {
        for text in [
            "", "-", ".", "e5", "1e", "1.2.3", "1e1.5", "0x10", "inf", "NaN", "1e999", " 1",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    #[test]
    fn commas_before_fractions() {
        for (text, expected) in [
            ("12,50", Some("12.50")),
            ("1234,5", Some("1234.5")),
            ("1.234,56", Some("1234.56")),
            ("-1.234.567,8", Some("-1234567.8")),
            ("1.234", Some("1234.0")),
            ("7", Some("7.0")),
            ("12.50", None),
            ("1,234.50", None),
            ("1234.567", None),
            (".123,5", None),
            ("1,2,3", None),
            ("12,50 EUR", None),
        ] {
            assert_eq!(from_comma(text).as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn currencies_and_thousands() {
        for (text, expected) in [
            ("$12.50", Some("12.50")),
            ("€ 1.234,50", Some("1.234,50")),
            ("12,50\u{a0}€", Some("12,50")),
            ("-£5", Some("-5")),
            ("£-5", Some("-5")),
            ("12.50 EUR", Some("12.50")),
            ("USD 1,234.50", Some("1,234.50")),
            ("12.50", None),
            ("$12.50 USD", None),
            ("12 pcs", None),
            ("eur 5", None),
            ("#5", None),
            ("a1", None),
            ("€", Some("")),
            ("", None),
        ] {
            assert_eq!(without_currency(text).as_deref(), expected, "{text}");
        }
        for (text, expected) in [
            ("1,234.50", Some("1234.50")),
            ("-1,234,567.8", Some("-1234567.8")),
            ("1,234", None),
            ("12,34.5", None),
            ("1234.50", None),
            (",123.5", None),
        ] {
            assert_eq!(without_thousands(text).as_deref(), expected, "{text}");
        }
    }

    proptest! {
        #[test]
        fn numbers_are_those_of_the_standard_library(
            text in "[+-]?[0-9]{1,8}(\\.[0-9]{0,7})?(e-?[0-9])?"
        ) {
            prop_assert_eq!(parse(&text), text.parse().ok());
        }

        #[test]
        fn long_ones_are_close(text in "[0-9]{1,30}(\\.[0-9]{0,30})?(e-?[0-9]{1,2})?") {
            let (found, expected) = (parse(&text).unwrap(), text.parse::<f64>().unwrap());
            prop_assert!((found - expected).abs() <= expected * 2e-15, "{} {}", found, expected);
        }
    }
}
