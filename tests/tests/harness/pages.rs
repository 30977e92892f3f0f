//! Pages that a test makes up, on one origin with the collector and with the built files.

use std::collections::HashMap;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use anyhow::Result;
use axum::Router;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::response::{Html, IntoResponse, Response};
use tokio::net::TcpListener;

use super::between::pass_on;
use super::variable;

/// One page.
#[derive(Clone)]
pub(crate) struct Page {
    /// The whole document.
    pub(crate) html: String,
    /// Its content security policy; none when empty.
    pub(crate) policy: String,
}

impl Page {
    /// A page without a policy.
    pub(crate) fn new(html: impl Into<String>) -> Self {
        Self {
            html: html.into(),
            policy: String::new(),
        }
    }
}

#[derive(Clone)]
struct Site {
    collector: String,
    pages: Arc<HashMap<String, Page>>,
    folders: Arc<HashMap<String, PathBuf>>,
    http: reqwest::Client,
}

/// Serves `pages` by path; under `/npm/` the built package, under `/node_modules/` what `www` has installed; anything
/// else is the collector's. Returns the address. It ends with the test's runtime.
pub(crate) async fn serve_pages<P: Into<String>>(
    collector: &str,
    pages: impl IntoIterator<Item = (P, Page)>,
) -> Result<String> {
    serve_site(collector, pages, []).await
}

/// As [`serve_pages`], and the files of `folders` below their paths.
pub(crate) async fn serve_site<P: Into<String>>(
    collector: &str,
    pages: impl IntoIterator<Item = (P, Page)>,
    folders: impl IntoIterator<Item = (&str, PathBuf)>,
) -> Result<String> {
    let www = concat!(env!("CARGO_MANIFEST_DIR"), "/../www/node_modules");
    let built = PathBuf::from(variable("DESIREPATH_DIST", "dist"));
    let always = [
        ("/npm/", built.join("npm")),
        ("/node_modules/", PathBuf::from(www)),
    ];
    let folders = always.into_iter().chain(folders);
    let folders = folders.map(|(path, folder)| (path.to_owned(), folder));
    let pages = pages.into_iter();
    let pages: HashMap<String, Page> = pages.map(|(path, page)| (path.into(), page)).collect();
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    let url = format!("http://{}", listener.local_addr()?);
    let site = Site {
        collector: collector.to_owned(),
        pages: Arc::new(pages),
        folders: Arc::new(folders.collect()),
        http: reqwest::Client::new(),
    };
    let app = Router::new().fallback(answer).with_state(site);
    tokio::spawn(async move { axum::serve(listener, app).await });
    Ok(url)
}

async fn answer(State(site): State<Site>, request: Request) -> Response {
    let path = request.uri().path().to_owned();
    if let Some(page) = site.pages.get(&path) {
        let mut response = Html(page.html.clone()).into_response();
        if let Ok(policy) = page.policy.parse()
            && !page.policy.is_empty()
        {
            response
                .headers_mut()
                .insert(CONTENT_SECURITY_POLICY, policy);
        }
        return response;
    }
    for (prefix, folder) in &*site.folders {
        if let Some(rest) = path.strip_prefix(prefix) {
            return file(folder, rest);
        }
    }
    pass_on(&site.http, &site.collector, request)
        .await
        .unwrap_or_else(|error| (StatusCode::BAD_GATEWAY, error.to_string()).into_response())
}

fn file(folder: &Path, name: &str) -> Response {
    let is_within = Path::new(name)
        .components()
        .all(|part| matches!(part, Component::Normal(_)));
    let content = is_within.then(|| std::fs::read(folder.join(name)).ok());
    let kind = match Path::new(name).extension().and_then(|end| end.to_str()) {
        Some("js" | "mjs") => "text/javascript",
        Some("html") => "text/html",
        Some("css") => "text/css",
        Some("wasm") => "application/wasm",
        _ => "application/octet-stream",
    };
    match content.flatten() {
        Some(content) => ([(CONTENT_TYPE, kind)], content).into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}
