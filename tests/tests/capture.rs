//! What the tracker captures: exactly what a person did, no more, no fewer.

use std::collections::BTreeSet;

use anyhow::{Result, ensure};
use event::{Decimal, Event, PropValue};

use crate::harness::{Change, Stage, eventually, first, serve_with, text};
use crate::journey::{
    BEGINS_CHECKOUT, BUYS, FILLS_CART, begin_checkout, buy, check, expected, fill_cart,
    take_kettle, told,
};

pub(crate) async fn buying_makes_exactly_these_events(stage: &mut Stage) -> Result<()> {
    let events = walk(stage, "/shop/").await?;
    let added = first(&events, "add_to_cart")?;
    ensure!(
        added.value == Some(Decimal::from_micros(54_000_000)),
        "the kettle costs 54: {added:?}"
    );
    ensure!(
        added.currency.as_deref() == Some("EUR") && added.items.len() == 1,
        "{added:?}"
    );
    ensure!(
        added.items[0].item_name.as_deref() == Some("Steel kettle"),
        "{added:?}"
    );
    let list = first(&events, "view_item_list")?;
    ensure!(
        list.items.len() == 15 && list.items[3].index == Some(3),
        "{list:?}"
    );
    let bought = first(&events, "purchase")?;
    ensure!(
        text(bought, "transaction_id").starts_with("FO-"),
        "{bought:?}"
    );
    ensure!(
        bought.props.get("shipping") == Some(&PropValue::Number(9.9)),
        "{bought:?}"
    );

    let click = first(&events, "click")?;
    ensure!(
        !text(click, "selector").is_empty() && !text(click, "href").is_empty(),
        "{click:?}"
    );
    ensure!(text(click, "text").contains("Steel kettle"), "{click:?}");
    // What was typed is nowhere, in no field of any event.
    let everything = format!("{events:?}");
    ensure!(
        !everything.contains("Customer") && !everything.contains("a.customer"),
        "{everything}"
    );

    let visitors: BTreeSet<_> = events.iter().map(|event| &event.visitor).collect();
    let tabs: BTreeSet<_> = events.iter().map(|event| &event.tab).collect();
    let sessions: BTreeSet<_> = events.iter().map(|event| &event.session).collect();
    ensure!(
        visitors.len() == 1 && tabs.len() == 1 && sessions.len() == 1,
        "one person, one tab, one session"
    );
    ensure!(
        visitors.first().is_some_and(|visitor| visitor.is_some()),
        "the visitor has an id"
    );
    let counts_up = events.windows(2).all(|pair| pair[1].seq == pair[0].seq + 1);
    ensure!(counts_up, "the tab counts without a gap, from page to page");
    ensure!(
        events.iter().all(|event| event.id.get_version_num() == 7),
        "ids are UUIDs of version 7"
    );
    Ok(())
}

pub(crate) async fn leaving_at_shipping_makes_exactly_these_events(
    stage: &mut Stage,
) -> Result<()> {
    let Stage { browser, collector } = stage;
    fill_cart(browser, &format!("{}/shop/", collector.url)).await?;
    begin_checkout(browser).await?;
    let lines = [FILLS_CART, BEGINS_CHECKOUT].concat();
    check(browser, collector, &expected("/shop/", &lines)).await?;
    Ok(())
}

pub(crate) async fn a_single_page_app_makes_the_same_events(stage: &mut Stage) -> Result<()> {
    walk(stage, "/shop/app/").await?;
    Ok(())
}

pub(crate) async fn a_data_layer_makes_the_same_events(stage: &mut Stage) -> Result<()> {
    let events = walk(stage, "/shop/gtag/").await?;
    let bought = first(&events, "purchase")?;
    ensure!(
        bought.value == Some(Decimal::from_micros(54_000_000)) && bought.items.len() == 1,
        "{bought:?}"
    );
    Ok(())
}

pub(crate) async fn a_visitor_who_refuses_is_not_tracked(stage: &mut Stage) -> Result<()> {
    let Stage { browser, collector } = stage;
    let refusing = serve_with(Change::VisitorRefuses, &collector.url).await?;
    browser.open(&format!("{refusing}/shop/")).await?;
    take_kettle(browser).await?;
    let stored = browser
        .run(
            "return [...Object.keys(localStorage), ...Object.keys(sessionStorage)]
                 .filter((key) => key.includes('desirepath'))",
        )
        .await?;
    ensure!(
        stored == serde_json::json!([]),
        "nothing is stored: {stored}"
    );
    // The same walk by a visitor who does not refuse shows that nothing else kept the first one out.
    fill_cart(browser, &format!("{}/shop/", collector.url)).await?;
    check(browser, collector, &expected("/shop/", FILLS_CART)).await?;
    Ok(())
}

