//! Orders that have a row for each of their products, as shops' systems export them: the rows become one event.
//!
//! The rows of an order are neighbours, and say the same of when, who and what, or nothing from the second on. An order
//! that is told again, later or by somebody else, is a purchase that is told twice.

use crate::dataset::RowError;
use crate::ingest::sink::Sink;
use crate::row::Row;

/// An order that the rows so far have told.
pub(super) struct Order {
    id: String,
    person: [Option<String>; 3],
    pub(super) ts: i64,
    pub(super) name: String,
    pub(super) currency: Option<String>,
    /// Its first row says what all of it is worth.
    has_value: bool,
}

impl Order {
    /// Whether it has this id.
    #[inline(never)]
    pub(super) fn is(&self, id: Option<&str>) -> bool {
        id == Some(&self.id)
    }

    /// Visitor, user and tab.
    #[inline(never)]
    pub(super) fn person(&self) -> [Option<&str>; 3] {
        self.person.each_ref().map(Option::as_deref)
    }
}

/// What a row was.
pub(super) enum Next {
    /// A line of the order before.
    Line,
    /// An event of its own, which may begin an order.
    Row(Option<Order>),
}

/// Hands a row to the dataset: as the next line of the order `before`, if it is that, or else as an event, which may
/// begin the order `id`.
///
/// # Errors
/// Where the row cannot become an event.
#[inline(never)]
pub(super) fn take(
    before: Option<&Order>,
    id: Option<&str>,
    row: &Row<'_>,
    sink: &mut Sink,
) -> Result<Next, RowError> {
    let person = [row.visitor, row.user, row.tab];
    let goes_on = |order: &&Order| {
        order.is(id)
            && !row.items.is_empty()
            && row.ts == order.ts
            && row.name == order.name
            && person == order.person()
    };
    if let Some(order) = before.filter(goes_on) {
        sink.take_line(row, !order.has_value)?;
        return Ok(Next::Line);
    }
    sink.take(row)?;
    Ok(Next::Row(id.map(|id| Order {
        id: id.to_owned(),
        person: person.map(|text| text.map(str::to_owned)),
        ts: row.ts,
        name: row.name.to_owned(),
        currency: row.currency.map(str::to_owned),
        has_value: row.value_micros.is_some(),
    })))
}
