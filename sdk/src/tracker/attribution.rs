//! From arrivals to the touches that events tell.
//!
//! The first touch is kept for 90 days; the last is the one that began the present session, or that came to it
//! later from outside, a direct visit included. It goes with page views, with the first event of a session and
//! with purchases: enough to know it for every session and every order, without its bytes on each click.

use alloc::string::String;

use event::kinds;

use super::Tracker;
use super::input::{Navigation, View};
use super::memory::{FIRST, LAST, PAYING, SESSION};
use super::orders::PAYING_MILLIS;
use super::source::{self, Arrival};

/// The first touch is kept for this time, and then the next one takes its place: 90 days.
pub(crate) const FIRST_TOUCH_MILLIS: i64 = 90 * 24 * 60 * 60 * 1000;

impl Tracker {
    /// Takes in how the visitor came to `view`.
    pub(super) fn arrive(&mut self, now: i64, view: &View) {
        // A page from the back-forward cache was arrived at before, and a view that the shop reports is no arrival.
        if matches!(view.navigation, None | Some(Navigation::Restore)) {
            return;
        }
        let is_load = view.navigation == Some(Navigation::Load);
        let is_paying = now - self.memory.number(PAYING) < PAYING_MILLIS;
        let config = &self.config;
        self.arrival = source::arrival(&view.url, &view.referrer, is_load, is_paying, config);
        if self.arrival == Arrival::Detour {
            self.identity.continue_session(now);
        }
    }

    /// What the event `name` tells of the visitor's source: a field of its wire form, or nothing.
    pub(super) fn tell_source(&mut self, now: i64, is_new_session: bool, name: &str) -> String {
        let arrival = core::mem::replace(&mut self.arrival, Arrival::Inside);
        if is_new_session {
            self.memory.forget(SESSION);
        }
        match &arrival {
            Arrival::Touch(touch) => self.touched(now, touch),
            Arrival::Inside if is_new_session => self.touched(now, DIRECT),
            Arrival::Inside | Arrival::Detour => {}
        }
        let mut told = String::new();
        let tells = is_new_session || matches!(name, kinds::PAGE_VIEW | kinds::PURCHASE);
        for (kind, key) in [(FIRST, "\"first\":"), (LAST, "\"last\":")] {
            if let Some(touch) = self.memory.get(kind).filter(|_| tells) {
                told.push_str(if told.is_empty() {
                    ",\"source\":{"
                } else {
                    ","
                });
                told.push_str(key);
                told.push_str(touch.text());
            }
        }
        if !told.is_empty() {
            told.push('}');
        }
        told
    }

    fn touched(&mut self, now: i64, touch: &str) {
        if self.memory.get(FIRST).is_none() || now - self.memory.number(FIRST) > FIRST_TOUCH_MILLIS
        {
            self.memory.set(FIRST, now, touch);
        }
        self.memory.set(LAST, now, touch);
    }
}

/// The touch of a visit from nowhere.
const DIRECT: &str = "{\"channel\":\"direct\"}";
