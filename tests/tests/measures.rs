//! What the tracker measures: web vitals, errors, and which changes of the address are views.

use anyhow::{Context, Result, ensure};
use event::Event;

use crate::capture_more::site;
use crate::harness::{Engine, OFF, Stage, eventually, number, of, text};

pub(crate) async fn vitals_are_told_where_they_are_measured(stage: &mut Stage) -> Result<()> {
    let Stage { browser, collector } = stage;
    let body = "<h1>Heading</h1><button id=b onclick='const end = performance.now() + 120; \
                while (performance.now() < end); document.title = 1'>Slow</button>";
    let site = site(collector, "", &[("/a", body)]).await?;
    browser.visit(&format!("{site}/a")).await?;
    let kinds = browser
        .run("return PerformanceObserver.supportedEntryTypes")
        .await?;
    let has = |kind: &str| {
        kinds
            .as_array()
            .is_some_and(|kinds| kinds.iter().any(|known| known == kind))
    };
    // Painted, where paints are told at all: a browser without a screen may take its time.
    eventually("the first paint", async || {
        let painted = browser
            .run("return performance.getEntriesByName('first-contentful-paint').length > 0")
            .await?;
        ensure!(painted == true || !has("paint"), "not yet");
        Ok(())
    })
    .await?;
    browser.click("#b").await?;
    let has_ids = browser
        .run("return 'interactionId' in (self.PerformanceEventTiming?.prototype ?? {})")
        .await?;
    if has("event") && has_ids == true {
        eventually("the interaction", async || {
            let measured = browser
                .run("return performance.interactionCount ?? 1")
                .await?;
            ensure!(measured != 0, "not yet");
            Ok(())
        })
        .await?;
    }
    browser.leave().await?;
    let mut expected = vec!["FCP", "TTFB"];
    for (kind, metric) in [("largest-contentful-paint", "LCP"), ("layout-shift", "CLS")] {
        if has(kind) {
            expected.push(metric);
        }
    }
    if has("event") && has_ids == true {
        expected.push("INP");
    }
    let events = eventually("the vitals", async || {
        let events = collector.events().await?;
        for metric in &expected {
            let told = of(&events, "web_vital");
            let found = told.iter().filter(|vital| text(vital, "metric") == *metric);
            ensure!(found.count() == 1, "{metric} of {expected:?} in {told:?}");
        }
        Ok(events)
    })
    .await?;
    for vital in of(&events, "web_vital") {
        let amount = number(vital, "amount");
        ensure!((0.0..60_000.0).contains(&amount), "{vital:?}");
        ensure!(
            ["good", "needs_improvement", "poor"].contains(&text(vital, "rating")),
            "{vital:?}"
        );
        if text(vital, "metric") == "INP" {
            ensure!(amount >= 100.0, "{vital:?}");
        }
    }
    Ok(())
}

