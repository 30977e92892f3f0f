//! A record: what is kept of one accepted batch.
//!
//! Ids and times stand in a table before the events' JSON, so that starting up, dropping duplicates and
//! exporting a range never parse JSON. All integers are little-endian.
//!
//! | bytes | what |
//! | --- | --- |
//! | 8 | time of arrival, i64 ms since the Unix epoch |
//! | 16 | id of the batch |
//! | 6 × 8 | what the tracker dropped: queue_full, invalid, storage, expired, rejected, rate_limited, u64 each |
//! | 1 + n | the site's id, after its length |
//! | 4 | number of events, u32 |
//! | 28 each | id (16), time (i64 ms), length of the event's line (u32) |
//! | rest | the events as JSON, each on a line that ends in `\n` |

use event::{Dropped, Uuid};

/// One event of a record, as it is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StoredEvent<'a> {
    /// The event's id.
    pub id: Uuid,
    /// When it happened, corrected, in milliseconds since the Unix epoch.
    pub ts: i64,
    /// The event as one line of JSON, with the line break at its end.
    pub line: &'a [u8],
}

/// What is kept of one batch besides its events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Envelope<'a> {
    /// When the batch arrived, in milliseconds since the Unix epoch.
    pub received_at: i64,
    /// The batch's id.
    pub batch: Uuid,
    /// What the tracker gave up; zero where a batch with this id has been counted before.
    pub dropped: Dropped,
    /// The site that the events belong to, at most 255 bytes.
    pub site: &'a str,
}

/// A record read from a frame's payload, which it borrows.
#[derive(Clone, Copy, Debug)]
pub struct Record<'a> {
    /// What is kept besides the events.
    pub envelope: Envelope<'a>,
    entries: &'a [[u8; ENTRY_BYTES]],
    lines: &'a [u8],
}

const ENTRY_BYTES: usize = 28;

/// Appends a record to `out`.
pub fn encode<'a, I>(out: &mut Vec<u8>, envelope: &Envelope<'_>, events: I)
where
    I: Iterator<Item = StoredEvent<'a>> + Clone,
{
    debug_assert!(envelope.site.len() <= usize::from(u8::MAX));
    out.extend_from_slice(&envelope.received_at.to_le_bytes());
    out.extend_from_slice(envelope.batch.as_bytes());
    for (_, count) in envelope.dropped.by_reason() {
        out.extend_from_slice(&count.to_le_bytes());
    }
    out.push(envelope.site.len() as u8);
    out.extend_from_slice(envelope.site.as_bytes());
    out.extend_from_slice(&(events.clone().count() as u32).to_le_bytes());
    for event in events.clone() {
        out.extend_from_slice(event.id.as_bytes());
        out.extend_from_slice(&event.ts.to_le_bytes());
        out.extend_from_slice(&(event.line.len() as u32).to_le_bytes());
    }
    for event in events {
        out.extend_from_slice(event.line);
    }
}

impl<'a> Record<'a> {
    /// Reads a record; `None` where the bytes are not one.
    pub fn decode(payload: &'a [u8]) -> Option<Self> {
        let (received_at, rest) = payload.split_first_chunk()?;
        let (batch, rest) = rest.split_first_chunk()?;
        let (queue_full, rest) = rest.split_first_chunk()?;
        let (invalid, rest) = rest.split_first_chunk()?;
        let (storage, rest) = rest.split_first_chunk()?;
        let (expired, rest) = rest.split_first_chunk()?;
        let (rejected, rest) = rest.split_first_chunk()?;
        let (rate_limited, rest) = rest.split_first_chunk()?;
        let (site_bytes, rest) = rest.split_first()?;
        let (site, rest) = rest.split_at_checked(usize::from(*site_bytes))?;
        let (n_events, rest) = rest.split_first_chunk()?;
        let n_events = u32::from_le_bytes(*n_events) as usize;
        let (table, lines) = rest.split_at_checked(n_events.checked_mul(ENTRY_BYTES)?)?;
        let (entries, _) = table.as_chunks();
        let n_line_bytes: usize = entries.iter().map(|entry| Entry::read(entry).n_bytes).sum();
        let record = Self {
            envelope: Envelope {
                received_at: i64::from_le_bytes(*received_at),
                batch: Uuid::from_bytes(*batch),
                dropped: Dropped {
                    queue_full: u64::from_le_bytes(*queue_full),
                    invalid: u64::from_le_bytes(*invalid),
                    storage: u64::from_le_bytes(*storage),
                    expired: u64::from_le_bytes(*expired),
                    rejected: u64::from_le_bytes(*rejected),
                    rate_limited: u64::from_le_bytes(*rate_limited),
                },
                site: std::str::from_utf8(site).ok()?,
            },
            entries,
            lines,
        };
        (n_line_bytes == lines.len()).then_some(record)
    }

    /// The events, in the order in which they were written.
    pub fn events(&self) -> impl Iterator<Item = StoredEvent<'a>> + use<'a> {
        let mut lines = self.lines;
        self.entries.iter().map_while(move |entry| {
            let Entry { id, ts, n_bytes } = Entry::read(entry);
            let (line, rest) = lines.split_at_checked(n_bytes)?;
            lines = rest;
            Some(StoredEvent { id, ts, line })
        })
    }
}

struct Entry {
    id: Uuid,
    ts: i64,
    n_bytes: usize,
}

impl Entry {
    fn read(bytes: &[u8; ENTRY_BYTES]) -> Self {
        let mut id = [0; 16];
        let mut ts = [0; 8];
        let mut n_bytes = [0; 4];
        id.copy_from_slice(&bytes[..16]);
        ts.copy_from_slice(&bytes[16..24]);
        n_bytes.copy_from_slice(&bytes[24..]);
        Self {
            id: Uuid::from_bytes(id),
            ts: i64::from_le_bytes(ts),
            n_bytes: u32::from_le_bytes(n_bytes) as usize,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn example() -> (Envelope<'static>, Vec<StoredEvent<'static>>) {
        let envelope = Envelope {
            received_at: 1_763_780_000_000,
            batch: Uuid::from_u128(7),
            dropped: Dropped {
                queue_full: 3,
                expired: 1,
                ..Dropped::default()
            },
            site: "demo",
        };
        let event = |id, ts, line| StoredEvent {
            id: Uuid::from_u128(id),
            ts,
            line,
        };
        (
            envelope,
            vec![
                event(1, 10, b"{}\n".as_slice()),
                event(2, -20, b"{\"a\":1}\n"),
            ],
        )
    }

    #[test]
    fn a_record_is_read_back() {
        let (envelope, events) = example();
        let mut bytes = Vec::new();
        encode(&mut bytes, &envelope, events.iter().copied());
        let record = Record::decode(&bytes).unwrap();
        assert_eq!(record.envelope, envelope);
        assert_eq!(record.events().collect::<Vec<_>>(), events);
    }

    #[test]
    fn bytes_that_are_too_few_or_too_many_are_not_a_record() {
        let (envelope, events) = example();
        let mut bytes = Vec::new();
        encode(&mut bytes, &envelope, events.into_iter());
        for length in 0..bytes.len() {
            assert!(Record::decode(&bytes[..length]).is_none(), "{length} bytes");
        }
        bytes.push(b'\n');
        assert!(Record::decode(&bytes).is_none());
    }
}
