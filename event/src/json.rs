//! The one writer of events and batches as JSON.
//!
//! It is written by hand because the tracker carries it to every visitor: it uses no formatting machinery, and
//! leaves the printing of fractions to a function of the host, which in a browser is the browser's own. What
//! it writes is read by the [`Deserialize`](serde::Deserialize) implementations of the same types.

use alloc::string::String;

use crate::{Batch, Decimal, Event, Item, Page, PropValue, Props, Source, Touch};

/// Appends a finite number that is not an integer.
pub type FloatFormat = fn(&mut String, f64);

/// [`FloatFormat`] by the standard library: the shortest text that is read back as the same number.
///
/// Calling it links the float printer, which a tracker in a browser does without.
pub fn std_float(out: &mut String, number: f64) {
    use core::fmt::Write;
    // Where JavaScript does: a few letters on the wire must not become hundreds of digits on disk.
    let has_exponent = !(1e-6..1e21).contains(&number.abs());
    // Writing to a string can't fail.
    let _ = if has_exponent {
        write!(out, "{number:e}")
    } else {
        write!(out, "{number}")
    };
}

/// Appends `event` as one JSON object without line breaks. Absent and empty fields are left out.
pub fn write_event(out: &mut String, event: &Event, float: FloatFormat) {
    let mut object = Object::open(out, float);
    object.uuid("id", &event.id);
    object.integer("ts", event.ts);
    object.integer("seq", i64::from(event.seq));
    object.text("visitor", &event.visitor);
    object.text("user", &event.user);
    object.text("session", &event.session);
    object.text("tab", &event.tab);
    object.string("name", &event.name);
    if let Some(page) = &event.page {
        object.nested("page", |inner| write_page(inner, page));
    }
    if let Some(source) = &event.source {
        object.nested("source", |inner| write_source(inner, source));
    }
    if !event.props.is_empty() {
        object.nested("props", |inner| {
            inner.props(&event.props);
        });
    }
    if !event.items.is_empty() {
        object.key("items");
        write_list(object.out, &event.items, |out, item| {
            write_item(out, item, float);
        });
    }
    object.decimal("value", event.value);
    object.text("currency", &event.currency);
    object.close();
}

/// Appends `batch` as one JSON object without line breaks. Counters that are zero are left out.
pub fn write_batch(out: &mut String, batch: &Batch, float: FloatFormat) {
    write_batch_of(out, batch, |out, event| write_event(out, event, float));
}

/// Appends a batch whose events are written by `event`, such as events that are kept in their encoded form.
pub fn write_batch_of<E>(out: &mut String, batch: &Batch<E>, event: impl FnMut(&mut String, &E)) {
    let mut object = Object::open(out, no_float);
    object.integer("schema", i64::from(batch.schema));
    object.uuid("id", &batch.id);
    object.string("site", &batch.site);
    object.string("sdk", &batch.sdk);
    object.integer("sent_at", batch.sent_at);
    if batch.dropped.total() > 0 {
        object.nested("dropped", |inner| {
            for (reason, count) in batch.dropped.by_reason() {
                if count > 0 {
                    inner.key(reason);
                    write_u64(inner.out, count);
                }
            }
        });
    }
    object.key("events");
    write_list(object.out, &batch.events, event);
    object.close();
}

/// Appends the properties of an event as one JSON object.
pub fn write_props(out: &mut String, props: &Props, float: FloatFormat) {
    let mut object = Object::open(out, float);
    object.props(props);
    object.close();
}

/// Appends the items of an event as one JSON array of objects.
pub fn write_items(out: &mut String, items: &[Item]) {
    write_list(out, items, |out, item| write_item(out, item, no_float));
}

fn write_page(object: &mut Object<'_>, page: &Page) {
    object.text("url", &page.url);
    object.text("path", &page.path);
    object.text("title", &page.title);
    object.text("referrer", &page.referrer);
}

fn write_source(object: &mut Object<'_>, source: &Source) {
    for (key, touch) in [("first", &source.first), ("last", &source.last)] {
        if let Some(touch) = touch {
            object.nested(key, |inner| write_touch(inner, touch));
        }
    }
}

fn write_touch(object: &mut Object<'_>, touch: &Touch) {
    object.text("channel", &touch.channel);
    object.text("utm_source", &touch.utm_source);
    object.text("utm_medium", &touch.utm_medium);
    object.text("utm_campaign", &touch.utm_campaign);
    object.text("utm_term", &touch.utm_term);
    object.text("utm_content", &touch.utm_content);
    object.text("click_id", &touch.click_id);
    object.text("referrer", &touch.referrer);
}

fn write_item(out: &mut String, item: &Item, float: FloatFormat) {
    let mut object = Object::open(out, float);
    object.text("item_id", &item.item_id);
    object.text("item_name", &item.item_name);
    object.text("item_brand", &item.item_brand);
    object.text("item_category", &item.item_category);
    object.text("item_category2", &item.item_category2);
    object.text("item_category3", &item.item_category3);
    object.text("item_category4", &item.item_category4);
    object.text("item_category5", &item.item_category5);
    object.text("item_variant", &item.item_variant);
    object.text("coupon", &item.coupon);
    object.text("item_list_id", &item.item_list_id);
    object.text("item_list_name", &item.item_list_name);
    object.decimal("price", item.price);
    object.decimal("discount", item.discount);
    object.count("quantity", item.quantity);
    object.count("index", item.index);
    object.close();
}

