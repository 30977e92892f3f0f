//! The tracker: a state machine that is told what happened and answers with what to do.
//!
//! It knows no clock, no randomness, no storage and no network; [`browser`](crate::browser) has those. The same
//! inputs with the same times and the same seed give the same effects, byte for byte.

mod address;
mod attribution;
mod bounds;
mod capture;
mod channels;
mod commerce;
mod consent;
mod debug;
mod delivery;
mod element;
mod identity;
mod input;
pub mod link;
mod memory;
mod orders;
mod parcel;
mod privacy;
mod random;
mod records;
mod redact;
pub mod rules;
mod scope;
mod signal;
mod source;
#[cfg(all(test, not(target_family = "wasm")))]
mod tests;
pub(crate) mod text;

use alloc::string::String;
use alloc::vec::Vec;

use event::limits::{MAX_PROP_STRING_BYTES, MAX_TITLE_BYTES, MAX_URL_BYTES};
use event::{Event, Page, PropValue, Props, json, kinds};

use bounds::Bucket;
use capture::{Capture, earlier};
use consent::{Door, Gate};
use delivery::{Delivery, MAX_EVENT_BYTES, Pace};
use identity::Identity;
use memory::Memory;
use orders::Verdict;
use privacy::{Held, Review};
use random::Random;
use records::Encoded;
use rules::Active;
use source::Arrival;

#[cfg(target_family = "wasm")]
pub(crate) use element::selector;
pub use input::{
    Choice, Config, Consent, Effect, Facts, Input, Navigation, Node, Outcome, Slot, Stored, Target,
    View, Way, Word,
};
pub use rules::{Once, Rule, Same};
pub use signal::{Failure, Findings, Metric, Sight, Signal, Timing};

/// How long the events of the local mode stay: 90 days,
const LOCAL_AGE_MILLIS: i64 = 90 * 24 * 60 * 60 * 1000;
/// and how many of them.
const MAX_LOCAL_EVENTS: u32 = 50_000;

/// The state of one page's tracker.
pub struct Tracker {
    config: Config,
    float: json::FloatFormat,
    random: Random,
    identity: Identity,
    memory: Memory,
    /// How the present view was reached, until the next event tells it.
    arrival: Arrival,
    gate: Gate,
    held: Held,
    review: Option<Review>,
    /// What storage held is known.
    is_restored: bool,
    rules: Vec<Active>,
    /// When the visitor last did something on this page.
    last_act: i64,
    page: Page,
    /// Nothing of the page is collected.
    is_excluded: bool,
    delivery: Delivery,
    capture: Capture,
    bucket: Bucket,
    is_hidden: bool,
    /// The page goes away, or has gone to the back-forward cache.
    is_leaving: bool,
    /// A developer wants to be told each event.
    is_watched: bool,
    /// When the timer asked for last goes off.
    scheduled: Option<i64>,
}

impl Tracker {
    /// A tracker that draws its ids from `seed` and prints fractions with `float`.
    pub fn new(config: Config, seed: [u64; 2], float: json::FloatFormat) -> Self {
        Self {
            gate: Gate::new(config.consent, config.is_refused),
            held: Held::default(),
            review: None,
            is_restored: false,
            config,
            float,
            random: Random::new(seed),
            identity: Identity::default(),
            memory: Memory::default(),
            arrival: Arrival::Inside,
            rules: Vec::new(),
            last_act: 0,
            page: Page::default(),
            is_excluded: false,
            delivery: Delivery::default(),
            capture: Capture::default(),
            bucket: Bucket::default(),
            is_hidden: false,
            is_leaving: false,
            is_watched: false,
            scheduled: None,
        }
    }

