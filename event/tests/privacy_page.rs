//! docs/privacy.md lists everything that can be collected: the fields as `event.rs` documents them, and every kind
//! with its properties. Whoever adds to the vocabulary is told here which rows the page lacks.

use std::fmt::Write;
use std::path::Path;

use event::{ACCOUNT, BOT_SCORE, KINDS};

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
            of = name.trim_end_matches(" {").to_lowercase();
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

#[test]
fn the_privacy_page_lists_every_field_and_kind() {
    let page = read("../docs/privacy.md");
    let fields = rows_of_fields(&read("src/event.rs"));
    assert!(
        fields.len() > 30,
        "the fields of event.rs are found: {fields:?}"
    );
    let mut missing = String::new();
    for row in &fields {
        if !page.lines().any(|line| line == row) {
            writeln!(missing, "{row}").expect("a string takes everything");
        }
    }
    // A property's row belongs to the kind above it, so the kinds are compared as one block.
    let kinds = rows_of_kinds().join("\n");
    if !page.contains(&kinds) {
        writeln!(missing, "\nand all kinds in this order:\n{kinds}")
            .expect("a string takes everything");
    }
    assert!(
        missing.is_empty(),
        "docs/privacy.md lacks these rows:\n{missing}"
    );
    for prop in [ACCOUNT, BOT_SCORE] {
        assert!(
            page.contains(&format!("`{prop}`")),
            "docs/privacy.md lacks {prop}"
        );
    }
}
