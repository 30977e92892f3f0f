//! The examples of docs/analyses.md and the pages beside it, with the numbers printed there.

use analyzer::analysis::FunnelReport;
use analyzer::dataset::{BuildOptions, Dataset, DatasetBuilder};
use analyzer::row::{ItemRef, Row};
use analyzer::{Report, run};
use serde_json::{Value, json};

/// A day's events, written as the person and then time and name of each; `view#1` has item 1.
pub(crate) fn day(people: &[(&str, &str)]) -> Dataset {
    let mut builder = DatasetBuilder::new(BuildOptions::default());
    for (visitor, events) in people {
        for event in events.split(", ") {
            let (time, name) = event.split_once(' ').unwrap();
            let (hours, minutes) = time.split_once(':').unwrap();
            let minutes = hours.parse::<i64>().unwrap() * 60 + minutes.parse::<i64>().unwrap();
            let (name, item_id) = match name.split_once('#') {
                Some((name, item_id)) => (name, Some(item_id)),
                None => (name, None),
            };
            let item = ItemRef {
                item_id,
                ..ItemRef::default()
            };
            let row = Row {
                ts: minutes * 60_000,
                visitor: Some(visitor),
                name,
                items: item_id.map_or(&[], |_| std::slice::from_ref(&item)),
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

/// The funnel over `steps` with `options`, window 60 minutes, when the day is over.
fn funnel_of(people: &[(&str, &str)], steps: &Value, options: &Value) -> FunnelReport {
    let mut request = json!({
        "analysis": "funnel", "steps": steps,
        "window_millis": 60 * 60_000, "data_end_ts": 24 * 60 * 60_000,
    });
    for (key, value) in options.as_object().unwrap() {
        request[key] = value.clone();
    }
    match run(&day(people), &serde_json::from_value(request).unwrap()).unwrap() {
        Report::Funnel(report) => report,
        other => panic!("not a funnel: {other:?}"),
    }
}

fn named(names: &[&str]) -> Value {
    let steps = names.iter().map(|name| json!({"filter": {"name": name}}));
    steps.collect()
}

/// Units and dropped of each step.
fn counts(report: &FunnelReport) -> Vec<(u64, u64)> {
    let steps = report.steps.iter();
    steps.map(|step| (step.n_units, step.n_dropped)).collect()
}

/// Minutes from the step before, as a median, at the last step.
fn median(report: &FunnelReport) -> Option<f64> {
    let times = report.steps.last()?.millis_from_previous?;
    Some(times.median / 60_000.0)
}

#[test]
fn the_funnel_with_an_optional_step() {
    let people = [
        ("ann", "10:00 view, 10:05 cart, 10:30 buy"),
        ("bob", "10:00 view, 10:10 buy"),
        ("cem", "10:00 view, 10:20 cart"),
        ("dee", "10:00 view"),
    ];
    let mut steps = named(&["view", "cart", "buy"]);
    steps[1]["optional"] = json!(true);
    let report = funnel_of(&people, &steps, &json!({}));
    assert_eq!(counts(&report), [(4, 1), (3, 1), (2, 0)]);
    let cart = report.steps[1].optional.unwrap();
    assert_eq!((cart.n_took, cart.n_skipped), (2, 1));
    assert_eq!(median(&report), Some(17.5));
}

#[test]
fn the_funnel_with_an_exclusion() {
    let people = [
        ("ann", "10:00 view, 10:10 error, 10:20 buy"),
        ("bob", "10:00 view, 10:10 error, 10:20 view, 10:30 buy"),
        ("cem", "10:00 view, 10:10 buy, 10:20 error"),
        ("dee", "10:00 view, 10:10 error"),
    ];
    let report = |options: Value| funnel_of(&people, &named(&["view", "buy"]), &options);
    let exclude = |mode: &str| json!({"exclude": [{"filter": {"name": "error"}, "mode": mode}]});
    let none = report(json!({}));
    assert_eq!(
        (counts(&none), none.n_removed),
        (vec![(4, 1), (3, 0)], None)
    );
    let broken = report(exclude("break"));
    assert_eq!(
        (counts(&broken), broken.n_removed),
        (vec![(4, 2), (2, 0)], None)
    );
    assert_eq!(median(&broken), Some(10.0));
    let removed = report(exclude("remove"));
    assert_eq!(
        (counts(&removed), removed.n_removed),
        (vec![(2, 0), (2, 0)], Some(2))
    );
    let warning = removed.warnings.last().unwrap();
    assert_eq!(
        (serde_json::to_value(warning.kind).unwrap(), warning.n),
        (json!("units_removed"), Some(2))
    );
}

#[test]
fn the_open_funnel() {
    let people = [
        ("ann", "10:00 view, 10:05 cart, 10:30 buy"),
        ("bob", "10:00 cart, 10:10 buy"),
        ("cem", "10:00 cart, 10:05 view"),
        ("dee", "10:00 view, 10:10 buy"),
    ];
    let report = funnel_of(
        &people,
        &named(&["view", "cart", "buy"]),
        &json!({"open": true}),
    );
    assert_eq!(report.n_units, 4);
    assert_eq!(counts(&report), [(1, 0), (3, 1), (3, 0)]);
    let open = report.steps.iter().filter_map(|step| step.open);
    assert_eq!(
        open.map(|open| (open.n_entered, open.n_arrived))
            .collect::<Vec<_>>(),
        [(1, 0), (2, 1), (1, 2)]
    );
    assert_eq!(
        percent(report.steps[2].conversion_from_first)[0],
        Some(100.0)
    );
    assert_eq!(
        percent(report.steps[2].conversion_from_previous)[0],
        Some(66.7)
    );
}

#[test]
fn the_funnel_of_one_item() {
    let people = [
        ("ann", "10:00 view#1, 10:05 view#2, 10:30 buy#2"),
        ("bob", "10:00 view#1, 10:10 buy#2"),
        ("cem", "10:00 view#1, 10:10 buy#1"),
    ];
    let report = |options: Value| funnel_of(&people, &named(&["view", "buy"]), &options);
    let free = report(json!({}));
    assert_eq!(
        (counts(&free), median(&free)),
        (vec![(3, 0), (3, 0)], Some(10.0))
    );
    let held = report(json!({"hold": "item_id"}));
    assert_eq!(
        (counts(&held), median(&held)),
        (vec![(3, 1), (2, 0)], Some(17.5))
    );
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
