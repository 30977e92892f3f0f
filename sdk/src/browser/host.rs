//! The page's own objects, touched without trust.
//!
//! A page may replace or shadow whatever it likes: a form with a field named `id` answers `form.id` with that
//! field, a property may be a getter that throws, and `fetch` may be anyone's. So every read and every call here
//! goes by name, may fail, and takes no type for granted; typed bindings would let the exception of a shadowed
//! property through to the page.

use alloc::string::String;

use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    /// Anything that has the methods below, or does not.
    #[derive(Clone, PartialEq)]
    pub(super) type Host;

    /// `Object.prototype.valueOf`: the window itself. A static would need a cell, and a panic for its misuse.
    #[wasm_bindgen(js_namespace = window, js_name = valueOf)]
    pub(super) fn window() -> Host;
    #[wasm_bindgen(js_name = Object, catch)]
    fn new_object() -> Result<Host, JsValue>;
    #[wasm_bindgen(js_namespace = Date, js_name = now)]
    pub(super) fn date_now() -> f64;
    #[wasm_bindgen(js_namespace = Math, js_name = random)]
    pub(super) fn math_random() -> f64;
    #[wasm_bindgen(js_namespace = Reflect, js_name = get, catch)]
    fn reflect_get(target: &JsValue, key: &str) -> Result<Host, JsValue>;
    #[wasm_bindgen(js_namespace = Reflect, js_name = construct, catch)]
    fn reflect_construct(target: &JsValue, arguments: &JsValue) -> Result<Host, JsValue>;
    #[wasm_bindgen(js_namespace = Reflect, js_name = set, catch)]
    fn reflect_set(target: &JsValue, key: &str, value: &JsValue) -> Result<bool, JsValue>;
    #[wasm_bindgen(js_namespace = Object, js_name = keys, catch)]
    fn object_keys(target: &JsValue) -> Result<Host, JsValue>;
    /// The browser's own printing of a number, which spares the tracker a float printer.
    #[wasm_bindgen(js_name = String, catch)]
    fn print(number: f64) -> Result<String, JsValue>;

    // Functions
    /// Calls a function of the page's, which may do anything: the tracker must not be lent out meanwhile.
    #[wasm_bindgen(method, catch)]
    pub(super) fn call(this: &Host, context: &JsValue, argument: &JsValue)
    -> Result<Host, JsValue>;

    #[wasm_bindgen(method, catch, js_name = call)]
    fn call_with(
        this: &Host,
        receiver: &JsValue,
        first: &JsValue,
        second: &JsValue,
    ) -> Result<Host, JsValue>;

    // Strings
    #[wasm_bindgen(method, catch)]
    fn slice(this: &Host, start: u32, end: u32) -> Result<JsValue, JsValue>;

    // Elements
    #[wasm_bindgen(method, catch)]
    pub(super) fn closest(this: &Host, selectors: &str) -> Result<Host, JsValue>;
    #[wasm_bindgen(method, catch, js_name = getAttribute)]
    pub(super) fn get_attribute(this: &Host, name: &str) -> Result<Host, JsValue>;
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
    #[wasm_bindgen(method, catch, js_name = get)]
    pub(super) fn get_header(this: &Host, name: &str) -> Result<Host, JsValue>;

    // Events and timers
    #[wasm_bindgen(method, catch, js_name = addEventListener)]
    fn add_event_listener(
        this: &Host,
        kind: &str,
        listener: &JsValue,
        options: &JsValue,
    ) -> Result<(), JsValue>;
    #[wasm_bindgen(method, catch, js_name = setTimeout)]
    fn set_timeout(this: &Host, action: &JsValue, millis: u32) -> Result<Host, JsValue>;
    #[wasm_bindgen(method, catch, js_name = clearTimeout)]
    fn clear_timeout(this: &Host, id: &JsValue) -> Result<(), JsValue>;

    // History
    #[wasm_bindgen(method, catch, js_name = replaceState)]
    pub(super) fn replace_state(
        this: &Host,
        state: &JsValue,
        unused: &str,
        url: &str,
    ) -> Result<(), JsValue>;

    // The rest
    #[wasm_bindgen(method, catch, js_name = getRandomValues)]
    pub(super) fn get_random_values(this: &Host, into: &mut [u8]) -> Result<JsValue, JsValue>;
}

