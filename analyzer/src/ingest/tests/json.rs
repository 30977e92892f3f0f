//! JSON that is not in lines.

use super::*;

const EVENTS: [&str; 2] = [
    r#"{"who":"a","at":"2024-05-01T10:00:00Z","did":"view","tags":["x"]}"#,
    r#"{"did":"buy","at":"2024-05-01T10:00:01Z","sum":12.5,"who":"a"}"#,
];

#[test]
fn objects_in_a_list_and_over_lines() {
    let mapping = Mapping {
        value: Some("sum".into()),
        ..mapping()
    };
    let pretty = EVENTS.map(|event| {
        let value: serde_json::Value = serde_json::from_str(event).unwrap();
        format!("{value:#}")
    });
    for file in [
        format!("[{}]", EVENTS.join(",")),
        format!("\u{feff} [\n{}\n]\n", EVENTS.join(",\n")),
        format!("[\r\n{}]", pretty.join(",").replace('\n', "\r\n")),
        pretty.join("\n"),
        format!("[{}]\n[{}]\n", EVENTS[0], EVENTS[1]),
    ] {
        let expected = ["0 1714557600000 view", "0 1714557601000 buy value=1250"];
        check(with(mapping.clone()), file, &expected, &[]);
    }
    for file in ["[]", "[\n]\n"] {
        check_error(
            with(mapping.clone()),
            file,
            "the file is empty: there is nothing to import",
        );
    }
}

#[test]
fn ours_in_a_list() {
    let event = r#"{"id":"0190a3b2-7c00-7000-8000-000000000001","ts":7,"seq":0,"visitor":"v","name":"view"}"#;
    let file = format!("[\n{event}\n]");
    check(ImportOptions::default(), &*file, &["0 7 view"], &[]);
    let found = inspect(file.as_bytes(), "x.json").unwrap();
    assert_eq!(
        (found.format, found.preset),
        (Format::Json, Some(Preset::Desirepath))
    );
    assert_eq!(found.columns, ["id", "ts", "seq", "visitor", "name"]);
}

#[test]
fn what_is_broken_or_cut_is_named_by_its_number() {
    let [view, buy] = EVENTS;
    let stray = view.replace("\"view\"", "\"view\n");
    check(
        with(mapping()),
        format!("[{view},7,\n{stray},\n {buy},{{\"who\":1}},{{\"who\":"),
        &["0 1714557600000 view", "0 1714557601000 buy"],
        &[
            "2: invalid type: integer `7`, expected a JSON object at column 1",
            "3: control character (\\u0000-\\u001F) found while parsing a string at column 51",
            "5: column `at` is empty",
            "6: EOF while parsing a value at column 7",
        ],
    );
    check(
        with(mapping()),
        format!("[{view},"),
        &["0 1714557600000 view"],
        &["2: the list has no end: the file seems to be cut off"],
    );
}

#[test]
fn a_list_within_an_object() {
    let file = "{\n \"next\": null,\n \"results\": [\n  {\"event\": \"view\", \"distinct_id\": \"a\", \"timestamp\": \"2024-05-01\"}\n ]\n}";
    let found = inspect(file.as_bytes(), "x.json").unwrap();
    assert_eq!(found.format, Format::Json);
    let mapping = found.mapping.unwrap();
    assert_eq!(mapping.events.as_deref(), Some("results"));
    check(with(mapping), file, &["0 1714521600000 view"], &[]);
}
