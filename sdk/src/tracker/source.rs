//! Where an arrival comes from: campaign parameters, click ids, or the referring site.

use alloc::string::String;
use alloc::vec::Vec;

use event::json::write_string;
use event::limits::MAX_FIELD_BYTES;

use super::Config;
use super::address::{CAMPAIGN, origin};
use super::channels::{category, channel, click_id, has};
use super::redact::{cut_to, redact};
use super::text::{parts, split};

/// What a page view says about the visitor's way to it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Arrival {
    /// From outside: an [`event::Touch`] as JSON, which is how it is kept and sent.
    Touch(String),
    /// From a place that is no source: a payment provider, or another domain of the shop.
    Detour,
    /// From within the shop, or from nowhere.
    Inside,
}

/// Reads the arrival at `url` from the page at `referrer`, both whole.
///
/// `is_load`: a document was loaded, and its referrer is news. Within a document only a campaign is.
/// `is_paying`: a payment is under way, in which any other site may be the bank's.
pub(crate) fn arrival(
    url: &str,
    referrer: &str,
    is_load: bool,
    is_paying: bool,
    config: &Config,
) -> Arrival {
    let mut campaign: [String; 5] = Default::default();
    let mut click = "";
    let mut implied = ("", "");
    let (before_fragment, _) = split(url, b'#');
    for pair in parts(split(before_fragment, b'?').1.unwrap_or_default(), b'&') {
        let (key, value) = split(pair, b'=');
        let value = value.unwrap_or_default();
        let slots = CAMPAIGN.iter().zip(&mut campaign);
        for (_, slot) in slots.filter(|(name, _)| **name == key) {
            *slot = redact(&decoded(value));
            cut_to(slot, MAX_FIELD_BYTES);
        }
        if let Some((kind, source, medium)) = click_id(key) {
            click = kind;
            implied = (source, medium);
        }
    }
    let from = if is_load { host(referrer) } else { "" };
    let is_own = is_within(from, host(url)) || is_listed(from, &config.domains);
    let has_campaign = !click.is_empty() || campaign.iter().any(|text| !text.is_empty());
    if !has_campaign {
        let is_payment = !from.is_empty()
            && (category(from) == "payment" || is_listed(from, &config.payment_hosts));
        if is_payment || is_load && is_paying || is_own && !is_within(from, host(url)) {
            return Arrival::Detour;
        }
        if from.is_empty() || is_own {
            return Arrival::Inside;
        }
        implied = (from, "referral");
    }
    let [source, medium, name, ..] = &campaign;
    let channel = channel(
        otherwise(source, implied.0),
        otherwise(medium, implied.1),
        name,
    );
    let mut touch = String::from("{\"channel\":");
    write_string(&mut touch, &channel);
    let fields = CAMPAIGN
        .into_iter()
        .zip(campaign.iter().map(String::as_str));
    let referrer = if is_own { "" } else { from };
    for (key, value) in fields.chain([("click_id", click), ("referrer", referrer)]) {
        if !value.is_empty() {
            touch.push(',');
            write_string(&mut touch, key);
            touch.push(':');
            write_string(&mut touch, value);
        }
    }
    touch.push('}');
    Arrival::Touch(touch)
}

/// `text`, or `other` where it is empty.
fn otherwise<'a>(text: &'a str, other: &'a str) -> &'a str {
    if text.is_empty() { other } else { text }
}

/// The host of an address, without port.
pub(crate) fn host(url: &str) -> &str {
    let (_, behind) = split(origin(url), b'/');
    let authority = behind.and_then(|rest| rest.strip_prefix('/'));
    let authority = authority.unwrap_or_default();
    let user = authority.bytes().rposition(|byte| byte == b'@');
    let host = user.and_then(|at| authority.get(at + 1..));
    split(host.unwrap_or(authority), b':').0
}

/// Whether one of `hosts` is `host`, or a domain above it.
pub(crate) fn is_listed(host: &str, hosts: &[String]) -> bool {
    hosts.iter().any(|listed| is_below(host, listed))
}

/// Whether two hosts are of one shop: the same, or one below the other, `www.` aside.
fn is_within(one: &str, other: &str) -> bool {
    is_below(one, other) || is_below(other, one)
}

fn is_below(host: &str, domain: &str) -> bool {
    let domain = domain.strip_prefix("www.").unwrap_or(domain);
    !domain.is_empty() && host.ends_with(domain) && has(host, domain)
}

/// A query parameter as it was meant: `+` is a space, `%41` an A. What is no text is left out.
fn decoded(value: &str) -> String {
    let mut bytes = Vec::with_capacity(value.len());
    let mut rest = value.as_bytes();
    while let [first, behind @ ..] = rest {
        let hex = |digit: &u8| char::from(*digit).to_digit(16);
        (rest, _) = match (first, behind) {
            (b'%', [high, low, behind @ ..]) if hex(high).is_some() && hex(low).is_some() => {
                let byte = hex(high).unwrap_or_default() * 16 + hex(low).unwrap_or_default();
                (behind, bytes.push(byte as u8))
            }
            (b'+', _) => (behind, bytes.push(b' ')),
            _ => (behind, bytes.push(*first)),
        };
    }
    String::from_utf8(bytes).unwrap_or_default()
}

