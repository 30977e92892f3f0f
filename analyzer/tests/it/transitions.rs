//! The transition graph against the slow one, and against the patterns that it carries.

use std::collections::{BTreeMap, BTreeSet};

use analyzer::analysis::statistics::TimeStats;
use analyzer::analysis::transitions::{TransitionNodeKind, TransitionsConfig, TransitionsReport};
use analyzer::analysis::{PathPatternReport, Request};
use analyzer::dataset::Dataset;
use analyzer::{Report, run};
use proptest::prelude::*;
use serde_json::json;

use crate::events::{build, events, options, people};
use crate::requests::transitions;
use crate::sequence_twin::{Path, Shape};

fn report(dataset: &Dataset, config: &TransitionsConfig) -> TransitionsReport {
    match run(dataset, &Request::Transitions(config.clone())).unwrap() {
        Report::Transitions(report) => report,
        other => panic!("not a transition graph: {other:?}"),
    }
}

fn shape(config: &TransitionsConfig) -> Shape {
    Shape {
        node: config.node.clone(),
        unit: config.unit,
        collapse_repeats: config.collapse_repeats,
        start: config.start.clone(),
        end: config.end.clone(),
        center: None,
    }
}

/// What is known of an edge or a node: how often, and in which units.
#[derive(Default)]
struct Seen {
    n: u64,
    units: BTreeSet<usize>,
    millis: Vec<i64>,
}

/// Visits by label and transitions by labels, where labels are those of the report.
struct Graph {
    nodes: BTreeMap<String, Seen>,
    edges: BTreeMap<(String, String), Seen>,
    /// How many labels are not shown.
    n_rest: usize,
}

fn slow(paths: &[Path], n_top: usize) -> Graph {
    let mut counts: BTreeMap<&String, u64> = BTreeMap::new();
    for node in paths.iter().flat_map(|path| &path.nodes) {
        *counts.entry(node).or_default() += 1;
    }
    let mut ranked: Vec<_> = counts.into_iter().collect();
    ranked.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(b.0)));
    let n_rest = ranked.len().saturating_sub(n_top);
    let shown: Vec<&String> = ranked
        .into_iter()
        .take(n_top)
        .map(|(node, _)| node)
        .collect();
    let label = |node: &String| {
        let label = if shown.contains(&node) { node } else { "other" };
        label.to_owned()
    };
    let (mut nodes, mut edges) = (BTreeMap::new(), BTreeMap::new());
    for (unit, path) in paths.iter().enumerate() {
        let mut labels = vec!["start".to_owned()];
        labels.extend(path.nodes.iter().map(label));
        labels.push("end".to_owned());
        for label in &labels {
            let seen: &mut Seen = nodes.entry(label.clone()).or_default();
            seen.n += 1;
            seen.units.insert(unit);
        }
        for (index, pair) in labels.windows(2).enumerate() {
            let seen: &mut Seen = edges.entry((pair[0].clone(), pair[1].clone())).or_default();
            seen.n += 1;
            seen.units.insert(unit);
            if index > 0 && index < path.times.len() {
                seen.millis.push(path.times[index] - path.times[index - 1]);
            }
        }
    }
    Graph {
        nodes,
        edges,
        n_rest,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]
    #[test]
    fn the_fast_graph_is_the_slow_one(events in events(), options in options(), config in transitions()) {
        let found = report(&build(&events, &options), &config);
        let paths = shape(&config).paths(&people(&events, options.stitch_identities));
        let Graph { nodes, mut edges, n_rest } = slow(&paths, config.n_top as usize);
        prop_assert_eq!(found.n_units, paths.len() as u64);
        prop_assert_eq!(found.edges.len(), edges.len());
        for node in &found.nodes {
            let expected = nodes.get(&node.label);
            prop_assert_eq!(node.n_visits, expected.map_or(0, |seen| seen.n));
            let is_exact = node.kind != TransitionNodeKind::Other || n_rest == 1;
            prop_assert_eq!(node.n_units, is_exact.then(|| expected.map_or(0, |seen| seen.units.len() as u64)));
        }
        for edge in &found.edges {
            let [from, to] = [edge.from, edge.to].map(|index| &found.nodes[index as usize]);
            let seen = edges.remove(&(from.label.clone(), to.label.clone())).unwrap();
            prop_assert_eq!(edge.n_transitions, seen.n);
            let is_outside = from.label == "start" || to.label == "end";
            let is_exact = is_outside || n_rest == 1 || from.label != "other" && to.label != "other";
            prop_assert_eq!(edge.n_units, is_exact.then_some(seen.units.len() as u64));
            prop_assert_eq!(edge.share_of_exits, seen.n as f64 / nodes[&from.label].n as f64);
            prop_assert_eq!(edge.share_of_entries, seen.n as f64 / nodes[&to.label].n as f64);
            let times = TimeStats::new(&seen.millis);
            prop_assert_eq!(edge.median_millis, times.map(|times| times.median));
            prop_assert_eq!(edge.p95_millis, times.map(|times| times.p95));
        }
        prop_assert!(found.edges.is_sorted_by_key(|edge| (std::cmp::Reverse(edge.n_transitions), edge.from, edge.to)));
    }

    #[test]
    fn every_pattern_gives_its_numbers(events in events(), options in options(), config in transitions()) {
        let dataset = build(&events, &options);
        let found = report(&dataset, &config);
        let answer = |pattern: &str| -> PathPatternReport {
            let request = Request::PathPattern(shape(&config).pattern(pattern));
            match run(&dataset, &request).unwrap() {
                Report::PathPattern(answer) => answer,
                other => panic!("not a pattern: {other:?}"),
            }
        };
        let nodes = found.nodes.iter().map(|node| (&node.pattern, node.n_visits, node.n_units));
        let edges = found.edges.iter().map(|edge| (&edge.pattern, edge.n_transitions, edge.n_units));
        for (pattern, n, n_units) in nodes.chain(edges) {
            let answer = answer(pattern);
            prop_assert_eq!(answer.n_matches, n, "{}", pattern);
            prop_assert_eq!(answer.n_matching, n_units.unwrap_or(answer.n_matching), "{}", pattern);
        }
    }
}

#[test]
fn mistakes_in_a_request_are_named() {
    let dataset = build(&[], &Default::default());
    for (config, message) in [
        (json!({"n_top": 101}), "n_top is 101; give 1 to 100"),
        (
            json!({"node": {"stage": [{"label": "", "filter": {"name": "a"}}]}}),
            "node.stage[0].label is empty; name the stage",
        ),
        (
            json!({"end": {"name": ""}}),
            "end is empty; name an event or a page",
        ),
    ] {
        let config = Request::Transitions(serde_json::from_value(config).unwrap());
        assert_eq!(run(&dataset, &config).unwrap_err().to_string(), message);
    }
}
