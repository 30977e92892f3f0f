//! Getting a batch out of the page, and hearing what became of it.

use event::Uuid;

use super::host::{Host, callback, window};
use super::{dispatch, now, page};
use crate::tracker::text::number;
use crate::tracker::{Input, Outcome, Way};

/// Longest number of seconds that is read, and longest id.
const MAX_FIELD_UNITS: usize = 36;

/// Sends `body` to `endpoint` and reports how it ended.
pub(super) fn send(endpoint: &str, batch: Uuid, body: &str, way: Way) {
    let mut buffer = Uuid::encode_buffer();
    let id = batch.as_hyphenated().encode_lower(&mut buffer);
    page::post(endpoint, body, way as u8, id, &callback(ended));
}

/// An attempt has ended: its batch, and the response or anything else.
fn ended(end: &Host) {
    let picked = end.pick("batch answer.status", MAX_FIELD_UNITS);
    let mut fields = picked.fields();
    if let Ok(batch) = Uuid::try_parse_ascii(fields.words().as_bytes()) {
        let outcome = outcome(number(fields.words()), &end.get("answer"));
        dispatch(now(), Input::SendFinished { batch, outcome });
    }
}

fn outcome(status: Option<i64>, answer: &Host) -> Outcome {
    let Some(status) = status.filter(|status| *status >= 200) else {
        let is_online = window().get("navigator").get("onLine").as_bool();
        return if is_online == Some(false) {
            Outcome::Offline
        } else {
            Outcome::Failed
        };
    };
    // A date in its place is not read: the collector sends seconds.
    let retry_after = answer
        .get("headers")
        .invoke_with("get", &"Retry-After".into());
    let seconds = retry_after
        .text(MAX_FIELD_UNITS)
        .and_then(|text| number(&text));
    Outcome::Answered {
        status: status as u16,
        retry_after_millis: seconds
            .and_then(|seconds| u32::try_from(seconds.checked_mul(1000)?).ok()),
    }
}
