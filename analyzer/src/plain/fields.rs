//! The fields of an object, put one by one where they belong.

use serde::de::Error as _;
use serde_json::{Map, Value};

use super::{FromPlain, PlainError, invalid_type};

/// The fields of an object; those that have been read are null.
pub(super) struct Fields {
    all: Map<String, Value>,
    /// What the first field that did not fit had wrong; the others are not looked at then.
    error: Option<PlainError>,
}

impl Fields {
    /// The fields of `value`, all of which have one of `names`.
    pub(super) fn of(value: Value, names: &'static [&'static str]) -> Result<Self, PlainError> {
        let Value::Object(all) = value else {
            return Err(invalid_type(&value, &"an object"));
        };
        match all.keys().find(|name| !names.contains(&name.as_str())) {
            Some(unknown) => Err(PlainError::unknown_field(unknown, names)),
            None => Ok(Self { all, error: None }),
        }
    }

    /// Puts the field `name` into its place, which keeps what it has where the field is not given.
    pub(super) fn put<T: FromPlain>(&mut self, name: &'static str, place: &mut T) {
        let value = match self.error {
            None => self.take(name),
            Some(_) => None,
        };
        match value.map(T::from_plain) {
            None => {}
            Some(Ok(value)) => *place = value,
            Some(Err(error)) => self.error = Some(error.within(name.to_owned())),
        }
    }

    /// The field `name`, which must be given.
    pub(super) fn required<T: FromPlain>(&mut self, name: &'static str) -> Result<T, PlainError> {
        match self.take(name) {
            Some(value) => T::from_plain(value).map_err(|error| error.within(name.to_owned())),
            None => Err(PlainError::missing_field(name)),
        }
    }

    /// Takes the value of a field out; to take the field out would need the code that balances a tree.
    fn take(&mut self, name: &str) -> Option<Value> {
        self.all.get_mut(name).map(Value::take)
    }

    /// That every field had a value that fits.
    pub(super) fn end(self) -> Result<(), PlainError> {
        self.error.map_or(Ok(()), Err)
    }
}

/// The name of the one variant that `value` has, and its content: a text is a variant without content, and an object
/// has one field, which is the variant.
pub(super) fn variant(value: Value) -> Result<(String, Value), PlainError> {
    match value {
        Value::String(name) => Ok((name, Value::Null)),
        Value::Object(fields) if fields.len() == 1 => {
            Ok(fields.into_iter().next().unwrap_or_default())
        }
        other => Err(invalid_type(
            &other,
            &"a text, or an object with a single field",
        )),
    }
}

/// Makes structs of plain data by the names of their fields: `Struct { field, field }` for those in which whatever is
/// not given is as in the default of the whole, with `; but field` for one that can't be given; `Struct { field; field =
/// default }` for those in which the fields before the semicolon must be given.
macro_rules! from_fields {
    ($type:ident { $($field:ident),* $(; but $other:ident)? }) => {
        impl FromPlain for $type {
            fn from_plain(value: Value) -> Result<Self, PlainError> {
                let mut fields = Fields::of(value, &[$(stringify!($field)),*])?;
                let mut made = Self::default();
                // Every field is named, or this does not compile.
                let Self { $($field,)* $($other: _)? } = &mut made;
                $(fields.put(stringify!($field), $field);)*
                fields.end().map(|()| made)
            }
        }
    };
    ($type:ident { $($field:ident),*; $($other:ident = $default:expr),* }) => {
        impl FromPlain for $type {
            fn from_plain(value: Value) -> Result<Self, PlainError> {
                const NAMES: &[&str] = &[$(stringify!($field),)* $(stringify!($other)),*];
                let mut fields = Fields::of(value, NAMES)?;
                #[allow(unused_mut)] // Where every field must be given.
                let mut made = Self {
                    $($field: fields.required(stringify!($field))?,)*
                    $($other: $default,)*
                };
                $(fields.put(stringify!($other), &mut made.$other);)*
                fields.end().map(|()| made)
            }
        }
    };
}

/// Makes enums of plain data by the names of their variants; those after the semicolon have no content.
macro_rules! from_variant {
    ($type:ident { $($name:literal: $variant:ident),* $(; $($word:literal: $unit:ident),*)? }) => {
        impl FromPlain for $type {
            fn from_plain(value: Value) -> Result<Self, PlainError> {
                let (name, content) = variant(value)?;
                let made = match &*name {
                    $($name => FromPlain::from_plain(content).map(Self::$variant),)*
                    $($($word => <()>::from_plain(content).map(|()| Self::$unit),)*)?
                    _ => {
                        const NAMES: &[&str] = &[$($name,)* $($($word),*)?];
                        return Err(PlainError::unknown_variant(&name, NAMES));
                    }
                };
                made.map_err(|error| error.within(name))
            }
        }
    };
}

pub(super) use {from_fields, from_variant};
