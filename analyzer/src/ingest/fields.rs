//! The fields of a JSON object that a mapping asks for, found by their path while the text is read once.
//!
//! A path goes through objects (`user.id`), through lists of objects, where the first value counts, and through
//! lists of pairs as BigQuery writes them: in `"event_params":[{"key":"value","value":{"double_value":5}}]`, 5 is
//! `event_params.value`. It also goes through a text that is JSON itself.

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::cell::Cell;
use super::json::Text;
use super::plan::{Place, Plan};

/// A JSON scalar. Anything else that stands in a mapped column is no value.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value<'a> {
    Missing,
    Text(Cow<'a, str>),
    Int(i64),
    Float(f64),
    Bool(bool),
}

/// What was found, by column of the plan.
pub(super) type Values<'a> = Vec<(usize, Value<'a>)>;

impl Value<'_> {
    pub(super) fn cell(&self) -> Cell<'_> {
        match self {
            Self::Missing => Cell::Missing,
            Self::Text(text) => Cell::of_text(text),
            Self::Int(number) => Cell::Int(*number),
            Self::Float(number) => Cell::Float(*number),
            Self::Bool(truth) => Cell::Bool(*truth),
        }
    }

    fn into_owned(self) -> Value<'static> {
        match self {
            Self::Missing => Value::Missing,
            Self::Text(text) => Value::Text(Cow::Owned(text.into_owned())),
            Self::Int(number) => Value::Int(number),
            Self::Float(number) => Value::Float(number),
            Self::Bool(truth) => Value::Bool(truth),
        }
    }
}

/// The cell of a column, from what was found.
pub(super) fn find<'s>(
    mut values: impl Iterator<Item = &'s (usize, Value<'s>)>,
    column: usize,
) -> Cell<'s> {
    let known = values.find(|(known, _)| *known == column);
    known.map_or(Cell::Missing, |(_, value)| value.cell())
}

/// Reads JSON that stands at `path`.
pub(super) fn read<'a>(
    plan: &Plan,
    path: &str,
    text: &'a str,
    values: &mut Values<'a>,
) -> Result<(), serde_json::Error> {
    let mut parser = serde_json::Deserializer::from_str(text);
    let field = Inner {
        plan,
        path: Cow::Owned(path.to_owned()),
        values,
    };
    field.deserialize(&mut parser)?;
    parser.end()
}

/// What the columns of the plan find inside the JSON texts of a table's row.
///
/// # Errors
/// The reason, where such a text is not JSON.
pub(super) fn read_inside<'a>(
    plan: &Plan,
    places: &[Place],
    available: &[String],
    cell: impl Fn(usize) -> Cell<'a>,
) -> Result<Values<'a>, String> {
    let mut values = Values::new();
    let mut done = Vec::new();
    for place in places {
        let Place::Inside(position) = *place else {
            continue;
        };
        if done.contains(&position) {
            continue;
        }
        done.push(position);
        if let Cell::Text(text) = cell(position) {
            let column = &available[position];
            read(plan, column, text, &mut values)
                .map_err(|error| format!("column `{column}` cannot be read: {error}"))?;
        }
    }
    Ok(values)
}

/// An object whose mapped fields are wanted; `path` is where it is, empty at the top.
pub(super) struct Object<'p, 'a> {
    pub(super) plan: &'p Plan,
    pub(super) path: Cow<'a, str>,
    pub(super) values: &'p mut Values<'a>,
}

impl<'de> DeserializeSeed<'de> for Object<'_, 'de> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Object<'_, 'de> {
    type Value = ();

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let Self { plan, path, values } = self;
        while let Some(Text(key)) = map.next_key()? {
            let path = if path.is_empty() {
                key
            } else {
                Cow::Owned(format!("{path}.{key}"))
            };
            map.next_value_seed(Field { plan, path, values })?;
        }
        Ok(())
    }
}

/// One value: kept where `path` is a column of the plan, searched where one lies inside it, else skipped.
pub(super) struct Field<'p, 'a> {
    pub(super) plan: &'p Plan,
    pub(super) path: Cow<'a, str>,
    pub(super) values: &'p mut Values<'a>,
}

impl<'de> DeserializeSeed<'de> for Field<'_, 'de> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        let Self { plan, path, values } = self;
        let column = plan.columns.iter().position(|column| *column == path);
        if let Some(column) = column.filter(|&column| plan.is_raw[column]) {
            let text = <&RawValue>::deserialize(deserializer)?.get();
            return keep_raw(plan, &path, column, text, values).map_err(Error::custom);
        }
        if column.is_some() || plan.reaches_into(&path) {
            deserializer.deserialize_any(Inner { plan, path, values })
        } else {
            deserializer.deserialize_ignored_any(IgnoredAny).map(drop)
        }
    }
}

/// Keeps JSON as it is written, or the JSON that a text holds, and looks for columns inside.
fn keep_raw<'a>(
    plan: &Plan,
    path: &str,
    column: usize,
    text: &'a str,
    values: &mut Values<'a>,
) -> Result<(), serde_json::Error> {
    let text = match text.as_bytes().first() {
        Some(b'{' | b'[') => Cow::Borrowed(text),
        Some(b'"') => serde_json::from_str::<Text<'a>>(text)?.0,
        _ => return Ok(()),
    };
    if plan.reaches_into(path) {
        match &text {
            Cow::Borrowed(text) => read(plan, path, text, values)?,
            Cow::Owned(text) => read_owned(plan, path, text, values)?,
        }
    }
    values.push((column, Value::Text(text)));
    Ok(())
}

