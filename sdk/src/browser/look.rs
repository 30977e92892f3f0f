//! Looking at the page a moment after something happened, when its layout has settled.
//!
//! One timer for all: a moment after a view what it is about is read (search results, "not found"), after
//! scrolling how far, and each time elements that came since are found ([`impressions`](super::impressions)).

use super::host::{Host, Timeout, window};
use super::observe::signal;
use super::{impressions, with_runtime};
use crate::tracker::{Findings, Signal, text};

/// A view's content is expected to be there after this time.
pub(super) const VIEW_MILLIS: u32 = 1000;
/// Scrolling that pauses for about this time is measured.
pub(super) const SCROLL_MILLIS: u32 = 250;
/// Longest address that is read.
const MAX_ADDRESS_UNITS: usize = 4000;
/// Where the page is scrolled to, and what it is.
const LAYOUT: &str = "scrollY innerHeight document.documentElement.scrollHeight location.href";
const NOT_FOUND: &str = "[data-dp-not-found],meta[name=desirepath][content=not_found]";

/// Looks after `millis`, unless a look is due already.
pub(super) fn soon(millis: u32) {
    with_runtime(|runtime| {
        if runtime.observed.look.is_none() {
            runtime.observed.look = Some(Timeout::new(millis, look));
        }
    });
}

/// Looks at once, if a look is due: the view is about to end.
pub(super) fn now_if_due() {
    if with_runtime(|runtime| runtime.observed.look.is_some()) == Some(true) {
        look(&Host::undefined());
    }
}

fn look(_: &Host) {
    let window = window();
    let document = window.get("document");
    with_runtime(|runtime| runtime.observed.look = None);
    if document.words("readyState", 16) == "loading" {
        return soon(VIEW_MILLIS);
    }
    let is_new = with_runtime(|runtime| {
        let n_views = runtime.tracker.n_views();
        core::mem::replace(&mut runtime.observed.n_looked, n_views) != n_views
    });
    let picked = window.pick(LAYOUT, MAX_ADDRESS_UNITS);
    let mut layout = picked.fields();
    let top = layout.number();
    signal(Signal::Scrolled {
        depth: (top + layout.number()) / layout.number().max(1.0),
        has_moved: top > 0.0,
    });
    if is_new == Some(true) {
        let results = document.query("[data-dp-results]");
        let count = results.words("@data-dp-results", 16);
        let count = text::number(count.trim_ascii()).map(|count| count as f64);
        signal(Signal::Found(Findings {
            url: layout.string(),
            results: count,
            is_not_found: document.query(NOT_FOUND).exists() || was_404(&window),
        }));
    }
    impressions::find(is_new == Some(true));
}

/// What the performance timeline says of the document's own loading.
pub(super) fn navigation_entry(window: &Host) -> Host {
    let performance = window.get("performance");
    let kind = "navigation".into();
    performance.invoke_with("getEntriesByType", &kind).get("0")
}

/// Whether the document itself came with the status 404, and is still at its first view.
fn was_404(window: &Host) -> bool {
    let status = navigation_entry(window).get("responseStatus").as_f64();
    let is_first = with_runtime(|runtime| runtime.observed.n_looked == 1);
    status == Some(404.0) && is_first == Some(true)
}
