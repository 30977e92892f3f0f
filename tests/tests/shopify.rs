//! Shopify: the custom pixel in a frame like Shopify's, without an origin and with the documented objects alone, and
//! the theme's snippet.

use std::collections::BTreeSet;

use anyhow::{Result, ensure};
use event::Event;
use serde_json::{Value, json};

use crate::adapters::told;
use crate::harness::{OFF, Page, Stage, of, serve_pages, tag};

/// What runs in the frame before the pixel's own code: the objects that a custom pixel has, each answered by the page
/// around it, and nothing of the page itself.
const FRAME: &str = "
    const waiting = new Map(); const subscribers = {}; let n = 0;
    const ask = (place, method, ...parts) => new Promise((resolve) => {
      waiting.set(++n, resolve); parent.postMessage({ n, place, method, parts }, '*') });
    const storage = (place) => ({ getItem: (key) => ask(place, 'getItem', key), setItem: (key, value) => ask(place, 'setItem', key, value),
      removeItem: (key) => ask(place, 'removeItem', key) });
    const subscribe = (name, heard) => { (subscribers[name] ??= []).push(heard); };
    onmessage = ({ data }) => {
      if (data.n) return waiting.get(data.n)(data.result);
      for (const heard of subscribers[data.name] ?? []) heard(data.event) };
    const analytics = { subscribe };
    const browser = { localStorage: storage('localStorage'), sessionStorage: storage('sessionStorage') };
    const api = { analytics, browser, customerPrivacy: { subscribe } };
    const { origin } = self;
    if (origin != 'null') throw new Error('a pixel has no origin');
    import('COLLECTOR/sdk/adapters/shopify-pixel.js').then(({ connect }) => {
      connect({ analytics, browser, init: INIT, customerPrivacy: api.customerPrivacy, endpoint: 'COLLECTOR/v1/batch', site: 'demo',
        OPTIONS });
      parent.postMessage({ isReady: true }, '*') });";
/// What runs in the page around it: Shopify's part.
const AROUND: &str = "
    frame = document.createElement('iframe'); frame.sandbox = 'allow-scripts allow-forms'; frame.srcdoc = FRAME;
    isReady = false; let seq = 0;
    addEventListener('message', ({ data: { n, place, method, parts, isReady: ready } }) => {
      if (ready) isReady = true;
      if (n) frame.contentWindow.postMessage({ n, result: window[place][method](...parts) }, '*') });
    publish = (name, data) => frame.contentWindow.postMessage({ name, event: { id: 'sh-' + ++seq, seq, name, data, type: 'standard',
      clientId: 'c1', timestamp: new Date().toISOString(),
      context: { document: { title: document.title, referrer: document.referrer, location: { href: location.href } } } } }, '*');
    collected = (customerPrivacy) => frame.contentWindow.postMessage({ name: 'visitorConsentCollected', event: { customerPrivacy } }, '*');
    addEventListener('load', () => document.body.append(frame));";

/// A page of the shop with the pixel. `head` is the theme's part, `options` are the pixel's own.
fn page(collector: &str, head: &str, title: &str, options: &str, is_allowed: bool) -> Page {
    let init = json!({
        "context": {},
        "data": { "customer": { "id": "6940", "email": "jane@shop.example", "phone": "+49 30 901820", "firstName": "Jane" } },
        "customerPrivacy": { "analyticsProcessingAllowed": is_allowed, "marketingAllowed": is_allowed,
            "preferencesProcessingAllowed": true, "saleOfDataAllowed": false }
    });
    let frame = FRAME
        .replace("COLLECTOR", collector)
        .replace("INIT", &init.to_string())
        .replace("OPTIONS", options);
    let frame = json!(format!(
        "<!doctype html><script type=module>{frame}</script>"
    ));
    let around = AROUND.replace("FRAME", &frame.to_string().replace("</", "<\\/"));
    Page::new(format!(
        "<!doctype html><title>{title}</title>{head}<script>{around}</script><body><p>Shop</p>"
    ))
}

/// Opens a page, waits until the pixel listens, and publishes events to it.
async fn publish(stage: &Stage, url: &str, events: &[(&str, Value)]) -> Result<()> {
    stage.browser.open(url).await?;
    stage.browser.until("the pixel", "isReady").await?;
    for (name, data) in events {
        stage
            .browser
            .run(&format!("publish('{name}', {data})"))
            .await?;
    }
    Ok(())
}

fn variant() -> Value {
    json!({ "id": "9001", "sku": "B-1", "title": "Oak", "untranslatedTitle": "Oak", "image": { "src": "/a.png" },
        "price": { "amount": 35.79, "currencyCode": "EUR" },
        "product": { "id": "8001", "title": "Bench", "untranslatedTitle": "Bench", "vendor": "Forest", "type": "Garden", "url": "/products/bench" } })
}

