//! Getting a batch out of the page.
//!
//! `fetch` with `keepalive` outlives the page, as a beacon does, but also reports the answer and can leave
//! cookies at home. The beacon stands in where `keepalive` is missing (Firefox before 133) or `fetch` fails at
//! once. The body is `text/plain`, which needs no CORS preflight; a preflight would not be made any more when
//! the page goes away.

use event::Uuid;
use wasm_bindgen::prelude::*;

use super::host::{Host, window};
use super::{dispatch, now};
use crate::tracker::text::number;
use crate::tracker::{Input, Outcome};

/// Longest number of seconds that is read.
const MAX_SECONDS_DIGITS: usize = 10;

/// Sends `body` to `endpoint` and reports how it ended.
pub(super) fn send(endpoint: &str, batch: Uuid, body: &str) {
    if fetch(endpoint, batch, body).is_none() {
        let handed = window().get("navigator").send_beacon(endpoint, body);
        let outcome = match handed {
            Ok(answer) if answer.is_truthy() => Outcome::HandedOver,
            _ => Outcome::Failed,
        };
        dispatch(now(), Input::SendFinished { batch, outcome });
    }
}

/// Starts a request; `None` where it can't be started.
fn fetch(endpoint: &str, batch: Uuid, body: &str) -> Option<()> {
    let prototype = window().get("Request").get("prototype");
    if !prototype.has("keepalive") {
        return None;
    }
    let init = Host::object();
    init.set("method", "POST");
    init.set("body", body);
    init.set("keepalive", true);
    init.set("credentials", "omit");
    let promise = window().fetch(endpoint, &init).ok()?;
    // One function for both ends: exactly one of them is called, once, which frees it.
    let finished = Closure::once_into_js(move |answer: JsValue| {
        let outcome = outcome(&Host::of(answer));
        dispatch(now(), Input::SendFinished { batch, outcome });
    });
    promise.then(&finished, &finished).ok().map(drop)
}

/// Reads a response; anything else is the reason of a failure.
fn outcome(answer: &Host) -> Outcome {
    let Some(status) = answer
        .get("status")
        .as_f64()
        .filter(|status| *status >= 200.0)
    else {
        return Outcome::Failed;
    };
    // A date in its place is not read: the collector sends seconds.
    let retry_after = answer.get("headers").get_header("Retry-After").ok();
    let seconds = retry_after.and_then(|value| number(&value.text(MAX_SECONDS_DIGITS)?));
    Outcome::Answered {
        status: status as u16,
        retry_after_millis: seconds
            .and_then(|seconds| u32::try_from(seconds.checked_mul(1000)?).ok()),
    }
}
