//! Numbers of samples, and numbers as text.

use serde_json::Value;

/// The middle of some samples, the mean of the two middle ones if there is no one middle; NaN without samples.
pub(crate) fn median(samples: &[f64]) -> f64 {
    let mut sorted = samples.to_vec();
    sorted.sort_by(f64::total_cmp);
    match (sorted.len(), sorted.len() / 2) {
        (0, _) => f64::NAN,
        (n, middle) if n % 2 == 1 => sorted[middle],
        (_, middle) => (sorted[middle - 1] + sorted[middle]) / 2.0,
    }
}

/// The numbers of a JSON list.
pub(crate) fn list(value: &Value) -> Vec<f64> {
    value
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_f64)
        .collect()
}

/// A number with three significant digits or all digits before the point: `0.0123`, `1.23`, `123`, `12345`.
pub(crate) fn short(value: f64) -> String {
    if !value.is_finite() {
        return "–".into();
    }
    // Without the addition, nothing at all may come out as -0.
    let value = value + 0.0;
    let magnitude = value.abs();
    let digits = match magnitude {
        m if m >= 100.0 || m == 0.0 => 0,
        m if m >= 10.0 => 1,
        m if m >= 1.0 => 2,
        _ => 3,
    };
    format!("{value:.digits$}")
}

/// Milliseconds.
pub(crate) fn millis(value: f64) -> String {
    format!("{} ms", short(value))
}

/// How many times as long `other` is as `ours`: `12 ×`.
pub(crate) fn times(ours: f64, other: f64) -> String {
    format!("{} ×", short(other / ours))
}

/// Bytes in thousands.
pub(crate) fn kilobytes(bytes: u64) -> String {
    format!("{} kB", short(bytes as f64 / 1000.0))
}
