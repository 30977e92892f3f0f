//! What the tracker notices by itself beside views and clicks: docs/capture.md has the rules.
//!
//! Each part takes signals and answers with drafts of events. The tracker dates them, gives them the page, and
//! leaves out what the shop has switched off.

mod attention;
mod clicks;
mod errors;
mod forms;
mod frustration;
mod impressions;
mod links;
#[cfg(all(test, not(target_family = "wasm")))]
mod tests;
mod trail;
mod vitals;

use alloc::string::String;
use alloc::vec::Vec;
use core::mem::swap;

use event::{Page, PropValue, Props, kinds};

use super::input::{Effect, Facts, Slot};
use super::signal::{Findings, Signal, Timing};
use super::text::parts;
use super::{Tracker, text_prop, thousandths};
use attention::Attention;
use errors::Errors;
use forms::Forms;
use frustration::Frustration;
use impressions::Impressions;
use trail::Trail;
use vitals::Vitals;

/// Parts that `data-off` can name, with the events that it then leaves out. An event's own name works too.
const PARTS: [(&str, &str); 19] = [
    ("views", kinds::PAGE_VIEW),
    ("clicks", kinds::CLICK),
    ("links", kinds::OUTBOUND_CLICK),
    ("links", kinds::FILE_DOWNLOAD),
    ("forms", kinds::FORM_START),
    ("forms", kinds::FORM_SUBMIT),
    ("forms", kinds::FORM_ABANDON),
    ("not_found", kinds::NOT_FOUND),
    ("search", kinds::VIEW_SEARCH_RESULTS),
    ("frustration", kinds::RAGE_CLICK),
    ("frustration", kinds::DEAD_CLICK),
    ("frustration", kinds::ERROR_CLICK),
    ("frustration", kinds::U_TURN),
    ("engagement", kinds::ENGAGEMENT),
    ("engagement", kinds::SCROLL),
    ("vitals", kinds::WEB_VITAL),
    ("errors", kinds::JS_ERROR),
    ("impressions", kinds::VIEW_ITEM_LIST),
    ("impressions", kinds::VIEW_PROMOTION),
];
/// Measurements of a view that has just ended may still come for this time.
const LATE_MILLIS: i64 = 1000;

/// An event that is not yet dated.
pub(crate) struct Draft {
    pub(crate) name: &'static str,
    pub(crate) facts: Facts,
}

/// The parts.
#[derive(Default)]
pub(crate) struct Capture {
    attention: Attention,
    trail: Trail,
    frustration: Frustration,
    forms: Forms,
    errors: Errors,
    vitals: Vitals,
    impressions: Impressions,
    /// A view of this document that has ended, until nothing more can be measured of it.
    ended: Option<Ended>,
    /// When the present view began.
    since: i64,
    n_views: u32,
}

struct Ended {
    until: i64,
    page: Page,
    vitals: Vitals,
}

impl Draft {
    pub(crate) fn with(name: &'static str, props: Props) -> Self {
        let facts = Facts {
            props,
            ..Facts::default()
        };
        Self { name, facts }
    }
}

/// Adds a draft with these properties; texts that are empty are left out.
#[inline(never)]
pub(crate) fn draft(
    drafts: &mut Vec<Draft>,
    name: &'static str,
    texts: &[(&str, &str)],
    numbers: &[(&str, f64)],
) {
    let mut props = Props::new();
    for (key, value) in texts {
        text_prop(&mut props, key, String::from(*value));
    }
    for (key, value) in numbers {
        number_prop(&mut props, key, *value);
    }
    drafts.push(Draft::with(name, props));
}

#[inline(never)]
pub(crate) fn number_prop(props: &mut Props, key: &str, value: f64) {
    props.insert(key.into(), PropValue::Number(value));
}

/// The earlier of two times, where there are any.
pub(crate) fn earlier(one: Option<i64>, other: Option<i64>) -> Option<i64> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        _ => one.or(other),
    }
}

/// Whether `off`, a list separated by commas, names the event or its part.
pub(super) fn is_off(off: &str, kind: &str) -> bool {
    parts(off, b',').any(|name| {
        let name = name.trim_ascii();
        name == kind || PARTS.contains(&(name, kind))
    })
}

impl Capture {
    /// When something is to be told though nothing happens.
    pub(crate) fn deadline(&self) -> Option<i64> {
        let ended = self.ended.as_ref().map(|ended| ended.until);
        let deadline = earlier(ended, self.impressions.deadline());
        earlier(deadline, self.frustration.deadline())
    }

    /// Where a measurement belongs that began at `at`.
    fn vitals_at(&mut self, at: f64) -> &mut Vitals {
        match &mut self.ended {
            Some(ended) if at < self.since as f64 => &mut ended.vitals,
            _ => &mut self.vitals,
        }
    }

    /// Ends what ends with a view, or with the page's being hidden. Form and scroll position outlast the latter.
    fn pause(&mut self, now: i64, drafts: &mut Vec<Draft>) {
        self.frustration.reacted();
        self.impressions.due(now, true, drafts);
        self.errors.tell(drafts);
        self.attention.tell(now, drafts);
    }
}

impl Tracker {
    /// How many views there were.
    pub fn n_views(&self) -> u32 {
        self.capture.n_views
    }

    /// Whether `kind` of event is captured at all.
    pub fn captures(&self, kind: &str) -> bool {
        !is_off(&self.config.off, kind)
    }

    /// A click waits for its effect.
    pub fn is_watching(&self) -> bool {
        self.capture.frustration.deadline().is_some()
    }