/// An action that waits for its time; dropping it calls it off.
pub(super) struct Timeout {
    id: Result<Host, JsValue>,
}

impl Timeout {
    /// Calls `action` once, after `millis`. The browser frees the function when it lets go of it: where the page's
    /// `clearTimeout` does not clear, it is called all the same.
    pub(super) fn new(millis: u32, action: fn()) -> Self {
        let action = Closure::<dyn FnMut()>::new(action).into_js_value();
        Self {
            id: window().set_timeout(&action, millis),
        }
    }
}

impl Drop for Timeout {
    fn drop(&mut self) {
        if let Ok(id) = &self.id {
            let _ = window().clear_timeout(id);
        }
    }
}

/// A function of the page's that calls `listener` with its first argument, as often as it is called.
pub(super) fn callback(listener: fn(&Host)) -> JsValue {
    Closure::<dyn FnMut(JsValue)>::new(move |event| listener(&Host::of(event))).into_js_value()
}

impl Host {
    /// Calls `listener` with every event of this `kind` until the page ends. In the capture phase and passive:
    /// the page can't stop the event before it is seen, and never waits for it.
    pub(super) fn listen(&self, kind: &str, listener: fn(&Host)) {
        let options = Host::object();
        options.set("capture", true);
        options.set("passive", true);
        let _ = self.add_event_listener(kind, &callback(listener), &options);
    }

    /// Calls a method by its name; undefined where there is none, or where it throws. Methods that want fewer
    /// arguments do not mind undefined ones.
    pub(super) fn invoke(&self, method: &str, first: &JsValue, second: &JsValue) -> Host {
        let outcome = self.get(method).call_with(self, first, second);
        outcome.unwrap_or_else(|_| Host::undefined())
    }

    /// [`invoke`](Self::invoke) without arguments.
    #[inline(never)]
    pub(super) fn ask(&self, method: &str) -> Host {
        self.invoke_with(method, &JsValue::UNDEFINED)
    }

    /// [`invoke`](Self::invoke) with one argument.
    #[inline(never)]
    pub(super) fn invoke_with(&self, method: &str, argument: &JsValue) -> Host {
        self.invoke(method, argument, &JsValue::UNDEFINED)
    }

    /// The property `key` as a number; 0 where it is none.
    #[inline(never)]
    pub(super) fn number(&self, key: &str) -> f64 {
        self.get(key).as_f64().unwrap_or_default()
    }

    /// The property `key` as a text that is cut to `limit` + 1; nothing where it is none.
    #[inline(never)]
    pub(super) fn words(&self, key: &str, limit: usize) -> String {
        self.get(key).text(limit).unwrap_or_default()
    }

    /// The element itself, or the nearest one around it, that `selectors` select.
    #[inline(never)]
    pub(super) fn around(&self, selectors: &str) -> Option<Host> {
        self.closest(selectors).ok().filter(Host::exists)
    }

    /// Makes an observer of the class `name` that calls `listener`; undefined where there is no such class.
    pub(super) fn construct(name: &str, listener: fn(&Host), options: &JsValue) -> Host {
        let arguments = Host::object();
        arguments.set("length", 2);
        arguments.set("0", callback(listener));
        arguments.set("1", options);
        let made = reflect_construct(&window().get(name), &arguments);
        made.unwrap_or_else(|_| Host::undefined())
    }

    /// The first element that `selectors` select; null or undefined where there is none.
    pub(super) fn query(&self, selectors: &str) -> Host {
        self.invoke_with("querySelector", &selectors.into())
    }

    /// A new object.
    pub(super) fn object() -> Self {
        new_object().unwrap_or_else(|_| Host::undefined())
    }

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
