//! Tests of the writer: groups, duplicates, failures, restarts.

use event::{Dropped, Uuid};
use tokio::sync::oneshot;

use super::*;
use crate::log::frame;
use crate::store::{Receipt, Store, SubmittedEvent};

const NOON: i64 = 1_763_812_800_000; // 2025-11-22T12:00:00Z
const DAY: i64 = 86_400_000;

fn submission(batch: u128, events: &[u128]) -> Submission {
    let mut submission = Submission {
        received_at: NOON,
        batch: Uuid::from_u128(batch),
        site: "demo".to_owned(),
        dropped: Dropped::default(),
        events: Vec::new(),
        lines: String::new(),
    };
    for id in events {
        let start = submission.lines.len();
        submission.lines.push_str(&format!("{{\"id\":{id}}}\n"));
        let line = start..submission.lines.len();
        submission.events.push(SubmittedEvent {
            id: Uuid::from_u128(*id),
            ts: NOON,
            line,
        });
    }
    submission
}

fn options(directory: &Path) -> StoreOptions {
    StoreOptions::new(directory)
}

/// Gives a writer all submissions at once, and returns their answers and the number of syncs.
fn commit(writer: &mut Writer, group: Vec<Submission>) -> Vec<Result<Receipt, StoreError>> {
    let (waiting, answers): (Vec<_>, Vec<_>) = group
        .into_iter()
        .map(|submission| {
            let (reply, answer) = oneshot::channel();
            (Waiting { submission, reply }, answer)
        })
        .unzip();
    writer.commit(waiting);
    answers
        .into_iter()
        .map(|mut answer| answer.try_recv().unwrap())
        .collect()
}

fn stored(n_stored: usize, n_duplicates: usize) -> Receipt {
    Receipt {
        n_stored,
        n_duplicates,
    }
}

/// The ids in the log, in order.
fn logged(directory: &Path) -> Vec<u128> {
    let mut ids = Vec::new();
    recover(&directory.join("log"), |_, record| {
        ids.extend(record.events().map(|event| event.id.as_u128()));
    })
    .unwrap();
    ids
}

#[test]
fn batches_that_wait_are_all_stored_in_order_before_the_writer_ends() {
    let directory = tempfile::tempdir().unwrap();
    let writer = Writer::open(&options(directory.path())).unwrap();
    let index = writer.index();
    let (sender, receiver) = mpsc::channel(100);
    let mut answers = Vec::new();
    for batch in 0..100 {
        let (reply, answer) = oneshot::channel();
        sender
            .try_send(Waiting {
                submission: submission(batch, &[batch]),
                reply,
            })
            .unwrap();
        answers.push(answer);
    }
    drop(sender);
    writer.run(receiver);
    for mut answer in answers {
        assert_eq!(answer.try_recv().unwrap().unwrap(), stored(1, 0));
    }
    assert_eq!(logged(directory.path()), (0..100).collect::<Vec<u128>>());
    assert_eq!(index.read().unwrap().sites()["demo"].n_events, 100);
}

#[test]
fn a_group_takes_one_sync() {
    let directory = tempfile::tempdir().unwrap();
    let mut writer = Writer::open(&options(directory.path())).unwrap();
    commit(
        &mut writer,
        (0..50).map(|batch| submission(batch, &[batch])).collect(),
    );
    assert_eq!((writer.n_batches, writer.n_syncs), (50, 1));
}

#[test]
fn an_event_is_stored_once_however_it_is_repeated() {
    let directory = tempfile::tempdir().unwrap();
    let mut writer = Writer::open(&options(directory.path())).unwrap();
    let group = vec![
        submission(1, &[1, 2, 2]),
        submission(2, &[2, 3]),
        submission(1, &[1, 2, 2]),
    ];
    let receipts: Vec<_> = commit(&mut writer, group)
        .into_iter()
        .map(Result::unwrap)
        .collect();
    assert_eq!(receipts, [stored(2, 1), stored(1, 1), stored(0, 3)]);
    drop(writer);
    let mut writer = Writer::open(&options(directory.path())).unwrap();
    let receipts = commit(&mut writer, vec![submission(3, &[1, 2, 3, 4])]);
    assert_eq!(
        receipts[0].as_ref().unwrap(),
        &stored(1, 3),
        "after a restart"
    );
    assert_eq!(logged(directory.path()), [1, 2, 3, 4]);
}

