//! Random events of a shop: carts, orders and what goes wrong, and the dataset of them.

use analyzer::dataset::{BuildOptions, Dataset, DatasetBuilder};
use analyzer::row::{ItemRef, PropRef, Row};
use proptest::prelude::*;

use crate::events::MINUTE;

/// One event. No two of one person are at the same time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct ShopEvent {
    pub(crate) ts: i64,
    pub(crate) user: &'static str,
    pub(crate) name: &'static str,
    pub(crate) page: Option<&'static str>,
    pub(crate) cart: Option<&'static str>,
    pub(crate) transaction: Option<&'static str>,
    pub(crate) item: Option<(&'static str, u32)>,
    /// The item's name, if there is one.
    pub(crate) item_name: Option<&'static str>,
    /// Minor units and currency.
    pub(crate) amount: Option<(i64, &'static str)>,
    /// Of a web vital: the largest contentful paint; of a search: how many results.
    pub(crate) number: f64,
}

/// Price of each item, in minor units.
pub(crate) const PRICE: i64 = 300;

/// The events without purchases whose transaction an earlier one had.
pub(crate) fn told_once(events: &[ShopEvent]) -> Vec<ShopEvent> {
    let mut seen = Vec::new();
    let mut once = events.to_vec();
    once.retain(|event| match event.transaction {
        Some(id) if event.name == "purchase" => {
            let is_new = !seen.contains(&id);
            seen.push(id);
            is_new
        }
        _ => true,
    });
    once
}

pub(crate) fn build(events: &[ShopEvent]) -> Dataset {
    build_with(events, BuildOptions::default())
}

pub(crate) fn build_with(events: &[ShopEvent], options: BuildOptions) -> Dataset {
    let mut builder = DatasetBuilder::new(options);
    for event in events {
        let cart = event.cart.map(|id| ("cart_id", PropRef::String(id)));
        let order = event
            .transaction
            .map(|id| ("transaction_id", PropRef::String(id)));
        let mut props: Vec<(&str, PropRef<'_>)> = cart.into_iter().chain(order).collect();
        match event.name {
            "web_vital" => props.extend([
                ("metric", PropRef::String("LCP")),
                ("amount", PropRef::Number(event.number)),
            ]),
            "search" => props.push(("results", PropRef::Number(event.number))),
            _ => {}
        }
        let item = event.item.map(|(id, quantity)| ItemRef {
            item_id: Some(id),
            item_name: event.item_name,
            price_micros: Some(PRICE * 10_000),
            quantity,
            ..ItemRef::default()
        });
        let micros = |(minor, currency): (i64, &str)| {
            minor * if currency == "JPY" { 1_000_000 } else { 10_000 }
        };
        let row = Row {
            ts: event.ts,
            user: Some(event.user),
            name: event.name,
            page: event.page,
            props: &props,
            items: item.as_slice(),
            value_micros: event.amount.map(micros),
            currency: event.amount.map(|amount| amount.1),
            ..Row::default()
        };
        builder.push(&row).unwrap();
    }
    builder.finish()
}

fn sometimes<T: Clone + std::fmt::Debug + 'static>(
    values: &'static [T],
) -> impl Strategy<Value = Option<T>> {
    prop::option::weighted(0.4, prop::sample::select(values))
}

prop_compose! {
    fn event()(
        gap in prop::sample::select(&[1, MINUTE, 9 * MINUTE, 10 * MINUTE, 30 * MINUTE, 60 * MINUTE, 60 * MINUTE + 1, 180 * MINUTE][..]),
        user in prop::sample::select(&["ann", "ann", "bob"][..]),
        name in prop::sample::select(&[
            "add_to_cart", "add_to_cart", "add_to_cart", "remove_from_cart", "remove_from_cart", "view_cart", "begin_checkout", "add_shipping_info",
            "add_payment_info", "purchase", "purchase", "refund", "page_view", "page_view", "engagement", "rage_click", "web_vital", "search", "payment_error",
        ][..]),
        page in sometimes(&["/a", "/b"]),
        cart in sometimes(&["c1", "c2"]),
        transaction in sometimes(&["t1", "t2", "t3"]),
        item in sometimes(&[("p", 1), ("p", 2), ("q", 1)]),
        item_name in sometimes(&["Pot", "Pan"]),
        amount in sometimes(&[(100, "EUR"), (250, "EUR"), (900, "JPY")]),
        number in prop::sample::select(&[0.0, 4000.0, 4001.0][..]),
    ) -> ShopEvent {
        ShopEvent { ts: gap, user, name, page, cart, transaction, item, item_name, amount, number }
    }
}

/// Up to 20 events of two people, each after the one before.
pub(crate) fn shop_events() -> impl Strategy<Value = Vec<ShopEvent>> {
    prop::collection::vec(event(), 0..20).prop_map(|mut events| {
        let mut now = 0;
        for event in &mut events {
            now += event.ts;
            event.ts = now;
        }
        events
    })
}

/// The events of each person, in order.
pub(crate) fn by_person(events: &[ShopEvent]) -> Vec<Vec<ShopEvent>> {
    ["ann", "bob"]
        .map(|user| {
            events
                .iter()
                .filter(|event| event.user == user)
                .copied()
                .collect()
        })
        .to_vec()
}
