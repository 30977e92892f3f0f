//! The program: started, talked to over a socket, stopped, killed, starved of disk.

use std::collections::BTreeSet;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::http::StatusCode;

use crate::support::{Process, batch, count_ids, event, id};

#[tokio::test]
async fn it_starts_takes_gives_back_and_stops() {
    let data = tempfile::tempdir().unwrap();
    let mut collector = Process::start(data.path());
    let client = reqwest::Client::new();
    assert_eq!(
        collector
            .post(&client, batch(1, &[event(1)]))
            .await
            .unwrap(),
        StatusCode::NO_CONTENT
    );
    assert_eq!(count_ids(&collector.export().await), [(id(1), 1)].into());
    let stopped = Command::new("kill")
        .arg(collector.child.id().to_string())
        .status()
        .unwrap();
    assert!(stopped.success());
    assert!(
        collector.child.wait().unwrap().success(),
        "SIGTERM is a clean stop"
    );
    let collector = Process::start(data.path());
    assert_eq!(count_ids(&collector.export().await), [(id(1), 1)].into());
}

#[test]
fn a_second_collector_on_one_directory_says_why_it_does_not_start() {
    let data = tempfile::tempdir().unwrap();
    let _first = Process::start(data.path());
    let second = Command::new(env!("CARGO_BIN_EXE_desirepath-collector"))
        .arg("--data")
        .arg(data.path())
        .args(["--listen", "127.0.0.1:0"])
        .output()
        .unwrap();
    assert!(!second.status.success());
    let words = String::from_utf8_lossy(&second.stderr);
    assert!(
        words.contains("another collector is using this directory"),
        "{words}"
    );
}

/// Four senders send batches of three as fast as they are answered, until the collector is killed under them.
/// Then it must give back every event that it acknowledged, and after everything is sent again, every event
/// exactly once.
#[tokio::test(flavor = "multi_thread")]
async fn nothing_acknowledged_is_lost_when_it_is_killed() {
    const N_SENDERS: u64 = 4;
    let data = tempfile::tempdir().unwrap();
    let next = Arc::new(AtomicU64::new(0));
    let mut sent = BTreeSet::new();
    let mut acknowledged = BTreeSet::new();
    for round in 0..6_u64 {
        let mut collector = Process::start(data.path());
        let url = format!("{}/v1/batch", collector.url);
        let senders: Vec<_> = (0..N_SENDERS)
            .map(|_| tokio::spawn(send_until_it_fails(url.clone(), Arc::clone(&next))))
            .collect();
        tokio::time::sleep(Duration::from_millis(40 + 37 * round)).await;
        collector.kill();
        for sender in senders {
            let (sender_sent, sender_acknowledged) = sender.await.unwrap();
            sent.extend(sender_sent);
            acknowledged.extend(sender_acknowledged);
        }
        let collector = Process::start(data.path());
        let counts = count_ids(&collector.export().await);
        for number in &acknowledged {
            let stored = [0, 1, 2].map(|n| counts.get(&id(number * 3 + n)).copied());
            assert_eq!(stored, [Some(1); 3], "batch {number} was acknowledged");
        }
        assert!(counts.values().all(|count| *count == 1), "round {round}");
    }
    assert!(
        acknowledged.len() > 20,
        "only {} batches got through",
        acknowledged.len()
    );
    let collector = Process::start(data.path());
    let client = reqwest::Client::new();
    for number in &sent {
        assert_eq!(
            collector
                .post(&client, batch_of_three(*number))
                .await
                .unwrap(),
            StatusCode::NO_CONTENT
        );
    }
    let counts = count_ids(&collector.export().await);
    let expected = sent
        .iter()
        .flat_map(|number| [0, 1, 2].map(|n| (id(number * 3 + n), 1)));
    assert_eq!(counts, expected.collect());
}

fn batch_of_three(number: u128) -> String {
    batch(number, &[0, 1, 2].map(|n| event(number * 3 + n)))
}

/// The numbers of the batches sent, and of those acknowledged.
async fn send_until_it_fails(url: String, next: Arc<AtomicU64>) -> (Vec<u128>, Vec<u128>) {
    let client = reqwest::Client::new();
    let (mut sent, mut acknowledged) = (Vec::new(), Vec::new());
    loop {
        let number = u128::from(next.fetch_add(1, Ordering::Relaxed));
        sent.push(number);
        match client.post(&url).body(batch_of_three(number)).send().await {
            Ok(response) => {
                assert_eq!(response.status(), StatusCode::NO_CONTENT);
                acknowledged.push(number);
            }
            Err(_) => return (sent, acknowledged),
        }
    }
}

/// A limit on the size of files stands for a full disk: writes beyond it fail, and leave a part behind.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_full_disk_refuses_loses_nothing_and_recovers() {
    let data = tempfile::tempdir().unwrap();
    let mut command = Command::new("sh");
    // The signal is ignored so that the write fails instead of ending the process.
    command.args(["-c", "trap '' XFSZ; ulimit -S -f 64; exec \"$0\" \"$@\""]);
    command.arg(env!("CARGO_BIN_EXE_desirepath-collector"));
    let collector = Process::spawn(command, data.path());
    let client = reqwest::Client::new();
    let mut acknowledged = Vec::new();
    let refused = loop {
        let number = acknowledged.len() as u128;
        assert!(
            number < 10_000,
            "the limit on the size of files has no effect"
        );
        match collector
            .post(&client, batch_of_three(number))
            .await
            .unwrap()
        {
            StatusCode::NO_CONTENT => acknowledged.push(number),
            status => {
                assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
                break number;
            }
        }
    };
    assert!(!acknowledged.is_empty());
    let expected = |numbers: &[u128]| {
        let ids = numbers
            .iter()
            .flat_map(|number| [0, 1, 2].map(|n| (id(number * 3 + n), 1)));
        ids.collect()
    };
    assert_eq!(
        count_ids(&collector.export().await),
        expected(&acknowledged)
    );
    // What is on disk is still acknowledged when it is sent again.
    assert_eq!(
        collector.post(&client, batch_of_three(0)).await.unwrap(),
        StatusCode::NO_CONTENT
    );
    let pid = collector.child.id().to_string();
    let more = Command::new("prlimit")
        .args(["--pid", &pid, "--fsize=unlimited:"])
        .status();
    assert!(more.unwrap().success());
    assert_eq!(
        collector
            .post(&client, batch_of_three(refused))
            .await
            .unwrap(),
        StatusCode::NO_CONTENT
    );
    acknowledged.push(refused);
    assert_eq!(
        count_ids(&collector.export().await),
        expected(&acknowledged)
    );
    drop(collector);
    let collector = Process::start(data.path());
    assert_eq!(
        count_ids(&collector.export().await),
        expected(&acknowledged)
    );
}
