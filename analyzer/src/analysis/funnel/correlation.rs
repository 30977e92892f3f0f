//! What goes with conversion: events and property values that those who converted had more, or
//! less, often than those who dropped.
//!
//! Looked at are the unit's events from the time of the event that entered to the time of the
//! event that took the last step, or, for those who dropped, to the end of the window; both
//! inclusive. Events that can take a step are left out, except that the properties of the event
//! that entered count: everybody has one. Those who dropped are watched for longer than those who
//! converted quickly, so what merely takes time looks as if it went with dropping.

use std::ops::Range;

use serde::Serialize;

use crate::analysis::by_text::ByText;
use crate::analysis::filter::PropOperand;
use crate::analysis::statistics::{OddsRatio, benjamini_hochberg};
use crate::analysis::wire::wire;
use crate::dataset::{Dataset, PropColumn};

use super::breakdown::{operand, value_key};
use super::events::Chain;
use super::{Correlation, FunnelPlan};

/// What goes with conversion. An association says nothing about causes.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS, crate::Schema))]
pub struct CorrelationReport {
    /// Units that took the last step.
    pub n_converted: u64,
    /// Units that dropped. Pending ones are in neither number.
    pub n_dropped: u64,
    /// How many events and values were tested.
    pub n_tested: u64,
    /// The least likely to be chance, by p value; equal ones by how far the odds ratio is from 1.
    pub correlates: Vec<FunnelCorrelate>,
}

/// One event or value, and how it goes with conversion.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS, crate::Schema))]
pub struct FunnelCorrelate {
    /// The event or value.
    pub of: Trait,
    /// Units that converted and have it.
    pub n_converted: u64,
    /// Units that dropped and have it.
    pub n_dropped: u64,
    /// Odds of converting with it, as a multiple of those without it.
    pub odds_ratio: OddsRatio,
    /// P value after the Benjamini–Hochberg correction over everything that was tested.
    pub p_corrected: f64,
}

/// Something that a unit may have.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "ts", derive(ts_rs::TS, crate::Schema))]
pub enum Trait {
    /// An event of this name.
    Event(String),
    /// An event with this value of a property.
    Prop {
        /// Key of the property.
        key: String,
        /// Its value.
        value: PropOperand,
    },
}

/// Units that converted, and units that dropped.
type Pair = [u64; 2];

/// What was found among some people.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct CorrelationPartial {
    n_units: Pair,
    events: ByText<Pair>,
    /// By key and then by value, which is a text after a letter for its type.
    props: ByText<ByText<Pair>>,
}

wire!(CorrelationPartial {
    n_units,
    events,
    props
});

/// Units by code.
struct Codes {
    counts: Vec<Pair>,
    /// Number of the last unit that was counted at each code.
    last: Vec<u32>,
}

impl Codes {
    fn new(n_codes: usize) -> Self {
        Self {
            counts: vec![[0; 2]; n_codes],
            last: vec![0; n_codes],
        }
    }

    fn add(&mut self, code: usize, unit: u32, group: usize) {
        if self.last[code] != unit {
            self.last[code] = unit;
            self.counts[code][group] += 1;
        }
    }

    fn into_counts(self) -> impl Iterator<Item = (usize, Pair)> {
        let counts = self.counts.into_iter().enumerate();
        counts.filter(|(_, pair)| *pair != [0; 2])
    }
}

/// What is found in one dataset.
pub(super) struct Tally<'a> {
    /// Number of the present unit, from 1.
    unit: u32,
    n_units: Pair,
    events: Codes,
    props: Vec<(&'a PropColumn, Codes)>,
}

impl<'a> Tally<'a> {
    pub(super) fn new(config: &Correlation, dataset: &'a Dataset) -> Self {
        let is_wanted = |column: &&PropColumn| {
            let keys = config.props.as_ref();
            keys.is_none_or(|keys| keys.contains(&column.key))
        };
        Self {
            unit: 0,
            n_units: [0; 2],
            events: Codes::new(dataset.names.len()),
            props: dataset
                .props
                .iter()
                .filter(is_wanted)
                .map(|column| (column, Codes::new(column.values.len())))
                .collect(),
        }
    }

