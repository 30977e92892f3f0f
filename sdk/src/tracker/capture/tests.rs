//! The parts of capture, seen through the tracker: signals with times in, events out.

use event::{Event, Item, PropValue, Props, kinds};
use proptest::prelude::*;

use crate::tracker::tests::{Page, text};
use crate::tracker::{
    Config, Facts, Failure, Findings, Input, Metric, Navigation, Node, Sight, Signal, Target,
    Timing,
};

mod timings;

fn number(event: &Event, key: &str) -> Option<f64> {
    match event.props.get(key) {
        Some(PropValue::Number(number)) => Some(*number),
        _ => None,
    }
}

/// A page whose first view is shown, seen and in focus.
fn shown(path: &str) -> Page {
    let mut page = Page::open();
    go(&mut page, path, Navigation::Load);
    presence(&mut page, true);
    page.events();
    page
}

fn go(page: &mut Page, path: &str, navigation: Navigation) {
    page.view(&format!("https://a.example{path}"), navigation);
}

fn presence(page: &mut Page, is_focused: bool) {
    page.say(Input::Signal(Signal::Presence {
        is_visible: true,
        is_focused,
    }));
}

fn signal(page: &mut Page, signal: Signal) {
    page.say(Input::Signal(signal));
}

fn scroll(page: &mut Page, depth: f64) {
    let has_moved = true;
    signal(page, Signal::Scrolled { depth, has_moved });
}

/// Names and, of each, one property in words.
fn told(events: &[Event], keys: &[&str]) -> Vec<String> {
    let told = events.iter().map(|event| {
        let props = keys.iter().filter_map(|key| match event.props.get(key)? {
            PropValue::String(text) => Some(text.clone()),
            PropValue::Number(number) => Some(number.to_string()),
            PropValue::Bool(truth) => Some(truth.to_string()),
        });
        let mut words = vec![event.name.clone()];
        words.extend(props);
        words.join(" ")
    });
    told.collect()
}

fn click(x: f64) -> Target {
    Target {
        lineage: vec![Node {
            tag: "button".into(),
            ..Node::default()
        }],
        on_page: (x, 0.0),
        may_rage: true,
        must_react: true,
        ..Target::default()
    }
}

#[test]
fn attention_is_visible_and_focused_time() {
    let mut page = shown("/a");
    page.now += 2000;
    presence(&mut page, false);
    page.now += 5000;
    presence(&mut page, true);
    page.now += 300;
    scroll(&mut page, 0.62);
    go(&mut page, "/b", Navigation::Push);
    let keys = [
        "millis",
        "depth",
        "previous_path",
        "previous_millis",
        "previous_scroll",
    ];
    let events = page.events();
    assert_eq!(
        told(&events, &keys),
        [
            "scroll 0.5",
            "engagement 2300 0.62",
            "page_view /a 7300 0.62"
        ]
    );
    assert_eq!(events[1].page.as_ref().unwrap().path.as_deref(), Some("/a"));
    // Less than a second is carried on.
    page.now += 400;
    page.say(Input::Hidden);
    page.now += 9000;
    page.say(Input::Shown);
    page.now += 700;
    page.say(Input::Leaving);
    assert_eq!(told(&page.events(), &keys), ["engagement 1100 0"]);
}

#[test]
fn scrolling_is_told_at_each_new_depth() {
    let mut page = shown("/a");
    let still = Signal::Scrolled {
        depth: 0.3,
        has_moved: false,
    };
    signal(&mut page, still);
    for depth in [0.3, 0.4, 0.8, 0.2, 0.85, 1.2, f64::NAN] {
        scroll(&mut page, depth);
    }
    let expected = ["scroll 0.25", "scroll 0.75", "scroll 0.9"];
    assert_eq!(told(&page.events(), &["depth"]), expected);
}

