//! The slow breakdown, trend and correlation: row by row, as the definitions read.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use analyzer::analysis::Unit;
use analyzer::analysis::filter::{ItemKey, PropOperand};
use analyzer::analysis::funnel::{
    Breakdown, BreakdownAt, BreakdownBy, CorrelationReport, FunnelConfig, FunnelCorrelate,
    FunnelPeriod, FunnelReport, FunnelStep, FunnelTrend, GroupKind, Trait,
};
use analyzer::analysis::statistics::{
    OddsRatio, Rate, RateDifference, benjamini_hochberg, correct,
};
use analyzer::analysis::time_zone::{Date, Period};

use crate::events::{Event, sessions};
use crate::funnel_options_twin::{Counted, found, summed_up};
use crate::requests::{FAR_OFFSET, holds};

/// What is compared of a group: kind, value, number of values, steps, and the differences from
/// the rest.
pub(crate) type Group = (
    GroupKind,
    Option<PropOperand>,
    Option<u64>,
    Vec<FunnelStep>,
    Vec<(RateDifference, RateDifference)>,
);

pub(crate) fn groups_of(report: &FunnelReport) -> Option<Vec<Group>> {
    let groups = report.breakdown.as_ref()?.groups.iter();
    let group = |group: &analyzer::analysis::funnel::FunnelGroup| {
        let mut steps = group.report.steps.clone();
        for step in &mut steps {
            step.label.clear();
        }
        let differences = group.against_rest.iter();
        (
            group.kind,
            group.value.clone(),
            group.n_values,
            steps,
            differences
                .map(|step| (step.from_first, step.from_previous))
                .collect(),
        )
    };
    Some(groups.map(group).collect())
}

fn value_at(event: &Event, by: &BreakdownBy) -> Option<&'static str> {
    match by {
        BreakdownBy::Name => Some(event.name),
        BreakdownBy::Page => event.page,
        BreakdownBy::Prop(key) if key == "kind" => event.kind(),
        BreakdownBy::Prop(key) if key == "lot" => event.lot(),
        BreakdownBy::Item(ItemKey::ItemId) if event.category().is_some() => {
            event.page.or(event.second_item())
        }
        BreakdownBy::Item(ItemKey::ItemCategory) => event.category(),
        _ => None,
    }
}

fn value(counted: &Counted, breakdown: &Breakdown) -> Option<&'static str> {
    if breakdown.by == BreakdownBy::Held {
        return counted.held;
    }
    let touches: Vec<Event> = match breakdown.within {
        None => counted.unit[..counted.next].to_vec(),
        Some(Unit::Person) => counted.person[..counted.first + counted.next].to_vec(),
        Some(Unit::Session) => {
            let entry = counted.first + counted.events[&counted.entry];
            let mut n_before = 0;
            let mut sessions = sessions(std::slice::from_ref(&counted.person)).into_iter();
            let mut session = sessions.next().unwrap();
            while n_before + session.len() <= entry {
                n_before += session.len();
                session = sessions.next().unwrap();
            }
            session.truncate(counted.first + counted.next - n_before);
            session
        }
    };
    let at = |event: &Event| value_at(event, &breakdown.by);
    match breakdown.at {
        BreakdownAt::FirstTouch => touches.iter().find_map(at),
        BreakdownAt::LastTouch => touches.iter().rev().find_map(at),
        BreakdownAt::Step(number) => {
            let event = counted.events.get(&(number as usize - 1))?;
            at(&counted.unit[*event])
        }
    }
}

