//! Clicks: on what, and where.
//!
//! Never what is in an input: the value of a control is not read at all, and only things that people press or
//! follow have a label.

use alloc::vec::Vec;

use event::limits::MAX_URL_BYTES;

use super::host::Host;
use super::{declared, dispatch};
use crate::tracker::{Input, Node, Target};

/// What a click on something inside is taken for.
const PRESSABLE: &str = "a,button,summary,label,input,select,textarea,[role=button],[role=link],[role=tab],[role=menuitem],[data-dp-event]";
/// Those of them whose text is a label. An element that declares an event may be a whole form, or hold one.
const LABELLED: &str =
    "a,button,summary,label,[role=button],[role=link],[role=tab],[role=menuitem]";
/// Nothing inside is noticed.
const IGNORED: &str = "[data-dp-ignore]";
/// Tags whose text is, or may become, what a person typed or chose.
const CONTROLS: [&str; 4] = ["input", "select", "textarea", "option"];
/// Longest text of an element that is read.
const MAX_TEXT_UNITS: usize = 200;
/// Longest name, id, class list or role that is read.
const MAX_NAME_UNITS: usize = 200;
/// How many ancestors are looked at.
const MAX_LINEAGE: usize = 4;

/// Notices a click by its event. The loader keeps the events of early clicks; their elements are looked at when
/// the tracker has come, a moment after the click.
pub(super) fn clicked(at: i64, event: &Host) {
    let target = event.get("target");
    let pressed = target.closest(PRESSABLE).ok().filter(Host::exists);
    let labelled = target.closest(LABELLED).ok().filter(Host::exists);
    let has_label = labelled.is_some() && labelled == pressed;
    let element = pressed.unwrap_or(target);
    let is_ignored = element.closest(IGNORED).is_ok_and(|found| found.exists());
    // Clicking a label clicks its control too, and that click follows.
    if is_ignored || element.get("control").exists() {
        return;
    }
    dispatch(at, Input::Click(self::target(event, &element, has_label)));
    if let Some(input) = declared::read(&element, "click") {
        dispatch(at, input);
    }
}

fn target(event: &Host, element: &Host, has_label: bool) -> Target {
    let lineage = lineage(element);
    let tag = lineage.first().map_or("", |node| node.tag.as_str());
    let is_private = CONTROLS.contains(&tag) || element.get("isContentEditable").is_truthy();
    let label = (has_label && !is_private)
        .then(|| element.get("textContent").text(MAX_TEXT_UNITS))
        .flatten();
    let rect = element.rect().unwrap_or_else(|_| Host::undefined());
    let number = |of: &Host, key: &str| of.get(key).as_f64().unwrap_or_default();
    let share = |at: &str, start: &str, length: &str| {
        (number(event, at) - number(&rect, start)) / number(&rect, length).max(1.0)
    };
    Target {
        role: element.attribute("role", MAX_NAME_UNITS),
        kind: element.attribute("type", MAX_NAME_UNITS),
        text: label.unwrap_or_default(),
        href: element
            .get("href")
            .text(4 * MAX_URL_BYTES)
            .unwrap_or_default(),
        within: (
            share("clientX", "left", "width"),
            share("clientY", "top", "height"),
        ),
        on_page: (number(event, "pageX"), number(event, "pageY")),
        lineage,
    }
}

fn lineage(element: &Host) -> Vec<Node> {
    let mut lineage = Vec::new();
    let mut element = element.clone();
    while element.exists() && lineage.len() < MAX_LINEAGE {
        lineage.push(Node {
            tag: element
                .get("localName")
                .text(MAX_NAME_UNITS)
                .unwrap_or_default(),
            id: element.attribute("id", MAX_NAME_UNITS),
            classes: element.attribute("class", MAX_NAME_UNITS),
        });
        element = element.get("parentElement");
    }
    lineage
}
