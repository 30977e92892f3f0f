//! The report: sums up what several scans have found of each path, and picks the commonest.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};

use rustc_hash::FxBuildHasher;

use crate::analysis::by_text::ByText;
use crate::analysis::durations::Durations;
use crate::analysis::statistics::Rate;
use crate::analysis::warning::{few_units_with_path, several_currencies};
use crate::pattern::{Atom, Part, Pattern};

use super::count::Chunk;
use super::{ExactPath, ExactPathsPartial, ExactPathsPlan, ExactPathsReport, PathValue};

/// What is known of one path over all scans.
struct Total<'a> {
    nodes: &'a [u32],
    n_occurrences: u64,
    n_units: u64,
    n_converted: u64,
}

/// What is gathered for the paths that are shown.
struct Details {
    millis: Durations,
    value: ByText<i128>,
}

pub(super) fn report(plan: &ExactPathsPlan, partial: ExactPathsPartial) -> ExactPathsReport {
    let (labels, chunks) = with_common_labels(partial.groups);
    let (totals, total_of) = totals(&chunks);
    let ranked = commonest(&totals, plan.n_top);
    let details = details(&chunks, &total_of, &totals, &ranked);
    let paths = ranked.iter().zip(details).map(|(&index, details)| {
        let total = &totals[index];
        let nodes: Vec<String> = total
            .nodes
            .iter()
            .map(|&node| labels[node as usize].clone())
            .collect();
        let is_whole = plan.length.is_none();
        let parts = nodes.iter().map(|node| Atom::OneOf(vec![node.clone()]));
        let pattern = Pattern {
            at_start: is_whole,
            at_end: is_whole,
            parts: parts.map(Part::once).collect(),
        };
        let conversion = Rate::new(total.n_converted, total.n_units);
        ExactPath {
            n_units: total.n_units,
            share: Rate::new(total.n_units, partial.n_units),
            n_occurrences: total.n_occurrences,
            n_converted: plan.has_goal.then_some(total.n_converted),
            conversion: plan.has_goal.then_some(conversion),
            median_millis: details.millis.quantiles(&[0.5]).pop(),
            value: details.value.into_iter().map(amount).collect(),
            pattern: pattern.to_string(),
            nodes,
        }
    });
    let paths: Vec<ExactPath> = paths.collect();
    let amounts = paths.iter().flat_map(|path| &path.value);
    let currencies = amounts.map(|value| value.currency.as_str()).collect();
    let mut warnings = few_units_with_path(partial.n_units);
    warnings.extend(several_currencies(currencies));
    ExactPathsReport {
        n_units: partial.n_units,
        n_paths: totals.len() as u64,
        n_longer: partial.n_longer,
        paths,
        warnings,
    }
}

