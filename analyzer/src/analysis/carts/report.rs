//! The report of carts.

use serde::{Deserialize, Serialize};

use crate::analysis::by_text::ByText;
use crate::analysis::signals::Signal;
use crate::analysis::statistics::{OddsRatio, Rate, TimeStats};
use crate::analysis::warning::{FEW_UNITS, Warning, WarningKind, several_currencies};
use crate::analysis::wire::{Wire, wire};
use crate::ranking::greatest_first;

use super::CartsPlan;
use super::partial::{CartsPartial, Counts, Values, keep_most_valuable};

/// What becomes of carts.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS, crate::Schema))]
pub struct CartsReport {
    /// All carts: the purchased, emptied, abandoned and open ones.
    pub n_carts: u64,
    /// Bought.
    pub n_purchased: u64,
    /// All that was put in was taken out.
    pub n_emptied: u64,
    /// Abandoned at the end of the data.
    pub n_abandoned: u64,
    /// The person may still be shopping at the end of the data.
    pub n_open: u64,
    /// Abandoned at any time, whatever then.
    pub n_ever_abandoned: u64,
    /// Abandoned and touched again, whatever then.
    pub n_recovered: u64,
    /// Of these, those that were then bought.
    pub n_recovered_purchased: u64,
    /// Bought carts of which something was refunded.
    pub n_refunded: u64,
    /// Share of `n_purchased` in `n_carts`.
    pub purchase_rate: Rate,
    /// Share of `n_emptied` in `n_carts`.
    pub emptied_rate: Rate,
    /// Share of `n_abandoned` in `n_carts`.
    pub abandonment_rate: Rate,
    /// Share of `n_recovered` in `n_ever_abandoned`.
    pub recovery_rate: Rate,
    /// Share of `n_refunded` in `n_purchased`.
    pub refund_rate: Rate,
    /// What they were worth, by currency.
    pub values: Vec<CartValues>,
    /// Abandoned carts by the furthest step reached, in the order of the steps.
    pub abandoned_at: Vec<AbandonedAt>,
    /// From the first product put in to the last thing done before a cart was abandoned.
    pub millis_to_abandonment: Option<TimeStats>,
    /// The commonest last events of people who abandoned a cart.
    pub last_events: Vec<LastEvent>,
    /// Friction just before the end: abandoned carts against purchased ones.
    pub signals: Vec<CartSignal>,
    /// Items most often left behind in abandoned carts.
    pub items_left: Vec<CartItem>,
    /// Abandoned carts of known users, or with an id: by currency, the most valuable first.
    pub reminders: Vec<OpenCart>,
    /// Purchases passed over because the person had the same `transaction_id` before.
    pub n_repeated_purchases: u64,
    /// Purchases without a `transaction_id`. They count, also when they are one and the same.
    pub n_without_transaction: u64,
    /// Purchases of people who had no open cart. They are not among the carts.
    pub n_purchases_without_cart: u64,
    /// Refunds of purchases that are not in the data.
    pub n_refunds_unmatched: u64,
    /// What to know before trusting the numbers.
    pub warnings: Vec<Warning>,
}

/// How far a cart got.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "ts", derive(ts_rs::TS, crate::Schema))]
pub enum CartStep {
    /// Something is in it.
    #[default]
    Cart,
    /// The checkout began.
    Checkout,
    /// A way of shipping was chosen.
    Shipping,
    /// A way of paying was chosen.
    Payment,
}

impl Wire for CartStep {
    fn write(&self, out: &mut Vec<u8>) {
        (*self as usize).write(out);
    }

    fn read(bytes: &mut &[u8]) -> Option<Self> {
        let steps = [Self::Cart, Self::Checkout, Self::Shipping, Self::Payment];
        steps.get(usize::read(bytes)?).copied()
    }
}

/// What carts were worth in one currency, in its minor unit, such as cents.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS, crate::Schema))]
pub struct CartValues {
    /// ISO 4217 code; empty where the events had none.
    pub currency: String,
    /// What was paid for purchased carts.
    pub purchased_minor: i64,
    /// The part of it that was paid for recovered carts.
    pub recovered_minor: i64,
    /// What emptied carts were worth before the last thing was taken out.
    pub emptied_minor: i64,
    /// What abandoned carts are worth.
    pub abandoned_minor: i64,
    /// What open carts are worth.
    pub open_minor: i64,
    /// What was refunded.
    pub refunded_minor: i64,
}

/// Carts abandoned at one step.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS, crate::Schema))]
pub struct AbandonedAt {
    /// The furthest step reached.
    pub step: CartStep,
    /// Abandoned carts.
    pub n_carts: u64,
    /// Their share of all abandoned carts.
    pub share: Rate,
}

/// What people did last before they abandoned a cart.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS, crate::Schema))]
pub struct LastEvent {
    /// Name of the event.
    pub name: String,
    /// Abandoned carts.
    pub n_carts: u64,
}

/// One signal of friction just before the end of carts.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS, crate::Schema))]
pub struct CartSignal {
    /// Which one.
    pub signal: Signal,
    /// Abandoned carts with it.
    pub n_abandoned: u64,
    /// Purchased carts with it.
    pub n_purchased: u64,
    /// Odds of the signal before an abandonment by its odds before a purchase; `null` without
    /// abandoned or without purchased carts.
    pub odds_ratio: Option<OddsRatio>,
}

/// An item left behind in abandoned carts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS, crate::Schema))]
pub struct CartItem {
    /// Id of the product.
    pub item_id: String,
    /// The name that it was last put in with; `null` where the events have none.
    pub item_name: Option<String>,
    /// Abandoned carts that hold it.
    pub n_carts: u64,
    /// How many of it they hold.
    pub n_items: u64,
}

