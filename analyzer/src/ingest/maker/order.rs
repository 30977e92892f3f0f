//! Orders that have a row for each of their products, as shops' systems export them: the rows become one event.
//!
//! The rows of an order are neighbours, and say the same of when, who and what, or nothing from the second on. An order
//! that is told again, later or by somebody else, is a purchase that is told twice.

use crate::row::Row;

/// An order that the rows so far have told.
pub(super) struct Order {
    transaction: String,
    person: [Option<String>; 3],
    pub(super) ts: i64,
    pub(super) name: String,
    pub(super) currency: Option<String>,
    /// Its first row says what all of it is worth.
    pub(super) has_value: bool,
}

impl Order {
    /// The order `transaction` that begins with a row.
    pub(super) fn new(transaction: &str, row: &Row<'_>) -> Self {
        Self {
            transaction: transaction.to_owned(),
            person: [row.visitor, row.user, row.tab].map(|text| text.map(str::to_owned)),
            ts: row.ts,
            name: row.name.to_owned(),
            currency: row.currency.map(str::to_owned),
            has_value: row.value_micros.is_some(),
        }
    }

    /// Whether it has this id.
    pub(super) fn is(&self, transaction: Option<&str>) -> bool {
        transaction == Some(&self.transaction)
    }

    /// Visitor, user and tab.
    pub(super) fn person(&self) -> [Option<&str>; 3] {
        self.person.each_ref().map(Option::as_deref)
    }

    /// Whether a row with its id is the next of its lines.
    pub(super) fn goes_on_with(&self, row: &Row<'_>) -> bool {
        !row.items.is_empty()
            && row.ts == self.ts
            && row.name == self.name
            && [row.visitor, row.user, row.tab] == self.person()
    }
}
