//! The wire vocabulary of Desirepath: what an event is, what it may hold, and how it is written.
//!
//! [`event`](crate::Event) lists every field and every kind that can be collected, and nothing that is not
//! listed there is ever stored. [`limits`] bounds them, [`Event::validate`] holds an event to the bounds and
//! names the field that breaks one, [`json`] writes events and batches, and [`columns`] is the same event as
//! one flat row of a table.
//!
//! The crate knows no clock, no randomness and no I/O, and depends on serde (for reading) and uuid alone,
//! because the tracker carries it to every visitor. For the same reason it does without the standard library: a
//! module that links it carries the machinery that prints panics.

#![cfg_attr(not(test), no_std)]

extern crate alloc;

mod batch;
pub mod columns;
mod decimal;
mod event;
pub mod json;
mod kind;
pub mod limits;
mod props;
mod validate;

pub use batch::{Batch, Dropped, SCHEMA_VERSION};
pub use decimal::{Decimal, MICROS_PER_UNIT};
pub use event::{
    ACCOUNT, BOT_SCORE, CART_ID, Event, Item, KINDS, Page, PropValue, SAMPLE_RATE, Source,
    TRANSACTION_ID, Touch, VALUED, kinds,
};
pub use kind::{Kind, PropSpec, PropType};
pub use props::Props;
pub use uuid::Uuid;
pub use validate::{Invalid, Problem};
