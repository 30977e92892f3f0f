//! The last part of building: from rows in order of arrival to columns sorted by person and time.
//!
//! Everything is ordered by what the events say, never by when they arrived, so that the same
//! rows in any order give the same dataset.

use std::cmp::Ordering;

use super::arriving::{ArrivingCodes, ArrivingIds, ArrivingTimes};
use super::build::{DatasetBuilder, SESSION_ID};
use super::clocks::Tabs;
use super::column::{Codes, Times};
use super::dictionary::{Dictionary, Interner};
use super::firsts::KeptFirsts;
use super::identity::{Identities, People};
use super::sparse::{
    ArrivedAmounts, ArrivedItems, ArrivedProp, Order, place_amounts, place_items, place_prop,
    sort_amounts, sort_items, sort_props, sort_texts,
};
use super::template::templates;
use super::ties::Ties;
use super::{Counts, Dataset};

/// Rows in order of arrival, with codes that sort as their texts do.
pub(super) struct Arrived {
    pub(super) ts: ArrivingTimes,
    pub(super) name: ArrivingCodes,
    pub(super) id: ArrivingIds,
    pub(super) seq: ArrivingCodes,
    pub(super) tab: ArrivingCodes,
    pub(super) visitor: ArrivingCodes,
    pub(super) user: ArrivingCodes,
    page: ArrivingCodes,
    /// By key; rows in order of arrival.
    pub(super) props: Vec<ArrivedProp>,
    items: ArrivedItems,
    amounts: ArrivedAmounts,
}

