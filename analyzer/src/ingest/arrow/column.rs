//! From the arrays of a batch to the columns of a chunk.

use std::ops::Range;

use super::array::{Array, Data, Dictionary, Value};
use super::damaged;
use super::schema::{Field, Fixed, Kind};
use crate::ingest::cell::Cell;
use crate::ingest::chunk::{Chunk, Coded, Texts, Values};
use crate::ingest::error::ImportError;

/// Rows of a chunk. Enough for a text to come often in it, few enough to take little memory.
pub(super) const ROWS_PER_CHUNK: usize = 1 << 16;

/// Texts of a column in one chunk. Their places are kept in 32 bits.
const MAX_TEXT_BYTES: usize = 1 << 30;

/// A column that can be read.
pub(super) struct Column {
    pub(super) name: String,
    /// Its place among the fields, and inside structs.
    pub(super) path: Vec<usize>,
    pub(super) is_nested: bool,
}

/// The columns of a schema; of structs their fields.
pub(super) fn columns(fields: &[Field]) -> Vec<Column> {
    let mut columns = Vec::new();
    add_columns(fields, "", &[], &mut columns);
    columns
}

fn add_columns(fields: &[Field], outer: &str, path: &[usize], columns: &mut Vec<Column>) {
    for (index, field) in fields.iter().enumerate() {
        let name = match outer {
            "" => field.name.clone(),
            outer => format!("{outer}.{}", field.name),
        };
        let path = [path, &[index]].concat();
        match field.kind {
            Kind::Struct if field.dictionary.is_none() => {
                add_columns(&field.children, &name, &path, columns);
            }
            Kind::Null | Kind::Unread { .. } | Kind::Struct => {}
            _ => columns.push(Column {
                name,
                path,
                is_nested: field.is_nested(),
            }),
        }
    }
}

/// The field whose dictionary has this id.
pub(super) fn dictionary_field(fields: &[Field], id: i64) -> Option<&Field> {
    fields.iter().find_map(|field| {
        let is_it = field.dictionary.is_some_and(|encoding| encoding.id == id);
        is_it
            .then_some(field)
            .or_else(|| dictionary_field(&field.children, id))
    })
}

impl Column {
    /// Adds these rows to the chunk; without fields, none.
    pub(super) fn read(
        &self,
        fields: &[Field],
        arrays: &[Array],
        rows: Range<usize>,
        chunk: &mut Chunk,
    ) -> Result<(), ImportError> {
        if fields.is_empty() {
            return chunk.add(&self.name, None, Values::Text(Texts::default()));
        }
        let (mut fields, mut arrays) = (fields, arrays.iter().collect::<Vec<_>>());
        let mut around: Vec<&Array> = Vec::new();
        let (last, outer) = self.path.split_last().ok_or_else(damaged)?;
        for &index in outer {
            let (field, array) = fields
                .get(index)
                .zip(arrays.get(index))
                .ok_or_else(damaged)?;
            around.push(array);
            let children = (0..field.children.len()).map(|index| array.child(index));
            arrays = children.collect::<Option<_>>().ok_or_else(damaged)?;
            fields = &field.children;
        }
        let (field, array) = fields
            .get(*last)
            .zip(arrays.get(*last))
            .ok_or_else(damaged)?;
        let is_there = |row: usize| around.iter().all(|array| array.is_valid(row));
        let (is_present, values) = read(field, array, rows, is_there)?;
        chunk.add(&self.name, Some(&is_present), values)
    }
}

