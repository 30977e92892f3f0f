//! Funnels, paths and journeys over a columnar dataset; pure Rust, native and WebAssembly.
