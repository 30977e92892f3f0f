//! The page's own objects, touched without trust, by the functions of `js/host.js`. They are described there. None
//! of them throws: typed bindings would let the exception of a shadowed property through to the page.

use alloc::string::String;

use event::Decimal;
use wasm_bindgen::prelude::*;

use super::notes;
use crate::tracker::text::split;

#[wasm_bindgen(module = "/js/host.js")]
extern "C" {
    /// Anything that has the properties and methods asked for, or does not.
    #[derive(Clone, PartialEq)]
    pub(super) type Host;

    /// What a path leads to from the window: `navigator.onLine`.
    pub(super) fn global(path: &str) -> Host;
    #[wasm_bindgen(js_name = object)]
    fn new_object() -> Host;
    #[wasm_bindgen(js_name = get)]
    fn get_key(target: &Host, key: &str) -> Host;
    #[wasm_bindgen(js_name = get)]
    fn get_index(target: &Host, index: u32) -> Host;
    #[wasm_bindgen(js_name = set)]
    fn set_key(target: &Host, key: &str, value: &JsValue);
    fn call(target: &Host, method: &str, first: &JsValue, second: &JsValue) -> Host;
    #[wasm_bindgen(js_name = attempt)]
    fn call_itself(action: &Host, argument: &Host, failed: &Host) -> Host;
    #[wasm_bindgen(js_name = listen)]
    fn hear(target: &Host, kind: &str, heard: &JsValue);
    #[wasm_bindgen(js_name = exists)]
    fn is_there(value: &Host) -> bool;
    #[wasm_bindgen(js_name = isObject)]
    fn has_type_object(value: &Host) -> bool;
    #[wasm_bindgen(js_name = text)]
    fn text_of(value: &Host, limit: u32) -> Option<String>;
    #[wasm_bindgen(js_name = pick)]
    fn pick_from(target: &Host, paths: &str, limit: u32) -> String;
    /// 32 random bits.
    pub(super) fn random() -> u32;
    /// Shows another address without a visit to it.
    pub(super) fn readdress(url: &str);
}

#[wasm_bindgen(module = "/js/values.js")]
extern "C" {
    fn print(number: f64) -> String;
    /// The number that a text is, as JavaScript reads it.
    pub(super) fn parse(text: &str) -> f64;
}

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = Date, js_name = now)]
    pub(super) fn date_now() -> f64;
}

/// An action that waits for its time; dropping it calls it off.
pub(super) struct Timeout {
    id: Host,
}

impl Timeout {
    /// Calls `action` once, after `millis`. The browser frees the function when it lets go of it: where the page's
    /// `clearTimeout` does not clear, it is called all the same.
    pub(super) fn new(millis: u32, action: fn(&Host)) -> Self {
        Self {
            id: window().invoke("setTimeout", &callback(action), &millis.into()),
        }
    }
}

impl Drop for Timeout {
    fn drop(&mut self) {
        window().invoke_with("clearTimeout", &self.id);
    }
}

/// The window.
#[inline(never)]
pub(super) fn window() -> Host {
    global("window")
}

/// A function of the page's that calls `listener` with its first argument, as often as it is called, after the notes that
/// wait.
pub(super) fn callback(listener: fn(&Host)) -> JsValue {
    let heard = move |value| {
        notes::catch_up();
        listener(&Host::of(value));
        JsValue::UNDEFINED
    };
    Closure::<dyn Fn(JsValue) -> JsValue>::new(heard).into_js_value()
}

impl Host {
    /// Calls `listener` with every event of this `kind` until the page ends.
    pub(super) fn listen(&self, kind: &str, listener: fn(&Host)) {
        hear(self, kind, &callback(listener));
    }

    /// Calls a method by its name; undefined where there is none, or where it throws.
    pub(super) fn invoke(&self, method: &str, first: &JsValue, second: &JsValue) -> Host {
        call(self, method, first, second)
    }

    /// [`invoke`](Self::invoke) with one argument.
    #[inline(never)]
    pub(super) fn invoke_with(&self, method: &str, argument: &JsValue) -> Host {
        self.invoke(method, argument, &JsValue::UNDEFINED)
    }

    /// Calls a function of the page's, which may do anything: the tracker must not be lent out meanwhile. `None` where
    /// it throws, or is no function.
    pub(super) fn attempt(&self, argument: &Host) -> Option<Host> {
        let failed = Host::object();
        let answer = call_itself(self, argument, &failed);
        (answer != failed).then_some(answer)
    }

