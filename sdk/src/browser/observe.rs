//! What the tracker listens to while the page lives, and what each event means to it.
//!
//! One table, all of it captured at the window and passive. The listeners read a handful of facts; whatever costs
//! more, such as a look at the page's layout, waits for a timer ([`look`](super::look)).

use event::kinds;

use super::host::{Host, Timeout, window};
use super::{
    apply, clicks, declared, dispatch, forms, look, now, page_views, vitals, with_runtime,
};
use crate::tracker::{Failure, Input, Signal, text};

/// Longest message or address of an error that is read.
const MAX_ERROR_UNITS: usize = 1000;

const LISTENERS: [(&str, fn(&Host)); 12] = [
    ("click", |event| clicks::clicked(now(), event)),
    ("auxclick", |event| {
        // The other buttons open menus.
        if event.get("button").as_f64() == Some(clicks::MIDDLE_BUTTON) {
            clicks::clicked(now(), event);
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
        let selection = window().invoke("getSelection", &Host::undefined(), &Host::undefined());
        // Every click moves the caret, which shows nowhere.
        if selection
            .get("type")
            .text(8)
            .is_some_and(|kind| kind == "Range")
        {
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
    let document = window().get("document");
    let state = document.get("visibilityState").text(16);
    let has_focus = document.invoke("hasFocus", &Host::undefined(), &Host::undefined());
    signal(Signal::Presence {
        is_visible: state.is_some_and(|state| state == "visible"),
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

/// Navigations that go past `history`. Those within the fragment come as `hashchange`, to the loader.
fn entry_changed(event: &Host) {
    let url = |of: &Host, key| of.get(key).text(MAX_ERROR_UNITS).unwrap_or_default();
    let (from, to) = (
        url(&event.get("from"), "url"),
        url(&window().get("location"), "href"),
    );
    if text::split(&from, b'#').0 != text::split(&to, b'#').0 {
        let kind = url(event, "navigationType");
        let navigation = if kind == "traverse" { "pop" } else { &kind };
        page_views::changed(now(), navigation, to);
    }
}

/// A script error, a rejection that nobody handled, or a resource that did not load.
fn failed(event: &Host) {
    let words = |of: &Host, key| of.get(key).text(MAX_ERROR_UNITS);
    let reason = event.get("reason");
    let target = event.get("target");
    let tag = words(&target, "localName");
    let message = words(event, "message")
        .or_else(|| words(&reason, "message"))
        .or_else(|| reason.text(MAX_ERROR_UNITS));
    let source = words(event, "filename")
        .or_else(|| words(&target, "src"))
        .or_else(|| words(&target, "href"));
    let is_script = tag.is_none();
    signal(Signal::Failed(Failure {
        message: message.or(tag).unwrap_or_default(),
        script: source.unwrap_or_default(),
        line: event.get("lineno").as_f64().unwrap_or_default(),
        is_script,
    }));
}
