//! Forms: which one, and which field, by name. A field's content is never read.

use super::clicks::{IGNORED, lineage};
use super::dispatch;
use super::host::Host;
use super::{now, with_runtime};
use crate::tracker::{Input, Signal, selector};
use alloc::string::String;

/// Longest name of a form or a field that is read.
const MAX_NAME_UNITS: usize = 64;

/// A field was changed. Every key that is typed comes here; only the first in a row on one field goes on.
pub(super) fn touched(event: &Host) {
    let field = event.get("target");
    let is_same = with_runtime(|runtime| {
        core::mem::replace(&mut runtime.observed.field, field.clone()) == field
    });
    let form = field.get("form");
    // Scripts fill in fields too, and say so with events of their own.
    if is_same != Some(false) || !form.exists() || !event.get("isTrusted").is_truthy() {
        return;
    }
    if let Some(form) = form_name(&form) {
        let field = name(&field);
        dispatch(now(), Input::Signal(Signal::Touched { form, field }));
    }
}

/// A form was submitted.
pub(super) fn submitted(event: &Host) {
    // The next change of a field opens the form again.
    with_runtime(|runtime| runtime.observed.field = Host::undefined());
    if let Some(form) = form_name(&event.get("target")) {
        dispatch(now(), Input::Signal(Signal::Submitted { form }));
    }
}

/// The form's id or name, or else a selector; `None` where it is not to be noticed.
fn form_name(form: &Host) -> Option<String> {
    if form.around(IGNORED).is_some() {
        return None;
    }
    let name = name(form);
    Some(if name.is_empty() {
        selector(&lineage(form))
    } else {
        name
    })
}

fn name(element: &Host) -> String {
    let name = element.words("@name", MAX_NAME_UNITS);
    if name.is_empty() {
        element.words("@id", MAX_NAME_UNITS)
    } else {
        name
    }
}