pub(crate) async fn what_is_marked_is_not_noticed(stage: &mut Stage) -> Result<()> {
    let Stage { browser, collector } = stage;
    browser
        .open(&format!("{}/shop/product/soup-bowl/", collector.url))
        .await?;
    let mark = "document.querySelector('[data-testid=wish]').setAttribute('data-dp-ignore', '');";
    browser.run(mark).await?;
    browser.click("[data-testid=wish]").await?;
    browser.click("[data-testid=add-to-cart]").await?;
    let lines = [
        "page_view product/soup-bowl/",
        "view_item product/soup-bowl/",
        "click product/soup-bowl/",
        "add_to_cart product/soup-bowl/",
    ];
    // Firefox may let no request out of a page that is left within a moment of its loading.
    eventually("the cart", async || {
        let events = collector.events().await?;
        let is_told = events.iter().any(|event| event.name == "add_to_cart");
        ensure!(is_told, "{} events so far", events.len());
        Ok(())
    })
    .await?;
    check(browser, collector, &expected("/shop/", &lines)).await?;
    Ok(())
}

/// Buys one kettle, and expects exactly the events of that.
async fn walk(stage: &mut Stage, base: &str) -> Result<Vec<Event>> {
    let Stage { browser, collector } = stage;
    fill_cart(browser, &format!("{}{base}", collector.url)).await?;
    begin_checkout(browser).await?;
    buy(browser).await?;
    let lines = [FILLS_CART, BEGINS_CHECKOUT, BUYS].concat();
    check(browser, collector, &expected(base, &lines)).await
}

pub(crate) async fn a_failed_payment_and_a_wish_are_told(stage: &mut Stage) -> Result<()> {
    let Stage { browser, collector } = stage;
    fill_cart(browser, &format!("{}/shop/", collector.url)).await?;
    begin_checkout(browser).await?;
    browser.click("[data-testid=next]").await?;
    browser
        .fill("input[name=number]", "4000 0000 0000 0002")
        .await?;
    browser.click("[data-testid=next]").await?;
    eventually("the refusal to be shown", async || {
        let words = browser
            .find("[data-testid=payment-error]")
            .await?
            .text()
            .await?;
        ensure!(words.contains("declined"), "{words}");
        Ok(())
    })
    .await?;
    browser
        .open(&format!("{}/shop/product/soup-bowl/", collector.url))
        .await?;
    browser.click("[data-testid=wish]").await?;

    let more = [
        "click checkout/shipping/",
        "add_shipping_info checkout/shipping/",
        "page_view checkout/payment/",
        "click checkout/payment/",
        "payment_error checkout/payment/",
        "page_view product/soup-bowl/",
        "view_item product/soup-bowl/",
        "click product/soup-bowl/",
        "add_to_wishlist product/soup-bowl/",
    ];
    let lines = [FILLS_CART, BEGINS_CHECKOUT, &more].concat();
    let events = check(browser, collector, &expected("/shop/", &lines)).await?;
    let refused = first(&events, "payment_error")?;
    ensure!(
        text(refused, "code") == "card_declined" && text(refused, "severity") == "soft",
        "{refused:?}"
    );
    ensure!(
        !format!("{events:?}").contains("000000002")
            && !format!("{events:?}").contains("4000 0000"),
        "the card's number is nowhere"
    );
    let wished = first(&events, "add_to_wishlist")?;
    ensure!(
        wished
            .items
            .first()
            .is_some_and(|item| item.item_name.as_deref() == Some("Soup bowl")),
        "{wished:?}"
    );
    ensure!(
        wished.value.is_some() && wished.currency.as_deref() == Some("EUR"),
        "{wished:?}"
    );
    Ok(())
}

pub(crate) async fn a_second_tag_changes_nothing(stage: &mut Stage) -> Result<()> {
    let Stage { browser, collector } = stage;
    browser
        .open(&format!("{}/shop/cart/", collector.url))
        .await?;
    let again = "const first = document.querySelector('script[data-endpoint]');
                 const second = document.createElement('script');
                 for (const { name, value } of first.attributes) second.setAttribute(name, value);
                 document.head.append(second);
                 return true;";
    browser.run(again).await?;
    browser.click("[data-testid=cart-empty] a").await?;
    browser.loaded("[data-testid=product-soup-bowl]").await?;
    let lines = [
        "page_view cart/",
        "view_cart cart/",
        "click cart/",
        "page_view",
        "view_item_list",
    ];
    let events = check(browser, collector, &expected("/shop/", &lines)).await?;
    ensure!(told(&events).len() == lines.len(), "one page view a page");
    Ok(())
}
