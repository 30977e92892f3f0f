//! Which rows can take which step, as one bit for each row and step.
//!
//! A walk then finds the next row that can take a step without looking at those between, and
//! without a branch on each of them that no processor can predict.

use std::ops::Range;

use crate::dataset::{Codes, Dataset, Times};

use super::FunnelPlan;
use super::Steps;
use super::events::Event;

/// The bits of a block of rows.
pub(super) struct StepRows<'a> {
    times: &'a Times,
    /// The row of the first bit.
    first: usize,
    n_steps: usize,
    /// For each 64 rows a word of every step, side by side.
    words: Vec<u64>,
}

impl<'a> StepRows<'a> {
    pub(super) fn new(plan: &FunnelPlan, dataset: &'a Dataset, rows: Range<usize>) -> Self {
        let n_steps = plan.rules.n_steps;
        let mut bits = Self {
            times: &dataset.ts,
            first: rows.start,
            n_steps,
            words: vec![0; rows.len().div_ceil(64) * n_steps],
        };
        let Some(by_name) = plan.matcher.by_name() else {
            let masks = plan.matcher.masks(dataset, rows);
            for (offset, &mask) in masks.iter().enumerate() {
                bits.add(offset, mask);
            }
            return bits;
        };
        for (name, &mask) in by_name.iter().enumerate().filter(|&(_, &mask)| mask != 0) {
            let postings = dataset.rows_of_name(name);
            let start = postings.partition_point(|&row| (row as usize) < rows.start);
            let end = postings.partition_point(|&row| (row as usize) < rows.end);
            match &dataset.name {
                // Where a name is common, comparing eight codes at once costs less than its rows.
                Codes::U8(codes) if (end - start) * 16 > rows.len() => {
                    bits.add_name(&codes[rows.clone()], name as u8, mask);
                }
                _ => {
                    for &row in &postings[start..end] {
                        bits.add(row as usize - rows.start, mask);
                    }
                }
            }
        }
        bits
    }

    /// The row at `offset` can take the steps in `mask`.
    #[inline]
    fn add(&mut self, offset: usize, mut mask: u32) {
        let words = &mut self.words[offset / 64 * self.n_steps..];
        while mask != 0 {
            words[mask.trailing_zeros() as usize] |= 1 << (offset % 64);
            mask &= mask - 1;
        }
    }

    /// The rows of one name can take the steps in `mask`.
    fn add_name(&mut self, codes: &[u8], name: u8, mask: u32) {
        for (words, codes) in self
            .words
            .chunks_exact_mut(self.n_steps)
            .zip(codes.chunks(64))
        {
            let mut word = 0;
            for (place, codes) in codes.chunks(8).enumerate() {
                let mut eight = [name.wrapping_add(1); 8];
                eight[..codes.len()].copy_from_slice(codes);
                word |= equal_bytes(u64::from_le_bytes(eight), name) << (place * 8);
            }
            let mut mask = mask;
            while mask != 0 {
                words[mask.trailing_zeros() as usize] |= word;
                mask &= mask - 1;
            }
        }
    }

    /// The first of `rows` that can take a step.
    #[inline(always)]
    fn next(&self, step: usize, rows: Range<usize>) -> Option<usize> {
        if rows.is_empty() {
            return None;
        }
        let (from, to) = (rows.start - self.first, rows.end - self.first);
        let mut place = from / 64;
        let mut word = self.words[place * self.n_steps + step] & (u64::MAX << (from % 64));
        while word == 0 {
            place += 1;
            if place * 64 >= to {
                return None;
            }
            word = self.words[place * self.n_steps + step];
        }
        let found = place * 64 + word.trailing_zeros() as usize;
        (found < to).then_some(self.first + found)
    }
}

