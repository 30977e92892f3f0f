//! The bounded queue and the way of its events to the collector.
//!
//! Every event that is accepted ends in exactly one of three places: a batch that the collector acknowledged,
//! a drop counter, or storage, from which another page delivers it. A batch whose answer is never seen, because
//! the page went away or the answer was lost, is sent again: that is where duplicates come from, and event ids
//! remove them. Counters travel under the id of a batch, which a collector counts once.
//!
//! Storage is shared by all pages of the site, and delivered by one page at a time: the one whose turn it is. While
//! it has the turn, storage is the truth: what others left is taken over, and own events that are there no more
//! were delivered by another page. A page that is being hidden can't wait for its turn and sends what it has.

mod outcome;

use alloc::string::String;
use alloc::vec::Vec;

use event::limits::{MAX_BEACON_BYTES, MAX_EVENTS_PER_BATCH};
use event::{Dropped, Uuid};

use super::capture::earlier;
use super::input::Effect;
use super::parcel::{LONGEST_PAUSE_MILLIS, Parcel, State, room};
use super::random::Random;
use super::records::{self, Encoded, Record, Report};
use super::text::parts;
use outcome::{add_line, forget};

/// Most events kept, waiting and under way together.
pub(crate) const MAX_KEPT_EVENTS: usize = 1000;
/// Most bytes kept.
pub(crate) const MAX_KEPT_BYTES: usize = 256 * 1024;
/// A batch goes out when so many events wait,
pub(crate) const BATCH_EVENTS: usize = 20;
/// or so many bytes,
pub(crate) const BATCH_BYTES: usize = 16 * 1024;
/// or the first has waited so long. The page's first batch goes out when the task that began it has ended.
pub(crate) const BATCH_AGE_MILLIS: i64 = 3_000;
/// Room for the envelope of a batch beside its events.
const ENVELOPE_BYTES: usize = 600;
/// Largest event that fits a batch.
pub(crate) const MAX_EVENT_BYTES: usize = MAX_BEACON_BYTES - ENVELOPE_BYTES;
/// An attempt without an answer counts as failed after this time.
pub(crate) const ANSWER_TIMEOUT_MILLIS: i64 = 30_000;
/// A page that has waited so long for its turn goes on without: the page whose turn it is may be frozen, or storage
/// may never answer.
pub(crate) const TURN_PATIENCE_MILLIS: i64 = 10_000;
/// A batch is given up after so many attempts on one page, which take 12 to 24 minutes.
pub(crate) const MAX_ATTEMPTS: u32 = 13;
/// An event is given up at this age: three days.
pub(crate) const MAX_AGE_MILLIS: i64 = 3 * 24 * 60 * 60 * 1000;

/// How much the queue is in a hurry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pace {
    /// A batch is filled first.
    Batched,
    /// The page is hidden and may be discarded without notice, or the shop asked: batches are not filled.
    Soon,
    /// The page has just been hidden: neither do batches wait for the page's turn, nor failed ones for their pause.
    /// Only silence that the collector asked for is kept.
    Now,
    /// The page goes away: as above, and a request ends with it unless it is made to outlive it.
    Leaving,
}

/// Whether it is this page that delivers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Turn {
    #[default]
    Others,
    /// Asked for since then.
    Asked(i64),
    Own,
}

