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

    /// A quantile from 0 to 1, interpolated linearly between the two nearest values as in
    /// [`super::statistics::TimeStats`]; `None` without durations. Changes the order.
    ///
    /// Quickselect, so the time is linear.
    pub(crate) fn quantile(&mut self, q: f64) -> Option<f64> {
        let last = (self.narrow.len() + self.wide.len()).checked_sub(1)?;
        let position = q * last as f64;
        let below = position.floor() as usize;
        let low = self.nth(below);
        // Selecting has left nothing smaller behind it.
        let high = self.nth((below + 1).min(last));
        Some(low + (high - low) * (position - below as f64))
    }

    /// The value that stands here when all are in order; every wide one is above every narrow one.
    fn nth(&mut self, index: usize) -> f64 {
        match index.checked_sub(self.narrow.len()) {
            None => f64::from(*self.narrow.select_nth_unstable(index).1),
            Some(index) => *self.wide.select_nth_unstable(index).1 as f64,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::statistics::TimeStats;

    #[test]
    fn quantiles_are_those_of_sorted_values() {
        let mut values: Vec<i64> = (0..501).map(|n| n * 7919 % 1009 * 10_000_000).collect();
        for len in [1, 2, 3, 20, 501] {
            let values = &mut values[..len];
            let mut durations = Durations::default();
            values.iter().for_each(|&millis| durations.push(millis));
            let expected = TimeStats::new(values).unwrap();
            assert_eq!(durations.quantile(0.95), Some(expected.p95));
            assert_eq!(durations.quantile(0.5), Some(expected.median));
        }
        assert_eq!(Durations::default().quantile(0.5), None);
    }
}
