//! Exact paths of one request over two groups, side by side and subtracted.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::analysis::statistics::{RateDifference, correct};
use crate::ranking::greatest_first;

use super::{ExactPath, ExactPathsReport};

/// Exact paths compared. P values are corrected over all shares and conversions.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS, crate::Schema))]
pub struct ExactPathsDifference {
    /// Paths that both groups show, or that one shows and the other does not have at all.
    pub paths: Vec<ExactPathDifference>,
    /// Paths left out because one group shows them and the other may have them further down.
    pub n_unknown: u64,
}

/// One path of two groups.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS, crate::Schema))]
pub struct ExactPathDifference {
    /// Labels of its nodes.
    pub nodes: Vec<String>,
    /// Units of the first group that have it.
    pub n_units_a: u64,
    /// Units of the second group that have it.
    pub n_units_b: u64,
    /// Their shares of all units of their group.
    pub share: RateDifference,
    /// Converted units among them, where a goal is given.
    pub conversion: Option<RateDifference>,
    /// Median time in the first group, in milliseconds.
    pub median_millis_a: Option<f64>,
    /// Median time in the second group, in milliseconds.
    pub median_millis_b: Option<f64>,
    /// Path pattern that matches at its occurrences.
    pub pattern: String,
}

/// Compares two reports of one request: `a` − `b`.
pub fn difference(a: &ExactPathsReport, b: &ExactPathsReport) -> ExactPathsDifference {
    let mut pairs: BTreeMap<&Vec<String>, [Option<&ExactPath>; 2]> = BTreeMap::new();
    for (group, report) in [a, b].into_iter().enumerate() {
        for path in &report.paths {
            pairs.entry(&path.nodes).or_default()[group] = Some(path);
        }
    }
    let is_whole = |report: &ExactPathsReport| {
        report.n_longer == 0 && report.n_paths == report.paths.len() as u64
    };
    let wholes = [is_whole(a), is_whole(b)];
    let n_shown = pairs.len();
    let known = |pair: &[Option<&ExactPath>; 2]| {
        let mut groups = pair.iter().zip(wholes);
        groups.all(|(path, is_whole)| path.is_some() || is_whole)
    };
    let mut paths: Vec<ExactPathDifference> = pairs
        .into_iter()
        .filter(|(_, pair)| known(pair))
        .map(|(nodes, pair)| compare(nodes, pair, (a.n_units, b.n_units)))
        .collect();
    greatest_first(&mut paths, |path| path.n_units_a + path.n_units_b);
    let tests = paths
        .iter_mut()
        .flat_map(|path| std::iter::once(&mut path.share).chain(&mut path.conversion));
    correct(tests);
    ExactPathsDifference {
        n_unknown: (n_shown - paths.len()) as u64,
        paths,
    }
}

fn compare(
    nodes: &[String],
    pair: [Option<&ExactPath>; 2],
    wholes: (u64, u64),
) -> ExactPathDifference {
    let [n_units_a, n_units_b] = pair.map(|path| path.map_or(0, |path| path.n_units));
    let [median_millis_a, median_millis_b] = pair.map(|path| path?.median_millis);
    let [converted_a, converted_b] = pair.map(|path| path?.n_converted);
    let has_goal = converted_a.or(converted_b).is_some();
    let converted = (converted_a.unwrap_or(0), converted_b.unwrap_or(0));
    let pattern = pair.into_iter().flatten().next();
    ExactPathDifference {
        nodes: nodes.to_vec(),
        n_units_a,
        n_units_b,
        share: RateDifference::new((n_units_a, n_units_b), wholes),
        conversion: has_goal.then(|| RateDifference::new(converted, (n_units_a, n_units_b))),
        median_millis_a,
        median_millis_b,
        pattern: pattern.map_or_else(String::new, |path| path.pattern.clone()),
    }
}
