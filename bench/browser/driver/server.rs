//! The only server that the pages talk to: it serves them their files, and takes in whatever trackers send.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::{Arc, Mutex};

use anyhow::{Context, Result};
use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path as UrlPath, State};
use axum::http::{HeaderName, HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use tower_http::services::ServeDir;
use tower_http::set_header::SetResponseHeaderLayer;

use crate::assets;

/// A running server, and what it has received.
pub(crate) struct Server {
    address: SocketAddr,
    received: Received,
}

/// The bodies of requests, by tracker.
type Received = Arc<Mutex<BTreeMap<String, Vec<Request>>>>;

/// One request of a tracker.
pub(crate) struct Request {
    /// Path and query.
    pub(crate) target: String,
    /// Body as sent.
    pub(crate) body: Bytes,
}

impl Server {
    /// Listens on a free port of the loopback interface.
    pub(crate) async fn start() -> Result<Self> {
        let received = Received::default();
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0))
            .await
            .context("opening a port")?;
        let address = listener.local_addr()?;
        let app = app(received.clone());
        tokio::spawn(async move { axum::serve(listener, app).await });
        Ok(Self { address, received })
    }

    /// The address under a name of its own: a browser keeps storage and processes apart by origin, and resolves
    /// every name below `localhost` to this machine.
    pub(crate) fn origin(&self, name: &str) -> String {
        format!("http://{name}.localhost:{}", self.address.port())
    }

    /// Takes out what a tracker has sent so far.
    pub(crate) fn take(&self, tracker: &str) -> Vec<Request> {
        let mut received = self
            .received
            .lock()
            .unwrap_or_else(|poisoned| poisoned.into_inner());
        received.remove(tracker).unwrap_or_default()
    }
}

fn app(received: Received) -> Router {
    let fixed = |name: HeaderName, value: &'static str| {
        SetResponseHeaderLayer::overriding(name, HeaderValue::from_static(value))
    };
    Router::new()
        .route("/collect/{tracker}", axum::routing::any(collect_root))
        .route("/collect/{tracker}/{*rest}", axum::routing::any(collect))
        .with_state(received)
        .nest_service("/dist", ServeDir::new(assets::dist()))
        .nest_service("/modules", ServeDir::new(assets::modules()))
        .fallback_service(ServeDir::new(assets::output()))
        // An isolated page has a clock of 5 µs instead of 100 µs.
        .layer(fixed(
            HeaderName::from_static("cross-origin-opener-policy"),
            "same-origin",
        ))
        .layer(fixed(
            HeaderName::from_static("cross-origin-embedder-policy"),
            "require-corp",
        ))
        .layer(fixed(
            HeaderName::from_static("cross-origin-resource-policy"),
            "cross-origin",
        ))
        // Every load is a first visit: no cached files, and no cached machine code.
        .layer(fixed(header::CACHE_CONTROL, "no-store"))
}

async fn collect_root(
    State(received): State<Received>,
    UrlPath(tracker): UrlPath<String>,
    uri: Uri,
    body: Bytes,
) -> Response {
    take_in(&received, tracker, &uri, body)
}

async fn collect(
    State(received): State<Received>,
    UrlPath((tracker, _)): UrlPath<(String, String)>,
    uri: Uri,
    body: Bytes,
) -> Response {
    take_in(&received, tracker, &uri, body)
}

/// Keeps the request and gives the least answer that its tracker takes for a success.
fn take_in(received: &Received, tracker: String, uri: &Uri, body: Bytes) -> Response {
    let response = answer(&tracker, uri.path());
    let target = uri.to_string();
    let mut received = received
        .lock()
        .unwrap_or_else(|poisoned| poisoned.into_inner());
    received
        .entry(tracker)
        .or_default()
        .push(Request { target, body });
    response
}

fn answer(tracker: &str, path: &str) -> Response {
    let json =
        |text: &'static str| ([(header::CONTENT_TYPE, "application/json")], text).into_response();
    match tracker {
        "desirepath" => StatusCode::NO_CONTENT.into_response(),
        // Scripts that PostHog would load later on are switched off by its configuration; should it ask all the
        // same, there are none.
        "posthog"
            if Path::new(path)
                .extension()
                .is_some_and(|extension| extension == "js") =>
        {
            StatusCode::NOT_FOUND.into_response()
        }
        "posthog" => json(
            r#"{"status":1,"supportedCompression":["gzip","gzip-js"],"featureFlags":{},"flags":{},"sessionRecording":false,"surveys":false,"heatmaps":false,"capturePerformance":false,"autocapture_opt_out":false,"autocaptureExceptions":false,"captureDeadClicks":false,"hasFeatureFlags":false,"defaultIdentifiedOnly":true,"isAuthenticated":false,"siteApps":[],"toolbarParams":{},"config":{"enable_collect_everything":true}}"#,
        ),
        "mixpanel" => json(r#"{"status":1,"error":null,"code":200,"num_good_events":1}"#),
        "openpanel" => json(r#"{"deviceId":"device","sessionId":"session"}"#),
        "rudderstack" => json(
            r#"{"source":{"id":"source","name":"shop","writeKey":"key","workspaceId":"workspace","enabled":true,"config":{"statsCollection":{"errors":{"enabled":false},"metrics":{"enabled":false}}},"destinations":[],"connections":[],"dataplanes":{}},"updatedAt":"2026-01-01T00:00:00.000Z"}"#,
        ),
        "plausible" => (StatusCode::ACCEPTED, "ok").into_response(),
        _ => json(r#"{"status":1}"#),
    }
}
