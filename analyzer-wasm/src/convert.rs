//! The boundary's one way to turn values into JavaScript and back.
//!
//! Values look as they do in JSON: maps are plain objects, absent values are `null`, and counts and
//! times are numbers, which hold them exactly because none exceeds 2^53.

use js_sys::Error;
#[cfg(feature = "engine")]
use js_sys::JSON;
#[cfg(feature = "engine")]
use wasm_bindgen::JsValue;

/// A value as JavaScript sees it.
#[cfg(feature = "engine")]
pub(crate) fn to_js<T: serde::Serialize>(value: &T) -> Result<JsValue, Error> {
    value
        .serialize(&serde_wasm_bindgen::Serializer::json_compatible())
        .map_err(|error| to_error(&error))
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
    let plain = JSON::stringify(&value).and_then(|json| JSON::parse(&String::from(json)));
    let plain =
        plain.map_err(|_| Error::new("the argument is not plain data; give what JSON can hold"))?;
    serde_wasm_bindgen::from_value(plain).map_err(|error| to_error(&error))
}

/// What went wrong, as an `Error` to throw.
pub(crate) fn to_error(error: &dyn std::fmt::Display) -> Error {
    Error::new(&error.to_string())
}
