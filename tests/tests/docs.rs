//! Every snippet of the tracker's documentation, run in a page as it is written.
//!
//! A block that begins with ```` ```html ```` or ```` ```js ```` is a snippet. Words after the language say what must come of it:
//!
//! - `event=NAME,NAME`: the collector gets these events from the snippet's page, whatever else it gets.
//! - `seen=NAME,NAME`: as above, and the page stays until they have arrived, because being in view takes a moment.
//! - `click=SELECTOR`: this element is clicked once the page has loaded.
//! - `option=data-NAME[=VALUE]`: an attribute of the tag on the page of a snippet that brings no tag itself.
//! - `never=NAME`: the collector gets no such event.
//!
//! Whatever is expected, no snippet may leave an error in the console. A snippet in HTML that has no tag of its own,
//! and every snippet of script, gets one. Addresses of the collector in the text stand for the collector of the test.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use event::Event;
use serde_json::json;

use crate::harness::{Page, Stage, WATCH, eventually, serve_pages, tag};

/// Hosts that stand for the collector in the documentation.
const COLLECTORS: [&str; 2] = ["https://collector.example", "https://your.collector"];
/// Pages about other parts, whose scripts are no snippets of the tracker; `embedding.rs` runs those of this one.
const OTHERS: [&str; 1] = ["embed.md"];
/// Begins as a new visitor.
const FRESH: &str = "<script>localStorage.clear(); sessionStorage.clear()</script>\
    <script type='importmap'>{\"imports\":{\"desirepath\":\"/npm/index.js\"}}</script>";

/// One block of code.
struct Snippet {
    /// File and line, for messages.
    place: String,
    is_html: bool,
    code: String,
    events: Vec<String>,
    /// Which of the events the page must stay for.
    seen: Vec<String>,
    never: Vec<String>,
    click: Option<String>,
    options: Vec<String>,
}

pub(crate) async fn every_snippet_does_what_it_says(stage: &mut Stage) -> Result<()> {
    let snippets = snippets()?;
    ensure!(snippets.len() > 3, "the documentation has snippets");
    let pages = snippets.iter().enumerate();
    let pages: HashMap<_, _> = pages
        .map(|(index, snippet)| (path(index), snippet.page()))
        .collect();
    let Stage { browser, collector } = stage;
    let site = serve_pages(&collector.url, pages).await?;
    let mut loud = Vec::new();
    for (index, snippet) in snippets.iter().enumerate() {
        browser.open(&format!("{site}{}", path(index))).await?;
        eventually("the tracker", async || {
            let is_there =
                "return typeof desirepath == 'object' && (!!desirepath.state || errors.length > 0)";
            let is_there = browser.run(is_there).await?;
            ensure!(
                is_there == true,
                "{}: the tracker did not come",
                snippet.place
            );
            Ok(())
        })
        .await?;
        if let Some(selector) = &snippet.click {
            browser.click(selector).await?;
        }
        eventually("what is seen", async || {
            let events = match &snippet.seen[..] {
                [] => Vec::new(),
                _ => collector.events().await?,
            };
            let missing = snippet
                .seen
                .iter()
                .find(|name| !is_told(&events, name, index));
            ensure!(missing.is_none(), "{}: no {missing:?}", snippet.place);
            Ok(())
        })
        .await?;
        let errors = browser.run("return errors").await?;
        if errors != json!([]) {
            loud.push(format!("{}: {errors}", snippet.place));
        }
    }
    ensure!(loud.is_empty(), "{loud:#?}");
    browser.leave().await?;
    eventually("the events of the snippets", async || {
        let events = collector.events().await?;
        let mut wrong = Vec::new();
        for (index, snippet) in snippets.iter().enumerate() {
            let is_here = |name: &str| is_told(&events, name, index);
            for name in &snippet.events {
                if !is_here(name) {
                    wrong.push(format!("{}: no {name} has arrived", snippet.place));
                }
            }
            for name in &snippet.never {
                if is_here(name) {
                    wrong.push(format!("{}: {name} has arrived", snippet.place));
                }
            }
        }
        ensure!(wrong.is_empty(), "{wrong:#?}");
        Ok(())
    })
    .await
}

