//! From the bytes of a request to a batch that can be stored.
//!
//! The envelope is read first and each event by itself, so that one bad event costs no other. Events are held
//! to the limits of [`event::limits`], their clocks are corrected, and they are written anew by the one encoder
//! of the `event` crate: nothing that is not a field of an event reaches the disk.

use std::io::Read;

use event::limits::{MAX_BATCH_BYTES, MAX_EVENTS_PER_BATCH, MAX_SDK_BYTES, MAX_TS, MIN_TS};
use event::{Batch, Event, SCHEMA_VERSION};
use flate2::bufread::GzDecoder;
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::value::RawValue;

use crate::clock::correction_millis;
use crate::http::problem::{Problem, RejectedEvent};
use crate::sites;
use crate::store::{Submission, SubmittedEvent};

/// An envelope whose events are still text.
pub type Envelope<'a> = Batch<&'a RawValue>;

/// Unpacks a gzip body.
///
/// # Errors
/// It is not gzip, or larger than [`MAX_BATCH_BYTES`] once unpacked.
pub fn unpack(body: &[u8]) -> Result<Vec<u8>, Problem> {
    let mut unpacked = Vec::new();
    // One byte more than allowed tells a body that is too large from one that just fits.
    let mut reader = GzDecoder::new(body).take(MAX_BATCH_BYTES as u64 + 1);
    reader.read_to_end(&mut unpacked).map_err(|error| {
        Problem::malformed(None, format!("the body is not valid gzip: {error}"))
    })?;
    if unpacked.len() > MAX_BATCH_BYTES {
        Err(Problem::TooLarge)
    } else {
        Ok(unpacked)
    }
}

/// Reads a batch up to its events.
///
/// # Errors
/// [`Problem::Malformed`], with the field that is wrong.
pub fn read_envelope(body: &[u8]) -> Result<Envelope<'_>, Problem> {
    let envelope: Envelope<'_> = serde_json::from_slice(body).map_err(|error| {
        let (field, reason) = locate::<Batch<IgnoredAny>>(body, &error);
        Problem::Malformed { field, reason }
    })?;
    let problem = |field: &str, reason: String| Err(Problem::malformed(Some(field), reason));
    if envelope.schema != SCHEMA_VERSION {
        return problem(
            "schema",
            format!(
                "version {} is not known, this collector reads {SCHEMA_VERSION}",
                envelope.schema
            ),
        );
    }
    if !sites::is_well_formed(&envelope.site) {
        return problem(
            "site",
            "not the id of a site: up to 64 of a-z, 0-9, - and _".to_owned(),
        );
    }
    if envelope.sdk.len() > MAX_SDK_BYTES {
        return problem("sdk", format!("longer than {MAX_SDK_BYTES} bytes"));
    }
    if !(MIN_TS..=MAX_TS).contains(&envelope.sent_at) {
        return problem(
            "sent_at",
            "not a time in milliseconds between 1970 and 9999".to_owned(),
        );
    }
    if envelope.events.len() > MAX_EVENTS_PER_BATCH {
        return problem("events", format!("more than {MAX_EVENTS_PER_BATCH} events"));
    }
    Ok(envelope)
}

/// Reads the events of a batch: those that can be stored, and those that are refused, which count as dropped.
pub fn read_events(envelope: &Envelope<'_>, received_at: i64) -> (Submission, Vec<RejectedEvent>) {
    let mut submission = Submission {
        received_at,
        batch: envelope.id,
        site: envelope.site.clone(),
        dropped: envelope.dropped,
        events: Vec::with_capacity(envelope.events.len()),
        lines: String::new(),
    };
    let mut rejected = Vec::new();
    let correction = correction_millis(received_at, envelope.sent_at);
    for (index, raw) in envelope.events.iter().enumerate() {
        match read_event(raw, correction) {
            Ok(event) => {
                let start = submission.lines.len();
                event::json::write_event(&mut submission.lines, &event, event::json::std_float);
                submission.lines.push('\n');
                let line = start..submission.lines.len();
                submission.events.push(SubmittedEvent {
                    id: event.id,
                    ts: event.ts,
                    line,
                });
            }
            Err((field, reason)) => rejected.push(RejectedEvent {
                index,
                field,
                reason,
            }),
        }
    }
    // The tracker forgets them and leaves the counting to us, so that no loss is silent.
    let counter = &mut submission.dropped.rejected;
    *counter = counter.saturating_add(rejected.len() as u64);
    (submission, rejected)
}

fn read_event(raw: &RawValue, correction: i64) -> Result<Event, (Option<String>, String)> {
    let text = raw.get();
    let mut event: Event =
        serde_json::from_str(text).map_err(|error| locate::<Event>(text.as_bytes(), &error))?;
    if event.id.is_nil() {
        return Err((Some("id".to_owned()), "is the nil id".to_owned()));
    }
    event.ts = event.ts.saturating_add(correction);
    event
        .validate()
        .map_err(|invalid| (Some(invalid.field), invalid.problem.to_string()))?;
    Ok(event)
}

