//! The fast position graph and the automaton against the slow ones; and the promise that every
//! pattern shown gives the number beside it.

use std::collections::BTreeMap;

use analyzer::analysis::paths::{PathNodeKind, PathsConfig, PathsReport};
use analyzer::analysis::{PathPatternConfig, PathPatternReport};
use analyzer::dataset::Dataset;
use analyzer::pattern::{Atom, Automaton, Part, Pattern, Repeat};
use analyzer::{Report, Request, run};
use proptest::prelude::*;
use serde_json::json;

use crate::events::{build, events, options, people};
use crate::paths_twin::{Graph, graph, match_ends, sequences};
use crate::requests::{filter, holds, paths};
use crate::sequence_twin::{Shape, centered, shape};

fn report(dataset: &Dataset, config: &PathsConfig) -> PathsReport {
    match run(dataset, &Request::Paths(config.clone())).unwrap() {
        Report::Paths(report) => report,
        other => panic!("not a position graph: {other:?}"),
    }
}

fn answer(dataset: &Dataset, config: &PathPatternConfig) -> PathPatternReport {
    match run(dataset, &Request::PathPattern(config.clone())).unwrap() {
        Report::PathPattern(report) => report,
        other => panic!("not a pattern: {other:?}"),
    }
}

fn graph_of(report: &PathsReport) -> Graph {
    let label =
        |position: usize, index: u32| report.positions[position][index as usize].label.clone();
    let mut nodes = BTreeMap::new();
    for (position, shown) in report.positions.iter().enumerate() {
        nodes.extend(
            shown
                .iter()
                .map(|node| ((position, node.label.clone()), node.n_units)),
        );
    }
    let edges = report.edges.iter().map(|edge| {
        let position = edge.position as usize;
        (
            (
                position,
                label(position, edge.from),
                label(position + 1, edge.to),
            ),
            edge.n_units,
        )
    });
    Graph {
        nodes,
        edges: edges.collect(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]
    #[test]
    fn the_fast_graph_is_the_slow_one(events in events(), options in options(), config in paths()) {
        let dataset = build(&events, &options);
        let report = report(&dataset, &config);
        let sequences = sequences(&people(&events, options.stitch_identities), &config);
        let expected = graph(&sequences, &config);
        let found = graph_of(&report);
        prop_assert_eq!(report.n_units, sequences.len() as u64);
        prop_assert_eq!(found.nodes, expected.nodes);
        prop_assert_eq!(found.edges, expected.edges);
        for position in &report.positions {
            prop_assert_eq!(position.iter().map(|node| node.n_units).sum::<u64>(), report.n_units);
            prop_assert!(position.is_sorted_by_key(|node| (node.kind as u8, std::cmp::Reverse(node.n_units))));
        }
    }

    #[test]
    fn every_pattern_gives_its_number(events in events(), options in options(), config in paths()) {
        let dataset = build(&events, &options);
        let report = report(&dataset, &config);
        let nodes = report.positions.iter().flatten().map(|node| (&node.pattern, node.n_units));
        let edges = report.edges.iter().map(|edge| (&edge.pattern, edge.n_units));
        for (pattern, n_units) in nodes.chain(edges) {
            let answer = answer(&dataset, &Shape::of(&config).pattern(pattern));
            prop_assert_eq!((answer.n_matching, answer.n_units), (n_units, report.n_units), "{}", pattern);
            prop_assert_eq!(&answer.pattern, pattern);
        }
    }

    #[test]
    fn the_automaton_is_the_slow_matcher(
        pattern in pattern(),
        path in prop::collection::vec(0..3_u32, 0..7),
        center in prop::option::of(0..7_usize),
    ) {
        let labels: Vec<String> = ["a", "b", "c d"].map(str::to_owned).to_vec();
        let nodes: Vec<String> = path.iter().map(|&node| labels[node as usize].clone()).collect();
        let found = Automaton::new(&pattern, &labels).count(path, center.unwrap_or(usize::MAX));
        prop_assert_eq!(found, match_ends(&pattern, &nodes, center).len() as u64, "{}", pattern);
        prop_assert_eq!(pattern.to_string().parse::<Pattern>().unwrap(), pattern);
    }

    #[test]
    fn patterns_are_counted_over_the_slow_paths(
        events in events(),
        options in options(),
        shape in prop_oneof![shape().boxed(), centered().boxed()],
        text in prop::sample::select(&["A -> .* -> C", "[^A]+ -> .? -> $", "^ -> @. -> .", ". -> @[A|B]", "early -> @.*"][..]),
        goal in filter(),
    ) {
        let text = if shape.center.is_some() { text.to_owned() } else { text.replace("@", "") };
        let pattern: Pattern = text.parse().unwrap();
        let paths = shape.paths(&people(&events, options.stitch_identities));
        let found = answer(&build(&events, &options), &PathPatternConfig { goal: Some(goal.clone()), ..shape.pattern(&text) });
        let n_ends = |path: &crate::sequence_twin::Path| match_ends(&pattern, &path.nodes, path.center).len() as u64;
        let matching: Vec<_> = paths.iter().filter(|path| n_ends(path) > 0).collect();
        let n_converted = matching.iter().filter(|path| path.unit.iter().any(|event| holds(&goal, event))).count();
        prop_assert_eq!(found.n_units, paths.len() as u64);
        prop_assert_eq!(found.n_matching, matching.len() as u64);
        prop_assert_eq!(found.n_matches, paths.iter().map(n_ends).sum::<u64>());
        prop_assert_eq!(found.n_converted, Some(n_converted as u64));
    }

    #[test]
    fn no_text_breaks_the_reader(text in "[a. @\\[\\]|^$*+?\"\\\\>-]{0,12}") {
        if let Ok(pattern) = text.parse::<Pattern>() {
            prop_assert_eq!(pattern.to_string().parse::<Pattern>().unwrap(), pattern);
        }
    }
}

fn pattern() -> impl Strategy<Value = Pattern> {
    let names = prop::collection::vec(
        prop::sample::select(&["a", "b", "c d"][..]).prop_map(str::to_owned),
        1..3,
    );
    let atom = prop_oneof![
        Just(Atom::Any),
        names.clone().prop_map(Atom::OneOf),
        names.prop_map(Atom::NoneOf)
    ];
    let repeat =
        prop::sample::select(&[Repeat::Once, Repeat::Optional, Repeat::Any, Repeat::Some][..]);
    let parts = prop::collection::vec(
        (atom, repeat, prop::bool::weighted(0.2)).prop_map(|(atom, repeat, is_center)| Part {
            atom,
            repeat,
            is_center,
        }),
        1..5,
    );
    (any::<bool>(), any::<bool>(), parts).prop_map(|(at_start, at_end, parts)| Pattern {
        at_start,
        at_end,
        parts,
    })
}

#[test]
fn the_page_of_an_example_reads_as_documented() {
    let mut builder = analyzer::dataset::DatasetBuilder::new(Default::default());
    let visits = [
        ("ann", "list item item cart buy"),
        ("bob", "list item list"),
        ("cem", "item cart"),
        ("dee", "list"),
    ];
    for (visitor, names) in visits {
        for (ts, name) in (0..).zip(names.split(' ')) {
            builder
                .push(&analyzer::row::Row {
                    ts,
                    visitor: Some(visitor),
                    name,
                    ..Default::default()
                })
                .unwrap();
        }
    }
    let config: PathsConfig =
        serde_json::from_value(json!({"n_positions": 3, "n_top": 1})).unwrap();
    let report = report(&builder.finish(), &config);
    let shown = |position: usize| -> Vec<(PathNodeKind, &str, u64, &str)> {
        report.positions[position]
            .iter()
            .map(|node| {
                (
                    node.kind,
                    node.label.as_str(),
                    node.n_units,
                    node.pattern.as_str(),
                )
            })
            .collect()
    };
    use PathNodeKind::{Left, Node, Other};
    assert_eq!(
        shown(0),
        [
            (Node, "list", 3, "^ -> list"),
            (Other, "other", 1, "^ -> [^list]")
        ]
    );
    assert_eq!(
        shown(1),
        [
            (Node, "item", 2, "^ -> . -> item"),
            (Other, "other", 1, "^ -> . -> [^item]"),
            (Left, "left", 1, "^ -> . -> $")
        ]
    );
    assert_eq!(
        shown(2),
        [
            (Node, "cart", 1, "^ -> . -> . -> cart"),
            (Other, "other", 1, "^ -> . -> . -> [^cart]"),
            (Left, "left", 2, "^ -> . -> .? -> $")
        ]
    );
    let edges: Vec<(u32, u32, u32, u64, &str)> = report
        .edges
        .iter()
        .map(|edge| {
            (
                edge.position,
                edge.from,
                edge.to,
                edge.n_units,
                edge.pattern.as_str(),
            )
        })
        .collect();
    assert_eq!(
        edges,
        [
            (0, 0, 0, 2, "^ -> list -> item"),
            (0, 0, 2, 1, "^ -> list -> $"),
            (0, 1, 1, 1, "^ -> [^list] -> [^item]"),
            (1, 0, 0, 1, "^ -> . -> item -> cart"),
            (1, 0, 1, 1, "^ -> . -> item -> [^cart]"),
            (1, 1, 2, 1, "^ -> . -> [^item] -> $"),
            (1, 2, 2, 1, "^ -> . -> $"),
        ]
    );
}

fn check_error(config: serde_json::Value, expected: &str) {
    let config: PathsConfig = serde_json::from_value(config).unwrap();
    let error = run(&build(&[], &Default::default()), &Request::Paths(config)).unwrap_err();
    assert_eq!(error.to_string(), expected);
}

#[test]
fn mistakes_in_a_request_are_named() {
    check_error(json!({"n_positions": 1}), "n_positions is 1; give 2 to 20");
    check_error(json!({"n_top": 0}), "n_top is 0; give 1 to 100");
    check_error(
        json!({"start": {"name": ""}}),
        "start is empty; name an event or a page",
    );
    let pattern = Request::PathPattern(serde_json::from_value(json!({"pattern": "a b"})).unwrap());
    let error = run(&build(&[], &Default::default()), &pattern).unwrap_err();
    assert_eq!(
        error.to_string(),
        "pattern cannot be read: character 3: expected `->` or the end of the pattern"
    );
}
