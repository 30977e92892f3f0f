//! Friction of two groups compared: is a difference between touchpoints more than chance?

use std::collections::BTreeMap;

use serde::Serialize;

use crate::analysis::signals::Signal;
use crate::analysis::statistics::{RateDifference, correct};
use crate::ranking::greatest_first;

use super::{FrictionReport, TouchpointFriction};

/// Friction compared. P values are corrected over all touchpoints and signals. The test takes
/// visits as independent of each other, although one session has several.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS, crate::Schema))]
pub struct FrictionDifference {
    /// Touchpoints that both groups show, or that one shows and the other does not have at all;
    /// those with the most visits first, then by name.
    pub touchpoints: Vec<TouchpointDifference>,
    /// Touchpoints left out because one group shows them and the other may have them further down.
    pub n_unknown: u64,
}

/// One touchpoint of two groups.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS, crate::Schema))]
pub struct TouchpointDifference {
    /// The page template, or the name.
    pub label: String,
    /// Visits to it in the first group.
    pub n_visits_a: u64,
    /// Visits to it in the second group.
    pub n_visits_b: u64,
    /// The friction indices: first group − second group.
    pub index: RateDifference,
    /// The same by signal, those that occurred, in the order of [`Signal`].
    pub signals: Vec<SignalDifference>,
}

/// One signal on one touchpoint of two groups.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS, crate::Schema))]
pub struct SignalDifference {
    /// Which one.
    pub signal: Signal,
    /// Shares of visits with it.
    pub share: RateDifference,
}

/// Compares two reports of one request: `a` − `b`.
pub fn difference(a: &FrictionReport, b: &FrictionReport) -> FrictionDifference {
    let mut pairs: BTreeMap<&str, [Option<&TouchpointFriction>; 2]> = BTreeMap::new();
    for (group, report) in [a, b].into_iter().enumerate() {
        for touchpoint in &report.touchpoints {
            pairs.entry(&touchpoint.label).or_default()[group] = Some(touchpoint);
        }
    }
    let is_whole = |report: &FrictionReport| {
        let shown = report.touchpoints.iter();
        shown.map(|touchpoint| touchpoint.n_visits).sum::<u64>() == report.n_visits
    };
    let wholes = [is_whole(a), is_whole(b)];
    let n_shown = pairs.len();
    let known = |pair: &[Option<&TouchpointFriction>; 2]| {
        let mut groups = pair.iter().zip(wholes);
        groups.all(|(touchpoint, is_whole)| touchpoint.is_some() || is_whole)
    };
    let mut touchpoints: Vec<TouchpointDifference> = pairs
        .into_iter()
        .filter(|(_, pair)| known(pair))
        .map(|(label, pair)| compare(label, pair))
        .collect();
    greatest_first(&mut touchpoints, |touchpoint| {
        touchpoint.n_visits_a + touchpoint.n_visits_b
    });
    let tests = touchpoints.iter_mut().flat_map(|touchpoint| {
        let signals = touchpoint.signals.iter_mut();
        std::iter::once(&mut touchpoint.index).chain(signals.map(|entry| &mut entry.share))
    });
    correct(tests);
    FrictionDifference {
        n_unknown: (n_shown - touchpoints.len()) as u64,
        touchpoints,
    }
}

fn compare(label: &str, pair: [Option<&TouchpointFriction>; 2]) -> TouchpointDifference {
    let both = |count: &dyn Fn(&TouchpointFriction) -> u64| {
        let [a, b] = pair.map(|touchpoint| touchpoint.map_or(0, count));
        (a, b)
    };
    let n_visits = both(&|touchpoint| touchpoint.n_visits);
    let with = |signal: Signal| {
        both(&|touchpoint| {
            let mut signals = touchpoint.signals.iter();
            signals
                .find(|entry| entry.signal == signal)
                .map_or(0, |entry| entry.n_visits)
        })
    };
    TouchpointDifference {
        label: label.to_owned(),
        n_visits_a: n_visits.0,
        n_visits_b: n_visits.1,
        index: RateDifference::new(
            both(&|touchpoint| touchpoint.n_visits_with_signal),
            n_visits,
        ),
        signals: Signal::ALL
            .into_iter()
            .map(|signal| (signal, with(signal)))
            .filter(|&(_, parts)| parts != (0, 0))
            .map(|(signal, parts)| SignalDifference {
                signal,
                share: RateDifference::new(parts, n_visits),
            })
            .collect(),
    }
}
