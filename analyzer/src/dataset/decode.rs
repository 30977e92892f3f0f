//! From the bytes of `encode.rs` back to a dataset.
//!
//! Nothing is trusted: a length is compared with the bytes that are left before anything is allocated, and
//! everything that a scan relies on (order, ranges of codes, borders of people and sessions) is checked once here.
//! So a damaged file is an error, and never a panic later.

use super::build::MAX_TS;
use super::checksum::checksum;
use super::column::{Amounts, Codes, Ends, ItemField, Items, PropColumn, PropValue, Times};
use super::dictionary::Dictionary;
use super::encode::{HEAD_BYTES, MAGIC, NO_TIME, VERSION};
use super::entry_rows::EntryRows;
use super::firsts::KeptFirsts;
use super::numbers::Numbers;
use super::row_index::{CachedIndex, RowIndex};
use super::sorting::postings;
use super::ties::Ties;
use super::{Counts, Dataset};

/// Why bytes are not a dataset.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DecodeError {
    /// They begin otherwise.
    #[error("not a converted dataset: the file does not begin with `DESIRE`")]
    Mark,
    /// Another version wrote them.
    #[error(
        "the dataset was converted by another version (layout {0}, this one reads {VERSION}): convert the events \
         again"
    )]
    Version(u8),
    /// They end too soon, or too late.
    #[error(
        "the converted dataset is cut off or has grown: copy the file again, or convert the events again"
    )]
    Length,
    /// They are not those that were written.
    #[error(
        "the converted dataset is damaged ({0}): copy the file again, or convert the events again"
    )]
    Damaged(&'static str),
}

fn check(is_right: bool, what: &'static str) -> Result<(), DecodeError> {
    if is_right {
        Ok(())
    } else {
        Err(DecodeError::Damaged(what))
    }
}

/// What is left of the body.
struct Body<'a>(&'a [u8]);

