//! What the visitor allows: a machine of three states, and what each of them opens.
//!
//! Granted: events are collected and sent, ids are kept. Pending, while the visitor has not answered: events wait
//! in memory, nothing is kept and nothing is sent. Denied: nothing waits any more, and what was kept is removed.
//! A signal of the browser (Global Privacy Control, Do Not Track) and an opt-out stand above every answer.

/// What the visitor allows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Consent {
    /// Events are collected and sent, ids are kept.
    #[default]
    Granted,
    /// Not answered yet: events wait in memory.
    Pending,
    /// Nothing is collected, kept or sent.
    Denied,
}

impl Consent {
    /// The state of that name; `None` for what is no state.
    pub fn from_name(name: &str) -> Option<Self> {
        Some(match name {
            "granted" => Self::Granted,
            "pending" => Self::Pending,
            "denied" => Self::Denied,
            _ => return None,
        })
    }
}

/// What a visitor decided, as it is kept for their next pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Choice {
    /// They agreed.
    Granted,
    /// They refused.
    Denied,
    /// They opted out: no answer to a banner changes that.
    OptedOut,
    /// They work for the shop and want to be left out of its numbers.
    Staff,
}

impl Choice {
    /// Its stored form.
    pub fn name(self) -> &'static str {
        match self {
            Self::Granted => "granted",
            Self::Denied => "denied",
            Self::OptedOut => "out",
            Self::Staff => "staff",
        }
    }

    /// The choice that was stored as `name`.
    pub fn from_name(name: &str) -> Option<Self> {
        use Choice::*;
        [Granted, Denied, OptedOut, Staff]
            .into_iter()
            .find(|choice| choice.name() == name)
    }
}

/// What bears on consent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Word {
    /// All that was said before the tracker came has been told: it may begin.
    Begin,
    /// What storage holds: at the start, and when another tab has changed it.
    Stored(Option<Choice>),
    /// An answer, by `source` as the `consent` event names it.
    Answered {
        /// The answer; pending takes an earlier one back.
        state: Consent,
        /// `call` or `consent_mode`.
        source: &'static str,
    },
    /// Consent mode says what holds until an answer comes.
    Default {
        /// Granted or denied.
        is_granted: bool,
        /// An answer may still come within this time.
        wait_millis: u32,
    },
    /// The visitor opts out, or works for the shop.
    Out(Choice),
    /// Takes that opt-out back.
    In(Choice),
    /// All that is kept was erased: nothing more on this page.
    Erased,
}

/// What the present state opens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Door {
    /// Keep and send.
    Open,
    /// Send, but keep nothing.
    Memory,
    /// Wait in memory.
    Held,
    /// Nothing.
    Shut,
}

impl Door {
    /// Whether events may leave the page.
    pub(crate) fn may_send(self) -> bool {
        matches!(self, Self::Open | Self::Memory)
    }
}

/// The machine.
#[derive(Default)]
pub(crate) struct Gate {
    /// What holds without an answer.
    initial: Consent,
    /// The browser says no for the visitor.
    is_refused: bool,
    choice: Option<Choice>,
    /// Consent mode's default is a no: an earlier yes is not believed until it is repeated.
    is_doubted: bool,
    /// An answer is waited for until then.
    waits_until: Option<i64>,
    is_erased: bool,
    /// What holds since the last word; nothing before the first.
    state: Option<Consent>,
    /// When a yes was given that is not told yet, and where it came from: it is told of a page.
    pub(crate) untold: Option<(i64, &'static str)>,
}

/// What a word has changed.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Change {
    /// The state that has begun.
    pub(crate) begun: Option<Consent>,
    /// What is to be kept of the choice, where that has changed.
    pub(crate) keep: Option<Option<Choice>>,
    /// Where a new yes came from.
    pub(crate) yes: Option<&'static str>,
}

impl Gate {
    pub(crate) fn new(initial: Consent, is_refused: bool) -> Self {
        Self {
            initial,
            is_refused,
            ..Self::default()
        }
    }

    /// The state that holds.
    pub(crate) fn state(&self) -> Consent {
        if self.is_refused || self.is_erased {
            return Consent::Denied;
        }
        let state = match self.choice {
            Some(Choice::Granted) if self.is_doubted => Consent::Pending,
            Some(Choice::Granted) => Consent::Granted,
            Some(_) => return Consent::Denied,
            None => self.initial,
        };
        if self.waits_until.is_some() && state == Consent::Granted {
            return Consent::Pending;
        }
        state
    }

    /// When waiting for an answer ends.
    pub(crate) fn deadline(&self) -> Option<i64> {
        self.waits_until
    }

    /// Hears a word; `None` when only time has passed.
    pub(crate) fn hear(&mut self, now: i64, word: Option<Word>) -> Change {
        let mut change = Change::default();
        let before = self.choice;
        if self.waits_until.is_some_and(|until| until <= now) {
            self.waits_until = None;
        }
        match word {
            None | Some(Word::Begin) => {}
            Some(Word::Stored(choice)) => self.choice = choice,
            Some(Word::Answered { state, source }) => {
                // A yes that can't hold is not kept either.
                let is_void = state == Consent::Granted && (self.is_refused || self.is_erased);
                if !self.is_out() && !is_void {
                    self.waits_until = None;
                    self.is_doubted = false;
                    self.choice = match state {
                        Consent::Granted => Some(Choice::Granted),
                        Consent::Denied => Some(Choice::Denied),
                        Consent::Pending => None,
                    };
                    if state == Consent::Pending {
                        self.initial = state;
                    }
                    if self.choice != before && state == Consent::Granted {
                        change.yes = Some(source);
                    }
                }
            }
            Some(Word::Default {
                is_granted,
                wait_millis,
            }) => {
                // Of several defaults, for several regions, the strictest holds: which region this is, nobody says.
                if !is_granted {
                    self.is_doubted = true;
                    if self.initial == Consent::Granted {
                        self.initial = Consent::Pending;
                    }
                }
                if wait_millis > 0 {
                    self.waits_until = Some(now + i64::from(wait_millis));
                }
            }
            Some(Word::Out(choice)) => self.choice = Some(choice),
            Some(Word::In(choice)) => {
                if self.choice == Some(choice) {
                    self.choice = None;
                }
            }
            Some(Word::Erased) => {
                self.is_erased = true;
                // A no has to be remembered to be kept.
                self.choice = self.choice.filter(|choice| *choice != Choice::Granted);
            }
        }
        if self.choice != before && !matches!(word, Some(Word::Stored(_))) {
            change.keep = Some(self.choice);
        }
        // Before the beginning more words may come, and the last of them counts.
        if self.state.is_some() || word == Some(Word::Begin) {
            let state = self.state();
            if self.state != Some(state) {
                self.state = Some(state);
                change.begun = self.state;
            }
        }
        if self.state() != Consent::Granted {
            change.yes = None;
        }
        change
    }