/// [`read`] for a text that will not stay.
fn read_owned(
    plan: &Plan,
    path: &str,
    text: &str,
    values: &mut Values<'_>,
) -> Result<(), serde_json::Error> {
    let mut found = Values::new();
    read(plan, path, text, &mut found)?;
    let found = found.into_iter();
    values.extend(found.map(|(column, value)| (column, value.into_owned())));
    Ok(())
}

/// A value that is wanted, or something inside it.
struct Inner<'p, 'a> {
    plan: &'p Plan,
    path: Cow<'a, str>,
    values: &'p mut Values<'a>,
}

impl<'a> Inner<'_, 'a> {
    fn keep<E: Error>(self, value: Value<'a>) -> Result<(), E> {
        let mut columns = self.plan.columns.iter();
        if let Some(column) = columns.position(|column| *column == self.path) {
            self.values.push((column, value));
        }
        Ok(())
    }

    /// Whether a text is to be searched.
    fn is_json(&self, text: &str) -> bool {
        text.starts_with(['{', '[']) && self.plan.reaches_into(&self.path)
    }
}

impl<'de> DeserializeSeed<'de> for Inner<'_, 'de> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Inner<'_, 'de> {
    type Value = ();

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("any JSON value")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<(), A::Error> {
        let Self { plan, path, values } = self;
        Object { plan, path, values }.visit_map(map)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        let Self { plan, path, values } = self;
        if plan.reaches_into(&path) {
            while list
                .next_element_seed(Element {
                    plan,
                    path: &path,
                    values,
                })?
                .is_some()
            {}
        } else {
            while list.next_element::<IgnoredAny>()?.is_some() {}
        }
        Inner { plan, path, values }.keep(Value::Missing)
    }

    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<(), E> {
        if self.is_json(text) {
            let Self { plan, path, values } = self;
            return read(plan, &path, text, values).map_err(E::custom);
        }
        self.keep(Value::Text(Cow::Borrowed(text)))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<(), E> {
        if self.is_json(text) {
            let Self { plan, path, values } = self;
            return read_owned(plan, &path, text, values).map_err(E::custom);
        }
        self.keep(Value::Text(Cow::Owned(text.to_owned())))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<(), E> {
        self.keep(Value::Int(number))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<(), E> {
        self.keep(unsigned(number))
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<(), E> {
        self.keep(Value::Float(number))
    }

    fn visit_bool<E: Error>(self, truth: bool) -> Result<(), E> {
        self.keep(Value::Bool(truth))
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        self.keep(Value::Missing)
    }
}

/// An id beyond the signed range keeps its digits.
fn unsigned(number: u64) -> Value<'static> {
    let text = || Value::Text(Cow::Owned(number.to_string()));
    i64::try_from(number).map_or_else(|_| text(), Value::Int)
}

/// An element of a list: an object, or a pair of `key` and `value`.
struct Element<'p, 'a> {
    plan: &'p Plan,
    path: &'p str,
    values: &'p mut Values<'a>,
}

impl<'de> DeserializeSeed<'de> for Element<'_, 'de> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        // Lists hold objects, or nothing that is wanted.
        let text = <&RawValue>::deserialize(deserializer)?.get();
        if !text.starts_with('{') {
            return Ok(());
        }
        let Self { plan, path, values } = self;
        match serde_json::from_str::<Pair<'de>>(text) {
            Ok(Pair { key, value }) => {
                let path = format!("{path}.{}", key.as_str());
                let column = plan.columns.iter().position(|column| *column == path);
                values.extend(column.map(|column| (column, value.0)));
                Ok(())
            }
            Err(_) => read(plan, path, text, values).map_err(Error::custom),
        }
    }
}

/// A pair of a list such as GA4's `event_params`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Pair<'a> {
    #[serde(borrow)]
    key: Text<'a>,
    #[serde(borrow)]
    value: First<'a>,
}

/// A scalar, or the first that is there among the fields of an object: `{"string_value":null,"int_value":"5"}`.
struct First<'a>(Value<'a>);

impl<'de: 'a, 'a> Deserialize<'de> for First<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = deserializer.deserialize_any(Scalar { is_open: true })?;
        Ok(Self(value))
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Value<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Scalar { is_open: false })
    }
}

/// Reads a scalar; of an object, which is no value, the first one in it where `is_open`.
struct Scalar {
    is_open: bool,
}

impl<'de> Visitor<'de> for Scalar {
    type Value = Value<'de>;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("any JSON value")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value<'de>, A::Error> {
        let mut first = Value::Missing;
        while map.next_key::<IgnoredAny>()?.is_some() {
            let value: Value<'de> = map.next_value()?;
            if self.is_open && first == Value::Missing {
                first = value;
            }
        }
        Ok(first)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Value<'de>, A::Error> {
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Value::Missing)
    }

    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Value<'de>, E> {
        Ok(Value::Text(Cow::Borrowed(text)))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Value<'de>, E> {
        Ok(Value::Text(Cow::Owned(text.to_owned())))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Value<'de>, E> {
        Ok(Value::Int(number))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Value<'de>, E> {
        Ok(unsigned(number))
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Value<'de>, E> {
        Ok(Value::Float(number))
    }

    fn visit_bool<E: Error>(self, truth: bool) -> Result<Value<'de>, E> {
        Ok(Value::Bool(truth))
    }

    fn visit_unit<E: Error>(self) -> Result<Value<'de>, E> {
        Ok(Value::Missing)
    }
}
