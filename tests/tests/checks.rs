//! `desirepath.debug()` and `data-debug`: pages on which something is wrong, and what the console says about it.

use std::collections::HashMap;
use std::net::TcpListener;

use anyhow::{Result, ensure};
use serde_json::{Value, json};

use crate::harness::{
    Change, Mood, Office, Page, Stage, eventually, serve_pages, serve_secure, serve_with,
};

/// Keeps what the console is told, in words.
const WATCH: &str = "<script nonce=n1>told = []; \
    for (const kind of ['log', 'warn', 'error', 'groupCollapsed']) \
      console[kind] = (...words) => told.push(kind + ' ' + words.filter((word) => typeof word != 'object').join(' '));</script>";
/// A policy under which all is well.
const POLICY: &str =
    "default-src 'none'; script-src 'self' 'nonce-n1' 'wasm-unsafe-eval'; connect-src 'self'";
const NO_STORAGE: &str = "<script nonce=n1>for (const name of ['indexedDB', 'localStorage', 'sessionStorage']) \
    Object.defineProperty(window, name, { get() { throw new DOMException('blocked', 'SecurityError') } });</script>";
const NO_DATABASE: &str =
    "<script nonce=n1>IDBFactory.prototype.open = () => { throw new Error('broken') };</script>";
const FULL: &str = "<script nonce=n1>IDBObjectStore.prototype.put = () => { throw new DOMException('full', 'QuotaExceededError') };</script>";
const FAST_CLOCK: &str =
    "<script nonce=n1>const now = Date.now; Date.now = () => now() + 600_000;</script>";
const REFUSAL: &str = "<script nonce=n1>Object.defineProperty(Navigator.prototype, 'globalPrivacyControl', { get: () => true })</script>";
const TAG: &str = "<script nonce=n1 async src='/sdk/desirepath.js' data-endpoint='/v1/batch' data-site='demo' data-debug></script>";

/// A page with one fault.
struct Fault {
    html: String,
    policy: String,
    /// What must be found, and nothing else: the check, and words of what was found and of its remedy.
    findings: Vec<[String; 3]>,
}

fn fault(head: &str, policy: &str, findings: &[[&str; 3]]) -> Fault {
    let findings = findings.iter();
    Fault {
        html: format!("<!doctype html><title>Shop</title>{WATCH}{head}"),
        policy: policy.to_owned(),
        findings: findings.map(|finding| finding.map(str::to_owned)).collect(),
    }
}

/// A fault of the tag: `from` is replaced by `to` in it.
fn tag(from: &str, to: &str) -> String {
    TAG.replace(from, to)
}

/// Opens a page, waits for its self-check, and compares what it shows with what it must.
async fn check(stage: &Stage, url: &str, findings: &[[String; 3]]) -> Result<()> {
    stage.browser.open(url).await?;
    let told = eventually("the self-check", async || {
        let told = stage.browser.run("return window.told ?? []").await?;
        let told: Vec<String> = serde_json::from_value(told)?;
        let is_over = told.iter().any(|line| line.contains("%c state"));
        ensure!(is_over, "the console shows {told:#?}");
        Ok(told)
    })
    .await?;
    let number = format!("self-check: {} to look at", findings.len());
    ensure!(
        told.iter().any(|line| line.contains(&number)),
        "not {number}: {told:#?}"
    );
    for [check, words, fix] in findings {
        let is_it = |line: &&String| {
            line.starts_with("warn") && line.contains(&format!("desirepath%c {check}: "))
        };
        let shown = told.iter().find(is_it);
        let (found, remedy) = shown
            .and_then(|line| line.split_once(" → "))
            .unwrap_or_default();
        ensure!(
            found.contains(words) && remedy.contains(fix),
            "no {check}: {words} → {fix} in {told:#?}"
        );
    }
    Ok(())
}

