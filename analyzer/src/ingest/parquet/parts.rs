//! The parts of a file that are in memory: all of it, or what the next rows need.
//!
//! A Parquet file's footer says where each column of each row group lies, so that a reader that can fetch any part of
//! a file needs one row group in memory at a time, and of it the columns that it reads.

use std::ops::Range;
use std::sync::{Arc, PoisonError, RwLock};

use ::parquet::errors::{ParquetError, Result};
use ::parquet::file::reader::{ChunkReader, Length};
use bytes::Bytes;
use bytes::buf::{Buf, Reader};

/// Parts that lie closer to each other than this are fetched as one.
const SMALL_GAP: u64 = 1 << 16;

/// Shared by all who read the file.
#[derive(Clone)]
pub(super) struct Parts {
    n_bytes: u64,
    held: Arc<RwLock<Vec<Part>>>,
}

struct Part {
    start: u64,
    bytes: Bytes,
}

impl Part {
    /// What it has of the file from `start` on.
    fn from(&self, start: u64) -> Option<Bytes> {
        let offset = usize::try_from(start.checked_sub(self.start)?).ok()?;
        (offset < self.bytes.len()).then(|| self.bytes.slice(offset..))
    }
}

impl Parts {
    /// A file of so many bytes, of which nothing is here yet.
    pub(super) fn new(n_bytes: u64) -> Self {
        Self {
            n_bytes,
            held: Arc::default(),
        }
    }

    /// Adds the bytes from `start` on.
    pub(super) fn add(&self, start: u64, bytes: Vec<u8>) {
        let bytes = Bytes::from(bytes);
        // Nothing can fail while the lock is held.
        let mut held = self.held.write().unwrap_or_else(PoisonError::into_inner);
        held.push(Part { start, bytes });
    }

    /// Gives up what is here.
    pub(super) fn clear(&self) {
        let mut held = self.held.write().unwrap_or_else(PoisonError::into_inner);
        held.clear();
    }

    /// Those of `wanted` that are not here, in the order in which they lie in the file, neighbours as one.
    pub(super) fn missing(&self, wanted: impl Iterator<Item = Range<u64>>) -> Vec<Range<u64>> {
        let is_missing =
            |range: &Range<u64>| !range.is_empty() && self.find(range.start, range.end).is_err();
        let mut missing: Vec<Range<u64>> = wanted.filter(is_missing).collect();
        missing.sort_unstable_by_key(|range| range.start);
        missing.dedup_by(|next, range| {
            let is_near = next.start <= range.end.saturating_add(SMALL_GAP);
            if is_near {
                range.end = range.end.max(next.end);
            }
            is_near
        });
        missing
    }

    /// The bytes from `start` to at least `end`.
    fn find(&self, start: u64, end: u64) -> Result<Bytes> {
        let held = self.held.read().unwrap_or_else(PoisonError::into_inner);
        let from = held.iter().filter_map(|part| part.from(start));
        from.max_by_key(Bytes::len)
            .filter(|bytes| end - start <= bytes.len() as u64)
            .ok_or_else(|| {
                let place = format!("bytes {start} to {end} are not in the file");
                ParquetError::EOF(place)
            })
    }
}

impl Length for Parts {
    fn len(&self) -> u64 {
        self.n_bytes
    }
}

impl ChunkReader for Parts {
    type T = Reader<Bytes>;

    fn get_read(&self, start: u64) -> Result<Reader<Bytes>> {
        Ok(self.find(start, start)?.reader())
    }

    fn get_bytes(&self, start: u64, length: usize) -> Result<Bytes> {
        let bytes = self.find(start, start.saturating_add(length as u64))?;
        Ok(bytes.slice(..length))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_asked_for_in_few_pieces() {
        let parts = Parts::new(1_000_000);
        parts.add(500, vec![1; 100]);
        let missing = |wanted: &[Range<u64>]| parts.missing(wanted.iter().cloned());
        assert_eq!(missing(&[500..600, 520..530, 7..7]), []);
        assert_eq!(missing(&[550..601, 9..9]).first(), Some(&(550..601)));
        assert_eq!(
            missing(&[300_000..300_010, 10..20, 20..90, 40..50]),
            [10..90, 300_000..300_010]
        );
        assert_eq!(&parts.get_bytes(598, 2).unwrap()[..], [1, 1]);
        assert!(parts.get_bytes(598, 3).is_err());
        assert!(parts.get_read(600).is_err());
        parts.clear();
        assert!(parts.get_bytes(598, 2).is_err());
    }
}
