//! Numbers of binary tables in the forms of a chunk.

#[cfg(feature = "parquet")]
use super::chunk::{Texts, Values};

/// Micro-units of a decimal with `scale` digits after the point; digits beyond the sixth are cut, and what is
/// out of range ends at its bounds.
pub(super) fn micros_of(unscaled: i128, scale: i32) -> i64 {
    const MICRO_DIGITS: i32 = 6;
    let power = |digits: i32| 10i128.saturating_pow(digits.unsigned_abs());
    let micros = if scale <= MICRO_DIGITS {
        unscaled.saturating_mul(power(MICRO_DIGITS - scale))
    } else {
        unscaled / power(scale - MICRO_DIGITS)
    };
    micros.clamp(i128::from(i64::MIN), i128::from(i64::MAX)) as i64
}

/// Whole numbers that have no sign. Where one is beyond the signed range, all of them become their digits.
#[cfg(feature = "parquet")]
pub(super) fn unsigned(numbers: Vec<i64>) -> Values {
    if numbers.iter().all(|number| *number >= 0) {
        return Values::Int(numbers);
    }
    let mut texts = Texts::default();
    for number in numbers {
        texts.push(&number.cast_unsigned().to_string());
    }
    Values::Text(texts)
}

/// A 32-bit float as the decimal that it was written as: 35.79, not 35.790000915.
pub(super) fn widen(number: f32) -> f64 {
    number.to_string().parse().unwrap_or(f64::from(number))
}

/// A 16-bit float.
#[cfg(feature = "arrow")]
pub(super) fn half(bits: u16) -> f64 {
    let sign = if bits & 0x8000 == 0 { 1.0 } else { -1.0 };
    let exponent = i32::from(bits >> 10 & 0x1f);
    let fraction = f64::from(bits & 0x3ff);
    sign * match exponent {
        0 => fraction * 2f64.powi(-24),
        0x1f if fraction == 0.0 => f64::INFINITY,
        0x1f => f64::NAN,
        _ => (fraction + 1024.0) * 2f64.powi(exponent - 25),
    }
}
