//! The walk over one unit when each step must be taken by the very next event.
//!
//! A chain of k steps that ends at a row began k − 1 rows before, so one bit for each k tells
//! which chains are alive. Of equally deep chains the first to end is the first to have started.
//! Within a group of simultaneous events, `orders` follows the bits through every order at once.

use crate::dataset::Times;

use super::events::{Chain, Rules, UnitEvents, first_steps, tie_of};
use super::orders::Orders;

/// Which chains are alive, and the best that was seen.
struct State {
    /// Bit k: a chain has taken step k, from 0, with the event before.
    alive: u32,
    /// Depth of the deepest chain so far.
    depth: usize,
    /// Row at which the first of these ends.
    last: usize,
}

impl State {
    /// Keeps the chains of `alive` that end at `row` within their window.
    #[inline(always)]
    fn end_at(&mut self, row: usize, mut alive: u32, times: &Times, rules: Rules) {
        // Longer chains began earlier: those that ran out of time are the highest bits.
        while alive != 0 {
            let depth = 32 - alive.leading_zeros() as usize;
            if times.get(row) - times.get(row + 1 - depth) <= rules.window {
                if depth > self.depth {
                    self.depth = depth;
                    self.last = row;
                }
                break;
            }
            alive &= !(1 << (depth - 1));
        }
        self.alive = alive;
    }
}

/// Finds the chain to report for one unit.
pub(super) fn walk(unit: UnitEvents<'_>, rules: Rules, chain: &mut Chain) {
    let mut state = State {
        alive: 0,
        depth: 0,
        last: 0,
    };
    if unit.ties.is_empty() {
        find(unit, rules, &mut state, &mut chain.latest_start);
    } else {
        find_with_ties(unit, rules, &mut state, &mut chain.latest_start);
    }
    let State { depth, last, .. } = state;
    chain.depth = depth;
    chain.taken = first_steps(depth);
    chain.next_row = last + 1;
    for taken in 0..depth {
        let row = last + 1 + taken - depth;
        chain.times[taken] = unit.times.get(row);
        chain.rows[taken] = row as u32;
    }
    if !unit.ties.is_empty() {
        name_rows_of_ties(unit, chain);
    }
}

#[inline(always)]
fn find(unit: UnitEvents<'_>, rules: Rules, state: &mut State, latest_start: &mut i64) {
    let mut previous = usize::MAX;
    for event in unit.events {
        let row = event.row as usize;
        // A row between that takes no step ends every chain.
        if row != previous.wrapping_add(1) {
            state.alive = 0;
        }
        previous = row;
        let alive = (state.alive << 1 | 1) & event.mask;
        state.alive = alive;
        if alive == 0 {
            continue;
        }
        if event.mask & 1 == 1 {
            *latest_start = unit.times.get(row);
        }
        state.end_at(row, alive, unit.times, rules);
        if state.depth == rules.n_steps {
            break;
        }
    }
}

#[cold]
fn find_with_ties(unit: UnitEvents<'_>, rules: Rules, state: &mut State, latest_start: &mut i64) {
    let mut next = 0;
    for (event, tie) in unit.moments() {
        let row = event.row as usize;
        let rows = tie.map_or(row..row + 1, |tie| tie.start..tie.end);
        if rows.start != next {
            state.alive = 0;
        }
        next = rows.end;
        if rows.clone().any(|row| unit.mask(row) & 1 == 1) {
            *latest_start = unit.times.get(rows.start);
        }
        let before = state.alive;
        let mut orders =
            tie.map(|tie| Orders::new(tie, |row| unit.mask(row), before, rules.n_steps));
        for row in rows {
            let alive = match &mut orders {
                Some(orders) => orders.take_one(),
                None => (before << 1 | 1) & event.mask,
            };
            state.end_at(row, alive, unit.times, rules);
            if state.depth == rules.n_steps {
                return;
            }
        }
    }
}

/// Of simultaneous rows the first that can take a step stands for it, and what comes next comes
/// after all of them.
#[cold]
fn name_rows_of_ties(unit: UnitEvents<'_>, chain: &mut Chain) {
    for step in 0..chain.depth {
        let row = chain.rows[step] as usize;
        if let Some(tie) = tie_of(unit.ties, row) {
            let takes = |row: &usize| unit.mask(*row) >> step & 1 == 1;
            chain.rows[step] = (tie.start..tie.end).find(takes).unwrap_or(row) as u32;
            chain.next_row = chain.next_row.max(tie.end);
        }
    }
}
