//! Several files in one: zip archives, and packed files that follow one another.

use std::io::{Cursor, Write};
use std::path::Path;

use anyhow::{Result, ensure};
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::json;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use crate::dashboard::{SHOP_LOG, check_funnel, check_summary, open_file};
use crate::files::confirm;
use crate::harness::{Browser, Page, Stage, eventually, serve_site};

const STEPS: [&str; 3] = ["view", "cart", "purchase"];
/// What lies beside the events, in files whose columns are others.
const PRODUCTS: &str = "product,title\n17,Kettle\n18,Cup\n";

pub(crate) async fn packed_files_in_a_row_are_one(stage: &mut Stage) -> Result<()> {
    let Stage { browser, collector } = stage;
    let folder = tempfile::tempdir()?;
    browser.open(&collector.url).await?;
    // The first is longer than what a browser hands out at once before it refuses the second.
    let header = SHOP_LOG.lines().take(1);
    let rows = SHOP_LOG.lines().skip(1);
    let long: String = header
        .chain(rows.cycle().take(40_000))
        .flat_map(|line| [line, "\n"])
        .collect();
    let (first, second) = long.split_at(long.len() - 200);
    let joined = [pack(first)?, pack(second)?].concat();
    open(browser, folder.path(), "joined.csv.gz", &joined).await?;
    confirm(browser).await?;
    check_summary(browser, "summary-events", 40_000).await?;
    check_funnel(browser, &STEPS, &[2, 1, 1]).await?;

    open(
        browser,
        folder.path(),
        "cut.csv.gz",
        &joined[..joined.len() - 20],
    )
    .await?;
    refused(browser, &["cut.csv.gz", "cut off or damaged"]).await?;
    let damaged = [&joined[..joined.len() - 8], &[7; 8]].concat();
    open(browser, folder.path(), "damaged.csv.gz", &damaged).await?;
    refused(browser, &["damaged.csv.gz", "cut off or damaged"]).await
}

pub(crate) async fn the_files_of_an_archive_open(stage: &mut Stage) -> Result<()> {
    let Stage { browser, collector } = stage;
    let folder = tempfile::tempdir()?;
    browser.open(&collector.url).await?;
    let (first, second) =
        SHOP_LOG.split_at(SHOP_LOG.len() - SHOP_LOG.lines().last().map_or(0, str::len) - 1);
    let header = SHOP_LOG.lines().next().unwrap_or_default();
    let packed = pack(&format!("{header}\n{second}"))?;
    let whole = archive(&[
        ("README.txt", b"What this is."),
        ("shop/products.csv", PRODUCTS.as_bytes()),
        ("shop/1.csv", first.as_bytes()),
        ("shop/2.csv.gz", &packed),
        ("__MACOSX/shop/._1.csv", &[0; 9]),
    ])?;

    // Those are proposed whose columns are known.
    open(browser, folder.path(), "shop.zip", &whole).await?;
    browser.find("[data-testid=import-dialog][open]").await?;
    let files = "return [...document.querySelectorAll('[data-testid=archive-files] label')]\
        .map((label) => [label.innerText.trim(), label.querySelector('input').checked])";
    let files = browser.run(files).await?;
    let expected = json!([
        ["shop/products.csv", false],
        ["shop/1.csv", true],
        ["shop/2.csv.gz", true]
    ]);
    ensure!(files == expected, "{files}");
    confirm(browser).await?;
    check_summary(browser, "summary-events", 4).await?;
    check_funnel(browser, &STEPS, &[2, 1, 1]).await?;

    // A person may choose others, of which one does not fit and is named.
    open(browser, folder.path(), "again.zip", &whole).await?;
    browser
        .click("[data-testid=archive-files] label:first-of-type input")
        .await?;
    refused(browser, &["again.zip/shop/products.csv", "user_id"]).await?;
    open(browser, folder.path(), "one.zip", &whole).await?;
    browser
        .click("[data-testid=archive-files] label:last-of-type input")
        .await?;
    confirm(browser).await?;
    check_summary(browser, "summary-events", 3).await?;

    let cases = [
        (
            "cut.zip",
            whole[..whole.len() - 30].to_vec(),
            "cut off or damaged",
        ),
        (
            "none.zip",
            archive(&[("a.png", b""), ("b.pdf", b"")])?,
            "its files: a.png, b.pdf",
        ),
        (
            "sheet.xlsx",
            archive(&[("[Content_Types].xml", b"<Types/>")])?,
            "can be saved as CSV",
        ),
    ];
    for (name, bytes, words) in cases {
        open(browser, folder.path(), name, &bytes).await?;
        refused(browser, &[name, words]).await?;
    }
    // What is behind its name is not what was packed.
    let mut damaged = archive(&[("1.csv", SHOP_LOG.repeat(9).as_bytes())])?;
    let middle = damaged.len() / 2;
    damaged[middle] ^= 0xff;
    open(browser, folder.path(), "damaged.zip", &damaged).await?;
    refused(
        browser,
        &["damaged.zip", "1.csv can't be unpacked: it is damaged"],
    )
    .await
}

