//! The events that have an entry in a column, ascending.

use std::ops::Range;

use super::row_index::{CachedIndex, RowIndex};

/// See the module. What takes less memory: a bit for each event, or a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum EntryRows {
    /// Where fewer than one event in [`SCARCITY`] has an entry.
    Listed(Vec<u32>, CachedIndex),
    Marked(RowIndex),
}

/// A [`RowIndex`] takes a quarter of a byte for each event, and a list 4 for each that has an entry.
const SCARCITY: usize = 16;

impl Default for EntryRows {
    fn default() -> Self {
        Self::Listed(Vec::new(), CachedIndex::default())
    }
}

impl EntryRows {
    /// Room for entries of up to `n_most` of all events.
    pub(super) fn with_room(n_most: usize, n_events: usize) -> Self {
        if n_most * SCARCITY < n_events {
            Self::Listed(Vec::with_capacity(n_most), CachedIndex::default())
        } else {
            Self::Marked(RowIndex::empty(n_events))
        }
    }

    /// Adds a row after all others. [`EntryRows::finished`] must follow.
    #[inline]
    pub(super) fn push(&mut self, row: u32) {
        match self {
            Self::Listed(rows, _) => rows.push(row),
            Self::Marked(index) => index.mark(row),
        }
    }

    /// In the form that the number of entries asks for.
    pub(super) fn finished(self, n_events: usize) -> Self {
        let Self::Marked(mut index) = self else {
            return self;
        };
        index.count();
        let marked = Self::Marked(index);
        if marked.len() * SCARCITY >= n_events {
            return marked;
        }
        let mut rows = Vec::with_capacity(marked.len());
        marked.each(0..n_events, &mut |_, row| rows.push(row as u32));
        Self::Listed(rows, CachedIndex::default())
    }

    /// How many entries there are.
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Listed(rows, _) => rows.len(),
            Self::Marked(index) => index.n_entries(),
        }
    }

    /// The entry of a row, if it has one.
    #[inline(always)]
    pub(crate) fn find(&self, row: usize) -> Option<usize> {
        match self {
            Self::Listed(rows, index) => index.over(rows).get(row),
            Self::Marked(index) => index.get(row),
        }
    }

    /// The entries of some rows.
    pub(crate) fn entries(&self, rows: Range<usize>) -> Range<usize> {
        match self {
            Self::Listed(all, _) => {
                let place = |limit| all.partition_point(|&row| (row as usize) < limit);
                place(rows.start)..place(rows.end)
            }
            Self::Marked(index) => index.n_before(rows.start)..index.n_before(rows.end),
        }
    }

    /// Calls `see` with each entry of some rows, and its row. Not generic: the loops would be in the module many times.
    pub(crate) fn each(&self, rows: Range<usize>, see: &mut dyn FnMut(usize, usize)) {
        match self {
            Self::Listed(all, _) => {
                let entries = self.entries(rows);
                let own = all[entries.clone()].iter();
                entries
                    .zip(own)
                    .for_each(|(entry, &row)| see(entry, row as usize));
            }
            Self::Marked(index) => index.each(rows, see),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_those_of_a_list() {
        const N_EVENTS: usize = 333;
        for every in [1, 2, 7, 15, 16, 17, 60, 400] {
            let rows: Vec<usize> = (0..N_EVENTS)
                .filter(|row| row % every == every / 2)
                .collect();
            // As many as there are, and as if all had one.
            for n_most in [rows.len(), N_EVENTS] {
                let mut entries = EntryRows::with_room(n_most, N_EVENTS);
                rows.iter().for_each(|&row| entries.push(row as u32));
                let entries = entries.finished(N_EVENTS);
                let is_listed = matches!(entries, EntryRows::Listed(..));
                assert_eq!(is_listed, rows.len() * SCARCITY < N_EVENTS, "{every}");
                assert_eq!(entries.len(), rows.len());
                for start in (0..=N_EVENTS).step_by(9) {
                    let place = rows.partition_point(|&row| row < start);
                    let expected = rows.get(place).is_some_and(|&row| row == start);
                    assert_eq!(entries.find(start), expected.then_some(place));
                    for end in (start..=N_EVENTS).step_by(13) {
                        let own = place..rows.partition_point(|&row| row < end);
                        assert_eq!(entries.entries(start..end), own, "{every} {start}..{end}");
                        let mut seen = Vec::new();
                        entries.each(start..end, &mut |entry, row| seen.push((entry, row)));
                        let expected: Vec<_> = own.map(|entry| (entry, rows[entry])).collect();
                        assert_eq!(seen, expected, "{every} {start}..{end}");
                    }
                }
            }
        }
    }
}
