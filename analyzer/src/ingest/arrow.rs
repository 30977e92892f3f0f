//! Arrow IPC, as a file or a stream: bytes as they come become [`Chunk`]s.
//!
//! [The format](https://arrow.apache.org/docs/format/Columnar.html#serialization-and-interprocess-communication-ipc)
//! is messages one after another: the schema, then dictionaries and batches of rows. A file has the same between a
//! mark and a footer, which is not needed to read it in its order. Fields of structs become columns named by their
//! path, lists and maps columns of JSON; the rest is left out. Buffers may be packed with LZ4 or zstd.

mod array;
mod batch;
mod column;
mod schema;

use std::sync::Arc;

use arrow_ipc::{DictionaryBatch, Endianness, RecordBatch, root_as_message};
use bytes::Bytes;

use self::batch::{Body, Dictionaries};
use self::column::{Column, ROWS_PER_CHUNK};
use self::schema::Field;
use super::chunk::Chunk;
use super::error::ImportError;
use super::mapping::Mapping;
use super::sink::Sink;
use super::table::{TableReader, needed_columns};

/// What a file begins with; a stream begins with its first message.
const MARK: &[u8] = b"ARROW1\0\0";

/// Stands before the length of every message.
const CONTINUATION: [u8; 4] = [0xff; 4];

/// Decodes one file or stream, message by message.
#[derive(Default)]
pub struct ArrowReader {
    /// Bytes of which no whole message has come yet.
    pending: Vec<u8>,
    /// How many of them are used up.
    at: usize,
    is_begun: bool,
    /// Whether a file with a footer.
    is_file: bool,
    /// Whether the end of the messages was marked.
    is_ended: bool,
    /// Whether the last bytes have come.
    is_whole: bool,
    fields: Option<Vec<Field>>,
    columns: Vec<Column>,
    /// The columns that are lists or maps.
    nested: Vec<String>,
    dictionaries: Dictionaries,
    batch: Option<Batch>,
    n_chunks: usize,
}

/// A batch whose rows are not all handed out.
struct Batch {
    arrays: Vec<array::Array>,
    n_rows: usize,
    next_row: usize,
}

/// A message that has come whole.
struct Message {
    metadata: Vec<u8>,
    body: Bytes,
}

impl ArrowReader {
    /// Takes the next bytes.
    ///
    /// # Errors
    /// [`ImportError::Arrow`] where they are not a schema at the beginning.
    pub fn push(&mut self, bytes: &[u8]) -> Result<(), ImportError> {
        if self.is_ended {
            // The footer says again where everything is.
            return Ok(());
        }
        self.pending.drain(..self.at);
        self.at = 0;
        self.pending.extend(bytes);
        if self.fields.is_none() {
            self.read_schema()?;
        }
        Ok(())
    }

    /// Notes that all bytes have come.
    ///
    /// # Errors
    /// [`ImportError::Empty`] or [`ImportError::Arrow`] where there is no schema.
    pub fn end(&mut self) -> Result<(), ImportError> {
        self.is_whole = true;
        if self.fields.is_some() {
            return Ok(());
        }
        Err(if self.pending.is_empty() {
            ImportError::Empty
        } else {
            ImportError::Arrow("it ends before its schema does".to_owned())
        })
    }

    /// Names of the columns that can be read; `None` until the schema has come.
    pub fn columns(&self) -> Option<Vec<String>> {
        self.fields.as_ref()?;
        let names = self.columns.iter().map(|column| column.name.clone());
        Some(names.collect())
    }

    /// Reads only these columns from now on; names that are not there are passed over.
    pub fn select(&mut self, columns: &[String]) {
        self.columns.retain(|column| columns.contains(&column.name));
    }

    /// The next rows of those that have come; `None` where more bytes are needed, or no more rows will come.
    ///
    /// Of a file that is cut off, all whole batches are there; the chunk after them says what is missing.
    ///
    /// # Errors
    /// [`ImportError::Arrow`] for damage.
    pub fn next_chunk(&mut self) -> Result<Option<Chunk>, ImportError> {
        let result = self.read_chunk();
        if result.is_err() {
            // Nothing that comes after damage can be trusted.
            self.is_ended = true;
            self.batch = None;
            self.n_chunks = 1;
        }
        result
    }

