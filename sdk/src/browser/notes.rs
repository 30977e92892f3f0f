//! The functions of `js/notes.js`: what was noted, as text. They are described there.

use alloc::string::String;

use wasm_bindgen::prelude::*;

use super::hear::hear;
use super::host::Host;

#[wasm_bindgen(module = "/js/notes.js")]
extern "C" {
    pub(super) fn begin(when_waited: &JsValue);
    fn read(note: &Host) -> Option<String>;
    #[wasm_bindgen(js_name = putOff)]
    pub(super) fn put_off(note: &Host) -> bool;
    fn next() -> Option<String>;
    #[wasm_bindgen(js_name = setHook)]
    pub(super) fn set_hook(hook: &Host) -> bool;
    pub(super) fn review(line: &str) -> String;
}

/// Hears the notes that wait.
pub(super) fn catch_up() {
    while let Some(note) = next() {
        hear(note);
    }
}

/// Hears a note of the loader; `false` for one that is neither a click nor a call about an event.
pub(super) fn take(note: &Host) -> bool {
    let note = read(note);
    let is_read = note.is_some();
    if let Some(note) = note {
        hear(note);
    }
    is_read
}
