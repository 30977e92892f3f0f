//! Believable traffic of a shop: who comes, how often, when and from where. What they do is a visit's part.

use event::{Event, Source, Touch, Uuid};

use crate::catalogue::{Shelf, shelves};
use crate::random::Random;
use crate::visit::Visit;

/// How much traffic, and which.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// How many people come.
    pub n_people: usize,
    /// How many events they make, about: within a tenth where everybody comes at least once.
    pub n_events: usize,
    /// Over how many days.
    pub n_days: u32,
    /// When the last of these days ends, in milliseconds since the Unix epoch. No event is later.
    pub end_ts: i64,
    /// Another seed is other traffic with the same habits.
    pub seed: u64,
}

/// Events of a first visit in the mean, and of a later one: by these [`Options::n_events`] becomes a number of visits.
const EVENTS_PER_VISIT: (f64, f64) = (13.5, 17.7);

const DAY_MILLIS: i64 = 86_400_000;

/// How busy each hour of the day is, from midnight UTC.
const HOURS: [(u32, i64); 24] = [
    (2, 0),
    (1, 1),
    (1, 2),
    (1, 3),
    (1, 4),
    (2, 5),
    (4, 6),
    (7, 7),
    (9, 8),
    (10, 9),
    (11, 10),
    (12, 11),
    (13, 12),
    (11, 13),
    (10, 14),
    (10, 15),
    (11, 16),
    (12, 17),
    (14, 18),
    (17, 19),
    (18, 20),
    (15, 21),
    (9, 22),
    (4, 23),
];

/// Where first visits come from.
const CHANNELS: [(u32, Channel); 6] = [
    (
        22,
        Channel {
            name: "direct",
            source: "",
            medium: "",
            referrer: "",
        },
    ),
    (
        34,
        Channel {
            name: "organic_search",
            source: "google",
            medium: "organic",
            referrer: "www.google.com",
        },
    ),
    (
        18,
        Channel {
            name: "paid_search",
            source: "google",
            medium: "cpc",
            referrer: "www.google.com",
        },
    ),
    (
        14,
        Channel {
            name: "social",
            source: "instagram",
            medium: "social",
            referrer: "l.instagram.com",
        },
    ),
    (
        5,
        Channel {
            name: "email",
            source: "newsletter",
            medium: "email",
            referrer: "",
        },
    ),
    (
        7,
        Channel {
            name: "referral",
            source: "",
            medium: "",
            referrer: "kitchen-notes.example",
        },
    ),
];

/// Where later visits come from.
const CHANNELS_OF_RETURN: [(u32, Channel); 4] = [
    (
        46,
        Channel {
            name: "direct",
            source: "",
            medium: "",
            referrer: "",
        },
    ),
    (
        24,
        Channel {
            name: "organic_search",
            source: "google",
            medium: "organic",
            referrer: "www.google.com",
        },
    ),
    (
        20,
        Channel {
            name: "email",
            source: "newsletter",
            medium: "email",
            referrer: "",
        },
    ),
    (
        10,
        Channel {
            name: "paid_search",
            source: "google",
            medium: "cpc",
            referrer: "www.google.com",
        },
    ),
];

struct Channel {
    name: &'static str,
    source: &'static str,
    medium: &'static str,
    referrer: &'static str,
}

impl Channel {
    fn touch(&self) -> Touch {
        let text = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        let is_paid = self.name == "paid_search";
        Touch {
            channel: text(self.name),
            utm_source: text(self.source).filter(|_| is_paid || self.medium == "email"),
            utm_medium: text(self.medium).filter(|_| is_paid || self.medium == "email"),
            utm_campaign: is_paid.then(|| "kettles-autumn".to_owned()),
            click_id: is_paid.then(|| "gclid".to_owned()),
            referrer: text(self.referrer),
            ..Touch::default()
        }
    }
}

/// All events, in the order of their time.
///
/// ```
/// use bench::traffic::{Options, events};
///
/// let options = Options { n_people: 1_300, n_events: 20_000, n_days: 30, end_ts: 1_763_000_000_000, seed: 7 };
/// let events = events(&options);
/// assert!((18_000..22_000).contains(&events.len()));
/// assert!(events.is_sorted_by_key(|event| event.ts));
/// ```
pub fn events(options: &Options) -> Vec<Event> {
    let mut events: Vec<Event> = people(options).flatten().collect();
    events.sort_by_key(|event| (event.ts, event.id));
    events
}

