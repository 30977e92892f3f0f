//! Attempts of a unit, for a funnel that counts totals.
//!
//! A unit's events are cut in two ways. Before the time of an event that may start a chain, when
//! the window of every earlier start is over: all chains begun before have timed out. And after a chain that has
//! completed. What lies between two cuts is walked as a unit is.

use super::events::{Event, UnitEvents};
use super::timeline::Seen;
use super::{FunnelOrder, FunnelPlan};

impl FunnelPlan {
    /// Steps whose events may start a chain, as a mask.
    fn starts(&self) -> u32 {
        match self.order {
            FunnelOrder::Any => u32::MAX,
            FunnelOrder::Sequential | FunnelOrder::Strict => 1,
        }
    }
}

/// Hands over each attempt of a unit. `walk` gives the row after the chain if it has completed.
pub(super) fn each_attempt(
    plan: &FunnelPlan,
    unit: UnitEvents<'_>,
    mut walk: impl FnMut(UnitEvents<'_>) -> Option<usize>,
) {
    let look = |event: &Event| (event.mask, unit.times.get(event.row as usize));
    each_piece(plan, unit.events, look, |mut events| {
        // The walk stops where a chain completes, so that going on from there costs no more.
        while !events.is_empty() {
            let Some(next_row) = walk(UnitEvents { events, ..unit }) else {
                break;
            };
            let n_used = events.partition_point(|event| (event.row as usize) < next_row);
            events = &events[n_used..];
        }
    });
}

/// Fewest events to look at when a chain that completes is searched for.
const FEW: usize = 32;

/// The same for a funnel with options. `walk` is told whether these are all events of the attempt,
/// and gives the row after the chain if it has completed and the events suffice to say so.
pub(super) fn each_attempt_with_options(
    plan: &FunnelPlan,
    events: &[Seen],
    ts: impl Fn(u32) -> i64,
    mut walk: impl FnMut(&[Seen], bool) -> Option<usize>,
) {
    let event = |event: &Seen| (event.1, ts(event.0));
    each_piece(plan, events, event, |mut events| {
        while !events.is_empty() {
            // A chain that completes within the first events completes the attempt, whatever
            // comes after; looking at all of them each time would take the square of the time.
            let mut n_events = FEW;
            let completed = loop {
                n_events = n_events.min(events.len());
                let last = ts(events[n_events - 1].0);
                let same_time = |event: &&Seen| ts(event.0) == last;
                n_events += events[n_events..].iter().take_while(same_time).count();
                let is_all = n_events == events.len();
                let completed = walk(&events[..n_events], is_all);
                if is_all || completed.is_some() {
                    break completed;
                }
                n_events *= 2;
            };
            let Some(next_row) = completed else {
                break;
            };
            events = &events[events.partition_point(|event| (event.0 as usize) < next_row)..];
        }
    });
}

/// Cuts events, of which `look` gives mask and time, where all chains begun before have timed out.
fn each_piece<E>(
    plan: &FunnelPlan,
    mut events: &[E],
    look: impl Fn(&E) -> (u32, i64),
    mut add: impl FnMut(&[E]),
) {
    let starts = plan.starts();
    while !events.is_empty() {
        let mut latest_start: Option<i64> = None;
        let is_cut = |event: &E| {
            let (mask, ts) = look(event);
            let is_start = mask & starts != 0;
            let is_late = latest_start.is_some_and(|start| ts - start > plan.rules.window);
            if is_start {
                latest_start = Some(ts);
            }
            is_start && is_late
        };
        let mut n_events = events.iter().position(is_cut).unwrap_or(events.len());
        // What is simultaneous with that event goes with it.
        if let Some(cut) = events.get(n_events) {
            let is_together = |event: &&E| look(event).1 == look(cut).1;
            n_events -= events[..n_events]
                .iter()
                .rev()
                .take_while(is_together)
                .count();
        }
        let (piece, others) = events.split_at(n_events);
        add(piece);
        events = others;
    }
}
