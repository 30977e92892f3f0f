//! The command line, as written, and what it asks for.

use std::fs;
use std::num::NonZeroUsize;
use std::path::PathBuf;

use analyzer::analysis::filter::Filter;
use analyzer::analysis::funnel::{FunnelConfig, FunnelOrder, Step};
use analyzer::analysis::{CartsConfig, Unit};
use analyzer::dataset::{BuildOptions, TemplateOptions};
use analyzer::ingest::{Format, ImportOptions};
use anyhow::{Context, Result};
use clap::{Parser, Subcommand, ValueEnum};
use encoding_rs::Encoding;

use crate::path_args::{PathsArgs, TransitionsArgs};
use crate::{columns, duration};

/// Funnels and paths of a shop's events, computed on this machine.
#[derive(Parser)]
#[command(name = "desirepath", version, about)]
pub(crate) struct Args {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Answer a request written as JSON, the one that the browser's `run` takes
    Report {
        /// File with the request, such as {"analysis":"funnel","steps":[{"filter":{"name":"view_item"}}]}
        config: PathBuf,
        #[command(flatten)]
        input: Input,
    },
    /// How many take each step of a way
    Funnel {
        #[command(flatten)]
        funnel: FunnelArgs,
        #[command(flatten)]
        input: Input,
    },
    /// Where they go: position graph, step matrix, or the commonest exact paths
    Paths {
        #[command(flatten)]
        paths: PathsArgs,
        #[command(flatten)]
        input: Input,
    },
    /// From which node they go to which, and how long it takes
    Transitions {
        #[command(flatten)]
        transitions: TransitionsArgs,
        #[command(flatten)]
        input: Input,
    },
    /// What becomes of carts
    Carts {
        #[command(flatten)]
        carts: CartsArgs,
        #[command(flatten)]
        input: Input,
    },
    /// Write the events of all files as one dataset, which opens without parsing
    Convert {
        /// File to write, such as data.desire
        #[arg(short, long, value_name = "FILE")]
        output: PathBuf,
        #[command(flatten)]
        input: Input,
    },
    /// What the files hold
    Describe {
        #[command(flatten)]
        input: Input,
    },
}

impl Command {
    pub(crate) fn input(&self) -> &Input {
        match self {
            Self::Report { input, .. }
            | Self::Funnel { input, .. }
            | Self::Paths { input, .. }
            | Self::Transitions { input, .. }
            | Self::Carts { input, .. }
            | Self::Convert { input, .. }
            | Self::Describe { input } => input,
        }
    }
}

/// Which files, and how they are read.
#[derive(clap::Args)]
pub(crate) struct Input {
    /// Files to read into one dataset; `-` is stdin
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    /// What the columns mean: person=user_id,time=ts,name=event_type and more (docs/import.md)
    #[arg(long, value_name = "ROLE=COLUMN,…")]
    columns: Option<String>,
    /// Zone of the times that name none, such as Europe/Berlin; UTC unless given
    #[arg(long, value_name = "ZONE", requires = "columns")]
    time_zone: Option<String>,
    /// How texts are encoded that are not UTF-8, such as windows-1252
    #[arg(long, value_name = "LABEL", value_parser = encoding)]
    pub(crate) encoding: Option<&'static Encoding>,
    /// File with the import's options as JSON, also for each file by its name (docs/import.md)
    #[arg(long, value_name = "FILE", conflicts_with_all = ["columns", "format", "session_gap", "no_stitching"])]
    import: Option<PathBuf>,
    /// How the files are written; recognised by their first bytes unless given
    #[arg(long, value_enum)]
    format: Option<FormatArg>,
    /// Threads to compute with; all cores unless given
    #[arg(long, value_name = "N")]
    threads: Option<NonZeroUsize>,
    /// A longer pause than this starts a new session
    #[arg(long, value_name = "TIME", default_value = "30m", value_parser = duration::parse)]
    session_gap: i64,
    /// Leave an anonymous visitor's events apart from those of the user who logs in later
    #[arg(long)]
    no_stitching: bool,
    /// A page template that overrules the grouping of pages, such as /p/:slug or /help/*; as often as needed
    #[arg(long, value_name = "TEMPLATE", conflicts_with = "import")]
    page_rule: Vec<String>,
    /// Indent the JSON
    #[arg(long)]
    pub(crate) pretty: bool,
}

