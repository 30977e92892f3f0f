//! A browser that is killed: what waited in it is delivered by the next one with the same profile.

use std::collections::{BTreeMap, HashMap};

use anyhow::{Result, ensure};

use crate::harness::{Browser, Engine, Office, Stage, eventually};

const PAGE: &str = "<!doctype html><title>Shop</title><script async src='/sdk/desirepath.js' data-endpoint='/v1/batch' \
    data-site='demo' data-off='views,vitals,engagement'></script>";

async fn open(stage: &Stage, url: &str) -> Result<()> {
    stage.browser.open(url).await?;
    eventually("the tracker", async || {
        let is_there = stage
            .browser
            .run("return !!window.desirepath?.state")
            .await?;
        ensure!(is_there == true, "it is not there yet");
        Ok(())
    })
    .await
}

/// Not in WebKit, whose browser keeps no profile while it is steered.
pub(crate) async fn a_killed_browser_loses_nothing_that_was_kept(stage: &mut Stage) -> Result<()> {
    let engine = stage.browser.engine;
    if engine == Engine::WebKit {
        return Ok(());
    }
    stage.browser = Browser::start_with(engine, true).await?;
    let pages = HashMap::from(
        [("/a", PAGE), ("/b", PAGE)].map(|(path, page)| (path.to_owned(), page.to_owned())),
    );
    let mut office = Office::open(&stage.collector.url, pages).await?;
    open(stage, &format!("{}/a", office.url)).await?;
    office.close().await;
    stage
        .browser
        .run("for (let n = 0; n < 30; n++) desirepath.track('my_event_' + n); desirepath.track(''); desirepath.flush()")
        .await?;
    eventually("the events to be kept", async || {
        let kept = stage
            .browser
            .run("return desirepath.exportData().then((all) => all.indexedDB.queue ?? [])")
            .await?;
        let n_kept = kept.to_string().matches("my_event_").count();
        ensure!(n_kept == 30, "{n_kept} are kept");
        Ok(())
    })
    .await?;
    stage.browser.kill().await?;
    office.reopen().await?;
    open(stage, &format!("{}/b", office.url)).await?;
    stage.browser.run("desirepath.track('my_event_30')").await?;
    eventually("the events", async || {
        let mut names = BTreeMap::new();
        for event in stage.collector.events().await? {
            *names.entry(event.name).or_insert(0) += 1;
        }
        ensure!(
            names.len() == 31 && names.values().all(|count| *count == 1),
            "the collector has {names:?}"
        );
        Ok(())
    })
    .await
}
