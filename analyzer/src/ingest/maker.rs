//! From the cells of one foreign row to one event, by the mapping.

mod batch;
mod order;
mod values;

use std::fmt;
use std::ops::Range;

use event::{CART_ID, TRANSACTION_ID, kinds};

use super::cell::{Cell, plain_number};
use super::decimal;
use super::error::ImportError;
use super::foreign::{ForeignItem, ForeignItems, ForeignProps};
use super::mapping::Mapping;
use super::plan::Plan;
use super::sink::Sink;
use super::time::{TimeProblem, TimeReader};
use crate::dataset::SESSION_ID;
use crate::row::{ItemRef, PropRef, Row};
use order::{Next, Order};
pub(super) use values::{What, amount, whole_number};
use values::{comma_amount, count, event_id, json, pieces, seq, with_comma};

/// Makes the rows of one file.
pub(super) struct RowMaker {
    pub(super) plan: Plan,
    value_names: Vec<String>,
    name_constant: Option<String>,
    props_constant: Vec<(String, String)>,
    currency_constant: Option<String>,
    decimal_comma: bool,
    time: TimeReader,
    /// The order that the row before told.
    order: Option<Order>,
    /// Numbers that serve as ids, written out; kept from row to row for its allocation.
    written: String,
}

/// Why a row cannot become an event.
struct Problem<'a> {
    /// The columns, as a choice of the plan. Without meaning for [`What::Row`].
    slot: usize,
    cell: Cell<'a>,
    what: What,
}

/// A [`Problem`] with the name of its column.
struct Explained<'a> {
    column: &'a str,
    problem: &'a Problem<'a>,
}

impl fmt::Display for Explained<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            column,
            problem: Problem { cell, what, .. },
        } = self;
        match what {
            What::Missing => write!(out, "column `{column}` is empty"),
            What::Time(problem) => write!(out, "column `{column}`: {cell} {problem}"),
            What::ComposedTime(text, problem) => {
                write!(
                    out,
                    "column `{column}` and others: {} {problem}",
                    Cell::Text(text)
                )
            }
            What::Amount => {
                write!(
                    out,
                    "column `{column}`: {cell} is not an amount; write it like 1234.50"
                )?;
                let hint = match cell {
                    Cell::Text(text) if with_comma(text).is_some() => ", or set `decimal_comma`",
                    _ => "",
                };
                out.write_str(hint)
            }
            What::CommaAmount => write!(
                out,
                "column `{column}`: {cell} is not an amount; with `decimal_comma`, write it like 1234,50"
            ),
            What::Count => write!(out, "column `{column}`: {cell} is not a number of pieces"),
            What::Seq => write!(
                out,
                "column `{column}`: {cell} is not a whole number from 0 to 4294967295"
            ),
            What::Json(reason) => write!(out, "column `{column}`: {cell} cannot be read: {reason}"),
            What::Row(problem) => problem.fmt(out),
        }
    }
}

impl RowMaker {
    /// # Errors
    /// [`ImportError::Mapping`] where person, time or name is not mapped, [`ImportError::TimeZone`] where nobody knows
    /// the time zone.
    pub(super) fn new(mapping: &Mapping) -> Result<Self, ImportError> {
        let zone = mapping.time_zone.as_ref();
        Ok(Self {
            plan: Plan::new(mapping)?,
            value_names: mapping.value_names.clone(),
            name_constant: mapping.name_constant.clone(),
            props_constant: mapping.props_constant.clone().into_iter().collect(),
            currency_constant: mapping.currency_constant.clone(),
            decimal_comma: mapping.decimal_comma,
            time: TimeReader::new(
                mapping.time_format,
                zone.map(|zone| zone.transitions("time_zone")).transpose()?,
            ),
            order: None,
            written: String::new(),
        })
    }

    /// Whether an event without a name gets one.
    pub(super) fn has_name_constant(&self) -> bool {
        self.name_constant.is_some()
    }

