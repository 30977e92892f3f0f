//! Matching a pattern against a path in one pass, whatever the pattern.
//!
//! The pattern becomes a non-deterministic automaton whose states are the bits of one word: bit i
//! means that the first i places are matched. A node moves all states at once with a fixed number
//! of operations, so the time is proportional to the nodes, and nothing is ever tried twice.

use super::{Pattern, Repeat};

/// A pattern over the nodes of one list of labels.
#[derive(Debug, Clone)]
pub struct Automaton {
    at_start: bool,
    at_end: bool,
    /// For each label the places whose atom matches it, for nodes that are not the centre.
    matching: Vec<u128>,
    /// The same for the node that is the centre.
    matching_center: Vec<u128>,
    /// Places that match any number of nodes.
    looping: u128,
    /// States that are reached from the one before without a node.
    passable: u128,
    /// The states before runs of passable ones, and the last ones of the runs.
    run_starts: u128,
    run_ends: u128,
    /// The state in which all places are matched.
    accepting: u128,
    /// The states before any node.
    start: u128,
}

impl Automaton {
    /// The automaton of `pattern` for paths whose nodes are positions in `labels`. A pattern has
    /// at most [`super::MAX_PARTS`] parts.
    pub fn new(pattern: &Pattern, labels: &[String]) -> Self {
        let mut automaton = Self {
            at_start: pattern.at_start,
            at_end: pattern.at_end,
            matching: vec![0; labels.len()],
            matching_center: vec![0; labels.len()],
            looping: 0,
            passable: 0,
            run_starts: 0,
            run_ends: 0,
            accepting: 1,
            start: 1,
        };
        for part in &pattern.parts {
            let matches: Vec<bool> = labels
                .iter()
                .map(|label| part.atom.matches(label))
                .collect();
            // `a+` is `a` and then `a*`.
            let (once, any) = match part.repeat {
                Repeat::Once | Repeat::Optional => (true, false),
                Repeat::Any => (false, true),
                Repeat::Some => (true, true),
            };
            for is_loop in [once.then_some(false), any.then_some(true)]
                .into_iter()
                .flatten()
            {
                let place = automaton.accepting;
                for (label, _) in matches.iter().enumerate().filter(|(_, matches)| **matches) {
                    automaton.matching_center[label] |= place;
                    automaton.matching[label] |= if part.is_center { 0 } else { place };
                }
                automaton.accepting <<= 1;
                automaton.looping |= if is_loop { place } else { 0 };
                if is_loop || part.repeat == Repeat::Optional {
                    automaton.passable |= automaton.accepting;
                }
            }
        }
        automaton.run_starts = (automaton.passable >> 1) & !automaton.passable;
        automaton.run_ends = automaton.passable & !(automaton.passable >> 1);
        automaton.start = automaton.pass(1);
        automaton
    }

    /// Whether the pattern matches somewhere in the path, or at its ends where it says so.
    pub fn is_match(&self, path: &[u32]) -> bool {
        self.count(path.iter().copied(), usize::MAX) > 0
    }

    /// At how many places of the path, before its first node or after any node, a match ends.
    /// `center` is the position of the path's centre, if it has one. Takes each node once.
    pub fn count(&self, path: impl IntoIterator<Item = u32>, center: usize) -> u64 {
        let mut states = self.start;
        let mut n_ends = u64::from(states & self.accepting != 0);
        for (index, node) in path.into_iter().enumerate() {
            let matching = if index == center {
                self.matching_center[node as usize]
            } else {
                self.matching[node as usize]
            };
            states = self.step(states, matching);
            n_ends += u64::from(states & self.accepting != 0);
        }
        if self.at_end {
            u64::from(states & self.accepting != 0)
        } else {
            n_ends
        }
    }

    /// The states after a node that these places match.
    fn step(&self, states: u128, matching: u128) -> u128 {
        let moved = states & matching;
        let states = self.pass((moved & !self.looping) << 1 | moved & self.looping);
        if self.at_start {
            states
        } else {
            states | self.start
        }
    }

