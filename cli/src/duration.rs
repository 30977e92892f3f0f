//! Spans of time as people write them: `500ms`, `90s`, `30m`, `12h`, `1d`, `2w`.

/// Milliseconds.
///
/// # Errors
/// Where the text is not a whole number and one of these units.
pub(crate) fn parse(text: &str) -> Result<i64, String> {
    let digits = text.len()
        - text
            .trim_start_matches(|letter: char| letter.is_ascii_digit())
            .len();
    let (number, unit) = text.split_at(digits);
    let millis = match unit {
        "ms" => 1,
        "s" => 1_000,
        "m" | "min" => 60_000,
        "h" => 3_600_000,
        "d" => 86_400_000,
        "w" => 604_800_000,
        _ => return Err("write a whole number and ms, s, m, h, d or w, such as 30m".to_owned()),
    };
    let number: i64 = number
        .parse()
        .map_err(|_| "write a whole number before the unit, such as 30m")?;
    number
        .checked_mul(millis)
        .ok_or_else(|| "the time is too long".to_owned())
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn spans() {
        for (text, expected) in [
            ("500ms", Some(500)),
            ("90s", Some(90_000)),
            ("30m", Some(1_800_000)),
            ("12h", Some(43_200_000)),
            ("1d", Some(86_400_000)),
            ("2w", Some(1_209_600_000)),
            ("1", None),
            ("d", None),
            ("1.5h", None),
            ("-1d", None),
            ("9223372036854775807d", None),
        ] {
            assert_eq!(parse(text).ok(), expected, "{text}");
        }
    }
}
