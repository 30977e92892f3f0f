//! Columns that only some events have: sorting their dictionaries, and carrying them along when
//! the events are sorted.

use std::cell::OnceCell;

use super::arriving::{ArrivingCodes, ArrivingRows};
use super::build::{AmountRows, ItemRows, PropRows, Texts};
use super::column::{Amounts, Codes, ItemField, Items, PropColumn};
use super::dictionary::{Dictionary, Interner};
use super::row_index::{CachedIndex, RowIndex};

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
    /// Without `rows`.
    pub(super) items: Items,
}

/// Amounts in order of arrival, with codes that sort as the currencies do.
pub(super) struct ArrivedAmounts {
    pub(super) rows: ArrivingRows,
    pub(super) minor: Vec<i64>,
    pub(super) currency: ArrivingCodes,
    currencies: Dictionary,
}

/// A text column with codes that sort as its texts do.
pub(super) fn sort_texts(texts: Texts) -> (Dictionary, ArrivingCodes) {
    let (dictionary, ranks) = texts.entries.into_sorted();
    let codes = texts.codes.map(|code| {
        if code == 0 {
            0
        } else {
            ranks[code as usize - 1] + 1
        }
    });
    (dictionary, codes)
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
    let fields = items.fields.map(|field| {
        let (values, codes) = sort_texts(field);
        ItemField {
            codes: (0..codes.len()).map(|item| codes.get(item)).collect(),
            values,
        }
    });
    ArrivedItems {
        rows: items.rows,
        items: Items {
            rows: Vec::new(),
            ends: items.ends,
            fields,
            price_micros: items.price_micros,
            quantity: items.quantity,
        },
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

    /// Tells for each entry of a column the row where it goes and its place among those that arrived, by that row.
    fn each(&self, rows: &ArrivingRows, mut entry: impl FnMut(u32, usize)) {
        let all = (0..).zip(self.sorted);
        if rows.len() == self.n_arrived {
            all.for_each(|(new, &old)| entry(new, old as usize));
        } else if rows.len() >= self.n_arrived / 8 {
            // Looking each row up beats sorting once a good part of them has an entry.
            let index = RowIndex::new(rows.iter(), self.n_arrived);
            for (new, &old) in all {
                if let Some(place) = index.get(old as usize) {
                    entry(new, place);
                }
            }
        } else {
            let place = self.place.get_or_init(|| self.places());
            let mut moves: Vec<(u32, usize)> = rows
                .iter()
                .map(|row| place[row as usize])
                .zip(0..)
                .filter(|&(new, _)| new != NOWHERE)
                .collect();
            moves.sort_unstable();
            moves.iter().for_each(|&(new, old)| entry(new, old));
        }
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
    let mut rows = Vec::with_capacity(prop.rows.len());
    let mut codes = Codes::with_capacity(max, prop.rows.len());
    order.each(&prop.rows, |new, old| {
        rows.push(new);
        codes.push(prop.codes.get(old));
    });
    PropColumn {
        key: prop.key,
        rows,
        codes,
        values: prop.values,
        index: CachedIndex::default(),
    }
}

pub(super) fn place_items(arrived: ArrivedItems, order: &Order<'_>) -> Items {
    let items = arrived.items;
    let mut placed = Items::default();
    order.each(&arrived.rows, |new, old| {
        for item in items.range(old) {
            for (into, from) in placed.fields.iter_mut().zip(&items.fields) {
                into.codes.push(from.codes.get(item).copied().unwrap_or(0));
            }
            placed.price_micros.push(items.price_micros[item]);
            placed.quantity.push(items.quantity[item]);
        }
        placed.rows.push(new);
        placed.ends.push(placed.quantity.len() as u32);
    });
    for (into, from) in placed.fields.iter_mut().zip(items.fields) {
        into.values = from.values;
    }
    placed
}

pub(super) fn place_amounts(amounts: ArrivedAmounts, order: &Order<'_>) -> Amounts {
    let n_amounts = amounts.rows.len();
    let mut placed = Amounts {
        rows: Vec::with_capacity(n_amounts),
        minor: Vec::with_capacity(n_amounts),
        currency: Vec::with_capacity(n_amounts),
        currencies: amounts.currencies,
        index: CachedIndex::default(),
    };
    order.each(&amounts.rows, |new, old| {
        placed.rows.push(new);
        placed.minor.push(amounts.minor[old]);
        placed.currency.push(amounts.currency.get(old));
    });
    placed
}
