//! Getting records out of a segment that may be damaged.
//!
//! A reader yields every record that is whole. Where one is not, it looks for the next one that is, and says
//! which bytes it passed over. It does not decide what damage means: [`crate::log::recover`] cuts a tail, an
//! export goes on behind it.

use std::io::{self, BufReader, Read, Seek, SeekFrom};

use super::frame::{HEADER_BYTES, Header, MARKER};
use super::record::Record;

const BUFFER_BYTES: usize = 256 << 10;

/// What stands at a place in a segment.
#[derive(Debug)]
pub enum Item<'a> {
    /// A whole record.
    Record(Record<'a>),
    /// Bytes that hold none.
    Damage(Damage),
}

/// A range of bytes without a whole record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Damage {
    /// Where it begins, in bytes from the start of the file.
    pub offset: u64,
    /// How long it is.
    pub n_bytes: u64,
}

/// Reads records in the order in which they were written.
#[derive(Debug)]
pub struct Reader<R> {
    source: BufReader<R>,
    position: u64,
    next: u64,
    end: u64,
    payload: Vec<u8>,
}

impl<R: Read + Seek> Reader<R> {
    /// Reads `source` from byte `start` up to byte `end`, both from its beginning.
    ///
    /// # Errors
    /// The source can't be positioned.
    pub fn new(mut source: R, start: u64, end: u64) -> io::Result<Self> {
        source.seek(SeekFrom::Start(start))?;
        Ok(Self {
            source: BufReader::with_capacity(BUFFER_BYTES, source),
            position: start,
            next: start,
            end,
            payload: Vec::new(),
        })
    }

