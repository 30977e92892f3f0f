//! Parquet, by the low-level column readers: a file in memory becomes [`Chunk`]s.
//!
//! Read are all columns that have at most one value a row, fields of nested structs by their path (`page.url`);
//! lists are left out. Compression: none, snappy, gzip, and zstd by a decoder in Rust. A module of its own, behind
//! the feature `parquet`, because the decoder is large: the browser loads it apart from the engine.

mod hybrid;
mod texts;
mod zstd;

use std::sync::Arc;

use ::parquet::basic::{Compression, ConvertedType, LogicalType, TimeUnit, Type};
use ::parquet::column::reader::{ColumnReader, ColumnReaderImpl, get_column_reader};
use ::parquet::data_type::{ByteArray, DataType};
use ::parquet::errors::ParquetError;
use ::parquet::file::reader::{FileReader, SerializedFileReader};
use ::parquet::schema::types::ColumnDescriptor;
use bytes::Bytes;
use event::Uuid;

use self::texts::TextReader;
use super::chunk::{Chunk, Texts, Values};
use super::error::ImportError;
use super::mapping::Mapping;
use super::sink::Sink;
use super::table::{TableReader, needed_columns, table_mapping};

/// Rows of a chunk. Enough for a text to come often in it, few enough to take little memory.
const ROWS_PER_CHUNK: usize = 1 << 16;

/// Decodes one Parquet file, chunk by chunk.
pub struct ParquetReader {
    file: SerializedFileReader<Bytes>,
    bytes: Arc<Bytes>,
    /// The columns to read.
    leaves: Vec<Leaf>,
    /// Lists, which cannot be read.
    left_out: Vec<String>,
    next_row_group: usize,
    group: Option<RowGroup>,
}

/// A column that can be read.
struct Leaf {
    index: usize,
    name: String,
    kind: Kind,
    max_def_level: i16,
}

/// What the values of a column mean, beyond their physical type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Plain,
    /// A time since the Unix epoch, in ticks of so many nanoseconds.
    Timestamp {
        nanos_per_tick: i64,
    },
    /// Days since 1970-01-01.
    Date,
    /// A decimal with so many digits after the point.
    Decimal {
        scale: i32,
    },
    /// Unsigned, in a signed physical type.
    Unsigned,
    Uuid,
}

struct RowGroup {
    readers: Vec<Reader>,
    n_rows_left: usize,
}

enum Reader {
    Texts(Box<TextReader>),
    Values(Box<ColumnReader>),
}

impl From<ParquetError> for ImportError {
    fn from(error: ParquetError) -> Self {
        let message = error.to_string();
        Self::Parquet(
            message
                .strip_prefix("Parquet error: ")
                .unwrap_or(&message)
                .to_owned(),
        )
    }
}

impl ParquetReader {
    /// Reads the footer of a whole file.
    ///
    /// # Errors
    /// [`ImportError::Parquet`] where the bytes are not a Parquet file.
    pub fn new(file: Vec<u8>) -> Result<Self, ImportError> {
        if file.is_empty() {
            return Err(ImportError::Empty);
        }
        let bytes = Bytes::from(file);
        let file = guard(|| Ok(SerializedFileReader::new(bytes.clone())?))?;
        let schema = file.metadata().file_metadata().schema_descr_ptr();
        let mut leaves = Vec::new();
        let mut left_out = Vec::new();
        for (index, column) in schema.columns().iter().enumerate() {
            let name = column.path().parts().join(".");
            match Kind::of(column) {
                Some(kind) if column.max_rep_level() == 0 => {
                    leaves.push(Leaf {
                        index,
                        name,
                        kind,
                        max_def_level: column.max_def_level(),
                    });
                }
                // A list is `tags.list.element` inside: its own name is what a person knows.
                _ => left_out.push(column.path().parts()[0].clone()),
            }
        }
        left_out.dedup();
        Ok(Self {
            file,
            bytes: Arc::new(bytes),
            leaves,
            left_out,
            next_row_group: 0,
            group: None,
        })
    }

    /// Names of the columns that can be read.
    pub fn columns(&self) -> Vec<String> {
        self.leaves.iter().map(|leaf| leaf.name.clone()).collect()
    }

    /// How many rows the file has.
    pub fn n_rows(&self) -> u64 {
        let n_rows = self.file.metadata().file_metadata().num_rows();
        u64::try_from(n_rows).unwrap_or(0)
    }

