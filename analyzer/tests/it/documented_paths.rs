//! The examples of docs/analyses/paths.md, with the numbers printed there. Its position graph is a
//! test in `paths.rs`.

use analyzer::analysis::{ExactPathsReport, StepMatrixReport, TransitionsReport, paths};
use analyzer::dataset::Dataset;
use analyzer::{Report, run};
use serde_json::{Value, json};

use crate::documented::day;

const ANN: (&str, &str) = (
    "ann",
    "10:00 list, 10:01 item, 10:02 item, 10:03 cart, 10:04 buy",
);
const BOB: (&str, &str) = ("bob", "10:00 list, 10:01 item, 10:02 list");
const CEM: (&str, &str) = ("cem", "10:00 item, 10:01 cart");
const DEE: (&str, &str) = ("dee", "10:00 list");

fn answer(dataset: &Dataset, request: Value) -> Report {
    run(dataset, &serde_json::from_value(request).unwrap()).unwrap()
}

/// The answer over all four sessions.
fn of_all(request: Value) -> Report {
    answer(&day(&[ANN, BOB, CEM, DEE]), request)
}

#[test]
fn the_way_to_the_cart() {
    let request =
        json!({"analysis": "paths", "end": {"name": "cart"}, "backward": true, "n_positions": 3});
    let Report::Paths(report) = of_all(request) else {
        panic!("another report");
    };
    let nodes: Vec<(&str, u64, &str)> = report
        .positions
        .iter()
        .flatten()
        .map(|node| (node.label.as_str(), node.n_units, node.pattern.as_str()))
        .collect();
    assert_eq!(
        nodes,
        [
            ("cart", 2, "cart -> $"),
            ("item", 2, "item -> . -> $"),
            ("list", 1, "list -> . -> . -> $"),
            ("began", 1, "^ -> . -> .? -> $"),
        ]
    );
}

#[test]
fn the_transition_graph() {
    let Report::Transitions(TransitionsReport { nodes, edges, .. }) =
        of_all(json!({"analysis": "transitions"}))
    else {
        panic!("another report");
    };
    let label = |index: u32| nodes[index as usize].label.as_str();
    let percent = |share: f64| (share * 1000.0).round() / 10.0;
    let shown: Vec<_> = edges
        .iter()
        .map(|edge| {
            let minutes = edge.median_millis.map(|millis| millis / 60_000.0);
            let shares = (percent(edge.share_of_exits), percent(edge.share_of_entries));
            let ends = (label(edge.from), label(edge.to));
            (
                ends,
                edge.n_transitions,
                shares,
                minutes,
                edge.pattern.as_str(),
            )
        })
        .collect();
    assert_eq!(
        shown,
        [
            (("start", "list"), 3, (75.0, 75.0), None, "^ -> list"),
            (("list", "item"), 2, (50.0, 66.7), Some(1.0), "list -> item"),
            (("list", "end"), 2, (50.0, 50.0), None, "list -> $"),
            (
                ("item", "cart"),
                2,
                (66.7, 100.0),
                Some(1.5),
                "item -> cart"
            ),
            (("start", "item"), 1, (25.0, 33.3), None, "^ -> item"),
            (("item", "list"), 1, (33.3, 25.0), Some(1.0), "item -> list"),
            (("cart", "buy"), 1, (50.0, 100.0), Some(1.0), "cart -> buy"),
            (("cart", "end"), 1, (50.0, 25.0), None, "cart -> $"),
            (("buy", "end"), 1, (100.0, 25.0), None, "buy -> $"),
        ]
    );
    let visits: Vec<(&str, u64, Option<u64>)> = nodes[1..3]
        .iter()
        .map(|node| (node.label.as_str(), node.n_visits, node.n_units))
        .collect();
    assert_eq!(visits, [("list", 4, Some(3)), ("item", 3, Some(3))]);
}

