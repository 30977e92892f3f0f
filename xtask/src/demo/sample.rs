//! Sample data: generated traffic of a shop, sent the way a tracker sends it.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, bail};
use bench::traffic;
use event::{Batch, Dropped, Event, SCHEMA_VERSION, Uuid, limits};
use reqwest::header::{CONTENT_TYPE, RETRY_AFTER};
use reqwest::{Client, Response, StatusCode};

/// The site that the sample fills.
const SITE: &str = "sample";

/// A month of a small shop: enough for every step of a funnel to have many people, sent within seconds.
const N_PEOPLE: usize = 4_000;
const N_EVENTS: usize = 60_000;
const N_DAYS: u32 = 30;

/// How often a batch is sent again when the collector asks to wait.
const MAX_ATTEMPTS: u32 = 20;

/// Of this many events of the sample the collector has it: the generator comes near its aim, not upon it.
const ENOUGH_EVENTS: u64 = N_EVENTS as u64 / 10 * 9;
/// The sample ends with the last full hour, so that a start that was interrupted sends the same events again, which
/// the collector knows by their ids.
const HOUR_MILLIS: i64 = 3_600_000;

/// Sends the sample, unless the collector has it from an earlier start.
///
/// # Errors
/// When the collector refuses it or can't be reached.
pub(super) async fn ensure(address: &str) -> Result<()> {
    let client = Client::builder()
        .no_proxy()
        .build()
        .context("preparing to talk to the collector")?;
    if has_sample(&client, address).await? {
        return Ok(());
    }
    let events = traffic::events(&traffic::Options {
        n_people: N_PEOPLE,
        n_events: N_EVENTS,
        n_days: N_DAYS,
        end_ts: now_millis()? / HOUR_MILLIS * HOUR_MILLIS,
        seed: 1,
    });
    eprintln!(
        "sending {} sample events to the site `{SITE}`",
        events.len()
    );
    for (position, events) in events.chunks(limits::MAX_EVENTS_PER_BATCH).enumerate() {
        send(&client, address, &envelope(now_millis()?, position, events)).await?;
    }
    Ok(())
}

async fn has_sample(client: &Client, address: &str) -> Result<bool> {
    let sites = client
        .get(format!("{address}/v1/sites"))
        .send()
        .await?
        .error_for_status()?
        .bytes()
        .await?;
    let sites: serde_json::Value =
        serde_json::from_slice(&sites).context("reading the list of sites")?;
    let sites = sites
        .as_array()
        .context("the list of sites is not a list")?;
    Ok(sites.iter().any(is_whole_sample))
}

/// Whether this is the site of the sample, with all of it: a start may have been interrupted.
fn is_whole_sample(site: &serde_json::Value) -> bool {
    site["site"] == SITE && site["events"].as_u64() >= Some(ENOUGH_EVENTS)
}

fn now_millis() -> Result<i64> {
    let since_epoch = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .context("the clock is before 1970")?;
    Ok(i64::try_from(since_epoch.as_millis())?)
}

/// One batch on the wire, sent now: an older time would make the collector correct the events' clock.
fn envelope(now: i64, position: usize, events: &[Event]) -> String {
    let batch = Batch {
        schema: SCHEMA_VERSION,
        // Unique is enough: the events carry the ids by which the collector knows them again.
        id: Uuid::from_u128((u128::from(now.unsigned_abs()) << 64) | position as u128),
        site: SITE.to_owned(),
        sdk: concat!("desirepath/", env!("CARGO_PKG_VERSION")).to_owned(),
        sent_at: now,
        dropped: Dropped::default(),
        events: events.to_vec(),
    };
    let mut text = String::new();
    event::json::write_batch(&mut text, &batch, event::json::std_float);
    text
}

async fn send(client: &Client, address: &str, batch: &str) -> Result<()> {
    for _ in 0..MAX_ATTEMPTS {
        let request = client
            .post(format!("{address}/v1/batch"))
            .header(CONTENT_TYPE, "text/plain;charset=UTF-8");
        let response = request
            .body(batch.to_owned())
            .send()
            .await
            .context("sending the sample data")?;
        match response.status() {
            StatusCode::NO_CONTENT => return Ok(()),
            StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE => {
                tokio::time::sleep(asked_to_wait(&response)).await;
            }
            status => bail!(
                "the collector refused the sample data ({status}): {}",
                response.text().await?
            ),
        }
    }
    bail!("the collector was too busy for the sample data, {MAX_ATTEMPTS} times in a row");
}

fn asked_to_wait(response: &Response) -> Duration {
    let seconds = response
        .headers()
        .get(RETRY_AFTER)
        .and_then(|value| value.to_str().ok()?.parse().ok());
    Duration::from_secs(seconds.unwrap_or(1))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn half_a_sample_is_none() {
        assert!(is_whole_sample(
            &json!({ "site": "sample", "events": 59_220 })
        ));
        assert!(!is_whole_sample(
            &json!({ "site": "sample", "events": 30_000 })
        ));
        assert!(!is_whole_sample(
            &json!({ "site": "demo", "events": 59_220 })
        ));
    }

    #[test]
    fn a_sample_sent_again_has_the_same_events() {
        let options = traffic::Options {
            n_people: 50,
            n_events: 500,
            n_days: N_DAYS,
            end_ts: 1_763_780_400_000,
            seed: 1,
        };
        let ids = |events: Vec<Event>| events.into_iter().map(|event| event.id).collect::<Vec<_>>();
        assert_eq!(
            ids(traffic::events(&options)),
            ids(traffic::events(&options))
        );
    }
}