    /// Reads only these columns from now on; names that are not there are passed over.
    pub fn select(&mut self, columns: &[String]) {
        self.leaves.retain(|leaf| columns.contains(&leaf.name));
        self.group = None;
    }

    /// The next rows; `None` at the end of the file.
    ///
    /// # Errors
    /// [`ImportError::Codec`] for a compression that is not supported, [`ImportError::Parquet`] for damage.
    pub fn next_chunk(&mut self) -> Result<Option<Chunk>, ImportError> {
        let result = guard(|| self.read_chunk());
        if result.is_err() {
            // Nothing that comes after damage can be trusted.
            self.group = None;
            self.next_row_group = usize::MAX;
        }
        result
    }

    fn read_chunk(&mut self) -> Result<Option<Chunk>, ImportError> {
        loop {
            if self.group.is_none() && !self.open_row_group()? {
                return Ok(None);
            }
            let Some(group) = self.group.as_mut().filter(|group| group.n_rows_left > 0) else {
                self.group = None;
                continue;
            };
            let n_rows = group.n_rows_left.min(ROWS_PER_CHUNK);
            group.n_rows_left -= n_rows;
            let mut chunk = Chunk::new(n_rows);
            self.left_out.iter().for_each(|name| chunk.leave_out(name));
            for (leaf, reader) in self.leaves.iter().zip(&mut group.readers) {
                match reader {
                    Reader::Texts(reader) => {
                        let (is_present, texts) = reader.read(n_rows)?;
                        chunk.add(&leaf.name, is_present.as_deref(), Values::Coded(texts))?;
                    }
                    Reader::Values(reader) => read_column(leaf, reader, &mut chunk)?,
                }
            }
            return Ok(Some(chunk));
        }
    }

    /// Begins the next row group; false after the last.
    fn open_row_group(&mut self) -> Result<bool, ImportError> {
        if self.next_row_group >= self.file.num_row_groups() {
            return Ok(false);
        }
        let group = self.file.get_row_group(self.next_row_group)?;
        self.next_row_group += 1;
        let n_rows_left = usize::try_from(group.metadata().num_rows()).unwrap_or(0);
        let mut readers = Vec::with_capacity(self.leaves.len());
        for leaf in &self.leaves {
            let column = group.metadata().column(leaf.index);
            let codec = column.compression();
            if !matches!(
                codec,
                Compression::UNCOMPRESSED
                    | Compression::SNAPPY
                    | Compression::GZIP(_)
                    | Compression::ZSTD(_)
            ) {
                let codec = codec.to_string();
                // Some codecs print with their level: `ZSTD(ZstdLevel(1))`.
                let codec = codec.split('(').next().unwrap_or_default().to_owned();
                return Err(ImportError::Codec {
                    column: leaf.name.clone(),
                    codec,
                });
            }
            let is_text = column.column_type() == Type::BYTE_ARRAY && leaf.kind == Kind::Plain;
            let pages = if matches!(codec, Compression::ZSTD(_)) {
                zstd::pages(&self.bytes, column, n_rows_left)?
            } else {
                group.get_column_page_reader(leaf.index)?
            };
            readers.push(if is_text && texts::is_readable(column) {
                Reader::Texts(Box::new(TextReader::new(
                    pages,
                    leaf.max_def_level,
                    n_rows_left,
                )))
            } else {
                let reader = get_column_reader(column.column_descr_ptr(), pages);
                Reader::Values(Box::new(reader))
            });
        }
        self.group = Some(RowGroup {
            readers,
            n_rows_left,
        });
        Ok(true)
    }
}