impl Steps for StepRows<'_> {
    #[inline(always)]
    fn first(&self, _: usize, step: usize, rows: Range<usize>) -> Option<(usize, i64)> {
        let row = self.next(step, rows)?;
        Some((row, self.times.get(row)))
    }

    fn latest_start(&self, _: usize, rows: Range<usize>, since: i64) -> Option<i64> {
        if self.times.get(rows.end - 1) < since {
            return None;
        }
        let (mut from, mut last) = (rows.start, None);
        while let Some(row) = self.next(0, from..rows.end) {
            (from, last) = (row + 1, Some(self.times.get(row)));
        }
        last
    }

    fn list(&self, rows: Range<usize>, events: &mut Vec<Event>) {
        events.clear();
        let (from, to) = (rows.start - self.first, rows.end - self.first);
        for place in from / 64..to.div_ceil(64) {
            let words = &self.words[place * self.n_steps..][..self.n_steps];
            let mut any = words.iter().fold(0, |any, word| any | word);
            if place == from / 64 {
                any &= u64::MAX << (from % 64);
            }
            if place == to / 64 {
                any &= (1 << (to % 64)) - 1;
            }
            while any != 0 {
                let bit = any.trailing_zeros();
                any &= any - 1;
                let mask = (0..).zip(words).fold(0, |mask, (step, word)| {
                    mask | ((word >> bit & 1) as u32) << step
                });
                let row = (self.first + place * 64) as u32 + bit;
                events.push(Event { row, mask });
            }
        }
    }
}

/// Bit k tells whether byte k, from the lowest, is `byte`.
#[inline(always)]
fn equal_bytes(eight: u64, byte: u8) -> u64 {
    const LOW: u64 = 0x7f7f_7f7f_7f7f_7f7f;
    let differing = eight ^ (u64::from(byte) * 0x0101_0101_0101_0101);
    // The highest bit of each byte that is zero; no carry leaves a byte.
    let zeros = !(((differing & LOW) + LOW) | differing | LOW);
    // The product moves each of those bits to its place in the highest byte.
    (zeros >> 7).wrapping_mul(0x0102_0408_1020_4080) >> 56
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Masks of 300 rows, in which some steps are common and some are rare.
    fn masks() -> Vec<u32> {
        let mask = |row: u32| u32::from(row % 3 == 1) | u32::from(row % 97 == 5) << 1;
        (0..300).map(mask).collect()
    }

    fn step_rows<'a>(times: &'a Times, first: usize, masks: &[u32]) -> StepRows<'a> {
        let mut bits = StepRows {
            times,
            first,
            n_steps: 3,
            words: vec![0; masks.len().div_ceil(64) * 3],
        };
        for (offset, &mask) in masks.iter().enumerate() {
            bits.add(offset, mask);
        }
        bits
    }

    #[test]
    fn rows_are_those_of_a_plain_search() {
        let (masks, first) = (masks(), 1000);
        // A row's time is its place.
        let times = Times::Wide((0..1300).map(|row| row - 1000).collect());
        let bits = step_rows(&times, first, &masks);
        for start in (0..=300).step_by(7) {
            for end in (start..=300).step_by(11) {
                let rows = first + start..first + end;
                for step in 0..3 {
                    let takes = |row: &usize| masks[row - first] >> step & 1 == 1;
                    assert_eq!(bits.next(step, rows.clone()), rows.clone().find(takes));
                    let last = (step == 0).then(|| rows.clone().rfind(takes)).flatten();
                    if let Some(last) = last {
                        let latest = bits.latest_start(0, rows.clone(), end as i64 - 1);
                        assert_eq!(latest, Some((last - first) as i64));
                        assert_eq!(bits.latest_start(0, rows.clone(), end as i64), None);
                    }
                }
                let mut events = Vec::new();
                bits.list(rows.clone(), &mut events);
                let listed: Vec<(usize, u32)> = events
                    .iter()
                    .map(|event| (event.row as usize, event.mask))
                    .collect();
                let expected: Vec<(usize, u32)> = rows
                    .map(|row| (row, masks[row - first]))
                    .filter(|&(_, mask)| mask != 0)
                    .collect();
                assert_eq!(listed, expected);
            }
        }
    }

    #[test]
    fn names_are_compared_eight_at_once() {
        let times = &Times::Wide(Vec::new());
        for n_rows in [1, 8, 63, 64, 65, 200] {
            let codes: Vec<u8> = (0..n_rows)
                .map(|row| [7, 135, 8, 0, 255][row % 5])
                .collect();
            for name in [7, 8, 135, 0, 255, 1] {
                let mut by_name = step_rows(times, 0, &vec![0; n_rows]);
                by_name.add_name(&codes, name, 0b101);
                let mask = |&code: &u8| if code == name { 0b101 } else { 0 };
                let expected: Vec<u32> = codes.iter().map(mask).collect();
                assert_eq!(
                    by_name.words,
                    step_rows(times, 0, &expected).words,
                    "{name}"
                );
            }
        }
    }
}