    fn read_chunk(&mut self) -> Result<Option<Chunk>, ImportError> {
        loop {
            if let Some(batch) = self
                .batch
                .as_mut()
                .filter(|batch| batch.next_row < batch.n_rows)
            {
                let start = batch.next_row;
                let end = batch.n_rows.min(start + ROWS_PER_CHUNK);
                batch.next_row = end;
                let mut chunk = self.empty_chunk(end - start);
                if let (Some(fields), Some(batch)) = (&self.fields, &self.batch) {
                    for column in &self.columns {
                        column.read(fields, &batch.arrays, start..end, &mut chunk)?;
                    }
                }
                self.n_chunks += 1;
                return Ok(Some(chunk));
            }
            self.batch = None;
            if self.is_ended || self.fields.is_none() {
                break;
            }
            let Some(message) = self.next_message()? else {
                break;
            };
            self.read_message(&message)?;
        }
        if !self.is_whole && !self.is_ended {
            return Ok(None);
        }
        let is_cut = !self.is_ended && (self.is_file || self.at < self.pending.len());
        self.is_ended = true;
        if !is_cut && self.n_chunks > 0 {
            return Ok(None);
        }
        // Without rows, the columns are still to be looked at.
        self.n_chunks += 1;
        let mut chunk = self.empty_chunk(0);
        for column in &self.columns {
            column.read(&[], &[], 0..0, &mut chunk)?;
        }
        if is_cut {
            chunk.cut("the file is cut off: the rows after the last whole batch are missing");
        }
        Ok(Some(chunk))
    }

    fn empty_chunk(&self, n_rows: usize) -> Chunk {
        let mut chunk = Chunk::new(n_rows);
        self.nested.iter().for_each(|name| chunk.note_nested(name));
        chunk
    }

    fn read_schema(&mut self) -> Result<(), ImportError> {
        if !self.is_begun {
            if self.pending.len() < MARK.len() {
                return Ok(());
            }
            self.is_begun = true;
            self.is_file = self.pending.starts_with(MARK);
            self.at = if self.is_file { MARK.len() } else { 0 };
        }
        if self.is_file {
            // Some writers fill up more than they need to.
            let is_padding = |at| self.pending.get(at..at + 8) == Some(&[0; 8]);
            while is_padding(self.at) {
                self.at += 8;
            }
            if self.pending.len() < self.at + 8 {
                return Ok(());
            }
        }
        let Some(message) = self.next_message()? else {
            return Ok(());
        };
        let message = root_as_message(&message.metadata).map_err(|_| damaged())?;
        let schema = message.header_as_schema().ok_or_else(damaged)?;
        if schema.endianness() != Endianness::Little {
            return Err(ImportError::Arrow(
                "its numbers begin with the highest byte; write it on another machine".to_owned(),
            ));
        }
        let fields = schema.fields().into_iter().flatten();
        let fields = fields.map(|field| Field::new(&field, 0));
        let fields = fields.collect::<Result<Vec<_>, _>>()?;
        self.columns = column::columns(&fields);
        let nested = self.columns.iter().filter(|column| column.is_nested);
        self.nested = nested.map(|column| column.name.clone()).collect();
        self.fields = Some(fields);
        Ok(())
    }

    /// The next message, if it has come whole.
    fn next_message(&mut self) -> Result<Option<Message>, ImportError> {
        let pending = &self.pending[self.at..];
        let Some((mark, rest)) = pending.split_first_chunk::<4>() else {
            return Ok(None);
        };
        if *mark != CONTINUATION {
            if self.is_file && self.fields.is_some() {
                // Some writers have the footer follow at once.
                self.is_ended = true;
                return Ok(None);
            }
            return Err(ImportError::Arrow(
                "it is damaged, or was written before version 0.15 of Arrow".to_owned(),
            ));
        }
        let Some((n_bytes, rest)) = rest.split_first_chunk() else {
            return Ok(None);
        };
        let n_metadata = usize::try_from(i32::from_le_bytes(*n_bytes)).map_err(|_| damaged())?;
        if n_metadata == 0 {
            self.is_ended = true;
            return Ok(None);
        }
        let Some((metadata, rest)) = rest.split_at_checked(n_metadata) else {
            return Ok(None);
        };
        let message = root_as_message(metadata).map_err(|_| damaged())?;
        let n_body = usize::try_from(message.bodyLength()).map_err(|_| damaged())?;
        if rest.len() < n_body {
            return Ok(None);
        }
        let message = Message {
            metadata: metadata.to_vec(),
            body: Bytes::copy_from_slice(&rest[..n_body]),
        };
        self.at += 8 + n_metadata + n_body;
        Ok(Some(message))
    }

