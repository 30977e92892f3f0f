//! Friction: on which touchpoints things go wrong, and how those sessions fare.
//!
//! A *visit* to a page begins with a `page_view`, or with an event on another page than the one
//! before, and ends where the next visit begins or with the session. A visit to a name begins with
//! an event of that name; signals and what pages send by themselves belong to the visit that they
//! fall into. The *friction index* of a touchpoint is the share of visits to it with at least one
//! [`Signal`].
//!
//! The odds ratio compares sessions that had the signal on the touchpoint with sessions that
//! visited it without: whether the goal was reached after the first visit began. Empty cells get
//! Haldane's correction. It is an association, not a cause.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::dataset::Dataset;
use crate::ranking::greatest_first;

use super::by_text::ByText;
use super::filter::Filter;
use super::key_table::KeyTable;
use super::mask::Matcher;
use super::scope::Scope;
use super::signals::{ANY_SIGNAL, Signal, name, passive};
use super::statistics::{OddsRatio, Rate};
use super::warning::{FEW_UNITS, Warning, WarningKind};
use super::wire::wire;
use super::{Analysis, RequestError};

mod difference;

pub use difference::{FrictionDifference, SignalDifference, TouchpointDifference, difference};

/// Which friction to measure.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS, crate::Schema), ts(optional_fields))]
pub struct FrictionConfig {
    /// What a touchpoint is. The page unless given.
    #[cfg_attr(feature = "ts", ts(as = "Option<_>"))]
    pub touchpoint: Touchpoint,
    /// What a session is to reach. A `purchase` unless given.
    #[cfg_attr(feature = "ts", ts(as = "Option<_>"))]
    pub goal: Filter,
    /// How many touchpoints to show, 1 to 1000: those with the most visits with a signal. 20
    /// unless given.
    #[cfg_attr(feature = "ts", ts(as = "Option<_>"))]
    pub n_top: u32,
    /// Which part of the data it looks at.
    #[cfg_attr(feature = "ts", ts(as = "Option<_>"))]
    pub scope: Scope,
}

impl Default for FrictionConfig {
    fn default() -> Self {
        Self {
            touchpoint: Touchpoint::Page,
            goal: name("purchase"),
            n_top: 20,
            scope: Scope::default(),
        }
    }
}

/// What a touchpoint is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "ts", derive(ts_rs::TS, crate::Schema))]
pub enum Touchpoint {
    /// The template of a page.
    Page,
    /// The name of an event.
    Name,
}

/// On which touchpoints things go wrong.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS, crate::Schema))]
pub struct FrictionReport {
    /// Sessions that visited any touchpoint.
    pub n_sessions: u64,
    /// Visits to all touchpoints.
    pub n_visits: u64,
    /// Touchpoints, those with the most visits with a signal first, then by name.
    pub touchpoints: Vec<TouchpointFriction>,
    /// What to know before trusting the numbers.
    pub warnings: Vec<Warning>,
}

/// One touchpoint.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS, crate::Schema))]
pub struct TouchpointFriction {
    /// The page template, or the name.
    pub label: String,
    /// Visits to it.
    pub n_visits: u64,
    /// Visits with at least one signal.
    pub n_visits_with_signal: u64,
    /// The friction index: their share.
    pub index: Rate,
    /// Conversion of the sessions with any signal here, and without.
    pub conversion: SignalConversion,
    /// The same by signal, those that occurred, in the order of [`Signal`].
    pub signals: Vec<SignalFriction>,
}

/// One signal on one touchpoint.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS, crate::Schema))]
pub struct SignalFriction {
    /// Which one.
    pub signal: Signal,
    /// Visits with it.
    pub n_visits: u64,
    /// Their share.
    pub share: Rate,
    /// Conversion of the sessions with this signal here, and without.
    pub conversion: SignalConversion,
}

/// How sessions with a signal fare, and those without.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS, crate::Schema))]
pub struct SignalConversion {
    /// Sessions with the signal.
    pub n_with: u64,
    /// Those of them that reached the goal.
    pub with: Rate,
    /// Sessions that were here without the signal.
    pub n_without: u64,
    /// Those of them that reached the goal.
    pub without: Rate,
    /// Odds of the goal with the signal by odds without; `null` where one of the two is empty.
    pub odds_ratio: Option<OddsRatio>,
}

/// The analysis; see the module.
pub struct Friction;

