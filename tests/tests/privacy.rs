//! What a visitor allows: what is sent, seen at the collector, and what is kept, listed by a script of the page.

use anyhow::{Result, ensure};
use event::{Event, PropValue};
use serde_json::Value;

use crate::harness::{
    Browser, Collector, Page, Stage, WATCH, eventually, first, serve_pages, tag, text,
};

/// Counts what leaves the page for a collector.
const COUNT: &str = "sent = 0;
    const request = fetch;
    fetch = (...parts) => { sent += Number(parts[1]?.method == 'POST'); return request(...parts); };
    navigator.sendBeacon = () => { sent += 1; return true; };";
/// The key of the visitor's choice, the one thing that a no leaves.
const CHOICE: &str = "localStorage desirepath:demo:consent";

/// A page with a tracker: attributes of its tag, a script before it, and a body.
fn page(attributes: &str, script: &str, body: &str) -> Page {
    let html = format!(
        "<!doctype html><title>Shop of jane@example.com</title>{WATCH}<script>{COUNT} {script}</script>\
         {}<body>{body}",
        tag(attributes)
    );
    Page::new(html)
}

/// Serves pages by path, and opens the first.
async fn visit(stage: &Stage, pages: &[(&str, Page)]) -> Result<String> {
    let map = pages.iter().map(|(path, page)| (*path, page.clone()));
    let site = serve_pages(&stage.collector.url, map).await?;
    stage
        .browser
        .visit(&format!("{site}{}", pages[0].0))
        .await?;
    Ok(site)
}

/// All that is kept for the page's origin: a place and a key each.
async fn kept(browser: &Browser) -> Result<Vec<String>> {
    browser
        .run(
            "window.databases = null;
             Promise.resolve(indexedDB.databases ? indexedDB.databases() : [])
                 .then((found) => window.databases = found.map(({ name }) => `indexedDB ${name}`));
             return 0",
        )
        .await?;
    let all = eventually("the list of databases", async || {
        let all = browser
            .run(
                "return window.databases && [
                     ...Object.keys(localStorage).map((key) => `localStorage ${key}`),
                     ...Object.keys(sessionStorage).map((key) => `sessionStorage ${key}`),
                     ...window.databases,
                     ...document.cookie.split(';').filter(Boolean),
                 ]",
            )
            .await?;
        ensure!(all.is_array(), "no answer yet");
        Ok(all)
    })
    .await?;
    Ok(serde_json::from_value(all)?)
}

/// Waits until exactly this is kept.
async fn check_kept(browser: &Browser, expected: &[&str]) -> Result<()> {
    eventually("what is kept", async || {
        let kept = kept(browser).await?;
        ensure!(kept == expected, "kept are {kept:?}");
        Ok(())
    })
    .await
}

/// Waits until the collector has exactly the shop's own events of these names, in this order, and returns all.
async fn check_told(collector: &Collector, expected: &[&str]) -> Result<Vec<Event>> {
    eventually("the expected events", async || {
        let events = collector.events().await?;
        let own = events.iter().map(|event| event.name.as_str());
        let own: Vec<_> = own
            .filter(|name| name.starts_with("my_") || *name == "consent")
            .collect();
        ensure!(own == expected, "the collector has {own:?}");
        Ok(events)
    })
    .await
}

async fn n_sent(browser: &Browser) -> Result<Value> {
    browser.run("return window.sent").await
}

