//! Sets of people, sessions or events: one bit each.

use std::ops::Range;

/// A set of positions below a length.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Bitmap {
    words: Vec<u64>,
    len: usize,
}

impl Bitmap {
    /// The set that has none, or all, of the positions below `len`.
    pub(crate) fn new(len: usize, all: bool) -> Self {
        let mut bitmap = Self {
            words: vec![if all { u64::MAX } else { 0 }; len.div_ceil(64)],
            len,
        };
        bitmap.cut();
        bitmap
    }

    /// Keeps the bits past the end empty, so that they are never counted.
    fn cut(&mut self) {
        if let Some(last) = self
            .words
            .last_mut()
            .filter(|_| !self.len.is_multiple_of(64))
        {
            *last &= (1 << (self.len % 64)) - 1;
        }
    }

    pub(crate) fn insert(&mut self, position: usize) {
        self.words[position / 64] |= 1 << (position % 64);
    }

    pub(crate) fn remove(&mut self, position: usize) {
        self.words[position / 64] &= !(1 << (position % 64));
    }

    pub(crate) fn remove_range(&mut self, range: Range<usize>) {
        let (first, last) = (range.start / 64, range.end / 64);
        let from = u64::MAX << (range.start % 64);
        let until = (1_u64 << (range.end % 64)) - 1;
        if first == last {
            if until != 0 {
                self.words[first] &= !(from & until);
            }
            return;
        }
        self.words[first] &= !from;
        self.words[first + 1..last].fill(0);
        if until != 0 {
            self.words[last] &= !until;
        }
    }

    /// Keeps what is in both.
    pub(crate) fn intersect(&mut self, other: &Self) {
        for (word, other) in self.words.iter_mut().zip(&other.words) {
            *word &= other;
        }
    }

    /// Adds what is in the other.
    pub(crate) fn unite(&mut self, other: &Self) {
        for (word, other) in self.words.iter_mut().zip(&other.words) {
            *word |= other;
        }
    }

    /// Has exactly what it had not.
    pub(crate) fn invert(&mut self) {
        self.words.iter_mut().for_each(|word| *word = !*word);
        self.cut();
    }

    /// How many are in the set.
    pub(crate) fn count(&self) -> usize {
        self.words
            .iter()
            .map(|word| word.count_ones() as usize)
            .sum()
    }

    /// Whether every position is in the set.
    pub(crate) fn is_full(&self) -> bool {
        self.count() == self.len
    }

    /// The positions in the set, ascending.
    pub(crate) fn ones(&self) -> impl Iterator<Item = usize> {
        self.words.iter().enumerate().flat_map(|(index, &word)| {
            let mut rest = word;
            std::iter::from_fn(move || {
                let bit = rest.trailing_zeros() as usize;
                (rest != 0).then(|| {
                    rest &= rest - 1;
                    index * 64 + bit
                })
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_removed_to_the_bit() {
        for len in [0, 1, 63, 64, 65, 200] {
            for (start, end) in [
                (0, 0),
                (0, 64),
                (1, 63),
                (5, 5),
                (60, 70),
                (63, 64),
                (64, 200),
            ] {
                let (start, end) = (start.min(len), end.min(len));
                let mut bitmap = Bitmap::new(len, true);
                bitmap.remove_range(start..end);
                let expected: Vec<usize> = (0..len).filter(|n| !(start..end).contains(n)).collect();
                assert_eq!(bitmap.ones().collect::<Vec<usize>>(), expected);
                assert_eq!(bitmap.count(), expected.len());
                bitmap.invert();
                assert_eq!(bitmap.count(), end - start);
            }
        }
    }
}
