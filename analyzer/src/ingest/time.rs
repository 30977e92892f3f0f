//! Reading times: which notation a column uses, and one value of it to milliseconds since the Unix epoch.
//!
//! Text is recognised by its form, value by value. A number does not say its unit, so the first number of a
//! column decides, by its size: seconds, milliseconds and microseconds between 1990 and 2100 do not overlap.
//! Numbers outside those years are refused, never guessed. A time that names no zone is of the mapping's zone.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::cell::Cell;
use super::decimal;
use crate::analysis::time_zone::Transitions;

mod text;
mod zones;

pub(super) use text::parse_text;
use text::{Zone, spelled_out};
pub use zones::KnownZones;
pub(super) use zones::TimeZones;

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
    /// Days since 30 December 1899 by a clock, with a fraction for the time of day, as spreadsheets keep dates.
    SpreadsheetDays,
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
    /// A zone by an abbreviation or a name that nobody knows.
    Zone,
    /// Day and month as numbers, and nobody said which comes first.
    Order,
    /// Not a time of day.
    OfDay,
}

impl fmt::Display for TimeProblem {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Form => "is not a time; write it like 2019-10-01T00:00:04Z or as a Unix time",
            Self::Calendar => "is not a date and time that exists",
            Self::Unit => {
                "does not say its unit: as seconds, milliseconds or microseconds it is not between 1990 and \
                 2100, or differs from the rows before; set the time format, which for a spreadsheet's dates is \
                 spreadsheet_days"
            }
            Self::Kind => "is not in the time format that was set",
            Self::Zone => {
                "ends in a time zone that is not known; since CET or EST may be several, write a name such as \
                 Europe/Berlin, an offset such as +02:00, or UTC"
            }
            Self::Order => {
                "does not say which of its numbers is the month; set the time format to day_month_year or \
                 month_day_year"
            }
            Self::OfDay => "is not a time of day; write it like 14:05:09, or in milliseconds",
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
    /// Of times that name none.
    zone: Arc<Transitions>,
    is_zone_said: bool,
    unit: Option<Unit>,
}

impl TimeReader {
    /// Without a zone, that of times that name none is taken to be UTC.
    pub(super) fn new(format: TimeFormat, zone: Option<Arc<Transitions>>) -> Self {
        let unit = match format {
            TimeFormat::Auto
            | TimeFormat::Text
            | TimeFormat::DayMonthYear
            | TimeFormat::MonthDayYear
            | TimeFormat::SpreadsheetDays => None,
            TimeFormat::Seconds => Some(Unit::Seconds),
            TimeFormat::Millis => Some(Unit::Millis),
            TimeFormat::Micros => Some(Unit::Micros),
        };
        Self {
            format,
            is_zone_said: zone.is_some(),
            zone: zone.unwrap_or_default(),
            unit,
        }
    }

    /// Whether the clocks of times that name no zone, of which there are some, are taken to show UTC.
    pub(super) fn is_utc(&self, zones: &mut TimeZones) -> bool {
        zones.assumed_utc |= !self.is_zone_said;
        *self.zone == Transitions::default()
    }

    /// The instant at which clocks showed a time.
    fn instant(&self, local: i64, zones: &mut TimeZones) -> i64 {
        zones.assumed_utc |= !self.is_zone_said;
        self.zone.compatible(local)
    }

    /// Milliseconds since the Unix epoch, rounded down.
    pub(super) fn read(
        &mut self,
        cell: Cell<'_>,
        zones: &mut TimeZones,
    ) -> Result<i64, TimeProblem> {
        match cell {
            Cell::Time(millis) => Ok(millis),
            Cell::LocalTime(millis) => Ok(self.instant(millis, zones)),
            Cell::Int(number) => self.integer(number, zones),
            Cell::Float(number) => self.float(number, zones),
            Cell::Text(text) => self.text(text.trim_ascii(), zones),
            Cell::Missing | Cell::Bool(_) | Cell::Decimal(_) => Err(TimeProblem::Form),
        }
    }

    /// The same for a date and a time of day that stand apart: `14:05:09`, or milliseconds to be added.
    pub(super) fn read_both(
        &mut self,
        date: Cell<'_>,
        of_day: Cell<'_>,
        zones: &mut TimeZones,
    ) -> Result<i64, TimeProblem> {
        let clock = match of_day {
            Cell::Text(text) => text.trim_ascii(),
            _ => "",
        };
        match date {
            // In one text, the zone may stand behind the time of day, and midnight may be one that no clock shows.
            Cell::Text(date) if clock.contains(':') && !date.contains(':') => {
                let read = self.read(Cell::Text(&format!("{} {clock}", date.trim_ascii())), zones);
                let is_clock = || parse_text(&on_a_day(clock), TimeFormat::Text).is_ok();
                read.map_err(|problem| {
                    if is_clock() {
                        problem
                    } else {
                        TimeProblem::OfDay
                    }
                })
            }
            Cell::LocalTime(date) => Ok(self.instant(date + of_day_millis(of_day)?, zones)),
            _ => Ok(self.read(date, zones)? + of_day_millis(of_day)?),
        }
    }

