//! The plugin for WooCommerce, run by PHP as a shop would run it, and its pages in a browser.

use std::process::Command;

use anyhow::{Context, Result, ensure};
use serde_json::json;

use crate::adapters::told;
use crate::harness::{OFF, Page, Stage, serve_pages, variable};

/// As much of jQuery as WooCommerce's signals need.
const JQUERY: &str = "<script>const heard = {}; \
    jQuery = (element) => ({ 0: element, on(kind, listener) { (heard[kind] ??= []).push(listener) }, \
      trigger(kind, parts) { for (const listener of heard[kind] ?? []) listener({ type: kind }, ...parts) } });</script>";

/// The pages of the shop, in the order of a visit; the last thanks for an order whose key the visitor does not have.
const PAGES: [&str; 8] = [
    "product", "cart", "checkout", "thanks", "thanks", "search", "missing", "pried",
];

pub(crate) async fn the_plugin_tells_its_pages(stage: &mut Stage) -> Result<()> {
    let php = variable("DESIREPATH_PHP", "");
    if php.is_empty() {
        ensure!(std::env::var("CI").is_err(), "DESIREPATH_PHP is not set");
        eprintln!("SKIPPED: the plugin: there is no PHP; `cargo xtask test` installs it");
        return Ok(());
    }
    let config = tempfile::NamedTempFile::new()?;
    std::fs::write(config.path(), format!("<?php\n{}", documented()?))?;
    let mut pages = Vec::new();
    for name in PAGES {
        let tests = env!("CARGO_MANIFEST_DIR");
        let made = Command::new(&php)
            .arg(format!("{tests}/php/shop.php"))
            .arg(format!("{tests}/../sdk/adapters/desirepath.php"))
            .arg(config.path())
            .arg(name)
            .output()
            .context("running PHP")?;
        let html = String::from_utf8(made.stdout)?;
        ensure!(made.status.success(), "{name}: {html}");
        let html = html
            .replace("https://collector.example", "")
            .replace("data-site=", &format!("data-off='{OFF}' data-site="));
        pages.push((format!("/{name}"), Page::new(html + JQUERY)));
    }
    let site = serve_pages(&stage.collector.url, pages).await?;
    for name in PAGES {
        stage.browser.visit(&format!("{site}/{name}")).await?;
        if name == "product" {
            stage.browser.click("[name=add-to-cart]").await?;
            stage
                .browser
                .run(
                    "const signal = (kind, selector) => jQuery(document.body).trigger(kind, \
                       [{}, 'hash', selector && jQuery(document.querySelector(selector))]); \
                     signal('added_to_cart', '#related'); signal('added_to_cart', '#plain'); signal('added_to_cart', null); \
                     signal('added_to_cart', '[name=add-to-cart]'); signal('removed_from_cart', '.remove_from_cart_button')",
                )
                .await?;
        }
        stage.browser.run("desirepath.flush()").await?;
    }
    let bench = json!({ "item_id": "17", "item_name": "Bench \"Oak\" </script>", "price": 35.79, "item_category": "Garden & more" });
    let mut two = bench.clone();
    two["quantity"] = json!(2);
    // A variation counts as its product.
    let pot = json!({ "item_id": "20", "item_name": "Pot - red", "price": 20.5, "item_category": "Pots", "quantity": 1 });
    let expected = json!([
        { "name": "view_item", "currency": "EUR", "value": 35.79, "items": [bench] },
        { "name": "add_to_cart", "currency": "EUR", "value": 71.58, "items": [two] },
        { "name": "add_to_cart", "currency": "EUR", "value": 20.5,
          "items": [{ "item_id": "18", "item_name": "Lamp & shade", "price": 20.5, "quantity": 1 }] },
        { "name": "add_to_cart", "items": [{ "item_id": "19", "quantity": 3 }] },
        { "name": "remove_from_cart", "currency": "EUR", "value": 71.58, "items": [two] },
        { "name": "view_cart", "currency": "EUR", "value": 92.08, "items": [two, pot] },
        { "name": "begin_checkout", "currency": "EUR", "value": 92.08, "items": [two, pot] },
        // Opened twice, told once.
        { "name": "purchase", "currency": "EUR", "value": 82.08, "items": [two, pot],
          "props": { "transaction_id": "1005", "shipping": 4.9, "tax": 13.11, "coupon": "may, friends" } },
        { "name": "view_search_results", "props": { "search_term": "red & blue", "results": 3 } },
        { "name": "not_found" },
    ]);
    told(&stage.collector, &expected).await
}

/// What the documentation tells the shop's owner to add to `wp-config.php`.
fn documented() -> Result<String> {
    let page = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../docs/adapters/woocommerce.md"
    );
    let text = std::fs::read_to_string(page).context("reading the documentation")?;
    let fence = text.split("```php\n").nth(1).context("no block of PHP")?;
    let code = fence
        .split("```")
        .next()
        .context("the block does not end")?;
    Ok(code.to_owned())
}
