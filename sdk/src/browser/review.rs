//! `beforeSend(fn)`: the shop's own last look at every event, before anything of it is kept or sent.
//!
//! The function gets a copy, and what it gives back is read as carefully as any call: it may throw, lie, or give
//! back anything. Calls of `desirepath` from within it are not heard, or it could call itself without end.

use alloc::string::String;

use event::Event;

use super::host::{Host, Picked};
use super::values::{self, Dialect};
use super::{dispatch, notes, now, with_runtime};
use crate::tracker::Input;

/// Takes the shop's function; a later one takes the place of an earlier.
pub(super) fn set(function: &Host) {
    if notes::set_hook(function) {
        with_runtime(|runtime| runtime.tracker.review_with(review));
    } else {
        let reason = String::from("beforeSend: give a function");
        dispatch(now(), Input::Refused { reason });
    }
}

/// Shows an event to the shop's function and takes over its changes; says whether the source stays.
fn review(line: &str, event: &mut Event) -> Result<bool, &'static str> {
    let answer = Picked::of(notes::review(line));
    let mut fields = answer.fields();
    match fields.words() {
        "" => {}
        "refused" => return Err("it refused the event"),
        "promised" => return Err("it gave back a promise; answer at once"),
        _ => return Err("it threw"),
    }
    let name = fields.string();
    let user = fields.text().map(String::from);
    let (has_visitor, has_source) = (fields.is_yes(), fields.is_yes());
    let mut page = [const { None }; 4];
    for field in &mut page {
        *field = fields.text().map(String::from);
    }
    let facts =
        values::read(&mut fields, Dialect::Call).map_err(|_| "what it gave back can't be read")?;
    event.name = name;
    event.user = user;
    if !has_visitor {
        event.visitor = None;
    }
    if let Some(own) = &mut event.page {
        [own.url, own.path, own.title, own.referrer] = page;
    }
    event.props = facts.props;
    event.items = facts.items;
    event.value = facts.value;
    event.currency = facts.currency;
    Ok(has_source)
}
