//! Everything that Desirepath can collect, in one file.
//!
//! The structs are the fields of an event; [`KINDS`] are the events that the tracker knows and the properties
//! it puts on each. A shop may send names and properties of its own beside these; nothing else exists. What
//! the tracker notices by itself is in docs/capture.md; the other kinds are for the shop to report. The names of shop events and their parameters are those of the
//! [GA4 e-commerce vocabulary](https://developers.google.com/analytics/devguides/collection/ga4/reference/events).

use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;

use serde::Deserialize;
use serde::de::{Deserializer, Visitor};
use uuid::Uuid;

use crate::kind::{kinds_of_events, props};
use crate::{Decimal, Props};

/// One thing that a visitor did, or that happened to them.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Event {
    /// Unique, a UUID version 7 ([RFC 9562](https://www.rfc-editor.org/rfc/rfc9562)). The same id twice is one event.
    pub id: Uuid,
    /// When it happened: milliseconds since the Unix epoch. On the visitor's clock until a collector corrects it.
    pub ts: i64,
    /// Counts up within one tab; orders events of the same millisecond.
    pub seq: u32,
    /// Random first-party id of the browser. Absent where storage is not allowed.
    #[serde(default)]
    pub visitor: Option<String>,
    /// Id that the shop gave at login. Never an e-mail address.
    #[serde(default)]
    pub user: Option<String>,
    /// The tracker's idea of a session. A hint: the analyzer decides sessions itself.
    #[serde(default)]
    pub session: Option<String>,
    /// Random id of the browser tab, the scope of [`Event::seq`].
    #[serde(default)]
    pub tab: Option<String>,
    /// What happened: a name of [`KINDS`], or one of the shop's own.
    pub name: String,
    /// Where it happened.
    #[serde(default)]
    pub page: Option<Page>,
    /// How the visitor came here.
    #[serde(default)]
    pub source: Option<Source>,
    /// Properties by key: those listed in [`KINDS`] and the shop's own.
    #[serde(default)]
    pub props: Props,
    /// The products concerned.
    #[serde(default)]
    pub items: Vec<Item>,
    /// Sum of price × quantity, without shipping and tax, in units of [`Event::currency`].
    #[serde(default)]
    pub value: Option<Decimal>,
    /// ISO 4217 code of every amount of this event: three capital letters.
    #[serde(default)]
    pub currency: Option<String>,
}

/// Property that any event may carry: how likely it is that a program sent it, from 0 to 1, judged by signals of
/// the browser. Reports leave out events above a threshold, and say how many. Absent means 0.
pub const BOT_SCORE: &str = "bot_score";
/// Property of any event of a tracker that samples: the share of visitors that are tracked, from 0 to 1, so that
/// counts can be weighed.
pub const SAMPLE_RATE: &str = "sample_rate";

/// The page on which an event happened.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct Page {
    /// The address, with only allow-listed query parameters.
    #[serde(default)]
    pub url: Option<String>,
    /// The path of the address.
    #[serde(default)]
    pub path: Option<String>,
    /// The document's title.
    #[serde(default)]
    pub title: Option<String>,
    /// The address of the page before: cut like [`Page::url`] inside the shop, only its origin outside.
    #[serde(default)]
    pub referrer: Option<String>,
}

/// How the visitor came to the shop, the first time and this time.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct Source {
    /// The first touch remembered for this visitor.
    #[serde(default)]
    pub first: Option<Touch>,
    /// The touch that began the present visit.
    #[serde(default)]
    pub last: Option<Touch>,
}

