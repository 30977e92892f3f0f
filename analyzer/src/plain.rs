//! Plain data, and configurations made of it.
//!
//! Serde makes a reader of a struct for every format that it is read from, and another one for
//! what it has to look at twice, such as a request whose kind is named in it. In the module that a
//! browser downloads each costs kilobytes. So what is configured is first read as plain data, and
//! this is the one format from which structs are made there.

use serde::de::value::{
    MapAccessDeserializer, MapDeserializer, SeqDeserializer, StringDeserializer,
};
use serde::de::{
    DeserializeOwned, Deserializer, Error as _, IntoDeserializer, Unexpected, Visitor,
};
use serde::forward_to_deserialize_any;
use serde_json::{Error, Value};

/// Makes a value of plain data.
///
/// # Errors
/// When the data is not what the value is made of; the message says what was expected.
pub fn from_plain<T: DeserializeOwned>(value: Value) -> Result<T, Error> {
    T::deserialize(Plain(value))
}

/// Plain data that structs are made of by the names of their fields.
struct Plain(Value);

impl Plain {
    fn invalid_type<'de, V: Visitor<'de>>(&self, visitor: &V) -> Error {
        let found = match &self.0 {
            Value::Null => Unexpected::Unit,
            Value::Bool(flag) => Unexpected::Bool(*flag),
            Value::Number(number) => Unexpected::Float(number.as_f64().unwrap_or_default()),
            Value::String(text) => Unexpected::Str(text),
            Value::Array(_) => Unexpected::Seq,
            Value::Object(_) => Unexpected::Map,
        };
        Error::invalid_type(found, visitor)
    }
}

impl<'de> IntoDeserializer<'de, Error> for Plain {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

impl<'de> Deserializer<'de> for Plain {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.0 {
            Value::Null => visitor.visit_unit(),
            Value::Bool(flag) => visitor.visit_bool(flag),
            Value::Number(number) => match (number.as_u64(), number.as_i64()) {
                (Some(number), _) => visitor.visit_u64(number),
                (None, Some(number)) => visitor.visit_i64(number),
                (None, None) => visitor.visit_f64(number.as_f64().unwrap_or_default()),
            },
            Value::String(text) => visitor.visit_string(text),
            Value::Array(_) => self.deserialize_seq(visitor),
            Value::Object(_) => self.deserialize_map(visitor),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.0 {
            Value::Null => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.0 {
            Value::Array(list) => {
                let mut list = SeqDeserializer::new(list.into_iter().map(Plain));
                let value = visitor.visit_seq(&mut list)?;
                list.end()?;
                Ok(value)
            }
            _ => Err(self.invalid_type(&visitor)),
        }
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.0 {
            Value::Object(map) => {
                let fields = map.into_iter().map(|(key, value)| (key, Plain(value)));
                visitor.visit_map(MapDeserializer::new(fields))
            }
            _ => Err(self.invalid_type(&visitor)),
        }
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.deserialize_map(visitor)
    }

    /// A text is a variant without content; an object has one field, which is the variant.
    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        match self.0 {
            Value::String(text) => visitor.visit_enum(StringDeserializer::new(text)),
            Value::Object(map) if map.len() == 1 => {
                let fields = map.into_iter().map(|(key, value)| (key, Plain(value)));
                visitor.visit_enum(MapAccessDeserializer::new(MapDeserializer::new(fields)))
            }
            Value::Object(_) => Err(Error::invalid_value(
                Unexpected::Map,
                &"map with a single key",
            )),
            _ => Err(self.invalid_type(&visitor)),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit
        unit_struct tuple tuple_struct identifier ignored_any
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::Request;
    use crate::analysis::filter::Filter;

    /// What is read the usual way, and what is made of plain data.
    fn both<T: DeserializeOwned>(value: Value) -> [Result<T, String>; 2] {
        let usual = serde_json::from_value(value.clone());
        let plain = from_plain(value);
        [usual, plain].map(|read| read.map_err(|error| error.to_string()))
    }

    #[test]
    fn values_and_messages_are_those_of_the_usual_reader() {
        let filters = [
            json!({ "name": "a" }),
            json!({ "all": [{ "name": "a" }, { "not": { "page": "/" } }] }),
            json!({ "prop": { "key": "k", "op": "gt", "value": 1.5 } }),
            json!({ "prop": { "key": "k", "op": "eq", "value": true } }),
            json!({ "prop": { "key": "k", "op": "exists" } }),
            json!({ "prop": { "key": "k", "op": "odd" } }),
            json!({ "prop": { "key": "k", "op": "eq", "value": [1] } }),
            json!({ "prop": { "key": 1, "op": "eq" } }),
            json!({ "name": null }),
            json!({ "all": { "name": "a" } }),
            json!({ "nothing": "a" }),
            json!({ "name": "a", "page": "b" }),
            json!("name"),
        ];
        for filter in filters {
            let [usual, plain] = both::<Filter>(filter.clone());
            assert_eq!(
                usual.is_ok(),
                plain.is_ok(),
                "{filter}: {usual:?}, {plain:?}"
            );
            if let (Ok(usual), Ok(plain)) = (usual, plain) {
                assert_eq!(usual, plain, "{filter}");
            }
        }
        let step = json!({ "filter": { "name": "a" } });
        let requests = [
            json!({ "analysis": "funnel", "steps": [step], "window_millis": 5, "data_end_ts": null }),
            json!({ "analysis": "funnel", "steps": [step], "window": 5 }),
            json!({ "analysis": "funnel" }),
            json!({ "analysis": "carts", "scope": { "dates": { "from": "2026-01-01", "to": 7 } } }),
            json!({ "analysis": "nothing" }),
            json!({ "steps": [] }),
            json!({
                "analysis": "compare", "request": { "analysis": "step_matrix" }, "a": {},
                "b": "previous_period",
            }),
            json!({
                "analysis": "compare", "request": { "analysis": "paths" }, "a": {},
                "b": { "events": { "name": "a" } },
            }),
            json!({ "analysis": "compare", "request": {}, "a": {}, "b": "next_period" }),
        ];
        for request in requests {
            let [usual, plain] = both::<Request>(request.clone());
            assert_eq!(usual, plain, "{request}");
        }
    }
}
