//! Friction against a slow twin.

use std::collections::BTreeMap;

use analyzer::analysis::friction::{FrictionConfig, Touchpoint};
use analyzer::{Report, Request, run};
use proptest::prelude::*;

use crate::events::GAP;
use crate::shop::{ShopEvent, build, by_person, shop_events, told_once};

fn signal(event: &ShopEvent) -> Option<&'static str> {
    match event.name {
        "rage_click" => Some("rage_click"),
        "payment_error" => Some("payment_error"),
        "web_vital" if event.number > 4000.0 => Some("slow_vital"),
        "search" if event.number == 0.0 => Some("search_without_result"),
        _ => None,
    }
}

/// Visits, visits with the signal, and the four cells of sessions, by touchpoint and signal, where
/// `""` is any signal. What has no signal is left out.
type Cells = BTreeMap<(String, &'static str), (u64, u64, [[u64; 2]; 2])>;

fn slow(events: &[ShopEvent], touchpoint: Touchpoint) -> Cells {
    let mut cells = Cells::new();
    for person in by_person(events) {
        for session in person.chunk_by(|a, b| b.ts - a.ts <= GAP) {
            let mut visits: Vec<(&str, usize, Vec<&'static str>)> = Vec::new();
            for (index, event) in session.iter().enumerate() {
                let begins = match touchpoint {
                    Touchpoint::Page => event.page.filter(|page| {
                        event.name == "page_view"
                            || visits.last().is_none_or(|visit| visit.0 != *page)
                    }),
                    Touchpoint::Name => {
                        let aside = ["rage_click", "payment_error", "web_vital", "engagement"];
                        (!aside.contains(&event.name)).then_some(event.name)
                    }
                };
                if let Some(label) = begins {
                    visits.push((label, index, Vec::new()));
                }
                if let Some(visit) = visits.last_mut() {
                    visit.2.extend(signal(event));
                }
            }
            let mut labels: Vec<&str> = visits.iter().map(|visit| visit.0).collect();
            labels.sort_unstable();
            labels.dedup();
            for label in labels {
                let here: Vec<_> = visits.iter().filter(|visit| visit.0 == label).collect();
                let converted = session[here[0].1..]
                    .iter()
                    .any(|event| event.name == "purchase");
                for signal in [
                    "",
                    "rage_click",
                    "payment_error",
                    "slow_vital",
                    "search_without_result",
                ] {
                    let has = |signals: &Vec<&'static str>| match signal {
                        "" => !signals.is_empty(),
                        signal => signals.contains(&signal),
                    };
                    let with = here.iter().filter(|visit| has(&visit.2)).count() as u64;
                    let entry = cells.entry((label.to_owned(), signal)).or_default();
                    entry.0 += here.len() as u64;
                    entry.1 += with;
                    entry.2[usize::from(with == 0)][usize::from(!converted)] += 1;
                }
            }
        }
    }
    cells.retain(|key, cells| key.1.is_empty() || cells.1 > 0);
    cells
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]
    #[test]
    fn friction_is_what_the_definition_says(
        events in shop_events(),
        touchpoint in prop::sample::select(&[Touchpoint::Page, Touchpoint::Name][..]),
    ) {
        let config = FrictionConfig { touchpoint, n_top: 1000, ..FrictionConfig::default() };
        let Report::Friction(report) = run(&build(&events), &Request::Friction(config)).unwrap() else {
            unreachable!("friction was asked for")
        };
        let mut found = Cells::new();
        for touchpoint in &report.touchpoints {
            let signals = touchpoint.signals.iter().map(|entry| {
                let name = serde_json::to_value(entry.signal).unwrap();
                let names = ["rage_click", "payment_error", "slow_vital", "search_without_result"];
                let name = names.into_iter().find(|known| name == *known).unwrap();
                (name, entry.n_visits, &entry.conversion)
            });
            let any = ("", touchpoint.n_visits_with_signal, &touchpoint.conversion);
            for (signal, n_with, conversion) in signals.chain([any]) {
                let cells = |n: u64, rate: analyzer::analysis::statistics::Rate| {
                    let converted = (rate.value.unwrap_or(0.0) * n as f64).round() as u64;
                    [converted, n - converted]
                };
                let cells = [cells(conversion.n_with, conversion.with), cells(conversion.n_without, conversion.without)];
                found.insert((touchpoint.label.clone(), signal), (touchpoint.n_visits, n_with, cells));
            }
        }
        prop_assert_eq!(found, slow(&told_once(&events), touchpoint));
        let n_visits: u64 = report.touchpoints.iter().map(|touchpoint| touchpoint.n_visits).sum();
        prop_assert_eq!(n_visits, report.n_visits);
    }
}
