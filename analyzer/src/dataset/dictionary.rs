//! Dictionaries: every distinct text is kept once and known by a small number, its code.
//!
//! While rows arrive, an [`Interner`] gives codes in order of arrival. At the end it becomes a
//! sorted [`Dictionary`], so that codes do not depend on the order of arrival and comparing codes
//! is comparing texts.

use std::hash::Hasher;

use rustc_hash::FxHasher;

/// Gives each distinct byte string a code, in order of arrival.
#[derive(Debug, Clone, Default)]
pub(crate) struct Interner {
    bytes: Vec<u8>,
    /// End of each entry in `bytes`; its start is the end of the one before.
    ends: Vec<usize>,
    /// Open addressing with linear probing. A power of two.
    slots: Vec<Slot>,
}

/// Where an entry may be looked up.
#[derive(Debug, Clone, Copy, Default)]
struct Slot {
    /// Hash of the entry: whether another entry is there shows without looking at that.
    hash: u32,
    /// Code + 1, or 0 where free.
    code: u32,
}

impl Interner {
    /// The code of `entry`, new or known.
    pub(crate) fn intern(&mut self, entry: &[u8]) -> u32 {
        // At most half of the slots are taken, so a free one is always found.
        if self.slots.len() <= self.ends.len() * 2 {
            self.grow();
        }
        let mut hasher = FxHasher::default();
        hasher.write(entry);
        let hash = hasher.finish() as u32;
        let slot = self.slot_of(hash, |code| {
            same(entry_at(&self.bytes, &self.ends, code as usize), entry)
        });
        match self.slots[slot].code.checked_sub(1) {
            Some(code) => code,
            None => {
                let code = self.ends.len() as u32;
                self.bytes.extend_from_slice(entry);
                self.ends.push(self.bytes.len());
                self.slots[slot] = Slot {
                    hash,
                    code: code + 1,
                };
                code
            }
        }
    }

    /// The slot with this hash whose entry `is_it`, or the free one where it belongs.
    #[inline]
    fn slot_of(&self, hash: u32, is_it: impl Fn(u32) -> bool) -> usize {
        let mask = self.slots.len() - 1;
        let mut slot = hash as usize & mask;
        while let Some(code) = self.slots[slot].code.checked_sub(1) {
            if self.slots[slot].hash == hash && is_it(code) {
                break;
            }
            slot = (slot + 1) & mask;
        }
        slot
    }

    fn grow(&mut self) {
        let n_slots = (self.slots.len() * 2).max(16);
        let known = std::mem::replace(&mut self.slots, vec![Slot::default(); n_slots]);
        for taken in known.into_iter().filter(|slot| slot.code != 0) {
            let slot = self.slot_of(taken.hash, |_| false);
            self.slots[slot] = taken;
        }
    }

    /// The sorted dictionary, and for each code given so far its code there.
    pub(crate) fn into_sorted(self) -> (Dictionary, Vec<u32>) {
        let order = sorted(&self.bytes, &self.ends);
        let mut sorted = Dictionary {
            bytes: Vec::with_capacity(self.bytes.len()),
            ends: Vec::with_capacity(order.len()),
        };
        for &code in &order {
            sorted.push(entry_at(&self.bytes, &self.ends, code as usize));
        }
        (sorted, ranks(&order))
    }

    /// For each code given so far the place of its entry in their order.
    pub(super) fn into_ranks(self) -> Vec<u32> {
        ranks(&sorted(&self.bytes, &self.ends))
    }
}

fn ranks(order: &[u32]) -> Vec<u32> {
    let mut ranks = vec![0; order.len()];
    for (rank, &code) in (0..).zip(order) {
        ranks[code as usize] = rank;
    }
    ranks
}

/// Whether two byte strings are equal. In a module that is made to be small, `==` compares byte by byte.
fn same(a: &[u8], b: &[u8]) -> bool {
    let word = |bytes: &[u8; 8]| u64::from_ne_bytes(*bytes);
    if a.len() != b.len() {
        false
    } else if let (Some(a_end), Some(b_end)) = (a.last_chunk(), b.last_chunk()) {
        let mut words = a.as_chunks().0.iter().zip(b.as_chunks().0);
        words.all(|(a, b)| word(a) == word(b)) && word(a_end) == word(b_end)
    } else {
        a.iter().eq(b)
    }
}

