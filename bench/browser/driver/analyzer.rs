//! The engine beside DuckDB-Wasm: arranges the stages of `analyzer/page.ts` and tells what they found.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde_json::{Value, json};

use crate::assets::{self, brotli_bytes, bundle};
use crate::numbers::{kilobytes, list, median, millis, times};
use crate::server::Server;
use crate::traffic_file;
use crate::webdriver::Chromium;

/// How much to measure.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// How many events to generate, about
    #[arg(long, default_value_t = 1_000_000)]
    events: usize,
    /// How often each question is asked of each engine, in turns
    #[arg(long, default_value_t = 15)]
    rounds: usize,
    /// How often the file is opened by each engine, in turns
    #[arg(long, default_value_t = 5)]
    open_rounds: usize,
    /// Which questions are asked; all unless given
    #[arg(long, value_delimiter = ',', value_parser = QUESTIONS)]
    only: Vec<String>,
}

const QUESTIONS: [&str; 8] = [
    "names",
    "funnel",
    "funnel-report",
    "trend",
    "channels",
    "paths",
    "transitions",
    "five-steps",
];

/// One line of the table.
struct Row {
    what: String,
    ours: String,
    theirs: String,
    ratio: String,
    ratio_of_fastest: String,
    how: String,
}

/// Runs every stage and prints the table.
pub(crate) async fn run(options: &Options) -> Result<()> {
    let output = assets::output().join("analyzer");
    bundle("analyzer/page.ts", "esm", &output.join("page.js"))?;
    bundle(
        "analyzer/engine.worker.ts",
        "esm",
        &output.join("engine.worker.js"),
    )?;
    std::fs::copy(
        assets::sources().join("analyzer/index.html"),
        output.join("index.html"),
    )?;
    let data = traffic_file::ensure(&assets::output().join("data"), options.events)?;

    let server = Server::start().await?;
    let Found {
        file_bytes,
        started,
        opened,
        counts,
        answers,
        memory,
    } = Chromium::with(async |browser| measure(browser, &server, &data, options).await).await?;
    eprintln!("bench: compressing DuckDB-Wasm, which takes minutes, once");
    let mut rows = vec![sizes(&output)?, start(&started)];
    rows.extend(opening(&opened, &started)?);
    rows.extend(answers.iter().flat_map(questions));

    let is_answered = answers.iter().all(|asked| asked["prepared"].is_object());
    print(&counts, file_bytes, &started, is_answered, &rows);
    for asked in &answers {
        eprintln!(
            "{}: times of the variants in ms: {}; of rows as the file has them: {}",
            asked["title"], asked["prepared"]["times"], asked["unprepared"]["times"]
        );
    }
    for asked in &answers {
        for kind in ["prepared", "unprepared"] {
            for (name, reason) in asked[kind]["failed"].as_object().into_iter().flatten() {
                let title = asked["title"].as_str().unwrap_or_default();
                eprintln!("DuckDB gave no answer: {title}, {kind} rows, variant {name}: {reason}");
            }
        }
    }
    for (name, reason) in opened["failed"].as_object().into_iter().flatten() {
        eprintln!("DuckDB could not do \"{name}\": {reason}");
    }
    eprintln!("our last opening, in ms: {}", opened["parts"]);
    for asked in &answers {
        eprintln!("answer to {}: {}", asked["title"], asked["answer"]);
    }
    eprintln!(
        "memory of our modules at most: engine {:.0} MB, Parquet reader {:.0} MB",
        memory.first().unwrap_or(&f64::NAN) / 1e6,
        memory.get(1).unwrap_or(&f64::NAN) / 1e6
    );
    Ok(())
}

/// What the stages found.
struct Found {
    file_bytes: u64,
    started: Value,
    opened: Value,
    counts: Value,
    /// Of each question.
    answers: Vec<Value>,
    memory: Vec<f64>,
}

/// Runs every stage.
async fn measure(
    browser: &Chromium,
    server: &Server,
    data: &str,
    options: &Options,
) -> Result<Found> {
    let page = format!("{}/analyzer/index.html", server.origin("analyzer"));
    browser.goto(&page).await?;
    let stage = |name: &'static str, argument: Value| call(browser, name, argument);
    let file_bytes = stage("download", json!(data)).await?.as_u64().unwrap_or(0);
    eprintln!("bench: starting both engines");
    let started = stage("start", json!(5)).await?;
    eprintln!("bench: opening the file");
    let opened = stage("open", json!(options.open_rounds)).await?;
    eprintln!("bench: preparing the questions");
    let counts = stage("prepare", Value::Null).await?;
    let mut answers = Vec::new();
    let is_asked =
        |name: &str| options.only.is_empty() || options.only.iter().any(|only| only == name);
    for question in QUESTIONS.into_iter().filter(|name| is_asked(name)) {
        eprintln!("bench: asking for {question}");
        answers.push(stage("ask", json!([question, options.rounds])).await?);
    }
    Ok(Found {
        file_bytes,
        started,
        opened,
        counts,
        answers,
        memory: list(&stage("memory", Value::Null).await?),
    })
}

/// Calls a stage of the page with one argument, or with the elements of a list.
async fn call(browser: &Chromium, stage: &str, argument: Value) -> Result<Value> {
    let arguments = match argument {
        Value::Null => Vec::new(),
        Value::Array(list) => list,
        one => vec![one],
    };
    let body = format!("return stages.{stage}(...args);");
    browser
        .evaluate(&body, &arguments)
        .await
        .with_context(|| format!("stage {stage}"))
}

