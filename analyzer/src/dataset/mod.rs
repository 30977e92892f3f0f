//! The dataset: events as columns, sorted by person and time, ready for scans.
//!
//! A [`DatasetBuilder`] takes rows in any order of arrival and makes a [`Dataset`], which does not
//! change any more. The same rows in another order give the same dataset.
//!
//! For each event, the core columns keep: the time (4 bytes where the data spans less than 49
//! days, else 8), the code of the name (1 byte up to 256 names, 2 up to 65,536), the code of the
//! page template (likewise; none at all where no event has a page), and its place in the postings
//! of its name (4). That is 10 bytes for most shops and 16 for any with up to 65,536 names and
//! 65,535 templates. Properties, items and amounts are kept beside, only for the events that have them:
//! which those are takes two bits for each event at most ([`EntryRows`]), a text field 1 to 4 bytes, an
//! amount or a price 4 and its currency or quantity 1, but for rare ones that need more.

use std::ops::Range;

mod arriving;
mod batch;
mod bitmap;
mod build;
mod checksum;
mod clocks;
mod column;
mod currency;
mod decode;
mod dictionary;
mod encode;
mod entry_rows;
mod finish;
mod firsts;
mod identity;
mod numbers;
mod repeats;
mod row_index;
mod select;
mod sorting;
mod sparse;
mod summary;
mod template;
mod ties;
mod worth;

pub(crate) use batch::{AmountBatch, Batch, ItemBatch, Labels, PropBatch};
pub(crate) use build::SESSION_ID;
pub use build::{BuildOptions, DatasetBuilder, RowError};
pub use column::PropValue;
pub use currency::minor_digits;
pub(crate) use currency::to_minor;
pub use decode::DecodeError;
pub use dictionary::Dictionary;
pub(crate) use encode::MAGIC;
pub use summary::{NameCount, PropCount, Summary, TemplateCount};
pub use template::TemplateOptions;

pub(crate) use bitmap::Bitmap;
pub(crate) use column::{Amounts, Codes, Items, NO_PRICE, PropColumn, Times, sortable, unsortable};
pub(crate) use entry_rows::EntryRows;
pub(crate) use firsts::{Firsts, MAX_KEPT};
pub(crate) use ties::{Tie, Ties, is_before};

/// Events as columns, sorted by person, time, position within the tab, and then by content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dataset {
    pub(crate) ts: Times,
    /// Code of each event's name in `names`.
    pub(crate) name: Codes,
    pub(crate) names: Dictionary,
    /// Code + 1 of each event's page in `templates`, 0 where it has none; `None` where all have none.
    pub(crate) page: Option<Codes>,
    pub(crate) templates: Dictionary,
    /// First row of each person, and the number of rows at the end.
    pub(crate) person_starts: Vec<u32>,
    /// First session of each person, and the number of sessions at the end.
    pub(crate) person_sessions: Vec<u32>,
    /// First row of each session, and the number of rows at the end.
    pub(crate) session_starts: Vec<u32>,
    /// Where the rows of each name begin in `postings`, and the number of rows at the end.
    pub(crate) posting_starts: Vec<u32>,
    /// Rows by name, ascending within each.
    pub(crate) postings: Vec<u32>,
    pub(crate) ties: Ties,
    /// Ids of the people that are users, who come first.
    users: Dictionary,
    /// By key.
    pub(crate) props: Vec<PropColumn>,
    pub(crate) items: Items,
    pub(crate) amounts: Amounts,
    counts: Counts,
    session_gap_millis: i64,
    first_ts: Option<i64>,
    last_ts: Option<i64>,
    firsts: firsts::KeptFirsts,
}

/// What was left out or changed while the dataset was built.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Events dropped because their id had been seen.
    pub n_duplicates: u64,
    /// Purchases dropped because their `transaction_id` had been seen.
    pub n_repeated_purchases: u64,
    /// Events whose time is before that of an event which came earlier in the same tab.
    pub n_out_of_order: u64,
    /// Events whose visitor's clock was off by more than a minute, as their ids show.
    pub n_clock_skewed: u64,
    /// Rows that the reader of the source could not use.
    pub n_rejected: u64,
    /// Visitor ids whose anonymous events were joined to a user.
    pub n_identities_merged: u64,
}

impl Dataset {
    /// How many events there are.
    pub fn n_events(&self) -> usize {
        self.postings.len()
    }

    /// How many people there are.
    pub fn n_people(&self) -> usize {
        self.person_starts.len() - 1
    }

    /// How many sessions there are.
    pub fn n_sessions(&self) -> usize {
        self.session_starts.len() - 1
    }

    /// What was left out or changed while the dataset was built.
    pub fn counts(&self) -> Counts {
        self.counts
    }

    /// Time of the first event in milliseconds since the Unix epoch, if there is one.
    pub fn first_ts(&self) -> Option<i64> {
        self.first_ts
    }

    /// Time of the last event in milliseconds since the Unix epoch, if there is one.
    pub fn last_ts(&self) -> Option<i64> {
        self.last_ts
    }

    /// Bytes that the core columns use for one event, or 0 without events.
    pub fn core_bytes_per_event(&self) -> f64 {
        if self.n_events() == 0 {
            return 0.0;
        }
        let page = self.page.as_ref().map_or(0, Codes::n_bytes);
        let n_bytes = self.ts.n_bytes() + self.name.n_bytes() + page + self.postings.len() * 4;
        n_bytes as f64 / self.n_events() as f64
    }

    /// First rows of the units of some people, and the end of the last one.
    pub(crate) fn unit_starts(&self, people: &Range<usize>, by_session: bool) -> &[u32] {
        if by_session {
            let sessions = self.person_sessions[people.start]..=self.person_sessions[people.end];
            &self.session_starts[*sessions.start() as usize..=*sessions.end() as usize]
        } else {
            &self.person_starts[people.start..=people.end]
        }
    }

    /// `people` in blocks of some ten thousand rows, so that what a scan computes for each event
    /// stays in the processor's cache.
    pub(crate) fn blocks(&self, people: Range<usize>) -> impl Iterator<Item = Range<usize>> {
        let mut start = people.start;
        std::iter::from_fn(move || {
            if start >= people.end {
                return None;
            }
            let limit = self.person_starts[start] as usize + 32_768;
            let fitting = self.person_starts[start + 1..=people.end]
                .partition_point(|&row| row as usize <= limit);
            let block = start..start + fitting.max(1);
            start = block.end;
            Some(block)
        })
    }

    /// The id that the shop gave a person at login, if it did.
    pub(crate) fn user(&self, person: usize) -> Option<&str> {
        (person < self.users.len()).then(|| self.users.text(person))
    }

    /// Rows of an event name, ascending.
    pub(crate) fn rows_of_name(&self, code: usize) -> &[u32] {
        &self.postings[self.posting_starts[code] as usize..self.posting_starts[code + 1] as usize]
    }

    /// The property of a key, if any event has it.
    pub(crate) fn prop(&self, key: &str) -> Option<&PropColumn> {
        self.props
            .binary_search_by(|prop| prop.key.as_str().cmp(key))
            .ok()
            .map(|index| &self.props[index])
    }

    /// What the dataset holds, in numbers.
    pub fn summary(&self) -> Summary {
        summary::summary(self)
    }
}
