//! The longest stretch for which a page's main thread was busy with a tracker without a pause, by a sampled profile.
//!
//! Tasks over 50 ms are all that a browser tells of by itself. A profile tells, every 100 µs, which functions are
//! running; a stretch is a run of samples with a function of the tracker's files among them. It ends with the first
//! sample without one: then the browser may do something else. What the browser does for a tracker on its own, such as
//! compiling the module in another thread, is no part of it.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;
use serde_json::{Value, json};

use crate::webdriver::Chromium;

/// Time between two samples. A stretch is known to twice this.
const INTERVAL_MICROS: u32 = 100;

/// Begins to take samples of the current tab.
pub(crate) async fn begin(browser: &Chromium) -> Result<()> {
    browser.devtools("Profiler.enable", json!({})).await?;
    let interval = json!({ "interval": INTERVAL_MICROS });
    browser
        .devtools("Profiler.setSamplingInterval", interval)
        .await?;
    browser.devtools("Profiler.start", json!({})).await?;
    Ok(())
}

/// Ends it: milliseconds of the longest stretch of code whose address contains `place`.
pub(crate) async fn end(browser: &Chromium, place: &str) -> Result<f64> {
    let answer = browser.devtools("Profiler.stop", json!({})).await?;
    browser.devtools("Profiler.disable", json!({})).await?;
    Ok(longest_millis(&answer["profile"], place))
}

/// The longest stretch in a profile as the DevTools protocol gives it: nodes from the root down, samples as the ids of
/// nodes, and before each sample the microseconds since the one before.
fn longest_millis(profile: &Value, place: &str) -> f64 {
    let nodes = profile["nodes"].as_array().map_or(&[][..], Vec::as_slice);
    let by_id: BTreeMap<i64, &Value> = nodes
        .iter()
        .filter_map(|node| Some((node["id"].as_i64()?, node)))
        .collect();
    let mut theirs = BTreeSet::new();
    // What a tracker's function calls is the tracker's, whosever function it is.
    let mut open: Vec<(i64, bool)> = nodes
        .first()
        .and_then(|root| Some((root["id"].as_i64()?, false)))
        .into_iter()
        .collect();
    while let Some((id, is_within)) = open.pop() {
        let Some(node) = by_id.get(&id) else { continue };
        let address = node["callFrame"]["url"].as_str().unwrap_or_default();
        let is_theirs = is_within || address.contains(place);
        if is_theirs {
            theirs.insert(id);
        }
        let children = node["children"].as_array().into_iter().flatten();
        open.extend(children.filter_map(|child| Some((child.as_i64()?, is_theirs))));
    }
    let samples = profile["samples"].as_array().into_iter().flatten();
    let deltas = profile["timeDeltas"].as_array().into_iter().flatten();
    let (mut longest, mut present) = (0.0_f64, 0.0_f64);
    for (sample, delta) in samples.zip(deltas) {
        if sample.as_i64().is_some_and(|id| theirs.contains(&id)) {
            present += delta.as_f64().unwrap_or_default();
            longest = longest.max(present);
        } else {
            present = 0.0;
        }
    }
    longest / 1000.0
}

#[cfg(test)]
mod tests {
    use super::longest_millis;
    use serde_json::json;

    #[test]
    fn a_stretch_ends_where_the_tracker_is_not_on_the_stack() {
        let node = |id: i64, url: &str, children: &[i64]| json!({ "id": id, "callFrame": { "url": url }, "children": children });
        let profile = json!({
            "nodes": [node(1, "", &[2, 4]), node(2, "http://a/sdk/t.js", &[3]), node(3, "http://a/page.js", &[]),
                node(4, "http://a/page.js", &[])],
            "samples": [2, 3, 4, 2, 1, 3, 3, 2],
            "timeDeltas": [100, 200, 9000, 100, 50, 400, 100, 100],
        });
        assert_eq!(longest_millis(&profile, "/sdk/"), 0.6);
        assert_eq!(longest_millis(&profile, "/page.js"), 9.2);
        assert_eq!(longest_millis(&json!({}), "/sdk/"), 0.0);
    }
}