/// One arrival from outside.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct Touch {
    /// Channel by the documented rules, such as `direct`, `organic_search`, `paid_search`, `email`, `referral`.
    #[serde(default)]
    pub channel: Option<String>,
    /// The `utm_source` parameter.
    #[serde(default)]
    pub utm_source: Option<String>,
    /// The `utm_medium` parameter.
    #[serde(default)]
    pub utm_medium: Option<String>,
    /// The `utm_campaign` parameter.
    #[serde(default)]
    pub utm_campaign: Option<String>,
    /// The `utm_term` parameter.
    #[serde(default)]
    pub utm_term: Option<String>,
    /// The `utm_content` parameter.
    #[serde(default)]
    pub utm_content: Option<String>,
    /// The kind of a click id in the address, such as `gclid`; not its value.
    #[serde(default)]
    pub click_id: Option<String>,
    /// Host of the referring page.
    #[serde(default)]
    pub referrer: Option<String>,
}

/// One product of an event: the item fields of GA4.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct Item {
    /// The shop's id of the product (SKU).
    #[serde(default)]
    pub item_id: Option<String>,
    /// Name.
    #[serde(default)]
    pub item_name: Option<String>,
    /// Brand.
    #[serde(default)]
    pub item_brand: Option<String>,
    /// Category, the widest.
    #[serde(default)]
    pub item_category: Option<String>,
    /// Category, second level.
    #[serde(default)]
    pub item_category2: Option<String>,
    /// Category, third level.
    #[serde(default)]
    pub item_category3: Option<String>,
    /// Category, fourth level.
    #[serde(default)]
    pub item_category4: Option<String>,
    /// Category, fifth level.
    #[serde(default)]
    pub item_category5: Option<String>,
    /// Variant, such as a colour or a size.
    #[serde(default)]
    pub item_variant: Option<String>,
    /// Coupon on this item.
    #[serde(default)]
    pub coupon: Option<String>,
    /// The list in which it was shown or chosen.
    #[serde(default)]
    pub item_list_id: Option<String>,
    /// That list's name.
    #[serde(default)]
    pub item_list_name: Option<String>,
    /// Price of one, after discount, in units of the event's currency.
    #[serde(default)]
    pub price: Option<Decimal>,
    /// Discount on one, in units of the event's currency.
    #[serde(default)]
    pub discount: Option<Decimal>,
    /// How many. Absent means one.
    #[serde(default)]
    pub quantity: Option<u32>,
    /// Position in the list, from 0.
    #[serde(default)]
    pub index: Option<u32>,
}

/// The value of a property.
#[derive(Clone, Debug, PartialEq)]
pub enum PropValue {
    /// Text.
    String(String),
    /// A finite number.
    Number(f64),
    /// A truth value.
    Bool(bool),
}

/// The property that every event has once the shop has named the account, a company or a team, for which its user
/// acts: the shop's own id of it. Never an e-mail address.
pub const ACCOUNT: &str = "account";
/// The property that holds the shop's id of an order. The same id twice is one purchase.
pub const TRANSACTION_ID: &str = "transaction_id";
/// The property that holds the shop's id of a cart.
pub const CART_ID: &str = "cart_id";

props! { NONE {} }
props! { ORDER {
    transaction_id: String "The shop's id of the order; the same id twice is one purchase.",
    coupon: String "Coupon on the order.",
    shipping: Number "Shipping cost, in units of the event's currency.",
    tax: Number "Tax, in units of the event's currency.",
} }
props! { LIST {
    item_list_id: String "The list's id.",
    item_list_name: String "The list's name.",
} }
props! { PROMOTION {
    promotion_id: String "The promotion's id.",
    promotion_name: String "The promotion's name.",
    creative_name: String "The creative's name.",
    creative_slot: String "Where on the page it was shown.",
} }
props! { CART {
    cart_id: String "The shop's id of the cart, the same from the first product to the purchase.",
} }
props! { CHECKOUT {
    cart_id: String "The shop's id of the cart, the same from the first product to the purchase.",
    coupon: String "Coupon on the order.",
} }
props! { TARGET {
    selector: String "A short, stable CSS selector of the element.",
    role: String "Its ARIA role, given or implied by the tag.",
    text: String "Its visible label, redacted and cut. Never the content of an input.",
    href: String "Where a link leads, cut like the page's address.",
    x: Number "Position across the element, 0 to 1.",
    y: Number "Position down the element, 0 to 1.",
    page_x: Number "Position across the page, in CSS pixels.",
    page_y: Number "Position down the page, in CSS pixels.",
} }
props! { FORM {
    form: String "The form's id or name, or a short selector of it.",
    field: String "Name of the field last touched. Never its content.",
    millis: Number "Time since the form was first touched, in milliseconds.",
} }
props! { METHOD { method: String "How, such as the name of the service used.", } }
props! { SEARCH {
    search_term: String "What was searched for, redacted.",
    results: Number "How many results the shop found.",
} }

