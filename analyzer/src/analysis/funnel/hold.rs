//! The events of a unit by the value that a chain must share.
//!
//! An event with several items belongs to the value of each. An event without a value takes no
//! step; an excluded event without one is excluded for every value.

use crate::dataset::{Dataset, Items, PropColumn};

use super::Hold;
use super::breakdown::{text_key, value_key};
use super::timeline::Seen;

/// Where values come from.
pub(super) enum HeldColumn<'a> {
    Items(&'a Items),
    Prop(&'a PropColumn),
    /// No event has the property.
    Nothing,
}

impl<'a> HeldColumn<'a> {
    pub(super) fn new(hold: &Hold, dataset: &'a Dataset) -> Self {
        match hold {
            Hold::ItemId => Self::Items(&dataset.items),
            Hold::Prop(key) => dataset.prop(key).map_or(Self::Nothing, Self::Prop),
        }
    }

    /// Calls `add` with the code of each value of an event.
    fn for_each_value(&self, row: usize, mut add: impl FnMut(u32)) {
        match self {
            Self::Items(items) => {
                let codes = items.of(row).map(|item| items.fields[0].code(item));
                // 0 stands for no id.
                codes.filter(|&code| code != 0).for_each(add);
            }
            Self::Prop(prop) => {
                if let Some(code) = prop.code(row) {
                    add(code);
                }
            }
            Self::Nothing => {}
        }
    }

    /// The text of a value's code, after a letter for its type.
    pub(super) fn key(&self, code: u32) -> String {
        match self {
            Self::Items(items) => text_key(items.fields[0].text(code)),
            Self::Prop(prop) => value_key(prop.value(code as usize)),
            Self::Nothing => String::new(),
        }
    }

    /// The events of each value that has some which take a step.
    pub(super) fn shares(&self, events: &[Seen]) -> Shares {
        let mut of_values: Vec<(u32, Seen)> = Vec::new();
        let mut of_none: Vec<Seen> = Vec::new();
        for &event in events {
            let n_before = of_values.len();
            self.for_each_value(event.0 as usize, |code| of_values.push((code, event)));
            if of_values.len() == n_before && event.2 != 0 {
                of_none.push((event.0, 0, event.2));
            }
        }
        of_values.sort_unstable();
        of_values.dedup();
        let mut shares = Shares::default();
        for share in of_values.chunk_by(|a, b| a.0 == b.0) {
            if share.iter().any(|(_, event)| event.1 != 0) {
                let own = share.iter().map(|&(_, event)| event);
                shares.add(share[0].0, own.chain(of_none.iter().copied()));
            }
        }
        shares
    }
}

/// A unit's events, by the value that a chain must share.
#[derive(Default)]
pub(super) struct Shares {
    /// Those of the first value, then those of the next.
    events: Vec<Seen>,
    /// Code of each value, and where its events end.
    ends: Vec<(u32, usize)>,
}

impl Shares {
    /// All events together, where a chain need not share a value.
    pub(super) fn whole(events: Vec<Seen>) -> Self {
        Self {
            ends: vec![(0, events.len())],
            events,
        }
    }

    fn add(&mut self, code: u32, events: impl Iterator<Item = Seen>) {
        let start = self.events.len();
        self.events.extend(events);
        self.events[start..].sort_unstable();
        self.ends.push((code, self.events.len()));
    }

    /// The code of each value, and its events in their order.
    pub(super) fn list(&self) -> Vec<(u32, &[Seen])> {
        let mut start = 0;
        let share = |&(code, end): &(u32, usize)| {
            let events = &self.events[std::mem::replace(&mut start, end)..end];
            (code, events)
        };
        self.ends.iter().map(share).collect()
    }
}