pub(crate) async fn an_archive_at_an_address_opens(stage: &mut Stage) -> Result<()> {
    let Stage { browser, collector } = stage;
    let folder = tempfile::tempdir()?;
    let whole = archive(&[
        ("1.csv", SHOP_LOG.as_bytes()),
        ("2.csv", PRODUCTS.as_bytes()),
    ])?;
    std::fs::write(folder.path().join("shop.zip"), whole)?;
    let script = "<!doctype html><title>Archive</title><script type=module>
        import { openDataset } from '/elements.js';
        const told = (promise) => promise.then(({ summary }) => summary.n_events, ({ message }) => message);
        const name = new URL('/data/shop.zip/1.csv', location.href).href;
        window.outcome = [await told(openDataset('/data/shop.zip', { only: [name] })), await told(openDataset('/data/shop.zip'))];
        </script>";
    let pages = [("/page", Page::new(script))];
    let folders = [("/data/", folder.path().to_owned())];
    let site = serve_site(&collector.url, pages, folders).await?;
    browser.open(&format!("{site}/page")).await?;
    eventually("the archive", async || {
        let outcome = browser.run("return window.outcome ?? null").await?;
        let words = outcome[1].as_str().unwrap_or_default();
        ensure!(
            outcome[0] == 4 && words.contains("/data/shop.zip/2.csv: the columns"),
            "{outcome}"
        );
        Ok(())
    })
    .await
}

/// Writes a file and chooses it in the dashboard.
async fn open(browser: &Browser, folder: &Path, name: &str, bytes: &[u8]) -> Result<()> {
    let path = folder.join(name);
    std::fs::write(&path, bytes)?;
    open_file(browser, &path).await
}

/// Waits for an error with all of these words. Whether it comes before the columns are shown, or once they were
/// confirmed, depends on how much the browser hands out at once.
async fn refused(browser: &Browser, words: &[&str]) -> Result<()> {
    eventually("an error", async || {
        let shown = "document.querySelector('[data-testid=import-dialog][open] [data-testid=import-confirm]')?.click();
            return document.querySelector('[data-testid=error]')?.textContent ?? ''";
        let shown = browser.run(shown).await?;
        let text = shown.as_str().unwrap_or_default();
        ensure!(words.iter().all(|word| text.contains(word)), "{text}");
        Ok(())
    })
    .await
}

fn pack(text: &str) -> Result<Vec<u8>> {
    let mut packing = GzEncoder::new(Vec::new(), Compression::default());
    packing.write_all(text.as_bytes())?;
    Ok(packing.finish()?)
}

fn archive(files: &[(&str, &[u8])]) -> Result<Vec<u8>> {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in files {
        archive.start_file(*name, SimpleFileOptions::default())?;
        archive.write_all(bytes)?;
    }
    Ok(archive.finish()?.into_inner())
}
