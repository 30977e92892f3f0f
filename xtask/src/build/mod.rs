//! `cargo xtask build`: everything that is shipped, in `dist/`, and the native programs in `target/release`.
//!
//! ```text
//! dist/sdk/       desirepath.js (the loader), desirepath-sdk.js (glue), desirepath-sdk.wasm: what a shop serves;
//!                 debug.js, adapters/, sri.json
//! dist/npm/       the tracker as an npm package
//! dist/analyzer/  engine.js, engine_bg.wasm, engine.d.ts, and the same three for parquet and arrow, loaded on demand
//! dist/www/       the dashboard, the demo shop, the custom elements
//! dist/npm-analyzer/  client and elements as an npm package
//! ```
//!
//! Beside each file that a browser fetches lies its `.br`, compressed once here instead of at every request.

pub(crate) mod compress;
mod hollow;
mod memo;
mod package;
mod sdk_parts;
mod wasm;
mod web;

pub(crate) use wasm::tracker_without;

use std::fs;
use std::path::Path;
use std::time::Instant;

use anyhow::{Context, Result, bail};
use clap::ValueEnum;

use crate::process::{cargo, run as run_command};
use crate::workspace;

/// What to build.
#[derive(clap::Args, Default)]
pub(crate) struct Options {
    /// Parts to build; all of them when none is named
    pub(crate) parts: Vec<Part>,
}

/// A part that can be built alone. The order is that of a full build, `Native` apart, which runs beside the others:
/// `www` takes the analyzer's glue and types in.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub(crate) enum Part {
    /// dist/sdk
    Sdk,
    /// dist/analyzer
    Analyzer,
    /// dist/www and dist/npm-analyzer
    Www,
    /// The collector and the command-line tool, optimised
    Native,
}

/// Builds the parts asked for.
pub(crate) fn run(options: &Options) -> Result<()> {
    let is_wanted = |part: &&Part| options.parts.is_empty() || options.parts.contains(part);
    let parts = Part::value_variants().iter().filter(is_wanted);
    let (native, web): (Vec<Part>, Vec<Part>) = parts.partition(|part| **part == Part::Native);
    // Linking a module for the browser leaves all processors but one idle.
    std::thread::scope(|scope| {
        let native = scope.spawn(|| native.into_iter().try_for_each(one));
        let done = web.into_iter().try_for_each(one);
        let other = native.join().unwrap_or_else(|_| bail!("a thread panicked"));
        done.and(other)
    })
}

fn one(part: Part) -> Result<()> {
    let start = Instant::now();
    match part {
        Part::Sdk => sdk()?,
        Part::Analyzer => analyzer()?,
        Part::Www => www()?,
        Part::Native => native()?,
    }
    eprintln!("build: {part:?} in {:.1} s", start.elapsed().as_secs_f64());
    Ok(())
}

fn sdk() -> Result<()> {
    let folder = workspace::dist().join("sdk");
    wasm::build_sdk(&folder)?;
    web::loader(&folder)?;
    sdk_parts::build(&folder)?;
    compress::folder(&folder)
}

fn analyzer() -> Result<()> {
    let folder = workspace::dist().join("analyzer");
    wasm::build_analyzer(&folder)?;
    compress::folder(&folder)
}

fn www() -> Result<()> {
    web::site()?;
    package::build()
}

fn native() -> Result<()> {
    run_command(cargo("build").args([
        "--release",
        "--package",
        "desirepath-collector",
        "--package",
        "desirepath-cli",
    ]))
}

/// Copies a file into a folder, which is made where it is missing.
fn copy(file: &Path, folder: &Path) -> Result<()> {
    let name = file.file_name().context("a file has a name")?;
    fs::create_dir_all(folder).with_context(|| format!("creating {}", folder.display()))?;
    fs::copy(file, folder.join(name)).with_context(|| format!("copying {}", file.display()))?;
    Ok(())
}
