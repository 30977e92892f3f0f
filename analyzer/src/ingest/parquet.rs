//! Parquet, by the low-level column readers: a file in memory becomes [`Chunk`]s.
//!
//! Columns with at most one value a row become columns, fields of nested structs by their path (`page.url`); lists
//! and maps become columns of JSON. Compression: none, snappy, gzip, lz4, and zstd by a decoder in Rust. A module of its
//! own, behind the feature `parquet`, because the decoder is large: the browser loads it apart from the engine.

mod hybrid;
mod kind;
mod nested;
mod schema;
mod texts;
mod values;
mod zstd;

use std::sync::Arc;

use ::parquet::basic::{Compression, Type};
use ::parquet::column::page::PageReader;
use ::parquet::column::reader::{ColumnReader, get_column_reader};
use ::parquet::errors::ParquetError;
use ::parquet::file::reader::{FileReader, RowGroupReader, SerializedFileReader};
use bytes::Bytes;

use self::kind::Kind;
use self::schema::{Column, Leaf};
use self::texts::TextReader;
use super::chunk::{Chunk, Values};
use super::error::ImportError;
use super::mapping::Mapping;
use super::sink::Sink;
use super::table::{TableReader, needed_columns, table_mapping};

/// What a file begins and ends with.
const MARK: &[u8] = b"PAR1";

/// Rows of a chunk. Enough for a text to come often in it, few enough to take little memory.
const ROWS_PER_CHUNK: usize = 1 << 16;
/// The same with lists, whose JSON is long.
const NESTED_ROWS_PER_CHUNK: usize = 1 << 13;

/// Decodes one Parquet file, chunk by chunk.
pub struct ParquetReader {
    file: SerializedFileReader<Bytes>,
    bytes: Arc<Bytes>,
    /// The columns to read.
    columns: Vec<Column>,
    /// Those of them that are lists or maps.
    nested: Vec<String>,
    next_row_group: usize,
    group: Option<RowGroup>,
}

struct RowGroup {
    readers: Vec<Reader>,
    n_rows_left: usize,
}

enum Reader {
    Texts(Box<TextReader>),
    Values(Box<ColumnReader>),
    /// The leaves of a list.
    Nested(Vec<ColumnReader>),
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
        if file.starts_with(MARK) && !file.ends_with(MARK) {
            let reason = "its end is missing, without which no row can be found; was it cut off?";
            return Err(ImportError::Parquet(reason.to_owned()));
        }
        let bytes = Bytes::from(file);
        let file = guard(|| Ok(SerializedFileReader::new(bytes.clone())?))?;
        let schema = file.metadata().file_metadata().schema_descr_ptr();
        let columns = schema::columns(&schema);
        let nested = columns.iter().filter(|column| column.is_nested());
        let nested = nested.map(|column| column.name().to_owned()).collect();
        Ok(Self {
            file,
            bytes: Arc::new(bytes),
            columns,
            nested,
            next_row_group: 0,
            group: None,
        })
    }

    /// Names of the columns that can be read.
    pub fn columns(&self) -> Vec<String> {
        let names = self.columns.iter().map(Column::name);
        names.map(str::to_owned).collect()
    }

    /// How many rows the file has.
    pub fn n_rows(&self) -> u64 {
        let n_rows = self.file.metadata().file_metadata().num_rows();
        u64::try_from(n_rows).unwrap_or(0)
    }

    /// Reads only these columns from now on; names that are not there are passed over.
    pub fn select(&mut self, columns: &[String]) {
        self.columns
            .retain(|column| columns.iter().any(|name| name == column.name()));
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
            let is_nested = self.columns.iter().any(Column::is_nested);
            let n_rows = group.n_rows_left.min(if is_nested {
                NESTED_ROWS_PER_CHUNK
            } else {
                ROWS_PER_CHUNK
            });
            group.n_rows_left -= n_rows;
            let mut chunk = Chunk::new(n_rows);
            self.nested.iter().for_each(|name| chunk.note_nested(name));
            for (column, reader) in self.columns.iter().zip(&mut group.readers) {
                let (is_present, values) = read_column(column, reader, n_rows)?;
                chunk.add(column.name(), is_present.as_deref(), values)?;
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
        let mut readers = Vec::with_capacity(self.columns.len());
        for column in &self.columns {
            readers.push(match column {
                Column::Flat(leaf) => self.open_flat(&*group, leaf, n_rows_left)?,
                Column::Nested(nested) => {
                    let leaves = nested.leaves.iter();
                    let leaves = leaves.map(|leaf| self.open_leaf(&*group, leaf, n_rows_left));
                    Reader::Nested(leaves.collect::<Result<_, _>>()?)
                }
            });
        }
        self.group = Some(RowGroup {
            readers,
            n_rows_left,
        });
        Ok(true)
    }

    fn open_flat(
        &self,
        group: &dyn RowGroupReader,
        leaf: &Leaf,
        n_rows: usize,
    ) -> Result<Reader, ImportError> {
        let column = group.metadata().column(leaf.index);
        let is_text = column.column_type() == Type::BYTE_ARRAY && leaf.kind == Some(Kind::Plain);
        if is_text && texts::is_readable(column) {
            let pages = self.pages(group, leaf, n_rows)?;
            let reader = TextReader::new(pages, leaf.max_def_level, n_rows);
            return Ok(Reader::Texts(Box::new(reader)));
        }
        let reader = self.open_leaf(group, leaf, n_rows)?;
        Ok(Reader::Values(Box::new(reader)))
    }

    fn open_leaf(
        &self,
        group: &dyn RowGroupReader,
        leaf: &Leaf,
        n_rows: usize,
    ) -> Result<ColumnReader, ImportError> {
        let pages = self.pages(group, leaf, n_rows)?;
        let column = group.metadata().column(leaf.index);
        Ok(get_column_reader(column.column_descr_ptr(), pages))
    }

    fn pages(
        &self,
        group: &dyn RowGroupReader,
        leaf: &Leaf,
        n_rows: usize,
    ) -> Result<Box<dyn PageReader>, ImportError> {
        let column = group.metadata().column(leaf.index);
        let codec = column.compression();
        match codec {
            Compression::ZSTD(_) => Ok(zstd::pages(&self.bytes, column, n_rows)?),
            Compression::UNCOMPRESSED
            | Compression::SNAPPY
            | Compression::GZIP(_)
            | Compression::LZ4
            | Compression::LZ4_RAW => Ok(group.get_column_page_reader(leaf.index)?),
            _ => {
                let codec = codec.to_string();
                // Some codecs print with their level: `ZSTD(ZstdLevel(1))`.
                let codec = codec.split('(').next().unwrap_or_default().to_owned();
                Err(ImportError::Codec {
                    column: leaf.name.clone(),
                    codec,
                })
            }
        }
    }
}

