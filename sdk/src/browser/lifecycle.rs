//! The page's coming and going.
//!
//! `pagehide` and `visibilitychange` only: a listener for `unload` or `beforeunload` would keep the page out of
//! the back-forward cache ([web.dev/bfcache](https://web.dev/articles/bfcache)). On a navigation and when a tab
//! is closed `pagehide` comes; when a phone's browser goes to the background, and may be ended there,
//! `visibilitychange` alone.

use super::host::Host;
use super::storage::MAX_VALUE_UNITS;
use super::{dispatch, now, observe, page_views, privacy, vitals, with_runtime};
use crate::tracker::{Input, Navigation, Slot};

/// Listens for the rest of the page's life.
pub(super) fn start(window: &Host, document: &Host) {
    document.listen("visibilitychange", |_| {
        let state = super::host::window().words("document.visibilityState", 16);
        let is_hidden = state == "hidden";
        dispatch(
            now(),
            if is_hidden {
                Input::Hidden
            } else {
                Input::Shown
            },
        );
    });
    window.listen("online", |_| dispatch(now(), Input::Online));
    window.listen("pagehide", |_| dispatch(now(), Input::Leaving));
    // Only other tabs' writes are told.
    window.listen("storage", |event| {
        let key = event.get("key");
        let is = |slot| with_runtime(|runtime| runtime.storage.is_of(&slot, &key)) == Some(true);
        if is(Slot::Choice) {
            privacy::stored();
        } else if is(Slot::Memory) {
            let text = event.words("newValue", MAX_VALUE_UNITS);
            dispatch(now(), Input::Recalled(text));
        }
    });
    window.listen("pageshow", |event| {
        if event.get("persisted").is_truthy() {
            privacy::stored();
            dispatch(now(), Input::Resumed);
            let view = page_views::present(Some(Navigation::Restore), Default::default());
            dispatch(now(), Input::PageView(view));
            observe::presence();
            vitals::restored(event);
        }
    });
}
