//! People who walk through the demo shop, and the events that their walks must make.

use anyhow::{Result, bail};
use event::{Event, kinds};

use crate::harness::{Browser, Collector, eventually, text};

/// An event as the tests compare it: its name, and the path of the page on which it happened.
pub(crate) type Told = (String, String);

/// Writes an expected list: `"name path"` a line; paths are relative to the shop's base.
pub(crate) fn expected(base: &str, lines: &[&str]) -> Vec<Told> {
    let told = |line: &&str| match line.split_once(' ') {
        Some((name, path)) => (name.to_owned(), format!("{base}{path}")),
        None => ((*line).to_owned(), base.to_owned()),
    };
    lines.iter().map(told).collect()
}

/// Events that tell how a person got along rather than what they did. They depend on times and on the engine, and
/// have tests of their own.
const BESIDE: [&str; 7] = [
    kinds::ENGAGEMENT,
    kinds::SCROLL,
    kinds::WEB_VITAL,
    kinds::FORM_START,
    kinds::FORM_SUBMIT,
    kinds::FORM_ABANDON,
    kinds::U_TURN,
];

/// What a collector was told, in order, but for what is [`BESIDE`] it.
pub(crate) fn told(events: &[Event]) -> Vec<Told> {
    let path = |event: &Event| {
        event
            .page
            .as_ref()
            .and_then(|page| page.path.clone())
            .unwrap_or_default()
    };
    // So does what is seen of the shop's declared products and promotions.
    let is_sight = |event: &Event| {
        event.name == kinds::VIEW_PROMOTION || text(event, "item_list_id") == "related"
    };
    events
        .iter()
        .filter(|event| !BESIDE.contains(&event.name.as_str()) && !is_sight(event))
        .map(|event| (event.name.clone(), path(event)))
        .collect()
}

/// Waits until the collector was told exactly `expected`. The page is left first, so that nothing can come later.
pub(crate) async fn check(
    browser: &Browser,
    collector: &Collector,
    expected: &[Told],
) -> Result<Vec<Event>> {
    browser.leave().await?;
    check_delivered(collector, expected).await
}

/// Waits until the collector was told exactly `expected`, by a page that is gone.
pub(crate) async fn check_delivered(
    collector: &Collector,
    expected: &[Told],
) -> Result<Vec<Event>> {
    eventually("the expected events", async || {
        let events = collector.events().await?;
        if told(&events) != expected {
            bail!(
                "expected {expected:#?}\nbut the collector was told {:#?}",
                told(&events)
            );
        }
        Ok(events)
    })
    .await?;
    // One more look, so that a late duplicate is seen.
    tokio::time::sleep(std::time::Duration::from_millis(500)).await;
    let events = collector.events().await?;
    if told(&events) != expected {
        bail!(
            "afterwards the collector was told more: {:#?}",
            told(&events)
        );
    }
    Ok(events)
}

/// From the list to a product and into the cart, on a page that has its tracker: of a click that comes before it, the
/// loader tells in fewer words.
pub(crate) async fn fill_cart(browser: &Browser, base: &str) -> Result<()> {
    browser.visit(base).await?;
    take_kettle(browser).await
}

/// The same, from a list that has been opened.
pub(crate) async fn take_kettle(browser: &Browser) -> Result<()> {
    browser.click("[data-testid=product-steel-kettle]").await?;
    browser.click("[data-testid=add-to-cart]").await?;
    browser.click("[data-testid=cart-link]").await?;
    browser.loaded("[data-testid=checkout]").await
}

/// From the cart to the choice of shipping.
pub(crate) async fn begin_checkout(browser: &Browser) -> Result<()> {
    browser.click("[data-testid=checkout]").await?;
    browser.fill("input[name=name]", "A. Customer").await?;
    browser
        .fill("input[name=email]", "a.customer@shop.example")
        .await?;
    browser.click("[data-testid=next]").await?;
    browser.loaded("[data-testid=shipping-express]").await
}

/// From the choice of shipping to the thank-you page, by invoice.
pub(crate) async fn buy(browser: &Browser) -> Result<()> {
    browser.click("[data-testid=shipping-express]").await?;
    browser.click("[data-testid=next]").await?;
    browser.click("[data-testid=payment-invoice]").await?;
    browser.click("[data-testid=next]").await?;
    browser.click("[data-testid=place-order]").await?;
    browser.loaded("[data-testid=order-id]").await
}

/// What [`fill_cart`] must tell.
pub(crate) const FILLS_CART: &[&str] = &[
    "page_view",
    "view_item_list",
    "click",
    "select_item",
    "page_view product/steel-kettle/",
    "view_item product/steel-kettle/",
    "click product/steel-kettle/",
    "add_to_cart product/steel-kettle/",
    "click product/steel-kettle/",
    "page_view cart/",
    "view_cart cart/",
];

/// What [`begin_checkout`] must tell.
pub(crate) const BEGINS_CHECKOUT: &[&str] = &[
    "click cart/",
    "begin_checkout cart/",
    "page_view checkout/",
    "click checkout/",
    "page_view checkout/shipping/",
];

/// What [`buy`] must tell.
pub(crate) const BUYS: &[&str] = &[
    "click checkout/shipping/",
    "click checkout/shipping/",
    "add_shipping_info checkout/shipping/",
    "page_view checkout/payment/",
    "click checkout/payment/",
    "click checkout/payment/",
    "add_payment_info checkout/payment/",
    "page_view checkout/review/",
    "click checkout/review/",
    "page_view thanks/",
    "purchase thanks/",
];
