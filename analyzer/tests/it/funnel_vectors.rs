//! Published cases with their answers.

use analyzer::analysis::Analysis;
use analyzer::analysis::funnel::{Funnel, FunnelConfig, FunnelStep};
use analyzer::dataset::{BuildOptions, DatasetBuilder};
use analyzer::row::{ItemRef, Row};
use serde_json::{Value, json};

const CASES: &str = include_str!("../vectors/funnel.json");
const MINUTE: i64 = 60_000;

fn step(step: &Value) -> Value {
    match step {
        Value::Array(names) => {
            json!({"filter": {"any": names.iter().map(|name| json!({"name": name})).collect::<Vec<Value>>()}})
        }
        Value::Object(step) => {
            json!({"filter": {"name": step["name"]}, "optional": step["optional"]})
        }
        name => json!({"filter": {"name": name}}),
    }
}

fn check(case: &Value) {
    let name = case["name"].as_str().unwrap();
    let mut builder = DatasetBuilder::new(BuildOptions::default());
    for (position, event) in case["events"].as_array().unwrap().iter().enumerate() {
        let options = &event[2];
        let id = options["id"]
            .as_str()
            .map(|id| id.bytes().fold(0, |id, byte| id << 8 | u128::from(byte)));
        let item_id = options["item_id"].as_str();
        let item = ItemRef {
            item_id,
            ..ItemRef::default()
        };
        builder
            .push(&Row {
                items: item_id.map_or(&[], |_| std::slice::from_ref(&item)),
                id,
                ts: event[1].as_i64().unwrap() * MINUTE,
                seq: options["seq"].as_u64().unwrap_or(position as u64) as u32,
                tab: Some(options["tab"].as_str().unwrap_or("tab")),
                visitor: Some("visitor"),
                name: event[0].as_str().unwrap(),
                ..Row::default()
            })
            .unwrap();
    }
    let dataset = builder.finish();
    let mut config = json!({
        "steps": case["steps"].as_array().unwrap().iter().map(step).collect::<Vec<Value>>(),
        "window_millis": 60 * MINUTE,
    });
    if let Some(order) = case.get("order") {
        config["order"] = order.clone();
    }
    if let Some(end) = case.get("data_ends") {
        config["data_end_ts"] = json!(end.as_i64().unwrap() * MINUTE);
    }
    for key in ["open", "hold"] {
        if let Some(value) = case.get(key) {
            config[key] = value.clone();
        }
    }
    if let Some(exclusions) = case.get("exclude") {
        let exclusion = |exclusion: &Value| {
            json!({
                "filter": {"name": exclusion["name"]}, "mode": exclusion["mode"],
                "after_step": exclusion["between"][0], "before_step": exclusion["between"][1],
            })
        };
        config["exclude"] = exclusions
            .as_array()
            .unwrap()
            .iter()
            .map(exclusion)
            .collect();
    }
    let config: FunnelConfig = serde_json::from_value(config).unwrap();
    let plan = Funnel::plan(&config, &dataset).unwrap();
    let report = Funnel::finish(&plan, Funnel::scan(&plan, &dataset, 0..dataset.n_people()));

    // The deepest step; null for a unit that left the funnel.
    let deepest = report.steps.iter().rposition(|step| step.n_units == 1);
    let reached = match report.n_removed {
        Some(1) => None,
        _ => Some(deepest.map_or(0, |step| step as u64 + 1)),
    };
    assert_eq!(reached, case["reached"].as_u64(), "{name}");
    assert_eq!(report.n_units, u64::from(deepest.is_some()), "{name}");
    if let Some(skipped) = case.get("skipped") {
        let is_skipped = |index: &usize| {
            report.steps[*index - 1]
                .optional
                .is_some_and(|step| step.n_skipped == 1)
        };
        let found: Vec<usize> = (1..=report.steps.len()).filter(is_skipped).collect();
        assert_eq!(&json!(found), skipped, "{name}");
    }
    if let Some(entered) = case.get("entered") {
        let is_entry = |step: &FunnelStep| step.open.is_some_and(|open| open.n_entered == 1);
        let found = report.steps.iter().position(is_entry);
        assert_eq!(
            found.map(|step| step as u64 + 1),
            entered.as_u64(),
            "{name}"
        );
    }
    if let Some(pending) = case.get("pending") {
        assert_eq!(
            report.steps.iter().any(|step| step.n_pending == 1),
            pending.as_bool().unwrap(),
            "{name}"
        );
    }
    if let Some(entered_at) = case.get("entered_at") {
        let last = case["events"].as_array().unwrap().last().unwrap()[1]
            .as_i64()
            .unwrap();
        let millis = report
            .steps
            .last()
            .and_then(|step| step.millis_from_first)
            .map(|times| times.median);
        assert_eq!(
            millis,
            Some(((last - entered_at.as_i64().unwrap()) * MINUTE) as f64),
            "{name}"
        );
    }
}

#[test]
fn every_case_gives_its_answer() {
    let cases: Value = serde_json::from_str(CASES).unwrap();
    let cases = cases["cases"].as_array().unwrap();
    assert_eq!(cases.len(), 33);
    cases.iter().for_each(check);
}
