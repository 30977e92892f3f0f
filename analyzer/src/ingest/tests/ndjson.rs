use event::{Decimal, Event, Item, Page, PropValue, Source, Touch, Uuid};
use proptest::prelude::*;

use super::*;
use crate::row::{ItemRef, PropRef, Row};

#[test]
fn an_event_with_everything() {
    check(
        ImportOptions::default(),
        r#"{"id":"0190a3b2-7c00-7000-8000-000000000001","ts":1714557600000,"seq":4,"visitor":"v","user":"u","session":"s","tab":"t","name":"add_to_cart","page":{"url":"https://shop.example/p/1?x=y","title":"A \"mug\""},"source":{"first":{"channel":"email"},"last":{"channel":"paid_search","utm_source":"g"}},"props":{"coupon":"MAY","n":2.5,"is_gift":true},"items":[{"item_id":"1","item_name":"Mug","price":35.79,"quantity":2},{"item_brand":"B","index":3}],"value":71.58,"currency":"EUR"}"#,
        &[
            "0 1714557600000 add_to_cart page=/p/:id value=7158EUR coupon=String(\"MAY\") \
           is_gift=Bool(true) n=Number(2.5) source_last_channel=String(\"paid_search\") \
           source_last_utm_source=String(\"g\") [1,Mug,,,35790000×2] [,,B,,-×1]",
        ],
        &[],
    );
}

#[test]
fn bad_lines_are_listed() {
    check(
        ImportOptions::default(),
        r#"{"id":"0190a3b2-7c00-7000-8000-000000000001","ts":1714557600000,"seq":4,"visitor":"v","name":"a"}
{"id":"0190a3b2-7c00-7000-8000-000000000002","ts":1714557600000,"seq":4,"visitor":"v"}
{"id":"0190a3b2-7c00-7000-8000-000000000003","ts":1714557600000,"seq":-1,"visitor":"v","name":"a"}
{"id":"0190a3b2-7c00-7000-8000-000000000004","ts":1714557600000,"seq":1,"name":"a"}

{"id":"0190a3b2-7c00-7000-8000-000000000005","ts":17145576"#,
        &["0 1714557600000 a"],
        &[
            "2: missing field `name` at column 86",
            "3: invalid value: integer `-1`, expected u32 at column 72",
            "4: the event belongs to nobody: it has no user, no visitor and no tab",
            "6: EOF while parsing an object at column 58",
        ],
    );
}

fn text() -> impl Strategy<Value = Option<String>> {
    proptest::option::of("[a-zé\"\\\\\\n/]{1,6}")
}

fn amount() -> impl Strategy<Value = Option<Decimal>> {
    proptest::option::of((-1_000_000_000i64..1_000_000_000).prop_map(Decimal::from_micros))
}

fn prop_value() -> impl Strategy<Value = PropValue> {
    prop_oneof![
        "[a-z\"\\n]{0,5}".prop_map(PropValue::String),
        (-1e9..1e9f64).prop_map(PropValue::Number),
        any::<bool>().prop_map(PropValue::Bool),
    ]
}

fn item() -> impl Strategy<Value = Item> {
    (
        text(),
        text(),
        text(),
        text(),
        amount(),
        proptest::option::of(0..9u32),
    )
        .prop_map(
            |(item_id, item_name, item_brand, item_category, price, quantity)| Item {
                item_id,
                item_name,
                item_brand,
                item_category,
                price,
                quantity,
                ..Item::default()
            },
        )
}

prop_compose! {
    fn an_event()(
        id in 0..60u128,
        ts in 1_714_557_600_000..1_714_657_600_000i64,
        seq in 0..3u32,
        visitor in "[ab]",
        user in proptest::option::of("[cd]"),
        tab in text(),
        name in "[a-cé\"]{1,2}",
        url in text(),
        path in text(),
        channel in text(),
        props in prop::collection::btree_map("[a-c\"]{1,2}", prop_value(), 0..3),
        items in prop::collection::vec(item(), 0..3),
        value in amount(),
        currency in proptest::option::of("EUR|JPY"),
    ) -> Event {
        Event {
            id: Uuid::from_u128(id),
            ts,
            seq,
            visitor: Some(visitor),
            user,
            session: None,
            tab,
            name,
            page: Some(Page { url, path, ..Page::default() }),
            source: Some(Source { first: None, last: Some(Touch { channel, ..Touch::default() }) }),
            props: props.into_iter().collect(),
            items,
            value,
            currency,
        }
    }
}

fn borrow(item: &Item) -> ItemRef<'_> {
    ItemRef {
        item_id: item.item_id.as_deref(),
        item_name: item.item_name.as_deref(),
        item_brand: item.item_brand.as_deref(),
        item_category: item.item_category.as_deref(),
        price_micros: item.price.map(Decimal::micros),
        quantity: item.quantity.unwrap_or(1),
    }
}

/// The slow twin: the owned event, straight into the builder.
fn push_slowly(builder: &mut DatasetBuilder, event: &Event) {
    let mut props: Vec<(&str, PropRef<'_>)> = Vec::new();
    let last = event
        .source
        .as_ref()
        .and_then(|source| source.last.as_ref());
    if let Some(channel) = last.and_then(|last| last.channel.as_deref()) {
        props.push(("source_last_channel", PropRef::String(channel)));
    }
    for (key, value) in event.props.iter() {
        let value = match value {
            PropValue::String(text) => PropRef::String(text),
            PropValue::Number(number) => PropRef::Number(*number),
            PropValue::Bool(truth) => PropRef::Bool(*truth),
        };
        props.push((key, value));
    }
    let items: Vec<ItemRef<'_>> = event.items.iter().map(borrow).collect();
    let page = event.page.as_ref();
    let row = Row {
        id: Some(event.id.as_u128()),
        ts: event.ts,
        seq: event.seq,
        tab: event.tab.as_deref(),
        visitor: event.visitor.as_deref(),
        user: event.user.as_deref(),
        name: &event.name,
        page: page.and_then(|page| page.url.as_deref().or(page.path.as_deref())),
        value_micros: event.value.map(Decimal::micros),
        currency: event.currency.as_deref(),
        props: &props,
        items: &items,
    };
    builder.push(&row).unwrap();
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    /// What the one encoder writes, this reader and the owned types read alike.
    #[test]
    fn what_is_written_is_read_back(events in prop::collection::vec(an_event(), 1..12)) {
        let mut file = String::new();
        let mut builder = DatasetBuilder::new(BuildOptions::default());
        for event in &events {
            let start = file.len();
            event::json::write_event(&mut file, event, event::json::std_float);
            push_slowly(&mut builder, &serde_json::from_str(&file[start..]).unwrap());
            file.push('\n');
        }
        let (dataset, rejections) = import(ImportOptions::default(), file.as_bytes()).unwrap();
        prop_assert_eq!(rejections, Rejections::default());
        prop_assert_eq!(dataset, builder.finish());
    }
}
