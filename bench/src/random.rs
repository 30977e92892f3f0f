//! A small generator of repeatable randomness.

/// SplitMix64, by Steele, Lea and Flood: 64 bits of state, good enough for traffic, nothing to configure.
#[derive(Clone, Debug)]
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^ (bits >> 31)
    }

    /// From 0 up to, but not including, 1.
    pub(crate) fn share(&mut self) -> f64 {
        (self.bits() >> 11) as f64 / (1u64 << 53) as f64
    }

    pub(crate) fn chance(&mut self, probability: f64) -> bool {
        self.share() < probability
    }

    /// From 0 up to, but not including, `n`; 0 where `n` is 0.
    pub(crate) fn below(&mut self, n: usize) -> usize {
        (self.share() * n as f64) as usize
    }

    pub(crate) fn one_of<'a, T>(&mut self, choices: &'a [T]) -> &'a T {
        &choices[self.below(choices.len())]
    }

    /// One of several, as often as its weight says.
    pub(crate) fn weighted<'a, T>(&mut self, choices: &'a [(u32, T)]) -> &'a T {
        let total: u32 = choices.iter().map(|(weight, _)| weight).sum();
        let mut left = self.below(total as usize) as u32;
        let found = choices.iter().find(|(weight, _)| {
            let is_here = left < *weight;
            left = left.saturating_sub(*weight);
            is_here
        });
        &found.unwrap_or(&choices[0]).1
    }

    /// How often a coin of this mean comes up before it fails: 0, 1, 2, …
    pub(crate) fn geometric(&mut self, mean: f64) -> usize {
        let failure = 1.0 / (1.0 + mean.max(0.0));
        let tries = (1.0 - self.share()).ln() / (1.0 - failure).ln();
        if tries.is_finite() { tries as usize } else { 0 }
    }

    /// A pause around `median` milliseconds: mostly near it, now and then many times as long.
    pub(crate) fn pause(&mut self, median: f64) -> i64 {
        // The sum of four uniform numbers is close to a normal one.
        let normal: f64 = (0..4).map(|_| self.share()).sum::<f64>() - 2.0;
        (median * (normal * 1.5).exp()) as i64 + 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn means_are_as_asked() {
        let mut random = Random::new(1);
        const N: usize = 100_000;
        let mean = (0..N).map(|_| random.geometric(3.0)).sum::<usize>() as f64 / N as f64;
        assert!((2.9..3.1).contains(&mean), "{mean}");
        let heads = (0..N).filter(|_| random.chance(0.25)).count();
        assert!((24_000..26_000).contains(&heads), "{heads}");
        let rare = (0..N)
            .filter(|_| *random.weighted(&[(9, false), (1, true)]))
            .count();
        assert!((9_500..10_500).contains(&rare), "{rare}");
    }
}
