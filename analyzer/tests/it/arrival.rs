//! In whatever order events arrive, the dataset and every report are the same.

use analyzer::dataset::DatasetBuilder;
use analyzer::row::{ItemRef, PropRef, Row};
use analyzer::run;
use proptest::prelude::*;

use crate::events::{build, events, options};
use crate::requests::request;

/// What is random about a row beside the event itself: amount, currency, number, item.
type Extra = (
    Option<i64>,
    Option<&'static str>,
    Option<u8>,
    Option<&'static str>,
);

fn extra() -> impl Strategy<Value = Extra> {
    let amount = prop::option::of(0..3_i64);
    let currency = prop::option::of(prop::sample::select(&["EUR", "jpy"][..]));
    (
        amount,
        currency,
        prop::option::of(0..2_u8),
        prop::option::of(prop::sample::select(&["1", "2"][..])),
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]
    #[test]
    fn the_order_of_arrival_changes_nothing(
        (events, shuffled) in events().prop_flat_map(|events| (Just(events.clone()), Just(events).prop_shuffle())),
        options in options(),
        request in request(),
    ) {
        let (a, b) = (build(&events, &options), build(&shuffled, &options));
        prop_assert_eq!(&a, &b);
        prop_assert_eq!(serde_json::to_string(&a.summary()).unwrap(), serde_json::to_string(&b.summary()).unwrap());
        let json = |dataset| serde_json::to_string(&run(dataset, &request).unwrap()).unwrap();
        prop_assert_eq!(json(&a), json(&b));
    }

    #[test]
    fn rows_that_differ_only_in_what_is_beside_are_ordered_too(
        (rows, shuffled) in prop::collection::vec((0..2_i64, 0..3_u128, extra()), 0..10)
            .prop_flat_map(|rows| (Just(rows.clone()), Just(rows).prop_shuffle())),
    ) {
        let build = |rows: &[(i64, u128, Extra)]| {
            let mut builder = DatasetBuilder::new(Default::default());
            for &(ts, id, (amount, currency, number, item)) in rows {
                let props: Vec<(&str, PropRef<'_>)> = number.map(|n| ("n", PropRef::Number(n.into()))).into_iter().collect();
                let items: Vec<ItemRef<'_>> = item.map(|id| ItemRef { item_id: Some(id), ..Default::default() }).into_iter().collect();
                let row = Row {
                    id: (id > 0).then_some(id), ts, visitor: Some("v"), name: "A",
                    value_micros: amount.map(|amount| amount * 1_000_000), currency, props: &props, items: &items,
                    ..Default::default()
                };
                builder.push(&row).unwrap();
            }
            builder.finish()
        };
        prop_assert_eq!(build(&rows), build(&shuffled));
    }
}
