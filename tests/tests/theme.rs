//! The snippet for Shopify's themes, rendered as a theme would render it, and run.

use std::collections::HashMap;

use anyhow::{Context, Result};
use liquid::ParserBuilder;
use liquid_core::{
    Display_filter, Filter, FilterReflection, ParseFilter, Result as Rendered, Runtime, Value,
    ValueView,
};
use serde_json::json;

use crate::adapters::told;
use crate::harness::{OFF, Page, Stage, serve_pages};

/// Shopify's own filter `json`, which the language itself does not have.
#[derive(Clone, ParseFilter, FilterReflection)]
#[filter(name = "json", description = "A value as JSON.", parsed(AsJson))]
struct Json;

#[derive(Debug, Default, Display_filter)]
#[name = "json"]
struct AsJson;

impl Filter for AsJson {
    fn evaluate(&self, input: &dyn ValueView, _: &dyn Runtime) -> Rendered<Value> {
        let text = serde_json::to_string(&input.to_value());
        Ok(Value::scalar(text.unwrap_or_default()))
    }
}

/// The snippet on one page of a theme, whose objects are `page` beside those that every page has.
fn rendered(page: &serde_json::Value) -> Result<String> {
    let snippet = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../sdk/adapters/desirepath.liquid"
    );
    let snippet = std::fs::read_to_string(snippet).context("reading the snippet")?;
    let parser = ParserBuilder::with_stdlib().filter(Json).build()?;
    // A theme's objects are there on every page, and empty where they do not apply.
    let mut objects = json!({
        "product": null, "collection": { "products": null }, "search": { "performed": false }, "request": { "page_type": "index" },
        "cart": { "currency": { "iso_code": "EUR" }, "items_subtotal_price": 0, "items": [] },
    });
    let known = objects.as_object_mut().context("they are an object")?;
    for (key, value) in page.as_object().context("so are these")? {
        known.insert(key.clone(), value.clone());
    }
    let html = parser
        .parse(&snippet)?
        .render(&liquid::to_object(&objects)?)?;
    Ok(html.replace("https://collector.example", ""))
}

pub(crate) async fn the_snippet_of_a_theme_tells_its_page(stage: &mut Stage) -> Result<()> {
    let bench = json!({ "id": 8001, "title": "Bench \"Oak\" </script>", "vendor": "Forest", "type": "Garden", "price": 3579,
        "selected_or_first_available_variant": { "title": "Large", "price": 3579 } });
    let lamp =
        json!({ "id": 8002, "title": "Lamp", "vendor": "Light", "type": "Garden", "price": 2050 });
    let line = json!({ "product_id": 8001, "product": bench, "variant": { "title": "Large" }, "final_price": 3221, "quantity": 2 });
    let cart = json!({ "currency": { "iso_code": "EUR" }, "items_subtotal_price": 6442, "items": [line, line] });
    let themes = [
        ("/products/bench", json!({ "product": bench })),
        (
            "/collections/garden",
            json!({ "collection": { "id": 301, "title": "Garden", "products": [bench, lamp] } }),
        ),
        (
            "/search",
            json!({ "search": { "performed": true, "terms": "bench & \"co\"", "results_count": 2 } }),
        ),
        (
            "/cart",
            json!({ "request": { "page_type": "cart" }, "cart": cart }),
        ),
        ("/gone", json!({ "request": { "page_type": "404" } })),
        ("/", json!({})),
    ];
    let form = "<form method=post action='/cart/add' target=basket><input type=hidden name=id value=9001>\
        <input type=number name=quantity value=3><button name=add>Add</button></form><iframe name=basket title=Basket></iframe>";
    let mut pages = HashMap::new();
    for (path, objects) in &themes {
        let snippet =
            rendered(objects)?.replace("data-site=", &format!("data-off='{OFF}' data-site="));
        let html = format!("<!doctype html><head><title>T</title>{snippet}</head><body>{form}");
        pages.insert((*path).to_owned(), Page::new(html));
    }
    let site = serve_pages(&stage.collector.url, pages).await?;
    for (path, _) in &themes {
        stage.browser.visit(&format!("{site}{path}")).await?;
        if *path == "/products/bench" {
            stage.browser.click("[name=add]").await?;
        }
        stage.browser.run("desirepath.flush()").await?;
    }
    let item = |more: serde_json::Value| {
        let mut item = json!({ "item_id": "8001", "item_name": "Bench \"Oak\" </script>" });
        for (key, value) in more.as_object().into_iter().flatten() {
            item[key] = value.clone();
        }
        item
    };
    let viewed = |quantity: Option<u32>| {
        let mut item = item(
            json!({ "item_brand": "Forest", "item_category": "Garden", "item_variant": "Large", "price": 35.79 }),
        );
        if let Some(quantity) = quantity {
            item["quantity"] = json!(quantity);
        }
        item
    };
    let bought = item(json!({ "item_variant": "Large", "price": 32.21, "quantity": 2 }));
    let expected = json!([
        { "name": "view_item", "currency": "EUR", "value": 35.79, "items": [viewed(None)] },
        { "name": "add_to_cart", "currency": "EUR", "value": 107.37, "items": [viewed(Some(3))] },
        { "name": "view_item_list", "currency": "EUR", "props": { "item_list_id": "301", "item_list_name": "Garden" }, "items": [
            item(json!({ "item_brand": "Forest", "price": 35.79, "index": 0 })),
            { "item_id": "8002", "item_name": "Lamp", "item_brand": "Light", "price": 20.5, "index": 1 }] },
        { "name": "view_search_results", "props": { "search_term": "bench & \"co\"", "results": 2 } },
        { "name": "view_cart", "currency": "EUR", "value": 64.42, "items": [bought, bought] },
        { "name": "not_found" },
    ]);
    told(&stage.collector, &expected).await
}
