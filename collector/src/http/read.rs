//! `GET /v1/sites` and `GET /v1/sites/{site}/events`: giving back what is stored.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::HeaderName;
use axum::http::header::{ACCEPT, CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE, HeaderMap};
use axum::response::{IntoResponse, Response};
use event::limits::MAX_TS;
use serde::{Deserialize, Serialize};

use super::AppState;
use super::problem::Problem;
use crate::export::{Format, Selection, ndjson, parquet, parse_time, stream};
use crate::sites;
use crate::store::index::{Position, SiteSummary};

/// What was stored a moment ago must be in the next answer, so no cache may keep this one.
const NO_STORE: (HeaderName, &str) = (CACHE_CONTROL, "no-store");

/// One site in the answer of `GET /v1/sites`.
#[derive(Debug, Serialize)]
struct Site {
    site: String,
    events: u64,
    /// Times of the earliest and the latest event; null where the site has none.
    first_ts: Option<i64>,
    last_ts: Option<i64>,
    /// What the site's trackers gave up, by reason; reasons without events are there too.
    dropped: BTreeMap<&'static str, u64>,
}

impl From<(String, SiteSummary)> for Site {
    fn from((site, summary): (String, SiteSummary)) -> Self {
        Self {
            site,
            events: summary.n_events,
            first_ts: summary.ts.map(|(first, _)| first),
            last_ts: summary.ts.map(|(_, last)| last),
            dropped: summary.dropped.by_reason().into_iter().collect(),
        }
    }
}

/// Lists the sites, in the order of their ids.
pub async fn sites(State(state): State<AppState>, headers: HeaderMap) -> Result<Response, Problem> {
    state.access.check(&headers)?;
    let sites: Vec<Site> = state.store.sites().into_iter().map(Site::from).collect();
    Ok(([NO_STORE], Json(sites)).into_response())
}

/// The parameters of an export, as they are written.
#[derive(Debug, Deserialize)]
pub struct EventsQuery {
    format: Option<String>,
    from: Option<String>,
    to: Option<String>,
    after: Option<String>,
}

/// Says where in the log an export ends, for the `after` of the next.
const POSITION: HeaderName = HeaderName::from_static("desirepath-position");

/// Streams the events of a site, in order of arrival.
pub async fn events(
    State(state): State<AppState>,
    Path(site): Path<String>,
    Query(query): Query<EventsQuery>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    state.access.check(&headers)?;
    let format = format(&query, &headers)?;
    let from = time("from", query.from.as_deref())?.unwrap_or(i64::MIN);
    let to = time("to", query.to.as_deref())?.unwrap_or(MAX_TS + 1);
    let after = query.after.as_deref().map(position).transpose()?;
    if !sites::is_well_formed(&site) {
        return Err(Problem::NoSuchSite);
    }
    let selection = Selection { site, ts: from..to };
    let mut snapshot = state.store.snapshot(&selection.site, &selection.ts);
    if snapshot.segments.is_empty() && !state.sites.knows(&selection.site) {
        return Err(Problem::NoSuchSite);
    }
    if let Some(after) = after {
        snapshot.leave_out_before(after);
    }
    let end = snapshot.end.to_string();
    let permit = state
        .exports
        .clone()
        .try_acquire_owned()
        .map_err(|_| Problem::Busy)?;
    let file_name = format!(
        "attachment; filename=\"{}.{}\"",
        selection.site,
        format.extension()
    );
    let body = stream::stream(move |output| {
        let _permit = permit;
        match format {
            Format::Ndjson => ndjson::write(&snapshot, &selection, output),
            Format::Parquet => parquet::write(&snapshot, &selection, output),
        }
    });
    let content_type = (CONTENT_TYPE, format.media_type());
    Ok((
        [NO_STORE, content_type],
        [(CONTENT_DISPOSITION, file_name), (POSITION, end)],
        body,
    )
        .into_response())
}

/// The parameter wins over the header: it is what a person writes.
fn format(query: &EventsQuery, headers: &HeaderMap) -> Result<Format, Problem> {
    if let Some(name) = &query.format {
        return Format::parse(name).ok_or_else(|| {
            Problem::malformed(
                Some("format"),
                format!("{name:?} is not a format; use ndjson or parquet"),
            )
        });
    }
    let accept = headers
        .get(ACCEPT)
        .and_then(|accept| accept.to_str().ok())
        .unwrap_or_default();
    let mut accepted = accept
        .split(',')
        .map(|range| range.split(';').next().unwrap_or_default().trim());
    let is_parquet = accepted.any(|range| range.eq_ignore_ascii_case(Format::Parquet.media_type()));
    Ok(if is_parquet {
        Format::Parquet
    } else {
        Format::Ndjson
    })
}

fn position(text: &str) -> Result<Position, Problem> {
    Position::parse(text).ok_or_else(|| {
        let reason = format!(
            "{text:?} is not a position in the log; use what the header Desirepath-Position of an export said"
        );
        Problem::malformed(Some("after"), reason)
    })
}

fn time(parameter: &str, text: Option<&str>) -> Result<Option<i64>, Problem> {
    let Some(text) = text.filter(|text| !text.is_empty()) else {
        return Ok(None);
    };
    parse_time(text).map(Some).ok_or_else(|| {
        let reason = format!("{text:?} is not a time; use RFC 3339 or milliseconds since 1970");
        Problem::malformed(Some(parameter), reason)
    })
}
