//! From rows in order of arrival to columns: checks, dictionaries, and what is kept of each row
//! until the last one has come. The `finish` module then sorts.

use serde::Deserialize;

use crate::row::{PropRef, Row};

use super::Dataset;
use super::arriving::{ArrivingCodes, ArrivingIds, ArrivingRows, ArrivingTimes};
use super::column::{Ends, MinorUnits, NO_PRICE, Prices, PropValue};
use super::currency;
use super::dictionary::Interner;
use super::template::{TemplateOptions, path_of};

/// The property with the id of the session, where the source of the events counts sessions of its own.
pub(crate) const SESSION_ID: &str = "session_id";

/// How rows become a dataset.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS, crate::Schema), ts(optional_fields))]
pub struct BuildOptions {
    /// A longer pause than this, in milliseconds, starts a new session. Negative counts as 0.
    /// 30 minutes unless given. Between two events that both have the property `session_id`, that
    /// decides instead.
    #[cfg_attr(feature = "ts", ts(as = "Option<_>"))]
    pub session_gap_millis: i64,
    /// Joins the events of a visitor to the user who logs in on that visitor id. True unless given.
    #[cfg_attr(feature = "ts", ts(as = "Option<_>"))]
    pub stitch_identities: bool,
    /// Names of the events that are purchases: of those with the same `transaction_id` only the
    /// first counts. Unless given, `purchase`, Snowplow's `transaction`, `Order Completed` of Segment's
    /// vocabulary, and Matomo's `ecommerceOrder`.
    #[cfg_attr(feature = "ts", ts(as = "Option<_>"))]
    pub purchases: Vec<String>,
    /// How pages are grouped.
    #[cfg_attr(feature = "ts", ts(as = "Option<_>"))]
    pub template: TemplateOptions,
}

impl Default for BuildOptions {
    fn default() -> Self {
        Self {
            session_gap_millis: 30 * 60 * 1000,
            stitch_identities: true,
            purchases: [
                "purchase",
                "transaction",
                "Order Completed",
                "ecommerceOrder",
            ]
            .map(String::from)
            .to_vec(),
            template: TemplateOptions::default(),
        }
    }
}

/// Why a row cannot become an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RowError {
    /// The name is empty.
    #[error("the event has no name")]
    EmptyName,
    /// Neither user nor visitor nor tab is known.
    #[error("the event belongs to nobody: it has no user, no visitor and no tab")]
    NoPerson,
    /// The time is outside the range that dates have in a browser.
    #[error("the time is more than 100,000,000 days from 1970")]
    TimeOutOfRange,
    /// The dataset has as many events or items as it can number.
    #[error("the dataset is full: it holds 4,294,967,294 events and as many items at most")]
    Full,
}

/// For more rows than this no room is made before they come.
const MAX_EXPECTED: u64 = 1 << 25;

/// Range of JavaScript's `Date`. Differences of such times always fit an `i64`.
pub(super) const MAX_TS: i64 = 8_640_000_000_000_000;

/// Texts of a column, of which a row may have none: code + 1, or 0.
#[derive(Debug, Clone, Default)]
pub(super) struct Texts {
    pub(super) codes: ArrivingCodes,
    pub(super) entries: Interner,
}

impl Texts {
    fn set(&mut self, row: usize, text: Option<&str>) {
        if let Some(text) = text {
            let code = self.entries.intern(text.as_bytes());
            self.codes.set(row, code + 1);
        }
    }
}

/// One property in order of arrival.
#[derive(Debug, Clone, Default)]
pub(super) struct PropRows {
    pub(super) rows: ArrivingRows,
    pub(super) codes: ArrivingCodes,
    pub(super) values: Interner,
}

/// Items in order of arrival.
#[derive(Debug, Clone, Default)]
pub(super) struct ItemRows {
    pub(super) rows: ArrivingRows,
    pub(super) ends: Ends,
    pub(super) fields: [Texts; 4],
    pub(super) price_micros: Prices,
    pub(super) quantity: ArrivingCodes,
}

impl ItemRows {
    /// So many rows with items, and items, will have come at the end, as far as is known.
    fn expect(&mut self, n_rows: usize, n_items: usize) {
        if !self.ends.rest.is_empty() {
            self.ends.rest.reserve_exact(n_rows - self.ends.len());
        }
        self.price_micros
            .reserve_exact(n_items - self.price_micros.len());
        self.quantity.expect(n_items);
        for texts in &mut self.fields {
            texts.codes.expect(n_items);
        }
    }
}

