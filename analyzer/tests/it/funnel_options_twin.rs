//! The slow funnel with options: tries every chain of every unit and value, as the definitions read.

use std::collections::{BTreeMap, BTreeSet};

use analyzer::analysis::Unit;
use analyzer::analysis::funnel::{
    Exclusion, ExclusionMode, FunnelConfig, FunnelOrder, FunnelStep, NextEvent, OpenUnits,
    OptionalUnits,
};
use analyzer::analysis::statistics::{Rate, TimeStats};

use crate::events::{Event, sessions};
use crate::funnel_chains::{View, values};
use crate::funnel_twin::{after, chain_in_any_order};
use crate::requests::holds;

/// What a unit is counted with.
struct Counted {
    entry: usize,
    deepest: usize,
    /// When each step was taken; skipped ones are absent.
    times: BTreeMap<usize, i64>,
    next: Option<&'static str>,
    is_pending: bool,
}

/// The report's number of units, of those removed, and its steps without their labels.
pub(crate) fn funnel(
    people: &[Vec<Event>],
    config: &FunnelConfig,
) -> (u64, Option<u64>, Vec<FunnelStep>) {
    let last_ts = people.iter().flatten().map(|event| event.ts).max();
    let data_end = config.data_end_ts.or(last_ts).unwrap_or_default();
    let units = match config.unit {
        Unit::Session => sessions(people),
        Unit::Person => people.to_vec(),
    };
    let found: Vec<Option<Counted>> = units
        .iter()
        .filter_map(|unit| count(unit, config, data_end))
        .collect();
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

fn summed_up(counted: &[Counted], config: &FunnelConfig, step: usize) -> FunnelStep {
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
        if let Some(name) = way.next.filter(|_| ends(way) && !way.is_pending) {
            *next.entry(name).or_default() += 1;
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
        millis_from_previous: TimeStats::new(&mut from_previous),
        millis_from_first: TimeStats::new(&mut from_first),
        next_events_of_dropped: next,
        few_units: n_units < 30,
    }
}

/// `None` for a unit that did not enter, `Some(None)` for one that was removed.
fn count(unit: &[Event], config: &FunnelConfig, data_end: i64) -> Option<Option<Counted>> {
    let shared: Vec<Option<&str>> = match &config.hold {
        None => vec![None],
        Some(hold) => {
            let all: BTreeSet<&str> = unit.iter().flat_map(|event| values(event, hold)).collect();
            all.into_iter().map(Some).collect()
        }
    };
    let moment = |event: usize| {
        let first = unit.iter().position(|other| other.ts == unit[event].ts);
        let is_ordered = |first: &usize| after(unit, *first) == first + 1;
        match first.filter(|first| !is_ordered(first)) {
            Some(first) if config.order != FunnelOrder::Strict => first,
            _ => event,
        }
    };
    let moments: Vec<usize> = (0..unit.len()).map(moment).collect();
    let views: Vec<View<'_>> = shared
        .into_iter()
        .map(|value| View {
            unit,
            config,
            value,
            moments: moments.clone(),
        })
        .collect();
    if config.order == FunnelOrder::Any {
        return count_in_any_order(&views, data_end).map(Some);
    }
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
            .map(move |chain| (view.rank(chain), chain))
    });
    let Some((_, best)) = clean.min() else {
        return Some(None);
    };
    let last = best[&deepest];
    let next = match config.order {
        FunnelOrder::Strict => last + 1,
        _ => after(unit, last),
    };
    Some(Some(Counted {
        entry: *best.keys().next().unwrap(),
        deepest,
        times: best
            .iter()
            .map(|(&step, &event)| (step, unit[event].ts))
            .collect(),
        next: unit.get(next).map(|event| event.name),
        is_pending: chains.iter().any(|(view, chains)| {
            chains
                .iter()
                .any(|chain| view.can_go_on(chain, deepest, data_end))
        }),
    }))
}

fn count_in_any_order(views: &[View<'_>], data_end: i64) -> Option<Counted> {
    let best = views
        .iter()
        .filter_map(|view| {
            chain_in_any_order(view.unit, view.config, &|event| view.has_value(event))
        })
        .min_by_key(|chain| {
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
    Some(Counted {
        entry: 0,
        deepest: best.times.len() - 1,
        next: views[0].unit.get(best.next).map(|event| event.name),
        times: best.times.into_iter().enumerate().collect(),
        is_pending: views
            .iter()
            .any(|view| view.unit.iter().any(|event| is_open(view, event))),
    })
}
