//! The tracker's queue: what waits in the browser reaches the collector, from whichever page, and what can't is told.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use anyhow::{Result, ensure};
use event::{Dropped, Event, PropValue};
use serde_json::{Value, json};

use crate::harness::{Collector, Mood, Office, Stage, eventually};

/// Keeps what the page would show in the console, and what it would send by ways of its own.
const WATCH: &str = "<script>errors = []; \
    addEventListener('error', (event) => errors.push(String(event.message))); \
    addEventListener('unhandledrejection', (event) => errors.push(String(event.reason))); \
    for (const kind of ['error', 'warn', 'log']) console[kind] = (...words) => errors.push(words.join(' '));</script>";
/// A page's own storage may be made to fail before the tracker comes.
const NO_STORAGE: &str = "<script>for (const name of ['indexedDB', 'localStorage', 'sessionStorage']) \
    Object.defineProperty(window, name, { get() { throw new DOMException('blocked', 'SecurityError') } });</script>";
const FULL: &str = "<script>const full = function () { throw new DOMException('full', 'QuotaExceededError') }; \
    IDBObjectStore.prototype.put = IDBObjectStore.prototype.add = Storage.prototype.setItem = full;</script>";
const NEVER_ANSWERS: &str = "<script>IDBFactory.prototype.open = () => ({});</script>";

fn page(head: &str, options: &str) -> String {
    format!(
        "<!doctype html><meta charset=utf-8><title>Shop</title>{WATCH}{head}<script async src='/sdk/desirepath.js' \
         data-endpoint='/v1/batch' data-site='demo' {options}></script>\
         <a id=twin href='/b' target=_blank rel=opener>twin</a>"
    )
}