/// An abandoned cart that could be reminded.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS, crate::Schema))]
pub struct OpenCart {
    /// Id that the shop gave its person at login.
    pub user: Option<String>,
    /// Id of the cart.
    pub cart_id: Option<String>,
    /// ISO 4217 code of `minor`; empty where unknown.
    pub currency: String,
    /// What it is worth, in the currency's minor unit.
    pub minor: i64,
    /// How many products are in it.
    pub n_items: u64,
    /// How far it got.
    pub step: CartStep,
    /// When its person last did something before it was abandoned, in milliseconds since the Unix
    /// epoch.
    pub last_ts: i64,
}

wire!(OpenCart {
    user,
    cart_id,
    currency,
    minor,
    n_items,
    step,
    last_ts
});

pub(super) fn finish(plan: &CartsPlan, found: CartsPartial) -> CartsReport {
    let counts = &found.counts;
    let n_carts = counts.n_purchased + counts.n_emptied + counts.n_abandoned + counts.n_open;
    let last_events = top(found.last_events, plan.n_top, |&n_carts| n_carts);
    let items = top(found.items, plan.n_top, |left| left.n_carts);
    let reminders = found.reminders.into_iter().flat_map(|(_, mut carts)| {
        keep_most_valuable(&mut carts);
        carts.truncate(plan.n_reminders);
        carts
    });
    CartsReport {
        n_carts,
        n_purchased: counts.n_purchased,
        n_emptied: counts.n_emptied,
        n_abandoned: counts.n_abandoned,
        n_open: counts.n_open,
        n_ever_abandoned: counts.n_ever_abandoned,
        n_recovered: counts.n_recovered,
        n_recovered_purchased: counts.n_recovered_purchased,
        n_refunded: counts.n_refunded,
        purchase_rate: Rate::new(counts.n_purchased, n_carts),
        emptied_rate: Rate::new(counts.n_emptied, n_carts),
        abandonment_rate: Rate::new(counts.n_abandoned, n_carts),
        recovery_rate: Rate::new(counts.n_recovered, counts.n_ever_abandoned),
        refund_rate: Rate::new(counts.n_refunded, counts.n_purchased),
        abandoned_at: found
            .steps
            .iter()
            .map(|(&step, &n_carts)| AbandonedAt {
                step,
                n_carts,
                share: Rate::new(n_carts, counts.n_abandoned),
            })
            .collect(),
        millis_to_abandonment: TimeStats::new(&found.millis),
        last_events: last_events
            .map(|(name, n_carts)| LastEvent { name, n_carts })
            .collect(),
        signals: signals(&found.signals, counts),
        items_left: items
            .map(|(item_id, left)| CartItem {
                item_id,
                item_name: Some(left.name).filter(|name| !name.is_empty()),
                n_carts: left.n_carts,
                n_items: left.n_items.try_into().unwrap_or(u64::MAX),
            })
            .collect(),
        reminders: reminders.collect(),
        n_repeated_purchases: counts.n_repeated_purchases,
        n_without_transaction: counts.n_without_transaction,
        n_purchases_without_cart: counts.n_purchases_without_cart,
        n_refunds_unmatched: counts.n_refunds_unmatched,
        warnings: warnings(n_carts, &found.values),
        values: found.values.into_iter().map(values).collect(),
    }
}

/// The `n` greatest by a count, then by key.
fn top<V: Default>(
    map: ByText<V>,
    n: usize,
    count: impl Fn(&V) -> u64,
) -> impl Iterator<Item = (String, V)> {
    let mut entries: Vec<(String, V)> = map.into_iter().collect();
    greatest_first(&mut entries, |(_, value)| count(value));
    entries.into_iter().take(n)
}

fn signals(found: &[[u64; 2]], counts: &Counts) -> Vec<CartSignal> {
    let (abandoned, purchased) = (counts.n_abandoned, counts.n_purchased);
    let occurred = Signal::ALL.into_iter().zip(found);
    let occurred = occurred.filter(|(_, [a, b])| a + b > 0);
    let signal = |(signal, &[n_abandoned, n_purchased]): (Signal, &[u64; 2])| CartSignal {
        signal,
        n_abandoned,
        n_purchased,
        odds_ratio: (abandoned > 0 && purchased > 0).then(|| {
            OddsRatio::new([
                [n_abandoned, abandoned - n_abandoned],
                [n_purchased, purchased - n_purchased],
            ])
        }),
    };
    occurred.map(signal).collect()
}

fn values((currency, values): (String, Values)) -> CartValues {
    let whole = |minor: i128| minor.clamp(i64::MIN.into(), i64::MAX.into()) as i64;
    CartValues {
        currency,
        purchased_minor: whole(values.purchased),
        recovered_minor: whole(values.recovered),
        emptied_minor: whole(values.emptied),
        abandoned_minor: whole(values.abandoned),
        open_minor: whole(values.open),
        refunded_minor: whole(values.refunded),
    }
}

fn warnings(n_carts: u64, values: &ByText<Values>) -> Vec<Warning> {
    let mut warnings = Vec::new();
    if n_carts < FEW_UNITS {
        let message = format!("carts: only {n_carts}; shares of fewer than {FEW_UNITS} say little");
        warnings.push(Warning::new(WarningKind::FewUnits, n_carts, message));
    }
    warnings.extend(several_currencies(values.texts().collect()));
    if n_carts > 0 {
        warnings.push(Warning {
            kind: WarningKind::DenominatorsDiffer,
            message: "recovery is a share of the carts that were ever abandoned, refunds of those purchased, the other rates of all carts".to_owned(),
            n: None,
        });
    }
    warnings
}