    /// Takes in what happened at `now`, in milliseconds since the Unix epoch, and says what to do, in order.
    pub fn handle(&mut self, now: i64, input: Input) -> Vec<Effect> {
        let mut effects = Vec::new();
        let mut pace = if self.is_hidden {
            Pace::Soon
        } else {
            Pace::Batched
        };
        let mut must_keep = false;
        let is_answer = matches!(input, Input::SendFinished { .. });
        match input {
            Input::Consent(word) => self.hear(now, Some(word), &mut effects),
            Input::Resumed => {
                self.is_hidden = false;
                self.is_leaving = false;
                pace = Pace::Batched;
                self.delivery.hurry(now, true);
                effects.extend(self.resume());
            }
            Input::Restored(stored) => {
                self.restore(now, &stored, &mut effects);
                pace = Pace::Batched;
            }
            Input::Recalled(text) => self.memory = Memory::read(&text),
            Input::PageView(view) => self.view(now, view, &mut effects),
            Input::Click(target) => self.click(now, target, &mut effects),
            Input::Signal(signal) => self.signal(now, signal, &mut effects),
            Input::Track { name, facts } => self.record(now, name, facts, &mut effects),
            Input::Rule { handle, rule } => self.add_rule(handle, rule),
            Input::RuleEnded { handle } => self.end_rule(handle),
            Input::Exit => {
                self.exits(now, &mut effects);
                pace = Pace::Soon;
            }
            Input::Account { account } => self.name_account(&account, &mut effects),
            Input::Refused { reason } => self.refuse(reason, &mut effects),
            Input::Identify { user } => self.identify(user, &mut effects),
            Input::Reset => {
                self.memory.forget(memory::ACCOUNT);
                self.identity.reset(now, &mut self.random, &mut effects);
            }
            Input::Flush => pace = Pace::Soon,
            Input::Hidden => {
                self.capture_hidden(now, false, &mut effects);
                self.is_hidden = true;
                effects.extend(self.identity.store_session());
                pace = Pace::Now;
            }
            Input::Leaving => {
                self.capture_hidden(now, true, &mut effects);
                self.is_leaving = true;
                effects.extend(self.identity.store_session());
            }
            Input::Shown => {
                self.capture_shown(now);
                self.exits(now, &mut effects);
                self.is_hidden = false;
                pace = Pace::Batched;
            }
            Input::Online => self.delivery.hurry(now, false),
            Input::Turn { records } => {
                self.delivery
                    .begin_turn(now, records.as_deref(), &mut effects);
            }
            Input::StorageLost => self.delivery.lose_storage(),
            Input::TimerFired => {
                self.scheduled = None;
                must_keep = true;
                self.hear(now, None, &mut effects);
                if self.delivery.is_first_due(now) {
                    pace = Pace::Now;
                }
            }
            Input::SendFinished { batch, outcome } => {
                self.delivery
                    .finished(now, batch, outcome, &mut self.random, &mut effects);
            }
        }
        // What has just failed would fail again at once.
        if self.is_leaving && !is_answer {
            pace = Pace::Leaving;
        }
        self.capture_due(now, &mut effects);
        self.release(now, &mut effects);
        self.rules_due(now, &mut effects);
        self.remember(&mut effects);
        if self.is_leaving {
            effects.extend(self.identity.leave());
        }
        must_keep |= self.is_hidden || self.is_leaving;
        self.deliver(now, pace, must_keep, &mut effects);
        let door = self.door();
        effects.retain(|effect| door.lets(effect));
        effects
    }

    fn restore(&mut self, now: i64, stored: &Stored, effects: &mut Vec<Effect>) {
        if !self.may_keep() {
            return; // Consent was withdrawn while storage was read.
        }
        self.is_hidden = false;
        self.is_leaving = false;
        // Before storage was known nothing was written to it; what the page holds is its own.
        let is_first = !core::mem::replace(&mut self.is_restored, true);
        let said = self.identity.user.take().filter(|_| is_first);
        self.capture_restored(now, stored.trail.as_deref());
        let stored_memory = Memory::read(stored.memory.as_deref().unwrap_or_default());
        let before = core::mem::replace(&mut self.memory, stored_memory);
        if let Some(account) = before.get(memory::ACCOUNT) {
            self.memory.set(memory::ACCOUNT, 0, account.text());
        }
        self.identity
            .restore(now, stored, &mut self.random, effects);
        if let Some(user) = said {
            self.identity.identify(user, effects);
        }
        let quiet_until = stored.pause.as_deref().and_then(text::number);
        self.delivery.restore(now, quiet_until.unwrap_or_default());
        if self.config.is_local {
            let oldest = self.random.id(now - LOCAL_AGE_MILLIS);
            let most = MAX_LOCAL_EVENTS;
            effects.push(Effect::Prune { oldest, most });
        }
    }