    fn is_out(&self) -> bool {
        matches!(self.choice, Some(Choice::OptedOut | Choice::Staff))
    }
}

#[cfg(all(test, not(target_family = "wasm")))]
mod tests {
    use super::{Change, Choice, Consent, Gate, Word};
    use Consent::{Denied, Granted, Pending};

    const CALL: &str = "call";

    fn answered(state: Consent) -> Word {
        Word::Answered {
            state,
            source: CALL,
        }
    }

    fn default(is_granted: bool, wait_millis: u32) -> Word {
        Word::Default {
            is_granted,
            wait_millis,
        }
    }

    /// The state after `words`, with a second between them.
    fn check(initial: Consent, words: &[Word], expected: Consent) {
        let mut gate = Gate::new(initial, false);
        for (second, word) in words.iter().enumerate() {
            gate.hear(second as i64 * 1000, Some(*word));
        }
        assert_eq!(gate.state(), expected, "{initial:?} {words:?}");
    }

    #[test]
    fn the_latest_answer_counts() {
        check(Granted, &[], Granted);
        check(Pending, &[Word::Begin], Pending);
        check(Pending, &[answered(Granted)], Granted);
        check(Granted, &[answered(Granted), answered(Denied)], Denied);
        check(Denied, &[answered(Granted)], Granted);
        check(Granted, &[answered(Denied), answered(Pending)], Pending);
    }

    #[test]
    fn what_was_stored_stands_above_the_page() {
        check(Pending, &[Word::Stored(Some(Choice::Granted))], Granted);
        check(Granted, &[Word::Stored(Some(Choice::Denied))], Denied);
        check(Granted, &[Word::Stored(None)], Granted);
    }

    #[test]
    fn an_opt_out_stands_above_every_answer() {
        let out = Word::Out(Choice::OptedOut);
        check(Granted, &[out, answered(Granted)], Denied);
        check(Granted, &[out, Word::In(Choice::Staff)], Denied);
        check(Granted, &[out, Word::In(Choice::OptedOut)], Granted);
        check(Pending, &[out, Word::In(Choice::OptedOut)], Pending);
    }

    #[test]
    fn a_default_no_waits_for_an_answer() {
        check(Granted, &[default(false, 0)], Pending);
        check(
            Granted,
            &[
                Word::Stored(Some(Choice::Granted)),
                default(false, 0),
                Word::Begin,
            ],
            Pending,
        );
        check(Granted, &[default(false, 0), default(true, 0)], Pending);
        check(Granted, &[default(false, 0), answered(Granted)], Granted);
        check(
            Granted,
            &[Word::Stored(Some(Choice::Denied)), default(true, 0)],
            Denied,
        );
    }

    #[test]
    fn a_default_yes_may_wait_for_an_answer() {
        check(Granted, &[default(true, 5000)], Pending);
        let mut gate = Gate::new(Granted, false);
        gate.hear(0, Some(default(true, 500)));
        gate.hear(0, Some(Word::Begin));
        assert_eq!(gate.deadline(), Some(500));
        assert_eq!(gate.hear(499, None), Change::default());
        assert_eq!(gate.hear(500, None).begun, Some(Granted));
        assert_eq!(gate.deadline(), None);
    }

    #[test]
    fn the_browsers_no_stands_above_all() {
        let mut gate = Gate::new(Granted, true);
        let change = gate.hear(0, Some(answered(Granted)));
        assert_eq!((gate.state(), change.yes), (Denied, None));
    }

    #[test]
    fn only_a_new_choice_is_kept_and_told() {
        let mut gate = Gate::new(Pending, false);
        gate.hear(0, Some(Word::Begin));
        let yes = gate.hear(0, Some(answered(Granted)));
        assert_eq!(
            yes,
            Change {
                begun: Some(Granted),
                keep: Some(Some(Choice::Granted)),
                yes: Some(CALL),
            }
        );
        assert_eq!(gate.hear(0, Some(answered(Granted))), Change::default());
        let erased = gate.hear(0, Some(Word::Erased));
        assert_eq!((erased.begun, erased.keep), (Some(Denied), Some(None)));
        let mut gate = Gate::new(Pending, false);
        gate.hear(0, Some(Word::Out(Choice::OptedOut)));
        assert_eq!(gate.hear(0, Some(Word::Erased)).keep, None);
    }

    #[test]
    fn names_are_read_back() {
        for name in ["granted", "denied", "out", "staff"] {
            assert_eq!(Choice::from_name(name).map(Choice::name), Some(name));
        }
        assert_eq!(Choice::from_name("pending"), None);
        assert_eq!(Consent::from_name("maybe"), None);
    }
}