impl<'a> Body<'a> {
    fn take(&mut self, n_bytes: usize) -> Result<&'a [u8], DecodeError> {
        let (taken, rest) = self
            .0
            .split_at_checked(n_bytes)
            .ok_or(DecodeError::Length)?;
        self.0 = rest;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], DecodeError> {
        let mut array = [0; N];
        array.copy_from_slice(self.take(N)?);
        Ok(array)
    }

    fn u8(&mut self) -> Result<u8, DecodeError> {
        Ok(self.array::<1>()?[0])
    }

    fn u64(&mut self) -> Result<u64, DecodeError> {
        Ok(u64::from_le_bytes(self.array()?))
    }

    fn i64(&mut self) -> Result<i64, DecodeError> {
        Ok(i64::from_le_bytes(self.array()?))
    }

    fn usize(&mut self) -> Result<usize, DecodeError> {
        usize::try_from(self.u64()?).map_err(|_| DecodeError::Length)
    }

    fn bytes(&mut self) -> Result<&'a [u8], DecodeError> {
        let n_bytes = self.usize()?;
        self.take(n_bytes)
    }

    fn list<const N: usize, T>(&mut self, read: fn([u8; N]) -> T) -> Result<Vec<T>, DecodeError> {
        let n_bytes = self.usize()?.checked_mul(N).ok_or(DecodeError::Length)?;
        let (values, _) = self.take(n_bytes)?.as_chunks::<N>();
        Ok(values.iter().map(|value| read(*value)).collect())
    }

    fn u32s(&mut self) -> Result<Vec<u32>, DecodeError> {
        self.list(u32::from_le_bytes)
    }

    fn i64s(&mut self) -> Result<Vec<i64>, DecodeError> {
        self.list(i64::from_le_bytes)
    }

    fn codes(&mut self) -> Result<Codes, DecodeError> {
        match self.u8()? {
            1 => Ok(Codes::U8(self.bytes()?.to_vec())),
            2 => Ok(Codes::U16(self.list(u16::from_le_bytes)?)),
            4 => Ok(Codes::U32(self.u32s()?)),
            _ => Err(DecodeError::Damaged("width of codes")),
        }
    }

    fn dictionary(&mut self) -> Result<Dictionary, DecodeError> {
        let lengths = self.u32s()?;
        let bytes = self.bytes()?.to_vec();
        Dictionary::from_parts(bytes, &lengths).ok_or(DecodeError::Damaged("dictionary"))
    }

    fn texts(&mut self) -> Result<Dictionary, DecodeError> {
        let dictionary = self.dictionary()?;
        check(dictionary.is_text(), "text")?;
        Ok(dictionary)
    }

    fn times(&mut self) -> Result<Times, DecodeError> {
        let is_time = |ts: &i64| (-MAX_TS..=MAX_TS).contains(ts);
        match self.u8()? {
            4 => {
                let base = self.i64()?;
                check(is_time(&base), "time")?;
                let offsets = self.u32s()?;
                Ok(Times::Narrow { base, offsets })
            }
            8 => {
                let times = self.i64s()?;
                check(times.iter().all(is_time), "time")?;
                Ok(Times::Wide(times))
            }
            _ => Err(DecodeError::Damaged("width of times")),
        }
    }

    fn numbers<const UNIT: i64>(&mut self) -> Result<Numbers<UNIT>, DecodeError> {
        match self.u8()? {
            4 => Ok(Numbers::Narrow(self.list(i32::from_le_bytes)?)),
            8 => Ok(Numbers::Wide(self.i64s()?)),
            _ => Err(DecodeError::Damaged("width of numbers")),
        }
    }

    /// Rows that have something, which ascend.
    fn rows(&mut self, n_events: usize) -> Result<EntryRows, DecodeError> {
        match self.u8()? {
            1 => {
                let words: Vec<u64> = self.list(u64::from_le_bytes)?;
                let is_inside = words.len() == n_events.div_ceil(64)
                    && (n_events.is_multiple_of(64)
                        || words.last().is_none_or(|last| last >> (n_events % 64) == 0));
                check(is_inside, "rows")?;
                let index = RowIndex::of_words(words.into_iter());
                Ok(EntryRows::Marked(index).finished(n_events))
            }
            4 => {
                let rows = self.u32s()?;
                let is_ascending = rows.is_sorted_by(|a, b| a < b);
                let is_inside = rows.last().is_none_or(|&row| (row as usize) < n_events);
                check(is_ascending && is_inside, "rows")?;
                Ok(EntryRows::Listed(rows, CachedIndex::default()))
            }
            _ => Err(DecodeError::Damaged("form of rows")),
        }
    }

    /// Where parts of `0..end` begin, none of which is empty, and the end.
    fn starts(&mut self, end: usize) -> Result<Vec<u32>, DecodeError> {
        let starts = self.u32s()?;
        let is_whole =
            starts.first() == Some(&0) && starts.last().map(|&s| s as usize) == Some(end);
        check(is_whole && starts.is_sorted_by(|a, b| a < b), "borders")?;
        Ok(starts)
    }

    fn prop(&mut self, n_events: usize) -> Result<PropColumn, DecodeError> {
        let key = std::str::from_utf8(self.bytes()?).map_err(|_| DecodeError::Damaged("text"))?;
        let rows = self.rows(n_events)?;
        let codes = self.codes()?;
        let values = self.dictionary()?;
        check_codes(&codes, rows.len(), values.len())?;
        let column = PropColumn {
            key: key.to_owned(),
            rows,
            codes,
            values,
        };
        let is_finite = |code| match column.value(code) {
            PropValue::Number(number) => number.is_finite(),
            PropValue::Bool(_) | PropValue::String(_) => true,
        };
        check((0..column.values.len()).all(is_finite), "number")?;
        Ok(column)
    }

    fn items(&mut self, n_events: usize) -> Result<Items, DecodeError> {
        let rows = self.rows(n_events)?;
        let n_single = self.u64()?;
        let rest = self.u32s()?;
        check(n_single <= rows.len() as u64, "items")?;
        let ends = Ends {
            n_single: n_single as u32,
            rest,
        };
        let is_whole = ends.len() == rows.len()
            && ends.rest.is_sorted()
            && ends.rest.first().is_none_or(|&end| end >= ends.n_single);
        check(is_whole, "items")?;
        let n_items = ends.after(ends.len());
        let mut fields: [ItemField; 4] = Default::default();
        for ItemField { codes, values } in &mut fields {
            *codes = self.codes()?;
            *values = self.texts()?;
            if codes.len() > 0 {
                check_codes(codes, n_items, values.len() + 1)?;
            }
        }
        let price_micros = self.numbers()?;
        let quantity = self.codes()?;
        check(
            [price_micros.len(), quantity.len()] == [n_items; 2],
            "items",
        )?;
        Ok(Items {
            rows,
            ends,
            fields,
            price_micros,
            quantity,
        })
    }

    fn amounts(&mut self, n_events: usize) -> Result<Amounts, DecodeError> {
        let rows = self.rows(n_events)?;
        let minor = self.numbers()?;
        let currency = self.codes()?;
        let currencies = self.texts()?;
        check(minor.len() == rows.len(), "amounts")?;
        check_codes(&currency, rows.len(), currencies.len())?;
        Ok(Amounts {
            rows,
            minor,
            currency,
            currencies,
        })
    }

    /// Groups of simultaneous rows, none of which crosses one of `borders`.
    fn ties(&mut self, times: &Times, borders: &[u32]) -> Result<Ties, DecodeError> {
        let n_events = n_times(times);
        let mut ties = Ties::default();
        let mut after = 0;
        for _ in 0..self.u64()? {
            let (start, n_rows) = (self.usize()?, self.usize()?);
            let order = self.take(n_rows.checked_mul(8).ok_or(DecodeError::Length)?)?;
            let end = start.checked_add(n_rows).ok_or(DecodeError::Length)?;
            check(start >= after && n_rows > 1 && end <= n_events, "ties")?;
            let is_same = |row| {
                times.get(row) == times.get(start) && borders.binary_search(&(row as u32)).is_err()
            };
            check((start + 1..end).all(is_same), "ties")?;
            let (pairs, _) = order.as_chunks::<8>();
            let number = |bytes: &[u8]| {
                bytes
                    .iter()
                    .rev()
                    .fold(0, |n, byte| n << 8 | u32::from(*byte))
            };
            let order: Vec<(u32, u32)> = pairs
                .iter()
                .map(|pair| (number(&pair[..4]), number(&pair[4..])))
                .collect();
            ties.restore(start..end, &order);
            after = end;
        }
        Ok(ties)
    }
}