/// Opens an office with the plain page at `/a` and `/b`, and others as named.
async fn office(collector: &Collector, others: &[(&str, String)]) -> Result<Office> {
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

/// Opens a page of the office and waits for its tracker.
async fn open(stage: &Stage, url: &str) -> Result<()> {
    stage.browser.open(url).await?;
    eventually("the tracker", async || {
        let is_there = stage
            .browser
            .run("return !!window.desirepath && !!desirepath.state")
            .await?;
        ensure!(is_there == true, "it is not there yet");
        Ok(())
    })
    .await
}

/// How often the collector has each event of the shop's own.
async fn names(collector: &Collector) -> Result<BTreeMap<String, usize>> {
    let mut names = BTreeMap::new();
    for event in collector.events().await? {
        if event.name.starts_with("my_") {
            *names.entry(event.name).or_default() += 1;
        }
    }
    Ok(names)
}

async fn arrived(collector: &Collector, expected: &[&str]) -> Result<()> {
    let expected: BTreeMap<_, _> = expected
        .iter()
        .map(|name| ((*name).to_owned(), 1))
        .collect();
    eventually("the events", async || {
        let names = names(collector).await?;
        ensure!(
            names == expected,
            "the collector has {names:?}, not {expected:?}"
        );
        Ok(())
    })
    .await
}

async fn dropped(collector: &Collector) -> Result<Dropped> {
    let sites: Value = reqwest::get(format!("{}/v1/sites", collector.url))
        .await?
        .json()
        .await?;
    Ok(serde_json::from_value(sites[0]["dropped"].clone()).unwrap_or_default())
}

async fn is_quiet(stage: &Stage) -> Result<()> {
    let errors = stage.browser.run("return errors").await?;
    ensure!(errors == json!([]), "the console shows {errors}");
    Ok(())
}

fn text(field: &Option<String>) -> &str {
    field.as_deref().unwrap_or_default()
}

pub(crate) async fn failures_are_tried_again(stage: &mut Stage) -> Result<()> {
    let office = office(&stage.collector, &[]).await?;
    office.is(Mood::Refusing(500, 0));
    open(stage, &format!("{}/a", office.url)).await?;
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
    arrived(&stage.collector, &["my_first"]).await?;
    is_quiet(stage).await
}

pub(crate) async fn a_tab_closed_while_the_collector_is_away_loses_nothing(
    stage: &mut Stage,
) -> Result<()> {
    let mut office = office(&stage.collector, &[]).await?;
    stage.browser.open_tab().await?;
    open(stage, &format!("{}/a", office.url)).await?;
    office.close().await;
    // The first event is kept while the page lives, the second as it goes.
    stage.browser.run("desirepath.track('my_first')").await?;
    eventually("the first event to be kept", async || {
        let kept = stage
            .browser
            .run("return desirepath.exportData().then((all) => all.indexedDB.queue ?? [])")
            .await?;
        ensure!(kept.to_string().contains("my_first"), "kept is {kept}");
        Ok(())
    })
    .await?;
    stage
        .browser
        .run("desirepath.track('my_second'); desirepath.track('')")
        .await?;
    stage.browser.close_tab().await?;
    office.reopen().await?;
    open(stage, &format!("{}/b", office.url)).await?;
    stage.browser.run("desirepath.track('my_third')").await?;
    arrived(&stage.collector, &["my_first", "my_second", "my_third"]).await
}

pub(crate) async fn an_answer_that_was_lost_doubles_nothing(stage: &mut Stage) -> Result<()> {
    let office = office(&stage.collector, &[]).await?;
    office.is(Mood::Forgetful);
    open(stage, &format!("{}/a", office.url)).await?;
    stage
        .browser
        .run("desirepath.track('my_first'); desirepath.track(''); desirepath.flush()")
        .await?;
    arrived(&stage.collector, &["my_first"]).await?;
    open(stage, &format!("{}/b", office.url)).await?;
    office.is(Mood::Well);
    stage
        .browser
        .run("desirepath.track('my_second'); desirepath.flush()")
        .await?;
    arrived(&stage.collector, &["my_first", "my_second"]).await?;
    eventually("the count", async || {
        let dropped = dropped(&stage.collector).await?;
        ensure!(dropped.invalid == 1 && dropped.total() == 1, "{dropped:?}");
        Ok(())
    })
    .await
}

pub(crate) async fn without_storage_events_arrive(stage: &mut Stage) -> Result<()> {
    let others = [
        ("/blocked", NO_STORAGE),
        ("/full", FULL),
        ("/silent", NEVER_ANSWERS),
    ];
    let pages = others.map(|(path, head)| (path, page(head, "")));
    let office = office(&stage.collector, &pages).await?;
    let mut expected = Vec::new();
    for (path, _) in others {
        open(stage, &format!("{}{path}", office.url)).await?;
        let names = [
            format!("my_first_{}", &path[1..]),
            format!("my_last_{}", &path[1..]),
        ];
        stage
            .browser
            .run(&format!(
                "desirepath.track('{}'); desirepath.flush()",
                names[0]
            ))
            .await?;
        eventually("the first event", async || {
            let there = self::names(&stage.collector).await?;
            ensure!(there.contains_key(&names[0]), "the collector has {there:?}");
            Ok(())
        })
        .await?;
        stage
            .browser
            .run(&format!("desirepath.track('{}')", names[1]))
            .await?;
        is_quiet(stage).await?;
        expected.extend(names);
    }
    stage.browser.open("about:blank").await?;
    let expected: Vec<_> = expected.iter().map(String::as_str).collect();
    arrived(&stage.collector, &expected).await
}

pub(crate) async fn ten_tabs_deliver_each_event_once(stage: &mut Stage) -> Result<()> {
    let office = office(&stage.collector, &[]).await?;
    open(stage, &format!("{}/a", office.url)).await?;
    let mut expected = Vec::new();
    for tab in 0..10 {
        if tab > 0 {
            stage.browser.open_tab().await?;
            open(stage, &format!("{}/b", office.url)).await?;
        }
        stage
            .browser
            .run(&format!(
                "desirepath.track('my_event_{tab}'); desirepath.flush()"
            ))
            .await?;
        expected.push(format!("my_event_{tab}"));
    }
    let expected: Vec<_> = expected.iter().map(String::as_str).collect();
    arrived(&stage.collector, &expected).await?;
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
    open(stage, &format!("{}/a", office.url)).await?;
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
    eventually("the tracker", async || {
        let is_there = stage
            .browser
            .run("return !!window.desirepath && !!desirepath.state")
            .await?;
        ensure!(is_there == true, "it is not there yet");
        Ok(())
    })
    .await?;
    stage
        .browser
        .run("desirepath.track('my_second'); desirepath.flush()")
        .await?;
    arrived(&stage.collector, &["my_first", "my_second"]).await?;
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
        open(stage, &format!("{}{path}", office.url)).await?;
        stage
            .browser
            .run(&format!("desirepath.track('{name}')"))
            .await?;
    }
    stage.browser.client.back().await?;
    eventually("the first page", async || {
        let is_there = stage
            .browser
            .run("return location.pathname == '/a' && !!window.desirepath && !!desirepath.state")
            .await?;
        ensure!(is_there == true, "it is not there yet");
        Ok(())
    })
    .await?;
    stage
        .browser
        .run("desirepath.track('my_third'); desirepath.flush()")
        .await?;
    arrived(&stage.collector, &["my_first", "my_second", "my_third"]).await?;
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
            open(stage, &format!("{}{path}", office.url)).await?;
            let name = path.replace(['/', '.'], "_");
            stage
                .browser
                .run(&format!("desirepath.track('my{name}_{view}')"))
                .await?;
        }
    }
    stage.browser.open("about:blank").await?;
    eventually("the sampled events", async || {
        let names = names(&stage.collector).await?;
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
    open(stage, &format!("{}/loop", office.url)).await?;
    stage
        .browser
        .run("for (let n = 0; n < 10000; n++) desirepath.track('my_loop', { n })")
        .await?;
    is_quiet(stage).await?;
    // What could not leave with its page is delivered by the next.
    open(stage, &format!("{}/loop", office.url)).await?;
    eventually("all to be told", async || {
        let n_events = names(&stage.collector)
            .await?
            .get("my_loop")
            .copied()
            .unwrap_or_default() as u64;
        let dropped = dropped(&stage.collector).await?;
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
        open(stage, &format!("{}{path}", office.url)).await?;
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
        is_quiet(stage).await?;
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
