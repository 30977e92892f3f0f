//! The slow funnel with options: tries every chain of every unit and value, as the definitions read.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use analyzer::analysis::Unit;
use analyzer::analysis::funnel::{
    Exclusion, ExclusionMode, FunnelConfig, FunnelCount, FunnelOrder, FunnelStep, NextEvent,
    OpenUnits, OptionalUnits, StepValue,
};
use analyzer::analysis::statistics::{Rate, TimeStats};

use crate::events::{Event, sessions};
use crate::funnel_chains::{View, values};
use crate::funnel_twin::{after, chain_in_any_order, takes_as_listed};
use crate::requests::holds;

/// What a unit, or an attempt, is counted with.
#[derive(Clone)]
pub(crate) struct Counted {
    pub(crate) person: Vec<Event>,
    pub(crate) unit: Vec<Event>,
    /// Where the unit begins among the person's events.
    pub(crate) first: usize,
    pub(crate) entry: usize,
    pub(crate) deepest: usize,
    /// When each step was taken; skipped ones are absent.
    pub(crate) times: BTreeMap<usize, i64>,
    /// The event of the unit that took it, of simultaneous ones the first that can.
    pub(crate) events: BTreeMap<usize, usize>,
    /// Position of the event after the chain.
    pub(crate) next: usize,
    pub(crate) is_pending: bool,
    /// The value that the chain shares.
    pub(crate) held: Option<&'static str>,
}

impl Counted {
    pub(crate) fn has_dropped(&self, config: &FunnelConfig) -> bool {
        !self.is_pending && self.deepest + 1 < config.steps.len()
    }
}

/// The report's number of units, of those removed, and its steps without their labels.
pub(crate) fn funnel(
    people: &[Vec<Event>],
    config: &FunnelConfig,
) -> (u64, Option<u64>, Vec<FunnelStep>) {
    let found = found(people, config);
    let n_removed = found.iter().filter(|counted| counted.is_none()).count() as u64;
    let counted: Vec<Counted> = found.into_iter().flatten().collect();
    let removes = |exclusion: &Exclusion| exclusion.mode == ExclusionMode::Remove;
    (
        counted.len() as u64,
        config.exclude.iter().any(removes).then_some(n_removed),
        (0..config.steps.len())
            .map(|step| summed_up(&counted, config, step))
            .collect(),
    )
}

/// What every unit that entered, or every attempt, is counted with; `None` for the removed.
pub(crate) fn found(people: &[Vec<Event>], config: &FunnelConfig) -> Vec<Option<Counted>> {
    let last_ts = people.iter().flatten().map(|event| event.ts).max();
    let data_end = config.data_end_ts.or(last_ts).unwrap_or_default();
    let mut found = Vec::new();
    for person in people {
        let units = match config.unit {
            Unit::Session => sessions(std::slice::from_ref(person)),
            Unit::Person => vec![person.clone()],
        };
        let mut first = 0;
        for unit in &units {
            let n_before = found.len();
            let all = 0..unit.len();
            let held = held_values(unit, config);
            match config.count {
                FunnelCount::Units => {
                    found.extend(count(unit, &all, config, &held, data_end));
                }
                FunnelCount::Totals => {
                    for value in held {
                        add_attempts(unit, config, value, data_end, &mut found);
                    }
                }
            }
            for counted in found[n_before..].iter_mut().flatten() {
                counted.person.clone_from(person);
                counted.first = first;
            }
            first += unit.len();
        }
    }
    found
}

/// The values that chains of a unit may share.
fn held_values(unit: &[Event], config: &FunnelConfig) -> Vec<Option<&'static str>> {
    let Some(hold) = &config.hold else {
        return vec![None];
    };
    let all: BTreeSet<&str> = unit.iter().flat_map(|event| values(event, hold)).collect();
    all.into_iter().map(Some).collect()
}

/// Adds the attempts of a unit for one value: its events are cut where all chains have timed out,
/// and after each chain that has completed.
fn add_attempts(
    unit: &[Event],
    config: &FunnelConfig,
    value: Option<&'static str>,
    data_end: i64,
    found: &mut Vec<Option<Counted>>,
) {
    let may_start = |event: &Event| {
        let has_value = match (&config.hold, value) {
            (Some(hold), Some(value)) => values(event, hold).contains(&value),
            _ => true,
        };
        let mut steps = match config.order {
            FunnelOrder::Any => config.steps.iter(),
            _ => config.steps[..1].iter(),
        };
        has_value && steps.any(|step| holds(&step.filter, event))
    };
    let starts: Vec<usize> = (0..unit.len())
        .filter(|&event| may_start(&unit[event]))
        .collect();
    let mut cuts = vec![0];
    for pair in starts.windows(2) {
        let pause = i128::from(unit[pair[1]].ts) - i128::from(unit[pair[0]].ts);
        if pause > i128::from(config.window_millis) {
            let together = unit.iter().position(|event| event.ts == unit[pair[1]].ts);
            cuts.extend(together);
        }
    }
    cuts.push(unit.len());
    for piece in cuts.windows(2) {
        let mut start = piece[0];
        while let Some(counted) = count(unit, &(start..piece[1]), config, &[value], data_end) {
            let completed = counted
                .as_ref()
                .filter(|counted| counted.deepest + 1 == config.steps.len());
            start = completed.map_or(piece[1], |counted| counted.next);
            found.push(counted);
        }
    }
}

