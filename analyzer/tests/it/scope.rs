//! A report of a scope is the report of a dataset that holds nothing but what the scope leaves.

use analyzer::analysis::dates::{Dates, Moment};
use analyzer::analysis::scope::{Bots, Recent, Scope};
use analyzer::analysis::segment::{Did, Segment, ValueSum};
use analyzer::analysis::time_zone::Transitions;
use analyzer::analysis::{CompareConfig, Job, Unit};
use analyzer::dataset::{Dataset, DatasetBuilder};
use analyzer::pattern::{Automaton, Pattern};
use analyzer::row::{ItemRef, PropRef, Row};
use analyzer::{Report, Request, run};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::events::{Event, GAP, MINUTE, events, options, people};
use crate::requests::{filter, holds, request};

/// How likely it is that a program sent an event. It follows from the event's name and page.
fn bot_score(event: &Event) -> Option<f64> {
    match (event.name, event.page) {
        ("C", Some("/q")) => Some(0.9),
        ("D", _) => Some(0.5),
        _ => None,
    }
}

/// What an event is worth, in minor units.
fn amount(event: &Event) -> Option<(i64, &'static str)> {
    match (event.name, event.page) {
        ("A", _) => Some((150, "EUR")),
        ("B", Some(_)) => Some((-20, "EUR")),
        ("C", _) => Some((400, "JPY")),
        _ => None,
    }
}

