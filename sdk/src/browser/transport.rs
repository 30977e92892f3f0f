//! Getting a batch out of the page, and hearing what became of it.

use alloc::string::String;

use event::Uuid;
use event::json::write_uuid;

use super::host::{Host, callback, global};
use super::{dispatch, now, page};
use crate::tracker::text::{number, uuid};
use crate::tracker::{Input, Outcome, Way};

/// Longest number of seconds that is read, and longest id.
const MAX_FIELD_UNITS: usize = 36;

/// Sends `body` to `endpoint` and reports how it ended.
pub(super) fn send(endpoint: &str, batch: Uuid, body: &str, way: Way) {
    let mut id = String::new();
    write_uuid(&mut id, &batch);
    page::post(endpoint, body, way as u8, &id, &callback(ended));
}

/// An attempt has ended: its batch, and the response or anything else.
fn ended(end: &Host) {
    let picked = end.pick("batch answer.status", MAX_FIELD_UNITS);
    let mut fields = picked.fields();
    if let Some(batch) = uuid(fields.words()) {
        let outcome = outcome(number(fields.words()), &end.get("answer"));
        dispatch(now(), Input::SendFinished { batch, outcome });
    }
}

fn outcome(status: Option<i64>, answer: &Host) -> Outcome {
    let Some(status) = status.filter(|status| *status >= 200) else {
        let is_online = global("navigator.onLine").as_bool();
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
