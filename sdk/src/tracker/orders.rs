//! What is reported once, and what a payment on another site leaves open.
//!
//! An order is one purchase, however often its thank-you page is opened, in whichever tab. A purchase that a shop
//! reports as `pending`, before it sends the visitor to pay elsewhere, waits for the call that confirms it.

use alloc::string::String;
use alloc::vec::Vec;

use event::json::write_event;
use event::{Event, PropValue, Props, kinds};

use super::commerce::{self, quantity, text};
use super::input::{Effect, Facts};
use super::memory::{CART, MAX_LINES, ORDER, PAYING, SESSION, UNCONFIRMED, digest, push_plain};
use super::text::split;
use super::{Tracker, text_prop};

/// A payment is under way for this time, unless its end is told: an hour.
pub(crate) const PAYING_MILLIS: i64 = 60 * 60 * 1000;

/// What becomes of an event.
pub(super) enum Verdict {
    /// It is recorded.
    Recorded,
    /// It is recorded with what was said when it was pending: the fields of its wire form, from the properties on.
    Confirmed(String),
    /// It waits for its confirmation.
    Pending,
    /// It is not recorded.
    Dropped,
}

impl Tracker {
    /// Holds what the shop says to the rules, and remembers what later rules need.
    pub(super) fn admit(
        &mut self,
        now: i64,
        name: &str,
        facts: &mut Facts,
        effects: &mut Vec<Effect>,
    ) -> Verdict {
        let advice = match commerce::check(name, facts) {
            Ok(advice) => advice,
            Err(reason) => {
                self.delivery.refuse();
                effects.push(about(name, reason));
                return Verdict::Dropped;
            }
        };
        if !advice.is_empty() {
            effects.push(about(name, advice));
        }
        let items = quantity(&facts.items);
        let cart = self.memory.number(CART);
        let is_told = !facts.items.is_empty() || facts.value.is_some();
        match name {
            kinds::ADD_TO_CART => self.memory.set(CART, cart + items.max(1), ""),
            kinds::REMOVE_FROM_CART => self.memory.set(CART, (cart - items.max(1)).max(0), ""),
            kinds::VIEW_CART | kinds::BEGIN_CHECKOUT if is_told => self.memory.set(CART, items, ""),
            kinds::ADD_PAYMENT_INFO => self.memory.set(PAYING, now, ""),
            kinds::PAYMENT_ERROR => self.memory.forget(PAYING),
            kinds::EXPERIMENT_EXPOSURE => {
                let shown = digest(&[text(facts, "experiment"), text(facts, "variant")]);
                return self.once(now, SESSION, &shown);
            }
            kinds::PURCHASE => return self.admit_purchase(now, facts, is_told, effects),
            _ => {}
        }
        Verdict::Recorded
    }

    /// Marks what may be reported once.
    fn once(&mut self, now: i64, kind: u8, mark: &str) -> Verdict {
        if self.memory.marked(kind, mark).is_some() {
            return Verdict::Dropped;
        }
        self.memory.add(kind, MAX_LINES, now, mark);
        Verdict::Recorded
    }

    fn admit_purchase(
        &mut self,
        now: i64,
        facts: &mut Facts,
        is_told: bool,
        effects: &mut Vec<Effect>,
    ) -> Verdict {
        let is_pending = facts.props.take(PENDING) == Some(PropValue::Bool(true));
        let mut id = String::from(text(facts, commerce::ORDER));
        let mut said = String::new();
        if let Some(waiting) = self.memory.get(UNCONFIRMED)
            && let (of, Some(end)) = split(waiting.text(), b'\t')
            && (id.is_empty() || id == of)
            && !is_pending
        {
            id = of.into();
            if !is_told {
                said = end.into();
            }
        }
        let order = digest(&[&id]);
        if is_pending {
            if id.is_empty() {
                self.delivery.refuse();
                effects.push(about(
                    PENDING,
                    "a purchase waits only with its transaction_id",
                ));
                return Verdict::Dropped;
            }
            if self.memory.marked(ORDER, &order).is_none() {
                return Verdict::Pending;
            }
        }
        if !id.is_empty()
            && let Verdict::Dropped = self.once(now, ORDER, &order)
        {
            effects.push(about(&id, "this order was reported before; it counts once"));
            return Verdict::Dropped;
        }
        for kind in [PAYING, CART, UNCONFIRMED] {
            self.memory.forget(kind);
        }
        if said.is_empty() {
            return Verdict::Recorded;
        }
        *facts = Facts::default();
        Verdict::Confirmed(said)
    }

    /// Keeps what the shop said about the purchase `event`, written as `line`, until it is paid.
    pub(super) fn await_payment(&mut self, now: i64, event: Event, line: &str) {
        let Some(PropValue::String(id)) = event.props.get(commerce::ORDER) else {
            return;
        };
        let mut kept = String::new();
        push_plain(&mut kept, id, '\t');
        let bare = Event {
            props: Props::new(),
            items: Vec::new(),
            value: None,
            currency: None,
            ..event
        };
        let mut head = String::new();
        write_event(&mut head, &bare, self.float);
        // Both end with a brace.
        let end = line.get(head.len().saturating_sub(1)..line.len().saturating_sub(1));
        kept.push('\t');
        kept.push_str(end.unwrap_or_default());
        self.memory.set(UNCONFIRMED, now, &kept);
        self.memory.set(PAYING, now, "");
    }

    /// Reports a payment that was begun and not confirmed: its time is over, or the visitor, in `name`, is back at
    /// the cart or the checkout.
    pub(super) fn settle_payment(&mut self, now: i64, name: &str, effects: &mut Vec<Effect>) {
        let since = self.memory.number(PAYING);
        let is_back = matches!(
            name,
            kinds::VIEW_CART
                | kinds::BEGIN_CHECKOUT
                | kinds::ADD_SHIPPING_INFO
                | kinds::ADD_PAYMENT_INFO
        );
        if since == 0 || !(is_back || now - since > PAYING_MILLIS) {
            return;
        }
        let Some(waiting) = self.memory.get(UNCONFIRMED) else {
            return;
        };
        let mut facts = Facts::default();
        for (key, value) in [
            ("code", "unconfirmed"),
            ("severity", "soft"),
            (commerce::ORDER, split(waiting.text(), b'\t').0),
        ] {
            text_prop(&mut facts.props, key, value.into());
        }
        // The purchase itself goes on waiting: a provider may confirm it later.
        self.memory.forget(PAYING);
        self.record(now, kinds::PAYMENT_ERROR.into(), facts, effects);
    }
}

/// The property by which a shop says that a purchase is not yet paid.
const PENDING: &str = "pending";

/// Words for the developer about an event.
fn about(name: &str, words: &str) -> Effect {
    let mut message = String::from(name);
    message.push_str(": ");
    message.push_str(words);
    Effect::Warn { message }
}
