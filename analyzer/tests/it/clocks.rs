//! What is said of the clocks, against the written definition and by example.

use analyzer::dataset::{BuildOptions, DatasetBuilder};
use analyzer::row::Row;
use proptest::prelude::*;

use crate::events::{Event, build, events, options, people};

/// Events of one tab, in the order of time.
fn n_out_of_order(tab: &[&Event]) -> u64 {
    let lowest = tab.iter().map(|event| event.seq).min();
    let n_lowest = tab.iter().filter(|event| Some(event.seq) == lowest).count();
    if n_lowest > 1 {
        return 0;
    }
    let is_back = |index: usize| {
        tab[..index]
            .iter()
            .any(|before| before.seq > tab[index].seq)
    };
    (0..tab.len()).filter(|&index| is_back(index)).count() as u64
}

proptest! {
    #[test]
    fn events_are_out_of_order_where_times_go_back_and_numbers_on(events in events(), options in options()) {
        let people = people(&events, options.stitch_identities);
        let in_tab = |person: &[Event], tab| {
            let events: Vec<&Event> = person.iter().filter(|event| event.tab == Some(tab)).collect();
            n_out_of_order(&events)
        };
        let expected: u64 = people.iter().flat_map(|person| ["t1", "t2"].map(|tab| in_tab(person, tab))).sum();
        prop_assert_eq!(build(&events, &options).counts().n_out_of_order, expected);
    }
}

#[test]
fn ids_that_hold_a_time_show_a_clock_that_is_off() {
    const TS: i64 = 1_763_780_000_000;
    let id = |version: u128, millis: i64| (millis as u128) << 80 | version << 76 | 2 << 62 | 5;
    let cases = [
        (None, 0),
        (Some(id(7, TS)), 0),
        (Some(id(7, TS - 60_000)), 0),
        (Some(id(7, TS - 60_001)), 1),
        (Some(id(7, TS + 60_001)), 1),
        (Some(id(4, TS + 60_001)), 0),
        (Some(id(7, TS + 60_001) ^ 1 << 63), 0),
    ];
    for (id, expected) in cases {
        let mut builder = DatasetBuilder::new(BuildOptions::default());
        let row = Row {
            id,
            ts: TS,
            visitor: Some("v"),
            name: "a",
            ..Row::default()
        };
        builder.push(&row).unwrap();
        let counts = builder.finish().counts();
        assert_eq!(counts.n_clock_skewed, expected, "{id:?}");
    }
}
