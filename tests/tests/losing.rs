//! The network or storage taken from a page: what can be delivered is, and what can't is told.

use std::time::Duration;

use anyhow::{Result, ensure};

use crate::harness::{Mood, Stage, eventually};
use crate::storing::{office, page};

/// A page's own storage may be made to fail before the tracker comes.
const NO_STORAGE: &str = "<script>for (const name of ['indexedDB', 'localStorage', 'sessionStorage']) \
    Object.defineProperty(window, name, { get() { throw new DOMException('blocked', 'SecurityError') } });</script>";
const FULL: &str = "<script>const full = function () { throw new DOMException('full', 'QuotaExceededError') }; \
    IDBObjectStore.prototype.put = IDBObjectStore.prototype.add = Storage.prototype.setItem = full;</script>";
/// Full as a browser tells it: not at once, but by undoing what was done together.
const FULL_LATER: &str = "<script>const put = IDBObjectStore.prototype.put; \
    IDBObjectStore.prototype.put = function () { const request = put.apply(this, arguments); this.transaction.abort(); return request };</script>";
const NEVER_ANSWERS: &str = "<script>IDBFactory.prototype.open = () => ({});</script>";

pub(crate) async fn without_storage_events_arrive(stage: &mut Stage) -> Result<()> {
    let others = [
        ("/blocked", NO_STORAGE),
        ("/full", FULL),
        ("/later", FULL_LATER),
        ("/silent", NEVER_ANSWERS),
    ];
    let pages = others.map(|(path, head)| (path, page(head, "")));
    let office = office(&stage.collector, &pages).await?;
    let mut expected = Vec::new();
    for (path, _) in others {
        stage
            .browser
            .visit(&format!("{}{path}", office.url))
            .await?;
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
            let there = stage.collector.own().await?;
            ensure!(there.contains_key(&names[0]), "the collector has {there:?}");
            Ok(())
        })
        .await?;
        stage
            .browser
            .run(&format!("desirepath.track('{}')", names[1]))
            .await?;
        stage.browser.quiet().await?;
        expected.extend(names);
    }
    stage.browser.leave().await?;
    let expected: Vec<_> = expected.iter().map(String::as_str).collect();
    stage.collector.arrived(&expected).await
}

/// The page has every call into the module fail from a moment on, as where it runs out of memory.
const TRAPS: &str = "<script>const real = WebAssembly.instantiate;
    WebAssembly.instantiate = async (...parts) => { const { module, instance } = await real(...parts); const exports = {};
      for (const [name, item] of Object.entries(instance.exports)) exports[name] = typeof item !== 'function' ? item :
        (...given) => { if (document.documentElement.lang == 'xx') throw new WebAssembly.RuntimeError('unreachable'); return item(...given) };
      return { module, instance: { exports } } };</script>";

pub(crate) async fn a_module_that_traps_gives_way_at_once(stage: &mut Stage) -> Result<()> {
    let office = office(&stage.collector, &[("/traps", page(TRAPS, ""))]).await?;
    stage
        .browser
        .visit(&format!("{}/traps", office.url))
        .await?;
    stage.browser.run("desirepath.track('my_first')").await?;
    stage.collector.arrived(&["my_first"]).await?;
    // It fails when nobody calls it: what is noted is told in a task of its own.
    stage
        .browser
        .run("desirepath.track('my_lost'); document.documentElement.lang = 'xx'")
        .await?;
    stage
        .browser
        .until("the loader to hear of it", "!!desirepath.e")
        .await?;
    stage.browser.run("desirepath.track('my_second')").await?;
    stage.collector.arrived(&["my_first", "my_second"]).await?;
    stage.browser.quiet().await
}

/// The browser's own offline mode. WebKit's driver has none: there the server is gone, and the page is told of its return.
pub(crate) async fn what_happens_offline_is_delivered_online(stage: &mut Stage) -> Result<()> {
    let mut office = office(&stage.collector, &[]).await?;
    stage.browser.visit(&format!("{}/a", office.url)).await?;
    let can = stage.browser.go_offline(true).await?;
    if can {
        stage
            .browser
            .until("offline mode", "!navigator.onLine")
            .await?;
    } else {
        office.close().await;
    }
    stage
        .browser
        .run("desirepath.track('my_first'); desirepath.flush()")
        .await?;
    // Offline no attempt is made for minutes, unless the browser says that the network is back.
    tokio::time::sleep(Duration::from_secs(4)).await;
    stage.browser.run("desirepath.track('my_second')").await?;
    let own = stage.collector.own().await.unwrap_or_default();
    ensure!(own.is_empty(), "{own:?}");
    if can {
        stage.browser.go_offline(false).await?;
    } else {
        office.reopen().await?;
        stage
            .browser
            .run("dispatchEvent(new Event('online'))")
            .await?;
    }
    stage.collector.arrived(&["my_first", "my_second"]).await?;
    stage.browser.quiet().await
}

/// In Chromium alone the driver can take the room away; the others have [`FULL`] and [`FULL_LATER`].
pub(crate) async fn a_page_without_room_to_store_delivers(stage: &mut Stage) -> Result<()> {
    let office = office(&stage.collector, &[]).await?;
    if !stage.browser.limit_storage(&office.url, 1).await? {
        return Ok(());
    }
    office.is(Mood::Refusing(503, 0));
    stage.browser.visit(&format!("{}/a", office.url)).await?;
    stage
        .browser
        .run("for (let n = 0; n < 50; n++) desirepath.track('my_event_' + n, { text: 'x'.repeat(900) }); desirepath.flush()")
        .await?;
    eventually("an attempt", async || {
        ensure!(!office.posted().is_empty(), "none so far");
        Ok(())
    })
    .await?;
    office.is(Mood::Well);
    stage.browser.run("desirepath.flush()").await?;
    let names: Vec<_> = (0..50).map(|n| format!("my_event_{n}")).collect();
    let names: Vec<_> = names.iter().map(String::as_str).collect();
    stage.collector.arrived(&names).await?;
    stage.browser.quiet().await
}

/// Without storage, what fits into no request that outlives the page is lost with it: that is told.
pub(crate) async fn what_is_lost_without_storage_is_told(stage: &mut Stage) -> Result<()> {
    let alone = page(NO_STORAGE, "data-off='views,vitals,engagement'");
    let office = office(&stage.collector, &[("/alone", alone)]).await?;
    office.is(Mood::Refusing(503, 0));
    stage
        .browser
        .visit(&format!("{}/alone", office.url))
        .await?;
    stage
        .browser
        .run(
            "for (let n = 0; n < 150; n++) desirepath.track('my_event', { n, text: 'x'.repeat(500) }); desirepath.flush()",
        )
        .await?;
    // After so many attempts the next pause is longer than it takes to leave.
    eventually("attempts", async || {
        let n_attempts = office.posted().len();
        ensure!(n_attempts >= 4, "{n_attempts} so far");
        Ok(())
    })
    .await?;
    office.is(Mood::Well);
    stage.browser.leave().await?;
    eventually("all to be told", async || {
        let own = stage.collector.own().await?;
        let n_events = own.get("my_event").copied().unwrap_or_default() as u64;
        let dropped = stage.collector.dropped().await?;
        ensure!(
            n_events > 0 && dropped.storage > 0 && n_events + dropped.total() == 150,
            "{n_events} and {dropped:?}"
        );
        Ok(())
    })
    .await
}
