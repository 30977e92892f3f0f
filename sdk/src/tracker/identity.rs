//! Who and where: visitor, user, session hint, tab, and the sequence within the tab.

use alloc::string::String;
use alloc::vec::Vec;

use super::Tracker;
use super::input::{Effect, Slot, Stored};
use super::memory;
use super::random::Random;
use super::text::{number, split};
use event::json::{write_i64, write_u64};

/// A longer silence begins a new session.
pub(crate) const SESSION_GAP_MILLIS: i64 = 30 * 60 * 1000;
/// A session goes on after a detour, such as a payment, of at most a day.
const MAX_DETOUR_MILLIS: i64 = 24 * 60 * 60 * 1000;
/// How far the stored time of a session may lag behind, so that not every event costs a write.
const SESSION_LAG_MILLIS: i64 = 10_000;

/// The ids that events carry.
#[derive(Default)]
pub(crate) struct Identity {
    /// Absent where nothing can be stored durably: an id that changes with every page would count people
    /// falsely.
    pub(crate) visitor: Option<String>,
    pub(crate) user: Option<String>,
    pub(crate) session: String,
    pub(crate) tab: String,
    seq: u32,
    last_event: i64,
    last_stored: i64,
    is_durable: bool,
    /// The page went away and left the tab's id to the next one, with this as the number of the last event.
    left_at: Option<u32>,
}

impl Identity {
    /// Takes what storage held and makes what is missing.
    pub(crate) fn restore(
        &mut self,
        now: i64,
        stored: &Stored,
        random: &mut Random,
        effects: &mut Vec<Effect>,
    ) {
        self.is_durable = stored.is_durable;
        if let Some((session, last_event)) = stored.session.as_deref().and_then(numbered) {
            self.session = session;
            self.last_event = last_event;
            self.last_stored = last_event;
        }
        // Only the page that is shown has the tab's id: a duplicate of the tab finds none in the storage that it
        // was given a copy of. A page that returns from the back-forward cache is a tab of its own: what it finds
        // may be older than what the pages in between have written.
        match stored.tab.as_deref().and_then(numbered) {
            Some((tab, seq)) if self.left_at.is_none() => {
                self.tab = tab;
                self.seq = self.seq.max(u32::try_from(seq).unwrap_or_default());
            }
            None if self.left_at.is_none() && !self.tab.is_empty() => {}
            _ => self.tab = random.id(now),
        }
        self.left_at = None;
        if !self.is_durable {
            return;
        }
        let kept = stored.visitor.as_deref().unwrap_or_default();
        let (visitor, user) = split(kept, b' ');
        let linked = stored.linked.as_deref().filter(|linked| *linked != visitor);
        if let Some(linked) = linked.filter(|_| self.visitor.is_none()) {
            self.visitor = Some(linked.into());
            self.user = user.filter(|user| !user.is_empty()).map(String::from);
            effects.push(self.store_visitor());
            return;
        }
        self.user = user.filter(|user| !user.is_empty()).map(String::from);
        if is_id(visitor) {
            self.visitor = Some(String::from(visitor));
        } else {
            self.visitor = Some(random.id(now));
            effects.push(self.store_visitor());
        }
    }

    /// The session of an event at `now`, which begins a new one after a long silence; says whether it does.
    pub(crate) fn begin_session(
        &mut self,
        now: i64,
        random: &mut Random,
        effects: &mut Vec<Effect>,
    ) -> bool {
        let is_new = self.session.is_empty() || now - self.last_event > SESSION_GAP_MILLIS;
        if is_new {
            self.session = random.id(now);
        }
        self.last_event = self.last_event.max(now);
        if is_new || now - self.last_stored > SESSION_LAG_MILLIS {
            effects.extend(self.store_session());
        }
        is_new
    }

    /// The visitor is back from a detour that may have been longer than the gap between two sessions.
    pub(crate) fn continue_session(&mut self, now: i64) {
        if now - self.last_event <= MAX_DETOUR_MILLIS {
            self.last_event = self.last_event.max(now);
        }
    }

    /// The number of the next event of the tab.
    pub(crate) fn next_seq(&mut self) -> u32 {
        self.seq = self.seq.saturating_add(1);
        self.seq
    }

    pub(crate) fn identify(&mut self, user: String, effects: &mut Vec<Effect>) {
        if self.user.as_ref() != Some(&user) {
            self.user = Some(user);
            effects.push(self.store_visitor());
        }
    }

    pub(crate) fn reset(&mut self, now: i64, random: &mut Random, effects: &mut Vec<Effect>) {
        self.user = None;
        self.session = String::new();
        if self.is_durable {
            self.visitor = Some(random.id(now));
        }
        effects.push(self.store_visitor());
    }

    /// Gives the tab's id to the next page, once more if the page that goes away has told more events since.
    pub(crate) fn leave(&mut self) -> Option<Effect> {
        if self.left_at.replace(self.seq) == Some(self.seq) {
            return None;
        }
        let mut value = self.tab.clone();
        value.push(' ');
        write_u64(&mut value, u64::from(self.seq));
        Some(Effect::Store {
            slot: Slot::Tab,
            value,
        })
    }

    fn store_visitor(&self) -> Effect {
        let mut value = self.visitor.clone().unwrap_or_default();
        if let Some(user) = &self.user {
            value.push(' ');
            value.push_str(user);
        }
        Effect::Store {
            slot: Slot::Visitor,
            value,
        }
    }

    /// Writes down what the next page goes on from.
    pub(crate) fn store_session(&mut self) -> Option<Effect> {
        if self.session.is_empty() || self.last_stored == self.last_event {
            return None;
        }
        self.last_stored = self.last_event;
        let mut value = self.session.clone();
        value.push(' ');
        write_i64(&mut value, self.last_event);
        Some(Effect::Store {
            slot: Slot::Session,
            value,
        })
    }
}

impl Tracker {
    /// Takes the shop's id of its logged-in user.
    pub(super) fn identify(&mut self, user: String, effects: &mut Vec<Effect>) {
        // An e-mail address names a person to everyone; the shop's own id only to the shop.
        if user.is_empty() || !is_good_id(&user) {
            let reason = "identify: the user's id must be 1 to 128 bytes and no e-mail address";
            self.refuse(reason.into(), effects);
        } else {
            self.identity.identify(user, effects);
        }
    }

    /// Takes the shop's id of the account for which its user acts; nothing for none any more.
    pub(super) fn name_account(&mut self, account: &str, effects: &mut Vec<Effect>) {
        if account.is_empty() {
            self.memory.forget(memory::ACCOUNT);
        } else if is_good_id(account) {
            self.memory.set(memory::ACCOUNT, 0, account);
        } else {
            let reason = "account: the id must be at most 128 bytes and no e-mail address";
            self.refuse(reason.into(), effects);
        }
    }
}

/// Whether a shop's id is no longer than one may be, and no e-mail address.
fn is_good_id(id: &str) -> bool {
    id.len() <= event::limits::MAX_ID_BYTES && id.bytes().all(|byte| byte != b'@')
}

/// Reads an id with a number behind it.
fn numbered(text: &str) -> Option<(String, i64)> {
    let (id, behind) = split(text, b' ');
    is_id(id).then_some((String::from(id), number(behind?)?))
}

/// The form of the tracker's own ids, and of the loader's, which have no hyphens. What storage holds may have been
/// written by anyone.
pub(crate) fn is_id(text: &str) -> bool {
    matches!(text.len(), 32..=36)
        && text
            .bytes()
            .all(|byte| byte.is_ascii_hexdigit() || byte == b'-')
}
