//! The statistics that reports share: rates with their interval, and exact time statistics.

use serde::{Deserialize, Serialize};

mod compare;
mod durations;
mod histogram;

pub use compare::{OddsRatio, RateDifference, benjamini_hochberg, correct, two_sided_p};
pub use histogram::BINS_MILLIS;

pub(super) use durations::Ranked;
use histogram::histogram;

use super::durations::Durations;

/// 97.5 % quantile of the standard normal distribution.
const Z: f64 = 1.959_963_984_540_054;

/// A share with its 95 % Wilson score interval. All three are `null` when there is nothing to
/// divide by.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS, crate::Schema))]
pub struct Rate {
    /// The share itself, from 0 to 1.
    pub value: Option<f64>,
    /// Lower end of the interval.
    pub low: Option<f64>,
    /// Upper end of the interval.
    pub high: Option<f64>,
}

impl Rate {
    /// The share of `part` in `whole`, where `part` is not larger than `whole`.
    ///
    /// Source: E. B. Wilson, "Probable inference, the law of succession, and statistical
    /// inference", JASA 22 (1927).
    pub fn new(part: u64, whole: u64) -> Self {
        if whole == 0 {
            return Self {
                value: None,
                low: None,
                high: None,
            };
        }
        let n = whole as f64;
        let p = part as f64 / n;
        let z2 = Z * Z;
        let denominator = 1.0 + z2 / n;
        let centre = (p + z2 / (2.0 * n)) / denominator;
        let half = Z * (p * (1.0 - p) / n + z2 / (4.0 * n * n)).sqrt() / denominator;
        // The formula gives exactly 0 and 1 at the ends; rounding must not push it past them.
        let low = if part == 0 {
            0.0
        } else {
            (centre - half).max(0.0)
        };
        let high = if part == whole {
            1.0
        } else {
            (centre + half).min(1.0)
        };
        Self {
            value: Some(p),
            low: Some(low),
            high: Some(high),
        }
    }

    /// Value, lower and upper end, if there is anything to divide by.
    fn parts(&self) -> Option<(f64, f64, f64)> {
        Some((self.value?, self.low?, self.high?))
    }
}

/// Exact statistics of durations, in milliseconds.
///
/// Quantiles are interpolated linearly between the two nearest values (R's type 7, the default of
/// NumPy and pandas, `quantile_cont` of DuckDB).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS, crate::Schema))]
pub struct TimeStats {
    /// How many durations.
    pub n: u64,
    /// Half of them are shorter.
    pub median: f64,
    /// Their sum divided by `n`.
    pub mean: f64,
    /// Three quarters are shorter.
    pub p75: f64,
    /// Nine tenths are shorter.
    pub p90: f64,
    /// 95 % are shorter.
    pub p95: f64,
}

const QUANTILES: [f64; 4] = [0.5, 0.75, 0.9, 0.95];

impl TimeStats {
    /// Statistics of `durations`, which are not negative; `None` when there are none.
    pub fn new(durations: &[i64]) -> Option<Self> {
        let ranked = |ranks: &[usize]| Ranked::new(durations, ranks, &[]);
        Self::of_ranked(durations.len(), &ranked).map(|(stats, _)| stats)
    }

    /// The same, and how many durations lie in each bin of [`BINS_MILLIS`], up to the last bin
    /// that has any.
    pub(crate) fn with_histogram(durations: &Durations) -> Option<(Self, Vec<u64>)> {
        let ranked = |ranks: &[usize]| durations.ranked(ranks, &BINS_MILLIS);
        let (stats, ranked) = Self::of_ranked(durations.len(), &ranked)?;
        Some((stats, histogram(&ranked)))
    }

    /// Those of `n` durations, given what tells their values at some ranks.
    fn of_ranked(n: usize, ranked: &dyn Fn(&[usize]) -> Ranked) -> Option<(Self, Ranked)> {
        let last = n.checked_sub(1)?;
        let ranks = QUANTILES.map(|q| (q * last as f64).floor() as usize);
        let asked: Vec<usize> = ranks
            .iter()
            .flat_map(|&rank| [rank, last.min(rank + 1)])
            .collect();
        let ranked = ranked(&asked);
        // Interpolated between the two nearest values.
        let quantile = |index: usize| {
            let position = QUANTILES[index] * last as f64;
            let below = ranks[index];
            let (low, next) = (ranked.at(below), ranked.at(last.min(below + 1)));
            low as f64 + (next as f64 - low as f64) * (position - below as f64)
        };
        let stats = Self {
            n: ranked.n as u64,
            median: quantile(0),
            mean: ranked.sum as f64 / ranked.n as f64,
            p75: quantile(1),
            p90: quantile(2),
            p95: quantile(3),
        };
        Some((stats, ranked))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wilson_interval_agrees_with_the_published_example() {
        // 10 of 20: 0.2993 to 0.7007 in every textbook's table.
        let rate = Rate::new(10, 20);
        assert_eq!(rate.value, Some(0.5));
        assert!((rate.low.unwrap() - 0.299_298).abs() < 1e-6, "{rate:?}");
        assert!((rate.high.unwrap() - 0.700_702).abs() < 1e-6, "{rate:?}");
    }

    #[test]
    fn rates_at_the_ends_stay_inside() {
        assert_eq!(Rate::new(0, 0).value, None);
        assert_eq!(Rate::new(0, 7).low, Some(0.0));
        assert_eq!(Rate::new(7, 7).high, Some(1.0));
        assert!(Rate::new(7, 7).low.unwrap() > 0.6);
    }

    #[test]
    fn quantiles_interpolate() {
        let stats = TimeStats::new(&[40, 10, 30, 20]).unwrap();
        assert_eq!((stats.n, stats.median, stats.mean), (4, 25.0, 25.0));
        assert_eq!(stats.p75, 32.5);
        assert_eq!(TimeStats::new(&[]), None);
        assert_eq!(TimeStats::new(&[7]).unwrap().p95, 7.0);
    }
}
