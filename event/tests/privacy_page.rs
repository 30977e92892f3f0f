//! docs/privacy.md lists everything that can be collected: the fields as `event.rs` documents them, the envelope as
//! `batch.rs` does, and every kind with its properties. Whoever adds to the vocabulary is told here which rows the page lacks.

use std::path::Path;

use event::{ACCOUNT, BOT_SCORE, KINDS, SAMPLE_RATE};
use serde_json::Value;

fn read(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// A row for every public field of the structs in `source`, with the words of its documentation.
fn rows_of_fields(source: &str) -> Vec<String> {
    let mut rows = Vec::new();
    let (mut of, mut words) = (String::new(), String::new());
    for line in source.lines().map(str::trim) {
        if let Some(more) = line.strip_prefix("///") {
            words.push_str(more);
        } else if let Some(name) = line.strip_prefix("pub struct ") {
            let end = name.find(['<', ' ']).unwrap_or(name.len());
            of = name[..end].to_lowercase();
            words.clear();
        } else if let Some((name, _)) = line
            .strip_prefix("pub ")
            .and_then(|rest| rest.split_once(": "))
            && !name.contains(' ')
        {
            let prefix = match of.as_str() {
                "event" => String::new(),
                "touch" => "source.first.".to_owned(),
                of => format!("{of}."),
            };
            rows.push(format!("| `{prefix}{name}` | {} |", plain(&words)));
            words.clear();
        } else if !line.starts_with("#[") {
            words.clear();
        }
    }
    rows
}

/// Documentation without links to other items.
fn plain(words: &str) -> String {
    words.trim().replace("[`", "`").replace("`]", "`")
}

/// A row for every kind of event and every property of one.
fn rows_of_kinds() -> Vec<String> {
    let mut rows = Vec::new();
    for kind in KINDS {
        rows.push(format!("| `{}` | | {} |", kind.name, kind.purpose));
        for prop in kind.props {
            rows.push(format!("| | `{}` | {} |", prop.name, prop.meaning));
        }
    }
    rows
}

/// The rows of the tables below a heading of the page, without the heads of the tables.
fn rows_below<'a>(page: &'a str, heading: &str) -> Vec<&'a str> {
    let section = page
        .split("\n## ")
        .find(|section| section.lines().next() == Some(heading))
        .unwrap_or_else(|| panic!("docs/privacy.md lacks the section {heading}"));
    section
        .lines()
        .filter(|line| line.starts_with("| `") || line.starts_with("| | `"))
        .collect()
}

/// Compares the rows that the page has with those that it should have, which it may neither lack nor exceed.
#[track_caller]
fn compare(found: &[&str], expected: &[String]) {
    assert!(
        found == expected,
        "docs/privacy.md should have these rows and no others, in this order:\n{}",
        expected.join("\n")
    );
}

#[test]
fn the_privacy_page_lists_every_field_and_no_other() {
    let page = read("../docs/privacy.md");
    let fields = rows_of_fields(&read("src/event.rs"));
    assert!(
        fields.len() > 30,
        "the fields of event.rs are found: {fields:?}"
    );
    compare(&rows_below(&page, "Every field"), &fields);
    for prop in [ACCOUNT, BOT_SCORE, SAMPLE_RATE] {
        assert!(
            page.contains(&format!("`{prop}`")),
            "docs/privacy.md lacks {prop}"
        );
    }
}

#[test]
fn the_privacy_page_lists_what_travels_with_events() {
    let fields = rows_of_fields(&read("src/batch.rs"));
    assert!(
        fields.len() > 10,
        "the fields of batch.rs are found: {fields:?}"
    );
    let page = read("../docs/privacy.md");
    compare(&rows_below(&page, "Around the events"), &fields);
}

#[test]
fn the_privacy_page_lists_every_kind_and_no_other() {
    let page = read("../docs/privacy.md");
    // A property's row belongs to the kind above it, so the order counts.
    compare(&rows_below(&page, "Every kind of event"), &rows_of_kinds());
}

/// The tracker writes no more than the structs can hold, as the golden files show it.
#[test]
fn the_golden_files_have_listed_fields_only() {
    let page = read("../docs/privacy.md");
    let sections = ["Every field", "Around the events"].map(|heading| rows_below(&page, heading));
    let listed: Vec<&str> = sections
        .iter()
        .flatten()
        .filter_map(|row| row.split('`').nth(1))
        .collect();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("golden");
    let mut n_fields = 0;
    for entry in std::fs::read_dir(folder).expect("the golden files are there") {
        let path = entry.expect("the folder can be listed").path();
        let text = std::fs::read_to_string(&path).expect("a golden file is text");
        let value: Value = serde_json::from_str(&text).expect("a golden file is JSON");
        let is_batch = value.get("events").is_some();
        for field in fields_of(&value, if is_batch { "batch." } else { "" }) {
            assert!(
                listed.contains(&&*field),
                "docs/privacy.md lacks `{field}`, which is in {}",
                path.display()
            );
            n_fields += 1;
        }
    }
    assert!(n_fields > 100, "{n_fields} fields in the golden files");
}

/// The fields of a JSON object by the names that the page gives them.
fn fields_of(value: &Value, of: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (key, value) in value.as_object().into_iter().flatten() {
        let field = format!("{of}{key}");
        match field.as_str() {
            "items" => {
                let items = value.as_array().into_iter().flatten();
                found.extend(items.flat_map(|item| fields_of(item, "item.")));
            }
            "batch.events" => {
                let events = value.as_array().into_iter().flatten();
                found.extend(events.flat_map(|event| fields_of(event, "")));
            }
            "batch.dropped" => found.extend(fields_of(value, "dropped.")),
            // Both touches have the same fields.
            "source.last" => found.extend(fields_of(value, "source.first.")),
            "page" | "source" | "source.first" => {
                found.extend(fields_of(value, &format!("{field}.")));
            }
            _ => {}
        }
        found.push(field);
    }
    found
}
