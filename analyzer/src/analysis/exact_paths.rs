//! Exact paths: the commonest whole paths of units, or the commonest runs of n nodes in them.
//!
//! Without a length a unit has one path, from its first node to its last. With a length every run
//! of so many neighbouring nodes is a path, and a unit has as many as fit, overlapping. A unit
//! counts once for each distinct path that it has.
//!
//! Every path carries a path pattern: units are its `n_matching`, occurrences its `n_matches`,
//! converted units its `n_converted`, over the same sequences (the `path_pattern` analysis with the
//! same node, unit, repeats, start, end and goal).

use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::dataset::Dataset;
use crate::pattern::MAX_PARTS;

use super::filter::Filter;
use super::scope::Scope;
use super::sequence::{Anchors, NodeKind, SequenceConfig, Sequences};
use super::statistics::Rate;
use super::warning::Warning;
use super::wire::wire;
use super::{Analysis, RequestError, Unit};

mod count;
mod difference;
mod rank;
mod runs;

use count::{Chunk, Lists};
pub use difference::{ExactPathDifference, ExactPathsDifference, difference};
use runs::Runs;

/// Exact paths to count.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS, crate::Schema), ts(optional_fields))]
pub struct ExactPathsConfig {
    /// What a node is. Events that have no node are passed over. The name unless given.
    #[cfg_attr(feature = "ts", ts(as = "Option<_>"))]
    pub node: NodeKind,
    /// What has a path. Sessions unless given.
    #[cfg_attr(feature = "ts", ts(as = "Option<_>"))]
    pub unit: Unit,
    /// How many nodes the paths have, 2 to 20: all runs of so many. Whole paths unless given.
    #[cfg_attr(feature = "ts", ts(optional = nullable))]
    pub length: Option<u32>,
    /// How many of the commonest to show, 1 to 1000; 20 unless given.
    #[cfg_attr(feature = "ts", ts(as = "Option<_>"))]
    pub n_top: u32,
    /// Takes a node that follows itself as one. True unless given.
    #[cfg_attr(feature = "ts", ts(as = "Option<_>"))]
    pub collapse_repeats: bool,
    /// Paths begin at the unit's first event that meets this, and units without one are left out.
    #[cfg_attr(feature = "ts", ts(optional = nullable))]
    pub start: Option<Filter>,
    /// Paths end with the unit's first event that meets this, after the one that they begin at;
    /// units without one are left out.
    #[cfg_attr(feature = "ts", ts(optional = nullable))]
    pub end: Option<Filter>,
    /// Units with an event that meets this, wherever it is in the unit, have converted.
    #[cfg_attr(feature = "ts", ts(optional = nullable))]
    pub goal: Option<Filter>,
    /// Which part of the data it looks at.
    #[cfg_attr(feature = "ts", ts(as = "Option<_>"))]
    pub scope: Scope,
}

impl Default for ExactPathsConfig {
    fn default() -> Self {
        Self {
            node: NodeKind::Name,
            unit: Unit::Session,
            length: None,
            n_top: 20,
            collapse_repeats: true,
            start: None,
            end: None,
            goal: None,
            scope: Scope::default(),
        }
    }
}

/// The commonest paths.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS, crate::Schema))]
pub struct ExactPathsReport {
    /// Units that have a path of any length.
    pub n_units: u64,
    /// How many distinct paths there are.
    pub n_paths: u64,
    /// Units left out of `paths` because their whole path has more than 63 nodes, which is more
    /// than a pattern can say.
    pub n_longer: u64,
    /// The paths of most units, then by their nodes.
    pub paths: Vec<ExactPath>,
    /// What to know before trusting the numbers.
    pub warnings: Vec<Warning>,
}

/// One path and those who take it.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS, crate::Schema))]
pub struct ExactPath {
    /// Labels of its nodes.
    pub nodes: Vec<String>,
    /// Units that have it.
    pub n_units: u64,
    /// Their share of all units.
    pub share: Rate,
    /// How often it comes, overlaps included. For whole paths the same as `n_units`.
    pub n_occurrences: u64,
    /// Units that have it and have converted, where a goal is given.
    pub n_converted: Option<u64>,
    /// Their share of the units that have it.
    pub conversion: Option<Rate>,
    /// Exact median, over the occurrences, of the time from the first event of the first node to
    /// that of the last, in milliseconds.
    pub median_millis: Option<f64>,
    /// Amounts of the events that met the goal, over the units that have the path, by currency.
    pub value: Vec<PathValue>,
    /// Path pattern that matches at its occurrences.
    pub pattern: String,
}

