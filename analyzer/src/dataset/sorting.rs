//! From rows in order of arrival to rows by person and time, and what follows from that order.
//!
//! What is done for every row is a function that is called for [`BLOCK`] rows at a time.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::ops::Range;

use super::column::{Codes, Times};
use super::finish::Arrived;

/// How many rows a loop takes with one call. A browser runs a function in code that was made quickly and is slow, until
/// faster code is ready; and it takes that only when the function is called again.
const BLOCK: usize = 1 << 16;

/// `n_rows` rows, so many at a time.
pub(super) fn blocks(n_rows: usize) -> impl Iterator<Item = Range<usize>> {
    let firsts = (0..n_rows).step_by(BLOCK);
    firsts.map(move |first| first..n_rows.min(first + BLOCK))
}

/// Rows by person and order.
pub(super) struct Sorted {
    pub(super) rows: Vec<u32>,
    /// The time of each.
    pub(super) times: Times,
    /// Where each person begins, and the end.
    pub(super) starts: Vec<u32>,
    /// The number of each person.
    pub(super) numbers: Vec<u32>,
    /// Time of the first event, and of the last.
    pub(super) first_ts: Option<i64>,
    pub(super) last_ts: Option<i64>,
}

impl Arrived {
    /// Sorts the rows that are not dropped. `known` is the order of the first rows in an earlier dataset, or empty.
    pub(super) fn sort(&self, person: Vec<u32>, is_dropped: Vec<bool>, known: &[u32]) -> Sorted {
        let (mut rows, ends) = deal(&person, &is_dropped, known);
        // The times get the memory of these.
        drop((person, is_dropped));
        let mut times = self.ts.gather(&rows);
        let (mut first_ts, mut last_ts) = (None, None);
        let mut starts = vec![0];
        let mut numbers = Vec::new();
        for (number, end) in (0..).zip(ends) {
            let start = starts[starts.len() - 1];
            if end > start {
                let range = start as usize..end as usize;
                if !times.is_ascending(range.clone()) {
                    self.sort_person(&mut rows[range.clone()]);
                    for row in range.clone() {
                        times.set(row, self.ts.get(rows[row] as usize));
                    }
                }
                let [first, last] = [range.start, range.end - 1].map(|row| times.get(row));
                first_ts = Some(first_ts.map_or(first, |ts: i64| ts.min(first)));
                last_ts = Some(last_ts.map_or(last, |ts: i64| ts.max(last)));
                starts.push(end);
                numbers.push(number);
            }
        }
        Sorted {
            rows,
            times: times.fitted(first_ts.unwrap_or(0), last_ts.unwrap_or(0)),
            starts,
            numbers,
            first_ts,
            last_ts,
        }
    }

    fn sort_person(&self, rows: &mut [u32]) {
        let order = |a: &u32, b: &u32| self.order(*a as usize, *b as usize);
        if !rows.is_sorted_by(|a, b| order(a, b).is_le()) {
            rows.sort_unstable_by(order);
        }
    }

    /// The total order of one person's events: by time, by position within the tab, and where
    /// that says nothing, by what the events say. Two events that are equal here are alike in
    /// everything that an analysis can see.
    pub(super) fn order(&self, a: usize, b: usize) -> Ordering {
        let quick = |row: usize| {
            (
                self.ts.get(row),
                self.seq.get(row),
                self.tab.get(row),
                self.id.get(row),
                self.name.get(row),
                self.page.get(row),
            )
        };
        quick(a)
            .cmp(&quick(b))
            .then_with(|| self.content(a).cmp(&self.content(b)))
    }

    /// Amount, properties and items of a row, as numbers whose order does not depend on arrival.
    fn content(&self, row: usize) -> Vec<u64> {
        let mut content = Vec::new();
        let row = row as u32;
        if let Some(index) = self.amounts.rows.find(row) {
            content.extend([
                1,
                self.amounts.minor.get(index) as u64,
                u64::from(self.amounts.currency.get(index)),
            ]);
        }
        for (key, prop) in (2..).zip(&self.props) {
            if let Some(index) = prop.rows.find(row) {
                content.extend([key, u64::from(prop.codes.get(index))]);
            }
        }
        if let Some(index) = self.items.rows.find(row) {
            let items = &self.items;
            for item in items.ends.range(index) {
                let codes = items.fields.iter().map(|(codes, _)| codes.get(item));
                content.extend(codes.map(u64::from));
                content.extend([
                    items.price_micros.get(item) as u64,
                    u64::from(items.quantity.get(item)),
                ]);
            }
        }
        content
    }
}