impl Kind {
    /// `None` for what is neither text, number, truth value nor time.
    fn of(column: &ColumnDescriptor) -> Option<Self> {
        let is_integer = matches!(column.physical_type(), Type::INT32 | Type::INT64);
        let millis = Self::Timestamp {
            nanos_per_tick: 1_000_000,
        };
        let micros = Self::Timestamp {
            nanos_per_tick: 1_000,
        };
        let kind = match (column.logical_type_ref(), column.converted_type()) {
            (Some(LogicalType::Timestamp(time)), _) => match time.unit {
                TimeUnit::MILLIS => millis,
                TimeUnit::MICROS => micros,
                TimeUnit::NANOS => Self::Timestamp { nanos_per_tick: 1 },
            },
            (None, ConvertedType::TIMESTAMP_MILLIS) => millis,
            (None, ConvertedType::TIMESTAMP_MICROS) => micros,
            (Some(LogicalType::Date), _) | (None, ConvertedType::DATE) => Self::Date,
            (Some(LogicalType::Decimal(_)), _) | (None, ConvertedType::DECIMAL) => Self::Decimal {
                scale: column.type_scale(),
            },
            (Some(LogicalType::Uuid), _) => Self::Uuid,
            (Some(LogicalType::Integer(integer)), _) if !integer.is_signed => Self::Unsigned,
            (None, ConvertedType::UINT_32 | ConvertedType::UINT_64) => Self::Unsigned,
            _ => Self::Plain,
        };
        match (column.physical_type(), kind) {
            (Type::FIXED_LEN_BYTE_ARRAY, Self::Uuid | Self::Decimal { .. }) => Some(kind),
            (Type::FIXED_LEN_BYTE_ARRAY, _) => None,
            (Type::BYTE_ARRAY, Self::Plain | Self::Decimal { .. }) => Some(kind),
            (_, Self::Plain) => Some(kind),
            _ => is_integer.then_some(kind),
        }
    }

    /// The values of an integer column.
    fn of_integers(self, values: Vec<i64>) -> Values {
        match self {
            Self::Timestamp { nanos_per_tick } => {
                let ticks_per_milli = 1_000_000 / nanos_per_tick;
                Values::Time(
                    values
                        .into_iter()
                        .map(|ticks| ticks.div_euclid(ticks_per_milli))
                        .collect(),
                )
            }
            Self::Date => Values::Time(
                values
                    .into_iter()
                    .map(|day| day.saturating_mul(86_400_000))
                    .collect(),
            ),
            Self::Decimal { scale } => Values::Decimal(
                values
                    .into_iter()
                    .map(|value| micros_of(i128::from(value), scale))
                    .collect(),
            ),
            Self::Plain | Self::Unsigned | Self::Uuid => Values::Int(values),
        }
    }

    fn of_bytes<'a>(self, values: impl Iterator<Item = &'a [u8]>) -> Values {
        if let Self::Decimal { scale } = self {
            return Values::Decimal(
                values
                    .map(|bytes| micros_of(big_endian(bytes), scale))
                    .collect(),
            );
        }
        let mut texts = Texts::default();
        for bytes in values {
            match Uuid::from_slice(bytes) {
                Ok(id) if self == Self::Uuid => {
                    texts.push(id.hyphenated().encode_lower(&mut [0; 36]));
                }
                _ => texts.push(&String::from_utf8_lossy(bytes)),
            }
        }
        Values::Text(texts)
    }
}

/// Micro-units of a decimal with `scale` digits after the point; digits beyond the sixth are cut, and what is
/// out of range ends at its bounds.
fn micros_of(unscaled: i128, scale: i32) -> i64 {
    const MICRO_DIGITS: i32 = 6;
    let power = |digits: i32| 10i128.saturating_pow(digits.unsigned_abs());
    let micros = if scale <= MICRO_DIGITS {
        unscaled.saturating_mul(power(MICRO_DIGITS - scale))
    } else {
        unscaled / power(scale - MICRO_DIGITS)
    };
    micros.clamp(i128::from(i64::MIN), i128::from(i64::MAX)) as i64
}

/// A two's complement number of up to 16 bytes.
fn big_endian(bytes: &[u8]) -> i128 {
    let sign = if bytes.first().is_some_and(|byte| byte & 0x80 != 0) {
        -1
    } else {
        0
    };
    bytes
        .iter()
        .fold(sign, |number: i128, byte| (number << 8) | i128::from(*byte))
}

/// A 32-bit float as the decimal that it was written as: 35.79, not 35.790000915.
fn widen(number: f32) -> f64 {
    number.to_string().parse().unwrap_or(f64::from(number))
}

