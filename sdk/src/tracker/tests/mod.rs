//! The tracker as its browser sees it: inputs with times in, effects out.

use std::collections::BTreeMap;

use event::limits::{MAX_BEACON_BYTES, MAX_EVENTS_PER_BATCH};
use event::{Batch, Dropped, Event, PropValue, Props, Uuid};

use super::identity::SESSION_GAP_MILLIS;
use super::*;

mod delivering;
mod first_batch;
mod model;
mod privacy;
mod rules;
mod visits;

const START: i64 = 1_763_780_000_000;

/// A tracker with a browser that keeps what it is told to keep and sends nothing by itself.
pub(super) struct Page {
    pub(super) tracker: Tracker,
    pub(super) now: i64,
    stored: BTreeMap<&'static str, String>,
    /// What the browser's storage holds, by id.
    records: BTreeMap<String, String>,
    /// How storage takes what it is to keep.
    storage: Storage,
    /// The page waits for its turn.
    is_asking: bool,
    /// Turns come when the test says so.
    is_turn_late: bool,
    sent: Vec<(Uuid, Batch)>,
    ways: Vec<Way>,
    warnings: Vec<String>,
    /// Moments of rules: handle, event, item.
    acts: Vec<(u32, String, String)>,
    timer: Option<i64>,
}

/// How the browser's storage behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Storage {
    Works,
    Full,
    Missing,
}

impl Page {
    pub(super) fn open() -> Self {
        Self::with(Config::default())
    }

    /// A page whose first batch, which waits for nothing, has been delivered.
    fn begun() -> Self {
        let mut page = Self::open();
        page.track("first");
        page.wait(0);
        assert!(page.answer(204).is_some());
        page.ways.clear();
        page
    }

    fn with(config: Config) -> Self {
        let mut page = Self {
            tracker: Tracker::new(config, [1, 2], event::json::std_float),
            now: START,
            stored: BTreeMap::new(),
            records: BTreeMap::new(),
            storage: Storage::Works,
            is_asking: false,
            is_turn_late: false,
            sent: Vec::new(),
            ways: Vec::new(),
            warnings: Vec::new(),
            acts: Vec::new(),
            timer: None,
        };
        page.restore();
        page
    }

    pub(super) fn restore(&mut self) {
        // The tab's id is taken out, so that a duplicate of the tab finds none.
        let tab = self.stored.remove("tab");
        let stored = |slot| self.stored.get(slot).cloned();
        self.say(Input::Restored(Stored {
            is_durable: true,
            visitor: stored("visitor"),
            session: stored("session"),
            tab,
            trail: stored("trail"),
            memory: stored("memory"),
            linked: None,
            pause: stored("pause"),
        }));
    }

    /// The page ends, and the next one of the tab begins.
    pub(super) fn navigate(&mut self, seed: u64) {
        self.say(Input::Leaving);
        self.begin(seed);
    }

    /// A page begins, in the tab whose id is stored or in a new one.
    fn begin(&mut self, seed: u64) {
        self.sent.clear();
        self.timer = None;
        self.is_asking = false;
        let config = self.tracker.config.clone();
        self.tracker = Tracker::new(config, [seed, 3], event::json::std_float);
        self.restore();
    }

    pub(super) fn say(&mut self, input: Input) {
        for effect in self.tracker.handle(self.now, input) {
            match effect {
                Effect::Send { batch, body, way } => {
                    self.ways.push(way);
                    assert!(body.len() <= MAX_BEACON_BYTES, "{} bytes", body.len());
                    let parsed: Batch = serde_json::from_str(&body).expect("a batch is JSON");
                    assert!(parsed.events.len() <= MAX_EVENTS_PER_BATCH);
                    assert!(!parsed.events.is_empty() || parsed.dropped.total() > 0);
                    assert_eq!((parsed.id, parsed.sent_at), (batch, self.now));
                    for event in &parsed.events {
                        assert_eq!(event.validate(), Ok(()));
                    }
                    // The answer to an attempt before this one, if it is still out, never comes.
                    self.sent.retain(|(earlier, _)| *earlier != batch);
                    self.sent.push((batch, parsed));
                }
                Effect::Schedule { after_millis } => {
                    self.timer = Some(self.now + i64::from(after_millis));
                }
                Effect::Store { slot, value } => self.store(slot, value),
                Effect::Act {
                    handle,
                    event,
                    item,
                } => self.acts.push((handle, event, item)),
                Effect::Warn { message } => self.warnings.push(message),
                Effect::Restore => self.restore(),
                Effect::Purge => unreachable!("this visitor has agreed"),
                Effect::Keep { records } => self.keep(&records),
                Effect::Forget { ids } => {
                    for id in ids.split('\n') {
                        self.records.remove(id);
                    }
                }
                Effect::Prune { oldest, most } => {
                    self.records.retain(|id, _| *id >= oldest);
                    while self.records.len() > most as usize {
                        self.records.pop_first();
                    }
                }
                Effect::TakeTurn => self.is_asking = true,
                Effect::YieldTurn => {}
            }
        }
        if !self.is_turn_late {
            self.begin_turn();
        }
    }