kinds_of_events! {
    PAGE_VIEW "page_view" "A page, or a view of a single-page app, was shown." {
        navigation: String "How it came to be shown: load, push, replace, pop, hash or restore.",
        previous_path: String "Path of the view before, in the same tab.",
        previous_millis: Number "Time spent on the view before, in milliseconds.",
        previous_scroll: Number "How far the view before was scrolled, 0 to 1.",
        degraded: String "Why the tracker runs without its WebAssembly part, when it does.",
    }
    VIEW_ITEM_LIST "view_item_list" "A list of products was shown." LIST
    SELECT_ITEM "select_item" "A product was chosen from a list." LIST
    VIEW_ITEM "view_item" "A product's page was shown." NONE
    ADD_TO_CART "add_to_cart" "Products were put into the cart." CART
    REMOVE_FROM_CART "remove_from_cart" "Products were taken out of the cart." CART
    VIEW_CART "view_cart" "The cart was shown." CART
    ADD_TO_WISHLIST "add_to_wishlist" "Products were put on the wish list." NONE
    BEGIN_CHECKOUT "begin_checkout" "The checkout began." CHECKOUT
    ADD_SHIPPING_INFO "add_shipping_info" "A way of shipping was chosen." {
        cart_id: String "The shop's id of the cart, the same from the first product to the purchase.",
        shipping_tier: String "The way of shipping.",
        coupon: String "Coupon on the order.",
    }
    ADD_PAYMENT_INFO "add_payment_info" "A way of paying was chosen." {
        cart_id: String "The shop's id of the cart, the same from the first product to the purchase.",
        payment_type: String "The way of paying, such as card. Never a number.",
        coupon: String "Coupon on the order.",
    }
    PURCHASE "purchase" "An order was placed." {
        cart_id: String "The shop's id of the cart, the same from the first product to the purchase.",
        transaction_id: String "The shop's id of the order; the same id twice is one purchase.",
        coupon: String "Coupon on the order.",
        shipping: Number "Shipping cost, in units of the event's currency.",
        tax: Number "Tax, in units of the event's currency.",
    }
    REFUND "refund" "An order was refunded: without items in full, with items in part." ORDER
    VIEW_PROMOTION "view_promotion" "A promotion was shown." PROMOTION
    SELECT_PROMOTION "select_promotion" "A promotion was chosen." PROMOTION
    SEARCH "search" "A search was made." SEARCH
    VIEW_SEARCH_RESULTS "view_search_results" "Results of a search were shown." SEARCH
    LOGIN "login" "A user logged in." METHOD
    SIGN_UP "sign_up" "A user signed up." METHOD
    GENERATE_LEAD "generate_lead" "A visitor asked to be contacted." METHOD
    SHARE "share" "Something was shared." METHOD
    CLICK "click" "Something was clicked or tapped." TARGET
    OUTBOUND_CLICK "outbound_click" "A link to another site was followed." TARGET
    FILE_DOWNLOAD "file_download" "A link to a file was followed." TARGET
    RAGE_CLICK "rage_click" "Three clicks, each within 30 px and 1 s of the one before." TARGET
    DEAD_CLICK "dead_click" "A click on something that looks clickable, with no effect within 2.5 s." TARGET
    ERROR_CLICK "error_click" "A click with a script error within 1 s after it." TARGET
    U_TURN "u_turn" "The visitor was back on the page before within 10 s." {
        from: String "Path of the page that was left again.",
        millis: Number "Time spent there, in milliseconds.",
    }
    FORM_START "form_start" "A form was touched for the first time." FORM
    FORM_SUBMIT "form_submit" "A form was sent." FORM
    FORM_ABANDON "form_abandon" "A form was touched and left without being sent." FORM
    SCROLL "scroll" "A new depth of the page was reached." { depth: Number "The depth, 0 to 1.", }
    ENGAGEMENT "engagement" "Time in which the page was visible and had the focus." {
        millis: Number "That time, in milliseconds.",
        depth: Number "How far the page was scrolled, 0 to 1.",
    }
    JS_ERROR "js_error" "A script failed." {
        message: String "The error's message, redacted and cut.",
        script: String "Address of the script, cut like the page's.",
        line: Number "Line in it, where it is known.",
        count: Number "How many like it this event stands for.",
    }
    WEB_VITAL "web_vital" "A web vital was measured." {
        metric: String "LCP, INP, CLS, TTFB or FCP.",
        amount: Number "Its value: milliseconds, or the layout shift score.",
        rating: String "good, needs_improvement or poor.",
    }
    PAYMENT_ERROR "payment_error" "A payment failed." {
        code: String "The payment provider's code.",
        severity: String "hard or soft.",
        resolution: String "What the shop offered next.",
        payment_type: String "The way of paying.",
        transaction_id: String "The shop's id of the order that was to be paid.",
    }
    SURVEY_RESPONSE "survey_response" "A survey was answered." {
        survey: String "The survey's id.",
        score: Number "The answer; 0 to 10 for NPS.",
        comment: String "A comment, redacted.",
    }
    CONSENT "consent" "The visitor agreed. A refusal is not told: nothing may be sent then." {
        state: String "granted.",
        source: String "How: call or consent_mode.",
    }
    EXPERIMENT_EXPOSURE "experiment_exposure" "A variant of an experiment was shown." {
        experiment: String "The experiment's id.",
        variant: String "The variant's id.",
    }
    NOT_FOUND "not_found" "A page that does not exist was asked for." NONE
}

