//! Plain data, and configurations made of it.
//!
//! Serde makes a reader of a struct for every format that it is read from, and another one for
//! what it has to look at twice, such as a request whose kind is named in it. In the module that a
//! browser downloads each costs kilobytes. So what is configured is first read as plain data, and
//! this is the one format from which structs are made there.

use std::fmt::{self, Display, Formatter};
use std::iter::Enumerate;

use serde::de::value::{MapAccessDeserializer, StringDeserializer};
use serde::de::{
    DeserializeOwned, DeserializeSeed, Deserializer, Error as _, IntoDeserializer, MapAccess,
    SeqAccess, Unexpected, Visitor,
};
use serde::forward_to_deserialize_any;
use serde_json::{Value, map};

/// Makes a value of plain data.
///
/// # Errors
/// When the data is not what the value is made of; says where, and what was expected.
pub fn from_plain<T: DeserializeOwned>(value: Value) -> Result<T, PlainError> {
    T::deserialize(Plain(value))
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

/// Plain data that structs are made of by the names of their fields.
struct Plain(Value);

impl Plain {
    fn invalid_type<'de, V: Visitor<'de>>(&self, visitor: &V) -> PlainError {
        let found = match &self.0 {
            Value::Null => Unexpected::Unit,
            Value::Bool(flag) => Unexpected::Bool(*flag),
            Value::Number(number) => Unexpected::Float(number.as_f64().unwrap_or_default()),
            Value::String(text) => Unexpected::Str(text),
            Value::Array(_) => Unexpected::Seq,
            Value::Object(_) => Unexpected::Map,
        };
        PlainError::invalid_type(found, visitor)
    }
}

/// The elements of a list, by their positions.
struct Elements(Enumerate<std::vec::IntoIter<Value>>);

impl<'de> SeqAccess<'de> for Elements {
    type Error = PlainError;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, PlainError> {
        let Some((index, value)) = self.0.next() else {
            return Ok(None);
        };
        let element = seed.deserialize(Plain(value));
        element
            .map(Some)
            .map_err(|error| error.within(format!("[{index}]")))
    }
}

/// The fields of an object.
struct Fields {
    rest: map::IntoIter,
    /// The one of which the name has been read.
    current: (String, Value),
}

impl Fields {
    fn new(map: map::Map<String, Value>) -> Self {
        Self {
            rest: map.into_iter(),
            current: (String::new(), Value::Null),
        }
    }
}

impl<'de> MapAccess<'de> for Fields {
    type Error = PlainError;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, PlainError> {
        let Some((key, value)) = self.rest.next() else {
            return Ok(None);
        };
        self.current = (key.clone(), value);
        seed.deserialize(StringDeserializer::new(key)).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(
        &mut self,
        seed: V,
    ) -> Result<V::Value, PlainError> {
        let (key, value) = std::mem::take(&mut self.current);
        let value = seed.deserialize(Plain(value));
        value.map_err(|error| error.within(key))
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
            Value::Array(_) => self.deserialize_seq(visitor),
            Value::Object(_) => self.deserialize_map(visitor),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, PlainError> {
        match self.0 {
            Value::Null => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, PlainError> {
        match self.0 {
            Value::Array(list) => {
                let n_elements = list.len();
                let mut elements = Elements(list.into_iter().enumerate());
                let value = visitor.visit_seq(&mut elements)?;
                match elements.0.next() {
                    None => Ok(value),
                    Some(_) => Err(PlainError::invalid_length(n_elements, &"a shorter list")),
                }
            }
            _ => Err(self.invalid_type(&visitor)),
        }
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, PlainError> {
        match self.0 {
            Value::Object(map) => visitor.visit_map(Fields::new(map)),
            _ => Err(self.invalid_type(&visitor)),
        }
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, PlainError> {
        self.deserialize_map(visitor)
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
                visitor.visit_enum(MapAccessDeserializer::new(Fields::new(map)))
            }
            Value::Object(_) => Err(PlainError::invalid_value(
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
    ) -> Result<V::Value, PlainError> {
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
        [
            usual.map_err(|error| error.to_string()),
            plain.map_err(|error| error.to_string()),
        ]
    }

    #[test]
    fn an_error_says_where() {
        let said = |request: Value| from_plain::<Request>(request).unwrap_err().to_string();
        let funnel = |steps: Value| json!({ "analysis": "funnel", "steps": steps });
        let page =
            |path: Value| json!({ "filter": { "all": [{ "name": "a" }, { "page": path }] } });
        assert_eq!(
            said(funnel(json!([page(json!("/")), page(json!(7))]))),
            "steps[1].filter.all[1].page: invalid type: integer `7`, expected a string"
        );
        assert_eq!(
            said(funnel(json!([{ "label": "a" }]))),
            "steps[0]: missing field `filter`"
        );
        assert_eq!(
            said(json!({ "analysis": "funnel" })),
            "missing field `steps`"
        );
        let compared = json!({ "analysis": "compare", "a": {}, "b": {},
            "request": { "analysis": "paths", "n_top": "8" } });
        assert_eq!(
            said(compared),
            "request: n_top: invalid type: string \"8\", expected u32"
        );
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
