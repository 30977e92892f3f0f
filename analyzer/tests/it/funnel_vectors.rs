//! Published cases with their answers.

use analyzer::analysis::Analysis;
use analyzer::analysis::funnel::{Funnel, FunnelConfig};
use analyzer::dataset::{BuildOptions, DatasetBuilder};
use analyzer::row::Row;
use serde_json::{Value, json};

const CASES: &str = include_str!("../vectors/funnel.json");
const MINUTE: i64 = 60_000;

fn step(step: &Value) -> Value {
    match step {
        Value::Array(names) => {
            json!({"filter": {"any": names.iter().map(|name| json!({"name": name})).collect::<Vec<Value>>()}})
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
        builder
            .push(&Row {
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
    let config: FunnelConfig = serde_json::from_value(config).unwrap();
    let plan = Funnel::plan(&config, &dataset).unwrap();
    let report = Funnel::finish(&plan, Funnel::scan(&plan, &dataset, 0..dataset.n_people()));

    let reached = report.steps.iter().filter(|step| step.n_units == 1).count() as u64;
    assert_eq!(Some(reached), case["reached"].as_u64(), "{name}");
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
    assert_eq!(cases.len(), 22);
    cases.iter().for_each(check);
}
