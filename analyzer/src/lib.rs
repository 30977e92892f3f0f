//! Funnels, paths and journeys over a columnar dataset; pure Rust, native and WebAssembly.
//!
//! Rows go into a [`dataset::DatasetBuilder`], which makes a [`dataset::Dataset`]: columns sorted
//! by person and time. An [`analysis::Request`] run over it gives a [`analysis::Report`] of plain
//! numbers. The [`ingest`] module reads files of several formats into the builder.
//!
//! Nothing here knows a clock, randomness, input or output, threads, or the browser: bytes and
//! configurations come in, values go out, and the same input always gives the same bytes.

pub mod analysis;
pub mod dataset;
pub mod ingest;
pub mod pattern;
pub mod plain;
mod ranking;
pub mod row;

pub use analysis::{Report, Request, RequestError, run};
#[cfg(feature = "ts")]
use schemars::JsonSchema as Schema;
