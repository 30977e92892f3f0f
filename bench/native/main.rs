//! The engine beside DuckDB and ClickHouse on this machine: `cargo xtask bench native`.
//!
//! All read the same generated Parquet file, with one thread each. `peers.py` asks the two others; here our own
//! engine is asked, the answers are compared, and one table of ratios is printed. A differing answer is an error, a
//! slow run is not.

#[path = "../browser/driver/traffic_file.rs"]
mod traffic_file;

use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use analyzer::Request;
use analyzer::dataset::Dataset;
use analyzer::ingest::{ImportOptions, Importer};
use anyhow::{Context, Result, bail, ensure};
use clap::Parser;
use serde_json::{Value, json};

/// Measures Desirepath beside DuckDB and ClickHouse, natively.
#[derive(Parser)]
struct Options {
    /// The Python that has the packages of `requirements.txt`
    #[arg(long)]
    python: PathBuf,
    /// Where to keep the generated data
    #[arg(long)]
    output: PathBuf,
    /// How many events to generate, about
    #[arg(long, default_value_t = 1_000_000)]
    events: usize,
    /// How often each question is asked of each engine
    #[arg(long, default_value_t = 9)]
    rounds: usize,
}

/// What we found for one question.
struct Ours {
    question: &'static str,
    answer: Option<Value>,
    millis: f64,
    /// Bytes of the columns that the answer cannot do without.
    n_bytes: usize,
}

#[allow(
    clippy::print_stdout,
    reason = "the table is what this program is run for"
)]
fn main() -> Result<()> {
    let options = Options::parse();
    let name = traffic_file::ensure(&options.output, options.events)?;
    let file = options.output.join(name);
    let bytes = std::fs::read(&file)?;

    eprintln!("bench: asking ours");
    let (millis, dataset) = timed(options.rounds, || open(&bytes))?;
    let mut ours = vec![Ours {
        question: "open",
        answer: None,
        millis,
        n_bytes: bytes.len(),
    }];
    // Names take a byte, times eight.
    let core = dataset.n_events() * 9;
    for (question, request, shape) in questions() {
        let request: Request = serde_json::from_value(request)?;
        let (millis, report) = timed(options.rounds, || Ok(analyzer::run(&dataset, &request)?))?;
        ours.push(Ours {
            question,
            answer: Some(shape(&serde_json::to_value(&report)?)),
            millis,
            n_bytes: core,
        });
    }

    eprintln!("bench: asking the others");
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let peers = Command::new(&options.python)
        .arg(folder.join("native/peers.py"))
        .arg(&file)
        .arg(folder.join("browser/analyzer/sql"))
        .arg(&options.output)
        .arg(options.rounds.to_string())
        .output()
        .context("starting Python")?;
    if !peers.status.success() {
        bail!("peers.py: {}", String::from_utf8_lossy(&peers.stderr));
    }
    let peers: Value = serde_json::from_slice(&peers.stdout)?;

    println!(
        "{} events of {} people; DuckDB {}, chdb {}; one thread each. Processor time of a \
         run in the fastest of {} rounds; all gave the same answers.\n",
        dataset.n_events(),
        dataset.n_people(),
        peers["versions"]["duckdb"].as_str().unwrap_or_default(),
        peers["versions"]["chdb"].as_str().unwrap_or_default(),
        options.rounds
    );
    println!("| question | peer | times as long as ours | ours beside a plain sum of its bytes |");
    println!("| --- | --- | ---: | ---: |");
    for asked in peers["asked"].as_array().context("no answers came")? {
        let question = asked["question"].as_str().unwrap_or_default();
        let ours = ours.iter().find(|ours| ours.question == question);
        let ours = ours.context("a question that we were not asked")?;
        if let Some(answer) = &ours.answer {
            let theirs = &asked["answer"];
            ensure!(
                answer == theirs,
                "{question}: ours {answer}, {}: {theirs}",
                asked["variant"]
            );
        }
        let times = asked["times"].as_array().context("no times")?;
        let fastest = times
            .iter()
            .filter_map(Value::as_f64)
            .fold(f64::NAN, f64::min);
        println!(
            "| {question} | {} | {:.1} | {:.1} |",
            asked["variant"].as_str().unwrap_or_default(),
            fastest / ours.millis,
            ours.millis / sum_millis(ours.n_bytes, options.rounds)
        );
    }
    for Ours {
        question,
        millis,
        n_bytes,
        ..
    } in &ours
    {
        eprintln!(
            "{question}: ours {millis:.2} ms, {:.2} GB/s; a plain sum {:.2} GB/s",
            *n_bytes as f64 / millis / 1e6,
            *n_bytes as f64 / sum_millis(*n_bytes, options.rounds) / 1e6
        );
    }
    Ok(())
}

