//! Finds the entry of an event in a column that only some events have an entry in.
//!
//! A column keeps the rows of its entries, ascending. One bit for each event, and how many entries
//! there are before each 64 of them, tell the place of a row among them in one step. The index is
//! made when it is first asked for, and no part of what a dataset is.

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
#[derive(Debug, Clone)]
pub(crate) struct RowIndex {
    /// Which of 64 rows have an entry, and how many entries come before.
    words: Vec<(u64, u32)>,
    n_entries: usize,
}

impl RowIndex {
    /// The index over the rows of entries, which are ascending and below `n_rows`.
    pub(super) fn new(rows: impl Iterator<Item = u32>, n_rows: usize) -> Self {
        let mut words = vec![(0_u64, 0_u32); n_rows.div_ceil(64)];
        for row in rows {
            words[row as usize / 64].0 |= 1 << (row % 64);
        }
        let mut n_before = 0;
        for (bits, before) in &mut words {
            *before = n_before;
            n_before += bits.count_ones();
        }
        Self {
            words,
            n_entries: n_before as usize,
        }
    }

    /// The entry of a row, if it has one.
    #[inline]
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
