//! Paths of units: the nodes that each unit goes through, in time order.
//!
//! Every analysis of paths counts these sequences and path patterns are matched against them, so
//! that a pattern shown beside a number gives that number.
//!
//! A path is the unit's events from the first that meets `start` to the first after it that meets
//! `end`, both included; from its first event and to its last where no such filter is given. Units
//! without such an event have no path. Then events without a node are passed over, and nodes that
//! follow themselves are taken as one.

use std::ops::Range;

use crate::dataset::Dataset;

use super::filter::Filter;
use super::mask::Matcher;
use super::{RequestError, Unit};

mod nodes;

pub use nodes::NodeKind;
use nodes::{NONE, Nodes};

/// Which sequences are asked for.
pub(crate) struct SequenceConfig<'a> {
    pub(crate) node: &'a NodeKind,
    pub(crate) unit: Unit,
    pub(crate) collapse_repeats: bool,
    pub(crate) anchors: Anchors<'a>,
}

/// Events that paths are tied to, and those that paths are asked to contain.
#[derive(Default)]
pub(crate) struct Anchors<'a> {
    /// Paths begin at the first event that meets this.
    pub(crate) start: Option<&'a Filter>,
    /// Paths end with the first event, after the one that they begin at, that meets this.
    pub(crate) end: Option<&'a Filter>,
    /// The node of the path's first event that meets this and has a node is its centre.
    pub(crate) center: Option<&'a Filter>,
    /// What [`Path::goals`] are.
    pub(crate) goal: Option<&'a Filter>,
}

const START: u32 = 1;
const END: u32 = 2;
const CENTER: u32 = 4;
const GOAL: u32 = 8;

/// Sequences resolved against one dataset.
pub(crate) struct Sequences {
    nodes: Nodes,
    unit: Unit,
    collapse_repeats: bool,
    /// The anchors that are given, as bits of [`START`], [`END`], [`CENTER`] and [`GOAL`].
    given: u32,
    marks: Matcher,
}

/// The path of one unit: at least one node.
pub(crate) struct Path<'a> {
    /// Nodes as positions in [`Sequences::labels`].
    pub(crate) nodes: &'a [u32],
    /// Row of the first event of each node.
    pub(crate) rows: &'a [u32],
    /// Position of the centre in `nodes`; beyond all of them where none is asked for.
    pub(crate) center: usize,
    /// The events that meet the goal.
    pub(crate) goals: Goals<'a>,
}

/// A unit's events that meet the goal, wherever in the unit they are.
#[derive(Clone, Copy)]
pub(crate) struct Goals<'a> {
    /// First row of the unit.
    first_row: usize,
    /// Anchors that each event of the unit meets, also before and after the path; empty where no
    /// anchor is given.
    marks: &'a [u32],
}

impl Goals<'_> {
    pub(crate) fn rows(self) -> impl Iterator<Item = usize> {
        (self.first_row..)
            .zip(self.marks)
            .filter(|(_, mark)| **mark & GOAL != 0)
            .map(|(row, _)| row)
    }
}

/// A node of a path as one comes to it.
#[derive(Clone, Copy)]
pub(crate) struct Stop {
    /// Position in [`Sequences::labels`].
    pub(crate) node: u32,
    /// Time of its first event in milliseconds, from the same beginning for all nodes of a path.
    pub(crate) time: i64,
}

/// Goes along paths node by node, which spares those who need no whole path the writing of it.
pub(crate) trait Walker {
    /// A unit's path begins at its first node.
    fn begin(&mut self, first: Stop, goals: Goals<'_>);

    /// The path goes on from a node to the next.
    fn go(&mut self, from: Stop, to: Stop);

    /// The path ends at its last node.
    fn end(&mut self, last: Stop);
}

/// Some people's units, with the nodes of their events and the anchors that these meet.
struct Block<'a> {
    units: &'a [u32],
    first_row: usize,
    nodes: Vec<u32>,
    marks: Vec<u32>,
}

impl Block<'_> {
    /// Rows of the block's events, counted from its first, for each unit.
    fn units(&self) -> impl Iterator<Item = Range<usize>> {
        let place = |row: u32| row as usize - self.first_row;
        let units = self.units.windows(2);
        units.map(move |unit| place(unit[0])..place(unit[1]))
    }
}

impl Sequences {
    pub(crate) fn new(
        config: &SequenceConfig<'_>,
        dataset: &Dataset,
    ) -> Result<Self, RequestError> {
        let Anchors {
            start,
            end,
            center,
            goal,
        } = config.anchors;
        let anchors = [
            ("start", START, start),
            ("end", END, end),
            ("center", CENTER, center),
            ("goal", GOAL, goal),
        ];
        let mut given = 0;
        for (place, bit, filter) in anchors {
            if let Some(filter) = filter {
                filter.validate(place)?;
                given |= bit;
            }
        }
        // Every anchor has a place among the filters, so that its bit is always the same.
        let never = Filter::Any(Vec::new());
        let filters = anchors.map(|(_, _, filter)| filter.unwrap_or(&never));
        Ok(Self {
            nodes: Nodes::new(config.node, dataset)?,
            unit: config.unit,
            collapse_repeats: config.collapse_repeats,
            given,
            marks: Matcher::new(filters.into_iter(), dataset),
        })
    }

