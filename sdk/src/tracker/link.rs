//! Links to another domain of the shop, which tell it who comes.
//!
//! A decorated link carries the visitor's id and the time, and is believed for two minutes: long enough to follow
//! it, too short for a link that is copied and sent to somebody else. The page that it leads to takes the mark
//! out of its address at once.

use alloc::string::String;

use event::json::write_i64;

use super::identity::is_id;
use super::source::{host, is_listed};
use super::text::{number, parts, split};

/// The query parameter.
const PARAMETER: &str = "dp_visitor";
/// A link is believed for this time, on either side, because two readings of a clock may differ.
const MAX_AGE_MILLIS: i64 = 2 * 60 * 1000;

/// `url` with the visitor's mark, where it leads to one of `domains`; `None` where it leads anywhere else.
pub fn decorate(url: &str, visitor: &str, now: i64, domains: &[String]) -> Option<String> {
    if !is_listed(host(url), domains) {
        return None;
    }
    let clean = without(url);
    let (before, fragment) = split(&clean, b'#');
    let has_query = split(before, b'?').1.is_some();
    let mut marked = String::from(before);
    marked.push(if has_query { '&' } else { '?' });
    marked.push_str(PARAMETER);
    marked.push('=');
    marked.push_str(visitor);
    marked.push('.');
    write_i64(&mut marked, now);
    if let Some(fragment) = fragment {
        marked.push('#');
        marked.push_str(fragment);
    }
    Some(marked)
}

/// The visitor that the address of a page names, if it does so at the right time.
pub fn visitor(url: &str, now: i64) -> Option<&str> {
    let (visitor, time) = split(mark(url)?, b'.');
    let age = now - number(time?)?;
    (age.abs() <= MAX_AGE_MILLIS && is_id(visitor)).then_some(visitor)
}

/// Whether an address carries a mark, of whatever age.
pub fn is_marked(url: &str) -> bool {
    mark(url).is_some()
}

/// The address without its mark.
pub fn without(url: &str) -> String {
    let (rest, fragment) = split(url, b'#');
    let (base, query) = split(rest, b'?');
    let mut clean = String::from(base);
    let mut separator = '?';
    for pair in query.into_iter().flat_map(|query| parts(query, b'&')) {
        if split(pair, b'=').0 != PARAMETER {
            clean.push(separator);
            clean.push_str(pair);
            separator = '&';
        }
    }
    if let Some(fragment) = fragment {
        clean.push('#');
        clean.push_str(fragment);
    }
    clean
}

fn mark(url: &str) -> Option<&str> {
    let (rest, _) = split(url, b'#');
    let mut pairs = parts(split(rest, b'?').1?, b'&').map(|pair| split(pair, b'='));
    pairs.find(|(key, _)| *key == PARAMETER)?.1
}

#[cfg(all(test, not(target_family = "wasm")))]
mod tests {
    use super::{MAX_AGE_MILLIS, decorate, is_marked, visitor, without};
    use proptest::prelude::*;

    const VISITOR: &str = "0193a5b0-0000-7000-8000-000000000000";
    const NOW: i64 = 1_763_780_000_000;

    fn marked(url: &str) -> Option<String> {
        decorate(url, VISITOR, NOW, &["b.example".into()])
    }

    #[test]
    fn only_links_to_the_shops_domains_are_marked() {
        let mark = format!("dp_visitor={VISITOR}.{NOW}");
        for (url, expected) in [
            (
                "https://b.example/",
                Some(format!("https://b.example/?{mark}")),
            ),
            (
                "https://www.b.example/p?x=1#top",
                Some(format!("https://www.b.example/p?x=1&{mark}#top")),
            ),
            ("https://c.example/", None),
            ("https://b.example.evil.example/", None),
            ("mailto:jane@b.example", None),
            ("", None),
        ] {
            assert_eq!(marked(url), expected, "{url}");
        }
        let twice = marked(&marked("https://b.example/").unwrap()).unwrap();
        assert_eq!(twice.matches("dp_visitor").count(), 1);
    }

    #[test]
    fn a_mark_is_believed_for_two_minutes() {
        let url = marked("https://b.example/p?x=1#top").unwrap();
        for (age, expected) in [
            (0, Some(VISITOR)),
            (MAX_AGE_MILLIS, Some(VISITOR)),
            (MAX_AGE_MILLIS + 1, None),
            (-MAX_AGE_MILLIS - 1, None),
        ] {
            assert_eq!(visitor(&url, NOW + age), expected, "{age}");
        }
        for forged in [
            "?dp_visitor=jane.1763780000000",
            "?dp_visitor",
            "?dp_visitor=",
            "",
            "?x#?dp_visitor=1.2",
        ] {
            assert_eq!(visitor(&format!("https://b.example/{forged}"), NOW), None);
        }
        assert!(is_marked("https://b.example/?dp_visitor=old"));
    }

    proptest! {
        #[test]
        fn taking_the_mark_out_gives_the_link_again(query in "(\\?[a-z=&]{1,9})?", fragment in "(#[a-z?=]{0,5})?") {
            let url = format!("https://b.example/p{query}{fragment}");
            let marked = marked(&url).unwrap();
            prop_assert_eq!(visitor(&marked, NOW), Some(VISITOR));
            prop_assert_eq!(without(&marked), url);
        }

        #[test]
        fn any_address_is_read(url in ".{0,60}") {
            visitor(&url, NOW);
            without(&url);
            marked(&url);
        }
    }
}
