//! The tracker that a shop loads: a pure state machine, and the browser that runs its effects.
//!
//! [`tracker`] decides, [`browser`] does. The loader in `js/` starts it and stands in for it where WebAssembly
//! can't be had. Nothing here may throw into the page or hold it up: whatever a page passes is either read or
//! refused and counted.

#[cfg(target_family = "wasm")]
pub mod browser;
pub mod tracker;
