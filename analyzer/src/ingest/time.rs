//! Reading times: which notation a column uses, and one value of it to milliseconds since the Unix epoch.
//!
//! Text is recognised by its form, value by value. A number does not say its unit, so the first number of a
//! column decides, by its size: seconds, milliseconds and microseconds between 1990 and 2100 do not overlap.
//! Numbers outside those years are refused, never guessed. A text without a zone is taken as UTC.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::cell::Cell;

/// How a column of times is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "ts", derive(ts_rs::TS, crate::Schema))]
pub enum TimeFormat {
    /// Recognised from the values.
    #[default]
    Auto,
    /// Seconds since the Unix epoch, with or without a fraction.
    Seconds,
    /// Milliseconds since the Unix epoch.
    Millis,
    /// Microseconds since the Unix epoch.
    Micros,
    /// Text: RFC 3339, `2019-10-01 00:00:04 UTC`, `2019-10-01 00:00:04.250`, `2019-10-01`.
    Text,
}

/// Why a value is not a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TimeProblem {
    /// Not a form that is known.
    Form,
    /// The form is right, the date or the hour does not exist.
    Calendar,
    /// A number that could be several units, or a unit other than the column's.
    Unit,
    /// A number where text was asked for, or the reverse.
    Kind,
    /// A zone by name other than UTC.
    Zone,
}

impl fmt::Display for TimeProblem {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Form => "is not a time; write it like 2019-10-01T00:00:04Z or as a Unix time",
            Self::Calendar => "is not a date and time that exists",
            Self::Unit => {
                "does not say its unit: as seconds, milliseconds or microseconds it is not between 1990 and \
                 2100, or differs from the rows before; set the time format"
            }
            Self::Kind => "is not in the time format that was set",
            Self::Zone => "names a time zone; write UTC or an offset such as +02:00",
        })
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Unit {
    Seconds,
    Millis,
    Micros,
}

impl Unit {
    /// How many of this unit make a second.
    fn per_second(self) -> i64 {
        match self {
            Self::Seconds => 1,
            Self::Millis => 1_000,
            Self::Micros => 1_000_000,
        }
    }

    /// The unit in which `number` lies between 1990 and 2100.
    fn of(number: f64) -> Option<Self> {
        const FIRST: f64 = 631_152_000.0;
        const LAST: f64 = 4_102_444_800.0;
        [Self::Seconds, Self::Millis, Self::Micros]
            .into_iter()
            .find(|unit| {
                let seconds = number / unit.per_second() as f64;
                (FIRST..LAST).contains(&seconds)
            })
    }
}

/// Reads the values of one column, remembering the unit that its first number showed.
#[derive(Clone, Debug)]
pub(super) struct TimeReader {
    format: TimeFormat,
    unit: Option<Unit>,
}

impl TimeReader {
    pub(super) fn new(format: TimeFormat) -> Self {
        let unit = match format {
            TimeFormat::Auto | TimeFormat::Text => None,
            TimeFormat::Seconds => Some(Unit::Seconds),
            TimeFormat::Millis => Some(Unit::Millis),
            TimeFormat::Micros => Some(Unit::Micros),
        };
        Self { format, unit }
    }

    /// Milliseconds since the Unix epoch, rounded down.
    pub(super) fn read(&mut self, cell: Cell<'_>) -> Result<i64, TimeProblem> {
        match cell {
            Cell::Time(millis) => Ok(millis),
            Cell::Int(number) => self.integer(number),
            Cell::Float(number) => self.float(number),
            Cell::Text(text) => self.text(text.trim_ascii()),
            Cell::Missing | Cell::Bool(_) | Cell::Decimal(_) => Err(TimeProblem::Form),
        }
    }