#[test]
fn the_trail_goes_on_in_the_next_document_and_knows_u_turns() {
    let keys = ["previous_path", "previous_millis", "from", "millis"];
    let mut page = shown("/a");
    page.now += 500;
    page.navigate(9);
    page.now += 200;
    go(&mut page, "/b", Navigation::Load);
    page.say(Input::Signal(Signal::Presence {
        is_visible: true,
        is_focused: false,
    }));
    assert_eq!(told(&page.events(), &keys), ["page_view /a 500"]);
    page.now += 9000;
    go(&mut page, "/b", Navigation::Load);
    assert_eq!(told(&page.events(), &keys), ["page_view /b 9000"]);
    page.now += 9000;
    page.navigate(10);
    go(&mut page, "/a", Navigation::Load);
    let expected = ["page_view /b 9000", "u_turn /b 9000"];
    assert_eq!(told(&page.events(), &keys), expected);
    page.now += 10_001;
    go(&mut page, "/b", Navigation::Push);
    assert_eq!(page.events().len(), 1, "ten seconds are over");
}

#[test]
fn three_quick_clicks_on_one_spot_are_rage() {
    let check = |gaps: [i64; 3], steps: [f64; 3], may_rage, expected: usize| {
        let mut page = shown("/a");
        let mut x = 0.0;
        for (gap, step) in gaps.into_iter().zip(steps) {
            page.now += gap;
            x += step;
            page.say(Input::Click(Target {
                may_rage,
                ..click(x)
            }));
        }
        let events = page.events();
        let rage = events
            .iter()
            .filter(|event| event.name == kinds::RAGE_CLICK);
        assert_eq!(rage.count(), expected, "{gaps:?} {steps:?}");
    };
    check([0, 1000, 1000], [0.0, 30.0, 30.0], true, 1);
    check([0, 1000, 1001], [0.0, 0.0, 0.0], true, 0);
    check([0, 10, 10], [0.0, 31.0, 0.0], true, 0);
    check([0, 10, 10], [0.0, 0.0, 0.0], false, 0);
}

#[test]
fn rage_that_goes_on_is_told_once() {
    let mut page = shown("/a");
    for _ in 0..9 {
        page.now += 100;
        page.say(Input::Click(click(1.0)));
    }
    let events = page.events();
    assert_eq!(events.len(), 10);
    assert_eq!(events[3].name, kinds::RAGE_CLICK);
}

#[test]
fn a_click_without_effect_is_dead() {
    let mut page = shown("/a");
    page.say(Input::Click(click(1.0)));
    assert!(page.tracker.is_watching());
    page.wait(2499);
    assert!(page.tracker.is_watching());
    page.wait(1);
    assert!(!page.tracker.is_watching());
    let names = told(&page.events(), &["role"]);
    assert_eq!(names, ["click button", "dead_click button"]);
    let effects: [fn(&mut Page); 4] = [
        |page| signal(page, Signal::Reacted),
        |page| go(page, "/b", Navigation::Push),
        |page| presence(page, false),
        |page| page.say(Input::Hidden),
    ];
    for effect in effects {
        let mut page = shown("/a");
        page.say(Input::Click(click(1.0)));
        effect(&mut page);
        assert!(!page.tracker.is_watching());
        page.wait(5000);
        assert!(
            page.events()
                .iter()
                .all(|event| event.name != kinds::DEAD_CLICK)
        );
    }
}

#[test]
fn an_error_just_after_a_click_is_blamed_on_it_once() {
    let mut page = shown("/a");
    let fail = |page: &mut Page, is_script| {
        let failure = Failure {
            message: "x is undefined".into(),
            is_script,
            ..Failure::default()
        };
        signal(page, Signal::Failed(failure));
    };
    page.say(Input::Click(click(1.0)));
    signal(&mut page, Signal::Reacted);
    fail(&mut page, false);
    page.now += 1000;
    fail(&mut page, true);
    fail(&mut page, true);
    let names = told(&page.events(), &[]);
    assert_eq!(names, ["click", "js_error", "error_click"]);
    page.say(Input::Click(click(1.0)));
    page.now += 1001;
    fail(&mut page, true);
    assert_eq!(told(&page.events(), &[]), ["click"]);
    // The repetitions come when the page is hidden.
    page.say(Input::Hidden);
    assert_eq!(told(&page.events(), &["count"])[0], "js_error 3");
}

