//! `desirepath.on(rule, callback)`: reading rules, noticing that somebody is about to leave, and calling back.

use alloc::string::String;
use alloc::vec::Vec;

use event::limits::{MAX_NAME_BYTES, MAX_URL_BYTES};

use super::host::Host;
use super::{dispatch, watch, with_runtime};
use crate::tracker::rules::duration;
use crate::tracker::{Input, Once, Rule, Same, text};

/// Most steps of a sequence, and most events that are counted.
const MAX_STEPS: usize = 32;
/// What a rule says, in the order in which it is read.
const RULE: &str = "id same within idle exit cart path cooldown once event count";
/// Most rules of one page.
const MAX_RULES: usize = 100;

/// What the page's rules need beside the tracker.
#[derive(Default)]
pub(super) struct Acting {
    /// Rule, as the shop gave it, and callback; their place is the rule's handle.
    callbacks: Vec<(Host, Host)>,
    listens_for_flicks: bool,
}

/// Puts a rule in force.
pub(super) fn on(at: i64, given: &Host, callback: &Host) {
    // Reading a property of a long text makes Firefox put all of it into an error, which takes its time.
    if !given.is_thing() {
        return refuse(at);
    }
    let picked = given.pick(RULE, MAX_URL_BYTES);
    let mut fields = picked.fields();
    let mut rule = Rule {
        id: fields.string(),
        same: match fields.words() {
            "item_id" => Same::Item,
            "path" => Same::Path,
            _ => Same::Anything,
        },
        within_millis: duration(fields.words()),
        idle_millis: duration(fields.words()),
        is_exit: fields.is_yes(),
        is_filled: match fields.words() {
            "filled" => Some(true),
            "empty" => Some(false),
            _ => None,
        },
        path: fields.string(),
        ..Rule::default()
    };
    let cooldown = fields.words();
    rule.cooldown_millis = duration(cooldown);
    rule.once = match fields.words() {
        "session" => Once::Session,
        "visitor" => Once::Visitor,
        // A rule that says nothing about how often must not annoy.
        "" if cooldown.is_empty() => Once::Page,
        "page" => Once::Page,
        _ => Once::Never,
    };
    for step in given.get("sequence").each(MAX_STEPS) {
        let step = step.text(MAX_NAME_BYTES).unwrap_or_default();
        rule.steps.push(step);
    }
    let event = fields.string();
    if !event.is_empty() {
        let count = text::number(fields.words()).unwrap_or(1);
        for _ in 0..count.clamp(1, MAX_STEPS as i64) {
            rule.steps.push(event.clone());
        }
    }
    if rule.steps.is_empty() && rule.idle_millis == 0 && !rule.is_exit {
        return refuse(at);
    }
    if rule.id.is_empty() {
        rule.id = identity(&rule);
    }
    let is_exit = rule.is_exit;
    let place = with_runtime(|runtime| {
        let acting = &mut runtime.acting;
        acting.callbacks.push((given.clone(), callback.clone()));
        let is_first_exit = is_exit && !acting.listens_for_flicks;
        acting.listens_for_flicks |= is_exit;
        (acting.callbacks.len(), is_first_exit)
    });
    let Some((count, is_first_exit)) = place.filter(|(count, _)| *count <= MAX_RULES) else {
        return;
    };
    if is_first_exit {
        watch::watch_flicks();
    }
    let handle = count as u32 - 1;
    dispatch(at, Input::Rule { handle, rule });
}

fn refuse(at: i64) {
    let reason = "on: a rule needs an event, a sequence, idle or exit".into();
    dispatch(at, Input::Refused { reason });
}

/// Ends the rule that was given with this callback.
pub(super) fn off(at: i64, given: &Host, callback: &Host) {
    let place = with_runtime(|runtime| {
        let callbacks = &runtime.acting.callbacks;
        let is_it = |(rule, own): &(Host, Host)| rule == given && own == callback;
        callbacks.iter().position(is_it)
    });
    if let Some(Some(place)) = place {
        let handle = place as u32;
        dispatch(at, Input::RuleEnded { handle });
    }
}

/// Calls back. What the shop's function throws ends here.
pub(super) fn act(handle: u32, event: &str, item: &str) {
    let callback = with_runtime(|runtime| {
        let callbacks = &runtime.acting.callbacks;
        callbacks
            .get(handle as usize)
            .map(|(_, callback)| callback.clone())
    });
    let Some(Some(callback)) = callback else {
        return;
    };
    let moment = Host::object();
    moment.set("event", event);
    moment.set("item_id", item);
    if callback.attempt(&moment).is_none() {
        super::debug::tell("on: the callback threw, or is no function");
    }
}

/// What a rule that has no id of its own is known by: all that it says.
fn identity(rule: &Rule) -> String {
    let mut identity = String::new();
    for part in rule.steps.iter().chain([&rule.path]) {
        identity.push_str(part);
        identity.push(' ');
    }
    for number in [
        rule.within_millis,
        rule.idle_millis,
        i64::from(rule.is_exit),
        rule.is_filled.map_or(2, i64::from),
        rule.same as i64,
    ] {
        event::json::write_i64(&mut identity, number);
        identity.push(' ');
    }
    identity
}