    fn text(&mut self, text: &str) -> Result<i64, TimeProblem> {
        let looks_numeric = !text
            .bytes()
            .skip(1)
            .any(|byte| matches!(byte, b'-' | b':' | b'/' | b' '));
        if !looks_numeric || self.format == TimeFormat::Text {
            return match self.format {
                TimeFormat::Auto | TimeFormat::Text => parse_text(text),
                _ => Err(TimeProblem::Kind),
            };
        }
        if let Ok(number) = text.parse::<i64>() {
            return self.integer(number);
        }
        match text.parse::<f64>() {
            Ok(number) => self.float(number),
            Err(_) => Err(TimeProblem::Form),
        }
    }

    fn integer(&mut self, number: i64) -> Result<i64, TimeProblem> {
        match self.unit(number as f64)? {
            Unit::Seconds => number.checked_mul(1_000).ok_or(TimeProblem::Calendar),
            Unit::Millis => Ok(number),
            Unit::Micros => Ok(number.div_euclid(1_000)),
        }
    }

    fn float(&mut self, number: f64) -> Result<i64, TimeProblem> {
        let unit = self.unit(number)?;
        // A binary fraction of seconds is off by less than a microsecond in this century: rounding to
        // microseconds first keeps 1569888000.007 from becoming 6 ms.
        let micros = (number * (1_000_000 / unit.per_second()) as f64).round();
        if micros.abs() < 9e18 {
            Ok((micros as i64).div_euclid(1_000))
        } else {
            Err(TimeProblem::Calendar)
        }
    }

    fn unit(&mut self, number: f64) -> Result<Unit, TimeProblem> {
        match self.format {
            TimeFormat::Auto => {
                let unit = Unit::of(number).ok_or(TimeProblem::Unit)?;
                if *self.unit.get_or_insert(unit) == unit {
                    Ok(unit)
                } else {
                    Err(TimeProblem::Unit)
                }
            }
            TimeFormat::Text => Err(TimeProblem::Kind),
            TimeFormat::Seconds | TimeFormat::Millis | TimeFormat::Micros => {
                self.unit.ok_or(TimeProblem::Kind)
            }
        }
    }
}

/// Reads `YYYY-MM-DD`, then optionally `T` or a space, `HH:MM[:SS[.fraction]]` and a zone: `Z`, `UTC`, `GMT`
/// or an offset. Without a zone the time is UTC.
fn parse_text(text: &str) -> Result<i64, TimeProblem> {
    let mut rest = Digits(text.as_bytes());
    let year = rest.number(4)?;
    rest.expect(b'-')?;
    let month = rest.number(2)?;
    rest.expect(b'-')?;
    let day = rest.number(2)?;
    if !(1..=12).contains(&month) || day < 1 || day > days_in_month(year, month) {
        return Err(TimeProblem::Calendar);
    }
    let midnight = days_since_epoch(year, month, day) * 86_400_000;
    if rest.0.is_empty() {
        return Ok(midnight);
    }
    if !rest.skip(b'T') && !rest.skip(b't') {
        rest.expect(b' ')?;
    }
    let hour = rest.number(2)?;
    rest.expect(b':')?;
    let minute = rest.number(2)?;
    let second = if rest.skip(b':') { rest.number(2)? } else { 0 };
    // A leap second, 23:59:60, is the first moment of the next day, as in POSIX time.
    if hour > 23 || minute > 59 || second > 60 {
        return Err(TimeProblem::Calendar);
    }
    let millis = if rest.skip(b'.') || rest.skip(b',') {
        rest.millis()?
    } else {
        0
    };
    let offset_minutes = rest.zone()?;
    Ok(midnight + ((hour * 60 + minute - offset_minutes) * 60 + second) * 1_000 + millis)
}

/// What is left of a text that is read from its start.
struct Digits<'a>(&'a [u8]);

