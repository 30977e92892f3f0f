//! Export as Parquet: one event a row, in the columns of [`event::columns`].
//!
//! Written with the column writers of the `parquet` crate, without Arrow. Compressed with Snappy, which every
//! reader knows and which is small enough to be read in a browser. A row group is bounded in rows and bytes, so
//! neither the collector nor a reader holds more than that at once.

use std::io::{self, Write};
use std::sync::Arc;

use event::Event;
use event::columns::{COLUMNS, Column, ColumnType};
use parquet::basic::{Compression, LogicalType, Repetition, TimeUnit, Type as PhysicalType};
use parquet::data_type::{ByteArray, ByteArrayType, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::{Type, TypePtr};

use super::Selection;
use super::cells::{Cell, Reader, reader};
use super::scan::scan;
use crate::store::Snapshot;

/// Most rows of a row group.
const MAX_ROWS: usize = 65_536;
/// A row group that holds this many bytes, before encoding and compression, is closed.
const MAX_BYTES: usize = 32 << 20;

/// Writes the events of a selection as one Parquet file.
///
/// # Errors
/// A segment can't be read, or `output` fails.
pub fn write(
    snapshot: &Snapshot,
    selection: &Selection,
    output: &mut (impl Write + Send),
) -> io::Result<()> {
    let mut table = Table::new(output).map_err(into_io)?;
    scan(snapshot, selection, |stored| {
        match serde_json::from_slice::<Event>(stored.line) {
            Ok(event) => table.push(&event).map_err(into_io),
            Err(error) => {
                // The collector wrote the line itself, so this is an event of a version that knew more or less.
                tracing::warn!(id = %stored.id, %error, "a stored event can't be read: left out of an export");
                Ok(())
            }
        }
    })?;
    table.finish().map_err(into_io)
}

fn into_io(error: ParquetError) -> io::Error {
    // An error of the output must keep its kind, by which a reader that hung up is recognised.
    match error {
        ParquetError::External(error) => match error.downcast::<io::Error>() {
            Ok(error) => *error,
            Err(error) => io::Error::other(error),
        },
        error => io::Error::other(error),
    }
}

struct Table<W: Write> {
    writer: SerializedFileWriter<W>,
    columns: Vec<Buffer>,
    n_rows: usize,
    n_bytes: usize,
}

/// The values of one column of the row group that is being gathered.
struct Buffer {
    read: Reader,
    values: Values,
    /// For each row, 1 where it has a value; unused where every row must have one.
    levels: Vec<i16>,
    is_required: bool,
}

enum Values {
    Text(Vec<ByteArray>),
    Integer(Vec<i64>),
}

impl<W: Write + Send> Table<W> {
    fn new(output: W) -> Result<Self, ParquetError> {
        let properties = WriterProperties::builder()
            .set_compression(Compression::SNAPPY)
            .set_created_by(format!(
                "desirepath-collector {}",
                env!("CARGO_PKG_VERSION")
            ))
            .build();
        let columns = COLUMNS.iter().map(Buffer::new).collect::<Result<_, _>>()?;
        let writer = SerializedFileWriter::new(output, schema()?, Arc::new(properties))?;
        Ok(Self {
            writer,
            columns,
            n_rows: 0,
            n_bytes: 0,
        })
    }

    fn push(&mut self, event: &Event) -> Result<(), ParquetError> {
        for column in &mut self.columns {
            self.n_bytes += column.push(event)?;
        }
        self.n_rows += 1;
        if self.n_rows >= MAX_ROWS || self.n_bytes >= MAX_BYTES {
            self.write_group()?;
        }
        Ok(())
    }

    fn write_group(&mut self) -> Result<(), ParquetError> {
        let mut group = self.writer.next_row_group()?;
        for column in &mut self.columns {
            let Some(mut writer) = group.next_column()? else {
                break;
            };
            let levels = (!column.is_required).then_some(column.levels.as_slice());
            match &mut column.values {
                Values::Text(values) => {
                    writer
                        .typed::<ByteArrayType>()
                        .write_batch(values, levels, None)?;
                    values.clear();
                }
                Values::Integer(values) => {
                    writer
                        .typed::<Int64Type>()
                        .write_batch(values, levels, None)?;
                    values.clear();
                }
            }
            column.levels.clear();
            writer.close()?;
        }
        group.close()?;
        (self.n_rows, self.n_bytes) = (0, 0);
        Ok(())
    }

    fn finish(mut self) -> Result<(), ParquetError> {
        if self.n_rows > 0 {
            self.write_group()?;
        }
        self.writer.close().map(drop)
    }
}

impl Buffer {
    fn new(column: &Column) -> Result<Self, ParquetError> {
        let read = reader(column.name)
            .ok_or_else(|| ParquetError::NYI(format!("no field for the column {}", column.name)))?;
        let values = match physical_type(column.kind) {
            PhysicalType::BYTE_ARRAY => Values::Text(Vec::new()),
            _ => Values::Integer(Vec::new()),
        };
        Ok(Self {
            read,
            values,
            levels: Vec::new(),
            is_required: column.is_required,
        })
    }

    /// Appends the event's cell, and returns roughly how many bytes it takes.
    fn push(&mut self, event: &Event) -> Result<usize, ParquetError> {
        let cell = (self.read)(event);
        self.levels.push(i16::from(cell != Cell::Null));
        match (cell, &mut self.values) {
            (Cell::Text(text), Values::Text(values)) => {
                let n_bytes = size_of::<ByteArray>() + text.len();
                values.push(text.into_owned().into_bytes().into());
                Ok(n_bytes)
            }
            (Cell::Integer(number), Values::Integer(values)) => {
                values.push(number);
                Ok(size_of::<i64>())
            }
            (Cell::Null, _) if !self.is_required => Ok(size_of::<i16>()),
            (cell, _) => Err(ParquetError::General(format!(
                "{cell:?} in a column of another type"
            ))),
        }
    }
}

fn physical_type(kind: ColumnType) -> PhysicalType {
    match kind {
        ColumnType::Text | ColumnType::Json => PhysicalType::BYTE_ARRAY,
        ColumnType::Timestamp | ColumnType::Count | ColumnType::Decimal => PhysicalType::INT64,
    }
}

fn schema() -> Result<TypePtr, ParquetError> {
    let fields = COLUMNS.iter().map(|column| {
        let repetition = if column.is_required {
            Repetition::REQUIRED
        } else {
            Repetition::OPTIONAL
        };
        let builder = Type::primitive_type_builder(column.name, physical_type(column.kind))
            .with_repetition(repetition);
        let builder = match column.kind {
            ColumnType::Text => builder.with_logical_type(Some(LogicalType::String)),
            ColumnType::Json => builder.with_logical_type(Some(LogicalType::Json)),
            ColumnType::Timestamp => {
                builder.with_logical_type(Some(LogicalType::timestamp(true, TimeUnit::MILLIS)))
            }
            ColumnType::Count => builder,
            ColumnType::Decimal => builder
                .with_logical_type(Some(LogicalType::decimal(6, 18)))
                .with_scale(6)
                .with_precision(18),
        };
        builder.build().map(Arc::new)
    });
    let fields = fields.collect::<Result<Vec<_>, _>>()?;
    Type::group_type_builder("event")
        .with_fields(fields)
        .build()
        .map(Arc::new)
}

#[cfg(test)]
#[path = "parquet_tests.rs"]
mod tests;
