//! Takes batches from the SDK, keeps them durably, and gives them back as NDJSON and Parquet.
//!
//! A batch comes in through [`http`], is checked and encoded by [`ingest`], and waits in [`store`] until the
//! writer's thread has put it on disk in the [`log`]. An export reads the log through [`export`]. Clients are
//! never trusted: [`sites`] says who may send, [`rate`] how much, [`access`] who may read.
//!
//! Delivery: a batch is acknowledged after it is on disk, so an event that was acknowledged is not lost by a
//! crash, and an event that is sent again within eight days is stored once.

pub mod access;
pub mod clock;
pub mod config;
pub mod error;
pub mod export;
pub mod http;
pub mod ingest;
pub mod log;
pub mod rate;
pub mod sites;
pub mod store;

pub use http::{AppState, app};
