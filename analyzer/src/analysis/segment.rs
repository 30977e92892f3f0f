//! Segments: conditions over all events of a person, or of a session.
//!
//! A segment looks at everything the person did, whatever the dates and the event filter of the
//! report; its conditions have dates of their own.

use serde::{Deserialize, Serialize};

use crate::pattern::Pattern;

use super::RequestError;
use super::dates::Dates;
use super::filter::Filter;
use super::time_zone::TimeZone;

mod evaluate;

pub(crate) use evaluate::units;

/// A condition over the events of a person; of a session where it chooses sessions.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS, crate::Schema))]
pub enum Segment {
    /// Has so many events that meet a filter.
    Did(Did),
    /// The first event meets this.
    First(Filter),
    /// The last event meets this.
    Last(Filter),
    /// The names of the events, in time order, match this path pattern. Repeats count as one.
    Sequence(String),
    /// The amounts of some events add up to so much.
    Value(ValueSum),
    /// All of these hold. Without any, it holds.
    All(Vec<Segment>),
    /// At least one of these holds. Without any, it does not hold.
    Any(Vec<Segment>),
    /// This does not hold.
    Not(Box<Segment>),
}

/// How many events meet a filter.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS, crate::Schema))]
pub struct Did {
    /// Which events count.
    pub filter: Filter,
    /// At least so many. 1 unless given; 0 where only `at_most` is given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub at_least: Option<u64>,
    /// At most so many. Without it, there is no limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub at_most: Option<u64>,
    /// Only events of this range count.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub dates: Option<Dates>,
}

impl Did {
    /// Whether this many events meet it.
    fn allows(&self, count: u64) -> bool {
        count >= self.least() && self.at_most.is_none_or(|most| count <= most)
    }

    fn least(&self) -> u64 {
        self.at_least
            .unwrap_or(if self.at_most.is_some() { 0 } else { 1 })
    }
}

/// What the amounts of some events add up to. Amounts of other currencies are not looked at.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS, crate::Schema))]
pub struct ValueSum {
    /// Which events count.
    pub filter: Filter,
    /// ISO 4217 code of the currency.
    pub currency: String,
    /// At least so much, in the currency's minor unit: cents for EUR.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub at_least_minor: Option<i64>,
    /// At most so much, in the currency's minor unit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub at_most_minor: Option<i64>,
    /// Only events of this range count.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub dates: Option<Dates>,
}

/// Segments nested deeper than this are refused: a person cannot have meant them.
const MAX_DEPTH: usize = 16;

impl Segment {
    /// Checks what the types cannot. `place` names the segment in messages.
    pub(crate) fn validate(&self, place: &str) -> Result<(), RequestError> {
        self.validate_at(place, 0)
    }

    fn validate_at(&self, place: &str, depth: usize) -> Result<(), RequestError> {
        let wrong = |problem: String| Err(RequestError::new(place, problem));
        if depth > MAX_DEPTH {
            return wrong(format!(
                "is nested more than {MAX_DEPTH} deep; write it flatter"
            ));
        }
        match self {
            Self::Did(did) => {
                did.filter.validate(place)?;
                if did.at_most.is_some_and(|most| most < did.least()) {
                    return wrong(
                        "has `at_most` below `at_least`; nobody can meet that".to_owned(),
                    );
                }
                check_dates(did.dates.as_ref(), place)
            }
            Self::First(filter) | Self::Last(filter) => filter.validate(place),
            Self::Sequence(pattern) => match pattern.parse::<Pattern>() {
                Ok(_) => Ok(()),
                Err(error) => wrong(format!("has a pattern that cannot be read: {error}")),
            },
            Self::Value(sum) => {
                sum.filter.validate(place)?;
                if sum.at_least_minor.is_none() && sum.at_most_minor.is_none() {
                    return wrong("needs `at_least_minor` or `at_most_minor`".to_owned());
                }
                check_dates(sum.dates.as_ref(), place)
            }
            Self::All(segments) | Self::Any(segments) => segments
                .iter()
                .try_for_each(|segment| segment.validate_at(place, depth + 1)),
            Self::Not(segment) => segment.validate_at(place, depth + 1),
        }
    }

    /// Calls `visit` with every time zone.
    pub(crate) fn for_each_zone(&mut self, visit: &mut dyn FnMut(&mut TimeZone)) {
        match self {
            Self::Did(Did { dates, .. }) | Self::Value(ValueSum { dates, .. }) => {
                if let Some(dates) = dates {
                    visit(&mut dates.time_zone);
                }
            }
            Self::All(segments) | Self::Any(segments) => segments
                .iter_mut()
                .for_each(|segment| segment.for_each_zone(visit)),
            Self::Not(segment) => segment.for_each_zone(visit),
            Self::First(_) | Self::Last(_) | Self::Sequence(_) => {}
        }
    }

    /// Whether it asks for an event of this name, one way or the other.
    pub(crate) fn mentions(&self, name: &str) -> bool {
        match self {
            Self::Did(Did { filter, .. })
            | Self::Value(ValueSum { filter, .. })
            | Self::First(filter)
            | Self::Last(filter) => filter.names().contains(&name),
            Self::Sequence(pattern) => pattern
                .parse::<Pattern>()
                .is_ok_and(|pattern| pattern.names().any(|other| other == name)),
            Self::All(segments) | Self::Any(segments) => {
                segments.iter().any(|segment| segment.mentions(name))
            }
            Self::Not(segment) => segment.mentions(name),
        }
    }
}

fn check_dates(dates: Option<&Dates>, place: &str) -> Result<(), RequestError> {
    match dates {
        Some(dates) => dates.range(&format!("{place}.dates")).map(|_| ()),
        None => Ok(()),
    }
}
