//! Takes batches from the SDK, keeps them durably, and gives them back as NDJSON and Parquet.
//!
//! A batch comes in through [`http`], is checked and encoded by [`ingest`], and waits in [`store`] until the
//! writer's thread has put it on disk in the [`log`]. An export reads the log through [`export`]. Clients are
//! never trusted: [`sites`] says who may send, [`rate`] how much, [`access`] who may read.

pub mod error;
pub mod log;
pub mod store;
