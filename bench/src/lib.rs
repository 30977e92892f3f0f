//! Generated shop traffic, and benchmarks side by side with named peers.
