//! Simultaneous events: same person, same millisecond, and no order known between them.
//!
//! Two events of one tab are ordered by their `seq`. Two events of different tabs, or of unknown
//! tabs, are not: a funnel may take them in either order. Runs in which everything is ordered are
//! not kept here, so most datasets keep next to nothing.

use std::ops::Range;

/// Groups of simultaneous events, ascending.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Ties {
    starts: Vec<u32>,
    ends: Vec<u32>,
    /// For each group, where its rows begin in `order`.
    offsets: Vec<u32>,
    /// Tab (code + 1, or 0 where unknown) and position within the tab, for each row of each group.
    order: Vec<(u32, u32)>,
}

/// One group: its rows, and what is known of their order.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Tie<'a> {
    pub(crate) start: usize,
    pub(crate) end: usize,
    /// Tab and position within the tab, for each row.
    pub(crate) order: &'a [(u32, u32)],
}

/// Whether an event is known to come before another of the same millisecond.
pub(crate) fn is_before(a: (u32, u32), b: (u32, u32)) -> bool {
    a.0 != 0 && a.0 == b.0 && a.1 < b.1
}

impl Ties {
    /// Looks at the rows `run` of one person and one time, in the dataset's order, with the tab
    /// and position that `order_of` gives, and keeps them if their order is not fully known.
    pub(crate) fn add(&mut self, run: Range<usize>, order_of: impl Fn(usize) -> (u32, u32)) {
        let ordered = run
            .clone()
            .skip(1)
            .all(|row| is_before(order_of(row - 1), order_of(row)));
        if !ordered {
            self.starts.push(run.start as u32);
            self.ends.push(run.end as u32);
            self.offsets.push(self.order.len() as u32);
            self.order.extend(run.map(order_of));
        }
    }

    /// Adds rows `run` that are known to be a group, with the order of each.
    pub(super) fn restore(&mut self, run: Range<usize>, order: &[(u32, u32)]) {
        self.starts.push(run.start as u32);
        self.ends.push(run.end as u32);
        self.offsets.push(self.order.len() as u32);
        self.order.extend(order);
    }

    /// The groups that begin within `rows`. No group crosses the border between two people or
    /// two sessions.
    pub(crate) fn within(&self, rows: Range<usize>) -> impl Iterator<Item = Tie<'_>> {
        let from = self
            .starts
            .partition_point(|&start| (start as usize) < rows.start);
        self.groups_from(from)
            .take_while(move |tie| tie.start < rows.end)
    }

    fn groups_from(&self, first: usize) -> impl Iterator<Item = Tie<'_>> {
        (first..self.starts.len()).map(|index| {
            let (start, end) = (self.starts[index] as usize, self.ends[index] as usize);
            let offset = self.offsets[index] as usize;
            Tie {
                start,
                end,
                order: &self.order[offset..offset + end - start],
            }
        })
    }
}
