//! Filters resolved against one dataset: which of up to 32 filters does each event meet?
//!
//! Most filters depend on the event's name alone; they become a table from name to mask, and the
//! events themselves need no work beforehand. The others are computed column by column.

use std::ops::Range;

use crate::dataset::{Codes, Dataset, EntryRows, PropValue};

use super::filter::{Filter, ItemKey, PropFilter, PropOp, PropOperand};

/// Up to 32 filters over one dataset. Bit k of a mask tells whether filter k holds.
#[derive(Debug)]
pub(crate) struct Matcher {
    /// For each name the filters that it meets, of those that depend on the name alone.
    by_name: Vec<u32>,
    /// The filters that depend on more.
    others: Vec<(u32, Node)>,
}

/// A filter with codes in the place of texts.
#[derive(Debug)]
enum Node {
    /// Holds for the names marked here.
    Name(Vec<bool>),
    /// Holds for this code of the page column.
    Page(u32),
    /// Holds for the values marked here of the property at this position.
    Prop(usize, Vec<bool>),
    /// Holds for this code of the item field at this position.
    Item(usize, u32),
    /// Holds for no event: what it names is not in the data.
    Never,
    All(Vec<Node>),
    Any(Vec<Node>),
    Not(Box<Node>),
}

impl Matcher {
    /// Resolves `filters`, of which there are at most 32.
    pub(crate) fn new<'a>(filters: impl Iterator<Item = &'a Filter>, dataset: &Dataset) -> Self {
        let mut matcher = Self {
            by_name: vec![0; dataset.names.len()],
            others: Vec::new(),
        };
        for (step, filter) in filters.enumerate() {
            match resolve(filter, dataset) {
                Node::Never => {}
                Node::Name(holds) => {
                    for (mask, holds) in matcher.by_name.iter_mut().zip(holds) {
                        *mask |= u32::from(holds) << step;
                    }
                }
                node => matcher.others.push((1 << step, node)),
            }
        }
        matcher
    }

    /// For each name code its mask, if that is all there is to know.
    pub(crate) fn by_name(&self) -> Option<&[u32]> {
        self.others.is_empty().then_some(&self.by_name)
    }

    /// The mask of each event in `rows`.
    pub(crate) fn masks(&self, dataset: &Dataset, rows: Range<usize>) -> Vec<u32> {
        let mut masks: Vec<u32> = match &dataset.name {
            Codes::U8(codes) => codes[rows.clone()]
                .iter()
                .map(|&code| self.by_name[usize::from(code)])
                .collect(),
            Codes::U16(codes) => codes[rows.clone()]
                .iter()
                .map(|&code| self.by_name[usize::from(code)])
                .collect(),
            Codes::U32(codes) => codes[rows.clone()]
                .iter()
                .map(|&code| self.by_name[code as usize])
                .collect(),
        };
        for (bit, node) in &self.others {
            for (mask, holds) in masks.iter_mut().zip(node.holds(dataset, &rows)) {
                *mask |= if holds { *bit } else { 0 };
            }
        }
        masks
    }
}

fn resolve(filter: &Filter, dataset: &Dataset) -> Node {
    match filter {
        Filter::Name(name) => match dataset.names.find(name) {
            Some(code) => Node::Name(
                (0..dataset.names.len())
                    .map(|name| name == code as usize)
                    .collect(),
            ),
            None => Node::Never,
        },
        Filter::Page(template) => dataset
            .templates
            .find(template)
            .map_or(Node::Never, |code| Node::Page(code + 1)),
        Filter::Prop(prop) => resolve_prop(prop, dataset),
        Filter::Item(item) => {
            let field = ItemKey::ALL
                .iter()
                .position(|key| *key == item.key)
                .unwrap_or_default();
            let code = dataset.items.fields[field].values.find(&item.value);
            code.map_or(Node::Never, |code| Node::Item(field, code + 1))
        }
        Filter::All(filters) => join(filters, dataset, Node::All, |holds| {
            holds.iter().all(|holds| *holds)
        }),
        Filter::Any(filters) => join(filters, dataset, Node::Any, |holds| {
            holds.iter().any(|holds| *holds)
        }),
        Filter::Not(filter) => match resolve(filter, dataset) {
            Node::Name(holds) => Node::Name(holds.into_iter().map(|holds| !holds).collect()),
            Node::Never => Node::Name(vec![true; dataset.names.len()]),
            node => Node::Not(Box::new(node)),
        },
    }
}

