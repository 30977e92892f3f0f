//! The bounded queue and the way of its events to the collector.
//!
//! Every event that is accepted ends in exactly one of three places: a batch that the collector acknowledged,
//! a drop counter, or the snapshot that the next page takes over. A batch whose answer is never seen, because
//! the page went away or the answer was lost, is sent again: that is where duplicates come from, and event ids
//! remove them.

use alloc::string::String;
use alloc::vec::Vec;

use event::limits::{MAX_BEACON_BYTES, MAX_EVENTS_PER_BATCH};
use event::{Batch, Dropped, SCHEMA_VERSION, Uuid, json};

use super::input::Outcome;
use super::random::Random;
use super::snapshot::{self, Snapshot};

/// Most events kept, waiting and under way together.
pub(crate) const MAX_KEPT_EVENTS: usize = 1000;
/// Most bytes kept; storage counts two for each and is shared with the shop.
pub(crate) const MAX_KEPT_BYTES: usize = 256 * 1024;
/// A batch goes out when so many events wait,
pub(crate) const BATCH_EVENTS: usize = 20;
/// or so many bytes,
pub(crate) const BATCH_BYTES: usize = 16 * 1024;
/// or the first has waited so long.
pub(crate) const BATCH_AGE_MILLIS: i64 = 3_000;
/// Room for the envelope of a batch beside its events.
const ENVELOPE_BYTES: usize = 600;
/// Largest event that fits a batch.
pub(crate) const MAX_EVENT_BYTES: usize = MAX_BEACON_BYTES - ENVELOPE_BYTES;
/// An attempt without an answer counts as failed after this time.
pub(crate) const ANSWER_TIMEOUT_MILLIS: i64 = 30_000;
/// First pause after a failure; it doubles with each,
const FIRST_PAUSE_MILLIS: u32 = 1_000;
/// up to this.
const LONGEST_PAUSE_MILLIS: u32 = 300_000;
/// A batch is given up after so many attempts on one page, which take 12 to 24 minutes.
pub(crate) const MAX_ATTEMPTS: u32 = 13;
/// An event is given up at this age: three days.
pub(crate) const MAX_AGE_MILLIS: i64 = 3 * 24 * 60 * 60 * 1000;

/// An event in its wire form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Encoded {
    /// When it happened.
    pub(crate) ts: i64,
    /// As one line of JSON.
    pub(crate) json: String,
}

/// Events that travel together.
struct Parcel {
    id: Uuid,
    events: Vec<Encoded>,
    /// The counters that this batch reports; they return to the tracker's when it fails for good.
    dropped: Dropped,
    attempts: u32,
    state: State,
}

/// Where a parcel is.
enum State {
    /// Under way since then.
    Sending(i64),
    /// To be sent again at that time.
    Waiting(i64),
}

/// How much the queue is in a hurry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pace {
    /// A batch is filled first.
    Batched,
    /// The page is hidden and may be discarded without notice, or the shop asked: batches are not filled.
    Soon,
    /// The page has just been hidden: neither do failed batches wait for their pause. Only
    /// silence that the collector asked for is kept.
    Now,
}

/// A batch to be sent.
pub(crate) struct Outgoing {
    pub(crate) batch: Uuid,
    pub(crate) body: String,
}

/// The queue, the batches under way, and what had to be given up.
#[derive(Default)]
pub(crate) struct Delivery {
    queue: Vec<Encoded>,
    parcels: Vec<Parcel>,
    /// When the first event in the queue came into it.
    waiting_since: i64,
    /// The collector asked for silence until then.
    quiet_until: i64,
    /// What was given up and not yet reported.
    dropped: Dropped,
}

impl Delivery {
    /// Takes an event, or counts it as dropped. A full queue keeps what it has: the older events are the ones
    /// whose context is already complete.
    pub(crate) fn push(&mut self, now: i64, event: Encoded) -> bool {
        let (mut kept_events, mut kept_bytes) = (1, event.json.len());
        for kept in self.events() {
            kept_events += 1;
            kept_bytes += kept.json.len();
        }
        let has_room = kept_events <= MAX_KEPT_EVENTS && kept_bytes <= MAX_KEPT_BYTES;
        if has_room {
            if self.queue.is_empty() {
                self.waiting_since = now;
            }
            self.queue.push(event);
        } else {
            self.overflow();
        }
        has_room
    }

