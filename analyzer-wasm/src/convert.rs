//! The boundary's one way to turn values into JavaScript and back: through JSON, which the browser reads and writes
//! faster than values could be passed one by one.
//!
//! Maps are plain objects, absent values are `null`, and counts and times are numbers, which hold them exactly
//! because none exceeds 2^53.

use js_sys::Error;
#[cfg(feature = "engine")]
use js_sys::JSON;
#[cfg(feature = "engine")]
use wasm_bindgen::JsValue;

/// A value as JavaScript sees it.
#[cfg(feature = "engine")]
pub(crate) fn to_js<T: serde::Serialize>(value: &T) -> Result<JsValue, Error> {
    let json = serde_json::to_string(value).map_err(|error| to_error(&error))?;
    JSON::parse(&json).map_err(|_| Error::new("the answer is not JSON"))
}

/// A value that JavaScript gave; `undefined` and `null` stand for the default.
#[cfg(feature = "engine")]
pub(crate) fn from_js_or_default<T: serde::de::DeserializeOwned + Default>(
    value: JsValue,
) -> Result<T, Error> {
    if value.is_undefined() || value.is_null() {
        Ok(T::default())
    } else {
        from_js(value)
    }
}

/// A value that JavaScript gave. Fields that are `undefined` count as left out, as they do in JSON.
#[cfg(feature = "engine")]
pub(crate) fn from_js<T: serde::de::DeserializeOwned>(value: JsValue) -> Result<T, Error> {
    // `undefined` by itself has no JSON: what is given back is no text then.
    let json = JSON::stringify(&value)
        .ok()
        .and_then(|json| json.as_string());
    let json =
        json.ok_or_else(|| Error::new("the argument is not plain data; give what JSON can hold"))?;
    serde_json::from_str(&json).map_err(|error| {
        // The place in a text that the caller has never seen is of no use.
        let message = error.to_string();
        let message = message.split(" at line 1 column ").next();
        Error::new(message.unwrap_or_default())
    })
}

/// What went wrong, as an `Error` to throw.
pub(crate) fn to_error(error: &dyn std::fmt::Display) -> Error {
    Error::new(&error.to_string())
}
