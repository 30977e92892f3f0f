//! What is said of a kind of event: its name, its purpose, the properties the tracker puts on it.

/// A kind of event that the tracker knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kind {
    /// The event's name on the wire.
    pub name: &'static str,
    /// When it is sent, in one sentence.
    pub purpose: &'static str,
    /// The properties it may carry. A shop may add its own.
    pub props: &'static [PropSpec],
}

/// A property that a kind of event may carry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PropSpec {
    /// The property's key.
    pub name: &'static str,
    /// The type of its value.
    pub kind: PropType,
    /// What it means, with its unit.
    pub meaning: &'static str,
}

/// The type of a property's value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PropType {
    /// Text.
    String,
    /// A finite number.
    Number,
    /// A truth value.
    Bool,
}

/// Declares a list of properties that several kinds share.
macro_rules! props {
    ($list:ident { $($prop:ident : $type:ident $meaning:literal,)* }) => {
        const $list: &[$crate::PropSpec] = &[$($crate::PropSpec {
            name: stringify!($prop),
            kind: $crate::PropType::$type,
            meaning: $meaning,
        }),*];
    };
}

/// Declares the kinds: a constant with the name of each, and [`KINDS`](crate::KINDS), the table of all.
macro_rules! kinds_of_events {
    (@props $list:ident) => { $list };
    (@props { $($prop:ident : $type:ident $meaning:literal,)* }) => {
        {
            $crate::kind::props! { OWN { $($prop: $type $meaning,)* } }
            OWN
        }
    };
    ($($constant:ident $name:literal $purpose:literal $props:tt)*) => {
        /// Every kind of event that the tracker knows, with what it may carry.
        pub const KINDS: &[$crate::Kind] = &[$($crate::Kind {
            name: $name,
            purpose: $purpose,
            props: $crate::kind::kinds_of_events!(@props $props),
        }),*];

        /// The names of the kinds.
        pub mod kinds {
            $(#[doc = $purpose] pub const $constant: &str = $name;)*
        }
    };
}

pub(crate) use {kinds_of_events, props};
