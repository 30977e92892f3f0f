//! The tracker beside other trackers: the same page again and again, each time with one of them, in turns.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use serde_json::json;

use crate::assets::{self, brotli_bytes, bundle};
use crate::numbers::{kilobytes, list, median, short};
use crate::server::{Request, Server};
use crate::stretch;
use crate::webdriver::Chromium;

/// How much to measure.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// How often each tracker's page is loaded, in turns
    #[arg(long, default_value_t = 7)]
    rounds: usize,
    /// Calls of each tracker in a round
    #[arg(long, default_value_t = 100)]
    calls: usize,
    /// Clicks on each tracker's page in a round
    #[arg(long, default_value_t = 40)]
    clicks: usize,
    /// Measure only these trackers, beside an empty page
    #[arg(long, value_delimiter = ',')]
    only: Vec<String>,
}

/// A tracker, and what it takes from a click by itself, as set up here.
struct Tracker {
    name: &'static str,
    title: &'static str,
    clicks: &'static str,
}

const NONE: &str = "none";
const OURS: &str = "desirepath";

const TRACKERS: [Tracker; 8] = [
    Tracker {
        name: NONE,
        title: "no tracker",
        clicks: "–",
    },
    Tracker {
        name: OURS,
        title: "Desirepath",
        clicks: "every click",
    },
    Tracker {
        name: "plausible",
        title: "Plausible",
        clicks: "outgoing links, downloads",
    },
    Tracker {
        name: "snowplow",
        title: "Snowplow, core",
        clicks: "none",
    },
    Tracker {
        name: "rudderstack",
        title: "RudderStack",
        clicks: "none",
    },
    Tracker {
        name: "openpanel",
        title: "OpenPanel",
        clicks: "outgoing links",
    },
    Tracker {
        name: "mixpanel",
        title: "Mixpanel",
        clicks: "every click",
    },
    Tracker {
        name: "posthog",
        title: "PostHog",
        clicks: "every click",
    },
];

/// Samples of one tracker.
#[derive(Default)]
struct Samples {
    boot_millis: Vec<f64>,
    boot_script_millis: Vec<f64>,
    long_task_millis: Vec<f64>,
    stretch_millis: Vec<f64>,
    call_micros: Vec<f64>,
    call_all_micros: Vec<f64>,
    click_micros: Vec<f64>,
    click_all_micros: Vec<f64>,
    n_sent: usize,
    n_received: usize,
    errors: BTreeSet<String>,
}

/// Time after which a page is taken to have come to rest: timers of batches and idle callbacks included.
const SETTLE: Duration = Duration::from_millis(2500);
/// Pause between calls, in milliseconds: a burst would measure queues that overflow.
const PAUSE_MILLIS: u32 = 5;
/// Rounds under a profile, and calls in each.
const PROFILED_ROUNDS: usize = 5;
const PROFILED_CALLS: usize = 20;

/// Runs every round and prints the table.
pub(crate) async fn run(options: &Options) -> Result<()> {
    let output = assets::output();
    bundle("sdk/page.ts", "iife", &output.join("sdk/page.js"))?;
    let trackers: Vec<&Tracker> = TRACKERS
        .iter()
        .filter(|tracker| {
            tracker.name == NONE
                || options.only.is_empty()
                || options.only.iter().any(|name| name == tracker.name)
        })
        .collect();
    for tracker in &trackers {
        make_page(tracker)?;
    }
    let server = Server::start().await?;
    let samples =
        Chromium::with(async |browser| measure(browser, &server, &trackers, options).await).await?;
    print(&trackers, &samples)
}

/// Visits every tracker's page in turns; what was found by the tracker's name.
async fn measure(
    browser: &Chromium,
    server: &Server,
    trackers: &[&'static Tracker],
    options: &Options,
) -> Result<BTreeMap<&'static str, Samples>> {
    let mut samples: BTreeMap<&str, Samples> = BTreeMap::new();
    for round in 0..=options.rounds {
        for tracker in trackers {
            eprintln!(
                "bench: round {round} of {}: {}",
                options.rounds, tracker.title
            );
            // Round 0 warms the browser's own code and is thrown away.
            let mut thrown_away = Samples::default();
            let target = if round == 0 {
                &mut thrown_away
            } else {
                samples.entry(tracker.name).or_default()
            };
            visit(browser, server, tracker, options, target)
                .await
                .with_context(|| format!("on the page of {}", tracker.title))?;
        }
    }
    // Apart from what is timed: a profile costs time itself.
    for round in 0..options.rounds.min(PROFILED_ROUNDS) {
        for tracker in trackers.iter().filter(|tracker| tracker.name != NONE) {
            eprintln!("bench: profile {round}: {}", tracker.title);
            let millis = profile(browser, server, tracker).await?;
            let of_it = samples.entry(tracker.name).or_default();
            of_it.stretch_millis.push(millis);
        }
    }
    Ok(samples)
}

