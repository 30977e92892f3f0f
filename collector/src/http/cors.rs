//! Letting pages of other origins see the answer to what they send.
//!
//! A batch is sent as `text/plain`, which needs no preflight; one is answered all the same, for those who send
//! JSON or gzip. Credentials are never allowed: the collector has none that a visitor could hold.

use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, HeaderMap, HeaderName, HeaderValue,
    ORIGIN, VARY,
};
use axum::response::{IntoResponse, Response};

use super::AppState;
use crate::sites::{AllowedOrigin, SitePolicy};

/// The origin of the page that sends; `None` where it is no page. An origin that is not text is foreign to all.
pub fn origin(headers: &HeaderMap) -> Option<&str> {
    headers
        .get(ORIGIN)
        .map(|origin| origin.to_str().unwrap_or("null"))
}

/// Adds to a response that the page may see it, if it may. `site` is `None` where it could not be read.
pub fn allow(
    response: &mut Response,
    policy: &SitePolicy,
    site: Option<&str>,
    origin: Option<&str>,
) {
    let Some(origin) = origin else { return };
    let headers = response.headers_mut();
    let allowed = match policy.allowed_origin(site, origin) {
        AllowedOrigin::Any => HeaderValue::from_static("*"),
        AllowedOrigin::This(origin) => {
            headers.append(VARY, HeaderValue::from_static("origin"));
            // It was a header's value before, so it can be one again.
            let Ok(origin) = HeaderValue::from_str(origin) else {
                return;
            };
            origin
        }
        AllowedOrigin::None => {
            headers.append(VARY, HeaderValue::from_static("origin"));
            return;
        }
    };
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, allowed);
    headers.insert(
        ACCESS_CONTROL_EXPOSE_HEADERS,
        HeaderValue::from_static("retry-after, date"),
    );
}

/// Answers the question whether a batch may be sent.
pub async fn preflight(State(state): State<AppState>, headers: HeaderMap) -> Response {
    const ANSWER: [(HeaderName, &str); 3] = [
        (ACCESS_CONTROL_ALLOW_METHODS, "POST"),
        (
            ACCESS_CONTROL_ALLOW_HEADERS,
            "content-type, content-encoding",
        ),
        (ACCESS_CONTROL_MAX_AGE, "86400"),
    ];
    let mut response = (StatusCode::NO_CONTENT, ANSWER).into_response();
    allow(&mut response, &state.sites, None, origin(&headers));
    response
}
