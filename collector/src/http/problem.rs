//! What goes wrong with a request: the status and the words of each problem, in one place.
//!
//! Every problem is answered with a JSON object that has an `error` in words, and a `field` where one is at
//! fault. What happens inside the machine goes to the log, not to the client.

use std::time::Duration;

use axum::Json;
use axum::http::StatusCode;
use axum::http::header::{HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use crate::sites::Refusal;
use crate::store::StoreError;

/// How long a sender should wait before it tries a failing disk again.
const DISK_RETRY: Duration = Duration::from_secs(10);

/// Why a request is not answered as it was meant.
#[derive(Debug, thiserror::Error)]
pub enum Problem {
    /// The request can't be understood.
    #[error("{reason}")]
    Malformed {
        /// The field or parameter at fault, where there is one.
        field: Option<String>,
        /// What is wrong with it.
        reason: String,
    },
    /// The body is larger than a batch may be.
    #[error(
        "the batch is larger than {} bytes; send fewer events at once",
        event::limits::MAX_BATCH_BYTES
    )]
    TooLarge,
    /// The body did not arrive in time.
    #[error("the body did not arrive in time")]
    TooSlow,
    /// The body's encoding is not known.
    #[error("the content encoding {0:?} is not known; send the batch plain or as gzip")]
    UnknownEncoding(String),
    /// The events of this site are not taken from this page.
    #[error("{}", match .0 {
        Refusal::UnknownSite => "this collector does not take events for this site",
        Refusal::ForeignOrigin => "this site does not take events from pages of this origin",
    })]
    Refused(Refusal),
    /// Some events of a batch are wrong; the others are stored.
    #[error("{} of {} events were rejected", rejected.len(), rejected.len() + accepted)]
    Rejected {
        /// How many events are stored.
        accepted: usize,
        /// The others.
        rejected: Vec<RejectedEvent>,
    },
    /// The sender or the site sends too much.
    #[error("too many events from this {sender}; try again later")]
    TooMany {
        /// Whose limit it is: `address` or `site`.
        sender: &'static str,
        /// When there is room again.
        retry_after: Duration,
    },
    /// The batch could not be stored.
    #[error("the events can't be stored at the moment; try again later")]
    Unavailable(#[from] StoreError),
    /// Too many exports run at once.
    #[error("too many exports at once; try again later")]
    Busy,
    /// Reading needs a token that was not sent.
    #[error("reading needs the token of this collector, sent as \"Authorization: Bearer TOKEN\"")]
    TokenWanted,
    /// Reading is not allowed, for the reason given.
    #[error("{0}")]
    ReadRefused(&'static str),
    /// There is no such site.
    #[error("this collector has no site of this name")]
    NoSuchSite,
}

/// An event that was refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RejectedEvent {
    /// Its place in the batch, from 0.
    pub index: usize,
    /// The field at fault, as a path within the event; absent where the event can't be read at all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// What is wrong.
    pub reason: String,
}

#[derive(Serialize)]
struct Body<'a> {
    error: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    field: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    accepted: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rejected: Option<&'a [RejectedEvent]>,
}

impl Problem {
    /// A request that can't be understood.
    pub fn malformed(field: Option<&str>, reason: impl Into<String>) -> Self {
        Self::Malformed {
            field: field.map(str::to_owned),
            reason: reason.into(),
        }
    }

    fn status(&self) -> StatusCode {
        match self {
            Self::Malformed { .. } => StatusCode::BAD_REQUEST,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::TooSlow => StatusCode::REQUEST_TIMEOUT,
            Self::UnknownEncoding(_) => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::Refused(_) | Self::ReadRefused(_) => StatusCode::FORBIDDEN,
            Self::Rejected { .. } => StatusCode::UNPROCESSABLE_ENTITY,
            Self::TooMany { .. } => StatusCode::TOO_MANY_REQUESTS,
            Self::Unavailable(_) | Self::Busy => StatusCode::SERVICE_UNAVAILABLE,
            Self::TokenWanted => StatusCode::UNAUTHORIZED,
            Self::NoSuchSite => StatusCode::NOT_FOUND,
        }
    }

    fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::TooMany { retry_after, .. } => Some(*retry_after),
            Self::Unavailable(_) => Some(DISK_RETRY),
            Self::Busy => Some(Duration::from_secs(1)),
            _ => None,
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut body = Body {
            error: self.to_string(),
            field: None,
            accepted: None,
            rejected: None,
        };
        match &self {
            Self::Malformed { field, .. } => body.field = field.as_deref(),
            Self::Rejected { accepted, rejected } => {
                body.accepted = Some(*accepted);
                body.rejected = Some(rejected);
            }
            _ => {}
        }
        let mut response = (self.status(), Json(body)).into_response();
        if let Some(wait) = self.retry_after() {
            // Whole seconds, rounded up: a sender that comes back early would only be refused again.
            let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
            response
                .headers_mut()
                .insert(RETRY_AFTER, HeaderValue::from(seconds.max(1)));
        }
        if matches!(self, Self::TokenWanted) {
            response
                .headers_mut()
                .insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}