/// Amounts in order of arrival.
#[derive(Debug, Clone, Default)]
pub(super) struct AmountRows {
    pub(super) rows: ArrivingRows,
    pub(super) minor: MinorUnits,
    pub(super) currency: ArrivingCodes,
    pub(super) currencies: Interner,
}

impl AmountRows {
    /// Forgets the row and the currency of the last amount.
    fn pop_row(&mut self) {
        self.rows.pop();
        self.currency.pop();
    }

    /// So many will have come at the end, as far as is known.
    fn expect(&mut self, n_amounts: usize) {
        self.minor.reserve_exact(n_amounts - self.minor.len());
        self.currency.expect(n_amounts);
    }
}

/// Takes rows in any order and makes a [`Dataset`] of them.
#[derive(Debug, Clone, Default)]
pub struct DatasetBuilder {
    pub(super) options: BuildOptions,
    pub(super) n_rejected: u64,
    pub(super) ts: ArrivingTimes,
    pub(super) names: Interner,
    pub(super) name: ArrivingCodes,
    pub(super) id: ArrivingIds,
    pub(super) seq: ArrivingCodes,
    pub(super) tab: Texts,
    pub(super) visitor: Texts,
    pub(super) user: Texts,
    pub(super) page: Texts,
    pub(super) prop_keys: Interner,
    pub(super) props: Vec<PropRows>,
    pub(super) items: ItemRows,
    pub(super) amounts: AmountRows,
    pub(super) scratch: Vec<u8>,
}

impl DatasetBuilder {
    /// A builder without rows.
    pub fn new(options: BuildOptions) -> Self {
        Self {
            options,
            ..Self::default()
        }
    }

    /// How many rows have been taken, duplicates included.
    pub fn n_rows(&self) -> usize {
        self.ts.len()
    }

    /// Makes room for so many more rows. They take less memory than rows that come unexpected.
    pub(crate) fn expect_rows(&mut self, n_more: u64) {
        // A file may be wrong about itself.
        let n_more = n_more.min(MAX_EXPECTED) as usize;
        let n_rows = self.n_rows().saturating_add(n_more);
        self.ts.expect(n_rows);
        self.name.expect(n_rows);
        self.seq.expect(n_rows);
        for texts in [
            &mut self.tab,
            &mut self.visitor,
            &mut self.user,
            &mut self.page,
        ] {
            texts.codes.expect(n_rows);
        }
        // What only some rows have, more will have as often; of what a row has several of, there is room for one.
        let n_now = self.n_rows().max(1);
        let at_the_end = |n: usize| {
            let n_more = (n as f64 / n_now as f64 * n_more as f64) as usize;
            (n + n_more).min(n_rows.max(n))
        };
        self.items.expect(
            at_the_end(self.items.ends.len()),
            at_the_end(self.items.price_micros.len()),
        );
        self.amounts.expect(at_the_end(self.amounts.minor.len()));
    }

    /// Tells how many rows the reader of the source could not use, so that reports can say so.
    pub fn set_rejected(&mut self, n_rejected: u64) {
        self.n_rejected = n_rejected;
    }

    /// Takes one row.
    ///
    /// # Errors
    /// When the row cannot become an event. The builder is then as it was before.
    pub fn push(&mut self, row: &Row<'_>) -> Result<(), RowError> {
        let present = |text: Option<&str>| text.is_some_and(|text| !text.is_empty());
        if row.name.is_empty() {
            return Err(RowError::EmptyName);
        }
        if !(-MAX_TS..=MAX_TS).contains(&row.ts) {
            return Err(RowError::TimeOutOfRange);
        }
        if !(present(row.user) || present(row.visitor) || present(row.tab)) {
            return Err(RowError::NoPerson);
        }
        let index = self.ts.len();
        let n_items = self.items.price_micros.len() + row.items.len();
        if index >= u32::MAX as usize - 1 || n_items >= u32::MAX as usize - 1 {
            return Err(RowError::Full);
        }

        self.ts.push(row.ts);
        self.name.push(self.names.intern(row.name.as_bytes()));
        self.id.set(index, row.id.unwrap_or_default());
        self.seq.set(index, row.seq);
        self.tab.set(index, row.tab.filter(|text| !text.is_empty()));
        self.visitor
            .set(index, row.visitor.filter(|text| !text.is_empty()));
        self.user
            .set(index, row.user.filter(|text| !text.is_empty()));
        self.page
            .set(index, row.page.map(path_of).filter(|path| !path.is_empty()));
        self.push_props(index as u32, row.props);
        self.push_items(index as u32, row);
        if let Some(micros) = super::worth::of_row(row) {
            let currency = row.currency.unwrap_or_default().trim().to_ascii_uppercase();
            self.amounts.rows.push(index as u32);
            self.amounts
                .minor
                .push(currency::to_minor(micros, &currency));
            self.amounts
                .currency
                .push(self.amounts.currencies.intern(currency.as_bytes()));
        }
        Ok(())
    }

