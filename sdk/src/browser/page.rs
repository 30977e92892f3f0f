//! The functions of `js/page.js`: what is asynchronous. They are described there. None of them throws.

use wasm_bindgen::prelude::*;

#[wasm_bindgen(module = "/js/page.js")]
extern "C" {
    pub(super) fn setup(database: &str, is_local: bool, when_lost: &JsValue);
    pub(super) fn clear(database: &str);
    #[wasm_bindgen(js_name = whenCleared)]
    pub(super) fn when_cleared() -> JsValue;
    pub(super) fn gather(all: &JsValue) -> JsValue;
    pub(super) fn keep(records: &str);
    pub(super) fn forget(ids: &str);
    pub(super) fn prune(oldest: &str, most: u32);
    #[wasm_bindgen(js_name = takeTurn)]
    pub(super) fn take_turn(lock: &str, heard: &JsValue);
    #[wasm_bindgen(js_name = yieldTurn)]
    pub(super) fn yield_turn();
    pub(super) fn post(url: &str, body: &str, way: u8, batch: &str, heard: &JsValue);
    #[wasm_bindgen(js_name = whenIdle)]
    pub(super) fn when_idle(action: &JsValue);
}
