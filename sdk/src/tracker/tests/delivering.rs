//! The way of events to the collector: batches, turns, storage, failures and what is given up.

use event::Dropped;
use event::limits::MAX_BEACON_BYTES;

use super::super::LOCAL_AGE_MILLIS;
use super::super::delivery::{
    BATCH_AGE_MILLIS, BATCH_EVENTS, MAX_AGE_MILLIS, MAX_ATTEMPTS, MAX_KEPT_EVENTS,
    TURN_PATIENCE_MILLIS,
};
use super::*;

#[test]
fn batches_go_out_when_full_or_old() {
    let mut page = Page::begun();
    page.track("a");
    page.wait(BATCH_AGE_MILLIS - 1);
    assert!(page.sent.is_empty());
    page.wait(1);
    assert_eq!(page.sent.len(), 1);
    page.answer(204);
    for _ in 0..BATCH_EVENTS {
        page.track("a");
    }
    assert_eq!(page.sent[0].1.events.len(), BATCH_EVENTS);
}

#[test]
fn a_hidden_page_sends_and_stores_at_once() {
    let mut page = Page::open();
    page.track("a");
    page.say(Input::Hidden);
    assert_eq!(page.sent.len(), 1);
    assert_eq!(page.records.len(), 1);
    page.answer(204);
    assert!(page.records.is_empty(), "what is acknowledged is not kept");
}

#[test]
fn a_full_queue_keeps_the_older_events() {
    let mut page = Page::open();
    page.say(Input::Flush);
    let beyond = 5;
    for _ in 0..MAX_KEPT_EVENTS + beyond {
        page.now += 50;
        page.track("a");
    }
    assert!(page.dropped().queue_full >= beyond as u64);
    assert_eq!(page.sent[0].1.events[0].seq, 1);
}

#[test]
fn answers_decide_what_is_sent_again() {
    for (status, is_retried, rejected) in [
        (204, false, 0),
        (422, false, 0),
        (400, false, 1),
        (413, false, 1),
        (408, true, 0),
        (429, true, 0),
        (503, true, 0),
    ] {
        let mut page = Page::open();
        page.track("a");
        page.say(Input::Flush);
        let first = page.answer(status).expect("it was sent");
        page.wait(2_000);
        assert_eq!(page.sent.len(), usize::from(is_retried), "{status}");
        if let Some((_, second)) = page.sent.first() {
            assert_eq!((second.id, &second.events), (first.id, &first.events));
            assert!(second.sent_at > first.sent_at);
        }
        assert_eq!(page.dropped().rejected, rejected, "{status}");
    }
}

#[test]
fn the_collectors_wish_for_silence_is_kept() {
    let mut page = Page::open();
    page.track("a");
    page.say(Input::Flush);
    let retry_after_millis = Some(60_000);
    page.end(Outcome::Answered {
        status: 503,
        retry_after_millis,
    });
    page.wait(59_999);
    page.say(Input::Hidden);
    page.navigate(5);
    page.track("b");
    page.say(Input::Flush);
    assert!(page.sent.is_empty(), "not even by the next page");
    page.wait(BATCH_AGE_MILLIS);
    assert_eq!(page.sent.len(), 1);
}

#[test]
fn a_batch_is_given_up_in_the_end() {
    let mut page = Page::open();
    page.track("a");
    page.say(Input::Flush);
    let mut attempts = 0;
    for _ in 0..3600 {
        attempts += u32::from(page.end(Outcome::Failed).is_some());
        page.wait(1_000);
    }
    assert_eq!(attempts, MAX_ATTEMPTS);
    assert_eq!(page.dropped().expired, 1);
}

#[test]
fn an_old_event_is_given_up_by_the_page_that_finds_it() {
    let mut page = Page::open();
    page.track("a");
    page.navigate(5);
    page.now += MAX_AGE_MILLIS + 1;
    page.track("b");
    page.say(Input::Flush);
    let batch = page.answer(204).expect("it was sent");
    assert_eq!((batch.events.len(), batch.dropped.expired), (1, 1));
    assert!(page.records.is_empty(), "nor is it kept any longer");
}