pub(crate) async fn a_restored_page_is_a_view_with_vitals(stage: &mut Stage) -> Result<()> {
    let Stage { browser, collector } = stage;
    let body = "<h1>Heading</h1><button id=b>Quick</button>";
    let site = site(collector, "", &[("/a", body), ("/b", "")]).await?;
    browser.visit(&format!("{site}/a")).await?;
    browser.run("window.isKept = true").await?;
    browser.visit(&format!("{site}/b")).await?;
    browser.client.back().await?;
    browser
        .until(
            "the page before",
            "location.pathname == '/a' && !!window.desirepath?.state",
        )
        .await?;
    // Not every browser that is steered keeps pages.
    let is_kept = browser.run("return window.isKept === true").await? == true;
    ensure!(is_kept || browser.engine != Engine::Chromium, "not kept");
    browser.click("#b").await?;
    browser.leave().await?;
    let expected: &[&str] = match (is_kept, browser.engine) {
        (false, _) => &[],
        (true, Engine::Chromium) => &["LCP", "FCP", "TTFB", "CLS", "INP"],
        (true, _) => &["FCP", "TTFB"],
    };
    eventually("the view that came back", async || {
        let mut events = collector.events().await?;
        events.sort_by_key(|event| event.ts);
        let is_view = |event: &&Event| event.name == "page_view";
        let views: Vec<&Event> = events.iter().filter(is_view).collect();
        ensure!(views.len() == 3, "{views:?}");
        let navigation = text(views[2], "navigation");
        ensure!((navigation == "restore") == is_kept, "{navigation}");
        let later = |event: &&Event| event.ts >= views[2].ts && event.name == "web_vital";
        let vitals: Vec<&Event> = events.iter().filter(later).collect();
        for metric in expected {
            let vital = vitals.iter().find(|vital| text(vital, "metric") == *metric);
            let vital = vital.with_context(|| format!("no {metric} in {vitals:?}"))?;
            // A quick click is on no timeline, and said to have taken 8 ms.
            let is_quick = number(vital, "amount") < 100.0;
            ensure!(*metric != "INP" || is_quick, "{vital:?}");
        }
        Ok(())
    })
    .await
}

pub(crate) async fn errors_are_told_in_groups(stage: &mut Stage) -> Result<()> {
    let Stage { browser, collector } = stage;
    let site = site(collector, "", &[("/a", "")]).await?;
    browser.visit(&format!("{site}/a")).await?;
    let fail = "const script = document.createElement('script'); \
                script.textContent = 'for (let n = 0; n < 5; n++) setTimeout(() => { throw new Error(`no user jane@example.com ${123456 + n}`) });\
                Promise.reject(new Error(`late`)); new Image().src = `/none.png`;'; \
                document.body.append(script); document.body.append(Object.assign(new Image(), { src: '/missing.png?x=1' }))";
    browser.run(fail).await?;
    eventually("three groups", async || {
        browser.run("desirepath.flush()").await?;
        let events = collector.events().await?;
        ensure!(of(&events, "js_error").len() >= 3, "{events:?}");
        Ok(())
    })
    .await?;
    browser.leave().await?;
    let events = collector.has(&[("js_error", 4)]).await?;
    let errors = of(&events, "js_error");
    let group = |words: &str| -> Vec<f64> {
        let of_it = errors
            .iter()
            .filter(|error| text(error, "message").contains(words));
        of_it.map(|error| number(error, "count")).collect()
    };
    ensure!(group("no user [email] #") == [1.0, 4.0], "{errors:?}");
    ensure!(
        group("late") == [1.0] && group("img") == [1.0],
        "{errors:?}"
    );
    let missing = errors.iter().find(|error| text(error, "message") == "img");
    ensure!(
        missing.is_some_and(|error| text(error, "script").ends_with("/missing.png")),
        "{errors:?}"
    );
    ensure!(!format!("{errors:?}").contains("jane"), "{errors:?}");
    Ok(())
}

