//! Histograms of durations with bins that people can read.

use super::durations::Ranked;

const SECOND: i64 = 1000;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// Lower ends of the bins, in milliseconds. Each bin ends before the next begins, and the last one
/// has no end.
pub const BINS_MILLIS: [i64; 22] = [
    0,
    SECOND,
    5 * SECOND,
    15 * SECOND,
    30 * SECOND,
    MINUTE,
    2 * MINUTE,
    5 * MINUTE,
    10 * MINUTE,
    15 * MINUTE,
    30 * MINUTE,
    HOUR,
    2 * HOUR,
    4 * HOUR,
    8 * HOUR,
    12 * HOUR,
    DAY,
    2 * DAY,
    4 * DAY,
    7 * DAY,
    14 * DAY,
    30 * DAY,
];

/// How many durations lie in each bin, up to the last bin that has any.
pub(super) fn histogram(durations: &Ranked) -> Vec<u64> {
    let mut n_before = 0;
    let mut counts = Vec::new();
    for bin in 1..=BINS_MILLIS.len() {
        if n_before == durations.n {
            break;
        }
        let end = BINS_MILLIS
            .get(bin)
            .map_or(durations.n, |&end| durations.n_below(end));
        counts.push((end - n_before) as u64);
        n_before = end;
    }
    counts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_belongs_to_the_bin_that_begins_with_it() {
        let of = |durations: &[i64]| histogram(&Ranked::new(durations, &[], &BINS_MILLIS));
        assert_eq!(of(&[]), Vec::<u64>::new());
        assert_eq!(of(&[0, 999]), [2]);
        assert_eq!(of(&[5000, 0, 1000, 4999]), [1, 2, 1]);
        let last = of(&[30 * DAY, i64::MAX]);
        assert_eq!((last.len(), last[21]), (22, 2));
        assert!(BINS_MILLIS.is_sorted());
    }
}