/// An entry's code, and [`word_at`] some place in it.
type Keyed = (u64, u32);

/// Codes in the order of their entries.
///
/// Sorts by a few bytes at a time, by counting; what has them in common is sorted by the next few. To compare two
/// entries would mean to look for them in memory each time, and a module that is made to be small sorts by heaps.
fn sorted(bytes: &[u8], ends: &[usize]) -> Vec<u32> {
    /// Fewer are sorted by comparing.
    const MANY: usize = 64;
    let entry = |code: u32| entry_at(bytes, ends, code as usize);
    let mut order: Vec<Keyed> = (0..ends.len() as u32).map(|code| (0, code)).collect();
    let mut dealt = order.clone();
    // Which have their first bytes in common, and how many.
    let mut runs = vec![(0..order.len(), 0)];
    while let Some((run, n_common)) = runs.pop() {
        let order = &mut order[run.clone()];
        if order.len() < MANY {
            order.sort_unstable_by_key(|&(_, code)| entry(code));
            continue;
        }
        for (word, code) in &mut *order {
            *word = word_at(entry(*code), n_common);
        }
        let dealt = &mut dealt[run.clone()];
        (0..8).for_each(|at| sort_by_byte(order, dealt, at * 8));
        let mut start = run.start;
        for same in order.chunk_by(|a, b| a.0 == b.0) {
            let end = start + same.len();
            if same.len() > 1 {
                runs.push((start..end, n_common + WORD));
            }
            start = end;
        }
    }
    order.into_iter().map(|(_, code)| code).collect()
}

/// How many bytes of an entry [`word_at`] takes.
const WORD: usize = 7;

/// The bytes of an entry from a place on, and how many follow it, up to one more: as long as words differ, their order
/// is that of the entries, and entries of equal words either go on or are equal.
fn word_at(entry: &[u8], from: usize) -> u64 {
    let rest = &entry[from..];
    let n = rest.len().min(WORD);
    let mut word = [0; WORD + 1];
    word[..n].copy_from_slice(&rest[..n]);
    word[WORD] = rest.len().min(WORD + 1) as u8;
    u64::from_be_bytes(word)
}

/// Sorts by one byte of the words and keeps the order of what has the same; `dealt` is as long, for use meanwhile.
#[inline(never)]
fn sort_by_byte(order: &mut [Keyed], dealt: &mut [Keyed], shift: u32) {
    let byte = |word: u64| usize::from((word >> shift) as u8);
    let mut next = [0_u32; 256];
    order.iter().for_each(|&(word, _)| next[byte(word)] += 1);
    if next[byte(order[0].0)] as usize == order.len() {
        return;
    }
    let mut start = 0;
    for next in &mut next {
        start += std::mem::replace(next, start);
    }
    for &keyed in &*order {
        let next = &mut next[byte(keyed.0)];
        dealt[*next as usize] = keyed;
        *next += 1;
    }
    order.copy_from_slice(dealt);
}

fn entry_at<'a>(bytes: &'a [u8], ends: &[usize], code: usize) -> &'a [u8] {
    let start = if code == 0 { 0 } else { ends[code - 1] };
    &bytes[start..ends[code]]
}

/// Distinct byte strings in ascending order; the position is the code.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Dictionary {
    bytes: Vec<u8>,
    ends: Vec<usize>,
}

impl Dictionary {
    /// Appends an entry, which must be greater than all before.
    pub(crate) fn push(&mut self, entry: &[u8]) {
        self.bytes.extend_from_slice(entry);
        self.ends.push(self.bytes.len());
    }

    /// All entries one after another.
    pub(super) fn all_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The number of bytes of each entry.
    pub(super) fn lengths(&self) -> impl ExactSizeIterator<Item = u32> {
        (0..self.len()).map(|code| self.bytes(code).len() as u32)
    }

