//! Columns in the narrowest form that holds their values.

use std::borrow::Cow;
use std::ops::Range;

use super::dictionary::Dictionary;
use super::entry_rows::EntryRows;
use super::numbers::Numbers;
use super::sorting::gather;

/// Codes of a dictionary, one for each event, in 1, 2 or 4 bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Codes {
    U8(Vec<u8>),
    U16(Vec<u16>),
    U32(Vec<u32>),
}

impl Default for Codes {
    fn default() -> Self {
        Self::U8(Vec::new())
    }
}

impl Codes {
    /// The codes that `values` gives, all of which are at most `max`.
    pub(crate) fn new(max: u32, values: impl Iterator<Item = u32>) -> Self {
        if u8::try_from(max).is_ok() {
            Self::U8(values.map(|code| code as u8).collect())
        } else if u16::try_from(max).is_ok() {
            Self::U16(values.map(|code| code as u16).collect())
        } else {
            Self::U32(values.collect())
        }
    }

    /// Those at some places, all of which are at most `max`.
    pub(super) fn gather(&self, max: u32, places: &[u32]) -> Self {
        match self {
            Self::U8(codes) => Self::U8(gather(codes, places)),
            Self::U16(codes) => Self::U16(gather(codes, places)),
            Self::U32(codes) => Self::U32(gather(codes, places)),
        }
        .fitted(max)
    }

    /// The same codes, all of which are at most `max`, as narrow as that allows.
    fn fitted(self, max: u32) -> Self {
        match (&self, max) {
            (Self::U8(_), ..=0xff) | (Self::U16(_), 0x100..=0xffff) | (Self::U32(_), 0x10000..) => {
                self
            }
            _ => Self::new(max, (0..self.len()).map(|row| self.get(row))),
        }
    }

    #[inline]
    pub(crate) fn get(&self, row: usize) -> u32 {
        match self {
            Self::U8(codes) => u32::from(codes[row]),
            Self::U16(codes) => u32::from(codes[row]),
            Self::U32(codes) => codes[row],
        }
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::U8(codes) => codes.len(),
            Self::U16(codes) => codes.len(),
            Self::U32(codes) => codes.len(),
        }
    }

    pub(crate) fn n_bytes(&self) -> usize {
        match self {
            Self::U8(codes) => codes.len(),
            Self::U16(codes) => codes.len() * 2,
            Self::U32(codes) => codes.len() * 4,
        }
    }
}

/// Times in milliseconds: 4 bytes where the whole dataset spans less than 49 days, else 8.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Times {
    Narrow { base: i64, offsets: Vec<u32> },
    Wide(Vec<i64>),
}

impl Times {
    /// The same times, which lie between `first` and `last`, as narrow as that allows.
    pub(super) fn fitted(self, first: i64, last: i64) -> Self {
        match self {
            Self::Narrow { base, .. } if base == first => self,
            Self::Narrow { base, mut offsets } => {
                // No time is before the first.
                offsets
                    .iter_mut()
                    .for_each(|offset| *offset -= (first - base) as u32);
                Self::Narrow {
                    base: first,
                    offsets,
                }
            }
            Self::Wide(times) if u32::try_from(last - first).is_ok() => Self::Narrow {
                base: first,
                offsets: times.iter().map(|ts| (ts - first) as u32).collect(),
            },
            Self::Wide(_) => self,
        }
    }

    /// Whether each of `rows` has a later time than the one before.
    #[inline(never)]
    pub(super) fn is_ascending(&self, rows: Range<usize>) -> bool {
        match self {
            Self::Narrow { offsets, .. } => offsets[rows].is_sorted_by(|a, b| a < b),
            Self::Wide(times) => times[rows].is_sorted_by(|a, b| a < b),
        }
    }

    /// Gives a row another time, of those that are there already.
    pub(super) fn set(&mut self, row: usize, ts: i64) {
        match self {
            Self::Narrow { base, offsets } => offsets[row] = (ts - *base) as u32,
            Self::Wide(times) => times[row] = ts,
        }
    }

