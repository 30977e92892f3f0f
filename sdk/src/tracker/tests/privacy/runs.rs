//! Consent, held to runs of random inputs.

use proptest::prelude::*;

use super::{Browser, Choice, Config, Consent, Input, View, Word, pending};

/// Something that may happen to a page.
#[derive(Clone, Debug)]
enum Step {
    Hear(Word),
    Track,
    View,
    Identify,
    Reset,
    Flush,
    Hide,
    Show,
    Leave,
    Resume,
    Timer(i64),
}

fn steps(words: impl Strategy<Value = Word> + 'static) -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        4 => words.prop_map(Step::Hear),
        8 => Just(Step::Track),
        2 => Just(Step::View),
        1 => Just(Step::Identify),
        1 => Just(Step::Reset),
        2 => Just(Step::Flush),
        1 => Just(Step::Hide),
        1 => Just(Step::Show),
        1 => Just(Step::Leave),
        1 => Just(Step::Resume),
        2 => (0i64..100_000).prop_map(Step::Timer),
    ];
    proptest::collection::vec(step, 0..80)
}

/// Every word but those that can open the door.
fn closed_words() -> impl Strategy<Value = Word> {
    prop_oneof![
        (any::<bool>(), 0u32..5000).prop_map(|(is_granted, wait_millis)| Word::Default {
            is_granted,
            wait_millis
        }),
        Just(Word::Answered {
            state: Consent::Pending,
            source: "call"
        }),
        Just(Word::Answered {
            state: Consent::Denied,
            source: "call"
        }),
        Just(Word::Out(Choice::OptedOut)),
        Just(Word::In(Choice::OptedOut)),
        Just(Word::Stored(Some(Choice::Denied))),
        Just(Word::Stored(None)),
        Just(Word::Erased),
        Just(Word::Begin),
    ]
}

fn any_word() -> impl Strategy<Value = Word> {
    let yes = Word::Answered {
        state: Consent::Granted,
        source: "call",
    };
    prop_oneof![closed_words(), Just(yes)]
}

impl Browser {
    fn take(&mut self, step: &Step) {
        match step {
            Step::Hear(word) => {
                // Another tab has written it.
                if let Word::Stored(choice) = word {
                    self.keep("consent".into(), choice.map_or("", Choice::name));
                }
                self.hear(*word);
            }
            Step::Track => self.track("a"),
            Step::View => self.say(Input::PageView(View {
                url: format!("https://a.example/{}", self.now),
                ..View::default()
            })),
            Step::Identify => self.say(Input::Identify { user: "u1".into() }),
            Step::Reset => self.say(Input::Reset),
            Step::Flush => self.say(Input::Flush),
            Step::Hide => self.say(Input::Hidden),
            Step::Show => self.say(Input::Shown),
            Step::Leave => self.say(Input::Leaving),
            Step::Resume => self.say(Input::Resumed),
            Step::Timer(millis) => {
                self.now += millis;
                self.say(Input::TimerFired);
            }
        }
    }
}

proptest! {
    #[test]
    fn before_a_yes_nothing_is_kept_and_nothing_sent(steps in steps(closed_words())) {
        let mut browser = Browser::begun(pending());
        for step in &steps {
            browser.take(step);
            prop_assert!(!browser.is_touched && browser.sent.is_empty());
        }
    }

    #[test]
    fn after_a_no_nothing_is_kept_and_nothing_sent(steps in steps(any_word()), is_cookieless: bool) {
        let config = Config { is_cookieless, ..Config::default() };
        let mut browser = Browser::begun(config);
        for step in &steps {
            browser.sent.clear();
            browser.take(step);
            if browser.tracker.gate.state() == Consent::Denied {
                prop_assert!(browser.sent.is_empty());
                let kept = browser.keys();
                prop_assert!(kept.iter().all(|key| *key == "consent"), "{:?}", kept);
                prop_assert_ne!(browser.storage.get("consent").map(String::as_str), Some("granted"));
            }
            if is_cookieless {
                prop_assert!(!browser.is_touched);
            }
        }
    }
}