/// Rows by person, and where each person ends. Those in `known` come first, in that order, so that whoever has no new
/// rows is in order; the others as they arrived.
fn deal(person: &[u32], is_dropped: &[bool], known: &[u32]) -> (Vec<u32>, Vec<u32>) {
    let n_numbers = person.iter().max().map_or(0, |&max| max as usize + 1);
    let mut ends = vec![0_u32; n_numbers];
    for block in blocks(person.len()) {
        count_people(&person[block.clone()], &is_dropped[block], &mut ends);
    }
    let mut rows = vec![0_u32; counts_to_starts(&mut ends)];
    let mut is_done = Cow::Borrowed(is_dropped);
    for &row in known {
        let is_done = &mut is_done.to_mut()[row as usize];
        if !*is_done {
            *is_done = true;
            put(&mut rows, &mut ends[person[row as usize] as usize], row);
        }
    }
    for block in blocks(person.len()) {
        deal_block(block, person, &is_done, &mut ends, &mut rows);
    }
    (rows, ends)
}

#[inline(never)]
fn count_people(person: &[u32], is_dropped: &[bool], counts: &mut [u32]) {
    for (&person, &is_dropped) in person.iter().zip(is_dropped) {
        counts[person as usize] += u32::from(!is_dropped);
    }
}

/// Deals out the rows of a block. Starts become ends meanwhile.
#[inline(never)]
fn deal_block(
    block: Range<usize>,
    person: &[u32],
    is_done: &[bool],
    ends: &mut [u32],
    rows: &mut [u32],
) {
    let given = person[block.clone()].iter().zip(&is_done[block.clone()]);
    for (row, (&person, &is_done)) in block.zip(given) {
        if !is_done {
            put(rows, &mut ends[person as usize], row as u32);
        }
    }
}

#[inline(always)]
fn put(rows: &mut [u32], end: &mut u32, row: u32) {
    rows[*end as usize] = row;
    *end += 1;
}

/// Makes of how many there are of each where each begins; gives how many there are of all.
fn counts_to_starts(counts: &mut [u32]) -> usize {
    let mut total = 0;
    for count in counts {
        total += std::mem::replace(count, total);
    }
    total as usize
}

/// For each name the rows that have it, ascending: where each name's rows begin, and the rows.
pub(super) fn postings(names: &Codes, n_names: usize) -> (Vec<u32>, Vec<u32>) {
    let blocks = || blocks(names.len());
    let mut starts = vec![0_u32; n_names + 1];
    blocks().for_each(|block| count_names(names, block, &mut starts));
    let mut rows = vec![0; counts_to_starts(&mut starts)];
    let mut next = starts.clone();
    blocks().for_each(|block| post(names, block, &mut next, &mut rows));
    (starts, rows)
}

#[inline(never)]
fn count_names(names: &Codes, rows: Range<usize>, counts: &mut [u32]) {
    for row in rows {
        counts[names.get(row) as usize] += 1;
    }
}

#[inline(never)]
fn post(names: &Codes, block: Range<usize>, next: &mut [u32], rows: &mut [u32]) {
    for row in block {
        put(rows, &mut next[names.get(row) as usize], row as u32);
    }
}

/// Those of `all` at some places, in the order of these.
pub(super) fn gather<T: Copy>(all: &[T], places: &[u32]) -> Vec<T> {
    let mut gathered = Vec::with_capacity(places.len());
    for places in places.chunks(BLOCK) {
        gather_block(all, places, &mut gathered);
    }
    gathered
}

#[inline(never)]
fn gather_block<T: Copy>(all: &[T], places: &[u32], gathered: &mut Vec<T>) {
    gathered.extend(places.iter().map(|&place| all[place as usize]));
}
