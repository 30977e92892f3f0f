//! The store: what the collector keeps, and the one thread that writes it.
//!
//! [`Store::submit`] hands a batch to the writer's thread and waits until it is on disk. [`Store::sites`] and
//! [`Store::snapshot`] read an index in memory that holds only what is on disk. The bytes themselves are the
//! business of [`crate::log`].

pub mod dedupe;
pub mod index;
pub mod plan;
pub mod writer;

use std::collections::BTreeMap;
use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

use event::{Dropped, Uuid};
use tokio::sync::{mpsc, oneshot};

use crate::error::OpenError;
use index::{Index, Position, SegmentSlice, SiteSummary};
use plan::Waiting;
use writer::{Writer, WriterThread};

/// How many batches may wait for the writer before senders have to wait to hand theirs over.
const N_WAITING: usize = 1024;

/// A checked batch, ready to be stored.
#[derive(Clone, Debug)]
pub struct Submission {
    /// When it arrived, in milliseconds since the Unix epoch.
    pub received_at: i64,
    /// The batch's id.
    pub batch: Uuid,
    /// The site that the events belong to.
    pub site: String,
    /// What the tracker gave up.
    pub dropped: Dropped,
    /// The events, in order.
    pub events: Vec<SubmittedEvent>,
    /// The events as JSON, each on a line that ends in `\n`.
    pub lines: String,
}

/// One event of a [`Submission`].
#[derive(Clone, Debug)]
pub struct SubmittedEvent {
    /// The event's id.
    pub id: Uuid,
    /// When it happened, corrected, in milliseconds since the Unix epoch.
    pub ts: i64,
    /// Where its line stands in [`Submission::lines`].
    pub line: Range<usize>,
}

/// What became of a batch that is on disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// Events that were new.
    pub n_stored: usize,
    /// Events that were on disk before.
    pub n_duplicates: usize,
}

/// Why a batch could not be stored. Nothing of it is kept; it can be sent again.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The file system refused, because it is full or failing.
    #[error("the log can't be written: {0}")]
    Disk(Arc<io::Error>),
    /// The writer's thread has ended.
    #[error("the log is closed")]
    Closed,
}

/// How a store is set up.
#[derive(Clone, Debug)]
pub struct StoreOptions {
    /// The directory; created where it does not exist.
    pub directory: PathBuf,
    /// A segment that has reached this size is followed by a new one, also within a day.
    pub max_segment_bytes: u64,
}

impl StoreOptions {
    /// A store in `directory` with segments of 256 MiB.
    pub fn new(directory: impl Into<PathBuf>) -> Self {
        Self {
            directory: directory.into(),
            max_segment_bytes: 256 << 20,
        }
    }
}

/// A handle on the store. Clones share it; when the last one is dropped, the writer finishes and ends.
#[derive(Clone, Debug)]
pub struct Store {
    log_directory: Arc<Path>,
    to_writer: mpsc::Sender<Waiting>,
    index: Arc<RwLock<Index>>,
}

impl Store {
    /// Opens the directory, recovers what is in it, and starts the writer's thread.
    ///
    /// # Errors
    /// Another collector holds the directory, a file can't be read, or was written by a later version.
    pub fn open(options: &StoreOptions) -> Result<(Self, WriterThread), OpenError> {
        let writer = Writer::open(options)?;
        let (to_writer, waiting) = mpsc::channel(N_WAITING);
        let store = Self {
            log_directory: log_directory(&options.directory).into(),
            to_writer,
            index: writer.index(),
        };
        Ok((store, WriterThread::spawn(writer, waiting)?))
    }

    /// Stores a batch, and returns when it and whatever it repeats are on disk.
    ///
    /// # Errors
    /// Nothing of the batch was kept that was not on disk before.
    pub async fn submit(&self, submission: Submission) -> Result<Receipt, StoreError> {
        let (reply, answer) = oneshot::channel();
        let waiting = Waiting { submission, reply };
        self.to_writer
            .send(waiting)
            .await
            .map_err(|_| StoreError::Closed)?;
        answer.await.map_err(|_| StoreError::Closed)?
    }

    /// Whether the writer's thread still takes batches.
    pub fn is_open(&self) -> bool {
        !self.to_writer.is_closed()
    }

    /// What is stored of each site, in the order of their ids.
    pub fn sites(&self) -> BTreeMap<String, SiteSummary> {
        self.index
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .sites()
    }

    /// The parts of the log that may hold events of `site` with a time in `range`, as they are at this moment,
    /// in order of arrival.
    pub fn snapshot(&self, site: &str, range: &Range<i64>) -> Snapshot {
        let index = self.index.read().unwrap_or_else(PoisonError::into_inner);
        Snapshot {
            segments: index.segments_of(site, range),
            may_repeat: index.n_days() > i64::from(dedupe::PERIOD_DAYS),
            directory: Arc::clone(&self.log_directory),
            after: Position::default(),
            end: index.end(),
        }
    }
}

/// The part of the log that an export reads.
#[derive(Clone, Debug)]
pub struct Snapshot {
    /// The directory of the segments.
    pub directory: Arc<Path>,
    /// The segments, in order of arrival.
    pub segments: Vec<SegmentSlice>,
    /// Whether the log is longer than the period over which duplicates are dropped, so that an event sent
    /// again after that period may be in it twice.
    pub may_repeat: bool,
    /// Only what comes after this is read.
    pub after: Position,
    /// Where the log ends: what comes later is not in it.
    pub end: Position,
}

impl Snapshot {
    /// Leaves out what comes before `position`.
    pub fn leave_out_before(&mut self, position: Position) {
        self.segments
            .retain(|slice| slice.name.number >= position.segment);
        self.after = position;
    }
}

/// Where the segments are within the directory of a store.
fn log_directory(directory: &Path) -> PathBuf {
    directory.join("log")
}
