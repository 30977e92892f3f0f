//! From the columns of a chunk to a batch of events, without making rows.
//!
//! A chunk in which every row can become an event goes this way, unless a column holds JSON. Any other goes row by
//! row, by [`RowMaker::make`], which also says what is wrong with a row. Both give the same events.

use std::borrow::Cow;

use event::{CART_ID, TRANSACTION_ID};
use rustc_hash::FxHashMap;

use super::{RowMaker, amount, count, event_id, read, seq};
use crate::dataset::{AmountBatch, Batch, ItemBatch, Labels, PropBatch, SESSION_ID};
use crate::ingest::cell::Cell;
use crate::ingest::chunk::{Column, Texts, Values};
use crate::ingest::plan::Plan;
use crate::ingest::sink::Sink;
use crate::ingest::time::TimeZones;

impl RowMaker {
    /// Makes the events of all rows, with the column of each role at `positions`; or, where that is not possible at once, of none, and gives false.
    pub(in crate::ingest) fn make_all(
        &mut self,
        columns: &[Column],
        positions: &[usize],
        n_rows: usize,
        sink: &mut Sink,
    ) -> bool {
        let time = self.time.clone();
        let batch = self.batch(columns, positions, n_rows, &mut sink.time_zones);
        let is_made = batch.is_some_and(|batch| sink.take_batch(&batch));
        if !is_made {
            // The rows are read again, and their first number has to decide again.
            self.time = time;
        }
        is_made
    }

    fn batch<'a>(
        &'a mut self,
        columns: &'a [Column],
        positions: &[usize],
        n_rows: usize,
        time_zones: &mut TimeZones,
    ) -> Option<Batch<'a>> {
        let Plan {
            columns: names,
            is_raw: _,
            choices,
            roles: _,
            person: Some(person),
            time,
            time_template: None,
            time_of_day: None,
            name: Some(name),
            user,
            id,
            seq: seq_slot,
            tab,
            session,
            page,
            value,
            currency,
            transaction,
            cart,
            item,
            item_name,
            item_brand,
            item_category,
            price,
            quantity,
            props,
            props_json: None,
            spent: _,
            items_json: None,
        } = &self.plan
        else {
            return None;
        };
        if self.name_constant.is_some() || !self.props_constant.is_empty() || self.decimal_comma {
            return None;
        }
        if self.plan.has_lines() {
            // Which rows are lines of one order is settled row by row.
            return None;
        }
        let ids = [
            (TRANSACTION_ID, transaction),
            (CART_ID, cart),
            (SESSION_ID, session),
        ];
        let has_id = |key: &str| ids.iter().any(|(id, slot)| *id == key && slot.is_some());
        if props.iter().any(|&prop| has_id(&names[choices[prop][0]])) {
            // A property that comes from two columns is settled row by row.
            return None;
        }
        let column = |slot: usize| &columns[positions[slot]];
        let texts = |slot: &Option<usize>| {
            slot.map_or_else(Labels::default, |slot| labels(column(slot), n_rows))
        };

        let time_reader = &mut self.time;
        let times = column(*time);
        let ts = match (times.values(), times.is_full()) {
            (Values::Time(times), true) => times.clone(),
            (Values::LocalTime(times), true) if time_reader.is_utc(time_zones) => times.clone(),
            _ => {
                let ts = (0..n_rows).map(|row| time_reader.read(times.cell(row), time_zones).ok());
                ts.collect::<Option<_>>()?
            }
        };
        let name = texts(&Some(*name));
        let numbers = |slot: &Option<usize>| match slot {
            None => Some(Vec::new()),
            Some(slot) => {
                let column = column(*slot);
                let number = |row| read(&|_| column.cell(row), Some(0), seq).ok();
                (0..n_rows)
                    .map(|row| Some(number(row)?.unwrap_or(0)))
                    .collect()
            }
        };
        let amounts = |slot: &Option<usize>, row: usize| {
            read(&|slot| column(slot).cell(row), *slot, amount).ok()
        };

        let has_value: Vec<bool> = name
            .entries
            .iter()
            .map(|name| self.value_names.is_empty() || self.value_names.iter().any(|v| v == name))
            .collect();
        let mut micros = Vec::new();
        if value.is_some() {
            for (row, &code) in (0..).zip(&name.codes) {
                // A row without a name is refused below.
                let entry = (code as usize).checked_sub(1)?;
                if has_value[entry]
                    && let Some(amount) = amounts(value, row as usize)?
                {
                    micros.push((row, amount));
                }
            }
        }

        let fields = [item, item_name, item_brand, item_category].map(texts);
        let mut items = ItemBatch {
            fields,
            ..ItemBatch::default()
        };
        if item.is_some() || item_name.is_some() || price.is_some() || quantity.is_some() {
            let [id, name, ..] = &items.fields;
            let is_there = |labels: &Labels<'_>, row| labels.codes.get(row).is_some_and(|&c| c > 0);
            for row in 0..n_rows {
                let price = amounts(price, row)?;
                let pieces = read(&|slot| column(slot).cell(row), *quantity, count).ok()?;
                if is_there(id, row) || is_there(name, row) {
                    items.rows.push(row as u32);
                    items.price_micros.push(price);
                    items.quantity.push(pieces.unwrap_or(1));
                }
            }
        }

        let mut distinct: Vec<usize> = Vec::new();
        for &slot in props {
            if !distinct
                .iter()
                .any(|&known| choices[known] == choices[slot])
            {
                distinct.push(slot);
            }
        }
        Some(Batch {
            ts,
            name,
            id: id.map_or_else(Vec::new, |slot| {
                let id = |row| event_id(column(slot).cell(row)).unwrap_or_default();
                (0..n_rows).map(id).collect()
            }),
            seq: numbers(seq_slot)?,
            tab: texts(tab),
            visitor: texts(&Some(*person)),
            user: texts(user),
            page: texts(page),
            props: distinct
                .into_iter()
                .map(|slot| prop(&names[choices[slot][0]], column(slot), n_rows))
                .collect(),
            ids: ids.map(|(key, slot)| (key, texts(slot))),
            amounts: AmountBatch {
                micros,
                currency: texts(currency),
                constant: self.currency_constant.as_deref().unwrap_or_default(),
            },
            items,
        })
    }
}

