//! Consent, held to single cases: what leaves the page, and what stays in storage.

use std::collections::BTreeMap;

use event::{Batch, Event, kinds};

use super::super::privacy::MAX_HELD_EVENTS;
use super::super::records;
use super::{
    Choice, Config, Consent, Effect, Facts, Input, Navigation, Outcome, START, Slot, Stored,
    Tracker, View, Word, text,
};

mod runs;

/// A browser whose storage is one map, in which the visitor's choice has the key `consent`.
struct Browser {
    tracker: Tracker,
    now: i64,
    storage: BTreeMap<String, String>,
    sent: Vec<Event>,
    /// Storage was read or written, but for the choice.
    is_touched: bool,
}

impl Browser {
    fn new(config: Config) -> Self {
        Self {
            tracker: Tracker::new(config, [5, 6], event::json::std_float),
            now: START,
            storage: BTreeMap::new(),
            sent: Vec::new(),
            is_touched: false,
        }
    }

    fn begun(config: Config) -> Self {
        let mut browser = Self::new(without_views(config));
        browser.hear(Word::Begin);
        browser.view();
        browser
    }

    /// The page ends, and another one of the same tab begins.
    fn next_page(mut self, config: Config) -> Self {
        self.say(Input::Leaving);
        let mut next = Self {
            storage: self.storage,
            now: self.now,
            ..Self::new(without_views(config))
        };
        let choice = next.storage.get("consent");
        let choice = choice.and_then(|choice| Choice::from_name(choice));
        next.hear(Word::Stored(choice));
        next.hear(Word::Begin);
        next.view();
        next
    }

    fn view(&mut self) {
        self.say(Input::PageView(View {
            url: "https://a.example/".into(),
            navigation: Some(Navigation::Load),
            ..View::default()
        }));
    }

    fn hear(&mut self, word: Word) {
        self.say(Input::Consent(word));
    }

    fn answer(&mut self, state: Consent) {
        let source = "call";
        self.hear(Word::Answered { state, source });
    }

    fn say(&mut self, input: Input) {
        for effect in self.tracker.handle(self.now, input) {
            match effect {
                Effect::Send { batch, body, .. } => {
                    let parsed: Batch = serde_json::from_str(&body).expect("a batch is JSON");
                    self.sent.extend(parsed.events);
                    let outcome = Outcome::Answered {
                        status: 204,
                        retry_after_millis: None,
                    };
                    self.say(Input::SendFinished { batch, outcome });
                }
                Effect::Store { slot, value } => {
                    self.is_touched |= slot != Slot::Choice;
                    let key = match slot {
                        Slot::Choice => "consent".into(),
                        Slot::Visitor => "visitor".into(),
                        Slot::Session => "session".into(),
                        Slot::Tab => "tab".into(),
                        Slot::Trail => "trail".into(),
                        Slot::Memory => "memory".into(),
                        Slot::Pause => "pause".into(),
                    };
                    self.keep(key, &value);
                }
                Effect::Purge => self.storage.retain(|key, _| key == "consent"),
                Effect::Restore => {
                    self.is_touched = true;
                    let stored = self.stored();
                    self.say(Input::Restored(stored));
                }
                Effect::Keep { records } => {
                    self.is_touched = true;
                    for record in records.split('\n') {
                        self.keep(format!("queue:{}", records::id(record)), record);
                    }
                }
                Effect::Forget { ids } => {
                    for id in ids.split('\n') {
                        self.storage.remove(&format!("queue:{id}"));
                    }
                }
                Effect::TakeTurn => {
                    let queue = self.storage.range("queue:".to_owned().."queue;".to_owned());
                    let records: Vec<_> = queue.map(|(_, record)| record.clone()).collect();
                    let records = Some(records.join("\n"));
                    self.say(Input::Turn { records });
                }
                Effect::Prune { .. }
                | Effect::YieldTurn
                | Effect::Schedule { .. }
                | Effect::Act { .. }
                | Effect::Warn { .. } => {}
            }
        }
    }

    fn keep(&mut self, key: String, value: &str) {
        if value.is_empty() {
            self.storage.remove(&key);
        } else {
            self.storage.insert(key, value.into());
        }
    }

