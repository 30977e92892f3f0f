//! Carts: what becomes of them, from the first product to the purchase, or not.
//!
//! A cart belongs to one person, across sessions. It begins with the first product put in. An event
//! with a `cart_id` belongs to the cart of that id, and a cart without an id takes the first one
//! that comes; an event without one belongs to the person's cart that was touched last. A cart ends
//! when it is bought, or when all that was put in is taken out; what is put in after that is
//! another cart.
//!
//! A cart is *abandoned* when the person does nothing for longer than the delay: whatever they do,
//! still shopping is not abandoned. What pages send by themselves is not counted as doing. It is
//! *recovered* when the person then touches the cart again: puts something in or takes it out,
//! looks at the cart, goes on with the checkout, or buys. At the end of the data each cart is one
//! of: purchased, emptied, abandoned, open.
//!
//! A purchase whose `transaction_id` the person has had before is the same one and is passed over,
//! if the dataset has not left it out already; one without an id is kept, and counted. A refund without items is of all that is left of the
//! purchase, one with items of its own amount.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::dataset::Dataset;

use super::filter::Filter;
use super::mask::Matcher;
use super::scope::Scope;
use super::signals::{Signal, name, passive};
use super::{Analysis, RequestError};

mod cart;
mod difference;
mod partial;
mod report;
mod walk;

pub use difference::{AbandonedAtDifference, CartSignalDifference, CartsDifference, difference};
pub use partial::CartsPartial;
pub use report::{
    AbandonedAt, CartItem, CartSignal, CartStep, CartValues, CartsReport, LastEvent, OpenCart,
};

/// Which carts to follow.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS, crate::Schema), ts(optional_fields))]
pub struct CartsConfig {
    /// A cart whose person does nothing for longer than this, in milliseconds, is abandoned. One
    /// hour unless given.
    #[cfg_attr(feature = "ts", ts(as = "Option<_>"))]
    pub delay_millis: i64,
    /// How long before the end of a cart signals of friction count as just before it, in
    /// milliseconds. 10 minutes unless given.
    #[cfg_attr(feature = "ts", ts(as = "Option<_>"))]
    pub friction_millis: i64,
    /// Until when the data is complete, in milliseconds since the Unix epoch: decides which carts
    /// are still open. The dataset's last event unless given.
    #[cfg_attr(feature = "ts", ts(optional = nullable))]
    pub data_end_ts: Option<i64>,
    /// How many of the commonest last events and items to show, 1 to 1000; 10 unless given.
    #[cfg_attr(feature = "ts", ts(as = "Option<_>"))]
    pub n_top: u32,
    /// How many carts that could be reminded to list for each currency, at most 100; 20 unless
    /// given.
    #[cfg_attr(feature = "ts", ts(as = "Option<_>"))]
    pub n_reminders: u32,
    /// Which events are about carts. The usual names unless given.
    #[cfg_attr(feature = "ts", ts(as = "Option<_>"))]
    pub events: CartEvents,
    /// Which part of the data it looks at.
    #[cfg_attr(feature = "ts", ts(as = "Option<_>"))]
    pub scope: Scope,
}

impl Default for CartsConfig {
    fn default() -> Self {
        Self {
            delay_millis: 3_600_000,
            friction_millis: 600_000,
            data_end_ts: None,
            n_top: 10,
            n_reminders: 20,
            events: CartEvents::default(),
            scope: Scope::default(),
        }
    }
}

/// Which events are about carts. An event that meets several of these is the first of: purchase,
/// refund, add, remove, payment, shipping, checkout, view.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS, crate::Schema), ts(optional_fields))]
pub struct CartEvents {
    /// Products are put in. `add_to_cart` unless given.
    #[cfg_attr(feature = "ts", ts(as = "Option<_>"))]
    pub add: Filter,
    /// Products are taken out. `remove_from_cart` unless given.
    #[cfg_attr(feature = "ts", ts(as = "Option<_>"))]
    pub remove: Filter,
    /// The cart is looked at. `view_cart` unless given.
    #[cfg_attr(feature = "ts", ts(as = "Option<_>"))]
    pub view: Filter,
    /// The checkout begins. `begin_checkout` unless given.
    #[cfg_attr(feature = "ts", ts(as = "Option<_>"))]
    pub checkout: Filter,
    /// A way of shipping is chosen. `add_shipping_info` unless given.
    #[cfg_attr(feature = "ts", ts(as = "Option<_>"))]
    pub shipping: Filter,
    /// A way of paying is chosen. `add_payment_info` unless given.
    #[cfg_attr(feature = "ts", ts(as = "Option<_>"))]
    pub payment: Filter,
    /// The cart is bought. `purchase` unless given.
    #[cfg_attr(feature = "ts", ts(as = "Option<_>"))]
    pub purchase: Filter,
    /// Money is given back. `refund` unless given.
    #[cfg_attr(feature = "ts", ts(as = "Option<_>"))]
    pub refund: Filter,
}

