//! A server between the browser and the collector, which changes what the browser gets.

use std::future::pending;

use anyhow::Result;
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use tokio::net::TcpListener;

/// What is changed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Change {
    /// The tracker's WebAssembly is not found.
    WasmMissing,
    /// The answer to the request for it never comes.
    WasmHanging,
    /// It comes with an empty section at its end, which changes nothing but its hash.
    WasmChanged,
    /// The script of the worker that decodes large files is not found.
    DecoderMissing,
    /// Every page is told that the visitor sends Global Privacy Control. Not every engine has a setting for it.
    VisitorRefuses,
}

/// What a browser with Global Privacy Control shows to a page.
const REFUSAL: &str = "<head><script>Object.defineProperty(Navigator.prototype, 'globalPrivacyControl', { get: () => true })</script>";

#[derive(Clone)]
struct Proxy {
    collector: String,
    change: Change,
    http: reqwest::Client,
}

/// Starts the server and returns its address. It ends with the test's runtime.
pub(crate) async fn serve_with(change: Change, collector: &str) -> Result<String> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    let url = format!("http://{}", listener.local_addr()?);
    let proxy = Proxy {
        collector: collector.to_owned(),
        change,
        http: reqwest::Client::new(),
    };
    let app = Router::new().fallback(forward).with_state(proxy);
    tokio::spawn(async move { axum::serve(listener, app).await });
    Ok(url)
}

async fn forward(State(proxy): State<Proxy>, request: Request) -> Response {
    let is_module = request.uri().path().ends_with(".wasm");
    if is_module {
        match proxy.change {
            Change::WasmMissing => return StatusCode::NOT_FOUND.into_response(),
            Change::WasmHanging => return pending().await,
            Change::WasmChanged | Change::DecoderMissing | Change::VisitorRefuses => {}
        }
    }
    if proxy.change == Change::DecoderMissing && request.uri().path().contains("/decoder") {
        return StatusCode::NOT_FOUND.into_response();
    }
    let answer = match pass_on(&proxy.http, &proxy.collector, request).await {
        Ok(answer) if proxy.change == Change::VisitorRefuses => refuse(answer).await,
        Ok(answer) if is_module && proxy.change == Change::WasmChanged => append(answer).await,
        answer => answer,
    };
    answer.unwrap_or_else(|error| (StatusCode::BAD_GATEWAY, error.to_string()).into_response())
}

/// Appends a section without name and content to a module.
async fn append(answer: Response) -> Result<Response> {
    let (parts, body) = answer.into_parts();
    let mut module = to_bytes(body, 1 << 20).await?.to_vec();
    module.extend([0, 1, 0]);
    Ok(Response::from_parts(parts, Body::from(module)))
}

/// Puts the visitor's refusal into a page.
async fn refuse(answer: Response) -> Result<Response> {
    let kind = answer.headers().get("content-type");
    if !kind.is_some_and(|kind| kind.as_bytes().starts_with(b"text/html")) {
        return Ok(answer);
    }
    let (parts, body) = answer.into_parts();
    let page = String::from_utf8(to_bytes(body, 1 << 20).await?.into())?;
    Ok(Response::from_parts(
        parts,
        Body::from(page.replacen("<head>", REFUSAL, 1)),
    ))
}

/// Asks the collector in the browser's place.
pub(super) async fn pass_on(
    http: &reqwest::Client,
    collector: &str,
    request: Request,
) -> Result<Response> {
    let url = format!("{collector}{}", request.uri());
    let (parts, body) = request.into_parts();
    let mut passed = http
        .request(parts.method, url)
        .body(to_bytes(body, 1 << 20).await?);
    for (name, value) in &parts.headers {
        if name == "content-type" || name == "origin" {
            passed = passed.header(name, value);
        }
    }
    let answer = passed.send().await?;
    let mut response = Response::builder().status(answer.status());
    for name in ["content-type", "desirepath-position"] {
        if let Some(value) = answer.headers().get(name) {
            response = response.header(name, value);
        }
    }
    Ok(response.body(Body::from(answer.bytes().await?))?)
}
