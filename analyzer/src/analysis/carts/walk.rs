//! The walk through one person's events, from cart to cart.

use std::collections::BTreeSet;
use std::ops::Range;

use event::{CART_ID, TRANSACTION_ID};

use crate::analysis::signals::ANY_SIGNAL;
use crate::dataset::{Dataset, NO_PRICE, PropColumn, PropValue, to_minor};

use super::cart::{Cart, Item};
use super::partial::{CartsPartial, Ended, Outcome};
use super::report::CartStep;
use super::{ADD, CHECKOUT, CartsPlan, PASSIVE, PAYMENT, PURCHASE, REFUND, REMOVE, SHIPPING, VIEW};

/// A purchase that may be refunded.
struct Bought {
    /// Code + 1 of its transaction, or 0.
    transaction: u32,
    currency: u32,
    left: i64,
    had_cart: bool,
    is_refunded: bool,
}

struct Walk<'a> {
    plan: &'a CartsPlan,
    dataset: &'a Dataset,
    person: usize,
    first: usize,
    masks: &'a [u32],
    cart_id: Option<&'a PropColumn>,
    transaction: Option<&'a PropColumn>,
    /// The one touched last at the end.
    open: Vec<Cart>,
    transactions: BTreeSet<u32>,
    bought: Vec<Bought>,
    found: &'a mut CartsPartial,
}

/// Walks through the events `rows` of `person`, whose masks are given.
pub(super) fn walk(
    plan: &CartsPlan,
    dataset: &Dataset,
    person: usize,
    rows: Range<usize>,
    masks: &[u32],
    found: &mut CartsPartial,
) {
    let mut walk = Walk {
        plan,
        dataset,
        person,
        first: rows.start,
        masks,
        cart_id: dataset.prop(CART_ID),
        transaction: dataset.prop(TRANSACTION_ID),
        open: Vec::new(),
        transactions: BTreeSet::new(),
        bought: Vec::new(),
        found,
    };
    let mut last_row = None;
    for row in rows {
        let mask = masks[row - walk.first];
        if mask & PASSIVE != 0 {
            continue;
        }
        walk.wait(last_row, dataset.ts.get(row));
        last_row = Some(row);
        walk.event(row, mask);
    }
    walk.wait(last_row, plan.data_end);
    for cart in std::mem::take(&mut walk.open) {
        let outcome = match cart.idle {
            Some(_) => Outcome::Abandoned,
            None => Outcome::Open,
        };
        walk.end(&cart, outcome, cart.idle.or(last_row).unwrap_or(cart.row));
    }
}

