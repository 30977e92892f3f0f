//! What the shop passes, as `js/values.js` reads it: parameters of events.
//!
//! A parameter that can't be collected (a function, a nested object, null) is skipped, one that lies (a price that is
//! no number) refuses the event.

use alloc::string::String;

use event::{Decimal, Item, MICROS_PER_UNIT, PropValue};

use super::host::{self, Fields};
use crate::tracker::{Facts, text};

/// Where parameters come from.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Dialect {
    /// A call of the tracker's own.
    Call,
    /// The data layer, which has keys that are not for us.
    Data,
    /// Markup, where all is text. What is no sum there is no value.
    Markup,
}

/// Properties that GA4 has as numbers. Others stay text in markup: an order's id may be all digits.
const NUMBERS: [&str; 3] = ["shipping", "tax", "results"];

/// Reads parameters: keys and values in turn, to the end.
///
/// # Errors
/// Words for the developer, when they are no object, one can't be read, or an amount is no number.
pub(super) fn read(fields: &mut Fields<'_>, dialect: Dialect) -> Result<Facts, String> {
    let mut facts = Facts::default();
    loop {
        let key = match fields.marked() {
            "" => return Ok(facts),
            key => key.strip_prefix("=").ok_or(UNREADABLE)?,
        };
        match key {
            "items" => {
                for _ in 0..text::number(fields.words()).unwrap_or_default() {
                    facts.items.push(item(fields)?);
                }
            }
            "value" if dialect == Dialect::Markup => facts.value = Decimal::parse(fields.words()),
            "value" => facts.value = amount(key, fields.marked())?,
            "currency" => facts.currency = fields.text().map(String::from),
            _ => {
                let field = fields.marked();
                let is_number = dialect == Dialect::Markup && NUMBERS.contains(&key);
                let number = is_number.then(|| Decimal::parse(field.get(1..)?)).flatten();
                let value = match number {
                    Some(number) => Some(PropValue::Number(number.to_f64())),
                    None => prop(field),
                };
                let is_skipped = dialect == Dialect::Data && is_for_google(key);
                if let Some(value) = value.filter(|_| !is_skipped) {
                    facts.props.insert(key.into(), value);
                }
            }
        }
    }
}

const UNREADABLE: &str = "parameters must be a plain object whose properties can be read";

fn prop(field: &str) -> Option<PropValue> {
    let mark = field.bytes().next()?;
    let rest = field.get(1..)?;
    Some(match mark {
        b'=' => PropValue::String(rest.into()),
        b'#' => PropValue::Number(match text::number(rest) {
            Some(whole) => whole as f64,
            None => host::parse(rest),
        }),
        _ => PropValue::Bool(!rest.is_empty()),
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

/// Reads an item.
///
/// # Errors
/// Words for the developer, when an amount is no number.
fn item(fields: &mut Fields<'_>) -> Result<Item, String> {
    let mut item = Item::default();
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
