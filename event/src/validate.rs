//! Holding an event to the vocabulary and its limits.

use alloc::string::String;
use core::fmt;

use crate::limits::*;
use crate::{Event, Item, PropValue, Touch};

/// Why an event is refused: which field, and what is wrong with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invalid {
    /// Path of the field within the event, such as `items[2].item_name`.
    pub field: String,
    /// What is wrong.
    pub problem: Problem,
}

/// What is wrong with a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Problem {
    /// It must not be empty.
    Empty,
    /// It has more bytes of UTF-8 than this limit.
    TooLong(usize),
    /// It holds more entries than this limit.
    TooMany(usize),
    /// It is below zero.
    Negative,
    /// It is not a finite number.
    NotFinite,
    /// It is not a time between 1970 and 9999, in milliseconds.
    NotATime,
    /// It holds a control character.
    ControlCharacter,
    /// It is not a code of three capital letters.
    NotACurrency,
    /// It looks like an e-mail address, which an id must not be.
    EmailAddress,
}

impl Invalid {
    /// Appends the reason in words, such as `name: longer than 64 bytes`, without the formatting machinery.
    pub fn write(&self, out: &mut String) {
        out.push_str(&self.field);
        out.push_str(": ");
        self.problem.write(out);
    }
}

impl Problem {
    /// Appends the problem in words, without the formatting machinery.
    pub fn write(self, out: &mut String) {
        let (words, limit, unit) = match self {
            Problem::Empty => ("is empty", None, ""),
            Problem::TooLong(limit) => ("longer than ", Some(limit), " bytes"),
            Problem::TooMany(limit) => ("more than ", Some(limit), " entries"),
            Problem::Negative => ("below zero", None, ""),
            Problem::NotFinite => ("not a finite number", None, ""),
            Problem::NotATime => ("not a time in milliseconds between 1970 and 9999", None, ""),
            Problem::ControlCharacter => ("holds a control character", None, ""),
            Problem::NotACurrency => ("not an ISO 4217 code of three capital letters", None, ""),
            Problem::EmailAddress => (
                "looks like an e-mail address; send an id of your own",
                None,
                "",
            ),
        };
        out.push_str(words);
        if let Some(limit) = limit {
            crate::json::write_u64(out, limit as u64);
        }
        out.push_str(unit);
    }
}

impl fmt::Display for Invalid {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut words = String::new();
        self.write(&mut words);
        out.write_str(&words)
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut words = String::new();
        self.write(&mut words);
        out.write_str(&words)
    }
}

impl core::error::Error for Invalid {}

impl Event {
    /// Holds the event to [`limits`](crate::limits).
    ///
    /// # Errors
    /// The first field, in the order of the struct, that breaks a limit.
    pub fn validate(&self) -> Result<(), Invalid> {
        let mut check = Check::default();
        check.that(
            "ts",
            (MIN_TS..=MAX_TS).contains(&self.ts),
            Problem::NotATime,
        );
        check.id("visitor", &self.visitor);
        check.id("user", &self.user);
        let user = self.user.as_deref().unwrap_or_default();
        check.that(
            "user",
            !user.bytes().any(|byte| byte == b'@'),
            Problem::EmailAddress,
        );
        check.id("session", &self.session);
        check.id("tab", &self.tab);
        check.name(&self.name);
        if let Some(page) = &self.page {
            check.parent = "page";
            check.text("url", &page.url, MAX_URL_BYTES);
            check.text("path", &page.path, MAX_URL_BYTES);
            check.text("title", &page.title, MAX_TITLE_BYTES);
            check.text("referrer", &page.referrer, MAX_URL_BYTES);
        }
        if let Some(source) = &self.source {
            check.parent = "source";
            check.touch("first", &source.first);
            check.touch("last", &source.last);
        }
        check.parent = "";
        check.that(
            "props",
            self.props.len() <= MAX_PROPS,
            Problem::TooMany(MAX_PROPS),
        );
        check.parent = "props";
        for (key, value) in self.props.iter() {
            check.prop(key, value);
        }
        check.parent = "";
        check.that(
            "items",
            self.items.len() <= MAX_ITEMS,
            Problem::TooMany(MAX_ITEMS),
        );
        for (index, item) in self.items.iter().enumerate() {
            check.item = Some(index);
            check.item(item);
        }
        check.item = None;
        let currency = self.currency.as_deref();
        let is_code =
            |code: &str| code.len() == 3 && code.bytes().all(|byte| byte.is_ascii_uppercase());
        check.that(
            "currency",
            currency.is_none_or(is_code),
            Problem::NotACurrency,
        );
        match check.found {
            Some(invalid) => Err(invalid),
            None => Ok(()),
        }
    }
}

