//! Reading times: which notation a column uses, and one value of it to milliseconds since the Unix epoch.
//!
//! Text is recognised by its form, value by value. A number does not say its unit, so the first number of a
//! column decides, by its size: seconds, milliseconds and microseconds between 1990 and 2100 do not overlap.
//! Numbers outside those years are refused, never guessed. A text without a zone is taken as UTC.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::cell::Cell;
use super::decimal;

mod text;

use text::parse_text;

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
    /// Text: RFC 3339, `2019-10-01 00:00:04 UTC`, `2019-10-01 00:00:04.250`, `2019-10-01`,
    /// `1 Oct 2019 00:00`, `Oct 1, 2019 12:00:04 AM`, `01/Oct/2019:00:00:04 +0000`.
    Text,
    /// The same, and `1/10/2019 0:00`: the day before the month.
    DayMonthYear,
    /// The same, and `10/1/2019 12:00 AM`: the month before the day.
    MonthDayYear,
}

impl TimeFormat {
    fn is_text(self) -> bool {
        matches!(self, Self::Text | Self::DayMonthYear | Self::MonthDayYear)
    }
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
    /// Day and month as numbers, and nobody said which comes first.
    Order,
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
            Self::Order => {
                "does not say which of its numbers is the month; set the time format to day_month_year or \
                 month_day_year"
            }
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
            TimeFormat::Auto
            | TimeFormat::Text
            | TimeFormat::DayMonthYear
            | TimeFormat::MonthDayYear => None,
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
        if self.format.is_text() {
            return parse_text(text, self.format);
        }
        let mut dots = 0;
        let looks_written = text.bytes().skip(1).any(|byte| {
            dots += u32::from(byte == b'.');
            matches!(byte, b'-' | b':' | b'/' | b' ') || dots > 1
        });
        if looks_written {
            return match self.format {
                TimeFormat::Auto => parse_text(text, self.format),
                _ => Err(TimeProblem::Kind),
            };
        }
        if let Ok(number) = text.parse::<i64>() {
            return self.integer(number);
        }
        match decimal::parse(text) {
            Some(number) => self.float(number),
            None => Err(TimeProblem::Form),
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
            TimeFormat::Text | TimeFormat::DayMonthYear | TimeFormat::MonthDayYear => {
                Err(TimeProblem::Kind)
            }
            TimeFormat::Seconds | TimeFormat::Millis | TimeFormat::Micros => {
                self.unit.ok_or(TimeProblem::Kind)
            }
        }
    }
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
        check(TimeFormat::Auto, "01/10/2019", Err(TimeProblem::Order));
        check(
            TimeFormat::Auto,
            "2019-10-01 00:00:04 +02:00 x",
            Err(TimeProblem::Form),
        );
        check(TimeFormat::Auto, "yesterday", Err(TimeProblem::Form));
        check(TimeFormat::Auto, "", Err(TimeProblem::Form));
    }

    #[test]
    fn notations_of_people_and_servers() {
        let at = 1_673_778_225_000;
        for text in [
            "Sun, 15 Jan 2023 11:23:45 +0100",
            "15/Jan/2023:05:23:45 -0500",
            "15 January 2023 10:23:45",
            "Jan 15, 2023 10:23:45 AM",
            "2023/01/15 10:23:45",
            "2023/1/15 10:23:45",
            "15.1.2023, 10:23:45",
            "SUNDAY, JAN 15, 2023 AT 10:23:45 UTC",
        ] {
            check(TimeFormat::Auto, text, Ok(at));
            check(TimeFormat::MonthDayYear, text, Ok(at));
        }
        let noon = 1_673_784_000_000;
        check(TimeFormat::Auto, "Jan 15, 2023 12:00 PM", Ok(noon));
        check(
            TimeFormat::Auto,
            "Jan 15, 2023 12:00 am",
            Ok(noon - 43_200_000),
        );
        check(TimeFormat::DayMonthYear, "15/1/2023 12:00", Ok(noon));
        check(TimeFormat::MonthDayYear, "1/15/2023 12:00PM", Ok(noon));
        check(TimeFormat::DayMonthYear, "2023-01-15 12:00", Ok(noon));
        check(
            TimeFormat::DayMonthYear,
            "1673778225",
            Err(TimeProblem::Form),
        );
        let month = Err(TimeProblem::Order);
        check(TimeFormat::Auto, "15/1/2023", month);
        check(TimeFormat::Text, "1-15-2023 10:00", month);
        let calendar = Err(TimeProblem::Calendar);
        check(TimeFormat::MonthDayYear, "15/1/2023", calendar);
        check(TimeFormat::Auto, "30 Feb 2023", calendar);
        check(TimeFormat::Auto, "Jan 15, 2023 13:00 PM", calendar);
        check(TimeFormat::Auto, "Jan 15, 2023 0:00 AM", calendar);
        let form = Err(TimeProblem::Form);
        for text in [
            "15 Jan 23",
            "15 Jam 2023",
            "15 Jan/2023",
            "Jan 15",
            "1.2",
            "Sun",
            "15 Jan 2023 at",
            "15 Jan 2023 10",
        ] {
            check(TimeFormat::Text, text, form);
        }
        check(
            TimeFormat::Auto,
            "15 Jan 2023 10:23 PST",
            Err(TimeProblem::Zone),
        );
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
        check(TimeFormat::Seconds, "inf", Err(TimeProblem::Form));
        check(TimeFormat::Seconds, "nan", Err(TimeProblem::Form));
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
            prop_assert_eq!(parse_text(&timestamp.to_string(), TimeFormat::Auto), Ok(millis));
        }

        #[test]
        fn other_notations_agree_with_a_calendar_library(
            seconds in -62_135_596_800i64..253_402_000_000,
            notation in prop::sample::select(&[
                ("%a, %d %b %Y %H:%M:%S GMT", TimeFormat::Auto),
                ("%A, %-d %B %Y at %-I:%M:%S %p", TimeFormat::Auto),
                ("%d/%b/%Y:%H:%M:%S +0000", TimeFormat::Auto),
                ("%b %-d, %Y, %-I:%M:%S%P Z", TimeFormat::Text),
                ("%Y/%m/%d %H:%M:%S", TimeFormat::Auto),
                ("%d.%m.%Y %H:%M:%S", TimeFormat::Auto),
                ("%-d/%-m/%Y %-H:%M:%S", TimeFormat::DayMonthYear),
                ("%d-%m-%YT%H:%M:%S UTC", TimeFormat::DayMonthYear),
                ("%-m/%-d/%Y %-I:%M:%S %p", TimeFormat::MonthDayYear),
            ][..]),
        ) {
            let (notation, format) = notation;
            let timestamp = jiff::Timestamp::from_second(seconds).unwrap();
            let text = timestamp.strftime(notation).to_string();
            prop_assert_eq!(parse_text(&text, format), Ok(seconds * 1_000), "{}", text);
        }

        #[test]
        fn any_text_is_read_or_refused(text in "\\PC{0,40}", format in 0..7usize) {
            use TimeFormat::{Auto, DayMonthYear, Micros, Millis, MonthDayYear, Seconds, Text};
            let formats = [Auto, Seconds, Millis, Micros, Text, DayMonthYear, MonthDayYear];
            let _ = TimeReader::new(formats[format]).read(Cell::Text(&text));
        }
    }
}