/// The queue, the batches under way, and what had to be given up.
#[derive(Default)]
pub(crate) struct Delivery {
    queue: Vec<Encoded>,
    parcels: Vec<Parcel>,
    /// Reports that were under way when their page ended, or whose batch was given up.
    reports: Vec<Report>,
    /// What was given up and is in no report yet.
    dropped: Dropped,
    /// When the first event in the queue came into it.
    waiting_since: i64,
    /// The collector asked for silence until then.
    quiet_until: i64,
    turn: Turn,
    /// Something in the queue is not kept yet, since then.
    unkept_since: Option<i64>,
    /// From then on storage is to be looked into for what other pages left, though this one has nothing to send.
    looks_at: Option<i64>,
    /// How many reports of other pages storage had, which are worth batches without events.
    n_found: usize,
    /// A batch has left the page since it began, or since it returned from the back-forward cache.
    has_sent: bool,
    /// Storage may be used, and is not known to fail. Without it what the queue holds ends with the page.
    has_storage: bool,
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
            if !event.is_kept && self.has_storage {
                self.unkept_since = self.unkept_since.or(Some(now));
            }
            self.queue.push(event);
        }
        has_room
    }

    /// Counts events for which there was no room.
    pub(crate) fn overflow(&mut self, n_events: usize) {
        count(&mut self.dropped.queue_full, n_events);
    }

    /// Counts an event that was one too many for the page.
    pub(crate) fn limit(&mut self) {
        count(&mut self.dropped.rate_limited, 1);
    }

    /// Counts an event that was refused.
    pub(crate) fn refuse(&mut self) {
        count(&mut self.dropped.invalid, 1);
    }

    /// Forgets everything.
    pub(crate) fn clear(&mut self) {
        *self = Self::default();
    }

    /// Storage may be used from now on. The collector asked a page before for silence until `quiet_until`.
    pub(crate) fn restore(&mut self, now: i64, quiet_until: i64) {
        self.has_storage = true;
        self.unkept_since = (!self.queue.is_empty()).then_some(now);
        self.looks_at = Some(now + BATCH_AGE_MILLIS);
        // A clock that was set back must not silence the tracker for longer than a collector may ask.
        let latest = now + i64::from(LONGEST_PAUSE_MILLIS);
        self.quiet_until = self.quiet_until.max(quiet_until.min(latest));
    }

    /// Hears that storage does not keep what it was told to.
    pub(crate) fn lose_storage(&mut self) {
        if !core::mem::replace(&mut self.has_storage, false) {
            return;
        }
        self.unkept_since = None;
        self.looks_at = None;
        for event in self.all_events_mut() {
            event.is_kept = false;
        }
    }

    /// The network is back: failed batches wait no longer. Where the page itself is back, from the back-forward cache,
    /// nor do those under way: Firefox never tells it how a request ended that was out when it left.
    pub(crate) fn hurry(&mut self, now: i64, is_page_back: bool) {
        self.has_sent &= !is_page_back;
        for parcel in &mut self.parcels {
            if is_page_back || !parcel.is_under_way() {
                parcel.state = State::Waiting(now);
            }
        }
    }

    /// Hands to storage what it does not have yet.
    pub(crate) fn keep(&mut self, effects: &mut Vec<Effect>) {
        if self.unkept_since.take().is_none() {
            return;
        }
        let mut lines = String::new();
        for event in self.all_events_mut() {
            if !event.is_kept {
                event.is_kept = true;
                add_line(&mut lines, &event.json);
            }
        }
        if !lines.is_empty() {
            effects.push(Effect::Keep { records: lines });
        }
    }

    /// Takes out what waits, because it stays in storage for good, or is lost where there is none.
    pub(crate) fn settle(&mut self) {
        self.looks_at = None;
        if !self.has_storage {
            count(&mut self.dropped.storage, self.queue.len());
            self.queue.clear();
        }
        self.queue.retain(|event| !event.is_kept);
    }

    /// This page's turn has come, with the records that storage holds; `None` where it holds none at all.
    pub(crate) fn begin_turn(
        &mut self,
        now: i64,
        records: Option<&str>,
        effects: &mut Vec<Effect>,
    ) {
        if self.turn == Turn::Others {
            return effects.push(Effect::YieldTurn);
        }
        self.turn = Turn::Own;
        let Some(records) = records else { return };
        let lines: Vec<&str> = parts(records, b'\n').collect();
        // Storage gives the oldest. Where it may hold more, a missing record says nothing.
        if lines.len() >= MAX_KEPT_EVENTS {
            self.looks_at = Some(now + BATCH_AGE_MILLIS);
        } else {
            let is_left = |event: &Encoded| {
                let id = event.id();
                !event.is_kept || lines.iter().any(|line| records::id(line) == id)
            };
            self.queue.retain(is_left);
            for parcel in &mut self.parcels {
                if !parcel.is_under_way() {
                    parcel.events.retain(is_left);
                }
            }
            let is_empty =
                |parcel: &Parcel| parcel.events.is_empty() && parcel.dropped == Dropped::default();
            self.parcels
                .retain(|parcel| parcel.is_under_way() || !is_empty(parcel));
        }
        let n_own = self.queue.len();
        let mut expired = String::new();
        for line in lines {
            match records::read(line) {
                Some(Record::Event(event)) if self.events().all(|own| own.id() != event.id()) => {
                    if now - event.ts > MAX_AGE_MILLIS {
                        count(&mut self.dropped.expired, 1);
                        add_line(&mut expired, event.id());
                    } else if !self.push(now, event) {
                        // Where there is no room, it stays in storage for another turn.
                        self.looks_at = Some(now + BATCH_AGE_MILLIS);
                    }
                }
                Some(Record::Report(report)) if !self.has_report(&report.id) => {
                    self.n_found += 1;
                    self.reports.push(report);
                }
                _ => {}
            }
        }
        // What others left is older.
        let mut queue = self.queue.split_off(n_own);
        queue.append(&mut self.queue);
        self.queue = queue;
        forget(expired, effects);
    }

    /// Sends what must go out now; `true` where this page should take its turn for it.
    pub(crate) fn due(
        &mut self,
        now: i64,
        pace: Pace,
        site: &str,
        random: &mut Random,
        effects: &mut Vec<Effect>,
    ) -> bool {
        self.expire(now, random, effects);
        let is_leaving = pace == Pace::Leaving;
        if now >= self.quiet_until {
            if is_leaving || pace == Pace::Now {
                self.send_all(now, is_leaving, site, random, effects);
            } else {
                if matches!(self.turn, Turn::Asked(since) if since + TURN_PATIENCE_MILLIS <= now) {
                    self.turn = Turn::Own;
                }
                match self.turn {
                    Turn::Own => self.send_next(now, site, random, effects),
                    Turn::Others if self.is_due(now, pace) => {
                        self.turn = Turn::Asked(now);
                        self.looks_at = None;
                        return true;
                    }
                    _ => {}
                }
            }
        }
        let is_idle = !self.parcels.iter().any(Parcel::is_under_way);
        // A page that holds a lock can't enter the back-forward cache.
        if is_leaving || (is_idle && self.turn == Turn::Own) {
            self.turn = Turn::Others;
            effects.push(Effect::YieldTurn);
        }
        false
    }

    /// Whether the page's first batch can go out. It waits for nothing, not even the page's turn: who looks for a moment
    /// only would be missed. What others left is looked for later.
    pub(crate) fn is_first_due(&mut self, now: i64) -> bool {
        let is_due = !self.has_sent && self.parcels.is_empty() && !self.queue.is_empty();
        if is_due && self.has_storage && self.looks_at.is_none() {
            self.looks_at = Some(now + BATCH_AGE_MILLIS);
        }
        is_due
    }

    /// Whether a turn would have something to send.
    fn is_due(&self, now: i64, pace: Pace) -> bool {
        let mut parcels = self.parcels.iter();
        // One batch at a time keeps the order and spares a collector in trouble.
        match parcels.next() {
            Some(_) => self
                .parcels
                .iter()
                .any(|parcel| matches!(parcel.state, State::Waiting(until) if until <= now)),
            None => {
                let must_look = self.looks_at.is_some_and(|at| at <= now);
                must_look || !self.queue.is_empty() && (pace == Pace::Soon || self.is_full(now))
            }
        }
    }

    /// Sends one batch, unless one is under way or waits.
    fn send_next(&mut self, now: i64, site: &str, random: &mut Random, effects: &mut Vec<Effect>) {
        if self.parcels.iter().any(Parcel::is_under_way) {
            return;
        }
        let due = |parcel: &Parcel| matches!(parcel.state, State::Waiting(until) if until <= now);
        let mut parcel = match self.take(due) {
            Some(parcel) => parcel,
            None if self.parcels.is_empty() && (!self.queue.is_empty() || self.n_found > 0) => {
                self.pack(now, random, effects)
            }
            None => return,
        };
        effects.push(parcel.send(now, site, false, &mut room(&self.parcels)));
        self.parcels.push(parcel);
    }

    /// Sends everything that is not under way.
    fn send_all(
        &mut self,
        now: i64,
        is_leaving: bool,
        site: &str,
        random: &mut Random,
        effects: &mut Vec<Effect>,
    ) {
        let mut room = room(&self.parcels);
        if is_leaving {
            // The next page looks.
            self.looks_at = None;
            if !self.has_storage {
                self.give_up_beyond(room);
            }
        }
        for parcel in &mut self.parcels {
            if !parcel.is_under_way() {
                effects.push(parcel.send(now, site, is_leaving, &mut room));
            }
        }
        while !self.queue.is_empty() || !self.reports.is_empty() || self.dropped.total() > 0 {
            let mut parcel = self.pack(now, random, effects);
            effects.push(parcel.send(now, site, is_leaving, &mut room));
            self.parcels.push(parcel);
        }
    }

    /// When [`Delivery::due`] should be asked again.
    pub(crate) fn deadline(&self) -> Option<i64> {
        let mut deadline = self.unkept_since;
        for parcel in &self.parcels {
            let next = match parcel.state {
                State::Sending { since, .. } => since + ANSWER_TIMEOUT_MILLIS,
                State::Waiting(until) if self.turn == Turn::Others => until.max(self.quiet_until),
                // During a turn the answer to another batch comes first.
                State::Waiting(_) => continue,
            };
            deadline = earlier(deadline, Some(next));
        }
        let queue = match self.turn {
            Turn::Asked(since) => Some(since + TURN_PATIENCE_MILLIS),
            _ if self.parcels.is_empty() => {
                let patience = if self.has_sent { BATCH_AGE_MILLIS } else { 0 };
                let filled = self.waiting_since + patience;
                let filled = (!self.queue.is_empty()).then_some(filled);
                earlier(filled, self.looks_at).map(|at| at.max(self.quiet_until))
            }
            _ => None,
        };
        earlier(deadline, queue)
    }

    /// Takes out the first parcel for which `is_it` holds.
    fn take(&mut self, is_it: impl Fn(&Parcel) -> bool) -> Option<Parcel> {
        let place = self.parcels.iter().position(is_it)?;
        Some(self.parcels.remove(place))
    }

    fn is_full(&self, now: i64) -> bool {
        let bytes = self.queue.iter().map(|event| event.json.len());
        self.queue.len() >= BATCH_EVENTS
            || self.waiting_since + BATCH_AGE_MILLIS <= now
            || bytes.sum::<usize>() >= BATCH_BYTES
    }

    /// Takes as many events from the front of the queue as one batch may hold, and one report.
    fn pack(&mut self, now: i64, random: &mut Random, effects: &mut Vec<Effect>) -> Parcel {
        let mut events = Vec::new();
        let mut bytes = 0;
        self.has_sent = true;
        self.n_found = self.n_found.saturating_sub(1);
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
        let report = self.reports.pop().unwrap_or_else(|| {
            let report = Report {
                id: random.uuid(now),
                dropped: core::mem::take(&mut self.dropped),
            };
            if report.dropped.total() > 0 && self.has_storage {
                let mut records = String::new();
                records::write_report(&mut records, &report);
                effects.push(Effect::Keep { records });
            }
            report
        });
        Parcel {
            id: report.id,
            events,
            dropped: report.dropped,
            attempts: 0,
            state: State::Waiting(0),
        }
    }

    fn has_report(&self, id: &Uuid) -> bool {
        self.reports.iter().any(|report| report.id == *id)
            || self.parcels.iter().any(|parcel| parcel.id == *id)
    }

    /// How many events wait or are under way on this page.
    pub(crate) fn n_events(&self) -> usize {
        self.events().count()
    }

    fn events(&self) -> impl Iterator<Item = &Encoded> {
        let parcels = self.parcels.iter().flat_map(|parcel| &parcel.events);
        parcels.chain(&self.queue)
    }

    fn all_events_mut(&mut self) -> impl Iterator<Item = &mut Encoded> {
        let parcels = self
            .parcels
            .iter_mut()
            .flat_map(|parcel| &mut parcel.events);
        parcels.chain(&mut self.queue)
    }

    /// Everything that was counted and not acknowledged: what is in no report yet, and the reports.
    #[cfg(all(test, not(target_family = "wasm")))]
    pub(crate) fn counted(&self) -> (Dropped, Vec<Report>) {
        let parcels = self.parcels.iter().map(|parcel| Report {
            id: parcel.id,
            dropped: parcel.dropped,
        });
        (
            self.dropped,
            parcels.chain(self.reports.iter().copied()).collect(),
        )
    }
}

/// Counts events.
pub(crate) fn count(counter: &mut u64, events: usize) {
    *counter = counter.saturating_add(events as u64);
}
