//! Differences of two groups against reports that show everything.

use std::collections::BTreeMap;

use analyzer::analysis::statistics::RateDifference;
use analyzer::analysis::{ExactPathsConfig, PathsConfig, StepMatrixConfig, TransitionsConfig};
use analyzer::analysis::{exact_paths, paths, step_matrix, transitions};
use analyzer::dataset::Dataset;
use analyzer::{Report, Request, run};
use proptest::prelude::*;

use crate::events::{build, events};
use crate::requests;

/// The report of one kind of analysis.
macro_rules! report {
    ($dataset:expr, $kind:ident, $config:expr) => {
        match run($dataset, &Request::$kind($config.clone())).unwrap() {
            Report::$kind(report) => report,
            other => panic!("another report: {other:?}"),
        }
    };
}

/// Two datasets that share the visitors.
fn groups(events: &[crate::events::Event], owner: u8) -> [Dataset; 2] {
    [false, true].map(|second| {
        let own = events.iter().filter(|event| {
            let visitor = event
                .visitor
                .map_or(0, |visitor| visitor.as_bytes()[1] - b'0');
            (owner >> visitor & 1 == 1) == second
        });
        build(&own.cloned().collect::<Vec<_>>(), &Default::default())
    })
}

/// Counts by label, where labels that are not among these are `other`.
fn folded<'a>(
    counts: impl Iterator<Item = (&'a str, u64)>,
    labels: &[&str],
) -> BTreeMap<String, u64> {
    let mut sums = BTreeMap::new();
    for (label, n) in counts {
        let label = if labels.contains(&label) {
            label
        } else {
            "other"
        };
        *sums.entry(label.to_owned()).or_default() += n;
    }
    sums
}

