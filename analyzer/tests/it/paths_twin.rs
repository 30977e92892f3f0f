//! The slow position graph, and a slow matcher that tries every way to apply a pattern.

use std::collections::BTreeMap;

use analyzer::analysis::Unit;
use analyzer::analysis::paths::PathsConfig;
use analyzer::analysis::sequence::NodeKind;
use analyzer::pattern::{Pattern, Repeat};

use crate::events::{Event, sessions};
use crate::requests::holds;

/// The nodes of each unit that has any.
pub(crate) fn sequences(people: &[Vec<Event>], config: &PathsConfig) -> Vec<Vec<String>> {
    let units = if config.unit == Unit::Session {
        sessions(people)
    } else {
        people.to_vec()
    };
    let mut sequences = Vec::new();
    for unit in units {
        let start = match &config.start {
            Some(start) => unit
                .iter()
                .position(|event| holds(start, event))
                .unwrap_or(unit.len()),
            None => 0,
        };
        let mut sequence: Vec<String> = unit[start..]
            .iter()
            .filter_map(|event| node(&config.node, event))
            .map(str::to_owned)
            .collect();
        if config.collapse_repeats {
            sequence.dedup();
        }
        if !sequence.is_empty() {
            sequences.push(sequence);
        }
    }
    sequences
}

fn node(kind: &NodeKind, event: &Event) -> Option<&'static str> {
    match kind {
        NodeKind::Name => Some(event.name),
        NodeKind::Page => event.page,
        NodeKind::ItemCategory => event.category(),
        NodeKind::Prop(key) => event.kind().filter(|_| key == "kind"),
    }
}

/// Units by position and label, and by position, label and next label, where labels are those of
/// the report.
pub(crate) struct Graph {
    pub(crate) nodes: BTreeMap<(usize, String), u64>,
    pub(crate) edges: BTreeMap<(usize, String, String), u64>,
}

pub(crate) fn graph(sequences: &[Vec<String>], config: &PathsConfig) -> Graph {
    let n_positions = config.n_positions as usize;
    let shown: Vec<Vec<String>> = (0..n_positions)
        .map(|position| {
            let mut counts: BTreeMap<&String, u64> = BTreeMap::new();
            for sequence in sequences {
                if let Some(label) = sequence.get(position) {
                    *counts.entry(label).or_default() += 1;
                }
            }
            let mut labels: Vec<(&String, u64)> = counts.into_iter().collect();
            labels.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(b.0)));
            labels
                .into_iter()
                .take(config.n_top as usize)
                .map(|(label, _)| label.clone())
                .collect()
        })
        .collect();
    let label = |sequence: &Vec<String>, position: usize| match sequence.get(position) {
        None => "left".to_owned(),
        Some(label) if shown[position].contains(label) => label.clone(),
        Some(_) => "other".to_owned(),
    };
    let mut graph = Graph {
        nodes: BTreeMap::new(),
        edges: BTreeMap::new(),
    };
    for sequence in sequences {
        for position in 0..n_positions {
            *graph
                .nodes
                .entry((position, label(sequence, position)))
                .or_default() += 1;
            if position + 1 < n_positions {
                let edge = (
                    position,
                    label(sequence, position),
                    label(sequence, position + 1),
                );
                *graph.edges.entry(edge).or_default() += 1;
            }
        }
    }
    graph
}

/// Whether a pattern matches, by trying everything.
pub(crate) fn is_match(pattern: &Pattern, path: &[String]) -> bool {
    let starts = if pattern.at_start {
        0..=0
    } else {
        0..=path.len()
    };
    starts
        .into_iter()
        .any(|start| matches_from(pattern, 0, &path[start..]))
}

fn matches_from(pattern: &Pattern, index: usize, path: &[String]) -> bool {
    let Some(part) = pattern.parts.get(index) else {
        return !pattern.at_end || path.is_empty();
    };
    let (least, most) = match part.repeat {
        Repeat::Once => (1, 1),
        Repeat::Optional => (0, 1),
        Repeat::Any => (0, path.len()),
        Repeat::Some => (1, path.len()),
    };
    (least..=most.min(path.len())).any(|n| {
        path[..n].iter().all(|node| part.atom.matches(node))
            && matches_from(pattern, index + 1, &path[n..])
    })
}
