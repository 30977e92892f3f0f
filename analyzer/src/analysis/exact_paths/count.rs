//! Counting: which paths units have, how often, for how long, and with what result.

use std::collections::HashMap;

use rustc_hash::FxBuildHasher;

use crate::analysis::sequence::{Goals, Path};
use crate::analysis::wire::wire;
use crate::dataset::Dataset;

/// Distinct paths and what was found of each. Paths have numbers from 0.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Chunk {
    /// Nodes of all paths, one path after the other.
    pub(super) codes: Vec<u32>,
    /// Where each path ends in `codes`.
    pub(super) ends: Vec<usize>,
    /// By number of the path.
    pub(super) tallies: Vec<Tally>,
    /// Number of the path and milliseconds of every occurrence.
    pub(super) narrow: Vec<(u32, u32)>,
    /// The same for times that need 8 bytes.
    pub(super) wide: Vec<(u32, i64)>,
    /// Number of the path, currency, and sum in its minor unit.
    pub(super) values: Vec<(u32, String, i128)>,
}

wire!(Chunk {
    codes,
    ends,
    tallies,
    narrow,
    wide,
    values
});

/// What was counted of one path.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Tally {
    pub(super) n_occurrences: u32,
    pub(super) n_units: u32,
    pub(super) n_converted: u32,
    /// The last unit that was counted, from 1.
    last_unit: u32,
}

wire!(Tally { n_occurrences, n_units, n_converted } with last_unit: 0);

impl Chunk {
    pub(super) fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// All paths by their numbers.
    pub(super) fn paths(&self) -> impl Iterator<Item = &[u32]> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        starts
            .zip(&self.ends)
            .map(|(start, &end)| &self.codes[start..end])
    }
}

/// Counts the paths of units, whose numbers it is told.
pub(super) struct Counter<'a> {
    dataset: &'a Dataset,
    found: Chunk,
    values: HashMap<(u32, u32), i128, FxBuildHasher>,
    n_units: u32,
    /// Of the present unit: whether it has converted, and its amounts by code of the currency.
    is_converted: bool,
    amounts: Vec<(u32, i64)>,
}

impl<'a> Counter<'a> {
    /// Makes room for the times of so many occurrences; for more it grows.
    pub(super) fn new(dataset: &'a Dataset, n_occurrences: usize) -> Self {
        Self {
            dataset,
            found: Chunk {
                narrow: Vec::with_capacity(n_occurrences),
                ..Chunk::default()
            },
            values: HashMap::default(),
            n_units: 0,
            is_converted: false,
            amounts: Vec::new(),
        }
    }

    /// Takes the next unit.
    pub(super) fn begin(&mut self, goals: Goals<'_>) {
        self.n_units += 1;
        self.is_converted = false;
        self.amounts.clear();
        let amounts = &self.dataset.amounts;
        for row in goals.rows() {
            self.is_converted = true;
            if let Some((minor, currency)) = amounts.get(row) {
                self.amounts.push((currency, minor));
            }
        }
    }

    /// Counts one occurrence of a path in the present unit. Numbers are new in ascending order.
    #[inline(always)]
    pub(super) fn count(&mut self, number: usize, millis: i64) {
        if number == self.found.tallies.len() {
            self.add_path();
        }
        let tally = &mut self.found.tallies[number];
        let is_new = tally.last_unit != self.n_units;
        tally.n_occurrences += 1;
        tally.n_units += u32::from(is_new);
        tally.n_converted += u32::from(is_new && self.is_converted);
        tally.last_unit = self.n_units;
        match u32::try_from(millis) {
            Ok(millis) => self.found.narrow.push((number as u32, millis)),
            Err(_) => self.found.wide.push((number as u32, millis)),
        }
        if !self.amounts.is_empty() && is_new {
            self.add_amounts(number as u32);
        }
    }

    #[cold]
    #[inline(never)]
    fn add_path(&mut self) {
        self.found.tallies.push(Tally::default());
    }

    #[inline(never)]
    fn add_amounts(&mut self, number: u32) {
        for &(currency, minor) in &self.amounts {
            *self.values.entry((number, currency)).or_default() += i128::from(minor);
        }
    }

    pub(super) fn n_units(&self) -> u64 {
        self.n_units.into()
    }

    /// What was found, given the nodes of each path by number.
    pub(super) fn into_chunk<P: IntoIterator<Item = u32>>(
        self,
        paths: impl Iterator<Item = P>,
    ) -> Chunk {
        let mut found = self.found;
        for path in paths {
            found.codes.extend(path);
            found.ends.push(found.codes.len());
        }
        let currencies = &self.dataset.amounts.currencies;
        let values = self.values.into_iter();
        let values = values.map(|((number, currency), minor)| {
            (number, currencies.text(currency as usize).to_owned(), minor)
        });
        found.values = values.collect();
        found
    }
}

/// Counts whole paths, or runs of too many nodes or too many kinds of them to be [`Runs`].
///
/// [`Runs`]: super::runs::Runs
pub(super) struct Lists<'a> {
    counter: Counter<'a>,
    length: Option<usize>,
    numbers: HashMap<Box<[u32]>, u32, FxBuildHasher>,
}

impl<'a> Lists<'a> {
    pub(super) fn new(length: Option<usize>, dataset: &'a Dataset) -> Self {
        Self {
            counter: Counter::new(dataset, 0),
            length,
            numbers: HashMap::default(),
        }
    }

    pub(super) fn add(&mut self, path: &Path<'_>) {
        self.counter.begin(path.goals);
        let times = &self.counter.dataset.ts;
        let length = self.length.unwrap_or(path.nodes.len());
        let rows = path.rows.windows(length);
        for (nodes, rows) in path.nodes.windows(length).zip(rows) {
            let number = match self.numbers.get(nodes) {
                Some(&number) => number,
                None => {
                    let number = self.numbers.len() as u32;
                    self.numbers.insert(nodes.into(), number);
                    number
                }
            };
            let millis = times.get(rows[length - 1] as usize) - times.get(rows[0] as usize);
            self.counter.count(number as usize, millis);
        }
    }

    pub(super) fn into_chunk(self) -> Chunk {
        let mut paths: Vec<(Box<[u32]>, u32)> = self.numbers.into_iter().collect();
        paths.sort_unstable_by_key(|&(_, number)| number);
        let paths = paths.into_iter().map(|(path, _)| path.into_vec());
        self.counter.into_chunk(paths)
    }
}
