//! Who came, and from where: what the collector is told over pages, origins and calls.

use anyhow::{Result, ensure};
use event::Event;

use crate::harness::{Browser, Collector, Page, Stage, eventually, serve_pages, tag, text};

/// A page with the tracker, with more attributes of its tag and more of its body.
pub(crate) fn tracked(options: &str, body: &str) -> Page {
    let html = format!(
        "<!doctype html><title>Test</title><body>{body}{}",
        tag(options)
    );
    Page::new(html)
}

/// Leaves the page and takes the events of these names, once there are `count` of them.
pub(crate) async fn leave(
    browser: &Browser,
    collector: &Collector,
    names: &[&str],
    count: usize,
) -> Result<Vec<Event>> {
    browser.leave().await?;
    eventually("the events", async || {
        let mut events = collector.events().await?;
        events.retain(|event| names.contains(&event.name.as_str()));
        let found: Vec<_> = events
            .iter()
            .map(|event| (&event.name, &event.props))
            .collect();
        ensure!(
            events.len() == count,
            "{count} of {names:?} expected, not {found:?}"
        );
        Ok(events)
    })
    .await
}

pub(crate) async fn the_source_outlasts_a_payment_elsewhere(stage: &mut Stage) -> Result<()> {
    let Stage { browser, collector } = stage;
    let options = "data-payment-hosts='localhost'";
    // Both pages lead to the other origin, whose pages lead back.
    let lead = |to: &str| {
        format!(
            "<a id=go>Go</a><script>const other = location.hostname == 'localhost' ? '127.0.0.1' : 'localhost'; \
             go.href = `http://${{other}}:${{location.port}}{to}`</script>"
        )
    };
    let untracked = |to: &str| Page::new(format!("<!doctype html><body>{}", lead(to)));
    let site = serve_pages(
        &collector.url,
        [
            (
                "/news/",
                untracked("/landing/?utm_source=News&utm_medium=email&gclid=secret"),
            ),
            ("/landing/", tracked(options, &lead("/pay/"))),
            ("/pay/", untracked("/thanks/")),
            ("/thanks/", tracked(options, "Thanks")),
        ],
    )
    .await?;
    browser
        .open(&format!("{}/news/", site.replace("127.0.0.1", "localhost")))
        .await?;
    browser.click("#go").await?;
    browser.loaded("#go").await?;
    browser.tracked().await?;
    browser.click("#go").await?;
    eventually("the way back", async || {
        let path = browser.run("return location.pathname").await?;
        ensure!(path == "/pay/", "{path}");
        Ok(())
    })
    .await?;
    browser.click("#go").await?;
    browser.tracked().await?;
    let buy = "desirepath.track('purchase', { transaction_id: 7, currency: 'eur', items: [{ item_id: 'a', price: 2, quantity: 3 }] })";
    browser.run(buy).await?;
    let events = leave(browser, collector, &["page_view", "purchase"], 3).await?;
    for event in &events {
        let source = event.source.clone().unwrap_or_default();
        let last = source.last.unwrap_or_default();
        ensure!(last.channel.as_deref() == Some("email"), "{event:?}");
        ensure!(last.utm_source.as_deref() == Some("News"), "{event:?}");
        ensure!(last.click_id.as_deref() == Some("gclid"), "{event:?}");
        ensure!(source.first.is_some(), "{event:?}");
        ensure!(event.session == events[0].session, "one session");
    }
    let everything = format!("{events:?}");
    ensure!(
        !everything.contains("secret"),
        "a click id's value is nowhere"
    );
    let bought = &events[2];
    ensure!(bought.currency.as_deref() == Some("EUR"), "{bought:?}");
    ensure!(
        bought
            .value
            .is_some_and(|value| value.micros() == 6_000_000),
        "{bought:?}"
    );
    ensure!(text(bought, "transaction_id") == "7", "{bought:?}");
    Ok(())
}

pub(crate) async fn a_link_to_another_domain_keeps_the_visitor(stage: &mut Stage) -> Result<()> {
    let Stage { browser, collector } = stage;
    let link = "<a id=go>Go</a><script>go.href = `http://localhost:${location.port}/two/?x=1#top`</script>";
    let site = serve_pages(
        &collector.url,
        [
            (
                "/one/",
                tracked("data-domains='shop2.example, localhost'", link),
            ),
            ("/two/", tracked("data-domains='127.0.0.1'", "Two")),
        ],
    )
    .await?;
    browser.visit(&format!("{site}/one/")).await?;
    let elsewhere = browser
        .run("return desirepath.decorate('https://elsewhere.example/')")
        .await?;
    ensure!(elsewhere == "https://elsewhere.example/", "{elsewhere}");
    let marked = browser
        .run("return desirepath.decorate('https://www.shop2.example/?a=1#b')")
        .await?;
    let marked = marked.as_str().unwrap_or_default();
    ensure!(
        marked.starts_with("https://www.shop2.example/?a=1&dp_visitor=") && marked.ends_with("#b"),
        "{marked}"
    );
    browser.click("#go").await?;
    eventually("the other domain", async || {
        let address = browser
            .run("return location.host + location.pathname")
            .await?;
        let address = address.as_str().unwrap_or_default().to_owned();
        ensure!(
            address.starts_with("localhost") && address.ends_with("/two/"),
            "{address}"
        );
        Ok(())
    })
    .await?;
    browser.tracked().await?;
    let rest = browser
        .run("return location.search + location.hash")
        .await?;
    ensure!(rest == "?x=1#top", "the mark is gone: {rest}");
    let views = leave(browser, collector, &["page_view"], 2).await?;
    ensure!(
        views[0].visitor.is_some() && views[0].visitor == views[1].visitor,
        "{views:?}"
    );
    ensure!(!format!("{views:?}").contains("dp_visitor"), "{views:?}");
    let last = views[1]
        .source
        .as_ref()
        .and_then(|source| source.last.as_ref());
    ensure!(
        last.is_none(),
        "a domain of the shop is no source: {last:?}"
    );
    Ok(())
}

pub(crate) async fn accounts_exposures_and_surveys_are_told(stage: &mut Stage) -> Result<()> {
    let Stage { browser, collector } = stage;
    let site = serve_pages(&collector.url, [("/a/", tracked("", "A"))]).await?;
    browser.visit(&format!("{site}/a/")).await?;
    browser
        .run(
            "desirepath.account('acme');
             const exposure = { experiment: 'hero', variant: 'b' };
             desirepath.track('experiment_exposure', exposure);
             desirepath.track('experiment_exposure', exposure);
             desirepath.track('experiment_exposure', { experiment: 'hero' });
             desirepath.track('survey_response', { survey: 'nps', score: 9, comment: 'write to jane@mail.example' });
             desirepath.track('survey_response', { survey: 'nps', score: 11 });",
        )
        .await?;
    browser.visit(&format!("{site}/a/?again")).await?;
    browser
        .run(
            "desirepath.track('experiment_exposure', { experiment: 'hero', variant: 'b' });
             desirepath.reset();
             desirepath.track('login', { method: 'password' });",
        )
        .await?;
    let names = ["experiment_exposure", "survey_response", "login"];
    let events = leave(browser, collector, &names, 3).await?;
    let told: Vec<_> = events.iter().map(|event| event.name.as_str()).collect();
    ensure!(told == names, "{told:?}");
    ensure!(text(&events[0], "account") == "acme", "{events:?}");
    ensure!(
        text(&events[1], "comment") == "write to [email]",
        "{events:?}"
    );
    ensure!(
        text(&events[2], "account").is_empty(),
        "a reset ends it: {events:?}"
    );
    Ok(())
}