    /// Distinct labels of nodes, ascending. Paths hold positions in this list.
    pub(crate) fn labels(&self) -> &[String] {
        &self.nodes.labels
    }

    /// Calls `visit` with the path of each unit of `people` that has one, cut after `max_len` nodes.
    pub(crate) fn for_each(
        &self,
        dataset: &Dataset,
        people: Range<usize>,
        max_len: usize,
        mut visit: impl FnMut(&Path<'_>),
    ) {
        let (mut path_nodes, mut path_rows) = (Vec::new(), Vec::new());
        for people in dataset.blocks(people) {
            let block = self.block(dataset, &people);
            for unit in block.units() {
                let marks = block.marks.get(unit.clone()).unwrap_or_default();
                let Some((range, center)) = self.range(&block.nodes[unit.clone()], marks) else {
                    continue;
                };
                let first_row = block.first_row + unit.start;
                let events = &block.nodes[unit][range.clone()];
                let start_row = (first_row + range.start) as u32;
                // One place more than can be filled: every event is written, and kept or not.
                if path_nodes.len() <= events.len() {
                    path_nodes.resize(events.len() + 1, NONE);
                    path_rows.resize(events.len() + 1, 0);
                }
                let (mut len, mut last, mut center_index) = (0, NONE, usize::MAX);
                for (index, &node) in events.iter().enumerate() {
                    path_nodes[len] = node;
                    path_rows[len] = start_row + index as u32;
                    let is_kept = node != NONE && (node != last || !self.collapse_repeats);
                    last = if is_kept { node } else { last };
                    len += usize::from(is_kept);
                    if index + range.start == center {
                        center_index = len - 1;
                    }
                    if len == max_len {
                        break;
                    }
                }
                if len > 0 {
                    visit(&Path {
                        nodes: &path_nodes[..len],
                        rows: &path_rows[..len],
                        center: center_index,
                        goals: Goals { first_row, marks },
                    });
                }
            }
        }
    }

    /// Leads `walker` along the path of each unit of `people` that has one.
    pub(crate) fn walk(&self, dataset: &Dataset, people: Range<usize>, walker: &mut impl Walker) {
        for people in dataset.blocks(people) {
            let block = self.block(dataset, &people);
            let times = dataset
                .ts
                .since_one(block.first_row..block.first_row + block.nodes.len());
            for unit in block.units() {
                let marks = block.marks.get(unit.clone()).unwrap_or_default();
                let (nodes, times) = (&block.nodes[unit.clone()], &times[unit.clone()]);
                let Some((range, _)) = self.range(nodes, marks) else {
                    continue;
                };
                let events = nodes[range.clone()].iter().zip(&times[range]);
                let mut stops = events.map(|(&node, &time)| Stop { node, time });
                let Some(mut last) = stops.find(|stop| stop.node != NONE) else {
                    continue;
                };
                let first_row = block.first_row + unit.start;
                walker.begin(last, Goals { first_row, marks });
                for stop in stops {
                    if stop.node != NONE && (stop.node != last.node || !self.collapse_repeats) {
                        walker.go(last, stop);
                        last = stop;
                    }
                }
                walker.end(last);
            }
        }
    }

    /// How many runs of `length` nodes the paths of `people` have at most.
    pub(crate) fn max_runs(
        &self,
        dataset: &Dataset,
        people: &Range<usize>,
        length: usize,
    ) -> usize {
        let units = dataset.unit_starts(people, self.unit == Unit::Session);
        let n_runs = |unit: &[u32]| (unit[1] - unit[0] + 1).saturating_sub(length as u32);
        units.windows(2).map(|unit| n_runs(unit) as usize).sum()
    }

    #[inline(never)] // The same for every kind of visitor.
    fn block<'a>(&self, dataset: &'a Dataset, people: &Range<usize>) -> Block<'a> {
        let units = dataset.unit_starts(people, self.unit == Unit::Session);
        let first_row = units[0] as usize;
        let nodes = self.nodes.of(dataset, people);
        let marks = match self.given {
            0 => Vec::new(),
            _ => (self.marks).masks(dataset, first_row..first_row + nodes.len()),
        };
        Block {
            units,
            first_row,
            nodes,
            marks,
        }
    }

    /// Which of a unit's events its path is made of, and which of them is the centre. `None` where
    /// an anchor is missing. Without a centre, it is none of the events.
    fn range(&self, nodes: &[u32], marks: &[u32]) -> Option<(Range<usize>, usize)> {
        let (mut range, mut center) = (0..nodes.len(), usize::MAX);
        let find = |from: usize, to: usize, bit: u32| {
            let found = marks[from..to].iter().position(|mark| mark & bit != 0)?;
            Some(from + found)
        };
        if self.given & START != 0 {
            range.start = find(0, range.end, START)?;
        }
        if self.given & END != 0 {
            let from = range.start + usize::from(self.given & START != 0);
            range.end = find(from, range.end, END)? + 1;
        }
        if self.given & CENTER != 0 {
            center = range
                .clone()
                .find(|&index| marks[index] & CENTER != 0 && nodes[index] != NONE)?;
        }
        Some((range, center))
    }
}