impl Digits<'_> {
    fn skip(&mut self, byte: u8) -> bool {
        let found = self.0.first() == Some(&byte);
        if found {
            self.0 = &self.0[1..];
        }
        found
    }

    fn expect(&mut self, byte: u8) -> Result<(), TimeProblem> {
        if self.skip(byte) {
            Ok(())
        } else {
            Err(TimeProblem::Form)
        }
    }

    fn number(&mut self, n_digits: usize) -> Result<i64, TimeProblem> {
        let (digits, rest) = self.0.split_at_checked(n_digits).ok_or(TimeProblem::Form)?;
        self.0 = rest;
        digits.iter().try_fold(0, |number, byte| match byte {
            b'0'..=b'9' => Ok(number * 10 + i64::from(byte - b'0')),
            _ => Err(TimeProblem::Form),
        })
    }

    /// The digits after the decimal point; those after the third are dropped.
    fn millis(&mut self) -> Result<i64, TimeProblem> {
        let n_digits = self
            .0
            .iter()
            .take_while(|byte| byte.is_ascii_digit())
            .count();
        let mut millis = 0;
        for place in 0..3 {
            let digit = if place < n_digits {
                self.0[place] - b'0'
            } else {
                0
            };
            millis = millis * 10 + i64::from(digit);
        }
        self.0 = &self.0[n_digits..];
        if n_digits > 0 {
            Ok(millis)
        } else {
            Err(TimeProblem::Form)
        }
    }

    /// The zone as minutes east of Greenwich, up to the end of the text.
    fn zone(&mut self) -> Result<i64, TimeProblem> {
        while self.skip(b' ') {}
        match self.0 {
            b"" | b"Z" | b"z" | b"UTC" | b"utc" | b"GMT" => return Ok(0),
            [b'+' | b'-', ..] => {}
            [first, ..] if first.is_ascii_alphabetic() => return Err(TimeProblem::Zone),
            _ => return Err(TimeProblem::Form),
        }
        let sign = if self.0[0] == b'-' { -1 } else { 1 };
        self.0 = &self.0[1..];
        let hours = self.number(2)?;
        let minutes = if self.skip(b':') || !self.0.is_empty() {
            self.number(2)?
        } else {
            0
        };
        if !self.0.is_empty() {
            return Err(TimeProblem::Form);
        }
        if hours > 23 || minutes > 59 {
            Err(TimeProblem::Calendar)
        } else {
            Ok(sign * (hours * 60 + minutes))
        }
    }
}

