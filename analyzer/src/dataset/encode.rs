//! A dataset as bytes that open without parsing: its columns as they lie in memory.
//!
//! The layout, all numbers little-endian: the mark `DESIRE`, the version (one byte), a zero; the number of bytes of
//! the body (8 bytes) and its CRC-32 (4), then the body. The body is a fixed sequence of lists, each its length (8
//! bytes) and its elements. Whatever follows from the rest, such as the postings, is left out and made anew when
//! the bytes are opened; see `decode.rs`, which also checks everything that a scan relies on.

use super::Dataset;
use super::column::{Codes, Times};
use super::dictionary::Dictionary;
use crate::dataset::PropColumn;

/// What every encoded dataset begins with.
pub(crate) const MAGIC: &[u8] = b"DESIRE";
/// The version of the layout. It changes with every change of the layout; another one is refused.
pub(super) const VERSION: u8 = 2;
/// Bytes before the body.
pub(super) const HEAD_BYTES: usize = 20;

/// Stands for a time that there is none of.
pub(super) const NO_TIME: i64 = i64::MIN;

/// The body being written.
#[derive(Default)]
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

    fn codes(&mut self, codes: &Codes) {
        match codes {
            Codes::U8(codes) => {
                self.u8(1);
                self.bytes(codes);
            }
            Codes::U16(codes) => {
                self.u8(2);
                self.list(codes.iter().map(|code| code.to_le_bytes()));
            }
            Codes::U32(codes) => {
                self.u8(4);
                self.u32s(codes);
            }
        }
    }

    fn dictionary(&mut self, dictionary: &Dictionary) {
        self.list(dictionary.lengths().map(u32::to_le_bytes));
        self.bytes(dictionary.all_bytes());
    }

    fn times(&mut self, times: &Times) {
        match times {
            Times::Narrow { base, offsets } => {
                self.u8(4);
                self.i64(*base);
                self.u32s(offsets);
            }
            Times::Wide(times) => {
                self.u8(8);
                self.i64s(times);
            }
        }
    }

    fn prop(&mut self, prop: &PropColumn) {
        self.bytes(prop.key.as_bytes());
        self.u32s(&prop.rows);
        self.codes(&prop.codes);
        self.dictionary(&prop.values);
    }
}

impl Dataset {
    /// The whole dataset as bytes, for [`Dataset::decode`] of the same version.
    pub fn encode(&self) -> Vec<u8> {
        let mut body = Body::default();
        body.times(&self.ts);
        body.dictionary(&self.names);
        body.codes(&self.name);
        body.dictionary(&self.templates);
        body.u8(u8::from(self.page.is_some()));
        if let Some(page) = &self.page {
            body.codes(page);
        }
        body.u32s(&self.person_starts);
        body.u32s(&self.person_sessions);
        body.u32s(&self.session_starts);
        let ties = || self.ties.within(0..self.n_events());
        body.u64(ties().count() as u64);
        for tie in ties() {
            body.u64(tie.start as u64);
            body.u64(tie.order.len() as u64);
            for (tab, seq) in tie.order {
                body.0.extend(tab.to_le_bytes());
                body.0.extend(seq.to_le_bytes());
            }
        }
        body.dictionary(&self.users);
        body.u64(self.props.len() as u64);
        self.props.iter().for_each(|prop| body.prop(prop));
        body.u32s(&self.items.rows);
        body.u32s(&self.items.ends);
        for field in &self.items.fields {
            body.u32s(&field.codes);
            body.dictionary(&field.values);
        }
        body.i64s(&self.items.price_micros);
        body.u32s(&self.items.quantity);
        body.u32s(&self.amounts.rows);
        body.i64s(&self.amounts.minor);
        body.u32s(&self.amounts.currency);
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

        let Body(body) = body;
        let mut bytes = Vec::with_capacity(HEAD_BYTES + body.len());
        bytes.extend(MAGIC);
        bytes.extend([VERSION, 0]);
        bytes.extend((body.len() as u64).to_le_bytes());
        bytes.extend(crc32fast::hash(&body).to_le_bytes());
        bytes.extend(body);
        bytes
    }
}
