//! The nodes that two reports of different groups have in common, so that they can be compared.
//!
//! Each report shows its own commonest nodes. A node that only one of them shows can be compared
//! where the other has no `other`: there it has nobody on it. If not, it is added to `other`.

use std::cmp::Reverse;

use super::paths::PathNodeKind;
use super::transitions::TransitionNodeKind;

/// What nodes of a report stand for; the order is that in which they are shown.
pub(crate) trait Kind: Copy + Ord {
    /// A node of the data.
    const NODE: Self;
    /// The rest of them.
    const OTHER: Self;
}

impl Kind for PathNodeKind {
    const NODE: Self = Self::Node;
    const OTHER: Self = Self::Other;
}

impl Kind for TransitionNodeKind {
    const NODE: Self = Self::Node;
    const OTHER: Self = Self::Other;
}

/// A node of a report: kind, label, and how often it comes.
pub(crate) type Shown<'a, K> = (K, &'a str, u64);

/// The nodes in common.
pub(crate) struct Common<K> {
    /// Kind and label: nodes of the data by how often they come in both reports, then the others.
    pub(crate) nodes: Vec<(K, String)>,
    /// For each node of the first report, and of the second one, its index in `nodes`.
    pub(crate) index_of: [Vec<usize>; 2],
}

impl<K: Kind> Common<K> {
    pub(crate) fn new(a: &[Shown<'_, K>], b: &[Shown<'_, K>]) -> Self {
        // Reports show a hundred nodes at most.
        let has = |shown: &[Shown<'_, K>], label: &str| {
            let mut nodes = shown.iter().filter(|(kind, ..)| *kind == K::NODE);
            nodes.any(|(_, shown, _)| *shown == label)
        };
        let is_whole = |shown: &[Shown<'_, K>]| shown.iter().all(|(kind, ..)| *kind != K::OTHER);
        let is_kept =
            |label: &str| (has(a, label) || is_whole(a)) && (has(b, label) || is_whole(b));
        let key = |&(kind, label, _): &Shown<'_, K>| {
            if kind == K::NODE && !is_kept(label) {
                (K::OTHER, "other".to_owned())
            } else {
                (kind, label.to_owned())
            }
        };
        let mut sums: Vec<((K, String), u64)> = Vec::new();
        for shown in a.iter().chain(b) {
            let key = key(shown);
            match sums.iter_mut().find(|(known, _)| *known == key) {
                Some((_, n)) => *n += shown.2,
                None => sums.push((key, shown.2)),
            }
        }
        sums.sort_unstable_by(|((a_kind, a_label), a_n), ((b_kind, b_label), b_n)| {
            (a_kind, Reverse(a_n), a_label).cmp(&(b_kind, Reverse(b_n), b_label))
        });
        let nodes: Vec<(K, String)> = sums.into_iter().map(|(node, _)| node).collect();
        let index = |shown: &Shown<'_, K>| {
            let key = key(shown);
            nodes.iter().position(|node| *node == key).unwrap_or(0)
        };
        let index_of = [a, b].map(|shown| shown.iter().map(index).collect());
        Self { nodes, index_of }
    }
}
