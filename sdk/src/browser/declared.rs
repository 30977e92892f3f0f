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
    let element = element.around("[data-dp-event]")?;
    let is_form = element.words("localName", 8) == "form";
    if is_form != (trigger == "submit") {
        return None;
    }
    let mut name = String::new();
    let mut facts = Facts::default();
    for attribute in element.get("attributes").each(MAX_ATTRIBUTES) {
        let picked = attribute.pick("name value", MAX_PROP_STRING_BYTES);
        let mut fields = picked.fields();
        let Some(key) = fields.words().strip_prefix(PREFIX) else {
            continue;
        };
        let key: String = key.chars().map(underscored).collect();
        let value = fields.words();
        match key.as_str() {
            "event" => name = value.into(),
            "value" => facts.value = Decimal::parse(value),
            "currency" => facts.currency = Some(value.into()),
            _ if is_of_item(&key) => {}
            _ => {
                let number = Decimal::parse(value).filter(|_| NUMBERS.contains(&key.as_str()));
                let value = number.map_or_else(
                    || PropValue::String(value.into()),
                    |number| PropValue::Number(number.to_f64()),
                );
                facts.props.insert(key, value);
            }
        }
    }
    match values::item(&element, values::ATTRIBUTES) {
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

/// Whether an attribute describes the one item that markup can declare.
fn is_of_item(key: &str) -> bool {
    key.starts_with("item_") || matches!(key, "price" | "discount" | "quantity" | "index")
}
