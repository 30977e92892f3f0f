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

use super::host::{Host, printed};
use crate::tracker::Facts;

/// Most parameters that are looked at.
const MAX_KEYS: usize = 4 * MAX_PROPS;
/// Longest number in text form.
const MAX_NUMBER_BYTES: usize = 32;

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
    let keys = params
        .is_object()
        .then(|| params.keys().ok())
        .flatten()
        .ok_or("parameters must be a plain object")?;
    for index in 0..keys.length(MAX_KEYS).min(MAX_KEYS) {
        let Some(key) = keys
            .at(index)
            .ok()
            .and_then(|key| key.text(MAX_PROP_KEY_BYTES))
        else {
            continue;
        };
        if skip(&key) {
            continue;
        }
        let value = params
            .try_get(&key)
            .map_err(|_| problem(&key, "reading it throws"))?;
        match key.as_str() {
            "items" => facts.items = items(&value)?,
            "value" => facts.value = amount(&key, &value)?,
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
    (0..list.length(MAX_ITEMS))
        .map(|index| {
            let item = list
                .at(index)
                .map_err(|_| problem("items", "reading it throws"))?;
            self::item(&|field| item.get(field))
        })
        .collect()
}

/// Reads an item whose fields `field` finds.
///
/// # Errors
/// Words for the developer, when an amount is no number.
pub(super) fn item(field: &dyn Fn(&str) -> Host) -> Result<Item, String> {
    let mut item = Item::default();
    for (key, text) in [
        ("item_id", &mut item.item_id),
        ("item_name", &mut item.item_name),
        ("item_brand", &mut item.item_brand),
        ("item_category", &mut item.item_category),
        ("item_category2", &mut item.item_category2),
        ("item_category3", &mut item.item_category3),
        ("item_category4", &mut item.item_category4),
        ("item_category5", &mut item.item_category5),
        ("item_variant", &mut item.item_variant),
        ("coupon", &mut item.coupon),
        ("item_list_id", &mut item.item_list_id),
        ("item_list_name", &mut item.item_list_name),
    ] {
        let value = field(key);
        // Shops number their products.
        *text = value
            .text(MAX_FIELD_BYTES)
            .or_else(|| value.as_f64().map(printed));
    }
    for (key, amount) in [("price", &mut item.price), ("discount", &mut item.discount)] {
        *amount = self::amount(key, &field(key))?;
    }
    for (key, count) in [("quantity", &mut item.quantity), ("index", &mut item.index)] {
        *count = match self::amount(key, &field(key))? {
            Some(number) => Some(whole(number).ok_or_else(|| problem(key, "not a whole number"))?),
            None => None,
        };
    }
    Ok(item)
}

/// A number, or a string that holds one as many templates write it; `None` where there is nothing.
fn amount(key: &str, value: &Host) -> Result<Option<Decimal>, String> {
    if !value.exists() {
        return Ok(None);
    }
    let number = match value.text(MAX_NUMBER_BYTES) {
        Some(text) => Decimal::parse(text.trim_ascii()),
        None => value.as_f64().and_then(Decimal::from_f64),
    };
    number.map(Some).ok_or_else(|| problem(key, "not a number"))
}

fn whole(number: Decimal) -> Option<u32> {
    let whole = u32::try_from(number.micros() / MICROS_PER_UNIT).ok()?;
    (number.micros() % MICROS_PER_UNIT == 0).then_some(whole)
}

fn problem(field: &str, problem: &str) -> String {
    let mut words = String::from(field);
    words.push_str(": ");
    words.push_str(problem);
    words
}
