//! Opening files and running analyses over a million generated events, each beside a plain sum over the bytes that
//! it cannot do without: how far from the memory bus is it?
//!
//! `cargo bench -p desirepath-bench --bench analyses`; numbers and what limits them are in docs/performance.md.

use std::hint::black_box;
use std::time::Duration;

use analyzer::analysis::filter::Filter;
use analyzer::analysis::funnel::{FunnelConfig, FunnelOrder, Step};
use analyzer::analysis::paths::PathsConfig;
use analyzer::analysis::{ExactPathsConfig, Request, StepMatrixConfig, TransitionsConfig, Unit};
use analyzer::dataset::Dataset;
use analyzer::ingest::{ImportOptions, Importer, Mapping};
use bench::traffic;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};

const OPTIONS: traffic::Options = traffic::Options {
    n_people: 65_000,
    n_events: 1_000_000,
    n_days: 30,
    end_ts: 1_763_780_000_000,
    seed: 1,
};

/// What a browser's stream hands over at once.
const CHUNK_BYTES: usize = 1 << 16;

fn open(file: &str, mapping: Option<Mapping>) -> Dataset {
    let options = ImportOptions {
        mapping,
        ..ImportOptions::default()
    };
    let mut importer = Importer::new(options).expect("the mapping is complete");
    for chunk in file.as_bytes().chunks(CHUNK_BYTES) {
        importer.push(chunk).expect("the file is of a known format");
    }
    let (dataset, rejections) = importer.finish().expect("the file is of a known format");
    assert_eq!(rejections.n_rejected, 0);
    dataset
}

fn csv_mapping() -> Mapping {
    Mapping {
        person: "user_id".into(),
        time: "event_time".into(),
        name: "event_type".into(),
        item: Some("product_id".into()),
        item_category: Some("category".into()),
        item_brand: Some("brand".into()),
        price: Some("price".into()),
        ..Mapping::default()
    }
}

/// Reads every byte once: what no reader of the file can undercut.
fn sum_of_bytes(file: &str) -> u64 {
    file.bytes().map(u64::from).sum()
}

fn opening(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("open");
    group
        .sample_size(10)
        .measurement_time(Duration::from_secs(10));
    let csv = traffic::csv(&OPTIONS);
    group.throughput(Throughput::Bytes(csv.len() as u64));
    group.bench_function("csv", |bencher| {
        bencher.iter(|| open(&csv, Some(csv_mapping())));
    });
    group.bench_function("csv: plain sum", |bencher| {
        bencher.iter(|| sum_of_bytes(black_box(&csv)));
    });
    drop(csv);
    let ndjson = traffic::ndjson(&OPTIONS);
    group.throughput(Throughput::Bytes(ndjson.len() as u64));
    group.bench_function("ndjson", |bencher| bencher.iter(|| open(&ndjson, None)));
    group.bench_function("ndjson: plain sum", |bencher| {
        bencher.iter(|| sum_of_bytes(black_box(&ndjson)));
    });
    group.finish();
}

fn step(name: &str) -> Step {
    Step {
        filter: Filter::Name(name.to_owned()),
        label: None,
        optional: false,
    }
}

fn funnel(order: FunnelOrder) -> Request {
    let steps = ["view_item", "add_to_cart", "begin_checkout", "purchase"].map(step);
    Request::Funnel(FunnelConfig {
        order,
        ..FunnelConfig::new(steps.to_vec())
    })
}

fn analyses(criterion: &mut Criterion) {
    let dataset = open(&traffic::ndjson(&OPTIONS), None);
    let n_events = dataset.n_events();
    let mut group = criterion.benchmark_group("analyse");
    group.throughput(Throughput::Elements(n_events as u64));

    // A name and a time of every event, at the widths that the dataset uses for this data.
    let names: Vec<u8> = (0..n_events).map(|row| (row % 21) as u8).collect();
    let times: Vec<u32> = (0..n_events).map(|row| row as u32).collect();
    group.bench_function("plain sum over names", |bencher| {
        bencher.iter(|| {
            black_box(&names)
                .iter()
                .map(|name| u64::from(*name))
                .sum::<u64>()
        });
    });
    group.bench_function("plain sum over names and times", |bencher| {
        bencher.iter(|| {
            let names: u64 = black_box(&names).iter().map(|name| u64::from(*name)).sum();
            let times: u64 = black_box(&times).iter().map(|time| u64::from(*time)).sum();
            names + times
        });
    });

    let paths = |unit| {
        Request::Paths(PathsConfig {
            unit,
            ..PathsConfig::default()
        })
    };
    for (name, request) in [
        (
            "funnel of 4 steps, sequential",
            funnel(FunnelOrder::Sequential),
        ),
        ("funnel of 4 steps, strict", funnel(FunnelOrder::Strict)),
        ("funnel of 4 steps, any", funnel(FunnelOrder::Any)),
        ("paths of sessions", paths(Unit::Session)),
        ("paths of people", paths(Unit::Person)),
        (
            "transition graph of sessions",
            Request::Transitions(TransitionsConfig::default()),
        ),
        (
            "5-step paths of sessions",
            Request::ExactPaths(ExactPathsConfig {
                length: Some(5),
                ..ExactPathsConfig::default()
            }),
        ),
        (
            "whole paths of sessions",
            Request::ExactPaths(ExactPathsConfig::default()),
        ),
        (
            "step matrix of sessions",
            Request::StepMatrix(StepMatrixConfig::default()),
        ),
        (
            "path pattern of sessions",
            Request::PathPattern(
                serde_json::from_str(r#"{"pattern": "view_item -> [^purchase]* -> purchase"}"#)
                    .expect("the pattern is one"),
            ),
        ),
    ] {
        group.bench_function(name, |bencher| {
            bencher.iter(|| analyzer::run(&dataset, &request).expect("the request makes sense"));
        });
    }
    group.finish();
}

criterion_group!(benches, opening, analyses);
criterion_main!(benches);
