//! Random events, full of ties, duplicates and gaps, and the slow way to make units of them.
//!
//! Everything here follows the written definitions row by row and shares no code with the dataset.

use analyzer::dataset::{BuildOptions, Dataset, DatasetBuilder};
use analyzer::row::{ItemRef, PropRef, Row};
use proptest::prelude::*;

/// One event that owns its texts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Event {
    pub(crate) ts: i64,
    pub(crate) seq: u32,
    pub(crate) tab: Option<&'static str>,
    pub(crate) id: Option<u128>,
    pub(crate) name: &'static str,
    pub(crate) page: Option<&'static str>,
    pub(crate) user: Option<&'static str>,
    pub(crate) visitor: Option<&'static str>,
}

pub(crate) const MINUTE: i64 = 60_000;
pub(crate) const GAP: i64 = 30 * MINUTE;
/// The range of times that a dataset takes.
pub(crate) const MAX_TS: i64 = 8_640_000_000_000_000;

impl Event {
    /// Property of the event. It follows from name and page, so that events which are alike in
    /// both are alike in everything.
    pub(crate) fn kind(&self) -> Option<&'static str> {
        match (self.name, self.page) {
            ("A", _) => Some("x"),
            ("B", Some(_)) => Some("y"),
            ("C", None) => Some("z"),
            _ => None,
        }
    }

    /// Another property, which events of different names share.
    pub(crate) fn lot(&self) -> Option<&'static str> {
        self.page.map(|page| if page == "/p" { "p" } else { "q" })
    }

    /// Id of the event's second item.
    pub(crate) fn second_item(&self) -> Option<&'static str> {
        (self.name == "D").then_some("/p")
    }

    /// Category of the event's first item.
    pub(crate) fn first_category(&self) -> Option<&'static str> {
        match (self.name, self.page) {
            ("A", _) => Some("shoes"),
            ("D", None | Some("/p")) => Some("hats"),
            _ => None,
        }
    }

    /// Category of the event's first item that has one.
    pub(crate) fn category(&self) -> Option<&'static str> {
        let has_items = matches!(self.name, "A" | "D");
        has_items.then(|| self.first_category().unwrap_or("extra"))
    }

    /// Amount in minor units, and its currency.
    pub(crate) fn amount(&self) -> Option<(i64, &'static str)> {
        match (self.name, self.page) {
            ("B", Some("/p")) => Some((250, "EUR")),
            ("B", _) | ("D", Some(_)) => Some((-3, "JPY")),
            ("C", _) => Some((1000, "")),
            _ => None,
        }
    }

    /// The order of one person's events.
    fn key(&self) -> impl Ord {
        (self.ts, self.seq, self.tab, self.id, self.name, self.page)
    }

    /// Whether it is known to come before another event of the same person.
    pub(crate) fn is_before(&self, other: &Self) -> bool {
        self.ts < other.ts
            || self.ts == other.ts
                && self.tab.is_some()
                && self.tab == other.tab
                && self.seq < other.seq
    }
}