impl Input {
    /// # Errors
    /// Where `--columns` is not a list of roles and columns, or `--import` is no file of options.
    pub(crate) fn options(&self) -> Result<ImportOptions> {
        if let Some(path) = &self.import {
            let text =
                fs::read_to_string(path).with_context(|| format!("reading {}", path.display()))?;
            return serde_json::from_str(&text)
                .with_context(|| format!("{} has no import options", path.display()));
        }
        let mut mapping = self.columns.as_deref().map(columns::parse).transpose()?;
        if let (Some(mapping), Some(zone)) = (&mut mapping, &self.time_zone) {
            mapping.time_zone = Some(zone.clone().into());
        }
        let build = BuildOptions {
            session_gap_millis: self.session_gap,
            stitch_identities: !self.no_stitching,
            template: TemplateOptions {
                rules: self.page_rule.clone(),
                ..TemplateOptions::default()
            },
            ..BuildOptions::default()
        };
        Ok(ImportOptions {
            format: self.format.map(FormatArg::format),
            mapping,
            build,
            ..ImportOptions::default()
        })
    }

    pub(crate) fn n_threads(&self) -> NonZeroUsize {
        let all = || std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
        self.threads.unwrap_or_else(all)
    }
}

#[derive(Clone, Copy, ValueEnum)]
enum FormatArg {
    Ndjson,
    Csv,
    Jsonl,
    Json,
    Snowplow,
    Parquet,
    Arrow,
    Dataset,
}

impl FormatArg {
    fn format(self) -> Format {
        match self {
            Self::Ndjson => Format::Ndjson,
            Self::Csv => Format::Csv,
            Self::Jsonl => Format::Jsonl,
            Self::Json => Format::Json,
            Self::Snowplow => Format::Snowplow,
            Self::Parquet => Format::Parquet,
            Self::Arrow => Format::Arrow,
            Self::Dataset => Format::Dataset,
        }
    }
}

#[derive(clap::Args)]
pub(crate) struct CartsArgs {
    /// A cart whose person does nothing for longer than this is abandoned
    #[arg(long, value_name = "TIME", default_value = "1h", value_parser = duration::parse)]
    delay: i64,
}

impl CartsArgs {
    pub(crate) fn config(&self) -> CartsConfig {
        CartsConfig {
            delay_millis: self.delay,
            ..CartsConfig::default()
        }
    }
}

#[derive(clap::Args)]
pub(crate) struct FunnelArgs {
    /// Names of events, one a step; `a|b` takes either
    #[arg(long, required = true, value_delimiter = ',', value_name = "NAME,…")]
    steps: Vec<String>,
    /// Longest time from the first step to the last, such as 30m, 12h, 1d or 2w
    #[arg(long, value_name = "TIME", default_value = "1d", value_parser = duration::parse)]
    window: i64,
    /// What is counted
    #[arg(long, value_enum, default_value = "person")]
    unit: UnitArg,
    /// How the steps must follow each other
    #[arg(long, value_enum, default_value = "sequential")]
    order: OrderArg,
}

impl FunnelArgs {
    pub(crate) fn config(&self) -> FunnelConfig {
        let step = |names: &String| Step {
            filter: any_name(names),
            label: None,
            optional: false,
        };
        FunnelConfig {
            window_millis: self.window,
            unit: self.unit.unit(),
            order: match self.order {
                OrderArg::Sequential => FunnelOrder::Sequential,
                OrderArg::Strict => FunnelOrder::Strict,
                OrderArg::Any => FunnelOrder::Any,
            },
            ..FunnelConfig::new(self.steps.iter().map(step).collect())
        }
    }
}

/// # Errors
/// Where there is no encoding of this label.
fn encoding(label: &str) -> Result<&'static Encoding> {
    Encoding::for_label(label.as_bytes())
        .with_context(|| format!("there is no encoding `{label}`; one is windows-1252"))
}

/// Events with one of the names that `|` separates.
pub(crate) fn any_name(names: &str) -> Filter {
    match names.split_once('|') {
        None => Filter::Name(names.to_owned()),
        Some(_) => Filter::Any(
            names
                .split('|')
                .map(|name| Filter::Name(name.to_owned()))
                .collect(),
        ),
    }
}

#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum UnitArg {
    Person,
    Session,
}

impl UnitArg {
    pub(crate) fn unit(self) -> Unit {
        match self {
            Self::Person => Unit::Person,
            Self::Session => Unit::Session,
        }
    }
}

#[derive(Clone, Copy, ValueEnum)]
enum OrderArg {
    Sequential,
    Strict,
    Any,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        super::Args::command().debug_assert();
    }
}
