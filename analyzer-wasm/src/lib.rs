//! Thin bindings of the analyzer for the browser: parse, call, convert.
