//! Which pages are collected at all: by patterns of their paths, and by host.

use alloc::string::String;

use super::address::{origin, path};
use super::{Config, source};

/// Whether nothing of the page at this cut address is collected.
pub(crate) fn is_excluded(url: &str, config: &Config) -> bool {
    let path = path(url);
    let is_foreign =
        !config.hosts.is_empty() && !source::is_listed(source::host(url), &config.hosts);
    is_foreign
        || config
            .excluded
            .iter()
            .any(|pattern| fits(pattern.as_bytes(), path.as_bytes()))
}

/// A cut referrer, of which only the origin is left where it names a page that is not collected.
pub(crate) fn without_excluded(referrer: String, config: &Config) -> String {
    if config.excluded.is_empty() || !is_excluded(&referrer, config) {
        return referrer;
    }
    String::from(origin(&referrer))
}

/// Whether `text` fits `pattern`, in which `*` stands for any text, also for none.
fn fits(pattern: &[u8], text: &[u8]) -> bool {
    let (mut at, mut from) = (0, 0);
    // Where to go on after the last star, which may always stand for one byte more.
    let mut star = None;
    while from < text.len() {
        if pattern.get(at) == Some(&b'*') {
            at += 1;
            star = Some((at, from));
        } else if pattern.get(at) == text.get(from) {
            at += 1;
            from += 1;
        } else if let Some((behind, taken)) = star {
            at = behind;
            from = taken + 1;
            star = Some((behind, from));
        } else {
            return false;
        }
    }
    pattern.iter().skip(at).all(|byte| *byte == b'*')
}

#[cfg(all(test, not(target_family = "wasm")))]
mod tests {
    use super::{fits, is_excluded, without_excluded};
    use crate::tracker::Config;
    use proptest::prelude::*;

    fn config() -> Config {
        Config {
            excluded: vec!["/account/*".into(), "/admin".into()],
            hosts: vec!["shop.example".into()],
            ..Config::default()
        }
    }

    fn check(url: &str, expected: bool) {
        assert_eq!(is_excluded(url, &config()), expected, "{url}");
    }

    #[test]
    fn pages_are_left_out_by_path_and_by_host() {
        check("https://shop.example/", false);
        check("https://www.shop.example/p/1", false);
        check("https://shop.example/account/orders/7", true);
        check("https://shop.example/account", false);
        check("https://shop.example/admin", true);
        check("https://shop.example/administration", false);
        check("https://shop.example.translate.example/", true);
        assert!(!is_excluded("https://any.example/", &Config::default()));
    }

    #[test]
    fn a_page_left_out_is_no_referrer() {
        let cut = |referrer: &str| without_excluded(referrer.into(), &config());
        assert_eq!(
            cut("https://shop.example/account/orders/7"),
            "https://shop.example"
        );
        assert_eq!(cut("https://shop.example/p"), "https://shop.example/p");
    }

    /// The same as its definition says it.
    fn slow_fits(pattern: &[u8], text: &[u8]) -> bool {
        match pattern {
            [] => text.is_empty(),
            [b'*', rest @ ..] => (0..=text.len()).any(|taken| slow_fits(rest, &text[taken..])),
            [first, rest @ ..] => text.first() == Some(first) && slow_fits(rest, &text[1..]),
        }
    }

    proptest! {
        #[test]
        fn agrees_with_the_definition(pattern in "[ab*]{0,6}", text in "[ab]{0,8}") {
            let (pattern, text) = (pattern.as_bytes(), text.as_bytes());
            prop_assert_eq!(fits(pattern, text), slow_fits(pattern, text));
        }
    }
}
