//! One batch of a group: what of it is new, the record that is written of it, and the answer to its sender.

use event::Dropped;
use tokio::sync::oneshot;

use super::index::SiteSummary;
use super::{Receipt, StoreError, Submission};
use crate::log::frame;
use crate::log::record::{self, Envelope, StoredEvent};

/// A batch that waits for the writer.
#[derive(Debug)]
pub struct Waiting {
    /// The batch.
    pub submission: Submission,
    /// Where the answer goes. Nobody may be there any more: the batch is stored nevertheless.
    pub reply: oneshot::Sender<Result<Receipt, StoreError>>,
}

/// What the writer does with one batch of a group.
pub struct Plan {
    /// The batch.
    pub waiting: Waiting,
    /// Of each of its events, whether it is not on disk yet.
    pub is_new: Vec<bool>,
    /// What the tracker gave up; zero where that has been counted before.
    pub dropped: Dropped,
}

impl Plan {
    /// The events that are not on disk yet.
    pub fn new_events(&self) -> impl Iterator<Item = StoredEvent<'_>> + Clone {
        let Submission { events, lines, .. } = &self.waiting.submission;
        events
            .iter()
            .zip(&self.is_new)
            .filter(|(_, is_new)| **is_new)
            .map(|(event, _)| StoredEvent {
                id: event.id,
                ts: event.ts,
                line: lines.get(event.line.clone()).unwrap_or_default().as_bytes(),
            })
    }

    /// Whether anything of the batch must be written.
    pub fn has_news(&self) -> bool {
        self.dropped.total() > 0 || self.is_new.contains(&true)
    }

    /// What the index is to count once the batch is on disk.
    pub fn summary(&self) -> SiteSummary {
        let mut summary = SiteSummary {
            dropped: self.dropped,
            ..SiteSummary::default()
        };
        self.new_events()
            .for_each(|event| summary.add_event(event.ts));
        summary
    }

    /// Appends the record of what is new; nothing where nothing is.
    pub fn encode(&self, frames: &mut Vec<u8>) {
        if self.has_news() {
            let Submission {
                received_at,
                batch,
                site,
                ..
            } = &self.waiting.submission;
            let envelope = Envelope {
                received_at: *received_at,
                batch: *batch,
                dropped: self.dropped,
                site,
            };
            frame::append(frames, |out| {
                record::encode(out, &envelope, self.new_events());
            });
        }
    }

    /// Tells the sender that everything is on disk.
    pub fn acknowledge(self) {
        let n_stored = self.is_new.iter().filter(|is_new| **is_new).count();
        let n_duplicates = self.is_new.len() - n_stored;
        self.answer(Ok(Receipt {
            n_stored,
            n_duplicates,
        }));
    }

    /// Tells the sender what became of the batch.
    pub fn answer(self, answer: Result<Receipt, StoreError>) {
        // The sender may have hung up. What is stored stays stored, and what it sends again is a duplicate.
        let _ = self.waiting.reply.send(answer);
    }
}