    fn text(&mut self, text: &str, zones: &mut TimeZones) -> Result<i64, TimeProblem> {
        if self.format.is_text() {
            return self.written(text, zones);
        }
        let mut dots = 0;
        let looks_written = text.bytes().skip(1).any(|byte| {
            dots += u32::from(byte == b'.');
            matches!(byte, b'-' | b':' | b'/' | b' ') || dots > 1
        });
        if looks_written {
            return match self.format {
                TimeFormat::Auto => self.written(text, zones),
                _ => Err(TimeProblem::Kind),
            };
        }
        if let Ok(number) = text.parse::<i64>() {
            return self.integer(number, zones);
        }
        match decimal::parse(text) {
            Some(number) => self.float(number, zones),
            None if self.format == TimeFormat::Auto => self.written(text, zones),
            None => Err(TimeProblem::Form),
        }
    }

    fn written(&self, text: &str, zones: &mut TimeZones) -> Result<i64, TimeProblem> {
        let spelled_out = spelled_out(text);
        let text = spelled_out.as_deref().unwrap_or(text);
        let (local, zone) = parse_text(text, self.format)?;
        match zone {
            Zone::Offset { minutes } => Ok(local - minutes * 60_000),
            Zone::Named(name) => {
                let zone = zones.get(name).ok_or(TimeProblem::Zone)?;
                Ok(zone.compatible(local))
            }
            Zone::Unsaid => Ok(self.instant(local, zones)),
        }
    }

    fn integer(&mut self, number: i64, zones: &mut TimeZones) -> Result<i64, TimeProblem> {
        if self.format == TimeFormat::SpreadsheetDays {
            return self.days(number as f64, zones);
        }
        let unit = match self.unit(number as f64) {
            Err(TimeProblem::Unit) => {
                let text = spelled_out(&number.to_string()).ok_or(TimeProblem::Unit)?;
                return self.written(&text, zones);
            }
            unit => unit?,
        };
        match unit {
            Unit::Seconds => number.checked_mul(1_000).ok_or(TimeProblem::Calendar),
            Unit::Millis => Ok(number),
            Unit::Micros => Ok(number.div_euclid(1_000)),
        }
    }

    fn float(&mut self, number: f64, zones: &mut TimeZones) -> Result<i64, TimeProblem> {
        if self.format == TimeFormat::SpreadsheetDays {
            return self.days(number, zones);
        }
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

    fn days(&self, number: f64, zones: &mut TimeZones) -> Result<i64, TimeProblem> {
        /// 1 January 1970. Spreadsheets count a 29 February 1900 that never was: days before it are not read.
        const EPOCH: f64 = 25_569.0;
        const FIRST: f64 = 61.0;
        /// The year 10000.
        const END: f64 = 2_958_466.0;
        if !(FIRST..END).contains(&number) {
            return Err(TimeProblem::Calendar);
        }
        let local = ((number - EPOCH) * 86_400_000.0).round() as i64;
        Ok(self.instant(local, zones))
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
            TimeFormat::Text
            | TimeFormat::DayMonthYear
            | TimeFormat::MonthDayYear
            | TimeFormat::SpreadsheetDays => Err(TimeProblem::Kind),
            TimeFormat::Seconds | TimeFormat::Millis | TimeFormat::Micros => {
                self.unit.ok_or(TimeProblem::Kind)
            }
        }
    }
}

/// Whether a text is a time of day without a date.
pub(super) fn is_time_of_day(text: &str) -> bool {
    text.contains(':') && of_day_millis(Cell::Text(text)).is_ok()
}

/// Whether a text is a date without a time of day, in some order of day and month.
pub(super) fn is_date(text: &str) -> bool {
    let text = text.trim_ascii();
    let is_read = |format| parse_text(text, format).is_ok();
    let formats = [TimeFormat::DayMonthYear, TimeFormat::MonthDayYear];
    !text.contains(':') && (spelled_out(text).is_some() || formats.into_iter().any(is_read))
}

/// A time of day on the first of all days.
fn on_a_day(clock: &str) -> String {
    format!("1970-01-01 {clock}")
}

/// The milliseconds of a time of day, which are those of a month at most.
fn of_day_millis(of_day: Cell<'_>) -> Result<i64, TimeProblem> {
    const MONTH: f64 = 31.0 * 86_400_000.0;
    let number = match of_day {
        Cell::Int(number) => Some(number as f64),
        Cell::Float(number) => Some(number),
        Cell::Text(text) => decimal::parse(text.trim_ascii()),
        _ => None,
    };
    match (number, of_day) {
        (Some(number), _) if (0.0..=MONTH).contains(&number) => Ok(number as i64),
        (None, Cell::Text(text)) => {
            match parse_text(&on_a_day(text.trim_ascii()), TimeFormat::Text) {
                Ok((millis, Zone::Unsaid)) => Ok(millis),
                _ => Err(TimeProblem::OfDay),
            }
        }
        _ => Err(TimeProblem::OfDay),
    }
}

#[cfg(test)]
mod tests;
