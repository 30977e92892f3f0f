//! The examples of docs/analyses/cart.md and friction.md, with the numbers printed there.

use analyzer::analysis::statistics::Rate;
use analyzer::dataset::{BuildOptions, Dataset, DatasetBuilder};
use analyzer::row::Row;
use analyzer::run;
use serde_json::{Value, json};

/// Events written as the person and then time and name of each, and a page where there is one.
fn day(people: &[(&str, &str)]) -> Dataset {
    let mut builder = DatasetBuilder::new(BuildOptions::default());
    for (user, events) in people {
        for event in events.split(", ") {
            let mut parts = event.split(' ');
            let (hours, minutes) = parts.next().unwrap().split_once(':').unwrap();
            let minutes = hours.parse::<i64>().unwrap() * 60 + minutes.parse::<i64>().unwrap();
            let row = Row {
                ts: minutes * 60_000,
                user: Some(user),
                name: parts.next().unwrap(),
                page: parts.next(),
                ..Row::default()
            };
            builder.push(&row).unwrap();
        }
    }
    builder.finish()
}

fn ask(dataset: &Dataset, request: Value) -> Value {
    let report = run(dataset, &serde_json::from_value(request).unwrap()).unwrap();
    serde_json::to_value(report).unwrap()
}

fn percent(rate: &Value) -> [f64; 3] {
    let Rate { value, low, high } = serde_json::from_value(rate.clone()).unwrap();
    [value, low, high].map(|share| (share.unwrap() * 1000.0).round() / 10.0)
}

#[test]
fn the_carts() {
    let dataset = day(&[
        (
            "ann",
            "10:00 add_to_cart, 10:20 begin_checkout, 10:30 purchase",
        ),
        ("bob", "10:00 add_to_cart, 10:50 page_view, 11:45 page_view"),
        ("cem", "10:00 add_to_cart, 12:00 view_cart, 12:10 purchase"),
        ("dee", "10:00 add_to_cart, 10:05 remove_from_cart"),
        ("eve", "23:30 add_to_cart"),
    ]);
    let report = ask(
        &dataset,
        json!({"analysis": "carts", "data_end_ts": 24 * 60 * 60_000}),
    );
    for (field, n) in [
        ("n_carts", 5),
        ("n_purchased", 2),
        ("n_emptied", 1),
        ("n_abandoned", 1),
        ("n_open", 1),
        ("n_ever_abandoned", 2),
        ("n_recovered", 1),
        ("n_recovered_purchased", 1),
    ] {
        assert_eq!(report[field], n, "{field}");
    }
    assert_eq!(percent(&report["purchase_rate"]), [40.0, 11.8, 76.9]);
    assert_eq!(percent(&report["recovery_rate"]), [50.0, 9.5, 90.5]);
    assert_eq!(report["millis_to_abandonment"]["median"], 105.0 * 60_000.0);
    assert_eq!(report["abandoned_at"][0]["step"], "cart");
    assert_eq!(report["last_events"][0]["name"], "page_view");
    assert_eq!(report["reminders"][0]["user"], "bob");
}

#[test]
fn the_friction() {
    let dataset = day(&[
        (
            "ann",
            "10:00 page_view /cart, 10:01 rage_click /cart, 10:02 page_view /cart",
        ),
        (
            "bob",
            "10:00 page_view /cart, 10:01 page_view /pay, 10:02 purchase /pay",
        ),
        (
            "cem",
            "10:00 page_view /cart, 10:01 page_view /pay, 10:02 payment_error /pay",
        ),
    ]);
    let request =
        json!({"analysis": "friction", "touchpoint": "page", "goal": {"name": "purchase"}});
    let report = ask(&dataset, request);
    let [cart, pay] = [&report["touchpoints"][0], &report["touchpoints"][1]];
    assert_eq!(
        (&cart["label"], &cart["n_visits"]),
        (&json!("/cart"), &json!(4))
    );
    assert_eq!(percent(&cart["index"]), [25.0, 4.6, 69.9]);
    let conversion = &cart["conversion"];
    assert_eq!(percent(&conversion["with"])[0], 0.0);
    assert_eq!(percent(&conversion["without"])[0], 50.0);
    assert_eq!(
        (&conversion["n_with"], &conversion["n_without"]),
        (&json!(1), &json!(2))
    );
    assert_eq!(
        (&pay["n_visits"], percent(&pay["index"])[0]),
        (&json!(2), 50.0)
    );
    assert_eq!(pay["signals"][0]["signal"], "payment_error");
}

#[test]
fn the_requests_of_the_pages_are_requests() {
    let pages = [
        include_str!("../../../docs/analyses/cart.md"),
        include_str!("../../../docs/analyses/friction.md"),
        include_str!("../../../docs/analyses/scope.md"),
    ];
    let dataset = day(&[("ann", "10:00 a")]);
    let mut n_requests = 0;
    for page in pages {
        for block in page.split("```json\n").skip(1) {
            let text = block.split("```").next().unwrap();
            let mut request: analyzer::Request = serde_json::from_str(text).unwrap();
            request.resolve_time_zones(&mut |name| {
                analyzer::analysis::time_zone::transitions(name, 0..=2_000_000_000_000)
            });
            run(&dataset, &request).unwrap();
            n_requests += 1;
        }
    }
    assert_eq!(n_requests, 5);
}
