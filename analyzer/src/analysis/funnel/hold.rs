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
            Self::Items(items) => text_key(items.fields[0].values.text(code as usize - 1)),
            Self::Prop(prop) => value_key(prop.value(code as usize)),
            Self::Nothing => String::new(),
        }
    }

    /// The code of each value that has events which take a step, and its events.
    pub(super) fn shares(&self, events: &[Seen]) -> Vec<(u32, Vec<Seen>)> {
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
        of_values
            .chunk_by(|a, b| a.0 == b.0)
            .filter(|share| share.iter().any(|(_, event)| event.1 != 0))
            .map(|share| {
                let own = share.iter().map(|&(_, event)| event);
                let mut events: Vec<Seen> = own.chain(of_none.iter().copied()).collect();
                events.sort_unstable();
                (share[0].0, events)
            })
            .collect()
    }
}