#[test]
fn an_event_is_kept_as_soon_as_its_task_has_ended() {
    let mut page = Page::open();
    page.track("a");
    assert_eq!(page.timer, Some(page.now));
    page.wait(0);
    assert_eq!(page.records.len(), 1);
    page.begin(7); // The tab was killed: nothing was said to the page before.
    page.track("b");
    let names: Vec<_> = page.events().into_iter().map(|event| event.name).collect();
    assert_eq!(names, ["a", "b"]);
    assert!(page.records.is_empty());
}

#[test]
fn what_another_page_delivered_in_its_turn_is_not_sent_again() {
    let mut page = Page::begun();
    page.is_turn_late = true;
    page.track("a");
    page.wait(0);
    page.track("b");
    page.say(Input::Flush);
    assert!(page.is_asking && page.sent.is_empty());
    page.wait(0);
    let first = page.records.keys().next().cloned().unwrap();
    page.records.remove(&first);
    page.begin_turn();
    let names: Vec<_> = page.sent[0]
        .1
        .events
        .iter()
        .map(|event| &event.name)
        .collect();
    assert_eq!(names, ["b"]);
}

#[test]
fn a_turn_that_does_not_come_is_done_without() {
    let mut page = Page::begun();
    page.is_turn_late = true;
    page.track("a");
    page.say(Input::Flush);
    page.wait(TURN_PATIENCE_MILLIS - 1);
    assert!(page.sent.is_empty());
    page.wait(1);
    assert_eq!(page.sent.len(), 1);
    page.answer(204);
    // It comes after all, when nothing is left to do.
    page.begin_turn();
    assert!(page.sent.is_empty());
}

#[test]
fn a_page_that_is_hidden_does_not_wait_for_its_turn() {
    let mut page = Page::open();
    page.is_turn_late = true;
    page.track("a");
    page.say(Input::Hidden);
    assert_eq!(
        (page.sent.len(), &page.ways[..]),
        (1, &[Way::Outliving][..])
    );
}

#[test]
fn without_storage_events_are_delivered_from_memory() {
    for storage in [Storage::Full, Storage::Missing] {
        let mut page = Page::begun();
        page.storage = storage;
        page.track("a");
        page.wait(0);
        page.track("b");
        let names: Vec<_> = page.events().into_iter().map(|event| event.name).collect();
        assert_eq!(names, ["a", "b"], "{storage:?}");
        assert_eq!(page.dropped(), Dropped::default());
        assert!(page.records.is_empty());
    }
}

/// An event of a kilobyte.
fn long_event() -> Input {
    let mut facts = Facts::default();
    let long = PropValue::String("x".repeat(1000));
    facts.props.insert("long".into(), long);
    let name = "a".into();
    Input::Track { name, facts }
}

#[test]
fn what_outlives_no_page_and_is_not_stored_is_counted() {
    let mut page = Page::begun();
    page.storage = Storage::Full;
    page.is_turn_late = true;
    for _ in 0..100 {
        page.say(long_event());
        page.wait(0);
    }
    page.say(Input::Leaving);
    let (n_sent, n_bytes) = page
        .sent
        .iter()
        .fold((0, 0), |(events, bytes), (_, batch)| {
            (
                events + batch.events.len(),
                bytes + batch.events.len() * 1000,
            )
        });
    assert!(n_bytes < MAX_BEACON_BYTES && n_sent > 40, "{n_sent}");
    assert_eq!(page.sent[0].1.dropped.storage, 100 - n_sent as u64);
    assert!(page.ways.iter().all(|way| *way == Way::Leaving));
}

#[test]
fn a_failed_batch_takes_its_share_of_what_outlives_a_page() {
    let mut page = Page::open();
    page.storage = Storage::Full;
    for _ in 0..100 {
        page.say(long_event());
        page.wait(0);
        if page.answer(503).is_some() {
            page.ways.clear();
        }
    }
    page.say(Input::Leaving);
    let n_sent: usize = page.sent.iter().map(|(_, batch)| batch.events.len()).sum();
    let n_told: u64 = page
        .sent
        .iter()
        .map(|(_, batch)| batch.dropped.storage)
        .sum();
    assert_eq!(n_sent as u64 + n_told, 100);
    assert!(page.sent.len() > 1 && n_sent > 40, "{n_sent}");
    assert!(
        page.ways.iter().all(|way| *way == Way::Leaving),
        "{:?}",
        page.ways
    );
}

