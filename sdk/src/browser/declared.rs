//! Events that the shop declares in its markup: `data-dp-event="add_to_cart"` with `data-dp-item-id="17"`.
//!
//! A form's event happens when it is submitted, any other element's when it is clicked.

use alloc::string::String;

use event::limits::MAX_PROP_STRING_BYTES;
use event::{Decimal, Item, PropValue};

use super::host::Host;
use super::values;
use crate::tracker::{Facts, Input};

/// Most attributes of an element that are looked at.
const MAX_ATTRIBUTES: usize = 200;
/// What every attribute of ours begins with.
const PREFIX: &str = "data-dp-";
/// Properties that GA4 has as numbers. Others stay text: an order's id may be all digits.
const NUMBERS: [&str; 3] = ["shipping", "tax", "results"];

/// Reads the event that `element` or something around it declares for `trigger`, `click` or `submit`.
pub(super) fn read(element: &Host, trigger: &str) -> Option<Input> {
    let element = element
        .closest("[data-dp-event]")
        .ok()
        .filter(Host::exists)?;
    let is_form = element
        .get("localName")
        .text(8)
        .is_some_and(|tag| tag == "form");
    if is_form != (trigger == "submit") {
        return None;
    }
    let mut name = String::new();
    let mut facts = Facts::default();
    let attributes = element.get("attributes");
    for index in 0..attributes.length(MAX_ATTRIBUTES) {
        let attribute = attributes.at(index).ok()?;
        let key = attribute.get("name").text(MAX_PROP_STRING_BYTES);
        let Some(key) = key.as_deref().and_then(|key| key.strip_prefix(PREFIX)) else {
            continue;
        };
        let key: String = key.chars().map(underscored).collect();
        let value = attribute
            .get("value")
            .text(MAX_PROP_STRING_BYTES)
            .unwrap_or_default();
        match key.as_str() {
            "event" => name = value,
            "value" => facts.value = Decimal::parse(&value),
            "currency" => facts.currency = Some(value),
            _ if is_of_item(&key) => {}
            _ => {
                let number = Decimal::parse(&value).filter(|_| NUMBERS.contains(&key.as_str()));
                let value = number.map_or(PropValue::String(value), |number| {
                    PropValue::Number(number.to_f64())
                });
                facts.props.insert(key, value);
            }
        }
    }
    match values::item(&|field| attribute_of_item(&element, field)) {
        Ok(item) if item != Item::default() => {
            let value = item
                .price
                .and_then(|price| price.checked_mul(item.quantity.unwrap_or(1)));
            facts.value = facts.value.or(value);
            facts.items.push(item);
        }
        Ok(_) => {}
        Err(reason) => return Some(Input::Refused { reason }),
    }
    Some(Input::Track { name, facts })
}

fn underscored(character: char) -> char {
    if character == '-' { '_' } else { character }
}

fn hyphenated(character: char) -> char {
    if character == '_' { '-' } else { character }
}

/// Whether an attribute describes the one item that markup can declare.
fn is_of_item(key: &str) -> bool {
    key.starts_with("item_") || matches!(key, "price" | "discount" | "quantity" | "index")
}

/// The attribute that holds `field` of the item; undefined for fields that markup means for the whole event.
pub(super) fn attribute_of_item(element: &Host, field: &str) -> Host {
    let mut name = String::from(PREFIX);
    name.extend(field.chars().map(hyphenated));
    let value = is_of_item(field).then(|| element.get_attribute(&name).ok());
    value.flatten().unwrap_or_else(Host::undefined)
}
