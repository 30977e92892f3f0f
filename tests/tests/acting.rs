//! Rules that act in the moment, with callbacks that tell of it by events of their own.

use anyhow::{Context, Result, ensure};

use crate::harness::{Stage, eventually, first, serve_pages, text};
use crate::identity::{leave, tracked};

/// Reports that a rule has acted.
const TELL: &str = "const tell = (rule) => ({ event, item_id }) => desirepath.track('acted', { rule, event, item_id });";

pub(crate) async fn views_of_one_product_are_counted_over_pages(stage: &mut Stage) -> Result<()> {
    let Stage { browser, collector } = stage;
    let rules = format!(
        "<script>window.addEventListener('load', () => {{ {TELL}
           desirepath.on({{ event: 'view_item', count: 3, same: 'item_id', within: '30m', once: 'session' }}, tell('third'));
           desirepath.on({{ sequence: ['view_item', 'view_cart'], once: 'visitor' }}, () => {{ throw new Error('mine') }});
           desirepath.on({{ sequence: ['view_item', 'view_cart'], within: '1h', cooldown: '1d' }}, tell('cart'));
           desirepath.on({{ event: 'view_cart' }}, tell('never'))();
         }})</script>"
    );
    let site = serve_pages(&collector.url, [("/p/", tracked("", &rules))]).await?;
    let view =
        |id: &str| format!("desirepath.track('view_item', {{ items: [{{ item_id: '{id}' }}] }})");
    for ids in [["a", "b"], ["b", "a"], ["a", "a"]] {
        browser.visit(&format!("{site}/p/")).await?;
        for id in ids {
            browser.run(&view(id)).await?;
        }
    }
    browser.run("desirepath.track('view_cart')").await?;
    browser.run("desirepath.track('view_cart')").await?;
    let acted = leave(browser, collector, &["acted"], 2).await?;
    let told: Vec<_> = acted
        .iter()
        .map(|event| {
            [
                text(event, "rule"),
                text(event, "event"),
                text(event, "item_id"),
            ]
        })
        .collect();
    ensure!(
        told == [["third", "view_item", "a"], ["cart", "view_cart", ""]],
        "{told:?}"
    );
    Ok(())
}

pub(crate) async fn an_idle_cart_and_a_visitor_who_leaves_are_noticed(
    stage: &mut Stage,
) -> Result<()> {
    let Stage { browser, collector } = stage;
    let site = serve_pages(&collector.url, [("/p/", tracked("", "P"))]).await?;
    browser.visit(&format!("{site}/p/")).await?;
    let script = format!(
        "{TELL}
         desirepath.track('add_to_cart', {{ items: [{{ item_id: 'a' }}] }});
         desirepath.on({{ idle: 1, cart: 'filled' }}, tell('idle'));
         desirepath.on({{ idle: 1, cart: 'empty' }}, tell('never'));
         desirepath.on({{ exit: true, cart: 'filled', once: 'session' }}, (moment) => {{ window.left = (window.left || 0) + 1; tell('exit')(moment); }});"
    );
    browser.run(&script).await?;
    // No driver moves the pointer out of the window in all engines: the event is made as the browser makes it.
    let exit = "document.body.dispatchEvent(new MouseEvent('mouseout', { bubbles: true, clientY: -1 })); return window.left";
    ensure!(browser.run(exit).await? == 1, "the first time");
    ensure!(browser.run(exit).await? == 1, "once a session");
    eventually("the silence", async || {
        browser.run("desirepath.flush()").await?;
        let events = collector.events().await?;
        let acted = events.iter().filter(|event| event.name == "acted");
        ensure!(acted.count() == 2, "not yet");
        Ok(())
    })
    .await?;
    let acted = leave(browser, collector, &["acted"], 2).await?;
    let mut told: Vec<_> = acted.iter().map(|event| text(event, "rule")).collect();
    told.sort_unstable();
    ensure!(told == ["exit", "idle"], "{told:?}");
    Ok(())
}

/// The shop's own reminder, and what it declares in its markup.
pub(crate) async fn the_shop_reminds_and_tells_what_was_seen(stage: &mut Stage) -> Result<()> {
    let Stage { browser, collector } = stage;
    browser.visit(&format!("{}/shop/", collector.url)).await?;
    let promotions = collector.has(&[("view_promotion", 1)]).await?;
    let promotion = first(&promotions, "view_promotion")?;
    ensure!(text(promotion, "promotion_id") == "mended", "{promotion:?}");
    browser
        .visit(&format!("{}/shop/product/steel-kettle/", collector.url))
        .await?;
    browser.click("[data-testid=add-to-cart]").await?;
    // No driver moves the pointer out of the window in all engines: the event is made as the browser makes it.
    browser
        .run("document.body.dispatchEvent(new MouseEvent('mouseout', { bubbles: true, clientY: -1 }))")
        .await?;
    let words = browser.find("[data-testid=reminder]").await?.text().await?;
    ensure!(words.contains("One thing waits in your cart"), "{words}");
    browser.click("[data-action=close-reminder]").await?;
    browser
        .until("no reminder", "!document.querySelector('[data-reminder]')")
        .await?;
    browser
        .run("document.querySelector('.related').scrollIntoView()")
        .await?;
    let seen = eventually("the related products", async || {
        let lists = collector.named("view_item_list").await?;
        let mut related = lists
            .into_iter()
            .filter(|list| text(list, "item_list_id") == "related");
        related.next().context("no list of them yet")
    })
    .await?;
    let ids: Vec<_> = seen
        .items
        .iter()
        .filter_map(|item| item.item_id.as_deref())
        .collect();
    ensure!(
        ids == ["FO-102", "FO-103", "FO-104"] && seen.currency.as_deref() == Some("EUR"),
        "{seen:?}"
    );
    browser
        .click("[data-testid=related-stoneware-teapot]")
        .await?;
    browser.loaded("[data-testid=add-to-cart]").await?;
    browser.run("window.desirepath?.flush?.()").await?;
    let told = collector
        .has(&[("cart_reminder", 1), ("select_item", 1), ("view_item", 2)])
        .await?;
    let reminded = first(&told, "cart_reminder")?;
    ensure!(text(reminded, "moment") == "exit", "{reminded:?}");
    let chosen = first(&told, "select_item")?;
    ensure!(
        text(chosen, "item_list_id") == "related"
            && chosen.items[0].item_id.as_deref() == Some("FO-102"),
        "{chosen:?}"
    );
    Ok(())
}
