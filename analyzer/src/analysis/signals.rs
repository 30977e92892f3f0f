//! Signals of friction: events that tell that something went wrong for a visitor.

use serde::{Deserialize, Serialize};

use super::filter::{Filter, PropFilter, PropOp, PropOperand};

/// A sign that something went wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "ts", derive(ts_rs::TS, crate::Schema))]
pub enum Signal {
    /// `rage_click`: three clicks, each close to the one before in place and time.
    RageClick,
    /// `dead_click`: a click with no effect.
    DeadClick,
    /// `error_click`: a click with a script error after it.
    ErrorClick,
    /// `u_turn`: back on the page before at once.
    UTurn,
    /// `web_vital` that is poor: LCP above 4 s, INP above 500 ms, CLS above 0.25.
    SlowVital,
    /// `payment_error`.
    PaymentError,
    /// `form_abandon`: a form that was touched and not sent.
    FormAbandon,
    /// `search` or `view_search_results` whose `results` is 0.
    SearchWithoutResult,
    /// `not_found`: a page that does not exist.
    NotFound,
}

impl Signal {
    /// All signals, in the order of their bits.
    pub const ALL: [Self; 9] = [
        Self::RageClick,
        Self::DeadClick,
        Self::ErrorClick,
        Self::UTurn,
        Self::SlowVital,
        Self::PaymentError,
        Self::FormAbandon,
        Self::SearchWithoutResult,
        Self::NotFound,
    ];

    /// The events that are this signal.
    pub(crate) fn filter(self) -> Filter {
        match self {
            Self::RageClick => name("rage_click"),
            Self::DeadClick => name("dead_click"),
            Self::ErrorClick => name("error_click"),
            Self::UTurn => name("u_turn"),
            Self::SlowVital => {
                let above = |metric: &str, limit| {
                    Filter::All(vec![
                        prop("metric", PropOp::Eq, PropOperand::String(metric.to_owned())),
                        prop("amount", PropOp::Gt, PropOperand::Number(limit)),
                    ])
                };
                let poor = vec![
                    above("LCP", 4000.0),
                    above("INP", 500.0),
                    above("CLS", 0.25),
                ];
                Filter::All(vec![name("web_vital"), Filter::Any(poor)])
            }
            Self::PaymentError => name("payment_error"),
            Self::FormAbandon => name("form_abandon"),
            Self::SearchWithoutResult => Filter::All(vec![
                Filter::Any(vec![name("search"), name("view_search_results")]),
                prop("results", PropOp::Eq, PropOperand::Number(0.0)),
            ]),
            Self::NotFound => name("not_found"),
        }
    }
}

/// Mask of all signals.
pub(crate) const ANY_SIGNAL: u32 = (1 << Signal::ALL.len()) - 1;

fn prop(key: &str, op: PropOp, value: PropOperand) -> Filter {
    Filter::Prop(PropFilter {
        key: key.to_owned(),
        op,
        value: Some(value),
    })
}

pub(crate) fn name(name: &str) -> Filter {
    Filter::Name(name.to_owned())
}

/// Events that a page sends by itself, whether or not the visitor does anything.
pub(crate) fn passive() -> Filter {
    let names = [
        "engagement",
        "scroll",
        "web_vital",
        "js_error",
        "form_abandon",
    ];
    Filter::Any(names.map(name).to_vec())
}