pub(crate) async fn views_are_as_fine_as_asked_for(stage: &mut Stage) -> Result<()> {
    let Stage { browser, collector } = stage;
    // A router that tidies the address up at once, then goes where others may not look.
    let body = "<script>history.replaceState({}, '', location.pathname)</script>";
    let steps = "history.pushState({}, '', '?id=2#top'); \
                 await new Promise((done) => setTimeout(done, 50)); \
                 location.hash = 'reviews'; \
                 await new Promise((done) => setTimeout(done, 50)); \
                 history.pushState({}, '', '/c'); \
                 await new Promise((done) => setTimeout(done, 50)); \
                 if (self.navigation) await navigation.navigate('/d#/e', { history: 'push' }).committed.catch(() => 0); \
                 else history.pushState({}, '', '/d#/e'); desirepath.flush()";
    let intercept = "<script>self.navigation?.addEventListener('navigate', (event) => event.canIntercept && event.intercept({}))</script>";
    let body = format!("{body}{intercept}");
    for (views, expected) in [
        ("", vec!["/a", "/a?id=2", "/c", "/d#/e"]),
        ("path", vec!["/a", "/c", "/d#/e"]),
        ("query", vec!["/a", "/a?id=2", "/c", "/d#/e"]),
        (
            "hash",
            vec!["/a", "/a?id=2#top", "/a?id=2#reviews", "/c", "/d#/e"],
        ),
    ] {
        let options = format!("data-query=id data-views='{views}'");
        let site = site(collector, &options, &[("/a", &body)]).await?;
        browser.visit(&format!("{site}/a?utm_source=mail")).await?;
        browser
            .run(&format!("(async () => {{ {steps} }})()"))
            .await?;
        eventually("the views", async || {
            let events = collector.events().await?;
            let urls: Vec<_> = of(&events, "page_view")
                .iter()
                .filter_map(|view| view.page.as_ref()?.url.as_deref()?.strip_prefix(&site))
                .map(|url| url.replace("?utm_source=mail", ""))
                .collect();
            ensure!(urls == expected, "{views}: {urls:?}");
            Ok(())
        })
        .await?;
    }
    Ok(())
}

/// In Chromium alone; the others do not prepare pages.
pub(crate) async fn a_prepared_page_is_told_when_it_is_shown(stage: &mut Stage) -> Result<()> {
    let Stage { browser, collector } = stage;
    let pages = [("/a", "<a id=go href='/b'>Go</a>"), ("/b", "<p>Next</p>")];
    let site = site(collector, "", &pages).await?;
    browser.visit(&format!("{site}/a")).await?;
    let can = browser
        .run("return HTMLScriptElement.supports?.('speculationrules') ?? false")
        .await?;
    if can != true {
        return Ok(());
    }
    // Asked for once the tracker is there: a page that is prepared gets a copy of sessionStorage as it is then.
    let prepare = "document.head.append(Object.assign(document.createElement('script'), { type: 'speculationrules', \
        textContent: JSON.stringify({ prerender: [{ urls: ['/b'], eagerness: 'immediate' }] }) }))";
    browser.run(prepare).await?;
    // Time enough to prepare it; nothing may be told meanwhile.
    tokio::time::sleep(std::time::Duration::from_secs(2)).await;
    let shown = browser.run("return Date.now()").await?;
    browser.click("#go").await?;
    browser.find("p").await?;
    browser.run("desirepath.flush()").await?;
    let events = collector.has(&[("page_view", 2)]).await?;
    let view = of(&events, "page_view")[1];
    ensure!(
        shown.as_i64().is_some_and(|shown| view.ts >= shown),
        "told as of when it was prepared: {view:?} {shown}"
    );
    ensure!(text(view, "previous_path") == "/a", "{view:?}");
    Ok(())
}

pub(crate) async fn what_is_switched_off_is_not_told(stage: &mut Stage) -> Result<()> {
    let Stage { browser, collector } = stage;
    let off = format!("data-off='{OFF}'");
    let body = "<meta name=desirepath content=not_found><form id=f onsubmit='return false'><input name=i>\
                <button>Go</button></form><p data-dp-item=1>One</p>\
                <a id=out href='https://other.example/' onclick='return false'>Out</a>";
    let site = site(collector, &off, &[("/a", body)]).await?;
    browser.visit(&format!("{site}/a?q=x")).await?;
    browser.fill("[name=i]", "x").await?;
    browser.click("button").await?;
    browser.click("#out").await?;
    browser
        .run("setTimeout(() => { throw new Error('x') })")
        .await?;
    // Longer than products must be seen and pages are given to settle.
    tokio::time::sleep(std::time::Duration::from_secs(3)).await;
    browser.run("desirepath.track('own')").await?;
    browser.leave().await?;
    let events = collector.has(&[("own", 1)]).await?;
    ensure!(events.len() == 1, "{events:?}");
    Ok(())
}