/// The events of one person after another, each person's in the order of their time; one person at a time, so
/// that millions of events need not be held at once.
pub fn people(options: &Options) -> impl Iterator<Item = Vec<Event>> {
    let options = options.clone();
    let shelves = shelves();
    (0..options.n_people).map(move |index| person(&options, &shelves, index))
}

/// The events as a collector exports them: one JSON object a line, person by person.
pub fn ndjson(options: &Options) -> String {
    let mut out = String::new();
    for event in people(options).flatten() {
        event::json::write_event(&mut out, &event, event::json::std_float);
        out.push('\n');
    }
    out
}

/// The events as a flat table with the columns `user_id,event_time,event_type,product_id,category,brand,price`,
/// person by person: the shape in which shops often export them.
pub fn csv(options: &Options) -> String {
    let mut out = String::from("user_id,event_time,event_type,product_id,category,brand,price\n");
    for event in people(options).flatten() {
        let item = event.items.first();
        let field = |text: Option<&Option<String>>| {
            text.and_then(Option::as_deref)
                .unwrap_or_default()
                .to_owned()
        };
        out.push_str(event.visitor.as_deref().unwrap_or_default());
        out.push(',');
        out.push_str(&event.ts.to_string());
        for text in [
            event.name,
            field(item.map(|item| &item.item_id)),
            field(item.map(|item| &item.item_category)),
            field(item.map(|item| &item.item_brand)),
        ] {
            out.push(',');
            out.push_str(&text);
        }
        out.push(',');
        if let Some(price) = item.and_then(|item| item.price) {
            price.write(&mut out);
        }
        out.push('\n');
    }
    out
}

/// Everything one person does.
fn person(options: &Options, shelves: &[Shelf], index: usize) -> Vec<Event> {
    // Each person has their own randomness, so that a person does not depend on those before.
    let mut random = Random::new(options.seed ^ Random::new(index as u64 + 1).bits());
    let random = &mut random;
    let (first_visit, later_visit) = EVENTS_PER_VISIT;
    let events_each = options.n_events as f64 / options.n_people.max(1) as f64;
    let n_visits = 1 + random.geometric((events_each - first_visit) / later_visit);
    let mut starts: Vec<i64> = (0..n_visits).map(|_| start(options, random)).collect();
    starts.sort_unstable();

    // Some have an account; some of these use a second device.
    let account = random
        .chance(0.35)
        .then(|| format!("customer-{}", 10_000 + index));
    let devices = [uuid(random), uuid(random)];
    let n_devices = if account.is_some() && random.chance(0.4) {
        2
    } else {
        1
    };
    let eagerness = 0.4 + 1.2 * random.share();

    let mut events = Vec::new();
    let mut first = None;
    let mut known_on = [false; 2];
    for (position, start) in starts.into_iter().enumerate() {
        let start = start.max(
            events
                .last()
                .map_or(start, |event: &Event| event.ts + 1_800_001),
        );
        let channels: &[(u32, Channel)] = if position == 0 {
            &CHANNELS
        } else {
            &CHANNELS_OF_RETURN
        };
        let touch = random.weighted(channels).touch();
        let first = first.get_or_insert_with(|| touch.clone());
        let device = random.below(n_devices);
        let mut visit = Visit::new(random, shelves, start, eagerness);
        visit.visitor = devices[device].clone();
        visit.source = Source {
            first: Some(first.clone()),
            last: Some(touch),
        };
        visit.account = account.clone();
        visit.is_known = known_on[device];
        visit.is_return = position > 0;
        visit.walk();
        known_on[device] = visit.is_known;
        events.append(&mut visit.events);
    }
    // A refund may come days later, between the events of other visits.
    events.sort_by_key(|event| event.ts);
    events.retain(|event| event.ts <= options.end_ts);
    events
}