pub(crate) async fn before_a_yes_nothing_is_kept_or_sent(stage: &mut Stage) -> Result<()> {
    let asks = "window.dataLayer = []; window.gtag = function () { dataLayer.push(arguments) };
                gtag('consent', 'default', { analytics_storage: 'denied', wait_for_update: 500 });";
    let early = "desirepath = { q: [['consent', Date.now(), 'granted']] };";
    let site = visit(
        stage,
        &[
            ("/call/", page("data-consent=pending", "", "")),
            ("/mode/", page("data-datalayer", asks, "")),
            ("/early/", page("data-consent=pending", early, "")),
        ],
    )
    .await?;
    let Stage { browser, collector } = stage;
    browser
        .run("desirepath.track('my_first'); desirepath.identify('u1'); desirepath.flush()")
        .await?;
    check_kept(browser, &[]).await?;
    ensure!(n_sent(browser).await? == 0, "something was sent");
    browser
        .run("desirepath.consent('granted'); desirepath.flush()")
        .await?;
    let events = check_told(collector, &["my_first", "consent"]).await?;
    let early = first(&events, "my_first")?;
    let (view, yes) = (first(&events, "page_view")?, first(&events, "consent")?);
    ensure!(
        view.ts <= early.ts && early.ts < yes.ts,
        "each has the time at which it happened"
    );
    ensure!(
        view.visitor.is_some() && view.visitor == yes.visitor && view.seq < early.seq,
        "{view:?} {yes:?}"
    );
    ensure!(text(yes, "source") == "call", "{yes:?}");
    ensure!(
        kept(browser).await?.contains(&CHOICE.to_owned()),
        "the yes is kept"
    );

    // Consent mode asks anew on every page.
    browser
        .run("localStorage.clear(); sessionStorage.clear()")
        .await?;
    browser.visit(&format!("{site}/mode/")).await?;
    browser
        .run("localStorage.clear(); sessionStorage.clear()")
        .await?;
    browser
        .run("desirepath.track('my_second'); desirepath.flush()")
        .await?;
    ensure!(n_sent(browser).await? == 0, "something was sent");
    let update = "gtag('consent', 'update', { analytics_storage: 'granted' }); desirepath.flush()";
    browser.run(update).await?;
    let expected = ["my_first", "consent", "my_second", "consent"];
    let events = check_told(collector, &expected).await?;
    let last = events.last().map(|event| text(event, "source"));
    ensure!(last == Some("consent_mode"), "{last:?}");
    browser
        .run("gtag('consent', 'update', { analytics_storage: 'denied' })")
        .await?;
    check_kept(browser, &[CHOICE]).await?;
    browser.quiet().await?;

    // A yes that the page says before all else is told of that page.
    browser.visit(&format!("{site}/early/")).await?;
    browser.run("desirepath.flush()").await?;
    let expected = [&expected[..], &["consent"]].concat();
    let events = check_told(collector, &expected).await?;
    let yes = events.iter().rfind(|event| event.name == "consent");
    let path = yes.and_then(|yes| yes.page.as_ref()?.path.as_deref());
    ensure!(path == Some("/early/"), "{yes:?}");
    Ok(())
}

pub(crate) async fn after_a_no_nothing_remains(stage: &mut Stage) -> Result<()> {
    let pages = [
        ("/a/", page("", "", "")),
        ("/b/", page("", "", "")),
        (
            "/out/",
            page("", "desirepath = { q: [['optOut', Date.now()]] };", ""),
        ),
    ];
    let site = visit(stage, &pages).await?;
    let Stage { browser, collector } = stage;
    browser
        .run("desirepath.track('my_first'); desirepath.flush()")
        .await?;
    check_told(collector, &["my_first"]).await?;
    ensure!(kept(browser).await?.len() > 2, "ids are kept");
    browser
        .run("desirepath.track('my_lost'); desirepath.consent('denied'); desirepath.track('my_lost')")
        .await?;
    check_kept(browser, &[CHOICE]).await?;
    for path in ["/b/", "/a/?desirepath=on"] {
        browser.visit(&format!("{site}{path}")).await?;
        browser
            .run("desirepath.track('my_lost'); desirepath.flush()")
            .await?;
        check_kept(browser, &[CHOICE]).await?;
        ensure!(n_sent(browser).await? == 0, "something was sent");
    }
    browser
        .run("desirepath.consent('granted'); desirepath.track('my_second'); desirepath.flush()")
        .await?;
    check_told(collector, &["my_first", "consent", "my_second"]).await?;

    // An opt-out stands above a yes, and outlasts the page; so does that of the shop's own people.
    for (page, undo) in [("/out/", "desirepath.optIn()"), ("/a/?desirepath=off", "")] {
        browser.visit(&format!("{site}{page}")).await?;
        check_kept(browser, &[CHOICE]).await?;
        browser.visit(&format!("{site}/b/")).await?;
        browser
            .run("desirepath.consent('granted'); desirepath.track('my_lost'); desirepath.flush()")
            .await?;
        ensure!(n_sent(browser).await? == 0, "something was sent");
        check_kept(browser, &[CHOICE]).await?;
        browser.run(undo).await?;
    }
    browser.visit(&format!("{site}/a/?desirepath=on")).await?;
    browser
        .run("desirepath.track('my_third'); desirepath.flush()")
        .await?;
    check_told(collector, &["my_first", "consent", "my_second", "my_third"]).await?;
    Ok(())
}

