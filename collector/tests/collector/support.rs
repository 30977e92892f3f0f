//! What the tests share: batches, a collector in-process, a collector as a process.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::ConnectInfo;
use axum::http::{HeaderMap, Method, Request, StatusCode};
use collector::AppState;
use collector::store::{Store, StoreOptions};
use tempfile::TempDir;
use tower::ServiceExt;

/// The moment at which in-process collectors live, in milliseconds since the Unix epoch.
pub(crate) const NOW: i64 = 1_763_780_000_000;

/// An event's id of version 7, made around [`NOW`].
pub(crate) fn id(number: u128) -> event::Uuid {
    event::Uuid::from_u128(((NOW as u128) << 80) | (7 << 76) | (2 << 62) | number)
}

/// An event, as JSON.
pub(crate) fn event(number: u128) -> String {
    format!(
        r#"{{"id":"{}","ts":{NOW},"seq":{},"name":"click"}}"#,
        id(number),
        number % 1_000_000
    )
}

/// A batch for the site `demo` that was sent at [`NOW`]. Its id is derived from `number`.
pub(crate) fn batch(number: u128, events: &[String]) -> String {
    format!(
        r#"{{"schema":1,"id":"{}","site":"demo","sdk":"test/1","sent_at":{NOW},"events":[{}]}}"#,
        id(number | 1 << 60),
        events.join(",")
    )
}

/// How often each event is in an export.
pub(crate) fn count_ids(ndjson: &str) -> BTreeMap<event::Uuid, usize> {
    let mut counts = BTreeMap::new();
    for line in ndjson.lines() {
        let event: event::Event = serde_json::from_str(line).unwrap();
        *counts.entry(event.id).or_default() += 1;
    }
    counts
}

/// A collector in this process, without a socket.
pub(crate) struct Collector {
    _directory: TempDir,
    app: Router,
}

/// A response, read to its end.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Answer {
    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }
}

impl Collector {
    pub(crate) fn new() -> Self {
        Self::with(|_| ())
    }

    pub(crate) fn with(change: impl FnOnce(&mut AppState)) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let (store, _) = Store::open(&StoreOptions::new(directory.path())).unwrap();
        let mut state = AppState::new(store);
        state.clock = Arc::new(|| NOW);
        change(&mut state);
        Self {
            _directory: directory,
            app: collector::app(state),
        }
    }

    pub(crate) async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.app.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = axum::body::to_bytes(body, usize::MAX).await.unwrap();
        Answer {
            status: parts.status,
            headers: parts.headers,
            body,
        }
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.ask(Method::GET, path, &[], Body::empty()).await
    }

    pub(crate) async fn post(&self, body: impl Into<Body>) -> Answer {
        self.ask(Method::POST, "/v1/batch", &[], body).await
    }

    pub(crate) async fn ask(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: impl Into<Body>,
    ) -> Answer {
        let mut request = Request::builder().method(method).uri(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.send(request.body(body.into()).unwrap()).await
    }

    /// Posts a batch from a remote address.
    pub(crate) async fn post_from(&self, address: [u8; 4], body: String) -> Answer {
        let mut request = Request::post("/v1/batch").body(body.into()).unwrap();
        request
            .extensions_mut()
            .insert(ConnectInfo(SocketAddr::from((address, 1234))));
        self.send(request).await
    }
}

/// A collector in a process of its own. It is killed when this is dropped.
pub(crate) struct Process {
    pub(crate) child: Child,
    pub(crate) url: String,
}

impl Process {
    pub(crate) fn start(data: &Path) -> Self {
        Self::spawn(
            Command::new(env!("CARGO_BIN_EXE_desirepath-collector")),
            data,
        )
    }

    /// Starts a command that ends up being the collector.
    pub(crate) fn spawn(mut command: Command, data: &Path) -> Self {
        command
            .arg("--data")
            .arg(data)
            .args(["--listen", "127.0.0.1:0"]);
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        let url = line
            .trim_end()
            .strip_prefix("listening: ")
            .expect("the collector did not start");
        Self {
            child,
            url: url.to_owned(),
        }
    }

    /// SIGKILL: the process gets no chance to tidy up.
    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    pub(crate) async fn export(&self) -> String {
        let url = format!("{}/v1/sites/demo/events", self.url);
        reqwest::get(url).await.unwrap().text().await.unwrap()
    }

    pub(crate) async fn post(
        &self,
        client: &reqwest::Client,
        body: String,
    ) -> reqwest::Result<StatusCode> {
        let request = client.post(format!("{}/v1/batch", self.url)).body(body);
        Ok(request.send().await?.status())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
