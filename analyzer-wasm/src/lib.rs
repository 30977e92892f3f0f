//! Thin bindings of the analyzer for the browser: parse, call, convert.
//!
//! Built twice: with the feature `engine` for the engine itself, and with `parquet` for the reader
//! of Parquet files alone, which a page loads only when it meets such a file. Nothing is decided
//! here; every failure is thrown as a JavaScript `Error` whose message says what to do.

mod convert;
#[cfg(feature = "engine")]
mod engine;
#[cfg(feature = "parquet")]
mod parquet;
#[cfg(feature = "engine")]
mod time_zone;

#[cfg(feature = "engine")]
pub use engine::{Engine, Job, inspect, inspect_columns};
#[cfg(feature = "parquet")]
pub use parquet::ParquetReader;
