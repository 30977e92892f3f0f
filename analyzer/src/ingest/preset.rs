//! Known exports, recognised by their columns, and guesses for all others.

use serde::{Deserialize, Serialize};

use super::mapping::Mapping;
use crate::plain::FromPlain;

/// An export whose columns are known: `presets.json` holds the columns by which it is recognised, and its mapping.
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
    /// The [BigQuery export](https://support.google.com/analytics/answer/7029846) of Google Analytics 4, as JSON lines,
    /// or flattened to a table.
    Ga4,
    /// PostHog's [batch exports](https://posthog.com/docs/cdp/batch-exports), and CSV files of its events. A person of
    /// PostHog has one id through all devices and logins; older exports have only distinct ids.
    Posthog,
    /// Snowplow's [canonical event](https://docs.snowplow.io/docs/fundamentals/canonical-event/) with the entities of
    /// its [e-commerce tracking](https://docs.snowplow.io/docs/events/ootb-data/ecommerce-events/), as
    /// [`Format::Snowplow`](super::Format::Snowplow), or the JSON of its Analytics SDKs, or a table with the columns of
    /// `atomic.events`.
    Snowplow,
    /// Umami's [export](https://github.com/umami-software/umami/blob/master/db/clickhouse/schema.sql) of single events,
    /// `website_event`, in which views of pages have no name.
    Umami,
    /// The [orders of a Shopify shop](https://help.shopify.com/en/manual/fulfillment/managing-orders/exporting-orders),
    /// a row for each product of an order. Each is a purchase, whatever became of it; what is said of a whole order
    /// stands in its first row. Orders at the till may name nobody: then nobody knows who came again.
    ShopifyOrders,
    /// Matomo's [log of visits](https://developer.matomo.org/api-reference/reporting-api#Live),
    /// `Live.getLastVisitsDetails` as JSON: a list of visits, each with its actions.
    Matomo,
    /// Mixpanel's [raw export](https://developer.mixpanel.com/reference/raw-event-export), JSON lines.
    Mixpanel,
    /// Amplitude's [export](https://amplitude.com/docs/apis/analytics/export), JSON lines. The id that Amplitude gives a
    /// person joins devices and logins.
    Amplitude,
    /// The [messages of Segment](https://www.twilio.com/docs/segment/connections/spec/common), also as RudderStack keeps
    /// them: raw JSON, a call a line, with the properties of its e-commerce events.
    Segment,
}

/// An entry of `presets.json`.
pub(crate) struct Known {
    pub(crate) preset: Preset,
    pub(crate) columns: Vec<String>,
    pub(crate) mapping: Mapping,
}

/// All presets. Of several whose columns are there, the first is meant.
fn known() -> Vec<Known> {
    let known = serde_json::from_str(include_str!("presets.json"));
    // The tests read the same text.
    Vec::from_plain(known.unwrap_or_default()).unwrap_or_default()
}

impl Preset {
    /// The preset whose columns are all there. Nested JSON columns are written `events[].ts`.
    pub(super) fn detect(columns: &[String]) -> Option<Self> {
        let mut known = known().into_iter();
        let found = known.find(|known| known.columns.iter().all(|name| columns.contains(name)));
        found.map(|known| known.preset)
    }

    /// The mapping for JSON lines that begin with these columns; of a table it is to be
    /// [restricted](Mapping::restricted).
    pub(super) fn mapping(self, columns: &[String]) -> Mapping {
        let mut known = known().into_iter();
        let found = known.find(|known| known.preset == self);
        let mut mapping = found.map(|known| known.mapping).unwrap_or_default();
        mapping.time_zone.get_or_insert_default();
        add_versions(&mut mapping.name, columns);
        for choice in mapping.optional_mut().into_iter().flatten() {
            add_versions(choice, columns);
        }
        mapping
    }
}

/// Adds to each column of a choice, or field of a column, the columns that the first
/// [BigQuery loader](https://docs.snowplow.io/docs/api-reference/loaders-storage-targets/bigquery-loader/) of Snowplow made
/// for each version of an entity's schema: beside `…_1`, `…_1_0_0` and `…_1_0_1`.
fn add_versions(choice: &mut String, columns: &[String]) {
    let mut all: Vec<String> = Vec::new();
    for part in choice.split('|') {
        all.push(part.to_owned());
        let (column, field) = part.split_at(part.find('.').unwrap_or(part.len()));
        let is_version = |name: &str| {
            let rest = name.strip_prefix(column);
            let rest = rest.and_then(|rest| rest.strip_prefix('_'));
            let is_number =
                |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
            rest.and_then(|rest| rest.split_once('_'))
                .is_some_and(|(minor, patch)| is_number(minor) && is_number(patch))
        };
        for known in columns {
            let name = known.split(['.', '[']).next().unwrap_or_default();
            let version = format!("{name}{field}");
            if is_version(name) && all.last() != Some(&version) {
                all.push(version);
            }
        }
    }
    *choice = all.join("|");
}

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
    let time = find(&[
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
    ])
    .or_else(|| {
        let [year, month, day] = ["year", "month", "day"].map(|part| find(&[part]));
        Some(format!("{{{}}}-{{{}}}-{{{}}}", year?, month?, day?))
    })?;
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
        time,
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
    fn every_preset_can_be_read() {
        let known = known();
        for entry in &known {
            assert_eq!(Preset::detect(&entry.columns), Some(entry.preset));
        }
        // The last of the enum is the last of the file.
        assert_eq!(known.len(), Preset::Segment as usize + 1);
    }

    #[test]
    fn of_a_table_a_preset_asks_only_for_columns_that_are_there() {
        let columns = columns("event_time,event_type,product_id,user_id");
        let mapping = Preset::Rees46.mapping(&columns).restricted(&columns);
        assert_eq!((mapping.price, mapping.item_brand), (None, None));
        assert_eq!(mapping.item.as_deref(), Some("product_id"));
    }

    #[test]
    fn versions_of_a_column() {
        let columns =
            columns("cart_1.id,cart_1_0_0.id,cart_1_0_0.total,cart_1_0_1.id,cart_1_x,other");
        for (choice, expected) in [
            (
                "cart_1.id|other",
                "cart_1.id|cart_1_0_0.id|cart_1_0_1.id|other",
            ),
            ("cart_1", "cart_1|cart_1_0_0|cart_1_0_1"),
            ("cart", "cart"),
        ] {
            let mut found = choice.to_owned();
            add_versions(&mut found, &columns);
            assert_eq!(found, expected);
        }
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
            (
                "User,Event,Year,Month,Day",
                Some(("User", "{Year}-{Month}-{Day}", "Event", None)),
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