#[test]
fn what_may_outlive_a_page_is_bounded_over_all_requests() {
    let mut page = Page::open();
    page.is_turn_late = true;
    for _ in 0..100 {
        page.say(long_event());
    }
    page.say(Input::Leaving);
    assert_eq!(page.ways, [Way::Leaving, Way::Later, Way::Later]);
    assert_eq!(page.records.len(), 100, "the next page has them all");
}

#[test]
fn a_report_of_drops_keeps_its_id_from_page_to_page() {
    let mut page = Page::open();
    page.track("");
    page.track("a");
    page.say(Input::Leaving);
    let first = page.sent[0].1.clone();
    assert_eq!(first.dropped.invalid, 1);
    page.begin(6);
    page.track("b");
    page.say(Input::Flush);
    let second = page.sent[0].1.clone();
    assert_eq!((second.id, second.dropped), (first.id, first.dropped));
    page.answer(204);
    assert!(page.records.is_empty());
    assert_eq!(page.dropped(), Dropped::default());
}

#[test]
fn a_page_that_has_nothing_to_tell_delivers_what_another_left() {
    let mut page = Page::open();
    page.track("");
    page.track("a");
    page.say(Input::Leaving);
    page.begin(6);
    page.wait(BATCH_AGE_MILLIS - 1);
    assert!(page.sent.is_empty());
    page.wait(1);
    let batch = page.answer(204).expect("it was sent");
    assert_eq!((batch.events.len(), batch.dropped.invalid), (1, 1));
    assert!(page.records.is_empty());
}

#[test]
fn a_report_that_another_left_is_told_without_events() {
    let mut page = Page::open();
    page.track("");
    page.say(Input::Leaving);
    page.begin(6);
    page.wait(BATCH_AGE_MILLIS);
    // One that is refused is not repeated at once, or a collector that refuses it would hear of nothing else.
    let batch = page.answer(400).expect("it was sent");
    assert_eq!((batch.events.len(), batch.dropped.invalid), (0, 1));
    page.wait(60_000);
    assert!(page.sent.is_empty());
    page.track("b");
    page.say(Input::Flush);
    assert_eq!(page.answer(204).map(|again| again.id), Some(batch.id));
    assert!(page.records.is_empty());
}

#[test]
fn more_than_one_turn_may_hold_is_delivered_in_several() {
    let mut page = Page::open();
    page.is_turn_late = true;
    for _ in 0..MAX_KEPT_EVENTS / 2 {
        page.now += 50;
        page.track("a");
        page.wait(0);
    }
    page.say(Input::Leaving);
    let left = page.records.clone();
    page.begin(6);
    for (id, record) in left {
        let other = id.replacen('0', "1", 1);
        page.records
            .insert(other.clone(), record.replace(&id, &other));
        page.records.insert(id, record);
    }
    assert_eq!(page.records.len(), MAX_KEPT_EVENTS);
    page.is_turn_late = false;
    for _ in 0..100 {
        page.wait(BATCH_AGE_MILLIS);
        while page.answer(204).is_some() {}
    }
    assert!(page.records.is_empty(), "{} left", page.records.len());
}

#[test]
fn a_burst_is_cut_and_counted() {
    let mut page = Page::open();
    for _ in 0..10_000 {
        page.track("a");
    }
    assert_eq!(page.dropped().rate_limited, 9_800);
    page.wait(60_000);
    page.answer(204);
    page.say(Input::Hidden);
    let reported: u64 = page
        .sent
        .iter()
        .map(|(_, batch)| batch.dropped.total())
        .sum();
    assert_eq!(reported, 9_800, "also where no event follows");
}

