//! What the tracker tells the developer who installs it.

use alloc::string::String;
use alloc::vec::Vec;

use super::{Consent, Effect, Tracker};

impl Tracker {
    /// Counts calls for which the loader had no room.
    pub fn overflow(&mut self, n_calls: usize) {
        self.delivery.overflow(n_calls);
    }

    /// From now on each event is told as well, in its wire form.
    pub fn watch(&mut self) {
        self.is_watched = true;
    }

    /// Calls `tell` with the name and value of what a developer may want to know; an id that there is none of is
    /// empty.
    pub fn report(&self, mut tell: impl FnMut(&str, &str)) {
        let identity = &self.identity;
        for (name, value) in [
            ("consent", consent_name(self.gate.state())),
            ("visitor", identity.visitor.as_deref().unwrap_or_default()),
            ("user", identity.user.as_deref().unwrap_or_default()),
            ("session", &identity.session),
            ("tab", &identity.tab),
            ("page", self.page.url.as_deref().unwrap_or_default()),
        ] {
            tell(name, value);
        }
    }

    /// How many events of this page wait for the visitor's answer, or for the collector to acknowledge them.
    pub fn n_queued(&self) -> usize {
        self.held.n_events() + self.delivery.n_events()
    }

    /// Tells an event that was accepted, where someone watches.
    pub(super) fn show(&self, line: &str, effects: &mut Vec<Effect>) {
        if self.is_watched {
            let message = String::from(line);
            effects.push(Effect::Warn { message });
        }
    }
}

fn consent_name(consent: Consent) -> &'static str {
    match consent {
        Consent::Granted => "granted",
        Consent::Pending => "pending",
        Consent::Denied => "denied",
    }
}
