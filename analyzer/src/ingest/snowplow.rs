//! Snowplow's enriched events as its pipeline writes them: a line an event, 131 fields between tabs, no header.
//!
//! The fields are those of the [canonical event model](https://docs.snowplow.io/docs/fundamentals/canonical-event/).
//! Three of them hold self-describing JSON, which becomes columns with the names that Snowplow's Analytics SDKs
//! give them in their JSON form, so that one mapping fits both:
//! `iglu:com.snowplowanalytics.snowplow.ecommerce/product/jsonschema/1-0-0` among the contexts is the column
//! `contexts_com_snowplowanalytics_snowplow_ecommerce_product_1`, a list.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::cell::Cell;
use super::error::ImportError;
use super::fields::{self, Values};
use super::json::Text;
use super::lines::{Line, Lines};
use super::maker::RowMaker;
use super::mapping::Mapping;
use super::plan::Place;
use super::preset::Preset;
use super::sink::Sink;

/// The fields, in order.
const FIELDS: [&str; 131] = [
    "app_id",
    "platform",
    "etl_tstamp",
    "collector_tstamp",
    "dvce_created_tstamp",
    "event",
    "event_id",
    "txn_id",
    "name_tracker",
    "v_tracker",
    "v_collector",
    "v_etl",
    "user_id",
    "user_ipaddress",
    "user_fingerprint",
    "domain_userid",
    "domain_sessionidx",
    "network_userid",
    "geo_country",
    "geo_region",
    "geo_city",
    "geo_zipcode",
    "geo_latitude",
    "geo_longitude",
    "geo_region_name",
    "ip_isp",
    "ip_organization",
    "ip_domain",
    "ip_netspeed",
    "page_url",
    "page_title",
    "page_referrer",
    "page_urlscheme",
    "page_urlhost",
    "page_urlport",
    "page_urlpath",
    "page_urlquery",
    "page_urlfragment",
    "refr_urlscheme",
    "refr_urlhost",
    "refr_urlport",
    "refr_urlpath",
    "refr_urlquery",
    "refr_urlfragment",
    "refr_medium",
    "refr_source",
    "refr_term",
    "mkt_medium",
    "mkt_source",
    "mkt_term",
    "mkt_content",
    "mkt_campaign",
    "contexts",
    "se_category",
    "se_action",
    "se_label",
    "se_property",
    "se_value",
    "unstruct_event",
    "tr_orderid",
    "tr_affiliation",
    "tr_total",
    "tr_tax",
    "tr_shipping",
    "tr_city",
    "tr_state",
    "tr_country",
    "ti_orderid",
    "ti_sku",
    "ti_name",
    "ti_category",
    "ti_price",
    "ti_quantity",
    "pp_xoffset_min",
    "pp_xoffset_max",
    "pp_yoffset_min",
    "pp_yoffset_max",
    "useragent",
    "br_name",
    "br_family",
    "br_version",
    "br_type",
    "br_renderengine",
    "br_lang",
    "br_features_pdf",
    "br_features_flash",
    "br_features_java",
    "br_features_director",
    "br_features_quicktime",
    "br_features_realplayer",
    "br_features_windowsmedia",
    "br_features_gears",
    "br_features_silverlight",
    "br_cookies",
    "br_colordepth",
    "br_viewwidth",
    "br_viewheight",
    "os_name",
    "os_family",
    "os_manufacturer",
    "os_timezone",
    "dvce_type",
    "dvce_ismobile",
    "dvce_screenwidth",
    "dvce_screenheight",
    "doc_charset",
    "doc_width",
    "doc_height",
    "tr_currency",
    "tr_total_base",
    "tr_tax_base",
    "tr_shipping_base",
    "ti_currency",
    "ti_price_base",
    "base_currency",
    "geo_timezone",
    "mkt_clickid",
    "mkt_network",
    "etl_tags",
    "dvce_sent_tstamp",
    "refr_domain_userid",
    "refr_dvce_tstamp",
    "derived_contexts",
    "domain_sessionid",
    "derived_tstamp",
    "event_vendor",
    "event_name",
    "event_format",
    "event_version",
    "event_fingerprint",
    "true_tstamp",
];

/// The kinds of events that the field `event` knows.
const KINDS: [&[u8]; 6] = [
    b"page_view",
    b"page_ping",
    b"struct",
    b"unstruct",
    b"transaction",
    b"transaction_item",
];

/// Whether a line is an enriched event, of whose ends blanks, and so empty fields, may have been cut.
pub(super) fn is_event(line: &[u8]) -> bool {
    let mut fields = line.split(|byte| *byte == b'\t');
    let is_known = fields.by_ref().take(6).any(|field| KINDS.contains(&field));
    let n_fields = 6 + fields.count();
    is_known && (EVENT_NAME - 5..=FIELDS.len()).contains(&n_fields)
}

/// The columns, without those that the JSON fields become.
pub(super) fn columns() -> Vec<String> {
    FIELDS.map(str::to_owned).to_vec()
}

/// Reads one file of enriched events.
pub(super) struct SnowplowReader {
    lines: Lines,
    maker: RowMaker,
    places: Vec<Place>,
}

impl SnowplowReader {
    /// Without a mapping, that of the preset.
    pub(super) fn new(mapping: Option<Mapping>) -> Result<Self, ImportError> {
        let columns = columns();
        let mapping = mapping.unwrap_or_else(|| Preset::Snowplow.mapping(&columns));
        let maker = RowMaker::new(&mapping)?;
        let place = |column: &String| {
            let field = FIELDS.iter().position(|known| known == column);
            field.map_or(Place::Absent, Place::Column)
        };
        let places = maker.plan.columns.iter().map(place).collect();
        Ok(Self {
            lines: Lines::default(),
            maker,
            places,
        })
    }