    /// Counts an event for which there was no room.
    pub(crate) fn overflow(&mut self) {
        count(&mut self.dropped.queue_full, 1);
    }

    /// Counts an event that was refused.
    pub(crate) fn refuse(&mut self) {
        count(&mut self.dropped.invalid, 1);
    }

    /// Takes over what a page left.
    pub(crate) fn restore(&mut self, now: i64, snapshot: Snapshot) {
        self.dropped.add(&snapshot.dropped);
        // A clock that was set back must not silence the tracker for longer than a collector may ask.
        let latest = now + i64::from(LONGEST_PAUSE_MILLIS);
        self.quiet_until = self.quiet_until.max(snapshot.quiet_until.min(latest));
        for event in snapshot.events {
            if now - event.ts > MAX_AGE_MILLIS {
                count(&mut self.dropped.expired, 1);
            } else {
                self.push(now, event);
            }
        }
    }

    /// Forgets everything: another page of the tab has taken it over.
    pub(crate) fn clear(&mut self) {
        *self = Self::default();
    }

    /// What the next page must take over, as text; nothing when there is nothing.
    ///
    /// Batches under way are in it, since their answers may never be seen; their counters are not, since those
    /// have no ids by which a second report could be told from the first.
    pub(crate) fn snapshot(&self, now: i64) -> String {
        if self.events().next().is_none() && self.dropped == Dropped::default() {
            return String::new();
        }
        let mut dropped = self.dropped;
        for parcel in &self.parcels {
            if let State::Waiting(_) = parcel.state {
                dropped.add(&parcel.dropped);
            }
        }
        snapshot::write(now, self.quiet_until, &dropped, self.events())
    }

    /// The batches that must go out now.
    pub(crate) fn due(
        &mut self,
        now: i64,
        pace: Pace,
        site: &str,
        random: &mut Random,
    ) -> Vec<Outgoing> {
        let mut outgoing = Vec::new();
        self.expire(now, random);
        if now < self.quiet_until {
            return outgoing;
        }
        for parcel in &mut self.parcels {
            if matches!(parcel.state, State::Waiting(until) if pace == Pace::Now || until <= now) {
                outgoing.push(parcel.send(now, site));
            }
        }
        // One batch at a time keeps the order and spares a collector in trouble.
        while !self.queue.is_empty()
            && match pace {
                Pace::Now => true,
                Pace::Soon => self.parcels.is_empty(),
                Pace::Batched => self.parcels.is_empty() && self.is_full(now),
            }
        {
            let mut parcel = self.pack(random.uuid(now));
            outgoing.push(parcel.send(now, site));
            self.parcels.push(parcel);
        }
        outgoing
    }

    /// When [`Delivery::due`] should be asked again.
    pub(crate) fn deadline(&self) -> Option<i64> {
        let parcels = self.parcels.iter().map(|parcel| match parcel.state {
            State::Sending(since) => since + ANSWER_TIMEOUT_MILLIS,
            State::Waiting(until) => until.max(self.quiet_until),
        });
        let queue = (self.parcels.is_empty() && !self.queue.is_empty())
            .then_some((self.waiting_since + BATCH_AGE_MILLIS).max(self.quiet_until));
        parcels.chain(queue).min()
    }

    /// Hears how an attempt ended.
    pub(crate) fn finished(
        &mut self,
        now: i64,
        batch: Uuid,
        outcome: Outcome,
        random: &mut Random,
    ) {
        // An answer may come after the timeout, to a batch that a second attempt has settled.
        let Some(mut parcel) = self.take(|parcel| parcel.id == batch) else {
            return;
        };
        match outcome {
            // 422 means that the collector stored what was valid and counted what was not.
            Outcome::Answered {
                status: 200..=299 | 422,
                ..
            }
            | Outcome::HandedOver => {}
            Outcome::Answered {
                status: 408 | 429 | 500..,
                retry_after_millis,
            } => {
                if let Some(millis) = retry_after_millis {
                    self.quiet_until = now + i64::from(millis.min(LONGEST_PAUSE_MILLIS));
                }
                self.failed(parcel, now, random);
            }
            Outcome::Failed => self.failed(parcel, now, random),
            Outcome::Answered { .. } => {
                count(&mut parcel.dropped.rejected, parcel.events.len());
                self.dropped.add(&parcel.dropped);
            }
        }
    }