/// Where in the event the check is, and what it has found first. It goes on to the end in any case: to return early at
/// every field would cost the tracker half a kilobyte.
#[derive(Default)]
struct Check {
    parent: &'static str,
    item: Option<usize>,
    found: Option<Invalid>,
}

impl Check {
    #[inline(never)]
    fn that(&mut self, field: &str, holds: bool, problem: Problem) {
        if holds || self.found.is_some() {
            return;
        }
        let mut path = String::new();
        if let Some(index) = self.item {
            path.push_str("items[");
            crate::json::write_u64(&mut path, index as u64);
            path.push_str("].");
        }
        if !self.parent.is_empty() {
            path.push_str(self.parent);
            path.push('.');
        }
        path.push_str(field);
        self.found = Some(Invalid {
            field: path,
            problem,
        });
    }

    fn text(&mut self, field: &str, text: &Option<String>, limit: usize) {
        let length = text.as_deref().map_or(0, str::len);
        self.that(field, length <= limit, Problem::TooLong(limit));
    }

    fn id(&mut self, field: &str, id: &Option<String>) {
        self.text(field, id, MAX_ID_BYTES);
        self.that(field, id.as_deref() != Some(""), Problem::Empty);
    }

    fn name(&mut self, name: &str) {
        self.that("name", !name.is_empty(), Problem::Empty);
        self.that(
            "name",
            name.len() <= MAX_NAME_BYTES,
            Problem::TooLong(MAX_NAME_BYTES),
        );
        let has_control = name.bytes().any(|byte| byte.is_ascii_control());
        self.that("name", !has_control, Problem::ControlCharacter);
    }

    fn touch(&mut self, field: &str, touch: &Option<Touch>) {
        let Some(touch) = touch else { return };
        for text in [
            &touch.channel,
            &touch.utm_source,
            &touch.utm_medium,
            &touch.utm_campaign,
            &touch.utm_term,
            &touch.utm_content,
            &touch.click_id,
            &touch.referrer,
        ] {
            self.text(field, text, MAX_FIELD_BYTES);
        }
    }

    fn prop(&mut self, key: &str, value: &PropValue) {
        self.that(key, !key.is_empty(), Problem::Empty);
        self.that(
            key,
            key.len() <= MAX_PROP_KEY_BYTES,
            Problem::TooLong(MAX_PROP_KEY_BYTES),
        );
        match value {
            PropValue::String(text) => {
                let fits = text.len() <= MAX_PROP_STRING_BYTES;
                self.that(key, fits, Problem::TooLong(MAX_PROP_STRING_BYTES));
            }
            PropValue::Number(number) => self.that(key, number.is_finite(), Problem::NotFinite),
            PropValue::Bool(_) => {}
        }
    }

    fn item(&mut self, item: &Item) {
        for (field, text) in [
            ("item_id", &item.item_id),
            ("item_name", &item.item_name),
            ("item_brand", &item.item_brand),
            ("item_category", &item.item_category),
            ("item_category2", &item.item_category2),
            ("item_category3", &item.item_category3),
            ("item_category4", &item.item_category4),
            ("item_category5", &item.item_category5),
            ("item_variant", &item.item_variant),
            ("coupon", &item.coupon),
            ("item_list_id", &item.item_list_id),
            ("item_list_name", &item.item_list_name),
        ] {
            self.text(field, text, MAX_FIELD_BYTES);
        }
        let is_negative = item.price.is_some_and(|price| price.micros() < 0);
        self.that("price", !is_negative, Problem::Negative);
    }
}