#[test]
fn the_step_matrix() {
    let shares = |report: &StepMatrixReport| -> Vec<(String, Vec<f64>)> {
        let rows = report.rows.iter();
        rows.map(|row| {
            let cells = row.cells.iter().map(|cell| cell.share);
            (row.label.clone(), cells.collect())
        })
        .collect()
    };
    let Report::StepMatrix(plain) = of_all(json!({"analysis": "step_matrix", "n_positions": 3}))
    else {
        panic!("another report");
    };
    assert_eq!(
        shares(&plain),
        [
            ("list".to_owned(), vec![0.75, 0.0, 0.25]),
            ("item".to_owned(), vec![0.25, 0.5, 0.0]),
            ("cart".to_owned(), vec![0.0, 0.25, 0.25]),
            ("left".to_owned(), vec![0.0, 0.25, 0.5]),
        ]
    );
    let request =
        json!({"analysis": "step_matrix", "center": {"name": "cart"}, "n_before": 2, "n_after": 1});
    let Report::StepMatrix(centered) = of_all(request) else {
        panic!("another report");
    };
    assert_eq!(centered.positions, [-2, -1, 0, 1]);
    assert_eq!(
        shares(&centered),
        [
            ("cart".to_owned(), vec![0.0, 0.0, 1.0, 0.0]),
            ("item".to_owned(), vec![0.0, 1.0, 0.0, 0.0]),
            ("buy".to_owned(), vec![0.0, 0.0, 0.0, 0.5]),
            ("list".to_owned(), vec![0.5, 0.0, 0.0, 0.0]),
            ("began".to_owned(), vec![0.5, 0.0, 0.0, 0.0]),
            ("left".to_owned(), vec![0.0, 0.0, 0.0, 0.5]),
        ]
    );
    let pattern = |row: usize, column: usize| centered.rows[row].cells[column].pattern.as_str();
    assert_eq!(
        [pattern(3, 0), pattern(2, 3), pattern(4, 0)],
        ["list -> . -> @", "@ -> buy", "^ -> .? -> @"]
    );
}

#[test]
fn the_exact_paths() {
    let request = json!({"analysis": "exact_paths", "length": 2, "goal": {"name": "buy"}});
    let Report::ExactPaths(ExactPathsReport { paths, .. }) = of_all(request) else {
        panic!("another report");
    };
    let shown: Vec<_> = paths
        .iter()
        .map(|path| {
            let minutes = path.median_millis.map(|millis| millis / 60_000.0);
            let converted = path.n_converted;
            (path.pattern.as_str(), path.n_units, converted, minutes)
        })
        .collect();
    assert_eq!(
        shown,
        [
            ("item -> cart", 2, Some(1), Some(1.5)),
            ("list -> item", 2, Some(1), Some(1.0)),
            ("cart -> buy", 1, Some(1), Some(1.0)),
            ("item -> list", 1, Some(0), Some(1.0)),
        ]
    );
    let Report::ExactPaths(whole) = of_all(json!({"analysis": "exact_paths"})) else {
        panic!("another report");
    };
    assert_eq!(whole.paths[0].pattern, "^ -> item -> cart -> $");
}

#[test]
fn the_patterns() {
    for (pattern, expected) in [
        ("list -> .* -> cart", 1),
        ("item", 3),
        ("item -> $", 0),
        ("item -> cart", 2),
    ] {
        let request = json!({"analysis": "path_pattern", "pattern": pattern});
        let Report::PathPattern(report) = of_all(request) else {
            panic!("another report");
        };
        assert_eq!(
            (report.n_units, report.n_matching),
            (4, expected),
            "{pattern}"
        );
    }
}

#[test]
fn the_difference() {
    let groups = [[ANN, CEM], [BOB, DEE]].map(|people| {
        match answer(&day(&people), json!({"analysis": "paths"})) {
            Report::Paths(report) => report,
            other => panic!("another report: {other:?}"),
        }
    });
    let compared = paths::difference(&groups[0], &groups[1]);
    let first: Vec<(&str, u64, u64)> = compared.positions[0]
        .iter()
        .map(|node| (node.label.as_str(), node.n_units_a, node.n_units_b))
        .collect();
    assert_eq!(first, [("list", 1, 2), ("item", 1, 0)]);
    let share = compared.positions[0][0].share;
    assert_eq!(share.difference, Some(-0.5));
    assert!((share.p.unwrap() - 0.25).abs() < 0.005, "{share:?}");
}

#[test]
fn the_usual_stages() {
    let dataset = day(&[
        (
            "ann",
            "9:00 search, 9:01 view_item, 9:02 purchase, 9:03 click",
        ),
        ("ann", "12:00 view_item, 12:01 purchase, 12:02 refund"),
    ]);
    let request = json!({"analysis": "exact_paths", "node": {"stage": []}, "unit": "person"});
    let Report::ExactPaths(report) = answer(&dataset, request) else {
        panic!("another report");
    };
    assert_eq!(
        report.paths[0].nodes,
        ["consideration", "intent", "purchase", "intent", "after"]
    );
}
