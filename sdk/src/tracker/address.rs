//! Cutting addresses down to what may be collected.

use alloc::string::String;

use super::text::{parts, split};

/// Query parameters that mark a campaign; they name what the shop itself advertised.
pub(crate) const CAMPAIGN: [&str; 5] = [
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
    cut_for(url, allowed, "")
}

/// [`cut`], where for `views` by `hash` any fragment stays that is no list of parameters.
pub(crate) fn cut_for(url: &str, allowed: &[String], views: &str) -> String {
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
    let is_kept = |fragment: &&str| views == "hash" && split(fragment, b'=').1.is_none();
    if let Some(route) =
        fragment.and_then(|fragment| route(fragment).or(Some(fragment).filter(is_kept)))
    {
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

/// What two cut addresses share when they are one view. A campaign's parameters, which routers take out of the
/// address bar, make none.
pub(crate) fn key(cut: &str, views: &str) -> String {
    let (rest, fragment) = split(cut, b'#');
    let (base, query) = split(rest, b'?');
    let mut key = String::from(base);
    if views != "path" {
        for pair in parts(query.unwrap_or_default(), b'&') {
            if !pair.is_empty() && !CAMPAIGN.contains(&split(pair, b'=').0) {
                key.push('&');
                key.push_str(pair);
            }
        }
        if views != "query" {
            key.push('#');
            key.push_str(fragment.unwrap_or_default());
        }
    }
    key
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
    use super::{cut, cut_for, key, origin, path, referrer};

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
    fn views_are_as_fine_as_asked_for() {
        let check = |views, one, other, expected| {
            let key = |url| key(&cut_for(url, &[String::from("id")], views), views);
            assert_eq!(key(one) == key(other), expected, "{views} {one} {other}");
        };
        let page = "https://a.example/p";
        for views in ["", "path", "query", "hash"] {
            check(views, page, "https://a.example/q", false);
            check(
                views,
                page,
                "https://a.example/p?utm_source=x&token=1",
                true,
            );
            check(views, page, "https://a.example/p?id=1", views == "path");
            let is_route_seen = matches!(views, "" | "hash");
            check(views, page, "https://a.example/p#/r", !is_route_seen);
            check(views, page, "https://a.example/p#top", views != "hash");
            check(views, page, "https://a.example/p#access_token=1", true);
        }
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
