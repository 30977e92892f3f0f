//! What is told more than once and counts once: events with the same id, purchases with the same
//! `transaction_id`.
//!
//! Which one stays depends on what the rows say alone: the first, as the dataset orders them.

use event::TRANSACTION_ID;

use super::column::PropValue;
use super::finish::Arrived;

impl Arrived {
    /// Marks all but one of the rows that share an id, and counts them. Which one stays depends
    /// on what they say alone.
    pub(super) fn mark_duplicates(&self, is_dropped: &mut [bool]) -> u64 {
        if self.id.is_empty() {
            return 0;
        }
        let mut with_id: Vec<u32> = (0..self.ts.len() as u32)
            .filter(|&row| self.id.get(row as usize) != 0)
            .collect();
        // Ids made from the time arrive nearly sorted, which this sort turns into speed.
        with_id.sort_by_key(|&row| self.id.get(row as usize));
        let mut n_duplicates = 0;
        for same in with_id.chunk_by(|&a, &b| self.id.get(a as usize) == self.id.get(b as usize)) {
            n_duplicates += self.keep_first(same, is_dropped);
        }
        n_duplicates
    }

    /// Marks all but the first of the purchases that share a `transaction_id`, whoever tells them,
    /// and counts them. `is_purchase` says it by name.
    pub(super) fn mark_repeated_purchases(
        &self,
        is_purchase: &[bool],
        is_dropped: &mut [bool],
    ) -> u64 {
        let is_key = |key: &str| key == TRANSACTION_ID;
        let Some(ids) = self.props.iter().find(|prop| is_key(&prop.key)) else {
            return 0;
        };
        let mut purchases: Vec<(u32, u32)> = ids
            .rows
            .iter()
            .enumerate()
            .filter(|&(_, row)| is_purchase[self.name.get(row as usize) as usize])
            .filter(|&(_, row)| !is_dropped[row as usize])
            .map(|(index, row)| (ids.codes.get(index), row))
            .collect();
        purchases.sort_unstable();
        let mut n_repeated = 0;
        for same in purchases.chunk_by(|a, b| a.0 == b.0) {
            if PropValue::decode(ids.values.bytes(same[0].0 as usize)) == PropValue::String("") {
                continue;
            }
            let rows: Vec<u32> = same.iter().map(|&(_, row)| row).collect();
            n_repeated += self.keep_first(&rows, is_dropped);
        }
        n_repeated
    }

    /// Marks all `rows` but the first, and counts them.
    fn keep_first(&self, rows: &[u32], is_dropped: &mut [bool]) -> u64 {
        if rows.len() < 2 {
            return 0;
        }
        let person = |row: usize| (self.user.get(row), self.visitor.get(row));
        let first = rows.iter().copied().min_by(|&a, &b| {
            let (a, b) = (a as usize, b as usize);
            self.order(a, b).then_with(|| person(a).cmp(&person(b)))
        });
        for &row in rows {
            is_dropped[row as usize] |= Some(row) != first;
        }
        rows.len() as u64 - 1
    }
}