    /// Records what the tracker noticed by itself, unless the shop has switched it off.
    pub(super) fn record_all(&mut self, now: i64, drafts: Vec<Draft>, effects: &mut Vec<Effect>) {
        for draft in drafts {
            if self.captures(draft.name) {
                self.record(now, draft.name.into(), draft.facts, effects);
            }
        }
    }

    pub(super) fn signal(&mut self, now: i64, signal: Signal, effects: &mut Vec<Effect>) {
        let mut drafts = Vec::new();
        let capture = &mut self.capture;
        match signal {
            Signal::Presence {
                is_visible,
                is_focused,
            } => {
                capture.attention.is(now, is_visible, Some(is_focused));
                if !is_visible {
                    capture.vitals.hidden(now);
                }
                if !is_focused {
                    // A dialog of the browser's own, another window, an app that the link opened.
                    capture.frustration.reacted();
                }
            }
            Signal::Scrolled { depth, has_moved } => {
                capture.attention.scrolled(depth, has_moved, &mut drafts);
            }
            Signal::Touched { form, field } => {
                capture.forms.touched(now, form, field, &mut drafts);
            }
            Signal::Submitted { form } => capture.forms.submitted(now, form, &mut drafts),
            Signal::Reacted => capture.frustration.reacted(),
            Signal::Failed(failure) => {
                let allowed = &self.config.allowed_query;
                let is_script = failure.is_script;
                if capture.errors.failed(failure, allowed, &mut drafts) && is_script {
                    capture.frustration.failed(now, &mut drafts);
                }
            }
            Signal::Timed(timing) => self.timed(&timing),
            Signal::Found(findings) => self.found(&findings, &mut drafts),
            Signal::Sighted { sight, is_in_view } => {
                capture.impressions.sighted(now, sight, is_in_view);
            }
        }
        self.record_all(now, drafts, effects);
    }

    fn timed(&mut self, timing: &Timing) {
        self.capture.vitals_at(timing.at).timed(timing);
    }

    fn found(&mut self, findings: &Findings, drafts: &mut Vec<Draft>) {
        if findings.is_not_found {
            draft(drafts, kinds::NOT_FOUND, &[], &[]);
        }
        let term = links::search_term(&findings.url, &self.config.search_params);
        if !term.is_empty() {
            let results = findings.results.map(|results| ("results", results));
            let texts = [("search_term", &*term)];
            draft(
                drafts,
                kinds::VIEW_SEARCH_RESULTS,
                &texts,
                results.as_slice(),
            );
        }
    }

    /// What is due at `now`.
    pub(super) fn capture_due(&mut self, now: i64, effects: &mut Vec<Effect>) {
        let mut drafts = Vec::new();
        self.capture.frustration.due(now, &mut drafts);
        self.capture.impressions.due(now, false, &mut drafts);
        self.record_all(now, drafts, effects);
        if self
            .capture
            .ended
            .as_ref()
            .is_some_and(|ended| ended.until <= now)
        {
            self.tell_ended(now, effects);
        }
    }

    /// Tells the vitals of the view that has ended, as of the page that it was on.
    fn tell_ended(&mut self, now: i64, effects: &mut Vec<Effect>) {
        if let Some(mut ended) = self.capture.ended.take() {
            let mut drafts = Vec::new();
            ended.vitals.tell(&mut drafts);
            swap(&mut self.page, &mut ended.page);
            self.record_all(now, drafts, effects);
            swap(&mut self.page, &mut ended.page);
        }
    }

    /// The page is hidden, or goes away.
    pub(super) fn capture_hidden(&mut self, now: i64, is_leaving: bool, effects: &mut Vec<Effect>) {
        self.tell_ended(now, effects);
        let mut drafts = Vec::new();
        let capture = &mut self.capture;
        capture.attention.is(now, false, None);
        capture.pause(now, &mut drafts);
        capture.vitals.tell(&mut drafts);
        capture.vitals.hidden(now);
        if is_leaving {
            capture.forms.end(now, &mut drafts);
        }
        let value = capture.trail.snapshot(&capture.attention);
        effects.push(Effect::Store {
            slot: Slot::Trail,
            value,
        });
        self.record_all(now, drafts, effects);
    }

    /// The page is seen again.
    pub(super) fn capture_shown(&mut self, now: i64) {
        self.capture.attention.is(now, true, None);
        self.capture.impressions.shown(now);
    }

    /// The view ends: `self.page` is still its page.
    pub(super) fn capture_ends(&mut self, now: i64, is_soft: bool, effects: &mut Vec<Effect>) {
        self.tell_ended(now, effects);
        let mut drafts = Vec::new();
        let capture = &mut self.capture;
        capture.pause(now, &mut drafts);
        capture.forms.end(now, &mut drafts);
        capture.impressions = Impressions::default();
        let next = capture.vitals.next(is_soft);
        let vitals = core::mem::replace(&mut capture.vitals, next);
        if is_soft {
            capture.ended = Some(Ended {
                until: now + LATE_MILLIS,
                page: self.page.clone(),
                vitals,
            });
        }
        capture.since = now;
        self.record_all(now, drafts, effects);
    }

    /// The view of `self.page` begins: adds to its properties, and answers with what to record after it.
    pub(super) fn capture_begins(&mut self, now: i64, props: &mut Props) -> Vec<Draft> {
        let mut drafts = Vec::new();
        let path = self.page.path.as_deref().unwrap_or_default();
        let capture = &mut self.capture;
        let attention = &capture.attention;
        capture
            .trail
            .enter(now, path, attention, props, &mut drafts);
        capture.attention.begin(now);
        capture.n_views += 1;
        drafts
    }

    /// Takes up the trail of the tab.
    pub(super) fn capture_restored(&mut self, now: i64, trail: Option<&str>) {
        self.capture.trail.restore(trail.unwrap_or_default());
        self.capture_shown(now);
    }
}
