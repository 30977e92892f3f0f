//! `exportData()` and `erase()`: what is kept about the visitor in this browser, for the visitor.

use wasm_bindgen::JsValue;

use super::host::{Host, global};
use super::{apply, now, page, with_runtime};
use crate::tracker::{Input, Word};

/// `desirepath.exportData()`: a promise of all that is kept, by place and key.
pub(super) fn export(_: &Host) -> JsValue {
    let all = Host::object();
    with_runtime(|runtime| {
        for name in ["localStorage", "sessionStorage"] {
            let place = Host::object();
            let storage = global(name);
            for key in runtime.storage.keys(&storage) {
                place.set(&key, storage.get(&key));
            }
            all.set(name, place);
        }
    });
    page::gather(&all)
}

/// `desirepath.erase()`: removes all of it. Nothing more is collected on this page; a refusal stays kept.
pub(super) fn erase(_: &Host) -> JsValue {
    apply(now(), Input::Consent(Word::Erased));
    page::when_cleared()
}
