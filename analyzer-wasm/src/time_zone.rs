//! What the browser knows of time zones: the offset of a zone at an instant.

use std::ops::RangeInclusive;

use analyzer::analysis::time_zone::Transitions;
use js_sys::{Array, Function, JsString, Object, Reflect};
use wasm_bindgen::{JsCast, JsValue};

/// The transitions of an IANA zone over some years; `None` where the browser does not know it.
pub(crate) fn transitions(name: &str, years: RangeInclusive<i64>) -> Option<Transitions> {
    let format = formatter(name).ok()?;
    Transitions::sample(years, |ts| {
        let text = format.call1(&JsValue::UNDEFINED, &JsValue::from_f64(ts as f64));
        seconds(&String::from(text.ok()?.dyn_into::<JsString>().ok()?))
    })
}

/// A function that writes an instant in a zone with its offset, such as `1/1/2026, GMT+05:30`.
/// Fails where the browser throws: when it does not know the zone.
fn formatter(name: &str) -> Result<Function, JsValue> {
    let options = Object::new();
    Reflect::set(&options, &"timeZone".into(), &name.into())?;
    Reflect::set(&options, &"timeZoneName".into(), &"longOffset".into())?;
    let intl = Reflect::get(&js_sys::global(), &"Intl".into())?;
    let constructor: Function = Reflect::get(&intl, &"DateTimeFormat".into())?.dyn_into()?;
    let arguments = Array::of2(&"en-US".into(), &options);
    let formatter = Reflect::construct(&constructor, &arguments)?;
    Reflect::get(&formatter, &"format".into())?.dyn_into()
}

/// The offset at the end of such a text, in seconds east of UTC. `GMT` alone is none.
fn seconds(text: &str) -> Option<i32> {
    let (_, offset) = text.rsplit_once("GMT")?;
    // U+2212 is the minus sign of some locales' data.
    let (sign, digits) = match offset.chars().next() {
        None => return Some(0),
        Some('+') => (1, offset.get(1..)?),
        Some('-') => (-1, offset.get(1..)?),
        Some('\u{2212}') => (-1, offset.get(3..)?),
        Some(_) => return None,
    };
    let parts = digits.split(':').map(|part| part.parse::<i32>().ok());
    let units = [3600, 60, 1];
    let seconds = parts.zip(units).map(|(part, unit)| Some(part? * unit));
    seconds.sum::<Option<i32>>().map(|seconds| sign * seconds)
}

#[cfg(test)]
mod tests {
    use super::seconds;

    #[test]
    fn offsets_are_read() {
        for (text, offset) in [
            ("1/1/2026, GMT", Some(0)),
            ("1/1/2026, GMT+05:30", Some(19_800)),
            ("1/1/2026, GMT-5", Some(-18_000)),
            ("12/31/1889, GMT\u{2212}00:53:28", Some(-3208)),
            ("1/1/2026", None),
            ("1/1/2026, GMT?", None),
        ] {
            assert_eq!(seconds(text), offset, "{text}");
        }
    }
}
