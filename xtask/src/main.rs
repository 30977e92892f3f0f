//! The project's build tool, run as `cargo xtask COMMAND`.
//!
//! It is the only tool a person needs besides Rust and Node: every command first installs what it needs, or ends in
//! one line that says what to install. Each command is one file of this crate, named like the command; `setup/` finds
//! or installs tools, and `process.rs` is the only place where commands are started.
//!
//! Progress goes to standard error. Standard output carries only what another program may want to read: the
//! addresses of `demo`, the table of `size`.

mod bench;
mod build;
mod ci;
mod demo;
mod process;
mod setup;
mod size;
mod test;
mod tidy;
mod types;
mod workspace;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Builds, tests and shows Desirepath.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Build everything, start the collector, and open the demo shop and the dashboard
    Demo(demo::Options),
    /// Run every check: format, lints, invariants, unit, property, wasm and end-to-end tests, sizes
    Test(test::Options),
    /// The same steps as `test`, with nothing skipped: a missing browser fails
    Ci,
    /// Build what is shipped into dist/
    Build(build::Options),
    /// Print raw and brotli bytes of what visitors download, and fail over the budget
    Size(size::Options),
    /// Write the TypeScript types of configs and reports
    Types(types::Options),
    /// Check the invariants that ARCHITECTURE.md states
    Tidy(tidy::Options),
    /// Run the benchmarks
    Bench(bench::Options),
}

fn main() -> ExitCode {
    let result = match Arguments::parse().command {
        Command::Demo(options) => demo::run(&options),
        Command::Test(options) => test::run(&options),
        Command::Ci => ci::run(),
        Command::Build(options) => build::run(&options),
        Command::Size(options) => size::run(&options),
        Command::Types(options) => types::run(&options),
        Command::Tidy(options) => tidy::run(&options),
        Command::Bench(options) => bench::run(&options),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
