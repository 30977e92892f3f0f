//! Carts of two groups compared: is a difference between their rates more than chance?

use serde::Serialize;

use crate::analysis::signals::Signal;
use crate::analysis::statistics::{RateDifference, correct};

use super::report::{CartStep, CartsReport};

/// Carts compared: first group − second group. P values are corrected over all rates.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS, crate::Schema))]
pub struct CartsDifference {
    /// Purchased carts among all.
    pub purchase: RateDifference,
    /// Emptied carts among all.
    pub emptied: RateDifference,
    /// Abandoned carts among all.
    pub abandonment: RateDifference,
    /// Recovered carts among those ever abandoned.
    pub recovery: RateDifference,
    /// Refunded carts among the purchased.
    pub refund: RateDifference,
    /// Of the abandoned carts those that were abandoned at each step.
    pub abandoned_at: Vec<AbandonedAtDifference>,
    /// Of the abandoned carts those with each signal of friction just before.
    pub signals: Vec<CartSignalDifference>,
}

/// Carts abandoned at one step.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS, crate::Schema))]
pub struct AbandonedAtDifference {
    /// The furthest step reached.
    pub step: CartStep,
    /// Their shares of all abandoned carts.
    pub share: RateDifference,
}

/// Abandoned carts with one signal of friction just before.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS, crate::Schema))]
pub struct CartSignalDifference {
    /// Which one.
    pub signal: Signal,
    /// Their shares of all abandoned carts.
    pub share: RateDifference,
}

/// Compares two reports of one request: `a` − `b`.
pub fn difference(a: &CartsReport, b: &CartsReport) -> CartsDifference {
    let rate = |part: fn(&CartsReport) -> u64, whole: fn(&CartsReport) -> u64| {
        RateDifference::new((part(a), part(b)), (whole(a), whole(b)))
    };
    let of_abandoned =
        |parts: (u64, u64)| RateDifference::new(parts, (a.n_abandoned, b.n_abandoned));
    let steps = [
        CartStep::Cart,
        CartStep::Checkout,
        CartStep::Shipping,
        CartStep::Payment,
    ];
    let at_step = |report: &CartsReport, step: CartStep| {
        let found = report.abandoned_at.iter().find(|at| at.step == step);
        found.map_or(0, |at| at.n_carts)
    };
    let with_signal = |report: &CartsReport, signal: Signal| {
        let found = report.signals.iter().find(|entry| entry.signal == signal);
        found.map_or(0, |entry| entry.n_abandoned)
    };
    let mut compared = CartsDifference {
        purchase: rate(|report| report.n_purchased, |report| report.n_carts),
        emptied: rate(|report| report.n_emptied, |report| report.n_carts),
        abandonment: rate(|report| report.n_abandoned, |report| report.n_carts),
        recovery: rate(
            |report| report.n_recovered,
            |report| report.n_ever_abandoned,
        ),
        refund: rate(|report| report.n_refunded, |report| report.n_purchased),
        abandoned_at: steps
            .into_iter()
            .map(|step| (step, (at_step(a, step), at_step(b, step))))
            .filter(|&(_, parts)| parts != (0, 0))
            .map(|(step, parts)| AbandonedAtDifference {
                step,
                share: of_abandoned(parts),
            })
            .collect(),
        signals: Signal::ALL
            .into_iter()
            .map(|signal| (signal, (with_signal(a, signal), with_signal(b, signal))))
            .filter(|&(_, parts)| parts != (0, 0))
            .map(|(signal, parts)| CartSignalDifference {
                signal,
                share: of_abandoned(parts),
            })
            .collect(),
    };
    let CartsDifference {
        purchase,
        emptied,
        abandonment,
        recovery,
        refund,
        abandoned_at,
        signals,
    } = &mut compared;
    let steps = abandoned_at.iter_mut().map(|at| &mut at.share);
    let signals = signals.iter_mut().map(|entry| &mut entry.share);
    let rates = [purchase, emptied, abandonment, recovery, refund];
    correct(rates.into_iter().chain(steps).chain(signals));
    compared
}
