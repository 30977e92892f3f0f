//! Local time at places whose clocks changed in every way that clocks change.

use analyzer::analysis::time_zone::{Date, Period, Transitions, transitions};
use jiff::Timestamp;
use jiff::tz::TimeZoneDatabase;
use proptest::prelude::*;

const HOUR: i64 = 3_600_000;

fn ts(text: &str) -> i64 {
    text.parse::<Timestamp>().unwrap().as_millisecond()
}

fn utc(ts: i64) -> String {
    Timestamp::from_millisecond(ts).unwrap().to_string()
}

fn zone(name: &str) -> Transitions {
    transitions(
        name,
        ts("1990-01-01T00:00:00Z")..=ts("2030-01-01T00:00:00Z"),
    )
    .unwrap()
}

fn date(text: &str) -> Date {
    Date::parse(text).unwrap()
}

/// When each local day begins, in UTC.
fn check(name: &str, starts: &[(&str, &str)]) {
    for (day, start) in starts {
        let found = zone(name).start_of_day(date(day));
        assert_eq!(utc(found), *start, "{name} {day}");
    }
}

#[test]
fn days_begin_when_the_place_says() {
    check(
        "Europe/Berlin",
        &[
            ("2026-03-29", "2026-03-28T23:00:00Z"),
            ("2026-03-30", "2026-03-29T22:00:00Z"),
            ("2026-10-25", "2026-10-24T22:00:00Z"),
            ("2026-10-26", "2026-10-25T23:00:00Z"),
        ],
    );
    check(
        "America/New_York",
        &[
            ("2026-03-08", "2026-03-08T05:00:00Z"),
            ("2026-03-09", "2026-03-09T04:00:00Z"),
            ("2026-11-02", "2026-11-02T05:00:00Z"),
        ],
    );
    check("Asia/Kolkata", &[("2026-01-01", "2025-12-31T18:30:00Z")]);
    check(
        "Australia/Lord_Howe",
        &[
            ("2026-04-05", "2026-04-04T13:00:00Z"),
            ("2026-04-06", "2026-04-05T13:30:00Z"),
        ],
    );
    // Midnight itself was skipped here, and the 30th there.
    check(
        "America/Sao_Paulo",
        &[("2018-11-04", "2018-11-04T03:00:00Z")],
    );
    check(
        "Pacific/Apia",
        &[
            ("2011-12-29", "2011-12-29T10:00:00Z"),
            ("2011-12-30", "2011-12-30T10:00:00Z"),
            ("2011-12-31", "2011-12-30T10:00:00Z"),
            ("2012-01-01", "2011-12-31T10:00:00Z"),
        ],
    );
}

#[test]
fn the_day_that_apia_skipped_is_no_period() {
    let apia = zone("Pacific/Apia");
    let mut at = apia.start_of_day(date("2011-12-28"));
    let mut days = Vec::new();
    for _ in 0..4 {
        days.push(apia.date(at).day);
        at = apia.next_start(Period::Day, at);
    }
    assert_eq!(days, [28, 29, 31, 1]);
}

#[test]
fn hours_come_twice_or_not_at_all() {
    let hours = |name: &str, from: &str, n: usize| -> Vec<(u32, i64)> {
        let zone = zone(name);
        let mut at = ts(from);
        let starts = (0..n).map(|_| {
            let start = at;
            at = zone.next_start(Period::Hour, at);
            (zone.hour(start), (at - start) / 60_000)
        });
        starts.collect()
    };
    let berlin = |from| hours("Europe/Berlin", from, 3);
    assert_eq!(berlin("2026-03-29T00:00:00Z"), [(1, 60), (3, 60), (4, 60)]);
    assert_eq!(berlin("2026-10-25T00:00:00Z"), [(2, 60), (2, 60), (3, 60)]);
    assert_eq!(
        hours("Australia/Lord_Howe", "2026-04-04T14:00:00Z", 3),
        [(1, 60), (1, 30), (2, 60)]
    );
}

#[test]
fn weeks_and_months_begin_at_local_midnight() {
    let berlin = zone("Europe/Berlin");
    let sunday = ts("2026-03-29T20:00:00Z");
    assert_eq!(
        utc(berlin.start(Period::Week, sunday)),
        "2026-03-22T23:00:00Z"
    );
    assert_eq!(
        utc(berlin.next_start(Period::Week, sunday)),
        "2026-03-29T22:00:00Z"
    );
    assert_eq!(
        utc(berlin.start(Period::Month, sunday)),
        "2026-02-28T23:00:00Z"
    );
    assert_eq!(
        utc(berlin.next_start(Period::Month, sunday)),
        "2026-03-31T22:00:00Z"
    );
}

#[test]
fn iso_weeks_belong_to_the_year_of_their_thursday() {
    for (day, week) in [
        ("2026-01-01", (2026, 1)),
        ("2027-01-01", (2026, 53)),
        ("2024-12-30", (2025, 1)),
        ("2026-11-22", (2026, 47)),
    ] {
        assert_eq!(date(day).iso_week(), week, "{day}");
    }
}

#[test]
fn only_days_are_dates() {
    for text in [
        "2026-02-29",
        "2026-13-01",
        "2026-1-01",
        "+026-01-01",
        "2026-01",
        "x",
        "2026-01-01T00",
    ] {
        assert_eq!(Date::parse(text), None, "{text}");
    }
    assert!(Date::parse("2024-02-29").is_some());
}

#[test]
fn names_that_are_not_zones_are_refused() {
    assert_eq!(transitions("Europe/Atlantis", 0..=1), None);
}

proptest! {
    #[test]
    fn sampling_finds_the_same_table_and_periods_hold_their_instants(
        name in prop::sample::select(&["Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "Pacific/Apia", "America/Sao_Paulo"][..]),
        at in ts("2005-01-01T00:00:00Z")..ts("2026-01-01T00:00:00Z"),
        period in prop::sample::select(&[Period::Hour, Period::Day, Period::Week, Period::Month][..]),
    ) {
        let known = TimeZoneDatabase::bundled().get(name).unwrap();
        let offset = |ts: i64| Timestamp::from_millisecond(ts).ok().map(|ts| known.to_offset(ts).seconds());
        let sampled = Transitions::sample(at - 400 * 24 * HOUR..=at + 40 * 24 * HOUR, offset).unwrap();
        let table = zone(name);
        prop_assert_eq!(sampled.offset_millis(at), table.offset_millis(at));
        prop_assert_eq!(Some(table.offset_millis(at)), offset(at).map(|seconds| i64::from(seconds) * 1000));
        for zone in [&sampled, &table] {
            let (start, next) = (zone.start(period, at), zone.next_start(period, at));
            prop_assert!(start <= at && at < next);
            prop_assert_eq!(zone.start(period, next), next);
            prop_assert_eq!(zone.next_start(period, next - 1), next);
        }
        let civil = Timestamp::from_millisecond(at).unwrap().to_zoned(known.clone());
        let found = table.date(at);
        prop_assert_eq!((found.year, found.month, found.day), (civil.year().into(), civil.month() as u32, civil.day() as u32));
        let week = civil.date().iso_week_date();
        prop_assert_eq!(found.iso_week(), (week.year().into(), week.week() as u32));
    }
}
