//! Notes as `js/notes.js` and `js/watch.js` write them, and what each means to the tracker.
//!
//! A note is a text of fields: its kind, its time in milliseconds since the Unix epoch, and what belongs to it.

use alloc::string::String;
use alloc::vec::Vec;

use event::{PropValue, kinds};

use super::host::{Fields, Picked};
use super::values::{self, Dialect};
use super::{apply, dispatch, now, page_views, privacy, watch, with_runtime};
use crate::tracker::{
    Facts, Failure, Findings, Input, Metric, Navigation, Node, Sight, Signal, Slot, Target, Timing,
    selector, text,
};

/// The number of the mouse's middle button, which opens links in tabs of their own.
const MIDDLE_BUTTON: f64 = 1.0;
/// The status of a document that is not there.
const NOT_FOUND: f64 = 404.0;

/// Hears a note.
pub(super) fn hear(note: String) {
    let note = Picked::of(note);
    let mut fields = note.fields();
    let kind = fields.words();
    let at = text::number(fields.words()).unwrap_or_else(now);
    let fields = &mut fields;
    let signal = match kind {
        "click" => return clicked(at, fields),
        "declared" => {
            let name = fields.words();
            return dispatch(at, declared(name, fields));
        }
        "moved" => return moved(at, fields),
        "exposed" => return exposed(at, fields),
        "stored" => return stored(at, fields),
        "restored" => {
            privacy::stored();
            dispatch(at, Input::Resumed);
            let view = page_views::present(Some(Navigation::Restore), Default::default());
            return dispatch(at, Input::PageView(view));
        }
        "hidden" => return dispatch(at, Input::Hidden),
        "shown" => return dispatch(at, Input::Shown),
        "leaving" => return dispatch(at, Input::Leaving),
        "online" => return dispatch(at, Input::Online),
        "exit" => return dispatch(at, Input::Exit),
        "flush" => return dispatch(at, Input::Flush),
        "looked" => return looked(at, fields),
        "found" => Signal::Found(found(fields)),
        "presence" => Signal::Presence {
            is_visible: fields.is_yes(),
            is_focused: fields.is_yes(),
        },
        "touched" => {
            let field = fields.string();
            let form = form(fields);
            let signal = Signal::Touched { form, field };
            return dispatch(at, Input::Signal(signal));
        }
        "submitted" => {
            let form = form(fields);
            return dispatch(at, Input::Signal(Signal::Submitted { form }));
        }
        "reacted" => Signal::Reacted,
        "failed" => Signal::Failed(failure(fields)),
        "timed" => Signal::Timed(timing(fields)),
        "sighted" => {
            let is_in_view = fields.is_yes();
            match sight(fields) {
                Some(sight) => Signal::Sighted { sight, is_in_view },
                None => return,
            }
        }
        _ => return called(kind, at, fields),
    };
    // No event of the visitor's, which would have to wait for a view.
    apply(at, Input::Signal(signal));
}

/// The shop called `track` or `page`, or pushed something to its data layer. An entry of that is taken as complete: Google
/// Tag Manager merges pushes into one model, and would report the items of an earlier push again with a later one that
/// does not clear them.
fn called(kind: &str, at: i64, fields: &mut Fields<'_>) {
    let name = fields.text();
    // What is pushed may be no event of the shop's: Tag Manager's own, and the page views that this tracker sees by
    // itself.
    let is_own = |name: &str| !name.starts_with("gtm.") && name != kinds::PAGE_VIEW;
    let is_data = kind == "data";
    if is_data && !name.is_some_and(is_own) {
        return;
    }
    let dialect = if is_data {
        Dialect::Data
    } else {
        Dialect::Call
    };
    let input = match (values::read(fields, dialect), name) {
        (Err(reason), _) => Input::Refused { reason },
        (Ok(facts), _) if kind == "page" => Input::PageView(page_views::present(None, facts.props)),
        (Ok(facts), Some(name)) => track(name, facts),
        (Ok(_), None) => Input::Refused {
            reason: "an event's name must be a string".into(),
        },
    };
    dispatch(at, input);
}

fn track(name: &str, facts: Facts) -> Input {
    let name = name.into();
    Input::Track { name, facts }
}

fn clicked(at: i64, fields: &mut Fields<'_>) {
    let mut target = Target {
        must_react: fields.is_yes(),
        may_rage: !fields.is_yes(),
        ..Target::default()
    };
    let (left, top) = (fields.number(), fields.number());
    let (width, height) = (fields.number(), fields.number());
    let (x, y) = (fields.number(), fields.number());
    target.within = ((x - left) / width.max(1.0), (y - top) / height.max(1.0));
    target.on_page = (fields.number(), fields.number());
    // Not by the event's kind: some engines tell the middle button's presses as clicks.
    target.is_auxiliary = fields.number() == MIDDLE_BUTTON;
    target.text = fields.string();
    target.role = fields.string();
    target.kind = fields.string();
    target.is_download = !fields.marked().is_empty();
    target.href = fields.string();
    target.must_react &= !leads_away(&target.href, fields.words());
    target.lineage = lineage(fields);
    dispatch(at, Input::Click(target));
    match fields.marked() {
        "" => {}
        // The product or promotion that the link belongs to.
        "?" => {
            if let Some(sight) = sight(fields) {
                let name = if sight.is_promotion {
                    kinds::SELECT_PROMOTION
                } else {
                    kinds::SELECT_ITEM
                };
                dispatch(at, track(name, sight.facts));
            }
        }
        name => {
            let name = name.strip_prefix("=").unwrap_or_default();
            dispatch(at, declared(name, fields));
        }
    }
}

