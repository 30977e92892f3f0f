//! Minor units of currencies: amounts are kept as whole cents, yen or fils.

/// Digits after the decimal point of a currency, as ISO 4217 lists them; 2 where unknown.
pub fn minor_digits(currency: &str) -> u32 {
    match currency {
        "BIF" | "CLP" | "DJF" | "GNF" | "ISK" | "JPY" | "KMF" | "KRW" | "PYG" | "RWF" | "UGX"
        | "UYI" | "VND" | "VUV" | "XAF" | "XOF" | "XPF" => 0,
        "BHD" | "IQD" | "JOD" | "KWD" | "LYD" | "OMR" | "TND" => 3,
        "CLF" | "UYW" => 4,
        _ => 2,
    }
}

/// An amount in minor units, from millionths of the main unit; half a minor unit rounds away
/// from zero.
pub(crate) fn to_minor(micros: i64, currency: &str) -> i64 {
    let unit = 10_i64.pow(6 - minor_digits(currency));
    let (whole, rest) = (micros / unit, micros % unit);
    if rest.abs() * 2 >= unit {
        whole + rest.signum()
    } else {
        whole
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_round_to_the_minor_unit() {
        let cases = [
            (71_580_000, "EUR", 7158),
            (1_005_000, "EUR", 101),
            (-1_005_000, "EUR", -101),
            (1_004_999, "EUR", 100),
            (1_500_000, "JPY", 2),
            (1_234_500, "KWD", 1235),
            (1_234_500, "", 123),
            (i64::MAX, "EUR", 922_337_203_685_478),
        ];
        for (micros, currency, minor) in cases {
            assert_eq!(to_minor(micros, currency), minor, "{micros} {currency}");
        }
    }
}
