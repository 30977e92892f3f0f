//! `POST /v1/batch`.

use std::sync::Arc;

use axum::http::{Method, StatusCode};
use collector::rate::{RateLimits, Rates};
use collector::sites::SitePolicy;

use crate::support::{Answer, Collector, NOW, batch, count_ids, event, id};

fn sites(values: &[&str]) -> Arc<SitePolicy> {
    let values: Vec<String> = values.iter().map(ToString::to_string).collect();
    Arc::new(SitePolicy::parse(&values).unwrap())
}

async fn post_from_page(collector: &Collector, origin: &str) -> Answer {
    collector
        .ask(
            Method::POST,
            "/v1/batch",
            &[("origin", origin)],
            batch(1, &[event(1)]),
        )
        .await
}

#[tokio::test]
async fn a_batch_is_taken_and_given_back() {
    let collector = Collector::new();
    let answer = collector.post(batch(1, &[event(1), event(2)])).await;
    assert_eq!(
        (answer.status, answer.body.len()),
        (StatusCode::NO_CONTENT, 0)
    );
    let export = collector.get("/v1/sites/demo/events").await;
    assert_eq!(export.status, StatusCode::OK);
    assert_eq!(export.header("content-type"), Some("application/x-ndjson"));
    assert_eq!(export.header("cache-control"), Some("no-store"));
    assert_eq!(export.text(), format!("{}\n{}\n", event(1), event(2)));
}

#[tokio::test]
async fn what_is_sent_again_is_acknowledged_and_stored_once() {
    let collector = Collector::new();
    for (number, events) in [
        (1, vec![event(1)]),
        (1, vec![event(1)]),
        (2, vec![event(1), event(2)]),
    ] {
        assert_eq!(
            collector.post(batch(number, &events)).await.status,
            StatusCode::NO_CONTENT
        );
    }
    let export = collector.get("/v1/sites/demo/events").await;
    assert_eq!(count_ids(export.text()), [(id(1), 1), (id(2), 1)].into());
}

#[tokio::test]
async fn of_a_batch_with_bad_events_the_good_ones_are_stored() {
    let collector = Collector::new();
    let bad = event(2).replace("\"click\"", "\"\"");
    let answer = collector.post(batch(1, &[event(1), bad, event(3)])).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    let expected = serde_json::json!({
        "error": "1 of 3 events were rejected",
        "accepted": 2,
        "rejected": [{"index": 1, "field": "name", "reason": "is empty"}],
    });
    assert_eq!(answer.json(), expected);
    let export = collector.get("/v1/sites/demo/events").await;
    assert_eq!(export.text().lines().count(), 2);
    let sites = collector.get("/v1/sites").await.json();
    assert_eq!(sites[0]["dropped"]["rejected"], 1, "no loss is silent");
}

#[tokio::test]
async fn a_malformed_envelope_names_its_field() {
    let collector = Collector::new();
    let answer = collector
        .post(batch(1, &[]).replace("\"demo\"", "\"De mo\""))
        .await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    assert_eq!(answer.json()["field"], "site");
    let answer = collector.post("not JSON").await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    assert!(answer.json()["error"].is_string());
}

#[tokio::test]
async fn a_body_beyond_the_limit_is_refused() {
    let collector = Collector::new();
    let padding = " ".repeat(event::limits::MAX_BATCH_BYTES);
    let answer = collector.post(batch(1, &[event(1)]) + &padding).await;
    assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
}

#[tokio::test]
async fn gzip_is_taken_and_other_encodings_are_not() {
    use std::io::Write;
    let collector = Collector::new();
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(batch(1, &[event(1)]).as_bytes()).unwrap();
    let packed = encoder.finish().unwrap();
    for (encoding, expected) in [
        ("gzip", StatusCode::NO_CONTENT),
        ("br", StatusCode::UNSUPPORTED_MEDIA_TYPE),
        ("identity", StatusCode::BAD_REQUEST),
    ] {
        let headers = [("content-encoding", encoding)];
        let answer = collector
            .ask(Method::POST, "/v1/batch", &headers, packed.clone())
            .await;
        assert_eq!(answer.status, expected, "{encoding}");
    }
    // A page says nothing of the encoding, to be spared a preflight.
    let answer = collector
        .ask(Method::POST, "/v1/batch", &[], packed.clone())
        .await;
    assert_eq!(answer.status, StatusCode::NO_CONTENT);
    let answer = collector
        .ask(Method::POST, "/v1/batch", &[], packed[..20].to_vec())
        .await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    let export = collector.get("/v1/sites/demo/events").await;
    assert_eq!(export.text().lines().count(), 1);
}

