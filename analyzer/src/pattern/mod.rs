//! Path patterns: `^ -> view_item -> [add_to_cart|add_to_wishlist] -> .* -> purchase`.
//!
//! A pattern is a list of atoms joined by `->`. An atom is a node's name, `[a|b]` (one of these),
//! `[^a|b]` (any node but these), or `.` (any node); `?`, `*` or `+` after it means at most once,
//! any number of times, at least once. `^` in front ties the pattern to the start of the path,
//! `$` at the back to its end. A name with other characters than letters, digits and `_ / : . - %`
//! stands in double quotes, in which `\"` and `\\` mean themselves. `@` before an atom ties it to the
//! path's centre: the node of the event that a report is centred on; `@` alone is `@.`.
//!
//! `text` reads and writes patterns; `automaton` matches them in one pass.

mod automaton;
mod text;

pub use automaton::Automaton;
pub use text::{MAX_PARTS, PatternError};

/// A path pattern.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Pattern {
    /// The first part must match the path's first node.
    pub at_start: bool,
    /// The last part must match the path's last node.
    pub at_end: bool,
    /// What follows what.
    pub parts: Vec<Part>,
}

/// An atom and how often it may come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// Which nodes it matches.
    pub atom: Atom,
    /// How often.
    pub repeat: Repeat,
    /// Only the path's centre is matched.
    pub is_center: bool,
}

/// Which nodes are matched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Atom {
    /// Any node.
    Any,
    /// One of these nodes.
    OneOf(Vec<String>),
    /// Any node but these.
    NoneOf(Vec<String>),
}

/// How often an atom may come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Repeat {
    /// Once.
    Once,
    /// Once or not at all: `?`.
    Optional,
    /// Any number of times, also none: `*`.
    Any,
    /// At least once: `+`.
    Some,
}

impl Pattern {
    /// The nodes that it names.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.parts
            .iter()
            .flat_map(|part| match &part.atom {
                Atom::Any => &[][..],
                Atom::OneOf(names) | Atom::NoneOf(names) => names,
            })
            .map(String::as_str)
    }
}

impl Part {
    /// An atom that comes once.
    pub fn once(atom: Atom) -> Self {
        Self {
            atom,
            repeat: Repeat::Once,
            is_center: false,
        }
    }

    /// An atom that comes once and is the path's centre.
    pub fn center(atom: Atom) -> Self {
        Self {
            is_center: true,
            ..Self::once(atom)
        }
    }
}

impl Atom {
    /// Whether a node is matched.
    pub fn matches(&self, node: &str) -> bool {
        match self {
            Self::Any => true,
            Self::OneOf(names) => names.iter().any(|name| name == node),
            Self::NoneOf(names) => names.iter().all(|name| name != node),
        }
    }
}