fn days_in_month(year: i64, month: i64) -> i64 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days from 1970-01-01 in the proleptic Gregorian calendar, counted in years that begin in March, so that
/// the leap day is the last one.
fn days_since_epoch(year: i64, month: i64, day: i64) -> i64 {
    let (year, month) = if month > 2 {
        (year, month - 3)
    } else {
        (year - 1, month + 9)
    };
    let leap_days = year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    let day_of_year = (153 * month + 2) / 5 + day - 1;
    year * 365 + leap_days + day_of_year - 719_468
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn check(format: TimeFormat, text: &str, expected: Result<i64, TimeProblem>) {
        assert_eq!(
            TimeReader::new(format).read(Cell::Text(text)),
            expected,
            "{text} as {format:?}"
        );
    }

    #[test]
    fn texts() {
        let at = 1_569_888_004_000;
        for text in [
            "2019-10-01 00:00:04 UTC",
            "2019-10-01 00:00:04",
            "2019-10-01T00:00:04Z",
            "2019-10-01T00:00:04+00:00",
            "2019-10-01 02:00:04+0200",
            "2019-10-01 02:00:04 +02:00",
            "2019-09-30T19:00:04-05",
            " 2019-10-01t00:00:04z ",
        ] {
            check(TimeFormat::Auto, text, Ok(at));
            check(TimeFormat::Text, text, Ok(at));
            check(TimeFormat::Seconds, text, Err(TimeProblem::Kind));
        }
        check(TimeFormat::Auto, "2019-10-01 00:00:04.25", Ok(at + 250));
        check(
            TimeFormat::Auto,
            "2019-10-01 00:00:04.123456+00",
            Ok(at + 123),
        );
        check(TimeFormat::Auto, "2019-10-01", Ok(1_569_888_000_000));
        check(
            TimeFormat::Auto,
            "2019-10-01 12:30",
            Ok(1_569_888_000_000 + 45_000_000),
        );
        check(
            TimeFormat::Auto,
            "2016-12-31 23:59:60",
            Ok(1_483_228_800_000),
        );
        check(TimeFormat::Auto, "2000-02-29", Ok(951_782_400_000));
        check(TimeFormat::Auto, "1900-02-29", Err(TimeProblem::Calendar));
        check(TimeFormat::Auto, "2019-13-01", Err(TimeProblem::Calendar));
        check(
            TimeFormat::Auto,
            "2019-10-01 24:00:00",
            Err(TimeProblem::Calendar),
        );
        check(
            TimeFormat::Auto,
            "2019-10-01 00:00:04 Europe/Berlin",
            Err(TimeProblem::Zone),
        );
        check(TimeFormat::Auto, "01/10/2019", Err(TimeProblem::Form));
        check(
            TimeFormat::Auto,
            "2019-10-01 00:00:04 +02:00 x",
            Err(TimeProblem::Form),
        );
        check(TimeFormat::Auto, "yesterday", Err(TimeProblem::Form));
        check(TimeFormat::Auto, "", Err(TimeProblem::Form));
    }

    #[test]
    fn numbers() {
        check(TimeFormat::Auto, "1569888004", Ok(1_569_888_004_000));
        check(TimeFormat::Auto, "1569888004.007", Ok(1_569_888_004_007));
        check(TimeFormat::Auto, "1569888004007", Ok(1_569_888_004_007));
        check(TimeFormat::Auto, "1569888004007999", Ok(1_569_888_004_007));
        check(TimeFormat::Auto, "1.569888004e9", Ok(1_569_888_004_000));
        check(TimeFormat::Auto, "12", Err(TimeProblem::Unit));
        check(TimeFormat::Auto, "20191001", Err(TimeProblem::Unit));
        check(TimeFormat::Seconds, "12", Ok(12_000));
        check(TimeFormat::Millis, "-1", Ok(-1));
        check(TimeFormat::Micros, "-1", Ok(-1));
        check(TimeFormat::Text, "1569888004", Err(TimeProblem::Form));
        check(
            TimeFormat::Seconds,
            "9223372036854775807",
            Err(TimeProblem::Calendar),
        );
        check(TimeFormat::Seconds, "inf", Err(TimeProblem::Calendar));
        check(TimeFormat::Seconds, "nan", Err(TimeProblem::Calendar));
    }

    #[test]
    fn the_first_number_decides_the_unit_of_the_column() {
        let mut reader = TimeReader::new(TimeFormat::Auto);
        assert_eq!(reader.read(Cell::Int(5)), Err(TimeProblem::Unit));
        assert_eq!(
            reader.read(Cell::Int(1_569_888_004_000)),
            Ok(1_569_888_004_000)
        );
        assert_eq!(
            reader.read(Cell::Int(1_569_888_004)),
            Err(TimeProblem::Unit)
        );
        assert_eq!(
            reader.read(Cell::Float(1_569_888_004_001.5)),
            Ok(1_569_888_004_001)
        );
    }

    proptest! {
        /// The slow twin is jiff's calendar.
        #[test]
        fn agrees_with_a_calendar_library(millis in -62_135_596_800_000i64..253_402_000_000_000) {
            let timestamp = jiff::Timestamp::from_millisecond(millis).unwrap();
            prop_assert_eq!(parse_text(&timestamp.to_string()), Ok(millis));
        }

        #[test]
        fn any_text_is_read_or_refused(text in "\\PC{0,40}", format in 0..5usize) {
            use TimeFormat::{Auto, Micros, Millis, Seconds, Text};
            let _ = TimeReader::new([Auto, Seconds, Millis, Micros, Text][format]).read(Cell::Text(&text));
        }
    }
}
