//! What a page passes, across the boundary to the tracker: read, skipped or refused, but never thrown back.
//!
//! Runs in Node, whose global object stands in for a window without storage and without a document.

#![cfg(target_family = "wasm")]

use js_sys::Promise;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use wasm_bindgen_test::wasm_bindgen_test;

/// Makes a window, with a collector that answers at once and keeps what it got.
const WINDOW: &str = r#"
    globalThis.window = globalThis;
    // Compression would make a request wait.
    globalThis.CompressionStream = undefined;
    globalThis.sent = [];
    globalThis.fetch = (url, init) => {
        sent.push(...JSON.parse(init.body).events);
        return { then: (done) => done({ status: 204 }) };
    };
    globalThis.options = { site: "test", endpoint: "/v1/batch" };
"#;

fn js(code: &str) -> JsValue {
    js_sys::eval(code).expect("the test's own script runs")
}

/// Makes the calls in `notes`, and returns what `pick` finds in the events that were sent.
async fn sent(notes: &str, pick: &str) -> Option<String> {
    let notes = js_sys::Array::from(&js(&format!("[{notes}]")));
    for note in notes.iter() {
        sdk::browser::note(&note);
    }
    sdk::browser::note(&js("['flush', Date.now()]"));
    // Batches leave when the page is idle.
    let idle: Promise = js("new Promise((done) => setTimeout(done, 100))").unchecked_into();
    JsFuture::from(idle).await.expect("a timer goes off");
    js(&format!(
        "sent.splice(0).map((event) => JSON.stringify({pick})).join()"
    ))
    .as_string()
}

async fn check_track(params: &str, expected: &str) {
    let pick =
        "{ ...event.props, items: event.items, value: event.value, currency: event.currency }";
    let found = sent(&format!("['track', 1000, 'x', {params}]"), pick).await;
    assert_eq!(found.as_deref(), Some(expected), "{params}");
}

async fn check_data(entry: &str, expected: &str) {
    let pick = "[event.name, event.props, event.items, event.value]";
    let found = sent(&format!("['data', 1000, {entry}]"), pick).await;
    assert_eq!(found.as_deref(), Some(expected), "{entry}");
}

/// One test, because a module has one tracker.
#[wasm_bindgen_test]
async fn a_page_may_pass_anything() {
    js(WINDOW);
    sdk::browser::prepare(&js("options"));
    sdk::browser::start(&js("[['track', 5, 'early', { n: 0.1 }]]"));
    let early = sent("", "[event.name, event.ts, event.props, event.visitor]").await;
    assert_eq!(early.as_deref(), Some(r#"["early",5,{"n":0.1},null]"#));

    reads_parameters().await;
    skips_what_can_not_be_collected().await;
    refuses_what_is_wrong().await;
    reads_data_layers().await;

    // A second start changes nothing.
    sdk::browser::prepare(&js("({ site: 'other' })"));
    sdk::browser::start(&js("[['track', 5, 'again', {}]]"));
    check_track("{ a: 1 }", r#"{"a":1}"#).await;
}

async fn reads_parameters() {
    check_track("undefined", "{}").await;
    check_track("null", "{}").await;
    check_track(
        "{ b: true, f: 1 / 3, i: -5, s: 'ä€😀\\n\"', big: 1e300 }",
        r#"{"b":true,"big":1e+300,"f":0.3333333333333333,"i":-5,"s":"ä€😀\n\""}"#,
    )
    .await;
    check_track(
        "{ currency: 'EUR', value: '71.58', items: [{ item_id: 17, price: 35.79, quantity: '2' }] }",
        r#"{"items":[{"item_id":"17","price":35.79,"quantity":2}],"value":71.58,"currency":"EUR"}"#,
    ).await;
    check_track("Object.freeze({ a: 'x' })", r#"{"a":"x"}"#).await;
    check_track(
        "Object.create(null, { a: { value: 1, enumerable: true } })",
        r#"{"a":1}"#,
    )
    .await;
}

async fn skips_what_can_not_be_collected() {
    check_track(
        "{ a: 1, f: () => 1, n: null, o: {}, s: Symbol(), u: undefined, y: [1], z: 5n }",
        r#"{"a":1}"#,
    )
    .await;
    check_track(
        "(() => { const o = { a: 1 }; o.self = o; return o })()",
        r#"{"a":1}"#,
    )
    .await;
    check_track("{ items: [null, 5, 'x'] }", r#"{"items":[{},{},{}]}"#).await;
    check_track("{ items: 'none' }", "{}").await;
}

async fn refuses_what_is_wrong() {
    for params in [
        "5",
        "'text'",
        "Symbol()",
        "{ get a() { throw new Error('no') } }",
        "new Proxy({}, { ownKeys() { throw 1 } })",
        "{ a: 'x'.repeat(5e6) }",
        "{ a: NaN }",
        "{ value: 'much' }",
        "{ currency: 'Euro' }",
        "{ items: [{ price: {} }] }",
        "{ items: { length: 1e9 } }",
        "Object.fromEntries(Array.from({ length: 1000 }, (_, i) => ['k' + i, i]))",
    ] {
        check_track(params, "").await;
    }
    for note in [
        "['track', 1, Symbol()]",
        "['track', 1]",
        "['identify', 1, 'a@b.example']",
        "[]",
        "5",
        "null",
        "['other', 1]",
    ] {
        assert_eq!(sent(note, "event").await.as_deref(), Some(""), "{note}");
    }
}

async fn reads_data_layers() {
    check_data(
        "(function () { return arguments })('event', 'purchase', { value: 5, transaction_id: 'T1', send_to: 'G-1' })",
        r#"["purchase",{"transaction_id":"T1"},null,5]"#,
    ).await;
    check_data(
        "{ event: 'add_to_cart', 'gtm.uniqueEventId': 7, list: 'home', ecommerce: { value: 2, items: [{ item_id: 'A' }] } }",
        r#"["add_to_cart",{"list":"home"},[{"item_id":"A"}],2]"#,
    ).await;
    for entry in [
        "{ ecommerce: null }",
        "{ event: 'gtm.js' }",
        "{ event: 'page_view' }",
        "['config', 'G-1']",
        "['consent', 'default', {}]",
        "5",
        "undefined",
        "() => 1",
    ] {
        check_data(entry, "").await;
    }
}
