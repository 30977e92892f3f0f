//! Properties and products of foreign events, read as leniently as their meaning allows.
//!
//! Other systems put lists and objects among properties, write numbers as text, and name the fields of a product
//! in several ways. What is no scalar is passed over; what should be an amount and is none is an error.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, Visitor};

use super::fields::Value;
use super::json::Text;
use super::maker::{amount, whole_number};
use crate::row::ItemRef;

/// An object of properties, in its order, without those whose key begins with `$`: by custom, these belong to
/// the system that recorded the event.
#[derive(Debug, Default)]
pub(super) struct ForeignProps<'a>(pub(super) Vec<(Text<'a>, Value<'a>)>);

/// A list of products; `null` counts as an empty one.
#[derive(Debug, Default)]
pub(super) struct ForeignItems<'a>(pub(super) Vec<ForeignItem<'a>>);

/// One product.
#[derive(Debug, Default)]
pub(super) struct ForeignItem<'a> {
    /// Id, name, brand and category, each with the rank of the key that gave it.
    texts: [Option<(usize, Cow<'a, str>)>; 4],
    price_micros: Option<i64>,
    quantity: Option<u32>,
}

/// The keys of a product's texts, the strongest first.
const TEXT_KEYS: [&[&str]; 4] = [
    &["item_id", "product_id", "id", "sku", "itemSKU"],
    &["item_name", "product_name", "name", "itemName"],
    &["item_brand", "brand"],
    &["item_category", "category", "itemCategory"],
];

impl ForeignItem<'_> {
    pub(super) fn borrow(&self) -> ItemRef<'_> {
        let [item_id, item_name, item_brand, item_category] = self
            .texts
            .each_ref()
            .map(|text| text.as_ref().map(|(_, text)| &**text));
        ItemRef {
            item_id,
            item_name,
            item_brand,
            item_category,
            price_micros: self.price_micros,
            quantity: self.quantity.unwrap_or(1),
        }
    }
}

impl<'a> ForeignItem<'a> {
    fn take(&mut self, key: &str, value: Value<'a>) -> Result<(), &'static str> {
        if value == Value::Missing || matches!(&value, Value::Text(text) if text.is_empty()) {
            return Ok(());
        }
        match key {
            "price" => {
                let price = amount(value.cell());
                self.price_micros = Some(price.map_err(|_| "the price is not an amount")?);
            }
            "quantity" => {
                let count = whole_number(value.cell());
                self.quantity = Some(count.ok_or("the quantity is not a number of pieces")?);
            }
            _ => {
                for (text, keys) in self.texts.iter_mut().zip(TEXT_KEYS) {
                    let Some(rank) = keys.iter().position(|known| *known == key) else {
                        continue;
                    };
                    if text.as_ref().is_none_or(|(known, _)| rank < *known) {
                        *text = Some((rank, written(value)));
                    }
                    break;
                }
            }
        }
        Ok(())
    }
}

fn written(value: Value<'_>) -> Cow<'_, str> {
    match value {
        Value::Text(text) => text,
        other => {
            let mut text = String::new();
            other.cell().write_text(&mut text);
            Cow::Owned(text)
        }
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for ForeignProps<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Entries;
        impl<'de> Visitor<'de> for Entries {
            type Value = ForeignProps<'de>;

            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str("an object of properties")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut props = Vec::new();
                while let Some((key, value)) = map.next_entry::<Text<'de>, Value<'de>>()? {
                    if !key.as_str().starts_with('$') {
                        props.push((key, value));
                    }
                }
                Ok(ForeignProps(props))
            }
        }
        deserializer.deserialize_map(Entries)
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for ForeignItems<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let items = Option::<Vec<ForeignItem<'a>>>::deserialize(deserializer)?;
        Ok(Self(items.unwrap_or_default()))
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for ForeignItem<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Fields;
        impl<'de> Visitor<'de> for Fields {
            type Value = ForeignItem<'de>;

            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str("a product")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut item = ForeignItem::default();
                while let Some((key, value)) = map.next_entry::<Text<'de>, Value<'de>>()? {
                    item.take(key.as_str(), value).map_err(A::Error::custom)?;
                }
                Ok(item)
            }
        }
        deserializer.deserialize_map(Fields)
    }
}
