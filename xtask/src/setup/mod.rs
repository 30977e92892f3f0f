//! Finding the tools that a command needs, and installing those that are missing.
//!
//! Every function here returns at once when its tool is there. Otherwise it installs it without asking a question, or
//! fails with one line that says what to install. Nothing outside the repository is changed except by the system's
//! package manager, by `rustup`, and by Cargo in a cache folder of our own ([`cargo_tools`]).

pub(crate) mod apt;
pub(crate) mod browsers;
pub(crate) mod cargo_tools;
pub(crate) mod node;
pub(crate) mod php;
pub(crate) mod wasm;
