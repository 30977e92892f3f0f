//! What each feature of the tracker weighs: the module without the feature's functions beside the whole one.
//!
//! Both are compiled so that no function becomes a part of another, and are larger for it. What features share stays in
//! both, and what all events pass through, such as consent and delivery, can't be weighed in this way: without it the
//! rest would be left out too.

use std::fmt::Write;

use anyhow::{Result, ensure};

use crate::build::{compress, tracker_without};

/// Features that the others can do without, and the modules of `sdk/src` that serve them alone.
const FEATURES: [(&str, &[&str]); 13] = [
    (
        "clicks, links, downloads, and the frustration rules that rest on them",
        &[
            "tracker::capture::clicks",
            "tracker::capture::links",
            "tracker::capture::frustration",
            "tracker::element",
        ],
    ),
    (
        "source: campaigns, channels, first and last touch",
        &[
            "tracker::source",
            "tracker::channels",
            "tracker::attribution",
        ],
    ),
    (
        "rules in the moment (`on`)",
        &["tracker::rules", "browser::acting"],
    ),
    (
        "carts and orders: checks, once per order, pending purchases",
        &["tracker::commerce", "tracker::orders"],
    ),
    (
        "products and promotions in view, choices from lists, exposures in markup",
        &["tracker::capture::impressions"],
    ),
    (
        "events kept in storage, turns between tabs",
        &["browser::storage", "tracker::records"],
    ),
    ("web vitals", &["tracker::capture::vitals"]),
    (
        "engagement, scroll depth, the trail of views",
        &["tracker::capture::attention", "tracker::capture::trail"],
    ),
    (
        "links between domains",
        &["tracker::link", "browser::linking"],
    ),
    (
        "script errors and failed resources",
        &["tracker::capture::errors"],
    ),
    ("`beforeSend`", &["browser::review"]),
    (
        "redaction of addresses, cards and phone numbers",
        &["tracker::redact"],
    ),
    (
        "forms: start, submit, abandon",
        &["tracker::capture::forms"],
    ),
];

/// The table of docs/size.md, in Markdown, the heaviest feature first.
///
/// # Errors
/// When the tracker can't be built, or a feature has no functions any more.
pub(super) fn table() -> Result<String> {
    let weigh = |paths: &[&str]| -> Result<(usize, usize)> {
        let (wasm, n_functions) = tracker_without(paths)?;
        Ok((
            compress::brotli("sdk/desirepath-sdk.wasm", &wasm)?.len(),
            n_functions,
        ))
    };
    let (whole, _) = weigh(&[])?;
    let mut rows = Vec::new();
    for (feature, paths) in FEATURES {
        let (without, n_functions) = weigh(paths)?;
        ensure!(
            n_functions > 0,
            "{feature}: there is no function in {}",
            paths.join(", ")
        );
        rows.push((whole.saturating_sub(without), n_functions, feature));
    }
    rows.sort_by(|a, b| b.cmp(a));
    let mut table =
        format!("Of {whole} bytes:\n\n| feature | functions | bytes |\n| --- | ---: | ---: |\n");
    for (n_bytes, n_functions, feature) in rows {
        writeln!(table, "| {feature} | {n_functions} | {n_bytes} |")?;
    }
    Ok(table)
}