async fn check_all(stage: &Stage, site: &str, faults: Vec<(&str, Fault)>) -> Result<()> {
    for (path, fault) in faults {
        let checked = check(stage, &format!("{site}{path}"), &fault.findings).await;
        checked.map_err(|error| error.context(path.to_owned()))?;
    }
    Ok(())
}

fn pages(faults: &[(&str, Fault)]) -> HashMap<String, Page> {
    let page = |fault: &Fault| Page {
        html: fault.html.clone(),
        policy: fault.policy.clone(),
    };
    let pages = faults.iter();
    pages
        .map(|(path, fault)| ((*path).to_owned(), page(fault)))
        .collect()
}

/// What keeps the tracker itself from running, or keeps it from being the right one.
pub(crate) async fn a_tracker_that_is_not_right_is_explained(stage: &mut Stage) -> Result<()> {
    let loader = format!("{}/sdk/desirepath.js", stage.collector.url);
    let loader = reqwest::get(loader).await?.text().await?;
    let version = concat!("desirepath-loader/", env!("CARGO_PKG_VERSION"));
    ensure!(loader.contains(version), "the loader says {version}");
    let faults = vec![
        ("/well", fault(TAG, POLICY, &[])),
        (
            "/policy",
            fault(
                TAG,
                &POLICY.replace(" 'wasm-unsafe-eval'", ""),
                &[
                    [
                        "WebAssembly",
                        "content security policy forbids it",
                        "Add 'wasm-unsafe-eval' to script-src",
                    ],
                    ["tracker", "It does not run", "See what else is found"],
                ],
            ),
        ),
        (
            "/connect",
            fault(
                TAG,
                &POLICY.replace("connect-src 'self'", "connect-src https://other.example"),
                &[
                    [
                        "tracker",
                        "It does not run",
                        "to connect-src of the Content-Security-Policy header",
                    ],
                    [
                        "endpoint",
                        "content security policy forbids it",
                        "to connect-src of the Content-Security-Policy header",
                    ],
                ],
            ),
        ),
        (
            "/twice",
            fault(
                &TAG.repeat(2),
                "",
                &[["tags", "There are 2 tags", "Remove the others"]],
            ),
        ),
        (
            "/versions",
            fault(
                &tag("/sdk/desirepath.js", "/sdk/older.js"),
                "",
                &[[
                    "versions",
                    "The loader is desirepath-loader/0.0.9",
                    "Serve the files of one build",
                ]],
            ),
        ),
    ];
    let mut pages = pages(&faults);
    let older = Page::new(loader.replace(version, "desirepath-loader/0.0.9"));
    pages.insert("/sdk/older.js".to_owned(), older);
    let site = serve_pages(&stage.collector.url, pages).await?;
    check_all(stage, &site, faults).await?;

    let without = serve_with(Change::WasmMissing, &site).await?;
    let remedy = "desirepath-sdk.wasm answers 404: put it beside desirepath.js";
    let expected = ["tracker", "It does not run", remedy].map(str::to_owned);
    check(stage, &format!("{without}/well"), &[expected]).await
}

/// Over https all is well, unless the collector is http.
pub(crate) async fn a_secure_page_needs_a_secure_collector(stage: &mut Stage) -> Result<()> {
    let insecure = tag("'/v1/batch'", "'http://collector.example/v1/batch'");
    let found = [
        "mixed content",
        "The page is https, the endpoint http",
        "Serve the collector over https",
    ];
    let faults = vec![
        ("/mixed", fault(&insecure, "", &[found])),
        ("/well", fault(TAG, "", &[])),
    ];
    let site = serve_pages(&stage.collector.url, pages(&faults)).await?;
    let site = serve_secure(&site).await?;
    for (path, fault) in faults {
        check(stage, &format!("{site}{path}"), &fault.findings).await?;
        stage
            .browser
            .run("desirepath.track('my_' + location.pathname.slice(1)); desirepath.flush()")
            .await?;
        let errors = "return told.filter((line) => line.startsWith('error'))";
        let errors = stage.browser.run(errors).await?;
        ensure!(errors == json!([]), "{path}: {errors}");
    }
    // What could not be sent from the first page has waited for the second.
    stage.collector.arrived(&["my_mixed", "my_well"]).await?;
    let views = stage.collector.named("page_view").await?;
    let urls: Vec<_> = views
        .iter()
        .filter_map(|view| view.page.as_ref()?.url.as_deref())
        .collect();
    ensure!(
        urls == [format!("{site}/mixed"), format!("{site}/well")],
        "{urls:?}"
    );
    Ok(())
}