/// The field at which reading failed, and why. Reads a second time, keeping track of the path, which is slower.
fn locate<'a, T: Deserialize<'a>>(
    text: &'a [u8],
    error: &serde_json::Error,
) -> (Option<String>, String) {
    let words = error.to_string();
    let mut deserializer = serde_json::Deserializer::from_slice(text);
    let path = match serde_path_to_error::deserialize::<_, T>(&mut deserializer) {
        Err(located) => located.path().to_string(),
        Ok(_) => String::new(),
    };
    // serde names an absent field in the words, and in the path only what it is absent from.
    let absent = words
        .strip_prefix("missing field `")
        .and_then(|rest| rest.split('`').next());
    let field = match (path.trim_matches('.'), absent) {
        ("" | "?", None) => None,
        ("" | "?", Some(absent)) => Some(absent.to_owned()),
        (path, None) => Some(path.to_owned()),
        (path, Some(absent)) => Some(format!("{path}.{absent}")),
    };
    (field, words)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SENT_AT: i64 = 1_763_780_000_000;

    fn batch(events: &str) -> String {
        format!(
            r#"{{"schema":1,"id":"0197e9a0-0000-7000-8000-000000000000","site":"demo","sdk":"test/1",
            "sent_at":{SENT_AT},"events":[{events}]}}"#
        )
    }

    fn event(fields: &str) -> String {
        format!(
            r#"{{"id":"0197e9a0-0000-7000-8000-000000000001","ts":{SENT_AT},"seq":1,"name":"click"{fields}}}"#
        )
    }

    /// Why the only event of a batch is refused.
    fn refusal(event: &str) -> (String, String) {
        let body = batch(event);
        let (submission, mut rejected) =
            read_events(&read_envelope(body.as_bytes()).unwrap(), SENT_AT);
        assert!(submission.events.is_empty());
        let rejected = rejected.remove(0);
        (rejected.field.unwrap_or_default(), rejected.reason)
    }

    #[test]
    fn a_bad_envelope_names_its_field() {
        let good = batch("");
        let check = |from: &str, to: &str, expected: &str| {
            let body = good.replace(from, to);
            assert_ne!(body, good);
            match read_envelope(body.as_bytes()) {
                Err(Problem::Malformed { field, .. }) => {
                    assert_eq!(field.unwrap_or_default(), expected);
                }
                other => panic!("{body}: {other:?}"),
            }
        };
        check("\"schema\":1", "\"schema\":2", "schema");
        check("\"schema\":1,", "", "schema");
        check("\"site\":\"demo\"", "\"site\":\"../etc\"", "site");
        check("\"site\":\"demo\"", "\"site\":7", "site");
        check("\"id\":\"0197", "\"id\":\"x197", "id");
        check(
            "\"sdk\":\"test/1\"",
            &format!("\"sdk\":\"{}\"", "x".repeat(65)),
            "sdk",
        );
        check(&SENT_AT.to_string(), "-1", "sent_at");
        check("\"events\":[]", "\"events\":{}", "events");
        check(
            "\"events\":[]",
            "\"dropped\":{\"expired\":-1},\"events\":[]",
            "dropped.expired",
        );
        check(
            "\"events\":[]",
            &format!("\"events\":[{}1]", "1,".repeat(500)),
            "events",
        );
        check("{", "", "");
    }

    #[test]
    fn a_bad_event_names_its_field() {
        for (fields, expected) in [
            (r#","props":{"k":[1]}"#, "props.k"),
            (r#","items":[{},{"price":"x"}]"#, "items[1].price"),
            (r#","items":[{"price":-1}]"#, "items[0].price"),
            (r#","page":{"url":7}"#, "page.url"),
            (r#","currency":"euro""#, "currency"),
        ] {
            let (field, reason) = refusal(&event(fields));
            assert_eq!(field, expected, "{reason}");
        }
        assert_eq!(refusal(&event("").replace("\"ts\"", "\"tx\"")).0, "ts");
        assert_eq!(
            refusal(&event("").replace("0197e9a0-0000-7000-8000-000000000001", &uuid_nil())).0,
            "id"
        );
    }

    fn uuid_nil() -> String {
        event::Uuid::nil().to_string()
    }

    #[test]
    fn one_bad_event_costs_no_other() {
        let body = batch(&[event(""), "7".to_owned(), event("")].join(","));
        let (submission, rejected) = read_events(&read_envelope(body.as_bytes()).unwrap(), SENT_AT);
        assert_eq!(
            (submission.events.len(), rejected.len(), rejected[0].index),
            (2, 1, 1)
        );
        assert_eq!(submission.dropped.rejected, 1);
    }

    #[test]
    fn what_is_stored_is_the_event_on_a_line_with_its_clock_corrected() {
        let fields = r#","value":71.58,"currency":"EUR","unknown":{"a":1},"props":{"x":0.1}"#;
        let body = batch(&event(fields));
        let envelope = read_envelope(body.as_bytes()).unwrap();
        let (submission, _) = read_events(&envelope, SENT_AT + 60_000);
        let stored: Event = serde_json::from_str(&submission.lines).unwrap();
        assert_eq!(stored.ts, SENT_AT + 60_000);
        assert_eq!(submission.events[0].ts, stored.ts);
        assert_eq!(submission.events[0].line, 0..submission.lines.len());
        assert!(submission.lines.ends_with("}\n") && !submission.lines.contains("unknown"));
        assert!(
            submission.lines.contains(r#""value":71.58"#),
            "{}",
            submission.lines
        );
    }

    #[test]
    fn gzip_is_unpacked_up_to_the_limit() {
        use std::io::Write;
        let pack = |bytes: &[u8]| {
            let mut encoder =
                flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
            encoder.write_all(bytes).unwrap();
            encoder.finish().unwrap()
        };
        assert_eq!(unpack(&pack(b"batch")).unwrap(), b"batch");
        assert_eq!(
            unpack(&pack(&vec![b' '; MAX_BATCH_BYTES])).unwrap().len(),
            MAX_BATCH_BYTES
        );
        let bomb = pack(&vec![b' '; MAX_BATCH_BYTES + 1]);
        assert!(matches!(unpack(&bomb), Err(Problem::TooLarge)));
        assert!(matches!(unpack(b"batch"), Err(Problem::Malformed { .. })));
    }
}
