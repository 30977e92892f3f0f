//! The wire format, held to the files in `golden/`: one for every kind of event, one with every field, one with
//! none that may be absent, and one batch. A change of the format shows here first.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use event::json::{std_float, write_batch, write_event};
use event::{Batch, Event, KINDS, PropType, PropValue};

fn golden(name: &str) -> String {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(format!("golden/{name}.json"));
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Reads the file, holds it to the limits, writes it again, and expects the same bytes.
fn check_event(name: &str) -> Event {
    let text = golden(name);
    let event: Event =
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
    event
        .validate()
        .unwrap_or_else(|invalid| panic!("{name}: {invalid}"));
    let mut written = String::new();
    write_event(&mut written, &event, std_float);
    assert_eq!(written, text.trim_end(), "{name}");
    event
}

#[test]
fn every_kind_has_a_file_with_every_property() {
    for kind in KINDS {
        let event = check_event(kind.name);
        assert_eq!(event.name, kind.name);
        let listed: BTreeSet<_> = kind.props.iter().map(|prop| prop.name).collect();
        let present: BTreeSet<_> = event.props.iter().map(|(key, _)| key).collect();
        assert_eq!(present, listed, "{}", kind.name);
        for prop in kind.props {
            let fits = matches!(
                (
                    prop.kind,
                    event.props.get(prop.name).expect("checked above")
                ),
                (PropType::String, PropValue::String(_))
                    | (PropType::Number, PropValue::Number(_))
                    | (PropType::Bool, PropValue::Bool(_))
            );
            assert!(
                fits,
                "{}.{} is not of its listed type",
                kind.name, prop.name
            );
        }
    }
}

#[test]
fn every_file_is_of_a_kind_or_a_named_case() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("golden");
    let mut expected: BTreeSet<String> = KINDS.iter().map(|kind| kind.name.to_owned()).collect();
    expected.extend(["full", "minimal", "batch"].map(str::to_owned));
    let found: BTreeSet<String> = fs::read_dir(folder)
        .expect("the folder of golden files is part of the crate")
        .map(|entry| {
            entry
                .expect("readable")
                .path()
                .file_stem()
                .expect("named")
                .to_string_lossy()
                .into_owned()
        })
        .collect();
    assert_eq!(found, expected);
}

#[test]
fn all_fields_and_no_fields() {
    let full = check_event("full");
    assert!(
        full.source
            .is_some_and(|source| source.first.is_some() && source.last.is_some())
    );
    assert_eq!(full.items.len(), 2);
    let minimal = check_event("minimal");
    assert_eq!(
        (minimal.page, minimal.value, minimal.items.len()),
        (None, None, 0)
    );
}

#[test]
fn a_batch() {
    let text = golden("batch");
    let batch: Batch = serde_json::from_str(&text).expect("the golden batch is well formed");
    assert_eq!(batch.dropped.total(), 21);
    let mut written = String::new();
    write_batch(&mut written, &batch, std_float);
    assert_eq!(written, text.trim_end());
}

#[test]
fn the_names_of_kinds_are_unique_and_fit() {
    let names: BTreeSet<_> = KINDS.iter().map(|kind| kind.name).collect();
    assert_eq!(names.len(), KINDS.len());
    for kind in KINDS {
        assert!(
            kind.name.len() <= event::limits::MAX_NAME_BYTES,
            "{}",
            kind.name
        );
        assert!(kind.purpose.ends_with('.'), "{}", kind.name);
    }
}