/// What keeps events from the collector.
pub(crate) async fn a_collector_out_of_reach_is_explained(stage: &mut Stage) -> Result<()> {
    // Another origin, whose answers do not say that this page may read them.
    let silent = serve_pages::<String>(&stage.collector.url, []).await?;
    let gone = TcpListener::bind(("127.0.0.1", 0))?.local_addr()?;
    let endpoint = |address: &str| tag("'/v1/batch'", &format!("'{address}'"));
    let silent = endpoint(&format!("{silent}/v1/batch"));
    let faults = vec![
        (
            "/cors",
            fault(
                &silent,
                "",
                &[["CORS", "this page may not see it", "Allow the origin http"]],
            ),
        ),
        (
            "/policy",
            fault(
                &silent,
                POLICY,
                &[[
                    "endpoint",
                    "content security policy forbids it",
                    "to connect-src of the Content-Security-Policy header",
                ]],
            ),
        ),
        (
            "/gone",
            fault(
                &endpoint(&format!("http://{gone}/v1/batch")),
                "",
                &[["endpoint", "It can't be reached", "the collector running"]],
            ),
        ),
        (
            "/path",
            fault(
                &endpoint("/v1/nowhere"),
                "",
                &[["endpoint", "It answers 40", "takes batches at /v1/batch"]],
            ),
        ),
        (
            "/clock",
            fault(
                FAST_CLOCK,
                "",
                &[[
                    "clock",
                    // The collector's own clock is told in whole seconds, and an answer takes its time.
                    "clock is 60",
                    "corrects the times of events",
                ]],
            ),
        ),
    ];
    let mut faults = faults;
    if let Some((_, clock)) = faults.last_mut() {
        clock.html += TAG;
    }
    let site = serve_pages(&stage.collector.url, pages(&faults)).await?;
    check_all(stage, &site, faults).await?;

    let plain = HashMap::from([("/a".to_owned(), format!("{WATCH}{TAG}"))]);
    let office = Office::open(&stage.collector.url, plain).await?;
    for (status, words, fix) in [
        (403, "refuses this site or origin", "List the site"),
        (429, "too much is sent", "rate limit"),
        (500, "It answers 500", "collector's log"),
    ] {
        office.is(Mood::Refusing(status, 0));
        let expected = ["endpoint", words, fix].map(str::to_owned);
        check(stage, &format!("{}/a", office.url), &[expected]).await?;
    }
    Ok(())
}

/// What the tag, the browser and the visitor have decided.
pub(crate) async fn settings_that_keep_events_back_are_explained(stage: &mut Stage) -> Result<()> {
    let pending = tag("data-debug", "data-debug data-consent=pending");
    let with = |head: &str| format!("{head}{TAG}");
    let blocked = ["storage", "It is blocked or full", "sent from memory"];
    let faults = vec![
        (
            "/pending",
            fault(
                &pending,
                POLICY,
                &[[
                    "privacy",
                    "Consent is pending",
                    "desirepath.consent(\"granted\")",
                ]],
            ),
        ),
        (
            "/signal",
            fault(
                &with(REFUSAL),
                POLICY,
                &[["privacy", "Global Privacy Control", "switch it off"]],
            ),
        ),
        ("/blocked", fault(&with(NO_STORAGE), POLICY, &[blocked])),
        ("/database", fault(&with(NO_DATABASE), POLICY, &[blocked])),
        ("/full", fault(&with(FULL), POLICY, &[blocked])),
        (
            "/site",
            fault(
                &tag("'demo'", "'Not a site'"),
                POLICY,
                &[
                    ["options", "The site is \"Not a site\"", "Set data-site to"],
                    ["endpoint", "It answers 4", "log"],
                ],
            ),
        ),
        (
            "/nowhere",
            fault(
                &tag("data-endpoint='/v1/batch'", "data-endpoint"),
                POLICY,
                &[["options", "There is no endpoint", "Set data-endpoint to"]],
            ),
        ),
        (
            "/address",
            fault(
                &tag("'/v1/batch'", "'https://'"),
                POLICY,
                &[["options", "is no address", "Set data-endpoint to"]],
            ),
        ),
    ];
    let site = serve_pages(&stage.collector.url, pages(&faults)).await?;
    check_all(stage, &site, faults).await
}

