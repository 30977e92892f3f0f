//! Columns while rows arrive: as narrow as what has come so far, and with room for as many rows as are expected.
//!
//! A file of ten million events is in memory twice for a moment, as it arrived and as it is sorted. In a browser
//! tab that moment decides whether it can be opened at all, since WebAssembly never gives memory back.

use super::column::{self, Codes};
use super::sorting::gather;

/// Codes in order of arrival, 0 where a row has none. Takes no memory until the first code that is not 0, so that
/// sources without tabs or pages do not pay for them.
#[derive(Debug, Clone)]
pub(super) struct ArrivingCodes {
    codes: Codes,
    /// Room to make when the first code comes.
    n_expected: usize,
}

impl Default for ArrivingCodes {
    fn default() -> Self {
        Self {
            codes: Codes::U8(Vec::new()),
            n_expected: 0,
        }
    }
}

impl ArrivingCodes {
    /// So many rows will have come at the end, as far as is known.
    pub(super) fn expect(&mut self, n_rows: usize) {
        self.n_expected = n_rows;
        if !self.is_empty() {
            let n_more = n_rows.saturating_sub(self.len());
            match &mut self.codes {
                Codes::U8(codes) => codes.reserve_exact(n_more),
                Codes::U16(codes) => codes.reserve_exact(n_more),
                Codes::U32(codes) => codes.reserve_exact(n_more),
            }
        }
    }

    /// Sets the code of a row that comes after all that have one. 0 is what a row has anyway.
    #[inline]
    pub(super) fn set(&mut self, row: usize, code: u32) {
        if code != 0 {
            self.fill(row);
            self.push(code);
        }
    }

    /// Appends the code of the next row.
    #[inline]
    pub(super) fn push(&mut self, code: u32) {
        match &mut self.codes {
            Codes::U8(codes) if code <= 0xff && codes.len() < codes.capacity() => {
                codes.push(code as u8);
            }
            Codes::U16(codes) if code <= 0xffff => codes.push(code as u16),
            Codes::U32(codes) => codes.push(code),
            _ => self.push_with_room(code),
        }
    }

    /// Sets the codes of the rows from `first` on, which come after all that have one.
    pub(super) fn set_all(&mut self, first: usize, codes: &[u32]) {
        if codes.iter().any(|&code| code != 0) {
            self.fill(first);
            self.push_all(codes);
        }
    }

    /// Appends the codes of the next rows.
    pub(super) fn push_all(&mut self, codes: &[u32]) {
        let Some(&max) = codes.iter().max() else {
            return;
        };
        // A code that is wider than those before makes all wide, and room.
        self.push(max);
        self.pop();
        match &mut self.codes {
            Codes::U8(all) => all.extend(codes.iter().map(|&code| code as u8)),
            Codes::U16(all) => all.extend(codes.iter().map(|&code| code as u16)),
            Codes::U32(all) => all.extend(codes),
        }
    }

    /// Gives the last row another code.
    pub(super) fn replace_last(&mut self, code: u32) {
        self.pop();
        self.push(code);
    }

    /// Forgets the last row.
    pub(super) fn pop(&mut self) {
        match &mut self.codes {
            Codes::U8(codes) => drop(codes.pop()),
            Codes::U16(codes) => drop(codes.pop()),
            Codes::U32(codes) => drop(codes.pop()),
        }
    }

    /// Makes room first: for the first code, or for a code that is wider than those before.
    #[cold]
    fn push_with_room(&mut self, code: u32) {
        fn wider<A: Copy, B: From<A>>(codes: &[A], n_rows: usize) -> Vec<B> {
            let mut wider = Vec::with_capacity(n_rows);
            wider.extend(codes.iter().map(|&code| B::from(code)));
            wider
        }
        let n_rows = self.n_expected.max(self.len() + 1);
        match &mut self.codes {
            Codes::U8(codes) if code <= 0xff => {
                if codes.is_empty() {
                    codes.reserve_exact(n_rows);
                }
                codes.push(code as u8);
                return;
            }
            Codes::U8(codes) if code <= 0xffff => self.codes = Codes::U16(wider(codes, n_rows)),
            Codes::U8(codes) => self.codes = Codes::U32(wider(codes, n_rows)),
            Codes::U16(codes) => self.codes = Codes::U32(wider(codes, n_rows)),
            Codes::U32(_) => {}
        }
        self.push(code);
    }

    /// Rows without a code up to `row`.
    fn fill(&mut self, row: usize) {
        if self.len() == row {
            return;
        }
        if self.is_empty() {
            self.push_with_room(0);
        }
        match &mut self.codes {
            Codes::U8(codes) => codes.resize(row, 0),
            Codes::U16(codes) => codes.resize(row, 0),
            Codes::U32(codes) => codes.resize(row, 0),
        }
    }

    /// The code of a row, or 0.
    #[inline]
    pub(super) fn get(&self, row: usize) -> u32 {
        match &self.codes {
            Codes::U8(codes) => codes.get(row).map_or(0, |&code| u32::from(code)),
            Codes::U16(codes) => codes.get(row).map_or(0, |&code| u32::from(code)),
            Codes::U32(codes) => codes.get(row).copied().unwrap_or(0),
        }
    }

