//! Ranges of time as a person writes them: local dates, or instants.

use std::ops::Range;

use serde::de::{Deserializer, Error as _};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::RequestError;
use super::time_zone::{Date, TimeZone};
use crate::plain::{FromPlain, PlainError};

/// A range of time, from the beginning of `from` until just before `to`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS, crate::Schema), ts(optional_fields))]
pub struct Dates {
    /// The first moment that is in. Without it, the range has no beginning.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub from: Option<Moment>,
    /// The first moment that is not in any more. Without it, the range has no end.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub to: Option<Moment>,
    /// IANA name of the time zone that dates are in, such as `Europe/Berlin`. UTC unless given.
    #[cfg_attr(feature = "ts", ts(as = "Option<String>"))]
    pub time_zone: TimeZone,
}

/// A moment: the beginning of a local date, or an instant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS, crate::Schema))]
pub enum Moment {
    /// Milliseconds since the Unix epoch.
    Ts(i64),
    /// A date as ISO 8601 writes it, `2026-09-01`: the moment at which it begins.
    Date(String),
}

impl FromPlain for Moment {
    fn from_plain(value: Value) -> Result<Self, PlainError> {
        let found = match value {
            Value::Number(number) => number.as_i64().map(Self::Ts),
            Value::String(text) => Some(Self::Date(text)),
            _ => None,
        };
        found
            .ok_or_else(|| PlainError::custom("expected a date, or milliseconds as a whole number"))
    }
}

impl<'de> Deserialize<'de> for Moment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::from_plain(Value::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

impl Dates {
    /// The instants, from the first one that is in to the first one that is not. `place` names
    /// the range in messages.
    pub(crate) fn range(&self, place: &str) -> Result<Range<i64>, RequestError> {
        let moment = |moment: &Option<Moment>, field: &str, without: i64| match moment {
            None => Ok(without),
            Some(Moment::Ts(ts)) => Ok(*ts),
            Some(Moment::Date(text)) => {
                let date = date(text, &format!("{place}.{field}"))?;
                let zone = self.time_zone.transitions(&format!("{place}.time_zone"))?;
                Ok(zone.start_of_day(date))
            }
        };
        let from = moment(&self.from, "from", i64::MIN)?;
        let to = moment(&self.to, "to", i64::MAX)?;
        if from >= to {
            return Err(RequestError::new(
                place,
                "ends before it begins; give a `to` after `from`, which is itself not in",
            ));
        }
        Ok(from..to)
    }

    /// The range of the same length that ends where this one begins: as many days where both
    /// ends are dates, else as many milliseconds.
    pub(crate) fn previous(&self, place: &str) -> Result<Self, RequestError> {
        let from = match (&self.from, &self.to) {
            (Some(Moment::Date(from)), Some(Moment::Date(to))) => {
                let first = date(from, &format!("{place}.from"))?.days();
                let end = date(to, &format!("{place}.to"))?.days();
                let Date { year, month, day } = Date::from_days(first - (end - first));
                Moment::Date(format!("{year:04}-{month:02}-{day:02}"))
            }
            (Some(_), Some(_)) => {
                let range = self.range(place)?;
                let length = range.end.saturating_sub(range.start);
                Moment::Ts(range.start.saturating_sub(length))
            }
            _ => {
                return Err(RequestError::new(
                    place,
                    "needs `from` and `to`, so that there is a period before it",
                ));
            }
        };
        Ok(Self {
            from: Some(from),
            to: self.from.clone(),
            time_zone: self.time_zone.clone(),
        })
    }
}

fn date(text: &str, place: &str) -> Result<Date, RequestError> {
    Date::parse(text).ok_or_else(|| {
        RequestError::new(
            place,
            format!("is `{text}`; give a date such as 2026-09-01, or milliseconds since 1970"),
        )
    })
}
