//! Known exports, recognised by their columns, and guesses for all others.

use serde::{Deserialize, Serialize};

use super::mapping::Mapping;
use super::vendors;

/// An export whose columns are known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "ts", derive(ts_rs::TS, crate::Schema))]
pub enum Preset {
    /// Our own table: [`event::columns`], as a collector exports it.
    Desirepath,
    /// "eCommerce behavior data from multi category store" of the REES46 Marketing Platform:
    /// `event_time,event_type,product_id,category_id,category_code,brand,price,user_id,user_session`.
    Rees46,
    /// The OTTO recommender data set: `{"session":0,"events":[{"aid":1,"ts":1659304800025,"type":"clicks"}]}`.
    Otto,
    /// The events of Google Analytics 4 in BigQuery, as JSON lines, or flattened to a table.
    Ga4,
    /// PostHog's export of events.
    Posthog,
    /// Umami's export of events, `website_event`.
    Umami,
    /// Snowplow's enriched events: [`Format::Snowplow`](super::Format::Snowplow), or the JSON of its Analytics SDKs,
    /// or a table with the columns of `atomic.events`.
    Snowplow,
    /// Shopify's export of orders, a row for each product of an order.
    ShopifyOrders,
}

impl Preset {
    /// The preset whose columns are all there. Nested JSON columns are written `events[].ts`.
    pub(super) fn detect(columns: &[String]) -> Option<Self> {
        let has = |needed: &[&str]| {
            needed
                .iter()
                .all(|name| columns.iter().any(|column| column == name))
        };
        if has(&["id", "ts", "seq", "visitor", "name"]) {
            Some(Self::Desirepath)
        } else if has(&["event_time", "event_type", "product_id", "user_id"]) {
            Some(Self::Rees46)
        } else if has(&["session", "events[].aid", "events[].ts", "events[].type"]) {
            Some(Self::Otto)
        } else if has(&["event_timestamp", "event_name", "user_pseudo_id"]) {
            Some(Self::Ga4)
        } else if has(&["event", "distinct_id", "timestamp"]) {
            Some(Self::Posthog)
        } else if has(&[
            "collector_tstamp",
            "event_id",
            "event_name",
            "domain_userid",
        ]) {
            Some(Self::Snowplow)
        } else if has(&[
            "website_id",
            "session_id",
            "event_name",
            "url_path",
            "created_at",
        ]) {
            Some(Self::Umami)
        } else if has(&["Name", "Email", "Created at", "Total", "Lineitem name"]) {
            Some(Self::ShopifyOrders)
        } else {
            None
        }
    }

    /// The mapping for JSON lines that begin with these columns; of a table it is to be
    /// [restricted](Mapping::restricted).
    pub(super) fn mapping(self, columns: &[String]) -> Mapping {
        let optional = |name: &str| columns.iter().find(|column| *column == name).cloned();
        match self {
            Self::Desirepath => Mapping {
                person: "visitor".into(),
                time: "ts".into(),
                name: "name".into(),
                user: optional("user"),
                id: optional("id"),
                seq: optional("seq"),
                tab: optional("tab"),
                page: optional("page_url").or_else(|| optional("page_path")),
                value: optional("value"),
                currency: optional("currency"),
                props: SOURCE_COLUMNS
                    .iter()
                    .filter_map(|column| optional(column))
                    .collect(),
                props_json: optional("props"),
                items_json: optional("items"),
                ..Mapping::default()
            },
            Self::Rees46 => Mapping {
                person: "user_id".into(),
                time: "event_time".into(),
                name: "event_type".into(),
                value: optional("price"),
                value_names: ["cart", "remove_from_cart", "purchase"]
                    .map(String::from)
                    .to_vec(),
                item: optional("product_id"),
                item_category: optional("category_code"),
                item_brand: optional("brand"),
                price: optional("price"),
                ..Mapping::default()
            },
            Self::Otto => Mapping {
                person: "session".into(),
                time: "ts".into(),
                name: "type".into(),
                item: Some("aid".into()),
                events: Some("events".into()),
                ..Mapping::default()
            },
            Self::Ga4 => vendors::ga4(),
            Self::Posthog => vendors::posthog(),
            Self::Snowplow => vendors::snowplow(columns),
            Self::Umami => vendors::umami(),
            Self::ShopifyOrders => vendors::shopify_orders(),
        }
    }
}

/// Properties that an event's source becomes, named like the columns of [`event::columns`].
pub(super) const SOURCE_COLUMNS: [&str; 4] = [
    "source_last_channel",
    "source_last_utm_source",
    "source_last_utm_medium",
    "source_last_utm_campaign",
];

