//! What the dashboard shows: the numbers that anyone can count in the collector's export.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use event::Event;

use crate::harness::{Browser, Change, Collector, SITE, Stage, eventually, serve_with};
use crate::journey::{begin_checkout, buy, fill_cart, told};

/// A page that is gone sends nothing after this time.
const QUIET: Duration = Duration::from_secs(1);
const STEPS: [&str; 4] = ["view_item", "add_to_cart", "begin_checkout", "purchase"];

pub(crate) async fn the_funnel_is_that_of_the_export(stage: &mut Stage) -> Result<()> {
    let Stage { browser, collector } = stage;
    two_people_walk(browser, collector).await?;
    let events = collector.events().await?;
    let counted = count_funnel(&events);
    ensure!(
        counted == [2, 2, 2, 1],
        "two people came as far as the checkout and one bought: {counted:?}"
    );

    browser
        .open(&format!("{}/?site={SITE}", collector.url))
        .await?;
    check_funnel(browser, &STEPS, &counted).await?;
    check_summary(browser, "summary-events", events.len()).await?;
    check_summary(browser, "summary-people", 2).await?;

    // The paths: the first position holds both sessions, and each edge is a row of the table.
    browser.find("[data-testid=paths-graph] svg").await?;
    let from_start = "[data-testid=paths-table] tr[data-position='1']";
    let units = browser.attributes(from_start, "data-n-units").await?;
    let sum: u64 = units
        .iter()
        .map(|n| n.parse::<u64>().unwrap_or_default())
        .sum();
    ensure!(sum == 2, "two sessions leave the first position: {units:?}");
    ensure!(
        browser.attributes(from_start, "data-from").await?[0] == "page_view",
        "both began with a page view"
    );

    // A window of no length lets nobody through.
    let window = browser.find("[data-testid=funnel-window]").await?;
    window.clear().await?;
    window.send_keys("1ms\u{e007}").await?;
    check_funnel(browser, &STEPS, &[2, 0, 0, 0]).await
}

pub(crate) async fn a_walk_appears_by_itself(stage: &mut Stage) -> Result<()> {
    let Stage { browser, collector } = stage;
    browser
        .open(&format!("{}/?site={SITE}", collector.url))
        .await?;
    browser.find("[data-testid=empty]").await?;
    let dashboard = browser.client.window().await?;
    browser.open_tab().await?;
    fill_cart(browser, &format!("{}/shop/", collector.url)).await?;
    browser.close_tab().await?;
    browser.client.switch_to_window(dashboard).await?;
    let events = walked(collector, 11).await?;
    check_summary(browser, "summary-events", events.len()).await
}

pub(crate) async fn a_collector_with_a_read_token_is_read_with_it(stage: &mut Stage) -> Result<()> {
    let Stage { browser, collector } = stage;
    fill_cart(browser, &format!("{}/shop/", collector.url)).await?;
    browser.open("about:blank").await?;
    let n_events = walked(collector, 11).await?.len();
    collector.kill().await?;
    collector
        .restart_with(&["--read-token", "rosebud-4"])
        .await?;
    let address = format!("{}/?site={SITE}", collector.url);
    browser.open(&address).await?;
    let input = "[data-testid=token-input]";
    browser.fill(input, "rosebud").await?;
    browser.click("[data-testid=token] button").await?;
    browser.find("[data-testid=token-problem]").await?;
    browser.fill(input, "rosebud-4").await?;
    browser.click("[data-testid=token] button").await?;
    check_summary(browser, "summary-events", n_events).await?;
    let n_forms = "return document.querySelectorAll('[data-testid=token], [role=alert]').length;";
    ensure!(browser.run(n_forms).await? == 0, "nothing more is asked");
    // The tab keeps the token.
    browser.open("about:blank").await?;
    browser.open(&address).await?;
    check_summary(browser, "summary-events", n_events).await
}