/// Each event, each refusal, the consent and the queue, from a call in the console of a page without `data-debug`.
pub(crate) async fn the_console_shows_what_happens(stage: &mut Stage) -> Result<()> {
    let quiet = tag(" data-debug", " data-consent=pending");
    let html = format!("<!doctype html><title>Shop</title>{WATCH}{quiet}");
    let pages = HashMap::from([("/a".to_owned(), html)]);
    let office = Office::open(&stage.collector.url, pages).await?;
    stage.browser.open(&format!("{}/a", office.url)).await?;
    stage.browser.tracked().await?;
    let told = stage.browser.run("return told").await?;
    ensure!(told == json!([]), "nobody asked for {told}");
    stage
        .browser
        .run("desirepath.debug().then((found) => window.report = found)")
        .await?;
    let report = async || {
        eventually("the report", async || {
            let report = stage.browser.run("return window.report ?? null").await?;
            ensure!(!report.is_null(), "it is not there yet");
            Ok(report)
        })
        .await
    };
    let before = report().await?;
    // The page's view waits for an answer.
    ensure!(before["state"]["consent"] == "pending", "{before}");
    ensure!(before["state"]["queue"] == 1, "{before}");
    ensure!(before["events"] == json!([]), "{before}");
    office.is(Mood::Refusing(503, 0));
    stage
        .browser
        .run(
            "desirepath.consent('granted'); desirepath.track('my_event', { kind: 'good' }); \
              desirepath.track('my_refused', { n: NaN }); desirepath.track('')",
        )
        .await?;
    let after = report().await?;
    let names = |report: &Value| -> Vec<String> {
        let events = report["events"].as_array().cloned().unwrap_or_default();
        let names = events.iter().filter_map(|event| event["name"].as_str());
        names.map(str::to_owned).collect()
    };
    ensure!(
        names(&after).iter().any(|name| name == "my_event"),
        "{after}"
    );
    let refused = after["refused"].as_array().cloned().unwrap_or_default();
    ensure!(refused.len() == 2, "{refused:?}");
    let told: Vec<String> = serde_json::from_value(stage.browser.run("return told").await?)?;
    let shows = |kind: &str, words: &str| {
        told.iter()
            .any(|line| line.starts_with(kind) && line.contains(words))
    };
    ensure!(shows("log", "my_event, queue "), "{told:#?}");
    for reason in refused {
        let reason = reason.as_str().unwrap_or_default().to_owned();
        ensure!(
            !reason.is_empty() && shows("warn", &reason),
            "{reason:?} in {told:#?}"
        );
    }
    let state = async || stage.browser.run("return desirepath.state()").await;
    let now = state().await?;
    ensure!(now["consent"] == "granted", "{now}");
    ensure!(
        now["queue"].as_u64().is_some_and(|queue| queue >= 2),
        "{now}"
    );
    office.is(Mood::Well);
    stage.browser.run("desirepath.flush()").await?;
    eventually("an empty queue", async || {
        let now = state().await?;
        ensure!(now["queue"] == 0, "{now}");
        Ok(())
    })
    .await
}
