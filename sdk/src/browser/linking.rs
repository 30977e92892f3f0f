//! Links between the shop's domains: marking those that are followed, and taking a mark out of an address.

use alloc::string::String;

use wasm_bindgen::JsValue;

use super::host::{Host, window};
use super::{MAX_TEXT_UNITS, api, now, with_runtime};
use crate::tracker::link;

/// Installs `desirepath.decorate(url)`, and, where the shop has other domains, marks links to them when they are
/// clicked.
pub(super) fn start(document: &Host) {
    api::install("decorate", |url| {
        let text = url.text(MAX_TEXT_UNITS).unwrap_or_default();
        let decorated = decorate(&text);
        decorated.map_or_else(|| url.clone().into(), JsValue::from)
    });
    for kind in ["click", "auxclick"] {
        document.listen(kind, |event| {
            let Ok(link) = event.get("target").closest("a[href]") else {
                return;
            };
            let href = link.get("href").text(MAX_TEXT_UNITS).unwrap_or_default();
            if let Some(decorated) = decorate(&href) {
                link.set("href", decorated);
            }
        });
    }
}

/// `url` with the visitor's mark; `None` where it leads elsewhere, or where there is no visitor.
fn decorate(url: &str) -> Option<String> {
    with_runtime(|runtime| runtime.tracker.decorate(now(), url)).flatten()
}

/// The visitor whom the page's address names. Takes the mark out of the address, whatever it says.
pub(super) fn arrive() -> Option<String> {
    let window = window();
    let url = window.get("location").get("href").text(MAX_TEXT_UNITS)?;
    if !link::is_marked(&url) {
        return None;
    }
    let history = window.get("history");
    let _ = history.replace_state(&history.get("state"), "", &link::without(&url));
    link::visitor(&url, now()).map(String::from)
}
