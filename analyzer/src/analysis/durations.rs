//! Exact quantiles of many durations, from partials that can be merged.

use serde::{Deserialize, Serialize};

/// Durations in milliseconds, none of them negative, in any order: 4 bytes each up to 49 days,
/// 8 bytes above.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Durations {
    narrow: Vec<u32>,
    wide: Vec<i64>,
}

impl Durations {
    /// Takes over durations that fit 4 bytes.
    pub(crate) fn from_narrow(narrow: Vec<u32>) -> Self {
        Self {
            narrow,
            wide: Vec::new(),
        }
    }

    pub(crate) fn push(&mut self, millis: i64) {
        match u32::try_from(millis) {
            Ok(millis) => self.narrow.push(millis),
            Err(_) => self.wide.push(millis),
        }
    }

    /// Adds those of another.
    pub(crate) fn append(&mut self, mut other: Self) {
        if self.narrow.len() < other.narrow.len() {
            std::mem::swap(&mut self.narrow, &mut other.narrow);
        }
        self.narrow.append(&mut other.narrow);
        self.wide.append(&mut other.wide);
    }

    /// Median and 95th percentile, interpolated linearly between the two nearest values as in
    /// [`super::statistics::TimeStats`]; `None` without durations. Changes the order.
    ///
    /// Quickselect, so the time is linear; what lies below the median is looked at once.
    pub(crate) fn median_and_p95(&mut self) -> Option<(f64, f64)> {
        let last = (self.narrow.len() + self.wide.len()).checked_sub(1)?;
        if self.wide.is_empty() {
            let median = quantile(&mut self.narrow, 0.5 * last as f64, 0)?;
            // Selecting has left nothing greater before this place, and nothing smaller behind it.
            let done = (0.5 * last as f64) as usize;
            let p95 = quantile(&mut self.narrow[done..], 0.95 * last as f64, done)?;
            return Some((median, p95));
        }
        // Rare: times above 49 days.
        let narrow = self.narrow.iter().map(|&millis| i64::from(millis));
        let mut all: Vec<i64> = narrow.chain(self.wide.iter().copied()).collect();
        let median = quantile(&mut all, 0.5 * last as f64, 0)?;
        let p95 = quantile(&mut all, 0.95 * last as f64, 0)?;
        Some((median, p95))
    }
}

/// The value at a position among all values in order, of which `values` are those from `first` on.
fn quantile<T: Copy + Ord + AsMillis>(
    values: &mut [T],
    position: f64,
    first: usize,
) -> Option<f64> {
    let below = position.floor();
    let index = below as usize - first;
    if index >= values.len() {
        return None;
    }
    let (_, low, above) = values.select_nth_unstable(index);
    let low = low.as_millis();
    let high = above.iter().min().map_or(low, |high| high.as_millis());
    Some(low + (high - low) * (position - below))
}

/// Times of either width.
trait AsMillis {
    fn as_millis(&self) -> f64;
}

impl AsMillis for u32 {
    fn as_millis(&self) -> f64 {
        f64::from(*self)
    }
}

impl AsMillis for i64 {
    fn as_millis(&self) -> f64 {
        *self as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::statistics::TimeStats;

    #[test]
    fn quantiles_are_those_of_sorted_values() {
        let mut values: Vec<i64> = (0..501).map(|n| n * 7919 % 1009 * 10_000_000).collect();
        let small: Vec<i64> = values.iter().map(|millis| millis / 10).collect();
        values.extend(small);
        for range in [
            0..1,
            0..2,
            0..3,
            0..20,
            0..501,
            501..502,
            501..503,
            501..1002,
        ] {
            let values = &mut values[range];
            let mut durations = Durations::default();
            values.iter().for_each(|&millis| durations.push(millis));
            let expected = TimeStats::new(values).unwrap();
            let found = durations.median_and_p95();
            assert_eq!(found, Some((expected.median, expected.p95)));
        }
        assert_eq!(Durations::default().median_and_p95(), None);
    }
}