/// The dataset, and in its order the rows as they arrived. `known` is that order of an earlier
/// dataset of the first rows, or empty.
///
/// What arrived is given up column by column, as soon as nothing asks for it any more.
pub(super) fn finish(builder: DatasetBuilder, known: &[u32]) -> (Dataset, Vec<u32>) {
    let options = builder.options;
    let (names, name_ranks) = builder.names.into_sorted();
    let (_, tab) = sort_texts(builder.tab);
    let (visitors, visitor) = sort_texts(builder.visitor);
    let n_visitors = visitors.len() as u32;
    drop(visitors);
    let (users, user) = sort_texts(builder.user);
    let (paths, page) = sort_texts(builder.page);
    let mut rows = Arrived {
        ts: builder.ts,
        name: builder.name.map(|code| name_ranks[code as usize]),
        id: builder.id,
        seq: builder.seq,
        tab,
        visitor,
        user,
        page,
        props: sort_props(builder.prop_keys, builder.props),
        items: sort_items(builder.items),
        amounts: sort_amounts(builder.amounts),
    };
    let n_arrived = rows.ts.len();

    let mut is_dropped = vec![false; n_arrived];
    let n_duplicates = rows.mark_duplicates(&mut is_dropped);
    let identities = Identities {
        ts: &rows.ts,
        seq: &rows.seq,
        user: &rows.user,
        visitor: &rows.visitor,
        tab: &rows.tab,
        n_users: users.len() as u32,
        n_visitors,
    };
    let people = identities.people(options.stitch_identities, |row| is_dropped[row]);
    // A purchase told again is left out only now: it still says who was logged in.
    let is_purchase: Vec<bool> = (0..names.len())
        .map(|code| {
            options
                .purchases
                .iter()
                .any(|name| name == names.text(code))
        })
        .collect();
    let n_repeated_purchases = rows.mark_repeated_purchases(&is_purchase, &mut is_dropped);
    drop(std::mem::take(&mut rows.visitor));
    drop(std::mem::take(&mut rows.user));
    let People { of_row, n_merged } = people;
    let (sorted, person_starts, numbers) = rows.sort(&of_row, &is_dropped, known);
    drop((of_row, is_dropped));
    // Users have the first numbers, in the order of their ids.
    let mut known = Dictionary::default();
    let are_users = numbers.iter().map(|&number| number as usize);
    are_users
        .take_while(|&number| number < users.len())
        .for_each(|number| known.push(users.bytes(number)));

    let n_clock_skewed = rows.n_clock_skewed(&sorted);
    let sorted_rows = || sorted.iter().map(|&row| row as usize);
    // Each person's events are in the order of time.
    let ts_of = |row: u32| rows.ts.get(sorted[row as usize] as usize);
    let people = || person_starts.windows(2);
    let first_ts = people().map(|person| ts_of(person[0])).min();
    let last_ts = people().map(|person| ts_of(person[1] - 1)).max();
    let times = Times::new(
        first_ts.unwrap_or(0),
        last_ts.unwrap_or(0),
        sorted_rows().map(|row| rows.ts.get(row)),
    );
    drop(std::mem::take(&mut rows.ts));

    let given_sessions = rows.given_sessions();
    let mut ties = Ties::default();
    let mut tabs = Tabs::default();
    let mut session_starts = Vec::new();
    let mut person_sessions = Vec::with_capacity(person_starts.len());
    for person in person_starts.windows(2) {
        person_sessions.push(session_starts.len() as u32);
        let (start, end) = (person[0] as usize, person[1] as usize);
        cut_sessions(
            &times,
            start..end,
            options.session_gap_millis.max(0),
            |row| given_sessions.get(sorted[row] as usize),
            &mut session_starts,
        );
        tabs.add(&rows, &sorted[start..end]);
        find_ties(&times, start..end, &mut ties, |row| {
            let old = sorted[row] as usize;
            (rows.tab.get(old), rows.seq.get(old))
        });
    }
    person_sessions.push(session_starts.len() as u32);
    session_starts.push(sorted.len() as u32);
    drop((rows.tab, rows.seq, rows.id, given_sessions));

    let templates = templates(&paths, &options.template);
    let mut interner = Interner::default();
    let mut page_codes: Vec<u32> = templates
        .iter()
        .map(|template| interner.intern(template.as_bytes()))
        .collect();
    let (templates, template_ranks) = interner.into_sorted();
    page_codes
        .iter_mut()
        .for_each(|code| *code = template_ranks[*code as usize] + 1);
    let page = (!rows.page.is_empty()).then(|| {
        let page_of = |row| match rows.page.get(row) {
            0 => 0,
            path => page_codes[path as usize - 1],
        };
        Codes::new(templates.len() as u32, sorted_rows().map(page_of))
    });
    drop(rows.page);
    let name = Codes::new(
        names.len().saturating_sub(1) as u32,
        sorted_rows().map(|row| rows.name.get(row)),
    );
    drop(rows.name);

    let order = Order::new(&sorted, n_arrived);
    let props = rows.props.into_iter();
    let props = props.map(|prop| place_prop(prop, &order)).collect();
    let items = place_items(rows.items, &order);
    let amounts = place_amounts(rows.amounts, &order);
    drop(order);
    let (posting_starts, postings) =
        postings((0..name.len()).map(|row| name.get(row)), names.len());
    let dataset = Dataset {
        ts: times,
        name,
        page,
        names,
        templates,
        person_starts,
        person_sessions,
        session_starts,
        posting_starts,
        postings,
        ties,
        users: known,
        props,
        items,
        amounts,
        counts: Counts {
            n_duplicates,
            n_repeated_purchases,
            n_out_of_order: tabs.n_out_of_order(),
            n_clock_skewed,
            n_rejected: builder.n_rejected,
            n_identities_merged: n_merged,
        },
        session_gap_millis: options.session_gap_millis.max(0),
        first_ts,
        last_ts,
        firsts: KeptFirsts::default(),
    };
    (dataset, sorted)
}