/// When a visit begins: some day, less often at the weekend, mostly by daylight.
fn start(options: &Options, random: &mut Random) -> i64 {
    let n_days = i64::from(options.n_days.max(1));
    loop {
        let before_end = random.below(n_days as usize + 1) as i64 * DAY_MILLIS;
        let midnight = (options.end_ts - before_end).div_euclid(DAY_MILLIS) * DAY_MILLIS;
        // 1970-01-01 was a Thursday.
        let is_weekend = matches!(midnight.div_euclid(DAY_MILLIS).rem_euclid(7), 2 | 3);
        let hour = random.weighted(&HOURS);
        let ts = midnight + hour * 3_600_000 + random.below(3_600_000) as i64;
        let is_within = ts > options.end_ts - n_days * DAY_MILLIS && ts < options.end_ts;
        if is_within && !(is_weekend && random.chance(0.25)) {
            return ts;
        }
    }
}

/// A random id, written as trackers write it.
pub(crate) fn uuid(random: &mut Random) -> String {
    let bits = (u128::from(random.bits()) << 64) | u128::from(random.bits());
    uuid::Builder::from_random_bytes(bits.to_be_bytes())
        .into_uuid()
        .to_string()
}

/// The id of an event: UUID version 7, of its time.
pub(crate) fn event_id(random: &mut Random, ts: i64) -> Uuid {
    let bits = (u128::from(random.bits()) << 64) | u128::from(random.bits());
    let mut tail = [0; 10];
    tail.copy_from_slice(&bits.to_be_bytes()[..10]);
    uuid::Builder::from_unix_timestamp_millis(ts.unsigned_abs(), &tail).into_uuid()
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use event::{PropValue, kinds};

    use super::*;

    const OPTIONS: Options = Options {
        n_people: 700,
        n_events: 20_000,
        n_days: 30,
        end_ts: 1_763_780_000_000,
        seed: 1,
    };

    #[test]
    fn every_event_is_valid_and_within_the_period() {
        let events = events(&OPTIONS);
        let ids: BTreeSet<Uuid> = events.iter().map(|event| event.id).collect();
        assert_eq!(ids.len(), events.len());
        for event in &events {
            assert_eq!(event.validate(), Ok(()), "{event:?}");
            assert!(
                event.ts <= OPTIONS.end_ts && event.ts > OPTIONS.end_ts - 31 * DAY_MILLIS,
                "{event:?}"
            );
        }
        let n_expected = OPTIONS.n_events as f64;
        let n_events = events.len() as f64;
        assert!(
            (0.9 * n_expected..1.1 * n_expected).contains(&n_events),
            "{n_events}"
        );
    }

    #[test]
    fn the_same_options_give_the_same_events() {
        assert_eq!(events(&OPTIONS), events(&OPTIONS));
        assert_ne!(events(&OPTIONS), events(&Options { seed: 2, ..OPTIONS }));
    }

    #[test]
    fn each_step_of_the_checkout_loses_some() {
        let events = events(&OPTIONS);
        let steps = [
            kinds::VIEW_ITEM,
            kinds::ADD_TO_CART,
            kinds::BEGIN_CHECKOUT,
            kinds::ADD_SHIPPING_INFO,
            kinds::ADD_PAYMENT_INFO,
        ];
        let n_people = |name: &str| {
            let there = events.iter().filter(|event| event.name == name);
            there
                .map(|event| event.visitor.as_deref())
                .collect::<BTreeSet<_>>()
                .len()
        };
        let counts = steps.map(n_people);
        assert!(
            counts.is_sorted_by(|before, after| before > after),
            "{counts:?}"
        );
        let orders: BTreeSet<String> = events
            .iter()
            .filter(|event| event.name == kinds::PURCHASE)
            .filter_map(|event| match event.props.get("transaction_id") {
                Some(PropValue::String(id)) => Some(id.clone()),
                _ => None,
            })
            .collect();
        assert!(
            (40..counts[4] * 2).contains(&orders.len()),
            "{} orders, {counts:?}",
            orders.len()
        );
        assert!(n_people(kinds::PAYMENT_ERROR) > 0 && n_people(kinds::REFUND) > 0);
    }

    #[test]
    fn some_users_have_two_devices() {
        let mut visitors: BTreeMap<String, BTreeSet<Option<String>>> = BTreeMap::new();
        for event in events(&OPTIONS) {
            if let Some(user) = event.user {
                visitors.entry(user).or_default().insert(event.visitor);
            }
        }
        assert!(visitors.values().any(|devices| devices.len() == 2));
        assert!(visitors.values().any(|devices| devices.len() == 1));
    }
}