    /// Makes one event of the cells that `cell` gives by slot, or rejects the row. `line` and `excerpt` are
    /// asked for only then.
    pub(super) fn make<'a, E: AsRef<[u8]>>(
        &mut self,
        cell: impl Fn(usize) -> Cell<'a>,
        sink: &mut Sink,
        line: impl FnOnce() -> u64,
        excerpt: impl FnOnce() -> E,
    ) {
        if let Err(problem) = self.try_make(&cell, sink) {
            let column = self.plan.title(problem.slot);
            let reason = Explained {
                column: &column,
                problem: &problem,
            };
            sink.reject(line(), &reason, excerpt().as_ref());
        }
    }

    /// For readers of all kinds the same code, which is long.
    fn try_make<'a>(
        &mut self,
        cell: &dyn Fn(usize) -> Cell<'a>,
        sink: &mut Sink,
    ) -> Result<(), Problem<'a>> {
        let Self {
            plan,
            time,
            order,
            written,
            ..
        } = self;
        written.clear();
        let cell = |choice: usize| match plan.choices[choice][..] {
            [column] => cell(column),
            ref columns => {
                let mut cells = columns.iter().map(|&column| cell(column));
                // A list without entries says no more than none.
                let is_empty =
                    |cell: &Cell<'_>| matches!(cell, Cell::Missing | Cell::Text("" | "[]"));
                let given = cells.find(|cell| !is_empty(cell));
                given.unwrap_or(Cell::Missing)
            }
        };
        let mut id_text = |slot: Option<usize>| slot.map(|slot| IdText::new(cell(slot), written));
        let person = id_text(plan.person);
        let user = id_text(plan.user);
        let tab = id_text(plan.tab);
        let session = id_text(plan.session);
        let name = id_text(plan.name);
        let page = id_text(plan.page);
        let currency = id_text(plan.currency);
        let transaction = id_text(plan.transaction);
        let cart = id_text(plan.cart);
        let item_id = id_text(plan.item);
        let item_name = id_text(plan.item_name);
        let item_brand = id_text(plan.item_brand);
        let item_category = id_text(plan.item_category);
        let written = &*written;
        let text = |id: Option<IdText<'a>>| id.and_then(|id| id.get(written));

        let before = order
            .as_ref()
            .filter(|order| order.is(text(transaction.clone())));
        let mut person = [person, user, tab].map(text);
        if person == [None; 3] {
            person = before.map(Order::person).ok_or(Problem {
                slot: plan.person.or(plan.user).unwrap_or_default(),
                cell: Cell::Missing,
                what: What::Missing,
            })?;
        }
        let [visitor, user, tab] = person;
        let given = cell(plan.time);
        let of_day = plan.time_of_day.map(|slot| (slot, cell(slot)));
        let of_day = of_day.filter(|(_, cell)| !matches!(cell, Cell::Missing | Cell::Text("")));
        let composed = plan.time_template.as_ref().map(|time| time.filled(cell));
        let ts = match (given, of_day, before) {
            (Cell::Missing | Cell::Text(""), _, Some(order)) => Ok(order.ts),
            (Cell::Missing, _, None) => Err(What::Missing),
            _ if let Some(composed) = composed => {
                let text = composed.map_err(|slot| Problem {
                    slot,
                    cell: Cell::Missing,
                    what: What::Missing,
                })?;
                let ts = time.read(Cell::Text(&text), &mut sink.time_zones);
                ts.map_err(|problem| What::ComposedTime(text, problem))
            }
            (_, Some((_, of_day)), _) => {
                let ts = time.read_both(given, of_day, &mut sink.time_zones);
                ts.map_err(What::Time)
            }
            _ => time.read(given, &mut sink.time_zones).map_err(What::Time),
        };
        let ts = ts.map_err(|what| {
            let is_of_day = matches!(what, What::Time(TimeProblem::OfDay));
            let (slot, cell) = of_day.filter(|_| is_of_day).unwrap_or((plan.time, given));
            Problem { slot, cell, what }
        })?;
        let missing_name = Problem {
            slot: plan.name.unwrap_or_default(),
            cell: Cell::Missing,
            what: What::Missing,
        };
        let name_constant = self.name_constant.as_deref();
        let name = text(name)
            .or(name_constant)
            .or(before.map(|order| &*order.name))
            .ok_or(missing_name)?;
        // What came back is an event of its own, which can't be told amid the rows of another.
        let may_return =
            name == kinds::PURCHASE && before.is_none_or(|order| order.name != kinds::PURCHASE);
        let quantity = read(&cell, plan.quantity, |cell| pieces(cell, may_return))?;
        let (quantity, is_return) = quantity.unwrap_or((1, false));
        let name = if is_return { kinds::REFUND } else { name };

        let has_value =
            self.value_names.is_empty() || self.value_names.iter().any(|known| known == name);
        let value_slot = plan.value.filter(|_| has_value);
        let amount = if self.decimal_comma {
            comma_amount
        } else {
            amount
        };
        let value_micros = read(&cell, value_slot, amount)?;
        let value_micros = value_micros.map(|micros| if is_return { micros.abs() } else { micros });
        let constant = self.currency_constant.as_deref();

        let mut props: Vec<(&str, PropRef<'_>)> = Vec::new();
        for (key, value) in &self.props_constant {
            props.push((key, PropRef::String(value)));
        }
        for slot in &plan.props {
            let written = match cell(*slot) {
                Cell::Text(text) if self.decimal_comma => decimal::from_comma(text),
                _ => None,
            };
            let number = written.and_then(|text| plain_number(&text));
            let value = number.map_or_else(
                || cell(*slot).prop(),
                |number| Some(PropRef::Number(number)),
            );
            if let Some(value) = value {
                props.push((&plan.columns[plan.choices[*slot][0]], value));
            }
        }
        let ForeignProps(parsed) = read(&cell, plan.props_json, json)?.unwrap_or_default();
        let parsed = parsed
            .iter()
            .map(|(key, value)| (key.as_str(), value.cell().value()));
        let kept = parsed.filter(|(key, _)| !plan.spent.iter().any(|spent| spent == key));
        props.extend(kept.filter_map(|(key, value)| Some((key, value?))));
        for (key, id) in [
            (TRANSACTION_ID, transaction.clone()),
            (CART_ID, cart),
            (SESSION_ID, session),
        ] {
            props.extend(text(id).map(|id| (key, PropRef::String(id))));
        }

        let ForeignItems(parsed) = read(&cell, plan.items_json, json)?.unwrap_or_default();
        let mut items: Vec<ItemRef<'_>> = parsed.iter().map(ForeignItem::borrow).collect();
        let item = ItemRef {
            item_id: text(item_id),
            item_name: text(item_name),
            item_brand: text(item_brand),
            item_category: text(item_category),
            price_micros: read(&cell, plan.price, amount)?,
            quantity,
        };
        if item.item_id.is_some() || item.item_name.is_some() {
            items.push(item);
        }

        let row = Row {
            id: plan.id.and_then(|slot| event_id(cell(slot))),
            ts,
            seq: read(&cell, plan.seq, seq)?.unwrap_or(0),
            tab,
            visitor,
            user,
            name,
            page: text(page),
            value_micros,
            currency: text(currency)
                .or(constant)
                .or(before.and_then(|order| order.currency.as_deref())),
            props: &props,
            items: &items,
        };
        let id = text(transaction).filter(|_| plan.has_lines());
        let next = order::take(before, id, &row, sink).map_err(|problem| Problem {
            slot: 0,
            cell: Cell::Missing,
            what: What::Row(problem),
        })?;
        if let Next::Row(begun) = next {
            *order = begun;
        }
        Ok(())
    }
}

