//! How many units have a path that matches a pattern: the question behind every number of the
//! position graph, and one that a person can ask directly.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::dataset::Dataset;
use crate::pattern::{Automaton, Pattern};

use super::filter::Filter;
use super::scope::Scope;
use super::sequence::{Anchors, NodeKind, SequenceConfig, Sequences};
use super::statistics::Rate;
use super::warning::Warning;
use super::wire::wire;
use super::{Analysis, RequestError, Unit};

/// A path pattern to count.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS, crate::Schema), ts(optional_fields))]
pub struct PathPatternConfig {
    /// The pattern, such as `view_item -> .* -> purchase`.
    pub pattern: String,
    /// What a node is. Events that have no node are passed over. The name unless given.
    #[serde(default = "name")]
    #[cfg_attr(feature = "ts", ts(as = "Option<_>"))]
    pub node: NodeKind,
    /// What has a path. Sessions unless given.
    #[serde(default = "session")]
    #[cfg_attr(feature = "ts", ts(as = "Option<_>"))]
    pub unit: Unit,
    /// Takes a node that follows itself as one. True unless given.
    #[serde(default = "yes")]
    #[cfg_attr(feature = "ts", ts(as = "Option<_>"))]
    pub collapse_repeats: bool,
    /// Paths begin at the unit's first event that meets this, and units without one are left out.
    #[serde(default)]
    #[cfg_attr(feature = "ts", ts(optional = nullable))]
    pub start: Option<Filter>,
    /// Paths end with the unit's first event that meets this, after the one that they begin at;
    /// units without one are left out.
    #[serde(default)]
    #[cfg_attr(feature = "ts", ts(optional = nullable))]
    pub end: Option<Filter>,
    /// The node of the path's first event that meets this and has a node is its centre, which `@`
    /// matches; units without one are left out.
    #[serde(default)]
    #[cfg_attr(feature = "ts", ts(optional = nullable))]
    pub center: Option<Filter>,
    /// Matching units with an event that meets this, wherever it is in the unit, have converted.
    #[serde(default)]
    #[cfg_attr(feature = "ts", ts(optional = nullable))]
    pub goal: Option<Filter>,
    /// Which part of the data it looks at.
    #[serde(default)]
    #[cfg_attr(feature = "ts", ts(as = "Option<_>"))]
    pub scope: Scope,
}

fn name() -> NodeKind {
    NodeKind::Name
}

fn session() -> Unit {
    Unit::Session
}

fn yes() -> bool {
    true
}

/// How many units match.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS, crate::Schema))]
pub struct PathPatternReport {
    /// The pattern as it was understood.
    pub pattern: String,
    /// Units that have a path.
    pub n_units: u64,
    /// Units whose path matches.
    pub n_matching: u64,
    /// Their share.
    pub share: Rate,
    /// Places where a match ends, over all paths: how often a pattern of single nodes comes.
    pub n_matches: u64,
    /// Matching units that have converted, where a goal is given.
    pub n_converted: Option<u64>,
    /// What to know before trusting the numbers.
    pub warnings: Vec<Warning>,
}

/// The analysis; see the module.
pub struct PathPattern;

/// A pattern resolved against one dataset.
pub struct PathPatternPlan {
    pattern: Pattern,
    sequences: Sequences,
    automaton: Automaton,
    has_goal: bool,
}

/// How many of some units match.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PathPatternPartial {
    n_units: u64,
    n_matching: u64,
    n_matches: u64,
    n_converted: u64,
}

wire!(PathPatternPartial {
    n_units,
    n_matching,
    n_matches,
    n_converted
});

impl Analysis for PathPattern {
    type Config = PathPatternConfig;
    type Plan = PathPatternPlan;
    type Partial = PathPatternPartial;
    type Report = PathPatternReport;

    fn plan(
        config: &PathPatternConfig,
        dataset: &Dataset,
    ) -> Result<PathPatternPlan, RequestError> {
        let pattern: Pattern = config
            .pattern
            .parse()
            .map_err(|error| RequestError::new("pattern", format!("cannot be read: {error}")))?;
        if config.center.is_none() && pattern.parts.iter().any(|part| part.is_center) {
            let problem = "has `@`; give `center` to say which event that is";
            return Err(RequestError::new("pattern", problem));
        }
        let sequences = SequenceConfig {
            node: &config.node,
            unit: config.unit,
            collapse_repeats: config.collapse_repeats,
            anchors: Anchors {
                start: config.start.as_ref(),
                end: config.end.as_ref(),
                center: config.center.as_ref(),
                goal: config.goal.as_ref(),
            },
        };
        let sequences = Sequences::new(&sequences, dataset)?;
        let automaton = Automaton::new(&pattern, sequences.labels());
        Ok(PathPatternPlan {
            pattern,
            sequences,
            automaton,
            has_goal: config.goal.is_some(),
        })
    }

    fn scan(plan: &PathPatternPlan, dataset: &Dataset, people: Range<usize>) -> PathPatternPartial {
        let mut found = PathPatternPartial::default();
        plan.sequences
            .for_each(dataset, people, usize::MAX, |path| {
                let n_matches = plan
                    .automaton
                    .count(path.nodes.iter().copied(), path.center);
                found.n_units += 1;
                found.n_matches += n_matches;
                if n_matches > 0 {
                    found.n_matching += 1;
                    found.n_converted += u64::from(path.goals.rows().next().is_some());
                }
            });
        found
    }

    fn merge(a: PathPatternPartial, b: PathPatternPartial) -> PathPatternPartial {
        PathPatternPartial {
            n_units: a.n_units + b.n_units,
            n_matching: a.n_matching + b.n_matching,
            n_matches: a.n_matches + b.n_matches,
            n_converted: a.n_converted + b.n_converted,
        }
    }

    fn finish(plan: &PathPatternPlan, partial: PathPatternPartial) -> PathPatternReport {
        PathPatternReport {
            pattern: plan.pattern.to_string(),
            n_units: partial.n_units,
            n_matching: partial.n_matching,
            share: Rate::new(partial.n_matching, partial.n_units),
            n_matches: partial.n_matches,
            n_converted: plan.has_goal.then_some(partial.n_converted),
            warnings: Vec::new(),
        }
    }
}
