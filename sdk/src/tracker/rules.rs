//! Rules that act in the moment: what must have happened, in which state, and how often a rule may act.
//!
//! A rule looks at the visitor's own recent events, in all tabs, and at nothing else. Nothing is asked of a server.

use alloc::string::String;
use alloc::vec::Vec;

use event::kinds;

use super::input::Effect;
use super::memory::{CART, MAX_LINES, SESSION, VISITOR, digest, push_plain};
use super::text::parts;
use super::{Page, Tracker};

/// An event that rules look at: name, item and path between tabs.
pub(crate) const MOMENT: u8 = b'm';

/// When a shop wants to act.
#[derive(Clone, Debug, Default)]
pub struct Rule {
    /// Tells the rule apart from the shop's others, from page to page.
    pub id: String,
    /// Names of events, in this order, the last of which is the moment.
    pub steps: Vec<String>,
    /// What the events must share: [`Same::Anything`] for nothing.
    pub same: Same,
    /// The longest time between the first and the last of them, in milliseconds; 0 for any.
    pub within_millis: i64,
    /// The moment is that nothing has happened for so long, in milliseconds; 0 for no such moment.
    pub idle_millis: i64,
    /// The moment is that the visitor is about to leave.
    pub is_exit: bool,
    /// Whether the cart must be filled, or must be empty.
    pub is_filled: Option<bool>,
    /// What the page's path must begin with.
    pub path: String,
    /// How often it may act.
    pub once: Once,
    /// The shortest time between two times that it acts, in milliseconds.
    pub cooldown_millis: i64,
}

/// What the events of a rule share.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Same {
    /// Nothing.
    #[default]
    Anything,
    /// The first item's id.
    Item,
    /// The page's path.
    Path,
}

/// How often a rule may act.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Once {
    /// Whenever its moment comes.
    #[default]
    Never,
    /// Once while the document is loaded.
    Page,
    /// Once a session.
    Session,
    /// Once for this visitor, as long as it is remembered.
    Visitor,
}

/// A rule that is in force.
pub(super) struct Active {
    handle: u32,
    rule: Rule,
    /// When it acted on this page; 0 for not yet.
    acted: i64,
}

impl Tracker {
    /// Puts a rule in force.
    pub(super) fn add_rule(&mut self, handle: u32, rule: Rule) {
        self.rules.push(Active {
            handle,
            rule,
            acted: 0,
        });
        self.memory.is_dirty = true;
    }

    /// Ends a rule.
    pub(super) fn end_rule(&mut self, handle: u32) {
        self.rules.retain(|active| active.handle != handle);
    }

    /// Remembers that `name` happened, with the first item's id, and acts where that is a rule's moment.
    pub(super) fn happened(&mut self, now: i64, name: &str, item: &str, effects: &mut Vec<Effect>) {
        // What a page tells by itself says nothing about whether someone is there.
        if matches!(
            name,
            kinds::ENGAGEMENT | kinds::WEB_VITAL | kinds::JS_ERROR | kinds::SCROLL
        ) {
            return;
        }
        self.last_act = now;
        // Clicks are too many to keep.
        if name == kinds::CLICK {
            return;
        }
        let mut text = String::new();
        for part in [name, item, path(&self.page)] {
            push_plain(&mut text, part, '\t');
            text.push('\t');
        }
        let is_dirty = self.memory.is_dirty || !self.rules.is_empty();
        self.memory.add(MOMENT, MAX_LINES, now, &text);
        self.memory.is_dirty = is_dirty;
        for at in 0..self.rules.len() {
            let is_moment = self.rules.get(at).is_some_and(|active| {
                active.rule.steps.last().is_some_and(|last| last == name)
                    && self.is_done(&active.rule)
            });
            if is_moment {
                self.act(now, at, name, item, effects);
            }
        }
    }

