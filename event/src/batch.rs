//! The envelope in which events travel.

use alloc::string::String;
use alloc::vec::Vec;

use serde::Deserialize;
use uuid::Uuid;

use crate::Event;

/// The version of the wire format that this crate writes and reads.
pub const SCHEMA_VERSION: u32 = 1;

/// Events on their way from one tracker to a collector.
///
/// Generic over the event so that a collector can read the envelope first and each event by itself, and one
/// bad event costs no other.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Batch<E = Event> {
    /// Version of the format: [`SCHEMA_VERSION`].
    pub schema: u32,
    /// Unique to the batch; a batch sent again keeps it.
    pub id: Uuid,
    /// The site that the events belong to: `[a-z0-9][a-z0-9_-]*`.
    pub site: String,
    /// Name and version of the tracker, such as `desirepath/0.1.0`.
    pub sdk: String,
    /// When this attempt to send was made, in milliseconds since the Unix epoch on the visitor's clock.
    pub sent_at: i64,
    /// What the tracker had to give up since its last acknowledged batch.
    #[serde(default)]
    pub dropped: Dropped,
    /// The events, in the order in which they happened.
    pub events: Vec<E>,
}

/// Events that a tracker gave up, by reason. They are counted so that a loss is never silent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Dropped {
    /// The queue was full.
    pub queue_full: u64,
    /// The call was refused: a name, a field or a limit was wrong.
    pub invalid: u64,
    /// They could not be kept: storage was blocked, full or wiped.
    pub storage: u64,
    /// They could not be delivered within the stated time.
    pub expired: u64,
    /// A collector refused them.
    pub rejected: u64,
    /// The page reported more than a person can do, such as from a loop that does not end.
    pub rate_limited: u64,
}

impl Dropped {
    /// The counters with their names on the wire, in the order in which they are written.
    pub fn by_reason(&self) -> [(&'static str, u64); 6] {
        [
            ("queue_full", self.queue_full),
            ("invalid", self.invalid),
            ("storage", self.storage),
            ("expired", self.expired),
            ("rejected", self.rejected),
            ("rate_limited", self.rate_limited),
        ]
    }

    /// The sum over all reasons.
    pub fn total(&self) -> u64 {
        self.by_reason()
            .iter()
            .fold(0, |sum, (_, n)| sum.saturating_add(*n))
    }

    /// Adds the counters of `other`, reason by reason.
    pub fn add(&mut self, other: &Dropped) {
        for (own, theirs) in [
            (&mut self.queue_full, other.queue_full),
            (&mut self.invalid, other.invalid),
            (&mut self.storage, other.storage),
            (&mut self.expired, other.expired),
            (&mut self.rejected, other.rejected),
            (&mut self.rate_limited, other.rate_limited),
        ] {
            *own = own.saturating_add(theirs);
        }
    }
}