/// Friction resolved against one dataset.
pub struct FrictionPlan {
    touchpoint: Touchpoint,
    n_top: usize,
    matcher: Matcher,
}

const N: usize = Signal::ALL.len();
const GOAL: u32 = 1 << N;
const PAGE_VIEW: u32 = 1 << (N + 1);
/// Names that are no touchpoints.
const ASIDE: u32 = 1 << (N + 2);

/// What was found on one touchpoint. Index 0 is any signal, and 1 onwards each of them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Tally {
    n_visits: u64,
    visits: [u64; N + 1],
    /// Sessions: with and without the signal; converted and not.
    sessions: [[[u64; 2]; 2]; N + 1],
}

wire!(Tally {
    n_visits,
    visits,
    sessions
});

/// What was found among some people.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FrictionPartial {
    n_sessions: u64,
    n_visits: u64,
    touchpoints: ByText<Tally>,
}

wire!(FrictionPartial {
    n_sessions,
    n_visits,
    touchpoints
});

impl Analysis for Friction {
    type Config = FrictionConfig;
    type Plan = FrictionPlan;
    type Partial = FrictionPartial;
    type Report = FrictionReport;

    fn plan(config: &FrictionConfig, dataset: &Dataset) -> Result<FrictionPlan, RequestError> {
        config.goal.validate("goal")?;
        if !(1..=1000).contains(&config.n_top) {
            let problem = format!("is {}; give 1 to 1000", config.n_top);
            return Err(RequestError::new("n_top", problem));
        }
        let aside = [
            "rage_click",
            "dead_click",
            "error_click",
            "u_turn",
            "payment_error",
            "not_found",
        ];
        let aside = Filter::Any(vec![Filter::Any(aside.map(name).to_vec()), passive()]);
        let mut filters = Signal::ALL.map(Signal::filter).to_vec();
        filters.extend([config.goal.clone(), name("page_view"), aside]);
        Ok(FrictionPlan {
            touchpoint: config.touchpoint,
            n_top: config.n_top as usize,
            matcher: Matcher::new(filters.iter(), dataset),
        })
    }

    fn scan(plan: &FrictionPlan, dataset: &Dataset, people: Range<usize>) -> FrictionPartial {
        let mut found = FrictionPartial::default();
        let texts = match plan.touchpoint {
            Touchpoint::Page => &dataset.templates,
            Touchpoint::Name => &dataset.names,
        };
        let mut tallies = Tallies {
            numbers: KeyTable::new(texts.len() as u64),
            list: Vec::new(),
        };
        for block in dataset.blocks(people) {
            let sessions = dataset.unit_starts(&block, true);
            let first = sessions[0] as usize;
            let masks = plan
                .matcher
                .masks(dataset, first..sessions[sessions.len() - 1] as usize);
            for session in sessions.windows(2) {
                let rows = session[0] as usize..session[1] as usize;
                let mut visits = plan.visits(dataset, &masks, first, rows.clone());
                if visits.is_empty() {
                    continue;
                }
                let goal = rows.rev().find(|&row| masks[row - first] & GOAL != 0);
                found.n_sessions += 1;
                found.n_visits += visits.len() as u64;
                tallies.add_session(&mut visits, goal);
            }
        }
        let tallied = tallies.numbers.keys().iter().zip(tallies.list);
        found.touchpoints = tallied
            .map(|(&code, tally)| (texts.text(code as usize).to_owned(), tally))
            .collect();
        found
    }

    fn merge(mut a: FrictionPartial, b: FrictionPartial) -> FrictionPartial {
        a.n_sessions += b.n_sessions;
        a.n_visits += b.n_visits;
        for (label, tally) in b.touchpoints {
            let into = a.touchpoints.of(label);
            into.n_visits += tally.n_visits;
            for signal in 0..=N {
                into.visits[signal] += tally.visits[signal];
                for (into, cells) in into.sessions[signal].iter_mut().zip(tally.sessions[signal]) {
                    into[0] += cells[0];
                    into[1] += cells[1];
                }
            }
        }
        a
    }