    pub(super) fn push(&mut self, input: &[u8], sink: &mut Sink) {
        let Self {
            lines,
            maker,
            places,
        } = self;
        lines.push(input, |number, line| {
            take(maker, places, number, line, sink);
        });
    }

    /// The end of the file.
    pub(super) fn finish(&mut self, sink: &mut Sink) {
        let Self {
            lines,
            maker,
            places,
        } = self;
        lines.finish(|number, line| take(maker, places, number, line, sink));
    }
}

fn take(maker: &mut RowMaker, places: &[Place], number: u64, line: Line<'_>, sink: &mut Sink) {
    let line = match line {
        Ok(line) => line,
        Err(bad) => return sink.reject(number, &bad.fault, bad.bytes),
    };
    let cells: Vec<&str> = line.split('\t').collect();
    if cells.len() != FIELDS.len() {
        let n_fields = cells.len();
        let reason = format!("the line has {n_fields} fields, an enriched event has 131");
        return sink.reject(number, &reason, line.as_bytes());
    }
    let described =
        match Described::new([cells[CONTEXTS], cells[DERIVED_CONTEXTS]], cells[UNSTRUCT]) {
            Ok(described) => described,
            Err(error) => {
                let reason = format!("the self-describing JSON cannot be read: {error}");
                return sink.reject(number, &reason, line.as_bytes());
            }
        };
    let mut values = Values::new();
    for (column, json) in &described.0 {
        if maker.plan.reaches_into(column) {
            // What was parsed once as a whole is JSON.
            let _ = fields::read(&maker.plan, column, json, &mut values);
        }
    }
    let raw: Vec<Option<&str>> = maker
        .plan
        .columns
        .iter()
        .map(|column| described.0.get(column).map(String::as_str))
        .collect();
    let cell = |column: usize| match places[column] {
        Place::Column(field) => Cell::of_text(cells[field]),
        _ => match raw[column] {
            Some(json) => Cell::Text(json),
            None => fields::find(values.iter(), column),
        },
    };
    maker.make(cell, sink, || number, || line);
}

const CONTEXTS: usize = 52;
const UNSTRUCT: usize = 58;
const DERIVED_CONTEXTS: usize = 122;
const EVENT_NAME: usize = 126;

/// The self-describing JSON of an event, by column.
struct Described(BTreeMap<String, String>);

/// `{"schema":"iglu:vendor/name/format/1-0-0","data":…}`
#[derive(Deserialize)]
struct SelfDescribing<'a> {
    #[serde(borrow)]
    schema: Text<'a>,
    #[serde(borrow)]
    data: &'a RawValue,
}

impl SelfDescribing<'_> {
    /// The column that Snowplow's Analytics SDKs make of it.
    fn column(&self, prefix: &str) -> String {
        let schema = self.schema.as_str();
        let mut parts = schema.strip_prefix("iglu:").unwrap_or(schema).split('/');
        let mut part = || parts.next().unwrap_or_default();
        let (vendor, name, _, version) = (part(), part(), part(), part());
        let model = version.split('-').next().unwrap_or_default();
        format!("{prefix}_{vendor}_{}_{model}", snake(name))
            .replace(['.', '-'], "_")
            .to_ascii_lowercase()
    }
}

/// `addToCart` and `add-to-cart` are both `add_to_cart`.
fn snake(name: &str) -> String {
    let mut text = String::new();
    let mut was_small = false;
    for letter in name.chars() {
        if letter.is_ascii_uppercase() && was_small {
            text.push('_');
        }
        was_small = letter.is_ascii_lowercase() || letter.is_ascii_digit();
        text.push(letter);
    }
    text
}

impl Described {
    fn new(contexts: [&str; 2], unstruct: &str) -> Result<Self, serde_json::Error> {
        let mut columns = BTreeMap::<String, String>::new();
        for text in contexts.into_iter().filter(|text| !text.is_empty()) {
            let outer: SelfDescribing<'_> = serde_json::from_str(text)?;
            let list: Vec<SelfDescribing<'_>> = serde_json::from_str(outer.data.get())?;
            for context in list {
                let data = context.data.get();
                columns
                    .entry(context.column("contexts"))
                    .and_modify(|list| {
                        list.pop();
                        *list += &format!(",{data}]");
                    })
                    .or_insert_with(|| format!("[{data}]"));
            }
        }
        if !unstruct.is_empty() {
            let outer: SelfDescribing<'_> = serde_json::from_str(unstruct)?;
            let event: SelfDescribing<'_> = serde_json::from_str(outer.data.get())?;
            columns.insert(event.column("unstruct_event"), event.data.get().to_owned());
        }
        Ok(Self(columns))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fields_that_are_found_by_number() {
        for (index, name) in [
            (CONTEXTS, "contexts"),
            (UNSTRUCT, "unstruct_event"),
            (DERIVED_CONTEXTS, "derived_contexts"),
            (EVENT_NAME, "event_name"),
        ] {
            assert_eq!(FIELDS[index], name);
        }
    }

    #[test]
    fn columns_of_schemas() {
        for (schema, column) in [
            (
                "iglu:com.snowplowanalytics.snowplow.ecommerce/product/jsonschema/1-0-0",
                "contexts_com_snowplowanalytics_snowplow_ecommerce_product_1",
            ),
            (
                "iglu:com.acme-shop/orderPlaced/jsonschema/2-1-0",
                "contexts_com_acme_shop_order_placed_2",
            ),
        ] {
            let json = format!(r#"{{"schema":"{schema}","data":{{}}}}"#);
            let described: SelfDescribing<'_> = serde_json::from_str(&json).unwrap();
            assert_eq!(described.column("contexts"), column);
        }
    }
}