pub(crate) async fn a_csv_file_opens_with_a_mapping(stage: &mut Stage) -> Result<()> {
    let Stage { browser, collector } = stage;
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("till.csv");
    std::fs::write(&file, TILL)?;
    browser.open(&collector.url).await?;
    open_file(browser, &file).await?;
    browser.find("[data-testid=import-dialog][open]").await?;
    for (field, column) in [("person", "customer"), ("time", "at"), ("name", "what")] {
        browser
            .select(&format!("[data-testid=map-{field}]"), column)
            .await?;
    }
    browser.click("[data-testid=import-confirm]").await?;
    check_summary(browser, "summary-events", 6).await?;
    check_summary(browser, "summary-people", 3).await?;
    let rejected = browser
        .attributes("[data-testid=rejections]", "data-n")
        .await?;
    ensure!(rejected == ["2"], "two rows were left out: {rejected:?}");
    browser.click("[data-testid=rejections] summary").await?;
    let words = browser
        .find("[data-testid=rejections]")
        .await?
        .text()
        .await?;
    ensure!(
        words.contains("yesterday") && words.contains('9'),
        "the panel names line and reason: {words}"
    );
    check_funnel(browser, &["view", "cart", "purchase"], &[3, 2, 1]).await
}

/// Names that no preset knows, two people who buy or nearly do, a bad time, and a row without a person.
pub(crate) const TILL: &str = "\u{feff}customer,at,what,note\r
ann-1,2024-05-01T10:00:00Z,view,\r
ann-1,2024-05-01T10:05:00Z,cart,\"with a \"\"quote\"\", and a comma\"\r
ann-1,2024-05-01T10:09:00Z,purchase,\r
bob-2,2024-05-01T11:00:00Z,view,\r
bob-2,2024-05-01T11:01:00Z,cart,\r
eve-3,2024-05-01T12:00:00Z,view,\r
eve-3,yesterday,cart,\r
,2024-05-01T12:00:00Z,view,";

pub(crate) async fn a_known_format_needs_no_mapping(stage: &mut Stage) -> Result<()> {
    let Stage { browser, collector } = stage;
    let folder = tempfile::tempdir()?;
    browser.open(&collector.url).await?;
    for (name, content, steps, counted) in [
        (
            "shop-log.csv",
            SHOP_LOG,
            ["view", "cart", "purchase"],
            [2, 1, 1],
        ),
        (
            "sessions.jsonl",
            SESSIONS,
            ["clicks", "carts", "orders"],
            [2, 2, 1],
        ),
        (
            "messages.json",
            MESSAGES,
            ["Product Viewed", "Product Added", "Order Completed"],
            [2, 2, 1],
        ),
    ] {
        let file = folder.path().join(name);
        std::fs::write(&file, content)?;
        open_file(browser, &file).await?;
        browser.find("[data-testid=import-dialog][open]").await?;
        browser.click("[data-testid=import-confirm]").await?;
        check_funnel(browser, &steps, &counted).await?;
        check_summary(browser, "summary-people", 2).await?;
    }
    // The last of them has carts by names of its own.
    let one_of_two =
        "[data-testid=carts-flow][data-n-carts='2'] [data-state=purchased][data-n-carts='1']";
    browser.find(one_of_two).await?;
    Ok(())
}

/// The columns of the REES46 shop logs.
pub(crate) const SHOP_LOG: &str = "\
event_time,event_type,product_id,category_id,category_code,brand,price,user_id,user_session
2024-05-01 10:00:00 UTC,view,17,2,kitchen.kettle,hearth,35.79,1,s1
2024-05-01 10:01:00 UTC,cart,17,2,kitchen.kettle,hearth,35.79,1,s1
2024-05-01 10:02:00 UTC,purchase,17,2,kitchen.kettle,hearth,35.79,1,s1
2024-05-01 10:03:00 UTC,view,18,2,,,12.00,2,s2
";

/// The nested events of the OTTO sessions.
const SESSIONS: &str = r#"{"session":0,"events":[{"aid":1,"ts":1714557600000,"type":"clicks"},{"aid":1,"ts":1714557660000,"type":"carts"}]}
{"session":1,"events":[{"aid":2,"ts":1714557600000,"type":"clicks"},{"aid":2,"ts":1714557660000,"type":"carts"},{"aid":2,"ts":1714557720000,"type":"orders"}]}
"#;