impl Walk<'_> {
    /// Time passes until `ts`, since the person last did something.
    fn wait(&mut self, last_row: Option<usize>, ts: i64) {
        if let Some(row) = last_row
            && ts > self.dataset.ts.get(row) + self.plan.delay
        {
            self.open.iter_mut().for_each(|cart| cart.abandon(row));
        }
    }

    fn event(&mut self, row: usize, mask: u32) {
        let is = |bit: u32| mask & bit != 0;
        if is(PURCHASE) {
            self.purchase(row);
        } else if is(REFUND) {
            self.refund(row);
        } else if is(ADD) {
            let items = self.items(row);
            let index = self.touched(row).unwrap_or_else(|| {
                self.open.push(Cart {
                    id: id(self.cart_id, row),
                    row,
                    ts: self.dataset.ts.get(row),
                    ..Cart::default()
                });
                self.open.len() - 1
            });
            let amount = self.amount_of_part(row, index);
            self.open[index].add(self.dataset.ts.get(row), &items, amount);
        } else if is(REMOVE) {
            let Some(index) = self.touched(row) else {
                return;
            };
            let items = self.items(row);
            if self.open[index].remove(&items) {
                let cart = self.open.remove(index);
                self.end(&cart, Outcome::Emptied, row);
            } else {
                let amount = self.amount_of_part(row, index);
                self.open[index].reduce(amount);
            }
        } else if is(PAYMENT | SHIPPING | CHECKOUT | VIEW) {
            let step = match mask {
                _ if is(PAYMENT) => CartStep::Payment,
                _ if is(SHIPPING) => CartStep::Shipping,
                _ if is(CHECKOUT) => CartStep::Checkout,
                _ => CartStep::Cart,
            };
            if let Some(index) = self.touched(row) {
                let amount = self.amount(row);
                self.open[index].reach(step, amount);
            }
        }
    }

    /// The open cart that an event belongs to, touched by it: the last one of `open`.
    fn touched(&mut self, row: usize) -> Option<usize> {
        let id = id(self.cart_id, row);
        let of_id = |id: u32| self.open.iter().rposition(|cart| cart.id == id);
        let index = match id {
            0 => self.open.len().checked_sub(1)?,
            id => of_id(id).or_else(|| of_id(0))?,
        };
        let mut cart = self.open.remove(index);
        cart.id = if id == 0 { cart.id } else { id };
        cart.touch();
        self.open.push(cart);
        Some(self.open.len() - 1)
    }

    fn purchase(&mut self, row: usize) {
        let transaction = id(self.transaction, row);
        if transaction == 0 {
            self.found.counts.n_without_transaction += 1;
        } else if !self.transactions.insert(transaction) {
            self.found.counts.n_repeated_purchases += 1;
            return;
        }
        let amount = self.amount(row);
        let cart = self.touched(row).and_then(|_| self.open.pop());
        if let Some((currency, minor)) = amount {
            self.bought.push(Bought {
                transaction,
                currency,
                left: minor,
                had_cart: cart.is_some(),
                is_refunded: false,
            });
        }
        match cart {
            Some(mut cart) => {
                // What was paid is what it was worth.
                cart.value = amount.into_iter().collect();
                self.end(&cart, Outcome::Purchased, row);
            }
            None => self.found.counts.n_purchases_without_cart += 1,
        }
    }

    fn refund(&mut self, row: usize) {
        let transaction = id(self.transaction, row);
        let refunded = self
            .bought
            .iter_mut()
            .rfind(|bought| transaction == 0 || bought.transaction == transaction);
        let Some(bought) = refunded else {
            self.found.counts.n_refunds_unmatched += 1;
            return;
        };
        let amounts = &self.dataset.amounts;
        let own = amounts.get(row);
        let own = own.filter(|&(_, currency)| currency == bought.currency);
        let is_partial = !self.dataset.items.of(row).is_empty();
        let minor = match own {
            Some((minor, _)) if is_partial => minor.clamp(0, bought.left.max(0)),
            None if is_partial => {
                let currency = amounts.currencies.text(bought.currency as usize);
                priced(self.dataset, row, currency).clamp(0, bought.left.max(0))
            }
            _ => bought.left,
        };
        bought.left -= minor;
        if bought.had_cart && !bought.is_refunded {
            self.found.counts.n_refunded += 1;
        }
        bought.is_refunded = true;
        let currency = amounts.currencies.text(bought.currency as usize);
        let values = self.found.values.of(currency.to_owned());
        values.refunded += i128::from(minor);
    }

    fn items(&self, row: usize) -> Vec<Item> {
        let items = &self.dataset.items;
        let [ids, names, ..] = &items.fields;
        let item = |item: usize| Item {
            id: ids.code(item),
            name: names.code(item),
            quantity: i64::from(items.quantity.get(item)),
        };
        items.of(row).map(item).collect()
    }

    /// The event's own amount: code of the currency, minor units.
    fn amount(&self, row: usize) -> Option<(u32, i64)> {
        let (minor, currency) = self.dataset.amounts.get(row)?;
        Some((currency, minor))
    }

    /// The same, or where it has none what its items cost in the cart's currency.
    fn amount_of_part(&self, row: usize, cart: usize) -> Option<(u32, i64)> {
        self.amount(row).or_else(|| {
            let (&currency, _) = self.open[cart].value.iter().next()?;
            let text = self.dataset.amounts.currencies.text(currency as usize);
            Some((currency, priced(self.dataset, row, text)))
        })
    }

    /// A cart has come to its end, with what the person did in `last_row`.
    fn end(&mut self, cart: &Cart, outcome: Outcome, last_row: usize) {
        let ts = self.dataset.ts.get(last_row);
        let signals = (cart.row..=last_row)
            .rev()
            .take_while(|&row| ts - self.dataset.ts.get(row) <= self.plan.friction)
            .fold(0, |signals, row| {
                signals | self.masks[row - self.first] & ANY_SIGNAL
            });
        let ended = Ended {
            cart,
            outcome,
            last_row,
            signals,
            millis: ts - cart.ts,
            id: cart
                .id
                .checked_sub(1)
                .zip(self.cart_id)
                .map(|(code, ids)| ids.value(code as usize).to_text()),
            user: self.dataset.user(self.person).map(str::to_owned),
        };
        self.found.add(self.dataset, &ended);
    }
}

/// Code + 1 of the id that a property of an event holds, or 0. An empty text is none.
fn id(prop: Option<&PropColumn>, row: usize) -> u32 {
    prop.and_then(|prop| Some((prop, prop.code(row)?)))
        .filter(|&(prop, code)| prop.value(code as usize) != PropValue::String(""))
        .map_or(0, |(_, code)| code + 1)
}

/// What the items of an event cost together, in minor units of a currency.
fn priced(dataset: &Dataset, row: usize, currency: &str) -> i64 {
    let items = &dataset.items;
    let price = |item: usize| match items.price_micros.get(item) {
        NO_PRICE => 0,
        price => i128::from(price) * i128::from(items.quantity.get(item)),
    };
    let micros: i128 = items.of(row).map(price).sum();
    let micros = micros.clamp(i128::from(i64::MIN), i128::from(i64::MAX));
    to_minor(micros as i64, currency)
}
