//! Benchmarks in a real browser, beside named peers: `cargo xtask bench analyzer` and `cargo xtask bench sdk`.
//!
//! This program serves the pages of `bench/browser/` on the loopback interface, steers one Chromium through them
//! over WebDriver, and prints one Markdown table on standard output. What is measured happens in the pages; here it
//! is only arranged and added up. Nothing asserts on a time: a difference in an answer, or an event that a tracker
//! did not deliver, is an error, a slow run is not.
//!
//! It expects `dist/` to be built and `bench/browser/node_modules` to be installed, which `cargo xtask bench` does.

mod analyzer;
mod assets;
mod numbers;
mod sdk;
mod server;
mod stretch;
mod traffic_file;
mod webdriver;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Measures Desirepath beside its peers in Chromium.
#[derive(Parser)]
struct Arguments {
    #[command(subcommand)]
    comparison: Comparison,
}

#[derive(Subcommand)]
enum Comparison {
    /// The engine beside DuckDB-Wasm, on the same generated events
    Analyzer(analyzer::Options),
    /// The tracker beside other trackers, on the same page
    Sdk(sdk::Options),
}

#[tokio::main]
async fn main() -> ExitCode {
    let result = match Arguments::parse().comparison {
        Comparison::Analyzer(options) => analyzer::run(&options).await,
        Comparison::Sdk(options) => sdk::run(&options).await,
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
