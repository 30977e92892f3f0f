//! The stored form of a queue: what a page leaves for the next one.
//!
//! A line of numbers (version, time of writing, time until which the collector asked for silence, and the drop
//! counters), then one line for each event in its wire form.

use alloc::string::String;
use alloc::vec::Vec;

use event::Dropped;
use event::json::{write_i64, write_u64};

use super::delivery::{Encoded, MAX_EVENT_BYTES};
use super::text::{number, parts, split};

/// What a snapshot begins with; one of another version is not read.
const VERSION: &str = "1";
/// Bytes of `{"id":"<uuid>","ts":` with which every encoded event begins.
const BYTES_BEFORE_TS: usize = 7 + 36 + 7;

/// A queue as it was stored.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Snapshot {
    /// When it was written.
    pub(crate) written: i64,
    /// The collector asked for silence until then.
    pub(crate) quiet_until: i64,
    /// Counters not yet reported. Lines that can't be read are counted here as lost in storage.
    pub(crate) dropped: Dropped,
    /// The events, oldest first.
    pub(crate) events: Vec<Encoded>,
}

/// Writes a snapshot.
pub(crate) fn write<'a>(
    now: i64,
    quiet_until: i64,
    dropped: &Dropped,
    events: impl Iterator<Item = &'a Encoded>,
) -> String {
    let mut text = String::from(VERSION);
    for time in [now, quiet_until] {
        text.push(' ');
        write_i64(&mut text, time);
    }
    for (_, count) in dropped.by_reason() {
        text.push(' ');
        write_u64(&mut text, count);
    }
    for event in events {
        text.push('\n');
        text.push_str(&event.json);
    }
    text
}

/// Reads a snapshot; `None` for text that is none.
pub(crate) fn read(text: &str) -> Option<Snapshot> {
    let mut lines = parts(text, b'\n');
    let mut numbers = parts(lines.next()?, b' ');
    if numbers.next()? != VERSION {
        return None;
    }
    let mut snapshot = Snapshot {
        written: number(numbers.next()?)?,
        quiet_until: number(numbers.next()?)?,
        ..Snapshot::default()
    };
    let Dropped {
        queue_full,
        invalid,
        storage,
        expired,
        rejected,
    } = &mut snapshot.dropped;
    for count in [queue_full, invalid, storage, expired, rejected] {
        *count = number(numbers.next()?)?.unsigned_abs();
    }
    for line in lines {
        match Encoded::from_line(line) {
            Some(event) => snapshot.events.push(event),
            None => snapshot.dropped.storage = snapshot.dropped.storage.saturating_add(1),
        }
    }
    Some(snapshot)
}

impl Encoded {
    /// Takes a stored line for an event when it has the form of one. The collector validates it anyway.
    fn from_line(line: &str) -> Option<Self> {
        let rest = line
            .strip_prefix("{\"id\":\"")
            .and(line.get(BYTES_BEFORE_TS..))?;
        let ts = number(split(rest, b',').0)?;
        (line.ends_with('}') && line.len() <= MAX_EVENT_BYTES).then(|| Self {
            ts,
            json: String::from(line),
        })
    }
}

#[cfg(all(test, not(target_family = "wasm")))]
mod tests {
    use super::{Encoded, Snapshot, read, write};
    use event::Dropped;

    fn encoded(ts: i64) -> Encoded {
        let json = format!(
            "{{\"id\":\"0193a5b0-0000-7000-8000-000000000000\",\"ts\":{ts},\"seq\":1,\"name\":\"x\"}}"
        );
        Encoded { ts, json }
    }

    #[test]
    fn is_read_back() {
        let snapshot = Snapshot {
            written: 5,
            quiet_until: 9,
            dropped: Dropped {
                queue_full: 1,
                invalid: 2,
                storage: 3,
                expired: 4,
                rejected: 5,
            },
            events: vec![encoded(1), encoded(20)],
        };
        let text = write(5, 9, &snapshot.dropped, snapshot.events.iter());
        assert_eq!(read(&text), Some(snapshot));
    }

    #[test]
    fn broken_text_costs_only_what_is_broken() {
        assert_eq!(read(""), None);
        assert_eq!(read("2 1 1 0 0 0 0 0"), None);
        assert_eq!(read("1 1 1 0 0 0 x 0"), None);
        let mut text = write(1, 0, &Dropped::default(), [encoded(1), encoded(2)].iter());
        text.pop();
        let snapshot = read(&text).expect("the first event is whole");
        assert_eq!(snapshot.events, [encoded(1)]);
        assert_eq!(snapshot.dropped.storage, 1);
    }
}
