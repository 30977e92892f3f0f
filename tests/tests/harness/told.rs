//! What a test asks of the events that the collector gives back.

use std::collections::BTreeMap;

use anyhow::{Context, Result, ensure};
use event::{Dropped, Event, PropValue};
use serde_json::Value;

use super::{Collector, eventually};

/// The events of one name.
pub(crate) fn of<'a>(events: &'a [Event], name: &str) -> Vec<&'a Event> {
    events.iter().filter(|event| event.name == name).collect()
}

/// The first event of one name.
pub(crate) fn first<'a>(events: &'a [Event], name: &str) -> Result<&'a Event> {
    let found = events.iter().find(|event| event.name == name);
    found.with_context(|| format!("no {name} has arrived"))
}

/// The text of a property; empty if it has none.
pub(crate) fn text<'a>(event: &'a Event, key: &str) -> &'a str {
    match event.props.get(key) {
        Some(PropValue::String(text)) => text,
        _ => "",
    }
}

/// The number of a property; NaN if it has none.
pub(crate) fn number(event: &Event, key: &str) -> f64 {
    match event.props.get(key) {
        Some(PropValue::Number(number)) => *number,
        _ => f64::NAN,
    }
}

impl Collector {
    /// What it has of a name now.
    pub(crate) async fn named(&self, name: &str) -> Result<Vec<Event>> {
        let mut events = self.events().await?;
        events.retain(|event| event.name == name);
        Ok(events)
    }

    /// Waits until it has as many events of each name as `expected` says, and returns all. Events of other names may be
    /// there too.
    pub(crate) async fn has(&self, expected: &[(&str, usize)]) -> Result<Vec<Event>> {
        eventually("the events", async || {
            let events = self.events().await?;
            for (name, count) in expected {
                let found = of(&events, name).len();
                ensure!(found == *count, "{found} × {name}, not {count}");
            }
            Ok(events)
        })
        .await
    }

    /// How often it has each event of the test's own, whose names begin with `my_`.
    pub(crate) async fn own(&self) -> Result<BTreeMap<String, usize>> {
        let mut names = BTreeMap::new();
        for event in self.events().await? {
            if event.name.starts_with("my_") {
                *names.entry(event.name).or_default() += 1;
            }
        }
        Ok(names)
    }

    /// Waits until it has each of these events of the test's own once, and no other of them.
    pub(crate) async fn arrived(&self, expected: &[&str]) -> Result<()> {
        let expected: BTreeMap<_, _> = expected
            .iter()
            .map(|name| ((*name).to_owned(), 1))
            .collect();
        eventually("the events", async || {
            let own = self.own().await?;
            ensure!(own == expected, "it has {own:?}, not {expected:?}");
            Ok(())
        })
        .await
    }

    /// What trackers have told it that they gave up.
    pub(crate) async fn dropped(&self) -> Result<Dropped> {
        let url = format!("{}/v1/sites", self.url);
        let sites: Value = reqwest::get(url).await?.json().await?;
        Ok(serde_json::from_value(sites[0]["dropped"].clone()).unwrap_or_default())
    }
}
