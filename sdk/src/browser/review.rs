//! `beforeSend(fn)`: the shop's own last look at every event, before anything of it is kept or sent.
//!
//! The function gets a copy, and what it gives back is read as carefully as any call: it may throw, lie, or give
//! back anything. Calls of `desirepath` from within it are not heard, or it could call itself without end.

use alloc::boxed::Box;
use alloc::string::String;

use event::Event;
use event::limits::{MAX_ID_BYTES, MAX_URL_BYTES};

use super::host::{Host, global};
use super::{Shared, dispatch, now, values, with_runtime};
use crate::tracker::{Facts, Input};

static HOOK: Shared<Host> = Shared::new();

/// Takes the shop's function; a later one takes the place of an earlier.
pub(super) fn set(function: &Host) {
    if !function.is_function() {
        let reason = String::from("beforeSend: give a function");
        return dispatch(now(), Input::Refused { reason });
    }
    HOOK.0.set(Some(Box::new(function.clone())));
    with_runtime(|runtime| runtime.tracker.review_with(review));
}

/// Shows an event to the shop's function and takes over its changes; says whether the source stays.
fn review(line: &str, event: &mut Event) -> Result<bool, &'static str> {
    let hook = HOOK.lend(|hook| hook.clone()).ok_or("it is busy")?;
    let copy = global("JSON").invoke_with("parse", &line.into());
    let answer = hook.attempt(&copy).ok_or("it threw")?;
    // A function that only changes what it got gives nothing back.
    let changed = if answer == Host::undefined() {
        copy
    } else {
        answer
    };
    if !changed.is_thing() {
        return Err("it refused the event");
    }
    if changed.get("then").is_function() {
        return Err("it gave back a promise; answer at once");
    }
    let mut facts = Facts::default();
    values::read(&mut facts, &changed.get("props"), |_| false)
        .and_then(|()| values::read(&mut facts, &changed, |key| !is_typed(key)))
        .map_err(|_| "what it gave back can't be read")?;
    event.name = values::name(&changed.get("name")).unwrap_or_default();
    event.user = changed.get("user").text(MAX_ID_BYTES);
    if !changed.get("visitor").exists() {
        event.visitor = None;
    }
    let given = changed.pick("page.url page.path page.title page.referrer", MAX_URL_BYTES);
    let mut given = given.fields();
    if let Some(page) = &mut event.page {
        for field in [
            &mut page.url,
            &mut page.path,
            &mut page.title,
            &mut page.referrer,
        ] {
            *field = given.text().map(String::from);
        }
    }
    event.props = facts.props;
    event.items = facts.items;
    event.value = facts.value;
    event.currency = facts.currency;
    Ok(changed.get("source").exists())
}

/// The fields beside the properties that [`values::read`] knows.
fn is_typed(key: &str) -> bool {
    matches!(key, "items" | "value" | "currency")
}