/// Whether a link leads to another document or another program, however long that takes.
fn leads_away(href: &str, here: &str) -> bool {
    let (there, _) = text::split(href, b'#');
    !there.is_empty() && !there.starts_with("javascript:") && text::split(here, b'#').0 != there
}

fn lineage(fields: &mut Fields<'_>) -> Vec<Node> {
    let mut lineage = Vec::new();
    loop {
        let tag = fields.string();
        if tag.is_empty() {
            return lineage;
        }
        lineage.push(Node {
            tag,
            id: fields.string(),
            classes: fields.string(),
        });
    }
}

/// The form's name or id, or else a selector.
fn form(fields: &mut Fields<'_>) -> String {
    let name = fields.string();
    if name.is_empty() {
        selector(&lineage(fields))
    } else {
        name
    }
}

/// An event that the shop declares in its markup.
fn declared(name: &str, fields: &mut Fields<'_>) -> Input {
    match values::read(fields, Dialect::Markup) {
        Ok(mut facts) => {
            let value = facts.items.first().and_then(|item| {
                let price = item.price?;
                price.checked_mul(item.quantity.unwrap_or(1))
            });
            facts.value = facts.value.or(value);
            track(name, facts)
        }
        Err(reason) => Input::Refused { reason },
    }
}

/// What an element stands for; `None` where it can't be read.
fn sight(fields: &mut Fields<'_>) -> Option<Sight> {
    let is_promotion = fields.is_yes();
    let facts = values::read(fields, Dialect::Call).ok()?;
    Some(Sight {
        is_promotion,
        facts,
    })
}

/// The variant that an element shows. The tracker reports each once a session.
fn exposed(at: i64, fields: &mut Fields<'_>) {
    let mut facts = Facts::default();
    for key in ["experiment", "variant"] {
        let value = PropValue::String(fields.string());
        facts.props.insert(key.into(), value);
    }
    dispatch(at, track(kinds::EXPERIMENT_EXPOSURE, facts));
}

/// Navigations that go past `history`, or that a router has taken over before any other event tells of them.
fn moved(at: i64, fields: &mut Fields<'_>) {
    let (kind, from, to) = (fields.words(), fields.words(), fields.words());
    let navigation = if text::split(from, b'#').0 == text::split(to, b'#').0 {
        "hash"
    } else if kind == "traverse" {
        "pop"
    } else {
        kind
    };
    page_views::changed(at, navigation, to.into());
}

/// Another tab wrote to storage.
fn stored(at: i64, fields: &mut Fields<'_>) {
    let key = fields.words();
    let is = |slot| with_runtime(|runtime| runtime.storage.is_of(&slot, key)) == Some(true);
    if is(Slot::Choice) {
        privacy::stored();
    } else if is(Slot::Memory) {
        let text = fields.string();
        dispatch(at, Input::Recalled(text));
    }
}

/// The page's layout has settled, or its view is about to end.
fn looked(at: i64, fields: &mut Fields<'_>) {
    let (top, height) = (fields.number(), fields.number());
    let signal = Signal::Scrolled {
        depth: (top + height) / fields.number().max(1.0),
        has_moved: top > 0.0,
    };
    apply(at, Input::Signal(signal));
    let is_new = with_runtime(|runtime| {
        let n_views = runtime.tracker.n_views();
        core::mem::replace(&mut runtime.n_looked, n_views) != n_views
    });
    watch::survey(is_new == Some(true));
}

fn found(fields: &mut Fields<'_>) -> Findings {
    let url = fields.string();
    let results = text::number(fields.words().trim_ascii());
    let says_so = fields.is_yes();
    // The document itself came with this status, and is still at its first view.
    let is_first = with_runtime(|runtime| runtime.n_looked == 1);
    Findings {
        url,
        results: results.map(|count| count as f64),
        is_not_found: says_so || fields.number() == NOT_FOUND && is_first == Some(true),
    }
}

/// A script error, a rejection that nobody handled, or a resource that did not load.
fn failure(fields: &mut Fields<'_>) -> Failure {
    let line = fields.number();
    let tag = fields.words();
    let mut first = |count| {
        let candidates: Vec<&str> = (0..count).map(|_| fields.words()).collect();
        let mut found = candidates.into_iter().filter(|words| !words.is_empty());
        found.next().map(String::from)
    };
    Failure {
        // An event has one of each; a rejection's reason may be anything.
        message: first(3).unwrap_or_else(|| tag.into()),
        script: first(3).unwrap_or_default(),
        line,
        is_script: tag.is_empty(),
    }
}

fn timing(fields: &mut Fields<'_>) -> Timing {
    Timing {
        metric: match fields.words() {
            "0" => Metric::Lcp,
            "1" => Metric::Fcp,
            "2" => Metric::Ttfb,
            "3" => Metric::Shift,
            _ => Metric::Interaction,
        },
        at: fields.number(),
        amount: fields.number(),
        interaction: fields.number(),
        n_interactions: fields.number(),
    }
}
