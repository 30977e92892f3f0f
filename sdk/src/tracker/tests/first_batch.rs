//! The first batch of a page, which is early enough for a visitor who looks for a moment only.

use super::super::delivery::BATCH_AGE_MILLIS;
use super::*;

#[test]
fn the_first_batch_goes_out_with_the_task_that_made_it() {
    let mut page = Page::open();
    // It waits for no turn, but for the silence that the collector asked for.
    page.is_turn_late = true;
    page.track("a");
    page.track("b");
    assert!(page.sent.is_empty());
    page.wait(0);
    assert_eq!(page.records.len(), 2);
    assert_eq!(page.ways, [Way::Outliving]);
    let first = page.answer(204).expect("it was sent");
    assert_eq!(first.events.len(), 2);
    page.track("c");
    page.wait(BATCH_AGE_MILLIS - 1);
    assert!(page.sent.is_empty(), "later ones wait");
    page.wait(1);
    assert!(page.is_asking, "and take turns");
    page.begin_turn();
    assert!(page.answer(204).is_some());
    page.track("d");
    page.say(Input::Exit);
    page.begin_turn();
    assert!(
        page.answer(204).is_some(),
        "unless the visitor is about to go"
    );
    page.say(Input::Leaving);
    page.say(Input::Resumed);
    page.track("e");
    page.wait(0);
    assert_eq!(page.sent.len(), 1, "a page that returns begins anew");
}

#[test]
fn a_page_that_begins_in_silence_keeps_it() {
    let mut page = Page::begun();
    page.track("a");
    page.say(Input::Flush);
    page.end(Outcome::Answered {
        status: 503,
        retry_after_millis: Some(60_000),
    });
    page.navigate(5);
    page.track("b");
    page.wait(59_999);
    assert!(page.sent.is_empty());
    page.wait(BATCH_AGE_MILLIS);
    assert!(page.answer(204).is_some());
}
