//! Is a difference more than chance? Tests of two shares, odds ratios, and p values of many tests.

use serde::{Deserialize, Serialize};

use super::{Rate, Z};

/// Share of a standard normal distribution that lies farther from 0 than `z` on either side: the
/// two-sided p value of a z score.
pub fn two_sided_p(z: f64) -> f64 {
    erfc(z.abs() / std::f64::consts::SQRT_2)
}

/// The complementary error function for `x ≥ 0`, to twelve digits or more.
///
/// Near 0 the series of erf converges quickly, far from it the continued fraction of erfc does
/// (NIST Digital Library of Mathematical Functions, 7.6.2 and 7.9.1).
fn erfc(x: f64) -> f64 {
    let gauss = (-x * x).exp() / std::f64::consts::PI.sqrt();
    if x < 2.5 {
        let mut term = x;
        let mut sum = x;
        let mut n = 0.0;
        while term > sum * 1e-17 {
            n += 1.0;
            term *= 2.0 * x * x / (2.0 * n + 1.0);
            sum += term;
        }
        1.0 - 2.0 * gauss * sum
    } else {
        let mut fraction = x;
        for n in (1..=60).rev() {
            fraction = x + f64::from(n) / 2.0 / fraction;
        }
        gauss / fraction
    }
}

/// Two shares side by side. Everything is `null` where one of them has nothing to divide by.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS, crate::Schema))]
pub struct RateDifference {
    /// Share of the first group.
    pub a: Rate,
    /// Share of the second group.
    pub b: Rate,
    /// Risk difference: `a` − `b`.
    pub difference: Option<f64>,
    /// Lower end of its 95 % interval.
    pub low: Option<f64>,
    /// Upper end of its 95 % interval.
    pub high: Option<f64>,
    /// Score of the two-proportion z test with the pooled share; `null` also where both shares
    /// are 0 or both are 1, which leaves nothing to test.
    pub z: Option<f64>,
    /// Two-sided p value of `z`.
    pub p: Option<f64>,
    /// The same after the Benjamini–Hochberg correction over all tests that are shown together.
    pub p_corrected: Option<f64>,
}

impl RateDifference {
    /// Compares `parts.0` of `wholes.0` with `parts.1` of `wholes.1`. The corrected p value is the
    /// plain one until [`correct`] is called.
    ///
    /// The interval is Newcombe's hybrid of the two Wilson intervals: R. G. Newcombe, "Interval
    /// estimation for the difference between independent proportions", Statistics in Medicine 17
    /// (1998), method 10.
    pub fn new(parts: (u64, u64), wholes: (u64, u64)) -> Self {
        let (a, b) = (Rate::new(parts.0, wholes.0), Rate::new(parts.1, wholes.1));
        let mut compared = Self {
            a,
            b,
            difference: None,
            low: None,
            high: None,
            z: None,
            p: None,
            p_corrected: None,
        };
        let (Some((pa, la, ha)), Some((pb, lb, hb))) = (a.parts(), b.parts()) else {
            return compared;
        };
        let difference = pa - pb;
        compared.difference = Some(difference);
        compared.low = Some(difference - (pa - la).hypot(hb - pb));
        compared.high = Some(difference + (ha - pa).hypot(pb - lb));
        let (na, nb) = (wholes.0 as f64, wholes.1 as f64);
        let pooled = (parts.0 + parts.1) as f64 / (na + nb);
        let error = (pooled * (1.0 - pooled) * (1.0 / na + 1.0 / nb)).sqrt();
        if error > 0.0 {
            let z = difference / error;
            compared.z = Some(z);
            compared.p = Some(two_sided_p(z));
            compared.p_corrected = compared.p;
        }
        compared
    }
}

/// An odds ratio with its 95 % interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS, crate::Schema))]
pub struct OddsRatio {
    /// How many times the odds with the trait are those without it.
    pub value: f64,
    /// Lower end of the interval.
    pub low: f64,
    /// Upper end of the interval.
    pub high: f64,
    /// Two-sided p value of the logarithm being 0.
    pub p: f64,
}

