//! Each limit from both sides, with the field and the words that a refusal names; and random events that are
//! written and read back.

use event::json::{std_float, write_event};
use event::limits::*;
use event::{Decimal, Event, Item, Page, PropValue, Props, Source, Touch, Uuid};
use proptest::collection::vec;
use proptest::option::of;
use proptest::prelude::*;

fn event() -> Event {
    Event {
        id: Uuid::nil(),
        ts: 1_763_780_000_000,
        seq: 0,
        visitor: None,
        user: None,
        session: None,
        tab: None,
        name: "click".to_owned(),
        page: None,
        source: None,
        props: Props::new(),
        items: Vec::new(),
        value: None,
        currency: None,
    }
}

/// Expects `change` to be refused with these words, or to be fine where they are empty.
fn check(change: impl FnOnce(&mut Event), expected: &str) {
    let mut event = event();
    change(&mut event);
    let words = event.validate().err().map(|invalid| invalid.to_string());
    assert_eq!(words.unwrap_or_default(), expected);
}

fn long(length: usize) -> Option<String> {
    Some("x".repeat(length))
}

#[test]
fn ids_and_times() {
    check(|event| event.ts = MIN_TS, "");
    check(|event| event.ts = MAX_TS, "");
    check(
        |event| event.ts = -1,
        "ts: not a time in milliseconds between 1970 and 9999",
    );
    check(
        |event| event.ts = MAX_TS + 1,
        "ts: not a time in milliseconds between 1970 and 9999",
    );
    check(|event| event.visitor = long(MAX_ID_BYTES), "");
    check(
        |event| event.visitor = long(MAX_ID_BYTES + 1),
        "visitor: longer than 128 bytes",
    );
    check(|event| event.tab = Some(String::new()), "tab: is empty");
    let mail = Some("ann@shop.example".to_owned());
    check(
        |event| event.user = mail,
        "user: looks like an e-mail address; send an id of your own",
    );
}

#[test]
fn names_and_pages() {
    check(|event| event.name = "é".repeat(MAX_NAME_BYTES / 2), "");
    check(
        |event| event.name = "é".repeat(MAX_NAME_BYTES / 2 + 1),
        "name: longer than 64 bytes",
    );
    check(|event| event.name.clear(), "name: is empty");
    check(
        |event| event.name = "a\nb".to_owned(),
        "name: holds a control character",
    );
    let page = |url: usize, title: usize| Page {
        url: long(url),
        title: long(title),
        ..Page::default()
    };
    check(
        |event| event.page = Some(page(MAX_URL_BYTES, MAX_TITLE_BYTES)),
        "",
    );
    check(
        |event| event.page = Some(page(MAX_URL_BYTES + 1, 0)),
        "page.url: longer than 2048 bytes",
    );
    check(
        |event| event.page = Some(page(0, MAX_TITLE_BYTES + 1)),
        "page.title: longer than 512 bytes",
    );
    let last = Touch {
        utm_term: long(MAX_FIELD_BYTES + 1),
        ..Touch::default()
    };
    let source = Source {
        first: None,
        last: Some(last),
    };
    check(
        |event| event.source = Some(source),
        "source.last: longer than 256 bytes",
    );
}

#[test]
fn properties() {
    let numbered = |n: usize| {
        (0..n)
            .map(|i| (format!("k{i}"), PropValue::Bool(true)))
            .collect()
    };
    check(|event| event.props = numbered(MAX_PROPS), "");
    check(
        |event| event.props = numbered(MAX_PROPS + 1),
        "props: more than 64 entries",
    );
    let one = |key: &str, value| Props::from_iter([(key.to_owned(), value)]);
    let text = |length| PropValue::String("x".repeat(length));
    check(
        |event| event.props = one("k", text(MAX_PROP_STRING_BYTES)),
        "",
    );
    check(
        |event| event.props = one("k", text(MAX_PROP_STRING_BYTES + 1)),
        "props.k: longer than 2048 bytes",
    );
    check(
        |event| event.props = one("", PropValue::Bool(true)),
        "props.: is empty",
    );
    check(
        |event| event.props = one("k", PropValue::Number(f64::NAN)),
        "props.k: not a finite number",
    );
}

