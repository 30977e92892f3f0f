//! Web vitals, by the definitions of the [web-vitals](https://github.com/GoogleChrome/web-vitals) library.
//!
//! A metric is told when its view is hidden or ends. Layout shift and response time of a view that is shown again
//! may get worse; they are then told again, and the last value counts.

use alloc::vec::Vec;

use event::kinds;

use super::{Draft, draft};
use crate::tracker::signal::{Metric, Timing};

/// Names, and where "needs improvement" and "poor" begin.
const METRICS: [(&str, f64, f64); 5] = [
    ("LCP", 2500.0, 4000.0),
    ("FCP", 1800.0, 3000.0),
    ("TTFB", 800.0, 1800.0),
    ("CLS", 0.1, 0.25),
    ("INP", 200.0, 500.0),
];
const CLS: usize = 3;
const INP: usize = 4;
/// A window of layout shifts ends with a pause of this length, ...
const WINDOW_GAP_MILLIS: f64 = 1000.0;
/// ... or when it is this long.
const WINDOW_MILLIS: f64 = 5000.0;
/// How many of the longest interactions are kept: enough for the 98th percentile of 500.
const MAX_INTERACTIONS: usize = 10;
/// Of so many interactions one may be slower than the value told.
const INTERACTIONS_PER_OUTLIER: f64 = 50.0;
/// What the interactions of a restored page are said to have taken, if all were too quick to be measured. Those of a page
/// that was loaded have the first one's time.
const QUICK_MILLIS: f64 = 8.0;
/// Chromium counts the ids of interactions up by this.
const ID_STEP: f64 = 7.0;

/// The vitals of one view.
#[derive(Default)]
pub(crate) struct Vitals {
    /// In the order of [`METRICS`].
    values: [Option<f64>; 5],
    told: [Option<f64>; 5],
    window: Window,
    /// Id and duration, longest first.
    interactions: Vec<(f64, f64)>,
    /// Smallest and largest id.
    ids: Option<(f64, f64)>,
    /// How many the document had before this view, where the browser counts them.
    n_before: f64,
    n_interactions: f64,
    /// The view came without a document: it has no paint and no first byte of its own.
    is_soft: bool,
    /// The back-forward cache kept the document from another view.
    is_restored: bool,
    /// When the view was first hidden; what was painted later waited for the visitor, not for the page.
    hidden_at: Option<i64>,
}

#[derive(Default)]
struct Window {
    first: f64,
    last: f64,
    score: f64,
}

impl Vitals {
    /// The vitals of the view that follows. `is_soft`: within the same document.
    pub(crate) fn next(&self, is_soft: bool) -> Self {
        let mut next = Self {
            is_soft,
            is_restored: !is_soft,
            n_before: self.n_interactions,
            n_interactions: self.n_interactions,
            ..Self::default()
        };
        // A view without shifts has the score 0, where shifts are seen at all.
        let [.., shift, _] = self.values;
        next.set(CLS, shift.map(|_| 0.0));
        next
    }

    /// The page is hidden.
    pub(crate) fn hidden(&mut self, now: i64) {
        self.hidden_at = self.hidden_at.or(Some(now));
    }

    fn set(&mut self, metric: usize, value: Option<f64>) {
        if let Some(place) = self.values.get_mut(metric) {
            *place = value;
        }
    }

    pub(crate) fn timed(&mut self, timing: &Timing) {
        let amount = timing.amount.max(0.0);
        match timing.metric {
            Metric::Shift => self.shifted(timing.at, amount),
            Metric::Interaction => self.interacted(timing, amount),
            _ if self.is_soft => {}
            Metric::Lcp | Metric::Fcp if self.hidden_at.is_some_and(|at| timing.at > at as f64) => {
            }
            metric => self.set(metric as usize, Some(amount)),
        }
    }

    fn shifted(&mut self, at: f64, score: f64) {
        let window = &mut self.window;
        let goes_on = window.score > 0.0
            && at - window.last < WINDOW_GAP_MILLIS
            && at - window.first < WINDOW_MILLIS;
        if !goes_on {
            window.first = at;
            window.score = 0.0;
        }
        window.last = at;
        window.score += score;
        let largest = self.values.get(CLS).copied().flatten().unwrap_or_default();
        let largest = largest.max(window.score);
        self.set(CLS, Some(largest));
    }

    fn interacted(&mut self, timing: &Timing, duration: f64) {
        let id = timing.interaction;
        self.n_interactions = self.n_interactions.max(timing.n_interactions);
        if id <= 0.0 {
            // Not part of an interaction: a movement of the pointer, for example.
            if self.is_restored
                && self.n_interactions > self.n_before
                && self.interactions.is_empty()
            {
                self.set(INP, Some(QUICK_MILLIS));
            }
            return;
        }
        let (first, last) = self.ids.unwrap_or((id, id));
        self.ids = Some((first.min(id), last.max(id)));
        let longest = &mut self.interactions;
        if let Some(known) = longest.iter_mut().find(|(other, _)| *other == id) {
            known.1 = known.1.max(duration);
        } else {
            longest.push((id, duration));
        }
        // Only one has changed, and it grew: one pass brings it to its place.
        for at in (0..longest.len() - 1).rev() {
            if let Some([left, right]) = longest.get_mut(at..at + 2)
                && left.1 < right.1
            {
                core::mem::swap(left, right);
            }
        }
        longest.truncate(MAX_INTERACTIONS);
        let estimate = (last.max(id) - first.min(id)) / ID_STEP + 1.0;
        let counted = self.n_interactions - self.n_before;
        let count = if counted > 0.0 { counted } else { estimate };
        let rank = (count / INTERACTIONS_PER_OUTLIER) as usize;
        let value = longest.get(rank).or(longest.last());
        let value = value.map(|(_, duration)| *duration);
        self.set(INP, value);
    }

    /// Tells what is new.
    pub(crate) fn tell(&mut self, drafts: &mut Vec<Draft>) {
        let metrics = METRICS.iter().zip(&self.values).zip(&mut self.told);
        for (((name, improvable, poor), value), told) in metrics {
            if let Some(amount) = *value
                && *told != *value
            {
                *told = *value;
                let rating = if amount > *poor {
                    "poor"
                } else if amount > *improvable {
                    "needs_improvement"
                } else {
                    "good"
                };
                // A ten-thousandth of a score, a millisecond of time.
                let digits = if *poor < 1.0 { 10_000.0 } else { 1.0 };
                let amount = (amount * digits + 0.5) as i64 as f64 / digits;
                let texts = [("metric", *name), ("rating", rating)];
                draft(drafts, kinds::WEB_VITAL, &texts, &[("amount", amount)]);
            }
        }
    }
}
