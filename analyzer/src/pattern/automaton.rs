//! Matching a pattern against a path in one pass, whatever the pattern.
//!
//! The pattern becomes a non-deterministic automaton whose states are the bits of one word: bit i
//! means that the first i places are matched. A node moves all states at once, so the time is
//! proportional to the nodes, and nothing is ever tried twice.

use super::{Pattern, Repeat};

/// A pattern over the nodes of one list of labels.
#[derive(Debug, Clone)]
pub struct Automaton {
    at_start: bool,
    at_end: bool,
    /// For each label the places whose atom matches it.
    matching: Vec<u64>,
    /// Places that match any number of nodes.
    looping: u64,
    /// Places that may be passed without a node.
    optional: u64,
    /// The state in which all places are matched.
    accepting: u64,
}

impl Automaton {
    /// The automaton of `pattern` for paths whose nodes are positions in `labels`. A pattern has
    /// at most [`super::MAX_PARTS`] parts.
    pub fn new(pattern: &Pattern, labels: &[String]) -> Self {
        let mut automaton = Self {
            at_start: pattern.at_start,
            at_end: pattern.at_end,
            matching: vec![0; labels.len()],
            looping: 0,
            optional: 0,
            accepting: 1,
        };
        for part in &pattern.parts {
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
                for (matching, label) in automaton.matching.iter_mut().zip(labels) {
                    *matching |= if part.atom.matches(label) { place } else { 0 };
                }
                automaton.looping |= if is_loop { place } else { 0 };
                automaton.optional |= if is_loop || part.repeat == Repeat::Optional {
                    place
                } else {
                    0
                };
                automaton.accepting <<= 1;
            }
        }
        automaton
    }

    /// Whether the pattern matches somewhere in the path, or at its ends where it says so.
    pub fn is_match(&self, path: &[u32]) -> bool {
        let start = self.pass(1);
        let mut states = start;
        for &node in path {
            if !self.at_end && states & self.accepting != 0 {
                return true;
            }
            let moved = states & self.matching[node as usize];
            states = self.pass((moved & !self.looping) << 1 | moved & self.looping);
            if !self.at_start {
                states |= start;
            }
        }
        states & self.accepting != 0
    }

    /// Adds the states that are reached without a node.
    fn pass(&self, mut states: u64) -> u64 {
        loop {
            let passed = states | (states & self.optional) << 1;
            if passed == states {
                return states;
            }
            states = passed;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `path` has one letter for each node.
    fn check(pattern: &str, path: &str, expected: bool) {
        let labels: Vec<String> = ('a'..='z').map(String::from).collect();
        let nodes: Vec<u32> = path.bytes().map(|b| u32::from(b - b'a')).collect();
        let pattern: Pattern = pattern.parse().unwrap();
        assert_eq!(
            Automaton::new(&pattern, &labels).is_match(&nodes),
            expected,
            "{pattern} on {path}"
        );
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
    }

    #[test]
    fn the_longest_pattern_fits() {
        check(&["a+"; 31].join(" -> "), &"a".repeat(31), true);
        check(&["a+"; 31].join(" -> "), &"a".repeat(30), false);
    }
}
