//! What a node of a path is, and the node of every event.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::analysis::RequestError;
use crate::analysis::stage::{StageRule, Stages};
use crate::dataset::{Codes, Dataset, EntryRows};

/// What a node of a path is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "ts", derive(ts_rs::TS, crate::Schema))]
pub enum NodeKind {
    /// The event's name.
    Name,
    /// The template of the event's page.
    Page,
    /// The category of the event's first item that has one.
    ItemCategory,
    /// The value of this property, as text.
    Prop(String),
    /// The stage by these rules: that of the first rule which the event meets. The five usual
    /// stages of a shop where the list is empty.
    Stage(Vec<StageRule>),
}

/// The event has no node.
pub(super) const NONE: u32 = u32::MAX;

/// Position of the item category among the item fields.
const ITEM_CATEGORY: usize = 3;

/// Nodes resolved against one dataset.
pub(super) struct Nodes {
    source: Source,
    /// Distinct labels of nodes, ascending.
    pub(super) labels: Vec<String>,
    /// For each code of the source, the position of its label.
    label_of: Vec<u32>,
}

enum Source {
    Name,
    Page,
    ItemCategory,
    /// Position of the property among the dataset's.
    Prop(Option<usize>),
    Stage(Stages),
}

impl Nodes {
    pub(super) fn new(kind: &NodeKind, dataset: &Dataset) -> Result<Self, RequestError> {
        let owned = |texts: &mut dyn Iterator<Item = &str>| texts.map(str::to_owned).collect();
        let (source, texts): (Source, Vec<String>) = match kind {
            NodeKind::Name => (Source::Name, owned(&mut dataset.names.texts())),
            NodeKind::Page => (Source::Page, owned(&mut dataset.templates.texts())),
            NodeKind::ItemCategory => (
                Source::ItemCategory,
                owned(&mut dataset.items.fields[ITEM_CATEGORY].values.texts()),
            ),
            NodeKind::Prop(key) => {
                let column = dataset.props.iter().position(|column| column.key == *key);
                let values = column.map_or_else(Vec::new, |column| {
                    let prop = &dataset.props[column];
                    (0..prop.values.len())
                        .map(|code| prop.value(code).to_text())
                        .collect()
                });
                (Source::Prop(column), values)
            }
            NodeKind::Stage(rules) => {
                let stages = Stages::new(rules, dataset)?;
                let labels = stages.labels().to_vec();
                (Source::Stage(stages), labels)
            }
        };
        // The number 1 and the text "1" are one node, and so are stages of one label.
        let mut labels = texts.clone();
        labels.sort_unstable();
        labels.dedup();
        let label_of = texts
            .iter()
            .map(|text| labels.partition_point(|label| label < text) as u32)
            .collect();
        Ok(Self {
            source,
            labels,
            label_of,
        })
    }

    /// The node of each event of `people`: its position in `labels`, or [`NONE`].
    pub(super) fn of(&self, dataset: &Dataset, people: &Range<usize>) -> Vec<u32> {
        let rows = dataset.person_starts[people.start] as usize
            ..dataset.person_starts[people.end] as usize;
        match &self.source {
            // Names and templates are distinct and sorted, so their codes are the positions.
            Source::Name => widen(&dataset.name, rows, 0),
            Source::Page => match &dataset.page {
                Some(page) => widen(page, rows, 1),
                None => vec![NONE; rows.len()],
            },
            Source::ItemCategory => {
                let items = &dataset.items;
                let categories = &items.fields[ITEM_CATEGORY];
                self.spread(&items.rows, rows, |index| {
                    let mut items = items.ends.range(index);
                    let code = items.find_map(|item| categories.code(item).checked_sub(1))?;
                    Some(code as usize)
                })
            }
            Source::Prop(None) => vec![NONE; rows.len()],
            Source::Prop(Some(column)) => {
                let prop = &dataset.props[*column];
                self.spread(&prop.rows, rows, |index| {
                    Some(prop.codes.get(index) as usize)
                })
            }
            Source::Stage(stages) => stages
                .rules_met(dataset, people)
                .map(|rule| rule.map_or(NONE, |rule| self.label_of[rule]))
                .collect(),
        }
    }

    /// Nodes from a sparse column, given the events that have one and the code of each.
    fn spread(
        &self,
        column_rows: &EntryRows,
        rows: Range<usize>,
        code: impl Fn(usize) -> Option<usize>,
    ) -> Vec<u32> {
        let mut nodes = vec![NONE; rows.len()];
        column_rows.each(rows.clone(), &mut |index, row| {
            nodes[row - rows.start] = code(index).map_or(NONE, |code| self.label_of[code]);
        });
        nodes
    }
}

/// Codes less an offset, at full width; a code below the offset becomes [`NONE`].
fn widen(codes: &Codes, rows: Range<usize>, offset: u32) -> Vec<u32> {
    let less = |code: u32| code.wrapping_sub(offset);
    match codes {
        Codes::U8(codes) => codes[rows].iter().map(|&code| less(code.into())).collect(),
        Codes::U16(codes) => codes[rows].iter().map(|&code| less(code.into())).collect(),
        Codes::U32(codes) => codes[rows].iter().map(|&code| less(code)).collect(),
    }
}
