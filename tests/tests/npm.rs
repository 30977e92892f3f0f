//! The npm package in a shop's own bundle: installed, bundled by esbuild, and heard by the collector.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};

use crate::docs::blocks;
use crate::harness::{Page, Stage, eventually, serve_pages, variable};

/// A shop's script, as docs/npm.md has it, with a call before `init`.
const APP: &str = r#"import { init, track, identify } from "desirepath";
track("my_early", { kind: "before init" });
init({ endpoint: "/v1/batch", site: "demo", wasm: "/npm/desirepath-sdk.wasm", beforeSend: (event) => event });
identify(17);
track("add_to_cart", { currency: "EUR", value: 71.58,
  items: [{ item_id: "17", item_name: "Bench", price: 35.79, quantity: 2 }] });"#;
/// What a server that renders pages does with the same module.
const SERVER: &str = r#"import { init, track, decorate, debug } from "desirepath";
init({ endpoint: "/v1/batch", site: "demo" });
track("add_to_cart");
await debug();
if (decorate("/a") !== "/a" || globalThis.window) throw new Error("something happened");"#;

pub(crate) async fn a_bundle_tells_what_the_tag_would(stage: &mut Stage) -> Result<()> {
    let folder = tempfile::tempdir()?;
    install(folder.path(), "npm", "desirepath")?;
    std::fs::write(folder.path().join("server.mjs"), SERVER)?;
    std::fs::write(folder.path().join("app.js"), APP)?;
    run(folder.path(), Command::new("node").arg("server.mjs"))?;
    let bundle = bundle(folder.path(), "app.js")?;

    let html =
        format!("<!doctype html><title>Bundle</title><body><script type=module>{bundle}</script>");
    let page = Page::new(html);
    let site = serve_pages(&stage.collector.url, [("/app", page)]).await?;
    stage.browser.visit(&format!("{site}/app")).await?;
    stage.browser.run("desirepath.flush()").await?;
    eventually("what the bundle tells", async || {
        let events = stage.collector.events().await?;
        let names: Vec<&str> = events.iter().map(|event| event.name.as_str()).collect();
        for name in ["page_view", "my_early", "add_to_cart"] {
            let n_events = names.iter().filter(|found| **found == name).count();
            ensure!(n_events == 1, "{n_events} times {name} of {names:?}");
        }
        let added = events.iter().find(|event| event.name == "add_to_cart");
        let added = added.context("it was found before")?;
        ensure!(added.user.as_deref() == Some("17"), "{:?}", added.user);
        ensure!(
            added.items[0].item_id.as_deref() == Some("17") && added.items[0].quantity == Some(2)
        );
        ensure!(added.currency.as_deref() == Some("EUR"), "{added:?}");
        Ok(())
    })
    .await
}

/// What docs/npm.md has in TypeScript: the setting for Vite is what Vite reads, and the component tells the first view.
pub(crate) async fn what_the_docs_say_in_typescript_works(stage: &mut Stage) -> Result<()> {
    let folder = tempfile::tempdir()?;
    install(folder.path(), "npm", "desirepath")?;
    let docs = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/npm.md");
    let blocks = blocks(Path::new(docs))?;
    let code = |language: &str| {
        let block = blocks.iter().find(|block| block.language == language);
        let block = block.with_context(|| format!("a block of {language}"))?;
        anyhow::Ok(block.code.replace("https://collector.example", ""))
    };
    std::fs::write(folder.path().join("config.ts"), code("ts")?)?;
    let config = bundle(folder.path(), "config.ts")?;
    std::fs::write(folder.path().join("config.mjs"), config)?;
    let print = "import config from './config.mjs'; console.log(JSON.stringify(config))";
    let node = ["--input-type=module", "--eval", print];
    let config = run(folder.path(), Command::new("node").args(node))?;
    ensure!(
        config.trim() == r#"{"optimizeDeps":{"exclude":["desirepath"]}}"#,
        "{config}"
    );

    // Of React as much as the component needs.
    let react = folder.path().join("node_modules/react");
    std::fs::create_dir_all(&react)?;
    std::fs::write(
        react.join("index.js"),
        "export const useEffect = (effect) => void setTimeout(effect);",
    )?;
    std::fs::write(folder.path().join("tracker.tsx"), code("tsx")?)?;
    let shop =
        "import { Tracker } from './tracker.tsx'; document.body.append(Tracker() ?? 'Shop');";
    std::fs::write(folder.path().join("shop.js"), shop)?;
    let bundle = bundle(folder.path(), "shop.js")?;
    // Beside the package's own files, where its module is looked for.
    let html =
        format!("<!doctype html><title>Shop</title><body><script type=module>{bundle}</script>");
    let pages = [("/npm/shop", Page::new(html))];
    let site = serve_pages(&stage.collector.url, pages).await?;
    stage.browser.visit(&format!("{site}/npm/shop")).await?;
    stage.browser.run("desirepath.flush()").await?;
    stage.collector.has(&[("page_view", 1)]).await?;
    Ok(())
}

/// Puts a package, built into `dist/FOLDER`, where other people's code finds it.
pub(crate) fn install(into: &Path, folder: &str, package: &str) -> Result<()> {
    let built = PathBuf::from(variable("DESIREPATH_DIST", "dist")).join(folder);
    copy_all(&built, &into.join("node_modules").join(package))
}

fn copy_all(from: &Path, to: &Path) -> Result<()> {
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from).context("the package is built")? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_all(&entry.path(), &target)?;
        } else {
            std::fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}

/// What esbuild makes of a file and all that it imports.
fn bundle(folder: &Path, file: &str) -> Result<String> {
    let esbuild = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../www/node_modules/.bin/esbuild"
    );
    run(
        folder,
        Command::new(esbuild).args([file, "--bundle", "--format=esm", "--log-level=error"]),
    )
}

/// Runs a command in a folder, and returns what it printed.
pub(crate) fn run(folder: &Path, command: &mut Command) -> Result<String> {
    let output = command
        .current_dir(folder)
        .output()
        .with_context(|| format!("starting {command:?}"))?;
    let told = String::from_utf8(output.stdout)?;
    let errors = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{command:?}: {errors}{told}");
    Ok(told)
}
