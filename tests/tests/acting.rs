//! Rules that act in the moment, with callbacks that tell of it by events of their own.

use anyhow::{Result, ensure};

use crate::harness::{Stage, eventually, serve_pages, text};
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
