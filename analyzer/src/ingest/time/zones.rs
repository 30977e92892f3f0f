//! The time zones that texts name, such as `2019-10-01 00:00:04 Europe/Berlin`.

use crate::analysis::time_zone::Transitions;

/// Knows time zones by their IANA names; `None` for any other.
pub type KnownZones = fn(&str) -> Option<Transitions>;

/// Those that were met are kept.
pub(in crate::ingest) struct TimeZones {
    known: Option<KnownZones>,
    met: Vec<(String, Transitions)>,
    /// Whether a time named no zone, and nobody had said which is meant.
    pub(in crate::ingest) assumed_utc: bool,
}

impl TimeZones {
    pub(in crate::ingest) fn new(known: Option<KnownZones>) -> Self {
        Self {
            known,
            met: Vec::new(),
            assumed_utc: false,
        }
    }

    pub(in crate::ingest) fn look_up(&self, name: &str) -> Option<Transitions> {
        self.known?(name)
    }

    pub(super) fn get(&mut self, name: &str) -> Option<&Transitions> {
        let met = self.met.iter().position(|(known, _)| known == name);
        let index = match met {
            Some(index) => index,
            None => {
                let zone = self.look_up(name)?;
                self.met.push((name.to_owned(), zone));
                self.met.len() - 1
            }
        };
        Some(&self.met[index].1)
    }
}