fn n_times(times: &Times) -> usize {
    match times {
        Times::Narrow { offsets, .. } => offsets.len(),
        Times::Wide(times) => times.len(),
    }
}

/// Checks that there are `n` codes, all below `limit`.
fn check_codes(codes: &Codes, n: usize, limit: usize) -> Result<(), DecodeError> {
    let is_right = match codes {
        Codes::U8(codes) => codes.len() == n && codes.iter().all(|&c| usize::from(c) < limit),
        Codes::U16(codes) => codes.len() == n && codes.iter().all(|&c| usize::from(c) < limit),
        Codes::U32(codes) => codes.len() == n && codes.iter().all(|&c| (c as usize) < limit),
    };
    check(is_right, "codes")
}

impl Dataset {
    /// Opens what [`Dataset::encode`] wrote.
    ///
    /// # Errors
    /// Where the bytes are something else, of another version, cut, or damaged in any way.
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        if !bytes.starts_with(MAGIC) {
            return Err(DecodeError::Mark);
        }
        let mut body = Body(&bytes[MAGIC.len()..]);
        let [version, _] = body.array()?;
        if version != VERSION {
            return Err(DecodeError::Version(version));
        }
        let n_bytes = body.u64()?;
        let expected = u32::from_le_bytes(body.array()?);
        if n_bytes != (bytes.len() - HEAD_BYTES) as u64 {
            return Err(DecodeError::Length);
        }
        check(checksum(body.0) == expected, "checksum")?;

        let ts = body.times()?;
        let n_events = n_times(&ts);
        check(n_events < u32::MAX as usize, "number of events")?;
        let names = body.texts()?;
        let name = body.codes()?;
        check_codes(&name, n_events, names.len())?;
        let templates = body.texts()?;
        let page = (body.u8()? != 0).then(|| body.codes()).transpose()?;
        if let Some(page) = &page {
            check_codes(page, n_events, templates.len() + 1)?;
        }
        let person_starts = body.starts(n_events)?;
        let person_sessions = body.u32s()?;
        let session_starts = body.starts(n_events)?;
        check_sessions(&person_starts, &person_sessions, &session_starts)?;
        let is_in_order = |rows: &[u32]| {
            let mut rows = rows[0] as usize + 1..rows[1] as usize;
            rows.all(|row| ts.get(row - 1) <= ts.get(row))
        };
        check(person_starts.windows(2).all(is_in_order), "order of times")?;
        let ties = body.ties(&ts, &session_starts)?;
        let users = body.texts()?;
        check(users.len() < person_starts.len(), "users")?;
        let n_props = body.u64()?;
        let props: Vec<PropColumn> = (0..n_props)
            .map(|_| body.prop(n_events))
            .collect::<Result<_, _>>()?;
        check(props.is_sorted_by(|a, b| a.key < b.key), "properties")?;
        let items = body.items(n_events)?;
        let amounts = body.amounts(n_events)?;
        let counts = Counts {
            n_duplicates: body.u64()?,
            n_repeated_purchases: body.u64()?,
            n_out_of_order: body.u64()?,
            n_clock_skewed: body.u64()?,
            n_rejected: body.u64()?,
            n_identities_merged: body.u64()?,
        };
        let session_gap_millis = body.i64()?;
        check(session_gap_millis >= 0, "session gap")?;
        let bounds = [body.i64()?, body.i64()?];
        let [first_ts, last_ts] = bounds.map(|ts| (ts != NO_TIME).then_some(ts));
        // A share may end before the whole does.
        let times = (0..n_events).map(|row| ts.get(row));
        let is_bounded =
            first_ts.is_some() && first_ts <= times.clone().min() && times.max() <= last_ts;
        let is_time = bounds
            .iter()
            .all(|ts| *ts == NO_TIME || (-MAX_TS..=MAX_TS).contains(ts));
        check(
            (is_bounded || n_events == 0) && is_time && body.0.is_empty(),
            "end",
        )?;
        let (posting_starts, postings) = postings(&name, names.len());
        Ok(Self {
            ts,
            name,
            names,
            page,
            templates,
            person_starts,
            person_sessions,
            session_starts,
            posting_starts,
            postings,
            ties,
            users,
            props,
            items,
            amounts,
            counts,
            session_gap_millis,
            first_ts,
            last_ts,
            firsts: KeptFirsts::default(),
        })
    }
}

/// Checks that every person begins with a session, and that there are no others.
fn check_sessions(people: &[u32], of_person: &[u32], sessions: &[u32]) -> Result<(), DecodeError> {
    let begins = |(&row, &session): (&u32, &u32)| sessions.get(session as usize) == Some(&row);
    let is_right = people.len() == of_person.len() && people.iter().zip(of_person).all(begins);
    check(is_right, "sessions")
}
