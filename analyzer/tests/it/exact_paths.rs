//! Exact paths against the slow ones, and against the patterns that they carry.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use analyzer::analysis::exact_paths::{ExactPathsConfig, ExactPathsReport};
use analyzer::analysis::statistics::TimeStats;
use analyzer::analysis::{PathPatternConfig, Request};
use analyzer::dataset::{BuildOptions, Dataset, DatasetBuilder};
use analyzer::row::Row;
use analyzer::{Report, run};
use proptest::prelude::*;
use serde_json::json;

use crate::events::{build, events, options, people};
use crate::requests::{exact_paths, holds};
use crate::sequence_twin::{Path, Shape};

fn report(dataset: &Dataset, config: &ExactPathsConfig) -> ExactPathsReport {
    match run(dataset, &Request::ExactPaths(config.clone())).unwrap() {
        Report::ExactPaths(report) => report,
        other => panic!("not exact paths: {other:?}"),
    }
}

fn shape(config: &ExactPathsConfig) -> Shape {
    Shape {
        node: config.node.clone(),
        unit: config.unit,
        collapse_repeats: config.collapse_repeats,
        start: config.start.clone(),
        end: config.end.clone(),
        center: None,
    }
}

#[derive(Default)]
struct Seen {
    units: BTreeSet<usize>,
    millis: Vec<i64>,
}

fn slow(paths: &[Path], length: Option<u32>) -> Vec<(Vec<String>, Seen)> {
    let mut seen: BTreeMap<Vec<String>, Seen> = BTreeMap::new();
    for (unit, path) in paths.iter().enumerate() {
        let length = length.map_or(path.nodes.len(), |length| length as usize);
        for (nodes, times) in path.nodes.windows(length).zip(path.times.windows(length)) {
            let seen = seen.entry(nodes.to_vec()).or_default();
            seen.units.insert(unit);
            seen.millis.push(times[length - 1] - times[0]);
        }
    }
    let mut seen: Vec<_> = seen.into_iter().collect();
    seen.sort_by_key(|(_, seen)| Reverse(seen.units.len()));
    seen
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]
    #[test]
    fn the_fast_paths_are_the_slow_ones(events in events(), options in options(), config in exact_paths()) {
        let found = report(&build(&events, &options), &config);
        let paths = shape(&config).paths(&people(&events, options.stitch_identities));
        let expected = slow(&paths, config.length);
        prop_assert_eq!((found.n_units, found.n_longer), (paths.len() as u64, 0));
        prop_assert_eq!(found.n_paths, expected.len() as u64);
        prop_assert_eq!(found.paths.len(), expected.len().min(config.n_top as usize));
        for (path, (nodes, seen)) in found.paths.into_iter().zip(expected) {
            let has_goal = |unit: &&usize| paths[**unit].unit.iter().any(|event| config.goal.as_ref().is_some_and(|goal| holds(goal, event)));
            prop_assert_eq!(path.nodes, nodes);
            prop_assert_eq!(path.n_units, seen.units.len() as u64);
            prop_assert_eq!(path.n_occurrences, seen.millis.len() as u64);
            prop_assert_eq!(path.n_converted, config.goal.as_ref().map(|_| seen.units.iter().filter(has_goal).count() as u64));
            prop_assert_eq!(path.share.value, Some(path.n_units as f64 / found.n_units as f64));
            prop_assert_eq!(path.median_millis, TimeStats::new(&seen.millis).map(|times| times.median));
        }
    }

    #[test]
    fn every_pattern_gives_its_numbers(events in events(), options in options(), config in exact_paths()) {
        let dataset = build(&events, &options);
        for path in report(&dataset, &config).paths {
            let request = PathPatternConfig { goal: config.goal.clone(), ..shape(&config).pattern(&path.pattern) };
            let Report::PathPattern(answer) = run(&dataset, &Request::PathPattern(request)).unwrap() else { panic!("not a pattern") };
            prop_assert_eq!(
                (answer.n_matching, answer.n_matches, answer.n_converted),
                (path.n_units, path.n_occurrences, path.n_converted), "{}", path.pattern);
        }
    }
}