pub(crate) fn groups(people: &[Vec<Event>], config: &FunnelConfig) -> Option<Vec<Group>> {
    let breakdown = config.breakdown.as_ref()?;
    let all: Vec<Counted> = found(people, config).into_iter().flatten().collect();
    let mut by_value: BTreeMap<Option<&str>, Vec<Counted>> = BTreeMap::new();
    for counted in &all {
        let group = by_value.entry(value(counted, breakdown)).or_default();
        group.push(counted.clone());
    }
    let none = by_value.remove(&None);
    let mut values: Vec<(Option<&str>, Vec<Counted>)> = by_value.into_iter().collect();
    values.sort_by_key(|(value, units)| (Reverse(units.len()), *value));
    let mut groups = Vec::new();
    let mut others = Vec::new();
    for (index, (value, units)) in values.into_iter().enumerate() {
        if index < breakdown.n_top as usize {
            let value = value.map(|value| PropOperand::String(value.to_owned()));
            groups.push((GroupKind::Value, value, None, units));
        } else {
            others.push(units);
        }
    }
    if !others.is_empty() {
        let n_values = others.len() as u64;
        groups.push((GroupKind::Other, None, Some(n_values), others.concat()));
    }
    groups.extend(none.map(|units| (GroupKind::None, None, None, units)));

    let steps = 0..config.steps.len();
    let mut compared: Vec<Vec<(RateDifference, RateDifference)>> = groups
        .iter()
        .map(|(.., units)| {
            // Attempts of one unit differ in their value or their events.
            let key = |of: &Counted| (of.person.clone(), of.first, of.held, of.events.clone());
            let is_own = |counted: &&Counted| units.iter().any(|own| key(own) == key(counted));
            let (own, rest): (Vec<&Counted>, Vec<&Counted>) = all.iter().partition(is_own);
            steps
                .clone()
                .map(|step| compare(&own, &rest, step, config.open))
                .collect()
        })
        .collect();
    correct(compared.iter_mut().flatten().flat_map(|(a, b)| [a, b]));
    let group = |((kind, value, n_values, units), compared): ((_, _, _, Vec<Counted>), _)| {
        let steps = steps.clone().map(|step| summed_up(&units, config, step));
        (kind, value, n_values, steps.collect(), compared)
    };
    Some(groups.into_iter().zip(compared).map(group).collect())
}

fn compare(
    own: &[&Counted],
    rest: &[&Counted],
    step: usize,
    is_open: bool,
) -> (RateDifference, RateDifference) {
    let n = |units: &[&Counted], holds: &dyn Fn(&Counted) -> bool| {
        units.iter().filter(|counted| holds(counted)).count() as u64
    };
    let both = |holds: &dyn Fn(&Counted) -> bool| (n(own, holds), n(rest, holds));
    let covers = |way: &Counted, step: usize| way.entry <= step && step <= way.deepest;
    let from_first = RateDifference::new(
        both(&|way| way.entry == 0 && step <= way.deepest),
        both(&|way| way.entry == 0),
    );
    let mut from_previous = match step {
        0 => RateDifference::new(both(&|way| covers(way, 0)), both(&|way| covers(way, 0))),
        _ => RateDifference::new(
            both(&|way| way.entry < step && step <= way.deepest),
            both(&|way| covers(way, step - 1)),
        ),
    };
    if step == 1 && !is_open {
        from_previous.z = None;
        from_previous.p = None;
        from_previous.p_corrected = None;
    }
    (from_first, from_previous)
}

/// First local instant of a period, and of the one after it.
fn period(local: i64, by: Period) -> (i64, i64) {
    const HOUR: i64 = 3_600_000;
    const DAY: i64 = 24 * HOUR;
    let floor = |length: i64, from: i64| {
        let start = from + (local - from).div_euclid(length) * length;
        (start, start + length)
    };
    match by {
        Period::Hour => floor(HOUR, 0),
        Period::Day => floor(DAY, 0),
        // 1970-01-05 was a Monday.
        Period::Week => floor(7 * DAY, 4 * DAY),
        Period::Month => {
            let date = |days: i64| Date::from_days(days);
            let today = local.div_euclid(DAY);
            let is_same = |days: &i64| date(*days).month == date(today).month;
            let first = (today - 31..=today).rev().take_while(is_same).last();
            let last = (today..today + 32).take_while(is_same).last();
            (first.unwrap() * DAY, (last.unwrap() + 1) * DAY)
        }
    }
}

pub(crate) fn trend(people: &[Vec<Event>], config: &FunnelConfig) -> Option<FunnelTrend> {
    let trend = config.trend.as_ref()?;
    let offset = match trend.time_zone.name() {
        "UTC" => 0,
        _ => FAR_OFFSET,
    };
    let last_ts = people.iter().flatten().map(|event| event.ts).max();
    let mut periods: BTreeMap<(i64, i64), Vec<Counted>> = BTreeMap::new();
    for counted in found(people, config).into_iter().flatten() {
        let start = counted.times[&counted.entry];
        let (start, end) = period(start + offset, trend.by);
        let units = periods.entry((start - offset, end - offset)).or_default();
        units.push(counted);
    }
    let period = |((start_ts, end_ts), units): ((i64, i64), Vec<Counted>)| {
        let n_units: Vec<u64> = (0..config.steps.len())
            .map(|step| {
                let covers = |way: &&Counted| way.entry <= step && step <= way.deepest;
                units.iter().filter(covers).count() as u64
            })
            .collect();
        let data_end = config.data_end_ts.or(last_ts).unwrap();
        let last_window = i128::from(end_ts) - 1 + i128::from(config.window_millis);
        let date = Date::from_days((start_ts + offset).div_euclid(86_400_000));
        let day = format!("{:04}-{:02}-{:02}", date.year, date.month, date.day);
        let hour = (start_ts + offset).rem_euclid(86_400_000) / 3_600_000;
        FunnelPeriod {
            start_ts,
            end_ts,
            label: match trend.by {
                Period::Hour => format!("{day}T{hour:02}:00"),
                _ => day,
            },
            conversion: Rate::new(*n_units.last().unwrap(), units.len() as u64),
            n_units,
            n_pending: units.iter().filter(|way| way.is_pending).count() as u64,
            is_incomplete: last_window >= i128::from(data_end),
        }
    };
    Some(FunnelTrend {
        by: trend.by,
        time_zone: trend.time_zone.name().to_owned(),
        periods: periods.into_iter().map(period).collect(),
    })
}

