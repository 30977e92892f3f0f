//! The page's own objects, touched without trust.
//!
//! A page may replace or shadow whatever it likes: a form with a field named `id` answers `form.id` with that
//! field, a property may be a getter that throws, and `fetch` may be anyone's. So every read and every call here
//! goes by name, may fail, and takes no type for granted; typed bindings would let the exception of a shadowed
//! property through to the page.

use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    /// Anything that has the methods below, or does not.
    #[derive(Clone)]
    pub(super) type Host;

    #[wasm_bindgen(thread_local_v2, js_name = window)]
    static WINDOW: Host;

    #[wasm_bindgen(js_namespace = Reflect, js_name = get, catch)]
    fn reflect_get(target: &JsValue, key: &str) -> Result<Host, JsValue>;
    #[wasm_bindgen(js_namespace = Reflect, js_name = set, catch)]
    fn reflect_set(target: &JsValue, key: &str, value: &JsValue) -> Result<bool, JsValue>;
    #[wasm_bindgen(js_namespace = Object, js_name = keys, catch)]
    fn object_keys(target: &JsValue) -> Result<Host, JsValue>;
    /// The browser's own printing of a number, which spares the tracker a float printer.
    #[wasm_bindgen(js_name = String, catch)]
    fn print(number: f64) -> Result<String, JsValue>;

    // Strings
    #[wasm_bindgen(method, catch)]
    fn slice(this: &Host, start: u32, end: u32) -> Result<JsValue, JsValue>;

    // Elements
    #[wasm_bindgen(method, catch)]
    pub(super) fn closest(this: &Host, selectors: &str) -> Result<Host, JsValue>;
    #[wasm_bindgen(method, catch, js_name = getAttribute)]
    pub(super) fn get_attribute(this: &Host, name: &str) -> Result<Host, JsValue>;
    #[wasm_bindgen(method, catch)]
    pub(super) fn matches(this: &Host, selectors: &str) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, catch, js_name = getBoundingClientRect)]
    pub(super) fn rect(this: &Host) -> Result<Host, JsValue>;

    // Storage
    #[wasm_bindgen(method, catch, js_name = getItem)]
    pub(super) fn get_item(this: &Host, key: &str) -> Result<Host, JsValue>;
    #[wasm_bindgen(method, catch, js_name = setItem)]
    pub(super) fn set_item(this: &Host, key: &str, value: &str) -> Result<(), JsValue>;
    #[wasm_bindgen(method, catch, js_name = removeItem)]
    pub(super) fn remove_item(this: &Host, key: &str) -> Result<(), JsValue>;

    // Requests
    #[wasm_bindgen(method, catch)]
    pub(super) fn fetch(this: &Host, url: &str, init: &JsValue) -> Result<Host, JsValue>;
    #[wasm_bindgen(method, catch)]
    pub(super) fn then(this: &Host, done: &JsValue, failed: &JsValue) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, catch, js_name = sendBeacon)]
    pub(super) fn send_beacon(this: &Host, url: &str, body: &str) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, catch, js_name = get)]
    pub(super) fn get_header(this: &Host, name: &str) -> Result<Host, JsValue>;

    // The rest
    #[wasm_bindgen(method, catch)]
    pub(super) fn warn(this: &Host, message: &str) -> Result<(), JsValue>;
    #[wasm_bindgen(method, catch, js_name = getRandomValues)]
    pub(super) fn get_random_values(this: &Host, into: &mut [u8]) -> Result<JsValue, JsValue>;
}

/// The page's window.
pub(super) fn window() -> Host {
    WINDOW.with(Host::clone)
}

impl Host {
    /// Takes any value for a host object.
    pub(super) fn of(value: JsValue) -> Self {
        value.unchecked_into()
    }

    /// The property `key`; undefined where there is none, or where reading it throws.
    pub(super) fn get(&self, key: &str) -> Host {
        self.try_get(key).unwrap_or_else(|_| Host::undefined())
    }

    /// Undefined.
    pub(super) fn undefined() -> Self {
        Host::of(JsValue::UNDEFINED)
    }

    /// The property `key`.
    ///
    /// # Errors
    /// What a getter threw, or that this is no object.
    pub(super) fn try_get(&self, key: &str) -> Result<Host, JsValue> {
        reflect_get(self, key)
    }

    /// Sets a property of an object of our own.
    pub(super) fn set(&self, key: &str, value: impl Into<JsValue>) {
        // Setting a property of a fresh object fails only where the page broke objects; then the request fails.
        let _ = reflect_set(self, key, &value.into());
    }

    /// The names of its own enumerable properties.
    ///
    /// # Errors
    /// What a proxy's trap threw.
    pub(super) fn keys(&self) -> Result<Host, JsValue> {
        object_keys(self)
    }

    /// The element at `index` of a list.
    ///
    /// # Errors
    /// What a getter threw.
    pub(super) fn at(&self, index: usize) -> Result<Host, JsValue> {
        let mut key = String::new();
        event::json::write_u64(&mut key, index as u64);
        self.try_get(&key)
    }

    /// The length of a list, at most `limit` + 1; 0 for what is no list.
    pub(super) fn length(&self, limit: usize) -> usize {
        let length = self.get("length").as_f64().unwrap_or_default();
        (length as usize).min(limit + 1)
    }

    /// A string, cut to `limit` + 1 UTF-16 units before it is copied, so that a text over the limit is still
    /// seen to be over it; `None` for what is no string.
    pub(super) fn text(&self, limit: usize) -> Option<String> {
        if !self.is_string() {
            return None;
        }
        self.slice(0, limit as u32 + 1).ok()?.as_string()
    }

    /// The attribute `name` of an element, cut to `limit`; nothing where there is none.
    pub(super) fn attribute(&self, name: &str, limit: usize) -> String {
        let value = self.get_attribute(name).ok();
        value
            .and_then(|value| value.text(limit))
            .unwrap_or_default()
    }

    /// Neither null nor undefined.
    pub(super) fn exists(&self) -> bool {
        !self.is_null() && !self.is_undefined()
    }
}

/// Appends a fraction as the browser prints it. JSON reads every finite number that JavaScript prints.
pub(super) fn print_float(out: &mut String, number: f64) {
    match print(number) {
        Ok(text) => out.push_str(&text),
        Err(_) => out.push('0'),
    }
}

/// A number as the browser prints it.
pub(super) fn printed(number: f64) -> String {
    let mut text = String::new();
    print_float(&mut text, number);
    text
}