    fn read_message(&mut self, message: &Message) -> Result<(), ImportError> {
        let Message { metadata, body } = message;
        let message = root_as_message(metadata).map_err(|_| damaged())?;
        if let Some(batch) = message.header_as_record_batch() {
            self.batch = Some(self.read_batch(&batch, body)?);
        } else if let Some(batch) = message.header_as_dictionary_batch() {
            self.read_dictionary(&batch, body)?;
        }
        Ok(())
    }

    fn read_batch(&self, batch: &RecordBatch<'_>, body: &Bytes) -> Result<Batch, ImportError> {
        let n_rows = usize::try_from(batch.length()).map_err(|_| damaged())?;
        let mut body = Body::new(batch, body, &self.dictionaries);
        let mut arrays = Vec::new();
        for (index, field) in self.fields.iter().flatten().enumerate() {
            let is_wanted = self.columns.iter().any(|column| column.path[0] == index);
            let array = body.array(field, is_wanted)?;
            if array.len() != n_rows {
                return Err(damaged());
            }
            arrays.push(array);
        }
        // Every column that is read has at least a bit a row; a damaged file could claim any number.
        let n_rows = if arrays.iter().all(array::Array::is_nothing) {
            0
        } else {
            n_rows
        };
        Ok(Batch {
            arrays,
            n_rows,
            next_row: 0,
        })
    }

    fn read_dictionary(
        &mut self,
        batch: &DictionaryBatch<'_>,
        body: &Bytes,
    ) -> Result<(), ImportError> {
        let fields = self.fields.as_deref().unwrap_or_default();
        let field = column::dictionary_field(fields, batch.id()).ok_or_else(damaged)?;
        let data = batch.data().ok_or_else(damaged)?;
        let values = Body::new(&data, body, &self.dictionaries).values(field, true)?;
        let known = self.dictionaries.get(&batch.id());
        let before = known
            .filter(|_| batch.isDelta())
            .cloned()
            .unwrap_or_default();
        let dictionary = Arc::new(before.with(values));
        self.dictionaries.insert(batch.id(), dictionary);
        Ok(())
    }
}

fn damaged() -> ImportError {
    ImportError::Arrow("the file is damaged".to_owned())
}

fn unknown(column: &str) -> ImportError {
    ImportError::Arrow(format!("the type of the column `{column}` is not known"))
}

/// Reads a file into the sink as it comes.
pub(super) struct ArrowImport {
    reader: ArrowReader,
    mapping: Option<Mapping>,
    table: Option<TableReader>,
}

impl ArrowImport {
    /// Without a mapping, the columns must be those of a preset.
    pub(super) fn new(mapping: Option<Mapping>) -> Self {
        Self {
            reader: ArrowReader::default(),
            mapping,
            table: None,
        }
    }

    pub(super) fn push(&mut self, bytes: &[u8], sink: &mut Sink) -> Result<(), ImportError> {
        self.reader.push(bytes)?;
        self.take(sink)
    }

    pub(super) fn finish(&mut self, sink: &mut Sink) -> Result<(), ImportError> {
        self.reader.end()?;
        self.take(sink)
    }

    fn take(&mut self, sink: &mut Sink) -> Result<(), ImportError> {
        let Some(columns) = self.reader.columns() else {
            return Ok(());
        };
        let table = self.table.get_or_insert_with(|| {
            if let Some(needed) = needed_columns(&columns, self.mapping.clone()) {
                self.reader.select(&needed);
            }
            TableReader::new(self.mapping.take())
        });
        while let Some(chunk) = self.reader.next_chunk()? {
            table.push(&chunk, sink)?;
        }
        Ok(())
    }
}
