//! Getting a batch out of the page, and hearing what became of it.

use event::Uuid;
use wasm_bindgen::prelude::*;

use super::host::{Host, window};
use super::{dispatch, now, page};
use crate::tracker::text::number;
use crate::tracker::{Input, Outcome, Way};

/// Longest number of seconds that is read.
const MAX_SECONDS_DIGITS: usize = 10;

/// Sends `body` to `endpoint` and reports how it ended.
pub(super) fn send(endpoint: &str, batch: Uuid, body: &str, way: Way) {
    let finished = Closure::once_into_js(move |answer: JsValue| {
        let outcome = outcome(&Host::of(answer));
        dispatch(now(), Input::SendFinished { batch, outcome });
    });
    page::post(endpoint, body, way as u8, &finished);
}

/// Reads a response; anything else is the reason of a failure.
fn outcome(answer: &Host) -> Outcome {
    let status = answer.get("status").as_f64();
    let Some(status) = status.filter(|status| *status >= 200.0) else {
        let is_offline = window().get("navigator").get("onLine").as_bool() == Some(false);
        return if is_offline {
            Outcome::Offline
        } else {
            Outcome::Failed
        };
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
