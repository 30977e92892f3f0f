//! Naming an element so that the name survives a new release of the shop, and saying what it is for.

use alloc::string::String;

use super::input::Node;

/// Most elements that a selector names.
const MAX_PARTS: usize = 4;
/// Longest id or class that still looks like a name that a person gave.
const MAX_NAME_BYTES: usize = 32;

/// A short CSS selector of the first node of `lineage`: up to four elements, ending at the first that has an
/// id. Ids and classes that look generated are left out, and so are positions, since both change with builds
/// and with content.
pub(crate) fn selector(lineage: &[Node]) -> String {
    let mut selector = String::new();
    for node in lineage.iter().take(MAX_PARTS) {
        let mut part = node.tag.clone();
        let has_id = is_given(&node.id);
        if has_id {
            part.push('#');
            part.push_str(&node.id);
        } else if let Some(class) = node
            .classes
            .split_ascii_whitespace()
            .find(|class| is_given(class))
        {
            part.push('.');
            part.push_str(class);
        }
        if !selector.is_empty() {
            part.push('>');
            part.push_str(&selector);
        }
        selector = part;
        if has_id {
            break;
        }
    }
    selector
}

/// The ARIA role that a tag implies ([HTML-AAM](https://www.w3.org/TR/html-aam-1.0/#el-a)), for the tags that
/// people click; nothing for others. `kind` is the `type` attribute of an input.
pub(crate) fn implied_role(tag: &str, kind: &str) -> &'static str {
    match (tag, kind) {
        ("a", _) => "link",
        ("button" | "summary", _) | ("input", "button" | "submit" | "image" | "reset") => "button",
        ("select", _) => "combobox",
        ("input", "checkbox") => "checkbox",
        ("input", "radio") => "radio",
        ("input", "range") => "slider",
        ("input", "number") => "spinbutton",
        ("input", "search") => "searchbox",
        ("input" | "textarea", _) => "textbox",
        _ => "",
    }
}

/// A name that a person gave: letters, hyphens and underscores. Build tools and frameworks put digits, colons
/// and the like into theirs.
fn is_given(name: &str) -> bool {
    !name.is_empty()
        && name.len() <= MAX_NAME_BYTES
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphabetic() || byte == b'-' || byte == b'_')
}

#[cfg(all(test, not(target_family = "wasm")))]
mod tests {
    use super::{Node, selector};

    fn check(lineage: &[(&str, &str, &str)], expected: &str) {
        let lineage: Vec<Node> = lineage
            .iter()
            .map(|(tag, id, classes)| Node {
                tag: String::from(*tag),
                id: String::from(*id),
                classes: String::from(*classes),
            })
            .collect();
        assert_eq!(selector(&lineage), expected);
    }

    #[test]
    fn names_elements() {
        check(&[], "");
        check(&[("button", "", "")], "button");
        check(&[("button", "buy", "btn"), ("form", "", "")], "button#buy");
        check(
            &[
                ("a", "", "css-1x2y btn primary"),
                ("li", ":r3:", ""),
                ("ul", "menu", ""),
                ("nav", "", ""),
            ],
            "ul#menu>li>a.btn",
        );
        let deep = [("i", "", ""); 9];
        check(&deep, "i>i>i>i");
    }
}
