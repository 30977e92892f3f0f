//! Carts against a slow twin, which first deals the events out to the carts and then looks at each
//! cart as a whole.

use std::collections::BTreeMap;

use analyzer::analysis::carts::{CartStep, Carts, CartsPartial};
use analyzer::analysis::wire::Wire;
use analyzer::analysis::{Analysis, CartsConfig, CartsReport};
use analyzer::dataset::BuildOptions;
use analyzer::{Report, Request, run};
use proptest::prelude::*;

use crate::events::MINUTE;
use crate::shop::{PRICE, ShopEvent, build_with, by_person, shop_events, told_once};

/// A cart: positions of its events among its person's, and how it ended.
#[derive(Default)]
struct Slow {
    id: Option<&'static str>,
    touches: Vec<usize>,
    /// Why it ended, if it did: `purchased` or `emptied`.
    end: Option<&'static str>,
    value: BTreeMap<&'static str, i64>,
    step: CartStep,
    left: BTreeMap<&'static str, i64>,
    /// When an item was last put in with a name, and with which.
    named: BTreeMap<&'static str, (i64, &'static str)>,
}

fn step(name: &str) -> Option<CartStep> {
    match name {
        "view_cart" => Some(CartStep::Cart),
        "begin_checkout" => Some(CartStep::Checkout),
        "add_shipping_info" => Some(CartStep::Shipping),
        "add_payment_info" => Some(CartStep::Payment),
        _ => None,
    }
}

/// What an event that adds or removes is worth to a cart.
fn part(event: &ShopEvent, cart: &Slow) -> Option<(&'static str, i64)> {
    let own = event.amount.map(|(minor, currency)| (currency, minor));
    own.or_else(|| {
        let (&currency, _) = cart.value.iter().next()?;
        let micros = event
            .item
            .map_or(0, |(_, quantity)| PRICE * 10_000 * i64::from(quantity));
        let minor = if currency == "JPY" {
            (micros as f64 / 1e6).round() as i64
        } else {
            micros / 10_000
        };
        Some((currency, minor))
    })
}

#[derive(Default, Debug, PartialEq)]
struct Answer {
    counts: BTreeMap<&'static str, u64>,
    values: BTreeMap<(String, &'static str), i64>,
    steps: BTreeMap<CartStep, u64>,
    last: BTreeMap<String, u64>,
    /// Carts, pieces, and the name with which it was last put into one of the carts.
    items: BTreeMap<String, (u64, u64, Option<String>)>,
    rages: (u64, u64),
    millis: i64,
}

impl Answer {
    fn count(&mut self, what: &'static str, n: u64) {
        if n > 0 {
            *self.counts.entry(what).or_default() += n;
        }
    }

