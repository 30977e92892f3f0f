//! The reader of Parquet files: the file goes in, chunks of rows for the engine come out.

use analyzer::ingest::parquet::ParquetReader as Reader;
use js_sys::Error;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::convert::to_error;

/// A Parquet file being read, part by part.
///
/// ```js
/// const reader = new ParquetReader(size, await bytes(size - ParquetReader.n_footer_bytes(last), size));
/// for (;;) {
///   const places = reader.missing();
///   for (let i = 0; i < places.length; i += 2) reader.give(places[i], await bytes(places[i], places[i + 1]));
///   const chunk = reader.next_chunk();
///   if (!chunk) break;
/// }
/// ```
#[wasm_bindgen]
pub struct ParquetReader {
    reader: Reader,
}

#[wasm_bindgen]
impl ParquetReader {
    /// How many bytes the footer takes at the end of the file, by the file's last 8 bytes.
    pub fn n_footer_bytes(end: &[u8]) -> Result<f64, Error> {
        let n_bytes = Reader::n_footer_bytes(end).map_err(|error| to_error(&error))?;
        Ok(n_bytes as f64)
    }

    /// Takes the footer of a file of this size.
    #[wasm_bindgen(constructor)]
    pub fn new(n_bytes: f64, footer: Vec<u8>) -> Result<ParquetReader, Error> {
        let reader = Reader::from_footer(n_bytes as u64, footer);
        Ok(Self {
            reader: reader.map_err(|error| to_error(&error))?,
        })
    }

    /// The parts of the file that have to be given before the next rows can be read: first byte and end of each, one
    /// after another.
    pub fn missing(&self) -> Vec<f64> {
        let parts = self.reader.missing();
        let places = parts.iter().flat_map(|part| [part.start, part.end]);
        places.map(|place| place as f64).collect()
    }

    /// Takes a part of the file, from its byte `start` on.
    pub fn give(&mut self, start: f64, bytes: Vec<u8>) {
        self.reader.give(start as u64, bytes);
    }

    /// Names of the columns.
    pub fn columns(&self) -> Vec<String> {
        self.reader.columns()
    }

    /// How many rows the file has.
    pub fn n_rows(&self) -> f64 {
        self.reader.n_rows() as f64
    }

    /// Reads these columns only.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "wasm-bindgen hands over lists by value"
    )]
    pub fn select(&mut self, columns: Vec<String>) {
        self.reader.select(&columns);
    }

    /// The next rows, for `Engine.push_chunk`; `undefined` at the end.
    pub fn next_chunk(&mut self) -> Result<Option<Vec<u8>>, Error> {
        let chunk = self.reader.next_chunk().map_err(|error| to_error(&error))?;
        Ok(chunk.map(|chunk| chunk.encode()))
    }
}
