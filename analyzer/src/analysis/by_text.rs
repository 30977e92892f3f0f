//! Values by text, in the order of the texts.
//!
//! What partials count by a name, a label or a currency, whatever it is: the tree holds places in a
//! list of values, so that its code is there once for all kinds of them.

use std::collections::BTreeMap;
use std::collections::btree_map;

use super::wire::Wire;

/// Values by text.
#[derive(Debug, Clone, Default)]
pub(crate) struct ByText<V> {
    places: BTreeMap<String, usize>,
    values: Vec<V>,
}

impl<V: Default> ByText<V> {
    /// The value of a text, which is the default until it is changed.
    pub(crate) fn of(&mut self, text: String) -> &mut V {
        let place = place(&mut self.places, text);
        if place == self.values.len() {
            self.values.push(V::default());
        }
        &mut self.values[place]
    }
}

/// The place of a text, known or new.
#[inline(never)]
fn place(places: &mut BTreeMap<String, usize>, text: String) -> usize {
    let next = places.len();
    *places.entry(text).or_insert(next)
}

impl<V> ByText<V> {
    /// The value of a text, if it has one.
    pub(crate) fn get(&self, text: &str) -> Option<&V> {
        self.places.get(text).map(|&place| &self.values[place])
    }

    /// How many texts have a value.
    pub(crate) fn len(&self) -> usize {
        self.values.len()
    }

    /// The texts that have a value.
    pub(crate) fn texts(&self) -> impl Iterator<Item = &str> {
        self.places.keys().map(String::as_str)
    }

    fn iter(&self) -> impl Iterator<Item = (&String, &V)> {
        let places = self.places.iter();
        places.map(|(text, &place)| (text, &self.values[place]))
    }
}

/// Gives texts and values, ascending by text.
pub(crate) struct IntoIter<V> {
    places: btree_map::IntoIter<String, usize>,
    values: Vec<V>,
}

impl<V: Default> Iterator for IntoIter<V> {
    type Item = (String, V);

    fn next(&mut self) -> Option<(String, V)> {
        let (text, place) = self.places.next()?;
        Some((text, std::mem::take(&mut self.values[place])))
    }
}

impl<V: Default> IntoIterator for ByText<V> {
    type Item = (String, V);
    type IntoIter = IntoIter<V>;

    fn into_iter(self) -> IntoIter<V> {
        IntoIter {
            places: self.places.into_iter(),
            values: self.values,
        }
    }
}

impl<V: Default> FromIterator<(String, V)> for ByText<V> {
    fn from_iter<I: IntoIterator<Item = (String, V)>>(entries: I) -> Self {
        let mut map = Self::default();
        for (text, value) in entries {
            *map.of(text) = value;
        }
        map
    }
}

/// The order in which texts came does not count.
impl<V: PartialEq> PartialEq for ByText<V> {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl<V: Eq> Eq for ByText<V> {}

impl<V: Wire + Default> Wire for ByText<V> {
    fn write(&self, out: &mut Vec<u8>) {
        self.len().write(out);
        for (text, value) in self.iter() {
            text.write(out);
            value.write(out);
        }
    }

    fn read(bytes: &mut &[u8]) -> Option<Self> {
        let mut map = Self::default();
        for _ in 0..usize::read(bytes)? {
            let text = String::read(bytes)?;
            *map.of(text) = V::read(bytes)?;
        }
        Some(map)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_ascend_in_whatever_order_they_came() {
        let mut map = ByText::default();
        for (text, n) in [("b", 1), ("", 2), ("c", 3), ("b", 10)] {
            *map.of(text.to_owned()) += n;
        }
        let entries =
            [("", 2), ("b", 11), ("c", 3)].map(|(text, n): (&str, u64)| (text.to_owned(), n));
        let same: ByText<u64> = entries.clone().into_iter().collect();
        assert_eq!(map, same);
        assert_eq!(
            (map.len(), map.get("b"), map.get("d")),
            (3, Some(&11), None)
        );
        let mut bytes = Vec::new();
        map.write(&mut bytes);
        let mut of_same = Vec::new();
        same.write(&mut of_same);
        assert_eq!(bytes, of_same);
        assert_eq!(ByText::read(&mut bytes.as_slice()), Some(map.clone()));
        assert_eq!(ByText::<u64>::read(&mut &bytes[..bytes.len() - 1]), None);
        assert!(map.into_iter().eq(entries));
    }
}