fn read_column(
    leaf: &Leaf,
    reader: &mut ColumnReader,
    chunk: &mut Chunk,
) -> Result<(), ImportError> {
    let n_rows = chunk.n_rows();
    let kind = leaf.kind;
    match reader {
        ColumnReader::BoolColumnReader(reader) => {
            read_values(leaf, reader, n_rows)?.add_to(chunk, leaf, Values::Bool)
        }
        ColumnReader::Int32ColumnReader(reader) => {
            read_values(leaf, reader, n_rows)?.add_to(chunk, leaf, |values| {
                let widen = |value: i32| match kind {
                    Kind::Unsigned => i64::from(value.cast_unsigned()),
                    _ => i64::from(value),
                };
                kind.of_integers(values.into_iter().map(widen).collect())
            })
        }
        ColumnReader::Int64ColumnReader(reader) => {
            read_values(leaf, reader, n_rows)?
                .add_to(chunk, leaf, |values| kind.of_integers(values))
        }
        ColumnReader::Int96ColumnReader(reader) => {
            read_values(leaf, reader, n_rows)?.add_to(chunk, leaf, |values| {
                Values::Time(values.iter().map(|value| value.to_millis()).collect())
            })
        }
        ColumnReader::FloatColumnReader(reader) => {
            read_values(leaf, reader, n_rows)?.add_to(chunk, leaf, |values| {
                Values::Float(values.into_iter().map(widen).collect())
            })
        }
        ColumnReader::DoubleColumnReader(reader) => {
            read_values(leaf, reader, n_rows)?.add_to(chunk, leaf, Values::Float)
        }
        ColumnReader::ByteArrayColumnReader(reader) => {
            read_values(leaf, reader, n_rows)?.add_to(chunk, leaf, |values| {
                kind.of_bytes(values.iter().map(ByteArray::data))
            })
        }
        ColumnReader::FixedLenByteArrayColumnReader(reader) => read_values(leaf, reader, n_rows)?
            .add_to(chunk, leaf, |values| {
                kind.of_bytes(values.iter().map(|value| value.data()))
            }),
    }
}

/// Some damage makes the `parquet` crate panic rather than return an error. Where a panic unwinds, it becomes an
/// error here; in the browser it ends the decoder's own WebAssembly instance, and the engine lives on.
fn guard<T>(read: impl FnOnce() -> Result<T, ImportError>) -> Result<T, ImportError> {
    // Whoever sees the error drops what was being read.
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(read))
        .unwrap_or_else(|_| Err(ImportError::Parquet("the file is damaged".to_owned())))
}

/// The values of some rows, and which rows have one.
struct Read<T> {
    values: Vec<T>,
    is_present: Option<Vec<bool>>,
}

impl<T> Read<T> {
    fn add_to(
        self,
        chunk: &mut Chunk,
        leaf: &Leaf,
        convert: impl FnOnce(Vec<T>) -> Values,
    ) -> Result<(), ImportError> {
        chunk.add(&leaf.name, self.is_present.as_deref(), convert(self.values))
    }
}

fn read_values<T: DataType>(
    leaf: &Leaf,
    reader: &mut ColumnReaderImpl<T>,
    n_rows: usize,
) -> Result<Read<T::T>, ImportError> {
    let mut levels = Vec::new();
    let mut values = Vec::new();
    let (n_read, _, _) = reader.read_records(n_rows, Some(&mut levels), None, &mut values)?;
    if n_read != n_rows {
        let name = &leaf.name;
        return Err(ImportError::Parquet(format!(
            "the column `{name}` has fewer rows than its row group"
        )));
    }
    // A field of a nested struct is there only when all around it is.
    let is_present = |level: &i16| *level == leaf.max_def_level;
    let is_optional = leaf.max_def_level > 0;
    Ok(Read {
        values,
        is_present: is_optional.then(|| levels.iter().map(is_present).collect()),
    })
}

/// Reads a whole file into the sink.
pub(super) fn read_file(
    file: Vec<u8>,
    mapping: Option<Mapping>,
    sink: &mut Sink,
) -> Result<(), ImportError> {
    let mut reader = ParquetReader::new(file)?;
    // Checked against all columns, so that the message for a missing one lists what there is.
    let mapping = table_mapping(&reader.columns(), &reader.left_out, mapping)?;
    if let Some(needed) = needed_columns(&reader.columns(), Some(mapping.clone())) {
        reader.select(&needed);
    }
    let mut table = TableReader::new(Some(mapping));
    while let Some(chunk) = reader.next_chunk()? {
        table.push(&chunk, sink)?;
    }
    table.finish()
}
