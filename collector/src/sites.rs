//! Who may send: which sites a collector knows, and from which origins each may be sent to.
//!
//! An origin is what a browser says of the page that sends. It keeps other people's pages from writing into a
//! site; it does not keep out a program, which can claim any origin. A request without one is not from a page
//! and is let through.

use std::collections::BTreeMap;

use event::limits::MAX_SITE_BYTES;

use crate::error::OpenError;

/// The sites that a collector takes events for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SitePolicy {
    /// Origins by site, none meaning all; `None` in place of the map takes every well-formed site.
    sites: Option<BTreeMap<String, Vec<String>>>,
}

/// Why a site's events are refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The collector does not know the site.
    UnknownSite,
    /// The site may not be sent to from this origin.
    ForeignOrigin,
}

/// What to answer a page that asks whether it may see the response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AllowedOrigin<'a> {
    /// Every page may.
    Any,
    /// The page that asked may.
    This(&'a str),
    /// This page may not.
    None,
}

impl SitePolicy {
    /// Takes every well-formed site from every origin: for development.
    pub fn any() -> Self {
        Self::default()
    }

    /// Reads the values of `--site`, each `ID` or `ID=ORIGIN,ORIGIN`. No value at all takes every site.
    ///
    /// # Errors
    /// An id or an origin is malformed.
    pub fn parse(values: &[String]) -> Result<Self, OpenError> {
        if values.is_empty() {
            return Ok(Self::any());
        }
        let mut sites = BTreeMap::<String, Vec<String>>::new();
        for value in values {
            let (site, origins) = value.split_once('=').unwrap_or((value, ""));
            if !is_well_formed(site) {
                return Err(problem(format!(
                    "{site:?} is not the id of a site; use up to {MAX_SITE_BYTES} of a-z, 0-9, - and _"
                )));
            }
            let known = sites.entry(site.to_owned()).or_default();
            for origin in origins.split(',').filter(|origin| !origin.is_empty()) {
                known.push(parse_origin(origin)?);
            }
        }
        Ok(Self { sites: Some(sites) })
    }

    /// Whether events of `site` are taken from a page of `origin`.
    ///
    /// # Errors
    /// They are not.
    pub fn admit(&self, site: &str, origin: Option<&str>) -> Result<(), Refusal> {
        let Some(sites) = &self.sites else {
            return Ok(());
        };
        let origins = sites.get(site).ok_or(Refusal::UnknownSite)?;
        match origin {
            Some(origin) if !lets_in(origins, origin) => Err(Refusal::ForeignOrigin),
            _ => Ok(()),
        }
    }

    /// Whether the collector was told of `site`, or takes all.
    pub fn knows(&self, site: &str) -> bool {
        self.sites
            .as_ref()
            .is_none_or(|sites| sites.contains_key(site))
    }

    /// Whether a page of `origin` may see the response to what it sends: for one site, or, before the site is
    /// known, for at least one of all.
    pub fn allowed_origin<'a>(&self, site: Option<&str>, origin: &'a str) -> AllowedOrigin<'a> {
        let Some(sites) = &self.sites else {
            return AllowedOrigin::Any;
        };
        let mut asked = sites
            .iter()
            .filter(|(id, _)| site.is_none_or(|site| site == *id))
            .peekable();
        if asked.peek().is_some() && asked.clone().all(|(_, origins)| origins.is_empty()) {
            AllowedOrigin::Any
        } else if asked.any(|(_, origins)| lets_in(origins, origin)) {
            AllowedOrigin::This(origin)
        } else {
            AllowedOrigin::None
        }
    }
}

fn lets_in(origins: &[String], origin: &str) -> bool {
    origins.is_empty()
        || origins
            .iter()
            .any(|known| known.eq_ignore_ascii_case(origin))
}