    fn push_props(&mut self, index: u32, props: &[(&str, PropRef<'_>)]) {
        for &(key, value) in props {
            let Some(value) = stored(value) else { continue };
            let key = self.prop_code(key);
            let prop = &mut self.props[key];
            value.encode(&mut self.scratch);
            let code = prop.values.intern(&self.scratch);
            if prop.rows.last() == Some(index) {
                prop.codes.replace_last(code);
            } else {
                prop.rows.push(index);
                prop.codes.push(code);
            }
        }
    }

    /// The place of a property among those met so far, new or known.
    pub(super) fn prop_code(&mut self, key: &str) -> usize {
        let code = self.prop_keys.intern(key.as_bytes()) as usize;
        if code == self.props.len() {
            self.props.push(PropRows::default());
        }
        code
    }

    fn push_items(&mut self, index: u32, row: &Row<'_>) {
        if row.items.is_empty() {
            return;
        }
        let items = &mut self.items;
        for item in row.items {
            let position = items.price_micros.len();
            let texts = [
                item.item_id,
                item.item_name,
                item.item_brand,
                item.item_category,
            ];
            for (field, text) in items.fields.iter_mut().zip(texts) {
                field.set(position, text);
            }
            items
                .price_micros
                .push(item.price_micros.unwrap_or(NO_PRICE));
            items.quantity.push(item.quantity);
        }
        if items.rows.last() == Some(index) {
            items.ends.pop();
        } else {
            items.rows.push(index);
        }
        items.ends.push(items.price_micros.len() as u32);
    }

    /// Adds the items of `row`, the next line of an order, to the event that came last. With `is_summed` the event is
    /// worth what its items are: where one of them says no price, or no currency, nothing.
    ///
    /// # Errors
    /// [`RowError::Full`] where there is no room for the items.
    #[inline(never)]
    pub(crate) fn push_line(&mut self, row: &Row<'_>, is_summed: bool) -> Result<(), RowError> {
        if self.items.price_micros.len() + row.items.len() >= u32::MAX as usize - 1 {
            return Err(RowError::Full);
        }
        let index = self.ts.len() as u32 - 1;
        self.push_items(index, row);
        if !is_summed || self.amounts.rows.last() != Some(index) {
            return Ok(());
        }
        let Some(minor) = self.amounts.minor.pop() else {
            return Ok(());
        };
        let worth = super::worth::of_row(row).and_then(|micros| {
            let currency = row.currency?.trim().to_ascii_uppercase();
            minor.checked_add(currency::to_minor(micros, &currency))
        });
        match worth {
            Some(minor) => self.amounts.minor.push(minor),
            None => self.amounts.pop_row(),
        }
        Ok(())
    }

    /// Sorts everything into a dataset: drops events whose id was seen, joins identities, cuts
    /// sessions, groups pages.
    pub fn finish(self) -> Dataset {
        super::finish::finish(self, None)
    }

    /// The dataset of the rows so far, to which more can be added. `order` is what the call before
    /// left there, empty at first: it spares sorting again whoever has no new rows.
    pub(crate) fn dataset_so_far(&self, order: &mut Vec<u32>) -> Dataset {
        super::finish::finish(self.clone(), Some(order))
    }
}

/// A property as it is kept; `None` for a number that is not finite.
pub(super) fn stored(value: PropRef<'_>) -> Option<PropValue<'_>> {
    match value {
        PropRef::String(text) => Some(PropValue::String(text)),
        PropRef::Number(number) => number.is_finite().then_some(PropValue::Number(number)),
        PropRef::Bool(flag) => Some(PropValue::Bool(flag)),
    }
}