impl OddsRatio {
    /// The odds ratio of the table `[[with and yes, with and no], [without and yes, without and no]]`.
    ///
    /// Where a cell is empty, 0.5 is added to all four (Haldane 1956, Anscombe 1956). Interval and
    /// p value are Woolf's: the logarithm is taken as normal, with the sum of the reciprocal cells
    /// as its variance.
    pub fn new(cells: [[u64; 2]; 2]) -> Self {
        let is_empty = cells.iter().flatten().any(|&cell| cell == 0);
        let cell = |n: u64| n as f64 + if is_empty { 0.5 } else { 0.0 };
        let [[a, b], [c, d]] = cells.map(|row| row.map(cell));
        let log = (a * d / (b * c)).ln();
        let error = (1.0 / a + 1.0 / b + 1.0 / c + 1.0 / d).sqrt();
        Self {
            value: log.exp(),
            low: (log - Z * error).exp(),
            high: (log + Z * error).exp(),
            p: two_sided_p(log / error),
        }
    }
}

/// P values of many tests, corrected so that of those below 0.05 at most 5 % are expected to be
/// chance.
///
/// Source: Y. Benjamini and Y. Hochberg, "Controlling the false discovery rate", Journal of the
/// Royal Statistical Society B 57 (1995); as R's `p.adjust(method = "BH")`.
pub fn benjamini_hochberg(p_values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..p_values.len()).collect();
    order.sort_unstable_by(|&a, &b| p_values[a].total_cmp(&p_values[b]));
    let mut corrected = vec![1.0; p_values.len()];
    let mut least = 1.0_f64;
    for (rank, &index) in order.iter().enumerate().rev() {
        least = least.min(p_values[index] * p_values.len() as f64 / (rank + 1) as f64);
        corrected[index] = least;
    }
    corrected
}

