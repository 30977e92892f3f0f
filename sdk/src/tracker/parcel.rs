//! Events that travel together, and the pauses between attempts to send them.

use alloc::string::String;
use alloc::vec::Vec;

use event::limits::MAX_BEACON_BYTES;
use event::{Batch, Dropped, SCHEMA_VERSION, Uuid, json};

use super::input::{Effect, Way};
use super::random::Random;
use super::records::Encoded;

/// First pause after a failure; it doubles with each,
const FIRST_PAUSE_MILLIS: u32 = 1_000;
/// up to this.
pub(super) const LONGEST_PAUSE_MILLIS: u32 = 300_000;

/// Events that travel together.
pub(super) struct Parcel {
    pub(super) id: Uuid,
    pub(super) events: Vec<Encoded>,
    /// The counters that this batch reports; a collector counts them once for its id.
    pub(super) dropped: Dropped,
    pub(super) attempts: u32,
    pub(super) state: State,
}

/// Where a parcel is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    /// Under way.
    Sending {
        since: i64,
        /// How many of the bytes that may outlive the page it takes.
        outliving: usize,
    },
    /// To be sent again at that time.
    Waiting(i64),
}

impl Parcel {
    pub(super) fn is_under_way(&self) -> bool {
        matches!(self.state, State::Sending { .. })
    }

    /// The parcel as it goes out now: the time of sending is that of this attempt. Of all parcels that may outlive
    /// the page `room` bytes are left; what does not fit goes another way.
    pub(super) fn send(
        &mut self,
        now: i64,
        site: &str,
        is_leaving: bool,
        room: &mut usize,
    ) -> Effect {
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
        let fits = body.len() <= *room;
        let way = match (fits, is_leaving) {
            (true, false) => Way::Outliving,
            (true, true) => Way::Leaving,
            (false, false) => Way::Plain,
            (false, true) => Way::Later,
        };
        let outliving = if fits { body.len() } else { 0 };
        *room -= outliving;
        self.state = State::Sending {
            since: now,
            outliving,
        };
        let batch = self.id;
        Effect::Send { batch, body, way }
    }
}

/// How many bytes may still be given to requests that outlive the page.
pub(super) fn room(parcels: &[Parcel]) -> usize {
    let taken = parcels.iter().map(|parcel| match parcel.state {
        State::Sending { outliving, .. } => outliving,
        State::Waiting(_) => 0,
    });
    MAX_BEACON_BYTES.saturating_sub(taken.sum())
}

/// The pause after so many attempts: half of it fixed, half random, so that pages that failed together do not
/// come back together.
pub(super) fn pause(attempts: u32, random: &mut Random) -> i64 {
    let doublings = attempts.saturating_sub(1).min(16);
    let longest = (FIRST_PAUSE_MILLIS << doublings).min(LONGEST_PAUSE_MILLIS);
    i64::from(longest / 2 + random.below(longest / 2 + 1))
}
