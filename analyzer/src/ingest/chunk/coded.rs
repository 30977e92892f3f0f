//! Texts by a dictionary: what a Parquet file has already done need not be done again.

use super::Texts;
use crate::ingest::error::ImportError;

/// Texts of which most come often: each is kept once, and a value is its number.
///
/// The same text may have several numbers; that only costs time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Coded {
    entries: Texts,
    codes: Vec<u32>,
}

impl Coded {
    /// The values that have these codes among `entries`.
    ///
    /// # Errors
    /// [`ImportError::Chunk`] where a code is not below the number of entries.
    pub fn new(entries: Texts, codes: Vec<u32>) -> Result<Self, ImportError> {
        if codes.iter().any(|&code| code as usize >= entries.len()) {
            return Err(ImportError::Chunk("a value is not in its dictionary"));
        }
        Ok(Self { entries, codes })
    }

    /// The texts.
    pub fn entries(&self) -> &Texts {
        &self.entries
    }

    /// The entry of each value.
    pub fn codes(&self) -> &[u32] {
        &self.codes
    }

    pub(super) fn get(&self, index: usize) -> &str {
        self.entries.get(self.codes[index] as usize)
    }
}