/// A mapping to begin with, from names that such columns often have; `None` where person or time cannot be guessed, nor
/// the name, unless the file holds orders: then every row is a purchase. It is a proposal to show, never applied by itself.
pub(super) fn guess(columns: &[String]) -> Option<Mapping> {
    let nested = columns
        .iter()
        .find_map(|column| column.split_once("[]."))
        .map(|(list, _)| list);
    let prefix = nested.map(|list| format!("{list}[]."));
    let find = |names: &[&str]| {
        let bare = |column: &'_ String| {
            let inner = prefix
                .as_deref()
                .and_then(|prefix| column.strip_prefix(prefix));
            inner.unwrap_or(column).to_owned()
        };
        let same = |column: &str, name: &str| {
            let letters = column.bytes().filter(u8::is_ascii_alphanumeric);
            letters
                .map(|letter| letter.to_ascii_lowercase())
                .eq(name.bytes())
        };
        let mut candidates = names
            .iter()
            .flat_map(|name| columns.iter().map(bare).filter(|c| same(c, name)));
        candidates.next()
    };
    let transaction = find(&[
        "transactionid",
        "orderid",
        "ordernumber",
        "invoiceno",
        "orderno",
    ]);
    let name = find(&[
        "event",
        "eventname",
        "eventtype",
        "name",
        "type",
        "action",
        "activity",
    ]);
    let is_orders = name.is_none() && transaction.is_some();
    if name.is_none() && !is_orders {
        return None;
    }
    Some(Mapping {
        person: find(&[
            "visitorid",
            "visitor",
            "userid",
            "user",
            "customerid",
            "clientid",
            "distinctid",
            "anonymousid",
            "deviceid",
            "personid",
            "fullvisitorid",
            "userpseudoid",
            "sessionid",
            "session",
        ])?,
        time: find(&[
            "timestamp",
            "ts",
            "time",
            "eventtime",
            "eventtimestamp",
            "datetime",
            "createdat",
            "occurredat",
            "date",
            "orderdate",
            "invoicedate",
        ])?,
        time_of_day: find(&["timeofday"]),
        name: name.unwrap_or_default(),
        name_constant: is_orders.then(|| "purchase".to_owned()),
        page: find(&["pageurl", "url", "page", "pagepath", "path", "pagelocation"]),
        id: find(&["eventid", "eventuuid", "insertid"]),
        value: find(&["value", "revenue", "amount"]),
        currency: find(&["currency", "currencycode"]),
        transaction,
        cart: find(&["cartid", "basketid"]),
        item: find(&["itemid", "productid", "sku", "stockcode", "aid"]),
        item_name: find(&["itemname", "productname"]),
        item_brand: find(&["itembrand", "brand"]),
        item_category: find(&["itemcategory", "category", "categorycode", "categoryid"]),
        price: find(&["price", "itemprice", "unitprice"]),
        quantity: find(&["quantity", "qty"]),
        events: nested.map(str::to_owned),
        ..Mapping::default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn columns(list: &str) -> Vec<String> {
        list.split(',').map(str::to_owned).collect()
    }

    #[test]
    fn presets_by_columns() {
        let ours: Vec<String> = event::columns::COLUMNS
            .iter()
            .map(|column| column.name.to_owned())
            .collect();
        for (columns, expected) in [
            (ours, Some(Preset::Desirepath)),
            (
                columns("event_time,event_type,product_id,price,user_id"),
                Some(Preset::Rees46),
            ),
            (
                columns("session,events[].aid,events[].ts,events[].type"),
                Some(Preset::Otto),
            ),
            (
                columns("event_date,event_timestamp,event_name,event_params[].key,user_pseudo_id"),
                Some(Preset::Ga4),
            ),
            (
                columns("uuid,event,properties,distinct_id,timestamp"),
                Some(Preset::Posthog),
            ),
            (super::super::snowplow::columns(), Some(Preset::Snowplow)),
            (
                columns(
                    "website_id,session_id,visit_id,event_id,url_path,event_type,event_name,created_at",
                ),
                Some(Preset::Umami),
            ),
            (columns("user_id,ts,name"), None),
        ] {
            assert_eq!(Preset::detect(&columns), expected, "{columns:?}");
        }
    }

    #[test]
    fn a_preset_asks_only_for_columns_that_are_there() {
        let mapping = Preset::Rees46.mapping(&columns("event_time,event_type,product_id,user_id"));
        assert_eq!((mapping.price, mapping.item_brand), (None, None));
        assert_eq!(mapping.item.as_deref(), Some("product_id"));
    }

    #[test]
    fn guesses() {
        for (list, expected) in [
            (
                "User ID,Timestamp,Event",
                Some(("User ID", "Timestamp", "Event", None)),
            ),
            (
                "type,time,session_id,user_id",
                Some(("user_id", "time", "type", None)),
            ),
            (
                "visitor,hits[].time,hits[].type",
                Some(("visitor", "time", "type", Some("hits"))),
            ),
            ("a,b,c", None),
        ] {
            let guessed = guess(&columns(list));
            let found = guessed.as_ref().map(|mapping| {
                (
                    &*mapping.person,
                    &*mapping.time,
                    &*mapping.name,
                    mapping.events.as_deref(),
                )
            });
            assert_eq!(found, expected, "{list}");
        }
    }
}