    /// The next record or damage; `None` at the end.
    ///
    /// # Errors
    /// The source can't be read.
    #[expect(
        clippy::should_implement_trait,
        reason = "an item borrows from the reader"
    )]
    pub fn next(&mut self) -> io::Result<Option<Item<'_>>> {
        let start = self.next;
        if start >= self.end {
            return Ok(None);
        }
        if !self.load(start)? {
            self.next = self.find_record(start + 1)?;
            let damage = Damage {
                offset: start,
                n_bytes: self.next - start,
            };
            return Ok(Some(Item::Damage(damage)));
        }
        self.next = start + (HEADER_BYTES + self.payload.len()) as u64;
        Ok(Record::decode(&self.payload).map(Item::Record))
    }

    /// Reads the payload at `offset`; false where no whole record begins.
    fn load(&mut self, offset: u64) -> io::Result<bool> {
        let mut header = [0; HEADER_BYTES];
        let available = self.end.saturating_sub(offset);
        if available < HEADER_BYTES as u64 {
            return Ok(false);
        }
        self.read_at(offset, &mut header)?;
        let Some(header) = Header::parse(&header) else {
            return Ok(false);
        };
        if header.n_bytes as u64 > available - HEADER_BYTES as u64 {
            return Ok(false);
        }
        let mut payload = std::mem::take(&mut self.payload);
        payload.resize(header.n_bytes, 0);
        self.read_at(offset + HEADER_BYTES as u64, &mut payload)?;
        self.payload = payload;
        Ok(header.matches(&self.payload) && Record::decode(&self.payload).is_some())
    }

    /// The offset of the first whole record at or after `from`, or the end.
    fn find_record(&mut self, from: u64) -> io::Result<u64> {
        let mut chunk = vec![0; BUFFER_BYTES];
        let mut offset = from;
        while self.end.saturating_sub(offset) >= HEADER_BYTES as u64 {
            let n_bytes = (self.end - offset).min(chunk.len() as u64) as usize;
            let Some(window) = chunk.get_mut(..n_bytes) else {
                break;
            };
            self.read_at(offset, window)?;
            for position in 0..n_bytes {
                if window[position..].starts_with(&MARKER) && self.load(offset + position as u64)? {
                    return Ok(offset + position as u64);
                }
            }
            // A marker may lie across the border of two chunks.
            offset += (n_bytes - (MARKER.len() - 1)) as u64;
        }
        Ok(self.end)
    }

    fn read_at(&mut self, offset: u64, bytes: &mut [u8]) -> io::Result<()> {
        if offset != self.position {
            // Relative, because an absolute seek would throw the buffer away.
            let distance = offset as i64 - self.position as i64;
            self.source.seek_relative(distance)?;
            self.position = offset;
        }
        self.source.read_exact(bytes)?;
        self.position += bytes.len() as u64;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use event::{Dropped, Uuid};
    use proptest::prelude::*;

    use super::super::record::{self, Envelope, StoredEvent};
    use super::super::{frame, segment};
    use super::*;

    /// A segment with a record for each number of events, and where each record ends.
    fn segment_of(records: &[usize]) -> (Vec<u8>, Vec<u64>) {
        let mut bytes = segment::header();
        let mut ends = Vec::new();
        for (number, n_events) in records.iter().enumerate() {
            let envelope = Envelope {
                received_at: number as i64,
                batch: Uuid::from_u128(number as u128),
                dropped: Dropped::default(),
                site: "demo",
            };
            let event = StoredEvent {
                id: Uuid::nil(),
                ts: 5,
                line: b"{\"name\":\"click\"}\n",
            };
            let events = std::iter::repeat_n(event, *n_events);
            frame::append(&mut bytes, |out| record::encode(out, &envelope, events));
            ends.push(bytes.len() as u64);
        }
        (bytes, ends)
    }

    /// The numbers of the records that are read, and the damage passed over.
    fn read(bytes: &[u8]) -> (Vec<i64>, Vec<Damage>) {
        let mut reader = Reader::new(
            Cursor::new(bytes),
            segment::HEADER_BYTES,
            bytes.len() as u64,
        )
        .unwrap();
        let (mut records, mut damages) = (Vec::new(), Vec::new());
        while let Some(item) = reader.next().unwrap() {
            match item {
                Item::Record(record) => records.push(record.envelope.received_at),
                Item::Damage(damage) => damages.push(damage),
            }
        }
        (records, damages)
    }

    #[test]
    fn a_whole_segment_is_read_without_damage() {
        let (bytes, _) = segment_of(&[1, 0, 3]);
        assert_eq!(read(&bytes), (vec![0, 1, 2], vec![]));
    }

    #[test]
    fn a_segment_cut_anywhere_gives_the_records_before_the_cut() {
        let (bytes, ends) = segment_of(&[1, 0, 3, 2]);
        for length in segment::HEADER_BYTES as usize..bytes.len() {
            let n_whole = ends.iter().filter(|end| **end <= length as u64).count();
            let last_end = ends[..n_whole]
                .last()
                .copied()
                .unwrap_or(segment::HEADER_BYTES);
            let (records, damages) = read(&bytes[..length]);
            assert_eq!(records.len(), n_whole, "cut at {length}");
            let tail = Damage {
                offset: last_end,
                n_bytes: length as u64 - last_end,
            };
            assert_eq!(
                damages,
                if tail.n_bytes == 0 {
                    vec![]
                } else {
                    vec![tail]
                }
            );
        }
    }

    #[test]
    fn a_flipped_byte_costs_the_record_it_is_in_and_no_other() {
        let (bytes, ends) = segment_of(&[1, 0, 3, 2]);
        for position in segment::HEADER_BYTES as usize..bytes.len() {
            let mut damaged = bytes.clone();
            damaged[position] ^= 0x41;
            let hit = ends.iter().filter(|end| **end <= position as u64).count();
            let rest: Vec<i64> = (0..4).filter(|number| *number != hit as i64).collect();
            let (records, damages) = read(&damaged);
            assert_eq!(records, rest, "flipped at {position}");
            assert_eq!(damages.len(), 1);
            assert_eq!(damages[0].offset + damages[0].n_bytes, ends[hit]);
        }
    }

    proptest! {
        #[test]
        fn damage_of_any_kind_never_costs_a_record_it_does_not_touch(
            records in prop::collection::vec(0_usize..40, 1..30),
            noise in prop::collection::vec(any::<u8>(), 1..400),
            at in any::<prop::sample::Index>(),
        ) {
            let (mut bytes, ends) = segment_of(&records);
            let start = segment::HEADER_BYTES as usize;
            let from = start + at.index(bytes.len() - start);
            let to = bytes.len().min(from + noise.len());
            let before = bytes[from..to].to_vec();
            bytes[from..to].copy_from_slice(&noise[..to - from]);
            let mut begin = start as u64;
            let expected: Vec<i64> = ends.iter().enumerate().filter_map(|(number, end)| {
                let untouched = *end <= from as u64 || begin >= to as u64 || before == bytes[from..to];
                begin = *end;
                untouched.then_some(number as i64)
            }).collect();
            let (found, _) = read(&bytes);
            prop_assert!(expected.iter().all(|number| found.contains(number)));
        }
    }

    #[test]
    fn damage_longer_than_the_buffer_is_passed_over() {
        let (mut bytes, _) = segment_of(&[1]);
        bytes.extend(std::iter::repeat_n(MARKER, BUFFER_BYTES / 4 + 1).flatten());
        bytes.push(0);
        let (rest, _) = segment_of(&[2]);
        bytes.extend_from_slice(&rest[segment::HEADER_BYTES as usize..]);
        let (records, damages) = read(&bytes);
        assert_eq!(records, [0, 0]);
        assert_eq!(damages.len(), 1);
    }
}
