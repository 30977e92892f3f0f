//! Products and promotions in view: elements with `data-dp-item` or `data-dp-promo`.

use alloc::string::String;

use event::PropValue;
use event::limits::MAX_FIELD_BYTES;

use super::declared::attribute_of_item;
use super::host::{Host, window};
use super::observe::signal;
use super::{dispatch, now, values, with_runtime};
use crate::tracker::{Facts, Input, Sight, Signal};

/// What is noticed when it comes into view.
const SHOWN: &str = "[data-dp-item],[data-dp-promo]";
/// What is an exposure when it comes into view; where it is the element of an event, the event says when.
const EXPOSED: &str = "[data-dp-experiment]:not([data-dp-event])";
/// Most elements of a page that are observed.
const MAX_ELEMENTS: usize = 1000;
/// So much of an element must be in view.
const SHARE: f64 = 0.5;

/// Observes what is there by now. A new view begins anew: what is still in view is seen on it too.
pub(super) fn find(is_new_view: bool) {
    let document = window().get("document");
    let selector = String::from(SHOWN) + "," + EXPOSED;
    let elements = document.invoke_with("querySelectorAll", &selector.into());
    let n_elements = elements.length(MAX_ELEMENTS).min(MAX_ELEMENTS);
    let mut observer =
        with_runtime(|runtime| runtime.observed.sights.clone()).unwrap_or_else(Host::undefined);
    if is_new_view {
        observer.ask("disconnect");
    }
    if n_elements == 0 {
        return;
    }
    if !observer.exists() {
        let options = Host::object();
        options.set("threshold", SHARE);
        observer = Host::construct("IntersectionObserver", crossed, &options);
        with_runtime(|runtime| runtime.observed.sights = observer.clone());
    }
    for index in 0..n_elements {
        if let Ok(element) = elements.at(index) {
            // What is observed already stays so.
            observer.invoke_with("observe", &element);
        }
    }
}

/// Elements came into view, or left it.
fn crossed(entries: &Host) {
    for index in 0..entries.length(MAX_ELEMENTS) {
        let Ok(entry) = entries.at(index) else { return };
        let share = entry.get("intersectionRatio").as_f64().unwrap_or_default();
        let target = entry.get("target");
        if share >= SHARE {
            expose(&target);
        }
        let is_told = has(&target, "data-dp-item") || has(&target, "data-dp-promo");
        if let Some(sight) = read(&target).filter(|_| is_told) {
            signal(Signal::Sighted {
                sight,
                is_in_view: share >= SHARE,
            });
        }
    }
}

fn has(element: &Host, attribute: &str) -> bool {
    let value = element.get_attribute(attribute);
    value.is_ok_and(|value| value.exists())
}

/// Reports the variant that `element` shows, if it shows one. The tracker reports each once a session.
fn expose(element: &Host) {
    let text = |name| PropValue::String(element.attribute(name, MAX_FIELD_BYTES));
    if has(element, "data-dp-experiment") {
        let mut facts = Facts::default();
        for (key, name) in [
            ("experiment", "data-dp-experiment"),
            ("variant", "data-dp-variant"),
        ] {
            facts.props.insert(key.into(), text(name));
        }
        let name = event::kinds::EXPERIMENT_EXPOSURE.into();
        dispatch(now(), Input::Track { name, facts });
    }
}

/// The event that pressing the link `element` makes when it belongs to a product or a promotion.
pub(super) fn chosen(element: &Host) -> Option<Input> {
    let sight = read(&element.closest(SHOWN).ok().filter(Host::exists)?)?;
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
    let id = element.attribute("data-dp-promo", MAX_FIELD_BYTES);
    let is_promotion = !id.is_empty();
    let mut facts = Facts::default();
    let mut prop = |key: &str, value: String| {
        if !value.is_empty() {
            facts.props.insert(key.into(), PropValue::String(value));
        }
    };
    if is_promotion {
        prop("promotion_id", id);
        for (key, name) in [
            ("promotion_name", "data-dp-promotion-name"),
            ("creative_name", "data-dp-creative-name"),
            ("creative_slot", "data-dp-creative-slot"),
        ] {
            prop(key, element.attribute(name, MAX_FIELD_BYTES));
        }
    } else {
        // The list says once what holds for all that is in it.
        for (key, name) in [
            ("item_list_id", "data-dp-item-list-id"),
            ("item_list_name", "data-dp-item-list-name"),
        ] {
            prop(key, around(element, name));
        }
        let mut item = values::item(&|field| attribute_of_item(element, field)).ok()?;
        let id = element.attribute("data-dp-item", MAX_FIELD_BYTES);
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
    let mut selector = String::from("[");
    selector.push_str(name);
    selector.push(']');
    let holder = element.closest(&selector).ok().filter(Host::exists);
    holder.map_or_else(String::new, |holder| {
        holder.attribute(name, MAX_FIELD_BYTES)
    })
}
