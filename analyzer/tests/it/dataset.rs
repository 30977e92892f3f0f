//! What a dataset keeps, by small examples.

use analyzer::dataset::{BuildOptions, Dataset, DatasetBuilder, RowError, TemplateOptions};
use analyzer::row::{ItemRef, PropRef, Row};
use analyzer::run;
use serde_json::{from_value, json, to_value};

use crate::events::{GAP, MAX_TS};

fn dataset(rows: &[Row<'_>], options: BuildOptions) -> Dataset {
    let mut builder = DatasetBuilder::new(options);
    for row in rows {
        builder.push(row).unwrap();
    }
    builder.finish()
}

fn row<'a>(ts: i64, visitor: &'a str, name: &'a str) -> Row<'a> {
    Row {
        ts,
        visitor: Some(visitor),
        name,
        ..Row::default()
    }
}

#[test]
fn a_summary_says_what_is_there() {
    let props = [
        ("plan", PropRef::String("pro")),
        ("n", PropRef::Number(f64::NAN)),
        ("plan", PropRef::Bool(true)),
    ];
    let items = [ItemRef {
        item_id: Some("1"),
        quantity: 1,
        ..ItemRef::default()
    }];
    let rows = [
        Row {
            id: Some(1),
            page: Some("https://shop.example/p/1?x"),
            props: &props,
            ..row(10, "v", "view")
        },
        Row {
            id: Some(1),
            ..row(10, "v", "view")
        },
        Row {
            value_micros: Some(1_000_000),
            currency: Some("eur"),
            items: &items,
            page: Some("/p/2"),
            ..row(20, "v", "buy")
        },
        Row {
            user: Some("u"),
            ..row(20 + GAP, "v", "view")
        },
        row(20, "w", "view"),
    ];
    let mut builder = DatasetBuilder::new(BuildOptions::default());
    rows.iter().for_each(|row| builder.push(row).unwrap());
    builder.set_rejected(7);
    assert_eq!(
        to_value(builder.finish().summary()).unwrap(),
        json!({
            "n_events": 4, "n_people": 2, "n_sessions": 2, "first_ts": 10, "last_ts": 20 + GAP,
            "names": [{"name": "view", "n_events": 3, "n_people": 2}, {"name": "buy", "n_events": 1, "n_people": 1}],
            "page_templates": [{"template": "/p/:id", "n_events": 1}],
            "props": [], "item_keys": ["item_id"], "currencies": ["EUR"],
            "n_duplicates": 1, "n_repeated_purchases": 0, "n_rejected": 7, "n_identities_merged": 1, "session_gap_millis": GAP,
            "core_bytes_per_event": 10.0,
        })
    );
}

#[test]
fn a_session_ends_after_a_longer_pause_than_the_gap() {
    let rows = [
        row(0, "v", "a"),
        row(GAP, "v", "a"),
        row(2 * GAP + 1, "v", "a"),
        row(0, "w", "a"),
    ];
    assert_eq!(dataset(&rows, BuildOptions::default()).n_sessions(), 3);
    assert_eq!(
        dataset(
            &rows,
            BuildOptions {
                session_gap_millis: GAP + 1,
                ..BuildOptions::default()
            }
        )
        .n_sessions(),
        2
    );
    assert_eq!(
        dataset(
            &rows,
            BuildOptions {
                session_gap_millis: -5,
                ..BuildOptions::default()
            }
        )
        .n_sessions(),
        4
    );
}

#[test]
fn ids_of_sessions_decide_where_both_neighbours_have_one() {
    let sessions = |ids: &[(i64, Option<&str>)]| {
        let mut builder = DatasetBuilder::new(BuildOptions::default());
        for &(ts, id) in ids {
            let props = id.map(|id| ("session_id", PropRef::String(id)));
            let row = Row {
                props: props.as_slice(),
                ..row(ts, "v", "a")
            };
            builder.push(&row).unwrap();
        }
        builder.finish().n_sessions()
    };
    let (short, long) = (1, GAP + 1);
    // Of two events: how far apart, their ids, how many sessions.
    for (pause, first, second, expected) in [
        (short, Some("s1"), Some("s2"), 2),
        (long, Some("s1"), Some("s1"), 1),
        (short, Some("s1"), None, 1),
        (long, None, Some("s1"), 2),
        (short, None, None, 1),
    ] {
        let found = sessions(&[(0, first), (pause, second)]);
        assert_eq!(found, expected, "{pause} {first:?} {second:?}");
    }
    let interleaved = [(0, Some("s1")), (1, Some("s2")), (2, Some("s1"))];
    assert_eq!(sessions(&interleaved), 3);
}

#[test]
fn identities_are_joined_as_logged_in() {
    let login = |ts, visitor, user| Row {
        user: Some(user),
        ..row(ts, visitor, "login")
    };
    let rows = [
        row(0, "shared", "before"),
        login(10, "shared", "ann"),
        row(15, "shared", "as ann"),
        login(20, "shared", "bob"),
        row(25, "shared", "as bob"),
        row(5, "alone", "anonymous"),
        Row {
            user: Some("ann"),
            ..Row {
                ts: 30,
                name: "elsewhere",
                ..Row::default()
            }
        },
    ];
    let joined = dataset(&rows, BuildOptions::default());
    assert_eq!(
        (joined.n_people(), joined.counts().n_identities_merged),
        (3, 1)
    );
    let apart = dataset(
        &rows,
        BuildOptions {
            stitch_identities: false,
            ..BuildOptions::default()
        },
    );
    assert_eq!(
        (apart.n_people(), apart.counts().n_identities_merged),
        (4, 0)
    );
    // A user and a visitor of the same id are two people.
    let namesakes = [
        Row {
            user: Some("x"),
            ts: 0,
            name: "a",
            ..Row::default()
        },
        row(0, "x", "a"),
    ];
    assert_eq!(dataset(&namesakes, BuildOptions::default()).n_people(), 2);
}

#[test]
fn rows_that_cannot_be_events_are_refused() {
    let mut builder = DatasetBuilder::new(BuildOptions::default());
    let cases = [
        (row(0, "v", ""), RowError::EmptyName),
        (row(MAX_TS + 1, "v", "a"), RowError::TimeOutOfRange),
        (row(i64::MIN, "v", "a"), RowError::TimeOutOfRange),
        (row(0, "", "a"), RowError::NoPerson),
    ];
    for (row, error) in cases {
        assert_eq!(builder.push(&row), Err(error));
    }
    assert_eq!(
        builder.finish(),
        DatasetBuilder::new(BuildOptions::default()).finish()
    );
}

#[test]
fn core_columns_take_at_most_16_bytes_an_event() {
    let names: Vec<String> = (0..60_000).map(|n| format!("event {n}")).collect();
    let pages: Vec<String> = (0..60_000).map(|n| format!("page {n}")).collect();
    let shop = |n_names: usize, span: i64| {
        let mut builder = DatasetBuilder::new(BuildOptions {
            template: TemplateOptions {
                enabled: false,
                ..TemplateOptions::default()
            },
            ..BuildOptions::default()
        });
        for n in 0..60_000 {
            let row = Row {
                page: Some(&pages[n % n_names]),
                ..row(n as i64 * span, "v", &names[n % n_names])
            };
            builder.push(&row).unwrap();
        }
        builder.finish().core_bytes_per_event()
    };
    assert_eq!(shop(200, 1_000), 10.0);
    assert_eq!(shop(200, 1_000_000), 14.0);
    assert_eq!(shop(60_000, 1_000_000), 16.0);
}

#[test]
fn a_value_that_is_not_said_is_what_the_items_cost() {
    let item = |price: Option<i64>, quantity| ItemRef {
        item_id: Some("1"),
        price_micros: price,
        quantity,
        ..ItemRef::default()
    };
    let priced = [item(Some(12_500_000), 2), item(Some(330_000), 1)];
    let value = |row: Row<'_>| {
        let dataset = dataset(&[row], BuildOptions::default());
        let request =
            from_value(json!({"analysis": "exact_paths", "goal": {"name": row.name}})).unwrap();
        let report = to_value(run(&dataset, &request).unwrap()).unwrap();
        report["paths"][0]["value"].clone()
    };
    let bought = Row {
        currency: Some("EUR"),
        items: &priced,
        ..row(0, "v", "purchase")
    };
    let unpriced = [priced[0], item(None, 1)];
    let immense = [item(Some(i64::MAX), 2)];
    for (row, expected) in [
        (bought, json!([{"currency": "EUR", "minor": 2533}])),
        (
            Row {
                currency: Some("jpy"),
                ..bought
            },
            json!([{"currency": "JPY", "minor": 25}]),
        ),
        (
            Row {
                value_micros: Some(1_000_000),
                ..bought
            },
            json!([{"currency": "EUR", "minor": 100}]),
        ),
        (
            Row {
                currency: None,
                ..bought
            },
            json!([]),
        ),
        (
            Row {
                name: "view_item_list",
                ..bought
            },
            json!([]),
        ),
        (
            Row {
                items: &unpriced,
                ..bought
            },
            json!([]),
        ),
        (
            Row {
                items: &immense,
                ..bought
            },
            json!([]),
        ),
        (
            Row {
                items: &[],
                ..bought
            },
            json!([]),
        ),
    ] {
        assert_eq!(value(row), expected, "{row:?}");
    }
}