/// Bundles a tracker as a shop's build would and writes its page.
fn make_page(tracker: &Tracker) -> Result<()> {
    let name = tracker.name;
    let folder = assets::output().join("t").join(name);
    bundle(
        &format!("sdk/trackers/{name}.ts"),
        "iife",
        &folder.join("tracker.js"),
    )?;
    let own = "<script async src=\"tracker.js\"></script>";
    let tags = if name == OURS {
        // The bundle here only names the call for the page; what a shop ships is in dist/sdk.
        format!(
            "<script async src=\"/dist/sdk/desirepath.js\" data-endpoint=\"/collect/desirepath\" data-site=\"demo\"></script>{own}"
        )
    } else {
        own.to_owned()
    };
    let page = std::fs::read_to_string(assets::sources().join("sdk/page.html"))?;
    std::fs::write(
        folder.join("index.html"),
        page.replace("<!-- tracker -->", &tags),
    )?;
    std::fs::write(
        folder.join("empty.html"),
        "<!doctype html><title>Empty</title>",
    )?;
    Ok(())
}

/// The files that a visitor downloads for a tracker.
fn files(tracker: &Tracker) -> Vec<PathBuf> {
    match tracker.name {
        NONE => Vec::new(),
        OURS => ["desirepath.js", "desirepath-sdk.js", "desirepath-sdk.wasm"]
            .iter()
            .map(|name| assets::dist().join("sdk").join(name))
            .collect(),
        name => vec![assets::output().join("t").join(name).join("tracker.js")],
    }
}

/// Loads a tracker's page once in a fresh tab, calls it, clicks.
async fn visit(
    browser: &Chromium,
    server: &Server,
    tracker: &Tracker,
    options: &Options,
    samples: &mut Samples,
) -> Result<()> {
    browser.open_tab().await?;
    let origin = server.origin(tracker.name);
    // The page that counts is a navigation within one origin, so that it stays in the process that is observed.
    browser
        .goto(&format!("{origin}/t/{}/empty.html", tracker.name))
        .await?;
    browser
        .evaluate("localStorage.clear(); sessionStorage.clear();", &[])
        .await?;
    browser
        .devtools("Network.clearBrowserCookies", json!({}))
        .await?;
    // Time of the thread, not of the clock on the wall: what else runs on this machine does not count.
    browser
        .devtools("Performance.enable", json!({ "timeDomain": "threadTicks" }))
        .await?;
    tokio::time::sleep(Duration::from_millis(300)).await;

    let before = metrics(browser).await?;
    browser
        .goto(&format!("{origin}/t/{}/index.html", tracker.name))
        .await?;
    tokio::time::sleep(SETTLE).await;
    let booted = metrics(browser).await?;
    samples
        .boot_millis
        .push((booted.task - before.task) * 1000.0);
    samples
        .boot_script_millis
        .push((booted.script - before.script) * 1000.0);
    let state = browser.evaluate("return page.state();", &[]).await?;
    ensure!(
        state["is_tracking"] == true,
        "the tracker did not start: {}",
        state["errors"]
    );
    samples
        .long_task_millis
        .push(list(&state["long_tasks"]).iter().sum());

    let before = metrics(browser).await?;
    let calls = browser
        .evaluate(
            "return page.calls(...args);",
            &[json!(options.calls), json!(PAUSE_MILLIS)],
        )
        .await?;
    tokio::time::sleep(SETTLE).await;
    let after = metrics(browser).await?;
    samples.call_micros.extend(list(&calls));
    samples
        .call_all_micros
        .push((after.task - before.task) * 1e6 / options.calls as f64);

    let buttons = browser.evaluate("return page.watchClicks();", &[]).await?;
    let before = metrics(browser).await?;
    for click in 0..options.clicks {
        let button = &buttons[click % buttons.as_array().map_or(1, Vec::len)];
        for kind in ["mousePressed", "mouseReleased"] {
            let event = json!({ "type": kind, "x": button[0], "y": button[1], "button": "left", "clickCount": 1 });
            browser.devtools("Input.dispatchMouseEvent", event).await?;
        }
    }
    tokio::time::sleep(SETTLE).await;
    let after = metrics(browser).await?;
    let clicks = list(&browser.evaluate("return page.clicks();", &[]).await?);
    ensure!(
        clicks.len() == options.clicks,
        "{} of {} clicks arrived",
        clicks.len(),
        options.clicks
    );
    samples.click_micros.extend(clicks);
    samples
        .click_all_micros
        .push((after.task - before.task) * 1e6 / options.clicks as f64);

    let state = browser.evaluate("return page.state();", &[]).await?;
    samples.errors.extend(
        state["errors"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|error| error.as_str().map(str::to_owned)),
    );
    browser.close_tab().await?;
    // What is sent when the page goes, too.
    tokio::time::sleep(Duration::from_millis(300)).await;
    samples.n_sent += options.calls;
    let requests = server.take(tracker.name);
    let n_marked = n_marked(&requests);
    samples.n_received += n_marked;
    if n_marked == 0 && tracker.name != NONE {
        let targets: BTreeSet<&str> = requests.iter().map(|request| &*request.target).collect();
        eprintln!(
            "bench: no call of {} arrived; it asked for {targets:?}",
            tracker.title
        );
    }
    Ok(())
}