fn check_rate(
    rate: &RateDifference,
    parts: (u64, u64),
    wholes: (u64, u64),
) -> Result<(), TestCaseError> {
    let plain = RateDifference::new(parts, wholes);
    prop_assert_eq!((rate.a, rate.b, rate.p), (plain.a, plain.b, plain.p));
    let is_corrected = |(corrected, p): (f64, f64)| corrected >= p * (1.0 - 1e-9);
    prop_assert!(rate.p_corrected.zip(rate.p).is_none_or(is_corrected));
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]
    #[test]
    fn position_graphs(events in events(), owner in 0..16_u8, config in requests::paths()) {
        let groups = groups(&events, owner);
        let [a, b] = groups.each_ref().map(|group| report!(group, Paths, config));
        let whole = PathsConfig { n_top: 100, ..config };
        let [whole_a, whole_b] = groups.each_ref().map(|group| report!(group, Paths, whole));
        let compared = paths::difference(&a, &b);
        prop_assert_eq!(compared.positions.len(), a.positions.len());
        for (position, nodes) in compared.positions.iter().enumerate() {
            let labels: Vec<&str> = nodes.iter().map(|node| node.label.as_str()).collect();
            let sums = [&whole_a, &whole_b].map(|report| folded(report.positions[position].iter().map(|node| (node.label.as_str(), node.n_units)), &labels));
            for node in nodes {
                let [in_a, in_b] = sums.each_ref().map(|sums| sums.get(&node.label).copied().unwrap_or(0));
                prop_assert_eq!((node.n_units_a, node.n_units_b), (in_a, in_b));
                check_rate(&node.share, (in_a, in_b), (a.n_units, b.n_units))?;
            }
            prop_assert_eq!(nodes.iter().map(|node| node.n_units_a).sum::<u64>(), a.n_units);
            prop_assert_eq!(nodes.iter().map(|node| node.n_units_b).sum::<u64>(), b.n_units);
        }
        for edge in &compared.edges {
            let of_node = compared.edges.iter().filter(|other| (other.position, other.from) == (edge.position, edge.from));
            let node = &compared.positions[edge.position as usize][edge.from as usize];
            let sums = of_node.fold((0, 0), |sums, edge| (sums.0 + edge.n_units_a, sums.1 + edge.n_units_b));
            prop_assert_eq!(sums, (node.n_units_a, node.n_units_b));
        }
    }

    #[test]
    fn transition_graphs(events in events(), owner in 0..16_u8, config in requests::transitions()) {
        let groups = groups(&events, owner);
        let [a, b] = groups.each_ref().map(|group| report!(group, Transitions, config));
        let whole = TransitionsConfig { n_top: 100, ..config };
        let whole = groups.each_ref().map(|group| report!(group, Transitions, whole));
        let compared = transitions::difference(&a, &b);
        let labels: Vec<&str> = compared.nodes.iter().map(|node| node.label.as_str()).collect();
        let label = |label: &str| if labels.contains(&label) { label.to_owned() } else { "other".to_owned() };
        for edge in &compared.edges {
            let ends = [edge.from, edge.to].map(|node| compared.nodes[node as usize].label.clone());
            let sums = whole.each_ref().map(|report| {
                let same = report.edges.iter().filter(|edge| [edge.from, edge.to].map(|node| label(&report.nodes[node as usize].label)) == ends);
                same.fold((0, 0), |sums, edge| (sums.0 + edge.n_transitions, sums.1 + edge.n_units.unwrap()))
            });
            prop_assert_eq!([edge.n_transitions_a, edge.n_transitions_b], sums.map(|sums| sums.0));
            let is_exact = ends.iter().all(|end| end != "other") || ends[0] == "start" || ends[1] == "end";
            prop_assert!(edge.units.is_some() || !is_exact);
            if let Some(units) = edge.units.filter(|_| is_exact) {
                check_rate(&units, (sums[0].1, sums[1].1), (a.n_units, b.n_units))?;
            }
        }
        let n_transitions: u64 = compared.edges.iter().map(|edge| edge.n_transitions_a).sum();
        prop_assert_eq!(n_transitions, whole[0].edges.iter().map(|edge| edge.n_transitions).sum::<u64>());
    }

    #[test]
    fn step_matrices(events in events(), owner in 0..16_u8, config in requests::step_matrix()) {
        let groups = groups(&events, owner);
        let [a, b] = groups.each_ref().map(|group| report!(group, StepMatrix, config));
        let whole = StepMatrixConfig { n_top: 100, ..config };
        let whole = groups.each_ref().map(|group| report!(group, StepMatrix, whole));
        let compared = step_matrix::difference(&a, &b);
        let labels: Vec<&str> = compared.rows.iter().map(|row| row.label.as_str()).collect();
        for column in 0..compared.positions.len() {
            let sums = whole.each_ref().map(|report| folded(report.rows.iter().map(|row| (row.label.as_str(), row.cells[column].n_units)), &labels));
            for row in &compared.rows {
                let [in_a, in_b] = sums.each_ref().map(|sums| sums.get(&row.label).copied().unwrap_or(0));
                check_rate(&row.cells[column], (in_a, in_b), (a.n_units, b.n_units))?;
            }
        }
    }

    #[test]
    fn exact_paths_of_two_groups(events in events(), owner in 0..16_u8, config in requests::exact_paths()) {
        let groups = groups(&events, owner);
        let [a, b] = groups.each_ref().map(|group| report!(group, ExactPaths, config));
        let whole = ExactPathsConfig { n_top: 1000, ..config };
        let whole = groups.each_ref().map(|group| report!(group, ExactPaths, whole));
        let compared = exact_paths::difference(&a, &b);
        for path in &compared.paths {
            let [in_a, in_b] = whole.each_ref().map(|report| {
                let same = report.paths.iter().find(|other| other.nodes == path.nodes);
                same.map_or((0, 0), |path| (path.n_units, path.n_converted.unwrap_or(0)))
            });
            prop_assert_eq!((path.n_units_a, path.n_units_b), (in_a.0, in_b.0));
            check_rate(&path.share, (in_a.0, in_b.0), (a.n_units, b.n_units))?;
            if let Some(conversion) = path.conversion {
                check_rate(&conversion, (in_a.1, in_b.1), (in_a.0, in_b.0))?;
            }
        }
        let mut shown: Vec<&Vec<String>> = a.paths.iter().chain(&b.paths).map(|path| &path.nodes).collect();
        shown.sort();
        shown.dedup();
        prop_assert_eq!(compared.n_unknown as usize + compared.paths.len(), shown.len());
    }
}
