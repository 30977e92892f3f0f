//! `cargo xtask bench`: the benchmarks, natively by Criterion, or in Chromium beside named peers.

use anyhow::Result;
use clap::{Args, Subcommand};

use crate::build::{self, Part};
use crate::process::{cargo, run as run_command};
use crate::setup::browsers::Engine;
use crate::setup::node;
use crate::workspace;

/// What to run.
#[derive(Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct Options {
    #[command(subcommand)]
    what: Option<What>,
    #[command(flatten)]
    native: Arguments,
}

#[derive(Subcommand)]
enum What {
    /// The analyses on this machine, by Criterion; this is what runs unless something else is named
    Native(Arguments),
    /// The engine in Chromium beside DuckDB-Wasm, on the same events
    Analyzer(Arguments),
    /// The tracker in Chromium beside other trackers, on the same page
    Sdk(Arguments),
}

#[derive(Args)]
struct Arguments {
    /// Passed on: a filter or an option of Criterion's; in Chromium `--rounds N`, `--events N`, `--only NAME,NAME`
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    arguments: Vec<String>,
}

/// Runs the benchmarks asked for.
pub(crate) fn run(options: &Options) -> Result<()> {
    match &options.what {
        None => native(&options.native),
        Some(What::Native(arguments)) => native(arguments),
        Some(What::Analyzer(arguments)) => in_chromium("analyzer", Part::Analyzer, arguments),
        Some(What::Sdk(arguments)) => in_chromium("sdk", Part::Sdk, arguments),
    }
}

fn native(arguments: &Arguments) -> Result<()> {
    run_command(
        cargo("bench")
            .args(["--package", "desirepath-bench", "--"])
            .args(&arguments.arguments),
    )
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