impl Arrived {
    /// Rows by person and order, where each person begins, with the end appended, and the number
    /// of each.
    ///
    /// Rows are dealt out in the order `known` first, so that whoever has no new rows is in order.
    fn sort(
        &self,
        person: &[u32],
        is_dropped: &[bool],
        known: &[u32],
    ) -> (Vec<u32>, Vec<u32>, Vec<u32>) {
        let n_numbers = person.iter().max().map_or(0, |&max| max as usize + 1);
        let mut ends = vec![0_u32; n_numbers];
        let kept = || (0..person.len()).filter(|&row| !is_dropped[row]);
        for row in kept() {
            ends[person[row] as usize] += 1;
        }
        // Counts become starts, and starts become ends while the rows are dealt out.
        let mut total = 0;
        for end in &mut ends {
            total += std::mem::replace(end, total);
        }
        let mut sorted = vec![0_u32; total as usize];
        let mut is_known = vec![false; if known.is_empty() { 0 } else { person.len() }];
        known.iter().for_each(|&row| is_known[row as usize] = true);
        let known = known.iter().map(|&row| row as usize);
        let new = kept().filter(|&row| !is_known.get(row).is_some_and(|known| *known));
        for row in known.filter(|&row| !is_dropped[row]).chain(new) {
            let end = &mut ends[person[row] as usize];
            sorted[*end as usize] = row as u32;
            *end += 1;
        }
        let mut starts = vec![0];
        let mut numbers = Vec::new();
        for (number, end) in (0..).zip(ends) {
            let start = starts[starts.len() - 1];
            if end > start {
                let rows = &mut sorted[start as usize..end as usize];
                let by_time =
                    |a: &u32, b: &u32| self.ts.get(*a as usize) < self.ts.get(*b as usize);
                let order = |a: &u32, b: &u32| self.order(*a as usize, *b as usize);
                if !rows.is_sorted_by(by_time) && !rows.is_sorted_by(|a, b| order(a, b).is_le()) {
                    rows.sort_unstable_by(order);
                }
                starts.push(end);
                numbers.push(number);
            }
        }
        (sorted, starts, numbers)
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

    /// The id of the session that each row brings along, as a number from 1 on; 0 where it has none.
    fn given_sessions(&self) -> ArrivingCodes {
        let mut given = ArrivingCodes::default();
        if let Some(prop) = self.props.iter().find(|prop| prop.key == SESSION_ID) {
            for (row, index) in prop.rows.iter().zip(0..) {
                given.set(row as usize, prop.codes.get(index) + 1);
            }
        }
        given
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

/// Appends where each session of one person begins: by the ids given, where two neighbours have one (0 is none), else
/// by the pause between them.
fn cut_sessions(
    times: &Times,
    rows: std::ops::Range<usize>,
    gap: i64,
    given: impl Fn(usize) -> u32,
    starts: &mut Vec<u32>,
) {
    let mut previous = None;
    for row in rows {
        let (ts, id) = (times.get(row), given(row));
        let begins = previous.is_none_or(|(ts_before, id_before)| match (id_before, id) {
            (0, _) | (_, 0) => ts - ts_before > gap,
            (before, id) => before != id,
        });
        if begins {
            starts.push(row as u32);
        }
        previous = Some((ts, id));
    }
}

/// Finds the runs of equal times of one person.
fn find_ties(
    times: &Times,
    rows: std::ops::Range<usize>,
    ties: &mut Ties,
    order_of: impl Fn(usize) -> (u32, u32),
) {
    let mut start = rows.start;
    for row in rows.start + 1..=rows.end {
        if row == rows.end || times.get(row) != times.get(start) {
            if row - start > 1 {
                ties.add(start..row, &order_of);
            }
            start = row;
        }
    }
}

/// For each name the rows that have it, ascending: where each name's rows begin, and the rows.
pub(super) fn postings(
    names: impl Iterator<Item = u32> + Clone,
    n_names: usize,
) -> (Vec<u32>, Vec<u32>) {
    let mut starts = vec![0_u32; n_names + 1];
    for name in names.clone() {
        starts[name as usize + 1] += 1;
    }
    for name in 0..n_names {
        starts[name + 1] += starts[name];
    }
    let mut next = starts.clone();
    let mut rows = vec![0; starts[n_names] as usize];
    for (row, name) in (0..).zip(names) {
        let next = &mut next[name as usize];
        rows[*next as usize] = row;
        *next += 1;
    }
    (starts, rows)
}
