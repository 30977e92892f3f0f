//! Attention: how long a view was visible and had the focus, and how far it was scrolled.

use alloc::vec::Vec;

use event::kinds;

use super::{Draft, draft, thousandths};

/// Depths at which a `scroll` event is made.
const STEPS: [f64; 4] = [0.25, 0.5, 0.75, 0.9];
/// Less engaged time than this is carried on rather than told.
const MIN_TOLD_MILLIS: i64 = 1000;
/// Longest time between two observations that counts. A machine that slept does not always say so.
const MAX_STEP_MILLIS: i64 = 30 * 60 * 1000;

/// The attention that the present view has had.
#[derive(Default)]
pub(crate) struct Attention {
    is_visible: bool,
    is_focused: bool,
    /// Up to when time has been counted.
    counted: i64,
    /// Engaged time that no event has told yet.
    engaged: i64,
    /// Time that the view was visible.
    pub(crate) visible: i64,
    /// Largest depth, 0 to 1.
    pub(crate) depth: f64,
    n_steps_told: usize,
}

impl Attention {
    pub(crate) fn is(&mut self, now: i64, is_visible: bool, is_focused: Option<bool>) {
        self.count(now);
        self.is_visible = is_visible;
        self.is_focused = is_focused.unwrap_or(self.is_focused);
    }

    fn count(&mut self, now: i64) {
        let step = (now - self.counted).clamp(0, MAX_STEP_MILLIS);
        self.counted = self.counted.max(now);
        if self.is_visible {
            self.visible += step;
            if self.is_focused {
                self.engaged += step;
            }
        }
    }

    pub(crate) fn scrolled(&mut self, depth: f64, has_moved: bool, drafts: &mut Vec<Draft>) {
        // The comparison is false for what is no number.
        if depth > self.depth {
            self.depth = depth.min(1.0);
        }
        let reached = STEPS.iter().filter(|step| self.depth >= **step).count();
        if has_moved && reached > self.n_steps_told {
            self.n_steps_told = reached;
            let step = STEPS.get(reached - 1).copied().unwrap_or_default();
            draft(drafts, kinds::SCROLL, &[], &[("depth", step)]);
        }
    }

    /// Tells the engaged time since it was last told.
    pub(crate) fn tell(&mut self, now: i64, drafts: &mut Vec<Draft>) {
        self.count(now);
        if self.engaged >= MIN_TOLD_MILLIS {
            let depth = thousandths(self.depth);
            let numbers = [("millis", self.engaged as f64), ("depth", depth)];
            draft(drafts, kinds::ENGAGEMENT, &[], &numbers);
            self.engaged = 0;
        }
    }

    /// Begins anew for the next view; the page's visibility and focus stay what they are.
    pub(crate) fn begin(&mut self, now: i64) {
        *self = Self {
            is_visible: self.is_visible,
            is_focused: self.is_focused,
            counted: now,
            engaged: self.engaged,
            ..Self::default()
        };
    }
}