#[test]
fn forms_are_begun_sent_and_given_up() {
    let keys = ["form", "field", "millis"];
    let touch = |page: &mut Page, form: &str, field: &str| {
        let (form, field) = (form.into(), field.into());
        signal(page, Signal::Touched { form, field });
    };
    let mut page = shown("/a");
    touch(&mut page, "address", "name");
    page.now += 700;
    touch(&mut page, "address", "city");
    touch(&mut page, "voucher", "code");
    signal(
        &mut page,
        Signal::Submitted {
            form: "address".into(),
        },
    );
    signal(
        &mut page,
        Signal::Submitted {
            form: "search".into(),
        },
    );
    let expected = [
        "form_start address name 0",
        "form_start voucher code 0",
        "form_submit address city 700",
        "form_submit search",
    ];
    assert_eq!(told(&page.events(), &keys), expected);
    page.say(Input::Hidden);
    assert!(page.events().is_empty(), "a hidden page may come back");
    page.say(Input::Shown);
    go(&mut page, "/b", Navigation::Push);
    let events = page.events();
    let given_up: Vec<_> = events
        .iter()
        .filter(|event| event.name == kinds::FORM_ABANDON)
        .collect();
    assert_eq!(given_up.len(), 1);
    assert_eq!(text(given_up[0], "form"), Some("voucher"));
    assert_eq!(
        given_up[0].page.as_ref().unwrap().path.as_deref(),
        Some("/a")
    );
}

#[test]
fn what_stands_on_the_page_is_told() {
    let mut page = shown("/a");
    signal(
        &mut page,
        Signal::Found(Findings {
            url: "https://a.example/s?q=mail+jane%40example.com".into(),
            results: Some(0.0),
            is_not_found: true,
        }),
    );
    let expected = ["not_found", "view_search_results mail [email] 0"];
    assert_eq!(told(&page.events(), &["search_term", "results"]), expected);
}

fn product(id: &str, list: &str) -> Sight {
    let mut facts = Facts::default();
    let item_id = Some(id.into());
    facts.items.push(Item {
        item_id,
        ..Item::default()
    });
    facts
        .props
        .insert("item_list_id".into(), PropValue::String(list.into()));
    Sight {
        is_promotion: false,
        facts,
    }
}

fn sight(page: &mut Page, sight: Sight, is_in_view: bool) {
    signal(page, Signal::Sighted { sight, is_in_view });
}

#[test]
fn what_was_in_view_for_a_second_is_an_impression_once() {
    let mut page = shown("/a");
    let mut props = Props::new();
    props.insert("promotion_id".into(), PropValue::String("summer".into()));
    let facts = Facts {
        props,
        ..Facts::default()
    };
    sight(&mut page, product("1", "related"), true);
    sight(&mut page, product("2", "related"), true);
    sight(&mut page, product("1", "bought"), true);
    let is_promotion = true;
    sight(
        &mut page,
        Sight {
            is_promotion,
            facts,
        },
        true,
    );
    page.wait(900);
    sight(&mut page, product("2", "related"), false);
    sight(&mut page, product("3", "related"), true);
    page.wait(1000);
    let events = page.events();
    let n_items: Vec<_> = events.iter().map(|event| event.items.len()).collect();
    let keys = ["item_list_id", "promotion_id"];
    assert_eq!(
        told(&events, &keys),
        [
            "view_item_list related",
            "view_item_list bought",
            "view_promotion summer"
        ]
    );
    assert_eq!(n_items, [1, 1, 0]);
    // What is ready goes out when the page is hidden; what was told is not told again.
    sight(&mut page, product("1", "related"), true);
    sight(&mut page, product("2", "related"), true);
    page.say(Input::Hidden);
    let events = page.events();
    assert_eq!(events[0].items[0].item_id.as_deref(), Some("3"));
    page.say(Input::Shown);
    page.wait(999);
    page.say(Input::Leaving);
    assert!(page.events().is_empty());
}

#[test]
fn what_is_switched_off_is_not_captured() {
    let mut page = shown("/a");
    let config = Config {
        off: "views, frustration,form_start".into(),
        ..Config::default()
    };
    page.tracker = super::Tracker::new(config, [3, 3], event::json::std_float);
    page.restore();
    go(&mut page, "/a", Navigation::Load);
    for _ in 0..3 {
        page.say(Input::Click(click(1.0)));
    }
    let touched = |page: &mut Page| {
        let (form, field) = ("f".into(), "x".into());
        signal(page, Signal::Touched { form, field });
    };
    touched(&mut page);
    signal(&mut page, Signal::Submitted { form: "f".into() });
    page.wait(3000);
    let names = told(&page.events(), &[]);
    assert_eq!(names, ["click", "click", "click", "form_submit"]);
}