/// Whether the page of a snippet has told an event.
fn is_told(events: &[Event], name: &str, index: usize) -> bool {
    let path = path(index);
    events.iter().any(|event| {
        let page = event.page.as_ref().and_then(|page| page.path.as_deref());
        event.name == name && page == Some(&*path)
    })
}

fn path(index: usize) -> String {
    format!("/snippet/{index}/")
}

impl Snippet {
    fn page(&self) -> Page {
        let is_tagged = self.is_html && self.code.contains("desirepath.js");
        let mut code = self.code.clone();
        for host in COLLECTORS {
            code = code.replace(host, "");
        }
        let tag = if is_tagged || code.contains("from \"desirepath\"") {
            String::new()
        } else {
            let options: String = self
                .options
                .iter()
                .map(|option| format!("{option} "))
                .collect();
            tag(&options).replace("<script async ", "<script ")
        };
        let body = match self.is_html {
            true => code,
            false if code.contains("import ") => format!("<script type=module>{code}</script>"),
            false => format!("<script>{code}</script>"),
        };
        let html = format!("<!doctype html><title>Snippet</title>{WATCH}{FRESH}{tag}<body>{body}");
        Page::new(html)
    }
}

/// All snippets under `docs/`, in a fixed order.
fn snippets() -> Result<Vec<Snippet>> {
    let mut files = Vec::new();
    let root = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../docs"));
    for folder in [root.clone(), root.join("adapters")] {
        let Ok(entries) = std::fs::read_dir(&folder) else {
            continue;
        };
        for entry in entries {
            files.push(entry?.path());
        }
    }
    files.sort();
    let mut snippets = Vec::new();
    for file in files {
        let name = file
            .file_name()
            .and_then(|name| name.to_str())
            .unwrap_or_default();
        if name.ends_with(".md") && !OTHERS.contains(&name) {
            read(&file, &mut snippets)?;
        }
    }
    Ok(snippets)
}

fn read(file: &Path, snippets: &mut Vec<Snippet>) -> Result<()> {
    for Block {
        place,
        language,
        words,
        code,
    } in blocks(file)?
    {
        if language != "html" && language != "js" {
            continue;
        }
        let mut snippet = Snippet {
            place,
            is_html: language == "html",
            code,
            events: Vec::new(),
            seen: Vec::new(),
            never: Vec::new(),
            click: None,
            options: Vec::new(),
        };
        for (key, value) in words {
            let names = || value.split(',').map(str::to_owned);
            match &*key {
                "event" => snippet.events.extend(names()),
                "seen" => snippet.seen.extend(names()),
                "never" => snippet.never.extend(names()),
                "click" => snippet.click = Some(value),
                "option" => snippet.options.push(value),
                _ => anyhow::bail!("{}: {key:?} is no word for a snippet", snippet.place),
            }
        }
        snippet.events.extend(snippet.seen.iter().cloned());
        snippets.push(snippet);
    }
    Ok(())
}

/// One block of code in a page of the documentation.
pub(crate) struct Block {
    /// File and line, for messages.
    pub(crate) place: String,
    pub(crate) language: String,
    /// What stands behind the language, as `key=value`.
    pub(crate) words: Vec<(String, String)>,
    pub(crate) code: String,
}

/// All blocks of code of one page.
pub(crate) fn blocks(file: &Path) -> Result<Vec<Block>> {
    let text =
        std::fs::read_to_string(file).with_context(|| format!("reading {}", file.display()))?;
    let mut blocks = Vec::new();
    let mut lines = text.lines().enumerate();
    while let Some((number, line)) = lines.next() {
        let Some(info) = line.trim_start().strip_prefix("```") else {
            continue;
        };
        let code: Vec<&str> = lines
            .by_ref()
            .map(|(_, line)| line)
            .take_while(|line| line.trim_start() != "```")
            .collect();
        let mut words = info.split_whitespace();
        let name = file.file_name().unwrap_or_default();
        blocks.push(Block {
            place: format!("{}:{}", name.display(), number + 1),
            language: words.next().unwrap_or_default().to_owned(),
            words: words
                .map(|word| word.split_once('=').unwrap_or((word, "")))
                .map(|(key, value)| (key.to_owned(), value.to_owned()))
                .collect(),
            code: code.join("\n"),
        });
    }
    Ok(blocks)
}
