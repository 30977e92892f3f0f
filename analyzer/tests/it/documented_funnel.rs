//! The examples of docs/analyses/funnel.md on values, totals, breakdown, trend, differences and
//! correlation, with the numbers printed there.

use analyzer::analysis::FunnelReport;
use analyzer::analysis::filter::PropOperand;
use analyzer::analysis::funnel::{GroupKind, Trait};
use analyzer::analysis::statistics::RateDifference;
use analyzer::analysis::time_zone::Transitions;
use analyzer::dataset::{BuildOptions, Dataset, DatasetBuilder};
use analyzer::row::{PropRef, Row};
use analyzer::{Report, Request, run};
use serde_json::{Value, json};

/// A day's events, written as the person and then time and name of each; `view@ads` has a
/// channel, `buy=20EUR` an amount.
fn day(people: &[(&str, &str)]) -> Dataset {
    let mut builder = DatasetBuilder::new(BuildOptions::default());
    for (visitor, events) in people {
        for event in events.split(", ") {
            let (time, what) = event.split_once(' ').unwrap();
            let (hours, minutes) = time.split_once(':').unwrap();
            let minutes = hours.parse::<i64>().unwrap() * 60 + minutes.parse::<i64>().unwrap();
            let (what, amount) = match what.split_once('=') {
                Some((what, amount)) => (what, Some(amount.split_at(amount.len() - 3))),
                None => (what, None),
            };
            let (name, channel) = match what.split_once('@') {
                Some((name, channel)) => (name, Some(("channel", PropRef::String(channel)))),
                None => (what, None),
            };
            let row = Row {
                ts: minutes * 60_000,
                visitor: Some(visitor),
                name,
                value_micros: amount.map(|(whole, _)| whole.parse::<i64>().unwrap() * 1_000_000),
                currency: amount.map(|(_, currency)| currency),
                props: channel.as_slice(),
                ..Row::default()
            };
            builder.push(&row).unwrap();
        }
    }
    builder.finish()
}

/// The funnel over steps of these names with `options`, window 60 minutes, when the day is over.
fn funnel(people: &[(&str, &str)], names: &[&str], options: &Value) -> FunnelReport {
    let steps = names.iter().map(|name| json!({"filter": {"name": name}}));
    let mut request = json!({
        "analysis": "funnel", "steps": steps.collect::<Value>(),
        "window_millis": 60 * 60_000, "data_end_ts": 24 * 60 * 60_000,
    });
    for (key, value) in options.as_object().unwrap() {
        request[key] = value.clone();
    }
    let mut request: Request = serde_json::from_value(request).unwrap();
    // Berlin was an hour ahead all through 1970.
    request.resolve_time_zones(&mut |name| {
        (name == "Europe/Berlin").then(|| Transitions::new(3600, []))
    });
    match run(&day(people), &request).unwrap() {
        Report::Funnel(report) => report,
        other => panic!("not a funnel: {other:?}"),
    }
}

fn units(report: &FunnelReport) -> Vec<u64> {
    report.steps.iter().map(|step| step.n_units).collect()
}

#[test]
fn the_value_of_steps() {
    let people = [
        ("ann", "10:00 view, 10:05 cart=20EUR, 10:30 buy=20EUR"),
        ("bob", "10:00 view, 10:10 cart=50EUR"),
        ("cem", "10:00 view, 10:20 cart=300JPY"),
    ];
    let report = funnel(&people, &["view", "cart", "buy"], &json!({}));
    let values = |step: usize| -> Vec<(&str, u64, i64, i64)> {
        let values = report.steps[step].value.iter();
        values
            .map(|value| {
                (
                    value.currency.as_str(),
                    value.n_units,
                    value.minor,
                    value.minor_dropped,
                )
            })
            .collect()
    };
    assert!(values(0).is_empty());
    assert_eq!(values(1), [("EUR", 2, 7000, 5000), ("JPY", 1, 300, 300)]);
    assert_eq!(values(2), [("EUR", 1, 2000, 0)]);
    let bins = report.histogram_bins_millis.iter();
    let counted: Vec<(i64, u64)> = bins
        .zip(&report.steps[1].histogram_from_previous)
        .filter(|(_, n)| **n > 0)
        .map(|(bin, n)| (bin / 60_000, *n))
        .collect();
    assert_eq!(counted, [(5, 1), (10, 1), (15, 1)]);
}

#[test]
fn totals() {
    let people = [
        (
            "ann",
            "10:00 view, 10:10 buy, 10:20 view, 10:30 buy, 12:00 view",
        ),
        ("bob", "10:00 view, 10:50 view, 11:40 buy"),
        ("cem", "10:00 view, 11:01 view"),
    ];
    let report = |count: &str| funnel(&people, &["view", "buy"], &json!({"count": count}));
    assert_eq!(units(&report("totals")), [6, 3]);
    assert_eq!(units(&report("units")), [3, 2]);
}