/// Loads a tracker's page once under a profile, calls the tracker, and clicks once; returns the milliseconds of the
/// longest stretch of its code. A profile holds only what follows the last navigation, so it ends before the page does.
async fn profile(browser: &Chromium, server: &Server, tracker: &Tracker) -> Result<f64> {
    browser.open_tab().await?;
    let folder = format!("{}/t/{}", server.origin(tracker.name), tracker.name);
    browser.goto(&format!("{folder}/empty.html")).await?;
    stretch::begin(browser).await?;
    browser.goto(&format!("{folder}/index.html")).await?;
    tokio::time::sleep(SETTLE).await;
    let calls = [json!(PROFILED_CALLS), json!(PAUSE_MILLIS)];
    browser
        .evaluate("return page.calls(...args);", &calls)
        .await?;
    browser
        .evaluate("document.querySelector('button.buy').click();", &[])
        .await?;
    tokio::time::sleep(SETTLE).await;
    let place = match tracker.name {
        OURS => "/dist/sdk/".to_owned(),
        name => format!("/t/{name}/tracker.js"),
    };
    let millis = stretch::end(browser, &place).await?;
    browser.close_tab().await?;
    server.take(tracker.name);
    Ok(millis)
}

/// Seconds that the main thread of the page has spent.
struct Metrics {
    task: f64,
    script: f64,
}

async fn metrics(browser: &Chromium) -> Result<Metrics> {
    let answer = browser
        .devtools("Performance.getMetrics", json!({}))
        .await?;
    let metric = |name: &str| {
        let metrics = answer["metrics"].as_array().into_iter().flatten();
        metrics
            .filter(|metric| metric["name"] == name)
            .find_map(|metric| metric["value"].as_f64())
            .with_context(|| format!("Chromium gave no {name}"))
    };
    Ok(Metrics {
        task: metric("TaskDuration")?,
        script: metric("ScriptDuration")?,
    })
}

/// How many different calls are found in what a tracker has sent.
fn n_marked(requests: &[Request]) -> usize {
    const MARK: &[u8] = b"bench-item-";
    const DIGITS: usize = 6;
    let mut marks = BTreeSet::new();
    for request in requests {
        let mut body = Vec::new();
        if flate2::read::GzDecoder::new(&*request.body)
            .read_to_end(&mut body)
            .is_err()
        {
            body = request.body.to_vec();
        }
        body.extend_from_slice(request.target.as_bytes());
        let starts = body
            .windows(MARK.len())
            .enumerate()
            .filter(|(_, window)| *window == MARK);
        marks.extend(starts.filter_map(|(start, _)| {
            body.get(start..start + MARK.len() + DIGITS)
                .map(<[u8]>::to_vec)
        }));
    }
    marks.len()
}

#[allow(
    clippy::print_stdout,
    reason = "the table is what this program is run for"
)]
fn print(trackers: &[&Tracker], samples: &BTreeMap<&str, Samples>) -> Result<()> {
    let none = samples
        .get(NONE)
        .context("the empty page was not measured")?;
    println!(
        "Medians of one run. Times are the main thread's own; those of the page without a tracker are taken off. \
         `all` counts what happens later on too: serialising, storing, sending. The longest stretch is that in which samples, \
         taken every 0.1 ms, show nothing but the tracker's code and what it calls.\n"
    );
    println!(
        "| tracker | brotli | boot | of it script | tasks over 50 ms | longest stretch | call | call, all | click | click, all | takes from clicks | events that arrived |\n\
         | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | --- | ---: |"
    );
    for tracker in trackers {
        let Some(own) = samples.get(tracker.name) else {
            continue;
        };
        let bytes = files(tracker)
            .iter()
            .map(|file| brotli_bytes(file))
            .sum::<Result<u64>>()?;
        let added = |field: fn(&Samples) -> &Vec<f64>| {
            let base = if tracker.name == NONE {
                0.0
            } else {
                median(field(none))
            };
            short(median(field(own)) - base)
        };
        println!(
            "| {} | {} | {} ms | {} ms | {} ms | {} ms | {} µs | {} µs | {} µs | {} µs | {} | {} of {} |",
            tracker.title,
            kilobytes(bytes),
            added(|samples| &samples.boot_millis),
            added(|samples| &samples.boot_script_millis),
            short(median(&own.long_task_millis)),
            short(median(&own.stretch_millis)),
            added(|samples| &samples.call_micros),
            added(|samples| &samples.call_all_micros),
            added(|samples| &samples.click_micros),
            added(|samples| &samples.click_all_micros),
            tracker.clicks,
            own.n_received,
            if tracker.name == NONE { 0 } else { own.n_sent },
        );
        for error in &own.errors {
            eprintln!("bench: error on the page of {}: {error}", tracker.title);
        }
    }
    Ok(())
}
