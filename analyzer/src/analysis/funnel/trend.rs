//! The funnel over time: how those did who entered in each hour, day, week or month.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use serde::Serialize;

use crate::analysis::RequestError;
use crate::analysis::statistics::Rate;
use crate::analysis::time_zone::{Period, Transitions};

use super::Trend;
use super::partial::PeriodPartial;

/// The funnel over time. Periods in which nobody entered are left out.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS, crate::Schema))]
pub struct FunnelTrend {
    /// Into which periods time is cut.
    pub by: Period,
    /// Whose calendar and clock count.
    pub time_zone: String,
    /// By time.
    pub periods: Vec<FunnelPeriod>,
}

/// Those who entered in one period.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS, crate::Schema))]
pub struct FunnelPeriod {
    /// Its first instant, in milliseconds since the Unix epoch.
    pub start_ts: i64,
    /// The first instant after it.
    pub end_ts: i64,
    /// The same in local time: `2026-03-29`, for hours `2026-03-29T14:00`.
    pub label: String,
    /// Units that got to each step, from where they entered.
    pub n_units: Vec<u64>,
    /// Share of those who entered that took the last step.
    pub conversion: Rate,
    /// Units that may yet go on.
    pub n_pending: u64,
    /// The window of someone who entered in this period may be open at the end of the data, or
    /// the period itself is not over: its numbers may still grow.
    pub is_incomplete: bool,
}

/// A trend whose time zone is known.
pub(super) struct Plan {
    by: Period,
    time_zone: String,
    transitions: Arc<Transitions>,
}

impl Plan {
    pub(super) fn new(config: &Trend) -> Result<Self, RequestError> {
        Ok(Self {
            by: config.by,
            time_zone: config.time_zone.name().to_owned(),
            transitions: config.time_zone.transitions("trend.time_zone")?,
        })
    }

    /// First instant of the period of an instant, and instants around it that are all of that
    /// period: they end where clocks change, since a local day may go on after the next has begun.
    pub(super) fn period(&self, ts: i64) -> (i64, Range<i64>) {
        let start = self.transitions.start(self.by, ts);
        let (before, after) = self.transitions.changes_around(ts);
        let from = before.map_or(start, |change| start.max(change));
        let next = self.transitions.next_start(self.by, ts);
        (start, from..after.map_or(next, |change| next.min(change)))
    }

    pub(super) fn finish(
        &self,
        periods: BTreeMap<i64, PeriodPartial>,
        window: i64,
        data_end: Option<i64>,
    ) -> FunnelTrend {
        let period = |(start_ts, period): (i64, PeriodPartial)| {
            let end_ts = self.transitions.next_start(self.by, start_ts);
            let n_converted = period.n_units.last().copied().unwrap_or(0);
            FunnelPeriod {
                start_ts,
                end_ts,
                label: self.label(start_ts),
                conversion: Rate::new(n_converted, period.n_entered),
                n_pending: period.n_pending,
                is_incomplete: data_end
                    .is_none_or(|data_end| (end_ts - 1).saturating_add(window) >= data_end),
                n_units: period.n_units,
            }
        };
        FunnelTrend {
            by: self.by,
            time_zone: self.time_zone.clone(),
            periods: periods.into_iter().map(period).collect(),
        }
    }

    fn label(&self, ts: i64) -> String {
        let date = self.transitions.date(ts);
        let day = format!("{:04}-{:02}-{:02}", date.year, date.month, date.day);
        match self.by {
            Period::Hour => {
                let minutes = self.transitions.local(ts).rem_euclid(3_600_000) / 60_000;
                format!("{day}T{:02}:{minutes:02}", self.transitions.hour(ts))
            }
            Period::Day | Period::Week | Period::Month => day,
        }
    }
}
