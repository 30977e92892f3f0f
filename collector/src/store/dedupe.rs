//! Dropping what is sent twice: the ids of the last days, by site.
//!
//! The period is counted in UTC days of arrival, the present one and those before it, so that whole days are
//! forgotten at once and memory is bounded by the traffic of the period: about 20 to 40 bytes an event. A
//! tracker gives an event up long before the period ends. What comes later still, say from a restored disk
//! image, is stored a second time and left out by the export ([`crate::export::scan`]).

use std::collections::{HashMap, HashSet};

use event::Uuid;
use jiff::civil::Date;

/// How many UTC days, the present one included, an id is remembered.
pub const PERIOD_DAYS: i32 = 8;

/// The ids of one kind of thing, such as events, that arrived within the period.
#[derive(Debug)]
pub struct Dedupe {
    /// Oldest first; the last is the present day.
    days: Vec<Day>,
    present: Day,
}

/// Ids come from clients, who could choose them to collide in a fixed hash: the standard hasher is keyed.
#[derive(Debug)]
struct Day {
    date: Date,
    ids: HashMap<String, HashSet<Uuid>>,
}

impl Day {
    fn new(date: Date) -> Self {
        Self {
            date,
            ids: HashMap::new(),
        }
    }
}

impl Dedupe {
    /// Remembers nothing yet; the present day is `today`.
    pub fn new(today: Date) -> Self {
        Self {
            days: Vec::new(),
            present: Day::new(today),
        }
    }

    /// Goes on to `today` and forgets what is older than the period. A clock set back changes nothing.
    pub fn advance(&mut self, today: Date) {
        if today > self.present.date {
            let before = std::mem::replace(&mut self.present, Day::new(today));
            self.days.push(before);
            self.days.retain(|day| is_within_period(day.date, today));
        }
    }

    /// Remembers each id, and says of each whether it was unknown.
    pub fn insert(&mut self, site: &str, ids: impl Iterator<Item = Uuid>) -> Vec<bool> {
        if !self.present.ids.contains_key(site) {
            self.present.ids.insert(site.to_owned(), HashSet::new());
        }
        let before: Vec<_> = self
            .days
            .iter()
            .filter_map(|day| day.ids.get(site))
            .collect();
        let Some(present) = self.present.ids.get_mut(site) else {
            return Vec::new();
        };
        ids.map(|id| !before.iter().any(|ids| ids.contains(&id)) && present.insert(id))
            .collect()
    }

    /// Forgets ids that [`Dedupe::insert`] has just found unknown, because they could not be written.
    pub fn forget(&mut self, site: &str, ids: impl Iterator<Item = Uuid>) {
        if let Some(present) = self.present.ids.get_mut(site) {
            for id in ids {
                present.remove(&id);
            }
        }
    }

    /// Whether the id arrived within the period.
    pub fn contains(&self, site: &str, id: Uuid) -> bool {
        self.days
            .iter()
            .chain([&self.present])
            .any(|day| day.ids.get(site).is_some_and(|ids| ids.contains(&id)))
    }
}

/// Whether an id that arrived on `date` is remembered on the day `today`.
pub fn is_within_period(date: Date, today: Date) -> bool {
    n_days_between(date, today) < i64::from(PERIOD_DAYS)
}

/// Days from one date to another.
pub fn n_days_between(from: Date, to: Date) -> i64 {
    to.duration_since(from).as_hours() / 24
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(day: i8) -> Date {
        Date::constant(2026, 11, day)
    }

    fn insert(dedupe: &mut Dedupe, site: &str, id: u128) -> bool {
        dedupe.insert(site, [Uuid::from_u128(id)].into_iter()) == [true]
    }

    #[test]
    fn an_id_is_new_once_for_each_site() {
        let mut dedupe = Dedupe::new(day(1));
        assert!(insert(&mut dedupe, "a", 1));
        assert!(!insert(&mut dedupe, "a", 1));
        assert!(insert(&mut dedupe, "b", 1));
        let twice = [2, 2].map(Uuid::from_u128);
        assert_eq!(dedupe.insert("a", twice.into_iter()), [true, false]);
    }

    #[test]
    fn an_id_is_remembered_for_the_period_and_then_forgotten() {
        let mut dedupe = Dedupe::new(day(1));
        insert(&mut dedupe, "a", 1);
        dedupe.advance(day(8));
        assert!(dedupe.contains("a", Uuid::from_u128(1)));
        dedupe.advance(day(9));
        assert!(!dedupe.contains("a", Uuid::from_u128(1)));
    }

    #[test]
    fn a_clock_set_back_forgets_nothing() {
        let mut dedupe = Dedupe::new(day(9));
        insert(&mut dedupe, "a", 1);
        dedupe.advance(day(1));
        assert!(!insert(&mut dedupe, "a", 1));
    }

    #[test]
    fn what_could_not_be_written_is_new_again() {
        let mut dedupe = Dedupe::new(day(1));
        insert(&mut dedupe, "a", 1);
        dedupe.forget("a", [Uuid::from_u128(1)].into_iter());
        assert!(insert(&mut dedupe, "a", 1));
    }
}
