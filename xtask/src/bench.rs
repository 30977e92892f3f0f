//! `cargo xtask bench`: the benchmarks that run on this machine, by Criterion.

use anyhow::Result;

use crate::process::{cargo, run as run_command};

/// What to run.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Passed on to Criterion: a filter for the names of benchmarks, or its options
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    arguments: Vec<String>,
}

/// Runs every benchmark of the package `bench`.
pub(crate) fn run(options: &Options) -> Result<()> {
    run_command(
        cargo("bench")
            .args(["--package", "desirepath-bench", "--"])
            .args(&options.arguments),
    )
}
