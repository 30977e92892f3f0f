//! What the tracker has beside its three files: the module for debugging, the adapters, the npm package, the hashes.
//!
//! ```text
//! dist/sdk/debug.js    loaded by data-debug and desirepath.debug()
//! dist/sdk/adapters/   scripts for shops that speak another tracker's language, and the platforms' own files
//! dist/sdk/sri.json    the hash of each file, for the integrity attribute
//! dist/npm/            the package, ready for `npm pack`
//! ```

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use super::{compress, copy, web};
use crate::process::{output, run};
use crate::setup::node;
use crate::workspace;

/// Adapters that are scripts of their own, and whether they are modules.
const ADAPTERS: [(&str, bool); 4] = [
    ("segment", false),
    ("snowplow", false),
    ("storefront", false),
    ("shopify-pixel", true),
];
/// Files of the tracker that the package carries too.
const SHARED: [&str; 3] = ["desirepath-sdk.js", "desirepath-sdk.wasm", "debug.js"];

/// Builds everything but the tracker's three files, which must be in `folder`.
pub(super) fn build(folder: &Path) -> Result<()> {
    let debug = source("debug/debug.ts");
    bundle(&debug, &folder.join("debug.js"), true, &[])?;
    let adapters = folder.join("adapters");
    for (name, is_module) in ADAPTERS {
        let target = adapters.join(format!("{name}.js"));
        bundle(
            &source(&format!("adapters/{name}.ts")),
            &target,
            is_module,
            &[],
        )?;
    }
    for entry in fs::read_dir(workspace::root().join("sdk/adapters"))? {
        let file = entry?.path();
        copy(&file, &adapters)?;
    }
    npm(folder)?;
    hashes(folder)
}

/// The package: the loader as a module, the tracker, types.
fn npm(folder: &Path) -> Result<()> {
    let package = workspace::dist().join("npm");
    let external = ["--external:./desirepath-sdk.js", "--external:./debug.js"];
    bundle(
        &source("npm/index.ts"),
        &package.join("index.js"),
        true,
        &external,
    )?;
    for name in SHARED {
        copy(&folder.join(name), &package)?;
    }
    let declarations = workspace::target().join("xtask").join("sdk-types");
    let mut typescript = node::tool("tsc");
    typescript
        .arg("--project")
        .arg(source(""))
        .arg("--outDir")
        .arg(&declarations);
    run(&mut typescript)?;
    for name in ["index.d.ts", "types.d.ts"] {
        copy(&declarations.join("npm").join(name), &package)?;
    }
    copy(&source("npm/README.md"), &package)?;
    for licence in ["LICENSE-MIT", "LICENSE-APACHE"] {
        copy(&workspace::root().join(licence), &package)?;
    }
    let manifest =
        fs::read_to_string(source("npm/package.json")).context("reading package.json")?;
    let manifest = manifest.replace("0.0.0", env!("CARGO_PKG_VERSION"));
    fs::write(package.join("package.json"), manifest).context("writing package.json")
}

/// Writes the hash of each script and module, as the `integrity` attribute wants it.
fn hashes(folder: &Path) -> Result<()> {
    let mut hashes = BTreeMap::new();
    for file in compress::files(folder)? {
        let name = file
            .strip_prefix(folder)?
            .to_string_lossy()
            .replace('\\', "/");
        if name.ends_with(".js") || name.ends_with(".wasm") {
            hashes.insert(name, integrity(&file)?);
        }
    }
    if let Some(hash) = hashes.get("desirepath.js") {
        eprintln!(
            "build: integrity=\"{hash}\" for desirepath.js; the others are in dist/sdk/sri.json"
        );
    }
    let text = serde_json::to_string_pretty(&hashes)? + "\n";
    fs::write(folder.join("sri.json"), text).context("writing sri.json")
}

/// SHA-384 of a file in the form of [Subresource Integrity](https://www.w3.org/TR/sri-2/).
pub(super) fn integrity(file: &Path) -> Result<String> {
    const SCRIPT: &str = "process.stdout.write('sha384-' + require('node:crypto').createHash('sha384')\
        .update(require('node:fs').readFileSync(process.argv[1])).digest('base64'))";
    let mut command = crate::process::command("node");
    command.args(["-e", SCRIPT]).arg(file);
    output(&mut command)
}

/// A path below `sdk/js`.
fn source(name: &str) -> PathBuf {
    workspace::root().join("sdk/js").join(name)
}

fn bundle(source: &Path, target: &Path, is_module: bool, more: &[&str]) -> Result<()> {
    let source = source.display().to_string();
    let target = format!("--outfile={}", target.display());
    let format = if is_module {
        "--format=esm"
    } else {
        "--format=iife"
    };
    let mut arguments = vec![
        &*source,
        "--bundle",
        "--minify",
        "--target=es2021",
        "--log-level=warning",
        format,
        &target,
    ];
    arguments.extend(more);
    web::esbuild(&arguments, None).map(drop)
}