    fn value(&mut self, currency: &str, what: &'static str, minor: i64) {
        if minor != 0 {
            *self.values.entry((currency.to_owned(), what)).or_default() += minor;
        }
    }
}

/// Deals a person's events out to carts, and the orders beside.
fn deal(events: &[ShopEvent], answer: &mut Answer) -> Vec<Slow> {
    let mut carts: Vec<Slow> = Vec::new();
    // Transaction, currency, minor left, whether of a cart, whether refunded.
    let mut orders: Vec<(Option<&str>, &str, i64, bool, bool)> = Vec::new();
    let mut seen: Vec<&str> = Vec::new();
    for (index, event) in events.iter().enumerate() {
        let latest = |carts: &[Slow], wanted: Option<Option<&str>>| {
            let fits = |cart: &Slow| cart.end.is_none() && wanted.is_none_or(|id| cart.id == id);
            let open = (0..carts.len()).filter(|&cart| fits(&carts[cart]));
            open.max_by_key(|&cart| carts[cart].touches.last().copied())
        };
        let found = match event.cart {
            None => latest(&carts, None),
            Some(id) => latest(&carts, Some(Some(id))).or_else(|| latest(&carts, Some(None))),
        };
        if event.name == "purchase" {
            match event.transaction {
                Some(id) if seen.contains(&id) => {
                    answer.count("repeated", 1);
                    continue;
                }
                Some(id) => seen.push(id),
                None => answer.count("without transaction", 1),
            }
            if let Some((minor, currency)) = event.amount {
                orders.push((event.transaction, currency, minor, found.is_some(), false));
            }
        }
        if event.name == "refund" {
            let order = orders
                .iter_mut()
                .rev()
                .find(|order| event.transaction.is_none() || order.0 == event.transaction);
            let Some(order) = order else {
                answer.count("unmatched refunds", 1);
                continue;
            };
            let part = match (event.item, event.amount) {
                (None, _) => order.2,
                (Some(_), Some((minor, currency))) if currency == order.1 => minor,
                (Some((_, quantity)), _) if order.1 == "JPY" => 3 * i64::from(quantity),
                (Some((_, quantity)), _) => PRICE * i64::from(quantity),
            };
            let minor = part.min(order.2);
            order.2 -= minor;
            answer.value(order.1, "refunded", minor);
            answer.count("refunded", u64::from(order.3 && !order.4));
            order.4 = true;
            continue;
        }
        let is_of_carts = matches!(event.name, "add_to_cart" | "remove_from_cart" | "purchase")
            || step(event.name).is_some();
        if !is_of_carts {
            continue;
        }
        let cart = match found {
            Some(cart) => cart,
            None if event.name == "add_to_cart" => {
                carts.push(Slow::default());
                carts.len() - 1
            }
            None => {
                answer.count("without cart", u64::from(event.name == "purchase"));
                continue;
            }
        };
        let cart = &mut carts[cart];
        cart.id = event.cart.or(cart.id);
        cart.touches.push(index);
        match event.name {
            "add_to_cart" => {
                let (item, quantity) = event.item.unwrap_or(("", 1));
                *cart.left.entry(item).or_default() += i64::from(quantity);
                if let Some(name) = event.item_name {
                    cart.named.insert(item, (event.ts, name));
                }
                if let Some((currency, minor)) = part(event, cart) {
                    *cart.value.entry(currency).or_default() += minor;
                }
            }
            "remove_from_cart" => {
                // Without an item, one that is left goes; unknown ones first, as in the data's order.
                let taken = event.item.or_else(|| {
                    let mut left = cart.left.iter().filter(|left| *left.1 > 0);
                    left.next().map(|(&item, _)| (item, 1))
                });
                if let Some((item, quantity)) = taken
                    && let Some(left) = cart.left.get_mut(item)
                {
                    *left = (*left - i64::from(quantity)).max(0);
                }
                if cart.left.values().sum::<i64>() == 0 {
                    cart.end = Some("emptied");
                } else if let Some((currency, minor)) = part(event, cart)
                    && let Some(value) = cart.value.get_mut(currency)
                {
                    *value = (*value - minor).max(0);
                }
            }
            "purchase" => {
                cart.end = Some("purchased");
                cart.value = event
                    .amount
                    .into_iter()
                    .map(|(minor, currency)| (currency, minor))
                    .collect();
            }
            name => {
                cart.step = cart.step.max(step(name).unwrap());
                if let Some((minor, currency)) = event.amount {
                    cart.value = BTreeMap::from([(currency, minor)]);
                }
            }
        }
    }
    carts
}

fn slow(events: &[ShopEvent], delay: i64, friction: i64, data_end: i64) -> Answer {
    let mut answer = Answer::default();
    let mut names = Vec::new();
    for person in by_person(events) {
        let active: Vec<usize> = (0..person.len())
            .filter(|&index| !matches!(person[index].name, "engagement" | "web_vital"))
            .collect();
        for cart in deal(&person, &mut answer) {
            // After which active event the person was idle for too long, from one touch to the next.
            let idle_between = |from: usize, to: Option<usize>| {
                active
                    .iter()
                    .copied()
                    .filter(|&index| index >= from && to.is_none_or(|to| index < to))
                    .find(|&index| {
                        let next = active.iter().find(|&&next| next > index);
                        let until = next.map_or(data_end, |&next| person[next].ts);
                        until - person[index].ts > delay
                    })
            };
            let touches = &cart.touches;
            let n_recoveries = touches
                .windows(2)
                .filter(|pair| idle_between(pair[0], Some(pair[1])).is_some())
                .count();
            let last_touch = *touches.last().unwrap();
            let idle = if cart.end.is_none() {
                idle_between(last_touch, None)
            } else {
                None
            };
            let is_recovered = n_recoveries > 0;
            let outcome = cart
                .end
                .unwrap_or(if idle.is_some() { "abandoned" } else { "open" });
            answer.count("carts", 1);
            answer.count(outcome, 1);
            answer.count("ever abandoned", u64::from(is_recovered || idle.is_some()));
            answer.count("recovered", u64::from(is_recovered));
            for (currency, minor) in &cart.value {
                answer.value(currency, outcome, *minor);
                if outcome == "purchased" && is_recovered {
                    answer.value(currency, "recovered", *minor);
                }
            }
            let end = idle.unwrap_or(last_touch);
            let is_near = |event: &&ShopEvent| person[end].ts - event.ts <= friction;
            let rages = person[touches[0]..=end]
                .iter()
                .filter(is_near)
                .any(|event| event.name == "rage_click");
            match outcome {
                "purchased" => answer.rages.1 += u64::from(rages),
                "abandoned" => {
                    answer.rages.0 += u64::from(rages);
                    *answer.steps.entry(cart.step).or_default() += 1;
                    *answer.last.entry(person[end].name.to_owned()).or_default() += 1;
                    answer.millis += person[end].ts - person[touches[0]].ts;
                    for (item, left) in cart
                        .left
                        .iter()
                        .filter(|(item, left)| **left > 0 && !item.is_empty())
                    {
                        let entry = answer.items.entry((*item).to_owned()).or_default();
                        entry.0 += 1;
                        entry.1 += *left as u64;
                        if let Some(&named) = cart.named.get(item) {
                            names.push((named, *item));
                        }
                    }
                }
                _ => {}
            }
        }
    }
    names.sort_unstable();
    for ((_, name), item) in names {
        answer.items.get_mut(item).unwrap().2 = Some(name.to_owned());
    }
    answer
}

fn answer(report: &CartsReport) -> Answer {
    let mut answer = Answer::default();
    for (what, n) in [
        ("carts", report.n_carts),
        ("purchased", report.n_purchased),
        ("emptied", report.n_emptied),
        ("abandoned", report.n_abandoned),
        ("open", report.n_open),
        ("ever abandoned", report.n_ever_abandoned),
        ("recovered", report.n_recovered),
        ("refunded", report.n_refunded),
        ("repeated", report.n_repeated_purchases),
        ("without transaction", report.n_without_transaction),
        ("without cart", report.n_purchases_without_cart),
        ("unmatched refunds", report.n_refunds_unmatched),
    ] {
        answer.count(what, n);
    }
    for values in &report.values {
        for (what, minor) in [
            ("purchased", values.purchased_minor),
            ("recovered", values.recovered_minor),
            ("emptied", values.emptied_minor),
            ("abandoned", values.abandoned_minor),
            ("open", values.open_minor),
            ("refunded", values.refunded_minor),
        ] {
            answer.value(&values.currency, what, minor);
        }
    }
    answer.steps = report
        .abandoned_at
        .iter()
        .map(|at| (at.step, at.n_carts))
        .collect();
    answer.last = report
        .last_events
        .iter()
        .map(|last| (last.name.clone(), last.n_carts))
        .collect();
    answer.items = report
        .items_left
        .iter()
        .map(|item| {
            let name = item.item_name.clone();
            (item.item_id.clone(), (item.n_carts, item.n_items, name))
        })
        .collect();
    let rages = report
        .signals
        .iter()
        .find(|signal| serde_json::to_value(signal.signal).unwrap() == "rage_click");
    answer.rages = rages.map_or((0, 0), |signal| (signal.n_abandoned, signal.n_purchased));
    answer.millis = report
        .millis_to_abandonment
        .map_or(0, |stats| (stats.mean * stats.n as f64).round() as i64);
    answer
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3000))]
    #[test]
    fn carts_are_what_the_definition_says(
        events in shop_events(),
        delay in prop::sample::select(&[0, 10 * MINUTE, 60 * MINUTE, i64::MAX][..]),
        friction in prop::sample::select(&[0, 10 * MINUTE][..]),
        after in prop::sample::select(&[0, 60 * MINUTE, 61 * MINUTE][..]),
        cut in 0..3_usize,
        are_dropped: bool,
    ) {
        let data_end = events.last().map_or(0, |event| event.ts) + after;
        let config = CartsConfig { delay_millis: delay, friction_millis: friction, data_end_ts: Some(data_end), ..CartsConfig::default() };
        let options = BuildOptions { purchases: are_dropped.then(|| "purchase".to_owned()).into_iter().collect(), ..BuildOptions::default() };
        let dataset = build_with(&events, options);
        let events = if are_dropped { told_once(&events) } else { events };
        let Report::Carts(report) = run(&dataset, &Request::Carts(config.clone())).unwrap() else {
            unreachable!("carts were asked for")
        };
        prop_assert_eq!(answer(&report), slow(&events, delay.min(i64::MAX / 4), friction, data_end));
        prop_assert_eq!(report.n_carts, report.n_purchased + report.n_emptied + report.n_abandoned + report.n_open);

        // Both halves, through bytes and back, in either order.
        let plan = Carts::plan(&config, &dataset).unwrap();
        let cut = cut.min(dataset.n_people());
        let half = |people| {
            let mut bytes = Vec::new();
            Carts::scan(&plan, &dataset, people).write(&mut bytes);
            CartsPartial::read(&mut bytes.as_slice()).unwrap()
        };
        let whole = serde_json::to_string(&Carts::finish(&plan, Carts::scan(&plan, &dataset, 0..dataset.n_people()))).unwrap();
        let merged = Carts::merge(half(cut..dataset.n_people()), half(0..cut));
        prop_assert_eq!(serde_json::to_string(&Carts::finish(&plan, merged)).unwrap(), whole);
    }
}