#[test]
fn drop_counters_of_a_repeated_batch_count_once() {
    let directory = tempfile::tempdir().unwrap();
    let counted = |batch, events: &[u128]| Submission {
        dropped: Dropped {
            queue_full: 3,
            ..Dropped::default()
        },
        ..submission(batch, events)
    };
    let mut writer = Writer::open(&options(directory.path())).unwrap();
    commit(
        &mut writer,
        vec![counted(1, &[1]), counted(1, &[1]), counted(2, &[])],
    );
    drop(writer);
    let mut writer = Writer::open(&options(directory.path())).unwrap();
    commit(&mut writer, vec![counted(1, &[1])]);
    let index = writer.index();
    assert_eq!(index.read().unwrap().sites()["demo"].dropped.queue_full, 6);
}

#[test]
fn what_could_not_be_written_is_refused_and_stored_when_sent_again() {
    let directory = tempfile::tempdir().unwrap();
    let mut writer = Writer::open(&options(directory.path())).unwrap();
    commit(&mut writer, vec![submission(1, &[1])]);
    // The next day needs a new segment, which can't be created while the directory is gone.
    let segments = directory.path().join("log");
    let aside = directory.path().join("aside");
    std::fs::rename(&segments, &aside).unwrap();
    let tomorrow = |batch, events: &[u128]| Submission {
        received_at: NOON + DAY,
        ..submission(batch, events)
    };
    let group = vec![tomorrow(2, &[2]), tomorrow(3, &[2]), tomorrow(1, &[1])];
    let answers = commit(&mut writer, group.clone());
    assert!(matches!(answers[0], Err(StoreError::Disk(_))));
    assert!(
        matches!(answers[1], Err(StoreError::Disk(_))),
        "a repetition of what was not stored"
    );
    assert_eq!(
        answers[2].as_ref().unwrap(),
        &stored(0, 1),
        "a repetition of what is on disk"
    );
    std::fs::rename(&aside, &segments).unwrap();
    let receipts: Vec<_> = commit(&mut writer, group)
        .into_iter()
        .map(Result::unwrap)
        .collect();
    assert_eq!(receipts, [stored(1, 0), stored(0, 1), stored(0, 1)]);
    drop(writer);
    assert_eq!(logged(directory.path()), [1, 2]);
}

#[test]
fn a_day_and_a_full_segment_begin_new_segments() {
    let directory = tempfile::tempdir().unwrap();
    let options = StoreOptions {
        max_segment_bytes: 300,
        ..options(directory.path())
    };
    let mut writer = Writer::open(&options).unwrap();
    for (batch, received_at) in [
        (1, NOON),
        (2, NOON + DAY),
        (3, NOON),
        (4, NOON + DAY),
        (5, NOON),
    ] {
        commit(
            &mut writer,
            vec![Submission {
                received_at,
                ..submission(batch, &[batch])
            }],
        );
    }
    drop(writer);
    let names = segment::list(&directory.path().join("log")).unwrap();
    let names: Vec<String> = names.iter().map(ToString::to_string).collect();
    // A clock that is set back does not go back to an earlier day.
    assert_eq!(
        names[..2],
        ["00000001-2025-11-22.log", "00000002-2025-11-23.log"]
    );
    assert!(
        names[2..]
            .iter()
            .all(|name| name.ends_with("-2025-11-23.log")),
        "{names:?}"
    );
    assert!(names.len() > 2, "the size starts a segment too");
    assert_eq!(logged(directory.path()), [1, 2, 3, 4, 5]);
}

#[test]
fn a_restart_goes_on_in_the_same_segment_behind_a_torn_tail() {
    let directory = tempfile::tempdir().unwrap();
    let mut writer = Writer::open(&options(directory.path())).unwrap();
    commit(&mut writer, vec![submission(1, &[1])]);
    drop(writer);
    let segments = directory.path().join("log");
    let path = segment::list(&segments).unwrap()[0].path(&segments);
    let mut bytes = std::fs::read(&path).unwrap();
    bytes.extend_from_slice(&frame::MARKER);
    std::fs::write(&path, bytes).unwrap();
    let mut writer = Writer::open(&options(directory.path())).unwrap();
    commit(&mut writer, vec![submission(2, &[2])]);
    drop(writer);
    assert_eq!(logged(directory.path()), [1, 2]);
    assert_eq!(segment::list(&segments).unwrap().len(), 1);
}

#[test]
fn a_second_collector_is_told_that_the_directory_is_taken() {
    let directory = tempfile::tempdir().unwrap();
    let _first = Writer::open(&options(directory.path())).unwrap();
    let error = Store::open(&options(directory.path())).unwrap_err();
    assert!(matches!(error, OpenError::Locked(_)), "{error}");
}