pub(crate) fn build(events: &[Event], options: &BuildOptions) -> Dataset {
    let mut builder = DatasetBuilder::new(options.clone());
    for event in events {
        let kind = event.kind().map(|kind| ("kind", PropRef::String(kind)));
        let lot = event.lot().map(|lot| ("lot", PropRef::String(lot)));
        let props: Vec<(&str, PropRef<'_>)> = kind.into_iter().chain(lot).collect();
        let items = [
            ItemRef {
                item_id: event.page,
                item_category: event.first_category(),
                quantity: 1,
                ..ItemRef::default()
            },
            ItemRef {
                item_id: event.second_item(),
                item_category: Some("extra"),
                quantity: 2,
                ..ItemRef::default()
            },
        ];
        let row = Row {
            id: event.id,
            ts: event.ts,
            seq: event.seq,
            tab: event.tab,
            visitor: event.visitor,
            user: event.user,
            name: event.name,
            page: event.page,
            value_micros: event.amount().map(|(minor, currency)| match currency {
                "JPY" => minor * 1_000_000,
                _ => minor * 10_000,
            }),
            currency: event
                .amount()
                .map(|(_, currency)| currency)
                .filter(|text| !text.is_empty()),
            props: &props,
            items: if event.category().is_some() {
                &items
            } else {
                &[]
            },
        };
        builder.push(&row).unwrap();
    }
    builder.finish()
}

/// The events of each person, in order, by the written definitions.
pub(crate) fn people(events: &[Event], stitch: bool) -> Vec<Vec<Event>> {
    let mut kept: Vec<Event> = Vec::new();
    let mut sorted = events.to_vec();
    sorted.sort_by(|a, b| {
        a.key()
            .cmp(&b.key())
            .then_with(|| (a.user, a.visitor).cmp(&(b.user, b.visitor)))
    });
    for event in sorted {
        if event.id.is_none() || kept.iter().all(|other| other.id != event.id) {
            kept.push(event);
        }
    }
    let person = |event: &Event| -> (u8, &str) {
        if let Some(user) = event.user {
            return (0, user);
        }
        let Some(visitor) = event.visitor else {
            return (2, event.tab.unwrap());
        };
        let mut logins: Vec<&Event> = kept
            .iter()
            .filter(|login| login.visitor == Some(visitor) && login.user.is_some())
            .collect();
        logins.sort_by_key(|login| (login.ts, login.seq, login.user));
        let until = logins
            .iter()
            .rfind(|login| login.ts <= event.ts)
            .or(logins.first());
        match until {
            Some(login) if stitch => (0, login.user.unwrap()),
            _ => (1, visitor),
        }
    };
    let mut people: Vec<((u8, &str), Vec<Event>)> = Vec::new();
    for event in &kept {
        let key = person(event);
        match people.iter_mut().find(|person| person.0 == key) {
            Some(person) => person.1.push(event.clone()),
            None => people.push((key, vec![event.clone()])),
        }
    }
    people.into_iter().map(|person| person.1).collect()
}

/// The sessions of each person.
pub(crate) fn sessions(people: &[Vec<Event>]) -> Vec<Vec<Event>> {
    let mut sessions: Vec<Vec<Event>> = Vec::new();
    for person in people {
        for (index, event) in person.iter().enumerate() {
            if index == 0 || event.ts - person[index - 1].ts > GAP {
                sessions.push(Vec::new());
            }
            sessions.last_mut().unwrap().push(event.clone());
        }
    }
    sessions
}

fn maybe(values: &'static [&'static str]) -> impl Strategy<Value = Option<&'static str>> {
    prop_oneof![Just(None), prop::sample::select(values).prop_map(Some)]
}

prop_compose! {
    fn event()(
        ts in prop_oneof![
            8 => (0..8_i64).prop_map(|n| n * 10 * MINUTE),
            4 => (0..4_i64).prop_map(|n| n * 10 * MINUTE + 1),
            1 => prop::sample::select(vec![-MAX_TS, MAX_TS, -1, i64::from(u32::MAX)]),
        ],
        seq in 0..3_u32,
        tab in maybe(&["t1", "t2"]),
        id in prop_oneof![3 => Just(None), 1 => (1..12_u128).prop_map(Some)],
        name in prop_oneof![
            15 => prop::sample::select(&["A", "B", "C", "D"][..]),
            1 => prop::sample::select(&["R", "S"][..]),
        ],
        page in maybe(&["/p", "/q"]),
        user in prop_oneof![2 => Just(None), 1 => maybe(&["u1", "u2"])],
        visitor in maybe(&["v1", "v2", "v3"]),
    ) -> Event {
        let is_known = user.is_some() || visitor.is_some() || tab.is_some();
        Event { ts, seq, tab, id, name, page, user, visitor: if is_known { visitor } else { Some("v1") } }
    }
}

/// Up to 24 events of a handful of people, or a few that are nearly all simultaneous.
pub(crate) fn events() -> impl Strategy<Value = Vec<Event>> {
    let crowded = prop::collection::vec(event(), 0..9).prop_map(|mut events| {
        for event in &mut events {
            event.ts &= 1;
            event.visitor = Some("v1");
            event.user = None;
            event.tab = event.tab.or(Some("t1"));
        }
        events
    });
    prop_oneof![2 => prop::collection::vec(event(), 0..24), 1 => crowded]
}

/// Events of one person that often take one step after the other, in one session or in several.
pub(crate) fn lively() -> impl Strategy<Value = Vec<Event>> {
    let event = (
        event(),
        0..10_i64,
        prop::sample::select(&["A", "B", "C", "D"][..]),
        prop::option::weighted(0.8, Just("t1")),
    );
    let pace = prop::sample::select(&[10 * MINUTE, 20 * MINUTE][..]);
    (prop::collection::vec(event, 2..12), pace).prop_map(|(events, pace)| {
        let alone = |(event, n, name, tab)| Event {
            ts: n * pace,
            tab,
            id: None,
            name,
            user: None,
            visitor: Some("v1"),
            ..event
        };
        events.into_iter().map(alone).collect()
    })
}

/// How the dataset is built: with and without joining identities.
pub(crate) fn options() -> impl Strategy<Value = BuildOptions> {
    any::<bool>().prop_map(|stitch_identities| BuildOptions {
        stitch_identities,
        ..BuildOptions::default()
    })
}
