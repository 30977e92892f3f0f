//! The promises of delivery, held to runs of random inputs.

use std::collections::{BTreeMap, BTreeSet};

use event::{Batch, Dropped, Uuid};
use proptest::prelude::*;

use super::{Input, Outcome, Page};

/// Something that may happen to a page.
#[derive(Clone, Debug)]
enum Step {
    Track(usize),
    Wait(i64),
    Hide,
    Show,
    Flush,
    Answer(u16),
    Fail,
    /// The next page of the tab. The batches that are under way may arrive, though nobody sees the answers; and the
    /// shop may report something when the page has said that it goes.
    Navigate {
        arrives: bool,
        is_late: bool,
    },
    /// The tab is killed: no word of farewell, and the answers to what it sent are never seen.
    Kill,
    /// A turn comes, or from now on turns are late.
    Turn(bool),
}

fn steps(navigations: u32, may_kill: bool) -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        8 => (0usize..70).prop_map(Step::Track),
        4 => (0i64..20_000).prop_map(Step::Wait),
        1 => Just(Step::Hide),
        1 => Just(Step::Show),
        1 => Just(Step::Flush),
        3 => prop_oneof![Just(204), Just(429), Just(500), Just(400)].prop_map(Step::Answer),
        1 => Just(Step::Fail),
        1 => any::<bool>().prop_map(Step::Turn),
        navigations => any::<(bool, bool)>().prop_map(|(arrives, is_late)| Step::Navigate { arrives, is_late }),
        u32::from(may_kill) => Just(Step::Kill),
    ];
    proptest::collection::vec(step, 0..120)
}

/// What became of the events of a run.
#[derive(Debug, Default, PartialEq)]
struct Ledger {
    tracked: u64,
    acknowledged: BTreeSet<Uuid>,
    /// Batches that the collector has seen; it takes each once.
    batches: BTreeSet<Uuid>,
    reported: Dropped,
    /// The events that have a number of a tab.
    numbers: BTreeMap<(Option<String>, u32), BTreeSet<Uuid>>,
}

impl Ledger {
    fn acknowledge(&mut self, batch: Option<Batch>) {
        let Some(batch) = batch else { return };
        if self.batches.insert(batch.id) {
            self.reported.add(&batch.dropped);
        }
        for event in batch.events {
            self.acknowledged.insert(event.id);
            let with_number = self.numbers.entry((event.tab, event.seq)).or_default();
            with_number.insert(event.id);
        }
    }
}

fn run(steps: &[Step]) -> Ledger {
    let mut page = Page::open();
    let mut ledger = Ledger::default();
    // Every page draws its ids from a seed of its own.
    for (seed, step) in (10..).zip(steps) {
        match step {
            Step::Track(length) => {
                page.track(&"n".repeat(*length));
                ledger.tracked += 1;
            }
            Step::Wait(millis) => page.wait(*millis),
            Step::Hide => page.say(Input::Hidden),
            Step::Show => page.say(Input::Shown),
            Step::Flush => page.say(Input::Flush),
            Step::Answer(204) => {
                let batch = page.answer(204);
                ledger.acknowledge(batch);
            }
            Step::Answer(status) => drop(page.answer(*status)),
            Step::Fail => drop(page.end(Outcome::Failed)),
            Step::Navigate { arrives, is_late } => {
                page.say(Input::Leaving);
                if *is_late {
                    page.track("late");
                    ledger.tracked += 1;
                }
                page.say(Input::Hidden);
                for (_, batch) in page.sent.drain(..).filter(|_| *arrives) {
                    ledger.acknowledge(Some(batch));
                }
                page.begin(seed);
            }
            Step::Kill => {
                page.wait(0);
                page.begin(seed);
            }
            Step::Turn(is_late) => {
                page.is_turn_late = *is_late;
                page.begin_turn();
            }
        }
    }
    // In the end the collector is well again, and the visitor does one thing more.
    page.is_turn_late = false;
    page.begin_turn();
    page.say(Input::Shown);
    for round in 0..2000 {
        if round == 1000 {
            page.track("last");
            ledger.tracked += 1;
        }
        let batch = page.answer(204);
        let is_idle = batch.is_none();
        ledger.acknowledge(batch);
        page.wait(if is_idle { 10_000 } else { 0 });
    }
    let (dropped, reports) = page.tracker.delivery.counted();
    ledger.reported.add(&dropped);
    for report in reports {
        if ledger.batches.insert(report.id) {
            ledger.reported.add(&report.dropped);
        }
    }
    ledger
}