/// A column as texts; numbers are written out, once each.
fn labels<'a>(column: &'a Column, n_rows: usize) -> Labels<'a> {
    let of_texts = |texts: &'a Texts| (0..texts.len()).map(|at| texts.get(at).into()).collect();
    let (entries, mut codes): (Vec<Cow<'a, str>>, _) = match column.values() {
        Values::Text(texts) => (of_texts(texts), column.places(n_rows)),
        Values::Coded(coded) => (of_texts(coded.entries()), column.look_up(coded.codes())),
        values => {
            let mut known = FxHashMap::default();
            let mut entries = Vec::new();
            let mut code = |at| {
                let cell = values.cell(at);
                *known.entry(bits(cell)).or_insert_with(|| {
                    let mut text = String::new();
                    cell.write_text(&mut text);
                    entries.push(text.into());
                    entries.len() as u32 - 1
                })
            };
            let distinct: Vec<u32> = (0..values.len()).map(&mut code).collect();
            (entries, column.look_up(&distinct))
        }
    };
    if entries.iter().any(|entry| entry.is_empty()) {
        for code in &mut codes {
            let is_empty = code
                .checked_sub(1)
                .is_some_and(|entry| entries[entry as usize].is_empty());
            if is_empty {
                *code = 0;
            }
        }
    }
    Labels { entries, codes }
}

/// What distinguishes the values of one column that are not texts.
fn bits(cell: Cell<'_>) -> u64 {
    match cell {
        Cell::Int(number)
        | Cell::Time(number)
        | Cell::LocalTime(number)
        | Cell::Decimal(number) => number.cast_unsigned(),
        Cell::Float(number) => number.to_bits(),
        Cell::Bool(truth) => truth.into(),
        Cell::Missing | Cell::Text(_) => 0,
    }
}

fn prop<'a>(key: &'a str, column: &'a Column, n_rows: usize) -> PropBatch<'a> {
    let (values, codes) = match column.values() {
        Values::Coded(coded) => {
            let entries = coded.entries();
            let prop = |at| Cell::of_text(entries.get(at)).prop();
            let values = (0..entries.len()).map(prop).collect();
            (values, column.look_up(coded.codes()))
        }
        values => {
            let prop = |at| values.cell(at).prop();
            let props = (0..values.len()).map(prop).collect();
            (props, column.places(n_rows))
        }
    };
    PropBatch { key, values, codes }
}

#[cfg(test)]
mod tests;
