//! Pages that broke the browser's own objects, or pass what nobody should: the page works as it would without the
//! tracker, the console stays quiet, and the counters tell what was lost.

use anyhow::{Result, ensure};
use event::Dropped;

use crate::harness::{Office, Page, Stage, WATCH, eventually, serve_pages, tag};

/// Whether the code that is running was called by one of the tracker's files. What the driver runs in the page is spared.
const OURS: &str = "ours = () => /\\/sdk\\/desirepath/.test(new Error().stack); \
    broken = (object, name) => { const original = object[name]; Object.defineProperty(object, name, { configurable: true, \
      writable: true, value: function () { if (ours()) throw new Error('broken ' + name); \
        return original.apply(this, arguments) } }) };";
/// Whether the tracker's module is there, which it can't always tell itself.
const CAME: &str = "isBroken = false; came = () => performance.getEntriesByType('resource').some(({ name }) => /wasm/.test(name));";
/// A page's own button, which counts, and calls the tracker as a shop does.
const BUTTON: &str = "<button id=buy type=button style='padding:20px'>Buy</button><script>\
    buy.addEventListener('click', () => { clicks++; desirepath.track('add_to_cart', { currency: 'EUR', value: 35.79, \
      items: [{ item_id: '17', price: 35.79, quantity: 1 }] }) });</script>";

/// A page with a script that breaks something before the tracker comes.
fn page(breaking: &str, body: &str) -> String {
    format!(
        "<!doctype html><html><head><title>Hostile</title>{WATCH}<script>clicks = 0;{OURS}{CAME}{breaking}</script>{}</head>\
        <body>{body}</body></html>",
        tag("")
    )
}

/// Opens a page of the shop, and waits until the tracker runs, or has failed to.
async fn open(stage: &Stage, url: &str) -> Result<()> {
    stage.browser.open(url).await?;
    eventually("the tracker", async || {
        let is_there =
            "return !!desirepath.state || !!desirepath.e || isBroken && came() || errors";
        let is_there = stage.browser.run(is_there).await?;
        ensure!(
            is_there == true,
            "it is not there, and the page heard {is_there}"
        );
        Ok(())
    })
    .await
}

/// The console is quiet, and the page's own button was heard `clicks` times.
async fn is_well(stage: &Stage, clicks: u32) -> Result<()> {
    stage.browser.quiet().await?;
    let heard = stage.browser.run("return clicks").await?;
    ensure!(heard == clicks, "the page heard {heard} clicks");
    Ok(())
}

/// Sum of the counters in all batches.
fn dropped(office: &Office, pick: fn(&Dropped) -> u64) -> u64 {
    office
        .posted()
        .iter()
        .map(|posted| pick(&posted.batch.dropped))
        .sum()
}

/// Replaced and extended globals, as old libraries have left them: everything is tracked all the same.
pub(crate) async fn replaced_globals_change_nothing(stage: &mut Stage) -> Result<()> {
    let replaced = "
        const json = JSON;
        Object.defineProperty(window, 'JSON', { get: () => ours() ? {} : json });
        Array.prototype.more = () => 1;
        for (const { prototype } of [Array, String])
          Object.defineProperty(prototype, 'toJSON', { get: () => ours() ? () => 'broken' : undefined });
        for (const name of ['push', 'map', 'filter', 'forEach', 'slice', 'splice', 'pop']) {
          const original = Array.prototype[name];
          Array.prototype[name] = function () { return original.apply(this, arguments) };
        }
        Native = Promise;
        Promise = class extends Native { then(...parts) { return super.then(...parts) } };
        const listen = EventTarget.prototype.addEventListener;
        EventTarget.prototype.addEventListener = function (kind, heard, options) {
          return listen.call(this, kind, function (event) { return heard.call(this, event) }, options) };
        const push = history.pushState;
        history.pushState = function () { return push.apply(this, arguments) };";
    let office = Office::open(&stage.collector.url, [("/a", page(replaced, BUTTON))]).await?;
    open(stage, &format!("{}/a", office.url)).await?;
    stage.browser.click("#buy").await?;
    stage
        .browser
        .run("history.pushState({}, '', '/b'); desirepath.flush()")
        .await?;
    eventually("all events", async || {
        let added = stage.collector.named("add_to_cart").await?;
        ensure!(added.len() == 1, "{} add_to_cart", added.len());
        ensure!(added[0].items[0].item_id.as_deref() == Some("17"));
        ensure!(
            stage.collector.named("page_view").await?.len() == 2,
            "two views"
        );
        Ok(())
    })
    .await?;
    is_well(stage, 1).await
}