    fn stored(&mut self) -> Stored {
        let tab = self.storage.remove("tab");
        let get = |key: &str| self.storage.get(key).cloned();
        Stored {
            linked: None,
            is_durable: true,
            visitor: get("visitor"),
            session: get("session"),
            tab,
            trail: get("trail"),
            memory: get("memory"),
            pause: get("pause"),
        }
    }

    fn track(&mut self, name: &str) {
        let (name, facts) = (name.into(), Facts::default());
        self.say(Input::Track { name, facts });
    }

    /// The names of what was sent, after a flush.
    fn names(&mut self) -> Vec<&str> {
        self.say(Input::Flush);
        self.sent.iter().map(|event| event.name.as_str()).collect()
    }

    fn keys(&self) -> Vec<&str> {
        self.storage.keys().map(String::as_str).collect()
    }
}

/// The view of a page is taken but not told, so that what a test does is all that is told.
fn without_views(config: Config) -> Config {
    let off = "views".into();
    Config { off, ..config }
}

fn pending() -> Config {
    Config {
        consent: Consent::Pending,
        ..Config::default()
    }
}

#[test]
fn a_yes_releases_what_waited_with_its_own_times() {
    let mut browser = Browser::begun(pending());
    browser.say(Input::Identify { user: "u1".into() });
    browser.track("a");
    browser.now += 60_000;
    browser.track("b");
    browser.say(Input::Hidden);
    assert_eq!(browser.names(), [""; 0]);
    assert!(!browser.is_touched);
    browser.now += 60_000;
    browser.answer(Consent::Granted);
    assert_eq!(browser.names(), ["a", "b", kinds::CONSENT]);
    let [first, second, yes] = &browser.sent[..] else {
        panic!("three events")
    };
    assert_eq!(
        (first.ts, second.ts, yes.ts),
        (START, START + 60_000, browser.now)
    );
    assert_eq!((first.seq, second.seq, yes.seq), (1, 2, 3));
    assert!(first.visitor.is_some() && first.visitor == yes.visitor);
    assert_eq!(first.user.as_deref(), Some("u1"));
    assert_eq!(first.id.as_u128() >> 80, START as u128);
    assert_eq!(text(yes, "state"), Some("granted"));
    assert_eq!(text(yes, "source"), Some("call"));
    // The answer holds for the next page, and is told once.
    let mut next = browser.next_page(pending());
    next.answer(Consent::Granted);
    next.track("c");
    assert_eq!(next.names(), ["c"]);
}

#[test]
fn a_yes_before_the_first_view_is_told_of_its_page() {
    let mut browser = Browser::new(without_views(pending()));
    browser.answer(Consent::Granted);
    browser.hear(Word::Begin);
    assert_eq!(browser.names(), [""; 0]);
    browser.now += 5;
    browser.view();
    assert_eq!(browser.names(), [kinds::CONSENT]);
    let yes = &browser.sent[0];
    let path = yes.page.as_ref().and_then(|page| page.path.as_deref());
    assert_eq!((path, yes.ts), (Some("/"), START));
    // One that was taken back in the meantime is not told.
    let mut other = Browser::new(without_views(pending()));
    other.answer(Consent::Granted);
    other.answer(Consent::Denied);
    other.view();
    assert_eq!(other.names(), [""; 0]);
}

#[test]
fn a_no_leaves_nothing_but_itself() {
    let mut browser = Browser::begun(Config::default());
    browser.say(Input::Identify { user: "u1".into() });
    browser.track("a");
    browser.say(Input::Hidden);
    assert!(browser.keys().contains(&"visitor"));
    browser.answer(Consent::Denied);
    browser.track("b");
    browser.say(Input::Leaving);
    assert_eq!(browser.keys(), ["consent"]);
    assert_eq!(browser.names(), ["a"]);
    let mut next = browser.next_page(Config::default());
    next.track("c");
    assert_eq!(next.names(), [""; 0]);
    assert_eq!(next.keys(), ["consent"]);
    next.answer(Consent::Granted);
    next.track("d");
    assert_eq!(next.names(), [kinds::CONSENT, "d"]);
    assert_eq!(next.sent[0].user, None);
}

