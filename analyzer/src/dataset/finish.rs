//! The last part of building: from rows in order of arrival to columns sorted by person and time.
//!
//! Everything is ordered by what the events say, never by when they arrived, so that the same
//! rows in any order give the same dataset.

use super::arriving::{ArrivingCodes, ArrivingIds, ArrivingTimes};
use super::bitmap::Bitmap;
use super::build::{DatasetBuilder, SESSION_ID};
use super::clocks::Tabs;
use super::column::Times;
use super::dictionary::{Dictionary, Interner};
use super::firsts::KeptFirsts;
use super::identity::{Identities, People};
use super::sorting::{Sorted, postings};
use super::sparse::{
    ArrivedAmounts, ArrivedItems, ArrivedProp, Order, place_amounts, place_items, place_prop,
    sort_amounts, sort_codes, sort_items, sort_props, sort_texts,
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
    pub(super) page: ArrivingCodes,
    /// By key; rows in order of arrival.
    pub(super) props: Vec<ArrivedProp>,
    pub(super) items: ArrivedItems,
    pub(super) amounts: ArrivedAmounts,
}

/// The dataset. `order` holds the rows as they arrived in the order of an earlier dataset of the first of them, or
/// nothing, and gets that of this one.
///
/// What arrived, and whatever else takes memory, is given up as soon as nothing asks for it any more: so what comes next
/// takes its place.
pub(super) fn finish(builder: DatasetBuilder, order: Option<&mut Vec<u32>>) -> Dataset {
    let options = builder.options;
    let (names, name_ranks) = builder.names.into_sorted();
    let (_, tab) = sort_codes(builder.tab);
    let (n_visitors, visitor) = sort_codes(builder.visitor);
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
    let people = identities.people(options.stitch_identities, &is_dropped);
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
    let Sorted {
        rows: sorted,
        times,
        starts: person_starts,
        numbers,
        first_ts,
        last_ts,
    } = rows.sort(
        of_row,
        is_dropped,
        order.as_deref().map_or(&[], Vec::as_slice),
    );
    // Users have the first numbers, in the order of their ids.
    let mut known = Dictionary::default();
    let are_users = numbers.iter().map(|&number| number as usize);
    are_users
        .take_while(|&number| number < users.len())
        .for_each(|number| known.push(users.bytes(number)));

    let n_clock_skewed = rows.n_clock_skewed(&sorted);
    drop(std::mem::take(&mut rows.ts));

    let given_sessions = rows.given_sessions();
    let mut ties = Ties::default();
    let mut tabs = Tabs::default();
    // Marked first: a list that grows takes three times the memory of one that has room for all, and some data has nearly
    // as many sessions as events.
    let mut begins = Bitmap::new(sorted.len(), false);
    let mut n_sessions = 0;
    let mut person_sessions = Vec::with_capacity(person_starts.len());
    for person in person_starts.windows(2) {
        person_sessions.push(n_sessions);
        let (start, end) = (person[0] as usize, person[1] as usize);
        n_sessions += cut_sessions(
            &times,
            start..end,
            options.session_gap_millis.max(0),
            |row| given_sessions.get(sorted[row] as usize),
            &mut begins,
        );
        tabs.add(&rows, &sorted[start..end]);
        find_ties(&times, start..end, &mut ties, |row| {
            let old = sorted[row] as usize;
            (rows.tab.get(old), rows.seq.get(old))
        });
    }
    person_sessions.push(n_sessions);
    drop((rows.tab, rows.seq, rows.id, given_sessions));
    let mut session_starts = Vec::with_capacity(n_sessions as usize + 1);
    session_starts.extend(begins.ones().map(|row| row as u32));
    session_starts.push(sorted.len() as u32);

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
        let page = rows.page.map(|path| match path {
            0 => 0,
            path => page_codes[path as usize - 1],
        });
        page.gather(templates.len() as u32, n_arrived, &sorted)
    });
    let max = names.len().saturating_sub(1) as u32;
    let name = rows.name.gather(max, n_arrived, &sorted);

    let moved = Order::new(&sorted, n_arrived);
    let props = rows.props.into_iter();
    let props = props.map(|prop| place_prop(prop, &moved)).collect();
    let items = place_items(rows.items, &moved);
    let amounts = place_amounts(rows.amounts, &moved);
    drop(moved);
    match order {
        Some(order) => *order = sorted,
        None => drop(sorted),
    }
    let (posting_starts, postings) = postings(&name, names.len());
    Dataset {
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
    }
}

impl Arrived {
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
}

/// Marks where each session of one person begins, and counts them: by the ids given, where two neighbours have one (0 is
/// none), else by the pause between them.
#[inline(never)] // Called for each person, so that a browser gives it fast code, see `sorting`.
fn cut_sessions(
    times: &Times,
    rows: std::ops::Range<usize>,
    gap: i64,
    given: impl Fn(usize) -> u32,
    marked: &mut Bitmap,
) -> u32 {
    let mut n_sessions = 0;
    let mut previous = None;
    for row in rows {
        let (ts, id) = (times.get(row), given(row));
        let begins = previous.is_none_or(|(ts_before, id_before)| match (id_before, id) {
            (0, _) | (_, 0) => ts - ts_before > gap,
            (before, id) => before != id,
        });
        if begins {
            marked.insert(row);
            n_sessions += 1;
        }
        previous = Some((ts, id));
    }
    n_sessions
}

/// Finds the runs of equal times of one person.
#[inline(never)] // As `cut_sessions`.
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
