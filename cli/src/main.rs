//! The `desirepath` command: the analyses of the dashboard over files on one machine, on all cores.
//!
//! It parses, calls the analyzer and prints: the reports are the very structs that the browser gets. What it
//! prints on stdout is JSON and nothing else; everything meant for a person goes to stderr.

mod archive;
mod args;
mod columns;
mod duration;
mod input;
mod parallel;
mod path_args;

use std::fs;
use std::io::Write;
use std::ops::RangeInclusive;
use std::process::ExitCode;

use analyzer::Request;
use analyzer::analysis::time_zone;
use analyzer::ingest::ImportError;
use anyhow::{Context, Result};
use clap::Parser;

use args::{Args, Command};

/// Files that cannot be read or imported.
const INPUT_FAILED: u8 = 1;
/// A command line or a request that makes no sense. Also clap's own code.
const REQUEST_WRONG: u8 = 2;

/// The years 1900 to 2100, over which time zones are known.
const YEARS: RangeInclusive<i64> = -2_208_988_800_000..=4_102_444_800_000;

/// Why there is no report.
enum Failure {
    Input(anyhow::Error),
    Request(anyhow::Error),
}

fn main() -> ExitCode {
    let (code, error) = match run(&Args::parse()) {
        Ok(()) => return ExitCode::SUCCESS,
        Err(Failure::Input(error)) => (INPUT_FAILED, error),
        Err(Failure::Request(error)) => (REQUEST_WRONG, error),
    };
    eprintln!("error: {error:#}");
    if let Some(ImportError::MappingNeeded { .. }) = error.downcast_ref() {
        eprintln!("say it with --columns person=COLUMN,time=COLUMN,name=COLUMN (docs/import.md)");
    }
    ExitCode::from(code)
}

fn run(args: &Args) -> Result<(), Failure> {
    let request = match &args.command {
        Command::Report { config, .. } => Some(read_request(config).map_err(Failure::Request)?),
        Command::Funnel { funnel, .. } => Some(Request::Funnel(funnel.config())),
        Command::Paths { paths, .. } => Some(paths.request()),
        Command::Transitions { transitions, .. } => Some(transitions.request()),
        Command::Carts { carts, .. } => Some(Request::Carts(carts.config())),
        Command::Convert { .. } | Command::Describe { .. } => None,
    };
    let input = args.command.input();
    let mut options = input.options().map_err(Failure::Request)?;
    options.time_zones = Some(|name| time_zone::transitions(name, YEARS));
    let dataset = input::read(&input.files, input.encoding, options).map_err(Failure::Input)?;
    if let Command::Convert { output, .. } = &args.command {
        let written = fs::write(output, dataset.encode());
        return written
            .with_context(|| format!("writing {}", output.display()))
            .map_err(Failure::Input);
    }
    let json = match request {
        None => to_json(&dataset.summary(), input.pretty),
        Some(mut request) => {
            request.resolve_time_zones(&mut |name| time_zone::transitions(name, YEARS));
            let report = parallel::run(&dataset, &request, input.n_threads());
            to_json(
                &report.map_err(|error| Failure::Request(error.into()))?,
                input.pretty,
            )
        }
    };
    json.and_then(|json| print(&json)).map_err(Failure::Input)
}

fn read_request(path: &std::path::Path) -> Result<Request> {
    let text = fs::read_to_string(path).with_context(|| format!("reading {}", path.display()))?;
    serde_json::from_str(&text).with_context(|| format!("{} is not a request", path.display()))
}

fn to_json<T: serde::Serialize>(value: &T, pretty: bool) -> Result<String> {
    let json = if pretty {
        serde_json::to_string_pretty(value)
    } else {
        serde_json::to_string(value)
    };
    json.context("writing the report as JSON")
}

fn print(json: &str) -> Result<()> {
    writeln!(std::io::stdout(), "{json}").context("writing to stdout")
}
