//! Whether a click changes anything: an observer of all elements, which lives only while a click is watched.

use super::host::{Host, global};
use super::observe::reacted;
use super::with_runtime;

/// The kinds of change that are an effect.
const CHANGES: [&str; 4] = ["subtree", "childList", "attributes", "characterData"];

/// Observes while the tracker watches a click, and not longer.
pub(super) fn update() {
    let changed = with_runtime(|runtime| {
        let is_watching = runtime.tracker.is_watching();
        let was_watching = core::mem::replace(&mut runtime.observed.is_watching, is_watching);
        (is_watching != was_watching).then(|| (is_watching, runtime.observed.changes.clone()))
    });
    let Some(Some((is_watching, observer))) = changed else {
        return;
    };
    if !is_watching {
        observer.ask("disconnect");
        return;
    }
    let observer = if observer.exists() {
        observer
    } else {
        let made = Host::observer("MutationObserver", |_| reacted(), &Host::undefined());
        with_runtime(|runtime| runtime.observed.changes = made.clone());
        made
    };
    let options = Host::object();
    for change in CHANGES {
        options.set(change, true);
    }
    observer.invoke("observe", &global("document"), &options);
}