/// Whatever the tracker calls throws: calls and clicks don't, and nobody hears of it.
pub(crate) async fn globals_that_throw_reach_nobody(stage: &mut Stage) -> Result<()> {
    // The whole of what the loader and the glue call, one kind at a time.
    let breakings = [
        (
            "/array",
            "for (const name of ['push', 'map', 'filter', 'forEach', 'splice', 'pop', 'shift']) broken(Array.prototype, name);",
        ),
        (
            "/json",
            "for (const name of ['parse', 'stringify']) broken(JSON, name);",
        ),
        (
            "/promise",
            "for (const name of ['then', 'catch', 'finally']) broken(Promise.prototype, name);",
        ),
        (
            "/reflect",
            "for (const name of ['get', 'set', 'construct']) broken(Reflect, name); broken(Object, 'keys');",
        ),
        (
            "/dom",
            "for (const name of ['closest', 'getAttribute', 'getBoundingClientRect']) broken(Element.prototype, name);",
        ),
        (
            "/history",
            "for (const name of ['pushState', 'replaceState']) \
            Object.defineProperty(history, name, { value: history[name] }); Object.freeze(history);",
        ),
        (
            "/listen",
            "broken(EventTarget.prototype, 'addEventListener');",
        ),
        (
            "/timer",
            "broken(window, 'clearTimeout'); broken(window, 'requestIdleCallback');",
        ),
        ("/timeout", "broken(window, 'setTimeout');"),
        (
            "/clone",
            "broken(window, 'structuredClone'); broken(window, 'URL'); broken(Date, 'now');",
        ),
        (
            "/frozen",
            "window.desirepath = Object.freeze({ track() {} });",
        ),
        (
            "/wasm",
            "for (const name of ['instantiate', 'instantiateStreaming', 'compile']) broken(WebAssembly, name);",
        ),
        (
            "/storage",
            "for (const name of ['localStorage', 'sessionStorage', 'indexedDB']) \
            Object.defineProperty(window, name, { get() { throw new Error(name) } });",
        ),
    ];
    let pages: Vec<_> = breakings
        .iter()
        .map(|(path, breaking)| (*path, page(&format!("isBroken = true;{breaking}"), BUTTON)))
        .collect();
    let office = Office::open(&stage.collector.url, pages).await?;
    for (path, _) in breakings {
        let checked = async {
            open(stage, &format!("{}{path}", office.url)).await?;
            stage.browser.click("#buy").await?;
            stage
                .browser
                .run("history.pushState({}, '', '#more'); desirepath.flush?.()")
                .await?;
            is_well(stage, 1).await
        };
        checked.await.map_err(|error| error.context(path))?;
    }
    Ok(())
}

