//! Pages that the browser prepares before anyone asks for them.
//!
//! Until such a page is shown nothing has happened to a visitor: notes are held, and nothing is read or stored.

use super::host::{Host, Timeout, global};
use super::{begin, now, privacy, with_runtime};

/// The page before hears that it is left while this one is shown already, in a process of its own: it gets this time to
/// write down what this one goes on from.
const FAREWELL_MILLIS: u32 = 100;

/// Reads the visitor's choice, unless nobody sees the page yet: the first look into storage takes its time, and [`start`]
/// has enough to do.
pub(super) fn prepare() {
    if !is_prerendering() {
        privacy::recall();
    }
}

/// Begins with `notes`, at once or when the page is shown.
pub(super) fn start(notes: &Host) {
    if !is_prerendering() {
        return begin(notes);
    }
    with_runtime(|runtime| runtime.held = notes.clone());
    global("document").listen("prerenderingchange", |_| {
        with_runtime(|runtime| runtime.timer = Some(Timeout::new(FAREWELL_MILLIS, shown)));
    });
}

fn is_prerendering() -> bool {
    global("document").get("prerendering").is_truthy()
}

fn shown(_: &Host) {
    let held = with_runtime(|runtime| core::mem::replace(&mut runtime.held, Host::undefined()));
    if let Some(notes) = held {
        // What was noted happens now, and above all the first view.
        for note in notes.each(super::MAX_NOTES) {
            note.set("1", now() as f64);
        }
        begin(&notes);
    }
}

/// Holds `entry` back where the page is not shown yet.
pub(super) fn holds(entry: &Host) -> bool {
    let held = with_runtime(|runtime| runtime.held.clone());
    let Some(held) = held.filter(Host::exists) else {
        return false;
    };
    held.invoke_with("push", entry);
    true
}
