//! The boundary's one way to turn values into JavaScript and back: through JSON, which the browser reads and writes
//! faster than values could be passed one by one.
//!
//! Maps are plain objects, absent values are `null`, and counts and times are numbers, which hold them exactly
//! because none exceeds 2^53.

#[cfg(feature = "engine")]
use analyzer::plain::FromPlain;
use js_sys::Error;
#[cfg(feature = "engine")]
use js_sys::JSON;
#[cfg(feature = "engine")]
use wasm_bindgen::JsValue;

/// A value as JavaScript sees it.
#[cfg(feature = "engine")]
pub(crate) fn to_js<T: serde::Serialize>(value: &T) -> Result<JsValue, Error> {
    let mut json = Vec::new();
    let mut serializer = serde_json::Serializer::with_formatter(&mut json, Plain);
    value
        .serialize(&mut serializer)
        .map_err(|error| to_error(&error))?;
    let json = String::from_utf8(json).map_err(|error| to_error(&error))?;
    JSON::parse(&json).map_err(|_| Error::new("the answer is not JSON"))
}

/// JSON without spaces, and with numbers as the standard library prints them: it is in the module anyway, and does
/// without the tables of the printer that `serde_json` brings.
#[cfg(feature = "engine")]
struct Plain;

#[cfg(feature = "engine")]
impl serde_json::ser::Formatter for Plain {
    fn write_f64<W: ?Sized + std::io::Write>(
        &mut self,
        writer: &mut W,
        value: f64,
    ) -> std::io::Result<()> {
        write!(writer, "{value}")
    }
}

/// A value that JavaScript gave; `undefined` and `null` stand for the default.
#[cfg(feature = "engine")]
pub(crate) fn from_js_or_default<T: FromPlain + Default>(value: JsValue) -> Result<T, Error> {
    if value.is_undefined() || value.is_null() {
        Ok(T::default())
    } else {
        from_js(value)
    }
}

/// A value that JavaScript gave. Fields that are `undefined` count as left out, as they do in JSON.
#[cfg(feature = "engine")]
pub(crate) fn from_js<T: FromPlain>(value: JsValue) -> Result<T, Error> {
    // `undefined` by itself has no JSON: what is given back is no text then.
    let json = JSON::stringify(&value)
        .ok()
        .and_then(|json| json.as_string());
    let json =
        json.ok_or_else(|| Error::new("the argument is not plain data; give what JSON can hold"))?;
    let value = serde_json::from_str(&json).map_err(|error| to_error(&error))?;
    T::from_plain(value).map_err(|error| to_error(&error))
}

/// What went wrong, as an `Error` to throw.
pub(crate) fn to_error(error: &dyn std::fmt::Display) -> Error {
    Error::new(&error.to_string())
}
