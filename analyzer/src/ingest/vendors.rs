//! The mappings of other analytics products' exports.

use super::mapping::Mapping;
use super::time::TimeFormat;

fn list(columns: &[&str]) -> Vec<String> {
    columns.iter().copied().map(str::to_owned).collect()
}

/// The [BigQuery export schema](https://support.google.com/analytics/answer/7029846) of Google Analytics 4.
pub(super) fn ga4() -> Mapping {
    Mapping {
        person: "user_pseudo_id".into(),
        time: "event_timestamp".into(),
        name: "event_name".into(),
        time_format: TimeFormat::Micros,
        user: Some("user_id".into()),
        page: Some("event_params.page_location|page_location".into()),
        value: Some("event_params.value|ecommerce.purchase_revenue|value".into()),
        currency: Some("event_params.currency|currency".into()),
        transaction: Some(
            "event_params.transaction_id|ecommerce.transaction_id|transaction_id".into(),
        ),
        cart: Some("event_params.cart_id".into()),
        items_json: Some("items".into()),
        props: list(&[
            "event_params.coupon",
            "event_params.search_term",
            "event_params.source",
            "event_params.medium",
            "event_params.campaign",
            "traffic_source.source",
            "traffic_source.medium",
            "traffic_source.name",
            "device.category",
            "device.operating_system",
            "device.web_info.browser",
            "geo.country",
            "platform",
        ]),
        ..Mapping::default()
    }
}

/// PostHog's [batch exports](https://posthog.com/docs/cdp/batch-exports), and CSV files of its events.
pub(super) fn posthog() -> Mapping {
    Mapping {
        // A person of PostHog has one id through all devices and logins; older exports have only distinct ids.
        person: "person_id|distinct_id".into(),
        time: "timestamp".into(),
        name: "event".into(),
        id: Some("uuid".into()),
        page: Some("properties.$current_url".into()),
        value: Some("properties.revenue|properties.value".into()),
        currency: Some("properties.currency".into()),
        transaction: Some("properties.transaction_id|properties.order_id".into()),
        cart: Some("properties.cart_id".into()),
        items_json: Some("properties.products".into()),
        props_json: Some("properties".into()),
        props: list(&[
            "properties.$browser",
            "properties.$os",
            "properties.$device_type",
            "properties.$referring_domain",
        ]),
        ..Mapping::default()
    }
}

/// Snowplow's [canonical event](https://docs.snowplow.io/docs/fundamentals/canonical-event/) with the entities of
/// its [e-commerce tracking](https://docs.snowplow.io/docs/events/ootb-data/ecommerce-events/), which may be in
/// several of `columns`.
pub(super) fn snowplow(columns: &[String]) -> Mapping {
    const ACTION: &str =
        "unstruct_event_com_snowplowanalytics_snowplow_ecommerce_snowplow_ecommerce_action_1";
    const TRANSACTION: &str = "contexts_com_snowplowanalytics_snowplow_ecommerce_transaction_1";
    const CART: &str = "contexts_com_snowplowanalytics_snowplow_ecommerce_cart_1";
    const PRODUCT: &str = "contexts_com_snowplowanalytics_snowplow_ecommerce_product_1";
    let field = |column, field: &str| versions(columns, column, field);
    Mapping {
        person: "domain_userid|network_userid".into(),
        time: "derived_tstamp|collector_tstamp".into(),
        name: format!("{}|se_action|event_name", field(ACTION, ".type")),
        user: Some("user_id".into()),
        id: Some("event_id".into()),
        page: Some("page_url|page_urlpath".into()),
        value: Some(format!("{}|tr_total", field(TRANSACTION, ".revenue"))),
        currency: Some(format!("{}|tr_currency", field(TRANSACTION, ".currency"))),
        transaction: Some(format!(
            "{}|tr_orderid",
            field(TRANSACTION, ".transaction_id")
        )),
        cart: Some(field(CART, ".cart_id")),
        items_json: Some(field(PRODUCT, "")),
        props: list(&[
            "app_id",
            "platform",
            "dvce_type",
            "br_family",
            "os_family",
            "geo_country",
            "mkt_source",
            "mkt_medium",
            "mkt_campaign",
            "refr_medium",
            "refr_source",
            "se_category",
            "se_label",
        ]),
        ..Mapping::default()
    }
}

/// A field of an entity, and the same of the columns that the first
/// [BigQuery loader](https://docs.snowplow.io/docs/api-reference/loaders-storage-targets/bigquery-loader/) made for each
/// version of its schema: beside `…_1`, `…_1_0_0` and `…_1_0_1`.
fn versions(columns: &[String], column: &str, field: &str) -> String {
    let is_version = |name: &&str| {
        let rest = name
            .strip_prefix(column)
            .and_then(|rest| rest.strip_prefix('_'));
        let is_number = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
        rest.and_then(|rest| rest.split_once('_'))
            .is_some_and(|(minor, patch)| is_number(minor) && is_number(patch))
    };
    let names = columns
        .iter()
        .filter_map(|known| known.split(['.', '[']).next());
    let mut choice = format!("{column}{field}");
    let mut last = "";
    for name in names.filter(is_version) {
        if name != last {
            choice += &format!("|{name}{field}");
            last = name;
        }
    }
    choice
}

/// Umami's [export](https://github.com/umami-software/umami/blob/master/db/clickhouse/schema.sql) of single events,
/// `website_event`.
pub(super) fn umami() -> Mapping {
    Mapping {
        person: "session_id".into(),
        time: "created_at".into(),
        name: "event_name".into(),
        // Views of pages have no name.
        name_constant: Some("page_view".into()),
        user: Some("distinct_id".into()),
        id: Some("event_id".into()),
        page: Some("url_path".into()),
        props: list(&[
            "browser",
            "os",
            "device",
            "country",
            "referrer_domain",
            "utm_source",
            "utm_medium",
            "utm_campaign",
        ]),
        ..Mapping::default()
    }
}
/// The [orders of a Shopify shop](https://help.shopify.com/en/manual/fulfillment/managing-orders/exporting-orders) as CSV.
/// Each is a purchase, whatever became of it; what is said of a whole order stands in its first row.
pub(super) fn shopify_orders() -> Mapping {
    Mapping {
        // Orders at the till may have none: then nobody knows who came again.
        person: "Email|Phone|Name".into(),
        time: "Created at".into(),
        name_constant: Some("purchase".into()),
        value: Some("Total".into()),
        currency: Some("Currency".into()),
        transaction: Some("Name".into()),
        item: Some("Lineitem sku|Lineitem name".into()),
        item_name: Some("Lineitem name".into()),
        item_brand: Some("Vendor".into()),
        price: Some("Lineitem price".into()),
        quantity: Some("Lineitem quantity".into()),
        props: list(&[
            "Financial Status",
            "Fulfillment Status",
            "Discount Code",
            "Shipping Country",
            "Source",
        ]),
        ..Mapping::default()
    }
}
