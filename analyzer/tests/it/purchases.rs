//! An order that is told more than once is one purchase.

use analyzer::dataset::{BuildOptions, Dataset};
use analyzer::{Request, run};
use proptest::prelude::*;
use serde_json::{Value, from_value, json, to_value};

use crate::events::MINUTE;
use crate::shop::{ShopEvent, build, build_with, shop_events, told_once};

fn report(dataset: &Dataset, request: &Value) -> Value {
    let request: Request = from_value(request.clone()).unwrap();
    to_value(run(dataset, &request).unwrap()).unwrap()
}

fn requests() -> [Value; 4] {
    [
        json!({"analysis": "funnel", "steps": [{"filter": {"name": "add_to_cart"}}, {"filter": {"name": "purchase"}}],
            "window_millis": 600 * MINUTE, "data_end_ts": 0}),
        json!({"analysis": "carts", "data_end_ts": 0}),
        json!({"analysis": "transitions"}),
        json!({"analysis": "exact_paths", "goal": {"name": "purchase"}}),
    ]
}

proptest! {
    #[test]
    fn reports_are_those_of_the_purchases_told_once(
        (events, shuffled) in shop_events().prop_flat_map(|events| (Just(events.clone()), Just(events).prop_shuffle())),
    ) {
        prop_assert_eq!(build(&shuffled), build(&events));
        let once = told_once(&events);
        let (all, once) = (build(&events), build(&once));
        let n_repeated = (all.n_events() as u64).abs_diff(events.len() as u64);
        prop_assert_eq!(all.n_events(), once.n_events());
        prop_assert_eq!(all.counts().n_repeated_purchases, n_repeated);
        prop_assert_eq!(once.counts().n_repeated_purchases, 0);
        for request in requests() {
            let (mut all, once) = (report(&all, &request), report(&once, &request));
            let warnings = all["warnings"].as_array_mut().unwrap();
            let n_warnings = warnings.len();
            warnings.retain(|warning| warning["kind"] != "repeated_purchases");
            prop_assert_eq!(n_warnings - warnings.len(), usize::from(n_repeated > 0));
            prop_assert_eq!(all, once);
        }
    }
}

fn event(ts: i64, user: &'static str, name: &'static str, id: &'static str) -> ShopEvent {
    ShopEvent {
        ts,
        user,
        name,
        page: None,
        cart: None,
        transaction: Some(id),
        item: Some(("p", 1)),
        item_name: None,
        amount: Some((250, "EUR")),
        number: 0.0,
    }
}

#[test]
fn whoever_tells_it_again_and_however_its_event_is_called() {
    let events = [
        event(0, "ann", "purchase", "t1"),
        event(10, "ann", "purchase", "t1"),
        event(20, "bob", "purchase", "t1"),
        event(30, "ann", "refund", "t1"),
        event(40, "ann", "payment_error", "t1"),
        event(50, "ann", "order", "t1"),
        event(60, "ann", "purchase", ""),
        event(70, "ann", "purchase", ""),
    ];
    let n_repeated = |names: &[&str]| {
        let options = BuildOptions {
            purchases: names.iter().map(|&name| name.into()).collect(),
            ..BuildOptions::default()
        };
        build_with(&events, options).counts().n_repeated_purchases
    };
    assert_eq!(build(&events).counts().n_repeated_purchases, 2);
    assert_eq!(n_repeated(&[]), 0);
    assert_eq!(n_repeated(&["order"]), 0);
    assert_eq!(n_repeated(&["order", "purchase"]), 3);
}