/// A combination of filters: a table again if all of them are tables.
fn join(
    filters: &[Filter],
    dataset: &Dataset,
    wrap: fn(Vec<Node>) -> Node,
    decide: fn(&[bool]) -> bool,
) -> Node {
    let nodes: Vec<Node> = filters
        .iter()
        .map(|filter| resolve(filter, dataset))
        .collect();
    let holds_for = |node: &Node, name: usize| match node {
        Node::Name(holds) => Some(holds[name]),
        Node::Never => Some(false),
        _ => None,
    };
    let table: Option<Vec<bool>> = (0..dataset.names.len())
        .map(|name| {
            Some(decide(
                &nodes
                    .iter()
                    .map(|node| holds_for(node, name))
                    .collect::<Option<Vec<bool>>>()?,
            ))
        })
        .collect();
    table.map_or_else(|| wrap(nodes), Node::Name)
}

fn resolve_prop(filter: &PropFilter, dataset: &Dataset) -> Node {
    let column = dataset
        .props
        .iter()
        .position(|column| column.key == filter.key);
    column.map_or(Node::Never, |column| {
        let values = &dataset.props[column];
        let holds = (0..values.values.len())
            .map(|code| compares(values.value(code), filter))
            .collect();
        Node::Prop(column, holds)
    })
}

/// Whether a value meets the filter. Values of different types are neither equal nor ordered.
fn compares(value: PropValue<'_>, filter: &PropFilter) -> bool {
    let ordering = match (value, &filter.value) {
        (_, None) => return filter.op == PropOp::Exists,
        (PropValue::Bool(a), Some(PropOperand::Bool(b))) => Some(a.cmp(b)),
        (PropValue::Number(a), Some(PropOperand::Number(b))) => a.partial_cmp(b),
        (PropValue::String(a), Some(PropOperand::String(b))) => {
            if filter.op == PropOp::Contains {
                return a.contains(b.as_str());
            }
            Some(a.cmp(b.as_str()))
        }
        _ => None,
    };
    match filter.op {
        PropOp::Eq => ordering.is_some_and(|ordering| ordering.is_eq()),
        PropOp::Ne => ordering.is_none_or(|ordering| ordering.is_ne()),
        PropOp::Gt => ordering.is_some_and(|ordering| ordering.is_gt()),
        PropOp::Gte => ordering.is_some_and(|ordering| ordering.is_ge()),
        PropOp::Lt => ordering.is_some_and(|ordering| ordering.is_lt()),
        PropOp::Lte => ordering.is_some_and(|ordering| ordering.is_le()),
        PropOp::Contains | PropOp::Exists => false,
    }
}

impl Node {
    /// For each event in `rows` whether the filter holds.
    fn holds(&self, dataset: &Dataset, rows: &Range<usize>) -> Vec<bool> {
        match self {
            Self::Name(holds) => rows
                .clone()
                .map(|row| holds[dataset.name.get(row) as usize])
                .collect(),
            Self::Page(code) => match &dataset.page {
                Some(page) => rows.clone().map(|row| page.get(row) == *code).collect(),
                None => vec![false; rows.len()],
            },
            Self::Prop(column, allowed) => {
                let column = &dataset.props[*column];
                scatter(&column.rows, rows, |index| {
                    allowed[column.codes.get(index) as usize]
                })
            }
            Self::Item(field, code) => {
                let items = &dataset.items;
                let field = &items.fields[*field];
                scatter(&items.rows, rows, |index| {
                    let mut own = items.ends.range(index);
                    own.any(|item| field.code(item) == *code)
                })
            }
            Self::Never => vec![false; rows.len()],
            Self::All(nodes) => combine(nodes, dataset, rows, true, |all, one| *all &= one),
            Self::Any(nodes) => combine(nodes, dataset, rows, false, |any, one| *any |= one),
            Self::Not(node) => node
                .holds(dataset, rows)
                .into_iter()
                .map(|holds| !holds)
                .collect(),
        }
    }
}

fn combine(
    nodes: &[Node],
    dataset: &Dataset,
    rows: &Range<usize>,
    start: bool,
    add: fn(&mut bool, bool),
) -> Vec<bool> {
    let mut combined = vec![start; rows.len()];
    for node in nodes {
        for (combined, holds) in combined.iter_mut().zip(node.holds(dataset, rows)) {
            add(combined, holds);
        }
    }
    combined
}

/// A condition over a sparse column, given by the position of each entry, spread over `rows`.
fn scatter(
    column_rows: &EntryRows,
    rows: &Range<usize>,
    holds: impl Fn(usize) -> bool,
) -> Vec<bool> {
    let mut spread = vec![false; rows.len()];
    column_rows.each(rows.clone(), &mut |index, row| {
        spread[row - rows.start] = holds(index);
    });
    spread
}
