//! A store on a temporary directory, filled by hand, for the tests of exports.

use std::ops::Range;

use event::{Dropped, Uuid};
use tempfile::TempDir;

use super::Selection;
use crate::store::writer::WriterThread;
use crate::store::{Snapshot, Store, StoreOptions, Submission, SubmittedEvent};

/// A store that is written to and read from without a server.
pub(crate) struct Log {
    _directory: TempDir,
    store: Store,
    _writer: WriterThread,
    runtime: tokio::runtime::Runtime,
    n_batches: u128,
}

impl Log {
    pub(crate) fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let (store, writer) = Store::open(&StoreOptions::new(directory.path())).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap();
        Self {
            _directory: directory,
            store,
            _writer: writer,
            runtime,
            n_batches: 0,
        }
    }

    /// Stores events of which only id and time matter.
    pub(crate) fn store(&mut self, site: &str, received_at: i64, events: &[(Uuid, i64)]) {
        let line =
            |(id, ts): &(Uuid, i64)| format!(r#"{{"id":"{id}","ts":{ts},"seq":0,"name":"click"}}"#);
        let lines: Vec<String> = events.iter().map(line).collect();
        let lines = events
            .iter()
            .zip(&lines)
            .map(|((id, ts), line)| (*id, *ts, line.as_str()));
        self.store_lines(site, received_at, &lines.collect::<Vec<_>>());
    }

    /// Stores events as they are written on the wire.
    pub(crate) fn store_lines(
        &mut self,
        site: &str,
        received_at: i64,
        events: &[(Uuid, i64, &str)],
    ) {
        self.n_batches += 1;
        let mut submission = Submission {
            received_at,
            batch: Uuid::from_u128(self.n_batches),
            site: site.to_owned(),
            dropped: Dropped::default(),
            events: Vec::new(),
            lines: String::new(),
        };
        for (id, ts, line) in events {
            let start = submission.lines.len();
            submission.lines.push_str(line);
            submission.lines.push('\n');
            let line = start..submission.lines.len();
            submission.events.push(SubmittedEvent {
                id: *id,
                ts: *ts,
                line,
            });
        }
        self.runtime
            .block_on(self.store.submit(submission))
            .unwrap();
    }

    pub(crate) fn snapshot(&self, selection: &Selection) -> Snapshot {
        self.store.snapshot(&selection.site, &selection.ts)
    }
}

pub(crate) fn selection(ts: Range<i64>) -> Selection {
    Selection {
        site: "demo".to_owned(),
        ts,
    }
}

/// An id of version 7 that was made at `millis`.
pub(crate) fn uuid_v7(millis: i64, number: u64) -> Uuid {
    Uuid::from_u128(((millis as u128) << 80) | (7 << 76) | (2 << 62) | u128::from(number))
}
