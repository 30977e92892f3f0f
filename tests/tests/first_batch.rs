//! The first batch of a page: early, and one request more at most.

use std::time::Duration;

use anyhow::{Result, ensure};
use event::kinds;

use crate::harness::{Stage, eventually};
use crate::storing::{office, page};

/// The page goes away without a word: as it ends nothing can be sent any more.
const MUTE: &str = "<script>for (const kind of ['pagehide', 'visibilitychange']) \
    addEventListener(kind, (event) => event.stopImmediatePropagation(), true);</script>";

pub(crate) async fn a_page_left_shortly_after_its_view_is_counted(stage: &mut Stage) -> Result<()> {
    let office = office(&stage.collector, &[("/mute", page(MUTE, ""))]).await?;
    stage.browser.visit(&format!("{}/mute", office.url)).await?;
    stage.browser.open("about:blank").await?;
    stage.collector.has(&[(kinds::PAGE_VIEW, 1)]).await?;
    Ok(())
}

pub(crate) async fn a_page_on_which_nothing_happens_makes_two_requests(
    stage: &mut Stage,
) -> Result<()> {
    let office = office(&stage.collector, &[]).await?;
    stage.browser.visit(&format!("{}/a", office.url)).await?;
    let requests = async |n_expected: usize| {
        eventually("requests", async || {
            let n_posted = office.posted().len();
            ensure!(n_posted == n_expected, "{n_posted} so far");
            Ok(())
        })
        .await
    };
    requests(1).await?;
    // Longer than a batch waits, and than the page waits before it looks for what others left.
    tokio::time::sleep(Duration::from_secs(5)).await;
    requests(1).await?;
    stage.browser.open("about:blank").await?;
    requests(2).await?;
    let posted = office.posted();
    let names = posted.iter().flat_map(|posted| &posted.batch.events);
    let n_views = names.filter(|event| event.name == kinds::PAGE_VIEW).count();
    ensure!(n_views == 1, "{n_views} views");
    stage.collector.has(&[(kinds::PAGE_VIEW, 1)]).await?;
    Ok(())
}
