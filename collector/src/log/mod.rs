//! The durable log: append-only segment files, from bytes on disk up to records.
//!
//! [`frame`] puts a length and a checksum around bytes, [`record`] says what the bytes of one accepted batch
//! are, [`segment`] names and opens files, [`append`] makes bytes durable, [`read`] gets records back out of a
//! file that may be damaged, and [`recover`] opens a directory after a crash. Which events are written, and
//! who waits for them, is the business of [`crate::store`].

pub mod append;
pub mod frame;
pub mod lock;
pub mod read;
pub mod record;
pub mod recover;
pub mod segment;
