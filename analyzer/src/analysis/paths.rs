//! Position graph of paths: which nodes units are on at each position, and how they move on.
//!
//! A unit's path is the sequence of its nodes (event names, pages, or values of a property), in
//! time order, from its first event or from an anchor. Position 1 is the first node. At every
//! position each unit is on exactly one of: one of the commonest nodes, `other`, or `left`.

use serde::{Deserialize, Serialize};

use super::warning::Warning;
use super::Unit;
use super::filter::Filter;

/// What to ask for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(optional_fields = nullable))]
pub struct PathsConfig {
    /// What a node is. Events that have no node (no page, no such property) are passed over.
    pub node: NodeKind,
    /// What has a path.
    pub unit: Unit,
    /// How many positions to show, 2 to 20.
    pub n_positions: u32,
    /// How many of the commonest nodes to show at each position, 1 to 100; the rest is `other`.
    pub n_top: u32,
    /// Takes a node that follows itself as one.
    pub collapse_repeats: bool,
    /// Paths begin at the unit's first event that meets this, and units without one are left out.
    pub start: Option<Filter>,
}

impl Default for PathsConfig {
    fn default() -> Self {
        Self { node: NodeKind::Name, unit: Unit::Session, n_positions: 5, n_top: 8, collapse_repeats: true, start: None }
    }
}

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

/// Where units go from position to position.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct PathsReport {
    /// Units that have a path, which are those at position 1.
    pub n_units: u64,
    /// Nodes at each position: the commonest first, then `other`, then `left`; those without
    /// units are left out. At every position the units add up to `n_units`.
    pub positions: Vec<Vec<PathNode>>,
    /// Moves from each position to the next, by position, from and to.
    pub edges: Vec<PathEdge>,
    /// What to know before trusting the numbers.
    pub warnings: Vec<Warning>,
}

/// One node at one position.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct PathNode {
    /// Whether it is a node of the data, the rest of them, or the end.
    pub kind: PathNodeKind,
    /// The node's name; `other` and `left` for those two.
    pub label: String,
    /// Units on it at this position. For `left`: units whose path ended before.
    pub n_units: u64,
    /// Path pattern that exactly these units match.
    pub pattern: String,
}

/// What a node of the report stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub enum PathNodeKind {
    /// A node of the data.
    Node,
    /// All nodes of the data that are not among the commonest.
    Other,
    /// The path has ended.
    Left,
}

/// How many units go from a node to a node of the next position.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct PathEdge {
    /// Index into `positions` of the position that it starts from, from 0.
    pub position: u32,
    /// Index of the node in `positions[position]`.
    pub from: u32,
    /// Index of the node in `positions[position + 1]`.
    pub to: u32,
    /// Units that take it.
    pub n_units: u64,
    /// Path pattern that exactly these units match.
    pub pattern: String,
}