/// The paths of most units, then by their nodes.
fn commonest(totals: &[Total<'_>], n_top: usize) -> Vec<usize> {
    // The last of those that are shown is on top of the heap.
    let mut shown = BinaryHeap::with_capacity(n_top + 1);
    for (index, total) in totals.iter().enumerate() {
        let key = (Reverse(total.n_units), total.nodes, index);
        if shown.len() < n_top {
            shown.push(key);
        } else if shown.peek().is_some_and(|last| key < *last) {
            shown.pop();
            shown.push(key);
        }
    }
    let shown = shown.into_sorted_vec().into_iter();
    shown.map(|(_, _, index)| index).collect()
}

fn amount((currency, minor): (String, i128)) -> PathValue {
    let limit = i128::from(i64::MAX);
    PathValue {
        currency,
        minor: minor.clamp(-limit, limit) as i64,
    }
}

/// All chunks with codes of one ascending list of labels.
fn with_common_labels(mut groups: Vec<(Vec<String>, Vec<Chunk>)>) -> (Vec<String>, Vec<Chunk>) {
    if groups.len() == 1 {
        return groups.remove(0);
    }
    let mut common: Vec<String> = groups
        .iter()
        .flat_map(|(labels, _)| labels.clone())
        .collect();
    common.sort_unstable();
    common.dedup();
    let mut all = Vec::new();
    for (labels, chunks) in groups {
        let code_of: Vec<u32> = labels
            .iter()
            .map(|label| common.partition_point(|known| known < label) as u32)
            .collect();
        for mut chunk in chunks {
            for code in &mut chunk.codes {
                *code = code_of[*code as usize];
            }
            all.push(chunk);
        }
    }
    (common, all)
}

/// The sums of every distinct path, and for each chunk the index of the sum of each of its paths.
fn totals(chunks: &[Chunk]) -> (Vec<Total<'_>>, Vec<Vec<u32>>) {
    let mut totals: Vec<Total<'_>> = Vec::new();
    let mut index_of: HashMap<&[u32], u32, FxBuildHasher> = HashMap::default();
    // The paths of one chunk are distinct, so looking them up would be in vain.
    let is_only = chunks.len() == 1;
    let total_of = chunks.iter().map(|chunk| {
        let paths = chunk.paths().zip(&chunk.tallies).map(|(nodes, tally)| {
            let new = totals.len() as u32;
            let index = if is_only {
                new
            } else {
                *index_of.entry(nodes).or_insert(new)
            };
            if index == new {
                totals.push(Total {
                    nodes,
                    n_occurrences: 0,
                    n_units: 0,
                    n_converted: 0,
                });
            }
            let total = &mut totals[index as usize];
            total.n_occurrences += u64::from(tally.n_occurrences);
            total.n_units += u64::from(tally.n_units);
            total.n_converted += u64::from(tally.n_converted);
            index
        });
        paths.collect()
    });
    let total_of = total_of.collect();
    (totals, total_of)
}

/// Times and amounts of the paths of these totals, in this order.
fn details(
    chunks: &[Chunk],
    total_of: &[Vec<u32>],
    totals: &[Total<'_>],
    ranked: &[usize],
) -> Vec<Details> {
    // All that are not shown share the place after the last.
    let n_ranked = ranked.len();
    let mut rank_of = vec![n_ranked as u32; totals.len()];
    for (&total, rank) in ranked.iter().zip(0..) {
        rank_of[total] = rank;
    }
    // The times of each path have a stretch of one list, and the place after the last has one that
    // is written again and again: neither is a question of what comes next.
    let (mut places, mut n_times) = (Vec::with_capacity(n_ranked + 1), 0);
    for &total in ranked {
        places.push(n_times);
        n_times += totals[total].n_occurrences as usize;
    }
    places.push(n_times);
    let starts = places.clone();
    let mut times = vec![0; n_times + 1];
    let mut wide = vec![Vec::new(); n_ranked + 1];
    let mut values = vec![ByText::default(); n_ranked + 1];
    for (chunk, total_of) in chunks.iter().zip(total_of) {
        let rank_of: Vec<u32> = total_of
            .iter()
            .map(|&total| rank_of[total as usize])
            .collect();
        for &(path, millis) in &chunk.narrow {
            let rank = rank_of[path as usize] as usize;
            let place = &mut places[rank];
            times[*place] = millis;
            *place += usize::from(rank < n_ranked);
        }
        for &(path, millis) in &chunk.wide {
            wide[rank_of[path as usize] as usize].push(millis);
        }
        for (path, currency, minor) in &chunk.values {
            let value: &mut ByText<i128> = &mut values[rank_of[*path as usize] as usize];
            *value.of(currency.clone()) += minor;
        }
    }
    let ranges = starts.into_iter().zip(places).take(n_ranked);
    let narrow = ranges.map(|(start, end)| times[start..end].to_vec());
    narrow
        .zip(wide)
        .zip(values)
        .map(|((narrow, wide), value)| Details {
            millis: Durations::of(narrow, wide),
            value,
        })
        .collect()
}
