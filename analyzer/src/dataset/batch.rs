//! Many rows at once, column by column: each distinct text of a batch is looked up once.
//!
//! The result is the same as that of [`DatasetBuilder::push`] row by row, which is the definition.

use std::borrow::Cow;

use crate::row::PropRef;

use super::build::{DatasetBuilder, MAX_TS, Texts, stored};
use super::template::path_of;
use super::{NO_PRICE, currency, worth};

/// Rows of which each can become an event, or none is taken.
pub(crate) struct Batch<'a> {
    /// Milliseconds since the Unix epoch.
    pub(crate) ts: Vec<i64>,
    pub(crate) name: Labels<'a>,
    /// 0 where a row has none; no entries where no row has.
    pub(crate) id: Vec<u128>,
    /// As `id`.
    pub(crate) seq: Vec<u32>,
    pub(crate) tab: Labels<'a>,
    pub(crate) visitor: Labels<'a>,
    pub(crate) user: Labels<'a>,
    pub(crate) page: Labels<'a>,
    /// Distinct keys.
    pub(crate) props: Vec<PropBatch<'a>>,
    /// Properties whose values are ids, other than those in `props`: key and texts.
    pub(crate) ids: [(&'static str, Labels<'a>); 3],
    pub(crate) amounts: AmountBatch<'a>,
    pub(crate) items: ItemBatch<'a>,
}

/// A column of texts.
#[derive(Default)]
pub(crate) struct Labels<'a> {
    /// Not empty, and not necessarily distinct.
    pub(crate) entries: Vec<Cow<'a, str>>,
    /// For each row the place of its entry plus one, or 0 for none; no codes where all have none.
    pub(crate) codes: Vec<u32>,
}

/// A column that is a property.
pub(crate) struct PropBatch<'a> {
    pub(crate) key: &'a str,
    pub(crate) values: Vec<Option<PropRef<'a>>>,
    /// For each row the place of its value plus one, or 0 for none.
    pub(crate) codes: Vec<u32>,
}

/// The amounts of those rows that have one.
#[derive(Default)]
pub(crate) struct AmountBatch<'a> {
    /// Row and millionths, by row.
    pub(crate) micros: Vec<(u32, i64)>,
    /// The currency of each row; where it has none, `constant`.
    pub(crate) currency: Labels<'a>,
    pub(crate) constant: &'a str,
}

impl AmountBatch<'_> {
    /// The currency of a row, as it is written.
    pub(super) fn currency_of(&self, row: u32) -> &str {
        let code = self.currency.codes.get(row as usize).copied();
        match code.and_then(|code| (code as usize).checked_sub(1)) {
            Some(entry) => &self.currency.entries[entry],
            None => self.constant,
        }
    }
}

/// At most one product a row.
#[derive(Default)]
pub(crate) struct ItemBatch<'a> {
    /// The rows that have one, ascending.
    pub(crate) rows: Vec<u32>,
    /// Id, name, brand and category, by row of the batch.
    pub(crate) fields: [Labels<'a>; 4],
    /// By item.
    pub(crate) price_micros: Vec<Option<i64>>,
    /// By item.
    pub(crate) quantity: Vec<u32>,
}

/// Not looked up yet.
const UNKNOWN: u32 = u32::MAX;

impl Labels<'_> {
    fn has(&self, row: usize) -> bool {
        self.codes.get(row).is_some_and(|&code| code != 0)
    }
}

impl Texts {
    /// Sets the rows from `first` on.
    fn set_labels(&mut self, first: usize, labels: &Labels<'_>, part: fn(&str) -> &str) {
        self.set_at(first, labels.codes.iter().copied(), labels, part);
    }

    /// Sets the places from `first` on to entries of `labels`, of which `part` is kept.
    fn set_at(
        &mut self,
        first: usize,
        codes: impl Iterator<Item = u32>,
        labels: &Labels<'_>,
        part: fn(&str) -> &str,
    ) {
        let mut known = vec![UNKNOWN; labels.entries.len()];
        let codes = codes.map(|code| {
            let Some(entry) = code.checked_sub(1) else {
                return 0;
            };
            let known = &mut known[entry as usize];
            if *known == UNKNOWN {
                *known = match part(&labels.entries[entry as usize]) {
                    "" => 0,
                    text => self.entries.intern(text.as_bytes()) + 1,
                };
            }
            *known
        });
        let codes: Vec<u32> = codes.collect();
        self.codes.set_all(first, &codes);
    }
}

