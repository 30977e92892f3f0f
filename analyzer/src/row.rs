//! One event as a reader of files hands it to the dataset builder: borrowed, and not yet checked.
//!
//! Every format that can be imported is turned into these rows, so the dataset does not know where
//! its events came from.

/// One event. Absent fields are `None`; absent is not the same as empty.
#[derive(Debug, Clone, Copy, Default)]
pub struct Row<'a> {
    /// Unique id, if the source has one. The same id twice is one event.
    pub id: Option<u128>,
    /// When it happened, in milliseconds since the Unix epoch.
    pub ts: i64,
    /// Counts up within one tab and orders events of the same millisecond. 0 where unknown.
    pub seq: u32,
    /// The tab that the event came from.
    pub tab: Option<&'a str>,
    /// Random id of the browser.
    pub visitor: Option<&'a str>,
    /// Id given by the shop at login.
    pub user: Option<&'a str>,
    /// Name of the event, such as `add_to_cart`. Must not be empty.
    pub name: &'a str,
    /// URL or path of the page. Host, query and fragment are dropped by the dataset.
    pub page: Option<&'a str>,
    /// Amount of money in millionths of the currency's main unit: 12.50 EUR is 12_500_000. Where an
    /// event of [`event::VALUED`] has none, it is what its items cost.
    pub value_micros: Option<i64>,
    /// ISO 4217 code of `value_micros` and of the items' prices.
    pub currency: Option<&'a str>,
    /// Properties. When a key comes twice, the last one counts.
    pub props: &'a [(&'a str, PropRef<'a>)],
    /// Products that the event is about.
    pub items: &'a [ItemRef<'a>],
}

/// Value of a property.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum PropRef<'a> {
    /// Text.
    String(&'a str),
    /// A finite number. Others are dropped by the dataset, since nothing can be compared with them.
    Number(f64),
    /// True or false.
    Bool(bool),
}

/// One product of an event, with the fields that analyses use.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ItemRef<'a> {
    /// Id of the product.
    pub item_id: Option<&'a str>,
    /// Its name.
    pub item_name: Option<&'a str>,
    /// Its brand.
    pub item_brand: Option<&'a str>,
    /// Its category.
    pub item_category: Option<&'a str>,
    /// Price of one, in millionths of the currency's main unit.
    pub price_micros: Option<i64>,
    /// How many; 1 where the source does not say.
    pub quantity: u32,
}
