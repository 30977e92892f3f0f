//! The analyzer's npm package in an app of somebody else: its types, a bundle that Vite makes, what docs/npm-analyzer.md
//! says.
//!
//! Words after a block's language say what the block is: `app` a script of an app, `config` the settings of Vite. What
//! must come of an app is said as in docs/embed.md: see `embedding.rs`.

#[cfg(unix)]
use std::os::unix::fs::symlink as symlink_dir;
#[cfg(windows)]
use std::os::windows::fs::symlink_dir;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use serde_json::json;

use crate::docs::{Block, blocks};
use crate::embedding::{LOGGED, VISIT, check};
use crate::harness::{Page, Stage, WATCH, serve_site, tag, variable};
use crate::npm::run;

/// What the docs do not show: a file large enough for the worker that decodes, people shared among workers, and types
/// that are more than `any`.
const MORE: &str = r#"import { openDataset, type FunnelReport } from "desirepath-analyzer";
const file = new Uint8Array(await (await fetch("/v1/sites/demo/events?format=parquet")).arrayBuffer());
const footer = file.length - 8 - new DataView(file.buffer).getUint32(file.length - 8, true);
const large = new Blob([file.slice(0, footer), new Uint8Array(5 << 20), file.slice(footer)]);
const dataset = await openDataset(large, { workers: 2 });
const report = await dataset.run({ analysis: "funnel", steps: [{ filter: { name: "view_item" } }, { filter: { name: "purchase" } }] });
const counted: FunnelReport["steps"][number]["n_units"][] = report.steps.map(({ n_units }) => n_units);
// @ts-expect-error: it is a report of another kind that has nodes.
const nodes: unknown = report.nodes;
// @ts-expect-error: there is no analysis of this name.
void (() => dataset.run({ analysis: "tunnel" }));
console.log(...counted, nodes === undefined, dataset.workers);"#;
/// A page without a bundler, which imports the package's script from where its folder is served.
const BARE: &str = "<script type=module>import { openDataset } from '/package/index.js';
    const dataset = await openDataset('/v1/sites/demo/events?format=parquet');
    console.log(dataset.summary.n_events > 0);</script>";
/// What a server that renders pages imports.
const SERVER: &str = "import { openDataset } from 'desirepath-analyzer';
    import { DesireFunnel } from 'desirepath-analyzer/elements';
    console.log(typeof openDataset, typeof DesireFunnel)";
/// The files that a bundler has to emit as they are.
const FILES: [&str; 5] = [
    "worker.js",
    "decoder.js",
    "engine_bg.wasm",
    "parquet_bg.wasm",
    "arrow_bg.wasm",
];

pub(crate) async fn an_app_bundles_it(stage: &mut Stage) -> Result<()> {
    let (config, mut apps) = docs()?;
    apps.push(script("a large file", MORE, "[1,1,true,2]"));
    let app = tempfile::tempdir()?;
    let folder = app.path();
    install(folder)?;
    write(folder, &config, &apps)?;
    check_types(folder)?;
    let told = run(
        folder,
        Command::new("node").args(["--input-type=module", "--eval", SERVER]),
    )?;
    ensure!(told.trim() == "function function", "{told}");
    run(folder, tool("vite").args(["build", "--logLevel", "error"]))?;
    let built = folder.join("dist");
    has_all_files(&built.join("assets"))?;

    let Stage { browser, collector } = stage;
    let page = |body: &str| {
        Page::new(format!(
            "<!doctype html><title>App</title>{WATCH}{LOGGED}<body>{body}"
        ))
    };
    let package = folder.join("node_modules/desirepath-analyzer");
    let site = serve_site(
        &collector.url,
        [("/visit", page(&tag(""))), ("/bare", page(BARE))],
        [("/app/", built), ("/package/", package)],
    )
    .await?;
    browser.visit(&format!("{site}/visit")).await?;
    browser.run(VISIT).await?;
    collector.has(&[("purchase", 1)]).await?;
    for (index, app) in apps.iter().enumerate() {
        browser.open(&format!("{site}/app/{index}.html")).await?;
        check(browser, app, folder)
            .await
            .with_context(|| app.place.clone())?;
    }
    browser.open(&format!("{site}/bare")).await?;
    let bare = script("without a bundler", BARE, "true");
    check(browser, &bare, folder)
        .await
        .with_context(|| bare.place.clone())
}

