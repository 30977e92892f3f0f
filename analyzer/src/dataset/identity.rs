//! Whose event is it: the user where known, else the visitor, else the tab.
//!
//! With stitching, a visitor's anonymous events belong to the user who logged in on that visitor
//! id: to the one logged in at that time, or before the first login to the first one.

use std::ops::Range;

use super::arriving::{ArrivingCodes, ArrivingTimes};
use super::sorting::blocks;

/// The columns that decide, with code + 1 of the text, or 0.
pub(super) struct Identities<'a> {
    pub(super) ts: &'a ArrivingTimes,
    pub(super) seq: &'a ArrivingCodes,
    pub(super) user: &'a ArrivingCodes,
    pub(super) visitor: &'a ArrivingCodes,
    pub(super) tab: &'a ArrivingCodes,
    pub(super) n_users: u32,
    pub(super) n_visitors: u32,
}

/// Who did what.
pub(super) struct People {
    /// Number of each row's person: users come first, then visitors, then tabs, each in order of
    /// their text. Numbers may be unused.
    pub(super) of_row: Vec<u32>,
    /// Visitor ids of which at least one anonymous event was joined to a user.
    pub(super) n_merged: u64,
}

/// A login: visitor, time, position within its tab, user.
type Login = (u32, i64, u32, u32);

/// What is known about the users of a visitor id: none, one, or several.
const NO_USER: u32 = 0;
const SEVERAL_USERS: u32 = u32::MAX;

/// Who logged in on which visitor id.
struct Users {
    /// By code + 1 of the visitor.
    only: Vec<u32>,
    /// Sorted. Shared devices are rare, so only their logins are here.
    logins: Vec<Login>,
}

impl Identities<'_> {
    /// The person of each row. Rows for which `is_dropped` says so say nothing about anybody.
    pub(super) fn people(&self, stitch: bool, is_dropped: &[bool]) -> People {
        let users = if stitch && !self.user.is_empty() {
            self.users(is_dropped)
        } else {
            Users {
                only: vec![NO_USER; self.n_visitors as usize + 1],
                logins: Vec::new(),
            }
        };
        let mut merged = vec![false; users.only.len()];
        let mut of_row = Vec::with_capacity(self.ts.len());
        for block in blocks(self.ts.len()) {
            self.add_people(block, is_dropped, &users, &mut of_row, &mut merged);
        }
        People {
            of_row,
            n_merged: merged.iter().filter(|&&merged| merged).count() as u64,
        }
    }

    fn users(&self, is_dropped: &[bool]) -> Users {
        let rows = || (0..self.ts.len()).filter(|&row| !is_dropped[row]);
        let mut only = vec![NO_USER; self.n_visitors as usize + 1];
        for row in rows() {
            let (visitor, user) = (self.visitor.get(row), self.user.get(row));
            if visitor != 0 && user != 0 {
                let known = &mut only[visitor as usize];
                *known = if *known == NO_USER || *known == user {
                    user
                } else {
                    SEVERAL_USERS
                };
            }
        }
        let mut logins: Vec<Login> = Vec::new();
        if only.contains(&SEVERAL_USERS) {
            logins.extend(rows().filter_map(|row| {
                let (visitor, user) = (self.visitor.get(row), self.user.get(row));
                let is_shared = user != 0 && only[visitor as usize] == SEVERAL_USERS;
                is_shared.then(|| (visitor, self.ts.get(row), self.seq.get(row), user))
            }));
            logins.sort_unstable();
        }
        Users { only, logins }
    }

    #[inline(never)]
    fn add_people(
        &self,
        rows: Range<usize>,
        is_dropped: &[bool],
        users: &Users,
        people: &mut Vec<u32>,
        merged: &mut [bool],
    ) {
        people.extend(rows.map(|row| {
            let (visitor, user) = (self.visitor.get(row), self.user.get(row));
            let joined = match users.only[visitor as usize] {
                _ if user != 0 => user,
                SEVERAL_USERS => user_at(&users.logins, visitor, self.ts.get(row)),
                only => only,
            };
            if joined != 0 {
                merged[visitor as usize] |= user == 0 && !is_dropped[row];
                joined - 1
            } else if visitor != 0 {
                self.n_users + visitor - 1
            } else {
                self.n_users + self.n_visitors + self.tab.get(row).saturating_sub(1)
            }
        }));
    }
}

/// The user logged in on a visitor id at a time: the latest login until then, or the first one.
fn user_at(logins: &[Login], visitor: u32, ts: i64) -> u32 {
    let after = logins.partition_point(|&(v, t, ..)| (v, t) <= (visitor, ts));
    let latest = after
        .checked_sub(1)
        .map(|index| logins[index])
        .filter(|login| login.0 == visitor);
    latest
        .or_else(|| logins.get(after).copied())
        .map_or(NO_USER, |login| login.3)
}
