//! What JavaScript copies of a value is bounded by the limits of an event.

#![cfg(not(target_family = "wasm"))]

use event::limits::{
    MAX_FIELD_BYTES, MAX_ITEMS, MAX_PROP_KEY_BYTES, MAX_PROP_STRING_BYTES, MAX_PROPS,
};

#[test]
fn the_limits_of_reading_are_those_of_events() {
    let script = include_str!("../js/values.js");
    for (name, limit) in [
        ("MAX_KEYS", 4 * MAX_PROPS),
        ("MAX_PROP_KEY_BYTES", MAX_PROP_KEY_BYTES),
        ("MAX_PROP_STRING_BYTES", MAX_PROP_STRING_BYTES),
        ("MAX_FIELD_BYTES", MAX_FIELD_BYTES),
        ("MAX_ITEMS", MAX_ITEMS),
    ] {
        let line = format!("const {name} = {limit};");
        assert!(script.contains(&line), "{line}");
    }
}
