//! The tracker's places in the browser's storage. Where storage is blocked or full, nothing is kept and nothing
//! fails: the tracker then lives in memory.
//!
//! Visitor, session and the collector's wish for silence are in `localStorage`, for all pages of the shop and after
//! the tab is closed; the tab's id is in `sessionStorage`, which ends with the tab. Every key begins with
//! `desirepath:<site>:`. Events are in an IndexedDB of the name `desirepath:<site>`, see `js/page.js`.

use alloc::string::String;

use super::host::{Host, global};
use crate::tracker::{Slot, Stored};

/// Longest stored value that is read back.
pub(super) const MAX_VALUE_UNITS: usize = 1 << 20;

/// Most keys of the shop's storage that are looked through.
const MAX_KEYS: usize = 10_000;

/// Storage of one site.
pub(super) struct Storage {
    prefix: String,
}

impl Storage {
    /// Storage whose keys begin with `name` and a colon.
    pub(super) fn new(name: &str) -> Self {
        Self {
            prefix: String::from(name) + ":",
        }
    }

    /// Reads all that is kept.
    pub(super) fn read(&self) -> Stored {
        let local = global("localStorage");
        let probe = self.key("probe").into();
        local.invoke("setItem", &probe, &"1".into());
        let is_durable = local.invoke_with("getItem", &probe).exists();
        local.invoke_with("removeItem", &probe);
        let stored = Stored {
            is_durable,
            visitor: self.item(&Slot::Visitor),
            session: self.item(&Slot::Session),
            tab: self.item(&Slot::Tab),
            trail: self.item(&Slot::Trail),
            memory: self.item(&Slot::Memory),
            linked: None,
            pause: self.item(&Slot::Pause),
        };
        // Only the page that is shown has the tab's id: duplicating a tab copies what this storage holds.
        self.write(&Slot::Tab, "");
        stored
    }

    /// Keeps `value` in `slot`; an empty value removes what is there.
    pub(super) fn write(&self, slot: &Slot, value: &str) {
        let (storage, key) = self.place(slot);
        // A failure leaves what was there before. The tracker goes on from memory.
        if value.is_empty() {
            storage.invoke_with("removeItem", &key.into());
        } else {
            storage.invoke("setItem", &key.into(), &value.into());
        }
    }

    /// Removes all that is kept, but the visitor's choice.
    pub(super) fn purge(&self) {
        let (_, choice) = self.place(&Slot::Choice);
        for name in ["localStorage", "sessionStorage"] {
            let storage = global(name);
            for key in self.keys(&storage).filter(|key| *key != choice) {
                storage.invoke_with("removeItem", &key.into());
            }
        }
    }

    /// The keys of `storage` that are ours.
    pub(super) fn keys(&self, storage: &Host) -> impl Iterator<Item = String> {
        let keys = global("Object").invoke_with("keys", storage);
        (0..keys.length(MAX_KEYS))
            .filter_map(move |index| keys.at(index).text(MAX_VALUE_UNITS))
            .filter(|key| key.starts_with(&*self.prefix))
    }

    /// Whether `key`, of an event of storage, is that of `slot`.
    pub(super) fn is_of(&self, slot: &Slot, key: &str) -> bool {
        let (_, own) = self.place(slot);
        key == own
    }

    /// What `slot` holds.
    pub(super) fn item(&self, slot: &Slot) -> Option<String> {
        let (storage, key) = self.place(slot);
        storage
            .invoke_with("getItem", &key.into())
            .text(MAX_VALUE_UNITS)
    }

    fn place(&self, slot: &Slot) -> (Host, String) {
        let (storage, name) = match slot {
            Slot::Visitor => ("localStorage", "visitor"),
            Slot::Session => ("localStorage", "session"),
            Slot::Tab => ("sessionStorage", "tab"),
            Slot::Trail => ("sessionStorage", "trail"),
            Slot::Memory => ("localStorage", "memory"),
            Slot::Choice => ("localStorage", "consent"),
            Slot::Pause => ("localStorage", "pause"),
        };
        (global(storage), self.key(name))
    }

    fn key(&self, name: &str) -> String {
        let mut key = self.prefix.clone();
        key.push_str(name);
        key
    }
}
