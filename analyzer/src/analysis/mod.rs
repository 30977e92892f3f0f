//! Analyses: a configuration goes in, a report of plain numbers comes out.
//!
//! Every analysis is three functions over people: scan some of them into a partial, merge two
//! partials, finish into a report. Merging is associative and commutative, and the report is the
//! same whatever the split, so the same code runs in one go, in slices that let a page breathe,
//! on several cores, or over several datasets that each hold a share of the people.

use std::ops::Range;

use serde::de::{Deserializer, Error as _};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::dataset::Dataset;
use crate::plain::{FromPlain, PlainError};

use scope::Scope;
use time_zone::TimeZone;
use wire::Wire;

mod absent;
mod by_text;
pub mod carts;
mod common_nodes;
pub mod compare;
pub mod dates;
mod durations;
pub mod exact_paths;
pub mod filter;
pub mod friction;
pub mod funnel;
mod job;
mod key_table;
mod mask;
pub mod path_pattern;
pub mod paths;
pub mod scope;
pub mod segment;
pub mod sequence;
pub mod signals;
pub mod stage;
pub mod statistics;
pub mod step_matrix;
pub mod time_zone;
pub mod transitions;
pub mod warning;
pub mod wire;

pub use carts::{CartsConfig, CartsReport};
pub use compare::{CompareConfig, CompareReport};
pub use exact_paths::{ExactPathsConfig, ExactPathsReport};
pub use friction::{FrictionConfig, FrictionReport};
pub use funnel::{FunnelConfig, FunnelReport};
pub use job::{Job, run};
pub use path_pattern::{PathPatternConfig, PathPatternReport};
pub use paths::{PathsConfig, PathsReport};
pub use step_matrix::{StepMatrixConfig, StepMatrixReport};
pub use transitions::{TransitionsConfig, TransitionsReport};

/// An analysis as scan, merge, finish.
pub trait Analysis {
    /// What a person asks for.
    type Config;
    /// The configuration checked and resolved against one dataset's dictionaries.
    type Plan;
    /// What was found among some people. Holds no code of any dictionary, so that partials of
    /// different datasets can be merged. The default is that of nobody.
    type Partial: Default + Wire;
    /// The answer.
    type Report;

    /// Checks `config` and resolves it against `dataset`.
    fn plan(config: &Self::Config, dataset: &Dataset) -> Result<Self::Plan, RequestError>;

    /// Looks at the people in `people`, which are positions below [`Dataset::n_people`].
    fn scan(plan: &Self::Plan, dataset: &Dataset, people: Range<usize>) -> Self::Partial;

    /// What was found among the people of both. Associative and commutative.
    fn merge(a: Self::Partial, b: Self::Partial) -> Self::Partial;

    /// The answer. Uses nothing of `plan` that depends on the dataset it was made for.
    fn finish(plan: &Self::Plan, partial: Self::Partial) -> Self::Report;
}

/// What is counted: each person once, or each session once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "ts", derive(ts_rs::TS, crate::Schema))]
pub enum Unit {
    /// All events of a person, across sessions.
    Person,
    /// Events of a person without a pause longer than the dataset's session gap.
    Session,
}

/// A question to a dataset.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "analysis", rename_all = "snake_case")]
#[cfg_attr(feature = "ts", derive(ts_rs::TS, crate::Schema))]
pub enum Request {
    /// How many take each step of a way.
    Funnel(FunnelConfig),
    /// Where they go from position to position.
    Paths(PathsConfig),
    /// How many have a path of some pattern.
    PathPattern(PathPatternConfig),
    /// From which node they go to which.
    Transitions(TransitionsConfig),
    /// Which share of them is where at each position.
    StepMatrix(StepMatrixConfig),
    /// The commonest whole paths, or runs of n nodes.
    ExactPaths(ExactPathsConfig),
    /// What becomes of carts.
    Carts(CartsConfig),
    /// Where things go wrong, and how those sessions fare.
    Friction(FrictionConfig),
    /// The same report of two parts of the data.
    Compare(CompareConfig),
}

impl FromPlain for Request {
    fn from_plain(value: Value) -> Result<Self, PlainError> {
        let Value::Object(mut fields) = value else {
            return Err(PlainError::custom(
                "expected an object with the field `analysis`",
            ));
        };
        let kind = fields.remove("analysis");
        let kind = kind.ok_or_else(|| PlainError::missing_field("analysis"))?;
        let fields = Value::Object(fields);
        match kind.as_str() {
            Some("funnel") => FromPlain::from_plain(fields).map(Self::Funnel),
            Some("paths") => FromPlain::from_plain(fields).map(Self::Paths),
            Some("path_pattern") => FromPlain::from_plain(fields).map(Self::PathPattern),
            Some("transitions") => FromPlain::from_plain(fields).map(Self::Transitions),
            Some("step_matrix") => FromPlain::from_plain(fields).map(Self::StepMatrix),
            Some("exact_paths") => FromPlain::from_plain(fields).map(Self::ExactPaths),
            Some("carts") => FromPlain::from_plain(fields).map(Self::Carts),
            Some("friction") => FromPlain::from_plain(fields).map(Self::Friction),
            Some("compare") => FromPlain::from_plain(fields).map(Self::Compare),
            other => {
                const KINDS: &[&str] = &[
                    "funnel",
                    "paths",
                    "path_pattern",
                    "transitions",
                    "step_matrix",
                    "exact_paths",
                    "carts",
                    "friction",
                    "compare",
                ];
                Err(PlainError::unknown_variant(other.unwrap_or("?"), KINDS))
            }
        }
    }
}

