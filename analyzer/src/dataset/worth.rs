//! What an event is worth that says the prices of its items, but no value.
//!
//! The rule is that of the tracker, so that events of other sources mean the same: the value of an
//! event of [`VALUED`] is the sum of price × quantity, if every item has a price and the event a
//! currency.

use std::borrow::Cow;

use event::VALUED;

use crate::row::Row;

use super::batch::Batch;

/// The sum of price × quantity in millionths; `None` unless every item has a price, or where the
/// sum is beyond all reason.
fn sum(items: impl IntoIterator<Item = (Option<i64>, u32)>) -> Option<i64> {
    let mut sum = 0_i64;
    for (price, quantity) in items {
        sum = sum.checked_add(price?.checked_mul(i64::from(quantity))?)?;
    }
    Some(sum)
}

/// The value of a row in millionths: what it says, or what its items cost.
pub(super) fn of_row(row: &Row<'_>) -> Option<i64> {
    let is_valued = || {
        !row.items.is_empty()
            && row.currency.is_some_and(|text| !text.trim().is_empty())
            && VALUED.contains(&row.name)
    };
    let items = || row.items.iter().map(|i| (i.price_micros, i.quantity));
    row.value_micros
        .or_else(|| is_valued().then(|| sum(items())).flatten())
}

/// The same for the rows of a batch that have a value: row and millionths, by row.
pub(super) fn of_batch<'b>(batch: &'b Batch<'_>) -> Cow<'b, [(u32, i64)]> {
    let said = &batch.amounts.micros;
    let names = batch.name.entries.iter();
    let is_valued: Vec<bool> = names.map(|name| VALUED.contains(&&**name)).collect();
    if batch.items.rows.is_empty() || !is_valued.contains(&true) {
        return Cow::Borrowed(said);
    }
    let mut found = Vec::new();
    for (index, &row) in batch.items.rows.iter().enumerate() {
        // Every row has a name.
        let name = batch.name.codes[row as usize] as usize - 1;
        if is_valued[name]
            && !batch.amounts.currency_of(row).trim().is_empty()
            && said.binary_search_by_key(&row, |&(row, _)| row).is_err()
            && let Some(micros) =
                sum([(batch.items.price_micros[index], batch.items.quantity[index])])
        {
            found.push((row, micros));
        }
    }
    found.extend(said);
    found.sort_unstable();
    Cow::Owned(found)
}