pub(crate) async fn signals_of_the_browser_are_a_no(stage: &mut Stage) -> Result<()> {
    let gpc =
        "Object.defineProperty(Navigator.prototype, 'globalPrivacyControl', { get: () => true });";
    let dnt = "Object.defineProperty(Navigator.prototype, 'doNotTrack', { get: () => '1' });";
    let pages = [
        ("/plain/", page("", "", "")),
        ("/gpc/", page("", gpc, "")),
        ("/gpc/bare/", page("data-gpc=ignore", gpc, "")),
        (
            "/gpc/ignored/",
            page("data-gpc='ignore: the visitor was asked'", gpc, ""),
        ),
        ("/dnt/", page("", dnt, "")),
        ("/dnt/ignored/", page("data-dnt=ignore", dnt, "")),
    ];
    let site = visit(stage, &pages).await?;
    let Stage { browser, collector } = stage;
    for (path, _) in &pages {
        browser.visit(&format!("{site}{path}")).await?;
        let track =
            "desirepath.track('my_' + location.pathname.replace(/\\W/g, '')); desirepath.flush()";
        browser.run(track).await?;
        if ["/gpc/", "/gpc/bare/", "/dnt/"].contains(path) {
            browser
                .run("desirepath.consent('granted'); desirepath.flush()")
                .await?;
            ensure!(n_sent(browser).await? == 0, "{path}: something was sent");
            check_kept(browser, &[]).await?;
        }
    }
    check_told(collector, &["my_plain", "my_gpcignored", "my_dntignored"]).await?;
    Ok(())
}

pub(crate) async fn cookieless_counts_and_keeps_nothing(stage: &mut Stage) -> Result<()> {
    let counting = "data-consent=pending data-pending=cookieless";
    let pages = [
        (
            "/shop/one/",
            page("data-mode=cookieless data-exclude='*/account/*'", "", ""),
        ),
        (
            "/shop/account/7",
            page("data-mode=cookieless data-exclude='*/account/*'", "", ""),
        ),
        (
            "/shop/two/",
            page("data-mode=cookieless data-exclude='*/account/*'", "", ""),
        ),
        ("/shop/three/", page(counting, "", "")),
    ];
    let site = visit(stage, &pages).await?;
    let Stage { browser, collector } = stage;
    for (path, _) in &pages {
        // A link, so that the page before is known.
        let go = format!("location.href = '{site}{path}'");
        browser.run(&go).await?;
        browser
            .until(
                "the next page",
                &format!("location.pathname == '{path}' && !!window.desirepath?.state"),
            )
            .await?;
        browser
            .run("desirepath.track('my_' + location.pathname.split('/')[2]); desirepath.flush()")
            .await?;
        check_kept(browser, &[]).await?;
    }
    let events = check_told(collector, &["my_one", "my_two", "my_three"]).await?;
    ensure!(
        events
            .iter()
            .all(|event| event.visitor.is_none() && event.session.is_some()),
        "{events:?}"
    );
    let everything = format!("{events:?}");
    ensure!(!everything.contains("account"), "{everything}");
    browser
        .run("desirepath.consent('granted'); desirepath.track('my_known'); desirepath.flush()")
        .await?;
    let events = check_told(
        collector,
        &["my_one", "my_two", "my_three", "consent", "my_known"],
    )
    .await?;
    ensure!(
        first(&events, "my_known")?.visitor.is_some(),
        "now there is an id"
    );
    Ok(())
}

