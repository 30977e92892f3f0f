//! Impressions: products and promotions that were in view for a second.

use alloc::string::String;
use alloc::vec::Vec;

use event::{PropValue, kinds};

use super::Draft;
use crate::tracker::signal::Sight;

/// In view for this time, half of it at least, something was seen.
const SEEN_MILLIS: i64 = 1000;
/// What is seen within this time goes into one event.
const GATHER_MILLIS: i64 = 500;
/// Most items of one event, so that it stays well under the size of a batch.
const MAX_ITEMS: usize = 50;
/// Most different things of one view.
const MAX_SEEN: usize = 1000;

/// What is in view, and what was seen in the present view.
#[derive(Default)]
pub(crate) struct Impressions {
    /// In view, with the time when it will have been seen.
    waiting: Vec<(i64, Sight)>,
    /// Seen, not yet told; each was in view long enough.
    ready: Vec<Sight>,
    /// What was in view or seen, by identity.
    seen: Vec<String>,
    /// When those that are ready are told.
    tell_at: Option<i64>,
}

impl Impressions {
    pub(crate) fn sighted(&mut self, now: i64, sight: Sight, is_in_view: bool) {
        let key = sight.key();
        if let Some(place) = self
            .waiting
            .iter()
            .position(|(_, other)| other.key() == key)
        {
            if !is_in_view {
                self.waiting.remove(place);
            }
        } else if is_in_view && self.seen.len() < MAX_SEEN && !self.seen.contains(&key) {
            self.waiting.push((now + SEEN_MILLIS, sight));
        }
    }

    /// The page is shown again: what is in view begins anew.
    pub(crate) fn shown(&mut self, now: i64) {
        for (due, _) in &mut self.waiting {
            *due = now + SEEN_MILLIS;
        }
    }

    pub(crate) fn deadline(&self) -> Option<i64> {
        let first = self.waiting.iter().map(|(due, _)| *due).min();
        super::earlier(first, self.tell_at)
    }

    /// Takes over what has been in view long enough, and tells what was gathered, at the latest when `is_over`.
    pub(crate) fn due(&mut self, now: i64, is_over: bool, drafts: &mut Vec<Draft>) {
        let mut at = 0;
        while let Some((due, _)) = self.waiting.get(at) {
            if *due <= now {
                let (_, sight) = self.waiting.remove(at);
                self.seen.push(sight.key());
                self.ready.push(sight);
                self.tell_at = self.tell_at.or(Some(now + GATHER_MILLIS));
            } else {
                at += 1;
            }
        }
        if is_over || self.tell_at.is_some_and(|at| at <= now) {
            self.tell_at = None;
            self.tell(drafts);
        }
    }

    /// One event for each list, and one for each promotion, which has no place in a list of products.
    fn tell(&mut self, drafts: &mut Vec<Draft>) {
        let mut told: Vec<Draft> = Vec::new();
        for sight in core::mem::take(&mut self.ready) {
            let facts = sight.facts;
            let same = told.iter_mut().find(|draft| {
                draft.name == kinds::VIEW_ITEM_LIST
                    && !sight.is_promotion
                    && draft.facts.props == facts.props
                    && draft.facts.currency == facts.currency
                    && draft.facts.items.len() < MAX_ITEMS
            });
            if let Some(draft) = same {
                draft.facts.items.extend(facts.items);
            } else {
                let name = if sight.is_promotion {
                    kinds::VIEW_PROMOTION
                } else {
                    kinds::VIEW_ITEM_LIST
                };
                told.push(Draft { name, facts });
            }
        }
        drafts.append(&mut told);
    }
}

impl Sight {
    /// What tells it from others: its id, or else its name, within its list.
    fn key(&self) -> String {
        let mut key = String::new();
        if let Some(item) = self.facts.items.first() {
            let name = item.item_id.as_ref().or(item.item_name.as_ref());
            key.push_str(name.map_or("", |name| name));
        }
        for (_, value) in self.facts.props.iter() {
            if let PropValue::String(text) = value {
                key.push('\n');
                key.push_str(text);
            }
        }
        key
    }
}