impl DatasetBuilder {
    /// Takes all rows of a batch; or, where one of them cannot become an event, none, and gives false.
    pub(crate) fn push_batch(&mut self, batch: &Batch<'_>) -> bool {
        let n_rows = batch.ts.len();
        let first = self.ts.len();
        let n_items = self.items.price_micros.len() + batch.items.rows.len();
        let limit = u32::MAX as usize - 1;
        let is_event = |row| {
            batch.name.has(row)
                && (batch.visitor.has(row) || batch.user.has(row) || batch.tab.has(row))
        };
        if first + n_rows > limit
            || n_items > limit
            || !batch.ts.iter().all(|ts| (-MAX_TS..=MAX_TS).contains(ts))
            || !(0..n_rows).all(is_event)
        {
            return false;
        }

        self.ts.push_all(&batch.ts);
        self.push_names(&batch.name);
        for (row, &id) in (first..).zip(&batch.id) {
            self.id.set(row, id);
        }
        for (row, &seq) in (first..).zip(&batch.seq) {
            self.seq.set(row, seq);
        }
        self.tab.set_labels(first, &batch.tab, |text| text);
        self.visitor.set_labels(first, &batch.visitor, |text| text);
        self.user.set_labels(first, &batch.user, |text| text);
        self.page.set_labels(first, &batch.page, path_of);
        for prop in &batch.props {
            self.push_prop(first as u32, prop);
        }
        for (key, labels) in &batch.ids {
            let values = labels.entries.iter();
            self.push_prop(
                first as u32,
                &PropBatch {
                    key,
                    values: values.map(|id| Some(PropRef::String(id))).collect(),
                    codes: labels.codes.clone(),
                },
            );
        }
        self.push_amounts(first as u32, &batch.amounts, &worth::of_batch(batch));
        self.push_item_batch(first as u32, &batch.items);
        true
    }

    fn push_names(&mut self, names: &Labels<'_>) {
        let mut known = vec![UNKNOWN; names.entries.len()];
        let codes = names.codes.iter().map(|&code| {
            // Every row has a name.
            let entry = code as usize - 1;
            if known[entry] == UNKNOWN {
                known[entry] = self.names.intern(names.entries[entry].as_bytes());
            }
            known[entry]
        });
        let codes: Vec<u32> = codes.collect();
        self.name.push_all(&codes);
    }

    fn push_prop(&mut self, first: u32, batch: &PropBatch<'_>) {
        let mut known = vec![UNKNOWN; batch.values.len()];
        let mut prop = None;
        let mut codes = Vec::with_capacity(batch.codes.len());
        for (row, &code) in (first..).zip(&batch.codes) {
            let Some(entry) = code.checked_sub(1) else {
                continue;
            };
            let Some(value) = batch.values[entry as usize].and_then(stored) else {
                continue;
            };
            // A property without any value is not met.
            let key = *prop.get_or_insert_with(|| self.prop_code(batch.key));
            let prop = &mut self.props[key];
            let known = &mut known[entry as usize];
            if *known == UNKNOWN {
                value.encode(&mut self.scratch);
                *known = prop.values.intern(&self.scratch);
            }
            prop.rows.push(row);
            codes.push(*known);
        }
        if let Some(key) = prop {
            self.props[key].codes.push_all(&codes);
        }
    }

    fn push_amounts(&mut self, first: u32, batch: &AmountBatch<'_>, amounts: &[(u32, i64)]) {
        let upper = |text: &str| text.trim().to_ascii_uppercase();
        let currencies: Vec<String> = std::iter::once(upper(batch.constant))
            .chain(batch.currency.entries.iter().map(|entry| upper(entry)))
            .collect();
        for &(row, micros) in amounts {
            let code = batch.currency.codes.get(row as usize);
            let currency = &currencies[code.copied().unwrap_or(0) as usize];
            let amounts = &mut self.amounts;
            amounts.rows.push(first + row);
            amounts.minor.push(currency::to_minor(micros, currency));
            amounts
                .currency
                .push(amounts.currencies.intern(currency.as_bytes()));
        }
    }

    fn push_item_batch(&mut self, first: u32, batch: &ItemBatch<'_>) {
        let items = &mut self.items;
        let first_item = items.price_micros.len();
        for (field, labels) in items.fields.iter_mut().zip(&batch.fields) {
            let code = |&row: &u32| labels.codes.get(row as usize).copied().unwrap_or(0);
            field.set_at(first_item, batch.rows.iter().map(code), labels, |text| text);
        }
        for (price, &quantity) in batch.price_micros.iter().zip(&batch.quantity) {
            items.price_micros.push(price.unwrap_or(NO_PRICE));
            items.quantity.push(quantity);
        }
        batch
            .rows
            .iter()
            .for_each(|row| items.rows.push(first + row));
        let ends = (first_item + 1..).take(batch.rows.len());
        ends.for_each(|end| items.ends.push(end as u32));
    }
}