/// `events.rs` has no bots and no amounts; here they are, beside all else.
fn build(events: &[Event], options: &analyzer::dataset::BuildOptions) -> Dataset {
    let mut builder = DatasetBuilder::new(options.clone());
    for event in events {
        let kind = event.kind().map(|kind| ("kind", PropRef::String(kind)));
        let lot = event.lot().map(|lot| ("lot", PropRef::String(lot)));
        let score = bot_score(event).map(|score| ("bot_score", PropRef::Number(score)));
        let props: Vec<(&str, PropRef<'_>)> = kind.into_iter().chain(lot).chain(score).collect();
        let item = |item_id, item_category, quantity| ItemRef {
            item_id,
            item_category,
            quantity,
            ..ItemRef::default()
        };
        let items = [
            item(event.page, event.first_category(), 1),
            item(event.second_item(), Some("extra"), 2),
        ];
        let amount = amount(event);
        let micros = |(minor, currency): (i64, &str)| match currency {
            "JPY" => minor * 1_000_000,
            _ => minor * 10_000,
        };
        let row = Row {
            id: event.id,
            ts: event.ts,
            seq: event.seq,
            tab: event.tab,
            visitor: event.visitor,
            user: event.user,
            name: event.name,
            page: event.page,
            value_micros: amount.map(micros),
            currency: amount.map(|amount| amount.1),
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

fn is_in(dates: Option<&Dates>, ts: i64) -> bool {
    let bound = |moment: &Option<Moment>, without: i64| match moment {
        Some(Moment::Ts(ts)) => *ts,
        Some(Moment::Date(text)) => format!("{text}T00:00:00Z")
            .parse::<jiff::Timestamp>()
            .unwrap()
            .as_millisecond(),
        None => without,
    };
    dates.is_none_or(|dates| {
        (bound(&dates.from, i64::MIN)..bound(&dates.to, i64::MAX)).contains(&ts)
    })
}

fn meets(segment: &Segment, events: &[Event]) -> bool {
    match segment {
        Segment::Did(did) => {
            let n = events
                .iter()
                .filter(|event| holds(&did.filter, event) && is_in(did.dates.as_ref(), event.ts))
                .count() as u64;
            let least = did.at_least.unwrap_or(u64::from(did.at_most.is_none()));
            n >= least && n <= did.at_most.unwrap_or(u64::MAX)
        }
        Segment::First(filter) => holds(filter, &events[0]),
        Segment::Last(filter) => holds(filter, events.last().unwrap()),
        Segment::Sequence(pattern) => {
            let pattern: Pattern = pattern.parse().unwrap();
            let mut path: Vec<&str> = events.iter().map(|event| event.name).collect();
            path.dedup();
            let labels: Vec<String> = ["A", "B", "C", "D", "R", "S"].map(str::to_owned).to_vec();
            let nodes: Vec<u32> = path
                .iter()
                .map(|name| labels.iter().position(|label| label == name).unwrap() as u32)
                .collect();
            Automaton::new(&pattern, &labels).is_match(&nodes)
        }
        Segment::Value(sum) => {
            let total: i64 = events
                .iter()
                .filter(|event| holds(&sum.filter, event) && is_in(sum.dates.as_ref(), event.ts))
                .filter_map(amount)
                .filter(|amount| amount.1 == sum.currency)
                .map(|amount| amount.0)
                .sum();
            total >= sum.at_least_minor.unwrap_or(i64::MIN)
                && total <= sum.at_most_minor.unwrap_or(i64::MAX)
        }
        Segment::All(segments) => segments.iter().all(|segment| meets(segment, events)),
        Segment::Any(segments) => segments.iter().any(|segment| meets(segment, events)),
        Segment::Not(segment) => !meets(segment, events),
    }
}

/// The events that a scope leaves, each with its unit written where the user stands.
fn left(events: &[Event], stitch: bool, scope: &Scope, unit: Unit) -> Vec<Event> {
    let mut left = Vec::new();
    for (person, events) in people(events, stitch).into_iter().enumerate() {
        let mut session = 0;
        let mut sessions: Vec<(usize, Event)> = Vec::new();
        for (index, event) in events.iter().enumerate() {
            session += usize::from(index > 0 && event.ts - events[index - 1].ts > GAP);
            let is_bot = bot_score(event).is_some_and(|score| score > scope.bots.threshold);
            if !(is_bot && scope.bots.exclude) {
                sessions.push((session, event.clone()));
            }
        }
        let of = |session: Option<usize>| -> Vec<Event> {
            let events = sessions
                .iter()
                .filter(|(of, _)| session.is_none_or(|session| *of == session));
            events.map(|(_, event)| event.clone()).collect()
        };
        let all = of(None);
        if all.is_empty()
            || scope
                .people
                .as_ref()
                .is_some_and(|segment| !meets(segment, &all))
        {
            continue;
        }
        for (session, event) in &sessions {
            let events = of(Some(*session));
            let is_left = scope
                .sessions
                .as_ref()
                .is_none_or(|segment| meets(segment, &events))
                && scope
                    .events
                    .as_ref()
                    .is_none_or(|filter| holds(filter, event))
                && is_in(scope.dates.as_ref(), event.ts);
            let user = match unit {
                Unit::Person => format!("{person:03}"),
                Unit::Session => format!("{person:03} {session:03}"),
            };
            if is_left {
                left.push(Event {
                    user: Some(user.leak()),
                    ..event.clone()
                });
            }
        }
    }
    left
}

fn dates() -> impl Strategy<Value = Dates> {
    let moment = || {
        prop::option::of(prop_oneof![
            (-1..9_i64).prop_map(|n| Moment::Ts(n * 10 * MINUTE)),
            Just(Moment::Date("1970-01-01".to_owned())),
        ])
    };
    (moment(), moment())
        .prop_map(|(from, to)| Dates {
            from,
            to,
            ..Dates::default()
        })
        .prop_map(|mut dates| {
            let ts = |moment: &Option<Moment>| match moment {
                Some(Moment::Ts(ts)) => Some(*ts),
                Some(Moment::Date(_)) => Some(0),
                None => None,
            };
            if let (Some(from), Some(to)) = (ts(&dates.from), ts(&dates.to))
                && from >= to
            {
                dates.to = Some(Moment::Ts(from + MINUTE));
            }
            dates
        })
}

fn segment() -> impl Strategy<Value = Segment> {
    let did = (
        filter(),
        prop::option::of(0..3_u64),
        prop::option::of(2..4_u64),
        prop::option::of(dates()),
    )
        .prop_map(|(filter, at_least, at_most, dates)| {
            Segment::Did(Did {
                filter,
                at_least,
                at_most,
                dates,
            })
        });
    let value = (
        filter(),
        prop::sample::select(&["EUR", "JPY", "USD"][..]),
        -50..400_i64,
        prop::option::of(dates()),
    )
        .prop_map(|(filter, currency, least, dates)| {
            Segment::Value(ValueSum {
                filter,
                currency: currency.to_owned(),
                at_least_minor: Some(least),
                at_most_minor: Some(least + 200),
                dates,
            })
        });
    let leaf = prop_oneof![
        4 => did,
        1 => filter().prop_map(Segment::First),
        1 => filter().prop_map(Segment::Last),
        1 => prop::sample::select(&["A -> .* -> B", "^ -> A", "C -> $", "D"][..]).prop_map(|text| Segment::Sequence(text.to_owned())),
        1 => value,
    ];
    leaf.prop_recursive(2, 4, 2, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Segment::All),
            prop::collection::vec(inner.clone(), 0..3).prop_map(Segment::Any),
            inner.prop_map(|segment| Segment::Not(Box::new(segment))),
        ]
    })
}

prop_compose! {
    /// Scopes of every kind.
    pub(crate) fn scope()(
        dates in prop::option::weighted(0.3, dates()),
        events in prop::option::weighted(0.3, filter()),
        sessions in prop::option::weighted(0.3, segment()),
        people in prop::option::weighted(0.3, segment()),
        exclude in any::<bool>(),
        threshold in prop::sample::select(&[0.4, 0.5, 0.9][..]),
    ) -> Scope {
        Scope { dates, events, sessions, people, bots: Bots { exclude, threshold } }
    }
}

/// Asks the same of another scope, and for units of people where `as_people`.
fn with(
    request: &Request,
    scope: &Scope,
    as_people: bool,
    data_end: Option<i64>,
) -> (Request, Unit) {
    let mut json = serde_json::to_value(request).unwrap();
    let unit = match request {
        Request::Carts(_) => Unit::Person,
        Request::Friction(_) => Unit::Session,
        _ => serde_json::from_value(json["unit"].clone()).unwrap(),
    };
    json["scope"] = serde_json::to_value(scope).unwrap();
    if as_people && json["unit"].is_string() {
        json["unit"] = json!("person");
    }
    if let Request::Funnel(_) | Request::Carts(_) = request {
        json["data_end_ts"] = json!(data_end);
    }
    if unit == Unit::Session {
        // The twin has a person for each session, so nothing can be asked across them.
        if json["breakdown"].is_object() {
            json["breakdown"] = Value::Null;
        }
        if json["node"]["stage"].is_array() {
            json["node"] = json!("name");
        }
    }
    let mut request: Request = serde_json::from_value(json).unwrap();
    request.resolve_time_zones(&mut |_| Some(Transitions::new(345 * 60, [])));
    (request, unit)
}

fn numbers(dataset: &Dataset, request: &Request) -> Value {
    let mut report = serde_json::to_value(run(dataset, request).unwrap()).unwrap();
    report["warnings"] = Value::Null;
    report
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]
    #[test]
    fn a_scope_leaves_what_it_says(events in events(), options in options(), request in request(), scope in scope()) {
        let dataset = build(&events, &options);
        // A session that loses events in its middle may be two of the twin's, with two first events.
        prop_assume!(!format!("{request:?}").contains("FirstInSession"));
        let (scoped, unit) = with(&request, &scope, false, None);
        let left = left(&events, options.stitch_identities, &scope, unit);
        let to = match scope.dates.as_ref().and_then(|dates| dates.to.as_ref()) {
            Some(Moment::Ts(ts)) => *ts,
            Some(Moment::Date(_)) => 0,
            None => i64::MAX,
        };
        let data_end = dataset.last_ts().map(|ts| ts.min(to.saturating_sub(1)));
        let everything = Scope { bots: Bots { exclude: false, ..Bots::default() }, ..Scope::default() };
        let (plain, _) = with(&request, &everything, true, data_end.or(Some(i64::MIN)));
        let found = numbers(&dataset, &scoped);
        let mut options = options;
        if let Request::Friction(_) = request {
            // Each session is a person of the twin, and must not be cut once more.
            options.session_gap_millis = i64::MAX;
        }
        let expected = numbers(&build(&left, &options), &plain);
        prop_assert_eq!(found, expected);
    }

    #[test]
    fn shares_of_a_scope_add_up(events in events(), options in options(), request in request(), scope in scope(), n_shares in 1..4_usize) {
        let dataset = build(&events, &options);
        let (request, _) = with(&request, &scope, false, None);
        let compare = Request::Compare(CompareConfig {
            request: Box::new(with(&request, &Scope::default(), false, None).0),
            a: scope.clone(),
            b: analyzer::analysis::compare::Other::Scope(Box::default()),
        });
        for request in [request, compare] {
            let scoped = Job::scopes(&dataset, &request, &mut Recent::default()).unwrap();
            let mut shares = (0..n_shares).rev().map(|share| {
                let mut job = Job::share(&dataset, &request, &scoped, share, n_shares).unwrap();
                while job.step(&dataset, 1) < 1.0 {}
                job
            });
            let mut job = shares.next().unwrap();
            shares.for_each(|other| job.merge(other));
            prop_assert_eq!(job.finish(&dataset), run(&dataset, &request).unwrap());
        }
    }
}

