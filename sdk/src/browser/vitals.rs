//! The browser's performance timeline, as measurements for the tracker.

use super::host::{Host, callback, global, window};
use super::observe::signal;
use super::with_runtime;
use crate::tracker::{Metric, Signal, Timing};

/// What is observed, from the document's beginning on.
const ENTRY_TYPES: [&str; 6] = [
    "navigation",
    "paint",
    "largest-contentful-paint",
    "layout-shift",
    "event",
    "first-input",
];
/// Quicker events are not reported.
const EVENT_MILLIS: f64 = 40.0;
/// Most entries of one report that are read.
const MAX_ENTRIES: usize = 1000;

/// Observes for the rest of the page's life, what this browser can.
pub(super) fn start() {
    let navigation = super::look::navigation_entry(&window());
    let activation = navigation.get("activationStart").as_f64();
    with_runtime(|runtime| runtime.observed.shown_at = activation.unwrap_or_default());
    let supported = global("PerformanceObserver.supportedEntryTypes");
    let observer = Host::observer(
        "PerformanceObserver",
        |list| {
            for entry in list.ask("getEntries").each(MAX_ENTRIES) {
                read(&entry);
            }
        },
        &Host::undefined(),
    );
    for kind in ENTRY_TYPES {
        // Some browsers write a warning when asked for what they do not know.
        if supported.invoke_with("includes", &kind.into()).is_truthy() {
            let options = Host::object();
            options.set("type", kind);
            options.set("buffered", true);
            options.set("durationThreshold", EVENT_MILLIS);
            observer.invoke_with("observe", &options);
            if kind == "layout-shift" {
                // Where shifts are seen, a page without any has the score 0.
                tell(Metric::Shift, 0.0, 0.0, 0.0);
            }
        }
    }
}

fn read(entry: &Host) {
    let start = entry.number("startTime");
    // A page that was prepared before it was asked for has all the time since it was shown.
    let since_shown =
        |time: f64| time - with_runtime(|runtime| runtime.observed.shown_at).unwrap_or_default();
    let kind = entry.words("entryType", 32);
    match kind.as_str() {
        "navigation" => {
            let first_byte = entry.number("responseStart");
            if first_byte > 0.0 {
                tell(Metric::Ttfb, start, since_shown(first_byte), 0.0);
            }
        }
        "paint" => {
            if entry.words("name", 32) == "first-contentful-paint" {
                tell(Metric::Fcp, start, since_shown(start), 0.0);
            }
        }
        "largest-contentful-paint" => tell(Metric::Lcp, start, since_shown(start), 0.0),
        "layout-shift" => {
            if !entry.get("hadRecentInput").is_truthy() {
                tell(Metric::Shift, start, entry.number("value"), 0.0);
            }
        }
        _ => {
            let interaction = entry.number("interactionId");
            tell(
                Metric::Interaction,
                start,
                entry.number("duration"),
                interaction,
            );
        }
    }
}

fn tell(metric: Metric, start: f64, amount: f64, interaction: f64) {
    let performance = global("performance");
    signal(Signal::Timed(Timing {
        metric,
        at: performance.number("timeOrigin") + start,
        amount,
        interaction,
        n_interactions: performance.number("interactionCount"),
    }));
}

/// The page returned from the back-forward cache: it has been painted when two frames have gone by.
pub(super) fn restored(event: &Host) {
    let at = event.get("timeStamp").as_f64().unwrap_or_default();
    with_runtime(|runtime| runtime.observed.shown_at = at);
    tell(Metric::Ttfb, at, 0.0, 0.0);
    next_frame(|_| next_frame(|_| painted()));
}

fn next_frame(listener: fn(&Host)) {
    window().invoke(
        "requestAnimationFrame",
        &callback(listener),
        &Host::undefined(),
    );
}

fn painted() {
    let performance = global("performance");
    let now = performance.ask("now");
    let (Some(now), Some(at)) = (
        now.as_f64(),
        with_runtime(|runtime| runtime.observed.shown_at),
    ) else {
        return;
    };
    for metric in [Metric::Fcp, Metric::Lcp] {
        tell(metric, at, now - at, 0.0);
    }
}
