//! Ranks of many durations without sorting them all.
//!
//! A quantile asks for two values of a list, a histogram for how many are below some bounds. So it
//! is enough to count durations in fine buckets, and to sort those of the few buckets that hold a
//! value or a bound that is asked for: two passes in the place of a sort.

/// Lists shorter than this are sorted.
const FEW: usize = 64;

/// Durations of which some values and some numbers can be asked for.
pub(in crate::analysis) struct Ranked {
    pub(super) n: usize,
    pub(super) sum: i128,
    scale: Scale,
    /// The durations of the buckets that are asked for and hold more than one value, ascending.
    kept: Vec<i64>,
    /// The buckets that are asked for, ascending; empty where all durations are kept.
    asked: Vec<Asked>,
}

/// A bucket that is asked for, and how many durations come before it, of all and of those kept.
struct Asked {
    bucket: usize,
    n_before: usize,
    n_kept_before: usize,
}

/// Buckets of durations that are not negative: 2 to the power of this for each doubling, and one
/// for each number below twice as many.
#[derive(Clone, Copy)]
struct Scale(u32);

impl Scale {
    /// The more durations, the finer, so that both the buckets and what one of them holds stay few.
    fn new(n: usize) -> Self {
        Self((n.max(1).ilog2() / 2).clamp(3, 7))
    }

    /// The bucket of a duration; longer ones never have a smaller bucket.
    #[inline(always)]
    fn bucket(self, duration: i64) -> usize {
        let duration = duration as u64;
        let shift = (duration | 1 << self.0).ilog2() - self.0;
        ((shift as usize) << self.0) + (duration >> shift) as usize
    }

    /// The duration that a bucket is for, where there is only one.
    fn only(self, bucket: usize) -> Option<i64> {
        (bucket < 2 << self.0).then_some(bucket as i64)
    }
}

impl Ranked {
    /// Gets ready to tell the values at `ranks`, from 0 in ascending order, and how many durations
    /// are below each of `bounds`. Durations are not negative.
    pub(in crate::analysis) fn new<T: Copy + Into<i64>>(
        durations: &[T],
        ranks: &[usize],
        bounds: &[i64],
    ) -> Self {
        let n = durations.len();
        let scale = Scale::new(n);
        let durations = || durations.iter().map(|&duration| -> i64 { duration.into() });
        if n < FEW || durations().any(|duration| duration < 0) {
            let mut kept: Vec<i64> = durations().collect();
            kept.sort_unstable();
            return Self {
                n,
                sum: kept.iter().map(|&duration| i128::from(duration)).sum(),
                scale,
                kept,
                asked: Vec::new(),
            };
        }
        let longest = durations().max().unwrap_or_default();
        let longest = bounds.iter().copied().fold(longest, i64::max);
        let mut counts = vec![0_u32; scale.bucket(longest) + 1];
        // Halves of each number, whose sums cannot overflow.
        let (mut low, mut high) = (0_u64, 0_u64);
        for duration in durations() {
            counts[scale.bucket(duration)] += 1;
            low += duration as u64 & 0xffff_ffff;
            high += duration as u64 >> 32;
        }
        let sum = (i128::from(high) << 32) + i128::from(low);
        let mut is_kept = vec![false; counts.len()];
        for &bound in bounds {
            is_kept[scale.bucket(bound)] = true;
        }
        let (mut n_before, mut n_kept_before) = (0, 0);
        let mut asked = Vec::new();
        let mut ranks = ranks.iter().copied().peekable();
        for (bucket, &count) in counts.iter().enumerate() {
            let end = n_before + count as usize;
            let mut is_asked = is_kept[bucket];
            while ranks.next_if(|&rank| rank < end).is_some() {
                is_asked = true;
            }
            if is_asked {
                asked.push(Asked {
                    bucket,
                    n_before,
                    n_kept_before,
                });
                is_kept[bucket] = scale.only(bucket).is_none();
                n_kept_before += if is_kept[bucket] { count as usize } else { 0 };
            }
            n_before = end;
        }
        let mut kept: Vec<i64> = Vec::with_capacity(n_kept_before);
        if n_kept_before > 0 {
            kept.extend(durations().filter(|&duration| is_kept[scale.bucket(duration)]));
            kept.sort_unstable();
        }
        Self {
            n,
            sum,
            scale,
            kept,
            asked,
        }
    }

    /// The value at a rank that was asked for.
    pub(in crate::analysis) fn at(&self, rank: usize) -> i64 {
        let n_asked = self.asked.partition_point(|asked| asked.n_before <= rank);
        let (index, only) = match self.asked[..n_asked].last() {
            None => (rank, None),
            Some(asked) => (
                rank - asked.n_before + asked.n_kept_before,
                self.scale.only(asked.bucket),
            ),
        };
        only.unwrap_or_else(|| self.kept.get(index).copied().unwrap_or_default())
    }

    /// How many are below a bound that was asked for.
    pub(super) fn n_below(&self, bound: i64) -> usize {
        let below = || self.kept.partition_point(|&duration| duration < bound);
        let bucket = self.scale.bucket(bound);
        let asked = self.asked.iter().find(|asked| asked.bucket == bucket);
        match asked {
            None => below(),
            Some(asked) if self.scale.only(bucket).is_some() => asked.n_before,
            // Kept ones of earlier buckets are below the bound, and among all of those.
            Some(asked) => asked.n_before + below() - asked.n_kept_before,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_ascend_and_the_first_hold_one_value() {
        for scale in (3..8).map(Scale) {
            let mut last = 0;
            let large = (13..63).flat_map(|n| [(1 << n) - 1, 1 << n, (1 << n) + 1]);
            for duration in (0..5000).chain(large) {
                let bucket = scale.bucket(duration);
                assert!(bucket >= last, "{duration}");
                assert!(duration >= 5000 || bucket <= last + 1, "{duration}");
                assert_eq!(scale.only(bucket).unwrap_or(duration), duration);
                last = bucket;
            }
            assert!(scale.bucket(i64::MAX) < 64 << scale.0);
            assert!(scale.bucket(4999) < scale.bucket(10_000));
        }
    }

    #[test]
    fn ranks_and_bounds_are_those_of_the_sorted_list() {
        // Squares of a simple generator's numbers: many short durations, few long ones.
        let mut state = 1_u64;
        let mut next = || {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) as i64 % 40_000
        };
        for n in [1, 2, 63, 64, 65, 5000, 70_000] {
            let mut durations: Vec<i64> =
                (0..n).map(|_| next()).map(|root| root * root / 7).collect();
            durations[0] = i64::MAX / 2;
            // Many that are equal, some of them in buckets of one value.
            for (index, duration) in durations.iter_mut().enumerate().skip(1) {
                match index % 7 {
                    0 | 1 => *duration = 1,
                    2 => *duration = 60_000,
                    _ => {}
                }
            }
            let mut sorted = durations.clone();
            sorted.sort_unstable();
            let ranks = [0, n / 3, n / 2, n * 9 / 10, n - 1];
            let bounds = [0, 1, 1000, 60_000, 3_600_000, 86_400_000];
            let ranked = Ranked::new(&durations, &ranks, &bounds);
            assert_eq!(
                ranked.sum,
                sorted.iter().map(|&one| i128::from(one)).sum::<i128>()
            );
            for rank in ranks {
                assert_eq!(ranked.at(rank), sorted[rank], "{rank} of {n}");
            }
            for bound in bounds {
                let expected = sorted.partition_point(|&duration| duration < bound);
                assert_eq!(ranked.n_below(bound), expected, "{bound} of {n}");
            }
        }
    }
}