    /// How many rows there are up to the last that has a code.
    pub(super) fn len(&self) -> usize {
        self.codes.len()
    }

    /// Whether no row has a code.
    pub(super) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The codes of some of `n_rows` rows, all of which are at most `max`, in the order of `places`.
    pub(super) fn gather(mut self, max: u32, n_rows: usize, places: &[u32]) -> Codes {
        self.fill(n_rows);
        self.codes.gather(max, places)
    }

    /// Changes every code into another one, of those that are there already.
    pub(super) fn map(mut self, change: impl Fn(u32) -> u32) -> Self {
        match &mut self.codes {
            Codes::U8(codes) => {
                codes
                    .iter_mut()
                    .for_each(|code| *code = change(u32::from(*code)) as u8);
            }
            Codes::U16(codes) => {
                codes
                    .iter_mut()
                    .for_each(|code| *code = change(u32::from(*code)) as u16);
            }
            Codes::U32(codes) => codes.iter_mut().for_each(|code| *code = change(*code)),
        }
        self
    }
}

/// Times in order of arrival, in milliseconds: 4 bytes each while they span less than 49 days.
#[derive(Debug, Clone, Default)]
pub(super) struct ArrivingTimes {
    times: Times,
    n_expected: usize,
}

#[derive(Debug, Clone)]
enum Times {
    /// Milliseconds since `base`. All times lie from `first` to `last`.
    Narrow {
        base: i64,
        first: i64,
        last: i64,
        offsets: Vec<u32>,
    },
    Wide(Vec<i64>),
}

impl Default for Times {
    fn default() -> Self {
        Self::Narrow {
            base: 0,
            first: i64::MAX,
            last: i64::MIN,
            offsets: Vec::new(),
        }
    }
}

impl ArrivingTimes {
    /// So many rows will have come at the end, as far as is known.
    pub(super) fn expect(&mut self, n_rows: usize) {
        self.n_expected = n_rows;
        let n_more = n_rows.saturating_sub(self.len());
        match &mut self.times {
            Times::Narrow { offsets, .. } => offsets.reserve_exact(n_more),
            Times::Wide(times) => times.reserve_exact(n_more),
        }
    }

    /// Appends the time of the next row.
    #[inline]
    pub(super) fn push(&mut self, ts: i64) {
        match &mut self.times {
            Times::Narrow {
                base,
                first,
                last,
                offsets,
            } => {
                if let Ok(offset) = u32::try_from(ts - *base)
                    && *first <= *last
                {
                    (*first, *last) = (ts.min(*first), ts.max(*last));
                    offsets.push(offset);
                } else {
                    self.push_beyond(ts);
                }
            }
            Times::Wide(times) => times.push(ts),
        }
    }

    /// Appends the times of the next rows.
    pub(super) fn push_all(&mut self, times: &[i64]) {
        match &mut self.times {
            Times::Wide(all) => all.extend(times),
            Times::Narrow { .. } => times.iter().for_each(|&ts| self.push(ts)),
        }
    }

    /// The first time, or one that cannot be told from the present base.
    #[cold]
    fn push_beyond(&mut self, ts: i64) {
        let Times::Narrow {
            base,
            first,
            last,
            offsets,
        } = &mut self.times
        else {
            return;
        };
        let is_earlier = ts < *first;
        (*first, *last) = (ts.min(*first), ts.max(*last));
        if u32::try_from(*last - *first).is_err() {
            let mut times = Vec::with_capacity(self.n_expected.max(offsets.len() + 1));
            times.extend(offsets.iter().map(|&offset| *base + i64::from(offset)));
            times.push(ts);
            self.times = Times::Wide(times);
            return;
        }
        // What comes next is likely to lie still further that way.
        let is_first = offsets.is_empty();
        let new = if is_earlier && !is_first {
            *last - i64::from(u32::MAX)
        } else {
            *first
        };
        let moved = *base - new;
        for offset in offsets.iter_mut() {
            *offset = (i64::from(*offset) + moved) as u32;
        }
        *base = new;
        offsets.push((ts - new) as u32);
    }

    /// The time of a row.
    #[inline]
    pub(super) fn get(&self, row: usize) -> i64 {
        match &self.times {
            Times::Narrow { base, offsets, .. } => base + i64::from(offsets[row]),
            Times::Wide(times) => times[row],
        }
    }

    /// The times of some rows, in their order.
    pub(super) fn gather(&self, rows: &[u32]) -> column::Times {
        match &self.times {
            Times::Narrow { base, offsets, .. } => column::Times::Narrow {
                base: *base,
                offsets: gather(offsets, rows),
            },
            Times::Wide(times) => column::Times::Wide(gather(times, rows)),
        }
    }

    /// How many rows there are.
    pub(super) fn len(&self) -> usize {
        match &self.times {
            Times::Narrow { offsets, .. } => offsets.len(),
            Times::Wide(times) => times.len(),
        }
    }
}

