//! Pages that speak another tracker's language, as that tracker's documentation has it: each event that the collector
//! gets is compared whole, with its items, amounts, properties and user.

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use crate::harness::{Collector, OFF, Page, Stage, eventually, serve_pages, tag};

/// A tag with nothing told that the page does not say itself.
fn quiet_tag() -> String {
    tag(&format!("data-off='{OFF}'"))
}

/// Fields that differ from run to run.
const VARYING: [&str; 8] = [
    "id", "ts", "seq", "visitor", "session", "tab", "page", "source",
];

/// Waits until the collector has as many events as expected, and compares them one by one, in their order.
pub(crate) async fn told(collector: &Collector, expected: &Value) -> Result<()> {
    let expected: Vec<Value> = serde_json::from_value(normal(expected.clone()))?;
    let events = eventually("the events", async || {
        let url = format!("{}/v1/sites/demo/events", collector.url);
        let text = reqwest::get(url).await?.error_for_status()?.text().await?;
        let events: Vec<Value> = text
            .lines()
            .map(serde_json::from_str)
            .collect::<Result<_, _>>()?;
        let names: Vec<_> = events.iter().map(|event| event["name"].clone()).collect();
        ensure!(events.len() >= expected.len(), "{names:?} so far");
        Ok(events)
    })
    .await?;
    let mut events = events;
    events.sort_by_key(|event| (event["ts"].as_i64(), event["seq"].as_i64()));
    for event in &mut events {
        let fields = event.as_object_mut().context("an event is an object")?;
        for name in VARYING {
            fields.remove(name);
        }
        // How far a browser that is steered looks like a program, and how long it stayed, is no matter of adapters.
        if let Some(props) = fields.get_mut("props").and_then(Value::as_object_mut) {
            for name in ["bot_score", "previous_millis", "previous_scroll"] {
                props.remove(name);
            }
        }
        if fields.get("props") == Some(&json!({})) {
            fields.remove("props");
        }
    }
    let events: Vec<Value> = events.into_iter().map(normal).collect();
    for (event, expected) in events.iter().zip(&expected) {
        ensure!(
            event == expected,
            "the collector has\n{event}, not\n{expected}"
        );
    }
    ensure!(events.len() == expected.len(), "there are more: {events:?}");
    Ok(())
}

/// The same with every number as a floating-point one, because 2 and 2.0 are one amount.
fn normal(value: Value) -> Value {
    match value {
        Value::Number(number) => json!(number.as_f64()),
        Value::Array(list) => list.into_iter().map(normal).collect(),
        Value::Object(fields) => {
            let fields = fields.into_iter();
            fields.map(|(key, value)| (key, normal(value))).collect()
        }
        other => other,
    }
}

/// Opens a page with `html` and leaves it again.
pub(crate) async fn visit(stage: &Stage, html: &str) -> Result<()> {
    let page = Page::new(format!("<!doctype html><title>Shop</title>{html}"));
    let site = serve_pages(&stage.collector.url, [("/shop/", page)]).await?;
    stage.browser.visit(&format!("{site}/shop/")).await
}

/// The snippet that Segment documents, without its last line, which loads Segment: it queues what is called.
const SEGMENT: &str = r#"<script>
  !function(){var analytics=window.analytics=window.analytics||[];if(!analytics.initialize)if(analytics.invoked)window.console;else{
  analytics.invoked=!0;analytics.methods=["trackSubmit","trackClick","trackLink","trackForm","pageview","identify","reset","group",
  "track","ready","alias","debug","page","screen","once","off","on","addSourceMiddleware","addIntegrationMiddleware",
  "setAnonymousId","addDestinationMiddleware","register"];
  analytics.factory=function(e){return function(){if(window.analytics.initialized)return window.analytics[e].apply(window.analytics,arguments);
  var i=Array.prototype.slice.call(arguments);if(["track","screen","alias","group","page","identify"].indexOf(e)>-1){
  var c=document.querySelector("link[rel='canonical']");i.push({__t:"bpc",c:c&&c.getAttribute("href")||void 0,p:location.pathname,
  u:location.href,s:location.search,t:document.title,r:document.referrer})}i.unshift(e);analytics.push(i);return analytics}};
  for(var i=0;i<analytics.methods.length;i++){var key=analytics.methods[i];analytics[key]=analytics.factory(key)}analytics.page()}}();