/// Sets the corrected p values of all tests that are shown together. Comparisons without a test
/// do not count as one.
pub fn correct<'a>(shown: impl IntoIterator<Item = &'a mut RateDifference>) {
    let mut tested: Vec<(f64, &mut RateDifference)> = shown
        .into_iter()
        .filter_map(|test| Some((test.p?, test)))
        .collect();
    let p_values: Vec<f64> = tested.iter().map(|(p, _)| *p).collect();
    for ((_, test), p) in tested.iter_mut().zip(benjamini_hochberg(&p_values)) {
        test.p_corrected = Some(p);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(found: f64, expected: f64) {
        let scale = expected.abs().max(1e-300);
        assert!(
            ((found - expected) / scale).abs() < 1e-4,
            "{found} is not {expected}"
        );
    }

    #[test]
    fn p_values_agree_with_tables_of_the_normal_distribution() {
        assert!((two_sided_p(0.0) - 1.0).abs() < 1e-15);
        assert!((two_sided_p(1.959_963_984_540_054) - 0.05).abs() < 1e-15);
        assert!((two_sided_p(-2.575_829_303_548_901) - 0.01).abs() < 1e-15);
        // Both sides of the border between series and fraction.
        close(two_sided_p(3.5), 4.652_581e-4);
        close(two_sided_p(3.6), 3.182_172e-4);
        close(two_sided_p(6.0), 1.973_175e-9);
        close(two_sided_p(30.0), 9.813_425e-198);
        assert_eq!(two_sided_p(100.0), 0.0);
        let mut last = 1.0;
        for z in 1..800 {
            let p = two_sided_p(f64::from(z) / 20.0);
            assert!(p <= last, "{z}");
            last = p;
        }
    }

    #[test]
    fn the_difference_of_shares_agrees_with_newcombes_table() {
        // Table II of Newcombe (1998), method 10.
        for (a, b, low, high) in [
            ((56, 70), (48, 80), 0.0524, 0.3339),
            ((9, 10), (3, 10), 0.1705, 0.8090),
            ((5, 56), (0, 29), -0.0381, 0.1926),
            ((0, 10), (0, 20), -0.1611, 0.2775),
            ((10, 10), (0, 10), 0.6075, 1.0),
        ] {
            let found = RateDifference::new((a.0, b.0), (a.1, b.1));
            assert!((found.low.unwrap() - low).abs() < 5e-5, "{found:?}");
            assert!((found.high.unwrap() - high).abs() < 5e-5, "{found:?}");
        }
    }

    #[test]
    fn the_z_test_is_the_chi_square_test_without_correction() {
        let found = RateDifference::new((56, 48), (70, 80));
        let z = found.z.unwrap();
        let (a, b, c, d) = (56.0, 14.0, 48.0, 32.0);
        let n: f64 = a + b + c + d;
        let chi_square =
            n * (a * d - b * c) * (a * d - b * c) / ((a + b) * (c + d) * (a + c) * (b + d));
        close(z * z, chi_square);
        assert_eq!(found.p, Some(two_sided_p(z)));
        assert_eq!(RateDifference::new((0, 0), (5, 5)).z, None);
        assert_eq!(RateDifference::new((1, 0), (5, 0)).difference, None);
    }

    #[test]
    fn odds_ratios_agree_with_the_physicians_health_study() {
        // Agresti, Categorical Data Analysis: heart attacks with placebo and with aspirin,
        // 189 of 11,034 and 104 of 11,037: 1.832, from 1.440 to 2.331.
        let odds = OddsRatio::new([[189, 10_845], [104, 10_933]]);
        assert!((odds.value - 1.832).abs() < 5e-4, "{odds:?}");
        assert!((odds.low - 1.440).abs() < 5e-4, "{odds:?}");
        assert!((odds.high - 2.331).abs() < 5e-4, "{odds:?}");
        // 4.5 · 5.5 / (0.5 · 1.5)
        close(OddsRatio::new([[4, 0], [1, 5]]).value, 33.0);
        close(OddsRatio::new([[0, 0], [0, 0]]).p, 1.0);
    }

    #[test]
    fn corrected_p_values_agree_with_the_paper() {
        // The fifteen p values of section 3.2 of Benjamini and Hochberg (1995): four stay at 0.05.
        let p_values = [
            0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262,
            0.5719, 0.6528, 0.7590, 1.0,
        ];
        let corrected = benjamini_hochberg(&p_values);
        assert_eq!(corrected.iter().filter(|p| **p <= 0.05).count(), 4);
        close(corrected[0], 0.0015);
        close(corrected[3], 0.035_625);
        close(corrected[4], 0.0603);
        // 0.0278 · 15 / 6 is more than 0.0298 · 15 / 7.
        close(corrected[5], 0.0298 * 15.0 / 7.0);
        close(corrected[14], 1.0);
        let reversed: Vec<f64> = p_values.iter().rev().copied().collect();
        let mut back = benjamini_hochberg(&reversed);
        back.reverse();
        assert_eq!(back, corrected);
        assert_eq!(benjamini_hochberg(&[]), Vec::<f64>::new());
    }

    #[test]
    fn only_tests_that_were_made_are_counted() {
        let mut shown = [
            RateDifference::new((56, 48), (70, 80)),
            RateDifference::new((0, 0), (5, 5)),
            RateDifference::new((9, 3), (10, 10)),
        ];
        correct(&mut shown);
        let p = |index: usize| shown[index].p.unwrap();
        assert_eq!(shown[1].p_corrected, None);
        let (least, greatest) = (p(0).min(p(2)), p(0).max(p(2)));
        let mut corrected = [shown[0].p_corrected.unwrap(), shown[2].p_corrected.unwrap()];
        corrected.sort_by(f64::total_cmp);
        assert_eq!(corrected, [(least * 2.0).min(greatest), greatest]);
    }
}
