//! The first batch of a page, early and one request more at most, and what is sent before the visitor can go.

use std::time::Duration;

use anyhow::{Result, bail, ensure};
use event::kinds;

use crate::harness::{Office, Stage, eventually};
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

/// Waits until so many requests have been made.
async fn requests(office: &Office, n_expected: usize) -> Result<()> {
    eventually("requests", async || {
        let n_posted = office.posted().len();
        ensure!(n_posted == n_expected, "{n_posted} so far");
        Ok(())
    })
    .await
}

pub(crate) async fn a_page_on_which_nothing_happens_makes_two_requests(
    stage: &mut Stage,
) -> Result<()> {
    let office = office(&stage.collector, &[]).await?;
    stage.browser.visit(&format!("{}/a", office.url)).await?;
    requests(&office, 1).await?;
    // Longer than a batch waits, and than the page waits before it looks for what others left.
    tokio::time::sleep(Duration::from_secs(5)).await;
    requests(&office, 1).await?;
    stage.browser.leave().await?;
    requests(&office, 2).await?;
    let posted = office.posted();
    let names = posted.iter().flat_map(|posted| &posted.batch.events);
    let n_views = names.filter(|event| event.name == kinds::PAGE_VIEW).count();
    ensure!(n_views == 1, "{n_views} views");
    stage.collector.has(&[(kinds::PAGE_VIEW, 1)]).await?;
    Ok(())
}

pub(crate) async fn a_pointer_that_leaves_the_page_sends_what_waits(
    stage: &mut Stage,
) -> Result<()> {
    let office = office(&stage.collector, &[]).await?;
    stage.browser.visit(&format!("{}/a", office.url)).await?;
    requests(&office, 1).await?;
    // A driver's pointer can't leave the page.
    let leave = |name: &str, y: i32| {
        format!(
            "desirepath.track('{name}'); document.body.dispatchEvent(new MouseEvent('mouseout', \
             {{ bubbles: true, clientY: {y} }}))"
        )
    };
    for (name, y, n_requests) in [("my_first", -1, 2), ("my_second", 300, 3)] {
        stage.browser.run(&leave(name, y)).await?;
        requests(&office, n_requests).await?;
    }
    let posted = office.posted();
    for batch in posted[1..].iter().map(|posted| &posted.batch) {
        let [event] = batch.events.as_slice() else {
            bail!("{} events at once", batch.events.len())
        };
        // The page's clock has told both: without the pointer a batch waits for three seconds.
        let waited = batch.sent_at - event.ts;
        ensure!(waited < 3000, "{} waited for {waited} ms", event.name);
    }
    stage.collector.arrived(&["my_first", "my_second"]).await
}