pub(crate) fn summed_up(counted: &[Counted], config: &FunnelConfig, step: usize) -> FunnelStep {
    let n = |holds: &dyn Fn(&Counted) -> bool| {
        counted.iter().filter(|counted| holds(counted)).count() as u64
    };
    let covers = |way: &Counted, step: usize| way.entry <= step && step <= way.deepest;
    let n_units = n(&|way| covers(way, step));
    let is_last = step + 1 == config.steps.len();
    let ends = |way: &Counted| way.deepest == step && !is_last;
    let mut from_previous = Vec::new();
    let mut from_first = Vec::new();
    let mut next: BTreeMap<&str, u64> = BTreeMap::new();
    for way in counted {
        if let Some(ts) = way.times.get(&step) {
            let previous = way.times.range(..step).next_back();
            from_previous.extend(previous.map(|(_, previous)| ts - previous));
            from_first.extend(
                way.times
                    .get(&0)
                    .filter(|_| step > 0)
                    .map(|first| ts - first),
            );
        }
        if let Some(event) = way
            .unit
            .get(way.next)
            .filter(|_| ends(way) && !way.is_pending)
        {
            *next.entry(event.name).or_default() += 1;
        }
    }
    let mut next: Vec<NextEvent> = next
        .into_iter()
        .map(|(name, n_units)| NextEvent {
            name: name.to_owned(),
            n_units,
        })
        .collect();
    next.sort_by(|a, b| b.n_units.cmp(&a.n_units).then_with(|| a.name.cmp(&b.name)));
    next.truncate(5);
    let n_entered = n(&|way| way.entry == step);
    let n_arrived = n(&|way| way.entry < step && step <= way.deepest);
    FunnelStep {
        label: String::new(),
        n_units,
        optional: config.steps[step].optional.then(|| OptionalUnits {
            n_took: n(&|way| way.times.contains_key(&step)),
            n_skipped: n(&|way| covers(way, step) && !way.times.contains_key(&step)),
        }),
        open: config.open.then_some(OpenUnits {
            n_entered,
            n_arrived,
            n_from_first: n(&|way| way.entry == 0 && step <= way.deepest),
        }),
        conversion_from_first: Rate::new(
            n(&|way| way.entry == 0 && step <= way.deepest),
            n(&|way| way.entry == 0),
        ),
        conversion_from_previous: match step {
            0 => Rate::new(n_units, n_units),
            _ => Rate::new(n_arrived, n(&|way| covers(way, step - 1))),
        },
        n_dropped: n(&|way| ends(way) && !way.is_pending),
        n_pending: n(&|way| ends(way) && way.is_pending),
        millis_from_previous: TimeStats::new(&from_previous),
        millis_from_first: TimeStats::new(&from_first),
        histogram_from_previous: bins(&from_previous),
        histogram_from_first: bins(&from_first),
        value: values_of(counted, config, step),
        next_events_of_dropped: next,
        few_units: n_units < 30,
    }
}

/// The bins of the histograms, in milliseconds.
const BINS: [i64; 23] = {
    let (second, minute, hour, day) = (1000, 60_000, 3_600_000, 86_400_000);
    [
        0,
        second,
        5 * second,
        15 * second,
        30 * second,
        minute,
        2 * minute,
        5 * minute,
        10 * minute,
        15 * minute,
        30 * minute,
        hour,
        2 * hour,
        4 * hour,
        8 * hour,
        12 * hour,
        day,
        2 * day,
        4 * day,
        7 * day,
        14 * day,
        30 * day,
        i64::MAX,
    ]
};

fn bins(durations: &[i64]) -> Vec<u64> {
    let n = |bin: &[i64]| {
        let is_in = |duration: &&i64| (bin[0]..bin[1]).contains(*duration);
        durations.iter().filter(is_in).count() as u64
    };
    let mut counts: Vec<u64> = BINS.windows(2).map(n).collect();
    while counts.last() == Some(&0) {
        counts.pop();
    }
    counts
}

/// The amounts of the events that took a step, by currency.
fn values_of(counted: &[Counted], config: &FunnelConfig, step: usize) -> Vec<StepValue> {
    let mut values: BTreeMap<&str, StepValue> = BTreeMap::new();
    for way in counted {
        let event = way.events.get(&step).map(|&event| &way.unit[event]);
        if let Some((minor, currency)) = event.and_then(Event::amount) {
            let value = values.entry(currency).or_insert_with(|| StepValue {
                currency: currency.to_owned(),
                n_units: 0,
                minor: 0,
                minor_dropped: 0,
            });
            value.n_units += 1;
            value.minor += minor;
            if way.deepest == step && way.has_dropped(config) {
                value.minor_dropped += minor;
            }
        }
    }
    values.into_values().collect()
}