#[test]
fn an_offline_browser_gives_nothing_up_for_failing() {
    let mut page = Page::open();
    page.track("a");
    page.say(Input::Flush);
    for _ in 0..3 * MAX_ATTEMPTS {
        assert!(page.end(Outcome::Offline).is_some());
        page.wait(300_000);
    }
    page.end(Outcome::Offline);
    assert!(page.sent.is_empty());
    page.say(Input::Online);
    assert_eq!(page.sent.len(), 1);
    assert_eq!(page.dropped(), Dropped::default());
}

#[test]
fn a_duplicate_of_a_tab_is_another_tab() {
    let mut page = Page::open();
    page.track("a");
    let first = page.events().remove(0);
    // The duplicate begins with a copy of what the tab has stored while it is shown.
    page.begin(12);
    page.track("b");
    let second = page.events().remove(0);
    assert_ne!(first.tab, second.tab);
    assert_eq!(first.visitor, second.visitor);
}

#[test]
fn a_page_that_returns_is_a_tab_of_its_own() {
    let mut page = Page::open();
    page.track("a");
    let first = page.events().remove(0);
    page.say(Input::Leaving);
    page.say(Input::Hidden);
    // What it left may be all that it sees of storage, though another page of the tab has counted on.
    page.restore();
    page.track("b");
    let second = page.events().remove(0);
    assert_ne!(second.tab, first.tab);
    assert!(second.seq > first.seq);
    assert_eq!(second.visitor, first.visitor);
}

#[test]
fn a_page_that_returns_does_not_wait_for_answers_it_missed() {
    let mut page = Page::open();
    page.track("a");
    page.say(Input::Leaving);
    let first = page.sent.remove(0).1;
    page.say(Input::Resumed);
    page.track("b");
    page.say(Input::Flush);
    let again = page.answer(204).expect("it was sent");
    assert_eq!((again.id, again.events), (first.id, first.events));
    let next = page.answer(204).expect("it was sent");
    assert_eq!(next.events[0].name, "b");
    assert!(page.records.is_empty());
}

#[test]
fn a_sample_has_whole_visitors_and_says_its_rate() {
    let mut n_tracked = 0;
    for seed in 0..200 {
        let mut page = Page::with(Config {
            sample_millionths: Some(250_000),
            ..Config::default()
        });
        page.stored.clear();
        page.begin(seed);
        page.track("a");
        page.navigate(seed + 1000);
        page.track("b");
        let events = page.events();
        assert!(matches!(events.len(), 0 | 2), "{} events", events.len());
        n_tracked += u32::from(!events.is_empty());
        for event in events {
            let rate = event.props.get("sample_rate");
            assert_eq!(rate, Some(&PropValue::Number(0.25)));
        }
    }
    assert!((30..70).contains(&n_tracked), "{n_tracked} of 200");
}

#[test]
fn in_local_mode_events_stay() {
    let config = Config {
        is_local: true,
        ..Config::default()
    };
    let mut page = Page::with(config);
    page.track("a");
    page.wait(BATCH_AGE_MILLIS);
    page.track("b");
    page.say(Input::Flush);
    page.navigate(4);
    assert!(page.ways.is_empty(), "nothing is ever sent");
    assert_eq!(page.records.len(), 2);
    for _ in 0..3 * MAX_KEPT_EVENTS {
        page.wait(1_000);
        page.track("c");
    }
    assert_eq!(
        page.dropped(),
        Dropped::default(),
        "memory is not what bounds them"
    );
    page.now += LOCAL_AGE_MILLIS;
    page.track("d");
    page.navigate(5);
    assert_eq!(page.records.len(), 1 + 1);
}

#[test]
fn what_fails_while_the_page_goes_away_is_not_tried_at_once() {
    let mut page = Page::open();
    page.track("a");
    page.say(Input::Leaving);
    page.say(Input::Hidden);
    page.end(Outcome::Failed);
    assert!(page.sent.is_empty());
    assert_eq!(page.records.len(), 1, "the next page delivers it");
    assert_eq!(page.dropped(), Dropped::default());
}