#[test]
fn items_and_money() {
    check(|event| event.items = vec![Item::default(); MAX_ITEMS], "");
    check(
        |event| event.items = vec![Item::default(); MAX_ITEMS + 1],
        "items: more than 200 entries",
    );
    let named = |length| Item {
        item_name: long(length),
        ..Item::default()
    };
    check(|event| event.items = vec![named(MAX_FIELD_BYTES)], "");
    let items = vec![Item::default(), named(MAX_FIELD_BYTES + 1)];
    check(
        |event| event.items = items,
        "items[1].item_name: longer than 256 bytes",
    );
    let priced = Item {
        price: Some(Decimal::from_micros(-1)),
        ..Item::default()
    };
    check(
        |event| event.items = vec![priced],
        "items[0].price: below zero",
    );
    check(|event| event.currency = Some("EUR".to_owned()), "");
    let euro = Some("eur".to_owned());
    check(
        |event| event.currency = euro,
        "currency: not an ISO 4217 code of three capital letters",
    );
}

#[test]
fn what_is_not_an_event_is_refused_in_words() {
    let refused = |text: &str| {
        serde_json::from_str::<Event>(text)
            .expect_err(text)
            .to_string()
    };
    assert!(refused(r#"{"ts":1,"seq":0,"name":"a"}"#).starts_with("missing field `id`"));
    let id = r#""id":"0190a5f4-7c00-7000-8000-000000000000""#;
    let with = |rest: &str| refused(&format!(r#"{{{id},"ts":1,"seq":0,"name":"a",{rest}}}"#));
    assert!(
        with(r#""props":{"k":[1]}"#).contains("a property's value: text, a number, true or false")
    );
    assert!(with(r#""value":"12""#).contains("an amount as a number, such as 35.79"));
    assert!(with(r#""value":1e300"#).starts_with("the amount is out of range"));
}

#[test]
fn numbers_are_written_short() {
    for (number, expected) in [
        (0.1, "0.1"),
        (-2.5, "-2.5"),
        (1e-6, "0.000001"),
        (5e-324, "5e-324"),
        (-1.5e300, "-1.5e300"),
        (123_456_789_012_345_680_000.0, "123456789012345680000"),
        (1e21, "1e21"),
    ] {
        let mut written = String::new();
        std_float(&mut written, number);
        assert_eq!(written, expected);
    }
}

fn arbitrary_text() -> impl Strategy<Value = String> {
    prop_oneof!["[ -~]{0,12}", any::<String>()]
}

fn arbitrary_decimal() -> impl Strategy<Value = Decimal> {
    // Below 2^32 units, as far as the binary numbers of a JSON reader are exact to six digits.
    (-(1i64 << 51)..1 << 51).prop_map(Decimal::from_micros)
}

prop_compose! {
    fn arbitrary_item()(
        item_id in of(arbitrary_text()),
        item_name in of(arbitrary_text()),
        item_category in of(arbitrary_text()),
        price in of(arbitrary_decimal()),
        quantity in of(any::<u32>()),
    ) -> Item {
        Item { item_id, item_name, item_category, price, quantity, ..Item::default() }
    }
}

prop_compose! {
    fn arbitrary_event()(
        id in any::<u128>(),
        ts in any::<i64>(),
        seq in any::<u32>(),
        name in arbitrary_text(),
        user in of(arbitrary_text()),
        title in of(arbitrary_text()),
        props in vec((arbitrary_text(), prop_oneof![
            arbitrary_text().prop_map(PropValue::String),
            any::<f64>().prop_filter("finite", |number| number.is_finite()).prop_map(PropValue::Number),
            any::<bool>().prop_map(PropValue::Bool),
        ]), 0..6),
        items in vec(arbitrary_item(), 0..4),
        value in of(arbitrary_decimal()),
    ) -> Event {
        let props = props.into_iter().collect();
        let page = title.map(|title| Page { title: Some(title), ..Page::default() });
        Event { id: Uuid::from_u128(id), ts, seq, user, name, page, props, items, value, ..event() }
    }
}

proptest! {
    #[test]
    fn what_is_written_is_read_back(event in arbitrary_event()) {
        let mut text = String::new();
        write_event(&mut text, &event, std_float);
        prop_assert!(!text.contains('\n'));
        let read: Event = serde_json::from_str(&text).expect(&text);
        prop_assert_eq!(read, event);
    }
}
