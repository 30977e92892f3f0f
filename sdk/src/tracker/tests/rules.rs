//! Rules that act in the moment: when, and how often.

use event::{Item, kinds};
use proptest::prelude::*;

use super::*;
use crate::tracker::rules::duration;

impl Page {
    fn rule(&mut self, rule: Rule) {
        self.say(Input::Rule { handle: 7, rule });
    }

    fn happens(&mut self, name: &str, item: &str) {
        let facts = Facts {
            items: vec![Item {
                item_id: Some(item.into()),
                ..Item::default()
            }],
            ..Facts::default()
        };
        let name = name.into();
        self.say(Input::Track { name, facts });
    }

    /// How often rules have acted since the last time this was asked.
    fn acted(&mut self) -> usize {
        std::mem::take(&mut self.acts).len()
    }
}

fn views(count: usize) -> Rule {
    Rule {
        id: "views".into(),
        steps: vec!["view_item".into(); count],
        same: Same::Item,
        within_millis: 60_000,
        ..Rule::default()
    }
}

#[test]
fn the_third_view_of_one_product_counts_on_all_pages() {
    let mut page = Page::open();
    page.rule(views(3));
    page.happens("view_item", "a");
    page.happens("view_item", "b");
    page.happens("view_item", "a");
    page.navigate(5);
    page.rule(views(3));
    page.happens("view_item", "b");
    assert_eq!(page.acts, []);
    page.happens("view_item", "a");
    assert_eq!(page.acts, [(7, "view_item".into(), "a".into())]);
    page.say(Input::RuleEnded { handle: 7 });
    page.happens("view_item", "a");
    assert_eq!(page.acts.len(), 1);
}

#[test]
fn what_is_too_old_or_has_no_item_does_not_count() {
    let mut page = Page::open();
    page.rule(views(2));
    page.happens("view_item", "a");
    page.now += 60_001;
    page.happens("view_item", "a");
    page.track("view_item");
    page.track("view_item");
    assert_eq!(page.acted(), 0);
    page.now += 60_000;
    page.happens("view_item", "a");
    assert_eq!(page.acted(), 1);
}

#[test]
fn a_rule_acts_no_oftener_than_it_says() {
    for (once, cooldown_millis, expected) in [
        (Once::Never, 0, [2, 1, 1]),
        (Once::Page, 0, [1, 1, 1]),
        (Once::Session, 0, [1, 0, 1]),
        (Once::Visitor, 0, [1, 0, 0]),
        (Once::Never, SESSION_GAP_MILLIS, [1, 0, 1]),
    ] {
        let mut page = Page::open();
        let rule = Rule {
            id: "r".into(),
            steps: vec!["a".into()],
            once,
            cooldown_millis,
            ..Rule::default()
        };
        page.rule(rule.clone());
        page.track("a");
        page.track("a");
        let first = page.acted();
        page.navigate(5);
        page.rule(rule.clone());
        page.track("a");
        let second = page.acted();
        page.navigate(6);
        page.now += SESSION_GAP_MILLIS + 1;
        page.rule(rule);
        page.track("a");
        assert_eq!([first, second, page.acted()], expected, "{once:?}");
    }
}

#[test]
fn an_idle_cart_is_noticed_once_for_each_silence_and_only_when_seen() {
    let mut page = Page::open();
    page.rule(Rule {
        id: "idle".into(),
        idle_millis: 10_000,
        is_filled: Some(true),
        ..Rule::default()
    });
    page.track("view_cart");
    page.wait(30_000);
    assert_eq!(page.acted(), 0, "the cart is empty");
    page.happens("add_to_cart", "a");
    page.wait(9_999);
    assert_eq!(page.acted(), 0);
    page.wait(1);
    assert_eq!(page.acts, [(7, "idle".into(), String::new())]);
    page.wait(60_000);
    assert_eq!(page.acted(), 1, "one silence");
    page.track(kinds::PAGE_VIEW);
    page.say(Input::Hidden);
    page.wait(60_000);
    assert_eq!(page.acted(), 0, "nobody would see it");
    page.say(Input::Shown);
    assert_eq!(page.acted(), 1);
    page.happens("remove_from_cart", "a");
    page.wait(60_000);
    assert_eq!(page.acted(), 0, "the cart is empty again");
}

#[test]
fn somebody_who_leaves_with_a_full_cart_is_noticed() {
    let mut page = Page::open();
    page.rule(Rule {
        id: "exit".into(),
        is_exit: true,
        is_filled: Some(true),
        path: "/shop".into(),
        ..Rule::default()
    });
    page.view("https://a.example/shop/p", Navigation::Load);
    page.say(Input::Exit);
    assert_eq!(page.acted(), 0);
    page.happens("add_to_cart", "a");
    page.say(Input::Exit);
    assert_eq!(page.acted(), 1);
    page.say(Input::Hidden);
    page.say(Input::Shown);
    assert_eq!(page.acted(), 1, "back from another tab");
    page.view("https://a.example/help", Navigation::Push);
    page.say(Input::Exit);
    assert_eq!(page.acted(), 0, "elsewhere");
}

#[test]
fn without_rules_nothing_of_it_is_stored() {
    let mut page = Page::open();
    page.happens("view_item", "secret-item");
    page.navigate(5);
    assert!(
        page.stored
            .values()
            .all(|value| !value.contains("secret-item"))
    );
}

/// Whether the steps can be found among the events, the last of them at the end: by trying every choice.
fn chain(events: &[(i64, String, String)], steps: &[String], rule: &Rule) -> bool {
    fn search(
        events: &[(i64, String, String)],
        steps: &[String],
        chosen: &mut Vec<usize>,
        rule: &Rule,
    ) -> bool {
        if chosen.len() == steps.len() {
            let first = &events[chosen[0]];
            let last = &events[*chosen.last().unwrap()];
            return *chosen.last().unwrap() == events.len() - 1
                && (rule.within_millis == 0 || last.0 - first.0 <= rule.within_millis)
                && (rule.same == Same::Anything
                    || chosen.iter().all(|at| events[*at].2 == last.2));
        }
        let from = chosen.last().map_or(0, |at| at + 1);
        (from..events.len()).any(|at| {
            if events[at].1 != steps[chosen.len()] {
                return false;
            }
            chosen.push(at);
            let found = search(events, steps, chosen, rule);
            chosen.pop();
            found
        })
    }
    search(events, steps, &mut Vec::new(), rule)
}

proptest! {
    #[test]
    fn sequences_agree_with_trying_everything(
        events in proptest::collection::vec((0i64..20, "[ab]", "[xy]"), 1..9),
        steps in proptest::collection::vec("[ab]", 1..4),
        within_millis in prop_oneof![Just(0i64), 1i64..40],
        is_same in any::<bool>(),
    ) {
        let rule = Rule {
            id: "r".into(),
            steps: steps.clone(),
            same: if is_same { Same::Item } else { Same::Anything },
            within_millis,
            ..Rule::default()
        };
        let mut page = Page::open();
        page.rule(rule.clone());
        let mut told = Vec::new();
        for (pause, name, item) in events {
            page.now += pause;
            page.happens(&name, &item);
            told.push((page.now, name, item));
            prop_assert_eq!(page.acted() > 0, chain(&told, &steps, &rule), "{:?} {:?}", told, steps);
        }
    }

    #[test]
    fn any_text_is_a_duration(text in ".{0,8}", number in 0i64..10_000) {
        prop_assert!(duration(&text) >= 0);
        prop_assert_eq!(duration(&format!("{number}")), number * 1000);
        prop_assert_eq!(duration(&format!("{number}m")), number * 60_000);
    }
}
