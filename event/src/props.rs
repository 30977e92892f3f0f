//! The properties of an event.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};

use crate::PropValue;

/// Properties by key, each key once, in the order of the keys.
///
/// A sorted list rather than a tree: an event has a handful, and a tree's code would be a tenth of what the tracker
/// makes every visitor download.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Props(Vec<(String, PropValue)>);

impl Props {
    /// None yet.
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// Sets a property; what the key held before is gone.
    pub fn insert(&mut self, key: String, value: PropValue) {
        match self.place(&key) {
            Ok(place) => {
                if let Some((_, held)) = self.0.get_mut(place) {
                    *held = value;
                }
            }
            Err(place) if place < self.0.len() => self.0.insert(place, (key, value)),
            Err(_) => self.0.push((key, value)),
        }
    }

    /// The value of a property.
    pub fn get(&self, key: &str) -> Option<&PropValue> {
        let place = self.place(key).ok()?;
        self.0.get(place).map(|(_, value)| value)
    }

    /// Takes a property out.
    pub fn take(&mut self, key: &str) -> Option<PropValue> {
        let mut taken = None;
        for (held, value) in core::mem::take(&mut self.0) {
            if held == key {
                taken = Some(value);
            } else {
                self.0.push((held, value));
            }
        }
        taken
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The properties in the order of their keys.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &PropValue)> {
        self.0.iter().map(|(key, value)| (key.as_str(), value))
    }

    /// Where the key is, or where it belongs.
    fn place(&self, key: &str) -> Result<usize, usize> {
        self.0.binary_search_by(|(held, _)| held.as_str().cmp(key))
    }
}

impl FromIterator<(String, PropValue)> for Props {
    fn from_iter<I: IntoIterator<Item = (String, PropValue)>>(entries: I) -> Self {
        let mut props = Self::new();
        for (key, value) in entries {
            props.insert(key, value);
        }
        props
    }
}

impl<'de> Deserialize<'de> for Props {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Entries;
        impl<'de> Visitor<'de> for Entries {
            type Value = Props;

            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str("properties by key")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Props, A::Error> {
                let mut props = Props::new();
                while let Some((key, value)) = map.next_entry()? {
                    props.insert(key, value);
                }
                Ok(props)
            }
        }
        deserializer.deserialize_map(Entries)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::borrow::ToOwned;
    use alloc::collections::BTreeMap;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn it_is_a_map(entries in proptest::collection::vec(("[a-d]{0,2}", any::<bool>()), 0..20)) {
            let mut props = Props::new();
            let mut twin = BTreeMap::new();
            for (key, truth) in entries {
                props.insert(key.clone(), PropValue::Bool(truth));
                twin.insert(key, PropValue::Bool(truth));
            }
            prop_assert_eq!(props.len(), twin.len());
            prop_assert_eq!(props.is_empty(), twin.is_empty());
            for key in ["", "a", "bb", "dd"] {
                prop_assert_eq!(props.get(key), twin.get(key));
            }
            prop_assert_eq!(props.take("a"), twin.remove("a"));
            let listed: Vec<_> = props.iter().map(|(key, value)| (key.to_owned(), value.clone())).collect();
            prop_assert_eq!(listed, twin.into_iter().collect::<Vec<_>>());
        }
    }
}