/// Messages of Segment, as a program prints a list of them for people.
const MESSAGES: &str = r#"[
  {
    "type": "track", "event": "Product Viewed", "anonymousId": "a", "messageId": "1",
    "timestamp": "2024-05-01T10:00:00.000Z", "properties": {"product_id": "7", "price": 12.5}
  },
  {
    "type": "track", "event": "Product Added", "anonymousId": "a", "messageId": "2",
    "timestamp": "2024-05-01T10:01:00.000Z",
    "properties": {"product_id": "7", "name": "Pin [\"7\"}, {", "price": 12.5, "currency": "EUR"}
  },
  {
    "type": "track", "event": "Order Completed", "anonymousId": "a", "messageId": "3",
    "timestamp": "2024-05-01T10:02:00.000Z",
    "properties": {"order_id": "o1", "revenue": 12.5, "currency": "EUR", "products": [{"product_id": "7"}]}
  },
  {
    "type": "track", "event": "Product Viewed", "anonymousId": "b", "messageId": "4",
    "timestamp": "2024-05-01T10:00:00.000Z", "properties": {"product_id": "7", "price": 12.5}
  },
  {
    "type": "track", "event": "Product Added", "anonymousId": "b", "messageId": "5",
    "timestamp": "2024-05-01T10:01:00.000Z", "properties": {"product_id": "7", "price": 12.5, "currency": "EUR"}
  }
]
"#;

pub(crate) async fn a_parquet_file_opens(stage: &mut Stage) -> Result<()> {
    let Stage { browser, collector } = stage;
    two_people_walk(browser, collector).await?;
    let events = collector.events().await?;
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("export.parquet");
    let export = collector.parquet().await?;
    std::fs::write(&file, &export)?;
    // A site without events, so that only the file can be what is shown.
    browser
        .open(&format!("{}/?site=nobody", collector.url))
        .await?;
    browser.find("[data-testid=empty]").await?;
    open_file(browser, &file).await?;
    check_summary(browser, "summary-events", events.len()).await?;
    check_funnel(browser, &STEPS, &count_funnel(&events)).await?;

    // Something that only claims to be one: words, and the page goes on.
    let broken = folder.path().join("broken.parquet");
    std::fs::write(&broken, b"PAR1 and then nothing of the kind")?;
    open_file(browser, &broken).await?;
    let words = browser.find("[data-testid=error]").await?.text().await?;
    ensure!(words.contains("broken.parquet"), "{words}");
    check_funnel(browser, &STEPS, &count_funnel(&events)).await?;

    // A large one, which has a decoder beside the engine: what is not read lies before the footer.
    let length = export.last_chunk::<8>().context("a footer's length")?;
    let footer = u32::from_le_bytes(*length.first_chunk().context("four bytes")?) as usize;
    let (rows, footer) = export.split_at(export.len() - 8 - footer);
    let large = [rows, &[0; 5 << 20], footer].concat();
    std::fs::write(folder.path().join("large.parquet"), &large)?;
    // Where the decoder can't be had, the engine's worker does its work.
    let without = serve_with(Change::DecoderMissing, &collector.url).await?;
    for url in [&without, &collector.url] {
        browser.open(&format!("{url}/?site=nobody")).await?;
        browser.find("[data-testid=empty]").await?;
        open_file(browser, &folder.path().join("large.parquet")).await?;
        check_summary(browser, "summary-events", events.len()).await?;
        check_funnel(browser, &STEPS, &count_funnel(&events)).await?;
    }
    let cut = folder.path().join("cut.parquet");
    std::fs::write(&cut, &large[..5 << 20])?;
    open_file(browser, &cut).await?;
    browser
        .until(
            "words about the file that is cut",
            "document.querySelector('[data-testid=error]')?.textContent.includes('cut.parquet')",
        )
        .await
}

