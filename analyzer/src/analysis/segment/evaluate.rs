//! Which people, or which sessions, meet a segment.

use std::iter::once;
use std::ops::Range;

use crate::analysis::RequestError;
use crate::analysis::dates::Dates;
use crate::analysis::filter::Filter;
use crate::analysis::mask::Matcher;
use crate::dataset::{Bitmap, Dataset};
use crate::pattern::{Automaton, Pattern};

use super::{Did, Segment, ValueSum};

/// The people, or the sessions, that meet `segment`. `place` names it in messages.
pub(crate) fn units(
    segment: &Segment,
    dataset: &Dataset,
    by_session: bool,
    place: &str,
) -> Result<Bitmap, RequestError> {
    segment.validate(place)?;
    let units = Units {
        dataset,
        by_session,
        place,
    };
    units.that_meet(segment)
}

struct Units<'a> {
    dataset: &'a Dataset,
    by_session: bool,
    place: &'a str,
}

impl Units<'_> {
    fn that_meet(&self, segment: &Segment) -> Result<Bitmap, RequestError> {
        Ok(match segment {
            Segment::Did(did) => self.that_did(did)?,
            Segment::First(filter) => self.where_events(filter, |masks| masks.first() == Some(&1)),
            Segment::Last(filter) => self.where_events(filter, |masks| masks.last() == Some(&1)),
            Segment::Sequence(pattern) => self.that_match(pattern)?,
            Segment::Value(sum) => self.worth(sum)?,
            Segment::All(segments) => {
                let mut all = Bitmap::new(self.n_units(), true);
                for segment in segments {
                    all.intersect(&self.that_meet(segment)?);
                }
                all
            }
            Segment::Any(segments) => {
                let mut any = Bitmap::new(self.n_units(), false);
                for segment in segments {
                    any.unite(&self.that_meet(segment)?);
                }
                any
            }
            Segment::Not(segment) => {
                let mut not = self.that_meet(segment)?;
                not.invert();
                not
            }
        })
    }

    fn n_units(&self) -> usize {
        match self.by_session {
            true => self.dataset.n_sessions(),
            false => self.dataset.n_people(),
        }
    }

    /// The units for which `holds`, which gets the rows of a block of people, and one unit of it.
    fn filter<T>(
        &self,
        mut of_block: impl FnMut(Range<usize>) -> T,
        mut holds: impl FnMut(&T, Range<usize>, Range<usize>) -> bool,
    ) -> Bitmap {
        let mut found = Bitmap::new(self.n_units(), false);
        let mut unit = 0;
        for block in self.dataset.blocks(0..self.dataset.n_people()) {
            let starts = self.dataset.unit_starts(&block, self.by_session);
            let rows = starts[0] as usize..starts[starts.len() - 1] as usize;
            let of_rows = of_block(rows.clone());
            for bounds in starts.windows(2) {
                let events = bounds[0] as usize..bounds[1] as usize;
                if holds(&of_rows, rows.clone(), events) {
                    found.insert(unit);
                }
                unit += 1;
            }
        }
        found
    }

    /// The units for whose events' masks, 1 where the filter holds and 0 where not, `holds`.
    fn where_events(&self, filter: &Filter, holds: impl Fn(&[u32]) -> bool) -> Bitmap {
        let matcher = Matcher::new(once(filter), self.dataset);
        self.filter(
            |rows| matcher.masks(self.dataset, rows),
            |masks, rows, events| holds(&masks[events.start - rows.start..events.end - rows.start]),
        )
    }

    fn that_did(&self, did: &Did) -> Result<Bitmap, RequestError> {
        let Some(range) = self.range(did.dates.as_ref())? else {
            return Ok(self.where_events(&did.filter, |masks| {
                did.allows(masks.iter().map(|mask| u64::from(*mask)).sum())
            }));
        };
        let matcher = Matcher::new(once(&did.filter), self.dataset);
        Ok(self.filter(
            |rows| matcher.masks(self.dataset, rows),
            |masks, rows, events| {
                let counted = events.filter(|&row| {
                    masks[row - rows.start] != 0 && range.contains(&self.dataset.ts.get(row))
                });
                did.allows(counted.count() as u64)
            },
        ))
    }

    fn that_match(&self, pattern: &str) -> Result<Bitmap, RequestError> {
        let pattern: Pattern = pattern.parse().map_err(|error| {
            RequestError::new(
                self.place,
                format!("has a pattern that cannot be read: {error}"),
            )
        })?;
        let names: Vec<String> = self.dataset.names.texts().map(str::to_owned).collect();
        let automaton = Automaton::new(&pattern, &names);
        let mut path = Vec::new();
        Ok(self.filter(
            |_| (),
            |(), _, events| {
                path.clear();
                path.extend(events.map(|row| self.dataset.name.get(row)));
                path.dedup();
                automaton.is_match(&path)
            },
        ))
    }

    fn worth(&self, sum: &ValueSum) -> Result<Bitmap, RequestError> {
        let range = self.range(sum.dates.as_ref())?;
        let amounts = &self.dataset.amounts;
        let currency = amounts.currencies.find(&sum.currency);
        let matcher = Matcher::new(once(&sum.filter), self.dataset);
        Ok(self.filter(
            |rows| matcher.masks(self.dataset, rows),
            |masks, rows, events| {
                let mut total = 0_i128;
                amounts.rows.each(events, &mut |index, row| {
                    let counts = Some(amounts.currency.get(index)) == currency
                        && masks[row - rows.start] != 0
                        && range
                            .as_ref()
                            .is_none_or(|range| range.contains(&self.dataset.ts.get(row)));
                    if counts {
                        total += i128::from(amounts.minor.get(index));
                    }
                });
                sum.at_least_minor
                    .is_none_or(|least| total >= i128::from(least))
                    && sum
                        .at_most_minor
                        .is_none_or(|most| total <= i128::from(most))
            },
        ))
    }

    fn range(&self, dates: Option<&Dates>) -> Result<Option<Range<i64>>, RequestError> {
        let place = format!("{}.dates", self.place);
        dates.map(|dates| dates.range(&place)).transpose()
    }
}