/// The next `n_rows` values of a column, and which rows have one.
fn read_column(
    column: &Column,
    reader: &mut Reader,
    n_rows: usize,
) -> Result<(Option<Vec<bool>>, Values), ImportError> {
    match (column, reader) {
        (_, Reader::Texts(reader)) => {
            let (is_present, texts) = reader.read(n_rows)?;
            Ok((is_present, Values::Coded(texts)))
        }
        (Column::Flat(leaf), Reader::Values(reader)) => {
            let read = values::read(leaf, reader, n_rows)?;
            Ok((read.presence(leaf), read.values))
        }
        (Column::Nested(nested), Reader::Nested(readers)) => {
            let leaves = nested.leaves.iter().zip(readers);
            let leaves = leaves.map(|(leaf, reader)| values::read(leaf, reader, n_rows));
            let leaves = leaves.collect::<Result<_, _>>()?;
            let (is_present, values) = nested::to_json(nested, leaves, n_rows)?;
            Ok((Some(is_present), values))
        }
        // Readers are opened by their columns.
        _ => Err(hybrid::damaged()),
    }
}

/// Some damage makes the `parquet` crate panic rather than return an error. Where a panic unwinds, it becomes an
/// error here; in the browser it ends the decoder's own WebAssembly instance, and the engine lives on.
fn guard<T>(read: impl FnOnce() -> Result<T, ImportError>) -> Result<T, ImportError> {
    // Whoever sees the error drops what was being read.
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(read))
        .unwrap_or_else(|_| Err(ImportError::Parquet("the file is damaged".to_owned())))
}

/// Reads a whole file into the sink.
pub(super) fn read_file(
    file: Vec<u8>,
    mapping: Option<Mapping>,
    sink: &mut Sink,
) -> Result<(), ImportError> {
    let mut reader = ParquetReader::new(file)?;
    // Checked against all columns, so that the message for a missing one lists what there is.
    let mapping = table_mapping(&reader.columns(), &reader.nested, mapping)?;
    if let Some(needed) = needed_columns(&reader.columns(), Some(mapping.clone())) {
        reader.select(&needed);
    }
    let mut table = TableReader::new(Some(mapping));
    while let Some(chunk) = reader.next_chunk()? {
        table.push(&chunk, sink)?;
    }
    table.finish()
}
