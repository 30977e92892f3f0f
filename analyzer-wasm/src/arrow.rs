//! The reader of Arrow files and streams: bytes go in as they come, chunks of rows for the engine come out.

use analyzer::ingest::arrow::ArrowReader as Reader;
use js_sys::Error;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::convert::to_error;

/// An Arrow file or stream being read.
#[wasm_bindgen]
#[derive(Default)]
pub struct ArrowReader {
    reader: Reader,
}

#[wasm_bindgen]
impl ArrowReader {
    /// Nothing has come yet.
    #[wasm_bindgen(constructor)]
    pub fn new() -> ArrowReader {
        Self::default()
    }

    /// Takes the next bytes.
    pub fn push(&mut self, bytes: &[u8]) -> Result<(), Error> {
        self.reader.push(bytes).map_err(|error| to_error(&error))
    }

    /// Notes that all bytes have come.
    pub fn end(&mut self) -> Result<(), Error> {
        self.reader.end().map_err(|error| to_error(&error))
    }

    /// Names of the columns; `undefined` until the schema has come.
    pub fn columns(&self) -> Option<Vec<String>> {
        self.reader.columns()
    }

    /// Reads these columns only.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "wasm-bindgen hands over lists by value"
    )]
    pub fn select(&mut self, columns: Vec<String>) {
        self.reader.select(&columns);
    }

    /// The next rows, for `Engine.push_chunk`; `undefined` where more bytes are needed, or after the last.
    pub fn next_chunk(&mut self) -> Result<Option<Vec<u8>>, Error> {
        let chunk = self.reader.next_chunk().map_err(|error| to_error(&error))?;
        Ok(chunk.map(|chunk| chunk.encode()))
    }
}
