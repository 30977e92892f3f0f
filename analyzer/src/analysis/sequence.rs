//! Paths of units: the nodes that each unit goes through, in time order.
//!
//! This is what the position graph counts and what path patterns are matched against; both see
//! the same sequences, so that a pattern shown beside a number gives that number.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::dataset::Dataset;

use super::filter::Filter;
use super::mask::Matcher;
use super::{RequestError, Unit};

/// What a node of a path is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub enum NodeKind {
    /// The event's name.
    Name,
    /// The template of the event's page.
    Page,
    /// The category of the event's first item.
    ItemCategory,
    /// The value of this property, as text.
    Prop(String),
}

/// Which sequences are asked for.
pub(crate) struct SequenceConfig<'a> {
    pub(crate) node: &'a NodeKind,
    pub(crate) unit: Unit,
    pub(crate) collapse_repeats: bool,
    pub(crate) start: Option<&'a Filter>,
}

/// Sequences resolved against one dataset.
pub(crate) struct Sequences {
    node: NodeKind,
    unit: Unit,
    collapse_repeats: bool,
    start: Option<Matcher>,
    /// Distinct labels of nodes.
    labels: Vec<String>,
    /// For each code of the column that nodes come from, the position of its label.
    label_of: Vec<u32>,
}

/// The event has no node.
const NONE: u32 = u32::MAX;

/// Position of the item category among the item fields.
const ITEM_CATEGORY: usize = 3;

impl Sequences {
    pub(crate) fn new(
        config: &SequenceConfig<'_>,
        dataset: &Dataset,
    ) -> Result<Self, RequestError> {
        if let Some(start) = config.start {
            start.validate("start")?;
        }
        let texts: Vec<String> = match config.node {
            NodeKind::Name => dataset.names.texts().map(str::to_owned).collect(),
            NodeKind::Page => dataset.templates.texts().map(str::to_owned).collect(),
            NodeKind::ItemCategory => dataset.items.fields[ITEM_CATEGORY]
                .values
                .texts()
                .map(str::to_owned)
                .collect(),
            NodeKind::Prop(key) => dataset.prop(key).map_or_else(Vec::new, |prop| {
                (0..prop.values.len())
                    .map(|code| prop.value(code).to_text())
                    .collect()
            }),
        };
        // The number 1 and the text "1" are one node.
        let mut labels = texts.clone();
        labels.sort_unstable();
        labels.dedup();
        let label_of = texts
            .iter()
            .map(|text| labels.partition_point(|label| label < text) as u32)
            .collect();
        Ok(Self {
            node: config.node.clone(),
            unit: config.unit,
            collapse_repeats: config.collapse_repeats,
            start: config
                .start
                .map(|start| Matcher::new(std::iter::once(start), dataset)),
            labels,
            label_of,
        })
    }

    /// Distinct labels of nodes, ascending. Sequences hold positions in this list.
    pub(crate) fn labels(&self) -> &[String] {
        &self.labels
    }

    /// Calls `visit` with the first `max_len` nodes of each unit of `people` that has any.
    pub(crate) fn for_each(
        &self,
        dataset: &Dataset,
        people: Range<usize>,
        max_len: usize,
        mut visit: impl FnMut(&[u32]),
    ) {
        let mut sequence = Vec::new();
        for block in dataset.blocks(people) {
            let units = dataset.unit_starts(&block, self.unit == Unit::Session);
            let first = units[0] as usize;
            let rows = first..units[units.len() - 1] as usize;
            let nodes = self.nodes(dataset, rows.clone());
            let starts = self.start.as_ref().map(|start| start.masks(dataset, rows));
            for unit in units.windows(2) {
                let (mut from, end) = (unit[0] as usize - first, unit[1] as usize - first);
                if let Some(starts) = &starts {
                    from += starts[from..end]
                        .iter()
                        .take_while(|&&mask| mask == 0)
                        .count();
                }
                sequence.clear();
                for &node in &nodes[from..end] {
                    let is_repeat = self.collapse_repeats && sequence.last() == Some(&node);
                    if node == NONE || is_repeat {
                        continue;
                    }
                    sequence.push(node);
                    if sequence.len() == max_len {
                        break;
                    }
                }
                if !sequence.is_empty() {
                    visit(&sequence);
                }
            }
        }
    }

    /// The node of each event in `rows`.
    fn nodes(&self, dataset: &Dataset, rows: Range<usize>) -> Vec<u32> {
        let mut nodes = vec![NONE; rows.len()];
        let mut spread = |column_rows: &[u32], code: &dyn Fn(usize) -> Option<usize>| {
            let from = column_rows.partition_point(|&row| (row as usize) < rows.start);
            for (index, &row) in column_rows.iter().enumerate().skip(from) {
                match nodes.get_mut(row as usize - rows.start) {
                    Some(node) => *node = code(index).map_or(NONE, |code| self.label_of[code]),
                    None => break,
                }
            }
        };
        match &self.node {
            // Names and templates are distinct and sorted, so their codes are the positions.
            NodeKind::Name => return rows.map(|row| dataset.name.get(row)).collect(),
            NodeKind::Page => match &dataset.page {
                Some(page) => return rows.map(|row| page.get(row).wrapping_sub(1)).collect(),
                None => return nodes,
            },
            NodeKind::ItemCategory => {
                let codes = &dataset.items.fields[ITEM_CATEGORY].codes;
                spread(&dataset.items.rows, &|index| {
                    let first = dataset.items.range(index).start;
                    codes
                        .get(first)
                        .and_then(|code| code.checked_sub(1))
                        .map(|code| code as usize)
                });
            }
            NodeKind::Prop(key) => {
                if let Some(prop) = dataset.prop(key) {
                    spread(&prop.rows, &|index| Some(prop.codes.get(index) as usize));
                }
            }
        }
        nodes
    }
}
