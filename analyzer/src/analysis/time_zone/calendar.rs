//! Days, hours, weeks and months of local time.

use serde::{Deserialize, Serialize};

use super::{DAY, Transitions};

const HOUR: i64 = 3_600_000;

/// A day of the proleptic Gregorian calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Date {
    /// The year; 0 is 1 BC.
    pub year: i64,
    /// 1 to 12.
    pub month: u32,
    /// 1 to 31.
    pub day: u32,
}

/// Spans of local time into which reports cut time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "ts", derive(ts_rs::TS, crate::Schema))]
pub enum Period {
    /// From one full hour to the next. Where clocks go back an hour, it comes twice.
    Hour,
    /// From midnight to midnight: 23 or 25 hours where clocks change.
    Day,
    /// From Monday to Sunday, as ISO 8601 has it.
    Week,
    /// From the first of a month.
    Month,
}

impl Date {
    /// The day that is this many days after 1970-01-01.
    ///
    /// Source: H. Hinnant, "chrono-compatible low-level date algorithms", `civil_from_days`.
    pub fn from_days(days: i64) -> Self {
        let shifted = days + 719_468;
        let era = shifted.div_euclid(146_097);
        let day_of_era = shifted.rem_euclid(146_097);
        let year_of_era =
            (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let from_march = (5 * day_of_year + 2) / 153;
        let month = if from_march < 10 {
            from_march + 3
        } else {
            from_march - 9
        };
        Self {
            year: year_of_era + era * 400 + i64::from(month <= 2),
            month: month as u32,
            day: (day_of_year - (153 * from_march + 2) / 5 + 1) as u32,
        }
    }

    /// Days after 1970-01-01, negative before.
    ///
    /// Source: H. Hinnant, "chrono-compatible low-level date algorithms", `days_from_civil`.
    pub fn days(self) -> i64 {
        let year = self.year - i64::from(self.month <= 2);
        let era = year.div_euclid(400);
        let year_of_era = year.rem_euclid(400);
        let from_march = (i64::from(self.month) + 9) % 12;
        let day_of_year = (153 * from_march + 2) / 5 + i64::from(self.day) - 1;
        let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
        era * 146_097 + day_of_era - 719_468
    }

    /// Reads `2026-09-01`; `None` where that is not a day.
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.splitn(3, '-');
        let mut number = |n_digits: usize| {
            let part = parts.next()?;
            let is_number = part.len() == n_digits && part.bytes().all(|b| b.is_ascii_digit());
            part.parse::<u32>().ok().filter(|_| is_number)
        };
        let date = Self {
            year: i64::from(number(4)?),
            month: number(2)?,
            day: number(2)?,
        };
        let is_day = (1..=12).contains(&date.month) && Self::from_days(date.days()) == date;
        is_day.then_some(date)
    }

    /// The ISO 8601 week: its year and its number, 1 to 53.
    pub fn iso_week(self) -> (i64, u32) {
        let days = self.days();
        // A week belongs to the year that has its Thursday.
        let thursday = monday(days) + 3;
        let year = Self::from_days(thursday).year;
        let first_day = Self {
            year,
            month: 1,
            day: 1,
        };
        (year, ((thursday - first_day.days()) / 7 + 1) as u32)
    }
}

/// The Monday of a day's week; both in days after 1970-01-01, a Thursday.
fn monday(days: i64) -> i64 {
    days - (days + 3).rem_euclid(7)
}

impl Transitions {
    /// The local date at an instant.
    pub fn date(&self, ts: i64) -> Date {
        Date::from_days(self.local(ts).div_euclid(DAY))
    }

    /// The local hour at an instant, 0 to 23.
    pub fn hour(&self, ts: i64) -> u32 {
        (self.local(ts).rem_euclid(DAY) / HOUR) as u32
    }

    /// The instant at which a local day begins: usually midnight, else the first instant after.
    /// A day that the place skipped begins when the next one does.
    pub fn start_of_day(&self, date: Date) -> i64 {
        self.instant(date.days().saturating_mul(DAY))
    }

    /// The instant at which the period that holds `ts` began.
    pub fn start(&self, period: Period, ts: i64) -> i64 {
        let days = self.local(ts).div_euclid(DAY);
        match period {
            Period::Hour => {
                let start = ts - self.local(ts).rem_euclid(HOUR);
                // Clocks that change within an hour begin another one.
                self.changes_around(ts)
                    .0
                    .map_or(start, |change| start.max(change))
            }
            Period::Day => self.instant(days * DAY),
            Period::Week => self.instant(monday(days) * DAY),
            Period::Month => {
                let first = Date {
                    day: 1,
                    ..Date::from_days(days)
                };
                self.start_of_day(first)
            }
        }
    }

    /// The instant at which the period after the one that holds `ts` begins.
    pub fn next_start(&self, period: Period, ts: i64) -> i64 {
        let days = self.local(ts).div_euclid(DAY);
        match period {
            Period::Hour => {
                let next = ts - self.local(ts).rem_euclid(HOUR) + HOUR;
                let change = self.changes_around(ts).1;
                change.map_or(next, |change| next.min(change))
            }
            Period::Day => self.instant((days + 1) * DAY),
            Period::Week => self.instant((monday(days) + 7) * DAY),
            Period::Month => {
                let date = Date::from_days(days);
                let (year, month) = match date.month {
                    12 => (date.year + 1, 1),
                    month => (date.year, month + 1),
                };
                self.start_of_day(Date {
                    year,
                    month,
                    day: 1,
                })
            }
        }
    }
}
