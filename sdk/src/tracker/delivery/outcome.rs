//! What becomes of a batch: acknowledged, put back for another attempt, or given up and counted.

use alloc::string::String;
use alloc::vec::Vec;

use event::Uuid;
use event::json::write_uuid;

use super::super::input::{Effect, Outcome, Slot};
use super::super::parcel::{LONGEST_PAUSE_MILLIS, Parcel, State, pause};
use super::super::random::Random;
use super::super::records::Report;

use super::{ANSWER_TIMEOUT_MILLIS, Delivery, ENVELOPE_BYTES, MAX_ATTEMPTS, count};

impl Delivery {
    /// Hears how an attempt ended.
    pub(crate) fn finished(
        &mut self,
        now: i64,
        batch: Uuid,
        outcome: Outcome,
        random: &mut Random,
        effects: &mut Vec<Effect>,
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
            } => forget_parcel(&parcel, true, effects),
            Outcome::Answered {
                status: 408 | 429 | 500..,
                retry_after_millis,
            } => {
                if let Some(millis) = retry_after_millis {
                    self.quiet_until = now + i64::from(millis.min(LONGEST_PAUSE_MILLIS));
                    let mut value = String::new();
                    event::json::write_i64(&mut value, self.quiet_until);
                    let slot = Slot::Pause;
                    effects.push(Effect::Store { slot, value });
                }
                self.failed(parcel, now, random, effects);
            }
            Outcome::Answered { .. } => {
                count(&mut self.dropped.rejected, parcel.events.len());
                self.give_up(parcel, effects);
            }
            Outcome::Failed => self.failed(parcel, now, random, effects),
            Outcome::Offline => {
                parcel.attempts = parcel.attempts.saturating_sub(1);
                parcel.state = State::Waiting(now + i64::from(LONGEST_PAUSE_MILLIS));
                self.parcels.push(parcel);
            }
        }
    }

    /// Puts a parcel back until its pause is over, or gives it up.
    fn failed(
        &mut self,
        mut parcel: Parcel,
        now: i64,
        random: &mut Random,
        effects: &mut Vec<Effect>,
    ) {
        if parcel.attempts < MAX_ATTEMPTS {
            parcel.state = State::Waiting(now + pause(parcel.attempts, random));
            self.parcels.push(parcel);
        } else {
            count(&mut self.dropped.expired, parcel.events.len());
            self.give_up(parcel, effects);
        }
    }

    /// Forgets the events of a parcel. Its counters keep their report, which the collector may have had.
    fn give_up(&mut self, parcel: Parcel, effects: &mut Vec<Effect>) {
        forget_parcel(&parcel, false, effects);
        let Parcel { id, dropped, .. } = parcel;
        if dropped.total() > 0 {
            self.reports.push(Report { id, dropped });
        }
    }

    /// Counts as dropped what will neither fit into requests that outlive the page nor be found in storage. Failed
    /// batches go first.
    pub(super) fn give_up_beyond(&mut self, room: usize) {
        let mut bytes = ENVELOPE_BYTES;
        for parcel in self.parcels.iter().filter(|parcel| !parcel.is_under_way()) {
            let events = parcel.events.iter().map(|event| event.json.len() + 1);
            bytes += events.sum::<usize>() + ENVELOPE_BYTES;
        }
        for event in core::mem::take(&mut self.queue) {
            bytes += event.json.len() + 1;
            if bytes <= room {
                self.queue.push(event);
            } else {
                count(&mut self.dropped.storage, 1);
            }
        }
    }

    /// Treats attempts that had no answer in time as failed.
    pub(super) fn expire(&mut self, now: i64, random: &mut Random, effects: &mut Vec<Effect>) {
        let is_late = |parcel: &Parcel| matches!(parcel.state, State::Sending { since, .. } if since + ANSWER_TIMEOUT_MILLIS <= now);
        while let Some(parcel) = self.take(is_late) {
            self.failed(parcel, now, random, effects);
        }
    }
}

/// Has storage forget the events of a parcel, and its report where that was counted.
fn forget_parcel(parcel: &Parcel, is_counted: bool, effects: &mut Vec<Effect>) {
    let mut ids = String::new();
    for event in &parcel.events {
        if event.is_kept {
            add_line(&mut ids, event.id());
        }
    }
    if is_counted && parcel.dropped.total() > 0 {
        add_line(&mut ids, "");
        write_uuid(&mut ids, &parcel.id);
    }
    forget(ids, effects);
}

/// Adds a line to others.
pub(super) fn add_line(lines: &mut String, line: &str) {
    if !lines.is_empty() {
        lines.push('\n');
    }
    lines.push_str(line);
}

/// Has storage forget the records with these ids.
pub(super) fn forget(ids: String, effects: &mut Vec<Effect>) {
    if !ids.is_empty() {
        effects.push(Effect::Forget { ids });
    }
}
