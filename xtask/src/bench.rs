//! `cargo xtask bench`: the benchmarks, natively by Criterion, or beside named peers.

use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::{Args, Subcommand};

use crate::build::{self, Part};
use crate::process::{cargo, command, find_program, run as run_command, succeeds};
use crate::setup::browsers::Engine;
use crate::setup::node;
use crate::workspace;

/// What to run; by itself, the analyses on this machine by Criterion.
#[derive(Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct Options {
    #[command(subcommand)]
    what: Option<What>,
    #[command(flatten)]
    criterion: Arguments,
}

#[derive(Subcommand)]
enum What {
    /// The engine on this machine beside DuckDB and ClickHouse, on the same events
    Native(Arguments),
    /// The engine in Chromium beside DuckDB-Wasm, on the same events
    Analyzer(Arguments),
    /// The tracker in Chromium beside other trackers, on the same page
    Sdk(Arguments),
}

#[derive(Args)]
struct Arguments {
    /// Passed on: a filter or an option of Criterion's; natively `--rounds N`, `--events N`; in Chromium `--rounds N`, `--events N`, `--only NAME,NAME`
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    arguments: Vec<String>,
}

/// Runs the benchmarks asked for.
pub(crate) fn run(options: &Options) -> Result<()> {
    match &options.what {
        None => criterion(&options.criterion),
        Some(What::Native(arguments)) => native(arguments),
        Some(What::Analyzer(arguments)) => in_chromium("analyzer", Part::Analyzer, arguments),
        Some(What::Sdk(arguments)) => in_chromium("sdk", Part::Sdk, arguments),
    }
}

fn criterion(arguments: &Arguments) -> Result<()> {
    run_command(
        cargo("bench")
            .args(["--package", "desirepath-bench", "--"])
            .args(&arguments.arguments),
    )
}

/// Beside peers from PyPI, which go into an environment of their own below `target/`.
fn native(arguments: &Arguments) -> Result<()> {
    let output = workspace::root().join("target/bench-native");
    let Some(python) = peers(&output.join("venv"))? else {
        eprintln!(
            "skipped: the packages of bench/native/requirements.txt cannot be installed; this needs Python 3 \
             with venv, and PyPI"
        );
        return Ok(());
    };
    run_command(
        cargo("run")
            .args(["--release", "--package", "desirepath-bench"])
            .args(["--example", "native", "--", "--python"])
            .arg(python)
            .arg("--output")
            .arg(output)
            .args(&arguments.arguments),
    )
}

/// The Python of an environment that has the peers; `None` where they cannot be had.
fn peers(environment: &std::path::Path) -> Result<Option<PathBuf>> {
    let python = environment.join(if cfg!(windows) {
        "Scripts/python.exe"
    } else {
        "bin/python"
    });
    if !python.exists() {
        let Some(installed) = find_program(&["python3", "python"]) else {
            return Ok(None);
        };
        std::fs::create_dir_all(environment).context("making a folder for Python packages")?;
        if !succeeds(command(installed).args(["-m", "venv"]).arg(environment)) {
            return Ok(None);
        }
    }
    let requirements = workspace::root().join("bench/native/requirements.txt");
    let is_installed = succeeds(
        command(&python)
            .args(["-m", "pip", "install", "--quiet", "--requirement"])
            .arg(requirements),
    );
    Ok(is_installed.then_some(python))
}

/// Builds the part that is measured, then runs `bench/browser` with the browser that is on this machine.
fn in_chromium(comparison: &str, part: Part, arguments: &Arguments) -> Result<()> {
    node::ensure_modules_of(&workspace::root().join("bench/browser"))?;
    let chromium = Engine::Chromium.ensure()?;
    build::run(&build::Options { parts: vec![part] })?;
    let mut driver = cargo("run");
    driver
        .args(["--package", "desirepath-bench", "--example", "browser"])
        .args(["--", comparison])
        .args(&arguments.arguments);
    chromium.describe_to(&mut driver);
    run_command(&mut driver)
}