    /// The dictionary of these entries; `None` where they are not ascending, or not all of `bytes`.
    pub(super) fn from_parts(bytes: Vec<u8>, lengths: &[u32]) -> Option<Self> {
        let mut end = 0_usize;
        let mut ends = Vec::with_capacity(lengths.len());
        for &length in lengths {
            end = end.checked_add(length as usize)?;
            ends.push(end);
        }
        let dictionary = Self { bytes, ends };
        let is_whole = end == dictionary.bytes.len();
        let is_ascending = || {
            (1..dictionary.len()).all(|code| dictionary.bytes(code - 1) < dictionary.bytes(code))
        };
        (is_whole && is_ascending()).then_some(dictionary)
    }

    /// Whether every entry is text.
    pub(super) fn is_text(&self) -> bool {
        (0..self.len()).all(|code| std::str::from_utf8(self.bytes(code)).is_ok())
    }

    /// How many entries there are.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// The bytes of a code below [`Dictionary::len`].
    pub(crate) fn bytes(&self, code: usize) -> &[u8] {
        entry_at(&self.bytes, &self.ends, code)
    }

    /// The text of a code below [`Dictionary::len`].
    pub fn text(&self, code: usize) -> &str {
        // Only texts were put into the dictionaries that are read as text.
        std::str::from_utf8(self.bytes(code)).unwrap_or_default()
    }

    /// The code of an entry, if it is there.
    pub fn find(&self, entry: &str) -> Option<u32> {
        let (mut low, mut high) = (0, self.len());
        while low < high {
            let middle = low + (high - low) / 2;
            match self.bytes(middle).cmp(entry.as_bytes()) {
                std::cmp::Ordering::Equal => return Some(middle as u32),
                std::cmp::Ordering::Less => low = middle + 1,
                std::cmp::Ordering::Greater => high = middle,
            }
        }
        None
    }

    /// All texts in ascending order.
    pub fn texts(&self) -> impl Iterator<Item = &str> {
        (0..self.len()).map(|code| self.text(code))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn codes_become_ranks() {
        let mut interner = Interner::default();
        let words: Vec<String> = (0..1000)
            .map(|n| format!("word {}", n * 7919 % 1000))
            .collect();
        let codes: Vec<u32> = words
            .iter()
            .map(|word| interner.intern(word.as_bytes()))
            .collect();
        assert_eq!(codes, (0..1000).collect::<Vec<u32>>());
        assert_eq!(interner.intern(b"word 0"), 0);
        let (dictionary, ranks) = interner.into_sorted();
        assert_eq!(dictionary.len(), 1000);
        for (word, &code) in words.iter().zip(&codes) {
            assert_eq!(dictionary.text(ranks[code as usize] as usize), word);
            assert_eq!(dictionary.find(word), Some(ranks[code as usize]));
        }
        assert!(dictionary.texts().is_sorted());
        assert_eq!(dictionary.find("word"), None);
    }

    proptest! {
        #[test]
        fn the_order_is_that_of_the_entries(
            prefix in prop::collection::vec(0..2_u8, 0..20),
            entries in prop::collection::hash_set(prop::collection::vec(0..3_u8, 0..18), 0..400),
        ) {
            let mut interner = Interner::default();
            let mut expected: Vec<Vec<u8>> = entries.into_iter().map(|entry| [&*prefix, &*entry].concat()).collect();
            for entry in &expected {
                interner.intern(entry);
            }
            let (dictionary, ranks) = interner.into_sorted();
            for (code, entry) in expected.iter().enumerate() {
                prop_assert_eq!(dictionary.bytes(ranks[code] as usize), &**entry);
            }
            expected.sort();
            prop_assert!(expected.iter().enumerate().all(|(code, entry)| dictionary.bytes(code) == &**entry));
        }

        #[test]
        fn the_same_is_what_is_equal(a in prop::collection::vec(0..2_u8, 0..20), at in 0..20_usize, b in prop::collection::vec(0..2_u8, 0..20)) {
            prop_assert_eq!(same(&a, &b), a == b);
            prop_assert!(same(&a, &a.clone()));
            let mut other = a.clone();
            if let Some(byte) = other.get_mut(at) {
                *byte ^= 1;
                prop_assert!(!same(&a, &other));
            }
        }
    }

    #[test]
    fn the_empty_text_is_an_entry() {
        let mut interner = Interner::default();
        assert_eq!(interner.intern(b""), 0);
        assert_eq!(interner.intern(b"a"), 1);
        assert_eq!(interner.intern(b""), 0);
    }
}
