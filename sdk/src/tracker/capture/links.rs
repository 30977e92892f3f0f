//! Where links lead, and what was searched for, as addresses tell it.

use alloc::string::String;
use alloc::vec::Vec;

use event::kinds;

use crate::tracker::address::origin;
use crate::tracker::text::{parts, split};

/// Endings of files that people save rather than read in place: those of GA4, and some newer.
const FILES: &str = "7z apk avi csv dmg doc docx epub exe gz key mid midi mov mp3 mp4 mpeg mpg msi ods odt pdf pkg pps ppt pptx rar rtf tar txt wav wma wmv xls xlsx zip";
/// The usual names of the parameter that holds what was searched for.
const SEARCH_PARAMS: &str = "q,s,query,search,keyword";

/// The event that following the link `href` on the page `here` makes beside a click.
pub(crate) fn kind(href: &str, here: &str, is_download: bool) -> Option<&'static str> {
    let path = split(split(href, b'?').0, b'#').0;
    let name = path.get(origin(path).len()..).unwrap_or_default();
    // The last part between dots is that behind the last dot.
    let ending = parts(name, b'.').skip(1).last().unwrap_or_default();
    if is_download || parts(FILES, b' ').any(|file| ending.eq_ignore_ascii_case(file)) {
        Some(kinds::FILE_DOWNLOAD)
    } else if href.starts_with("http") && origin(href) != origin(here) {
        Some(kinds::OUTBOUND_CLICK)
    } else {
        None
    }
}

/// What was searched for: the first parameter of `url` that `names` lists. Redacted when it is recorded.
pub(crate) fn search_term(url: &str, names: &str) -> String {
    let names = if names.is_empty() {
        SEARCH_PARAMS
    } else {
        names
    };
    let (_, query) = split(split(url, b'#').0, b'?');
    for pair in parts(query.unwrap_or_default(), b'&') {
        let (key, value) = split(pair, b'=');
        if parts(names, b',').any(|name| name.trim_ascii() == key) {
            return decoded(value.unwrap_or_default());
        }
    }
    String::new()
}

/// A parameter's value as it was typed; nothing for one that is no text.
fn decoded(value: &str) -> String {
    let mut bytes = Vec::with_capacity(value.len());
    let mut rest = value.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => {
                let mut digit = || char::from(rest.next().unwrap_or_default()).to_digit(16);
                let (high, low) = (digit(), digit());
                (high.unwrap_or_default() * 16 + low.unwrap_or_default()) as u8
            }
            byte => byte,
        });
    }
    String::from_utf8(bytes).unwrap_or_default()
}

#[cfg(all(test, not(target_family = "wasm")))]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn links_lead_out_or_to_files() {
        let here = "https://a.example/p.html";
        let check = |href, expected| assert_eq!(kind(href, here, false), expected, "{href}");
        check("https://a.example/q", None);
        check("https://a.example/q?file=x.pdf#y.zip", None);
        check("https://a.example/", None);
        check("", None);
        check("mailto:jane@example.com", None);
        check("https://b.example/q.html", Some(kinds::OUTBOUND_CLICK));
        check("https://b.example", Some(kinds::OUTBOUND_CLICK));
        check("https://a.example:81/", Some(kinds::OUTBOUND_CLICK));
        check("https://b.zip/", Some(kinds::OUTBOUND_CLICK));
        check("https://b.zip", Some(kinds::OUTBOUND_CLICK));
        check(
            "https://a.example/manual.PDF?v=2",
            Some(kinds::FILE_DOWNLOAD),
        );
        check("https://b.example/x.tar.gz", Some(kinds::FILE_DOWNLOAD));
        assert_eq!(kind("blob:x", here, true), Some(kinds::FILE_DOWNLOAD));
    }

    #[test]
    fn terms_are_read_as_they_were_typed() {
        let check = |url, names, expected| assert_eq!(search_term(url, names), expected, "{url}");
        check(
            "https://a.example/?a=1&q=red+kettle%21&q=2",
            "",
            "red kettle!",
        );
        check("https://a.example/?find=%C3%B6l", "find, q", "öl");
        check("https://a.example/?q=%FF", "", "");
        check("https://a.example/?q", "", "");
        check("https://a.example/#?q=x", "", "");
        check("https://a.example/?q=x", "find", "");
    }

    proptest! {
        #[test]
        fn any_address_is_taken(url in ".*", names in ".*") {
            search_term(&url, &names);
            kind(&url, &names, false);
        }
    }
}
