//! What the columns of a foreign table mean.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::plan::{Place, place};
use super::time::TimeFormat;
use crate::analysis::time_zone::TimeZone;

/// Which column holds what. Only `person` (or `user`), `time` and `name` (or `name_constant`) must be given.
///
/// Columns of nested JSON objects are named by their path, such as `user.id`, also where the JSON is the text of
/// a column. `a|b` takes the first of both that is not empty. Columns that are not named here are not read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS, crate::Schema), ts(optional_fields))]
pub struct Mapping {
    /// Whoever acts: an id of a visitor, a user, a device, or, where there is nothing better, a session.
    #[cfg_attr(feature = "ts", ts(as = "Option<String>", optional))]
    pub person: String,
    /// When the event happened. Where several columns say it together, a text with their names in braces:
    /// `{year}-{month}-{day} {hour}:00`. A single digit gets a zero before it.
    pub time: String,
    /// Time of day, where `time` is a date alone: `14:05:09`, or milliseconds to be added.
    pub time_of_day: Option<String>,
    /// What happened, such as `view` or `purchase`.
    #[cfg_attr(feature = "ts", ts(as = "Option<String>", optional))]
    pub name: String,
    /// The name of every event, or of those whose `name` is empty: a list of calls has no column for it.
    pub name_constant: Option<String>,
    /// How `time` is written.
    #[cfg_attr(feature = "ts", ts(as = "Option<TimeFormat>", optional))]
    pub time_format: TimeFormat,
    /// The IANA name of the zone that clocks showed, such as `Europe/Berlin`, for times that name none themselves; UTC
    /// unless it is said.
    #[cfg_attr(feature = "ts", ts(optional))]
    pub time_zone: Option<TimeZone>,
    /// Id of the user who is logged in, where that is another column than `person`.
    pub user: Option<String>,
    /// Unique id of the event. Rows with an id seen before are dropped and counted.
    pub id: Option<String>,
    /// Whole number that orders events of the same millisecond within one `tab`.
    pub seq: Option<String>,
    /// The browser tab, the scope of `seq`.
    pub tab: Option<String>,
    /// Id of the session, as the source counts sessions, kept as the property `session_id`. Between two events of
    /// one person that both have one, it alone decides whether a new session begins.
    pub session: Option<String>,
    /// URL or path of the page.
    pub page: Option<String>,
    /// Amount of money of the event.
    pub value: Option<String>,
    /// Names of the events for which `value` is read; empty means all. In a table with the price of the
    /// product in every row, only that of some events is money that moves.
    #[cfg_attr(feature = "ts", ts(as = "Option<Vec<String>>", optional))]
    pub value_names: Vec<String>,
    /// ISO 4217 code of the amounts.
    pub currency: Option<String>,
    /// Numbers are written with a comma before their fraction, and with points between thousands or without:
    /// `12,50`, `1.234,56`.
    #[cfg_attr(feature = "ts", ts(as = "Option<bool>", optional))]
    pub decimal_comma: bool,
    /// The code of all amounts, where no column says it.
    pub currency_constant: Option<String>,
    /// Id of the order, kept as the property `transaction_id`. The same id twice is one purchase.
    pub transaction: Option<String>,
    /// Id of the cart, kept as the property `cart_id`.
    pub cart: Option<String>,
    /// Id of the product.
    pub item: Option<String>,
    /// Name of the product.
    pub item_name: Option<String>,
    /// Brand of the product.
    pub item_brand: Option<String>,
    /// Category of the product.
    pub item_category: Option<String>,
    /// Price of one piece of the product.
    pub price: Option<String>,
    /// How many pieces; one where it is not said.
    pub quantity: Option<String>,
    /// Columns to keep as properties of the same names.
    #[cfg_attr(feature = "ts", ts(as = "Option<Vec<String>>", optional))]
    pub props: Vec<String>,
    /// Properties that every event of the file gets, such as `channel`: `store`.
    #[cfg_attr(feature = "ts", ts(as = "Option<BTreeMap<String, String>>", optional))]
    pub props_constant: BTreeMap<String, String>,
    /// Column of JSON objects whose entries are kept as properties, except nested ones and those whose key begins
    /// with `$`.
    pub props_json: Option<String>,
    /// Column of JSON arrays of products, with the item fields of GA4 or their usual short names.
    pub items_json: Option<String>,
    /// CSV only: the columns of a file whose first line is a row already, in their order.
    #[cfg_attr(feature = "ts", ts(as = "Option<Vec<String>>", optional))]
    pub header: Vec<String>,
    /// JSON only: the list in each line, or object, that holds the events. Columns are looked for in the element of
    /// the list first, then in the line.
    pub events: Option<String>,
}

impl Mapping {
    /// The mapping without optional columns that a table with these columns has not.
    pub(super) fn restricted(mut self, available: &[String]) -> Self {
        let is_there = |name: &&str| place(name, available) != Place::Absent;
        let there = |columns: &str| {
            let found: Vec<&str> = columns.split('|').filter(is_there).collect();
            (!found.is_empty()).then(|| found.join("|"))
        };
        for needed in [&mut self.person, &mut self.time, &mut self.name] {
            if let Some(found) = there(needed) {
                *needed = found;
            }
        }
        for optional in self.optional_mut() {
            *optional = optional.as_deref().and_then(there);
        }
        self.props = self.props.iter().filter_map(|prop| there(prop)).collect();
        self
    }

    /// The columns of the roles that a mapping may leave out, other than the name's.
    pub(super) fn optional_mut(&mut self) -> [&mut Option<String>; 19] {
        [
            &mut self.time_of_day,
            &mut self.user,
            &mut self.id,
            &mut self.seq,
            &mut self.tab,
            &mut self.session,
            &mut self.page,
            &mut self.value,
            &mut self.currency,
            &mut self.transaction,
            &mut self.cart,
            &mut self.item,
            &mut self.item_name,
            &mut self.item_brand,
            &mut self.item_category,
            &mut self.price,
            &mut self.quantity,
            &mut self.props_json,
            &mut self.items_json,
        ]
    }
}
