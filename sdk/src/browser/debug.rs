//! What the tracker tells the developer who installs it, through `debug.js`, which puts it into words.

use wasm_bindgen::prelude::*;

use super::host::{Host, global};
use super::with_runtime;

/// `desirepath.state()`: the tracker as it is now. Asking makes it tell what follows.
pub(super) fn state(_: &Host) -> JsValue {
    let state = Host::object();
    state.set("version", env!("CARGO_PKG_VERSION"));
    with_runtime(|runtime| {
        runtime.is_debug = true;
        runtime.tracker.watch();
        state.set("endpoint", runtime.endpoint.as_str());
        state.set("queue", runtime.tracker.n_queued() as f64);
        runtime.tracker.report(|name, value| state.set(name, value));
    });
    state.into()
}

/// Tells a refusal, or an event that was accepted, where debugging is on.
pub(super) fn tell(message: &str) {
    if with_runtime(|runtime| runtime.is_debug) == Some(true) {
        // A list, until the module that shows it has come, and then an object with the same method.
        let log = global("desirepath.log");
        log.invoke_with("push", &message.into());
    }
}