#[cfg(all(test, not(target_family = "wasm")))]
mod tests {
    use super::{Arrival, arrival, decoded, host, is_within};
    use crate::tracker::Config;
    use event::Touch;
    use proptest::prelude::*;

    const PAGE: &str = "https://www.shop.example/p";

    fn arrive(url: &str, referrer: &str) -> Arrival {
        let config = Config {
            domains: vec!["shop2.example".into()],
            payment_hosts: vec!["bank.example".into()],
            ..Config::default()
        };
        arrival(url, referrer, true, false, &config)
    }

    fn touch(url: &str, referrer: &str) -> Touch {
        match arrive(url, referrer) {
            Arrival::Touch(touch) => serde_json::from_str(&touch).expect("a touch is JSON"),
            other => panic!("{url} from {referrer}: {other:?}"),
        }
    }

    #[test]
    fn a_campaign_is_read_and_never_a_click_ids_value() {
        let url = "https://shop.example/?utm_source=News%20Letter&utm_medium=email&utm_campaign=sp+ring&gclid=SECRET&utm_term=jane%40mail.example#x?utm_content=no";
        let found = touch(url, "https://mail.google.com/");
        assert_eq!(found.channel.as_deref(), Some("email"));
        assert_eq!(found.utm_source.as_deref(), Some("News Letter"));
        assert_eq!(found.utm_campaign.as_deref(), Some("sp ring"));
        assert_eq!(found.utm_term.as_deref(), Some("[email]"));
        assert_eq!(found.utm_content, None);
        assert_eq!(found.click_id.as_deref(), Some("gclid"));
        assert_eq!(found.referrer.as_deref(), Some("mail.google.com"));
        assert!(!format!("{found:?}").contains("SECRET"));
    }

    #[test]
    fn click_ids_and_referrers_have_channels() {
        for (query, referrer, expected) in [
            ("?gclid=1", "https://www.google.com/", "paid_search"),
            ("?gbraid=1", "", "paid_search"),
            ("?msclkid=1", "", "paid_search"),
            ("?fbclid=1", "https://l.facebook.com/", "organic_social"),
            ("?fbclid=1&utm_medium=cpc", "", "paid_social"),
            ("?ttclid=1", "", "paid_social"),
            ("?gclid=1&utm_medium=email&utm_source=x", "", "email"),
            ("", "https://www.google.com/", "organic_search"),
            ("", "https://duckduckgo.com/", "organic_search"),
            ("", "https://t.co/x", "organic_social"),
            ("", "https://chatgpt.com/", "ai_assistant"),
            ("", "https://blog.example:8080/a", "referral"),
            ("", "android-app://com.google.android.gm/", "email"),
        ] {
            let found = touch(&format!("{PAGE}{query}"), referrer);
            assert_eq!(
                found.channel.as_deref(),
                Some(expected),
                "{query} {referrer}"
            );
        }
    }

    #[test]
    fn what_is_no_source() {
        for (referrer, expected) in [
            ("", Arrival::Inside),
            ("https://shop.example/", Arrival::Inside),
            ("https://checkout.shop.example/", Arrival::Inside),
            ("https://www.paypal.com/checkout", Arrival::Detour),
            ("https://secure.bank.example/", Arrival::Detour),
            ("https://www.shop2.example/", Arrival::Detour),
        ] {
            assert_eq!(arrive(PAGE, referrer), expected, "{referrer}");
        }
        let config = Config::default();
        let paying = arrival(PAGE, "https://3ds.bank2.example/", true, true, &config);
        assert_eq!(paying, Arrival::Detour);
        let within = arrival(PAGE, "https://blog.example/", false, false, &config);
        assert_eq!(within, Arrival::Inside);
    }

    #[test]
    fn hosts_are_found_and_compared() {
        assert_eq!(host("https://jane@a.example:81/x"), "a.example");
        assert_eq!(host("https://a.example"), "a.example");
        assert_eq!(host("about:blank"), "");
        assert!(is_within("a.example", "www.a.example"));
        assert!(!is_within("ba.example", "a.example"));
        assert!(!is_within("", "a.example"));
    }

    proptest! {
        #[test]
        fn any_text_is_decoded(text in ".{0,30}", url in ".{0,60}", referrer in ".{0,30}") {
            let encoded: String = text.bytes().map(|byte| format!("%{byte:02x}")).collect();
            prop_assert_eq!(decoded(&encoded), text.clone());
            decoded(&text);
            arrive(&url, &referrer);
        }
    }
}
