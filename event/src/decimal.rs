//! Amounts of money as they travel: exact decimals of six digits.

use alloc::string::String;

use serde::de::{Deserialize, Deserializer, Error, Visitor};

/// How many micro-units make a unit.
pub const MICROS_PER_UNIT: i64 = 1_000_000;

/// A decimal number with six digits after the point, held as an integer.
///
/// Six digits hold every currency of ISO 4217 (none has more than four) and unit prices below a cent, and
/// cover amounts up to 9.2 × 10¹² units. It is written and read as a plain JSON number, such as `35.79`,
/// without going through binary fractions when it is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Decimal(i64);

impl Decimal {
    /// From a count of micro-units.
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }

    /// The count of micro-units.
    pub const fn micros(self) -> i64 {
        self.0
    }

    /// The nearest decimal; `None` where `number` is not finite or out of range. Exact for every decimal below
    /// 2³² units, the most that a binary number of 53 bits tells apart to six digits.
    pub fn from_f64(number: f64) -> Option<Self> {
        // Beyond this an i64 would overflow. The comparison is false for what is not a number.
        if number.abs() < 9.2e12 {
            // Whole and fraction apart: a single product would round a second time.
            let whole = number as i64;
            let fraction = (number - whole as f64) * MICROS_PER_UNIT as f64;
            // `core` has no `round`; the cast cuts towards zero.
            let nearest = fraction + if fraction < 0.0 { -0.5 } else { 0.5 };
            return Some(Self(whole * MICROS_PER_UNIT + nearest as i64));
        }
        None
    }

    /// The nearest binary number.
    pub fn to_f64(self) -> f64 {
        self.0 as f64 / MICROS_PER_UNIT as f64
    }

    /// Reads `-12.50`: an optional sign, digits, and at most six digits after a point that are not zeros
    /// beyond; `None` for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        // Byte by byte: the searching and splitting of `str` weigh more than all of this.
        let (negative, digits) = match text.as_bytes() {
            [b'-', digits @ ..] => (true, digits),
            [b'+', digits @ ..] => (false, digits),
            digits => (false, digits),
        };
        let mut micros: i64 = 0;
        let mut places = None;
        let mut has_digits = false;
        for byte in digits {
            if *byte == b'.' && places.is_none() {
                places = Some(0);
                continue;
            }
            has_digits = true;
            match places {
                Some(6) if *byte == b'0' => continue,
                Some(6) => return None,
                _ => places = places.map(|places| places + 1),
            }
            micros = push_digit(micros, *byte)?;
        }
        for _ in places.unwrap_or(0)..6 {
            micros = micros.checked_mul(10)?;
        }
        has_digits.then_some(Self(if negative { -micros } else { micros }))
    }

    /// The sum; `None` where it is out of range.
    pub fn checked_add(self, other: Self) -> Option<Self> {
        self.0.checked_add(other.0).map(Self)
    }

    /// `self` × `count`; `None` where it is out of range.
    pub fn checked_mul(self, count: u32) -> Option<Self> {
        self.0.checked_mul(i64::from(count)).map(Self)
    }

    /// Appends the shortest text that [`Decimal::parse`] reads back: `35.79`, `5`, `-0.5`.
    pub fn write(self, out: &mut String) {
        if self.0 < 0 {
            out.push('-');
        }
        let micros = self.0.unsigned_abs();
        let unit = MICROS_PER_UNIT as u64;
        crate::json::write_u64(out, micros / unit);
        let mut fraction = micros % unit;
        if fraction == 0 {
            return;
        }
        out.push('.');
        while fraction > 0 {
            fraction *= 10;
            out.push(char::from(b'0' + (fraction / unit) as u8));
            fraction %= unit;
        }
    }
}

fn push_digit(micros: i64, byte: u8) -> Option<i64> {
    let digit = byte.checked_sub(b'0').filter(|digit| *digit < 10)?;
    micros.checked_mul(10)?.checked_add(i64::from(digit))
}

impl<'de> Deserialize<'de> for Decimal {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Amount;
        impl Visitor<'_> for Amount {
            type Value = Decimal;

            fn expecting(&self, out: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                out.write_str("an amount as a number, such as 35.79")
            }

            fn visit_f64<E: Error>(self, number: f64) -> Result<Decimal, E> {
                Decimal::from_f64(number).ok_or_else(|| E::custom("the amount is out of range"))
            }

            fn visit_i64<E: Error>(self, number: i64) -> Result<Decimal, E> {
                let micros = number.checked_mul(MICROS_PER_UNIT);
                micros
                    .map(Decimal)
                    .ok_or_else(|| E::custom("the amount is out of range"))
            }

            fn visit_u64<E: Error>(self, number: u64) -> Result<Decimal, E> {
                match i64::try_from(number) {
                    Ok(number) => self.visit_i64(number),
                    Err(_) => Err(E::custom("the amount is out of range")),
                }
            }
        }
        deserializer.deserialize_f64(Amount)
    }
}

#[cfg(test)]
mod tests {
    use super::Decimal;
    use proptest::prelude::*;

    fn check(text: &str, expected: Option<(i64, &str)>) {
        let parsed = Decimal::parse(text);
        assert_eq!(
            parsed.map(Decimal::micros),
            expected.map(|(micros, _)| micros),
            "{text}"
        );
        if let (Some(decimal), Some((_, written))) = (parsed, expected) {
            let mut out = String::new();
            decimal.write(&mut out);
            assert_eq!(out, written, "{text}");
        }
    }

    #[test]
    fn reads_and_writes() {
        check("35.79", Some((35_790_000, "35.79")));
        check("5", Some((5_000_000, "5")));
        check("-0.5", Some((-500_000, "-0.5")));
        check(".5", Some((500_000, "0.5")));
        check("5.", Some((5_000_000, "5")));
        check("0.000001", Some((1, "0.000001")));
        check("1.0000000", Some((1_000_000, "1")));
        check("1.0000001", None);
        check("", None);
        check("-", None);
        check(".", None);
        check("1e3", None);
        check("1,50", None);
        check("1.é", None);
        check("99999999999999", None);
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(micros in -i64::MAX..=i64::MAX) {
            let decimal = Decimal::from_micros(micros);
            let mut out = String::new();
            decimal.write(&mut out);
            prop_assert_eq!(Decimal::parse(&out), Some(decimal));
        }

        #[test]
        fn decimals_below_two_to_the_32_survive_binary_fractions(micros in -(1i64 << 51)..1 << 51) {
            let decimal = Decimal::from_micros(micros);
            prop_assert_eq!(Decimal::from_f64(decimal.to_f64()), Some(decimal));
        }
    }

    #[test]
    fn what_is_no_amount_is_refused() {
        for number in [f64::NAN, f64::INFINITY, 9.3e12, -1e300] {
            assert_eq!(Decimal::from_f64(number), None, "{number}");
        }
    }
}
