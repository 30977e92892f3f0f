//! Walking the stored events of a selection, in order of arrival, each once.
//!
//! The writer drops what is sent twice within [`PERIOD_DAYS`]. What is sent
//! again later is in the log twice, and left out here. To find it without remembering every id, only *suspects*
//! are remembered: events whose id does not prove that they are fresh. An id of version 7 holds the time at
//! which it was made. If that lies within the last six days before the arrival, and at most one day after it,
//! then an earlier arrival of the same id is either within the writer's period, so there is none, or was itself
//! more than a day ahead of its id, so that it is a suspect. A walk over the log collects the suspects, a
//! second walk lets each through once. A log shorter than the period needs only the second.

use std::collections::HashMap;
use std::fs::File;
use std::io;

use event::Uuid;

use super::Selection;
use crate::log::read::{Damage, Item, Reader};
use crate::log::record::StoredEvent;
use crate::log::segment;
use crate::store::Snapshot;
use crate::store::dedupe::PERIOD_DAYS;

const DAY_MILLIS: i64 = 86_400_000;
/// How far an id may be ahead of its arrival without being suspect.
const MAX_AHEAD_MILLIS: i64 = DAY_MILLIS;
/// How far it may be behind. The writer's period is whole days, so its last one may have just begun.
const MAX_BEHIND_MILLIS: i64 = (PERIOD_DAYS as i64 - 1) * DAY_MILLIS - MAX_AHEAD_MILLIS;

/// Calls `visit` with each event of the selection.
///
/// # Errors
/// A segment can't be read, or `visit` failed. Damage is passed over and logged.
pub fn scan(
    snapshot: &Snapshot,
    selection: &Selection,
    mut visit: impl FnMut(StoredEvent<'_>) -> io::Result<()>,
) -> io::Result<()> {
    let mut was_visited = HashMap::<Uuid, bool>::new();
    if snapshot.may_repeat {
        walk(snapshot, selection, |received_at, event| {
            if is_suspect(event.id, received_at) {
                was_visited.insert(event.id, false);
            }
            Ok(())
        })?;
    }
    walk(snapshot, selection, |_, event| {
        match was_visited.get_mut(&event.id) {
            Some(true) => Ok(()),
            Some(was_visited) => {
                *was_visited = true;
                visit(event)
            }
            None => visit(event),
        }
    })
}

/// Whether an event that arrived at `received_at` may have arrived before the writer's period.
fn is_suspect(id: Uuid, received_at: i64) -> bool {
    if id.get_version_num() != 7 {
        return true;
    }
    let made_at = (id.as_u128() >> 80) as i64; // The first 48 bits: milliseconds since the Unix epoch.
    !(-MAX_AHEAD_MILLIS..=MAX_BEHIND_MILLIS).contains(&received_at.saturating_sub(made_at))
}

/// Calls `visit` with each event of the selection as often as it is in the log, and when it arrived.
fn walk(
    snapshot: &Snapshot,
    selection: &Selection,
    mut visit: impl FnMut(i64, StoredEvent<'_>) -> io::Result<()>,
) -> io::Result<()> {
    for slice in &snapshot.segments {
        let file = File::open(slice.name.path(&snapshot.directory))?;
        let n_known = match snapshot.after {
            after if after.segment == slice.name.number => after.n_bytes,
            _ => 0,
        };
        let start = n_known.max(segment::HEADER_BYTES).min(slice.n_bytes);
        let mut reader = Reader::new(file, start, slice.n_bytes)?;
        while let Some(item) = reader.next()? {
            match item {
                Item::Record(record) if record.envelope.site == selection.site => {
                    for event in record
                        .events()
                        .filter(|event| selection.ts.contains(&event.ts))
                    {
                        visit(record.envelope.received_at, event)?;
                    }
                }
                Item::Record(_) => {}
                Item::Damage(Damage { offset, n_bytes }) => {
                    let segment = slice.name;
                    tracing::warn!(%segment, offset, n_bytes, "damaged bytes left out of an export");
                }
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::testing::{Log, selection, uuid_v7};
    use super::*;

    fn ids(log: &Log, selection: &Selection) -> Vec<Uuid> {
        let mut ids = Vec::new();
        scan(&log.snapshot(selection), selection, |event| {
            ids.push(event.id);
            Ok(())
        })
        .unwrap();
        ids
    }

    #[test]
    fn events_come_in_order_of_arrival_and_within_the_range() {
        let mut log = Log::new();
        let id = |n| uuid_v7(0, n);
        log.store("demo", 1000, &[(id(1), 30), (id(2), 10)]);
        log.store("other", 1000, &[(id(3), 20)]);
        log.store("demo", 2000, &[(id(4), 20), (id(5), 40)]);
        assert_eq!(ids(&log, &selection(0..i64::MAX)), [1, 2, 4, 5].map(id));
        assert_eq!(ids(&log, &selection(10..30)), [2, 4].map(id));
        assert_eq!(ids(&log, &selection(31..40)), [0; 0].map(id));
    }

    #[test]
    fn what_came_before_a_position_is_left_out() {
        let mut log = Log::new();
        let id = |n| uuid_v7(0, n);
        let all = selection(0..i64::MAX);
        let mut ends = vec![log.snapshot(&all).end];
        for n in 1..=3 {
            log.store("demo", 1000, &[(id(n), 5)]);
            ends.push(log.snapshot(&all).end);
        }
        for (n_known, end) in ends.into_iter().enumerate() {
            let mut snapshot = log.snapshot(&all);
            snapshot.leave_out_before(end);
            let mut ids = Vec::new();
            scan(&snapshot, &all, |event| {
                ids.push(event.id);
                Ok(())
            })
            .unwrap();
            assert_eq!(ids, [1, 2, 3].map(id)[n_known..], "after {end}");
        }
    }

    #[test]
    fn damage_done_while_the_collector_runs_costs_the_record_it_is_in() {
        let mut log = Log::new();
        let id = |n| uuid_v7(0, n);
        for n in 1..=3 {
            log.store("demo", 1000, &[(id(n), 5)]);
        }
        let all = selection(0..10);
        let snapshot = log.snapshot(&all);
        let path = snapshot.segments[0].name.path(&snapshot.directory);
        let mut bytes = std::fs::read(&path).unwrap();
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        std::fs::write(&path, bytes).unwrap();
        assert_eq!(ids(&log, &all), [1, 3].map(id));
    }

    #[test]
    fn an_event_that_comes_again_after_the_period_is_given_back_once() {
        let fresh = |day: i64, n| uuid_v7(day * DAY_MILLIS, n);
        for (name, id) in [
            ("made before the first arrival", fresh(10, 1)),
            ("made long before", fresh(1, 1)),
            ("a clock far ahead", fresh(19, 1)),
            ("no version 7", Uuid::from_u128(1)),
        ] {
            let mut log = Log::new();
            log.store("demo", 10 * DAY_MILLIS + 1, &[(id, 5), (fresh(10, 2), 6)]);
            log.store("demo", 19 * DAY_MILLIS, &[(fresh(19, 3), 7), (id, 5)]);
            let selection = selection(0..i64::MAX);
            assert!(log.snapshot(&selection).may_repeat);
            assert_eq!(
                ids(&log, &selection),
                [id, fresh(10, 2), fresh(19, 3)],
                "{name}"
            );
        }
    }
}
