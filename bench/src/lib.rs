//! Generated shop traffic, and benchmarks side by side with named peers.
//!
//! [`traffic`] makes the events of an invented shop: for the demo's sample data, and in the sizes that the
//! benchmarks need. The same options always give the same events.

mod catalogue;
mod random;
pub mod traffic;
mod visit;
