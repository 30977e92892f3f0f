//! What reaches the collector when something goes wrong: all of it, once.

use anyhow::{Result, ensure};
use event::PropValue;

use crate::harness::{Change, Engine, Stage, eventually, serve_with};
use crate::journey::{FILLS_CART, check, check_delivered, expected, take_kettle, told};

pub(crate) async fn a_tab_closed_after_the_last_click_loses_nothing(
    stage: &mut Stage,
) -> Result<()> {
    let Stage { browser, collector } = stage;
    let product = format!("{}/shop/product/soup-bowl/", collector.url);
    browser.open_tab().await?;
    browser.open(&product).await?;
    browser.click("[data-testid=add-to-cart]").await?;
    browser.close_tab().await?;
    let mut lines = vec![
        "page_view product/soup-bowl/",
        "view_item product/soup-bowl/",
        "click product/soup-bowl/",
        "add_to_cart product/soup-bowl/",
    ];
    // Firefox lets no request out of a tab some milliseconds after it was closed: the shop's next page sends what was
    // kept.
    if browser.engine == Engine::Firefox {
        browser.open(&product).await?;
        lines.extend_from_within(..2);
    }
    check_delivered(collector, &expected("/shop/", &lines)).await?;
    Ok(())
}

pub(crate) async fn a_killed_collector_loses_nothing(stage: &mut Stage) -> Result<()> {
    let Stage { browser, collector } = stage;
    browser
        .open(&format!("{}/shop/product/soup-bowl/", collector.url))
        .await?;
    browser.click("[data-testid=add-to-cart]").await?;
    eventually("the first batch", async || {
        let told = told(&collector.events().await?);
        ensure!(told.len() == 4, "{told:?} so far");
        Ok(())
    })
    .await?;

    collector.kill().await?;
    browser.click("[data-testid=add-to-cart]").await?;
    // Longer than a batch waits, so that an attempt has failed.
    tokio::time::sleep(std::time::Duration::from_secs(5)).await;
    collector.restart().await?;
    browser.click("[data-testid=wish]").await?;

    let lines = [
        "page_view product/soup-bowl/",
        "view_item product/soup-bowl/",
        "click product/soup-bowl/",
        "add_to_cart product/soup-bowl/",
        "click product/soup-bowl/",
        "add_to_cart product/soup-bowl/",
        "click product/soup-bowl/",
        "add_to_wishlist product/soup-bowl/",
    ];
    check_delivered(collector, &expected("/shop/", &lines)).await?;
    Ok(())
}

pub(crate) async fn a_page_without_wasm_still_tells(stage: &mut Stage) -> Result<()> {
    tells_without_wasm(stage, Change::WasmMissing).await
}

pub(crate) async fn a_page_whose_wasm_hangs_still_tells(stage: &mut Stage) -> Result<()> {
    tells_without_wasm(stage, Change::WasmHanging).await
}

pub(crate) async fn a_page_without_wasm_tells_its_user(stage: &mut Stage) -> Result<()> {
    let Stage { browser, collector } = stage;
    let proxy = serve_with(Change::WasmMissing, &collector.url).await?;
    browser.open(&format!("{proxy}/shop/")).await?;
    let calls = "const { track, identify, reset } = window.desirepath;
        track('before'); identify(42); track('by_number'); identify('u-1'); track('by_text');
        identify('jane@shop.example'); track('by_address'); reset(); track('after'); return true";
    browser.run(calls).await?;
    let names = ["before", "by_number", "by_text", "by_address", "after"];
    let users = eventually("the calls", async || {
        let events = collector.events().await?;
        let of = |name: &&str| events.iter().find(|event| event.name == *name);
        let told: Vec<_> = names.iter().filter_map(of).collect();
        ensure!(told.len() == names.len(), "{} calls so far", told.len());
        Ok(told
            .iter()
            .map(|event| event.user.clone())
            .collect::<Vec<_>>())
    })
    .await?;
    let users: Vec<_> = users.iter().map(Option::as_deref).collect();
    let expected = [None, Some("42"), Some("u-1"), Some("u-1"), None];
    ensure!(users == expected, "{users:?}");
    Ok(())
}

/// The shop works, and its page views and calls arrive; the first view says once why the tracker is not whole.
async fn tells_without_wasm(stage: &mut Stage, change: Change) -> Result<()> {
    let Stage { browser, collector } = stage;
    let proxy = serve_with(change, &collector.url).await?;
    browser.open(&format!("{proxy}/shop/")).await?;
    take_kettle(browser).await?;
    let events = check(browser, collector, &expected("/shop/", FILLS_CART)).await?;
    let ids: std::collections::BTreeSet<_> = events.iter().map(|event| event.id).collect();
    ensure!(
        ids.len() == events.len(),
        "every event has an id of its own"
    );
    let views = events.iter().filter(|event| event.name == "page_view");
    let reasons = views
        .map(|view| view.props.get("degraded"))
        .collect::<Vec<_>>();
    if change == Change::WasmMissing {
        let says_why = |reason: &Option<&PropValue>| matches!(reason, Some(PropValue::String(words)) if !words.is_empty());
        ensure!(
            reasons.iter().any(says_why),
            "a page view says why: {reasons:?}"
        );
    }
    Ok(())
}