/// Runs of a round go on for so long, so that a clock that ticks coarsely does no harm.
const ROUND: Duration = Duration::from_millis(50);

/// The milliseconds that a run took in the fastest round, after one run that does not count, and what it gave.
fn timed<T>(n_rounds: usize, run: impl Fn() -> Result<T>) -> Result<(f64, T)> {
    let mut result = run()?;
    let mut fastest = f64::INFINITY;
    for _ in 0..n_rounds {
        let (start, start_on_processor) = (Instant::now(), processor_time());
        let mut n_runs = 0;
        while n_runs == 0 || start.elapsed() < ROUND {
            result = run()?;
            n_runs += 1;
        }
        let taken = match (start_on_processor, processor_time()) {
            (Some(start), Some(end)) => end - start,
            _ => start.elapsed(),
        };
        fastest = fastest.min(taken.as_secs_f64() * 1e3 / f64::from(n_runs));
    }
    Ok((fastest, result))
}

/// How long this thread has had a processor, where the system tells: other work on the machine then counts less.
#[cfg(unix)]
fn processor_time() -> Option<Duration> {
    use rustix::time::{ClockId, clock_gettime};
    clock_gettime(ClockId::ThreadCPUTime).try_into().ok()
}

#[cfg(not(unix))]
fn processor_time() -> Option<Duration> {
    None
}

/// The milliseconds that adding up so many bytes takes.
fn sum_millis(n_bytes: usize, n_rounds: usize) -> f64 {
    let words: Vec<u64> = (0..n_bytes as u64 / 8).collect();
    let sum = || {
        Ok(black_box(&words)
            .iter()
            .fold(0_u64, |sum, &word| sum.wrapping_add(word)))
    };
    timed(n_rounds, || sum().map(black_box)).map_or(f64::NAN, |(millis, _)| millis)
}

fn open(file: &[u8]) -> Result<Dataset> {
    let options: ImportOptions = serde_json::from_value(json!({
        "format": "parquet",
        "mapping": {
            "person": "visitor", "time": "ts", "name": "name", "page": "page_path", "value": "value",
            "currency": "currency", "props": ["channel"],
        },
    }))?;
    let mut importer = Importer::new(options)?;
    importer.push(file)?;
    Ok(importer.finish()?.0)
}

type Shape = fn(&Value) -> Value;

/// The questions of the browser's comparison that a funnel answers, and how a report becomes what SQL gives.
fn questions() -> [(&'static str, Value, Shape); 3] {
    let funnel = |key: &str, extra: Value| {
        let steps = ["view_item", "add_to_cart", "begin_checkout", "purchase"];
        let mut request = json!({
            "analysis": "funnel",
            "steps": steps.map(|name| json!({ "filter": { "name": name } })),
            "window_millis": 86_400_000,
        });
        if !extra.is_null() {
            request[key] = extra;
        }
        request
    };
    let units: Shape = |report| {
        let steps = report["steps"].as_array().into_iter().flatten();
        steps.map(|step| step["n_units"].clone()).collect()
    };
    let days: Shape = |report| {
        let periods = report["trend"]["periods"].as_array().into_iter().flatten();
        let day = |period: &Value| {
            let mut row = vec![json!(period["start_ts"].as_i64().unwrap_or(0) / 86_400_000)];
            row.extend(period["n_units"].as_array().into_iter().flatten().cloned());
            Value::from(row)
        };
        periods.map(day).collect()
    };
    let channels: Shape = |report| {
        let groups = report["breakdown"]["groups"]
            .as_array()
            .into_iter()
            .flatten();
        let mut rows: Vec<Vec<Value>> = groups
            .map(|group| {
                let steps = group["report"]["steps"].as_array().into_iter().flatten();
                let units = steps.map(|step| step["n_units"].clone());
                std::iter::once(group["value"].clone())
                    .chain(units)
                    .collect()
            })
            .collect();
        rows.sort_by(|a, b| a[0].as_str().cmp(&b[0].as_str()));
        json!(rows)
    };
    [
        ("funnel", funnel("", Value::Null), units),
        ("trend", funnel("trend", json!({ "by": "day" })), days),
        (
            "channels",
            funnel("breakdown", json!({ "by": { "prop": "channel" } })),
            channels,
        ),
    ]
}