    /// Puts a parcel back until its pause is over, or gives it up.
    fn failed(&mut self, mut parcel: Parcel, now: i64, random: &mut Random) {
        if parcel.attempts < MAX_ATTEMPTS {
            parcel.state = State::Waiting(now + i64::from(pause(parcel.attempts, random)));
            self.parcels.push(parcel);
        } else {
            count(&mut parcel.dropped.expired, parcel.events.len());
            self.dropped.add(&parcel.dropped);
        }
    }

    /// Treats attempts that had no answer in time as failed.
    fn expire(&mut self, now: i64, random: &mut Random) {
        let is_late = |parcel: &Parcel| matches!(parcel.state, State::Sending(since) if since + ANSWER_TIMEOUT_MILLIS <= now);
        while let Some(parcel) = self.take(is_late) {
            self.failed(parcel, now, random);
        }
    }

    /// Takes out the first parcel for which `is_it` holds.
    fn take(&mut self, is_it: impl Fn(&Parcel) -> bool) -> Option<Parcel> {
        let mut taken = None;
        for parcel in core::mem::take(&mut self.parcels) {
            if taken.is_none() && is_it(&parcel) {
                taken = Some(parcel);
            } else {
                self.parcels.push(parcel);
            }
        }
        taken
    }

    fn is_full(&self, now: i64) -> bool {
        self.queue.len() >= BATCH_EVENTS
            || self.waiting_since + BATCH_AGE_MILLIS <= now
            || self
                .queue
                .iter()
                .map(|event| event.json.len())
                .sum::<usize>()
                >= BATCH_BYTES
    }

    /// Takes as many events from the front of the queue as one batch may hold.
    fn pack(&mut self, id: Uuid) -> Parcel {
        let mut events = Vec::new();
        let mut bytes = 0;
        for event in core::mem::take(&mut self.queue) {
            bytes += event.json.len() + 1;
            // Whatever fits no more stays, and so does all behind it.
            let fits = bytes <= MAX_EVENT_BYTES && events.len() < MAX_EVENTS_PER_BATCH;
            if events.is_empty() || fits {
                events.push(event);
            } else {
                self.queue.push(event);
            }
        }
        Parcel {
            id,
            events,
            dropped: core::mem::take(&mut self.dropped),
            attempts: 0,
            state: State::Waiting(0),
        }
    }

    fn events(&self) -> impl Iterator<Item = &Encoded> {
        self.parcels
            .iter()
            .flat_map(|parcel| &parcel.events)
            .chain(&self.queue)
    }
}

impl Parcel {
    /// The parcel as it goes out now: the time of sending is that of this attempt.
    fn send(&mut self, now: i64, site: &str) -> Outgoing {
        self.state = State::Sending(now);
        self.attempts += 1;
        let batch = Batch {
            schema: SCHEMA_VERSION,
            id: self.id,
            site: String::from(site),
            sdk: String::from(concat!("desirepath/", env!("CARGO_PKG_VERSION"))),
            sent_at: now,
            dropped: self.dropped,
            events: self.events.iter().collect(),
        };
        let mut body = String::new();
        json::write_batch_of(&mut body, &batch, |out, event| out.push_str(&event.json));
        Outgoing {
            batch: self.id,
            body,
        }
    }
}

/// The pause after so many attempts: half of it fixed, half random, so that pages that failed together do not
/// come back together.
fn pause(attempts: u32, random: &mut Random) -> u32 {
    let doublings = attempts.saturating_sub(1).min(16);
    let longest = (FIRST_PAUSE_MILLIS << doublings).min(LONGEST_PAUSE_MILLIS);
    longest / 2 + random.below(longest / 2 + 1)
}

fn count(counter: &mut u64, events: usize) {
    *counter = counter.saturating_add(events as u64);
}
