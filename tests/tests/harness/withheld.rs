//! A server between the browser and the collector that never delivers the tracker's WebAssembly.

use std::future::pending;

use anyhow::Result;
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use tokio::net::TcpListener;

/// How the file is withheld.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Withheld {
    /// It is not found.
    Missing,
    /// The answer never comes.
    Hanging,
}

#[derive(Clone)]
struct Proxy {
    collector: String,
    how: Withheld,
    http: reqwest::Client,
}

/// Starts the server and returns its address. It ends with the test's runtime.
pub(crate) async fn serve_without_wasm(collector: &str, how: Withheld) -> Result<String> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    let url = format!("http://{}", listener.local_addr()?);
    let proxy = Proxy {
        collector: collector.to_owned(),
        how,
        http: reqwest::Client::new(),
    };
    let app = Router::new().fallback(forward).with_state(proxy);
    tokio::spawn(async move { axum::serve(listener, app).await });
    Ok(url)
}

async fn forward(State(proxy): State<Proxy>, request: Request) -> Response {
    if request.uri().path().ends_with(".wasm") {
        return match proxy.how {
            Withheld::Missing => StatusCode::NOT_FOUND.into_response(),
            Withheld::Hanging => pending().await,
        };
    }
    pass_on(&proxy, request)
        .await
        .unwrap_or_else(|error| (StatusCode::BAD_GATEWAY, error.to_string()).into_response())
}

async fn pass_on(proxy: &Proxy, request: Request) -> Result<Response> {
    let url = format!("{}{}", proxy.collector, request.uri());
    let (parts, body) = request.into_parts();
    let mut passed = proxy
        .http
        .request(parts.method, url)
        .body(to_bytes(body, 1 << 20).await?);
    for (name, value) in &parts.headers {
        if name == "content-type" || name == "origin" {
            passed = passed.header(name, value);
        }
    }
    let answer = passed.send().await?;
    let mut response = Response::builder().status(answer.status());
    if let Some(kind) = answer.headers().get("content-type") {
        response = response.header("content-type", kind);
    }
    Ok(response.body(Body::from(answer.bytes().await?))?)
}
