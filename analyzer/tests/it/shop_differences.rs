//! Carts and friction of two groups: every difference is that of the two reports, rate by rate.

use analyzer::analysis::compare::{CompareConfig, Difference, Other};
use analyzer::analysis::filter::Filter;
use analyzer::analysis::scope::Scope;
use analyzer::analysis::statistics::{RateDifference, benjamini_hochberg};
use analyzer::analysis::{CartsConfig, FrictionConfig, Report, Request, run};
use proptest::prelude::*;
use serde_json::json;

use crate::shop::{ShopEvent, build, shop_events};

/// The people who saw one page against those who saw the other.
fn compared(events: &[ShopEvent], request: Request) -> (Report, Report, Difference) {
    let of = |page: &str| -> Scope {
        serde_json::from_value(json!({"people": {"did": {"filter": {"page": page}}}})).unwrap()
    };
    let request = Request::Compare(CompareConfig {
        request: Box::new(request),
        a: of("/a"),
        b: Other::Scope(Box::new(of("/b"))),
    });
    let Report::Compare(report) = run(&build(events), &request).unwrap() else {
        unreachable!("a comparison was asked for")
    };
    (*report.a, *report.b, report.difference.unwrap())
}

/// A count of each group.
type Pair = (u64, u64);

/// Checks parts and wholes of each comparison, and that p values are corrected over all of them.
fn check(found: &[RateDifference], parts: &[(Pair, Pair)]) {
    let plain: Vec<RateDifference> = parts
        .iter()
        .map(|&(parts, wholes)| RateDifference::new(parts, wholes))
        .collect();
    let p_values: Vec<f64> = plain.iter().filter_map(|test| test.p).collect();
    let mut corrected = benjamini_hochberg(&p_values).into_iter();
    let expected: Vec<RateDifference> = plain
        .into_iter()
        .map(|test| RateDifference {
            p_corrected: test.p.and_then(|_| corrected.next()),
            ..test
        })
        .collect();
    assert_eq!(found, expected);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]
    #[test]
    fn differences_of_carts_are_those_of_their_counts(events in shop_events()) {
        let (Report::Carts(a), Report::Carts(b), Difference::Carts(difference)) =
            compared(&events, Request::Carts(CartsConfig::default()))
        else {
            unreachable!("carts were asked for")
        };
        let mut found = vec![difference.purchase, difference.emptied, difference.abandonment, difference.recovery, difference.refund];
        let all = (a.n_carts, b.n_carts);
        let abandoned = (a.n_abandoned, b.n_abandoned);
        let mut parts = vec![
            ((a.n_purchased, b.n_purchased), all),
            ((a.n_emptied, b.n_emptied), all),
            (abandoned, all),
            ((a.n_recovered, b.n_recovered), (a.n_ever_abandoned, b.n_ever_abandoned)),
            ((a.n_refunded, b.n_refunded), (a.n_purchased, b.n_purchased)),
        ];
        for at in &difference.abandoned_at {
            let n = |report: &analyzer::analysis::CartsReport| report.abandoned_at.iter().filter(|other| other.step == at.step).map(|other| other.n_carts).sum();
            parts.push(((n(&a), n(&b)), abandoned));
            found.push(at.share);
        }
        let n_at: u64 = parts[5..].iter().map(|part| part.0.0 + part.0.1).sum();
        prop_assert_eq!(n_at, a.n_abandoned + b.n_abandoned);
        for entry in &difference.signals {
            let n = |report: &analyzer::analysis::CartsReport| report.signals.iter().filter(|other| other.signal == entry.signal).map(|other| other.n_abandoned).sum();
            parts.push(((n(&a), n(&b)), abandoned));
            found.push(entry.share);
        }
        check(&found, &parts);
    }

    #[test]
    fn differences_of_friction_are_those_of_their_counts(events in shop_events(), n_top in 1..4_u32) {
        let config = FrictionConfig { n_top, goal: Filter::Name("purchase".to_owned()), ..FrictionConfig::default() };
        let (Report::Friction(a), Report::Friction(b), Difference::Friction(difference)) = compared(&events, Request::Friction(config))
        else {
            unreachable!("friction was asked for")
        };
        let mut found = Vec::new();
        let mut parts = Vec::new();
        for touchpoint in &difference.touchpoints {
            let [in_a, in_b] = [&a, &b].map(|report| report.touchpoints.iter().find(|other| other.label == touchpoint.label));
            let visits = (in_a.map_or(0, |it| it.n_visits), in_b.map_or(0, |it| it.n_visits));
            prop_assert_eq!((touchpoint.n_visits_a, touchpoint.n_visits_b), visits);
            found.push(touchpoint.index);
            parts.push(((in_a.map_or(0, |it| it.n_visits_with_signal), in_b.map_or(0, |it| it.n_visits_with_signal)), visits));
            for entry in &touchpoint.signals {
                let n = |it: Option<&analyzer::analysis::friction::TouchpointFriction>| it.into_iter().flat_map(|it| &it.signals).filter(|other| other.signal == entry.signal).map(|other| other.n_visits).sum::<u64>();
                found.push(entry.share);
                parts.push(((n(in_a), n(in_b)), visits));
            }
        }
        check(&found, &parts);
        // With every touchpoint shown nothing is unknown.
        if n_top == 3 {
            prop_assert_eq!(difference.n_unknown, 0);
        }
    }
}
