//! Vitals: to which view a measurement belongs.

use super::*;

fn timing(page: &Page, metric: Metric, amount: f64, interaction: f64) -> Signal {
    Signal::Timed(Timing {
        metric,
        at: page.now as f64,
        amount,
        interaction,
        n_interactions: 0.0,
    })
}

#[test]
fn vitals_belong_to_the_view_in_which_they_happened() {
    let mut page = shown("/a");
    for (metric, amount) in [
        (Metric::Lcp, 900.0),
        (Metric::Fcp, 1800.4),
        (Metric::Lcp, 4000.6),
        (Metric::Ttfb, -3.0),
        (Metric::Shift, 0.0),
    ] {
        let timing = timing(&page, metric, amount, 0.0);
        signal(&mut page, timing);
    }
    page.now += 100;
    let slow = timing(&page, Metric::Interaction, 240.0, 7.0);
    page.now += 50;
    go(&mut page, "/b", Navigation::Push);
    page.now += 200;
    signal(&mut page, slow);
    let paint = timing(&page, Metric::Lcp, 9999.0, 0.0);
    signal(&mut page, paint);
    for _ in 0..3 {
        let shift = timing(&page, Metric::Shift, 0.05, 0.0);
        signal(&mut page, shift);
        page.now += 600;
    }
    page.wait(1000);
    page.say(Input::Hidden);
    let vitals = |events: Vec<Event>| -> Vec<String> {
        let vitals = events.iter().filter(|event| event.name == kinds::WEB_VITAL);
        let words = vitals.map(|event| {
            let path = event.page.as_ref().unwrap().path.as_deref().unwrap();
            let words = told(std::slice::from_ref(event), &["metric", "amount", "rating"]);
            format!("{path} {}", words[0].trim_start_matches("web_vital "))
        });
        words.collect()
    };
    assert_eq!(
        vitals(page.events()),
        [
            "/a LCP 4001 poor",
            "/a FCP 1800 needs_improvement",
            "/a TTFB 0 good",
            "/a CLS 0 good",
            "/a INP 240 needs_improvement",
            "/b CLS 0.15 needs_improvement",
        ]
    );
    // Hidden again without anything worse: nothing. Then a worse shift: again.
    page.say(Input::Shown);
    page.say(Input::Hidden);
    assert!(vitals(page.events()).is_empty());
    let shift = timing(&page, Metric::Shift, 0.3, 0.0);
    signal(&mut page, shift);
    page.say(Input::Hidden);
    assert_eq!(vitals(page.events()), ["/b CLS 0.3 poor"]);
}

#[test]
fn what_is_painted_after_the_page_was_hidden_does_not_count() {
    let mut page = shown("/a");
    page.say(Input::Hidden);
    page.now += 10;
    let late = timing(&page, Metric::Lcp, 5000.0, 0.0);
    signal(&mut page, late);
    page.say(Input::Leaving);
    assert!(page.events().is_empty());
}

#[test]
fn quick_interactions_of_a_restored_page_are_told() {
    let mut page = shown("/a");
    let told_inp = |page: &mut Page, n_interactions, duration, interaction| {
        let mut signal = timing(page, Metric::Interaction, duration, interaction);
        if let Signal::Timed(timing) = &mut signal {
            timing.n_interactions = n_interactions;
        }
        page.say(Input::Signal(signal));
        page.say(Input::Hidden);
        page.say(Input::Shown);
        let events = page.events();
        let vital = events.iter().find(|event| event.name == kinds::WEB_VITAL);
        vital.and_then(|vital| number(vital, "amount"))
    };
    // A page that was loaded tells the first one's time, quick or not.
    assert_eq!(told_inp(&mut page, 3.0, 0.0, 0.0), None);
    go(&mut page, "/a", Navigation::Restore);
    assert_eq!(told_inp(&mut page, 3.0, 0.0, 0.0), None);
    assert_eq!(told_inp(&mut page, 4.0, 0.0, 0.0), Some(8.0));
    assert_eq!(told_inp(&mut page, 5.0, 120.0, 35.0), Some(120.0));
    assert_eq!(told_inp(&mut page, 6.0, 0.0, 0.0), None);
}

proptest! {
    /// Layout shifts against the definition: the largest sum over windows without a pause of a second, shorter
    /// than five. Interactions against the definition: the longest, less one for every fifty.
    #[test]
    fn vitals_agree_with_their_definitions(
        shifts in proptest::collection::vec((0u32..1500, 1u32..100), 1..40),
        durations in proptest::collection::vec(40u32..2000, 1..130),
    ) {
        let mut page = shown("/a");
        let start = page.now;
        let mut windows: Vec<(i64, i64, f64)> = Vec::new();
        for (gap, score) in shifts {
            page.now += i64::from(gap);
            let (now, score) = (page.now, f64::from(score) / 64.0);
            match windows.last_mut() {
                Some((first, last, sum)) if now - *last < 1000 && now - *first < 5000 => {
                    *last = now;
                    *sum += score;
                }
                _ => windows.push((now, now, score)),
            }
            let shift = timing(&page, Metric::Shift, score, 0.0);
            page.say(Input::Signal(shift));
        }
        for (place, duration) in durations.iter().enumerate() {
            let id = 100.0 + 7.0 * place as f64;
            // Several events make one interaction; the longest counts.
            for part in [duration / 2, *duration, 1] {
                let event = timing(&page, Metric::Interaction, f64::from(part), id);
                page.say(Input::Signal(event));
            }
        }
        prop_assert!(page.now >= start);
        page.say(Input::Hidden);
        let events = page.events();
        let value = |metric| {
            let found = events.iter().find(|event| text(event, "metric") == Some(metric));
            found.and_then(|event| number(event, "amount"))
        };
        let largest = windows.iter().map(|(_, _, sum)| *sum).fold(0.0, f64::max);
        prop_assert!((value("CLS").unwrap() - largest).abs() < 1e-4);
        let mut sorted = durations;
        sorted.sort_unstable_by(|a, b| b.cmp(a));
        let rank = sorted.len() / 50;
        prop_assert_eq!(value("INP"), Some(f64::from(sorted[rank])));
    }
}
