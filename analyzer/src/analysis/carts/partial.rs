//! What was found among some people.

use std::collections::BTreeMap;

use crate::analysis::by_text::ByText;
use crate::analysis::signals::Signal;
use crate::analysis::wire::wire;
use crate::dataset::Dataset;

use super::cart::Cart;
use super::report::{CartStep, OpenCart};

/// How many carts are listed for each currency at most.
pub(super) const MAX_REMINDERS: usize = 100;

const N: usize = Signal::ALL.len();

/// What has become of some people's carts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CartsPartial {
    pub(super) counts: Counts,
    /// By currency.
    pub(super) values: ByText<Values>,
    /// Abandoned carts by the furthest step reached.
    pub(super) steps: BTreeMap<CartStep, u64>,
    /// From the first product to the last thing done before a cart was abandoned.
    pub(super) millis: Vec<i64>,
    /// Abandoned carts by the name of the last event.
    pub(super) last_events: ByText<u64>,
    /// By signal: abandoned and purchased carts with it just before the end.
    pub(super) signals: [[u64; 2]; N],
    /// What abandoned carts hold, by item id.
    pub(super) items: ByText<Left>,
    /// Abandoned carts that could be reminded, by currency, the most valuable first.
    pub(super) reminders: ByText<Vec<OpenCart>>,
}

wire!(CartsPartial {
    counts,
    values,
    steps,
    millis,
    last_events,
    signals,
    items,
    reminders
});

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Counts {
    pub(super) n_purchased: u64,
    pub(super) n_emptied: u64,
    pub(super) n_abandoned: u64,
    pub(super) n_open: u64,
    pub(super) n_ever_abandoned: u64,
    pub(super) n_recovered: u64,
    pub(super) n_recovered_purchased: u64,
    pub(super) n_refunded: u64,
    pub(super) n_repeated_purchases: u64,
    pub(super) n_without_transaction: u64,
    pub(super) n_purchases_without_cart: u64,
    pub(super) n_refunds_unmatched: u64,
}

wire!(Counts {
    n_purchased,
    n_emptied,
    n_abandoned,
    n_open,
    n_ever_abandoned,
    n_recovered,
    n_recovered_purchased,
    n_refunded,
    n_repeated_purchases,
    n_without_transaction,
    n_purchases_without_cart,
    n_refunds_unmatched
});

/// Sums in minor units.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Values {
    pub(super) purchased: i128,
    pub(super) recovered: i128,
    pub(super) emptied: i128,
    pub(super) abandoned: i128,
    pub(super) open: i128,
    pub(super) refunded: i128,
}

wire!(Values {
    purchased,
    recovered,
    emptied,
    abandoned,
    open,
    refunded
});

/// One product in abandoned carts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Left {
    pub(super) n_carts: u64,
    pub(super) n_items: i128,
    /// The name that it was last put in with, empty where it had none, and when that was; of several at that time the
    /// last in the alphabet.
    pub(super) name: String,
    pub(super) named_ts: i64,
}

wire!(Left {
    n_carts,
    n_items,
    name,
    named_ts
});

impl Left {
    fn add(&mut self, other: Self) {
        self.n_carts += other.n_carts;
        self.n_items += other.n_items;
        let is_later = (other.named_ts, &other.name) > (self.named_ts, &self.name);
        if !other.name.is_empty() && (is_later || self.name.is_empty()) {
            (self.name, self.named_ts) = (other.name, other.named_ts);
        }
    }
}

/// What a cart has come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    Purchased,
    Emptied,
    Abandoned,
    Open,
}

/// A cart and how it ended.
pub(super) struct Ended<'a> {
    pub(super) cart: &'a Cart,
    pub(super) outcome: Outcome,
    pub(super) last_row: usize,
    /// Signals just before the end.
    pub(super) signals: u32,
    /// From the first product to the end.
    pub(super) millis: i64,
    pub(super) id: Option<String>,
    pub(super) user: Option<String>,
}

impl CartsPartial {
    pub(super) fn add(&mut self, dataset: &Dataset, ended: &Ended<'_>) {
        let cart = ended.cart;
        let is_purchased = ended.outcome == Outcome::Purchased;
        let counts = &mut self.counts;
        *match ended.outcome {
            Outcome::Purchased => &mut counts.n_purchased,
            Outcome::Emptied => &mut counts.n_emptied,
            Outcome::Abandoned => &mut counts.n_abandoned,
            Outcome::Open => &mut counts.n_open,
        } += 1;
        counts.n_ever_abandoned += u64::from(cart.was_abandoned);
        counts.n_recovered += u64::from(cart.is_recovered);
        counts.n_recovered_purchased += u64::from(cart.is_recovered && is_purchased);
        for (&currency, &minor) in &cart.value {
            let currency = dataset.amounts.currencies.text(currency as usize);
            let values = self.values.of(currency.to_owned());
            let minor = i128::from(minor);
            *match ended.outcome {
                Outcome::Purchased => &mut values.purchased,
                Outcome::Emptied => &mut values.emptied,
                Outcome::Abandoned => &mut values.abandoned,
                Outcome::Open => &mut values.open,
            } += minor;
            if cart.is_recovered && is_purchased {
                values.recovered += minor;
            }
        }
        if is_purchased || ended.outcome == Outcome::Abandoned {
            for (bit, cells) in self.signals.iter_mut().enumerate() {
                cells[usize::from(is_purchased)] += u64::from(ended.signals >> bit & 1);
            }
        }
        if ended.outcome == Outcome::Abandoned {
            self.add_abandoned(dataset, ended);
        }
    }

