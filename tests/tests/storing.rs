//! The tracker's queue: what waits in the browser reaches the collector, from whichever page, and what can't is told.

use std::collections::{BTreeSet, HashMap};

use anyhow::{Result, ensure};
use event::{Event, PropValue};
use serde_json::json;

use crate::harness::{Collector, Mood, OFF, Office, Stage, WATCH, eventually, tag};

/// A page with the tracker, and what comes before it.
pub(crate) fn page(head: &str, options: &str) -> String {
    format!(
        "<!doctype html><meta charset=utf-8><title>Shop</title>{WATCH}{head}{}\
         <a id=twin href='/b' target=_blank rel=opener>twin</a>",
        tag(options)
    )
}

/// Opens an office with the plain page at `/a` and `/b`, and others as named.
pub(crate) async fn office(collector: &Collector, others: &[(&str, String)]) -> Result<Office> {
    let mut pages = HashMap::from([
        ("/a".to_owned(), page("", "")),
        ("/b".to_owned(), page("", "")),
    ]);
    pages.extend(
        others
            .iter()
            .map(|(path, page)| ((*path).to_owned(), page.clone())),
    );
    Office::open(&collector.url, pages).await
}

fn text(field: &Option<String>) -> &str {
    field.as_deref().unwrap_or_default()
}

pub(crate) async fn failures_are_tried_again(stage: &mut Stage) -> Result<()> {
    let office = office(&stage.collector, &[]).await?;
    office.is(Mood::Refusing(500, 0));
    stage.browser.visit(&format!("{}/a", office.url)).await?;
    stage
        .browser
        .run("desirepath.track('my_first'); desirepath.flush()")
        .await?;
    let attempts = async |n: usize| {
        eventually("attempts", async || {
            let posted = office.posted();
            ensure!(posted.len() >= n, "{} so far", posted.len());
            Ok(posted)
        })
        .await
    };
    attempts(2).await?;
    office.is(Mood::Refusing(429, 1));
    let n_before = office.posted().len();
    let posted = attempts(n_before + 1).await?;
    let ids: BTreeSet<_> = posted.iter().map(|posted| posted.batch.id).collect();
    ensure!(ids.len() == 1, "it is the same batch: {ids:?}");
    office.is(Mood::Well);
    stage.collector.arrived(&["my_first"]).await?;
    stage.browser.quiet().await
}

pub(crate) async fn a_tab_closed_while_the_collector_is_away_loses_nothing(
    stage: &mut Stage,
) -> Result<()> {
    let mut office = office(&stage.collector, &[]).await?;
    stage.browser.open_tab().await?;
    stage.browser.visit(&format!("{}/a", office.url)).await?;
    office.close().await;
    // The first event is kept while the page lives, the second as it goes.
    stage.browser.run("desirepath.track('my_first')").await?;
    eventually("the first event to be kept", async || {
        let kept = stage.browser.kept_queue().await?;
        ensure!(kept.contains("my_first"), "kept is {kept}");
        Ok(())
    })
    .await?;
    stage
        .browser
        .run("desirepath.track('my_second'); desirepath.track('')")
        .await?;
    stage.browser.close_tab().await?;
    office.reopen().await?;
    stage.browser.visit(&format!("{}/b", office.url)).await?;
    stage.browser.run("desirepath.track('my_third')").await?;
    stage
        .collector
        .arrived(&["my_first", "my_second", "my_third"])
        .await
}

pub(crate) async fn an_answer_that_was_lost_doubles_nothing(stage: &mut Stage) -> Result<()> {
    // Nothing goes before the batch whose answer is lost.
    let silent = page("", &format!("data-off='{OFF}'"));
    let office = office(&stage.collector, &[("/a", silent)]).await?;
    office.is(Mood::Forgetful);
    stage.browser.visit(&format!("{}/a", office.url)).await?;
    stage
        .browser
        .run("desirepath.track('my_first'); desirepath.track(''); desirepath.flush()")
        .await?;
    stage.collector.arrived(&["my_first"]).await?;
    stage.browser.visit(&format!("{}/b", office.url)).await?;
    office.is(Mood::Well);
    stage
        .browser
        .run("desirepath.track('my_second'); desirepath.flush()")
        .await?;
    stage.collector.arrived(&["my_first", "my_second"]).await?;
    eventually("the count", async || {
        let dropped = stage.collector.dropped().await?;
        ensure!(dropped.invalid == 1 && dropped.total() == 1, "{dropped:?}");
        Ok(())
    })
    .await
}

