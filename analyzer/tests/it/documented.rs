//! The examples of docs/analyses.md, with the numbers printed there.

use analyzer::analysis::{FunnelReport, PathPatternReport};
use analyzer::dataset::{BuildOptions, Dataset, DatasetBuilder};
use analyzer::row::Row;
use analyzer::{Report, run};
use serde_json::{Value, json};

/// A day's events, written as the person and then time and name of each.
fn day(people: &[(&str, &str)]) -> Dataset {
    let mut builder = DatasetBuilder::new(BuildOptions::default());
    for (visitor, events) in people {
        for event in events.split(", ") {
            let (time, name) = event.split_once(' ').unwrap();
            let (hours, minutes) = time.split_once(':').unwrap();
            let minutes = hours.parse::<i64>().unwrap() * 60 + minutes.parse::<i64>().unwrap();
            let row = Row {
                ts: minutes * 60_000,
                visitor: Some(visitor),
                name,
                ..Row::default()
            };
            builder.push(&row).unwrap();
        }
    }
    builder.finish()
}

fn funnel(order: &str) -> FunnelReport {
    let dataset = day(&[
        ("ann", "10:00 view, 10:05 cart, 10:30 buy"),
        ("bob", "10:00 view, 10:50 view, 11:10 cart"),
        ("cem", "10:00 cart, 10:01 view, 10:20 search"),
        ("dee", "11:30 view"),
    ]);
    let step = |name: &str| json!({"filter": {"name": name}});
    let request = json!({
        "analysis": "funnel", "order": order, "window_millis": 60 * 60_000, "data_end_ts": 12 * 60 * 60_000,
        "steps": [step("view"), step("cart"), step("buy")],
    });
    match run(&dataset, &serde_json::from_value(request).unwrap()).unwrap() {
        Report::Funnel(report) => report,
        other => panic!("not a funnel: {other:?}"),
    }
}

fn percent(rate: analyzer::analysis::statistics::Rate) -> [Option<f64>; 3] {
    [rate.value, rate.low, rate.high]
        .map(|share| share.map(|share| (share * 1000.0).round() / 10.0))
}

#[test]
fn the_funnel() {
    let report = funnel("sequential");
    let counts: Vec<(u64, u64, u64)> = report
        .steps
        .iter()
        .map(|step| (step.n_units, step.n_dropped, step.n_pending))
        .collect();
    assert_eq!(counts, [(4, 1, 1), (2, 1, 0), (1, 0, 0)]);
    assert_eq!(
        percent(report.steps[1].conversion_from_first),
        [Some(50.0), Some(15.0), Some(85.0)]
    );
    assert_eq!(
        percent(report.steps[2].conversion_from_first),
        [Some(25.0), Some(4.6), Some(69.9)]
    );
    assert_eq!(
        percent(report.steps[2].conversion_from_previous),
        [Some(50.0), Some(9.5), Some(90.5)]
    );
    let medians: Vec<Option<f64>> = report
        .steps
        .iter()
        .map(|step| {
            step.millis_from_previous
                .map(|times| times.median / 60_000.0)
        })
        .collect();
    assert_eq!(medians, [None, Some(12.5), Some(25.0)]);
    let next = &report.steps[0].next_events_of_dropped;
    assert_eq!(
        next.iter()
            .map(|next| (next.name.as_str(), next.n_units))
            .collect::<Vec<_>>(),
        [("search", 1)]
    );
}

#[test]
fn the_funnel_in_any_order() {
    let report = funnel("any");
    let steps: Vec<(&str, u64)> = report
        .steps
        .iter()
        .map(|step| (step.label.as_str(), step.n_units))
        .collect();
    assert_eq!(steps, [("1 of 3", 4), ("2 of 3", 3), ("3 of 3", 1)]);
}

#[test]
fn the_patterns() {
    let dataset = day(&[
        (
            "ann",
            "10:00 list, 10:01 item, 10:02 item, 10:03 cart, 10:04 buy",
        ),
        ("bob", "10:00 list, 10:01 item, 10:02 list"),
        ("cem", "10:00 item, 10:01 cart"),
        ("dee", "10:00 list"),
    ]);
    for (pattern, n_matching) in [
        ("list -> .* -> cart", 1),
        ("item", 3),
        ("item -> $", 0),
        ("item -> cart", 2),
    ] {
        let request: Value = json!({"analysis": "path_pattern", "pattern": pattern});
        match run(&dataset, &serde_json::from_value(request).unwrap()).unwrap() {
            Report::PathPattern(PathPatternReport {
                n_units,
                n_matching: found,
                ..
            }) => {
                assert_eq!((n_units, found), (4, n_matching), "{pattern}");
            }
            other => panic!("not a pattern: {other:?}"),
        }
    }
}

#[test]
fn the_intervals() {
    use analyzer::analysis::statistics::Rate;
    assert_eq!(
        percent(Rate::new(2, 4)),
        [Some(50.0), Some(15.0), Some(85.0)]
    );
    assert_eq!(
        percent(Rate::new(0, 10)),
        [Some(0.0), Some(0.0), Some(27.8)]
    );
}
