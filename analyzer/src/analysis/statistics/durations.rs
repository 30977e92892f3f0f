//! Ranks of many durations without sorting them all.
//!
//! A quantile asks for two values of a list, a histogram for how many are below some bounds. So it
//! is enough to count durations in fine buckets, and to sort those of the few buckets that hold a
//! value or a bound that is asked for: two passes in the place of a sort.

/// Lists shorter than this are sorted.
const FEW: usize = 64;
/// Buckets: eight for each doubling, and one for each number below eight.
const N_BUCKETS: usize = 512;

/// Durations of which some values and some numbers can be asked for.
pub(in crate::analysis) struct Ranked {
    pub(super) n: usize,
    pub(super) sum: i128,
    /// The durations of the buckets that are asked for, ascending.
    kept: Vec<i64>,
    /// For each bucket how many durations come before it, of all and of those kept; empty where
    /// all are kept.
    before: Vec<(usize, usize)>,
}

/// The bucket of a duration that is not negative; longer ones never have a smaller bucket.
fn bucket(duration: i64) -> usize {
    if duration < 8 {
        return duration as usize;
    }
    let shift = duration.ilog2() - 3;
    (shift as usize + 1) * 8 + (duration >> shift & 7) as usize
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
        let durations = || durations.iter().map(|&duration| -> i64 { duration.into() });
        if n < FEW || durations().any(|duration| duration < 0) {
            let mut kept: Vec<i64> = durations().collect();
            kept.sort_unstable();
            return Self {
                n,
                sum: kept.iter().map(|&duration| i128::from(duration)).sum(),
                kept,
                before: Vec::new(),
            };
        }
        let mut counts = [0_usize; N_BUCKETS];
        // Halves of each number, whose sums cannot overflow.
        let (mut low, mut high) = (0_u64, 0_u64);
        for duration in durations() {
            counts[bucket(duration)] += 1;
            low += duration as u64 & 0xffff_ffff;
            high += duration as u64 >> 32;
        }
        let sum = (i128::from(high) << 32) + i128::from(low);
        let mut is_kept = [false; N_BUCKETS];
        for &bound in bounds {
            is_kept[bucket(bound)] = true;
        }
        let mut n_before = 0;
        for (index, &count) in counts.iter().enumerate() {
            is_kept[index] |= ranks
                .iter()
                .any(|rank| (n_before..n_before + count).contains(rank));
            n_before += count;
        }
        let mut before = Vec::with_capacity(N_BUCKETS);
        let (mut n_all, mut n_kept) = (0, 0);
        for (&count, &is_kept) in counts.iter().zip(&is_kept) {
            before.push((n_all, n_kept));
            n_all += count;
            n_kept += if is_kept { count } else { 0 };
        }
        let mut kept: Vec<i64> = Vec::with_capacity(n_kept);
        kept.extend(durations().filter(|&duration| is_kept[bucket(duration)]));
        kept.sort_unstable();
        Self {
            n,
            sum,
            kept,
            before,
        }
    }

    /// The value at a rank that was asked for.
    pub(in crate::analysis) fn at(&self, rank: usize) -> i64 {
        let index = match self.before.partition_point(|before| before.0 <= rank) {
            0 => rank,
            n_buckets => {
                let (all, kept) = self.before[n_buckets - 1];
                rank - all + kept
            }
        };
        self.kept.get(index).copied().unwrap_or_default()
    }

    /// How many are below a bound that was asked for.
    pub(super) fn n_below(&self, bound: i64) -> usize {
        let below = self.kept.partition_point(|&duration| duration < bound);
        match self.before.get(bucket(bound)) {
            // Kept ones of earlier buckets are below the bound, and among all of those.
            Some((all, kept)) => all + below - kept,
            None => below,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_ascend() {
        let mut last = 0;
        for duration in (0..5000).chain((5..63).flat_map(|n| [(1 << n) - 1, 1 << n, (1 << n) + 1]))
        {
            let bucket = bucket(duration);
            assert!(bucket >= last || duration < 5000, "{duration}");
            last = bucket;
        }
        assert!(bucket(i64::MAX) < N_BUCKETS);
        assert_eq!(bucket(4999) + 1, bucket(5120));
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
        for n in [1, 2, 63, 64, 65, 5000] {
            let mut durations: Vec<i64> =
                (0..n).map(|_| next()).map(|root| root * root / 7).collect();
            durations[0] = i64::MAX / 2;
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