</script>"#;

pub(crate) async fn what_segment_is_told_arrives_whole(stage: &mut Stage) -> Result<()> {
    let calls = r#"
      analytics.track("Product Viewed", { product_id: "507f1f77bcf86cd799439011", sku: "G-32", category: "Games", name: "Monopoly",
        brand: "Hasbro", variant: "200 pieces", price: 18.99, quantity: 1, coupon: "MAYDEALS", currency: "USD", position: 3,
        value: 18.99, url: "https://www.example.com/product/path", image_url: "https://www.example.com/product/path.jpg" });
      called = [];
      analytics.track("Clicked Help", () => called.push("track"));"#;
    let later = r#"
      analytics.identify("97980cfea0067", { name: "Peter Gibbons", email: "peter@example.com" });
      analytics.identify({ plan: "premium" });
      analytics.group("0e8c78ea9d97a7b8185e8632", { industry: "Technology" });
      analytics.page("Pricing");
      analytics.track("Products Searched", { query: "blue hotpants" });
      analytics.track("Product List Viewed", { list_id: "hot_deals_1", category: "Deals",
        products: [{ product_id: "507f1f77bcf86cd799439011", sku: "45790-32", name: "Monopoly: 3rd Edition", price: 19, position: 1,
          category: "Games/Board" }, { product_id: "505bd76785ebb509fc183733", name: "Uno Card Game", price: 3, position: 2 }] });
      analytics.track("Promotion Viewed", { promotion_id: "promo_1", creative: "top_banner_2", name: "75% store-wide shoe sale",
        position: "home_banner_top" });
      analytics.track("Checkout Step Completed", { checkout_id: "50314b8e", step: 2, shipping_method: "Fedex" });
      analytics.track("Checkout Step Completed", { checkout_id: "50314b8e", step: 3, payment_method: "Visa" });
      analytics.track("Order Completed", { checkout_id: "fksdjfsdjfisjf9sdfjsd9f", order_id: "50314b8e9bcf000000000000",
        affiliation: "Google Store", total: 30, subtotal: 22.5, revenue: 25, shipping: 3, tax: 2, discount: 2.5, coupon: "hasbros",
        currency: "USD", products: [
          { product_id: "507f1f77bcf86cd799439011", sku: "45790-32", name: "Monopoly: 3rd Edition", price: 19, quantity: 1,
            category: "Games", url: "https://www.example.com/product/path" },
          { product_id: "505bd76785ebb509fc183733", sku: "46493-32", name: "Uno Card Game", price: 3, quantity: 2 }] });
      analytics.track("Coupon Applied", { coupon_id: "may_deals_2016", discount: 23.32 });"#;
    let tag = quiet_tag();
    let html = format!(
        "{SEGMENT}{tag}<script>{calls}</script><script src='/sdk/adapters/segment.js'></script><script>{later}</script>"
    );
    visit(stage, &html).await?;
    stage.browser.run("desirepath.flush()").await?;
    let user = "97980cfea0067";
    let account = "0e8c78ea9d97a7b8185e8632";
    let about = |mut event: Value| {
        event["user"] = json!(user);
        event["props"]["account"] = json!(account);
        event
    };
    let expected = json!([
        { "name": "view_item", "currency": "USD", "value": 18.99, "items": [{
            "item_id": "507f1f77bcf86cd799439011", "item_name": "Monopoly", "item_brand": "Hasbro", "item_variant": "200 pieces",
            "item_category": "Games", "price": 18.99, "quantity": 1, "coupon": "MAYDEALS", "index": 3 }] },
        { "name": "Clicked Help" },
        about(json!({ "name": "search", "props": { "search_term": "blue hotpants" } })),
        about(json!({ "name": "view_item_list", "props": { "item_list_id": "hot_deals_1", "item_list_name": "Deals" },
            "value": 22, "items": [
            { "item_id": "507f1f77bcf86cd799439011", "item_name": "Monopoly: 3rd Edition", "price": 19, "index": 1,
              "item_category": "Games", "item_category2": "Board" },
            { "item_id": "505bd76785ebb509fc183733", "item_name": "Uno Card Game", "price": 3, "index": 2 }] })),
        about(json!({ "name": "view_promotion", "props": { "promotion_id": "promo_1", "creative_name": "top_banner_2",
            "promotion_name": "75% store-wide shoe sale", "creative_slot": "home_banner_top" } })),
        about(json!({ "name": "add_shipping_info", "props": { "checkout_id": "50314b8e", "step": 2, "shipping_tier": "Fedex" } })),
        about(json!({ "name": "add_payment_info", "props": { "checkout_id": "50314b8e", "step": 3, "payment_type": "Visa" } })),
        about(json!({ "name": "purchase", "currency": "USD", "value": 25, "props": {
            "checkout_id": "fksdjfsdjfisjf9sdfjsd9f", "transaction_id": "50314b8e9bcf000000000000", "affiliation": "Google Store",
            "shipping": 3, "tax": 2, "discount": 2.5, "coupon": "hasbros" }, "items": [
            { "item_id": "507f1f77bcf86cd799439011", "item_name": "Monopoly: 3rd Edition", "item_category": "Games", "price": 19,
              "quantity": 1 },
            { "item_id": "505bd76785ebb509fc183733", "item_name": "Uno Card Game", "price": 3, "quantity": 2 }] })),
        about(json!({ "name": "Coupon Applied", "props": { "coupon_id": "may_deals_2016", "discount": 23.32 } })),
    ]);
    told(&stage.collector, &expected).await?;
    let called = stage.browser.run("return called").await?;
    ensure!(
        called == json!(["track"]),
        "callbacks were called: {called}"
    );
    Ok(())
}

