//! Page templates: `/p/123` and `/p/124` are one kind of page, `/p/:id`.
//!
//! A segment becomes `:uuid`, `:date`, `:id` or `:hash` by its form alone. The segments that are
//! left become `:slug` where more distinct ones than a threshold stand at one position under the
//! same parent; pages below them then share one parent.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use serde::Deserialize;

use super::dictionary::Dictionary;

/// How pages are grouped.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS, crate::Schema), ts(optional_fields))]
pub struct TemplateOptions {
    /// Groups pages at all; otherwise each path is its own template. True unless given.
    #[cfg_attr(feature = "ts", ts(as = "Option<_>"))]
    pub enabled: bool,
    /// More distinct segments than this at one position under one parent become `:slug`. 30 unless
    /// given.
    #[cfg_attr(feature = "ts", ts(as = "Option<_>"))]
    pub slug_threshold: u32,
    /// Templates that overrule the grouping, such as `/p/:slug` or `/help/*`; the first that fits a path is its
    /// template. A segment that begins with `:` stands for any one segment, `*` at the end for any number of them.
    #[cfg_attr(feature = "ts", ts(as = "Option<_>"))]
    pub rules: Vec<String>,
}

impl Default for TemplateOptions {
    fn default() -> Self {
        Self {
            enabled: true,
            slug_threshold: 30,
            rules: Vec::new(),
        }
    }
}

/// The path of a URL or path: without scheme, host, query and fragment, and without the slash at
/// the end. What is neither a URL nor a path, such as a page's title, stays as it is.
pub(crate) fn path_of(page: &str) -> &str {
    let page = page.trim();
    let page = match page.split_once("://") {
        Some((scheme, rest))
            if !scheme.is_empty()
                && scheme
                    .bytes()
                    .all(|b| b.is_ascii_alphanumeric() || b"+-.".contains(&b)) =>
        {
            match rest.find(['/', '?', '#']) {
                Some(end) if rest.as_bytes()[end] == b'/' => &rest[end..],
                _ => return "/",
            }
        }
        _ => page,
    };
    if !page.starts_with('/') {
        return page;
    }
    let end = page.find(['?', '#']).unwrap_or(page.len());
    match page[..end].trim_end_matches('/') {
        "" => "/",
        path => path,
    }
}

/// Segments below one templated parent.
#[derive(Default)]
struct Node {
    children: BTreeMap<String, Node>,
    /// Paths that end here.
    paths: Vec<usize>,
}

/// The template of each of `paths`, which are as [`path_of`] gives them.
pub(crate) fn templates(paths: &Dictionary, options: &TemplateOptions) -> Vec<String> {
    let mut templates = vec![String::new(); paths.len()];
    let mut root = Node::default();
    for (code, path) in paths.texts().enumerate() {
        let rule = options.rules.iter().find(|rule| fits(rule, path));
        if let Some(rule) = rule {
            templates[code] = rule.clone();
            continue;
        }
        if !options.enabled || !path.starts_with('/') {
            templates[code] = path.to_owned();
            continue;
        }
        let mut node = &mut root;
        for segment in path.split('/').filter(|segment| !segment.is_empty()) {
            node = node
                .children
                .entry(placeholder(segment).unwrap_or(segment).to_owned())
                .or_default();
        }
        node.paths.push(code);
    }
    // An explicit stack, because a path may have as many segments as it has bytes.
    let mut open = vec![(String::new(), root)];
    while let Some((prefix, mut node)) = open.pop() {
        for code in node.paths.drain(..) {
            templates[code] = if prefix.is_empty() {
                "/".to_owned()
            } else {
                prefix.clone()
            };
        }
        let is_literal = |segment: &str| !PLACEHOLDERS.contains(&segment);
        let n_literal = node
            .children
            .keys()
            .filter(|segment| is_literal(segment))
            .count();
        let many = n_literal > options.slug_threshold as usize;
        let mut slug = Node::default();
        for (segment, child) in std::mem::take(&mut node.children) {
            if many && is_literal(&segment) {
                absorb(&mut slug, child);
            } else {
                open.push((format!("{prefix}/{segment}"), child));
            }
        }
        if many {
            open.push((format!("{prefix}/:slug"), slug));
        }
    }
    templates
}

/// Whether a path is one of those that a rule describes.
fn fits(rule: &str, path: &str) -> bool {
    let rule: Vec<&str> = path_of(rule).split('/').collect();
    let path: Vec<&str> = path.split('/').collect();
    let (rule, is_open) = match rule.split_last() {
        Some((&"*", before)) => (before, true),
        _ => (&rule[..], false),
    };
    let is_same = |(rule, segment): (&&str, &&str)| {
        rule == segment || rule.starts_with(':') && !segment.is_empty()
    };
    let is_long_enough = path.len() == rule.len() || is_open && path.len() > rule.len();
    is_long_enough && rule.iter().zip(&path).all(is_same)
}