fn checkout() -> Value {
    json!({ "checkout": {
        "token": "5f0aa2e1", "currencyCode": "EUR", "email": "jane@shop.example", "phone": "+49 30 901820",
        "billingAddress": { "firstName": "Jane", "lastName": "Doe", "address1": "Unter den Linden 1", "city": "Berlin", "zip": "10117" },
        "shippingAddress": { "firstName": "Jane", "lastName": "Doe", "address1": "Unter den Linden 1", "city": "Berlin", "zip": "10117" },
        "subtotalPrice": { "amount": 64.42, "currencyCode": "EUR" }, "totalPrice": { "amount": 69.32, "currencyCode": "EUR" },
        "totalTax": { "amount": 11.07, "currencyCode": "EUR" }, "shippingLine": { "price": { "amount": 4.9, "currencyCode": "EUR" } },
        "discountApplications": [
            { "type": "AUTOMATIC", "title": "Summer", "allocationMethod": "ACROSS" },
            { "type": "DISCOUNT_CODE", "title": "MAY10", "allocationMethod": "ACROSS", "value": { "percentage": 10 } }],
        "delivery": { "selectedDeliveryOptions": [{ "title": "Express", "type": "shipping", "cost": { "amount": 4.9 } }] },
        "lineItems": [{ "id": "1", "title": "Bench", "quantity": 2, "finalLinePrice": { "amount": 64.42, "currencyCode": "EUR" },
            "variant": variant() }],
        "order": { "id": "5123", "customer": { "id": "6940", "isFirstOrder": true } },
        "transactions": [{ "amount": { "amount": 69.32, "currencyCode": "EUR" }, "gateway": "shopify_payments",
            "paymentMethod": { "name": "VISA", "type": "creditCard" } }] } })
}

fn items(quantity: Option<u32>, index: Option<u32>) -> Value {
    let mut item = json!({ "item_id": "8001", "item_name": "Bench", "item_brand": "Forest", "item_category": "Garden",
        "item_variant": "Oak", "price": 35.79 });
    for (key, number) in [("quantity", quantity), ("index", index)] {
        if let Some(number) = number {
            item[key] = json!(number);
        }
    }
    json!([item])
}

/// Nothing of the customer is in any event.
fn tells_no_customer(events: &[Event]) -> Result<()> {
    let all = format!("{events:?}");
    for secret in ["jane", "Jane", "Doe", "Linden", "90182", "6940", "c0ffee"] {
        ensure!(!all.contains(secret), "{secret} is in {all}");
    }
    Ok(())
}

/// Beside the theme's tag: the checkout alone, for the same visitor, and an order once.
pub(crate) async fn a_pixel_tells_the_checkout_of_the_themes_visitor(
    stage: &mut Stage,
) -> Result<()> {
    let collector = stage.collector.url.clone();
    let tag = tag(&format!("data-off='{OFF}'"));
    let options = format!(
        "only: 'checkout', off: '{}'",
        OFF.trim_start_matches("views,")
    );
    let thanks = "/checkouts/cn/c0ffee5f0aa2e1/thank-you";
    let pages = [
        (
            "/products/bench",
            page(&collector, &tag, "Bench", &options, true),
        ),
        (thanks, page(&collector, "", "Thank you", &options, true)),
    ];
    let site = serve_pages(&collector, pages).await?;
    let product = [
        ("page_viewed", json!({})),
        ("product_viewed", json!({ "productVariant": variant() })),
        (
            "product_added_to_cart",
            json!({ "cartLine": { "quantity": 1, "merchandise": variant() } }),
        ),
    ];
    publish(stage, &format!("{site}/products/bench"), &product).await?;
    stage
        .browser
        .run("desirepath.track('theme'); desirepath.flush()")
        .await?;
    let steps = [
        "checkout_started",
        "checkout_contact_info_submitted",
        "checkout_address_info_submitted",
        "checkout_shipping_info_submitted",
        "payment_info_submitted",
        "checkout_completed",
    ];
    let mut events = vec![("page_viewed", json!({}))];
    events.extend(steps.map(|name| (name, checkout())));
    publish(stage, &format!("{site}{thanks}"), &events).await?;
    let of_checkout = |name: &str, props: Value| {
        let mut event = json!({ "name": name, "currency": "EUR", "value": 64.42, "items": items(Some(2), None), "props": props });
        event["props"]["coupon"] = json!("MAY10");
        event
    };
    let expected = json!([
        { "name": "theme" },
        { "name": "page_view", "props": { "navigation": "load", "previous_path": "/products/bench" } },
        of_checkout("begin_checkout", json!({})),
        of_checkout("checkout_contact_info", json!({})),
        of_checkout("checkout_address_info", json!({})),
        of_checkout("add_shipping_info", json!({ "shipping_tier": "Express" })),
        of_checkout("add_payment_info", json!({ "payment_type": "creditCard" })),
        of_checkout("purchase", json!({ "transaction_id": "5123", "shipping": 4.9, "tax": 11.07 })),
    ]);
    told(&stage.collector, &expected).await?;
    // The page is loaded again, and says again what it said.
    publish(
        stage,
        &format!("{site}{thanks}"),
        &[
            ("checkout_completed", checkout()),
            ("checkout_started", checkout()),
        ],
    )
    .await?;
    let events = stage.collector.has(&[("begin_checkout", 2)]).await?;
    let n_orders = of(&events, "purchase").len();
    ensure!(n_orders == 1, "{n_orders} purchases of one order");
    let visitors: BTreeSet<_> = events
        .iter()
        .map(|event| event.visitor.as_deref())
        .collect();
    ensure!(
        visitors.len() == 1 && !visitors.contains(&None),
        "one visitor: {visitors:?}"
    );
    for event in &events[1..] {
        let page = event.page.clone().unwrap_or_default();
        ensure!(
            page.path.as_deref() == Some("/checkouts/-/thank-you")
                && page.title.as_deref() == Some("Thank you"),
            "{page:?}"
        );
    }
    tells_no_customer(&events)
}