    fn view(&mut self, now: i64, view: View, effects: &mut Vec<Effect>) {
        let allowed = &self.config.allowed_query;
        let views = self.config.views.as_str();
        let url = address::cut_for(&view.url, allowed, views);
        let is_soft = matches!(
            view.navigation,
            Some(Navigation::Push | Navigation::Replace | Navigation::Pop | Navigation::Hash)
        );
        let before = self.page.url.as_deref().unwrap_or_default();
        let has_moved = address::key(before, views) != address::key(&url, views);
        if is_soft && !has_moved {
            return; // Routers also write to the history to keep scroll positions and the like.
        }
        let referrer = match (view.navigation, &self.page.url) {
            // Within a document the page before is the view before, whatever the document's referrer was.
            (Some(Navigation::Load | Navigation::Restore), _) | (_, None) => {
                address::referrer(&view.referrer, &view.url, allowed)
            }
            (_, Some(before)) if has_moved => before.clone(),
            _ => self.page.referrer.clone().unwrap_or_default(),
        };
        if self.page.url.is_some() {
            let is_within = view.navigation.is_none() || is_soft;
            self.capture_ends(now, is_within, effects);
        }
        self.arrive(now, &view);
        self.is_excluded = scope::is_excluded(&url, &self.config);
        let referrer = scope::without_excluded(referrer, &self.config);
        self.page = Page {
            path: optional(address::path(&url), MAX_URL_BYTES).filter(|_| !self.is_excluded),
            url: optional(url, MAX_URL_BYTES),
            title: optional(redact::redact(&view.title), MAX_TITLE_BYTES),
            referrer: optional(referrer, MAX_URL_BYTES),
        };
        let mut props = view.props;
        if let Some(navigation) = view.navigation {
            text_prop(&mut props, "navigation", navigation.name().into());
        }
        let drafts = self.capture_begins(now, &mut props);
        let facts = Facts {
            props,
            ..Facts::default()
        };
        if view.navigation.is_none() || self.captures(kinds::PAGE_VIEW) {
            self.record(now, kinds::PAGE_VIEW.into(), facts, effects);
        }
        self.record_all(now, drafts, effects);
    }

    /// `url` with the visitor's mark, where it leads to another domain of the shop.
    pub fn decorate(&self, now: i64, url: &str) -> Option<String> {
        let visitor = self.identity.visitor.as_deref()?;
        let decorated = link::decorate(url, visitor, now, &self.config.domains);
        decorated.filter(|_| self.may_keep())
    }

    /// Builds an event and queues it, or counts it as dropped.
    fn record(&mut self, now: i64, name: String, mut facts: Facts, effects: &mut Vec<Effect>) {
        if self.is_excluded {
            return;
        }
        if !self.door().may_send() {
            return self.hold(now, name, facts, effects);
        }
        if let Some(millionths) = self.config.sample_millionths {
            let id = self.identity.visitor.as_ref();
            if !bounds::is_in_sample(id.unwrap_or(&self.identity.tab), millionths) {
                return;
            }
            let rate = PropValue::Number(f64::from(millionths) / 1e6);
            facts.props.insert(event::SAMPLE_RATE.into(), rate);
        }
        if !self.bucket.take(now) {
            self.delivery.limit();
            let message = name + ": dropped, the page reports too many events";
            return effects.push(Effect::Warn { message });
        }
        for key in TYPED_BY_VISITORS {
            if let Some(PropValue::String(text)) = facts.props.get(key) {
                let text = redact::redact(text);
                facts.props.insert(key.into(), PropValue::String(text));
            }
        }
        if self.config.bot_score > 0.0 {
            let score = PropValue::Number(self.config.bot_score);
            facts.props.insert(event::BOT_SCORE.into(), score);
        }
        self.settle_payment(now, &name, effects);
        let is_new_session = self.identity.begin_session(now, &mut self.random, effects);
        let mut source = self.tell_source(now, is_new_session, &name);
        let verdict = self.admit(now, &name, &mut facts, effects);
        if let Verdict::Dropped = verdict {
            return;
        }
        if let Some(account) = self.memory.get(memory::ACCOUNT) {
            text_prop(&mut facts.props, event::ACCOUNT, account.text().into());
        }
        let mut event = Event {
            id: self.random.uuid(now),
            ts: now,
            seq: self.identity.next_seq(),
            visitor: self.identity.visitor.clone(),
            user: self.identity.user.clone(),
            session: Some(self.identity.session.clone()),
            tab: Some(self.identity.tab.clone()),
            name,
            page: Some(self.page.clone()),
            source: None,
            props: facts.props,
            items: facts.items,
            value: facts.value,
            currency: facts.currency,
        };
        if let Err(reason) = self.review(&mut event, &mut source) {
            return self.refuse(event.name + ": beforeSend: " + reason, effects);
        }
        if let Err(invalid) = event.validate() {
            let mut reason = event.name;
            reason.push_str(": ");
            invalid.write(&mut reason);
            return self.refuse(reason, effects);
        }
        let mut line = String::new();
        json::write_event(&mut line, &event, self.float);
        match verdict {
            Verdict::Pending => return self.await_payment(now, event, &line),
            Verdict::Confirmed(end) => append(&mut line, &end),
            _ => {}
        }
        append(&mut line, &source);
        if line.len() > MAX_EVENT_BYTES {
            let reason = event.name + ": too large to send; send fewer items or shorter texts";
            return self.refuse(reason, effects);
        }
        self.show(&line, effects);
        let encoded = Encoded {
            ts: now,
            json: line,
            is_kept: false,
        };
        if !self.delivery.push(now, encoded) {
            self.delivery.overflow(1);
            let message = event.name.clone() + ": dropped, the queue is full";
            effects.push(Effect::Warn { message });
        }
        let item = event.items.first().and_then(|item| item.item_id.as_deref());
        self.happened(now, &event.name, item.unwrap_or_default(), effects);
    }

