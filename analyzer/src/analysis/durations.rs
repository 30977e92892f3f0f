//! Exact quantiles of many durations, from partials that can be merged.

use super::statistics::Ranked;
use super::wire::wire;

/// Durations in milliseconds, none of them negative, in any order: 4 bytes each up to 49 days,
/// 8 bytes above.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Durations {
    narrow: Vec<u32>,
    wide: Vec<i64>,
}

wire!(Durations { narrow, wide });

impl Durations {
    /// Those of two lists: short ones, and any that take 8 bytes.
    pub(crate) fn of(narrow: Vec<u32>, wide: Vec<i64>) -> Self {
        Self { narrow, wide }
    }

    #[inline(always)]
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

    /// How many.
    pub(crate) fn len(&self) -> usize {
        self.narrow.len() + self.wide.len()
    }

    /// Gets ready to tell the values at `ranks`, and how many are below each of `bounds`.
    pub(super) fn ranked(&self, ranks: &[usize], bounds: &[i64]) -> Ranked {
        if self.wide.is_empty() {
            return Ranked::new(&self.narrow, ranks, bounds);
        }
        // Rare: times above 49 days.
        let narrow = self.narrow.iter().map(|&millis| i64::from(millis));
        let all: Vec<i64> = narrow.chain(self.wide.iter().copied()).collect();
        Ranked::new(&all, ranks, bounds)
    }

    /// The quantiles at `shares`, ascending, interpolated linearly between the two nearest values as
    /// in [`super::statistics::TimeStats`]; none without durations.
    pub(crate) fn quantiles(&self, shares: &[f64]) -> Vec<f64> {
        let Some(last) = self.len().checked_sub(1) else {
            return Vec::new();
        };
        let place = |share: &f64| (share * last as f64) as usize;
        let asked = shares.iter().map(place);
        let asked: Vec<usize> = asked
            .flat_map(|place| [place, last.min(place + 1)])
            .collect();
        let ranked = self.ranked(&asked, &[]);
        let quantile = |share: &f64| {
            let place = place(share);
            let (low, next) = (ranked.at(place), ranked.at(last.min(place + 1)));
            low as f64 + (next - low) as f64 * (share * last as f64 - place as f64)
        };
        shares.iter().map(quantile).collect()
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
            let found = durations.quantiles(&[0.5, 0.95]);
            assert_eq!(found, [expected.median, expected.p95]);
        }
        assert!(Durations::default().quantiles(&[0.5]).is_empty());
    }
}