/// Without a tag the pixel tells everything, once the visitor has agreed; before that nothing is kept or sent.
pub(crate) async fn a_pixel_alone_tells_everything_after_a_yes(stage: &mut Stage) -> Result<()> {
    let collector = stage.collector.url.clone();
    let options = "off: 'frustration,engagement,vitals,errors'";
    let path = "/collections/garden";
    let pages = [(path, page(&collector, "", "Garden", options, false))];
    let site = serve_pages(&collector, pages).await?;
    let line = |quantity: u32, total: f64| {
        json!({ "quantity": quantity, "merchandise": variant(),
            "cost": { "totalAmount": { "amount": total, "currencyCode": "EUR" } } })
    };
    let search =
        json!({ "searchResult": { "query": "bench", "productVariants": [variant(), variant()] } });
    let url = format!("{site}{path}");
    publish(
        stage,
        &url,
        &[
            ("page_viewed", json!({})),
            ("search_submitted", search.clone()),
        ],
    )
    .await?;
    // Time enough for a tracker that sends what it may not.
    tokio::time::sleep(std::time::Duration::from_secs(5)).await;
    let kept = stage
        .browser
        .run("return Object.keys(localStorage).filter((key) => !/consent$/.test(key))")
        .await?;
    ensure!(kept == json!([]), "{kept} is kept");
    ensure!(
        stage
            .collector
            .events()
            .await
            .map_or(true, |events| events.is_empty()),
        "nothing is sent"
    );
    stage
        .browser
        .run("collected({ analyticsProcessingAllowed: true, marketingAllowed: false })")
        .await?;
    let list =
        json!({ "collection": { "id": "301", "title": "Garden", "productVariants": [variant()] } });
    for (name, data) in [
        ("product_viewed", json!({ "productVariant": variant() })),
        ("collection_viewed", list),
        ("search_submitted", search),
        (
            "product_added_to_cart",
            json!({ "cartLine": line(2, 71.58) }),
        ),
        (
            "cart_viewed",
            json!({ "cart": { "id": "c1", "lines": [line(2, 71.58)] } }),
        ),
        (
            "product_removed_from_cart",
            json!({ "cartLine": line(1, 35.79) }),
        ),
    ] {
        stage
            .browser
            .run(&format!("publish('{name}', {data})"))
            .await?;
    }
    let cart = |name: &str, quantity: u32, value: f64| json!({ "name": name, "currency": "EUR", "value": value, "items": items(Some(quantity), None) });
    let searched =
        json!({ "name": "view_search_results", "props": { "search_term": "bench", "results": 2 } });
    let expected = json!([
        { "name": "page_view", "props": { "navigation": "load" } },
        searched,
        { "name": "consent", "props": { "source": "call", "state": "granted" } },
        { "name": "view_item", "currency": "EUR", "value": 35.79, "items": items(None, Some(0)) },
        { "name": "view_item_list", "currency": "EUR", "props": { "item_list_id": "301", "item_list_name": "Garden" },
          "items": items(None, Some(0)) },
        searched,
        cart("add_to_cart", 2, 71.58),
        cart("view_cart", 2, 71.58),
        cart("remove_from_cart", 1, 35.79),
    ]);
    told(&stage.collector, &expected).await?;
    tells_no_customer(&stage.collector.events().await?)
}
