//! What the tracker listens to while the page lives, and what each event means to it.
//!
//! One table, all of it captured at the window and passive. The listeners read a handful of facts; whatever costs
//! more, such as a look at the page's layout, waits for a timer ([`look`](super::look)).

use alloc::string::String;
use alloc::vec::Vec;

use event::kinds;
use event::limits::MAX_URL_BYTES;

use super::host::{Host, Timeout, global, window};
use super::{
    apply, clicks, declared, dispatch, forms, look, now, page_views, vitals, with_runtime,
};
use crate::tracker::{Failure, Input, Signal, text};

/// Longest message or address of an error that is read.
const MAX_ERROR_UNITS: usize = 1000;

/// Longest address of the page that is read; what the tracker cuts off may be long.
const MAX_ADDRESS_UNITS: usize = 4 * MAX_URL_BYTES;
/// Longest word of the browser's own that is read.
const MAX_KIND_UNITS: usize = 16;

/// What is read of an error: line, element, then where its words may be, and then where an address.
const FAILURE: &str =
    "lineno target.localName message reason.message reason filename target.src target.href";

/// The kind of an event of the page, and who hears it.
type Listener = (&'static str, fn(&Host));

const LISTENERS: [Listener; 12] = [
    ("click", |event| clicks::clicked(now(), event, true)),
    ("auxclick", |event| {
        // The other buttons open menus.
        if event.get("button").as_f64() == Some(clicks::MIDDLE_BUTTON) {
            clicks::clicked(now(), event, true);
        }
    }),
    ("input", |event| {
        reacted();
        forms::touched(event);
    }),
    ("submit", |event| {
        reacted();
        forms::submitted(event);
        if let Some(input) = declared::read(&event.get("target"), "submit") {
            dispatch(now(), input);
        }
    }),
    ("scroll", |_| {
        reacted();
        look::soon(look::SCROLL_MILLIS);
    }),
    ("focus", |_| focus_changed()),
    ("blur", |_| focus_changed()),
    // A popover or a dialog opens without any change of the elements.
    ("toggle", |_| reacted()),
    ("selectionchange", |_| {
        let selection = window().ask("getSelection");
        // Every click moves the caret, which shows nowhere.
        if selection.words("type", MAX_KIND_UNITS) == "Range" {
            reacted();
        }
    }),
    ("error", failed),
    ("unhandledrejection", failed),
    ("pagehide", |_| look::now_if_due()),
];

/// What the listeners remember.
pub(super) struct Observed {
    /// The field that was changed last.
    pub(super) field: Host,
    /// Observes all elements while a click is watched.
    pub(super) changes: Host,
    pub(super) is_watching: bool,
    /// Observes products and promotions.
    pub(super) sights: Host,
    /// The look that is due.
    pub(super) look: Option<Timeout>,
    /// The view that was looked at last, counted from 1.
    pub(super) n_looked: u32,
    /// When the page was shown, in milliseconds since its beginning: later than that where it was prepared, or
    /// restored.
    pub(super) shown_at: f64,
    /// Notes made before the page is shown.
    pub(super) held: Host,
}

impl Default for Observed {
    fn default() -> Self {
        Self {
            field: Host::undefined(),
            changes: Host::undefined(),
            is_watching: false,
            sights: Host::undefined(),
            look: None,
            n_looked: 0,
            shown_at: 0.0,
            held: Host::undefined(),
        }
    }
}

/// Listens for the rest of the page's life.
pub(super) fn start(window: &Host) {
    for (kind, listener) in LISTENERS {
        window.listen(kind, listener);
    }
    window
        .get("navigation")
        .listen("currententrychange", entry_changed);
    presence();
    if with_runtime(|runtime| runtime.tracker.captures(kinds::WEB_VITAL)) == Some(true) {
        vitals::start();
    }
}

/// Hands a signal to the tracker. It is no event of the visitor's that would have to wait for a view.
pub(super) fn signal(signal: Signal) {
    apply(now(), Input::Signal(signal));
}

/// Tells whether the page is seen and has the focus.
pub(super) fn presence() {
    let document = global("document");
    let has_focus = document.ask("hasFocus");
    signal(Signal::Presence {
        is_visible: document.words("visibilityState", MAX_KIND_UNITS) == "visible",
        is_focused: has_focus.is_truthy(),
    });
}

fn focus_changed() {
    reacted();
    presence();
}

/// The page did something that a click may have asked for.
pub(super) fn reacted() {
    if with_runtime(|runtime| runtime.tracker.is_watching()) == Some(true) {
        signal(Signal::Reacted);
    }
}

/// Navigations that go past `history`, or that a router has taken over before any other event tells of them.
fn entry_changed(event: &Host) {
    let from = event.words("from.url", MAX_ADDRESS_UNITS);
    let to = window().words("location.href", MAX_ADDRESS_UNITS);
    let kind = event.words("navigationType", MAX_KIND_UNITS);
    let navigation = if text::split(&from, b'#').0 == text::split(&to, b'#').0 {
        "hash"
    } else if kind == "traverse" {
        "pop"
    } else {
        &kind
    };
    page_views::changed(now(), navigation, to);
}

/// A script error, a rejection that nobody handled, or a resource that did not load.
fn failed(event: &Host) {
    let picked = event.pick(FAILURE, MAX_ERROR_UNITS);
    let mut fields = picked.fields();
    let line = fields.number();
    let tag = fields.words();
    let mut first = |count| {
        let candidates: Vec<&str> = (0..count).map(|_| fields.words()).collect();
        let mut found = candidates.into_iter().filter(|words| !words.is_empty());
        found.next().map(String::from)
    };
    signal(Signal::Failed(Failure {
        // An event has one of each; a rejection's reason may be anything.
        message: first(3).unwrap_or_else(|| tag.into()),
        script: first(3).unwrap_or_default(),
        line,
        is_script: tag.is_empty(),
    }));
}
