//! The tracker that a shop loads: a pure state machine, and the browser that runs its effects.
//!
//! [`tracker`] decides, [`browser`] does. The loader in `js/` starts it and stands in for it where WebAssembly
//! can't be had. Nothing here may throw into the page or hold it up: whatever a page passes is either read or
//! refused and counted.

// What is built for visitors does without the standard library: a module that links it carries the machinery
// that prints panics, a fifth of the whole. Debug builds link it, because the test harness does.
#![cfg_attr(all(target_family = "wasm", not(debug_assertions)), no_std)]

extern crate alloc;

#[cfg(all(target_family = "wasm", not(debug_assertions)))]
mod bare;
#[cfg(target_family = "wasm")]
pub mod browser;
pub mod tracker;
