//! Parquet, by the low-level column readers: a file, in memory or fetched part by part, becomes [`Chunk`]s.
//!
//! Columns with at most one value a row become columns, fields of nested structs by their path (`page.url`); lists
//! and maps become columns of JSON. Compression: none, snappy, gzip, lz4, and zstd by a decoder in Rust. A module of its
//! own, behind the feature `parquet`, because the decoder is large: the browser loads it apart from the engine.

mod hybrid;
mod kind;
mod nested;
mod parts;
mod schema;
mod texts;
mod values;
mod zstd;

use std::ops::Range;
use std::sync::Arc;

use self::kind::Kind;
use self::parts::Parts;
use self::schema::{Column, Leaf};
use self::texts::TextReader;
use super::chunk::{Chunk, Values};
use super::error::ImportError;
use super::mapping::Mapping;
use super::sink::Sink;
use super::table::{TableReader, needed_columns, table_mapping};
use ::parquet::basic::{Compression, Type};
use ::parquet::column::page::PageReader;
use ::parquet::column::reader::{ColumnReader, get_column_reader};
use ::parquet::errors::ParquetError;
use ::parquet::file::metadata::ColumnChunkMetaData;
use ::parquet::file::reader::{FileReader, RowGroupReader, SerializedFileReader};

/// What a file begins and ends with.
const MARK: &[u8] = b"PAR1";
/// The mark at the end and before it the length of the footer.
const END_BYTES: usize = 8;

/// Rows of a chunk. Enough for a text to come often in it, few enough to take little memory.
const ROWS_PER_CHUNK: usize = 1 << 16;
/// The same with lists, whose JSON is long.
const NESTED_ROWS_PER_CHUNK: usize = 1 << 13;

/// Decodes one Parquet file, chunk by chunk.
pub struct ParquetReader {
    file: SerializedFileReader<Parts>,
    parts: Arc<Parts>,
    /// Whether the whole file is in memory.
    is_whole: bool,
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
        if file.starts_with(MARK) {
            Self::n_footer_bytes(&file)?;
        }
        let parts = Parts::new(file.len() as u64);
        parts.add(0, file);
        Self::open(parts, true)
    }

    /// How many bytes the footer takes at the end of the file. `end` is at least its last 8 bytes.
    ///
    /// # Errors
    /// [`ImportError::Parquet`] where this is not how a Parquet file ends.
    pub fn n_footer_bytes(end: &[u8]) -> Result<u64, ImportError> {
        match end.last_chunk::<END_BYTES>() {
            Some([a, b, c, d, mark @ ..]) if mark == MARK => {
                Ok(u64::from(u32::from_le_bytes([*a, *b, *c, *d])) + END_BYTES as u64)
            }
            _ => {
                let reason =
                    "its end is missing, without which no row can be found; was it cut off?";
                Err(ImportError::Parquet(reason.to_owned()))
            }
        }
    }

    /// Reads the footer of a file of `n_bytes`, of which the parts that are [`missing`](Self::missing) will be
    /// [given](Self::give) before they are read.
    ///
    /// # Errors
    /// [`ImportError::Parquet`] where the footer is damaged.
    pub fn from_footer(n_bytes: u64, footer: Vec<u8>) -> Result<Self, ImportError> {
        let parts = Parts::new(n_bytes);
        parts.add(n_bytes.saturating_sub(footer.len() as u64), footer);
        Self::open(parts, false)
    }

    fn open(parts: Parts, is_whole: bool) -> Result<Self, ImportError> {
        let file = guard(|| Ok(SerializedFileReader::new(parts.clone())?))?;
        let schema = file.metadata().file_metadata().schema_descr_ptr();
        let columns = schema::columns(&schema);
        let nested = columns.iter().filter(|column| column.is_nested());
        let nested = nested.map(|column| column.name().to_owned()).collect();
        Ok(Self {
            file,
            parts: Arc::new(parts),
            is_whole,
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

    /// The parts of the file that have to be given before the next rows can be read.
    pub fn missing(&self) -> Vec<Range<u64>> {
        let groups = self.file.metadata().row_groups();
        match groups.get(self.next_row_group) {
            Some(group) if !self.is_whole && self.group.is_none() => {
                let leaves = self.columns.iter().flat_map(Column::leaves);
                let ranges = leaves.map(|leaf| place(group.column(leaf.index)));
                self.parts.missing(ranges)
            }
            _ => Vec::new(),
        }
    }

    /// Takes a part of the file, from its byte `start` on. It is kept until its row group has been read.
    pub fn give(&mut self, start: u64, bytes: Vec<u8>) {
        self.parts.add(start, bytes);
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
            if group.n_rows_left == 0 {
                self.group = None;
                if !self.is_whole {
                    self.parts.clear();
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
            Compression::ZSTD(_) => Ok(zstd::pages(&self.parts, column, n_rows)?),
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

/// Where a column of a row group lies in the file. The dictionary, where there is one, comes first.
fn place(column: &ColumnChunkMetaData) -> Range<u64> {
    let start = column.dictionary_page_offset();
    let start = start.unwrap_or_else(|| column.data_page_offset());
    let [start, length] =
        [start, column.compressed_size()].map(|number| u64::try_from(number).unwrap_or(0));
    start..start.saturating_add(length)
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
    sink.builder.expect_rows(reader.n_rows());
    let mut table = TableReader::new(Some(mapping));
    while let Some(chunk) = reader.next_chunk()? {
        table.push(&chunk, sink)?;
    }
    Ok(())
}
