//! Columns that only some events have: sorting their dictionaries, and carrying them along when
//! the events are sorted.

use std::borrow::Cow;
use std::cell::OnceCell;

use super::arriving::{ArrivingCodes, ArrivingRows};
use super::build::{AmountRows, ItemRows, PropRows, Texts};
use super::column::{Amounts, Codes, Ends, ItemField, Items, MinorUnits, Prices, PropColumn};
use super::dictionary::{Dictionary, Interner};
use super::entry_rows::EntryRows;
use super::row_index::RowIndex;

/// The place of a row that has none: a duplicate that was dropped.
pub(super) const NOWHERE: u32 = u32::MAX;

/// A property in order of arrival, with codes that sort as its values do.
pub(super) struct ArrivedProp {
    pub(super) key: String,
    pub(super) rows: ArrivingRows,
    pub(super) codes: ArrivingCodes,
    pub(super) values: Dictionary,
}

/// Items in order of arrival, with codes that sort as their texts do.
pub(super) struct ArrivedItems {
    pub(super) rows: ArrivingRows,
    pub(super) ends: Ends,
    /// The codes of each text field, and its values.
    pub(super) fields: [(ArrivingCodes, Dictionary); 4],
    pub(super) price_micros: Prices,
    pub(super) quantity: ArrivingCodes,
}

/// Amounts in order of arrival, with codes that sort as the currencies do.
pub(super) struct ArrivedAmounts {
    pub(super) rows: ArrivingRows,
    pub(super) minor: MinorUnits,
    pub(super) currency: ArrivingCodes,
    currencies: Dictionary,
}

/// A text column with codes that sort as its texts do.
pub(super) fn sort_texts(texts: Texts) -> (Dictionary, ArrivingCodes) {
    let (dictionary, ranks) = texts.entries.into_sorted();
    (dictionary, ranked(texts.codes, &ranks))
}

/// The same codes without the texts, and how many distinct ones there are.
pub(super) fn sort_codes(texts: Texts) -> (u32, ArrivingCodes) {
    let ranks = texts.entries.into_ranks();
    (ranks.len() as u32, ranked(texts.codes, &ranks))
}

fn ranked(codes: ArrivingCodes, ranks: &[u32]) -> ArrivingCodes {
    codes.map(|code| match code {
        0 => 0,
        code => ranks[code as usize - 1] + 1,
    })
}

pub(super) fn sort_props(keys: Interner, props: Vec<PropRows>) -> Vec<ArrivedProp> {
    let (keys, ranks) = keys.into_sorted();
    let mut columns: Vec<(u32, ArrivedProp)> = ranks
        .into_iter()
        .zip(props)
        .map(|(rank, prop)| {
            let (values, value_ranks) = prop.values.into_sorted();
            let column = ArrivedProp {
                key: keys.text(rank as usize).to_owned(),
                rows: prop.rows,
                codes: prop.codes.map(|code| value_ranks[code as usize]),
                values,
            };
            (rank, column)
        })
        .collect();
    columns.sort_unstable_by_key(|&(rank, _)| rank);
    columns.into_iter().map(|(_, column)| column).collect()
}

pub(super) fn sort_items(items: ItemRows) -> ArrivedItems {
    ArrivedItems {
        rows: items.rows,
        ends: items.ends,
        fields: items.fields.map(|field| {
            let (values, codes) = sort_texts(field);
            (codes, values)
        }),
        price_micros: items.price_micros,
        quantity: items.quantity,
    }
}

pub(super) fn sort_amounts(amounts: AmountRows) -> ArrivedAmounts {
    let (currencies, ranks) = amounts.currencies.into_sorted();
    ArrivedAmounts {
        rows: amounts.rows,
        minor: amounts.minor,
        currency: amounts.currency.map(|code| ranks[code as usize]),
        currencies,
    }
}

/// Carries sparse columns along: the rows that arrived, in the order of the dataset.
pub(super) struct Order<'a> {
    sorted: &'a [u32],
    n_arrived: usize,
    /// Where each row went. Only columns that few rows have ask for it.
    place: OnceCell<Vec<u32>>,
}

impl<'a> Order<'a> {
    pub(super) fn new(sorted: &'a [u32], n_arrived: usize) -> Self {
        Self {
            sorted,
            n_arrived,
            place: OnceCell::new(),
        }
    }

