//! Scope: which part of the data a report looks at.
//!
//! Bots go first. Segments then choose people and sessions by everything that they did. Of those,
//! the events within the dates that pass the event filter make the dataset of the report. People
//! and sessions are those of the whole data: two events of one session stay in one session,
//! whatever is left out between them.

use serde::{Deserialize, Serialize};

use super::RequestError;
use super::dates::Dates;
use super::filter::Filter;
use super::segment::Segment;
use super::time_zone::TimeZone;

mod recent;
mod select;

pub use recent::Recent;
pub use select::Scoped;

/// Which part of the data a report looks at. All of it but the bots unless something is given.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS, crate::Schema), ts(optional_fields))]
pub struct Scope {
    /// Only events of this range of time.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional = nullable))]
    pub dates: Option<Dates>,
    /// Only events that meet this.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional = nullable))]
    pub events: Option<Filter>,
    /// Only sessions whose events, also those that are left out here, meet this.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional = nullable))]
    pub sessions: Option<Segment>,
    /// Only people whose events, also those that are left out here, meet this.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional = nullable))]
    pub people: Option<Segment>,
    /// What happens to events that a program seems to have sent.
    #[cfg_attr(feature = "ts", ts(as = "Option<_>"))]
    pub bots: Bots,
}

/// What happens to events that a program seems to have sent. They tell by their property
/// [`bot_score`](event::BOT_SCORE), a number from 0 to 1; events without one are not bots'.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS, crate::Schema), ts(optional_fields))]
pub struct Bots {
    /// Leaves out events with a score above the threshold. True unless given.
    #[cfg_attr(feature = "ts", ts(as = "Option<_>"))]
    pub exclude: bool,
    /// The threshold. 0.5 unless given.
    #[cfg_attr(feature = "ts", ts(as = "Option<_>"))]
    pub threshold: f64,
}

impl Default for Bots {
    fn default() -> Self {
        Self {
            exclude: true,
            threshold: 0.5,
        }
    }
}

impl Scope {
    /// Calls `visit` with every time zone.
    pub(crate) fn for_each_zone(&mut self, visit: &mut dyn FnMut(&mut TimeZone)) {
        if let Some(dates) = &mut self.dates {
            visit(&mut dates.time_zone);
        }
        for segment in [&mut self.sessions, &mut self.people].into_iter().flatten() {
            segment.for_each_zone(visit);
        }
    }

    /// Whether people or sessions are chosen by whether they have an event of this name.
    pub(crate) fn chooses_by(&self, name: &str) -> bool {
        let mut segments = [&self.sessions, &self.people].into_iter().flatten();
        segments.any(|segment| segment.mentions(name))
    }

    /// The same for the period of the same length before.
    pub(crate) fn previous_period(&self, place: &str) -> Result<Self, RequestError> {
        let Some(dates) = &self.dates else {
            return Err(RequestError::new(
                place,
                "has no `dates`, so that there is no period before it",
            ));
        };
        Ok(Self {
            dates: Some(dates.previous(&format!("{place}.dates"))?),
            ..self.clone()
        })
    }
}