    fn refuse(&mut self, message: String, effects: &mut Vec<Effect>) {
        self.delivery.refuse();
        effects.push(Effect::Warn { message });
    }

    /// Keeps what is remembered, where it has changed.
    fn remember(&mut self, effects: &mut Vec<Effect>) {
        if self.is_restored && core::mem::take(&mut self.memory.is_dirty) {
            effects.push(Effect::Store {
                slot: Slot::Memory,
                // Recent events are kept for rules alone.
                value: self
                    .memory
                    .write(self.rules.is_empty().then_some(rules::MOMENT)),
            });
        }
    }

    /// Keeps and sends what is due, and asks for the timer.
    fn deliver(&mut self, now: i64, pace: Pace, must_keep: bool, effects: &mut Vec<Effect>) {
        let mut work = Vec::new();
        let mut must_ask = false;
        let mut deadline = earlier(self.capture.deadline(), self.gate.deadline());
        deadline = earlier(deadline, self.rules_deadline(now));
        let door = self.door();
        if door.may_send() {
            if door != Door::Open {
                self.delivery.lose_storage();
            } else if must_keep {
                self.delivery.keep(&mut work);
            }
            if self.config.is_local {
                self.delivery.settle();
            } else {
                must_ask =
                    self.delivery
                        .due(now, pace, &self.config.site, &mut self.random, &mut work);
            }
            deadline = earlier(deadline, self.delivery.deadline());
        }
        if let Some(deadline) = deadline
            && self
                .scheduled
                .is_none_or(|scheduled| deadline < scheduled || scheduled < now)
        {
            self.scheduled = Some(deadline);
            let after_millis = (deadline - now).clamp(0, i64::from(u16::MAX)) as u32;
            effects.push(Effect::Schedule { after_millis });
        }
        // After the timer: a request that fails at once, and a turn that comes at once, ask for another.
        effects.append(&mut work);
        if must_ask {
            effects.push(Effect::TakeTurn);
        }
    }
}

/// Properties whose text a visitor wrote, or that may repeat what one wrote.
const TYPED_BY_VISITORS: [&str; 3] = ["search_term", "comment", "message"];

/// Appends fields, each after a comma, to a JSON object.
fn append(object: &mut String, fields: &str) {
    object.pop();
    object.push_str(fields);
    object.push('}');
}

/// `text` within `limit`, or nothing for no text.
fn optional(mut text: String, limit: usize) -> Option<String> {
    redact::cut_to(&mut text, limit);
    (!text.is_empty()).then_some(text)
}

fn text_prop(props: &mut Props, key: &str, value: String) {
    if let Some(text) = optional(value, MAX_PROP_STRING_BYTES) {
        props.insert(key.into(), PropValue::String(text));
    }
}

/// Cuts a share to three digits; a pixel is not worth more.
fn thousandths(share: f64) -> f64 {
    (share.clamp(0.0, 1.0) * 1000.0) as i64 as f64 / 1000.0
}
