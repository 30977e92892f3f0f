//! A dataset as bytes that open without parsing: its columns as they lie in memory.
//!
//! A share of its people can be written in the same way. It keeps the texts of the whole, but for those of
//! properties' values that nobody of the share has, and the whole's counts and its first and last time.
//!
//! The layout, all numbers little-endian: the mark `DESIRE`, the version (one byte), a zero; the number of bytes of
//! the body (8 bytes) and its CRC-32 (4), then the body. The body is a fixed sequence of lists, each its length (8
//! bytes) and its elements. Whatever follows from the rest, such as the postings, is left out and made anew when
//! the bytes are opened; see `decode.rs`, which also checks everything that a scan relies on.

use std::ops::Range;

use super::Dataset;
use super::checksum::checksum;
use super::column::{Codes, Ends, PropColumn, Times};
use super::dictionary::Dictionary;
use super::entry_rows::EntryRows;
use super::numbers::Numbers;

/// What every encoded dataset begins with.
pub(crate) const MAGIC: &[u8] = b"DESIRE";
/// The version of the layout. It changes with every change of the layout; another one is refused.
pub(super) const VERSION: u8 = 3;
/// Bytes before the body.
pub(super) const HEAD_BYTES: usize = 20;

/// Stands for a time that there is none of.
pub(super) const NO_TIME: i64 = i64::MIN;

/// The bytes being written: room for the head, and then the body.
struct Body(Vec<u8>);

impl Body {
    fn u8(&mut self, value: u8) {
        self.0.push(value);
    }

    fn u64(&mut self, value: u64) {
        self.0.extend(value.to_le_bytes());
    }

    fn i64(&mut self, value: i64) {
        self.0.extend(value.to_le_bytes());
    }

    fn bytes(&mut self, bytes: &[u8]) {
        self.u64(bytes.len() as u64);
        self.0.extend(bytes);
    }

    fn list<const N: usize>(&mut self, values: impl ExactSizeIterator<Item = [u8; N]>) {
        self.u64(values.len() as u64);
        self.0.reserve(values.len() * N);
        values.for_each(|value| self.0.extend(value));
    }

    fn u32s(&mut self, values: &[u32]) {
        self.list(values.iter().map(|value| value.to_le_bytes()));
    }

    fn i64s(&mut self, values: &[i64]) {
        self.list(values.iter().map(|value| value.to_le_bytes()));
    }

    fn numbers<const UNIT: i64>(&mut self, numbers: &Numbers<UNIT>, part: Range<usize>) {
        match numbers {
            Numbers::Narrow(numbers) => {
                self.u8(4);
                self.list(numbers[part].iter().map(|number| number.to_le_bytes()));
            }
            Numbers::Wide(numbers) => {
                self.u8(8);
                self.i64s(&numbers[part]);
            }
        }
    }

    /// The rows among `part` that have an entry, and which entries these are.
    fn rows(&mut self, rows: &EntryRows, part: &Range<usize>) -> Range<usize> {
        let entries = rows.entries(part.clone());
        let mut own = EntryRows::with_room(entries.len(), part.len());
        rows.each(part.clone(), &mut |_, row| {
            own.push((row - part.start) as u32);
        });
        match own.finished(part.len()) {
            EntryRows::Listed(rows, _) => {
                self.u8(4);
                self.u32s(&rows);
            }
            EntryRows::Marked(index) => {
                self.u8(1);
                self.list(index.words().map(u64::to_le_bytes));
            }
        }
        entries
    }

    /// Numbers of which `by` is taken away.
    fn moved(&mut self, rows: &[u32], by: usize) {
        self.list(rows.iter().map(|row| (row - by as u32).to_le_bytes()));
    }

    fn codes(&mut self, codes: &Codes, part: Range<usize>) {
        match codes {
            Codes::U8(codes) => {
                self.u8(1);
                self.bytes(&codes[part]);
            }
            Codes::U16(codes) => {
                self.u8(2);
                self.list(codes[part].iter().map(|code| code.to_le_bytes()));
            }
            Codes::U32(codes) => {
                self.u8(4);
                self.u32s(&codes[part]);
            }
        }
    }

    fn dictionary(&mut self, dictionary: &Dictionary) {
        self.list(dictionary.lengths().map(u32::to_le_bytes));
        self.bytes(dictionary.all_bytes());
    }

    fn times(&mut self, times: &Times, part: Range<usize>) {
        match times {
            Times::Narrow { base, offsets } => {
                self.u8(4);
                self.i64(*base);
                self.u32s(&offsets[part]);
            }
            Times::Wide(times) => {
                self.u8(8);
                self.i64s(&times[part]);
            }
        }
    }

