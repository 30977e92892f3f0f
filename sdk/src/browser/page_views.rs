//! Views of pages.
//!
//! The loader sees changes of the address as they happen, because it wraps `history` before any router can, and
//! notes them; here they become views. A change is held until the task that made it has ended or another event
//! needs its place after it: routers push and replace in one go, and set the title last.

use alloc::string::String;

use event::Props;
use event::limits::{MAX_TITLE_BYTES, MAX_URL_BYTES};

use super::host::{Timeout, global, window};
use super::{apply, dispatch, watch, with_runtime};
use crate::tracker::{Input, Navigation, View};

/// Longest address that is read; what the tracker cuts off may be long.
const MAX_ADDRESS_UNITS: usize = 4 * MAX_URL_BYTES;

/// A change of the address that is not yet a view.
pub(super) struct Pending {
    at: i64,
    navigation: Navigation,
    url: String,
    /// Dropped, and with it cancelled, when another event makes the view first.
    _timer: Timeout,
}

/// Notes that the address changed, at `at`, to `url`. A loaded document is a view at once.
pub(super) fn changed(at: i64, navigation: &str, url: String) {
    let navigation = Navigation::from_name(navigation).unwrap_or(Navigation::Push);
    if navigation == Navigation::Load {
        dispatch(at, Input::PageView(view(Some(navigation), url)));
        return watch::viewed();
    }
    watch::look_now();
    with_runtime(|runtime| {
        runtime.pending = Some(Pending {
            at: runtime.pending.as_ref().map_or(at, |pending| pending.at),
            navigation,
            url,
            _timer: Timeout::new(0, |_| settle()),
        });
    });
}

/// Makes the view that is held, if any.
pub(super) fn settle() {
    if let Some(Some(pending)) = with_runtime(|runtime| runtime.pending.take()) {
        let view = view(Some(pending.navigation), pending.url);
        apply(pending.at, Input::PageView(view));
        watch::viewed();
    }
}

/// A view that the shop reports, or that the back-forward cache restored, of the page as it is now.
pub(super) fn present(navigation: Option<Navigation>, props: Props) -> View {
    let url = window().words("location.href", MAX_ADDRESS_UNITS);
    View {
        props,
        ..view(navigation, url)
    }
}

fn view(navigation: Option<Navigation>, url: String) -> View {
    let document = global("document");
    View {
        url,
        title: document.words("title", MAX_TITLE_BYTES),
        referrer: document.words("referrer", MAX_ADDRESS_UNITS),
        navigation,
        props: Props::new(),
    }
}
