//! The JSON forms of properties and items, and of a whole event, borrowed from the bytes that are read.
//!
//! [`event::Event`] owns its texts; a dataset copies each distinct one once. So these types borrow instead,
//! and the tests hold them to what `event::Event` reads from the same line.

use std::borrow::Cow;
use std::fmt;

use event::{Decimal, Uuid};
use serde::de::{Deserialize, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

use crate::row::{ItemRef, PropRef};

/// A text that is borrowed unless it holds escapes. (serde borrows a bare `Cow`, but not one in an `Option`.)
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Text<'a>(pub(super) Cow<'a, str>);

/// One event on one line, as a collector exports it.
#[derive(serde::Deserialize)]
pub(super) struct WireEvent<'a> {
    pub(super) id: Uuid,
    pub(super) ts: i64,
    pub(super) seq: u32,
    #[serde(borrow, default)]
    pub(super) visitor: Option<Text<'a>>,
    #[serde(borrow, default)]
    pub(super) user: Option<Text<'a>>,
    #[serde(borrow, default)]
    pub(super) tab: Option<Text<'a>>,
    #[serde(borrow)]
    pub(super) name: Text<'a>,
    #[serde(borrow, default)]
    pub(super) page: Option<WirePage<'a>>,
    #[serde(borrow, default)]
    pub(super) source: Option<WireSource<'a>>,
    #[serde(borrow, default)]
    pub(super) props: Props<'a>,
    #[serde(borrow, default)]
    pub(super) items: Items<'a>,
    #[serde(default)]
    pub(super) value: Option<Decimal>,
    #[serde(borrow, default)]
    pub(super) currency: Option<Text<'a>>,
}

/// The page of a [`WireEvent`].
#[derive(serde::Deserialize)]
pub(super) struct WirePage<'a> {
    #[serde(borrow, default)]
    pub(super) url: Option<Text<'a>>,
    #[serde(borrow, default)]
    pub(super) path: Option<Text<'a>>,
}

/// The source of a [`WireEvent`].
#[derive(serde::Deserialize)]
pub(super) struct WireSource<'a> {
    #[serde(borrow, default)]
    pub(super) last: Option<WireTouch<'a>>,
}

/// A touch of a [`WireSource`]: what becomes properties.
#[derive(serde::Deserialize)]
pub(super) struct WireTouch<'a> {
    #[serde(borrow, default)]
    pub(super) channel: Option<Text<'a>>,
    #[serde(borrow, default)]
    pub(super) utm_source: Option<Text<'a>>,
    #[serde(borrow, default)]
    pub(super) utm_medium: Option<Text<'a>>,
    #[serde(borrow, default)]
    pub(super) utm_campaign: Option<Text<'a>>,
}

/// An object of properties, in its order.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Props<'a>(pub(super) Vec<(Text<'a>, Prop<'a>)>);

/// The value of a property.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Prop<'a> {
    String(Text<'a>),
    Number(f64),
    Bool(bool),
}

/// A list of products.
#[derive(Debug, Default, PartialEq, serde::Deserialize)]
#[serde(transparent)]
pub(super) struct Items<'a>(#[serde(borrow)] pub(super) Vec<Item<'a>>);

/// One product: the fields that analyses use.
#[derive(Debug, PartialEq, serde::Deserialize)]
pub(super) struct Item<'a> {
    #[serde(borrow, default)]
    item_id: Option<Text<'a>>,
    #[serde(borrow, default)]
    item_name: Option<Text<'a>>,
    #[serde(borrow, default)]
    item_brand: Option<Text<'a>>,
    #[serde(borrow, default)]
    item_category: Option<Text<'a>>,
    #[serde(default)]
    price: Option<Decimal>,
    #[serde(default)]
    quantity: Option<u32>,
}

impl Text<'_> {
    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}

/// The text of an optional field.
pub(super) fn text<'t>(field: &'t Option<Text<'_>>) -> Option<&'t str> {
    field.as_ref().map(Text::as_str)
}

impl Prop<'_> {
    pub(super) fn borrow(&self) -> PropRef<'_> {
        match self {
            Self::String(text) => PropRef::String(text.as_str()),
            Self::Number(number) => PropRef::Number(*number),
            Self::Bool(truth) => PropRef::Bool(*truth),
        }
    }
}

impl Item<'_> {
    pub(super) fn borrow(&self) -> ItemRef<'_> {
        ItemRef {
            item_id: text(&self.item_id),
            item_name: text(&self.item_name),
            item_brand: text(&self.item_brand),
            item_category: text(&self.item_category),
            price_micros: self.price.map(Decimal::micros),
            quantity: self.quantity.unwrap_or(1),
        }
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Borrow;
        impl<'de> Visitor<'de> for Borrow {
            type Value = Text<'de>;

            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str("a string")
            }

            fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Text<'de>, E> {
                Ok(Text(Cow::Borrowed(text)))
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Text<'de>, E> {
                Ok(Text(Cow::Owned(text.to_owned())))
            }
        }
        deserializer.deserialize_str(Borrow)
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Prop<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Scalar;
        impl<'de> Visitor<'de> for Scalar {
            type Value = Prop<'de>;

            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str("a string, a number or a truth value")
            }

            fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Prop<'de>, E> {
                Ok(Prop::String(Text(Cow::Borrowed(text))))
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Prop<'de>, E> {
                Ok(Prop::String(Text(Cow::Owned(text.to_owned()))))
            }

            fn visit_bool<E: Error>(self, truth: bool) -> Result<Prop<'de>, E> {
                Ok(Prop::Bool(truth))
            }

            fn visit_i64<E: Error>(self, number: i64) -> Result<Prop<'de>, E> {
                Ok(Prop::Number(number as f64))
            }

            fn visit_u64<E: Error>(self, number: u64) -> Result<Prop<'de>, E> {
                Ok(Prop::Number(number as f64))
            }

            fn visit_f64<E: Error>(self, number: f64) -> Result<Prop<'de>, E> {
                Ok(Prop::Number(number))
            }
        }
        deserializer.deserialize_any(Scalar)
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Props<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Entries;
        impl<'de> Visitor<'de> for Entries {
            type Value = Props<'de>;

            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str("an object of properties")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Props<'de>, A::Error> {
                let mut props = Vec::with_capacity(map.size_hint().unwrap_or(4));
                while let Some(entry) = map.next_entry()? {
                    props.push(entry);
                }
                Ok(Props(props))
            }
        }
        deserializer.deserialize_map(Entries)
    }
}

