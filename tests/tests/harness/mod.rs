//! What every test needs: a browser, a collector, patience, and what to leave behind when it fails.

mod between;
mod browser;
mod collector;
mod network;
mod office;
mod page;
mod pages;
mod secure;
mod told;

use std::path::PathBuf;
use std::sync::{PoisonError, RwLock};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

pub(crate) use between::{Change, serve_with};
pub(crate) use browser::{Browser, Engine};
pub(crate) use collector::Collector;
pub(crate) use office::{Mood, Office};
pub(crate) use page::{OFF, WATCH, tag};
pub(crate) use pages::{Page, serve_pages, serve_site};
pub(crate) use secure::serve_secure;
pub(crate) use told::{first, number, of, text};

/// The site into which the demo shop tracks.
pub(crate) const SITE: &str = "demo";

/// How often a test is tried before it has failed.
const ATTEMPTS: usize = 3;
/// How long a test waits for something that should happen.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long a whole test may take.
const LIMIT: Duration = Duration::from_secs(150);
/// How long a browser may take to show what it has, and to close.
const FAREWELL: Duration = Duration::from_secs(15);

/// Held by every attempt that may have others beside it; the last one of a test waits until it is free.
static BESIDE: RwLock<()> = RwLock::new(());

/// What a test works with.
pub(crate) struct Stage {
    pub(crate) browser: Browser,
    pub(crate) collector: Collector,
}

/// Runs one test in one engine, or says loudly that it does not. One that fails is tried again, and that is said too.
pub(crate) fn run(engine: Engine, name: &str, test: &impl AsyncFn(&mut Stage) -> Result<()>) {
    let available = variable("DESIREPATH_BROWSERS", "");
    if !available.split(',').any(|browser| browser == engine.name()) {
        let words = format!(
            "{} is not in DESIREPATH_BROWSERS={available}",
            engine.name()
        );
        assert!(
            std::env::var("CI").is_err(),
            "{words}: with CI set, every engine must be there"
        );
        eprintln!("SKIPPED: {name}: {words}; `cargo xtask test` installs the browsers");
        return;
    }
    let name = format!("{}-{name}", engine.name());
    // A browser on a machine with other work to do may stumble. What fails three times in new browsers, the last time
    // with no other test beside it, is wrong.
    for _ in 1..ATTEMPTS {
        let beside_others = BESIDE.read().unwrap_or_else(PoisonError::into_inner);
        let outcome = attempt(engine, &name, test);
        drop(beside_others);
        match outcome {
            Ok(()) => return,
            Err(error) => eprintln!("TRIED AGAIN: {name}: {error:#}"),
        }
    }
    let _alone = BESIDE.write().unwrap_or_else(PoisonError::into_inner);
    if let Err(error) = attempt(engine, &name, test) {
        panic!("{name}: {error:#}");
    }
}

/// One run of a test, with a browser and a collector of its own.
fn attempt(
    engine: Engine,
    name: &str,
    test: &impl AsyncFn(&mut Stage) -> Result<()>,
) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .context("building a runtime")?;
    let outcome = runtime.block_on(async {
        let collector = Collector::start().await?;
        let browser = Browser::start(engine).await?;
        let mut stage = Stage { browser, collector };
        let outcome = tokio::time::timeout(LIMIT, test(&mut stage)).await;
        let outcome = outcome
            .context("the test took too long")
            .and_then(|outcome| outcome);
        if outcome.is_err() {
            let _ = tokio::time::timeout(FAREWELL, leave_evidence(&stage, name)).await;
        }
        // A browser that no longer answers is ended with its driver.
        let _ = tokio::time::timeout(FAREWELL, stage.browser.stop()).await;
        outcome
    });
    runtime.shutdown_background();
    outcome
}

/// Keeps a picture of the page, and says what the collector has.
async fn leave_evidence(stage: &Stage, name: &str) {
    let folder = PathBuf::from(variable("CARGO_TARGET_TMPDIR", env!("CARGO_TARGET_TMPDIR")));
    if let Ok(picture) = stage.browser.client.screenshot().await {
        let path = folder.join(format!("{name}.png"));
        if std::fs::write(&path, picture).is_ok() {
            eprintln!("the page as it was: {}", path.display());
        }
    }
    for event in stage.collector.events().await.unwrap_or_default() {
        let path = event.page.and_then(|page| page.path).unwrap_or_default();
        eprintln!(
            "the collector has: {} {} {path} {:?}",
            event.seq, event.name, event.props
        );
    }
}

/// Tries again until `attempt` succeeds; gives up with its last error.
pub(crate) async fn eventually<T>(
    what: &str,
    mut attempt: impl AsyncFnMut() -> Result<T>,
) -> Result<T> {
    let started = Instant::now();
    loop {
        match attempt().await {
            Ok(value) => return Ok(value),
            Err(error) if started.elapsed() > PATIENCE => {
                return Err(error.context(format!("waited in vain for {what}")));
            }
            Err(_) => tokio::time::sleep(Duration::from_millis(100)).await,
        }
    }
}

/// A variable of the environment. `cargo xtask test` sets them all.
pub(crate) fn variable(name: &str, otherwise: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| otherwise.to_owned())
}