#[test]
fn the_breakdown() {
    let people = [
        ("ann", "10:00 view@mail, 10:10 buy@ads"),
        ("bob", "10:00 view@ads, 10:05 view@mail, 10:20 buy"),
        ("cem", "10:00 view@ads"),
        ("dee", "10:00 view"),
    ];
    let groups = |at: Value| {
        let options = json!({"breakdown": {"by": {"prop": "channel"}, "at": at}});
        let report = funnel(&people, &["view", "buy"], &options);
        let group = |group: &analyzer::analysis::funnel::FunnelGroup| {
            let value = match (&group.kind, &group.value) {
                (GroupKind::Value, Some(PropOperand::String(value))) => value.clone(),
                (GroupKind::None, None) => "none".to_owned(),
                other => panic!("{other:?}"),
            };
            (value, units(&group.report))
        };
        let groups = report.breakdown.unwrap().groups;
        groups.iter().map(group).collect::<Vec<_>>()
    };
    let expected = [
        ("ads".to_owned(), vec![2, 1]),
        ("mail".to_owned(), vec![1, 1]),
        ("none".to_owned(), vec![1, 0]),
    ];
    assert_eq!(groups(json!("first_touch")), expected);
    assert_eq!(groups(json!("last_touch")), expected);
    let at_step_2 = [
        ("ads".to_owned(), vec![1, 1]),
        ("none".to_owned(), vec![3, 1]),
    ];
    assert_eq!(groups(json!({"step": 2})), at_step_2);
}

#[test]
fn the_touch_of_a_session() {
    let people = [("eve", "10:00 view@mail, 10:45 search@ads, 10:55 buy")];
    let value = |within: Value| {
        let breakdown = json!({"by": {"prop": "channel"}, "at": "last_touch", "within": within});
        let report = funnel(&people, &["view", "buy"], &json!({"breakdown": breakdown}));
        report.breakdown.unwrap().groups[0].value.clone().unwrap()
    };
    assert_eq!(
        value(json!("person")),
        PropOperand::String("ads".to_owned())
    );
    assert_eq!(
        value(json!("session")),
        PropOperand::String("mail".to_owned())
    );
}

#[test]
fn the_trend() {
    let people = [("ann", "23:30 view, 23:40 buy"), ("bob", "10:00 view")];
    let periods = |zone: &str| -> Vec<(String, Vec<u64>, bool)> {
        let options = json!({"trend": {"by": "day", "time_zone": zone}});
        let trend = funnel(&people, &["view", "buy"], &options).trend.unwrap();
        let periods = trend.periods.into_iter();
        periods
            .map(|period| (period.label, period.n_units, period.is_incomplete))
            .collect()
    };
    let label = |day: &str| format!("1970-01-{day}");
    assert_eq!(periods("UTC"), [(label("01"), vec![2, 1], true)]);
    assert_eq!(
        periods("Europe/Berlin"),
        [
            (label("01"), vec![1, 0], false),
            (label("02"), vec![1, 1], true)
        ]
    );
}

#[test]
fn the_difference() {
    let difference = RateDifference::new((56, 48), (70, 80));
    let rounded = |value: Option<f64>, digits: i32| {
        let scale = 10_f64.powi(digits);
        (value.unwrap() * scale).round() / scale
    };
    assert_eq!(rounded(difference.difference, 3), 0.2);
    assert_eq!(rounded(difference.low, 3), 0.052);
    assert_eq!(rounded(difference.high, 3), 0.334);
    assert_eq!(rounded(difference.z, 2), 2.65);
    assert_eq!(rounded(difference.p, 3), 0.008);
}

#[test]
fn the_correlation() {
    let people = [
        ("a", "10:00 view, 10:05 search, 10:10 buy"),
        ("b", "10:00 view, 10:05 search, 10:10 buy"),
        ("c", "10:00 view, 10:05 search, 10:10 buy"),
        ("d", "10:00 view, 10:10 buy, 10:20 search"),
        ("e", "10:00 view, 10:05 search"),
        ("f", "10:00 view"),
        ("g", "10:00 view, 11:30 search"),
        ("h", "09:00 search, 10:00 view"),
    ];
    let options = json!({"correlation": {"min_units": 1}});
    let report = funnel(&people, &["view", "buy"], &options);
    let correlation = report.correlation.unwrap();
    assert_eq!((correlation.n_converted, correlation.n_dropped), (4, 4));
    let [search] = &correlation.correlates[..] else {
        panic!("{correlation:?}");
    };
    assert_eq!(search.of, Trait::Event("search".to_owned()));
    assert_eq!((search.n_converted, search.n_dropped), (3, 1));
    let odds = search.odds_ratio;
    assert!((odds.value - 9.0).abs() < 1e-9, "{odds:?}");
    assert!((odds.low - 0.37).abs() < 0.005, "{odds:?}");
    assert!((odds.high - 220.9).abs() < 0.05, "{odds:?}");
    assert!((odds.p - 0.18).abs() < 0.005, "{odds:?}");
}
