//! A part of a dataset that is a dataset: some of its events, with the people and the sessions
//! that they have in the whole.
//!
//! People and sessions without any of the events are gone. The others keep their borders: two
//! events of one session stay in one session, however much between them was left out. Codes,
//! names, templates and the counts of what the import left out are those of the whole.

use super::Dataset;
use super::bitmap::Bitmap;
use super::column::{Amounts, Codes, Ends, ItemField, Items, PropColumn, Times};
use super::dictionary::Dictionary;
use super::entry_rows::EntryRows;
use super::firsts::KeptFirsts;
use super::sorting::postings;
use super::sparse::NOWHERE;
use super::ties::Ties;

impl Dataset {
    /// The dataset of the events in `rows`.
    pub(crate) fn select(&self, rows: &Bitmap) -> Self {
        let mut place = vec![NOWHERE; self.n_events()];
        for (new, old) in rows.ones().enumerate() {
            place[old] = new as u32;
        }
        let n_rows = rows.count();
        let (person_starts, person_sessions, session_starts) = self.select_units(&place, n_rows);
        let name = select_codes(&self.name, rows);
        let (posting_starts, postings) = postings(&name, self.names.len());
        Self {
            ts: match &self.ts {
                Times::Narrow { base, offsets } => Times::Narrow {
                    base: *base,
                    offsets: rows.ones().map(|row| offsets[row]).collect(),
                },
                Times::Wide(times) => Times::Wide(rows.ones().map(|row| times[row]).collect()),
            },
            name,
            names: self.names.clone(),
            page: self.page.as_ref().map(|page| select_codes(page, rows)),
            templates: self.templates.clone(),
            person_starts,
            person_sessions,
            session_starts,
            posting_starts,
            postings,
            ties: self.select_ties(&place),
            users: self.select_users(&place),
            props: self
                .props
                .iter()
                .map(|prop| select_prop(prop, &place, n_rows))
                .collect(),
            items: select_items(&self.items, &place, n_rows),
            amounts: select_amounts(&self.amounts, &place, n_rows),
            counts: self.counts,
            session_gap_millis: self.session_gap_millis,
            first_ts: self.first_ts,
            last_ts: self.last_ts,
            firsts: KeptFirsts::default(),
        }
    }

    /// Narrows the span of time that the dataset is known to cover.
    pub(crate) fn limit_to(&mut self, span: &std::ops::Range<i64>) {
        self.first_ts = self.first_ts.map(|ts| ts.max(span.start));
        self.last_ts = self.last_ts.map(|ts| ts.min(span.end.saturating_sub(1)));
    }

    /// Where people begin, the first session of each, and where sessions begin.
    fn select_units(&self, place: &[u32], n_rows: usize) -> (Vec<u32>, Vec<u32>, Vec<u32>) {
        let mut person_starts = Vec::new();
        let mut person_sessions = Vec::new();
        let mut session_starts = Vec::new();
        let first_of = |start: u32, end: u32| {
            let rows = &place[start as usize..end as usize];
            rows.iter().copied().find(|&new| new != NOWHERE)
        };
        for sessions in self.person_sessions.windows(2) {
            let n_before = session_starts.len();
            let bounds = &self.session_starts[sessions[0] as usize..=sessions[1] as usize];
            session_starts.extend(
                bounds
                    .windows(2)
                    .filter_map(|rows| first_of(rows[0], rows[1])),
            );
            if let Some(&first) = session_starts.get(n_before) {
                person_starts.push(first);
                person_sessions.push(n_before as u32);
            }
        }
        person_starts.push(n_rows as u32);
        person_sessions.push(session_starts.len() as u32);
        session_starts.push(n_rows as u32);
        (person_starts, person_sessions, session_starts)
    }

    /// The users that still have events.
    fn select_users(&self, place: &[u32]) -> Dictionary {
        let mut users = Dictionary::default();
        for (person, rows) in self
            .person_starts
            .windows(2)
            .take(self.users.len())
            .enumerate()
        {
            let mut rows = place[rows[0] as usize..rows[1] as usize].iter();
            if rows.any(|&new| new != NOWHERE) {
                users.push(self.users.bytes(person));
            }
        }
        users
    }

    fn select_ties(&self, place: &[u32]) -> Ties {
        let mut ties = Ties::default();
        for tie in self.ties.within(0..self.n_events()) {
            let kept: Vec<(u32, (u32, u32))> = (tie.start..tie.end)
                .zip(tie.order)
                .map(|(row, &order)| (place[row], order))
                .filter(|&(new, _)| new != NOWHERE)
                .collect();
            if let [(first, _), _, ..] = kept[..] {
                let first = first as usize;
                ties.add(first..first + kept.len(), |row| kept[row - first].1);
            }
        }
        ties
    }
}

fn select_codes(codes: &Codes, rows: &Bitmap) -> Codes {
    match codes {
        Codes::U8(codes) => Codes::U8(rows.ones().map(|row| codes[row]).collect()),
        Codes::U16(codes) => Codes::U16(rows.ones().map(|row| codes[row]).collect()),
        Codes::U32(codes) => Codes::U32(rows.ones().map(|row| codes[row]).collect()),
    }
}

/// The entries of a sparse column that stay: their rows in the selection, and their places in the column.
fn staying(rows: &EntryRows, place: &[u32], n_rows: usize) -> (EntryRows, Vec<u32>) {
    let mut new_rows = EntryRows::with_room(rows.len().min(n_rows), n_rows);
    let mut entries = Vec::new();
    rows.each(0..place.len(), &mut |entry, row| {
        if place[row] != NOWHERE {
            new_rows.push(place[row]);
            entries.push(entry as u32);
        }
    });
    (new_rows.finished(n_rows), entries)
}

fn select_prop(prop: &PropColumn, place: &[u32], n_rows: usize) -> PropColumn {
    let (rows, entries) = staying(&prop.rows, place, n_rows);
    let max = prop.values.len().saturating_sub(1) as u32;
    PropColumn {
        key: prop.key.clone(),
        rows,
        codes: prop.codes.gather(max, &entries),
        values: prop.values.clone(),
    }
}

fn select_items(items: &Items, place: &[u32], n_rows: usize) -> Items {
    let (rows, entries) = staying(&items.rows, place, n_rows);
    let mut ends = Ends::default();
    let mut inside = Vec::new();
    for entry in entries {
        inside.extend(items.ends.range(entry as usize).map(|item| item as u32));
        ends.push(inside.len() as u32);
    }
    let quantities = inside.iter().map(|&item| items.quantity.get(item as usize));
    Items {
        rows,
        ends,
        fields: items.fields.each_ref().map(|field| ItemField {
            codes: match field.codes.len() {
                0 => Codes::default(),
                _ => field.codes.gather(field.values.len() as u32, &inside),
            },
            values: field.values.clone(),
        }),
        price_micros: items.price_micros.gather(&inside),
        quantity: items
            .quantity
            .gather(quantities.max().unwrap_or(0), &inside),
    }
}

fn select_amounts(amounts: &Amounts, place: &[u32], n_rows: usize) -> Amounts {
    let (rows, entries) = staying(&amounts.rows, place, n_rows);
    let max = amounts.currencies.len().saturating_sub(1) as u32;
    Amounts {
        rows,
        minor: amounts.minor.gather(&entries),
        currency: amounts.currency.gather(max, &entries),
        currencies: amounts.currencies.clone(),
    }
}
