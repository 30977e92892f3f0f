//! Texts and numbers that are times, beside a calendar library.

use proptest::prelude::*;

use super::*;
use crate::analysis::time_zone;

fn check(format: TimeFormat, text: &str, expected: Result<i64, TimeProblem>) {
    assert_eq!(read(format, text), expected, "{text} as {format:?}");
}

fn read(format: TimeFormat, text: &str) -> Result<i64, TimeProblem> {
    utc(format).read(Cell::Text(text), &mut unknown())
}

fn utc(format: TimeFormat) -> TimeReader {
    TimeReader::new(format, None)
}

/// Nobody knows any zone.
fn unknown() -> TimeZones {
    TimeZones::new(None)
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
        "2019-10-01T02:00:04+02:00[Europe/Berlin][u-ca=iso8601]",
        "2019-10-01T00:00:04Z[Europe/Berlin]",
        "Tue Oct 01 2019 02:00:04 GMT+0200 (Central European Summer Time)",
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
    check(
        TimeFormat::MonthDayYear,
        "1/15/2023, 12:00:00\u{202f}PM",
        Ok(noon),
    );
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
fn dates_without_marks() {
    let at = 1_569_888_004_000;
    for (text, expected) in [
        ("20191001", Ok(at - 4_000)),
        ("201910010000", Ok(at - 4_000)),
        ("20191001000004", Ok(at)),
        ("20191001T000004Z", Ok(at)),
        ("20191001T020004.250+0200", Ok(at + 250)),
        ("20191001T0000", Ok(at - 4_000)),
        ("20191001 00:00:04 UTC", Ok(at)),
        ("20191301", Err(TimeProblem::Calendar)),
        ("20191001T00", Err(TimeProblem::Form)),
        ("201910010000000", Err(TimeProblem::Unit)),
        ("19891001", Err(TimeProblem::Unit)),
        ("21001001", Err(TimeProblem::Unit)),
    ] {
        check(TimeFormat::Auto, text, expected);
        if expected.is_ok() {
            check(TimeFormat::Text, text, expected);
        }
    }
    let number = |number| utc(TimeFormat::Auto).read(Cell::Int(number), &mut unknown());
    assert_eq!(number(20_191_001), Ok(at - 4_000));
    check(TimeFormat::Seconds, "20191001", Ok(20_191_001_000));
}

#[test]
fn days_of_spreadsheets() {
    // What LibreOffice and Excel show for these numbers.
    for (number, shown) in [
        ("43739", "2019-10-01"),
        ("43739.0000462963", "2019-10-01 00:00:04"),
        ("45351.75", "2024-02-29 18:00"),
        ("61", "1900-03-01"),
        ("1e5", "2173-10-14"),
    ] {
        let expected = read(TimeFormat::Text, shown);
        check(TimeFormat::SpreadsheetDays, number, expected);
    }
    for number in ["60", "-1", "2958466", "1569888004"] {
        check(
            TimeFormat::SpreadsheetDays,
            number,
            Err(TimeProblem::Calendar),
        );
    }
    check(
        TimeFormat::SpreadsheetDays,
        "2019-10-01",
        Err(TimeProblem::Kind),
    );
    let cells = [Cell::Int(43739), Cell::Float(43739.0)];
    for cell in cells {
        let found = utc(TimeFormat::SpreadsheetDays).read(cell, &mut unknown());
        assert_eq!(found, Ok(1_569_888_000_000));
    }
}

#[test]
fn numbers() {
    check(TimeFormat::Auto, "1569888004", Ok(1_569_888_004_000));
    check(TimeFormat::Auto, "1569888004.007", Ok(1_569_888_004_007));
    check(TimeFormat::Auto, "1569888004007", Ok(1_569_888_004_007));
    check(TimeFormat::Auto, "1569888004007999", Ok(1_569_888_004_007));
    check(TimeFormat::Auto, "1.569888004e9", Ok(1_569_888_004_000));
    check(TimeFormat::Auto, "12", Err(TimeProblem::Unit));
    check(TimeFormat::Auto, "43739", Err(TimeProblem::Unit));
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
    let mut reader = utc(TimeFormat::Auto);
    let mut read = |cell| reader.read(cell, &mut unknown());
    assert_eq!(read(Cell::Int(5)), Err(TimeProblem::Unit));
    assert_eq!(read(Cell::Int(1_569_888_004_000)), Ok(1_569_888_004_000));
    assert_eq!(read(Cell::Int(1_569_888_004)), Err(TimeProblem::Unit));
    assert_eq!(
        read(Cell::Float(1_569_888_004_001.5)),
        Ok(1_569_888_004_001)
    );
}

proptest! {
    /// The slow twin is jiff's calendar.
    #[test]
    fn agrees_with_a_calendar_library(millis in -62_135_596_800_000i64..253_402_000_000_000) {
        let timestamp = jiff::Timestamp::from_millisecond(millis).unwrap();
        prop_assert_eq!(read(TimeFormat::Auto, &timestamp.to_string()), Ok(millis));
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
        prop_assert_eq!(read(format, &text), Ok(seconds * 1_000), "{}", text);
    }

    #[test]
    fn any_text_is_read_or_refused(text in "\\PC{0,40}", format in 0..7usize) {
        use TimeFormat::{Auto, DayMonthYear, Micros, Millis, MonthDayYear, Seconds, Text};
        let formats = [Auto, Seconds, Millis, Micros, Text, DayMonthYear, MonthDayYear];
        let _ = read(formats[format], &text);
    }
}

/// Those of the bundled database.
fn known() -> TimeZones {
    TimeZones::new(Some(bundled))
}

fn bundled(name: &str) -> Option<Transitions> {
    time_zone::transitions(name, -2_208_988_800_000..=4_102_444_800_000)
}

#[test]
fn zones_by_their_names() {
    let zone = Arc::new(bundled("Europe/Berlin").unwrap());
    let mut berlin = TimeReader::new(TimeFormat::Auto, Some(zone));
    for (text, expected) in [
        ("2024-05-01 12:00", "2024-05-01T10:00:00Z"),
        ("2024-01-31", "2024-01-30T23:00:00Z"),
        ("2024-05-01 12:00 UTC", "2024-05-01T12:00:00Z"),
        ("2024-05-01T12:00-05:00", "2024-05-01T17:00:00Z"),
        (
            "2024-05-01 12:00:00.000 Asia/Kolkata",
            "2024-05-01T06:30:00Z",
        ),
        ("2024-05-01T12:00[America/New_York]", "2024-05-01T16:00:00Z"),
        (
            "2024-05-01T12:00+02:00[America/New_York]",
            "2024-05-01T10:00:00Z",
        ),
        // Clocks skip an hour.
        ("2024-03-31 01:59:59", "2024-03-31T00:59:59Z"),
        ("2024-03-31 02:30", "2024-03-31T01:30:00Z"),
        ("2024-03-31 03:30", "2024-03-31T01:30:00Z"),
        // Clocks show an hour twice.
        ("2024-10-27 02:30", "2024-10-27T00:30:00Z"),
        ("2024-10-27 02:30 +01:00", "2024-10-27T01:30:00Z"),
        ("2024-10-27 03:00", "2024-10-27T02:00:00Z"),
    ] {
        let expected: jiff::Timestamp = expected.parse().unwrap();
        let found = berlin.read(Cell::Text(text), &mut known());
        assert_eq!(found, Ok(expected.as_millisecond()), "{text}");
    }
    for text in [
        "2024-05-01 12:00 CEST",
        "2024-05-01 12:00 Europe/Berln",
        "2024-05-01 12:00 (CEST)",
    ] {
        let found = berlin.read(Cell::Text(text), &mut known());
        assert_eq!(found, Err(TimeProblem::Zone), "{text}");
    }
    for text in [
        "2024-05-01 12:00 +02:00[x",
        "2024-05-01 12:00 [",
        "2024-05-01 12:00 + [a/b]",
    ] {
        let found = berlin.read(Cell::Text(text), &mut known());
        assert_eq!(found, Err(TimeProblem::Form), "{text}");
    }
    let noon = Cell::LocalTime(1_714_564_800_000);
    assert_eq!(berlin.read(noon, &mut known()), Ok(1_714_557_600_000));
    let epoch = Cell::Text("1714557600");
    assert_eq!(berlin.read(epoch, &mut known()), Ok(1_714_557_600_000));
    for extreme in [i64::MIN, i64::MAX] {
        assert!(berlin.read(Cell::LocalTime(extreme), &mut known()).is_ok());
    }
}

proptest! {
    /// The slow twin is jiff, which decides between two instants, or none, as `java.time` and Temporal do.
    #[test]
    fn local_times_agree_with_a_calendar_library(
        name in prop::sample::select(&[
            "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia", "America/Sao_Paulo",
            "Africa/Casablanca", "Asia/Pyongyang", "Antarctica/Troll",
        ][..]),
        year in 1970..2060i16,
        near in any::<Option<prop::sample::Index>>(),
        seconds in -14_400..14_400i64,
    ) {
        let zone = jiff::tz::TimeZoneDatabase::bundled().get(name).unwrap();
        let start = jiff::civil::date(year, 1, 1).to_zoned(jiff::tz::TimeZone::UTC).unwrap().timestamp();
        // Most years have two changes, of either kind; somewhere within hours of one, or of New Year.
        let changes: Vec<_> = zone.following(start).take(4).map(|change| change.timestamp()).collect();
        let around = near.filter(|_| !changes.is_empty()).map_or(start, |near| *near.get(&changes));
        let local = zone.to_datetime(around).checked_add(jiff::SignedDuration::from_secs(seconds)).unwrap();
        let expected = zone.to_ambiguous_timestamp(local).compatible().unwrap().as_millisecond();
        let text = local.to_string();
        let mut reader = TimeReader::new(TimeFormat::Auto, Some(Arc::new(bundled(name).unwrap())));
        prop_assert_eq!(reader.read(Cell::Text(&text), &mut known()), Ok(expected), "{}", text);
        let named = format!("{text} {name}");
        prop_assert_eq!(utc(TimeFormat::Text).read(Cell::Text(&named), &mut known()), Ok(expected));
    }
}
