//! Small numbers for keys that are counted: of edges, and of short paths packed into one word.

/// Gives each distinct key a number, counting from 0 in order of arrival.
pub(crate) struct KeyTable {
    slots: Slots,
    /// The key of each number.
    keys: Vec<u64>,
}

enum Slots {
    /// Number + 1 by key, 0 where free.
    Direct(Vec<u32>),
    /// Open addressing with linear probing: key and number + 1, 0 where free. A power of two.
    Hashed(Vec<(u64, u32)>),
}

/// Tables of this many slots fit a processor's second cache.
const MAX_DIRECT: u64 = 1 << 16;

impl KeyTable {
    /// A table for keys below `n_keys`.
    pub(crate) fn new(n_keys: u64) -> Self {
        let slots = if n_keys <= MAX_DIRECT {
            Slots::Direct(vec![0; n_keys as usize])
        } else {
            Slots::Hashed(vec![(0, 0); 1 << 10])
        };
        Self {
            slots,
            keys: Vec::new(),
        }
    }

    /// The keys by their numbers.
    pub(crate) fn keys(&self) -> &[u64] {
        &self.keys
    }

    /// The number of a key, known or new.
    #[inline(always)]
    pub(crate) fn number(&mut self, key: u64) -> usize {
        match &mut self.slots {
            Slots::Direct(slots) => {
                let slot = &mut slots[key as usize];
                if *slot == 0 {
                    self.keys.push(key);
                    *slot = self.keys.len() as u32;
                }
                *slot as usize - 1
            }
            Slots::Hashed(slots) => {
                let slot = slot_of(slots, key);
                match slots[slot] {
                    (_, 0) => self.insert(key),
                    (_, number) => number as usize - 1,
                }
            }
        }
    }

    /// Takes in a key that the hashed slots do not hold.
    #[cold]
    #[inline(never)]
    fn insert(&mut self, key: u64) -> usize {
        self.keys.push(key);
        if let Slots::Hashed(slots) = &mut self.slots {
            // At most half of the slots are taken, so a free one is always near.
            if slots.len() <= self.keys.len() * 2 {
                *slots = vec![(0, 0); slots.len() * 2];
                for (&key, number) in self.keys.iter().zip(1..) {
                    let slot = slot_of(slots, key);
                    slots[slot] = (key, number);
                }
            } else {
                let slot = slot_of(slots, key);
                slots[slot] = (key, self.keys.len() as u32);
            }
        }
        self.keys.len() - 1
    }
}

/// The slot that holds `key`, or the free one where it belongs.
#[inline(always)]
fn slot_of(slots: &[(u64, u32)], key: u64) -> usize {
    let mask = slots.len() - 1;
    // The golden ratio's bits spread neighbouring keys; the upper half of a product is mixed best.
    let mut slot = (key.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32) as usize & mask;
    loop {
        let (held, number) = slots[slot];
        if number == 0 || held == key {
            return slot;
        }
        slot = (slot + 1) & mask;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_numbered_as_they_come() {
        for n_keys in [10_000, u64::MAX] {
            let mut table = KeyTable::new(n_keys);
            let keys: Vec<u64> = (0..5_000_u64).map(|n| n * 7919 % 9973).collect();
            for round in 0..2 {
                for (index, &key) in keys.iter().enumerate() {
                    assert_eq!(table.number(key), index, "round {round}");
                }
            }
            assert_eq!(table.keys(), keys);
        }
    }
}
