//! Some rows of a table as typed columns, and those columns as bytes.
//!
//! A Parquet decoder fills chunks; the engine reads them. In the browser the two are separate WebAssembly
//! modules, so that only who opens a Parquet file downloads the decoder: [`Chunk::encode`] is what passes
//! between them. The bytes are an exchange between two builds of the same version, not a file format.

mod bytes;
mod coded;

pub use coded::Coded;

use super::cell::Cell;
use super::error::ImportError;

/// Up to some ten thousand rows, column by column.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Chunk {
    n_rows: usize,
    columns: Vec<Column>,
    nested: Vec<String>,
    cut: Option<String>,
}

/// One column of a [`Chunk`].
#[derive(Clone, Debug, PartialEq)]
pub struct Column {
    name: String,
    presence: Option<Presence>,
    values: Values,
}

/// The values of the rows that have one, in order.
#[derive(Clone, Debug, PartialEq)]
pub enum Values {
    /// Whole numbers.
    Int(Vec<i64>),
    /// Binary numbers.
    Float(Vec<f64>),
    /// Truth values.
    Bool(Vec<bool>),
    /// Times in milliseconds since the Unix epoch.
    Time(Vec<i64>),
    /// Times of clocks, in a zone that the file does not say: milliseconds since local 1970-01-01 00:00.
    LocalTime(Vec<i64>),
    /// Exact decimals in micro-units.
    Decimal(Vec<i64>),
    /// Texts, each for itself.
    Text(Texts),
    /// Texts by a dictionary.
    Coded(Coded),
}

/// Texts one after another in a single allocation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Texts {
    bytes: String,
    ends: Vec<u32>,
}

/// Which rows of a column have a value, and where it is among the values.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Presence {
    /// Index into the values by row; `ABSENT` where there is none.
    index: Vec<u32>,
}

const ABSENT: u32 = u32::MAX;

impl Texts {
    /// Adds a text at the end.
    pub fn push(&mut self, text: &str) {
        self.bytes.push_str(text);
        // A chunk is cut by its decoder long before four gigabytes.
        self.ends.push(self.bytes.len() as u32);
    }

    /// How many texts there are.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// The text at a place below [`Texts::len`].
    pub(crate) fn get(&self, index: usize) -> &str {
        let start = index.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.bytes[start as usize..self.ends[index] as usize]
    }
}

impl Values {
    pub(super) fn len(&self) -> usize {
        match self {
            Self::Int(values)
            | Self::Time(values)
            | Self::LocalTime(values)
            | Self::Decimal(values) => values.len(),
            Self::Float(values) => values.len(),
            Self::Bool(values) => values.len(),
            Self::Text(values) => values.len(),
            Self::Coded(values) => values.codes().len(),
        }
    }

    /// The value at a place below [`Values::len`].
    pub(super) fn cell(&self, index: usize) -> Cell<'_> {
        match self {
            Self::Int(values) => Cell::Int(values[index]),
            Self::Float(values) => Cell::Float(values[index]),
            Self::Bool(values) => Cell::Bool(values[index]),
            Self::Time(values) => Cell::Time(values[index]),
            Self::LocalTime(values) => Cell::LocalTime(values[index]),
            Self::Decimal(values) => Cell::Decimal(values[index]),
            Self::Text(values) => Cell::of_text(values.get(index)),
            Self::Coded(values) => Cell::of_text(values.get(index)),
        }
    }
}

impl Column {
    /// The column's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The values of the rows that have one.
    pub(super) fn values(&self) -> &Values {
        &self.values
    }

    /// Whether every row has a value.
    pub(super) fn is_full(&self) -> bool {
        self.presence.is_none()
    }

    /// Where each row's value is among [`Column::values`], plus one; 0 where it has none.
    pub(super) fn places(&self, n_rows: usize) -> Vec<u32> {
        match &self.presence {
            None => (1..=n_rows as u32).collect(),
            // What is absent has the greatest number, and becomes 0.
            Some(presence) => presence.index.iter().map(|at| at.wrapping_add(1)).collect(),
        }
    }

    /// For each row the code of its value, plus one; 0 where it has none. `codes` are those of the values.
    pub(super) fn look_up(&self, codes: &[u32]) -> Vec<u32> {
        match &self.presence {
            None => codes.iter().map(|code| code + 1).collect(),
            Some(presence) => {
                let code = |&at: &u32| codes.get(at as usize).map_or(0, |code| code + 1);
                presence.index.iter().map(code).collect()
            }
        }
    }

    /// The value in `row`.
    pub(super) fn cell(&self, row: usize) -> Cell<'_> {
        match &self.presence {
            None => self.values.cell(row),
            Some(presence) => match presence.index[row] {
                ABSENT => Cell::Missing,
                index => self.values.cell(index as usize),
            },
        }
    }
}

impl Chunk {
    /// A chunk of `n_rows` rows and no columns yet.
    pub fn new(n_rows: usize) -> Self {
        Self {
            n_rows,
            ..Self::default()
        }
    }

    /// How many rows there are.
    pub fn n_rows(&self) -> usize {
        self.n_rows
    }

    /// The columns, in the order of the file.
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// Columns of the file that are lists or maps; in the chunk they are JSON.
    pub fn nested(&self) -> &[String] {
        &self.nested
    }

    /// Notes that a column of the file is a list or a map.
    pub fn note_nested(&mut self, name: &str) {
        self.nested.push(name.to_owned());
    }

