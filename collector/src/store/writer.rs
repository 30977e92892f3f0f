//! The one thread that writes the log.
//!
//! Group commit: the writer takes every batch that waits, writes them with one write and one sync, and then
//! answers all. The slower the disk, the larger the groups, so the rate of events does not hang on the rate of
//! syncs. Because duplicates are decided here, in one thread, an event that is sent twice at the same time is
//! acknowledged twice only after it is on disk once.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::thread::JoinHandle;

use event::Dropped;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::Offset;
use tokio::sync::mpsc;

use super::dedupe::{Dedupe, is_within_period};
use super::index::{Index, SiteSummary};
use super::plan::{Plan, Waiting};
use super::{StoreError, StoreOptions, Submission, log_directory};
use crate::error::OpenError;
use crate::log::append::Appender;
use crate::log::lock::DirectoryLock;
use crate::log::recover::recover;
use crate::log::segment;
use crate::log::segment::SegmentName;

/// A group is closed when it holds this many bytes, so that the first in it does not wait for ever more.
const MAX_GROUP_BYTES: usize = 4 << 20;

/// The state of the log, owned by one thread.
#[derive(Debug)]
pub struct Writer {
    directory: PathBuf,
    max_segment_bytes: u64,
    last: Option<SegmentName>,
    current: Option<Appender<File>>,
    events: Dedupe,
    /// Ids of batches that told what their tracker dropped, so that sending one again does not count it twice.
    batches: Dedupe,
    index: Arc<RwLock<Index>>,
    n_batches: u64,
    n_syncs: u64,
    _lock: DirectoryLock,
}

impl Writer {
    /// Opens the directory and recovers what is in it.
    ///
    /// # Errors
    /// Another collector holds it, a file can't be read, or was written by a later version.
    pub fn open(options: &StoreOptions) -> Result<Self, OpenError> {
        let directory = log_directory(&options.directory);
        std::fs::create_dir_all(&directory).map_err(OpenError::io("created", &directory))?;
        sync_directories(&options.directory)
            .map_err(OpenError::io("synced", &options.directory))?;
        let lock =
            DirectoryLock::acquire(&options.directory).map_err(|error| match error.kind() {
                io::ErrorKind::WouldBlock => OpenError::Locked(options.directory.clone()),
                _ => OpenError::io("locked", &options.directory)(error),
            })?;
        let names = segment::list(&directory).map_err(OpenError::io("listed", &directory))?;
        let last = names.last().copied();
        let last_day = last.map_or(Date::MIN, |name| name.day);
        let mut index = Index::default();
        let (mut events, mut batches) = (Dedupe::new(Date::MIN), Dedupe::new(Date::MIN));
        let segments = recover(&directory, |name, record| {
            index.grow(name, 0);
            index.add(record.envelope.site, &SiteSummary::of(record));
            if is_within_period(name.day, last_day) {
                events.advance(name.day);
                batches.advance(name.day);
                events.insert(record.envelope.site, record.events().map(|event| event.id));
                if record.envelope.dropped.total() > 0 {
                    batches.insert(record.envelope.site, [record.envelope.batch].into_iter());
                }
            }
        })?;
        for found in &segments {
            index.set_length(found.name, found.n_bytes);
        }
        let mut current = None;
        if let Some(found) = segments.last().filter(|found| found.can_grow) {
            let path = found.name.path(&directory);
            let file = File::options().write(true).open(&path);
            let file = file.map_err(OpenError::io("opened", &path))?;
            current = Some(Appender::new(file, found.n_bytes));
        }
        Ok(Self {
            directory,
            max_segment_bytes: options.max_segment_bytes,
            last,
            current,
            events,
            batches,
            index: Arc::new(RwLock::new(index)),
            n_batches: 0,
            n_syncs: 0,
            _lock: lock,
        })
    }

    /// What is on disk, kept up to date by the writer.
    pub fn index(&self) -> Arc<RwLock<Index>> {
        Arc::clone(&self.index)
    }

    /// Writes what comes in until nobody can send any more.
    pub fn run(mut self, mut waiting: mpsc::Receiver<Waiting>) {
        while let Some(first) = waiting.blocking_recv() {
            let mut n_bytes = first.submission.lines.len();
            let mut group = vec![first];
            while n_bytes < MAX_GROUP_BYTES
                && let Ok(next) = waiting.try_recv()
            {
                n_bytes += next.submission.lines.len();
                group.push(next);
            }
            self.commit(group);
        }
        tracing::debug!(batches = self.n_batches, syncs = self.n_syncs, "log closed");
    }

    /// Stores a group and answers each of its senders.
    fn commit(&mut self, group: Vec<Waiting>) {
        let arrival = group
            .iter()
            .map(|waiting| waiting.submission.received_at)
            .max();
        let day = arrival
            .map_or(Date::MIN, utc_day)
            .max(self.last.map_or(Date::MIN, |last| last.day));
        self.events.advance(day);
        self.batches.advance(day);
        self.n_batches += group.len() as u64;
        let plans: Vec<Plan> = group
            .into_iter()
            .map(|waiting| self.plan(waiting))
            .collect();
        let mut frames = Vec::new();
        for plan in &plans {
            plan.encode(&mut frames);
        }
        if frames.is_empty() {
            return plans.into_iter().for_each(Plan::acknowledge);
        }
        match self.append(day, &frames) {
            Ok(()) => {
                self.count(&plans);
                plans.into_iter().for_each(Plan::acknowledge);
            }
            Err(error) => {
                tracing::error!(%error, batches = plans.len(), "the log can't be written: batches refused");
                self.refuse(plans, &Arc::new(error));
            }
        }
    }

