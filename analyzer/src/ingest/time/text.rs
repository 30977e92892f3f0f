//! Times written as text: RFC 3339 and its relatives, and the notations of mails, servers' logs and spreadsheets.

use super::{TimeFormat, TimeProblem};

/// A date as it was written, which may not exist.
struct Date {
    year: i64,
    month: i64,
    day: i64,
}

const DAYS: [&[u8; 3]; 7] = [b"mon", b"tue", b"wed", b"thu", b"fri", b"sat", b"sun"];
const MONTHS: [&[u8; 3]; 12] = [
    b"jan", b"feb", b"mar", b"apr", b"may", b"jun", b"jul", b"aug", b"sep", b"oct", b"nov", b"dec",
];

/// Which of `names` a word begins with.
fn position(names: &[&[u8; 3]], word: &[u8]) -> Option<usize> {
    let start = word.get(..3)?;
    names
        .iter()
        .position(|name| start.eq_ignore_ascii_case(*name))
}

/// The number of a month from its English name, whole or its first three letters.
fn month(word: &[u8]) -> Result<i64, TimeProblem> {
    position(&MONTHS, word).map_or(Err(TimeProblem::Form), |index| Ok(index as i64 + 1))
}

/// The zone that a text says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::ingest) enum Zone<'a> {
    /// East of Greenwich; none for `Z`, `UTC` and `GMT`.
    Offset {
        minutes: i64,
    },
    /// By what looks like an IANA name, with a slash.
    Named(&'a str),
    Unsaid,
}

/// Reads a date, then optionally a time of day and a zone, as milliseconds since 1970-01-01 00:00 on clocks of that zone.
/// `format` says which of two numbers is the month, where the text does not.
pub(in crate::ingest) fn parse_text(
    text: &str,
    format: TimeFormat,
) -> Result<(i64, Zone<'_>), TimeProblem> {
    let mut rest = Rest(text.as_bytes());
    let Date { year, month, day } = if rest.begins_with_year(b'-') {
        rest.iso_date()?
    } else {
        rest.other_date(format)?
    };
    if !(1..=12).contains(&month) || day < 1 || day > days_in_month(year, month) {
        return Err(TimeProblem::Calendar);
    }
    let midnight = days_since_epoch(year, month, day) * 86_400_000;
    if rest.0.is_empty() {
        return Ok((midnight, Zone::Unsaid));
    }
    rest.until_time()?;
    let hour = rest.short_number()?;
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
    let hour = rest.half_of_day(hour)?;
    let local = midnight + ((hour * 60 + minute) * 60 + second) * 1_000 + millis;
    Ok((local, rest.zone()?))
}

/// `20191001`, `201910010000`, `20191001000004`, `20191001T000004Z` and `20191001 00:00` with the marks that they leave out; `None` where a
/// text is none of these. As a number, none of them is a time from 1990 on in any unit.
pub(super) fn spelled_out(text: &str) -> Option<String> {
    let n_digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
    let (date, rest) = text
        .split_at_checked(8)
        .filter(|(date, _)| n_digits(date) == 8)?;
    let rest = rest.strip_prefix(['T', 't', ' ']).unwrap_or(rest);
    let (year, month, day) = (&date[..4], &date[4..6], &date[6..]);
    if !("1990".."2100").contains(&year) {
        return None;
    }
    let (clock, zone) = rest.split_at(n_digits(rest));
    Some(match (clock.len(), zone) {
        (0, "") => format!("{year}-{month}-{day}"),
        (4, _) => format!("{year}-{month}-{day} {}:{}{zone}", &clock[..2], &clock[2..]),
        (6, _) => format!(
            "{year}-{month}-{day} {}:{}:{}{zone}",
            &clock[..2],
            &clock[2..4],
            &clock[4..]
        ),
        _ if zone.contains(':') => format!("{year}-{month}-{day} {rest}"),
        _ => return None,
    })
}

/// What is left of a text that is read from its start.
struct Rest<'a>(&'a [u8]);

impl<'a> Rest<'a> {
    fn begins_with_year(&self, separator: u8) -> bool {
        let year = self.0.get(..4);
        year.is_some_and(|year| year.iter().all(u8::is_ascii_digit))
            && self.0.get(4) == Some(&separator)
    }

    /// `YYYY-MM-DD`.
    fn iso_date(&mut self) -> Result<Date, TimeProblem> {
        let year = self.number(4)?;
        self.expect(b'-')?;
        let month = self.number(2)?;
        self.expect(b'-')?;
        let day = self.number(2)?;
        Ok(Date { year, month, day })
    }