    #[inline]
    pub(crate) fn get(&self, row: usize) -> i64 {
        match self {
            Self::Narrow { base, offsets } => base + i64::from(offsets[row]),
            Self::Wide(times) => times[row],
        }
    }

    /// The times of `rows`, counted from one time that is the same for all rows.
    pub(crate) fn since_one(&self, rows: Range<usize>) -> Cow<'_, [i64]> {
        match self {
            Self::Narrow { offsets, .. } => {
                Cow::Owned(offsets[rows].iter().copied().map(i64::from).collect())
            }
            Self::Wide(times) => Cow::Borrowed(&times[rows]),
        }
    }

    pub(crate) fn n_bytes(&self) -> usize {
        match self {
            Self::Narrow { offsets, .. } => offsets.len() * 4,
            Self::Wide(times) => times.len() * 8,
        }
    }
}

/// Value of a property.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum PropValue<'a> {
    /// True or false.
    Bool(bool),
    /// A finite number.
    Number(f64),
    /// Text.
    String(&'a str),
}

impl<'a> PropValue<'a> {
    /// Bytes whose order is the order of values: false, true, then numbers, then texts.
    pub(crate) fn encode(self, out: &mut Vec<u8>) {
        out.clear();
        match self {
            Self::Bool(value) => out.extend([0, u8::from(value)]),
            Self::Number(value) => {
                out.push(1);
                out.extend(sortable(value).to_be_bytes());
            }
            Self::String(value) => {
                out.push(2);
                out.extend(value.as_bytes());
            }
        }
    }

    pub(super) fn decode(bytes: &'a [u8]) -> Self {
        match bytes {
            [0, value] => Self::Bool(*value != 0),
            [1, a, b, c, d, e, f, g, h] => Self::Number(unsortable(u64::from_be_bytes([
                *a, *b, *c, *d, *e, *f, *g, *h,
            ]))),
            [_, text @ ..] => Self::String(std::str::from_utf8(text).unwrap_or_default()),
            [] => Self::String(""),
        }
    }

    /// The value as text, the way a person would write it.
    pub fn to_text(self) -> String {
        match self {
            Self::Bool(value) => value.to_string(),
            Self::Number(value) => value.to_string(),
            Self::String(value) => value.to_owned(),
        }
    }
}

/// Bits whose order is the order of numbers: the sign bit of positive ones is flipped, and all bits
/// of negative ones. -0 and 0 are one number.
pub(crate) fn sortable(number: f64) -> u64 {
    let bits = (number + 0.0).to_bits();
    if bits >> 63 == 0 {
        bits ^ (1 << 63)
    } else {
        !bits
    }
}

/// The number of such bits.
pub(crate) fn unsortable(sortable: u64) -> f64 {
    f64::from_bits(if sortable >> 63 == 1 {
        sortable ^ (1 << 63)
    } else {
        !sortable
    })
}

/// One property: the events that have it, and the code of the value of each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PropColumn {
    pub(crate) key: String,
    /// Events that have the property.
    pub(crate) rows: EntryRows,
    /// Code of each one's value.
    pub(crate) codes: Codes,
    /// Encoded values, ascending.
    pub(crate) values: Dictionary,
}

impl PropColumn {
    /// The code of the value of an event, if it has the property.
    pub(crate) fn code(&self, row: usize) -> Option<u32> {
        Some(self.codes.get(self.rows.find(row)?))
    }

    /// The value of a code.
    pub(crate) fn value(&self, code: usize) -> PropValue<'_> {
        PropValue::decode(self.values.bytes(code))
    }
}

/// Stands for an item without a price.
pub(crate) const NO_PRICE: i64 = i64::MIN;

/// Prices in millionths of the main unit, of which most are whole cents.
pub(crate) type Prices = Numbers<10_000>;

/// Amounts in minor units.
pub(crate) type MinorUnits = Numbers<1>;