pub(crate) async fn an_element_on_another_page_shows_the_same(stage: &mut Stage) -> Result<()> {
    let Stage { browser, collector } = stage;
    two_people_walk(browser, collector).await?;
    browser
        .open(&format!("{}/shop/cart/", collector.url))
        .await?;
    browser.find("[data-testid=cart-link]").await?;
    for format in ["ndjson", "parquet"] {
        let embed = format!(
            "document.querySelector('desire-funnel')?.remove();
             const script = document.createElement('script');
             script.type = 'module';
             script.src = '/elements.js';
             document.head.append(script);
             document.body.insertAdjacentHTML('beforeend',
                 '<desire-funnel src=\"/v1/sites/{SITE}/events?format={format}\" steps=\"view_item, add_to_cart|add_to_wishlist, purchase\" window=\"1d\"></desire-funnel>');
             return true;"
        );
        browser.run(&embed).await?;
        check_funnel(
            browser,
            &["view_item", "add_to_cart or add_to_wishlist", "purchase"],
            &[2, 2, 1],
        )
        .await
        .with_context(|| format!("as {format}"))?;
    }
    Ok(())
}

/// One buys, another leaves at shipping; the second comes under another host name and so is another visitor.
async fn two_people_walk(browser: &Browser, collector: &Collector) -> Result<()> {
    fill_cart(browser, &format!("{}/shop/", collector.url)).await?;
    begin_checkout(browser).await?;
    buy(browser).await?;
    fill_cart(browser, &format!("{}/shop/", collector.other_origin())).await?;
    begin_checkout(browser).await?;
    browser.open("about:blank").await?;
    walked(collector, 43).await?;
    Ok(())
}

/// Waits until a walk of so many events has arrived, and all that pages tell beside it as they end.
async fn walked(collector: &Collector, n_told: usize) -> Result<Vec<Event>> {
    let mut n_before = 0;
    eventually("the walk", async || {
        let events = collector.events().await?;
        let n_now = told(&events).len();
        ensure!(n_now == n_told, "{n_now} of {n_told} events so far");
        // Twice the same number with a pause between: nothing is on its way any more.
        let n_last = std::mem::replace(&mut n_before, events.len());
        if n_last != events.len() {
            tokio::time::sleep(QUIET).await;
            bail!("more has come: {} events", events.len());
        }
        Ok(events)
    })
    .await
}

/// How many visitors take each step after the one before, within a day: counted one visitor and one event at a time.
/// Enough for walks in which every step is taken once.
fn count_funnel(events: &[Event]) -> Vec<u64> {
    let mut by_visitor: BTreeMap<_, Vec<&Event>> = BTreeMap::new();
    for event in events {
        by_visitor.entry(&event.visitor).or_default().push(event);
    }
    let mut counted = vec![0; STEPS.len()];
    for events in by_visitor.values_mut() {
        events.sort_by_key(|event| (event.ts, event.seq));
        let mut reached = 0;
        for event in events {
            if reached < STEPS.len() && event.name == STEPS[reached] {
                counted[reached] += 1;
                reached += 1;
            }
        }
    }
    counted
}

pub(crate) async fn open_file(browser: &Browser, file: &Path) -> Result<()> {
    let path = file
        .to_str()
        .context("temporary folders have plain names")?;
    browser
        .find("[data-testid=open-file]")
        .await?
        .send_keys(path)
        .await
        .context("choosing the file")
}

pub(crate) async fn check_summary(browser: &Browser, id: &str, expected: usize) -> Result<()> {
    eventually(&format!("{id} to be {expected}"), async || {
        let shown = browser
            .attributes(&format!("[data-testid={id}]"), "data-n")
            .await?;
        ensure!(shown == [expected.to_string()], "it is {shown:?}");
        Ok(())
    })
    .await
}

pub(crate) async fn check_funnel(
    browser: &Browser,
    labels: &[&str],
    expected: &[u64],
) -> Result<()> {
    eventually("the funnel", async || {
        let shown = browser
            .attributes("[data-testid=funnel-step]", "data-label")
            .await?;
        let units = browser
            .attributes("[data-testid=funnel-step]", "data-n-units")
            .await?;
        let units: Vec<u64> = units.iter().map(|n| n.parse()).collect::<Result<_, _>>()?;
        if shown != labels || units != expected {
            bail!("expected {labels:?} {expected:?}, shown {shown:?} {units:?}");
        }
        Ok(())
    })
    .await
}