/// An amount of one currency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS, crate::Schema))]
pub struct PathValue {
    /// ISO 4217 code; empty for amounts without a currency.
    pub currency: String,
    /// Sum in the currency's minor unit: cents for EUR, yen for JPY.
    pub minor: i64,
}

/// The analysis; see the module.
pub struct ExactPaths;

/// Exact paths resolved against one dataset.
pub struct ExactPathsPlan {
    sequences: Sequences,
    length: Option<usize>,
    n_top: usize,
    has_goal: bool,
}

/// The paths of some units: 8 bytes an occurrence, for the exact times, beside the distinct paths.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ExactPathsPartial {
    n_units: u64,
    n_longer: u64,
    /// What was found, by the lists of labels that its codes are positions in. Merging gathers and
    /// finishing sums up, so that merging costs next to nothing.
    groups: Vec<(Vec<String>, Vec<Chunk>)>,
}

wire!(ExactPathsPartial {
    n_units,
    n_longer,
    groups
});

impl Analysis for ExactPaths {
    type Config = ExactPathsConfig;
    type Plan = ExactPathsPlan;
    type Partial = ExactPathsPartial;
    type Report = ExactPathsReport;

    fn plan(config: &ExactPathsConfig, dataset: &Dataset) -> Result<ExactPathsPlan, RequestError> {
        if let Some(length) = config.length.filter(|length| !(2..=20).contains(length)) {
            let problem = format!("is {length}; give 2 to 20, or leave it out for whole paths");
            return Err(RequestError::new("length", problem));
        }
        if !(1..=1000).contains(&config.n_top) {
            let problem = format!("is {}; give 1 to 1000", config.n_top);
            return Err(RequestError::new("n_top", problem));
        }
        let sequences = SequenceConfig {
            node: &config.node,
            unit: config.unit,
            collapse_repeats: config.collapse_repeats,
            anchors: Anchors {
                start: config.start.as_ref(),
                end: config.end.as_ref(),
                goal: config.goal.as_ref(),
                ..Anchors::default()
            },
        };
        Ok(ExactPathsPlan {
            sequences: Sequences::new(&sequences, dataset)?,
            length: config.length.map(|length| length as usize),
            n_top: config.n_top as usize,
            has_goal: config.goal.is_some(),
        })
    }

    fn scan(plan: &ExactPathsPlan, dataset: &Dataset, people: Range<usize>) -> ExactPathsPartial {
        let sequences = &plan.sequences;
        let labels = sequences.labels();
        let mut found = ExactPathsPartial::default();
        let runs = plan.length.and_then(|length| {
            let max_runs = sequences.max_runs(dataset, &people, length);
            Runs::new(length, labels.len(), dataset, max_runs)
        });
        let chunk = if let Some(mut runs) = runs {
            sequences.walk(dataset, people, &mut runs);
            found.n_units = runs.n_units();
            runs.into_chunk()
        } else {
            let mut lists = Lists::new(plan.length, dataset);
            sequences.for_each(dataset, people, usize::MAX, |path| {
                found.n_units += 1;
                if plan.length.is_none() && path.nodes.len() > MAX_PARTS {
                    found.n_longer += 1;
                } else {
                    lists.add(path);
                }
            });
            lists.into_chunk()
        };
        if !chunk.is_empty() {
            found.groups.push((labels.to_vec(), vec![chunk]));
        }
        found
    }

    fn merge(mut a: ExactPathsPartial, b: ExactPathsPartial) -> ExactPathsPartial {
        a.n_units += b.n_units;
        a.n_longer += b.n_longer;
        for (labels, mut chunks) in b.groups {
            match a.groups.iter_mut().find(|(known, _)| *known == labels) {
                Some((_, known)) => known.append(&mut chunks),
                None => a.groups.push((labels, chunks)),
            }
        }
        a
    }

    fn finish(plan: &ExactPathsPlan, partial: ExactPathsPartial) -> ExactPathsReport {
        rank::report(plan, partial)
    }
}
