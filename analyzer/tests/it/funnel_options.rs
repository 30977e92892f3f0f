//! Funnels with optional steps, exclusions, entry at any step and held values.

use analyzer::analysis::Analysis;
use analyzer::analysis::funnel::{Funnel, FunnelConfig};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::events::{build, events, lively, options, people};
use crate::funnel_options_twin;
use crate::requests::funnel_with_options;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3000))]
    #[test]
    fn the_fast_funnel_with_options_is_the_slow_one(events in prop_oneof![events().boxed(), lively().boxed()], options in options(), config in funnel_with_options()) {
        let dataset = build(&events, &options);
        let plan = Funnel::plan(&config, &dataset).unwrap();
        let mut report = Funnel::finish(&plan, Funnel::scan(&plan, &dataset, 0..dataset.n_people()));
        for step in &mut report.steps {
            step.label.clear();
        }
        let expected = funnel_options_twin::funnel(&people(&events, options.stitch_identities), &config);
        for (step, next) in report.steps.iter().zip(&report.steps[1..]) {
            let n_entered = next.open.map_or(0, |open| open.n_entered);
            prop_assert_eq!(step.n_units + n_entered, next.n_units + step.n_dropped + step.n_pending);
        }
        prop_assert_eq!((report.n_units, report.n_removed, report.steps), expected);
    }
}

fn check_error(options: &Value, expected: &str) {
    let mut config = json!({"steps": [{"filter": {"name": "a"}}, {"filter": {"name": "b"}}, {"filter": {"name": "c"}}]});
    for (key, value) in options.as_object().unwrap() {
        config[key] = value.clone();
    }
    let config: FunnelConfig = serde_json::from_value(config).unwrap();
    let error = Funnel::plan(&config, &build(&[], &Default::default())).err();
    assert_eq!(
        error.map(|error| error.to_string()).as_deref(),
        Some(expected)
    );
}

#[test]
fn options_that_make_no_sense_are_named() {
    let optional = |index: usize| {
        let mut steps = json!([{"filter": {"name": "a"}}, {"filter": {"name": "b"}}, {"filter": {"name": "c"}}]);
        steps[index]["optional"] = json!(true);
        steps
    };
    let ends = "cannot be said of the first or the last step; leave out the step instead";
    check_error(
        &json!({"steps": optional(0)}),
        &format!("steps[0].optional {ends}"),
    );
    check_error(
        &json!({"steps": optional(2)}),
        &format!("steps[2].optional {ends}"),
    );
    for order in ["strict", "any"] {
        check_error(
            &json!({"steps": optional(1), "order": order}),
            "steps[1].optional needs the order `sequential`; leave it out or change the order",
        );
        check_error(
            &json!({"order": order, "exclude": [{"filter": {"name": "x"}, "mode": "break"}]}),
            "exclude[0] needs the order `sequential`; in another one nothing lies between two steps",
        );
    }
    check_error(
        &json!({"order": "any", "open": true}),
        "open says nothing in any order, where every step may come first; leave it out",
    );
    check_error(
        &json!({"hold": {"prop": ""}}),
        "hold.prop is empty; name a property",
    );

    let exclude = |after: u32, before: u32| json!([{"filter": {"name": "x"}, "after_step": after, "before_step": before, "mode": "remove"}]);
    check_error(
        &json!({"exclude": exclude(0, 2)}),
        "exclude[0].after_step is 0; steps count from 1 to 3",
    );
    check_error(
        &json!({"exclude": exclude(1, 4)}),
        "exclude[0].before_step is 4; steps count from 1 to 3",
    );
    check_error(
        &json!({"exclude": exclude(2, 2)}),
        "exclude[0] lies between step 2 and step 2; the second must come later",
    );
    check_error(
        &json!({"steps": optional(1), "exclude": exclude(1, 2)}),
        "exclude[0].before_step is 2, an optional step; name one that every chain takes",
    );
    check_error(
        &json!({"exclude": [{"filter": {"name": ""}, "mode": "break"}]}),
        "exclude[0].filter is empty; name an event or a page",
    );
    let many = vec![json!({"filter": {"name": "x"}, "mode": "break"}); 33];
    check_error(
        &json!({"exclude": many}),
        "exclude has 33 entries; a funnel has up to 32",
    );
}