/// What a visitor downloads, after brotli.
fn sizes(page: &Path) -> Result<Row> {
    let total = |files: &[PathBuf]| {
        files
            .iter()
            .map(|file| brotli_bytes(file))
            .sum::<Result<u64>>()
    };
    let shipped = |names: &[&str]| {
        names
            .iter()
            .map(|name| assets::dist().join("analyzer").join(name))
            .collect::<Vec<_>>()
    };
    let engine = total(&shipped(&["engine.js", "engine_bg.wasm"]))?;
    let parquet = total(&shipped(&["parquet.js", "parquet_bg.wasm"]))?;
    let client = page.join("duckdb-client.js");
    bundle(
        "node_modules/@duckdb/duckdb-wasm/dist/duckdb-browser.mjs",
        "esm",
        &client,
    )?;
    let folder = assets::modules().join("@duckdb/duckdb-wasm/dist");
    let theirs = total(&[
        client,
        folder.join("duckdb-browser-eh.worker.js"),
        folder.join("duckdb-eh.wasm"),
    ])?;
    Ok(Row {
        what: "download, brotli".into(),
        ours: kilobytes(engine + parquet),
        theirs: kilobytes(theirs),
        ratio: times((engine + parquet) as f64, theirs as f64),
        ratio_of_fastest: "–".into(),
        how: format!(
            "ours: engine {}, Parquet reader {}; theirs: without its Parquet extension",
            kilobytes(engine),
            kilobytes(parquet)
        ),
    })
}

fn start(started: &Value) -> Row {
    let sample = |name: &str| list(&started["samples"][name]);
    compare(
        "start of a worker",
        &sample("ours"),
        &sample("theirs"),
        "from nothing, files from the same machine".into(),
    )
}

fn opening(opened: &Value, started: &Value) -> Result<Vec<Row>> {
    let samples = opened["samples"]
        .as_object()
        .context("the page gave no samples")?;
    let sample = |name: &str| samples.get(name).map_or_else(Vec::new, list);
    let version = started["version_with_parquet"].as_str().unwrap_or_default();
    let direct = samples.keys().filter(|name| name.starts_with("file"));
    let quickest = direct.min_by(|a, b| median(&sample(a)).total_cmp(&median(&sample(b))));
    let quickest = quickest.map_or("no variant", String::as_str);
    Ok(vec![
        compare(
            "Parquet to dataset",
            &sample("ours"),
            &sample("sorted"),
            format!("theirs: a table sorted by person and time, {version}"),
        ),
        compare(
            "Parquet to dataset",
            &sample("ours"),
            &sample("copy"),
            format!("theirs: a mere copy of the rows, {version}"),
        ),
        compare(
            "Parquet to first funnel",
            &sample("ours, to funnel"),
            &sample(quickest),
            format!("theirs: {quickest}, {version}"),
        ),
    ])
}

/// Asked of a table that was prepared for it, and of the rows as the file has them.
fn questions(asked: &Value) -> Vec<Row> {
    let title = asked["title"].as_str().unwrap_or_default();
    let sample = |kind: &str, name: &str| list(&asked[kind][name]);
    let how = |kind: &str, rows: &str| match asked[kind]["name"].as_str() {
        Some(variant) => format!("theirs: {rows}, variant {variant}"),
        None if asked[kind].is_object() => format!("theirs: {rows}; no variant gave an answer"),
        None => "theirs: could not open the file".into(),
    };
    let theirs = sample("samples", "theirs");
    let Some(_) = asked["samples"].get("ours") else {
        return vec![Row {
            what: title.into(),
            ours: "in the import's summary".into(),
            theirs: millis(median(&theirs)),
            ratio: "–".into(),
            ratio_of_fastest: "–".into(),
            how: how("prepared", "a prepared table"),
        }];
    };
    let prepared = compare(
        title,
        &sample("samples", "ours"),
        &theirs,
        how("prepared", "a prepared table"),
    );
    let unprepared = asked["unprepared"].is_object().then(|| {
        let [ours, theirs] = ["ours", "theirs"].map(|name| sample("besideUnprepared", name));
        let how = how("unprepared", "rows as the file has them");
        compare(title, &ours, &theirs, how)
    });
    [prepared].into_iter().chain(unprepared).collect()
}

/// Compares samples: by their medians, and by the fastest of each, which other work on the machine disturbs least.
fn compare(what: &str, ours: &[f64], theirs: &[f64], how: String) -> Row {
    let fastest = |samples: &[f64]| samples.iter().copied().fold(f64::NAN, f64::min);
    Row {
        what: what.into(),
        ours: millis(median(ours)),
        theirs: millis(median(theirs)),
        ratio: times(median(ours), median(theirs)),
        ratio_of_fastest: times(fastest(ours), fastest(theirs)),
        how,
    }
}

#[allow(
    clippy::print_stdout,
    reason = "the table is what this program is run for"
)]
fn print(counts: &Value, file_bytes: u64, started: &Value, is_answered: bool, rows: &[Row]) {
    println!(
        "{} events of {} people in {} sessions, {} names; Parquet file of {}. {} \
         Medians of one run, warm; DuckDB {}.\n",
        counts["events"],
        counts["people"],
        counts["sessions"],
        counts["names"],
        kilobytes(file_bytes),
        if is_answered {
            "All answers that both gave are the same."
        } else {
            "DuckDB could not open it."
        },
        started["version"].as_str().unwrap_or_default(),
    );
    println!(
        "| what | Desirepath | DuckDB-Wasm | ratio | of the fastest runs | how |\n\
         | --- | ---: | ---: | ---: | ---: | --- |"
    );
    for Row {
        what,
        ours,
        theirs,
        ratio,
        ratio_of_fastest,
        how,
    } in rows
    {
        println!("| {what} | {ours} | {theirs} | {ratio} | {ratio_of_fastest} | {how} |");
    }
}