/// The snippet that Snowplow documents, without the element that loads `sp.js`.
const SNOWPLOW: &str = "<script>;(function(p,i){if(!p[i]){p.GlobalSnowplowNamespace=p.GlobalSnowplowNamespace||[];\
    p.GlobalSnowplowNamespace.push(i);p[i]=function(){(p[i].q=p[i].q||[]).push(arguments)};p[i].q=p[i].q||[]}}(window,'snowplow'));</script>";

pub(crate) async fn what_snowplow_is_told_arrives_whole(stage: &mut Stage) -> Result<()> {
    let calls = r#"
      snowplow("newTracker", "sp", "collector.example.com", { appId: "my-app-id" });
      snowplow("setUserId", "joe.blog");
      snowplow("trackPageView");
      snowplow("trackStructEvent", { category: "Mixes", action: "Play", label: "MrC/fabric-0503-mix", property: "loud", value: 0.5 });"#;
    let later = r#"
      const hoodie = { id: "12345", name: "Baseball T", brand: "Snowplow", category: "Mens/Apparel/T-shirts", price: 200,
        list_price: 210, variant: "red", size: "M", currency: "USD", quantity: 2, position: 1 };
      snowplow("trackStructEvent", "Mixes", "Stop", "MrC", "", 3);
      snowplow("trackSelfDescribingEvent", { event: { schema: "iglu:com.example/video_paused/jsonschema/1-0-0",
        data: { video: "42", at: 12.5 } } });
      snowplow("trackProductView:sp", { ...hoodie, quantity: undefined });
      snowplow("trackAddToCart:sp", { products: [hoodie], total_value: 560, currency: "USD", cart_id: "c-9" });
      snowplow("trackCheckoutStep", { step: 1 });
      snowplow("trackCheckoutStep", { step: 2, delivery_method: "Express", shipping_postcode: "10115", shipping_full_address: "Unter den Linden 1" });
      snowplow("trackTransaction", { transaction_id: "T12345", revenue: 230, currency: "USD", payment_method: "credit_card",
        total_quantity: 2, tax: 20, shipping: 10, discount_code: "MAY", discount_amount: 5, products: [{ ...hoodie, price: 100 }] });
      snowplow("trackRefund", { transaction_id: "T12345", currency: "USD", refund_amount: 100, refund_reason: "return",
        products: [{ ...hoodie, price: 100, quantity: 1 }] });
      snowplow("trackTransactionError", { error_code: "E05", error_shortcode: "CARD_DECLINE", error_type: "hard",
        resolution: "user_pay_with_other", transaction: { transaction_id: "T12346", revenue: 50, currency: "EUR", payment_method: "card" } });
      snowplow("trackPromotionClick", { id: "IP1234", name: "promo_winter", type: "popup", position: 1, creative_id: "red", slot: "hero",
        product_ids: ["12345"] });
      snowplow("trackSiteSearch", { terms: ["unified", "log"], filters: { category: "books" }, totalResults: 14, pageResults: 8 });"#;
    let tag = quiet_tag();
    let html = format!(
        "{SNOWPLOW}{tag}<script>{calls}</script><script src='/sdk/adapters/snowplow.js'></script><script>{later}</script>"
    );
    visit(stage, &html).await?;
    stage.browser.run("desirepath.flush()").await?;
    let item = |price: f64, quantity: Option<u32>| {
        let mut item = json!({ "item_id": "12345", "item_name": "Baseball T", "item_brand": "Snowplow", "item_variant": "red",
            "item_category": "Mens", "item_category2": "Apparel", "item_category3": "T-shirts", "price": price, "index": 1 });
        if let Some(quantity) = quantity {
            item["quantity"] = json!(quantity);
        }
        json!([item])
    };
    let mut expected = json!([
        { "name": "Play", "props": { "category": "Mixes", "label": "MrC/fabric-0503-mix", "property": "loud", "amount": 0.5 } },
        { "name": "Stop", "props": { "category": "Mixes", "label": "MrC", "amount": 3 } },
        { "name": "video_paused", "props": { "video": "42", "at": 12.5 } },
        { "name": "view_item", "currency": "USD", "value": 200, "items": item(200.0, None) },
        { "name": "add_to_cart", "currency": "USD", "value": 400, "props": { "cart_id": "c-9" }, "items": item(200.0, Some(2)) },
        { "name": "begin_checkout" },
        { "name": "add_shipping_info", "props": { "shipping_tier": "Express" } },
        { "name": "purchase", "currency": "USD", "value": 200, "props": { "transaction_id": "T12345", "tax": 20, "shipping": 10,
            "coupon": "MAY" }, "items": item(100.0, Some(2)) },
        { "name": "refund", "currency": "USD", "value": 100, "props": { "transaction_id": "T12345", "refund_reason": "return" },
            "items": item(100.0, Some(1)) },
        { "name": "payment_error", "props": { "code": "E05", "severity": "hard", "resolution": "user_pay_with_other",
            "payment_type": "card" } },
        { "name": "select_promotion", "props": { "promotion_id": "IP1234", "promotion_name": "promo_winter", "creative_slot": "hero",
            "creative_name": "red" } },
        { "name": "view_search_results", "props": { "search_term": "unified log", "results": 14 } },
    ]);
    for event in expected.as_array_mut().context("it is a list")? {
        event["user"] = json!("joe.blog");
    }
    told(&stage.collector, &expected).await
}
