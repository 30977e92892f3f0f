//! The fast funnel against the slow one.

use analyzer::analysis::Analysis;
use analyzer::analysis::funnel::{Funnel, FunnelConfig};
use proptest::prelude::*;
use serde_json::json;

use crate::events::{build, events, options, people};
use crate::funnel_twin;
use crate::requests::funnel;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]
    #[test]
    fn the_fast_funnel_is_the_slow_one(events in events(), options in options(), config in funnel()) {
        let dataset = build(&events, &options);
        let plan = Funnel::plan(&config, &dataset).unwrap();
        let report = Funnel::finish(&plan, Funnel::scan(&plan, &dataset, 0..dataset.n_people()));
        let expected = funnel_twin::funnel(&people(&events, options.stitch_identities), &config);
        prop_assert_eq!(funnel_twin::rows(&report), expected);
        for (step, next) in report.steps.iter().zip(&report.steps[1..]) {
            prop_assert_eq!(step.n_units, next.n_units + step.n_dropped + step.n_pending);
        }
    }
}

fn check_error(config: serde_json::Value, expected: &str) {
    let dataset = build(&[], &Default::default());
    let config: FunnelConfig = serde_json::from_value(config).unwrap();
    let error = Funnel::plan(&config, &dataset)
        .err()
        .map(|error| error.to_string());
    assert_eq!(error.as_deref(), Some(expected));
}

#[test]
fn mistakes_in_a_request_are_named() {
    check_error(
        json!({"steps": []}),
        "steps has 0 entries; a funnel has 1 to 32",
    );
    let step = json!({"filter": {"name": "a"}});
    check_error(
        json!({"steps": vec![step.clone(); 33]}),
        "steps has 33 entries; a funnel has 1 to 32",
    );
    check_error(
        json!({"steps": [step], "window_millis": -1}),
        "window_millis is negative; give the longest time that a unit may take",
    );
    check_error(
        json!({"steps": [{"filter": {"name": ""}}]}),
        "steps[0].filter is empty; name an event or a page",
    );
    check_error(
        json!({"steps": [{"filter": {"not": {"prop": {"key": "k", "op": "gt", "value": true}}}}]}),
        "steps[0].filter needs a number or a text as value for `gt`",
    );
}

#[test]
fn unknown_fields_are_refused() {
    let error = serde_json::from_value::<FunnelConfig>(json!({"steps": [], "windw_millis": 1}))
        .unwrap_err();
    assert!(error.to_string().contains("windw_millis"), "{error}");
}

#[test]
fn a_funnel_has_up_to_32_steps() {
    let config: FunnelConfig = serde_json::from_value(json!({
        "steps": vec![json!({"filter": {"name": "A"}}); 32], "window_millis": 1000,
    }))
    .unwrap();
    for order in ["sequential", "strict", "any"] {
        let mut config = config.clone();
        config.order = serde_json::from_value(json!(order)).unwrap();
        let rows: Vec<String> = (0..40).map(|n| format!("{n}")).collect();
        let mut builder = analyzer::dataset::DatasetBuilder::new(Default::default());
        for (ts, _) in (0..).zip(&rows) {
            builder
                .push(&analyzer::row::Row {
                    ts,
                    visitor: Some("v"),
                    name: "A",
                    ..Default::default()
                })
                .unwrap();
        }
        let dataset = builder.finish();
        let plan = Funnel::plan(&config, &dataset).unwrap();
        let report = Funnel::finish(&plan, Funnel::scan(&plan, &dataset, 0..1));
        assert!(report.steps.iter().all(|step| step.n_units == 1), "{order}");
        assert_eq!(
            report.steps[31].millis_from_first.map(|times| times.median),
            Some(31.0),
            "{order}"
        );
    }
}