    /// Adds the states that are reached without a node.
    ///
    /// In every run of passable states, subtracting the bit before the run flips all bits up to the
    /// lowest state that is on; those above it are reached. Source: G. Navarro and M. Raffinot,
    /// "Fast and simple character classes and bounded gaps pattern matching", 2003, section 4.2.
    fn pass(&self, states: u128) -> u128 {
        let guarded = states | self.run_ends;
        let above = !guarded.wrapping_sub(self.run_starts) ^ guarded;
        states | self.passable & above
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How often `pattern` matches `path`, which has one letter for each node. The centre, if
    /// there is one, is the upper case letter.
    fn count(pattern: &str, path: &str) -> u64 {
        let labels: Vec<String> = ('a'..='z').map(String::from).collect();
        let center = path.find(|c: char| c.is_ascii_uppercase());
        let nodes = path
            .bytes()
            .map(|b| u32::from(b.to_ascii_lowercase() - b'a'));
        let pattern: Pattern = pattern.parse().unwrap();
        Automaton::new(&pattern, &labels).count(nodes, center.unwrap_or(usize::MAX))
    }

    fn check(pattern: &str, path: &str, expected: bool) {
        assert_eq!(count(pattern, path) > 0, expected, "{pattern} on {path}");
    }

    #[test]
    fn patterns_match_as_defined() {
        check("a -> b", "xabx", true);
        check("a -> b", "axb", false);
        check("a -> .* -> b", "axxb", true);
        check("a -> .* -> b", "ab", true);
        check("a -> .+ -> b", "ab", false);
        check("^ -> b", "ab", false);
        check("b -> $", "ab", true);
        check("a -> $", "ab", false);
        check("[a|b]+ -> c", "xabac", true);
        check("^ -> [^a] -> c", "bc", true);
        check("^ -> [^a] -> c", "ac", false);
        check("^ -> . -> .? -> $", "a", true);
        check("^ -> . -> .? -> $", "ab", true);
        check("^ -> . -> .? -> $", "abc", false);
        check("^ -> $", "", true);
        check("^ -> $", "a", false);
        check("q", "abc", false);
        check("a -> a -> b", "aaab", true);
        check("^ -> a? -> b? -> c? -> d -> $", "cd", true);
        check("^ -> a? -> b? -> c? -> d -> $", "cbd", false);
    }

    #[test]
    fn the_centre_is_a_node_of_its_own() {
        check("@", "aBc", true);
        check("@", "abc", false);
        check("@b -> c", "bcaBc", true);
        check("@b -> c", "bcaBa", false);
        check("^ -> . -> @[a|b]", "aBc", true);
        check("^ -> a -> b -> c", "aBc", true);
    }

    #[test]
    fn matches_are_counted_by_their_end() {
        assert_eq!(count("a -> b", "abab"), 2);
        assert_eq!(count("a -> a", "aaaa"), 3);
        assert_eq!(count("a -> .* -> b", "aabb"), 2);
        assert_eq!(count("^ -> .", "abc"), 1);
        assert_eq!(count("[a|b] -> $", "abab"), 1);
        assert_eq!(count("^", "abc"), 1);
    }

    #[test]
    fn the_longest_pattern_fits() {
        let n = crate::pattern::MAX_PARTS;
        check(&vec!["a+"; n].join(" -> "), &"a".repeat(n), true);
        check(&vec!["a+"; n].join(" -> "), &"a".repeat(n - 1), false);
        let gaps = format!("^ -> {} -> b -> $", vec!["a?"; n - 1].join(" -> "));
        check(&gaps, &format!("{}b", "a".repeat(n - 1)), true);
        check(&gaps, &format!("{}b", "a".repeat(n)), false);
        check(&gaps, "b", true);
    }

    #[test]
    fn every_node_is_taken_once_however_bad_the_pattern() {
        let labels: Vec<String> = ["a", "b", "c"].map(str::to_owned).to_vec();
        let path: Vec<u32> = (0..100_000_u32).map(|n| n * 3 % 7 % 2).collect();
        let bad = [
            format!("[a|b]* -> {} -> c", vec!["."; 30].join(" -> ")),
            vec!["[a|b]*"; 32].join(" -> ") + " -> c",
            vec![".+"; 31].join(" -> ") + " -> c -> $",
            format!(
                "{} -> {}",
                vec!["a?"; 31].join(" -> "),
                vec!["a"; 31].join(" -> ")
            ),
        ];
        for text in bad {
            let automaton = Automaton::new(&text.parse().unwrap(), &labels);
            let mut n_taken = 0;
            let nodes = path.iter().copied().inspect(|_| n_taken += 1);
            assert_eq!(automaton.count(nodes, usize::MAX), 0, "{text}");
            // One step a node, and a step has no loop: its work does not depend on the pattern.
            assert_eq!(n_taken, path.len(), "{text}");
        }
    }
}
