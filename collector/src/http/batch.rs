//! `POST /v1/batch`: taking events.
//!
//! The order of the checks is the order of their cost: the sender's rate before the body is read, the envelope,
//! the site, its rate, and only then the events.

use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};

use axum::body::Bytes;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::StatusCode;
use axum::http::header::{CONTENT_ENCODING, HeaderMap};
use axum::response::{IntoResponse, Response};
use event::limits::MAX_BATCH_BYTES;

use super::problem::Problem;
use super::{AppState, cors};
use crate::ingest;

/// A visitor on the slowest of networks needs seconds for a batch; who needs longer holds a connection.
const BODY_TIMEOUT: Duration = Duration::from_secs(30);

/// What gzip begins with ([RFC 1952, section 2.3.1](https://www.rfc-editor.org/rfc/rfc1952#section-2.3.1)).
const GZIP_MARK: [u8; 2] = [0x1f, 0x8b];

/// Takes a batch, and answers when it is on disk.
pub async fn take(State(state): State<AppState>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>();
    let address = peer.map(|ConnectInfo(peer)| peer.ip());
    let mut site = None;
    let outcome = store(&state, address, &parts.headers, body, &mut site).await;
    let mut response = match outcome {
        Ok(()) => StatusCode::NO_CONTENT.into_response(),
        Err(problem) => problem.into_response(),
    };
    cors::allow(
        &mut response,
        &state.sites,
        site.as_deref(),
        cors::origin(&parts.headers),
    );
    response
}

/// `site` is set as soon as it is known, because the response depends on it also where this fails.
async fn store(
    state: &AppState,
    address: Option<IpAddr>,
    headers: &HeaderMap,
    body: axum::body::Body,
    site: &mut Option<String>,
) -> Result<(), Problem> {
    let charge_address = |n_events| match address {
        Some(address) => state
            .rates
            .take_from_address(address, n_events, Instant::now())
            .map_err(|retry_after| Problem::TooMany {
                sender: "address",
                retry_after,
            }),
        None => Ok(()),
    };
    charge_address(1)?;
    let body = read_body(headers, body).await?;
    let received_at = (state.clock)();
    let envelope = ingest::read_envelope(&body)?;
    *site = Some(envelope.site.clone());
    state
        .sites
        .admit(&envelope.site, cors::origin(headers))
        .map_err(Problem::Refused)?;
    let n_events = envelope.events.len();
    charge_address(n_events)?;
    state
        .rates
        .take_from_site(&envelope.site, n_events.max(1), Instant::now())
        .map_err(|retry_after| Problem::TooMany {
            sender: "site",
            retry_after,
        })?;
    let (submission, rejected) = ingest::read_events(&envelope, received_at);
    state.store.submit(submission).await?;
    if rejected.is_empty() {
        Ok(())
    } else {
        Err(Problem::Rejected {
            accepted: n_events - rejected.len(),
            rejected,
        })
    }
}

async fn read_body(headers: &HeaderMap, body: axum::body::Body) -> Result<Bytes, Problem> {
    let whole = axum::body::to_bytes(body, MAX_BATCH_BYTES);
    let body = match tokio::time::timeout(BODY_TIMEOUT, whole).await {
        Ok(Ok(body)) => body,
        Ok(Err(error)) if is_too_long(&error) => return Err(Problem::TooLarge),
        Ok(Err(error)) => {
            return Err(Problem::malformed(
                None,
                format!("the body broke off: {error}"),
            ));
        }
        Err(_) => return Err(Problem::TooSlow),
    };
    match headers
        .get(CONTENT_ENCODING)
        .map(|encoding| encoding.as_bytes().to_ascii_lowercase())
    {
        // A page can't name the encoding without a preflight; gzip begins with two bytes that no JSON has.
        None if body.starts_with(&GZIP_MARK) => Ok(ingest::unpack(&body)?.into()),
        None => Ok(body),
        Some(encoding) => match encoding.as_slice() {
            b"" | b"identity" => Ok(body),
            b"gzip" | b"x-gzip" => Ok(ingest::unpack(&body)?.into()),
            other => Err(Problem::UnknownEncoding(
                String::from_utf8_lossy(other).into_owned(),
            )),
        },
    }
}

fn is_too_long(error: &axum::Error) -> bool {
    std::error::Error::source(error)
        .is_some_and(|source| source.is::<http_body_util::LengthLimitError>())
}
