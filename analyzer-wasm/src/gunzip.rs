//! Unpacking what browsers do not unpack.

use std::io::Write;

use flate2::write::MultiGzDecoder;
use js_sys::Error;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::convert::to_error;

/// Unpacks gzip also where several packed files follow one another, which a browser's `DecompressionStream` refuses: so
/// logs are rotated and streams are delivered.
///
/// ```js
/// const gunzip = new Gunzip();
/// for await (const bytes of packed) use(gunzip.push(bytes));
/// use(gunzip.end());
/// ```
#[wasm_bindgen]
pub struct Gunzip {
    decoder: MultiGzDecoder<Vec<u8>>,
}

#[wasm_bindgen]
impl Gunzip {
    /// Ready for the first bytes.
    #[wasm_bindgen(constructor)]
    #[expect(clippy::new_without_default, reason = "JavaScript has no use for it")]
    pub fn new() -> Self {
        Self {
            decoder: MultiGzDecoder::new(Vec::new()),
        }
    }

    /// What the next bytes unpack to.
    pub fn push(&mut self, packed: &[u8]) -> Result<Vec<u8>, Error> {
        self.decoder
            .write_all(packed)
            .map_err(|error| to_error(&error))?;
        Ok(std::mem::take(self.decoder.get_mut()))
    }

    /// What is left after the last bytes. Fails where the last of the files is cut off.
    pub fn end(&mut self) -> Result<Vec<u8>, Error> {
        self.decoder
            .try_finish()
            .map_err(|error| to_error(&error))?;
        Ok(std::mem::take(self.decoder.get_mut()))
    }
}