    /// The turn that the page waits for comes.
    fn begin_turn(&mut self) {
        if core::mem::take(&mut self.is_asking) {
            let lines: Vec<_> = self.records.values().cloned().collect();
            let records = (self.storage != Storage::Missing).then(|| lines.join("\n"));
            self.say(Input::Turn { records });
        }
    }

    fn keep(&mut self, records: &str) {
        if self.storage != Storage::Works {
            return self.say(Input::StorageLost);
        }
        for record in records.split('\n') {
            let id = records::id(record).to_owned();
            assert_eq!(id.len(), 36, "{record}");
            self.records.insert(id, record.to_owned());
        }
    }

    fn store(&mut self, slot: Slot, value: String) {
        let name = match slot {
            Slot::Choice => "choice",
            Slot::Pause => "pause",
            Slot::Visitor => "visitor",
            Slot::Session => "session",
            Slot::Tab => "tab",
            Slot::Trail => "trail",
            Slot::Memory => "memory",
        };
        self.stored.insert(name, value);
    }

    fn track(&mut self, name: &str) {
        let (name, facts) = (name.into(), Facts::default());
        self.say(Input::Track { name, facts });
    }

    pub(super) fn view(&mut self, url: &str, navigation: Navigation) {
        self.say(Input::PageView(View {
            url: url.into(),
            title: "Shop".into(),
            referrer: "https://search.example/?q=private".into(),
            navigation: Some(navigation),
            props: Props::new(),
        }));
    }

    pub(super) fn wait(&mut self, millis: i64) {
        let until = self.now + millis;
        while let Some(timer) = self.timer.filter(|timer| *timer <= until) {
            self.now = self.now.max(timer);
            self.timer = None;
            self.say(Input::TimerFired);
        }
        self.now = until;
    }

    /// Lets the timer go off once, if it is due.
    fn fire(&mut self) {
        if self.timer.take_if(|timer| *timer <= self.now).is_some() {
            self.say(Input::TimerFired);
        }
    }

    fn answer(&mut self, status: u16) -> Option<Batch> {
        let outcome = Outcome::Answered {
            status,
            retry_after_millis: None,
        };
        self.end(outcome)
    }

    fn end(&mut self, outcome: Outcome) -> Option<Batch> {
        if self.sent.is_empty() {
            return None;
        }
        let (batch, parsed) = self.sent.remove(0);
        self.say(Input::SendFinished { batch, outcome });
        Some(parsed)
    }

    /// Flushes and takes the events that come out.
    pub(super) fn events(&mut self) -> Vec<Event> {
        self.say(Input::Flush);
        let batches = std::iter::from_fn(|| self.answer(204));
        batches.flat_map(|batch| batch.events).collect()
    }

    fn dropped(&self) -> Dropped {
        let (mut sum, reports) = self.tracker.delivery.counted();
        reports.iter().for_each(|report| sum.add(&report.dropped));
        sum
    }
}

pub(super) fn text<'a>(event: &'a Event, key: &str) -> Option<&'a str> {
    match event.props.get(key) {
        Some(PropValue::String(text)) => Some(text),
        _ => None,
    }
}

#[test]
fn a_session_ends_with_a_long_silence() {
    let mut page = Page::open();
    let mut session_after = |silence| {
        page.now += silence;
        page.track("a");
        page.events().remove(0).session
    };
    let first = session_after(0);
    assert_eq!(session_after(SESSION_GAP_MILLIS), first);
    assert_ne!(session_after(SESSION_GAP_MILLIS + 1), first);
}

#[test]
fn the_next_page_goes_on_where_this_one_ended() {
    let mut page = Page::open();
    page.say(Input::Identify { user: "u1".into() });
    page.track("a");
    let before = page.events().remove(0);
    page.navigate(7);
    page.track("b");
    let after = page.events().remove(0);
    assert_eq!(after.seq, before.seq + 1);
    assert_eq!(after.user.as_deref(), Some("u1"));
    let ids = |event: &Event| {
        [
            event.visitor.clone(),
            event.session.clone(),
            event.tab.clone(),
        ]
    };
    assert!(ids(&before).iter().all(Option::is_some));
    assert_eq!(ids(&before), ids(&after));
    page.say(Input::Reset);
    page.track("c");
    let reset = page.events().remove(0);
    assert_eq!(reset.user, None);
    assert_ne!(reset.visitor, before.visitor);
    assert_ne!(reset.session, before.session);
}