    /// A property of some of all `n_events` rows.
    fn prop(&mut self, prop: &PropColumn, rows: &Range<usize>, n_events: usize) {
        self.bytes(prop.key.as_bytes());
        let part = self.rows(&prop.rows, rows);
        if rows.len() == n_events {
            self.codes(&prop.codes, part);
            self.dictionary(&prop.values);
            return;
        }
        let mut new_codes = vec![0; prop.values.len()];
        for index in part.clone() {
            new_codes[prop.codes.get(index) as usize] = 1;
        }
        let mut values = Dictionary::default();
        for (code, new) in new_codes.iter_mut().enumerate() {
            if *new == 1 {
                *new = values.len() as u32;
                values.push(prop.values.bytes(code));
            }
        }
        let n_rows = part.len();
        let codes = part.map(|index| new_codes[prop.codes.get(index) as usize]);
        let codes = Codes::new(values.len().saturating_sub(1) as u32, codes);
        self.codes(&codes, 0..n_rows);
        self.dictionary(&values);
    }

    /// Gives it a head.
    fn finish(self) -> Vec<u8> {
        let Self(mut bytes) = self;
        let (head, body) = bytes.split_at_mut(HEAD_BYTES);
        head[..MAGIC.len()].copy_from_slice(MAGIC);
        head[6] = VERSION;
        head[8..16].copy_from_slice(&(body.len() as u64).to_le_bytes());
        head[16..].copy_from_slice(&checksum(body).to_le_bytes());
        bytes
    }
}

impl Dataset {
    /// The whole dataset as bytes, for [`Dataset::decode`] of the same version.
    pub fn encode(&self) -> Vec<u8> {
        self.encode_people(0..self.n_people())
    }

    /// A share of the people as bytes, likewise. The shares from 0 to below `n_shares` have everybody once, and
    /// about as many events each.
    pub fn encode_share(&self, share: usize, n_shares: usize) -> Vec<u8> {
        let border = |share: usize| {
            let row = self.n_events() as u64 * share as u64 / n_shares.max(1) as u64;
            let before = |&start: &u32| u64::from(start) < row;
            self.person_starts
                .partition_point(before)
                .min(self.n_people())
        };
        self.encode_people(border(share)..border(share + 1))
    }

    fn encode_people(&self, people: Range<usize>) -> Vec<u8> {
        let borders = &self.person_starts[people.start..=people.end];
        let rows = borders[0] as usize..borders[people.len()] as usize;
        let borders_of_sessions = &self.person_sessions[people.start..=people.end];
        let sessions = borders_of_sessions[0] as usize..borders_of_sessions[people.len()] as usize;

        let mut body = Body(vec![0; HEAD_BYTES]);
        body.times(&self.ts, rows.clone());
        body.dictionary(&self.names);
        body.codes(&self.name, rows.clone());
        body.dictionary(&self.templates);
        body.u8(u8::from(self.page.is_some()));
        if let Some(page) = &self.page {
            body.codes(page, rows.clone());
        }
        body.moved(borders, rows.start);
        body.moved(borders_of_sessions, sessions.start);
        body.moved(
            &self.session_starts[sessions.start..=sessions.end],
            rows.start,
        );
        let ties = || self.ties.within(rows.clone());
        body.u64(ties().count() as u64);
        for tie in ties() {
            body.u64((tie.start - rows.start) as u64);
            body.u64(tie.order.len() as u64);
            for (tab, seq) in tie.order {
                body.0.extend(tab.to_le_bytes());
                body.0.extend(seq.to_le_bytes());
            }
        }
        let mut users = Dictionary::default();
        for person in people.start.min(self.users.len())..people.end.min(self.users.len()) {
            users.push(self.users.bytes(person));
        }
        body.dictionary(&users);
        body.u64(self.props.len() as u64);
        for prop in &self.props {
            body.prop(prop, &rows, self.n_events());
        }
        self.encode_items(&rows, &mut body);
        let part = body.rows(&self.amounts.rows, &rows);
        body.numbers(&self.amounts.minor, part.clone());
        body.codes(&self.amounts.currency, part);
        body.dictionary(&self.amounts.currencies);
        body.u64(self.counts.n_duplicates);
        body.u64(self.counts.n_repeated_purchases);
        body.u64(self.counts.n_out_of_order);
        body.u64(self.counts.n_clock_skewed);
        body.u64(self.counts.n_rejected);
        body.u64(self.counts.n_identities_merged);
        body.i64(self.session_gap_millis);
        body.i64(self.first_ts.unwrap_or(NO_TIME));
        body.i64(self.last_ts.unwrap_or(NO_TIME));
        body.finish()
    }

    fn encode_items(&self, rows: &Range<usize>, body: &mut Body) {
        let items = &self.items;
        let part = body.rows(&items.rows, rows);
        let inside = items.ends.after(part.start)..items.ends.after(part.end);
        let mut ends = Ends::default();
        for entry in part {
            ends.push((items.ends.after(entry + 1) - inside.start) as u32);
        }
        body.u64(u64::from(ends.n_single));
        body.u32s(&ends.rest);
        for field in &items.fields {
            let n_known = field.codes.len();
            body.codes(
                &field.codes,
                inside.start.min(n_known)..inside.end.min(n_known),
            );
            body.dictionary(&field.values);
        }
        body.numbers(&items.price_micros, inside.clone());
        body.codes(&items.quantity, inside);
    }
}
