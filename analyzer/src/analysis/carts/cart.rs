//! One cart while its person's events are walked through.

use std::collections::BTreeMap;

use super::report::CartStep;

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
    /// Products: code + 1 of the item id, 0 where unknown, and how many.
    pub(super) items: BTreeMap<u32, i64>,
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

    /// Puts products in: those of `items`, or one unknown where there are none.
    pub(super) fn add(&mut self, items: &[(u32, i64)], amount: Option<(u32, i64)>) {
        let unknown = [(0, 1)];
        for &(item, quantity) in if items.is_empty() {
            &unknown[..]
        } else {
            items
        } {
            *self.items.entry(item).or_default() += quantity;
        }
        if let Some((currency, minor)) = amount {
            let value = self.value.entry(currency).or_default();
            *value = value.saturating_add(minor);
        }
    }

    /// Takes products out: those of `items`, or any one where there are none. Tells whether that
    /// was all.
    pub(super) fn remove(&mut self, items: &[(u32, i64)]) -> bool {
        for &(item, quantity) in items {
            if let Some(left) = self.items.get_mut(&item) {
                *left = (*left - quantity).max(0);
            }
        }
        if items.is_empty()
            && let Some(left) = self.items.values_mut().find(|left| **left > 0)
        {
            *left -= 1;
        }
        self.items.values().all(|&left| left == 0)
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