    /// `Sun, 15 Jan 2023`, `15/Jan/2023`, `January 15, 2023`, `2023/01/15`, `15.01.2023`, and where `format`
    /// says which comes first `15/01/2023` or `01/15/2023`.
    #[cold]
    fn other_date(&mut self, format: TimeFormat) -> Result<Date, TimeProblem> {
        let mut word = self.word();
        if position(&DAYS, word).is_some() {
            self.skip(b',');
            self.expect(b' ')?;
            word = self.word();
        }
        if !word.is_empty() {
            let month = month(word)?;
            self.expect(b' ')?;
            let day = self.short_number()?;
            self.skip(b',');
            self.expect(b' ')?;
            let year = self.number(4)?;
            return Ok(Date { year, month, day });
        }
        if self.begins_with_year(b'/') {
            let year = self.number(4)?;
            self.expect(b'/')?;
            let month = self.short_number()?;
            self.expect(b'/')?;
            let day = self.short_number()?;
            return Ok(Date { year, month, day });
        }
        let first = self.short_number()?;
        let separator = *self.0.first().ok_or(TimeProblem::Form)?;
        if !b" -/.".contains(&separator) {
            return Err(TimeProblem::Form);
        }
        self.expect(separator)?;
        let word = self.word();
        let second = match word {
            b"" => self.short_number()?,
            word => month(word)?,
        };
        self.expect(separator)?;
        let year = self.number(4)?;
        let (day, month) = match format {
            _ if !word.is_empty() || separator == b'.' => (first, second),
            TimeFormat::DayMonthYear => (first, second),
            TimeFormat::MonthDayYear => (second, first),
            _ => return Err(TimeProblem::Order),
        };
        Ok(Date { year, month, day })
    }

    /// What stands between date and time: `T`, a space, a comma and a space, `at`, or a colon.
    fn until_time(&mut self) -> Result<(), TimeProblem> {
        if self.skip(b'T') || self.skip(b't') || self.skip(b':') {
            return Ok(());
        }
        self.skip(b',');
        self.expect(b' ')?;
        if self.word().eq_ignore_ascii_case(b"at") {
            self.expect(b' ')?;
        }
        Ok(())
    }

    /// The hour from 0 to 23, where `AM` or `PM` follows.
    fn half_of_day(&mut self, hour: i64) -> Result<i64, TimeProblem> {
        let before = self.0;
        // Browsers write a narrow space here.
        let narrow = self.0.strip_prefix("\u{202f}".as_bytes());
        self.0 = narrow.unwrap_or(self.0);
        while self.skip(b' ') {}
        let word = self.word();
        let afternoon = if word.eq_ignore_ascii_case(b"am") {
            0
        } else if word.eq_ignore_ascii_case(b"pm") {
            12
        } else {
            self.0 = before;
            return Ok(hour);
        };
        if (1..=12).contains(&hour) {
            Ok(hour % 12 + afternoon)
        } else {
            Err(TimeProblem::Calendar)
        }
    }

    /// The letters that come next.
    fn word(&mut self) -> &'a [u8] {
        let n = self.0.iter().take_while(|byte| byte.is_ascii_alphabetic());
        let (word, rest) = self.0.split_at(n.count());
        self.0 = rest;
        word
    }

    /// A number of one or two digits.
    fn short_number(&mut self) -> Result<i64, TimeProblem> {
        let is_long = self.0.get(1).is_some_and(u8::is_ascii_digit);
        self.number(1 + usize::from(is_long))
    }

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

    /// The zone, up to the end of the text. Behind an offset, what [RFC 9557](https://www.rfc-editor.org/rfc/rfc9557) or
    /// JavaScript appends says it again: `+02:00[Europe/Berlin]`, `GMT+0200 (Central European Summer Time)`.
    fn zone(&mut self) -> Result<Zone<'a>, TimeProblem> {
        while self.skip(b' ') {}
        let is_bracket = |byte: &u8| matches!(byte, b'[' | b'(');
        let end = self.0.iter().position(is_bracket).unwrap_or(self.0.len());
        let (zone, again) = self.0.split_at(end);
        let (zone, again) = match (zone.trim_ascii_end(), again) {
            (zone, b"") => (zone, None),
            (zone, [_, again @ .., b']' | b')']) => {
                (zone, again.split(|byte| *byte == b']').next())
            }
            _ => return Err(TimeProblem::Form),
        };
        let from_greenwich = zone
            .strip_prefix(b"UTC")
            .or_else(|| zone.strip_prefix(b"GMT"));
        self.0 = from_greenwich.unwrap_or(zone);
        match (self.0, again) {
            (b"", _) if from_greenwich.is_some() => return Ok(Zone::Offset { minutes: 0 }),
            (b"Z" | b"z" | b"utc", _) => return Ok(Zone::Offset { minutes: 0 }),
            (b"", None) => return Ok(Zone::Unsaid),
            (b"", Some(name)) => return named(name),
            ([b'+' | b'-', ..], _) => {}
            ([first, ..], None) if first.is_ascii_alphabetic() => return named(zone),
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
            return Err(TimeProblem::Calendar);
        }
        let minutes = sign * (hours * 60 + minutes);
        Ok(Zone::Offset { minutes })
    }
}

fn named(name: &[u8]) -> Result<Zone<'_>, TimeProblem> {
    let is_name = name.contains(&b'/') && name.iter().all(u8::is_ascii_graphic);
    let name = str::from_utf8(name).ok().filter(|_| is_name);
    name.map(Zone::Named).ok_or(TimeProblem::Zone)
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
