//! Sources, sessions and orders over several pages.

use event::{Decimal, Item, Source};

use super::*;

impl Page {
    fn load(&mut self, url: &str, referrer: &str) {
        self.say(Input::PageView(View {
            url: url.into(),
            referrer: referrer.into(),
            navigation: Some(Navigation::Load),
            ..View::default()
        }));
    }

    fn report(&mut self, name: &str, facts: Facts) {
        let name = name.into();
        self.say(Input::Track { name, facts });
    }
}

fn channels(event: &Event) -> [&str; 2] {
    let source = event.source.as_ref();
    let channel = |of: fn(&Source) -> Option<&event::Touch>| {
        source
            .and_then(of)
            .and_then(|touch| touch.channel.as_deref())
    };
    [
        channel(|source| source.first.as_ref()),
        channel(|source| source.last.as_ref()),
    ]
    .map(Option::unwrap_or_default)
}

fn bench(id: &str, props: &[(&str, PropValue)]) -> Facts {
    let text = |value: &str| PropValue::String(value.into());
    let props = props
        .iter()
        .map(|(key, value)| ((*key).into(), value.clone()));
    Facts {
        props: props
            .chain([(String::from("transaction_id"), text(id))])
            .collect(),
        items: vec![Item {
            item_id: Some("17".into()),
            price: Some(Decimal::from_micros(35_790_000)),
            quantity: Some(2),
            ..Item::default()
        }],
        currency: Some("EUR".into()),
        ..Facts::default()
    }
}

fn only_id(id: &str) -> Facts {
    Facts {
        props: [(String::from("transaction_id"), PropValue::String(id.into()))]
            .into_iter()
            .collect(),
        ..Facts::default()
    }
}

#[test]
fn views_the_first_event_and_purchases_tell_the_source() {
    let mut page = Page::open();
    page.load("https://shop.example/?utm_source=x&utm_medium=email", "");
    page.track("a");
    page.report("purchase", bench("T1", &[]));
    let mut events = page.events();
    page.now += SESSION_GAP_MILLIS + 1;
    page.track("b");
    page.track("c");
    events.extend(page.events());
    let told: Vec<_> = events
        .iter()
        .map(|event| channels(event).map(String::from))
        .collect();
    let [email, direct, none] = [["email", "email"], ["email", "direct"], ["", ""]];
    assert_eq!(told, [email, none, email, direct, none]);
}

#[test]
fn a_new_source_does_not_split_a_session_but_is_its_last_touch() {
    let mut page = Page::open();
    page.load("https://shop.example/", "https://www.google.com/");
    page.navigate(5);
    page.load("https://shop.example/p?gclid=1", "https://www.google.com/");
    page.load("https://shop.example/q", "https://shop.example/p");
    let events = page.events();
    assert_eq!(events[0].session, events[2].session);
    assert_eq!(channels(&events[0]), ["organic_search", "organic_search"]);
    for event in &events[1..] {
        assert_eq!(channels(event), ["organic_search", "paid_search"]);
    }
}

#[test]
fn a_payment_elsewhere_changes_neither_session_nor_source() {
    for (provider, is_told) in [
        ("https://www.paypal.com/", false),
        ("https://3ds.mybank.example/", true),
        ("", true),
    ] {
        let mut page = Page::open();
        page.load("https://shop.example/?utm_medium=email", "");
        if is_told {
            page.report("add_payment_info", bench("", &[]));
        }
        let before = page.events().remove(0);
        page.navigate(6);
        page.now += SESSION_GAP_MILLIS + 60_000;
        page.load("https://shop.example/thanks", provider);
        page.report("purchase", bench("T1", &[]));
        let events = page.events();
        assert_eq!(events.len(), 2, "{provider}");
        for event in events {
            assert_eq!(event.session, before.session, "{provider}");
            assert_eq!(channels(&event), ["email", "email"], "{provider}");
        }
    }
}

