//! Which channel an arrival belongs to: the rules, and the lists they look into.
//!
//! The model is GA4's [default channel group](https://support.google.com/analytics/answer/9756891). Where this
//! differs, docs/identity.md says so. Every list is one text: it is
//! easily edited, and text is what compresses best.

use alloc::string::String;

use super::text::{parts, split};

/// A category, then the names of its sites. A name is one label of a host, or several neighbouring ones. The
/// first line that names a host decides: `gemini.google` before `google`.
const SITES: &str = "\
payment paypal klarna stripe adyen mollie sofort giropay paydirekt paysafecard skrill worldpay braintreegateway checkout.com cardinalcommerce arcot 3ds 3dsecure acs rsa3dsauth pay.google pay.amazon payments.amazon afterpay clearpay affirm twint ideal bancontact trustly swish vipps mobilepay blik przelewy24 payu alipay ratepay riverty scalapay unzer computop datatrans saferpay payone payplug multisafepay ogone opayo sagepay authorize.net cybersource mercadopago razorpay squareup wero
ai_assistant chatgpt openai perplexity claude gemini copilot deepseek grok mistral meta.ai you.com
email email e-mail mail mailchimp newsletter webmail outlook deref-gmx deref-web android.gm
sms sms
shopping amazon ebay etsy aliexpress alibaba idealo geizhals billiger pricerunner kelkoo shopzilla walmart mercadolibre temu shopping.google shop.app
video youtube youtu.be vimeo dailymotion twitch tv bilibili
social facebook fb instagram threads twitter x x.com t.co tiktok pinterest linkedin lnkd.in reddit snapchat tumblr bsky mastodon vk ok.ru weibo quora whatsapp telegram t.me discord xing line.me news.ycombinator
search google bing yahoo duckduckgo ecosia baidu yandex qwant startpage brave naver seznam ask aol sogou so.com daum kagi";

/// A channel, then the media that name it, in small letters with `-` for spaces and underscores.
const MEDIA: &str = "\
display display banner expandable interstitial cpm
email email e-mail mail newsletter
affiliates affiliate affiliates
organic_social social social-network social-media sm
organic_search organic
organic_video video
referral referral app link
audio audio
sms sms
mobile_push push notification mobile";

/// A click id's parameter, the source it implies, and the medium, where only advertisements carry it.
const CLICK_IDS: &str = "\
gclid google cpc
gbraid google cpc
wbraid google cpc
dclid google display
srsltid shopping.google
msclkid bing cpc
yclid yandex cpc
fbclid facebook
igshid instagram
ttclid tiktok cpc
twclid twitter cpc
li_fat_id linkedin cpc
ScCid snapchat cpc
rdt_cid reddit cpc
epik pinterest
awc awin affiliate
cjevent cj affiliate
irclickid impact affiliate";

/// The category of a host, or of a `utm_source`; nothing for one that is in no list.
pub(crate) fn category(host: &str) -> &'static str {
    parts(SITES, b'\n')
        .map(|line| split(line, b' '))
        .find(|(_, names)| parts(names.unwrap_or_default(), b' ').any(|name| has(host, name)))
        .map_or("", |(category, _)| category)
}

/// The source and the medium that a click id implies; `None` for a parameter that is no click id.
pub(crate) fn click_id(parameter: &str) -> Option<(&'static str, &'static str, &'static str)> {
    parts(CLICK_IDS, b'\n').find_map(|line| {
        let mut words = parts(line, b' ');
        let name = words.next().filter(|name| *name == parameter)?;
        let source = words.next().unwrap_or_default();
        Some((name, source, words.next().unwrap_or_default()))
    })
}

/// The channel of an arrival, by its source (a host or a `utm_source`), its medium and its campaign.
pub(crate) fn channel(source: &str, medium: &str, campaign: &str) -> String {
    let [source, medium, campaign] = [source, medium, campaign].map(normal);
    if source.is_empty() && medium.is_empty() && campaign.is_empty() {
        return String::from("direct");
    }
    if contains(&campaign, "cross-network") {
        return String::from("cross_network");
    }
    let mut category = category(&source);
    if contains(&campaign, "shopping") {
        category = "shopping";
    }
    let has_kinds = matches!(category, "search" | "social" | "video" | "shopping");
    let named = parts(MEDIA, b'\n')
        .map(|line| split(line, b' '))
        .find(|(_, media)| parts(media.unwrap_or_default(), b' ').any(|name| name == medium))
        .map_or("", |(channel, _)| channel);
    let is_paid = contains(&medium, "cp")
        || medium.starts_with("paid")
        || matches!(medium.as_str(), "ppc" | "retargeting");
    let (prefix, rest) = if is_paid && has_kinds {
        ("paid_", category)
    } else if !matches!(named, "" | "referral") {
        ("", named)
    } else if is_paid {
        ("paid_", "other")
    } else if has_kinds {
        ("organic_", category)
    } else if !matches!(category, "" | "payment") {
        ("", category)
    } else if named.is_empty() {
        ("", "unassigned")
    } else {
        ("", named)
    };
    let mut channel = String::from(prefix);
    channel.push_str(rest);
    channel
}

