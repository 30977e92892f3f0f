//! Counting: which paths units have, how often, for how long, and with what result.

use std::collections::HashMap;

use rustc_hash::FxBuildHasher;

use crate::analysis::key_table::KeyTable;
use crate::analysis::sequence::Path;
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

/// The numbers of paths.
enum Numbers {
    /// Paths of one length whose codes fit a word.
    Packed { table: KeyTable, n_bits: u32 },
    /// Any other.
    Long(HashMap<Box<[u32]>, u32, FxBuildHasher>),
}

/// Counts the paths of units.
pub(super) struct Counter<'a> {
    dataset: &'a Dataset,
    length: Option<usize>,
    numbers: Numbers,
    found: Chunk,
    values: HashMap<(u32, u32), i128, FxBuildHasher>,
    n_units: u32,
    /// Of the present unit: whether it has converted, and its amounts by code of the currency.
    is_converted: bool,
    amounts: Vec<(u32, i64)>,
}

impl<'a> Counter<'a> {
    pub(super) fn new(length: Option<usize>, n_labels: usize, dataset: &'a Dataset) -> Self {
        let n_bits = n_labels.next_power_of_two().trailing_zeros().max(1);
        let numbers = match length.map(|length| length as u32 * n_bits) {
            Some(n_key_bits @ ..=63) => Numbers::Packed {
                table: KeyTable::new(1 << n_key_bits),
                n_bits,
            },
            _ => Numbers::Long(HashMap::default()),
        };
        Self {
            dataset,
            length,
            numbers,
            found: Chunk::default(),
            values: HashMap::default(),
            n_units: 0,
            is_converted: false,
            amounts: Vec::new(),
        }
    }

    pub(super) fn add(&mut self, path: &Path<'_>) {
        self.n_units += 1;
        self.is_converted = false;
        self.amounts.clear();
        let amounts = &self.dataset.amounts;
        for row in path.goals() {
            self.is_converted = true;
            if let Ok(index) = amounts.rows.binary_search(&(row as u32)) {
                self.amounts
                    .push((amounts.currency[index], amounts.minor[index]));
            }
        }
        let length = self.length.unwrap_or(path.nodes.len());
        let Some(mask) = (match &self.numbers {
            Numbers::Packed { n_bits, .. } => Some((1_u64 << (length as u32 * n_bits)) - 1),
            Numbers::Long(_) => None,
        }) else {
            let rows = path.rows.windows(length);
            for (nodes, rows) in path.nodes.windows(length).zip(rows) {
                let number = self.number_of(nodes);
                self.count(number, rows[0], rows[length - 1]);
            }
            return;
        };
        let mut key = 0;
        for (index, &node) in path.nodes.iter().enumerate() {
            let Numbers::Packed { table, n_bits } = &mut self.numbers else {
                return;
            };
            key = (key << *n_bits | u64::from(node)) & mask;
            if index + 1 >= length {
                let number = table.number(key);
                self.count(number, path.rows[index + 1 - length], path.rows[index]);
            }
        }
    }

    /// The number of a path that is too long for a word.
    fn number_of(&mut self, nodes: &[u32]) -> usize {
        let Numbers::Long(table) = &mut self.numbers else {
            return 0;
        };
        if let Some(&number) = table.get(nodes) {
            return number as usize;
        }
        let number = table.len();
        table.insert(nodes.into(), number as u32);
        number
    }

    /// Counts one occurrence of a path between two rows.
    #[inline]
    fn count(&mut self, number: usize, first: u32, last: u32) {
        if number == self.found.tallies.len() {
            self.found.tallies.push(Tally::default());
        }
        let tally = &mut self.found.tallies[number];
        tally.n_occurrences += 1;
        if tally.last_unit != self.n_units {
            tally.last_unit = self.n_units;
            tally.n_units += 1;
            tally.n_converted += u32::from(self.is_converted);
            for &(currency, minor) in &self.amounts {
                *self.values.entry((number as u32, currency)).or_default() += i128::from(minor);
            }
        }
        let times = &self.dataset.ts;
        let millis = times.get(last as usize) - times.get(first as usize);
        match u32::try_from(millis) {
            Ok(millis) => self.found.narrow.push((number as u32, millis)),
            Err(_) => self.found.wide.push((number as u32, millis)),
        }
    }

    pub(super) fn into_chunk(self) -> Chunk {
        let Self {
            dataset,
            length,
            numbers,
            mut found,
            values,
            ..
        } = self;
        match numbers {
            Numbers::Packed { table, n_bits } => {
                let length = length.unwrap_or(0) as u32;
                for key in table.keys() {
                    let codes = (0..length).rev().map(|place| key >> (place * n_bits));
                    let mask = (1 << n_bits) - 1;
                    found.codes.extend(codes.map(|code| (code & mask) as u32));
                    found.ends.push(found.codes.len());
                }
            }
            Numbers::Long(table) => {
                let mut paths: Vec<(Box<[u32]>, u32)> = table.into_iter().collect();
                paths.sort_unstable_by_key(|&(_, number)| number);
                for (path, _) in paths {
                    found.codes.extend_from_slice(&path);
                    found.ends.push(found.codes.len());
                }
            }
        }
        let currencies = &dataset.amounts.currencies;
        let values = values.into_iter();
        let values = values.map(|((number, currency), minor)| {
            (number, currencies.text(currency as usize).to_owned(), minor)
        });
        found.values = values.collect();
        found
    }
}