pub(crate) async fn the_shop_changes_and_refuses_events(stage: &mut Stage) -> Result<()> {
    let hook = "desirepath = { q: [['beforeSend', Date.now(), (event) => {
            desirepath.track('my_endless');
            switch (event.name) {
                case 'my_false': return false;
                case 'my_null': return null;
                case 'my_throw': throw new Error('of the shop');
                case 'my_promise': return Promise.resolve(event);
                case 'my_number': return 7;
                case 'my_getter': return { get name() { throw 1 }, props: {} };
                case 'my_cycle': event.props.self = event; event.props.seen = true; return event;
                case 'my_frozen': return Object.freeze({ ...event, props: Object.freeze({ seen: true }) });
                case 'my_long': event.props.text = 'x'.repeat(5e6); return event;
                case 'my_changed':
                    event.props = { seen: true };
                    delete event.visitor;
                    event.page.title = 'Other';
            }
        }]] };";
    let body = "<button id=open>Call +49 30 901820</button>
                <button id=shut data-dp-mask>Jane Doe</button>
                <p class=customer><button id=inner>Jane Doe</button></p>";
    visit(stage, &[("/", page("data-mask=.customer", hook, body))]).await?;
    let Stage { browser, collector } = stage;
    let names = [
        "false", "null", "throw", "promise", "number", "getter", "cycle", "frozen", "long",
        "changed",
    ];
    for name in names {
        browser
            .run(&format!(
                "desirepath.track('my_{name}', {{ secret: 'jane' }})"
            ))
            .await?;
    }
    for id in ["open", "shut", "inner"] {
        browser.click(&format!("#{id}")).await?;
    }
    browser.run("desirepath.flush()").await?;
    browser.quiet().await?;
    let events = check_told(collector, &["my_cycle", "my_frozen", "my_changed"]).await?;
    for name in ["my_cycle", "my_frozen", "my_changed"] {
        let seen = first(&events, name)?.props.get("seen");
        ensure!(seen == Some(&PropValue::Bool(true)), "{name}: {seen:?}");
    }
    let changed = first(&events, "my_changed")?;
    let title = changed.page.as_ref().and_then(|page| page.title.as_deref());
    ensure!(
        changed.visitor.is_none() && title == Some("Other") && text(changed, "secret").is_empty(),
        "{changed:?}"
    );
    eventually("the clicks", async || {
        let events = collector.events().await?;
        let clicks: Vec<_> = events
            .iter()
            .filter(|event| event.name == "click")
            .collect();
        let labels: Vec<_> = clicks.iter().map(|click| text(click, "text")).collect();
        ensure!(labels == ["Call [phone]", "", ""], "{labels:?}");
        Ok(())
    })
    .await?;
    let everything = format!("{:?}", collector.events().await?);
    ensure!(
        !everything.contains("Jane Doe") && !everything.contains("jane@example.com"),
        "{everything}"
    );
    Ok(())
}

pub(crate) async fn a_visitor_sees_and_erases_what_is_kept(stage: &mut Stage) -> Result<()> {
    let pages = [("/a/", page("", "", "")), ("/b/", page("", "", ""))];
    let site = visit(stage, &pages).await?;
    let Stage { browser, collector } = stage;
    browser
        .run("desirepath.identify('u1'); desirepath.track('my_first'); desirepath.flush()")
        .await?;
    let events = check_told(collector, &["my_first"]).await?;
    let visitor = events[0].visitor.clone().unwrap_or_default();
    browser
        .run("window.data = null; desirepath.exportData().then((all) => window.data = JSON.stringify(all))")
        .await?;
    eventually("the export", async || {
        let data = browser.run("return window.data").await?;
        let data = data.as_str().unwrap_or_default();
        ensure!(
            !visitor.is_empty() && data.contains(&visitor) && data.contains("u1"),
            "it is {data}"
        );
        Ok(())
    })
    .await?;
    browser
        .run("window.done = false; desirepath.erase().then(() => window.done = true)")
        .await?;
    browser.until("the end of erasing", "window.done").await?;
    browser
        .run("desirepath.track('my_lost'); desirepath.flush()")
        .await?;
    check_kept(browser, &[]).await?;
    // The next page knows nobody.
    browser.visit(&format!("{site}/b/")).await?;
    browser
        .run("desirepath.track('my_second'); desirepath.flush()")
        .await?;
    let events = check_told(collector, &["my_first", "my_second"]).await?;
    let second = first(&events, "my_second")?;
    ensure!(
        second.user.is_none() && second.visitor.as_ref() != Some(&visitor),
        "{second:?}"
    );
    Ok(())
}