#[tokio::test]
async fn the_clock_of_a_visitor_is_corrected() {
    let collector = Collector::new();
    let late = |millis: i64| format!("\"sent_at\":{}", NOW - millis);
    let sent_at = format!("\"sent_at\":{NOW}");
    collector
        .post(batch(1, &[event(1)]).replace(&sent_at, &late(60_000)))
        .await;
    collector
        .post(batch(2, &[event(2)]).replace(&sent_at, &late(4_000)))
        .await;
    let sites = collector.get("/v1/sites").await.json();
    assert_eq!(
        (sites[0]["first_ts"].as_i64(), sites[0]["last_ts"].as_i64()),
        (Some(NOW), Some(NOW + 60_000))
    );
}

#[tokio::test]
async fn only_known_sites_and_origins_are_taken() {
    let collector = Collector::with(|state| state.sites = sites(&["demo=https://shop.example"]));
    let own = post_from_page(&collector, "https://shop.example").await;
    assert_eq!(own.status, StatusCode::NO_CONTENT);
    assert_eq!(
        own.header("access-control-allow-origin"),
        Some("https://shop.example")
    );
    assert_eq!(own.header("vary"), Some("origin"));
    let foreign = post_from_page(&collector, "https://other.example").await;
    assert_eq!(foreign.status, StatusCode::FORBIDDEN);
    assert_eq!(foreign.header("access-control-allow-origin"), None);
    let unknown = collector
        .post(batch(1, &[]).replace("demo", "unknown"))
        .await;
    assert_eq!(unknown.status, StatusCode::FORBIDDEN);
    assert!(unknown.json()["error"].as_str().unwrap().contains("site"));
}

#[tokio::test]
async fn pages_of_every_origin_may_send_to_an_open_site() {
    let collector = Collector::new();
    let answer = post_from_page(&collector, "https://shop.example").await;
    assert_eq!(answer.header("access-control-allow-origin"), Some("*"));
    assert_eq!(answer.header("access-control-allow-credentials"), None);
    let headers = [
        ("origin", "https://shop.example"),
        ("access-control-request-method", "POST"),
    ];
    let preflight = collector
        .ask(Method::OPTIONS, "/v1/batch", &headers, "")
        .await;
    assert_eq!(preflight.status, StatusCode::NO_CONTENT);
    assert_eq!(
        preflight.header("access-control-allow-methods"),
        Some("POST")
    );
    assert_eq!(preflight.header("access-control-allow-origin"), Some("*"));
}

#[tokio::test]
async fn who_sends_too_much_is_told_when_to_come_back() {
    let collector = Collector::with(|state| {
        state.rates = Arc::new(RateLimits::new(Rates {
            per_address: 1,
            per_site: 2,
        }));
    });
    let events: Vec<String> = (0..15).map(event).collect();
    let (one, other) = ([203, 0, 113, 1], [203, 0, 113, 2]);
    assert_eq!(
        collector.post_from(one, batch(1, &events)).await.status,
        StatusCode::NO_CONTENT
    );
    let refused = collector.post_from(one, batch(2, &events)).await;
    assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS);
    let seconds: u64 = refused.header("retry-after").unwrap().parse().unwrap();
    assert!((5..=10).contains(&seconds), "{seconds}");
    assert!(
        refused.json()["error"]
            .as_str()
            .unwrap()
            .contains("address")
    );
    assert_eq!(
        collector.post_from(other, batch(3, &events)).await.status,
        StatusCode::NO_CONTENT
    );
    let refused = collector
        .post_from([203, 0, 113, 3], batch(4, &events))
        .await;
    assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS);
    assert!(refused.json()["error"].as_str().unwrap().contains("site"));
}