/// Whether a run has events that are refused by the tracker or the collector.
fn has_refusals(steps: &[Step]) -> bool {
    let is_refusal = |step: &Step| matches!(step, Step::Track(0 | 65..) | Step::Answer(400));
    steps.iter().any(is_refusal)
}

proptest! {
    #[test]
    fn every_event_arrives_or_is_counted_once(steps in steps(0, false)) {
        let ledger = run(&steps);
        prop_assert_eq!(ledger.acknowledged.len() as u64 + ledger.reported.total(), ledger.tracked);
    }

    #[test]
    fn no_page_change_loses_an_event_or_a_count(steps in steps(2, false)) {
        let ledger = run(&steps);
        let told = ledger.acknowledged.len() as u64 + ledger.reported.total();
        prop_assert!(told >= ledger.tracked, "{} of {}", told, ledger.tracked);
        // An event that has arrived may be sent again, and be given up as refused or after too many failures by a
        // page that does not know; no count is ever doubled else.
        let has_arrived = steps.iter().any(|step| matches!(step, Step::Navigate { arrives: true, .. }));
        if !has_arrived || (ledger.reported.expired == 0 && !steps.iter().any(|step| matches!(step, Step::Answer(400)))) {
            prop_assert_eq!(told, ledger.tracked);
        }
    }

    #[test]
    fn no_killed_tab_loses_what_was_kept(steps in steps(2, true)) {
        let ledger = run(&steps);
        // Counts that are in no report yet end with a killed tab.
        if !has_refusals(&steps) && ledger.reported.expired == 0 {
            let told = ledger.acknowledged.len() as u64 + ledger.reported.total();
            prop_assert_eq!(told, ledger.tracked);
        }
    }

    #[test]
    fn no_number_of_a_tab_is_given_twice(steps in steps(2, true)) {
        let ledger = run(&steps);
        for (number, events) in ledger.numbers {
            prop_assert_eq!(events.len(), 1, "{:?}", number);
        }
    }

    #[test]
    fn the_page_rests_when_all_is_answered_at_once(
        steps in steps(2, true),
        answer in prop_oneof![Just(204), Just(400), Just(413), Just(429), Just(503), Just(0), Just(1)],
    ) {
        let outcome = || match answer {
            0 => Outcome::Failed,
            1 => Outcome::Offline,
            status => Outcome::Answered { status, retry_after_millis: None },
        };
        let mut page = Page::open();
        for (seed, step) in (10..).zip(&steps) {
            match step {
                Step::Track(length) => page.track(&"n".repeat(*length)),
                Step::Wait(millis) => page.now += millis,
                Step::Hide => page.say(Input::Hidden),
                Step::Show => page.say(Input::Shown),
                Step::Flush => page.say(Input::Flush),
                Step::Navigate { .. } => page.navigate(seed),
                Step::Kill => page.begin(seed),
                Step::Turn(_) | Step::Answer(_) | Step::Fail => page.say(Input::Leaving),
            }
            // Without time passing, answers and timers come to an end: nothing goes round in a circle.
            let mut n_rounds = 0;
            while page.timer.is_some_and(|timer| timer <= page.now) || !page.sent.is_empty() {
                page.end(outcome());
                page.fire();
                n_rounds += 1;
                prop_assert!(n_rounds < 100, "{step:?}");
            }
        }
    }

    #[test]
    fn the_same_inputs_give_the_same_effects(steps in steps(1, true)) {
        prop_assert_eq!(run(&steps), run(&steps));
    }
}
