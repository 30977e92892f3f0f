//! The HTTP interface: which path leads where, and what every response carries.
//!
//! [`batch`] takes events, [`read`] gives them back, [`files`] serves the dashboard, the shop and the tracker,
//! [`problem`] is what goes wrong. docs/collector.md describes the interface for those who use it.

pub mod batch;
pub mod cors;
pub mod files;
pub mod problem;
pub mod read;

use std::path::PathBuf;
use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::header::{HeaderValue, X_CONTENT_TYPE_OPTIONS};
use axum::routing::{get, post};
use tokio::sync::Semaphore;
use tower_http::set_header::SetResponseHeaderLayer;

use crate::access::ReadAccess;
use crate::clock::Clock;
use crate::rate::{RateLimits, Rates};
use crate::sites::SitePolicy;
use crate::store::{Store, StoreError};
use problem::Problem;

/// How many exports may run at once. Each holds a thread and up to one row group.
const MAX_EXPORTS: usize = 8;

/// Everything that requests share.
#[derive(Clone)]
pub struct AppState {
    /// Where events are kept.
    pub store: Store,
    /// Who may send.
    pub sites: Arc<SitePolicy>,
    /// How much may be sent.
    pub rates: Arc<RateLimits>,
    /// Who may read.
    pub access: Arc<ReadAccess>,
    /// What time it is.
    pub clock: Clock,
    /// Where the built parts of the product are, if they are to be served.
    pub dist: Option<PathBuf>,
    /// A permit for each export that may still begin.
    pub exports: Arc<Semaphore>,
}

impl AppState {
    /// A collector on this machine that takes every site, serves no files and has the default limits.
    pub fn new(store: Store) -> Self {
        Self {
            store,
            sites: Arc::new(SitePolicy::any()),
            rates: Arc::new(RateLimits::new(Rates::default())),
            access: Arc::new(ReadAccess::ThisMachine),
            clock: crate::clock::system(),
            dist: None,
            exports: Arc::new(Semaphore::new(MAX_EXPORTS)),
        }
    }
}

/// The whole interface.
pub fn app(state: AppState) -> Router {
    let router = Router::new()
        .route("/v1/batch", post(batch::take).options(cors::preflight))
        .route("/v1/sites", get(read::sites))
        .route("/v1/sites/{site}/events", get(read::events))
        .route("/healthz", get(healthz));
    let router = match &state.dist {
        Some(dist) => files::serve(router, dist),
        None => router,
    };
    router
        // A browser must not take text that a client sent for a script or a page.
        .layer(SetResponseHeaderLayer::overriding(
            X_CONTENT_TYPE_OPTIONS,
            HeaderValue::from_static("nosniff"),
        ))
        .with_state(state)
}

/// Well as long as batches can be handed to the writer; a disk that is full for a while is told to the senders.
async fn healthz(State(state): State<AppState>) -> Result<&'static str, Problem> {
    if state.store.is_open() {
        Ok("ok")
    } else {
        Err(StoreError::Closed.into())
    }
}
