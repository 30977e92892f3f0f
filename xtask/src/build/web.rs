//! TypeScript to what a browser runs: the SDK's loader by esbuild, the pages and elements by Vite.

use std::io::Write;
use std::path::Path;
use std::process::Stdio;

use anyhow::{Context, Result, bail};

use super::compress;
use crate::process::run;
use crate::setup::node;
use crate::workspace;

/// Bundles the loader into one classic script that a page can load with `async`.
pub(super) fn loader(folder: &Path) -> Result<()> {
    let source = workspace::root().join("sdk/js/loader.ts");
    let output = format!("--outfile={}", folder.join("desirepath.js").display());
    let source = source.display().to_string();
    let arguments = [
        &*source,
        "--bundle",
        "--minify",
        "--format=iife",
        "--target=es2021",
        "--log-level=warning",
        // Sloppy, so that a frozen `window.desirepath` or `history` is left as it is instead of throwing.
        "--tsconfig-raw={\"compilerOptions\":{\"alwaysStrict\":false}}",
        &output,
    ];
    esbuild(&arguments, None)?;
    Ok(())
}

/// Builds the dashboard, the demo shop and the custom elements into `dist/www`.
pub(super) fn site() -> Result<()> {
    node::ensure_modules()?;
    let folder = workspace::dist().join("www");
    let mut vite = node::tool("vite");
    vite.args(["build", "--logLevel", "warn", "--emptyOutDir", "--outDir"])
        .arg(&folder);
    run(vite.stdin(Stdio::null()).stdout(std::io::stderr()))?;
    compress::folder(&folder)
}

/// Runs esbuild in `www/` on a file or, when `input` is given, on that text; returns its standard output.
pub(super) fn esbuild(arguments: &[&str], input: Option<&str>) -> Result<Vec<u8>> {
    node::ensure_modules()?;
    let mut command = node::tool("esbuild");
    command.args(arguments).stdout(Stdio::piped());
    command.stdin(if input.is_some() {
        Stdio::piped()
    } else {
        Stdio::null()
    });
    let mut child = command.spawn().context("starting esbuild")?;
    // esbuild reads all of its input before it writes, so this can't block on a full pipe.
    if let (Some(input), Some(mut pipe)) = (input, child.stdin.take()) {
        pipe.write_all(input.as_bytes())
            .context("writing to esbuild")?;
    }
    let output = child.wait_with_output().context("waiting for esbuild")?;
    if !output.status.success() {
        bail!(
            "`esbuild {}` failed ({})",
            arguments.join(" "),
            output.status
        );
    }
    Ok(output.stdout)
}
