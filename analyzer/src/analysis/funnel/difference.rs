//! Two funnels of the same steps compared: is a difference between groups more than chance?

use serde::Serialize;

use crate::analysis::statistics::{RateDifference, correct};

use super::report::{FunnelReport, FunnelStep};

/// Two funnels compared step by step.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS, crate::Schema))]
pub struct FunnelDifference {
    /// One entry for each step that both have. P values are corrected over all of them.
    pub steps: Vec<StepDifference>,
}

/// One step of two funnels compared.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS, crate::Schema))]
pub struct StepDifference {
    /// The step's name.
    pub label: String,
    /// Conversion from the first step. Nothing is tested at the first step itself.
    pub from_first: RateDifference,
    /// Conversion from the step before. Not tested at the first step, nor at the second, where
    /// it is the same as conversion from the first; in an open funnel it is.
    pub from_previous: RateDifference,
}

/// Units behind a step's two rates.
#[derive(Debug, Clone, Copy)]
struct Shares {
    /// Of how many that took step 1 how many got here.
    from_first: (u64, u64),
    /// Of how many at the step before how many got here.
    from_previous: (u64, u64),
}

impl Shares {
    fn minus(self, other: Self) -> Self {
        let minus =
            |a: (u64, u64), b: (u64, u64)| (a.0.saturating_sub(b.0), a.1.saturating_sub(b.1));
        Self {
            from_first: minus(self.from_first, other.from_first),
            from_previous: minus(self.from_previous, other.from_previous),
        }
    }
}

/// Compares two reports of the same steps, such as those of two segments: `a` − `b`.
pub fn difference(a: &FunnelReport, b: &FunnelReport) -> FunnelDifference {
    let mut steps = compare(a, &shares(a), &shares(b));
    correct(steps.iter_mut().flat_map(StepDifference::tests));
    FunnelDifference { steps }
}

/// Compares each of some groups with all units outside of it. P values are corrected over
/// everything.
pub(super) fn against_rest(
    all: &FunnelReport,
    groups: &[&FunnelReport],
) -> Vec<Vec<StepDifference>> {
    let all = shares(all);
    let mut compared: Vec<Vec<StepDifference>> = groups
        .iter()
        .map(|group| {
            let own = shares(group);
            let minus = |(all, own): (&Shares, &Shares)| all.minus(*own);
            let rest: Vec<Shares> = all.iter().zip(&own).map(minus).collect();
            compare(group, &own, &rest)
        })
        .collect();
    correct(
        compared
            .iter_mut()
            .flatten()
            .flat_map(StepDifference::tests),
    );
    compared
}

fn shares(report: &FunnelReport) -> Vec<Shares> {
    let first = |step: &FunnelStep| step.open.map_or(step.n_units, |open| open.n_from_first);
    let arrived = |step: &FunnelStep| step.open.map_or(step.n_units, |open| open.n_arrived);
    let n_first = report.steps.first().map_or(0, first);
    let step = |(index, step): (usize, &FunnelStep)| Shares {
        from_first: (first(step), n_first),
        from_previous: match index.checked_sub(1) {
            Some(before) => (arrived(step), report.steps[before].n_units),
            None => (step.n_units, step.n_units),
        },
    };
    report.steps.iter().enumerate().map(step).collect()
}

fn compare(labels: &FunnelReport, a: &[Shares], b: &[Shares]) -> Vec<StepDifference> {
    let difference = |a: (u64, u64), b: (u64, u64)| RateDifference::new((a.0, b.0), (a.1, b.1));
    let is_open = labels.steps.iter().any(|step| step.open.is_some());
    let step = |(index, (step, (a, b))): (usize, (&FunnelStep, (&Shares, &Shares)))| {
        let mut compared = StepDifference {
            label: step.label.clone(),
            from_first: difference(a.from_first, b.from_first),
            from_previous: difference(a.from_previous, b.from_previous),
        };
        // The same test twice would be one test too many for the correction.
        if index == 1 && !is_open {
            let test = &mut compared.from_previous;
            (test.z, test.p, test.p_corrected) = (None, None, None);
        }
        compared
    };
    let pairs = labels.steps.iter().zip(a.iter().zip(b));
    pairs.enumerate().map(step).collect()
}

impl StepDifference {
    fn tests(&mut self) -> [&mut RateDifference; 2] {
        [&mut self.from_first, &mut self.from_previous]
    }
}
