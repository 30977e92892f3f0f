//! The hashes of a build: they are right, a page that names them works, and what was changed on its way does not run.

use std::collections::BTreeMap;

use anyhow::{Context, Result, ensure};
use event::{Event, PropValue};
use serde_json::json;

use crate::harness::{Change, Engine, Page, Stage, WATCH, eventually, serve_pages, serve_with};

/// Counts the page's own clicks, and calls the tracker as docs/sdk.md says.
const SHOP: &str = "<script>clicks = 0; \
    window.desirepath = { q: [] }; desirepath.track = (...parts) => desirepath.q.push(['track', Date.now(), ...parts]);</script>\
    <button id=buy onclick=\"clicks++; desirepath.track('my_buy')\">Buy</button>";

fn page(file: &str, hash: &str) -> Page {
    let html = format!(
        "<!doctype html><title>Shop</title>{WATCH}<body>{SHOP}<script src='/sdk/{file}' crossorigin=anonymous integrity='{hash}' \
         data-endpoint='/v1/batch' data-site='demo'></script>"
    );
    Page::new(html)
}

/// The page heard of nothing but scripts that were `refused`, and its button was heard.
async fn buys(stage: &Stage, url: &str, refused: &[String]) -> Result<()> {
    stage.browser.open(url).await?;
    stage.browser.click("#buy").await?;
    let heard = stage.browser.run("return [errors, clicks]").await?;
    ensure!(heard == json!([refused, 1]), "the page heard {heard}");
    Ok(())
}

pub(crate) async fn what_was_changed_on_its_way_does_not_run(stage: &mut Stage) -> Result<()> {
    let url = |name: &str| format!("{}/sdk/{name}", stage.collector.url);
    let hashes: BTreeMap<String, String> = reqwest::get(url("sri.json")).await?.json().await?;
    let hash = hashes.get("desirepath.js").context("the loader has one")?;
    let loader = reqwest::get(url("desirepath.js")).await?.text().await?;
    let changed = Page::new(format!("{loader}\nfetch('/stolen');"));
    let pages = [
        ("/right", page("desirepath.js", hash)),
        ("/wrong", page("changed.js", hash)),
        ("/sdk/changed.js", changed),
    ];
    let site = serve_pages(&stage.collector.url, pages).await?;

    // The tracker runs where everything is as it was built.
    buys(stage, &format!("{site}/right"), &[]).await?;
    stage.browser.tracked().await?;
    stage.browser.run("desirepath.flush()").await?;
    eventually("the call", async || {
        ensure!(
            stage.collector.named("my_buy").await?.len() == 1,
            "it has not arrived"
        );
        Ok(())
    })
    .await?;

    // Every hash is that of the file, as the browser itself reckons it.
    let reckon = "return Promise.all(arguments[0].map(async (name) => { \
        const bytes = await (await fetch('/sdk/' + name)).arrayBuffer(); \
        const digest = new Uint8Array(await crypto.subtle.digest('SHA-384', bytes)); \
        return [name, 'sha384-' + btoa(String.fromCharCode(...digest))]; }))";
    let names: Vec<_> = hashes.keys().collect();
    let reckoned = stage
        .browser
        .client
        .execute(reckon, vec![json!(names)])
        .await?;
    let reckoned: BTreeMap<String, String> =
        serde_json::from_value::<Vec<(String, String)>>(reckoned)?
            .into_iter()
            .collect();
    ensure!(reckoned == hashes, "{reckoned:#?} is not {hashes:#?}");
    for name in [
        "desirepath-sdk.js",
        "desirepath-sdk.wasm",
        "adapters/segment.js",
    ] {
        ensure!(hashes.contains_key(name), "{name} has no hash");
    }

    // A loader that was changed does not run at all; the page's calls wait for nobody and hurt nobody.
    buys(
        stage,
        &format!("{site}/wrong"),
        &[format!("{site}/sdk/changed.js")],
    )
    .await?;
    let queued = stage
        .browser
        .run("return [!!desirepath.v, desirepath.q.length, performance.getEntriesByType('resource').some(({ name }) => /stolen/.test(name))]")
        .await?;
    ensure!(queued == json!([false, 1, false]), "{queued}");

    // Of a module that was changed the glue says no, and the loader tells by itself.
    let between = serve_with(Change::WasmChanged, &site).await?;
    buys(stage, &format!("{between}/right"), &[]).await?;
    let views = eventually("what the loader tells", async || {
        let n_bought = stage.collector.named("my_buy").await?.len();
        ensure!(n_bought == 2, "{n_bought} calls");
        stage.collector.named("page_view").await
    })
    .await?;
    let is_degraded = |view: &&Event| matches!(view.props.get("degraded"), Some(PropValue::String(reason)) if reason.contains("Error"));
    let n_degraded = views.iter().filter(is_degraded).count();
    ensure!(views.len() == 2 && n_degraded == 1, "{views:?}");
    let state = stage.browser.run("return !!desirepath.state").await?;
    ensure!(state == false, "the changed module runs");
    Ok(())
}

/// What the docs say of the one link that the chain lacks: an import map may name the hash of the tracker's glue.
pub(crate) async fn an_import_map_may_name_a_hash(stage: &mut Stage) -> Result<()> {
    let sdk = format!("{}/sdk", stage.collector.url);
    let hashes = reqwest::get(format!("{sdk}/sri.json")).await?;
    let hashes: BTreeMap<String, String> = hashes.json().await?;
    let hash = |name: &str| hashes.get(name).cloned().unwrap_or_default();
    let page = |glue: &str| {
        let map = json!({ "integrity": { "/sdk/desirepath-sdk.js": glue } });
        let page = page("desirepath.js", &hash("desirepath.js"));
        let map = format!("<script type=importmap>{map}</script><body>");
        Page::new(page.html.replacen("<body>", &map, 1))
    };
    let pages = [
        ("/right", page(&hash("desirepath-sdk.js"))),
        ("/wrong", page(&hash("desirepath.js"))),
    ];
    let site = serve_pages(&stage.collector.url, pages).await?;
    stage.browser.visit(&format!("{site}/right")).await?;
    stage.browser.open(&format!("{site}/wrong")).await?;
    stage
        .browser
        .until("an end", "!!(desirepath.state || desirepath.e)")
        .await?;
    let runs = stage.browser.run("return !!desirepath.state").await?;
    // WebKit's releases of before 2024 do not look into the map.
    ensure!(
        runs == false || stage.browser.engine == Engine::WebKit,
        "what has another hash runs"
    );
    Ok(())
}