/// Events a minute apart, written as the visitor and then the names of each.
fn dataset(visits: &[(&str, Vec<String>)]) -> Dataset {
    let mut builder = DatasetBuilder::new(BuildOptions::default());
    for (visitor, names) in visits {
        for (minute, name) in (0..).zip(names) {
            let is_sale = name == "buy";
            let row = Row {
                ts: minute * 60_000,
                visitor: Some(visitor),
                name,
                value_micros: is_sale.then_some(12_340_000),
                currency: (*visitor == "ann").then_some("EUR"),
                ..Row::default()
            };
            builder.push(&row).unwrap();
        }
    }
    builder.finish()
}

#[test]
fn amounts_are_those_of_the_goal_by_currency() {
    let words = |text: &str| text.split(' ').map(str::to_owned).collect();
    let dataset = dataset(&[
        ("ann", words("list item buy item buy")),
        ("bob", words("list item buy")),
        ("cem", words("list item")),
    ]);
    let config = json!({"length": 2, "goal": {"name": "buy"}, "n_top": 1});
    let found = report(&dataset, &serde_json::from_value(config).unwrap());
    let path = &found.paths[0];
    assert_eq!(
        (path.pattern.as_str(), path.n_units, path.n_occurrences),
        ("list -> item", 3, 3)
    );
    let value: Vec<(&str, i64)> = path
        .value
        .iter()
        .map(|value| (value.currency.as_str(), value.minor))
        .collect();
    assert_eq!(value, [("", 1234), ("EUR", 2468)]);
    assert_eq!(path.n_converted, Some(2));
}

#[test]
fn many_nodes_and_long_paths() {
    // Too many names for the codes of 20 to fit a word, and a path too long for a pattern.
    let names = |from: u32, n: u32| (from..from + n).map(|n| format!("event {n}")).collect();
    let dataset = dataset(&[
        ("a", names(0, 64)),
        ("b", names(20, 63)),
        ("c", names(30, 25)),
    ]);
    let whole = report(&dataset, &ExactPathsConfig::default());
    assert_eq!((whole.n_units, whole.n_longer, whole.n_paths), (3, 1, 2));
    let config = ExactPathsConfig {
        length: Some(20),
        ..ExactPathsConfig::default()
    };
    let found = report(&dataset, &config);
    let most: Vec<u64> = found
        .paths
        .iter()
        .take(7)
        .map(|path| path.n_units)
        .collect();
    assert_eq!(most, [3, 3, 3, 3, 3, 3, 2]);
    assert_eq!(found.paths[0].nodes[0], "event 30");
}

#[test]
fn long_runs_of_few_nodes() {
    let names = (0..50).map(|n| format!("event {}", n % 3)).collect();
    let config = ExactPathsConfig {
        length: Some(20),
        ..ExactPathsConfig::default()
    };
    let found = report(&dataset(&[("a", names)]), &config);
    let found = found.paths.iter();
    let found: Vec<_> = found
        .map(|path| (&path.nodes[0][..], path.n_occurrences, path.median_millis))
        .collect();
    let millis = Some(19.0 * 60_000.0);
    let expected = [
        ("event 0", 11, millis),
        ("event 1", 10, millis),
        ("event 2", 10, millis),
    ];
    assert_eq!(found, expected);
}

#[test]
fn mistakes_in_a_request_are_named() {
    for (config, message) in [
        (
            json!({"length": 1}),
            "length is 1; give 2 to 20, or leave it out for whole paths",
        ),
        (json!({"n_top": 0}), "n_top is 0; give 1 to 1000"),
        (
            json!({"goal": {"page": ""}}),
            "goal is empty; name an event or a page",
        ),
    ] {
        let request = Request::ExactPaths(serde_json::from_value(config).unwrap());
        let error = run(&dataset(&[]), &request).unwrap_err();
        assert_eq!(error.to_string(), message);
    }
}
