//! What the tracker tells the developer who installs it.

use wasm_bindgen::prelude::*;

use super::host::Host;
use super::with_runtime;

/// `desirepath.state()`: the tracker as it is now, for `desirepath-debug.js`, which puts it into words.
pub(super) fn state(_: &Host) -> JsValue {
    let state = Host::object();
    state.set("version", env!("CARGO_PKG_VERSION"));
    with_runtime(|runtime| {
        state.set("endpoint", runtime.endpoint.as_str());
    });
    state.into()
}