    /// Why rows that should follow are missing.
    pub fn cut_reason(&self) -> Option<&str> {
        self.cut.as_deref()
    }

    /// Notes that the file ends here, and should not.
    pub fn cut(&mut self, reason: &str) {
        self.cut = Some(reason.to_owned());
    }

    /// Adds a column. `is_present` says which rows have a value; `None` means all.
    ///
    /// # Errors
    /// Where the number of rows or of values does not match.
    pub fn add(
        &mut self,
        name: &str,
        is_present: Option<&[bool]>,
        values: Values,
    ) -> Result<(), ImportError> {
        let presence = is_present.map(Presence::new).transpose()?;
        let n_rows = presence
            .as_ref()
            .map_or(values.len(), |presence| presence.index.len());
        let n_values = presence.as_ref().map_or(n_rows, Presence::n_values);
        if n_rows != self.n_rows || n_values != values.len() {
            return Err(ImportError::Chunk("a column has another number of rows"));
        }
        self.columns.push(Column {
            name: name.to_owned(),
            presence,
            values,
        });
        Ok(())
    }
}

impl Presence {
    fn new(is_present: &[bool]) -> Result<Self, ImportError> {
        if u32::try_from(is_present.len()).is_err() {
            return Err(ImportError::Chunk("it has too many rows"));
        }
        let mut next = 0;
        let index = is_present.iter().map(|present| {
            let index = if *present { next } else { ABSENT };
            next += u32::from(*present);
            index
        });
        Ok(Self {
            index: index.collect(),
        })
    }

    fn n_values(&self) -> usize {
        self.index.iter().filter(|index| **index != ABSENT).count()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn texts(list: &[&str]) -> Values {
        let mut texts = Texts::default();
        list.iter().for_each(|text| texts.push(text));
        Values::Text(texts)
    }

    fn sample() -> Chunk {
        let mut chunk = Chunk::new(3);
        let present = [true, false, true];
        chunk.note_nested("tags");
        chunk.cut("the end is missing");
        chunk.add("user", None, texts(&["a", "", "é"])).unwrap();
        chunk
            .add("page", Some(&present), texts(&["/", "/p"]))
            .unwrap();
        chunk
            .add("n", Some(&present), Values::Int(vec![-1, 2]))
            .unwrap();
        chunk.add("ts", None, Values::Time(vec![1, 2, 3])).unwrap();
        chunk
            .add("at", Some(&present), Values::LocalTime(vec![4, 5]))
            .unwrap();
        let mut entries = Texts::default();
        ["purchase", ""]
            .iter()
            .for_each(|entry| entries.push(entry));
        let coded = Coded::new(entries, vec![0, 1, 0]).unwrap();
        chunk.add("name", None, Values::Coded(coded)).unwrap();
        chunk
            .add("price", Some(&[false; 3]), Values::Decimal(vec![]))
            .unwrap();
        chunk
            .add("share", None, Values::Float(vec![0.5, -0.0, 1e300]))
            .unwrap();
        chunk
            .add("is_new", None, Values::Bool(vec![true, false, true]))
            .unwrap();
        chunk
    }

    #[test]
    fn cells() {
        let chunk = sample();
        let row = |row| {
            chunk
                .columns()
                .iter()
                .map(|column| column.cell(row))
                .collect::<Vec<_>>()
        };
        use Cell::{Bool, Float, Int, LocalTime, Missing, Text, Time};
        assert_eq!(
            row(0),
            [
                Text("a"),
                Text("/"),
                Int(-1),
                Time(1),
                LocalTime(4),
                Text("purchase"),
                Missing,
                Float(0.5),
                Bool(true)
            ]
        );
        assert_eq!(
            row(1),
            [
                Missing,
                Missing,
                Missing,
                Time(2),
                Missing,
                Missing,
                Missing,
                Float(-0.0),
                Bool(false)
            ]
        );
        assert_eq!(
            row(2),
            [
                Text("é"),
                Text("/p"),
                Int(2),
                Time(3),
                LocalTime(5),
                Text("purchase"),
                Missing,
                Float(1e300),
                Bool(true)
            ]
        );
    }

    #[test]
    fn what_is_encoded_is_decoded() {
        assert_eq!(Chunk::decode(&sample().encode()), Ok(sample()));
        assert_eq!(Chunk::decode(&Chunk::new(0).encode()), Ok(Chunk::new(0)));
    }

    #[test]
    fn columns_of_another_length_are_refused() {
        let mut chunk = Chunk::new(2);
        assert!(chunk.add("a", None, Values::Int(vec![1])).is_err());
        assert!(
            chunk
                .add("a", Some(&[true, false]), Values::Int(vec![1, 2]))
                .is_err()
        );
        assert!(chunk.add("a", Some(&[true]), Values::Int(vec![1])).is_err());
    }

    #[test]
    fn a_chunk_cut_anywhere_is_refused() {
        let bytes = sample().encode();
        for end in 0..bytes.len() {
            assert!(Chunk::decode(&bytes[..end]).is_err(), "cut at {end}");
        }
    }

    proptest! {
        #[test]
        fn damaged_bytes_never_panic(at in 0..300usize, byte: u8) {
            let mut bytes = sample().encode();
            let at = at % bytes.len();
            bytes[at] = byte;
            if let Ok(chunk) = Chunk::decode(&bytes) {
                for column in chunk.columns() {
                    for row in 0..chunk.n_rows() {
                        let _ = column.cell(row);
                    }
                }
            }
        }
    }
}
