//! The slow position graph, and a slow matcher that tries every way to apply a pattern.

use std::collections::{BTreeMap, BTreeSet};

use analyzer::analysis::paths::PathsConfig;
use analyzer::pattern::{Pattern, Repeat};

use crate::events::Event;
use crate::sequence_twin::Shape;

/// The nodes of each unit that has any, as the positions of a graph run.
pub(crate) fn sequences(people: &[Vec<Event>], config: &PathsConfig) -> Vec<Vec<String>> {
    let paths = Shape::of(config).paths(people).into_iter();
    let mut sequences: Vec<Vec<String>> = paths.map(|path| path.nodes).collect();
    if config.backward {
        sequences.iter_mut().for_each(|sequence| sequence.reverse());
    }
    sequences
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
        None if config.backward => "began".to_owned(),
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

/// The places at which a match ends, by trying everything.
pub(crate) fn match_ends(
    pattern: &Pattern,
    path: &[String],
    center: Option<usize>,
) -> BTreeSet<usize> {
    let starts = if pattern.at_start {
        0..=0
    } else {
        0..=path.len()
    };
    let mut ends = BTreeSet::new();
    for start in starts {
        add_ends(pattern, 0, (path, center), start, &mut ends);
    }
    ends
}

/// Adds the places where matches end that have come to this part of the pattern and this place.
fn add_ends(
    pattern: &Pattern,
    index: usize,
    path: (&[String], Option<usize>),
    place: usize,
    ends: &mut BTreeSet<usize>,
) {
    let Some(part) = pattern.parts.get(index) else {
        if !pattern.at_end || place == path.0.len() {
            ends.insert(place);
        }
        return;
    };
    let n_left = path.0.len() - place;
    let (least, most) = match part.repeat {
        Repeat::Once => (1, 1),
        Repeat::Optional => (0, 1),
        Repeat::Any => (0, n_left),
        Repeat::Some => (1, n_left),
    };
    let is_matched =
        |at: usize| part.atom.matches(&path.0[at]) && (!part.is_center || path.1 == Some(at));
    for n in least..=most.min(n_left) {
        if (place..place + n).all(is_matched) {
            add_ends(pattern, index + 1, path, place + n, ends);
        }
    }
}
