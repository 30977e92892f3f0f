//! One cart while its person's events are walked through.

use std::collections::BTreeMap;

use super::report::CartStep;

/// An item of an event.
#[derive(Clone, Copy)]
pub(super) struct Item {
    /// Code + 1 of its id, or 0.
    pub(super) id: u32,
    /// Code + 1 of its name, or 0.
    pub(super) name: u32,
    pub(super) quantity: i64,
}

/// How much of a product is in a cart.
#[derive(Debug, Default)]
pub(super) struct Pieces {
    pub(super) n: i64,
    /// Code + 1 of the name that it was last put in with, or 0, and when that was.
    pub(super) name: u32,
    pub(super) named_ts: i64,
}

/// A cart that is neither bought nor emptied.
#[derive(Debug, Default)]
pub(super) struct Cart {
    /// Code + 1 of its id, or 0.
    pub(super) id: u32,
    /// Row and time of the first product put in.
    pub(super) row: usize,
    pub(super) ts: i64,
    /// Furthest step reached.
    pub(super) step: CartStep,
    /// Products by code + 1 of the item id, 0 where unknown.
    pub(super) items: BTreeMap<u32, Pieces>,
    /// What it is worth: code of the currency, minor units.
    pub(super) value: BTreeMap<u32, i64>,
    /// Row of the last thing that the person did before the cart was abandoned.
    pub(super) idle: Option<usize>,
    pub(super) was_abandoned: bool,
    pub(super) is_recovered: bool,
}

impl Cart {
    /// The person is back at the cart.
    pub(super) fn touch(&mut self) {
        if self.idle.take().is_some() {
            self.is_recovered = true;
        }
    }

    pub(super) fn abandon(&mut self, last_row: usize) {
        if self.idle.is_none() {
            self.idle = Some(last_row);
            self.was_abandoned = true;
        }
    }

    /// Puts products in at `ts`: those of `items`, or one unknown where there are none.
    pub(super) fn add(&mut self, ts: i64, items: &[Item], amount: Option<(u32, i64)>) {
        let unknown = [Item {
            id: 0,
            name: 0,
            quantity: 1,
        }];
        let items = if items.is_empty() { &unknown } else { items };
        for item in items {
            let pieces = self.items.entry(item.id).or_default();
            pieces.n += item.quantity;
            if item.name != 0 {
                (pieces.name, pieces.named_ts) = (item.name, ts);
            }
        }
        if let Some((currency, minor)) = amount {
            let value = self.value.entry(currency).or_default();
            *value = value.saturating_add(minor);
        }
    }

    /// Takes products out: those of `items`, or any one where there are none. Tells whether that
    /// was all.
    pub(super) fn remove(&mut self, items: &[Item]) -> bool {
        for item in items {
            if let Some(left) = self.items.get_mut(&item.id) {
                left.n = (left.n - item.quantity).max(0);
            }
        }
        if items.is_empty()
            && let Some(left) = self.items.values_mut().find(|left| left.n > 0)
        {
            left.n -= 1;
        }
        self.items.values().all(|left| left.n == 0)
    }

    /// Takes an amount off its worth, which never falls below nothing.
    pub(super) fn reduce(&mut self, amount: Option<(u32, i64)>) {
        if let Some((currency, minor)) = amount
            && let Some(value) = self.value.get_mut(&currency)
        {
            *value = value.saturating_sub(minor).max(0);
        }
    }

    /// A step that shows the whole cart says what it is worth.
    pub(super) fn reach(&mut self, step: CartStep, amount: Option<(u32, i64)>) {
        self.step = self.step.max(step);
        if let Some((currency, minor)) = amount {
            self.value = BTreeMap::from([(currency, minor)]);
        }
    }
}
