//! Funnels with totals, breakdown, trend and correlation.

use analyzer::analysis::Analysis;
use analyzer::analysis::funnel::{Funnel, FunnelConfig, FunnelPartial, difference};
use analyzer::analysis::statistics::RateDifference;
use analyzer::analysis::wire::Wire;
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::events::{build, events, lively, options, people};
use crate::funnel_extras_twin;
use crate::funnel_options_twin;
use crate::requests::funnel_with_extras;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3000))]
    #[test]
    fn the_fast_extras_are_the_slow_ones(events in prop_oneof![events().boxed(), lively().boxed()], options in options(), config in funnel_with_extras()) {
        let dataset = build(&events, &options);
        let plan = Funnel::plan(&config, &dataset).unwrap();
        let partial = Funnel::scan(&plan, &dataset, 0..dataset.n_people());
        let mut bytes = Vec::new();
        partial.write(&mut bytes);
        let read = FunnelPartial::read(&mut bytes.as_slice());
        prop_assert_eq!(read.as_ref(), Some(&partial));
        let mut report = Funnel::finish(&plan, partial);
        for step in &mut report.steps {
            step.label.clear();
        }
        let people = people(&events, options.stitch_identities);
        let (n_units, n_removed, steps) = funnel_options_twin::funnel(&people, &config);
        prop_assert_eq!((report.n_units, report.n_removed, &report.steps), (n_units, n_removed, &steps));
        prop_assert_eq!(funnel_extras_twin::groups_of(&report), funnel_extras_twin::groups(&people, &config));
        prop_assert_eq!(report.trend, funnel_extras_twin::trend(&people, &config));
        prop_assert_eq!(report.correlation, funnel_extras_twin::correlation(&people, &config));
    }
}

#[test]
fn a_funnel_does_not_differ_from_itself() {
    let dataset = build(&[], &Default::default());
    let config: FunnelConfig = serde_json::from_value(
        json!({"steps": [{"filter": {"name": "A"}}, {"filter": {"name": "B"}}]}),
    )
    .unwrap();
    let plan = Funnel::plan(&config, &dataset).unwrap();
    let report = Funnel::finish(&plan, Funnel::scan(&plan, &dataset, 0..0));
    let nothing = RateDifference::new((0, 0), (0, 0));
    for step in difference(&report, &report).steps {
        assert_eq!((step.from_first, step.from_previous), (nothing, nothing));
    }
}

fn check_error(options: &Value, expected: &str) {
    let mut config = json!({"steps": [{"filter": {"name": "a"}}, {"filter": {"name": "b"}}]});
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
fn extras_that_make_no_sense_are_named() {
    check_error(
        &json!({"count": "totals", "open": true}),
        "count is `totals`, which an open funnel does not have: where every step may start an attempt, no attempt has a definite end; count units, or leave out `open`",
    );
    check_error(
        &json!({"breakdown": {"by": "name", "n_top": 0}}),
        "breakdown.n_top is 0; give a number from 1 to 100",
    );
    check_error(
        &json!({"breakdown": {"by": {"prop": "k"}, "at": {"step": 3}}}),
        "breakdown.at.step is 3; give a number from 1 to 2",
    );
    check_error(
        &json!({"breakdown": {"by": "held"}}),
        "breakdown.by is `held`, but the funnel holds nothing constant; set `hold` or name a property",
    );
    check_error(
        &json!({"correlation": {"n_top": 1001}}),
        "correlation.n_top is 1001; give a number from 1 to 1000",
    );
    check_error(
        &json!({"trend": {"by": "day", "time_zone": "Nowhere/At_All"}}),
        "trend.time_zone `Nowhere/At_All` is not a known time zone; give an IANA name such as Europe/Berlin, or UTC",
    );
}
