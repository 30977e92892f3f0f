//! What the shop pushes to its GA4 `dataLayer`.
//!
//! The loader wraps `push`, so that the page's own keeps working whatever happens here, and notes each entry.
//! An entry is taken as complete: Google Tag Manager merges pushes into one model, and would report the items of
//! an earlier push again with a later one that does not clear them.

use super::host::Host;
use super::values;
use crate::tracker::{Facts, Input};

/// Longest command of gtag that is looked at.
const MAX_COMMAND_UNITS: usize = 16;

/// Reads one entry; `None` for one that is no event of a shop.
pub(super) fn read(entry: &Host) -> Option<Input> {
    // gtag pushes its arguments: "event", name, parameters. Other commands configure Google's own tags.
    let command = entry.get("0");
    let is_call = command.is_string();
    let name = if is_call {
        let command = command.text(MAX_COMMAND_UNITS)?;
        (command == "event").then(|| entry.get("1"))?
    } else {
        entry.get("event")
    };
    let name = values::name(&name).ok()?;
    // Tag Manager's own events, and the page views that this tracker sees by itself.
    if name.starts_with("gtm.") || name == event::kinds::PAGE_VIEW {
        return None;
    }
    let mut facts = Facts::default();
    let outcome = if is_call {
        values::read(&mut facts, &entry.get("2"), is_for_google)
    } else {
        values::read(&mut facts, entry, is_for_google)
            .and_then(|()| values::read(&mut facts, &entry.get("ecommerce"), |_| false))
    };
    Some(match outcome {
        Ok(()) => Input::Track { name, facts },
        Err(reason) => Input::Refused { reason },
    })
}

/// Keys that steer Google's tags and say nothing about the event.
fn is_for_google(key: &str) -> bool {
    key.starts_with("gtm.")
        || matches!(
            key,
            "event"
                | "ecommerce"
                | "eventCallback"
                | "eventTimeout"
                | "event_callback"
                | "event_timeout"
                | "send_to"
        )
}
