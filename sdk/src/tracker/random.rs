//! Random numbers and ids from one seed, so that a run can be repeated.

use alloc::string::String;

use event::Uuid;
use event::json::write_uuid;

/// The generator [xoroshiro128++](https://prng.di.unimi.it/xoroshiro128plusplus.c). Not for secrets.
pub(crate) struct Random {
    state: [u64; 2],
}

impl Random {
    pub(crate) fn new(seed: [u64; 2]) -> Self {
        // The generator stands still on an all-zero state.
        let state = if seed == [0, 0] { [1, 2] } else { seed };
        Self { state }
    }

    fn next(&mut self) -> u64 {
        let [a, mut b] = self.state;
        let result = a.wrapping_add(b).rotate_left(17).wrapping_add(a);
        b ^= a;
        self.state = [a.rotate_left(49) ^ b ^ (b << 21), b.rotate_left(28)];
        result
    }

    /// A number from 0 up to, but not including, `bound`.
    pub(crate) fn below(&mut self, bound: u32) -> u32 {
        // Multiply and shift: the bias is at most bound / 2^32, nothing for jitter.
        (((self.next() >> 32) * u64::from(bound)) >> 32) as u32
    }

    /// A UUID of version 7 for the moment `now`, in milliseconds
    /// ([RFC 9562, section 5.7](https://www.rfc-editor.org/rfc/rfc9562#section-5.7)).
    pub(crate) fn uuid(&mut self, now: i64) -> Uuid {
        const VERSION: u64 = 7 << 12;
        const VARIANT: u64 = 1 << 63;
        let high = ((now as u64) << 16) | VERSION | (self.next() >> 52);
        let low = VARIANT | (self.next() >> 2);
        Uuid::from_u64_pair(high, low)
    }

    /// [`Random::uuid`] as text.
    pub(crate) fn id(&mut self, now: i64) -> String {
        let mut id = String::new();
        write_uuid(&mut id, &self.uuid(now));
        id
    }
}

#[cfg(all(test, not(target_family = "wasm")))]
mod tests {
    use super::Random;

    #[test]
    fn ids_hold_their_time_version_and_variant() {
        let id = Random::new([3, 4]).uuid(1_763_780_000_000);
        assert_eq!(id.get_version_num(), 7);
        assert_eq!(id.get_variant(), uuid::Variant::RFC4122);
        let millis = id.as_u128() >> 80;
        assert_eq!(millis, 1_763_780_000_000);
    }

    #[test]
    fn ids_differ_and_a_seed_repeats_them() {
        let ids = |seed| {
            let mut random = Random::new(seed);
            (0..1000).map(|_| random.id(7)).collect::<Vec<_>>()
        };
        let mut first = ids([1, 1]);
        assert_eq!(first, ids([1, 1]));
        assert_ne!(first, ids([1, 2]));
        first.sort();
        first.dedup();
        assert_eq!(first.len(), 1000);
        assert_ne!(ids([0, 0]).first(), ids([0, 0]).last());
    }

    #[test]
    fn jitter_stays_below_its_bound() {
        let mut random = Random::new([9, 9]);
        assert!((0..1000).all(|_| random.below(10) < 10));
        assert_eq!(random.below(0), 0);
    }
}
