//! How consent governs the tracker: what waits, what is let out, and what is forgotten.

use alloc::string::String;
use alloc::vec::Vec;

use event::{Event, Page, json, kinds};

use super::consent::{Change, Choice, Consent, Door, Word};
use super::delivery::MAX_KEPT_BYTES;
use super::identity::Identity;
use super::input::{Effect, Facts, Slot, Stored};
use super::memory::Memory;
use super::source::Arrival;
use super::{Tracker, append, text_prop};

/// Most events that wait for consent; a page that is never answered must not grow.
pub(crate) const MAX_HELD_EVENTS: usize = 200;

/// Events that wait for consent, in order.
#[derive(Default)]
pub(crate) struct Held {
    drafts: Vec<Draft>,
    /// About how long they are.
    bytes: usize,
}

/// An event without ids, with what of its moment is gone when it is let out.
struct Draft {
    ts: i64,
    name: String,
    facts: Facts,
    page: Page,
    arrival: Arrival,
}

/// The shop's own last look at an event, which it may change: given the event and its wire form, says whether its
/// source stays, or in words why the event is refused.
pub type Review = fn(line: &str, event: &mut Event) -> Result<bool, &'static str>;

impl Held {
    /// How many events wait for the visitor's answer.
    pub(crate) fn n_events(&self) -> usize {
        self.drafts.len()
    }
}

impl Door {
    /// Whether an effect may be performed. The visitor's choice itself is always kept.
    pub(crate) fn lets(self, effect: &Effect) -> bool {
        match effect {
            Effect::Store { slot, .. } => self == Door::Open || *slot == Slot::Choice,
            Effect::Keep { .. } | Effect::Prune { .. } => self == Door::Open,
            Effect::Send { .. } => self.may_send(),
            _ => true,
        }
    }
}

impl Tracker {
    /// What the present state opens.
    pub(crate) fn door(&self) -> Door {
        match self.gate.state() {
            Consent::Granted if self.config.is_cookieless => Door::Memory,
            Consent::Granted if self.is_restored => Door::Open,
            Consent::Pending if self.config.is_counted_while_pending => Door::Memory,
            Consent::Granted | Consent::Pending => Door::Held,
            Consent::Denied => Door::Shut,
        }
    }

    /// Whether storage may be read and written.
    pub(crate) fn may_keep(&self) -> bool {
        !self.config.is_cookieless && self.gate.state() == Consent::Granted
    }

    /// Hears a word about consent, or that its time has passed.
    pub(crate) fn hear(&mut self, now: i64, word: Option<Word>, effects: &mut Vec<Effect>) {
        let Change { begun, keep, yes } = self.gate.hear(now, word);
        if begun == Some(Consent::Granted) && !self.is_restored {
            effects.extend(self.resume());
        }
        if begun == Some(Consent::Denied) || word == Some(Word::Erased) {
            self.held = Held::default();
            self.gate.untold = None;
            self.delivery.clear();
            self.memory = Memory::default();
            self.identity = Identity::default();
            self.is_restored = false;
            effects.push(Effect::Purge);
        }
        match keep {
            None => {}
            // Without storage not even a yes is kept; a no has to be.
            Some(Some(Choice::Granted)) if self.config.is_cookieless => {}
            Some(choice) => effects.push(Effect::Store {
                slot: Slot::Choice,
                value: choice.map_or("", Choice::name).into(),
            }),
        }
        if let Some(source) = yes {
            self.gate.untold = Some((now, source));
        }
    }

    /// Asks for what storage holds, where it may be read.
    pub(crate) fn resume(&self) -> Option<Effect> {
        self.may_keep().then_some(Effect::Restore)
    }

    /// Keeps an event in memory until there is an answer.
    pub(crate) fn hold(&mut self, ts: i64, name: String, facts: Facts, effects: &mut Vec<Effect>) {
        if self.door() == Door::Shut {
            return;
        }
        let mut line = String::new();
        json::write_props(&mut line, &facts.props, self.float);
        json::write_items(&mut line, &facts.items);
        let bytes = self.held.bytes + line.len();
        if self.held.drafts.len() >= MAX_HELD_EVENTS || bytes > MAX_KEPT_BYTES {
            self.delivery.overflow(1);
            let message = name + ": dropped, too many events wait for consent";
            return effects.push(Effect::Warn { message });
        }
        self.held.bytes = bytes;
        self.held.drafts.push(Draft {
            ts,
            name,
            facts,
            page: self.page.clone(),
            arrival: core::mem::replace(&mut self.arrival, Arrival::Inside),
        });
    }

    /// Lets the events out that waited, once they may go.
    pub(crate) fn release(&mut self, now: i64, effects: &mut Vec<Effect>) {
        if !self.door().may_send() {
            return;
        }
        if self.identity.tab.is_empty() {
            // Nothing is read from storage: the ids live as long as the page.
            self.identity
                .restore(now, &Stored::default(), &mut self.random, effects);
        }
        for draft in core::mem::take(&mut self.held).drafts {
            let page = core::mem::replace(&mut self.page, draft.page);
            let arrival = core::mem::replace(&mut self.arrival, draft.arrival);
            self.record(draft.ts, draft.name, draft.facts, effects);
            self.page = page;
            self.arrival = arrival;
        }
        if self.page.url.is_some()
            && let Some((at, source)) = self.gate.untold.take()
        {
            let mut facts = Facts::default();
            for (key, value) in [("state", "granted"), ("source", source)] {
                text_prop(&mut facts.props, key, value.into());
            }
            self.record(at, kinds::CONSENT.into(), facts, effects);
        }
    }

    /// Has every event looked at before anything of it is kept or sent.
    pub fn review_with(&mut self, review: Review) {
        self.review = Some(review);
    }

    /// Has an event looked at.
    pub(super) fn review(
        &self,
        event: &mut Event,
        source: &mut String,
    ) -> Result<(), &'static str> {
        let Some(review) = self.review else {
            return Ok(());
        };
        let mut line = String::new();
        json::write_event(&mut line, event, self.float);
        append(&mut line, source);
        if !review(&line, event)? {
            source.clear();
        }
        Ok(())
    }
}