/// Counts the part of a unit that has these positions, for some values. `None` for a unit that
/// did not enter, `Some(None)` for one that was removed.
fn count(
    whole: &[Event],
    part: &Range<usize>,
    config: &FunnelConfig,
    held: &[Option<&'static str>],
    data_end: i64,
) -> Option<Option<Counted>> {
    let unit = &whole[part.clone()];
    let moment = |event: usize| {
        let first = unit.iter().position(|other| other.ts == unit[event].ts);
        let is_ordered = |first: &usize| after(unit, *first) == first + 1;
        match first.filter(|first| !is_ordered(first)) {
            Some(first) if !takes_as_listed(config) => first,
            _ => event,
        }
    };
    let moments: Vec<usize> = (0..unit.len()).map(moment).collect();
    let view = |&value| View {
        unit,
        config,
        value,
        moments: moments.clone(),
    };
    let views: Vec<View<'_>> = held.iter().map(view).collect();
    let counted = if config.order == FunnelOrder::Any {
        count_in_any_order(&views, data_end).map(Some)
    } else {
        count_in_order(&views, data_end)
    };
    counted.map(|counted| {
        counted.map(|mut counted| {
            for event in counted.events.values_mut() {
                *event += part.start;
            }
            counted.next += part.start;
            counted.unit = whole.to_vec();
            counted
        })
    })
}

fn count_in_order(views: &[View<'_>], data_end: i64) -> Option<Option<Counted>> {
    let (unit, config) = (views.first()?.unit, views.first()?.config);
    let chains: Vec<_> = views.iter().map(|view| (view, view.chains())).collect();
    let deepest = chains
        .iter()
        .flat_map(|(_, chains)| chains)
        .filter_map(|chain| chain.keys().next_back().copied())
        .max()?;
    let clean = chains.iter().flat_map(|(view, chains)| {
        chains
            .iter()
            .filter(|chain| chain.contains_key(&deepest) && view.is_clean(chain))
            .map(move |chain| (view.rank(chain), view.value, chain))
    });
    let Some((_, value, best)) = clean.min() else {
        return Some(None);
    };
    let view = views.iter().find(|view| view.value == value)?;
    let last = best[&deepest];
    let next = if takes_as_listed(config) {
        last + 1
    } else {
        after(unit, last)
    };
    // Of events of one moment, which of them took which step is not known: the first that can.
    let first_able = |step: usize, event: usize| {
        let is_alone = |other: &usize| view.moments[*other] == view.moments[event];
        let can = |other: &usize| {
            view.has_value(&unit[*other]) && holds(&config.steps[step].filter, &unit[*other])
        };
        match (0..unit.len()).filter(is_alone).count() {
            1 => event,
            _ => (0..unit.len()).filter(is_alone).find(can).unwrap(),
        }
    };
    Some(Some(Counted {
        person: Vec::new(),
        unit: Vec::new(),
        first: 0,
        entry: *best.keys().next().unwrap(),
        deepest,
        times: best
            .iter()
            .map(|(&step, &event)| (step, unit[event].ts))
            .collect(),
        events: best
            .iter()
            .map(|(&step, &event)| (step, first_able(step, event)))
            .collect(),
        next,
        held: value,
        is_pending: chains.iter().any(|(view, chains)| {
            chains
                .iter()
                .any(|chain| view.can_go_on(chain, deepest, data_end))
        }),
    }))
}

fn count_in_any_order(views: &[View<'_>], data_end: i64) -> Option<Counted> {
    let (best, held) = views
        .iter()
        .filter_map(|view| {
            let usable = |event: &Event| view.has_value(event);
            let chain = chain_in_any_order(view.unit, view.config, &usable)?;
            Some((chain, view.value))
        })
        .min_by_key(|(chain, _)| {
            (
                std::cmp::Reverse(chain.times.len()),
                chain.times.clone(),
                chain.next,
            )
        })?;
    let is_open = |view: &View<'_>, event: &Event| {
        let mut steps = view.config.steps.iter();
        view.has_value(event)
            && steps.any(|step| holds(&step.filter, event))
            && view.is_window_open(event, data_end)
    };
    let n_steps = views[0].config.steps.len();
    Some(Counted {
        person: Vec::new(),
        unit: Vec::new(),
        first: 0,
        entry: 0,
        deepest: best.times.len() - 1,
        next: best.next,
        is_pending: best.times.len() < n_steps
            && views
                .iter()
                .any(|view| view.unit.iter().any(|event| is_open(view, event))),
        times: best.times.into_iter().enumerate().collect(),
        events: best.events.into_iter().enumerate().collect(),
        held,
    })
}
