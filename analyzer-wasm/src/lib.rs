//! Thin bindings of the analyzer for the browser: parse, call, convert.
//!
//! Built thrice: with the feature `engine` for the engine itself, and with `arrow` and `parquet` for
//! the readers of such files alone, which a page loads only when it meets one. Nothing is decided
//! here; every failure is thrown as a JavaScript `Error` whose message says what to do.

#[cfg(feature = "arrow")]
mod arrow;
mod convert;
#[cfg(feature = "engine")]
mod engine;
#[cfg(feature = "parquet")]
mod gunzip;
#[cfg(feature = "parquet")]
mod parquet;
#[cfg(feature = "engine")]
mod time_zone;

#[cfg(feature = "arrow")]
pub use arrow::ArrowReader;
#[cfg(feature = "engine")]
pub use engine::{Engine, Job, inspect, inspect_columns, is_of_events, is_of_office};
#[cfg(feature = "parquet")]
pub use gunzip::Gunzip;
#[cfg(feature = "parquet")]
pub use parquet::ParquetReader;
