//! The slow funnel: tries every chain of every unit, as the definition reads.

use std::collections::BTreeMap;

use analyzer::analysis::Unit;
use analyzer::analysis::funnel::{FunnelConfig, FunnelOrder, FunnelReport, NextEvent};
use analyzer::analysis::statistics::TimeStats;

use crate::events::{Event, sessions};
use crate::requests::holds;

/// What is compared of each step: units, dropped, pending, times from the step before and from
/// the first, next events.
pub(crate) type Row = (
    u64,
    u64,
    u64,
    Option<TimeStats>,
    Option<TimeStats>,
    Vec<NextEvent>,
);

pub(crate) fn rows(report: &FunnelReport) -> Vec<Row> {
    let row = |step: &analyzer::analysis::funnel::FunnelStep| {
        (
            step.n_units,
            step.n_dropped,
            step.n_pending,
            step.millis_from_previous,
            step.millis_from_first,
            step.next_events_of_dropped.clone(),
        )
    };
    report.steps.iter().map(row).collect()
}

/// What a step of the slow funnel collects: as a [`Row`], not yet summed up.
type Collected = (u64, u64, u64, Vec<i64>, Vec<i64>, BTreeMap<String, u64>);

/// The chain that a unit counts with.
pub(crate) struct Chain {
    pub(crate) times: Vec<i64>,
    /// Position of the event with which the unit had taken each number of steps; in any order only.
    pub(crate) events: Vec<usize>,
    /// Position of the event that the unit did next.
    pub(crate) next: usize,
}

pub(crate) fn funnel(people: &[Vec<Event>], config: &FunnelConfig) -> Vec<Row> {
    let n_steps = config.steps.len();
    let last_ts = people.iter().flatten().map(|event| event.ts).max();
    let data_end = config.data_end_ts.or(last_ts).unwrap_or_default();
    let units = if config.unit == Unit::Session {
        sessions(people)
    } else {
        people.to_vec()
    };
    let mut rows: Vec<Collected> = vec![Default::default(); n_steps];
    for unit in &units {
        let Some(chain) = chain(unit, config) else {
            continue;
        };
        let depth = chain.times.len();
        for (step, row) in rows.iter_mut().enumerate().take(depth) {
            row.0 += 1;
            if step > 0 {
                row.3.push(chain.times[step] - chain.times[step - 1]);
                row.4.push(chain.times[step] - chain.times[0]);
            }
        }
        if depth == n_steps {
            continue;
        }
        let starts: &dyn Fn(&Event) -> bool = match config.order {
            FunnelOrder::Any => &|event| config.steps.iter().any(|step| holds(&step.filter, event)),
            _ => &|event| holds(&config.steps[0].filter, event),
        };
        let is_open = |event: &Event| {
            i128::from(event.ts) + i128::from(config.window_millis) >= i128::from(data_end)
        };
        if unit.iter().any(|event| starts(event) && is_open(event)) {
            rows[depth - 1].2 += 1;
        } else {
            rows[depth - 1].1 += 1;
            if let Some(next) = unit.get(chain.next) {
                *rows[depth - 1].5.entry(next.name.to_owned()).or_default() += 1;
            }
        }
    }
    let commonest = |next: BTreeMap<String, u64>| {
        let mut next: Vec<NextEvent> = next
            .into_iter()
            .map(|(name, n_units)| NextEvent { name, n_units })
            .collect();
        next.sort_by(|a, b| b.n_units.cmp(&a.n_units).then_with(|| a.name.cmp(&b.name)));
        next.truncate(5);
        next
    };
    rows.into_iter()
        .map(|row| {
            (
                row.0,
                row.1,
                row.2,
                TimeStats::new(&row.3),
                TimeStats::new(&row.4),
                commonest(row.5),
            )
        })
        .collect()
}

/// The deepest chain of a unit, the earliest of those, each step taken as soon as it comes.
pub(crate) fn chain(unit: &[Event], config: &FunnelConfig) -> Option<Chain> {
    let mut chains = Vec::new();
    match config.order {
        FunnelOrder::Sequential => extend(unit, config, &mut Vec::new(), &mut chains),
        FunnelOrder::Strict => extend(unit, config, &mut Vec::new(), &mut chains),
        FunnelOrder::Any => return chain_in_any_order(unit, config, &|_| true),
    }
    let depth = chains
        .iter()
        .map(Vec::len)
        .max()
        .filter(|&depth| depth > 0)?;
    chains.retain(|chain| chain.len() == depth);
    let times = |chain: &Vec<usize>| {
        chain
            .iter()
            .map(|&event| unit[event].ts)
            .collect::<Vec<i64>>()
    };
    let best = chains
        .iter()
        .min_by_key(|chain| (times(chain), chain[depth - 1]))?;
    Some(Chain {
        times: times(best),
        events: Vec::new(),
        next: after(unit, best[depth - 1]),
    })
}

