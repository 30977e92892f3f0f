//! Columns that only some events have: sorting their dictionaries, and carrying them along when
//! the events are sorted.

use super::build::{AmountRows, ItemRows, Lazy, PropRows, Texts};
use super::column::{Amounts, Codes, ItemField, Items, PropColumn};
use super::dictionary::{Dictionary, Interner};
use super::row_index::CachedIndex;

/// The place of a row that has none: a duplicate that was dropped.
pub(super) const NOWHERE: u32 = u32::MAX;

/// A text column with codes that sort as its texts do.
pub(super) fn sort_texts(texts: Texts) -> (Dictionary, Lazy<u32>) {
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

pub(super) fn sort_props(keys: Interner, props: Vec<PropRows>) -> Vec<PropColumn> {
    let (keys, ranks) = keys.into_sorted();
    let mut columns: Vec<(u32, PropColumn)> = ranks
        .into_iter()
        .zip(props)
        .map(|(rank, prop)| {
            let (values, value_ranks) = prop.values.into_sorted();
            let codes = prop.codes.iter().map(|&code| value_ranks[code as usize]);
            let codes = Codes::new(values.len().saturating_sub(1) as u32, codes);
            (
                rank,
                PropColumn {
                    key: keys.text(rank as usize).to_owned(),
                    rows: prop.rows,
                    codes,
                    values,
                    index: CachedIndex::default(),
                },
            )
        })
        .collect();
    columns.sort_unstable_by_key(|&(rank, _)| rank);
    columns.into_iter().map(|(_, column)| column).collect()
}

pub(super) fn sort_items(items: ItemRows) -> Items {
    let fields = items.fields.map(|field| {
        let (values, codes) = sort_texts(field);
        ItemField {
            codes: codes.into_inner(),
            values,
        }
    });
    Items {
        rows: items.rows,
        ends: items.ends,
        fields,
        price_micros: items.price_micros,
        quantity: items.quantity,
    }
}

pub(super) fn sort_amounts(amounts: AmountRows) -> Amounts {
    let (currencies, ranks) = amounts.currencies.into_sorted();
    let mut currency = amounts.currency;
    currency
        .iter_mut()
        .for_each(|code| *code = ranks[*code as usize]);
    Amounts {
        rows: amounts.rows,
        minor: amounts.minor,
        currency,
        currencies,
        index: CachedIndex::default(),
    }
}

/// Where the entries of a sparse column go: new row and old index, by new row.
fn moves(rows: &[u32], place: &[u32]) -> Vec<(u32, u32)> {
    let moves = rows
        .iter()
        .map(|&row| place[row as usize])
        .zip(0..)
        .filter(|&(new, _)| new != NOWHERE);
    // Dealing out beats sorting once a good part of all events has an entry.
    if rows.len() >= place.len() / 8 {
        let mut dealt = vec![NOWHERE; place.len()];
        for (new, index) in moves {
            dealt[new as usize] = index;
        }
        let dealt = (0..).zip(dealt);
        return dealt.filter(|&(_, index)| index != NOWHERE).collect();
    }
    let mut moves: Vec<(u32, u32)> = moves.collect();
    moves.sort_unstable();
    moves
}

pub(super) fn place_prop(prop: PropColumn, place: &[u32], n_rows: usize) -> PropColumn {
    let max = prop.values.len().saturating_sub(1) as u32;
    // Dealing out beats sorting once a good part of all events has the property.
    if prop.rows.len() >= n_rows / 8 {
        let mut dealt = vec![NOWHERE; n_rows];
        for (index, &row) in prop.rows.iter().enumerate() {
            if let Some(code) = dealt.get_mut(place[row as usize] as usize) {
                *code = prop.codes.get(index);
            }
        }
        let present = || dealt.iter().zip(0..).filter(|&(&code, _)| code != NOWHERE);
        let rows = present().map(|(_, row)| row).collect();
        let codes = Codes::new(max, present().map(|(&code, _)| code));
        return PropColumn {
            rows,
            codes,
            index: CachedIndex::default(),
            ..prop
        };
    }
    let moves = moves(&prop.rows, place);
    let codes = Codes::new(
        max,
        moves.iter().map(|&(_, old)| prop.codes.get(old as usize)),
    );
    PropColumn {
        rows: moves.iter().map(|&(new, _)| new).collect(),
        codes,
        index: CachedIndex::default(),
        ..prop
    }
}

pub(super) fn place_items(items: &Items, place: &[u32]) -> Items {
    let mut placed = Items::default();
    for (new, old) in moves(&items.rows, place) {
        for item in items.range(old as usize) {
            for (into, from) in placed.fields.iter_mut().zip(&items.fields) {
                into.codes.push(from.codes.get(item).copied().unwrap_or(0));
            }
            placed.price_micros.push(items.price_micros[item]);
            placed.quantity.push(items.quantity[item]);
        }
        placed.rows.push(new);
        placed.ends.push(placed.quantity.len() as u32);
    }
    for (into, from) in placed.fields.iter_mut().zip(&items.fields) {
        into.values = from.values.clone();
    }
    placed
}

pub(super) fn place_amounts(amounts: Amounts, place: &[u32]) -> Amounts {
    let moves = moves(&amounts.rows, place);
    Amounts {
        rows: moves.iter().map(|&(new, _)| new).collect(),
        minor: moves
            .iter()
            .map(|&(_, old)| amounts.minor[old as usize])
            .collect(),
        currency: moves
            .iter()
            .map(|&(_, old)| amounts.currency[old as usize])
            .collect(),
        currencies: amounts.currencies,
        index: CachedIndex::default(),
    }
}