/// Whether `site` can be the id of a site: `[a-z0-9][a-z0-9_-]{0,63}`.
pub fn is_well_formed(site: &str) -> bool {
    let is_alphanumeric = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    site.len() <= MAX_SITE_BYTES
        && site.bytes().next().is_some_and(is_alphanumeric)
        && site
            .bytes()
            .all(|byte| is_alphanumeric(byte) || byte == b'-' || byte == b'_')
}

fn parse_origin(origin: &str) -> Result<String, OpenError> {
    let host = origin
        .strip_prefix("https://")
        .or_else(|| origin.strip_prefix("http://"));
    match host {
        Some(host) if !host.is_empty() && !host.contains(['/', '?', '#', '@', ' ', '*']) => {
            Ok(origin.to_owned())
        }
        _ => Err(problem(format!(
            "{origin:?} is not an origin; write scheme, host and port, such as https://shop.example"
        ))),
    }
}

fn problem(problem: String) -> OpenError {
    OpenError::Option {
        option: "--site",
        problem,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy(values: &[&str]) -> SitePolicy {
        let values: Vec<String> = values.iter().map(ToString::to_string).collect();
        SitePolicy::parse(&values).unwrap()
    }

    #[test]
    fn ids_of_sites() {
        let longest = "a".repeat(64);
        for good in ["demo", "0", "a-b_c", &longest] {
            assert!(is_well_formed(good), "{good}");
        }
        let too_long = "a".repeat(65);
        for bad in ["", "-a", "_a", "Demo", "a/b", "a b", "ä", &too_long] {
            assert!(!is_well_formed(bad), "{bad}");
        }
    }

    #[test]
    fn without_options_every_site_is_taken() {
        assert_eq!(policy(&[]).admit("demo", Some("https://a.example")), Ok(()));
        assert_eq!(
            policy(&[]).allowed_origin(None, "https://a.example"),
            AllowedOrigin::Any
        );
    }

    #[test]
    fn a_site_is_held_to_its_origins() {
        let policy = policy(&["open", "shop=https://a.example,http://b.example:8080"]);
        for (site, origin, expected) in [
            ("open", Some("https://anyone.example"), Ok(())),
            ("shop", Some("https://a.example"), Ok(())),
            ("shop", Some("http://b.example:8080"), Ok(())),
            ("shop", None, Ok(())),
            (
                "shop",
                Some("http://b.example"),
                Err(Refusal::ForeignOrigin),
            ),
            ("shop", Some("null"), Err(Refusal::ForeignOrigin)),
            (
                "other",
                Some("https://a.example"),
                Err(Refusal::UnknownSite),
            ),
        ] {
            assert_eq!(policy.admit(site, origin), expected, "{site} {origin:?}");
        }
    }

    #[test]
    fn pages_may_see_responses_of_sites_that_let_them_in() {
        let both = policy(&["open", "shop=https://a.example"]);
        let shop = policy(&["shop=https://a.example"]);
        let (ours, foreign) = ("https://a.example", "https://b.example");
        for (policy, site, origin, expected) in [
            (&both, Some("open"), foreign, AllowedOrigin::Any),
            (&both, Some("shop"), ours, AllowedOrigin::This(ours)),
            (&both, Some("shop"), foreign, AllowedOrigin::None),
            (&both, Some("unknown"), ours, AllowedOrigin::None),
            (&both, None, foreign, AllowedOrigin::This(foreign)),
            (&shop, None, ours, AllowedOrigin::This(ours)),
            (&shop, None, foreign, AllowedOrigin::None),
        ] {
            assert_eq!(
                policy.allowed_origin(site, origin),
                expected,
                "{site:?} {origin}"
            );
        }
    }

    #[test]
    fn malformed_options_are_refused_in_words() {
        for (value, expected) in [
            ("Shop", "is not the id of a site"),
            ("a=shop.example", "is not an origin"),
        ] {
            let error = SitePolicy::parse(&[value.to_owned()])
                .unwrap_err()
                .to_string();
            assert!(
                error.starts_with("--site: ") && error.contains(expected),
                "{error}"
            );
        }
    }
}