#[test]
fn an_order_is_one_purchase_on_all_pages() {
    let mut page = Page::open();
    page.report("purchase", bench("T1", &[]));
    page.report("purchase", bench("T1", &[]));
    assert!(page.warnings[0].starts_with("T1"), "{:?}", page.warnings);
    page.navigate(5);
    page.report("purchase", bench("T1", &[]));
    page.report("purchase", bench("T2", &[]));
    // Another tab told of a third.
    let mut other = Memory::read(&page.stored["memory"]);
    other.add(memory::ORDER, 64, page.now, &memory::digest(&["T3"]));
    page.say(Input::Recalled(other.write(None)));
    page.report("purchase", bench("T3", &[]));
    let events = page.events();
    let ids: Vec<_> = events
        .iter()
        .map(|event| text(event, "transaction_id").unwrap())
        .collect();
    assert_eq!(ids, ["T1", "T2"]);
    assert_eq!(events[0].value, Some(Decimal::from_micros(71_580_000)));
    assert_eq!(page.dropped().total(), 0, "what counts once is not lost");
}

#[test]
fn a_pending_purchase_is_confirmed_by_its_id_alone() {
    for confirmation in [only_id("T1"), Facts::default()] {
        let mut page = Page::open();
        page.report(
            "purchase",
            bench(
                "T1",
                &[
                    ("pending", PropValue::Bool(true)),
                    ("tax", PropValue::Number(1.5)),
                ],
            ),
        );
        assert!(page.events().is_empty());
        page.navigate(5);
        page.load("https://shop.example/thanks", "https://www.klarna.com/");
        page.report("purchase", confirmation.clone());
        page.report("purchase", confirmation);
        let events = page.events();
        let names: Vec<_> = events.iter().map(|event| event.name.as_str()).collect();
        let twice = events.len() == 3;
        // A second call without an id is an order of its own: nothing says that it is the same.
        assert_eq!(&names[..2], ["page_view", "purchase"]);
        assert_eq!(
            twice,
            page.warnings.iter().all(|words| !words.starts_with("T1"))
        );
        let purchase = &events[1];
        assert_eq!(text(purchase, "transaction_id"), Some("T1"));
        assert_eq!(purchase.props.get("tax"), Some(&PropValue::Number(1.5)));
        assert_eq!(purchase.props.get("pending"), None);
        assert_eq!(purchase.items.len(), 1);
        assert_eq!(purchase.value, Some(Decimal::from_micros(71_580_000)));
        assert_eq!(
            purchase.page.as_ref().unwrap().path.as_deref(),
            Some("/thanks")
        );
    }
}

#[test]
fn a_payment_that_is_not_confirmed_is_reported_once() {
    for (after, name) in [
        (60_000, "view_cart"),
        (orders::PAYING_MILLIS + 1, "page_view"),
    ] {
        let mut page = Page::open();
        page.report(
            "purchase",
            bench("T1", &[("pending", PropValue::Bool(true))]),
        );
        page.navigate(5);
        page.now += after;
        page.track(name);
        page.track(name);
        let events = page.events();
        let names: Vec<_> = events.iter().map(|event| event.name.as_str()).collect();
        assert_eq!(names, ["payment_error", name, name]);
        assert_eq!(text(&events[0], "code"), Some("unconfirmed"));
        assert_eq!(text(&events[0], "severity"), Some("soft"));
        assert_eq!(text(&events[0], "transaction_id"), Some("T1"));
        // The provider confirms it after all.
        page.report("purchase", only_id("T1"));
        assert_eq!(page.events()[0].items.len(), 1);
    }
    let mut page = Page::open();
    page.report(
        "purchase",
        bench("T1", &[("pending", PropValue::Bool(true))]),
    );
    page.track("payment_error");
    page.track("view_cart");
    assert_eq!(page.events().len(), 2, "the shop has reported it itself");
}

#[test]
fn an_exposure_is_reported_once_a_session() {
    let mut page = Page::open();
    let mut expose = |variant: &str, silence: i64| {
        page.now += silence;
        let props = [("experiment", "e1"), ("variant", variant)];
        let props = props.map(|(key, value)| (key.into(), PropValue::String(value.into())));
        let facts = Facts {
            props: props.into_iter().collect(),
            ..Facts::default()
        };
        page.report("experiment_exposure", facts);
        page.events().len()
    };
    let silence = SESSION_GAP_MILLIS + 1;
    let counts = [
        expose("a", 0),
        expose("a", 5),
        expose("b", 5),
        expose("a", silence),
    ];
    assert_eq!(counts, [1, 0, 1, 1]);
}