    /// Decides what of a batch is new, and remembers it.
    fn plan(&mut self, waiting: Waiting) -> Plan {
        let Submission {
            site,
            events,
            batch,
            dropped,
            ..
        } = &waiting.submission;
        let mut dropped = *dropped;
        let is_new = self
            .events
            .insert(site, events.iter().map(|event| event.id));
        if dropped.total() > 0 && self.batches.insert(site, [*batch].into_iter()) != [true] {
            dropped = Dropped::default();
        }
        Plan {
            is_new,
            dropped,
            waiting,
        }
    }

    fn append(&mut self, day: Date, frames: &[u8]) -> io::Result<()> {
        let is_new_day = self.last.is_none_or(|last| last.day < day);
        let is_full =
            |appender: &Appender<File>| appender.durable_bytes() >= self.max_segment_bytes;
        let appender = match self
            .current
            .as_mut()
            .filter(|appender| !is_new_day && !is_full(appender))
        {
            Some(appender) => appender,
            None => self.begin_segment(day)?,
        };
        appender.append(frames)?;
        self.n_syncs += 1;
        Ok(())
    }

    fn begin_segment(&mut self, day: Date) -> io::Result<&mut Appender<File>> {
        if let Some(before) = &mut self.current {
            // Otherwise a failed write could stay behind in it, and be taken for stored by the next start.
            before.cut_back()?;
        }
        let mut number = self.last.map_or(0, |last| last.number) + 1;
        loop {
            let name = SegmentName { number, day };
            match segment::create(&self.directory, name) {
                Ok(file) => {
                    self.last = Some(name);
                    return Ok(self
                        .current
                        .insert(Appender::new(file, segment::HEADER_BYTES)));
                }
                // The remains of a creation that failed and could not be undone either.
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => number += 1,
                Err(error) => return Err(error),
            }
        }
    }

    /// Makes what was written visible to readers.
    fn count(&self, plans: &[Plan]) {
        let (Some(name), Some(appender)) = (self.last, &self.current) else {
            return;
        };
        let mut index = self.index.write().unwrap_or_else(PoisonError::into_inner);
        index.grow(name, appender.durable_bytes());
        for plan in plans.iter().filter(|plan| plan.has_news()) {
            index.add(&plan.waiting.submission.site, &plan.summary());
        }
    }

    /// Forgets what was planned, and tells the senders; those who only repeated what is on disk get their
    /// acknowledgement.
    fn refuse(&mut self, plans: Vec<Plan>, error: &Arc<io::Error>) {
        for plan in &plans {
            let Submission { site, batch, .. } = &plan.waiting.submission;
            self.events
                .forget(site, plan.new_events().map(|event| event.id));
            if plan.dropped.total() > 0 {
                self.batches.forget(site, [*batch].into_iter());
            }
        }
        for plan in plans {
            let Submission {
                site,
                batch,
                dropped,
                events,
                ..
            } = &plan.waiting.submission;
            let is_on_disk = events
                .iter()
                .all(|event| self.events.contains(site, event.id))
                && (dropped.total() == 0 || self.batches.contains(site, *batch));
            if is_on_disk {
                plan.acknowledge();
            } else {
                plan.answer(Err(StoreError::Disk(Arc::clone(error))));
            }
        }
    }
}

/// Puts on disk that the directory exists and holds the log.
fn sync_directories(directory: &Path) -> io::Result<()> {
    segment::sync_directory(directory)?;
    if let Some(parent) = directory.canonicalize()?.parent() {
        // It may belong to someone else and not be readable; then it was not made a moment ago either.
        let _ = segment::sync_directory(parent);
    }
    Ok(())
}

/// The UTC day of a time in milliseconds; a clock beyond the calendar counts as its first day, which the
/// day of the segment before then overrules.
fn utc_day(millis: i64) -> Date {
    Timestamp::from_millisecond(millis)
        .map_or(Date::MIN, |time| Offset::UTC.to_datetime(time).date())
}

/// The writer's thread. It ends when the last [`Store`](super::Store) is dropped.
#[derive(Debug)]
pub struct WriterThread(JoinHandle<()>);

impl WriterThread {
    /// Starts the thread.
    ///
    /// # Errors
    /// The system has no thread to give.
    pub fn spawn(writer: Writer, waiting: mpsc::Receiver<Waiting>) -> Result<Self, OpenError> {
        let directory = writer.directory.clone();
        std::thread::Builder::new()
            .name("log-writer".to_owned())
            .spawn(move || writer.run(waiting))
            .map(Self)
            .map_err(OpenError::io("given a thread", &directory))
    }

    /// Waits until everything handed over is written and the directory is released.
    pub fn join(self) {
        if self.0.join().is_err() {
            tracing::error!("the writer's thread panicked; what it had acknowledged is on disk");
        }
    }
}

#[cfg(test)]
#[path = "writer_tests.rs"]
mod tests;