/// A value that serves as text: either text already, or written out by [`IdText::new`].
#[derive(Clone)]
enum IdText<'a> {
    Missing,
    Text(&'a str),
    Written(Range<usize>),
}

impl<'a> IdText<'a> {
    fn new(cell: Cell<'a>, written: &mut String) -> Self {
        match cell {
            Cell::Missing | Cell::Text("") => Self::Missing,
            Cell::Text(text) => Self::Text(text),
            _ => {
                let start = written.len();
                cell.write_text(written);
                Self::Written(start..written.len())
            }
        }
    }

    fn get<'t>(self, written: &'t str) -> Option<&'t str>
    where
        'a: 't,
    {
        match self {
            Self::Missing => None,
            Self::Text(text) => Some(text),
            Self::Written(range) => written.get(range),
        }
    }
}

/// Reads an optional column, if it is mapped and not empty.
fn read<'a, T>(
    cell: &impl Fn(usize) -> Cell<'a>,
    slot: Option<usize>,
    convert: impl FnOnce(Cell<'a>) -> Result<T, What>,
) -> Result<Option<T>, Problem<'a>> {
    let Some(slot) = slot else { return Ok(None) };
    match cell(slot) {
        Cell::Missing | Cell::Text("") => Ok(None),
        given => convert(given).map(Some).map_err(|what| Problem {
            slot,
            cell: given,
            what,
        }),
    }
}
