//! The reader of Parquet files: the file goes in, chunks of rows for the engine come out.

use analyzer::ingest::parquet::ParquetReader as Reader;
use js_sys::Error;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::convert::to_error;

/// A Parquet file being read.
#[wasm_bindgen]
pub struct ParquetReader {
    reader: Reader,
}

#[wasm_bindgen]
impl ParquetReader {
    /// Takes the whole file.
    #[wasm_bindgen(constructor)]
    pub fn new(file: Vec<u8>) -> Result<ParquetReader, Error> {
        Ok(Self {
            reader: Reader::new(file).map_err(|error| to_error(&error))?,
        })
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