/// The keys of a JSON object, nested ones by their path, those of a list of objects as `list[].key`.
pub(super) struct Keys(pub(super) Vec<String>);

impl Keys {
    /// Those of a line; none where it is no JSON object.
    pub(super) fn of_line(line: &[u8]) -> Vec<String> {
        // As text, like every other line: bytes would have a JSON reader of their own.
        let keys = serde_json::from_str(&String::from_utf8_lossy(line));
        keys.map_or_else(|_| vec![], |Self(keys)| keys)
    }
}

impl<'de> Deserialize<'de> for Keys {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Paths;
        impl<'de> Visitor<'de> for Paths {
            type Value = Keys;

            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str("a JSON object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Keys, A::Error> {
                let mut keys = Vec::new();
                while let Some(key) = map.next_key::<Cow<'de, str>>()? {
                    match map.next_value()? {
                        Shape::Scalar => keys.push(key.into_owned()),
                        Shape::Object(inner) => {
                            keys.extend(inner.iter().map(|name| format!("{key}.{name}")));
                        }
                        Shape::List(inner) => {
                            keys.extend(inner.iter().map(|name| format!("{key}[].{name}")));
                        }
                    }
                }
                Ok(Keys(keys))
            }
        }
        deserializer.deserialize_map(Paths)
    }
}

/// What [`Keys`] finds behind a key.
enum Shape {
    Scalar,
    Object(Vec<String>),
    List(Vec<String>),
}

impl<'de> Deserialize<'de> for Shape {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Any;
        impl<'de> Visitor<'de> for Any {
            type Value = Shape;

            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str("any JSON value")
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Shape, A::Error> {
                let Keys(keys) =
                    Keys::deserialize(serde::de::value::MapAccessDeserializer::new(map))?;
                Ok(Shape::Object(keys))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Shape, A::Error> {
                let first = list.next_element()?;
                while list.next_element::<IgnoredAny>()?.is_some() {}
                match first {
                    Some(Shape::Object(keys)) => Ok(Shape::List(keys)),
                    _ => Ok(Shape::List(Vec::new())),
                }
            }

            fn visit_str<E: Error>(self, _: &str) -> Result<Shape, E> {
                Ok(Shape::Scalar)
            }

            fn visit_i64<E: Error>(self, _: i64) -> Result<Shape, E> {
                Ok(Shape::Scalar)
            }

            fn visit_u64<E: Error>(self, _: u64) -> Result<Shape, E> {
                Ok(Shape::Scalar)
            }

            fn visit_f64<E: Error>(self, _: f64) -> Result<Shape, E> {
                Ok(Shape::Scalar)
            }

            fn visit_bool<E: Error>(self, _: bool) -> Result<Shape, E> {
                Ok(Shape::Scalar)
            }

            fn visit_unit<E: Error>(self) -> Result<Shape, E> {
                Ok(Shape::Scalar)
            }
        }
        deserializer.deserialize_any(Any)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_of_objects_and_lists() {
        let line = r#"{"a":1,"b":{"c":null,"d":{"e":"x"}},"f":[{"g":1.5,"h":true},{"i":2}],"j":[1,[2]],"k":[]}"#;
        let Keys(keys) = serde_json::from_str(line).unwrap();
        assert_eq!(keys, ["a", "b.c", "b.d.e", "f[].g", "f[].h"]);
    }

    #[test]
    fn a_line_with_bytes_that_are_no_text_has_its_keys() {
        assert_eq!(Keys::of_line(b"{\"a\":\"caf\xe9\",\"b\":1}"), ["a", "b"]);
        assert!(Keys::of_line(b"{\"a\":").is_empty());
    }

    #[test]
    fn texts_are_borrowed_unless_escaped() {
        let Props(props) =
            serde_json::from_str(r#"{"plain":"x","esc\"aped":"a\nb","n":1,"b":false}"#).unwrap();
        assert!(matches!(
            &props[0],
            (
                Text(Cow::Borrowed("plain")),
                Prop::String(Text(Cow::Borrowed("x")))
            )
        ));
        assert_eq!(
            props[1],
            (Text("esc\"aped".into()), Prop::String(Text("a\nb".into())))
        );
        assert_eq!(props[2].1, Prop::Number(1.0));
        assert_eq!(props[3].1, Prop::Bool(false));
    }

    #[test]
    fn nested_properties_are_refused() {
        assert!(serde_json::from_str::<Props<'_>>(r#"{"a":{"b":1}}"#).is_err());
        assert!(serde_json::from_str::<Props<'_>>(r#"{"a":null}"#).is_err());
    }
}