/// Small letters, and `-` for spaces and underscores.
fn normal(text: &str) -> String {
    let normal = |character: char| match character {
        ' ' | '_' => '-',
        other => other.to_ascii_lowercase(),
    };
    text.chars().map(normal).collect()
}

fn contains(text: &str, part: &str) -> bool {
    (0..text.len()).any(|start| starts(text, start, part))
}

fn starts(text: &str, start: usize, part: &str) -> bool {
    let bytes = text.as_bytes().get(start..).unwrap_or_default();
    bytes.starts_with(part.as_bytes())
}

/// Whether `name` is one label of `host`, or several neighbouring ones.
pub(crate) fn has(host: &str, name: &str) -> bool {
    let is_end = |place: usize| matches!(host.as_bytes().get(place), None | Some(b'.'));
    (0..host.len()).any(|start| {
        (start == 0 || is_end(start - 1)) && starts(host, start, name) && is_end(start + name.len())
    })
}

#[cfg(all(test, not(target_family = "wasm")))]
mod tests {
    use super::{MEDIA, SITES, category, channel, click_id, has};
    use proptest::prelude::*;

    #[test]
    fn hosts_have_a_category() {
        for (host, expected) in [
            ("www.google.de", "search"),
            ("gemini.google.com", "ai_assistant"),
            ("chatgpt.com", "ai_assistant"),
            ("mail.google.com", "email"),
            ("com.google.android.gm", "email"),
            ("com.google.android.googlequicksearchbox", "search"),
            ("shopping.google.com", "shopping"),
            ("www.amazon.co.uk", "shopping"),
            ("pay.amazon.com", "payment"),
            ("www.paypal.com", "payment"),
            ("hooks.stripe.com", "payment"),
            ("l.facebook.com", "social"),
            ("t.co", "social"),
            ("x.com", "social"),
            ("m.youtube.com", "video"),
            ("notgoogle.example", ""),
            ("google-fans.example", ""),
            ("", ""),
        ] {
            assert_eq!(category(host), expected, "{host}");
        }
    }

    #[test]
    fn rules_give_the_channels_of_the_default_group() {
        for (source, medium, campaign, expected) in [
            ("", "", "", "direct"),
            ("google", "cpc", "", "paid_search"),
            ("google", "cpc", "Sale_Shopping", "paid_shopping"),
            ("google", "cpc", "Cross-network", "cross_network"),
            ("google", "organic", "", "organic_search"),
            ("www.google.com", "referral", "", "organic_search"),
            ("Facebook", "Paid_Social", "", "paid_social"),
            ("facebook.com", "referral", "", "organic_social"),
            ("youtube", "cpv", "", "paid_video"),
            ("youtube", "cpm", "", "paid_video"),
            ("somewhere", "cpm", "", "display"),
            ("somewhere", "banner", "", "display"),
            ("somewhere", "cpc", "", "paid_other"),
            ("news", "E-Mail", "", "email"),
            ("newsletter", "", "", "email"),
            ("google", "email", "", "email"),
            ("awin", "affiliate", "", "affiliates"),
            ("blog.example", "referral", "", "referral"),
            ("chatgpt.com", "referral", "", "ai_assistant"),
            ("chatgpt.com", "", "", "ai_assistant"),
            ("www.idealo.de", "referral", "", "organic_shopping"),
            ("team", "social media", "", "organic_social"),
            ("app", "push", "", "mobile_push"),
            ("pod", "audio", "", "audio"),
            ("partner", "", "", "unassigned"),
            ("", "", "spring", "unassigned"),
        ] {
            let found = channel(source, medium, campaign);
            assert_eq!(found, expected, "{source} {medium} {campaign}");
        }
    }

    #[test]
    fn click_ids_imply_where_they_come_from() {
        assert_eq!(click_id("gclid"), Some(("gclid", "google", "cpc")));
        assert_eq!(click_id("fbclid"), Some(("fbclid", "facebook", "")));
        assert_eq!(click_id("id"), None);
        for (source, medium, expected) in [
            ("facebook", "", "organic_social"),
            ("awin", "affiliate", "affiliates"),
            ("shopping.google", "", "organic_shopping"),
            ("google", "display", "display"),
        ] {
            assert_eq!(channel(source, medium, ""), expected);
        }
    }

    #[test]
    fn no_name_stands_in_a_list_twice() {
        for list in [SITES, MEDIA] {
            for line in list.split('\n') {
                let mut names: Vec<_> = line.split(' ').skip(1).collect();
                names.sort_unstable();
                let all = names.len();
                names.dedup();
                assert_eq!(names.len(), all, "{line}");
            }
        }
    }

    proptest! {
        #[test]
        fn labels_agree_with_splitting(host in "[ab.]{0,8}", name in "[ab]{1,2}(\\.[ab])?") {
            let labels: Vec<_> = host.split('.').collect();
            let wanted: Vec<_> = name.split('.').collect();
            let expected = labels.windows(wanted.len()).any(|window| window == wanted);
            prop_assert_eq!(has(&host, &name), expected);
        }

        #[test]
        fn any_words_have_a_channel(source in ".{0,12}", medium in ".{0,12}", campaign in ".{0,12}") {
            prop_assert!(!channel(&source, &medium, &campaign).is_empty());
        }
    }
}