    /// Many properties at once, each cut to `limit` + 1. `paths` stand between spaces; an attribute has an `@` before
    /// its name.
    #[inline(never)]
    pub(super) fn pick(&self, paths: &str, limit: usize) -> Picked {
        Picked(pick_from(self, paths, limit as u32))
    }

    /// The property or attribute at the end of a path, as a text that is cut to `limit` + 1; nothing where there is
    /// none.
    #[inline(never)]
    pub(super) fn words(&self, path: &str, limit: usize) -> String {
        self.pick(path, limit).fields().string()
    }

    /// A new object.
    pub(super) fn object() -> Self {
        new_object()
    }

    /// Takes any value for a host object.
    pub(super) fn of(value: JsValue) -> Self {
        value.unchecked_into()
    }

    /// Undefined.
    pub(super) fn undefined() -> Self {
        Host::of(JsValue::UNDEFINED)
    }

    /// The property `key`; undefined where there is none, or where reading it throws.
    #[inline(never)]
    pub(super) fn get(&self, key: &str) -> Host {
        get_key(self, key)
    }

    /// Sets a property.
    pub(super) fn set(&self, key: &str, value: impl Into<JsValue>) {
        set_key(self, key, &value.into());
    }

    /// The element at `index` of a list; undefined where there is none.
    pub(super) fn at(&self, index: usize) -> Host {
        get_index(self, index as u32)
    }

    /// The length of a list, at most `limit` + 1; 0 for what is no list.
    #[inline(never)]
    pub(super) fn length(&self, limit: usize) -> usize {
        if self.is_thing() {
            (self.number("length") as usize).min(limit + 1)
        } else {
            0
        }
    }

    /// The first elements of a list.
    pub(super) fn each(&self, limit: usize) -> impl Iterator<Item = Host> {
        (0..self.length(limit).min(limit)).map(|index| self.at(index))
    }

    /// The property `key` as a number; 0 where it is none.
    #[inline(never)]
    pub(super) fn number(&self, key: &str) -> f64 {
        self.get(key).as_f64().unwrap_or_default()
    }

    /// A string, cut to `limit` + 1 UTF-16 units before it is copied, so that a text over the limit is still
    /// seen to be over it; `None` for what is no string.
    #[inline(never)]
    pub(super) fn text(&self, limit: usize) -> Option<String> {
        text_of(self, limit as u32)
    }

    /// Neither null nor undefined.
    #[inline(never)]
    pub(super) fn exists(&self) -> bool {
        is_there(self)
    }

    /// An object; no function.
    pub(super) fn is_thing(&self) -> bool {
        has_type_object(self)
    }
}

/// What [`Host::pick`] found.
pub(super) struct Picked(String);

impl Picked {
    /// Takes a text that was put together elsewhere.
    pub(super) fn of(text: String) -> Self {
        Self(text)
    }

    /// Its fields, in the order of the paths.
    pub(super) fn fields(&self) -> Fields<'_> {
        Fields(&self.0)
    }
}

/// Fields that are read one after the other.
pub(super) struct Fields<'a>(&'a str);

impl<'a> Fields<'a> {
    /// The next field with its mark: `=` before a text or a number, `?` before anything else.
    #[inline(never)]
    pub(super) fn marked(&mut self) -> &'a str {
        let (field, behind) = split(self.0, 0);
        self.0 = behind.unwrap_or_default();
        field
    }

    /// The next field, where it is a text or a number.
    #[inline(never)]
    pub(super) fn text(&mut self) -> Option<&'a str> {
        self.marked().strip_prefix("=")
    }

    /// The next field's text; nothing where there is none.
    #[inline(never)]
    pub(super) fn words(&mut self) -> &'a str {
        self.text().unwrap_or_default()
    }

    /// [`words`](Self::words), to keep.
    #[inline(never)]
    pub(super) fn string(&mut self) -> String {
        self.words().into()
    }

    /// The next field, where it is a number; else 0.
    #[inline(never)]
    pub(super) fn number(&mut self) -> f64 {
        Decimal::parse(self.words()).map_or(0.0, Decimal::to_f64)
    }

    /// Whether the next field is what JavaScript takes for true.
    #[inline(never)]
    pub(super) fn is_yes(&mut self) -> bool {
        !matches!(self.marked(), "" | "?" | "=" | "=0")
    }
}

/// Appends a fraction as the browser prints it. JSON reads every finite number that JavaScript prints.
pub(super) fn print_float(out: &mut String, number: f64) {
    out.push_str(&print(number));
}

/// A number as the browser prints it.
pub(super) fn printed(number: f64) -> String {
    print(number)
}
