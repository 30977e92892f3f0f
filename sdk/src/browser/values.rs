//! Reading what the shop passes: names and parameters of events.
//!
//! Values are read one by one rather than deserialized as a whole: a parameter that can't be collected (a
//! function, a nested object, null) is skipped, one that lies (a price that is no number) refuses the event, and
//! no more is copied than an event may hold.

use alloc::string::String;
use alloc::vec::Vec;

use event::limits::{
    MAX_FIELD_BYTES, MAX_ITEMS, MAX_NAME_BYTES, MAX_PROP_KEY_BYTES, MAX_PROP_STRING_BYTES,
    MAX_PROPS,
};
use event::{Decimal, Item, MICROS_PER_UNIT, PropValue};

use super::host::Host;
use crate::tracker::Facts;

/// Most parameters that are looked at.
const MAX_KEYS: usize = 4 * MAX_PROPS;

/// Reads an event's name.
///
/// # Errors
/// Words for the developer, when it is no string.
pub(super) fn name(value: &Host) -> Result<String, String> {
    value
        .text(MAX_NAME_BYTES)
        .ok_or_else(|| String::from("an event's name must be a string"))
}

/// Adds the parameters in `params` to `facts`, except those that `skip` names. No parameters are fine.
///
/// # Errors
/// Words for the developer, when `params` is no object, a getter throws, or an amount is no number.
pub(super) fn read(facts: &mut Facts, params: &Host, skip: fn(&str) -> bool) -> Result<(), String> {
    if !params.exists() {
        return Ok(());
    }
    let entries = params.entries(MAX_KEYS);
    if !entries.exists() {
        return Err("parameters must be a plain object whose properties can be read".into());
    }
    for index in (0..entries.length(2 * MAX_KEYS)).step_by(2) {
        let key = entries.at(index).text(MAX_PROP_KEY_BYTES);
        let Some(key) = key.filter(|key| !skip(key)) else {
            continue;
        };
        let value = entries.at(index + 1);
        match key.as_str() {
            "items" => facts.items = items(&value)?,
            "value" => {
                facts.value = amount(&key, params.pick(&key, MAX_FIELD_BYTES).fields().marked())?
            }
            "currency" => facts.currency = value.text(MAX_FIELD_BYTES),
            _ => {
                if let Some(value) = prop(&value) {
                    facts.props.insert(key, value);
                }
            }
        }
    }
    Ok(())
}

fn prop(value: &Host) -> Option<PropValue> {
    if let Some(text) = value.text(MAX_PROP_STRING_BYTES) {
        return Some(PropValue::String(text));
    }
    let number = value.as_f64().map(PropValue::Number);
    number.or_else(|| value.as_bool().map(PropValue::Bool))
}

fn items(list: &Host) -> Result<Vec<Item>, String> {
    let mut items = Vec::new();
    for index in 0..list.length(MAX_ITEMS) {
        items.push(item(&list.at(index), FIELDS)?);
    }
    Ok(items)
}

/// The fields of an item as properties.
const FIELDS: &str = "item_id item_name item_brand item_category item_category2 item_category3 item_category4 \
    item_category5 item_variant item_list_id item_list_name price discount quantity index coupon";
/// The fields of an item as attributes. What else there may be, markup means for the whole event.
pub(super) const ATTRIBUTES: &str = "@data-dp-item-id @data-dp-item-name @data-dp-item-brand \
    @data-dp-item-category @data-dp-item-category2 @data-dp-item-category3 @data-dp-item-category4 \
    @data-dp-item-category5 @data-dp-item-variant @data-dp-item-list-id @data-dp-item-list-name \
    @data-dp-price @data-dp-discount @data-dp-quantity @data-dp-index";

/// Reads the item whose fields are at these paths.
///
/// # Errors
/// Words for the developer, when an amount is no number.
pub(super) fn item(host: &Host, paths: &str) -> Result<Item, String> {
    let mut item = Item::default();
    let picked = host.pick(paths, MAX_FIELD_BYTES);
    let mut fields = picked.fields();
    // Shops number their products.
    for text in [
        &mut item.item_id,
        &mut item.item_name,
        &mut item.item_brand,
        &mut item.item_category,
        &mut item.item_category2,
        &mut item.item_category3,
        &mut item.item_category4,
        &mut item.item_category5,
        &mut item.item_variant,
        &mut item.item_list_id,
        &mut item.item_list_name,
    ] {
        *text = fields.text().map(String::from);
    }
    item.price = amount("price", fields.marked())?;
    item.discount = amount("discount", fields.marked())?;
    item.quantity = count("quantity", fields.marked())?;
    item.index = count("index", fields.marked())?;
    item.coupon = fields.text().map(String::from);
    Ok(item)
}

/// A number, or a string that holds one as many templates write it; `None` where there is nothing.
fn amount(key: &str, field: &str) -> Result<Option<Decimal>, String> {
    if field.is_empty() {
        return Ok(None);
    }
    let text = field.strip_prefix("=").unwrap_or_default();
    let number = Decimal::parse(text.trim_ascii());
    number.map(Some).ok_or_else(|| problem(key, "not a number"))
}

/// A whole number that is not below zero.
fn count(key: &str, field: &str) -> Result<Option<u32>, String> {
    let Some(number) = amount(key, field)? else {
        return Ok(None);
    };
    let whole = u32::try_from(number.micros() / MICROS_PER_UNIT).ok();
    whole
        .filter(|_| number.micros() % MICROS_PER_UNIT == 0)
        .map(Some)
        .ok_or_else(|| problem(key, "not a whole number"))
}

fn problem(field: &str, problem: &str) -> String {
    let mut words = String::from(field);
    words.push_str(": ");
    words.push_str(problem);
    words
}
