//! The step matrix against the slow one, and against the patterns that its cells carry.

use std::collections::BTreeMap;

use analyzer::analysis::Request;
use analyzer::analysis::step_matrix::{StepMatrixConfig, StepMatrixReport};
use analyzer::dataset::Dataset;
use analyzer::{Report, run};
use proptest::prelude::*;
use serde_json::json;

use crate::events::{build, events, options, people};
use crate::requests::step_matrix;
use crate::sequence_twin::Shape;

fn report(dataset: &Dataset, config: &StepMatrixConfig) -> StepMatrixReport {
    match run(dataset, &Request::StepMatrix(config.clone())).unwrap() {
        Report::StepMatrix(report) => report,
        other => panic!("not a step matrix: {other:?}"),
    }
}

fn shape(config: &StepMatrixConfig) -> Shape {
    Shape {
        node: config.node.clone(),
        unit: config.unit,
        collapse_repeats: config.collapse_repeats,
        start: config.start.clone(),
        end: config.end.clone(),
        center: config.center.clone(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]
    #[test]
    fn the_fast_matrix_is_the_slow_one(events in events(), options in options(), config in step_matrix()) {
        let found = report(&build(&events, &options), &config);
        let paths = shape(&config).paths(&people(&events, options.stitch_identities));
        prop_assert_eq!(found.n_units, paths.len() as u64);
        let n_shown = found.rows.iter().filter(|row| row.kind as u8 == 0).count();
        prop_assert!(n_shown <= config.n_top as usize);
        let shown: Vec<&String> = found.rows[..n_shown].iter().map(|row| &row.label).collect();
        for (column, &position) in found.positions.iter().enumerate() {
            let mut counts: BTreeMap<String, u64> = BTreeMap::new();
            for path in &paths {
                let index = match path.center {
                    Some(center) => center as i64 + i64::from(position),
                    None => i64::from(position) - 1,
                };
                let node = usize::try_from(index).ok().and_then(|index| path.nodes.get(index));
                let label = match node {
                    None if index < 0 => "began",
                    None => "left",
                    Some(node) if shown.contains(&node) => node,
                    Some(_) => "other",
                };
                *counts.entry(label.to_owned()).or_default() += 1;
            }
            for row in &found.rows {
                let cell = &row.cells[column];
                prop_assert_eq!(cell.n_units, counts.remove(&row.label).unwrap_or(0));
                prop_assert_eq!(cell.share, cell.n_units as f64 / found.n_units as f64);
            }
            prop_assert!(counts.is_empty(), "{:?}", counts);
            let sum: f64 = found.rows.iter().map(|row| row.cells[column].share).sum();
            prop_assert!(paths.is_empty() || (sum - 1.0).abs() < 1e-9);
        }
        let total = |index: usize| found.rows[index].cells.iter().map(|cell| cell.n_units).sum::<u64>();
        prop_assert!((1..n_shown).all(|index| total(index - 1) >= total(index)));
    }

    #[test]
    fn every_pattern_gives_its_number(events in events(), options in options(), config in step_matrix()) {
        let dataset = build(&events, &options);
        let found = report(&dataset, &config);
        for cell in found.rows.iter().flat_map(|row| &row.cells) {
            let request = Request::PathPattern(shape(&config).pattern(&cell.pattern));
            let Report::PathPattern(answer) = run(&dataset, &request).unwrap() else { panic!("not a pattern") };
            prop_assert_eq!((answer.n_matching, answer.n_units), (cell.n_units, found.n_units), "{}", cell.pattern);
        }
    }
}

#[test]
fn mistakes_in_a_request_are_named() {
    let dataset = build(&[], &Default::default());
    let error = |request: serde_json::Value| {
        let request = serde_json::from_value(request).unwrap();
        run(&dataset, &request).unwrap_err().to_string()
    };
    assert_eq!(
        error(json!({"analysis": "step_matrix", "n_before": 26})),
        "n_before is 26; give 0 to 25"
    );
    assert_eq!(
        error(json!({"analysis": "path_pattern", "pattern": "a -> @"})),
        "pattern has `@`; give `center` to say which event that is"
    );
}
