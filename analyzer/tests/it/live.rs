//! An import that grows batch by batch gives the dataset of everything at once.

use analyzer::dataset::{BuildOptions, Dataset};
use analyzer::ingest::{ImportError, ImportOptions, Importer};
use analyzer::run;
use proptest::prelude::*;
use serde_json::json;

use crate::events::{Event, events, options};
use crate::requests::request;

/// A line of our own format; those of the name `A` are purchases, often of the same order.
fn line(index: usize, event: &Event) -> String {
    let id = event.id.unwrap_or(1000 + index as u128);
    let mut line = json!({
        "id": event::Uuid::from_u128(id).to_string(), "ts": event.ts, "seq": event.seq,
        "name": if event.name == "A" { "purchase" } else { event.name },
    });
    for (key, text) in [
        ("tab", event.tab),
        ("visitor", event.visitor),
        ("user", event.user),
    ] {
        if let Some(text) = text {
            line[key] = text.into();
        }
    }
    if let Some(path) = event.page {
        line["page"] = json!({"path": path});
        line["props"] = json!({"transaction_id": path});
    }
    if let Some((minor, currency)) = event.amount() {
        line["value"] = minor.into();
        line["currency"] = currency.into();
    }
    format!("{line}\n")
}

fn importer(build: &BuildOptions) -> Importer {
    let build = build.clone();
    Importer::new(ImportOptions {
        build,
        ..ImportOptions::default()
    })
    .unwrap()
}

fn at_once(lines: &[String], build: &BuildOptions) -> Dataset {
    let mut importer = importer(build);
    importer.push(lines.concat().as_bytes()).unwrap();
    importer.finish().unwrap().0
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]
    #[test]
    fn whatever_the_batches_the_dataset_and_its_reports_are_those_of_the_whole(
        batches in prop::collection::vec(events(), 1..6), build in options(), request in request(),
    ) {
        let events = batches.concat();
        let mut lines: Vec<String> = (0..).zip(&events).map(|(index, event)| line(index, event)).collect();
        lines.insert(0, "{\"id\":\"0\",\"ts\":1,\"seq\":0,\"name\":\"x\"}\n".to_owned());
        let mut importer = importer(&build);
        importer.push(lines[0].as_bytes()).unwrap();
        let mut live = importer.go_live().unwrap();
        prop_assert_eq!(live.dataset(), at_once(&lines[..1], &build));
        let mut n = 1;
        for batch in &batches {
            let end = n + batch.len();
            live.append(lines[n..end].concat().as_bytes());
            n = end;
            let (grown, whole) = (live.dataset(), at_once(&lines[..n], &build));
            let json = |dataset: &Dataset| serde_json::to_string(&run(dataset, &request).unwrap()).unwrap();
            prop_assert_eq!(json(&grown), json(&whole));
            prop_assert_eq!(grown, whole);
        }
        prop_assert_eq!(live.rejections().n_rejected, 1);
    }
}

#[test]
fn nothing_joins_a_dataset_that_was_converted() {
    let whole = at_once(&[line(0, &lone())], &BuildOptions::default());
    let mut importer = importer(&BuildOptions::default());
    importer.push(&whole.encode()).unwrap();
    assert_eq!(
        importer.go_live().err(),
        Some(ImportError::DatasetAmongFiles)
    );
}

fn lone() -> Event {
    Event {
        ts: 0,
        seq: 0,
        tab: None,
        id: None,
        name: "A",
        page: None,
        user: None,
        visitor: Some("v"),
    }
}
