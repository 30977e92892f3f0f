//! Links between the shop's domains: marking those that are followed, and taking a mark out of an address.

use alloc::string::String;

use wasm_bindgen::JsValue;

use super::host::{callback, readdress, window};
use super::{MAX_TEXT_UNITS, api, now, watch, with_runtime};
use crate::tracker::link;

/// Installs `desirepath.decorate(url)`, and marks links to the shop's other domains when they are clicked.
pub(super) fn start() {
    api::install("decorate", |url| {
        let text = url.text(MAX_TEXT_UNITS).unwrap_or_default();
        let decorated = decorate(&text);
        decorated.map_or_else(|| url.clone().into(), JsValue::from)
    });
    watch::on_link(&callback(|event| {
        let link = watch::link(event);
        if let Some(decorated) = decorate(&link.words("href", MAX_TEXT_UNITS)) {
            link.set("href", decorated);
        }
    }));
}

/// `url` with the visitor's mark; `None` where it leads elsewhere, or where there is no visitor.
fn decorate(url: &str) -> Option<String> {
    with_runtime(|runtime| runtime.tracker.decorate(now(), url)).flatten()
}

/// The visitor whom the page's address names. Takes the mark out of the address, whatever it says.
pub(super) fn arrive() -> Option<String> {
    let url = window().words("location.href", MAX_TEXT_UNITS);
    if !link::is_marked(&url) {
        return None;
    }
    readdress(&link::without(&url));
    link::visitor(&url, now()).map(String::from)
}
