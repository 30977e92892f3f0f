//! Cutting addresses down to what may be collected.

use alloc::string::String;

use super::text::{parts, split};

/// Query parameters that mark a campaign; they name what the shop itself advertised.
const CAMPAIGN: [&str; 5] = [
    "utm_source",
    "utm_medium",
    "utm_campaign",
    "utm_term",
    "utm_content",
];

/// `url` with only campaign parameters and those in `allowed`, and with its fragment only where it is a route
/// of a single-page app (`#/…` or `#!…`).
///
/// An address that is not of the web keeps only its scheme: a `mailto:` link holds a person's address.
pub(crate) fn cut(url: &str, allowed: &[String]) -> String {
    let (scheme, Some(rest)) = split(url, b':') else {
        return String::new();
    };
    if !matches!(scheme, "http" | "https" | "file") {
        return String::from(scheme) + ":";
    }
    let (rest, fragment) = split(rest, b'#');
    let (rest, query) = split(rest, b'?');
    let mut kept = String::from(scheme);
    kept.push(':');
    match rest.strip_prefix("//") {
        Some(rest) => {
            kept.push_str("//");
            kept.push_str(without_user(rest));
        }
        None => kept.push_str(rest),
    }
    let mut mark = '?';
    for pair in parts(query.unwrap_or_default(), b'&') {
        let (key, _) = split(pair, b'=');
        if CAMPAIGN.contains(&key) || allowed.iter().any(|name| name == key) {
            kept.push(mark);
            kept.push_str(pair);
            mark = '&';
        }
    }
    if let Some(route) = fragment.and_then(route) {
        kept.push('#');
        kept.push_str(route);
    }
    kept
}

/// What follows `//`, without the name and password that an address may hold before its host.
fn without_user(rest: &str) -> &str {
    let (authority, _) = split(rest, b'/');
    let user = authority.bytes().rposition(|byte| byte == b'@');
    user.and_then(|at| rest.get(at + 1..)).unwrap_or(rest)
}

/// The part of a fragment that a hash router reads, without its query.
fn route(fragment: &str) -> Option<&str> {
    let (path, _) = split(fragment, b'?');
    matches!(path.as_bytes(), [b'/' | b'!', ..]).then_some(path)
}

/// The path of a cut address: without origin and query, with the route of a hash router.
pub(crate) fn path(cut: &str) -> String {
    let rest = cut.get(origin(cut).len()..).unwrap_or_default();
    let (rest, fragment) = split(rest, b'#');
    let mut path = String::from(split(rest, b'?').0);
    if let Some(fragment) = fragment {
        path.push('#');
        path.push_str(fragment);
    }
    path
}

/// Scheme, host and port of an address.
pub(crate) fn origin(url: &str) -> &str {
    let mut slashes = 0;
    let end = url.bytes().position(|byte| {
        slashes += usize::from(byte == b'/');
        slashes > 2 || matches!(byte, b'?' | b'#')
    });
    end.and_then(|end| url.get(..end)).unwrap_or(url)
}

/// The referrer of a page at `url`: cut like the page's own address inside the shop, only its origin outside.
pub(crate) fn referrer(referrer: &str, url: &str, allowed: &[String]) -> String {
    if origin(referrer) == origin(url) {
        cut(referrer, allowed)
    } else {
        String::from(origin(referrer))
    }
}

#[cfg(all(test, not(target_family = "wasm")))]
mod tests {
    use super::{cut, origin, path, referrer};

    fn check(url: &str, expected_cut: &str, expected_path: &str) {
        let allowed = [String::from("id")];
        let cut = cut(url, &allowed);
        assert_eq!(cut, expected_cut, "{url}");
        assert_eq!(path(&cut), expected_path, "{url}");
    }

    #[test]
    fn keeps_paths_routes_and_allowed_parameters() {
        check("https://a.example/p/1", "https://a.example/p/1", "/p/1");
        check(
            "https://a.example/p?id=7&token=secret&utm_source=mail#top",
            "https://a.example/p?id=7&utm_source=mail",
            "/p",
        );
        check("https://a.example/?idx=1&id", "https://a.example/?id", "/");
        check(
            "http://a.example:81/s#/cart?x=1",
            "http://a.example:81/s#/cart",
            "/s#/cart",
        );
        check(
            "https://a.example/#!cart",
            "https://a.example/#!cart",
            "/#!cart",
        );
        check("https://a.example", "https://a.example", "");
        check("mailto:jane@example.com?subject=x", "mailto:", "");
        check(
            "https://jane:secret@a.example/p/@1",
            "https://a.example/p/@1",
            "/p/@1",
        );
        check(
            "https://a.example/p@1/q",
            "https://a.example/p@1/q",
            "/p@1/q",
        );
        check("https://jane@a.example", "https://a.example", "");
        check("not an address", "", "");
        check("https://ä.example/ö?ü", "https://ä.example/ö", "/ö");
    }

    #[test]
    fn referrers_from_outside_keep_their_origin_only() {
        assert_eq!(origin("https://b.example/x?q=y"), "https://b.example");
        let page = "https://a.example/p";
        let check = |given, expected| assert_eq!(referrer(given, page, &[]), expected);
        check("https://b.example/search?q=private", "https://b.example");
        check("https://a.example/cart?token=1", "https://a.example/cart");
        check("", "");
    }
}
