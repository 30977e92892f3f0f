//! The warning about what a request asks for and the data lacks.

use analyzer::dataset::{BuildOptions, Dataset, DatasetBuilder};
use analyzer::row::{PropRef, Row};
use analyzer::{Request, run};
use serde_json::{Value, json};

/// A view of `/p/1` with the property `plan`, and a purchase.
fn dataset() -> Dataset {
    let mut builder = DatasetBuilder::new(BuildOptions::default());
    for (ts, name) in [(1, "view"), (2, "purchase")] {
        let row = Row {
            ts,
            visitor: Some("v"),
            name,
            page: Some("/p/1"),
            props: &[("plan", PropRef::String("pro"))],
            ..Row::default()
        };
        builder.push(&row).unwrap();
    }
    builder.finish()
}

/// What is said to be absent: the middle of the message.
fn absent(request: &Value) -> Option<String> {
    let request: Request = serde_json::from_value(request.clone()).unwrap();
    let report = serde_json::to_value(run(&dataset(), &request).unwrap()).unwrap();
    let warnings = report["warnings"].as_array().unwrap();
    let warning = warnings.iter().find(|it| it["kind"] == "not_in_data")?;
    let message = warning["message"].as_str().unwrap();
    let rest = message
        .strip_prefix("no event of the data has the ")
        .unwrap();
    Some(rest.split(';').next().unwrap().to_owned())
}

#[test]
fn what_no_event_has_is_named() {
    let name = |name: &str| json!({"name": name});
    let prop = |key: &str| json!({"prop": {"key": key, "op": "exists"}});
    let steps = json!([{"filter": name("view")}, {"filter": name("purchse")}]);
    let cases = [
        (
            json!({"analysis": "funnel", "steps": steps}),
            "name `purchse`",
        ),
        (
            json!({"analysis": "funnel", "steps": [{"filter": {"any": [name("view"), {"not": name("b")}, {"page": "/q"}]}}],
                "exclude": [], "hold": {"prop": "lot"}, "breakdown": {"by": {"prop": "brand"}}}),
            "name `b`, nor the page `/q`, nor the property `brand` or `lot`",
        ),
        (
            json!({"analysis": "funnel", "steps": [{"filter": name("view")}, {"filter": name("purchase")}],
                "exclude": [{"filter": name("gone"), "mode": "break"}]}),
            "name `gone`",
        ),
        (
            json!({"analysis": "paths", "node": {"prop": "plam"}, "start": name("x"), "end": name("y")}),
            "name `x` or `y`, nor the property `plam`",
        ),
        (
            json!({"analysis": "transitions", "node": {"stage": [{"label": "one", "filter": prop("lot")}]}}),
            "property `lot`",
        ),
        (
            json!({"analysis": "step_matrix", "center": name("x")}),
            "name `x`",
        ),
        (
            json!({"analysis": "exact_paths", "goal": name("x")}),
            "name `x`",
        ),
        (
            json!({"analysis": "path_pattern", "pattern": "view -> [^x] -> .", "center": name("y")}),
            "name `x` or `y`",
        ),
        (
            json!({"analysis": "path_pattern", "node": "page", "pattern": "/p/:id -> /q"}),
            "page `/q`",
        ),
        (json!({"analysis": "carts"}), "name `add_to_cart`"),
        (
            json!({"analysis": "friction", "goal": name("x")}),
            "name `x`",
        ),
        (
            json!({"analysis": "paths", "scope": {"events": name("x"), "sessions": {"did": {"filter": prop("lot")}},
                "people": {"all": [{"sequence": "view -> y"}, {"not": {"first": name("z")}}]}}}),
            "name `x` or `y` or `z`, nor the property `lot`",
        ),
    ];
    for (request, expected) in cases {
        assert_eq!(absent(&request).as_deref(), Some(expected), "{request}");
    }
}

#[test]
fn nothing_is_said_of_what_some_event_has() {
    let named = |name: &str| json!({"filter": {"name": name}});
    let requests = [
        json!({"analysis": "funnel", "steps": [named("view"), named("purchase")],
            "hold": {"prop": "plan"}, "breakdown": {"by": {"prop": "plan"}}}),
        // What the dates leave out is still in the data.
        json!({"analysis": "funnel", "steps": [named("purchase")], "scope": {"dates": {"from": 3}}}),
        json!({"analysis": "path_pattern", "node": "page", "pattern": "/p/:id"}),
        json!({"analysis": "path_pattern", "node": {"prop": "plan"}, "pattern": "free"}),
        json!({"analysis": "friction"}),
    ];
    for request in requests {
        assert_eq!(absent(&request), None, "{request}");
    }
}

#[test]
fn both_sides_of_a_comparison_say_it() {
    let request = json!({"analysis": "compare", "a": {}, "b": {"events": {"name": "x"}},
        "request": {"analysis": "exact_paths", "goal": {"name": "y"}}});
    let request: Request = serde_json::from_value(request).unwrap();
    let report = serde_json::to_value(run(&dataset(), &request).unwrap()).unwrap();
    let says = |side: &str, text: &str| report[side]["warnings"].to_string().contains(text);
    assert!(
        says("a", "name `y`") && says("b", "name `x` or `y`"),
        "{report}"
    );
}