    fn add_abandoned(&mut self, dataset: &Dataset, ended: &Ended<'_>) {
        let cart = ended.cart;
        *self.steps.entry(cart.step).or_default() += 1;
        self.millis.push(ended.millis);
        let name = dataset
            .names
            .text(dataset.name.get(ended.last_row) as usize);
        *self.last_events.of(name.to_owned()) += 1;
        let pieces = || cart.items.iter().filter(|(_, pieces)| pieces.n > 0);
        for (&item, pieces) in pieces() {
            if item == 0 {
                continue;
            }
            let [ids, names, ..] = &dataset.items.fields;
            self.items.of(ids.text(item).to_owned()).add(Left {
                n_carts: 1,
                n_items: i128::from(pieces.n),
                name: names.text(pieces.name).to_owned(),
                named_ts: pieces.named_ts,
            });
        }
        if ended.user.is_some() || ended.id.is_some() {
            let value = cart.value.iter().next();
            let (currency, minor) = value.map_or(("", 0), |(&currency, &minor)| {
                (dataset.amounts.currencies.text(currency as usize), minor)
            });
            let reminder = OpenCart {
                user: ended.user.clone(),
                cart_id: ended.id.clone(),
                currency: currency.to_owned(),
                minor,
                n_items: pieces().map(|(_, pieces)| pieces.n as u64).sum(),
                step: cart.step,
                last_ts: dataset.ts.get(ended.last_row),
            };
            let reminders = self.reminders.of(currency.to_owned());
            reminders.push(reminder);
            if reminders.len() >= MAX_REMINDERS * 2 {
                keep_most_valuable(reminders);
            }
        }
    }

    pub(super) fn merge(mut self, mut other: Self) -> Self {
        if self.millis.len() < other.millis.len() {
            std::mem::swap(&mut self, &mut other);
        }
        let (a, b) = (&mut self.counts, &other.counts);
        for (a, b) in [
            (&mut a.n_purchased, b.n_purchased),
            (&mut a.n_emptied, b.n_emptied),
            (&mut a.n_abandoned, b.n_abandoned),
            (&mut a.n_open, b.n_open),
            (&mut a.n_ever_abandoned, b.n_ever_abandoned),
            (&mut a.n_recovered, b.n_recovered),
            (&mut a.n_recovered_purchased, b.n_recovered_purchased),
            (&mut a.n_refunded, b.n_refunded),
            (&mut a.n_repeated_purchases, b.n_repeated_purchases),
            (&mut a.n_without_transaction, b.n_without_transaction),
            (&mut a.n_purchases_without_cart, b.n_purchases_without_cart),
            (&mut a.n_refunds_unmatched, b.n_refunds_unmatched),
        ] {
            *a += b;
        }
        for (currency, values) in other.values {
            let into = self.values.of(currency);
            into.purchased += values.purchased;
            into.recovered += values.recovered;
            into.emptied += values.emptied;
            into.abandoned += values.abandoned;
            into.open += values.open;
            into.refunded += values.refunded;
        }
        for (step, n_carts) in other.steps {
            *self.steps.entry(step).or_default() += n_carts;
        }
        self.millis.append(&mut other.millis);
        for (name, n_carts) in other.last_events {
            *self.last_events.of(name) += n_carts;
        }
        for (into, cells) in self.signals.iter_mut().zip(other.signals) {
            into[0] += cells[0];
            into[1] += cells[1];
        }
        for (id, left) in other.items {
            self.items.of(id).add(left);
        }
        for (currency, mut carts) in other.reminders {
            let into = self.reminders.of(currency);
            into.append(&mut carts);
            keep_most_valuable(into);
        }
        self
    }
}

/// Sorts carts, the most valuable first, and drops those past the limit.
pub(super) fn keep_most_valuable(carts: &mut Vec<OpenCart>) {
    carts.sort_unstable_by(|a, b| b.minor.cmp(&a.minor).then_with(|| a.cmp(b)));
    carts.truncate(MAX_REMINDERS);
}
