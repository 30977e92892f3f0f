//! The trail of views in one tab: what was seen before, and who turned round at once.

use alloc::string::String;
use alloc::vec::Vec;

use event::json::write_i64;
use event::{Props, kinds};

use super::attention::Attention;
use super::{Draft, draft, number_prop, text_prop, thousandths};
use crate::tracker::text::{number, parts};

/// Back on the page before within this time is a u-turn.
const U_TURN_MILLIS: i64 = 10_000;

/// The present view and the one before it.
#[derive(Default)]
pub(crate) struct Trail {
    /// Path of the present view; nothing before the first.
    path: String,
    /// Path of the view before.
    before: String,
    /// When the present view began.
    entered: i64,
    /// What the present view had when another document went on: visible time, and depth in thousandths.
    left: Option<(i64, i64)>,
}

impl Trail {
    /// Goes on where another document of the tab ended.
    pub(crate) fn restore(&mut self, text: &str) {
        let mut fields = parts(text, b' ');
        let mut next = || fields.next().unwrap_or_default();
        let (path, before) = (String::from(next()), String::from(next()));
        let numbers = (number(next()), number(next()), number(next()));
        if let (Some(entered), Some(visible), Some(depth)) = numbers {
            *self = Self {
                path,
                before,
                entered,
                left: Some((visible, depth)),
            };
        }
    }

    /// What the next document of the tab goes on from. Paths hold no spaces: addresses encode them.
    pub(crate) fn snapshot(&self, attention: &Attention) -> String {
        let mut text = self.path.clone();
        text.push(' ');
        text.push_str(&self.before);
        let depth = (attention.depth * 1000.0) as i64;
        for number in [self.entered, attention.visible, depth] {
            text.push(' ');
            write_i64(&mut text, number);
        }
        text
    }

    /// Begins the view of `path`, and says in its `props` what was before.
    pub(crate) fn enter(
        &mut self,
        now: i64,
        path: &str,
        attention: &Attention,
        props: &mut Props,
        drafts: &mut Vec<Draft>,
    ) {
        let here = (attention.visible, (attention.depth * 1000.0) as i64);
        let (visible, depth) = self.left.take().unwrap_or(here);
        if !self.path.is_empty() {
            text_prop(props, "previous_path", self.path.clone());
            number_prop(props, "previous_millis", visible as f64);
            number_prop(props, "previous_scroll", thousandths(depth as f64 / 1000.0));
        }
        if self.path != path {
            let stay = now - self.entered;
            if self.before == path && (0..=U_TURN_MILLIS).contains(&stay) {
                let texts = [("from", &*self.path)];
                draft(drafts, kinds::U_TURN, &texts, &[("millis", stay as f64)]);
            }
            self.before = core::mem::replace(&mut self.path, String::from(path));
        }
        self.entered = now;
    }
}
