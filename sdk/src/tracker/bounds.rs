//! How much one page may report, and which visitors report at all.

/// An event costs so much of the page's credit,
const COST: i64 = 50;
/// which grows by one each millisecond, so by 20 events a second, up to this: 200 events.
const MOST_CREDIT: i64 = 200 * COST;

/// A token bucket: what a loop that does not end may report.
pub(crate) struct Bucket {
    credit: i64,
    as_of: i64,
}

impl Default for Bucket {
    fn default() -> Self {
        Self {
            credit: MOST_CREDIT,
            as_of: 0,
        }
    }
}

impl Bucket {
    /// Pays for one event; `false` where the credit is used up.
    pub(crate) fn take(&mut self, now: i64) -> bool {
        let passed = now - self.as_of;
        if passed > 0 {
            self.credit = (self.credit + passed).min(MOST_CREDIT);
        }
        // A clock that is set back earns nothing, and one set back for good does not stop the growth.
        self.as_of = now;
        let is_paid = self.credit >= COST;
        if is_paid {
            self.credit -= COST;
        }
        is_paid
    }
}

/// Whether the visitor with this id is among the share of `millionths`: always the same answer for the same id, and
/// whoever is in a share is in every larger one.
pub(crate) fn is_in_sample(id: &str, millionths: u32) -> bool {
    // FNV-1a, then a mix, because its upper bits hardly depend on the last byte
    // (http://www.isthe.com/chongo/tech/comp/fnv/).
    let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
    for byte in id.bytes() {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    }
    hash = (hash ^ (hash >> 32)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    (((hash >> 32) * 1_000_000) >> 32) < u64::from(millionths)
}

#[cfg(all(test, not(target_family = "wasm")))]
mod tests {
    use super::{Bucket, is_in_sample};
    use crate::tracker::random::Random;

    #[test]
    fn a_burst_is_taken_and_then_twenty_a_second() {
        let mut bucket = Bucket::default();
        let mut taken = |now| (0..1000).filter(|_| bucket.take(now)).count();
        assert_eq!(taken(5_000), 200);
        assert_eq!(taken(5_000), 0);
        assert_eq!(taken(6_000), 20);
        assert_eq!(taken(1_000), 0, "a clock set back earns nothing");
        assert_eq!(taken(2_000), 20, "and does not stop it for good");
        assert_eq!(taken(9_000_000), 200);
    }

    #[test]
    fn a_sample_is_as_large_as_asked_and_grows_with_its_share() {
        let mut random = Random::new([5, 6]);
        let ids: Vec<_> = (0..20_000).map(|at| random.id(at)).collect();
        for (millionths, expected) in [(0, 0), (10_000, 200), (250_000, 5_000), (1_000_000, 20_000)]
        {
            let n = ids.iter().filter(|id| is_in_sample(id, millionths)).count();
            assert!(n.abs_diff(expected) <= expected / 8, "{n} of {expected}");
        }
        for id in &ids {
            assert!(!is_in_sample(id, 100_000) || is_in_sample(id, 200_000));
        }
    }
}