/// The names and values of a unit that are looked at; a name has no key.
fn traits(
    counted: &Counted,
    config: &FunnelConfig,
) -> BTreeSet<(Option<&'static str>, &'static str)> {
    let start = counted.times[&counted.entry];
    let until = match counted.deepest + 1 == config.steps.len() {
        true => i128::from(counted.times[&counted.deepest]),
        false => i128::from(start) + i128::from(config.window_millis),
    };
    let keys = config.correlation.as_ref().unwrap().props.clone();
    let mut traits = BTreeSet::new();
    for (index, event) in counted.unit.iter().enumerate() {
        let is_step = config.steps.iter().any(|step| holds(&step.filter, event));
        let is_entry = counted.events[&counted.entry] == index;
        if event.ts < start || i128::from(event.ts) > until || is_step && !is_entry {
            continue;
        }
        if !is_step {
            traits.insert((None, event.name));
        }
        for (key, value) in [("kind", event.kind()), ("lot", event.lot())] {
            let is_wanted = |keys: &Vec<String>| keys.iter().any(|other| other == key);
            if let Some(value) = value.filter(|_| keys.as_ref().is_none_or(is_wanted)) {
                traits.insert((Some(key), value));
            }
        }
    }
    traits
}

pub(crate) fn correlation(
    people: &[Vec<Event>],
    config: &FunnelConfig,
) -> Option<CorrelationReport> {
    let wanted = config.correlation.as_ref()?;
    let counted = found(people, config).into_iter().flatten();
    let (dropped, others): (Vec<Counted>, Vec<Counted>) =
        counted.partition(|way| way.has_dropped(config));
    let converted: Vec<Counted> = others.into_iter().filter(|way| !way.is_pending).collect();
    let of =
        |units: &[Counted]| -> Vec<_> { units.iter().map(|way| traits(way, config)).collect() };
    let (of_converted, of_dropped) = (of(&converted), of(&dropped));
    let all: BTreeSet<_> = of_converted.iter().chain(&of_dropped).flatten().collect();
    let mut correlates: Vec<FunnelCorrelate> = all
        .into_iter()
        .filter_map(|one| {
            let n = |units: &[BTreeSet<_>]| {
                units.iter().filter(|unit| unit.contains(one)).count() as u64
            };
            let (a, b) = (n(&of_converted), n(&of_dropped));
            let (c, d) = (of_converted.len() as u64 - a, of_dropped.len() as u64 - b);
            (a + b >= u64::from(wanted.min_units)).then(|| FunnelCorrelate {
                of: match one.0 {
                    None => Trait::Event(one.1.to_owned()),
                    Some(key) => Trait::Prop {
                        key: key.to_owned(),
                        value: PropOperand::String(one.1.to_owned()),
                    },
                },
                n_converted: a,
                n_dropped: b,
                odds_ratio: OddsRatio::new([[a, b], [c, d]]),
                p_corrected: 0.0,
            })
        })
        .collect();
    let p_values: Vec<f64> = correlates.iter().map(|one| one.odds_ratio.p).collect();
    for (one, p) in correlates.iter_mut().zip(benjamini_hochberg(&p_values)) {
        one.p_corrected = p;
    }
    let n_tested = correlates.len() as u64;
    // The sort is stable: names come before values, each in the order of the alphabet.
    correlates.sort_by(|a, b| {
        let strength = |one: &FunnelCorrelate| -one.odds_ratio.value.ln().abs();
        let keys = (a.odds_ratio.p, strength(a)).partial_cmp(&(b.odds_ratio.p, strength(b)));
        keys.unwrap()
    });
    correlates.truncate(wanted.n_top as usize);
    Some(CorrelationReport {
        n_converted: converted.len() as u64,
        n_dropped: dropped.len() as u64,
        n_tested,
        correlates,
    })
}
