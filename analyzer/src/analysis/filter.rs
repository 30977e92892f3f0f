//! Conditions over one event, as a person writes them.
//!
//! A [`Filter`] is checked by [`Filter::validate`] and then resolved against one dataset's
//! dictionaries by the `mask` module.

use serde::de::{Deserializer, Error as _};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::RequestError;
use crate::plain::{FromPlain, PlainError};

/// A condition over one event.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS, crate::Schema))]
pub enum Filter {
    /// The event's name is exactly this.
    Name(String),
    /// The event happened on a page of this template, such as `/p/:id`.
    Page(String),
    /// A property compares as stated.
    Prop(PropFilter),
    /// At least one of the event's items has this field with this value.
    Item(ItemFilter),
    /// All of these hold. Without any, it holds.
    All(Vec<Filter>),
    /// At least one of these holds. Without any, it does not hold.
    Any(Vec<Filter>),
    /// This does not hold.
    Not(Box<Filter>),
}

/// A condition over one property. An event without the property never meets it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS, crate::Schema))]
pub struct PropFilter {
    /// Key of the property.
    pub key: String,
    /// How it is compared.
    pub op: PropOp,
    /// What it is compared with; left out for `exists`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub value: Option<PropOperand>,
}

/// How a property is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "ts", derive(ts_rs::TS, crate::Schema))]
pub enum PropOp {
    /// Same type and same value.
    Eq,
    /// Present, and not the same value.
    Ne,
    /// Greater, among numbers or among texts.
    Gt,
    /// Greater or the same, among numbers or among texts.
    Gte,
    /// Less, among numbers or among texts.
    Lt,
    /// Less or the same, among numbers or among texts.
    Lte,
    /// The text contains the other one, upper and lower case apart.
    Contains,
    /// The property is present.
    Exists,
}

/// What a property is compared with.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS, crate::Schema))]
pub enum PropOperand {
    /// True or false.
    Bool(bool),
    /// A number.
    Number(f64),
    /// Text.
    String(String),
}

impl FromPlain for PropOperand {
    fn from_plain(value: Value) -> Result<Self, PlainError> {
        match value {
            Value::Bool(flag) => Ok(Self::Bool(flag)),
            Value::Number(number) => Ok(Self::Number(number.as_f64().unwrap_or_default())),
            Value::String(text) => Ok(Self::String(text)),
            _ => Err(PlainError::custom(
                "expected true, false, a number or a text",
            )),
        }
    }
}

impl<'de> Deserialize<'de> for PropOperand {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::from_plain(Value::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

/// A condition over an event's items.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS, crate::Schema))]
pub struct ItemFilter {
    /// Field of the item.
    pub key: ItemKey,
    /// Its value.
    pub value: String,
}

/// Fields of an item that can be asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "ts", derive(ts_rs::TS, crate::Schema))]
pub enum ItemKey {
    /// Id of the product.
    ItemId,
    /// Its name.
    ItemName,
    /// Its brand.
    ItemBrand,
    /// Its category.
    ItemCategory,
}

/// Filters nested deeper than this are refused: a person cannot have meant them.
const MAX_DEPTH: usize = 16;

impl Filter {
    /// Checks what the types cannot: operands that fit their operator, and a sane depth.
    /// `place` names the filter in messages, such as `steps[2].filter`.
    pub(crate) fn validate(&self, place: &str) -> Result<(), RequestError> {
        self.validate_at(place, 0)
    }

    fn validate_at(&self, place: &str, depth: usize) -> Result<(), RequestError> {
        if depth > MAX_DEPTH {
            return Err(RequestError::new(
                place,
                format!("is nested more than {MAX_DEPTH} deep; write it flatter"),
            ));
        }
        match self {
            Self::Name(text) | Self::Page(text) if text.is_empty() => Err(RequestError::new(
                place,
                "is empty; name an event or a page",
            )),
            Self::Name(_) | Self::Page(_) | Self::Item(_) => Ok(()),
            Self::Prop(prop) => prop.validate(place),
            Self::All(filters) | Self::Any(filters) => filters
                .iter()
                .try_for_each(|filter| filter.validate_at(place, depth + 1)),
            Self::Not(filter) => filter.validate_at(place, depth + 1),
        }
    }

    /// The event names that it asks for, one way or the other.
    pub(crate) fn names(&self) -> Vec<&str> {
        match self {
            Self::Name(name) => vec![name],
            Self::Page(_) | Self::Prop(_) | Self::Item(_) => Vec::new(),
            Self::All(filters) | Self::Any(filters) => {
                filters.iter().flat_map(Self::names).collect()
            }
            Self::Not(filter) => filter.names(),
        }
    }

    /// A short name for people who gave none: the event or page it names, else a description.
    pub(crate) fn label(&self) -> String {
        let join = |filters: &[Self], word: &str| {
            let labels: Vec<String> = filters.iter().map(Self::label).collect();
            labels.join(word)
        };
        match self {
            Self::Name(name) => name.clone(),
            Self::Page(page) => page.clone(),
            Self::Prop(prop) => prop.label(),
            Self::Item(item) => format!("{} = {}", item.key.as_str(), item.value),
            Self::All(filters) => join(filters, " and "),
            Self::Any(filters) => join(filters, " or "),
            Self::Not(filter) => format!("not {}", filter.label()),
        }
    }
}

impl PropFilter {
    fn validate(&self, place: &str) -> Result<(), RequestError> {
        let fits = match self.op {
            PropOp::Exists => self.value.is_none(),
            PropOp::Eq | PropOp::Ne => self.value.is_some(),
            PropOp::Contains => matches!(self.value, Some(PropOperand::String(_))),
            PropOp::Gt | PropOp::Gte | PropOp::Lt | PropOp::Lte => {
                matches!(
                    self.value,
                    Some(PropOperand::String(_) | PropOperand::Number(_))
                )
            }
        };
        let need = match self.op {
            PropOp::Exists => "no value",
            PropOp::Eq | PropOp::Ne => "a value",
            PropOp::Contains => "a text as value",
            PropOp::Gt | PropOp::Gte | PropOp::Lt | PropOp::Lte => "a number or a text as value",
        };
        if fits {
            Ok(())
        } else {
            Err(RequestError::new(
                place,
                format!("needs {need} for `{}`", self.op.as_str()),
            ))
        }
    }

    fn label(&self) -> String {
        match &self.value {
            None => format!("{} {}", self.key, self.op.as_str()),
            Some(PropOperand::Bool(value)) => format!("{} {} {value}", self.key, self.op.as_str()),
            Some(PropOperand::Number(value)) => {
                format!("{} {} {value}", self.key, self.op.as_str())
            }
            Some(PropOperand::String(value)) => {
                format!("{} {} {value}", self.key, self.op.as_str())
            }
        }
    }
}

impl PropOp {
    fn as_str(self) -> &'static str {
        match self {
            Self::Eq => "eq",
            Self::Ne => "ne",
            Self::Gt => "gt",
            Self::Gte => "gte",
            Self::Lt => "lt",
            Self::Lte => "lte",
            Self::Contains => "contains",
            Self::Exists => "exists",
        }
    }
}

impl ItemKey {
    /// All fields, in the order in which the dataset keeps them.
    pub(crate) const ALL: [Self; 4] = [
        Self::ItemId,
        Self::ItemName,
        Self::ItemBrand,
        Self::ItemCategory,
    ];

    /// The field's name, as in the data.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ItemId => "item_id",
            Self::ItemName => "item_name",
            Self::ItemBrand => "item_brand",
            Self::ItemCategory => "item_category",
        }
    }
}