pub(crate) async fn ten_tabs_deliver_each_event_once(stage: &mut Stage) -> Result<()> {
    let office = office(&stage.collector, &[]).await?;
    // Until all are there none can deliver.
    office.is(Mood::Refusing(503, 0));
    stage.browser.visit(&format!("{}/a", office.url)).await?;
    let mut expected = Vec::new();
    for tab in 0..10 {
        if tab > 0 {
            stage.browser.open_tab().await?;
            stage.browser.visit(&format!("{}/b", office.url)).await?;
        }
        stage
            .browser
            .run(&format!(
                "desirepath.track('my_event_{tab}'); desirepath.flush()"
            ))
            .await?;
        expected.push(format!("my_event_{tab}"));
    }
    office.is(Mood::Well);
    let expected: Vec<_> = expected.iter().map(String::as_str).collect();
    stage.collector.arrived(&expected).await?;
    let events = stage.collector.events().await?;
    let count = |field: fn(&Event) -> &Option<String>| {
        events.iter().map(field).collect::<BTreeSet<_>>().len()
    };
    ensure!(
        count(|event| &event.tab) == 10 && count(|event| &event.visitor) == 1,
        "{events:?}"
    );
    Ok(())
}

pub(crate) async fn a_duplicated_tab_is_another_tab(stage: &mut Stage) -> Result<()> {
    let office = office(&stage.collector, &[]).await?;
    stage.browser.visit(&format!("{}/a", office.url)).await?;
    stage.browser.run("desirepath.track('my_first')").await?;
    // A window opened by a page begins with a copy of the page's sessionStorage, as a duplicated tab does.
    stage.browser.click("#twin").await?;
    let own = stage.browser.client.window().await?;
    let other = eventually("the duplicate", async || {
        let windows = stage.browser.client.windows().await?;
        windows
            .into_iter()
            .find(|window| *window != own)
            .ok_or_else(|| anyhow::anyhow!("it is not there"))
    })
    .await?;
    stage.browser.client.switch_to_window(other).await?;
    stage.browser.tracked().await?;
    stage
        .browser
        .run("desirepath.track('my_second'); desirepath.flush()")
        .await?;
    stage.collector.arrived(&["my_first", "my_second"]).await?;
    let events = stage.collector.events().await?;
    let tabs: BTreeSet<_> = events
        .iter()
        .filter(|event| event.name.starts_with("my_"))
        .map(|event| &event.tab)
        .collect();
    ensure!(tabs.len() == 2, "{tabs:?}");
    counts_up(&events)
}

pub(crate) async fn a_page_that_returns_repeats_no_number(stage: &mut Stage) -> Result<()> {
    let office = office(&stage.collector, &[]).await?;
    for (path, name) in [("/a", "my_first"), ("/b", "my_second")] {
        stage
            .browser
            .visit(&format!("{}{path}", office.url))
            .await?;
        stage
            .browser
            .run(&format!("desirepath.track('{name}')"))
            .await?;
    }
    stage.browser.client.back().await?;
    stage
        .browser
        .until(
            "the first page",
            "location.pathname == '/a' && !!window.desirepath?.state",
        )
        .await?;
    stage
        .browser
        .run("desirepath.track('my_third'); desirepath.flush()")
        .await?;
    stage
        .collector
        .arrived(&["my_first", "my_second", "my_third"])
        .await?;
    let events = stage.collector.events().await?;
    counts_up(&events)
}

/// No number comes twice in a tab.
fn counts_up(events: &[Event]) -> Result<()> {
    let numbers: BTreeSet<_> = events
        .iter()
        .map(|event| (text(&event.tab), event.seq))
        .collect();
    ensure!(
        numbers.len() == events.len(),
        "a number comes twice: {events:?}"
    );
    Ok(())
}

