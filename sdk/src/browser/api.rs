//! Methods of `window.desirepath` that answer: they are there once the tracker is.
//!
//! Calls that only tell are the loader's: it notes them before the tracker comes, and hands them on afterwards.

use wasm_bindgen::prelude::*;

use super::host::{Host, global};
use super::notes;

/// Makes `answer` the method `name` of `window.desirepath`. It gets the call's first argument, which is undefined
/// where there is none, and what it returns is the call's result.
pub(super) fn install(name: &str, answer: fn(&Host) -> JsValue) {
    let method = Closure::<dyn Fn(JsValue) -> JsValue>::new(move |argument| {
        notes::catch_up();
        answer(&Host::of(argument))
    });
    global("desirepath").set(name, method.into_js_value());
}