#[test]
fn the_next_page_goes_on_from_what_was_told_last() {
    let mut page = Page::open();
    page.track("a");
    page.say(Input::Leaving);
    // Browsers hide a page after they have said that it goes, and a shop may report something at its end.
    page.say(Input::Hidden);
    page.track("late");
    let before = page.events();
    page.begin(7);
    page.track("b");
    let after = page.events().remove(0);
    assert_eq!(before.last().map(|event| event.seq), Some(2));
    assert_eq!((after.seq, &after.tab), (3, &before[0].tab));
}

#[test]
fn a_view_needs_a_new_address() {
    let mut page = Page::open();
    page.view("https://a.example/p?token=1", Navigation::Load);
    page.view("https://a.example/p?token=2", Navigation::Replace);
    page.view("https://a.example/q", Navigation::Push);
    page.view("https://a.example/q", Navigation::Restore);
    let views: Vec<_> = page
        .events()
        .into_iter()
        .map(|event| {
            (
                event.page.clone().unwrap_or_default(),
                text(&event, "navigation").map(String::from),
            )
        })
        .collect();
    let seen: Vec<_> = views
        .iter()
        .map(|(page, navigation)| {
            (
                page.path.as_deref().unwrap(),
                page.referrer.as_deref().unwrap(),
                navigation.as_deref().unwrap(),
            )
        })
        .collect();
    let outside = "https://search.example";
    assert_eq!(
        seen,
        [
            ("/p", outside, "load"),
            ("/q", "https://a.example/p", "push"),
            ("/q", outside, "restore")
        ]
    );
}

#[test]
fn a_click_says_what_and_where_but_nothing_personal() {
    let mut page = Page::open();
    page.say(Input::Click(Target {
        lineage: vec![Node {
            tag: "a".into(),
            classes: "x9 mail".into(),
            ..Node::default()
        }],
        text: "\n  Write to\n jane@example.com ".into(),
        href: "mailto:jane@example.com".into(),
        within: (0.123_456, 2.0),
        on_page: (10.7, 20.0),
        ..Target::default()
    }));
    let click = page.events().remove(0);
    assert_eq!(click.name, kinds::CLICK);
    for (key, value) in [
        ("selector", "a.mail"),
        ("role", "link"),
        ("text", "Write to [email]"),
        ("href", "mailto:"),
    ] {
        assert_eq!(text(&click, key), Some(value));
    }
    for (key, value) in [("x", 0.123), ("y", 1.0), ("page_x", 10.0), ("page_y", 20.0)] {
        assert_eq!(click.props.get(key), Some(&PropValue::Number(value)));
    }
}

#[test]
fn what_visitors_wrote_is_redacted() {
    let mut page = Page::open();
    let mut facts = Facts::default();
    for key in ["search_term", "campaign"] {
        let text = PropValue::String("call jane@example.com".into());
        facts.props.insert(key.into(), text);
    }
    page.say(Input::Track {
        name: kinds::SEARCH.into(),
        facts,
    });
    let search = page.events().remove(0);
    assert_eq!(text(&search, "search_term"), Some("call [email]"));
    // What the shop itself wrote is its own affair.
    assert_eq!(text(&search, "campaign"), Some("call jane@example.com"));
}

#[test]
fn what_is_refused_is_counted_and_explained() {
    let mut page = Page::open();
    page.track("");
    page.track(&"x".repeat(65));
    page.say(Input::Identify {
        user: "jane@example.com".into(),
    });
    page.say(Input::Refused {
        reason: "no".into(),
    });
    assert_eq!(page.warnings.len(), 4);
    assert!(page.warnings[0].contains("name"), "{}", page.warnings[0]);
    assert_eq!(page.dropped().invalid, 4);
    page.track("fine");
    assert_eq!(page.events()[0].user, None);
    assert_eq!(
        page.dropped().invalid,
        0,
        "an acknowledged batch has reported them"
    );
}

#[test]
fn without_storage_there_is_no_visitor() {
    let mut page = Page::open();
    page.tracker = Tracker::new(Config::default(), [4, 4], event::json::std_float);
    page.say(Input::Restored(Stored::default()));
    page.track("a");
    let event = page.events().remove(0);
    assert_eq!(event.visitor, None);
    assert!(event.session.is_some() && event.tab.is_some());
}
