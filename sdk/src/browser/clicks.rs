//! Clicks: on what, and where.
//!
//! Never what is in an input: the value of a control is not read at all, and only things that people press or
//! follow have a label.

use alloc::string::String;
use alloc::vec::Vec;

use event::limits::MAX_URL_BYTES;

use super::host::{Host, window};
use super::{declared, dispatch, impressions, look, privacy};
use crate::tracker::{Input, Node, Target, text};

/// What a click on something inside is taken for.
const PRESSABLE: &str = "a,button,summary,label,input,select,textarea,[role=button],[role=link],[role=tab],[role=menuitem],[data-dp-event]";
/// Those of them whose text is a label. An element that declares an event may be a whole form, or hold one.
const LABELLED: &str =
    "a,button,summary,label,[role=button],[role=link],[role=tab],[role=menuitem]";
/// Nothing inside is noticed.
pub(super) const IGNORED: &str = "[data-dp-ignore]";
/// What is pressed often in a row without any rage: steppers, carousels and their arrows, and what is typed into.
const REPEATABLE: &str = "input:not([type=button],[type=submit],[type=image]),textarea,select,[contenteditable],[role=spinbutton],[role=slider],[aria-roledescription=carousel],[class*=carousel],[class*=swiper],[class*=slick],[class*=slider],[class*=arrow],[class*=stepper],[class*=quantity],[class*=qty],[data-dp-repeat]";
/// What answers a click in ways of its own, that no element shows.
const ANSWERING: &str = "input:not([type=button],[type=submit],[type=image]),textarea,select,option,[contenteditable],audio,video";
/// The number of the mouse's middle button, which opens links in tabs of their own.
pub(super) const MIDDLE_BUTTON: f64 = 1.0;
/// Tags whose text is, or may become, what a person typed or chose.
const CONTROLS: [&str; 4] = ["input", "select", "textarea", "option"];
/// Longest text of an element that is read.
const MAX_TEXT_UNITS: usize = 200;
/// Longest name, id, class list or role that is read.
const MAX_NAME_UNITS: usize = 200;
/// How many ancestors are looked at.
const MAX_LINEAGE: usize = 4;

/// Notices a click by its event. The loader keeps the events of early clicks; their elements are looked at when
/// the tracker has come, a moment after the click. What such a click did was not seen: only where `is_live` can one
/// be dead.
pub(super) fn clicked(at: i64, event: &Host, is_live: bool) {
    let target = event.get("target");
    let pressed = target.around(PRESSABLE);
    let labelled = target.around(LABELLED);
    let has_label = labelled.is_some() && labelled == pressed;
    let looks_clickable = pressed.is_some() || has_pointer(&target);
    let element = pressed.unwrap_or(target);
    // Clicking a label clicks its control too, and that click follows.
    if element.around(IGNORED).is_some() || element.get("control").exists() {
        return;
    }
    let mut target = self::target(event, &element, has_label);
    target.may_rage = element.around(REPEATABLE).is_none();
    target.must_react = is_live
        && looks_clickable
        && element.around(ANSWERING).is_none()
        && !leads_away(&target.href);
    let is_auxiliary = target.is_auxiliary;
    let is_link = !target.href.is_empty();
    dispatch(at, Input::Click(target));
    if is_auxiliary {
        return;
    }
    let chosen = || is_link.then(|| impressions::chosen(&element)).flatten();
    if let Some(input) = declared::read(&element, "click").or_else(chosen) {
        dispatch(at, input);
    }
    // What the click brings may hold products.
    look::soon(look::VIEW_MILLIS);
}

/// Whether the page shows a hand over it.
fn has_pointer(element: &Host) -> bool {
    let style = window().invoke_with("getComputedStyle", element);
    style.words("cursor", 8) == "pointer"
}

/// Whether a link leads to another document or another program, however long that takes.
fn leads_away(href: &str) -> bool {
    let here = window().words("location.href", 4 * MAX_URL_BYTES);
    let (there, _) = text::split(href, b'#');
    !there.is_empty() && !there.starts_with("javascript:") && text::split(&here, b'#').0 != there
}

fn target(event: &Host, element: &Host, has_label: bool) -> Target {
    let lineage = lineage(element);
    let tag = lineage.first().map_or("", |node| node.tag.as_str());
    let picked = element.pick(
        "isContentEditable @role @type @download href",
        4 * MAX_URL_BYTES,
    );
    let mut fields = picked.fields();
    let is_private = fields.is_yes() || CONTROLS.contains(&tag);
    let text = if has_label && !is_private && !privacy::is_masked(element) {
        element.words("textContent", MAX_TEXT_UNITS)
    } else {
        String::new()
    };
    let around = element.ask("getBoundingClientRect");
    let around = around.pick("left top width height", 0);
    let mut around = around.fields();
    let (left, top) = (around.number(), around.number());
    let place = event.pick("clientX clientY pageX pageY button", 0);
    let mut place = place.fields();
    let within = (
        (place.number() - left) / around.number().max(1.0),
        (place.number() - top) / around.number().max(1.0),
    );
    Target {
        role: fields.string(),
        kind: fields.string(),
        is_download: !fields.marked().is_empty(),
        href: fields.string(),
        text,
        within,
        on_page: (place.number(), place.number()),
        // Not by the event's kind: some engines tell the middle button's presses as clicks.
        is_auxiliary: place.number() == MIDDLE_BUTTON,
        lineage,
        ..Target::default()
    }
}

pub(super) fn lineage(element: &Host) -> Vec<Node> {
    let mut lineage = Vec::new();
    let mut element = element.clone();
    while element.exists() && lineage.len() < MAX_LINEAGE {
        let picked = element.pick("localName @id @class", MAX_NAME_UNITS);
        let mut fields = picked.fields();
        lineage.push(Node {
            tag: fields.string(),
            id: fields.string(),
            classes: fields.string(),
        });
        element = element.get("parentElement");
    }
    lineage
}
