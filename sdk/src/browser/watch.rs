//! The functions of `js/watch.js` and `js/elements.js`: what is observed on the page. They are described there. None of
//! them throws.

use wasm_bindgen::prelude::*;

use super::host::{Host, callback};
use super::{MAX_RECORDS_UNITS, hear};

#[wasm_bindgen(module = "/js/watch.js")]
extern "C" {
    fn attach(listener: &JsValue);
    pub(super) fn start(has_vitals: bool);
    pub(super) fn watch(is_on: bool);
    pub(super) fn viewed();
    #[wasm_bindgen(js_name = lookNow)]
    pub(super) fn look_now();
    pub(super) fn survey(is_new_view: bool);
    #[wasm_bindgen(js_name = onLink)]
    pub(super) fn on_link(heard: &JsValue);
    #[wasm_bindgen(js_name = watchFlicks)]
    pub(super) fn watch_flicks();
}

#[wasm_bindgen(module = "/js/elements.js")]
extern "C" {
    fn hide(selector: &str);
    pub(super) fn link(event: &Host) -> Host;
}

/// Prepares for what is noted: the text of elements that `mask` selects is not read.
pub(super) fn prepare(mask: &str) {
    hide(mask);
    attach(&callback(|note| {
        if let Some(note) = note.text(MAX_RECORDS_UNITS) {
            hear::hear(note);
        }
    }));
}