impl Default for CartEvents {
    fn default() -> Self {
        Self {
            add: name("add_to_cart"),
            remove: name("remove_from_cart"),
            view: name("view_cart"),
            checkout: name("begin_checkout"),
            shipping: name("add_shipping_info"),
            payment: name("add_payment_info"),
            purchase: name("purchase"),
            refund: name("refund"),
        }
    }
}

/// The analysis; see the module.
pub struct Carts;

/// Carts resolved against one dataset.
pub struct CartsPlan {
    delay: i64,
    friction: i64,
    data_end: i64,
    n_top: usize,
    n_reminders: usize,
    matcher: Matcher,
}

/// What an event may be to a cart: bits after those of the signals, the one that counts first.
const PURCHASE: u32 = 1 << Signal::ALL.len();
const REFUND: u32 = PURCHASE << 1;
const ADD: u32 = PURCHASE << 2;
const REMOVE: u32 = PURCHASE << 3;
const PAYMENT: u32 = PURCHASE << 4;
const SHIPPING: u32 = PURCHASE << 5;
const CHECKOUT: u32 = PURCHASE << 6;
const VIEW: u32 = PURCHASE << 7;
/// The page sent it by itself.
const PASSIVE: u32 = PURCHASE << 8;

impl Analysis for Carts {
    type Config = CartsConfig;
    type Plan = CartsPlan;
    type Partial = CartsPartial;
    type Report = CartsReport;

    fn plan(config: &CartsConfig, dataset: &Dataset) -> Result<CartsPlan, RequestError> {
        let wrong = |place: &str, problem: String| Err(RequestError::new(place, problem));
        for (place, millis) in [
            ("delay_millis", config.delay_millis),
            ("friction_millis", config.friction_millis),
        ] {
            if millis < 0 {
                return wrong(place, format!("is {millis}; give 0 or more"));
            }
        }
        if !(1..=1000).contains(&config.n_top) {
            return wrong("n_top", format!("is {}; give 1 to 1000", config.n_top));
        }
        if config.n_reminders as usize > partial::MAX_REMINDERS {
            let problem = format!("is {}; give at most 100", config.n_reminders);
            return wrong("n_reminders", problem);
        }
        let events = &config.events;
        let named = [
            ("events.purchase", &events.purchase),
            ("events.refund", &events.refund),
            ("events.add", &events.add),
            ("events.remove", &events.remove),
            ("events.payment", &events.payment),
            ("events.shipping", &events.shipping),
            ("events.checkout", &events.checkout),
            ("events.view", &events.view),
        ];
        for (place, filter) in named {
            filter.validate(place)?;
        }
        let mut filters = Signal::ALL.map(Signal::filter).to_vec();
        filters.extend(named.map(|(_, filter)| filter.clone()));
        filters.push(passive());
        // Times span less than this, so that adding to a time cannot overflow.
        let bounded = |millis: i64| millis.min(i64::MAX / 4);
        Ok(CartsPlan {
            delay: bounded(config.delay_millis),
            friction: bounded(config.friction_millis),
            data_end: config.data_end_ts.or(dataset.last_ts()).unwrap_or(i64::MIN),
            n_top: config.n_top as usize,
            n_reminders: config.n_reminders as usize,
            matcher: Matcher::new(filters.iter(), dataset),
        })
    }

    fn scan(plan: &CartsPlan, dataset: &Dataset, people: Range<usize>) -> CartsPartial {
        let mut found = CartsPartial::default();
        for block in dataset.blocks(people) {
            let starts = dataset.unit_starts(&block, false);
            let first = starts[0] as usize;
            let rows = first..starts[starts.len() - 1] as usize;
            let masks = plan.matcher.masks(dataset, rows);
            for (person, rows) in block.zip(starts.windows(2)) {
                let rows = rows[0] as usize..rows[1] as usize;
                let masks = &masks[rows.start - first..rows.end - first];
                // Most people never touch a cart.
                if masks
                    .iter()
                    .any(|mask| mask & (ADD | PURCHASE | REFUND) != 0)
                {
                    walk::walk(plan, dataset, person, rows, masks, &mut found);
                }
            }
        }
        found
    }

    fn merge(a: CartsPartial, b: CartsPartial) -> CartsPartial {
        a.merge(b)
    }

    fn finish(plan: &CartsPlan, partial: CartsPartial) -> CartsReport {
        report::finish(plan, partial)
    }
}
