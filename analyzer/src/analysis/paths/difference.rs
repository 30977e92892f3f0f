//! Two position graphs of one request over two groups, side by side and subtracted.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::analysis::common_nodes::Common;
use crate::analysis::statistics::{RateDifference, correct};

use super::{PathNode, PathNodeKind, PathsReport};

/// Two position graphs compared. P values are corrected over all nodes and edges.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS, crate::Schema))]
pub struct PathsDifference {
    /// Nodes at each position that both graphs know; what only one of them shows is in `other`.
    pub positions: Vec<Vec<PathNodeDifference>>,
    /// Moves between them, by position, from and to.
    pub edges: Vec<PathEdgeDifference>,
}

/// One node of two position graphs.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS, crate::Schema))]
pub struct PathNodeDifference {
    /// What it stands for.
    pub kind: PathNodeKind,
    /// Its label.
    pub label: String,
    /// Units of the first group on it.
    pub n_units_a: u64,
    /// Units of the second group on it.
    pub n_units_b: u64,
    /// Their shares of all units of their group.
    pub share: RateDifference,
}

/// One move of two position graphs.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS, crate::Schema))]
pub struct PathEdgeDifference {
    /// Index into `positions` of the position that it starts from.
    pub position: u32,
    /// Index of the node in `positions[position]`.
    pub from: u32,
    /// Index of the node in `positions[position + 1]`.
    pub to: u32,
    /// Units of the first group that take it.
    pub n_units_a: u64,
    /// Units of the second group that take it.
    pub n_units_b: u64,
    /// Their shares of all units of their group.
    pub share: RateDifference,
}

/// Compares two reports of one request: `a` − `b`.
pub fn difference(a: &PathsReport, b: &PathsReport) -> PathsDifference {
    let wholes = (a.n_units, b.n_units);
    let share = |[a, b]: [u64; 2]| RateDifference::new((a, b), wholes);
    let common: Vec<Common<PathNodeKind>> = a
        .positions
        .iter()
        .zip(&b.positions)
        .map(|(a, b)| Common::new(&shown(a), &shown(b)))
        .collect();
    let mut positions = Vec::new();
    for (position, common) in common.iter().enumerate() {
        let mut n_units = vec![[0; 2]; common.nodes.len()];
        for (group, report) in [a, b].into_iter().enumerate() {
            let index_of = common.index_of[group].iter();
            for (node, &index) in report.positions[position].iter().zip(index_of) {
                n_units[index][group] += node.n_units;
            }
        }
        let nodes = common.nodes.iter().zip(n_units);
        let nodes = nodes.map(|((kind, label), n_units)| PathNodeDifference {
            kind: *kind,
            label: label.clone(),
            n_units_a: n_units[0],
            n_units_b: n_units[1],
            share: share(n_units),
        });
        positions.push(nodes.collect());
    }
    let mut moves: BTreeMap<(u32, u32, u32), [u64; 2]> = BTreeMap::new();
    for (group, report) in [a, b].into_iter().enumerate() {
        for edge in &report.edges {
            let index = |position: usize, node: u32| {
                let index_of = &common.get(position)?.index_of[group];
                index_of.get(node as usize).map(|&index| index as u32)
            };
            let position = edge.position as usize;
            let ends = (index(position, edge.from), index(position + 1, edge.to));
            if let (Some(from), Some(to)) = ends {
                moves.entry((edge.position, from, to)).or_default()[group] += edge.n_units;
            }
        }
    }
    let edges = moves.into_iter();
    let edges = edges.map(|((position, from, to), n_units)| PathEdgeDifference {
        position,
        from,
        to,
        n_units_a: n_units[0],
        n_units_b: n_units[1],
        share: share(n_units),
    });
    let mut compared = PathsDifference {
        positions,
        edges: edges.collect(),
    };
    let nodes = compared.positions.iter_mut().flatten();
    let nodes = nodes.map(|node| &mut node.share);
    correct(nodes.chain(compared.edges.iter_mut().map(|edge| &mut edge.share)));
    compared
}

fn shown(nodes: &[PathNode]) -> Vec<(PathNodeKind, &str, u64)> {
    let nodes = nodes.iter();
    nodes
        .map(|node| (node.kind, node.label.as_str(), node.n_units))
        .collect()
}
