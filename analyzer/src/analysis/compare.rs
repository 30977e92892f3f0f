//! Comparison: the same report of two parts of the data, side by side.
//!
//! The parts may be two periods, two segments, two variants, or anything else that two scopes can
//! say. They may overlap; the tests of their difference take them as apart.

use serde::de::{Deserializer, Error as _};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::plain::{FromPlain, PlainError};

use super::carts::{self, CartsDifference};
use super::exact_paths::{self, ExactPathsDifference};
use super::friction::{self, FrictionDifference};
use super::funnel::{self, FunnelDifference};
use super::paths::{self, PathsDifference};
use super::scope::Scope;
use super::step_matrix::{self, StepMatrixDifference};
use super::time_zone::TimeZone;
use super::transitions::{self, TransitionsDifference};
use super::warning::Warning;
use super::{Report, Request, RequestError};

/// A report to make twice.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS, crate::Schema))]
pub struct CompareConfig {
    /// What to ask of both parts. Has no scope of its own, and is no comparison.
    pub request: Box<Request>,
    /// The one part.
    pub a: Scope,
    /// The other part.
    pub b: Other,
}

/// What a part is compared with.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS, crate::Schema))]
pub enum Other {
    /// What one word says.
    Shorthand(Shorthand),
    /// A scope.
    Scope(Box<Scope>),
}

impl FromPlain for Other {
    fn from_plain(value: Value) -> Result<Self, PlainError> {
        if value.is_string() {
            FromPlain::from_plain(value).map(Self::Shorthand)
        } else {
            FromPlain::from_plain(value).map(Self::Scope)
        }
    }
}

impl<'de> Deserialize<'de> for Other {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::from_plain(Value::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

/// Another part, in one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "ts", derive(ts_rs::TS, crate::Schema))]
pub enum Shorthand {
    /// The same scope in the period of the same length that ends where `a` begins.
    PreviousPeriod,
}

/// Two reports.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS, crate::Schema))]
pub struct CompareReport {
    /// The report of the one part.
    pub a: Box<Report>,
    /// The report of the other part.
    pub b: Box<Report>,
    /// How much the one differs from the other, where that can be tested.
    pub difference: Option<Difference>,
    /// What to know before trusting the comparison. Each report has its own beside.
    pub warnings: Vec<Warning>,
}

/// How much two reports differ.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "analysis", rename_all = "snake_case")]
#[cfg_attr(feature = "ts", derive(ts_rs::TS, crate::Schema))]
pub enum Difference {
    /// Step by step.
    Funnel(FunnelDifference),
    /// Node by node and edge by edge, at each position.
    Paths(PathsDifference),
    /// Edge by edge.
    Transitions(TransitionsDifference),
    /// Cell by cell.
    StepMatrix(StepMatrixDifference),
    /// Path by path.
    ExactPaths(ExactPathsDifference),
    /// Rate by rate.
    Carts(Box<CartsDifference>),
    /// Touchpoint by touchpoint.
    Friction(FrictionDifference),
}

impl CompareConfig {
    /// Calls `visit` with every time zone of the two scopes.
    pub(crate) fn for_each_zone(&mut self, visit: &mut dyn FnMut(&mut TimeZone)) {
        self.a.for_each_zone(visit);
        if let Other::Scope(scope) = &mut self.b {
            scope.for_each_zone(visit);
        }
    }

    /// Both scopes, with their places in the request.
    pub(crate) fn scopes(&self) -> Result<Vec<(&'static str, Scope)>, RequestError> {
        if self
            .request
            .scopes()?
            .iter()
            .any(|(_, scope)| *scope != Scope::default())
        {
            return Err(RequestError::new(
                "request.scope",
                "is given; say in `a` and `b` which part of the data to look at",
            ));
        }
        let b = match &self.b {
            Other::Scope(scope) => scope.as_ref().clone(),
            Other::Shorthand(Shorthand::PreviousPeriod) => self.a.previous_period("a")?,
        };
        Ok(vec![("a", self.a.clone()), ("b", b)])
    }
}

impl CompareReport {
    pub(crate) fn new(a: Report, b: Report) -> Self {
        let difference = match (&a, &b) {
            (Report::Funnel(a), Report::Funnel(b)) => {
                Some(Difference::Funnel(funnel::difference(a, b)))
            }
            (Report::Paths(a), Report::Paths(b)) => {
                Some(Difference::Paths(paths::difference(a, b)))
            }
            (Report::Transitions(a), Report::Transitions(b)) => {
                Some(Difference::Transitions(transitions::difference(a, b)))
            }
            (Report::StepMatrix(a), Report::StepMatrix(b)) => {
                Some(Difference::StepMatrix(step_matrix::difference(a, b)))
            }
            (Report::ExactPaths(a), Report::ExactPaths(b)) => {
                Some(Difference::ExactPaths(exact_paths::difference(a, b)))
            }
            (Report::Carts(a), Report::Carts(b)) => {
                Some(Difference::Carts(Box::new(carts::difference(a, b))))
            }
            (Report::Friction(a), Report::Friction(b)) => {
                Some(Difference::Friction(friction::difference(a, b)))
            }
            _ => None,
        };
        Self {
            difference,
            a: Box::new(a),
            b: Box::new(b),
            warnings: Vec::new(),
        }
    }
}
