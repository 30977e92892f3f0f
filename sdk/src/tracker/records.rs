//! The stored form of what waits for a collector: one record an event, one a report of drops.
//!
//! An event's record is the event in its wire form. A report's is `{"id":"<uuid>","dropped":[…]}`, the counters in
//! the order of the vocabulary. Both begin with the id under which they are kept, and hold no line break.

use alloc::string::String;

use event::json::{write_u64, write_uuid};
use event::{Dropped, Uuid};

use super::delivery::MAX_EVENT_BYTES;
use super::text::{number, parts, split, uuid};

/// What stands before the id.
const START: &str = "{\"id\":\"";
/// Where the id ends.
const ID_END: usize = START.len() + 36;
/// What follows the id of an event, before its time.
const BEFORE_TS: &str = "\",\"ts\":";
/// What follows the id of a report, before its counters.
const BEFORE_COUNTS: &str = "\",\"dropped\":[";

/// An event in its wire form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Encoded {
    /// When it happened.
    pub(crate) ts: i64,
    /// As one line of JSON, which begins with its id.
    pub(crate) json: String,
    /// Storage was told to keep it.
    pub(crate) is_kept: bool,
}

impl Encoded {
    /// The id under which it is kept.
    pub(crate) fn id(&self) -> &str {
        id(&self.json)
    }
}

/// Counters on their way, under the id of the batch that carries them: a collector counts a batch once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Report {
    pub(crate) id: Uuid,
    pub(crate) dropped: Dropped,
}

/// What a line of storage is.
pub(crate) enum Record {
    Event(Encoded),
    Report(Report),
}

/// The id with which a record begins; nothing for what is none.
pub(crate) fn id(record: &str) -> &str {
    record.get(START.len()..ID_END).unwrap_or_default()
}

/// Appends the record of a report.
pub(crate) fn write_report(out: &mut String, report: &Report) {
    out.push_str(START);
    write_uuid(out, &report.id);
    out.push_str(BEFORE_COUNTS);
    for (index, (_, count)) in report.dropped.by_reason().into_iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        write_u64(out, count);
    }
    out.push_str("]}");
}

/// Reads a record; `None` for what has the form of none. A collector validates events anyway.
pub(crate) fn read(line: &str) -> Option<Record> {
    let rest = line.strip_prefix(START).and(line.get(ID_END..))?;
    if let Some(counts) = rest.strip_prefix(BEFORE_COUNTS) {
        let id = uuid(id(line))?;
        let mut counts = parts(counts.strip_suffix("]}")?, b',');
        let mut dropped = Dropped::default();
        let Dropped {
            queue_full,
            invalid,
            storage,
            expired,
            rejected,
            rate_limited,
        } = &mut dropped;
        for count in [
            queue_full,
            invalid,
            storage,
            expired,
            rejected,
            rate_limited,
        ] {
            *count = number(counts.next()?)?.unsigned_abs();
        }
        return Some(Record::Report(Report { id, dropped }));
    }
    let ts = number(split(rest.strip_prefix(BEFORE_TS)?, b',').0)?;
    (line.ends_with('}') && line.len() <= MAX_EVENT_BYTES).then(|| {
        Record::Event(Encoded {
            ts,
            json: String::from(line),
            is_kept: true,
        })
    })
}

#[cfg(all(test, not(target_family = "wasm")))]
mod tests {
    use super::{Record, Report, id, read, write_report};
    use event::{Dropped, Uuid};

    const ID: &str = "0193a5b0-0000-7000-8000-000000000000";

    #[test]
    fn records_are_read_back() {
        let line = format!("{{\"id\":\"{ID}\",\"ts\":20,\"seq\":1,\"name\":\"x\"}}");
        match read(&line) {
            Some(Record::Event(event)) => {
                assert_eq!((event.ts, event.id(), &event.json), (20, ID, &line));
            }
            _ => panic!("an event is read as one"),
        }
        let report = Report {
            id: Uuid::parse_str(ID).unwrap(),
            dropped: Dropped {
                queue_full: 1,
                invalid: 2,
                storage: 3,
                expired: 4,
                rejected: 5,
                rate_limited: 6,
            },
        };
        let mut line = String::new();
        write_report(&mut line, &report);
        assert_eq!(id(&line), ID);
        assert!(matches!(read(&line), Some(Record::Report(read)) if read == report));
    }

    #[test]
    fn what_is_no_record_is_not_read() {
        for line in [
            "",
            "{}",
            "{\"id\":\"x\"}",
            &format!("{{\"id\":\"{ID}\",\"ts\":x,\"seq\":1}}"),
            &format!("{{\"id\":\"{ID}\",\"ts\":20,\"seq\":1"),
            &format!("{{\"id\":\"{ID}\",\"dropped\":[1,2]}}"),
            &format!(
                "{{\"id\":\"{}\",\"dropped\":[1,2,3,4,5,6]}}",
                "x".repeat(36)
            ),
        ] {
            assert!(read(line).is_none(), "{line}");
        }
    }
}