pub(crate) async fn a_sample_says_its_rate(stage: &mut Stage) -> Result<()> {
    let pages = ["0", "0.5", "1"].map(|rate| {
        let path = format!("/sample/{rate}");
        (path, page("", &format!("data-sample='{rate}'")))
    });
    let pages: Vec<_> = pages
        .iter()
        .map(|(path, page)| (path.as_str(), page.clone()))
        .collect();
    let office = office(&stage.collector, &pages).await?;
    for (path, _) in &pages {
        for view in 0..2 {
            stage
                .browser
                .visit(&format!("{}{path}", office.url))
                .await?;
            let name = path.replace(['/', '.'], "_");
            stage
                .browser
                .run(&format!("desirepath.track('my{name}_{view}')"))
                .await?;
        }
    }
    stage.browser.leave().await?;
    eventually("the sampled events", async || {
        let names = stage.collector.own().await?;
        let n_halves = names
            .keys()
            .filter(|name| name.starts_with("my_sample_0_5"))
            .count();
        let n_all = names
            .keys()
            .filter(|name| name.starts_with("my_sample_1"))
            .count();
        ensure!(n_all == 2 && names.len() == n_all + n_halves, "{names:?}");
        ensure!(
            n_halves == 0 || n_halves == 2,
            "a visitor is in or out: {names:?}"
        );
        Ok(())
    })
    .await?;
    for event in stage.collector.events().await? {
        let rate = event.props.get("sample_rate");
        ensure!(
            matches!(rate, Some(PropValue::Number(rate)) if *rate > 0.0),
            "{event:?}"
        );
    }
    Ok(())
}

pub(crate) async fn a_runaway_loop_is_cut_and_counted(stage: &mut Stage) -> Result<()> {
    // What the page would tell by itself may be cut too, and is not what is counted here.
    let alone = page("", "data-off='views,vitals,engagement'");
    let office = office(&stage.collector, &[("/loop", alone)]).await?;
    stage.browser.visit(&format!("{}/loop", office.url)).await?;
    stage
        .browser
        .run("for (let n = 0; n < 10000; n++) desirepath.track('my_loop', { n })")
        .await?;
    stage.browser.quiet().await?;
    // What could not leave with its page is delivered by the next.
    stage.browser.visit(&format!("{}/loop", office.url)).await?;
    eventually("all to be told", async || {
        let n_events = stage
            .collector
            .own()
            .await?
            .get("my_loop")
            .copied()
            .unwrap_or_default() as u64;
        let dropped = stage.collector.dropped().await?;
        ensure!(
            n_events >= 100 && n_events + dropped.total() == 10_000,
            "{n_events} and {dropped:?}"
        );
        ensure!(dropped.rate_limited == dropped.total(), "{dropped:?}");
        Ok(())
    })
    .await?;
    let posted = office.posted();
    ensure!(
        posted.iter().any(|posted| posted.is_packed),
        "many events travel packed"
    );
    let sends = posted
        .iter()
        .map(|posted| posted.batch.events.len())
        .sum::<usize>();
    ensure!(sends < 1000, "{sends} events were sent for about 200");
    Ok(())
}

pub(crate) async fn in_local_mode_nothing_leaves(stage: &mut Stage) -> Result<()> {
    let local = page("", "data-mode='local'");
    let read = "<!doctype html><title>Analysis</title><script type=module>\
        import { openDataset, localEvents } from '/elements.js';\
        const dataset = await openDataset(localEvents('demo'));\
        const steps = ['my_first', 'my_second'].map((name) => ({ filter: { name } }));\
        const report = await dataset.run({ analysis: 'funnel', steps });\
        window.funnel = report.steps.map((step) => step.n_units);\
        </script>";
    let office = office(
        &stage.collector,
        &[
            ("/shop/a", local.clone()),
            ("/shop/b", local),
            ("/read", read.to_owned()),
        ],
    )
    .await?;
    for (path, name) in [("/shop/a", "my_first"), ("/shop/b", "my_second")] {
        stage
            .browser
            .visit(&format!("{}{path}", office.url))
            .await?;
        stage
            .browser
            .run(&format!("desirepath.track('{name}'); desirepath.flush()"))
            .await?;
        // Every request that the page has made, whoever it went to.
        let requests = stage.browser.run("return performance.getEntriesByType('resource').map((entry) => new URL(entry.name).pathname)").await?;
        let requests: BTreeSet<String> = serde_json::from_value(requests)?;
        ensure!(
            requests
                .iter()
                .all(|path| path.starts_with("/sdk/") || path == "/favicon.ico"),
            "{requests:?}"
        );
        stage.browser.quiet().await?;
    }
    stage.browser.open(&format!("{}/read", office.url)).await?;
    eventually("the funnel", async || {
        let funnel = stage.browser.run("return window.funnel ?? null").await?;
        ensure!(funnel == json!([1, 1]), "it shows {funnel}");
        Ok(())
    })
    .await?;
    ensure!(office.posted().is_empty(), "{:?}", office.posted());
    ensure!(
        stage
            .collector
            .events()
            .await
            .map_or(true, |events| events.is_empty()),
        "the collector has nothing"
    );
    Ok(())
}
