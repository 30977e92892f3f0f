//! Plain data, and configurations made of it.
//!
//! Serde makes a reader of a struct for every format that it is read from, and each is long: a
//! variable a field, and a state for every way in which they can be missing. In the module that a
//! browser downloads each costs kilobytes. So what is configured is first read as plain data, and
//! then each struct is a table of its fields' names and places (`plain/configs.rs`). Elsewhere Serde's
//! readers do the same: the tests compare them.

mod configs;
mod fields;
#[cfg(test)]
mod tests;

use std::fmt::{self, Display, Formatter};

use serde::de::value::{MapAccessDeserializer, StringDeserializer};
use serde::de::{
    DeserializeSeed, Deserializer, Error as _, Expected, IntoDeserializer, MapAccess, Unexpected,
    Visitor,
};
use serde::forward_to_deserialize_any;
use serde_json::Value;

/// What can be made of plain data.
pub trait FromPlain: Sized {
    /// Makes a value of plain data.
    ///
    /// # Errors
    /// When the data is not what the value is made of; says where, and what was expected.
    fn from_plain(value: Value) -> Result<Self, PlainError>;
}

/// Data that is not what a value is made of.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct PlainError(Box<Misfit>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Misfit {
    /// From the outermost value to the one that is wrong, such as `steps[2].filter`; empty where
    /// that is the outermost itself.
    place: String,
    problem: String,
}

impl PlainError {
    /// The same, seen from the value that has the misfit, or what contains it, as this field or
    /// element.
    fn within(mut self, part: String) -> Self {
        let place = std::mem::replace(&mut self.0.place, part);
        if !place.is_empty() && !place.starts_with('[') {
            self.0.place.push('.');
        }
        self.0.place.push_str(&place);
        self
    }
}

impl Display for PlainError {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Misfit { place, problem } = &*self.0;
        if !place.is_empty() {
            write!(f, "{place}: ")?;
        }
        f.write_str(problem)
    }
}

impl serde::de::Error for PlainError {
    fn custom<T: Display>(problem: T) -> Self {
        Self(Box::new(Misfit {
            place: String::new(),
            problem: problem.to_string(),
        }))
    }
}

/// That something else was expected than `found`.
fn invalid_type(found: &Value, expected: &dyn Expected) -> PlainError {
    let found = match found {
        Value::Null => Unexpected::Unit,
        Value::Bool(flag) => Unexpected::Bool(*flag),
        Value::Number(number) => match number.as_i64() {
            Some(number) => Unexpected::Signed(number),
            None => Unexpected::Float(number.as_f64().unwrap_or_default()),
        },
        Value::String(text) => Unexpected::Str(text),
        Value::Array(_) => Unexpected::Seq,
        Value::Object(_) => Unexpected::Map,
    };
    PlainError::invalid_type(found, expected)
}

/// Plain data that has no struct in it, for the readers that Serde makes.
struct Plain(Value);

/// The one variant of an enum that an object names, until it is read.
struct Variant(Option<(String, Value)>);

impl<'de> MapAccess<'de> for Variant {
    type Error = PlainError;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, PlainError> {
        let Some((name, _)) = &self.0 else {
            return Ok(None);
        };
        seed.deserialize(StringDeserializer::new(name.clone()))
            .map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(
        &mut self,
        seed: V,
    ) -> Result<V::Value, PlainError> {
        let (name, value) = self.0.take().unwrap_or_default();
        let value = seed.deserialize(Plain(value));
        value.map_err(|error| error.within(name))
    }
}

impl<'de> IntoDeserializer<'de, PlainError> for Plain {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

impl<'de> Deserializer<'de> for Plain {
    type Error = PlainError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, PlainError> {
        match self.0 {
            Value::Null => visitor.visit_unit(),
            Value::Bool(flag) => visitor.visit_bool(flag),
            Value::Number(number) => match (number.as_u64(), number.as_i64()) {
                (Some(number), _) => visitor.visit_u64(number),
                (None, Some(number)) => visitor.visit_i64(number),
                (None, None) => visitor.visit_f64(number.as_f64().unwrap_or_default()),
            },
            Value::String(text) => visitor.visit_string(text),
            Value::Array(_) | Value::Object(_) => Err(invalid_type(&self.0, &visitor)),
        }
    }

    /// A text is a variant without content; an object has one field, which is the variant.
    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, PlainError> {
        match self.0 {
            Value::String(text) => visitor.visit_enum(StringDeserializer::new(text)),
            Value::Object(map) if map.len() == 1 => {
                let variant = Variant(map.into_iter().next());
                visitor.visit_enum(MapAccessDeserializer::new(variant))
            }
            Value::Object(_) => Err(PlainError::invalid_value(
                Unexpected::Map,
                &"map with a single key",
            )),
            other => Err(invalid_type(&other, &visitor)),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, PlainError> {
        visitor.visit_newtype_struct(self)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit
        option seq map struct unit_struct tuple tuple_struct identifier ignored_any
    }
}