/// The kinds whose [`Event::value`] is the sum of price × quantity of their items, where the shop does not say it.
pub const VALUED: [&str; 10] = [
    kinds::VIEW_ITEM,
    kinds::ADD_TO_CART,
    kinds::REMOVE_FROM_CART,
    kinds::VIEW_CART,
    kinds::ADD_TO_WISHLIST,
    kinds::BEGIN_CHECKOUT,
    kinds::ADD_SHIPPING_INFO,
    kinds::ADD_PAYMENT_INFO,
    kinds::PURCHASE,
    kinds::REFUND,
];

impl<'de> Deserialize<'de> for PropValue {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Value;
        impl Visitor<'_> for Value {
            type Value = PropValue;

            fn expecting(&self, out: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                out.write_str("a property's value: text, a number, true or false")
            }

            fn visit_str<E>(self, text: &str) -> Result<PropValue, E> {
                Ok(PropValue::String(text.to_owned()))
            }

            fn visit_string<E>(self, text: String) -> Result<PropValue, E> {
                Ok(PropValue::String(text))
            }

            fn visit_f64<E>(self, number: f64) -> Result<PropValue, E> {
                Ok(PropValue::Number(number))
            }

            fn visit_i64<E>(self, number: i64) -> Result<PropValue, E> {
                Ok(PropValue::Number(number as f64))
            }

            fn visit_u64<E>(self, number: u64) -> Result<PropValue, E> {
                Ok(PropValue::Number(number as f64))
            }

            fn visit_bool<E>(self, truth: bool) -> Result<PropValue, E> {
                Ok(PropValue::Bool(truth))
            }
        }
        deserializer.deserialize_any(Value)
    }
}