/// Moves everything below `from` to below `into`.
fn absorb(into: &mut Node, from: Node) {
    into.paths.extend(from.paths);
    for (segment, child) in from.children {
        match into.children.entry(segment) {
            Entry::Vacant(entry) => {
                entry.insert(child);
            }
            Entry::Occupied(mut entry) => absorb(entry.get_mut(), child),
        }
    }
}

const PLACEHOLDERS: [&str; 4] = [":uuid", ":date", ":id", ":hash"];

/// What a segment stands for by its form alone.
fn placeholder(segment: &str) -> Option<&'static str> {
    let bytes = segment.as_bytes();
    let all = |test: fn(&u8) -> bool| bytes.iter().all(test);
    let any_digit = bytes.iter().any(u8::is_ascii_digit);
    let shaped = |shape: &[u8], test: fn(&u8) -> bool| {
        bytes.len() == shape.len()
            && bytes.iter().zip(shape).all(|(byte, kind)| {
                if *kind == b'-' {
                    *byte == b'-'
                } else {
                    test(byte)
                }
            })
    };
    if shaped(
        b"xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx",
        u8::is_ascii_hexdigit,
    ) {
        Some(":uuid")
    } else if shaped(b"dddd-dd-dd", u8::is_ascii_digit) {
        Some(":date")
    } else if !bytes.is_empty() && all(u8::is_ascii_digit) {
        Some(":id")
    } else if any_digit
        && (bytes.len() >= 16 && all(u8::is_ascii_hexdigit)
            || bytes.len() >= 20 && all(u8::is_ascii_alphanumeric))
    {
        Some(":hash")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::super::dictionary::Interner;
    use super::*;

    fn check(pages: &[&str], expected: &[&str]) {
        check_with(&[], pages, expected);
    }

    fn check_with(rules: &[&str], pages: &[&str], expected: &[&str]) {
        let mut interner = Interner::default();
        let codes: Vec<u32> = pages
            .iter()
            .map(|page| interner.intern(path_of(page).as_bytes()))
            .collect();
        let (paths, ranks) = interner.into_sorted();
        let templates = templates(
            &paths,
            &TemplateOptions {
                enabled: true,
                slug_threshold: 3,
                rules: rules.iter().copied().map(str::to_owned).collect(),
            },
        );
        let found: Vec<&str> = codes
            .iter()
            .map(|&code| templates[ranks[code as usize] as usize].as_str())
            .collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn only_the_path_counts() {
        check(
            &[
                "https://shop.example/p/a?x=1#y",
                "/p/a/",
                "http://other.example",
                "https://e.example?q",
                "",
                "Cart page",
                "/?a",
                "//",
            ],
            &["/p/a", "/p/a", "/", "/", "", "Cart page", "/", "/"],
        );
    }

    #[test]
    fn segments_are_known_by_their_form() {
        check(
            &[
                "/p/123",
                "/p/0192f0c1-2345-7abc-8def-0123456789ab/items",
                "/p/2024-02-29/x",
                "/f/9e107d9d372bb6826bd81d3542a419d6",
                "/f/a1B2c3D4e5F6g7H8i9J0",
                "/f/deadbeefdeadbeef",
                "/v2/api",
            ],
            &[
                "/p/:id",
                "/p/:uuid/items",
                "/p/:date/x",
                "/f/:hash",
                "/f/:hash",
                "/f/deadbeefdeadbeef",
                "/v2/api",
            ],
        );
    }

    #[test]
    fn rules_overrule() {
        check_with(
            &["/p/sale", "/p/:name", "/help/*", "/:language/cart"],
            &[
                "/p/sale",
                "/p/7?x",
                "/p/7/reviews",
                "/help",
                "/help/a/b",
                "/de/cart",
                "/cart",
                "/p",
            ],
            &[
                "/p/sale",
                "/p/:name",
                "/p/:id/reviews",
                "/help/*",
                "/help/*",
                "/:language/cart",
                "/cart",
                "/p",
            ],
        );
    }

    #[test]
    fn many_siblings_become_a_slug_and_share_their_children() {
        check(
            &[
                "/p/a/x", "/p/b/y", "/p/c/z", "/p/d/w", "/p/e", "/p/7", "/q/a",
            ],
            &[
                "/p/:slug/:slug",
                "/p/:slug/:slug",
                "/p/:slug/:slug",
                "/p/:slug/:slug",
                "/p/:slug",
                "/p/:id",
                "/q/a",
            ],
        );
        check(&["/p/a", "/p/b", "/p/c"], &["/p/a", "/p/b", "/p/c"]);
    }
}
