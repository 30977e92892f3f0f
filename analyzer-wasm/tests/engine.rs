//! The engine as JavaScript sees it: run in Node by wasm-bindgen's test runner.
#![cfg(all(target_arch = "wasm32", feature = "engine"))]

use analyzer_wasm::{Engine, inspect};
use js_sys::{JSON, Object, Reflect};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_test::wasm_bindgen_test;

const EVENTS: &str = r#"{"id":"0192f0c1-0000-7000-8000-000000000001","ts":1000,"seq":0,"visitor":"ann","tab":"t","name":"view_item"}
{"id":"0192f0c1-0000-7000-8000-000000000002","ts":61000,"seq":1,"visitor":"ann","tab":"t","name":"add_to_cart"}
{"id":"0192f0c1-0000-7000-8000-000000000002","ts":61000,"seq":1,"visitor":"ann","tab":"t","name":"add_to_cart"}
{"id":"0192f0c1-0000-7000-8000-000000000003","ts":2000,"seq":0,"visitor":"bob","tab":"u","name":"view_item"}
{"id":"0192f0c1-0000-7000-8000-000000000004","ts":"soon","seq":0,"visitor":"bob","tab":"u","name":"view_item"}
"#;

fn engine() -> Engine {
    let mut engine = Engine::new(JsValue::UNDEFINED).unwrap();
    let (head, tail) = EVENTS.as_bytes().split_at(100);
    engine.push(head).unwrap();
    let progress = engine.push(tail).unwrap();
    assert_eq!(
        get(&progress, "n_bytes"),
        JsValue::from(EVENTS.len() as u32)
    );
    let rejections = engine.finish().unwrap();
    assert_eq!(get(&rejections, "n_rejected"), JsValue::from(1));
    engine
}

fn get(object: &JsValue, key: &str) -> JsValue {
    Reflect::get(object, &key.into()).unwrap()
}

fn parse(json: &str) -> JsValue {
    JSON::parse(json).unwrap()
}

fn funnel() -> JsValue {
    parse(
        r#"{"analysis":"funnel","window_millis":60000,
            "steps":[{"filter":{"name":"view_item"}},{"filter":{"any":[{"name":"add_to_cart"},{"name":"purchase"}]},"label":"cart"}]}"#,
    )
}

#[wasm_bindgen_test]
fn bytes_become_a_report() {
    let engine = engine();
    let summary = engine.summary().unwrap();
    assert_eq!(get(&summary, "n_events"), JsValue::from(3));
    assert_eq!(get(&summary, "n_duplicates"), JsValue::from(1));
    let report = engine.run(funnel()).unwrap();
    assert!(report.is_instance_of::<Object>());
    assert_eq!(get(&report, "n_units"), JsValue::from(2));
    let steps = js_sys::Array::from(&get(&report, "steps"));
    let cart = steps.get(1);
    assert_eq!(get(&cart, "label"), JsValue::from("cart"));
    assert_eq!(get(&cart, "n_units"), JsValue::from(1));
    assert_eq!(
        get(&get(&cart, "millis_from_first"), "median"),
        JsValue::from(60_000)
    );
    assert_eq!(
        get(&get(&cart, "conversion_from_first"), "value"),
        JsValue::from(0.5)
    );
}

#[wasm_bindgen_test]
fn slices_give_the_same_report() {
    let engine = engine();
    for request in [
        funnel(),
        parse(r#"{"analysis":"paths","node":"name","start":null}"#),
    ] {
        let whole = JSON::stringify(&engine.run(request.clone()).unwrap()).unwrap();
        let mut job = engine.begin(request).unwrap();
        assert_eq!((job.step(1), job.step(1)), (0.5, 1.0));
        assert_eq!(JSON::stringify(&job.finish().unwrap()).unwrap(), whole);
    }
}

#[wasm_bindgen_test]
fn undefined_fields_are_left_out() {
    let request = funnel();
    for key in ["unit", "order", "data_end_ts"] {
        Reflect::set(&request, &key.into(), &JsValue::UNDEFINED).unwrap();
    }
    assert!(engine().run(request).is_ok());
}

#[wasm_bindgen_test]
fn mistakes_are_thrown_in_words() {
    let engine = engine();
    let message = |request: &str| String::from(engine.run(parse(request)).unwrap_err().message());
    assert_eq!(
        message(r#"{"analysis":"funnel","steps":[]}"#),
        "steps has 0 entries; a funnel has 1 to 32"
    );
    assert!(message(r#"{"analysis":"tea"}"#).contains("tea"));
    assert!(message(r#"{"analysis":"paths","n_tops":3}"#).contains("n_tops"));
    let early = Engine::new(JsValue::NULL).unwrap().summary().unwrap_err();
    assert_eq!(
        String::from(early.message()),
        "the import has not ended; call finish() first"
    );
}

#[wasm_bindgen_test]
fn a_file_is_looked_at_before_it_is_imported() {
    let inspection = inspect(
        b"user_id,event_time,event_type\n1,2024-01-01 00:00:00 UTC,view\n",
        "x.csv",
    )
    .unwrap();
    assert_eq!(get(&inspection, "format"), JsValue::from("csv"));
    assert_eq!(
        js_sys::Array::from(&get(&inspection, "columns")).length(),
        3
    );
}
