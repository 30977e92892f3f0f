//! The walk over one unit when each step must be taken by the very next event.
//!
//! A chain of k steps that ends at a row began k − 1 rows before, so one bit for each k tells
//! which chains are alive. Of equally deep chains the first to end is the first to have started.
//! Simultaneous events are taken in the dataset's order here, as all other events are.

use super::events::{Chain, RowTimes, Rules, UnitEvents, first_steps};

/// Finds the chain to report for one unit.
pub(super) fn walk<T: RowTimes>(unit: UnitEvents<'_, T>, rules: Rules, chain: &mut Chain) {
    chain.depth = 0;
    let mut last = 0;
    // Bit k: a chain has taken step k, from 0, with the row `previous`.
    let mut alive = 0_u32;
    let mut previous = usize::MAX;
    for event in unit.events {
        let row = event.row as usize;
        let mask = event.mask;
        // A row between that takes no step ends every chain.
        if row != previous.wrapping_add(1) {
            alive = 0;
        }
        previous = row;
        alive = (alive << 1 | 1) & mask;
        if alive == 0 {
            continue;
        }
        let ts = unit.times.ts(row);
        if mask & 1 == 1 {
            chain.latest_start = ts;
        }
        // Longer chains began earlier: those that ran out of time are the highest bits.
        while alive != 0 {
            let depth = 32 - alive.leading_zeros() as usize;
            if ts - unit.times.ts(row + 1 - depth) <= rules.window {
                if depth > chain.depth {
                    chain.depth = depth;
                    last = row;
                }
                break;
            }
            alive &= !(1 << (depth - 1));
        }
        if chain.depth == rules.n_steps {
            break;
        }
    }
    for taken in 0..chain.depth {
        let row = last + 1 + taken - chain.depth;
        chain.times[taken] = unit.times.ts(row);
        chain.rows[taken] = row as u32;
    }
    chain.taken = first_steps(chain.depth);
    chain.next_row = last + 1;
}