/// What docs/npm-analyzer.md has: the settings of Vite, and scripts of apps.
fn docs() -> Result<(String, Vec<Block>)> {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/npm-analyzer.md");
    let is = |block: &Block, word: &str| block.words.iter().any(|(key, _)| key == word);
    let (mut config, mut apps) = (None, Vec::new());
    for mut block in blocks(Path::new(file))? {
        block.code = block.code.replace("https://collector.example", "");
        if is(&block, "config") {
            config = Some(block.code);
        } else if is(&block, "app") {
            block.words.retain(|(key, _)| key != "app");
            apps.push(block);
        }
    }
    ensure!(apps.len() >= 2, "the documentation has apps");
    Ok((config.context("the settings of Vite")?, apps))
}

/// Compiles the apps as those are compiled that a bundler resolves, and those that Node does.
fn check_types(folder: &Path) -> Result<()> {
    for (module, resolution) in [("esnext", "bundler"), ("nodenext", "nodenext")] {
        let kinds = ["--module", module, "--moduleResolution", resolution];
        run(folder, tool("tsc").args(["--project", "."]).args(kinds))?;
    }
    Ok(())
}

/// A script that is in no docs, and what it tells the console.
fn script(place: &str, code: &str, logs: &str) -> Block {
    Block {
        place: place.to_owned(),
        language: "ts".to_owned(),
        words: vec![("logs".to_owned(), logs.to_owned())],
        code: code.to_owned(),
    }
}

/// Puts the built package, and what it depends on, where an app's code finds it.
fn install(folder: &Path) -> Result<()> {
    crate::npm::install(folder, "npm-analyzer", "desirepath-analyzer")?;
    let modules = Path::new(env!("CARGO_MANIFEST_DIR")).join("../www/node_modules");
    for entry in std::fs::read_dir(modules.canonicalize()?)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            let link = folder.join("node_modules").join(entry.file_name());
            symlink_dir(entry.path(), link)?;
        }
    }
    Ok(())
}

/// Writes the apps, each with a page of its own.
fn write(folder: &Path, config: &str, apps: &[Block]) -> Result<()> {
    let mut input = Vec::new();
    for (index, app) in apps.iter().enumerate() {
        std::fs::write(folder.join(format!("{index}.ts")), &app.code)?;
        let page = format!(
            "<!doctype html><title>App</title>{WATCH}{LOGGED}<body><script type=module src=./{index}.ts></script>"
        );
        std::fs::write(folder.join(format!("{index}.html")), page)?;
        input.push(format!("{index}.html"));
    }
    // The settings are those of the docs, beside the pages of this test.
    let config = config.replace(
        "export default {",
        &format!(
            "export default {{ base: './', build: {{ target: 'es2022', rolldownOptions: {{ input: {} }} }},",
            json!(input)
        ),
    );
    std::fs::write(folder.join("vite.config.ts"), config)?;
    let options = json!({
        "compilerOptions": {
            "target": "es2022", "lib": ["es2023", "dom", "dom.iterable"], "types": [],
            "strict": true, "noEmit": true, "skipLibCheck": false
        },
        "include": ["*.ts"], "exclude": ["vite.config.ts"]
    });
    std::fs::write(folder.join("tsconfig.json"), options.to_string())?;
    std::fs::write(
        folder.join("package.json"),
        json!({ "type": "module" }).to_string(),
    )?;
    Ok(())
}

/// Fails unless a folder has each of [`FILES`], byte for byte, whatever its name.
fn has_all_files(assets: &Path) -> Result<()> {
    let package = PathBuf::from(variable("DESIREPATH_DIST", "dist")).join("npm-analyzer");
    let mut emitted = Vec::new();
    for entry in std::fs::read_dir(assets).context("what Vite built")? {
        emitted.push(std::fs::read(entry?.path())?);
    }
    for name in FILES {
        let content = std::fs::read(package.join(name))?;
        ensure!(
            emitted.contains(&content),
            "{name} is not as it was, or missing"
        );
    }
    Ok(())
}

/// A tool that `www` has installed.
fn tool(name: &str) -> Command {
    Command::new(format!(
        "{}/../www/node_modules/.bin/{name}",
        env!("CARGO_MANIFEST_DIR")
    ))
}
