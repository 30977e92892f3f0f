//! Clicks, and what else a click may be: a way out, a download, a sign of trouble.

use alloc::string::String;
use alloc::vec::Vec;

use event::{Props, kinds};

use super::{Draft, links, number_prop};
use crate::tracker::{Effect, Target, Tracker, address, element, redact, text_prop, thousandths};

/// Longest label of a clicked element.
const MAX_LABEL_BYTES: usize = 100;

impl Tracker {
    pub(in crate::tracker) fn click(
        &mut self,
        now: i64,
        target: Target,
        effects: &mut Vec<Effect>,
    ) {
        let mut drafts = Vec::new();
        let here = self.page.url.as_deref().unwrap_or_default();
        let link = links::kind(&target.href, here, target.is_download);
        let (is_auxiliary, may_rage) = (target.is_auxiliary, target.may_rage);
        let (must_react, place) = (target.must_react, target.on_page);
        let props = self.describe(target);
        if let Some(link) = link {
            drafts.push(Draft::with(link, props.clone()));
        }
        if !is_auxiliary {
            drafts.insert(0, Draft::with(kinds::CLICK, props.clone()));
            let frustration = &mut self.capture.frustration;
            frustration.clicked(now, place, may_rage, must_react, &props, &mut drafts);
        }
        self.record_all(now, drafts, effects);
    }

    /// The properties that name what was clicked.
    fn describe(&self, target: Target) -> Props {
        let mut props = Props::new();
        let mut text = redact::redact(&target.text);
        redact::cut_to(&mut text, MAX_LABEL_BYTES);
        let href = address::cut(&target.href, &self.config.allowed_query);
        let role = if target.role.is_empty() {
            let tag = target.lineage.first().map_or("", |node| node.tag.as_str());
            String::from(element::implied_role(tag, &target.kind))
        } else {
            target.role
        };
        for (key, value) in [
            ("selector", element::selector(&target.lineage)),
            ("role", role),
            ("text", text),
            ("href", href),
        ] {
            text_prop(&mut props, key, value);
        }
        let within = target.within;
        for (key, value) in [
            ("x", thousandths(within.0)),
            ("y", thousandths(within.1)),
            ("page_x", target.on_page.0 as i64 as f64),
            ("page_y", target.on_page.1 as i64 as f64),
        ] {
            number_prop(&mut props, key, value);
        }
        props
    }
}
