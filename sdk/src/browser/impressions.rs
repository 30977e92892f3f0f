//! Products and promotions in view: elements with `data-dp-item` or `data-dp-promo`.

use alloc::string::String;

use event::PropValue;
use event::limits::MAX_FIELD_BYTES;

use super::host::{Host, global};
use super::observe::signal;
use super::{dispatch, now, values, with_runtime};
use crate::tracker::{Facts, Input, Sight, Signal};

/// What is noticed when it comes into view.
const SHOWN: &str = "[data-dp-item],[data-dp-promo]";
/// What is an exposure when it comes into view; where it is the element of an event, the event says when.
const EXPOSED: &str = "[data-dp-experiment]:not([data-dp-event])";
/// What a promotion says of itself.
const DECLARED: &str =
    "@data-dp-promo @data-dp-promotion-name @data-dp-creative-name @data-dp-creative-slot";
/// Most elements of a page that are observed.
const MAX_ELEMENTS: usize = 1000;
/// So much of an element must be in view.
const SHARE: f64 = 0.5;

/// Observes what is there by now. A new view begins anew: what is still in view is seen on it too.
pub(super) fn find(is_new_view: bool) {
    let document = global("document");
    let selector = String::from(SHOWN) + "," + EXPOSED;
    let elements = document.invoke_with("querySelectorAll", &selector.into());
    let mut observer =
        with_runtime(|runtime| runtime.observed.sights.clone()).unwrap_or_else(Host::undefined);
    if is_new_view {
        observer.ask("disconnect");
    }
    for element in elements.each(MAX_ELEMENTS) {
        if !observer.exists() {
            let options = Host::object();
            options.set("threshold", SHARE);
            observer = Host::observer("IntersectionObserver", crossed, &options);
            with_runtime(|runtime| runtime.observed.sights = observer.clone());
        }
        // What is observed already stays so.
        observer.invoke_with("observe", &element);
    }
}

/// Elements came into view, or left it.
fn crossed(entries: &Host) {
    for entry in entries.each(MAX_ELEMENTS) {
        let is_in_view = entry.number("intersectionRatio") >= SHARE;
        let target = entry.get("target");
        if is_in_view {
            expose(&target);
        }
        let picked = target.pick("@data-dp-item @data-dp-promo", MAX_FIELD_BYTES);
        let mut marks = picked.fields();
        let is_told = !marks.marked().is_empty() || !marks.marked().is_empty();
        if let Some(sight) = read(&target).filter(|_| is_told) {
            signal(Signal::Sighted { sight, is_in_view });
        }
    }
}

/// Reports the variant that `element` shows, if it shows one. The tracker reports each once a session.
fn expose(element: &Host) {
    let picked = element.pick("@data-dp-experiment @data-dp-variant", MAX_FIELD_BYTES);
    let mut fields = picked.fields();
    if let Some(experiment) = fields.text() {
        let mut facts = Facts::default();
        for (key, text) in [("experiment", experiment), ("variant", fields.words())] {
            facts
                .props
                .insert(key.into(), PropValue::String(text.into()));
        }
        let name = event::kinds::EXPERIMENT_EXPOSURE.into();
        dispatch(now(), Input::Track { name, facts });
    }
}

/// The event that pressing the link `element` makes when it belongs to a product or a promotion.
pub(super) fn chosen(element: &Host) -> Option<Input> {
    let sight = read(&element.around(SHOWN)?)?;
    let name = if sight.is_promotion {
        event::kinds::SELECT_PROMOTION
    } else {
        event::kinds::SELECT_ITEM
    };
    Some(Input::Track {
        name: name.into(),
        facts: sight.facts,
    })
}

/// Reads what an element declares; `None` where it can't be read.
fn read(element: &Host) -> Option<Sight> {
    let picked = element.pick(DECLARED, MAX_FIELD_BYTES);
    let mut fields = picked.fields();
    let id = fields.words();
    let is_promotion = !id.is_empty();
    let mut facts = Facts::default();
    let mut prop = |key: &str, value: &str| {
        if !value.is_empty() {
            facts
                .props
                .insert(key.into(), PropValue::String(value.into()));
        }
    };
    if is_promotion {
        prop("promotion_id", id);
        for key in ["promotion_name", "creative_name", "creative_slot"] {
            prop(key, fields.words());
        }
    } else {
        // The list says once what holds for all that is in it.
        prop("item_list_id", &around(element, "data-dp-item-list-id"));
        prop("item_list_name", &around(element, "data-dp-item-list-name"));
        let mut item = values::item(element, values::ATTRIBUTES).ok()?;
        let id = element.words("@data-dp-item", MAX_FIELD_BYTES);
        item.item_id = item.item_id.or(Some(id).filter(|id| !id.is_empty()));
        let currency = around(element, "data-dp-currency");
        facts.currency = Some(currency).filter(|currency| !currency.is_empty());
        facts.items.push(item);
    }
    Some(Sight {
        is_promotion,
        facts,
    })
}

/// The attribute of the element or of the nearest one around it that has it.
fn around(element: &Host, name: &str) -> String {
    let selector = String::from("[") + name + "]";
    let holder = element.around(&selector);
    holder.map_or_else(String::new, |holder| {
        holder.words(&(String::from("@") + name), MAX_FIELD_BYTES)
    })
}
