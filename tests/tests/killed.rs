//! A browser that is killed: what waited in it is delivered by the next one with the same profile.

use std::collections::BTreeMap;

use anyhow::{Result, ensure};

use crate::harness::{Browser, Engine, Office, Stage, eventually, tag};

/// Not in WebKit, whose browser keeps no profile while it is steered.
pub(crate) async fn a_killed_browser_loses_nothing_that_was_kept(stage: &mut Stage) -> Result<()> {
    let engine = stage.browser.engine;
    if engine == Engine::WebKit {
        return Ok(());
    }
    stage.browser = Browser::start_with(engine, true).await?;
    let tag = tag("data-off='views,vitals,engagement'");
    let page = format!("<!doctype html><title>Shop</title>{tag}");
    let pages = [("/a", &*page), ("/b", &*page)];
    let mut office = Office::open(&stage.collector.url, pages).await?;
    stage.browser.visit(&format!("{}/a", office.url)).await?;
    office.close().await;
    stage
        .browser
        .run("for (let n = 0; n < 30; n++) desirepath.track('my_event_' + n); desirepath.track(''); desirepath.flush()")
        .await?;
    eventually("the events to be kept", async || {
        let kept = stage.browser.kept_queue().await?;
        let n_kept = kept.matches("my_event_").count();
        ensure!(n_kept == 30, "{n_kept} are kept");
        Ok(())
    })
    .await?;
    stage.browser.kill().await?;
    office.reopen().await?;
    stage.browser.visit(&format!("{}/b", office.url)).await?;
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
