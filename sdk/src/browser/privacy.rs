//! What the page and the browser say about consent: options, calls, Google's consent mode, signals.

use alloc::string::String;
use core::sync::atomic::{AtomicBool, Ordering};

use super::host::{Fields, Host, window};
use super::{apply, listed, now, review, with_runtime};
use crate::tracker::{Choice, Config, Consent, Input, Slot, Word};

/// Longest word that is looked at.
const MAX_WORD_UNITS: usize = 16;
/// Longest user agent that is read.
const MAX_AGENT_UNITS: usize = 1000;
/// What the browser says of itself and for the visitor.
const SIGNALS: &str = "navigator.userAgent navigator.webdriver navigator.globalPrivacyControl \
    navigator.doNotTrack doNotTrack";
/// Longest address whose query is looked at for the shop's own staff.
const MAX_QUERY_UNITS: usize = 2048;
/// Longest that consent mode may make the tracker wait: a minute, in milliseconds.
const MAX_WAIT_MILLIS: f64 = 60_000.0;

/// Reads the options that bear on consent, in the order of [`OPTIONS`](super::OPTIONS), and gives the selector of what
/// is masked.
pub(super) fn configure(config: &mut Config, options: &mut Fields<'_>) -> String {
    let mut mask = String::from("[data-dp-mask]");
    let more = options.words();
    if !more.is_empty() {
        mask.push(',');
        mask.push_str(more);
    }
    let consent = options.words();
    // A word that is none must not count as a yes.
    config.consent = match Consent::from_name(consent) {
        Some(consent) => consent,
        None if consent.is_empty() => Consent::Granted,
        None => Consent::Pending,
    };
    config.excluded = listed(options.words());
    config.hosts = listed(options.words());
    let mode = options.words();
    config.is_local = mode == "local";
    config.is_cookieless = mode == "cookieless";
    config.is_counted_while_pending = options.words() == "cookieless";
    // Without a reason Global Privacy Control is not passed over.
    let reason = options.words().strip_prefix("ignore:").unwrap_or_default();
    let heeds_gpc = reason.trim_ascii().is_empty();
    let heeds_dnt = options.words() != "ignore";
    let browser = window().pick(SIGNALS, MAX_AGENT_UNITS);
    let mut signals = browser.fields();
    config.bot_score = bot_score(signals.words(), signals.is_yes());
    let asks = signals.is_yes() && heeds_gpc;
    let is_tracked = signals.words() != "1" && signals.words() != "1";
    config.is_refused = asks || !is_tracked && heeds_dnt;
    mask
}

/// How likely it is that a program steers the browser: a half where the browser says so, as it also does in a shop's
/// own tests; one where it calls itself a robot.
fn bot_score(agent: &str, is_steered: bool) -> f64 {
    // Not `bot` alone: there are phones of the make Cubot.
    if ["bot/", "crawler", "spider"]
        .iter()
        .any(|word| says(agent, word))
    {
        1.0
    } else if is_steered || says(agent, "headless") {
        0.5
    } else {
        0.0
    }
}

/// Whether `word` is in `text`, in capital or small letters.
fn says(text: &str, word: &str) -> bool {
    text.as_bytes()
        .windows(word.len())
        .any(|part| part.eq_ignore_ascii_case(word.as_bytes()))
}

static HAS_RECALLED: AtomicBool = AtomicBool::new(false);

/// Tells the tracker what storage and the address hold, before anything else. A second call does nothing.
pub(super) fn recall() {
    if HAS_RECALLED.swap(true, Ordering::Relaxed) {
        return;
    }
    stored();
    let query = window().words("location.search", MAX_QUERY_UNITS);
    for pair in crate::tracker::text::parts(query.get(1..).unwrap_or_default(), b'&') {
        say(match pair {
            "desirepath=off" => Word::Out(Choice::Staff),
            "desirepath=on" => Word::In(Choice::Staff),
            _ => continue,
        });
    }
}

/// Tells the tracker the choice that storage holds.
pub(super) fn stored() {
    let choice = with_runtime(|runtime| runtime.storage.item(&Slot::Choice));
    let choice = choice.flatten();
    say(Word::Stored(choice.as_deref().and_then(Choice::from_name)));
}

fn say(word: Word) {
    apply(now(), Input::Consent(word));
}

/// Whether a note bears on what may be collected. Such notes are taken before all others, whenever they were made.
pub(super) fn is_said_by(kind: &str, first: &Host) -> bool {
    matches!(kind, "consent" | "optOut" | "optIn" | "beforeSend")
        || kind == "data" && is_word(&first.get("0"), "consent")
}

/// Reads a note that bears on consent; `None` where it says nothing.
pub(super) fn read(kind: &str, first: &Host) -> Option<Word> {
    match kind {
        "beforeSend" => {
            review::set(first);
            None
        }
        "optOut" => Some(Word::Out(Choice::OptedOut)),
        "optIn" => Some(Word::In(Choice::OptedOut)),
        "consent" => Some(Word::Answered {
            state: Consent::from_name(&first.text(MAX_WORD_UNITS)?)?,
            source: "call",
        }),
        _ => consent_mode(&first.get("1"), &first.get("2")),
    }
}

/// Reads `gtag("consent", command, params)`
/// ([consent mode](https://developers.google.com/tag-platform/security/guides/consent)).
fn consent_mode(command: &Host, params: &Host) -> Option<Word> {
    let storage = params.get("analytics_storage");
    let is_granted = is_word(&storage, "granted");
    if !is_granted && !is_word(&storage, "denied") {
        return None;
    }
    if is_word(command, "update") {
        let state = if is_granted {
            Consent::Granted
        } else {
            Consent::Denied
        };
        return Some(Word::Answered {
            state,
            source: "consent_mode",
        });
    }
    let wait = params.get("wait_for_update").as_f64().unwrap_or_default();
    is_word(command, "default").then_some(Word::Default {
        is_granted,
        wait_millis: wait.min(MAX_WAIT_MILLIS) as u32,
    })
}

fn is_word(value: &Host, word: &str) -> bool {
    value.text(MAX_WORD_UNITS).is_some_and(|text| text == word)
}