/// A `fetch` that throws keeps the events where the next page finds them.
pub(crate) async fn a_broken_fetch_loses_nothing(stage: &mut Stage) -> Result<()> {
    // The tracker's own files come through `fetch` too.
    let breaking = "const original = fetch; const refuse = () => { throw new Error('fetch') }; \
        window.fetch = (url, ...rest) => /batch/.test(url) ? refuse() : original(url, ...rest); \
        navigator.sendBeacon = window.fetchLater = refuse;";
    let pages = [("/a", page(breaking, BUTTON)), ("/b", page("", BUTTON))];
    let office = Office::open(&stage.collector.url, pages).await?;
    open(stage, &format!("{}/a", office.url)).await?;
    stage.browser.click("#buy").await?;
    stage.browser.run("desirepath.flush()").await?;
    is_well(stage, 1).await?;
    open(stage, &format!("{}/b", office.url)).await?;
    eventually("the events of the page before", async || {
        ensure!(stage.collector.named("add_to_cart").await?.len() == 1);
        Ok(())
    })
    .await?;
    is_well(stage, 0).await
}

/// What is passed may throw, be endless, or be huge: good events arrive, bad ones are counted, no call throws.
pub(crate) async fn hostile_arguments_are_refused_and_counted(stage: &mut Stage) -> Result<()> {
    let office = Office::open(&stage.collector.url, [("/a", page("", BUTTON))]).await?;
    open(stage, &format!("{}/a", office.url)).await?;
    let script = "
        const { track, page, identify, account, on, beforeSend } = desirepath;
        const cyclic = { kind: 'cyclic' }; cyclic.self = cyclic; cyclic.items = [cyclic];
        const throwing = { get price() { throw new Error('getter') } };
        const proxy = new Proxy({}, { ownKeys() { throw new Error('trap') } });
        const lying = new Proxy([], { get(_, key) { return key == 'length' ? 1e9 : undefined } });
        const huge = 'x'.repeat(5 << 20);
        const frozen = Object.freeze({ currency: 'EUR', value: 1, items: Object.freeze([Object.freeze({ item_id: '1' })]) });
        const revoked = Proxy.revocable({}, {}); revoked.revoke();
        const started = performance.now();
        // Taken.
        track('my_cyclic', { kind: 'flat', more: cyclic });
        track('my_frozen', frozen);
        track('my_odd', { a: 1n, b: Symbol(), c() {}, d: null, f: undefined, g: document, h: window, i: 'kept' });
        // Refused, each counted once.
        track('my_getter', throwing);
        track('my_nan', { n: NaN });
        track('my_proxy', proxy);
        track('my_revoked', revoked.proxy);
        track('my_huge', { text: huge });
        track(huge, {});
        track(cyclic, cyclic);
        track('my_list', { items: lying });
        track(Symbol('name'));
        track('my_value', { value: { valueOf() { throw new Error('valueOf') } } });
        track();
        // Neither.
        for (const call of [page, identify, account, on]) for (const value of [proxy, huge, cyclic, throwing, null]) call(value, value);
        return performance.now() - started;";
    let took = stage.browser.run(script).await?;
    ensure!(
        took.as_f64().is_some_and(|took| took < 2000.0),
        "the calls took {took} ms"
    );
    stage.browser.click("#buy").await?;
    stage.browser.run("desirepath.flush()").await?;
    eventually("good events and counters", async || {
        let cyclic = stage.collector.named("my_cyclic").await?;
        ensure!(
            cyclic.len() == 1 && cyclic[0].props.get("more").is_none(),
            "{cyclic:?}"
        );
        let frozen = stage.collector.named("my_frozen").await?;
        ensure!(
            frozen.len() == 1 && frozen[0].items.len() == 1,
            "{frozen:?}"
        );
        let odd = stage.collector.named("my_odd").await?;
        ensure!(odd.len() == 1 && odd[0].props.get("i").is_some(), "{odd:?}");
        let n_invalid = dropped(&office, |dropped| dropped.invalid);
        ensure!(n_invalid >= 10, "{n_invalid} were counted as invalid");
        Ok(())
    })
    .await?;
    for name in ["my_getter", "my_proxy", "my_huge", "my_list"] {
        ensure!(
            stage.collector.named(name).await?.is_empty(),
            "{name} was taken"
        );
    }
    is_well(stage, 1).await
}