fn write_list<E>(out: &mut String, elements: &[E], mut write: impl FnMut(&mut String, &E)) {
    out.push('[');
    for (index, element) in elements.iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        write(out, element);
    }
    out.push(']');
}

/// The [`FloatFormat`] of objects that hold no fractions but those of [`Decimal`].
fn no_float(_: &mut String, _: f64) {}

/// A JSON object under construction.
struct Object<'a> {
    out: &'a mut String,
    float: FloatFormat,
    is_empty: bool,
}

impl<'a> Object<'a> {
    fn open(out: &'a mut String, float: FloatFormat) -> Self {
        out.push('{');
        Self {
            out,
            float,
            is_empty: true,
        }
    }

    fn close(self) {
        self.out.push('}');
    }

    fn key(&mut self, key: &str) {
        if !self.is_empty {
            self.out.push(',');
        }
        self.is_empty = false;
        write_string(self.out, key);
        self.out.push(':');
    }

    fn string(&mut self, key: &str, text: &str) {
        self.key(key);
        write_string(self.out, text);
    }

    fn text(&mut self, key: &str, text: &Option<String>) {
        if let Some(text) = text {
            self.string(key, text);
        }
    }

    fn integer(&mut self, key: &str, number: i64) {
        self.key(key);
        write_i64(self.out, number);
    }

    fn count(&mut self, key: &str, number: Option<u32>) {
        if let Some(number) = number {
            self.integer(key, i64::from(number));
        }
    }

    fn decimal(&mut self, key: &str, decimal: Option<Decimal>) {
        if let Some(decimal) = decimal {
            self.key(key);
            decimal.write(self.out);
        }
    }

    fn uuid(&mut self, key: &str, id: &uuid::Uuid) {
        self.key(key);
        self.out.push('"');
        write_uuid(self.out, id);
        self.out.push('"');
    }

    fn props(&mut self, props: &Props) {
        for (key, value) in props.iter() {
            self.prop(key, value);
        }
    }

    fn prop(&mut self, key: &str, value: &PropValue) {
        self.key(key);
        match value {
            PropValue::String(text) => write_string(self.out, text),
            PropValue::Number(number) => write_f64(self.out, *number, self.float),
            PropValue::Bool(truth) => self.out.push_str(if *truth { "true" } else { "false" }),
        }
    }

    fn nested(&mut self, key: &str, write: impl FnOnce(&mut Object<'_>)) {
        self.key(key);
        let mut inner = Object::open(self.out, self.float);
        write(&mut inner);
        inner.close();
    }
}

/// Appends an id with hyphens, in small letters.
pub fn write_uuid(out: &mut String, id: &uuid::Uuid) {
    for (place, byte) in id.as_bytes().iter().enumerate() {
        if matches!(place, 4 | 6 | 8 | 10) {
            out.push('-');
        }
        write_hex(out, *byte);
    }
}

/// Appends a byte as two hexadecimal digits.
fn write_hex(out: &mut String, byte: u8) {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    out.push(char::from(HEX[usize::from(byte >> 4)]));
    out.push(char::from(HEX[usize::from(byte & 15)]));
}

/// Appends `text` as a JSON string.
pub fn write_string(out: &mut String, text: &str) {
    out.push('"');
    let mut start = 0;
    for (position, byte) in text.bytes().enumerate() {
        let escaped = match byte {
            b'"' => "\\\"",
            b'\\' => "\\\\",
            b'\n' => "\\n",
            b'\r' => "\\r",
            b'\t' => "\\t",
            0..0x20 => "\\u00",
            _ => continue,
        };
        // Every escaped byte is ASCII, so both cuts are at boundaries of characters.
        out.push_str(text.get(start..position).unwrap_or_default());
        out.push_str(escaped);
        if escaped.len() > 2 {
            write_hex(out, byte);
        }
        start = position + 1;
    }
    out.push_str(text.get(start..).unwrap_or_default());
    out.push('"');
}

/// Appends `number` in decimal digits.
pub fn write_u64(out: &mut String, number: u64) {
    if number >= 10 {
        write_u64(out, number / 10);
    }
    out.push(char::from(b'0' + (number % 10) as u8));
}

/// Appends `number` in decimal digits, after a minus where it is negative.
pub fn write_i64(out: &mut String, number: i64) {
    if number < 0 {
        out.push('-');
    }
    write_u64(out, number.unsigned_abs());
}

/// Appends a number: integers by ourselves, fractions by `float`, and null for what JSON can't say.
fn write_f64(out: &mut String, number: f64, float: FloatFormat) {
    const LARGEST_EXACT: f64 = 9_007_199_254_740_992.0; // 2^53
    if number.abs() <= LARGEST_EXACT && number as i64 as f64 == number {
        write_i64(out, number as i64);
    } else if number.is_finite() {
        float(out, number);
    } else {
        out.push_str("null");
    }
}