    /// Adds a unit that is not pending.
    pub(super) fn add(
        &mut self,
        plan: &FunnelPlan,
        dataset: &Dataset,
        chain: &Chain,
        unit: &Range<usize>,
    ) {
        let has_converted = chain.depth == plan.rules.n_steps;
        let group = usize::from(!has_converted);
        let until = if has_converted {
            chain.times[chain.depth - 1]
        } else {
            chain.start() + plan.rules.window
        };
        let first_after = |holds: &dyn Fn(i64) -> bool| {
            let (mut low, mut high) = (unit.start, unit.end);
            while low < high {
                let middle = low + (high - low) / 2;
                if holds(dataset.ts.get(middle)) {
                    low = middle + 1;
                } else {
                    high = middle;
                }
            }
            low
        };
        let rows = first_after(&|ts| ts < chain.start())..first_after(&|ts| ts <= until);
        let masks = plan.matcher.masks(dataset, rows.clone());
        self.unit += 1;
        self.n_units[group] += 1;
        for (row, _) in rows.clone().zip(&masks).filter(|(_, mask)| **mask == 0) {
            let name = dataset.name.get(row) as usize;
            self.events.add(name, self.unit, group);
        }
        let entry = chain.rows[chain.entry] as usize;
        for (column, codes) in &mut self.props {
            column.rows.each(rows.clone(), &mut |index, row| {
                if masks[row - rows.start] == 0 || row == entry {
                    codes.add(column.codes.get(index) as usize, self.unit, group);
                }
            });
        }
    }

    pub(super) fn into_partial(self, dataset: &Dataset) -> CorrelationPartial {
        let name = |(code, pair)| (dataset.names.text(code).to_owned(), pair);
        CorrelationPartial {
            n_units: self.n_units,
            events: self.events.into_counts().map(name).collect(),
            props: self
                .props
                .into_iter()
                .map(|(column, codes)| {
                    let value = |(code, pair)| (value_key(column.value(code)), pair);
                    let values = codes.into_counts().map(value).collect();
                    (column.key.clone(), values)
                })
                .collect(),
        }
    }
}

fn add(into: &mut Pair, other: Pair) {
    into[0] += other[0];
    into[1] += other[1];
}

impl CorrelationPartial {
    pub(super) fn merge(mut self, other: Self) -> Self {
        add(&mut self.n_units, other.n_units);
        for (name, pair) in other.events {
            add(self.events.of(name), pair);
        }
        for (key, values) in other.props {
            let own = self.props.of(key);
            for (value, pair) in values {
                add(own.of(value), pair);
            }
        }
        self
    }

    pub(super) fn finish(self, config: &Correlation) -> CorrelationReport {
        let [n_converted, n_dropped] = self.n_units;
        let events = self
            .events
            .into_iter()
            .map(|(name, pair)| (Trait::Event(name), pair));
        let props = self.props.into_iter().flat_map(|(key, values)| {
            let prop = move |(value, pair): (String, Pair)| {
                let value = operand(&value);
                let key = key.clone();
                (Trait::Prop { key, value }, pair)
            };
            values.into_iter().map(prop)
        });
        let mut correlates: Vec<FunnelCorrelate> = events
            .chain(props)
            .filter(|(_, [converted, dropped])| converted + dropped >= u64::from(config.min_units))
            .map(|(of, [converted, dropped])| FunnelCorrelate {
                of,
                n_converted: converted,
                n_dropped: dropped,
                odds_ratio: OddsRatio::new([
                    [converted, dropped],
                    [n_converted - converted, n_dropped - dropped],
                ]),
                p_corrected: 1.0,
            })
            .collect();
        let p_values: Vec<f64> = correlates
            .iter()
            .map(|correlate| correlate.odds_ratio.p)
            .collect();
        for (correlate, p) in correlates.iter_mut().zip(benjamini_hochberg(&p_values)) {
            correlate.p_corrected = p;
        }
        let n_tested = correlates.len() as u64;
        correlates.sort_by(|a, b| {
            let strength = |correlate: &FunnelCorrelate| correlate.odds_ratio.value.ln().abs();
            let by_p = a.odds_ratio.p.total_cmp(&b.odds_ratio.p);
            by_p.then_with(|| strength(b).total_cmp(&strength(a)))
        });
        correlates.truncate(config.n_top as usize);
        CorrelationReport {
            n_converted,
            n_dropped,
            n_tested,
            correlates,
        }
    }
}
