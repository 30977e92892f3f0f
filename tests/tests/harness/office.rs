//! A post office between the page and the collector: it reads what is posted, and passes it on or refuses it.

use std::collections::HashMap;
use std::io::Read;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use anyhow::{Context, Result};
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::header::{CONNECTION, HeaderValue};
use axum::http::{Method, StatusCode};
use axum::response::{Html, IntoResponse, Response};
use event::Batch;
use flate2::read::GzDecoder;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use super::between::pass_on;

/// What the office does with batches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mood {
    /// Passes them to the collector, and its answers back.
    Well,
    /// Answers with this status, and `Retry-After` in seconds unless it is 0.
    Refusing(u16, u32),
    /// Passes them to the collector, but answers 503.
    Forgetful,
}

/// A batch that was posted.
#[derive(Clone, Debug)]
pub(crate) struct Posted {
    pub(crate) batch: Batch,
    pub(crate) is_packed: bool,
}

#[derive(Clone)]
struct Shared {
    collector: String,
    pages: Arc<HashMap<String, String>>,
    mood: Arc<Mutex<Mood>>,
    posted: Arc<Mutex<Vec<Posted>>>,
    http: reqwest::Client,
}

/// A running office. It ends with the test's runtime.
pub(crate) struct Office {
    /// Its address: the pages and the collector are both there.
    pub(crate) url: String,
    address: SocketAddr,
    shared: Shared,
    server: JoinHandle<()>,
}

impl Office {
    /// Opens an office that serves `pages` by path; anything else is the collector's.
    pub(crate) async fn open<P: Into<String>, H: Into<String>>(
        collector: &str,
        pages: impl IntoIterator<Item = (P, H)>,
    ) -> Result<Self> {
        let pages = pages.into_iter();
        let pages = pages
            .map(|(path, html)| (path.into(), html.into()))
            .collect();
        let shared = Shared {
            collector: collector.to_owned(),
            pages: Arc::new(pages),
            mood: Arc::new(Mutex::new(Mood::Well)),
            posted: Arc::default(),
            http: reqwest::Client::new(),
        };
        let (server, address) = serve(SocketAddr::from(([127, 0, 0, 1], 0)), &shared).await?;
        Ok(Self {
            url: format!("http://{address}"),
            address,
            shared,
            server,
        })
    }

    /// Changes what it does with batches.
    pub(crate) fn is(&self, mood: Mood) {
        if let Ok(mut present) = self.shared.mood.lock() {
            *present = mood;
        }
    }

    /// Is gone from the network.
    pub(crate) async fn close(&mut self) {
        self.server.abort();
        let _ = (&mut self.server).await;
    }

    /// Is back at the same address.
    pub(crate) async fn reopen(&mut self) -> Result<()> {
        (self.server, _) = serve(self.address, &self.shared).await?;
        Ok(())
    }

    /// All that was posted so far.
    pub(crate) fn posted(&self) -> Vec<Posted> {
        self.shared
            .posted
            .lock()
            .map_or_else(|_| Vec::new(), |posted| posted.clone())
    }
}

async fn serve(address: SocketAddr, shared: &Shared) -> Result<(JoinHandle<()>, SocketAddr)> {
    let listener = TcpListener::bind(address)
        .await
        .context("the office opens")?;
    let address = listener.local_addr()?;
    let app = Router::new().fallback(answer).with_state(shared.clone());
    let server = tokio::spawn(async move {
        let _ = axum::serve(listener, app).await;
    });
    Ok((server, address))
}

async fn answer(State(office): State<Shared>, request: Request) -> Response {
    let mut response = answer_to(&office, request).await;
    // Along a connection that stayed open, an office that has closed, or a browser that is offline, would go on.
    let headers = response.headers_mut();
    headers.insert(CONNECTION, HeaderValue::from_static("close"));
    response
}

async fn answer_to(office: &Shared, request: Request) -> Response {
    if let Some(page) = office.pages.get(request.uri().path()) {
        return Html(page.clone()).into_response();
    }
    let passed = if request.method() == Method::POST {
        take(office, request).await
    } else {
        pass_on(&office.http, &office.collector, request).await
    };
    passed.unwrap_or_else(|error| (StatusCode::BAD_GATEWAY, error.to_string()).into_response())
}

async fn take(office: &Shared, request: Request) -> Result<Response> {
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, 1 << 20).await?;
    let is_packed = body.starts_with(&[0x1f, 0x8b]);
    let mut text = body.to_vec();
    if is_packed {
        text.clear();
        GzDecoder::new(&*body).read_to_end(&mut text)?;
    }
    let batch = serde_json::from_slice(&text).context("what is posted is a batch")?;
    if let Ok(mut posted) = office.posted.lock() {
        posted.push(Posted { batch, is_packed });
    }
    let mood = office.mood.lock().map_or(Mood::Well, |mood| *mood);
    if let Mood::Refusing(status, seconds) = mood {
        let mut response = StatusCode::from_u16(status)?.into_response();
        if seconds > 0 {
            response.headers_mut().insert("retry-after", seconds.into());
        }
        return Ok(response);
    }
    let request = Request::from_parts(parts, Body::from(body));
    let response = pass_on(&office.http, &office.collector, request).await?;
    Ok(if mood == Mood::Forgetful {
        StatusCode::SERVICE_UNAVAILABLE.into_response()
    } else {
        response
    })
}