    /// Whether the newest events end with the rule's steps, other events in between aside.
    fn is_done(&self, rule: &Rule) -> bool {
        let mut wanted = rule.steps.iter().rev();
        let mut step = wanted.next();
        let mut newest: Option<(i64, &str)> = None;
        for moment in self.memory.all(MOMENT).rev() {
            let mut fields = parts(moment.text(), b'\t');
            let name = fields.next().unwrap_or_default();
            let key = match rule.same {
                Same::Anything => "-",
                Same::Item => fields.next().unwrap_or_default(),
                Same::Path => fields.nth(1).unwrap_or_default(),
            };
            let (since, shared) = *newest.get_or_insert((moment.number, key));
            let is_late = rule.within_millis > 0 && since - moment.number > rule.within_millis;
            if step.is_some_and(|step| step == name) && !key.is_empty() && key == shared && !is_late
            {
                step = wanted.next();
            }
        }
        step.is_none()
    }

    /// The visitor is about to leave, or is back from another tab.
    pub(super) fn exits(&mut self, now: i64, effects: &mut Vec<Effect>) {
        for at in 0..self.rules.len() {
            if self.rules.get(at).is_some_and(|active| active.rule.is_exit) {
                self.act(now, at, "exit", "", effects);
            }
        }
    }

    /// Acts where nothing has happened for long enough. A page that nobody sees waits until it is seen.
    pub(super) fn rules_due(&mut self, now: i64, effects: &mut Vec<Effect>) {
        for at in 0..self.rules.len() {
            let due = self
                .rules
                .get(at)
                .and_then(|active| self.idle_until(active));
            if due.is_some_and(|due| due <= now) && !self.is_hidden {
                self.act(now, at, "idle", "", effects);
            }
        }
    }

    /// When [`Tracker::rules_due`] must be asked again.
    pub(super) fn rules_deadline(&self, now: i64) -> Option<i64> {
        let times = self
            .rules
            .iter()
            .filter_map(|active| self.idle_until(active));
        times.filter(|due| *due > now).min()
    }

    fn idle_until(&self, active: &Active) -> Option<i64> {
        let waits = active.rule.idle_millis > 0 && active.acted < self.last_act;
        waits.then_some(self.last_act + active.rule.idle_millis)
    }

    /// Lets the rule at `at` act, if the state of things and its own limits allow.
    fn act(&mut self, now: i64, at: usize, name: &str, item: &str, effects: &mut Vec<Effect>) {
        let Some(active) = self.rules.get_mut(at) else {
            return;
        };
        let rule = &active.rule;
        let is_filled = self.memory.number(CART) > 0;
        let path = path(&self.page);
        if rule.is_filled.is_some_and(|wanted| wanted != is_filled)
            || !path.as_bytes().starts_with(rule.path.as_bytes())
        {
            return;
        }
        let mark = digest(&[&rule.id]);
        let before = self.memory.marked(VISITOR, &mark);
        let is_spent = match rule.once {
            Once::Never => false,
            Once::Page => active.acted > 0,
            Once::Session => self.memory.marked(SESSION, &mark).is_some(),
            Once::Visitor => before.is_some(),
        };
        if is_spent || before.is_some_and(|before| now - before < rule.cooldown_millis) {
            return;
        }
        active.acted = now;
        for (kind, is_needed) in [
            (SESSION, rule.once == Once::Session),
            (
                VISITOR,
                rule.once == Once::Visitor || rule.cooldown_millis > 0,
            ),
        ] {
            if is_needed {
                self.memory.forget_text(kind, &mark);
                self.memory.add(kind, MAX_LINES, now, &mark);
            }
        }
        effects.push(Effect::Act {
            handle: active.handle,
            event: name.into(),
            item: item.into(),
        });
    }
}

fn path(page: &Page) -> &str {
    page.path.as_deref().unwrap_or_default()
}

/// Reads a duration in milliseconds: `90`, `"90s"`, `"30m"`, `"12h"`, `"7d"`; 0 for anything else.
pub fn duration(text: &str) -> i64 {
    let (digits, unit) = match text.as_bytes().last() {
        Some(b'm') => (text.len() - 1, 60_000),
        Some(b'h') => (text.len() - 1, 3_600_000),
        Some(b'd') => (text.len() - 1, 86_400_000),
        Some(b's') => (text.len() - 1, 1_000),
        _ => (text.len(), 1_000),
    };
    let number = text.get(..digits).and_then(super::text::number);
    number
        .and_then(|number| number.checked_mul(unit))
        .unwrap_or(0)
}
