//! The first event of each unit that has one of some names, and when the last one was.
//!
//! What a funnel needs of most units is when they first did each step. That depends on the names
//! alone, so it is kept after it was first asked for: 20 bytes a unit, for a few sets of names. It
//! is no part of what a dataset is.

use std::sync::{Arc, Mutex, PoisonError};

use super::Dataset;

/// How many sets of names are kept; the one asked for longest ago goes first.
pub(crate) const MAX_KEPT: usize = 8;

/// Stands for a unit that has none of the names.
const NONE: u32 = u32::MAX;

/// The first event with one of some names, and the time of the last one, for each unit.
#[derive(Debug)]
pub(crate) struct Firsts {
    rows: Vec<u32>,
    times: Vec<i64>,
    last_times: Vec<i64>,
}

impl Firsts {
    /// Row and time of the first event of a unit, if it has one.
    #[inline]
    pub(crate) fn get(&self, unit: usize) -> Option<(usize, i64)> {
        let row = self.rows[unit];
        (row != NONE).then(|| (row as usize, self.times[unit]))
    }

    /// Time of the last event of a unit that has one.
    #[inline]
    pub(crate) fn last_time(&self, unit: usize) -> i64 {
        self.last_times[unit]
    }

    fn new(dataset: &Dataset, by_session: bool, names: &[u32]) -> Self {
        let starts = if by_session {
            &dataset.session_starts
        } else {
            &dataset.person_starts
        };
        let n_units = starts.len() - 1;
        let mut firsts = Self {
            rows: vec![NONE; n_units],
            times: vec![0; n_units],
            last_times: vec![i64::MIN; n_units],
        };
        for &name in names {
            let mut rest = dataset.rows_of_name(name as usize);
            let mut unit = 0;
            while let Some(&row) = rest.first() {
                while starts[unit + 1] <= row {
                    unit += 1;
                }
                firsts.rows[unit] = firsts.rows[unit].min(row);
                let end = starts[unit + 1];
                let n_own = rest.iter().take_while(|&&row| row < end).count();
                let (own, others) = rest.split_at(n_own);
                let last = own
                    .last()
                    .map_or(i64::MIN, |&row| dataset.ts.get(row as usize));
                firsts.last_times[unit] = firsts.last_times[unit].max(last);
                rest = others;
            }
        }
        for (time, &row) in firsts.times.iter_mut().zip(&firsts.rows) {
            if row != NONE {
                *time = dataset.ts.get(row as usize);
            }
        }
        firsts
    }
}

/// The sets of names that were asked for last.
#[derive(Debug, Default)]
pub(crate) struct KeptFirsts(Mutex<Vec<Kept>>);

#[derive(Debug)]
struct Kept {
    by_session: bool,
    /// Codes, ascending.
    names: Vec<u32>,
    firsts: Arc<Firsts>,
}

impl Dataset {
    /// The first event with one of these names, which are ascending, of each person or session.
    pub(crate) fn firsts(&self, by_session: bool, names: Vec<u32>) -> Arc<Firsts> {
        let mut kept = self.firsts.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_it = |kept: &Kept| kept.by_session == by_session && kept.names == names;
        let found = match kept.iter().position(is_it) {
            Some(place) => kept.remove(place),
            None => Kept {
                by_session,
                firsts: Arc::new(Firsts::new(self, by_session, &names)),
                names,
            },
        };
        let firsts = Arc::clone(&found.firsts);
        kept.insert(0, found);
        kept.truncate(MAX_KEPT);
        firsts
    }
}

/// A copy begins without any.
impl Clone for KeptFirsts {
    fn clone(&self) -> Self {
        Self::default()
    }
}

impl PartialEq for KeptFirsts {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for KeptFirsts {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dataset::DatasetBuilder;
    use crate::row::Row;

    #[test]
    fn first_events_are_those_of_a_plain_search() {
        const HOUR: i64 = 3_600_000;
        let mut builder = DatasetBuilder::default();
        for n in 0..600_i64 {
            let visitor = format!("v{}", n * 7 % 37);
            let name = ["a", "b", "c", "d", "e", "f"][(n * n % 41 % 6) as usize];
            let row = Row {
                visitor: Some(&visitor),
                name,
                ts: n * n % 97 * HOUR,
                seq: n as u32,
                ..Row::default()
            };
            builder.push(&row).unwrap();
        }
        let dataset = builder.finish();
        let n_names = dataset.names.len() as u32;
        let mut sets: Vec<Vec<u32>> = (0..n_names).map(|name| vec![name]).collect();
        sets.extend([vec![], vec![0, 3], vec![1, 2, 5], (0..n_names).collect()]);
        // The second round asks for sets that are kept, and for some that were dropped.
        for names in sets.iter().chain(&sets) {
            for (by_session, starts) in [
                (false, &dataset.person_starts),
                (true, &dataset.session_starts),
            ] {
                let firsts = dataset.firsts(by_session, names.clone());
                for (unit, bounds) in starts.windows(2).enumerate() {
                    let rows = bounds[0] as usize..bounds[1] as usize;
                    let has = |row: &usize| names.contains(&dataset.name.get(*row));
                    let first = rows.clone().find(has);
                    let expected = first.map(|row| (row, dataset.ts.get(row)));
                    assert_eq!(firsts.get(unit), expected, "{unit} {names:?}");
                    if let Some(last) = rows.rev().find(has) {
                        assert_eq!(firsts.last_time(unit), dataset.ts.get(last));
                    }
                }
            }
        }
        assert_eq!(dataset.firsts.0.lock().unwrap().len(), MAX_KEPT);
    }
}