#[test]
fn the_browsers_no_removes_what_was_kept_before() {
    let mut browser = Browser::begun(Config::default());
    browser.track("a");
    let refused = Config {
        is_refused: true,
        ..Config::default()
    };
    let mut next = browser.next_page(refused);
    next.answer(Consent::Granted);
    next.track("b");
    assert_eq!(next.names(), [""; 0]);
    assert!(!next.keys().contains(&"visitor"), "{:?}", next.keys());
}

#[test]
fn what_waits_is_bounded() {
    let mut browser = Browser::begun(pending());
    for _ in 0..MAX_HELD_EVENTS + 7 {
        browser.track("a");
    }
    browser.view();
    browser.answer(Consent::Granted);
    let mut passes = 0;
    while browser.names().len() < MAX_HELD_EVENTS && passes < 50 {
        passes += 1;
    }
    assert_eq!(browser.sent.len(), MAX_HELD_EVENTS);
}

#[test]
fn cookieless_counts_and_keeps_nothing() {
    let cookieless = Config {
        is_cookieless: true,
        ..Config::default()
    };
    let mut browser = Browser::begun(cookieless.clone());
    browser.track("a");
    browser.say(Input::Hidden);
    browser.answer(Consent::Granted);
    browser.say(Input::Resumed);
    assert_eq!(browser.names(), ["a", kinds::CONSENT]);
    assert!(!browser.is_touched && browser.keys().is_empty());
    let event = &browser.sent[0];
    assert_eq!(event.visitor, None);
    assert!(event.session.is_some() && event.tab.as_deref().is_some_and(|tab| !tab.is_empty()));
    // A no is remembered, or it would have to be said on every page.
    browser.hear(Word::Out(Choice::OptedOut));
    assert_eq!(browser.keys(), ["consent"]);
    assert_eq!(browser.next_page(cookieless).names(), [""; 0]);
}

#[test]
fn a_shop_may_count_while_the_answer_is_out() {
    let mut browser = Browser::begun(Config {
        is_counted_while_pending: true,
        ..pending()
    });
    browser.track("a");
    assert_eq!(browser.names(), ["a"]);
    assert!(!browser.is_touched);
    browser.track("b");
    browser.answer(Consent::Granted);
    assert_eq!(browser.names(), ["a", "b", kinds::CONSENT]);
    let [first, .., last] = &browser.sent[..] else {
        panic!("three events")
    };
    assert_eq!((&first.visitor, &first.tab), (&None, &last.tab));
    assert!(last.visitor.is_some());
    assert!(browser.keys().contains(&"visitor"));
}

#[test]
fn erasing_ends_the_page_and_keeps_a_no() {
    let mut browser = Browser::begun(pending());
    browser.answer(Consent::Granted);
    browser.track("a");
    browser.hear(Word::Erased);
    browser.track("b");
    browser.say(Input::Leaving);
    assert!(browser.keys().is_empty());
    assert!(browser.sent.is_empty());
    let mut next = browser.next_page(Config::default());
    next.hear(Word::Out(Choice::OptedOut));
    next.hear(Word::Erased);
    assert_eq!(next.keys(), ["consent"]);
}

#[test]
fn the_shop_may_change_or_refuse_an_event() {
    let mut browser = Browser::new(pending());
    browser.hear(Word::Begin);
    browser.tracker.review_with(|line, event| {
        assert_eq!(
            line.contains("\"source\":{"),
            event.name == kinds::PAGE_VIEW
        );
        match event.name.as_str() {
            "secret" => Err("it refused the event"),
            "broken" => {
                event.name = String::new();
                Ok(true)
            }
            _ => {
                event.visitor = None;
                event.name.push('!');
                Ok(false)
            }
        }
    });
    browser.say(Input::PageView(View {
        url: "https://a.example/p?utm_source=mail".into(),
        navigation: Some(Navigation::Load),
        ..View::default()
    }));
    browser.track("secret");
    browser.track("broken");
    browser.answer(Consent::Granted);
    assert_eq!(browser.names(), ["page_view!", "consent!"]);
    for event in &browser.sent {
        assert_eq!((&event.visitor, &event.source), (&None, &None));
    }
}
