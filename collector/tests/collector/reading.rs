//! `GET /v1/sites` and `GET /v1/sites/{site}/events`.

use std::sync::Arc;

use axum::http::{Method, StatusCode};
use collector::access::ReadAccess;
use collector::sites::SitePolicy;

use crate::support::{Collector, NOW, batch, event};

#[tokio::test]
async fn sites_are_listed_with_their_counts_and_what_was_dropped() {
    let collector = Collector::new();
    assert_eq!(
        collector.get("/v1/sites").await.json(),
        serde_json::json!([])
    );
    let dropped =
        batch(1, &[event(1)]).replace("\"events\"", "\"dropped\":{\"queue_full\":3},\"events\"");
    for body in [
        dropped.clone(),
        dropped,
        batch(2, &[event(2)]).replace("demo", "a"),
    ] {
        assert_eq!(collector.post(body).await.status, StatusCode::NO_CONTENT);
    }
    let none = serde_json::json!({"queue_full": 0, "invalid": 0, "storage": 0, "expired": 0, "rejected": 0, "rate_limited": 0});
    let mut three = none.clone();
    three["queue_full"] = 3.into();
    let expected = serde_json::json!([
        {"site": "a", "events": 1, "first_ts": NOW, "last_ts": NOW, "dropped": none},
        {"site": "demo", "events": 1, "first_ts": NOW, "last_ts": NOW, "dropped": three},
    ]);
    assert_eq!(collector.get("/v1/sites").await.json(), expected);
}

#[tokio::test]
async fn an_export_is_of_the_range_asked_for() {
    let collector = Collector::new();
    let at = |number: u128, ts: i64| {
        event(number).replace(&format!("\"ts\":{NOW}"), &format!("\"ts\":{ts}"))
    };
    collector
        .post(batch(1, &[at(1, 1000), at(2, 2000), at(3, 3000)]))
        .await;
    for (query, expected) in [
        ("", 3),
        ("?from=2000", 2),
        ("?to=2000", 1),
        ("?from=1970-01-01T00:00:01Z&to=1970-01-01T00:00:03Z", 2),
        ("?from=3001", 0),
    ] {
        let answer = collector
            .get(&format!("/v1/sites/demo/events{query}"))
            .await;
        assert_eq!(answer.text().lines().count(), expected, "{query}");
    }
    for (query, field) in [
        ("?from=noon", "from"),
        ("?to=1.5", "to"),
        ("?format=xml", "format"),
        ("?after=7", "after"),
    ] {
        let answer = collector
            .get(&format!("/v1/sites/demo/events{query}"))
            .await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST);
        assert_eq!(answer.json()["field"], field);
    }
}

#[tokio::test]
async fn an_export_goes_on_where_the_one_before_ended() {
    let collector = Collector::new();
    let mut after = String::new();
    for number in 1..=3 {
        collector.post(batch(number, &[event(number)])).await;
        let foreign = batch(number + 10, &[event(number + 10)]).replace("demo", "other");
        collector.post(foreign).await;
        let path = format!("/v1/sites/demo/events?{after}");
        let answer = collector.get(&path).await;
        assert_eq!(answer.text().trim_end(), event(number), "{path}");
        let position = answer.headers["desirepath-position"].to_str().unwrap();
        after = format!("after={position}");
    }
    let path = format!("/v1/sites/demo/events?{after}");
    assert_eq!(collector.get(&path).await.text(), "");
}

#[tokio::test]
async fn an_export_comes_as_parquet_by_parameter_or_header() {
    let collector = Collector::new();
    collector.post(batch(1, &[event(1)])).await;
    let path = "/v1/sites/demo/events";
    let accept = [("accept", "application/vnd.apache.parquet")];
    for answer in [
        collector.get(&format!("{path}?format=parquet")).await,
        collector.ask(Method::GET, path, &accept, "").await,
    ] {
        assert_eq!(
            answer.header("content-type"),
            Some("application/vnd.apache.parquet")
        );
        assert!(answer.body.starts_with(b"PAR1") && answer.body.ends_with(b"PAR1"));
    }
    let ndjson = collector
        .ask(Method::GET, &format!("{path}?format=ndjson"), &accept, "")
        .await;
    assert_eq!(ndjson.header("content-type"), Some("application/x-ndjson"));
}

#[tokio::test]
async fn a_site_without_events_is_empty_and_one_that_can_not_be_is_not_found() {
    let open = Collector::new();
    assert_eq!(
        open.get("/v1/sites/demo/events").await.status,
        StatusCode::OK
    );
    assert_eq!(
        open.get("/v1/sites/De%2Fmo/events").await.status,
        StatusCode::NOT_FOUND
    );
    let closed = Collector::with(|state| {
        state.sites = Arc::new(SitePolicy::parse(&["demo".to_owned()]).unwrap());
    });
    assert_eq!(
        closed.get("/v1/sites/demo/events").await.status,
        StatusCode::OK
    );
    assert_eq!(
        closed.get("/v1/sites/other/events").await.status,
        StatusCode::NOT_FOUND
    );
}

#[tokio::test]
async fn reading_is_guarded_and_sending_is_not() {
    for (access, headers, expected) in [
        (
            ReadAccess::Closed,
            [("host", "localhost")],
            StatusCode::FORBIDDEN,
        ),
        (
            ReadAccess::ThisMachine,
            [("host", "localhost")],
            StatusCode::OK,
        ),
        (
            ReadAccess::ThisMachine,
            [("host", "rebound.example")],
            StatusCode::FORBIDDEN,
        ),
        (
            ReadAccess::Token("t".to_owned()),
            [("host", "localhost")],
            StatusCode::UNAUTHORIZED,
        ),
        (
            ReadAccess::Token("t".to_owned()),
            [("authorization", "Bearer t")],
            StatusCode::OK,
        ),
    ] {
        let collector = Collector::with(|state| state.access = Arc::new(access.clone()));
        assert_eq!(
            collector.post(batch(1, &[event(1)])).await.status,
            StatusCode::NO_CONTENT
        );
        for path in [
            "/v1/sites",
            "/v1/sites/demo/events",
            "/v1/sites/demo/events?format=parquet",
        ] {
            let answer = collector.ask(Method::GET, path, &headers, "").await;
            assert_eq!(answer.status, expected, "{access:?} {headers:?} {path}");
        }
        assert_eq!(collector.get("/healthz").await.text(), "ok");
    }
}