fn ask(dataset: &Dataset, request: Value) -> Result<Report, String> {
    let mut request: Request = serde_json::from_value(request).unwrap();
    request.resolve_time_zones(&mut |name| {
        analyzer::analysis::time_zone::transitions(name, -1_000_000..=1_000_000)
    });
    run(dataset, &request).map_err(|error| error.to_string())
}

fn event(ts: i64, name: &'static str, page: Option<&'static str>) -> Event {
    Event {
        ts,
        seq: 0,
        tab: None,
        id: None,
        name,
        page,
        user: None,
        visitor: Some("v1"),
    }
}

#[test]
fn requests_that_make_no_sense_are_refused() {
    let dataset = build(&[event(0, "A", None)], &Default::default());
    let cases = [
        (
            json!({"dates": {"from": "1970-01-02", "to": "1970-01-02"}}),
            "scope.dates ends before it begins",
        ),
        (
            json!({"dates": {"from": "1970-02-30"}}),
            "scope.dates.from is `1970-02-30`",
        ),
        (
            json!({"dates": {"from": "1970-01-01", "time_zone": "Europe/Atlantis"}}),
            "scope.dates.time_zone `Europe/Atlantis` is not a known time zone",
        ),
        (json!({"events": {"name": ""}}), "scope.events is empty"),
        (
            json!({"people": {"sequence": "A -> ["}}),
            "scope.people has a pattern that cannot be read",
        ),
        (
            json!({"people": {"did": {"filter": {"name": "A"}, "at_least": 2, "at_most": 1}}}),
            "nobody can meet that",
        ),
        (
            json!({"sessions": {"value": {"filter": {"all": []}, "currency": "EUR"}}}),
            "scope.sessions needs `at_least_minor`",
        ),
        (
            json!({"bots": {"threshold": 2.0}}),
            "scope.bots.threshold is 2; give 0 to 1",
        ),
    ];
    for (scope, problem) in cases {
        let error = ask(&dataset, json!({"analysis": "paths", "scope": scope})).unwrap_err();
        assert!(error.contains(problem), "{error}");
    }
    let compare = |request: Value, a: Value| {
        let request =
            json!({"analysis": "compare", "request": request, "a": a, "b": "previous_period"});
        ask(&dataset, request).unwrap_err()
    };
    let paths = json!({"analysis": "paths"});
    assert!(compare(paths.clone(), json!({})).contains("a has no `dates`"));
    assert!(
        compare(paths.clone(), json!({"dates": {"to": 5}}))
            .contains("a.dates needs `from` and `to`")
    );
    let scoped = json!({"analysis": "paths", "scope": {"events": {"name": "A"}}});
    assert!(compare(scoped, json!({})).contains("request.scope is given"));
    let nested = json!({"analysis": "compare", "request": paths, "a": {}, "b": {}});
    let nested = json!({"analysis": "compare", "request": nested, "a": {}, "b": {}});
    assert!(
        ask(&dataset, nested)
            .unwrap_err()
            .contains("is itself a comparison")
    );
}