/// Products of the events that have some.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Items {
    /// Events that have items.
    pub(crate) rows: EntryRows,
    /// End of each one's items; their start is the end of the one before.
    pub(crate) ends: Ends,
    /// Text fields, in the order of `ItemKey`.
    pub(crate) fields: [ItemField; 4],
    /// Price of one; [`NO_PRICE`] where absent.
    pub(crate) price_micros: Prices,
    /// How many.
    pub(crate) quantity: Codes,
}

impl Items {
    /// Places in the item columns of the items of an event, of which it may have none.
    pub(crate) fn of(&self, row: usize) -> Range<usize> {
        self.rows
            .find(row)
            .map_or(0..0, |entry| self.ends.range(entry))
    }
}

/// Where the items of each event end that has some. While each has one, they are only counted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Ends {
    /// So many events have one item each, at first.
    pub(super) n_single: u32,
    /// Ends of those after.
    pub(super) rest: Vec<u32>,
}

impl Ends {
    /// Appends the end of the next event's items.
    #[inline]
    pub(super) fn push(&mut self, end: u32) {
        if self.rest.is_empty() && end == self.n_single + 1 {
            self.n_single = end;
        } else {
            self.rest.push(end);
        }
    }

    /// Forgets the last event.
    pub(super) fn pop(&mut self) {
        if self.rest.pop().is_none() {
            self.n_single = self.n_single.saturating_sub(1);
        }
    }

    /// How many events there are.
    pub(crate) fn len(&self) -> usize {
        self.n_single as usize + self.rest.len()
    }

    /// The end of the items of the first `n` events.
    #[inline]
    pub(super) fn after(&self, n: usize) -> usize {
        match n.checked_sub(self.n_single as usize + 1) {
            Some(index) => self.rest[index] as usize,
            None => n,
        }
    }

    /// Places of the items of the `entry`th event.
    #[inline]
    pub(crate) fn range(&self, entry: usize) -> Range<usize> {
        self.after(entry)..self.after(entry + 1)
    }
}

/// One text field of all items.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct ItemField {
    /// Code + 1 of each item's value, 0 where absent. None where all are absent.
    pub(crate) codes: Codes,
    pub(crate) values: Dictionary,
}

impl ItemField {
    /// Code + 1 of an item's value, or 0.
    #[inline]
    pub(crate) fn code(&self, item: usize) -> u32 {
        if self.codes.len() == 0 {
            0
        } else {
            self.codes.get(item)
        }
    }

    /// The value that a code + 1 stands for; an empty text for 0.
    pub(crate) fn text(&self, code: u32) -> &str {
        match code {
            0 => "",
            code => self.values.text(code as usize - 1),
        }
    }
}

/// Amounts of money of the events that have one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Amounts {
    /// Events that have an amount.
    pub(crate) rows: EntryRows,
    /// Amount in the currency's minor unit: cents for EUR, yen for JPY.
    pub(crate) minor: MinorUnits,
    /// Code of the currency; the empty text stands for an amount without one.
    pub(crate) currency: Codes,
    pub(crate) currencies: Dictionary,
}

impl Amounts {
    /// Amount of an event in minor units and code of its currency, if it has one.
    pub(crate) fn get(&self, row: usize) -> Option<(i64, u32)> {
        let entry = self.rows.find(row)?;
        let currency = if self.currencies.len() == 1 {
            0
        } else {
            self.currency.get(entry)
        };
        Some((self.minor.get(entry), currency))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encoded_values_sort_as_values_do() {
        let values = [
            PropValue::Bool(false),
            PropValue::Bool(true),
            PropValue::Number(f64::MIN),
            PropValue::Number(-1.5),
            PropValue::Number(0.0),
            PropValue::Number(f64::MIN_POSITIVE),
            PropValue::Number(3.0),
            PropValue::String(""),
            PropValue::String("a"),
        ];
        let encoded: Vec<Vec<u8>> = values
            .iter()
            .map(|value| {
                let mut bytes = Vec::new();
                value.encode(&mut bytes);
                bytes
            })
            .collect();
        assert!(encoded.is_sorted());
        for (bytes, value) in encoded.iter().zip(values) {
            assert_eq!(PropValue::decode(bytes), value);
        }
    }
}
