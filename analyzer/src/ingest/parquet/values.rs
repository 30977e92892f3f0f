//! The values of a column with their levels, by the readers of the `parquet` crate.

use ::parquet::column::reader::{ColumnReader, ColumnReaderImpl};
use ::parquet::data_type::{ByteArray, DataType};

use super::kind::Kind;
use super::schema::Leaf;
use crate::ingest::chunk::Values;
use crate::ingest::error::ImportError;
use crate::ingest::numbers::widen;

/// The values of some rows.
pub(super) struct Read {
    /// Those that are there.
    pub(super) values: Values,
    /// How much is there of each value and what is around it; empty where all must be.
    pub(super) def_levels: Vec<i16>,
    /// At which of the lists around each value a new element begins; empty without lists.
    pub(super) rep_levels: Vec<i16>,
}

impl Read {
    /// Which rows of a flat column have a value; `None` where all have.
    pub(super) fn presence(&self, leaf: &Leaf) -> Option<Vec<bool>> {
        // A field of a nested struct is there only when all around it is.
        let is_present = |level: &i16| *level == leaf.max_def_level;
        let is_optional = leaf.max_def_level > 0;
        is_optional.then(|| self.def_levels.iter().map(is_present).collect())
    }
}

/// Reads the next `n_rows` rows of a column.
///
/// # Errors
/// Where it is damaged, or ends before.
pub(super) fn read(
    leaf: &Leaf,
    reader: &mut ColumnReader,
    n_rows: usize,
) -> Result<Read, ImportError> {
    let kind = leaf.kind.unwrap_or(Kind::Plain);
    match reader {
        ColumnReader::BoolColumnReader(reader) => read_records(leaf, reader, n_rows, Values::Bool),
        ColumnReader::Int32ColumnReader(reader) => read_records(leaf, reader, n_rows, |values| {
            let widen = |value: i32| match kind {
                Kind::Unsigned => i64::from(value.cast_unsigned()),
                _ => i64::from(value),
            };
            kind.of_integers(values.into_iter().map(widen).collect())
        }),
        ColumnReader::Int64ColumnReader(reader) => {
            read_records(leaf, reader, n_rows, |values| kind.of_integers(values))
        }
        ColumnReader::Int96ColumnReader(reader) => read_records(leaf, reader, n_rows, |values| {
            Values::Time(values.iter().map(|value| value.to_millis()).collect())
        }),
        ColumnReader::FloatColumnReader(reader) => read_records(leaf, reader, n_rows, |values| {
            Values::Float(values.into_iter().map(widen).collect())
        }),
        ColumnReader::DoubleColumnReader(reader) => {
            read_records(leaf, reader, n_rows, Values::Float)
        }
        ColumnReader::ByteArrayColumnReader(reader) => {
            read_records(leaf, reader, n_rows, |values| {
                kind.of_bytes(values.iter().map(ByteArray::data))
            })
        }
        ColumnReader::FixedLenByteArrayColumnReader(reader) => {
            read_records(leaf, reader, n_rows, |values| {
                kind.of_bytes(values.iter().map(|value| value.data()))
            })
        }
    }
}

fn read_records<T: DataType>(
    leaf: &Leaf,
    reader: &mut ColumnReaderImpl<T>,
    n_rows: usize,
    convert: impl FnOnce(Vec<T::T>) -> Values,
) -> Result<Read, ImportError> {
    let mut def_levels = Vec::new();
    let mut rep_levels = Vec::new();
    let mut values = Vec::new();
    let (n_read, _, _) = reader.read_records(
        n_rows,
        Some(&mut def_levels),
        (leaf.max_rep_level > 0).then_some(&mut rep_levels),
        &mut values,
    )?;
    if n_read != n_rows {
        let name = &leaf.name;
        return Err(ImportError::Parquet(format!(
            "the column `{name}` has fewer rows than its row group"
        )));
    }
    Ok(Read {
        values: convert(values),
        def_levels,
        rep_levels,
    })
}
