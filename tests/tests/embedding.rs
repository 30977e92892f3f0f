//! Every snippet of docs/embed.md, run in a page as it is written.
//!
//! Words after a block's language say what must come of it: `shows=ELEMENT,…` that these elements show a table,
//! `logs=JSON` that this is the last thing the console is told, `file` that a file is chosen in the page's input.
//! Whatever is expected, no snippet may leave an error in the console.

use std::collections::HashMap;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use crate::docs::{Block, blocks};
use crate::harness::{Browser, Page, Stage, WATCH, eventually, serve_pages, tag};

/// Keeps what the console is told.
pub(crate) const LOGGED: &str = "<script>logged = []; \
    console.log = (...words) => logged.push(words.length > 1 ? words : words[0]);</script>";
/// A visitor who buys with a coupon, and whose events may stay in the browser.
pub(crate) const VISIT: &str = "const items = [{ item_id: 'kettle', price: 20 }]; \
    for (const name of ['view_item', 'add_to_cart', 'begin_checkout', 'purchase']) \
        desirepath.track(name, { items, value: 20, currency: 'EUR', coupon: 'SPRING', transaction_id: location.pathname }); \
    desirepath.track('payment_error', { code: 'declined' }); \
    desirepath.flush();";
/// A file of a known export.
const FILE: &str = "event_time,event_type,product_id,category_code,brand,price,user_id\n\
    2026-09-14 10:00:00 UTC,view,1,kitchen,acme,20,7\n\
    2026-09-14 10:01:00 UTC,purchase,1,kitchen,acme,20,7\n\
    2026-09-14 10:02:00 UTC,view,1,kitchen,acme,20,8\n";

pub(crate) async fn every_snippet_shows_what_it_says(stage: &mut Stage) -> Result<()> {
    let Stage { browser, collector } = stage;
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/embed.md");
    let mut snippets = blocks(Path::new(folder))?;
    snippets.retain(|block| block.language == "html");
    ensure!(snippets.len() >= 4, "the documentation has snippets");

    let document = |body: &str| {
        Page::new(format!(
            "<!doctype html><title>Snippet</title>{WATCH}{LOGGED}<body>{body}"
        ))
    };
    let tracked = |options: &str| document(&tag(options));
    let mut pages = HashMap::from([
        ("/visit".to_owned(), tracked("")),
        ("/local".to_owned(), tracked("data-mode=local")),
    ]);
    let path = |index: usize| format!("/snippet/{index}/");
    for (index, snippet) in snippets.iter().enumerate() {
        pages.insert(path(index), document(&snippet.code));
    }
    let site = serve_pages(&collector.url, pages).await?;
    for page in ["/local", "/visit"] {
        browser.visit(&format!("{site}{page}")).await?;
        browser.run(VISIT).await?;
    }
    eventually("the visit", async || {
        let events = collector.events().await?;
        let has_bought = events.iter().any(|event| event.name == "purchase");
        ensure!(has_bought, "{} events", events.len());
        Ok(())
    })
    .await?;

    let file = tempfile::Builder::new().suffix(".csv").tempfile()?;
    std::fs::write(&file, FILE)?;
    for (index, snippet) in snippets.iter().enumerate() {
        browser.open(&format!("{site}{}", path(index))).await?;
        check(browser, snippet, file.path())
            .await
            .with_context(|| snippet.place.clone())?;
    }
    Ok(())
}

/// Looks for what the words of a block say, in the page that is open.
pub(crate) async fn check(browser: &Browser, snippet: &Block, file: &Path) -> Result<()> {
    for (key, value) in &snippet.words {
        match &**key {
            "shows" => {
                for element in value.split(',') {
                    browser.find(&format!("{element} table")).await?;
                }
            }
            "logs" => {
                let expected: Value = serde_json::from_str(value)?;
                eventually(&format!("{value} in the console"), async || {
                    let logged = browser.run("return logged").await?;
                    let errors = browser.run("return errors").await?;
                    let last = logged.as_array().and_then(|all| all.last());
                    ensure!(
                        last == Some(&expected),
                        "it is told {logged}, and of errors {errors}"
                    );
                    Ok(())
                })
                .await?;
            }
            "file" => {
                let file = file.to_str().context("temporary files have plain names")?;
                let input = browser.find("input[type=file]").await?;
                // The snippet listens once its script has come.
                browser
                    .until("the elements", "!!customElements.get('desire-funnel')")
                    .await?;
                input.send_keys(file).await?;
            }
            _ => anyhow::bail!("{key:?} is no word for a snippet"),
        }
    }
    browser.quiet().await
}
