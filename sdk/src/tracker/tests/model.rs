//! The promises of delivery, held to runs of random inputs.

use std::collections::BTreeSet;

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
    Navigate(u64),
}

fn steps(navigations: u32) -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        8 => (0usize..70).prop_map(Step::Track),
        4 => (0i64..20_000).prop_map(Step::Wait),
        1 => Just(Step::Hide),
        1 => Just(Step::Show),
        1 => Just(Step::Flush),
        3 => prop_oneof![Just(204), Just(429), Just(500), Just(400)].prop_map(Step::Answer),
        1 => Just(Step::Fail),
        navigations => (1u64..99).prop_map(Step::Navigate),
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
}

impl Ledger {
    fn acknowledge(&mut self, batch: Option<Batch>) {
        let Some(batch) = batch else { return };
        if self.batches.insert(batch.id) {
            self.reported.add(&batch.dropped);
        }
        self.acknowledged
            .extend(batch.events.iter().map(|event| event.id));
    }
}

fn run(steps: &[Step]) -> Ledger {
    let mut page = Page::open();
    let mut ledger = Ledger::default();
    for step in steps {
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
            Step::Navigate(seed) => page.navigate(*seed),
        }
    }
    // In the end the collector is well again.
    for _ in 0..2000 {
        let batch = page.answer(204);
        let is_idle = batch.is_none();
        ledger.acknowledge(batch);
        page.wait(if is_idle { 10_000 } else { 0 });
    }
    ledger.reported.add(&page.dropped());
    ledger
}

proptest! {
    #[test]
    fn every_event_arrives_or_is_counted(steps in steps(0)) {
        let ledger = run(&steps);
        prop_assert_eq!(ledger.acknowledged.len() as u64 + ledger.reported.total(), ledger.tracked);
    }

    #[test]
    fn no_page_change_loses_an_event(steps in steps(2)) {
        let ledger = run(&steps);
        // A counter may be reported twice or, when the answer to its report is never seen, not at all; so only
        // runs without refusals have an exact balance.
        let has_refusals = steps.iter().any(|step| matches!(step, Step::Track(0 | 65..) | Step::Answer(400)));
        if !has_refusals {
            prop_assert_eq!(ledger.acknowledged.len() as u64, ledger.tracked);
        }
    }

    #[test]
    fn the_same_inputs_give_the_same_effects(steps in steps(1)) {
        prop_assert_eq!(run(&steps), run(&steps));
    }
}