#[test]
fn reports_say_what_the_scope_left_out_and_whom_it_chose() {
    let events = [
        event(0, "A", None),
        event(1, "C", Some("/q")),
        event(2, "B", None),
    ];
    let dataset = build(&events, &Default::default());
    let steps = json!([{"filter": {"name": "A"}}, {"filter": {"name": "B"}}]);
    let people = json!({"did": {"filter": {"name": "B"}}});
    let request = json!({"analysis": "funnel", "steps": steps, "scope": {"people": people}});
    let report = serde_json::to_value(ask(&dataset, request).unwrap()).unwrap();
    let kinds: Vec<(&str, &Value)> = report["warnings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|warning| (warning["kind"].as_str().unwrap(), &warning["n"]))
        .collect();
    assert!(kinds.contains(&("bots_left_out", &json!(1))), "{kinds:?}");
    assert!(kinds.contains(&("survivorship", &Value::Null)), "{kinds:?}");
}

#[test]
fn the_previous_period_is_as_many_local_days() {
    let day = 86_400_000;
    let events = [
        event(-2 * day, "A", None),
        event(-day, "A", None),
        event(0, "A", None),
        event(day, "A", None),
        event(2 * day - 1, "A", None),
    ];
    let dataset = build(&events, &Default::default());
    for (from, to) in [
        (json!("1970-01-01"), json!("1970-01-03")),
        (json!(0), json!(2 * day)),
    ] {
        let request = json!({
            "analysis": "compare", "request": {"analysis": "path_pattern", "pattern": "A"},
            "a": {"dates": {"from": from, "to": to}}, "b": "previous_period",
        });
        let report = serde_json::to_value(ask(&dataset, request).unwrap()).unwrap();
        assert_eq!(
            (&report["a"]["n_units"], &report["b"]["n_units"]),
            (&json!(3), &json!(2))
        );
    }
}