/// Ids in order of arrival, 0 where a row has none: the nil UUID is none. Without any they take no memory.
#[derive(Debug, Clone, Default)]
pub(super) struct ArrivingIds(Vec<u128>);

impl ArrivingIds {
    /// Sets the id of a row that comes after all that have one.
    pub(super) fn set(&mut self, row: usize, id: u128) {
        if id != 0 {
            self.0.resize(row, 0);
            self.0.push(id);
        }
    }

    /// The id of a row, or 0.
    #[inline]
    pub(super) fn get(&self, row: usize) -> u128 {
        self.0.get(row).copied().unwrap_or(0)
    }

    /// Whether no row has one.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Rows that have something, ascending. As long as every row from the first on has it, they need not be listed.
#[derive(Debug, Clone, Default)]
pub(super) struct ArrivingRows {
    /// Rows below this all have it.
    n_leading: u32,
    /// Those after.
    rest: Vec<u32>,
}

impl ArrivingRows {
    #[inline]
    pub(super) fn push(&mut self, row: u32) {
        if self.rest.is_empty() && self.n_leading == row {
            self.n_leading += 1;
        } else {
            self.rest.push(row);
        }
    }

    /// Forgets the last row.
    pub(super) fn pop(&mut self) {
        if self.rest.pop().is_none() {
            self.n_leading = self.n_leading.saturating_sub(1);
        }
    }

    pub(super) fn last(&self) -> Option<u32> {
        self.rest.last().copied().or(self.n_leading.checked_sub(1))
    }

    pub(super) fn len(&self) -> usize {
        self.n_leading as usize + self.rest.len()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = u32> + '_ {
        (0..self.n_leading).chain(self.rest.iter().copied())
    }

    /// The place of a row among them.
    pub(super) fn find(&self, row: u32) -> Option<usize> {
        if row < self.n_leading {
            return Some(row as usize);
        }
        let index = self.rest.binary_search(&row).ok()?;
        Some(self.n_leading as usize + index)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn any_code() -> impl Strategy<Value = u32> {
        prop_oneof![Just(0), 0..300_u32, 0..70_000_u32, any::<u32>()]
    }

    proptest! {
        #[test]
        fn codes_are_what_was_set(codes in prop::collection::vec(any_code(), 0..40), expected in 0..60_usize, at in 0..40_usize) {
            let (mut set, mut pushed) = (ArrivingCodes::default(), ArrivingCodes::default());
            let (mut set_at_once, mut pushed_at_once) = (ArrivingCodes::default(), ArrivingCodes::default());
            let (before, after) = codes.split_at(at.min(codes.len()));
            for (first, part) in [(0, before), (before.len(), after)] {
                set_at_once.set_all(first, part);
                set_at_once.expect(expected);
                pushed_at_once.push_all(part);
                pushed_at_once.expect(expected);
            }
            for (row, &code) in codes.iter().enumerate() {
                if row == at {
                    set.expect(expected);
                }
                set.set(row, code);
                pushed.push(code);
            }
            for row in 0..codes.len() + 2 {
                let code = codes.get(row).copied().unwrap_or(0);
                for all in [&set, &pushed, &set_at_once, &pushed_at_once] {
                    prop_assert_eq!(all.get(row), code);
                }
            }
            prop_assert_eq!(set.is_empty(), codes.iter().all(|&code| code == 0));
            prop_assert_eq!(pushed.len(), codes.len());
            let halves = pushed.map(|code| code / 2);
            prop_assert!(codes.iter().enumerate().all(|(row, code)| halves.get(row) == code / 2));
        }

        #[test]
        fn times_are_what_was_pushed(
            times in prop::collection::vec(prop_oneof![
                -10..10_i64, 0..5_000_000_000_i64, -8_640_000_000_000_000..=8_640_000_000_000_000_i64,
            ], 0..12),
            base in prop_oneof![Just(0), Just(1_700_000_000_000_i64)],
            at in 0..12_usize,
        ) {
            let times: Vec<i64> = times.iter().map(|ts| (ts + base).min(8_640_000_000_000_000)).collect();
            let mut arriving = ArrivingTimes::default();
            let (one_by_one, at_once) = times.split_at(at.min(times.len()));
            one_by_one.iter().for_each(|&ts| arriving.push(ts));
            arriving.push_all(at_once);
            let read: Vec<i64> = (0..arriving.len()).map(|row| arriving.get(row)).collect();
            prop_assert_eq!(read, times);
        }

        #[test]
        fn rows_are_those_of_a_list(gaps in prop::collection::vec(prop_oneof![Just(1_u32), 1..4_u32], 0..20), first in 0..2_u32) {
            let mut list = Vec::new();
            let mut rows = ArrivingRows::default();
            let mut row = first;
            for gap in gaps {
                rows.push(row);
                list.push(row);
                row += gap;
            }
            prop_assert_eq!(rows.iter().collect::<Vec<_>>(), list.clone());
            prop_assert_eq!(rows.len(), list.len());
            prop_assert_eq!(rows.last(), list.last().copied());
            for row in 0..row + 2 {
                prop_assert_eq!(rows.find(row), list.binary_search(&row).ok());
            }
        }
    }
}
