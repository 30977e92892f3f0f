//! Finds the entry of an event in a column that only some events have an entry in.
//!
//! One bit for each event, and how many entries there are before each 64 of them, tell the place of a row among
//! them in one step. Where a column keeps a list of its rows beside, the index is made when it is first asked for, and
//! no part of what a dataset is.

use std::ops::Range;
use std::sync::OnceLock;

/// The index of a column, once somebody has asked for it.
#[derive(Debug, Clone, Default)]
pub(crate) struct CachedIndex(OnceLock<RowIndex>);

impl CachedIndex {
    /// The index over the rows of a column's entries, which are ascending.
    #[inline]
    pub(crate) fn over(&self, rows: &[u32]) -> &RowIndex {
        self.0.get_or_init(|| {
            let n_rows = rows.last().map_or(0, |&last| last as usize + 1);
            RowIndex::new(rows.iter().copied(), n_rows)
        })
    }
}

impl PartialEq for CachedIndex {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for CachedIndex {}

/// See the module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RowIndex {
    /// Which of 64 rows have an entry, and how many entries come before.
    words: Vec<(u64, u32)>,
    n_entries: usize,
}

impl RowIndex {
    /// The index over the rows of entries, which are below `n_rows`.
    pub(super) fn new(rows: impl Iterator<Item = u32>, n_rows: usize) -> Self {
        let mut index = Self::empty(n_rows);
        rows.for_each(|row| index.mark(row));
        index.count();
        index
    }

    /// An index of `n_rows` rows, none of which has an entry.
    pub(super) fn empty(n_rows: usize) -> Self {
        Self {
            words: vec![(0, 0); n_rows.div_ceil(64)],
            n_entries: 0,
        }
    }

    /// An index of 64 rows a word.
    pub(super) fn of_words(words: impl Iterator<Item = u64>) -> Self {
        let mut index = Self {
            words: words.map(|bits| (bits, 0)).collect(),
            n_entries: 0,
        };
        index.count();
        index
    }

    /// Gives a row an entry. [`RowIndex::count`] must follow.
    #[inline]
    pub(super) fn mark(&mut self, row: u32) {
        self.words[row as usize / 64].0 |= 1 << (row % 64);
    }

    /// Counts the entries before each word.
    pub(super) fn count(&mut self) {
        let mut n_before = 0;
        for (bits, before) in &mut self.words {
            *before = n_before;
            n_before += bits.count_ones();
        }
        self.n_entries = n_before as usize;
    }

    /// One bit for each row, 64 a word.
    pub(super) fn words(&self) -> impl ExactSizeIterator<Item = u64> {
        self.words.iter().map(|&(bits, _)| bits)
    }

    /// How many entries there are.
    pub(super) fn n_entries(&self) -> usize {
        self.n_entries
    }

    /// Calls `see` with each entry of some rows, and its row.
    pub(super) fn each(&self, rows: Range<usize>, see: &mut dyn FnMut(usize, usize)) {
        let mut entry = self.n_before(rows.start);
        let first = rows.start / 64;
        let end = rows.end.div_ceil(64).min(self.words.len());
        for word in first..end.max(first) {
            let mut bits = self.words[word].0;
            if word == first {
                bits &= u64::MAX << (rows.start % 64);
            }
            while bits != 0 {
                let row = word * 64 + bits.trailing_zeros() as usize;
                if row >= rows.end {
                    return;
                }
                see(entry, row);
                entry += 1;
                bits &= bits - 1;
            }
        }
    }

    /// The entry of a row, if it has one.
    #[inline(always)]
    pub(crate) fn get(&self, row: usize) -> Option<usize> {
        let &(bits, n_before) = self.words.get(row / 64)?;
        let bit = 1_u64 << (row % 64);
        (bits & bit != 0).then(|| n_before as usize + (bits & (bit - 1)).count_ones() as usize)
    }

    /// How many entries come before a row.
    #[inline]
    pub(crate) fn n_before(&self, row: usize) -> usize {
        self.words
            .get(row / 64)
            .map_or(self.n_entries, |&(bits, n_before)| {
                let before = bits & ((1_u64 << (row % 64)) - 1);
                n_before as usize + before.count_ones() as usize
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_those_of_a_search() {
        for rows in [
            vec![],
            vec![0],
            vec![63],
            vec![64],
            (0..300).collect(),
            (0..300).filter(|row| row % 7 == 3).collect::<Vec<u32>>(),
        ] {
            let n_rows = rows.last().map_or(0, |&last| last as usize + 1);
            let index = RowIndex::new(rows.iter().copied(), n_rows);
            for row in 0..400 {
                let place = rows.partition_point(|&other| other < row);
                let entry = (rows.get(place) == Some(&row)).then_some(place);
                assert_eq!(index.get(row as usize), entry, "{row} in {rows:?}");
                assert_eq!(index.n_before(row as usize), place, "{row} in {rows:?}");
            }
        }
    }
}