/// Adds every way to go on from `chain`, and `chain` itself.
fn extend(
    unit: &[Event],
    config: &FunnelConfig,
    chain: &mut Vec<usize>,
    chains: &mut Vec<Vec<usize>>,
) {
    chains.push(chain.clone());
    let Some(step) = config.steps.get(chain.len()) else {
        return;
    };
    for (index, event) in unit.iter().enumerate() {
        let is_free = chain
            .iter()
            .all(|&taken| taken != index && !event.is_before(&unit[taken]));
        let is_in_time = chain
            .first()
            .is_none_or(|&first| event.ts - unit[first].ts <= config.window_millis);
        if is_free && is_in_time && holds(&step.filter, event) {
            chain.push(index);
            if config.order != FunnelOrder::Strict || can_be_adjacent(unit, chain) {
                extend(unit, config, chain, chains);
            }
            chain.pop();
        }
    }
}

/// Whether some order of the unit's events has those of a chain next to each other: nothing else
/// is known to come after one of them and before another.
pub(crate) fn can_be_adjacent(unit: &[Event], chain: &[usize]) -> bool {
    let is_between = |other: &Event| {
        let comes_after = chain.iter().any(|&taken| unit[taken].is_before(other));
        comes_after && chain.iter().any(|&taken| other.is_before(&unit[taken]))
    };
    (0..unit.len())
        .filter(|other| !chain.contains(other))
        .all(|other| !is_between(&unit[other]))
}

/// Whether simultaneous events are taken in the dataset's order: in strict funnels with options.
pub(crate) fn takes_as_listed(config: &FunnelConfig) -> bool {
    let has_options = config.open
        || !config.exclude.is_empty()
        || config.hold.is_some()
        || config.steps.iter().any(|step| step.optional);
    config.order == FunnelOrder::Strict && has_options
}

/// Position after an event, and after all of its time when their order is not fully known.
pub(crate) fn after(unit: &[Event], event: usize) -> usize {
    let same: Vec<usize> = (0..unit.len())
        .filter(|&other| unit[other].ts == unit[event].ts)
        .collect();
    if same
        .windows(2)
        .all(|pair| unit[pair[0]].is_before(&unit[pair[1]]))
    {
        event + 1
    } else {
        same[same.len() - 1] + 1
    }
}

/// The chain of the events that are `usable`.
pub(crate) fn chain_in_any_order(
    unit: &[Event],
    config: &FunnelConfig,
    usable: &dyn Fn(&Event) -> bool,
) -> Option<Chain> {
    let mut best: Option<Chain> = None;
    for start in unit {
        let mut times = Vec::new();
        let mut events = Vec::new();
        let mut next = 0;
        let within: Vec<&Event> = unit
            .iter()
            .filter(|event| event.ts >= start.ts && event.ts - start.ts <= config.window_millis)
            .filter(|event| usable(event))
            .collect();
        for (n, event) in within.iter().enumerate() {
            if n_matched(&within[..=n], config, 0) > times.len() {
                let same = |other: &Event| std::ptr::eq(other, *event);
                let position = unit.iter().position(same).unwrap();
                times.push(event.ts);
                events.push(position);
                next = after(unit, position);
            }
        }
        if !times.is_empty()
            && best
                .as_ref()
                .is_none_or(|best| times.len() > best.times.len())
        {
            best = Some(Chain {
                times,
                events,
                next,
            });
        }
    }
    best
}

/// Most steps from `step` on that can have an event of their own.
fn n_matched(events: &[&Event], config: &FunnelConfig, step: usize) -> usize {
    let Some(filter) = config.steps.get(step).map(|step| &step.filter) else {
        return 0;
    };
    let mut best = n_matched(events, config, step + 1);
    for index in 0..events.len() {
        if holds(filter, events[index]) {
            let mut others = events.to_vec();
            others.remove(index);
            best = best.max(1 + n_matched(&others, config, step + 1));
        }
    }
    best
}