impl<'de> Deserialize<'de> for Request {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::from_plain(Value::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

/// The answer to a [`Request`].
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "analysis", rename_all = "snake_case")]
#[cfg_attr(feature = "ts", derive(ts_rs::TS, crate::Schema))]
pub enum Report {
    /// Answer to [`Request::Funnel`].
    Funnel(FunnelReport),
    /// Answer to [`Request::Paths`].
    Paths(PathsReport),
    /// Answer to [`Request::PathPattern`].
    PathPattern(PathPatternReport),
    /// Answer to [`Request::Transitions`].
    Transitions(TransitionsReport),
    /// Answer to [`Request::StepMatrix`].
    StepMatrix(StepMatrixReport),
    /// Answer to [`Request::ExactPaths`].
    ExactPaths(ExactPathsReport),
    /// Answer to [`Request::Carts`].
    Carts(Box<CartsReport>),
    /// Answer to [`Request::Friction`].
    Friction(FrictionReport),
    /// Answer to [`Request::Compare`].
    Compare(CompareReport),
}

impl Request {
    /// Gives every time zone that the request names its transitions. Zones of which `table` does
    /// not know the name stay unknown, and running the request says so.
    pub fn resolve_time_zones(
        &mut self,
        table: &mut dyn FnMut(&str) -> Option<time_zone::Transitions>,
    ) {
        let mut resolve = |zone: &mut TimeZone| zone.resolve(table);
        match self {
            Self::Compare(config) => {
                config.for_each_zone(&mut resolve);
                config.request.resolve_time_zones(table);
                return;
            }
            Self::Funnel(config) => {
                if let Some(trend) = &mut config.trend {
                    resolve(&mut trend.time_zone);
                }
            }
            _ => {}
        }
        self.scope_mut().for_each_zone(&mut resolve);
    }

    /// Which part of the data it looks at; the first of the two of a comparison.
    fn scope_mut(&mut self) -> &mut Scope {
        match self {
            Self::Funnel(config) => &mut config.scope,
            Self::Paths(config) => &mut config.scope,
            Self::PathPattern(config) => &mut config.scope,
            Self::Transitions(config) => &mut config.scope,
            Self::StepMatrix(config) => &mut config.scope,
            Self::ExactPaths(config) => &mut config.scope,
            Self::Carts(config) => &mut config.scope,
            Self::Friction(config) => &mut config.scope,
            Self::Compare(config) => &mut config.a,
        }
    }

    /// The scopes of the reports that it asks for, each with its place in the request.
    fn scopes(&self) -> Result<Vec<(&'static str, Scope)>, RequestError> {
        let scope = match self {
            Self::Funnel(config) => &config.scope,
            Self::Paths(config) => &config.scope,
            Self::PathPattern(config) => &config.scope,
            Self::Transitions(config) => &config.scope,
            Self::StepMatrix(config) => &config.scope,
            Self::ExactPaths(config) => &config.scope,
            Self::Carts(config) => &config.scope,
            Self::Friction(config) => &config.scope,
            Self::Compare(config) => return config.scopes(),
        };
        Ok(vec![("scope", scope.clone())])
    }

    /// The analysis that runs on each of the scopes.
    fn analysis(&self) -> &Self {
        match self {
            Self::Compare(config) => &config.request,
            _ => self,
        }
    }

    /// Names of the events that decide how a unit fares: whoever chooses people by them chooses
    /// the outcome.
    fn outcomes(&self) -> Vec<&str> {
        match self {
            Self::Funnel(config) => {
                let later = config.steps.iter().skip(1);
                later.flat_map(|step| step.filter.names()).collect()
            }
            Self::ExactPaths(config) => {
                config.goal.iter().flat_map(filter::Filter::names).collect()
            }
            Self::PathPattern(config) => {
                config.goal.iter().flat_map(filter::Filter::names).collect()
            }
            Self::Carts(config) => config.events.purchase.names(),
            Self::Friction(config) => config.goal.names(),
            _ => Vec::new(),
        }
    }
}

/// A request that cannot be run: where, and what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{place} {problem}")]
pub struct RequestError {
    place: String,
    problem: String,
}

impl RequestError {
    pub(crate) fn new(place: impl Into<String>, problem: impl Into<String>) -> Self {
        Self {
            place: place.into(),
            problem: problem.into(),
        }
    }

    /// The part of the request that is wrong, such as `steps[2].filter`.
    pub fn place(&self) -> &str {
        &self.place
    }
}

impl Report {
    fn warnings_mut(&mut self) -> &mut Vec<warning::Warning> {
        match self {
            Self::Funnel(report) => &mut report.warnings,
            Self::Paths(report) => &mut report.warnings,
            Self::PathPattern(report) => &mut report.warnings,
            Self::Transitions(report) => &mut report.warnings,
            Self::StepMatrix(report) => &mut report.warnings,
            Self::ExactPaths(report) => &mut report.warnings,
            Self::Carts(report) => &mut report.warnings,
            Self::Friction(report) => &mut report.warnings,
            Self::Compare(report) => &mut report.warnings,
        }
    }
}