fn read(
    field: &Field,
    array: &Array,
    rows: Range<usize>,
    is_there: impl Fn(usize) -> bool,
) -> Result<(Vec<bool>, Values), ImportError> {
    if field.is_nested() {
        return read_json(field, array, rows, is_there);
    }
    if let (Data::Coded { dictionary, .. }, Kind::Text { .. } | Kind::View) =
        (array.data(), field.kind)
    {
        return read_coded(array, dictionary, rows, is_there);
    }
    let mut is_present = Vec::with_capacity(rows.len());
    let mut values = match field.kind {
        Kind::Bool => Values::Bool(vec![]),
        Kind::Fixed(Fixed::Whole(_)) => Values::Int(vec![]),
        Kind::Fixed(Fixed::Float { .. }) => Values::Float(vec![]),
        Kind::Fixed(Fixed::Decimal { .. }) => Values::Decimal(vec![]),
        Kind::Fixed(Fixed::Days | Fixed::Time { is_local: true, .. }) => Values::LocalTime(vec![]),
        Kind::Fixed(Fixed::Time { .. }) => Values::Time(vec![]),
        _ => Values::Text(Texts::default()),
    };
    let mut n_bytes = 0;
    for row in rows {
        let value = if is_there(row) {
            array.value(row)?
        } else {
            None
        };
        is_present.push(value.is_some());
        match (&mut values, value) {
            (_, None) => {}
            (Values::Text(texts), Some(Value::Text(text))) => {
                n_bytes += text.len();
                check_len(n_bytes)?;
                texts.push(&text);
            }
            (Values::Text(texts), Some(Value::Other(Cell::Int(number)))) => {
                texts.push(&number.to_string());
            }
            (Values::Int(numbers), Some(Value::Text(beyond))) => {
                // A number beyond the signed range: all of them become their digits.
                let mut texts = Texts::default();
                for number in numbers {
                    texts.push(&number.to_string());
                }
                texts.push(&beyond);
                values = Values::Text(texts);
            }
            (Values::Bool(values), Some(Value::Other(Cell::Bool(value)))) => values.push(value),
            (Values::Int(values), Some(Value::Other(Cell::Int(value))))
            | (Values::Decimal(values), Some(Value::Other(Cell::Decimal(value))))
            | (Values::Time(values), Some(Value::Other(Cell::Time(value))))
            | (Values::LocalTime(values), Some(Value::Other(Cell::LocalTime(value)))) => {
                values.push(value);
            }
            (Values::Float(values), Some(Value::Other(Cell::Float(value)))) => values.push(value),
            _ => return Err(damaged()),
        }
    }
    Ok((is_present, values))
}

/// Texts by a dictionary: each entry that is met is copied once.
fn read_coded(
    array: &Array,
    dictionary: &Dictionary,
    rows: Range<usize>,
    is_there: impl Fn(usize) -> bool,
) -> Result<(Vec<bool>, Values), ImportError> {
    /// Not met in the present chunk, or met and missing.
    const UNMET: u32 = u32::MAX;
    const MISSING: u32 = u32::MAX - 1;
    let mut met = vec![UNMET; dictionary.len()];
    let mut entries = Texts::default();
    let mut codes = Vec::with_capacity(rows.len());
    let mut is_present = Vec::with_capacity(rows.len());
    let mut n_bytes = 0;
    for row in rows {
        let mut entry = MISSING;
        if is_there(row) && array.is_valid(row) {
            let code = array.code(row)?;
            let met = met.get_mut(code).ok_or_else(damaged)?;
            if *met == UNMET {
                *met = match dictionary.value(code)? {
                    Some(Value::Text(text)) => {
                        n_bytes += text.len();
                        check_len(n_bytes)?;
                        entries.push(&text);
                        entries.len() as u32 - 1
                    }
                    _ => MISSING,
                };
            }
            entry = *met;
        }
        is_present.push(entry != MISSING);
        if entry != MISSING {
            codes.push(entry);
        }
    }
    Ok((is_present, Values::Coded(Coded::new(entries, codes)?)))
}

fn read_json(
    field: &Field,
    array: &Array,
    rows: Range<usize>,
    is_there: impl Fn(usize) -> bool,
) -> Result<(Vec<bool>, Values), ImportError> {
    let mut texts = Texts::default();
    let mut is_present = Vec::with_capacity(rows.len());
    let mut text = String::new();
    let mut n_bytes = 0;
    for row in rows {
        text.clear();
        let is_written = is_there(row) && array.write_json(field, row, &mut text)?;
        is_present.push(is_written);
        if is_written {
            n_bytes += text.len();
            check_len(n_bytes)?;
            texts.push(&text);
        }
    }
    Ok((is_present, Values::Text(texts)))
}

fn check_len(n_bytes: usize) -> Result<(), ImportError> {
    if n_bytes > MAX_TEXT_BYTES {
        let reason = "a column has more than a gigabyte of text in 65,536 rows";
        return Err(ImportError::Arrow(reason.to_owned()));
    }
    Ok(())
}