    /// The rows where a column's entries go, and for each its place among those that arrived.
    fn moved(&self, rows: &ArrivingRows) -> (EntryRows, Cow<'a, [u32]>) {
        let n_events = self.sorted.len();
        let mut new_rows = EntryRows::with_room(rows.len().min(n_events), n_events);
        let all = (0..).zip(self.sorted);
        let places = if rows.len() == self.n_arrived {
            all.for_each(|(new, _)| new_rows.push(new));
            Cow::Borrowed(self.sorted)
        } else if rows.len() >= self.n_arrived / 32 {
            // Looking each row up beats sorting unless very few of them have an entry.
            let index = RowIndex::new(rows.iter(), self.n_arrived);
            let mut places = Vec::with_capacity(rows.len());
            for (new, &old) in all {
                if let Some(place) = index.get(old as usize) {
                    new_rows.push(new);
                    places.push(place as u32);
                }
            }
            Cow::Owned(places)
        } else {
            let place = self.place.get_or_init(|| self.places());
            let mut moves: Vec<(u32, u32)> = rows
                .iter()
                .map(|row| place[row as usize])
                .zip(0..)
                .filter(|&(new, _)| new != NOWHERE)
                .collect();
            moves.sort_unstable();
            moves.iter().for_each(|&(new, _)| new_rows.push(new));
            Cow::Owned(moves.iter().map(|&(_, old)| old).collect())
        };
        (new_rows.finished(n_events), places)
    }

    fn places(&self) -> Vec<u32> {
        let mut place = vec![NOWHERE; self.n_arrived];
        for (new, &old) in (0..).zip(self.sorted) {
            place[old as usize] = new;
        }
        place
    }
}

pub(super) fn place_prop(prop: ArrivedProp, order: &Order<'_>) -> PropColumn {
    let max = prop.values.len().saturating_sub(1) as u32;
    let (rows, places) = order.moved(&prop.rows);
    let n_entries = prop.rows.len();
    PropColumn {
        key: prop.key,
        rows,
        codes: prop.codes.gather(max, n_entries, &places),
        values: prop.values,
    }
}

pub(super) fn place_items(arrived: ArrivedItems, order: &Order<'_>) -> Items {
    let (rows, places) = order.moved(&arrived.rows);
    drop(arrived.rows);
    let mut ends = Ends::default();
    let mut items = Vec::new();
    let has_single = arrived.ends.len() == arrived.price_micros.len();
    let mut end = 0;
    for place in each(&places) {
        let range = arrived.ends.range(place);
        end += range.len() as u32;
        ends.push(end);
        if !has_single {
            items.extend(range.map(|item| item as u32));
        }
    }
    drop(arrived.ends);
    // Where each event has one item, its place is that of the item.
    let items = if has_single {
        places
    } else {
        Cow::Owned(items)
    };
    let n_items = arrived.price_micros.len();
    // Column by column, the widest first: what arrived is given up as soon as it has been placed, and the next take its
    // memory.
    let price_micros = arrived.price_micros.gather(&items);
    drop(arrived.price_micros);
    let fields = arrived.fields.map(|(codes, values)| ItemField {
        codes: if codes.is_empty() {
            Codes::default()
        } else {
            codes.gather(values.len() as u32, n_items, &items)
        },
        values,
    });
    let quantity = arrived.quantity;
    let max = each(&items).map(|item| quantity.get(item)).max();
    Items {
        rows,
        ends,
        fields,
        price_micros,
        quantity: quantity.gather(max.unwrap_or(0), n_items, &items),
    }
}

pub(super) fn place_amounts(amounts: ArrivedAmounts, order: &Order<'_>) -> Amounts {
    let (rows, places) = order.moved(&amounts.rows);
    drop(amounts.rows);
    let minor = amounts.minor.gather(&places);
    let n_amounts = amounts.minor.len();
    drop(amounts.minor);
    let max = amounts.currencies.len().saturating_sub(1) as u32;
    Amounts {
        rows,
        minor,
        currency: amounts.currency.gather(max, n_amounts, &places),
        currencies: amounts.currencies,
    }
}

fn each(places: &[u32]) -> impl ExactSizeIterator<Item = usize> {
    places.iter().map(|&place| place as usize)
}