    fn finish(plan: &FrictionPlan, partial: FrictionPartial) -> FrictionReport {
        let mut tallies: Vec<(String, Tally)> = partial.touchpoints.into_iter().collect();
        greatest_first(&mut tallies, |(_, tally)| tally.visits[0]);
        tallies.truncate(plan.n_top);
        let n = partial.n_sessions;
        let message = format!("sessions: only {n}; shares of fewer than {FEW_UNITS} say little");
        let few = (n < FEW_UNITS).then(|| Warning::new(WarningKind::FewUnits, n, message));
        FrictionReport {
            n_sessions: n,
            n_visits: partial.n_visits,
            touchpoints: tallies.into_iter().map(touchpoint).collect(),
            warnings: few.into_iter().collect(),
        }
    }
}

/// One visit: touchpoint, first row, signals.
struct Visit {
    code: u32,
    row: usize,
    signals: u32,
}

impl FrictionPlan {
    fn visits(
        &self,
        dataset: &Dataset,
        masks: &[u32],
        first: usize,
        rows: Range<usize>,
    ) -> Vec<Visit> {
        let mut visits: Vec<Visit> = Vec::new();
        for row in rows {
            let mask = masks[row - first];
            let current = visits.last().map(|visit| visit.code);
            let begins = match self.touchpoint {
                Touchpoint::Page => {
                    let page = dataset.page.as_ref().map_or(0, |page| page.get(row));
                    let is_new = |code| current != Some(code) || mask & PAGE_VIEW != 0;
                    page.checked_sub(1).filter(|&code| is_new(code))
                }
                Touchpoint::Name => (mask & ASIDE == 0).then(|| dataset.name.get(row)),
            };
            if let Some(code) = begins {
                let signals = 0;
                visits.push(Visit { code, row, signals });
            }
            if let Some(visit) = visits.last_mut() {
                visit.signals |= mask & ANY_SIGNAL;
            }
        }
        visits
    }
}

/// What was found on each touchpoint, by its code.
struct Tallies {
    numbers: KeyTable,
    /// By number.
    list: Vec<Tally>,
}

impl Tallies {
    fn of(&mut self, code: u32) -> &mut Tally {
        let number = self.numbers.number(code.into());
        if number == self.list.len() {
            self.list.push(Tally::default());
        }
        &mut self.list[number]
    }

    /// Adds one session, whose last event that reaches the goal is `goal`.
    fn add_session(&mut self, visits: &mut [Visit], goal: Option<usize>) {
        visits.sort_unstable_by_key(|visit| (visit.code, visit.row));
        for visits in visits.chunk_by(|a, b| a.code == b.code) {
            let tally = self.of(visits[0].code);
            tally.n_visits += visits.len() as u64;
            for visit in visits {
                for (n_visits, has) in tally.visits.iter_mut().zip(has(visit.signals)) {
                    *n_visits += u64::from(has);
                }
            }
            let signals = visits.iter().fold(0, |all, visit| all | visit.signals);
            let is_converted = goal.is_some_and(|goal| goal >= visits[0].row);
            for (cells, has) in tally.sessions.iter_mut().zip(has(signals)) {
                cells[usize::from(!has)][usize::from(!is_converted)] += 1;
            }
        }
    }
}

/// Whether there is any signal, and each of them.
fn has(signals: u32) -> impl Iterator<Item = bool> {
    let each = (0..N).map(move |bit| signals >> bit & 1 != 0);
    std::iter::once(signals != 0).chain(each)
}

fn conversion(cells: [[u64; 2]; 2]) -> SignalConversion {
    let [n_with, n_without] = cells.map(|row| row[0] + row[1]);
    SignalConversion {
        n_with,
        with: Rate::new(cells[0][0], n_with),
        n_without,
        without: Rate::new(cells[1][0], n_without),
        odds_ratio: (n_with > 0 && n_without > 0).then(|| OddsRatio::new(cells)),
    }
}

fn touchpoint((label, tally): (String, Tally)) -> TouchpointFriction {
    let signals = (1..).zip(Signal::ALL);
    let signals = signals.filter(|&(index, _)| tally.visits[index] > 0);
    let signals = signals.map(|(index, signal)| SignalFriction {
        signal,
        n_visits: tally.visits[index],
        share: Rate::new(tally.visits[index], tally.n_visits),
        conversion: conversion(tally.sessions[index]),
    });
    TouchpointFriction {
        label,
        n_visits: tally.n_visits,
        n_visits_with_signal: tally.visits[0],
        index: Rate::new(tally.visits[0], tally.n_visits),
        conversion: conversion(tally.sessions[0]),
        signals: signals.collect(),
    }
}