/// A loop that never rests, before the tracker is there and after: the page goes on, and all is accounted for.
pub(crate) async fn a_loop_of_calls_is_counted_from_the_first(stage: &mut Stage) -> Result<()> {
    let early = "</script><script>addEventListener('DOMContentLoaded', () => { const started = performance.now(); \
        for (let n = 0; n < 10000; n++) desirepath.track('my_early', { n }); took = performance.now() - started; });";
    let html = page(early, BUTTON).replace("<script async", "<script");
    let office = Office::open(&stage.collector.url, [("/a", html)]).await?;
    open(stage, &format!("{}/a", office.url)).await?;
    let took = stage.browser.run("return took").await?;
    ensure!(
        took.as_f64().is_some_and(|took| took < 3000.0),
        "10,000 calls took {took} ms"
    );
    stage.browser.click("#buy").await?;
    stage.browser.leave().await?;
    eventually("all to be told", async || {
        let n_events = stage.collector.named("my_early").await?.len() as u64;
        let n_dropped = dropped(&office, Dropped::total);
        // Clicks and views are within the same bucket of tokens.
        ensure!(n_events >= 100, "{n_events} events");
        ensure!(n_events + n_dropped >= 10_000, "{n_events} and {n_dropped}");
        Ok(())
    })
    .await
}

/// A form whose fields hide the form's own properties.
pub(crate) async fn a_form_may_hide_its_own_properties(stage: &mut Stage) -> Result<()> {
    let form = "<form id=trap method=post action='/v1/nowhere' target=aside>\
        <input name=id value=1><input name=action><input name=elements><input name=closest><input name=getAttribute>\
        <input name=localName><input name=tagName><input name=parentElement><input name=children><input name=dataset>\
        <input name=addEventListener><input name=querySelector><input name=getBoundingClientRect>\
        <button id=go name=submit style='padding:20px'>Go</button></form>\
        <iframe name=aside title=aside></iframe>";
    let sent = "<script>document.addEventListener('submit', () => clicks++)</script>";
    let office = Office::open(
        &stage.collector.url,
        [("/a", page("", &format!("{form}{sent}")))],
    )
    .await?;
    open(stage, &format!("{}/a", office.url)).await?;
    stage.browser.fill("[name=action]", "secret").await?;
    stage.browser.click("#go").await?;
    stage.browser.run("desirepath.flush()").await?;
    eventually("the form and the click", async || {
        ensure!(
            stage.collector.named("form_submit").await?.len() == 1,
            "no form_submit"
        );
        ensure!(stage.collector.named("click").await?.len() == 1, "no click");
        Ok(())
    })
    .await?;
    let all = format!("{:?}", stage.collector.events().await?);
    ensure!(!all.contains("secret"), "what was typed was read: {all}");
    is_well(stage, 1).await
}

/// A strict policy forbids WebAssembly: the loader tells by itself, says why, and keeps quiet.
pub(crate) async fn a_strict_policy_leaves_the_fallback(stage: &mut Stage) -> Result<()> {
    let html = page("", BUTTON).replace("<script", "<script nonce=n1");
    let pages = [("/a", Page {
            html,
            policy: "default-src 'none'; script-src 'self' 'nonce-n1'; connect-src 'self'; style-src 'unsafe-inline'"
                .to_owned(),
        })];
    let site = serve_pages(&stage.collector.url, pages).await?;
    open(stage, &format!("{site}/a")).await?;
    stage.browser.click("#buy").await?;
    eventually("the fallback's events", async || {
        let views = stage.collector.named("page_view").await?;
        ensure!(
            views.len() == 1 && views[0].props.get("degraded").is_some(),
            "{views:?}"
        );
        ensure!(stage.collector.named("add_to_cart").await?.len() == 1);
        ensure!(stage.collector.named("click").await?.len() == 1);
        Ok(())
    })
    .await?;
    let heard = stage.browser.run("return clicks").await?;
    ensure!(heard == 1, "the page heard {heard} clicks");
    Ok(())
}
