//! What the columns of a foreign table mean.

use serde::{Deserialize, Serialize};

use super::error::ImportError;
use super::time::TimeFormat;

/// Which column holds what. Only `person`, `time` and `name` must be given.
///
/// Columns of nested JSON objects are named by their path, such as `user.id`. Columns that are not named here
/// are not read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(optional_fields))]
pub struct Mapping {
    /// Whoever acts: an id of a visitor, a user, a device, or, where there is nothing better, a session.
    pub person: String,
    /// When the event happened.
    pub time: String,
    /// What happened, such as `view` or `purchase`.
    pub name: String,
    /// How `time` is written.
    #[cfg_attr(feature = "ts", ts(as = "Option<TimeFormat>", optional))]
    pub time_format: TimeFormat,
    /// Id of the user who is logged in, where that is another column than `person`.
    pub user: Option<String>,
    /// Unique id of the event. Rows with an id seen before are dropped and counted.
    pub id: Option<String>,
    /// Whole number that orders events of the same millisecond within one `tab`.
    pub seq: Option<String>,
    /// The browser tab, the scope of `seq`.
    pub tab: Option<String>,
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
    /// The code of all amounts, where no column says it.
    pub currency_constant: Option<String>,
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
    /// Column of JSON objects whose entries are all kept as properties.
    pub props_json: Option<String>,
    /// Column of JSON arrays of products, with the item fields of GA4.
    pub items_json: Option<String>,
    /// JSON lines only: the list in each line that holds the events. Columns are looked for in the element of
    /// the list first, then in the line.
    pub events: Option<String>,
}

/// The mapping as numbers: a slot for each distinct column, and which slot plays which role.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Plan {
    /// The distinct columns that are read.
    pub(super) columns: Vec<String>,
    /// The first role of each column, for messages.
    pub(super) roles: Vec<&'static str>,
    pub(super) person: usize,
    pub(super) time: usize,
    pub(super) name: usize,
    pub(super) user: Option<usize>,
    pub(super) id: Option<usize>,
    pub(super) seq: Option<usize>,
    pub(super) tab: Option<usize>,
    pub(super) page: Option<usize>,
    pub(super) value: Option<usize>,
    pub(super) currency: Option<usize>,
    pub(super) item: Option<usize>,
    pub(super) item_name: Option<usize>,
    pub(super) item_brand: Option<usize>,
    pub(super) item_category: Option<usize>,
    pub(super) price: Option<usize>,
    pub(super) quantity: Option<usize>,
    pub(super) props: Vec<usize>,
    pub(super) props_json: Option<usize>,
    pub(super) items_json: Option<usize>,
}

impl Plan {
    /// # Errors
    /// [`ImportError::Mapping`] where a column that must be given is not.
    pub(super) fn new(mapping: &Mapping) -> Result<Self, ImportError> {
        if mapping.person.is_empty() || mapping.time.is_empty() || mapping.name.is_empty() {
            return Err(ImportError::Mapping(
                "`person`, `time` and `name` must each name a column",
            ));
        }
        let mut plan = Self::default();
        plan.person = plan.slot("person", &mapping.person);
        plan.time = plan.slot("time", &mapping.time);
        plan.name = plan.slot("name", &mapping.name);
        let mut optional =
            |role, column: &Option<String>| Some(plan.slot(role, column.as_deref()?));
        let user = optional("user", &mapping.user);
        let id = optional("id", &mapping.id);
        let seq = optional("seq", &mapping.seq);
        let tab = optional("tab", &mapping.tab);
        let page = optional("page", &mapping.page);
        let value = optional("value", &mapping.value);
        let currency = optional("currency", &mapping.currency);
        let item = optional("item", &mapping.item);
        let item_name = optional("item_name", &mapping.item_name);
        let item_brand = optional("item_brand", &mapping.item_brand);
        let item_category = optional("item_category", &mapping.item_category);
        let price = optional("price", &mapping.price);
        let quantity = optional("quantity", &mapping.quantity);
        let props_json = optional("props_json", &mapping.props_json);
        let items_json = optional("items_json", &mapping.items_json);
        let props = mapping
            .props
            .iter()
            .map(|column| plan.slot("a property", column))
            .collect();
        Ok(Self {
            user,
            id,
            seq,
            tab,
            page,
            value,
            currency,
            item,
            item_name,
            item_brand,
            item_category,
            price,
            quantity,
            props,
            props_json,
            items_json,
            ..plan
        })
    }

    fn slot(&mut self, role: &'static str, column: &str) -> usize {
        if let Some(slot) = self.columns.iter().position(|known| known == column) {
            return slot;
        }
        self.columns.push(column.to_owned());
        self.roles.push(role);
        self.columns.len() - 1
    }

    /// Where each slot is in a table with the columns `available`. Of columns with the same name, the first.
    ///
    /// # Errors
    /// [`ImportError::UnknownColumn`] for the first that is not there.
    pub(super) fn positions(&self, available: &[String]) -> Result<Vec<usize>, ImportError> {
        let position = |(slot, column): (usize, &String)| {
            available
                .iter()
                .position(|known| known == column)
                .ok_or_else(|| self.unknown(slot, available))
        };
        self.columns.iter().enumerate().map(position).collect()
    }

    pub(super) fn unknown(&self, slot: usize, available: &[String]) -> ImportError {
        ImportError::UnknownColumn {
            role: self.roles[slot],
            column: self.columns[slot].clone(),
            available: available.to_vec(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_column_may_play_several_roles() {
        let mapping = Mapping {
            person: "u".into(),
            time: "t".into(),
            name: "n".into(),
            value: Some("price".into()),
            price: Some("price".into()),
            props: vec!["brand".into(), "u".into()],
            ..Mapping::default()
        };
        let plan = Plan::new(&mapping).unwrap();
        assert_eq!(plan.columns, ["u", "t", "n", "price", "brand"]);
        assert_eq!(
            (plan.value, plan.price, plan.page),
            (Some(3), Some(3), None)
        );
        assert_eq!(plan.props, [4, 0]);

        let available = ["price", "n", "t", "u", "brand", "u"].map(String::from);
        assert_eq!(plan.positions(&available), Ok(vec![3, 2, 1, 0, 4]));
        let error = plan.positions(&available[1..]).unwrap_err();
        assert_eq!(
            error.to_string(),
            "value is mapped to the column `price`, which the file does not have; it has `n`, `t`, `u`, \
             `brand`, `u`"
        );
    }

    #[test]
    fn person_time_and_name_must_be_given() {
        let mapping = Mapping {
            person: "u".into(),
            time: "t".into(),
            ..Mapping::default()
        };
        assert!(matches!(Plan::new(&mapping), Err(ImportError::Mapping(_))));
    }
}
