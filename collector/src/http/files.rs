//! The built parts of the product, as files: the dashboard and the shop at `/`, the tracker at `/sdk/`.
//!
//! A file that has a `.br` beside it is sent in that form to a browser that takes it.

use std::path::Path;

use axum::Router;
use axum::extract::Request;
use axum::http::header::{ACCESS_CONTROL_ALLOW_ORIGIN, CACHE_CONTROL, HeaderName, HeaderValue};
use axum::middleware::{self, Next};
use axum::response::Response;
use tower_http::services::ServeDir;

use super::AppState;

/// <https://fetch.spec.whatwg.org/#cross-origin-resource-policy-header>
const CROSS_ORIGIN_RESOURCE_POLICY: HeaderName =
    HeaderName::from_static("cross-origin-resource-policy");

/// Adds the files of `dist` behind all other paths.
pub fn serve(router: Router<AppState>, dist: &Path) -> Router<AppState> {
    let sdk = Router::new()
        .fallback_service(ServeDir::new(dist.join("sdk")).precompressed_br())
        .layer(middleware::map_response(open_to_all_pages));
    let www = ServeDir::new(dist.join("www")).precompressed_br();
    let files = Router::new()
        .nest("/sdk", sdk)
        .fallback_service(www)
        .layer(middleware::from_fn(set_cache_control));
    router.fallback_service(files)
}

/// A shop loads the tracker from a collector of another origin: the glue as a module and the wasm by fetch, both
/// of which a browser allows only with these headers.
async fn open_to_all_pages(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    headers.insert(
        CROSS_ORIGIN_RESOURCE_POLICY,
        HeaderValue::from_static("cross-origin"),
    );
    response
}

/// What Vite puts into `assets` has a hash of its content in its name and never changes. Everything else may
/// change with the next build and is asked for again each time.
async fn set_cache_control(request: Request, next: Next) -> Response {
    let is_hashed = request.uri().path().starts_with("/assets/");
    let mut response = next.run(request).await;
    let is_found = response.status().is_success() || response.status().is_redirection();
    let value = if is_hashed && is_found {
        "public, max-age=31536000, immutable"
    } else {
        "no-cache"
    };
    response
        .headers_mut()
        .insert(CACHE_CONTROL, HeaderValue::from_static(value));
    response
}
