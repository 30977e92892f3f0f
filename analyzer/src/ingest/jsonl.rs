//! Foreign JSON lines: one object a line, or one object a line with a list of events in it.

use std::borrow::Cow;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};

use super::cell::Cell;
use super::error::ImportError;
use super::fields::{Field, Object, Value, find};
use super::json::{Keys, Text};
use super::lines::{Line, Lines};
use super::maker::RowMaker;
use super::mapping::Mapping;
use super::ndjson::JsonFault;
use super::plan::Plan;
use super::preset::Preset;
use super::sink::Sink;

/// Reads one file of foreign JSON lines.
pub(super) struct JsonlReader {
    lines: Lines,
    table: Table,
}

/// What is known of the columns.
struct Table {
    mapping: Option<Mapping>,
    settled: Option<Settled>,
}

struct Settled {
    maker: RowMaker,
    /// Key of the list of events in each line.
    events: Option<String>,
    /// The keys of the first line, for messages.
    columns: Vec<String>,
    /// Which slots had a value in any line.
    is_seen: Vec<bool>,
}

struct NoList<'a>(&'a str);

impl fmt::Display for NoList<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "the line has no list `{}`", self.0)
    }
}

impl JsonlReader {
    /// Without a mapping, the keys must be those of a preset.
    pub(super) fn new(mapping: Option<Mapping>) -> Self {
        Self {
            lines: Lines::default(),
            table: Table {
                mapping,
                settled: None,
            },
        }
    }

    pub(super) fn push(&mut self, input: &[u8], sink: &mut Sink) -> Result<(), ImportError> {
        let Self { lines, table } = self;
        let mut result = Ok(());
        lines.push(input, |number, line| {
            if result.is_ok() {
                result = table.take(number, line, sink);
            }
        });
        result
    }

    pub(super) fn finish(&mut self, sink: &mut Sink) -> Result<(), ImportError> {
        let Self { lines, table } = self;
        let mut result = Ok(());
        lines.finish(|number, line| result = table.take(number, line, sink));
        result?;
        let Some(Settled {
            maker,
            columns,
            is_seen,
            ..
        }) = &table.settled
        else {
            return Ok(());
        };
        let plan = &maker.plan;
        // A column that no line has is a wrong mapping, not a bad row. The user may stand for the person, and a
        // constant for the name.
        let person = plan.person.filter(|_| plan.user.is_none());
        let name = plan.name.filter(|_| !maker.has_name_constant());
        let mut needed = person.into_iter().chain([plan.time]).chain(name);
        let is_unseen = |choice: &usize| !plan.choices[*choice].iter().any(|&c| is_seen[c]);
        match needed.find(is_unseen) {
            Some(choice) => Err(plan.unknown(choice, columns)),
            None => Ok(()),
        }
    }
}

impl Table {
    fn take(&mut self, number: u64, line: Line<'_>, sink: &mut Sink) -> Result<(), ImportError> {
        let line = match line {
            Ok(line) => line,
            Err(bad) => {
                sink.reject(number, &bad.fault, bad.bytes);
                return Ok(());
            }
        };
        let settled = match &mut self.settled {
            Some(settled) => settled,
            None => match serde_json::from_str(line) {
                Ok(Keys(columns)) => self
                    .settled
                    .insert(Settled::new(columns, self.mapping.take())?),
                Err(error) => {
                    sink.reject(number, &JsonFault(&error), line.as_bytes());
                    return Ok(());
                }
            },
        };
        settled.take(number, line, sink);
        Ok(())
    }
}

impl Settled {
    fn new(columns: Vec<String>, mapping: Option<Mapping>) -> Result<Self, ImportError> {
        let preset = || Preset::detect(&columns).map(|preset| preset.mapping(&columns));
        let Some(mapping) = mapping.or_else(preset) else {
            return Err(ImportError::MappingNeeded { columns });
        };
        let maker = RowMaker::new(&mapping)?;
        let is_seen = vec![false; maker.plan.columns.len()];
        Ok(Self {
            maker,
            events: mapping.events,
            columns,
            is_seen,
        })
    }

    fn take(&mut self, number: u64, line: &str, sink: &mut Sink) {
        let Self {
            maker,
            events,
            is_seen,
            ..
        } = self;
        let mut parsed = Parsed::default();
        let seed = Outer {
            plan: &maker.plan,
            events: events.as_deref(),
            parsed: &mut parsed,
        };
        let mut parser = serde_json::Deserializer::from_str(line);
        if let Err(error) = seed.deserialize(&mut parser).and_then(|()| parser.end()) {
            return sink.reject(number, &JsonFault(&error), line.as_bytes());
        }
        for (slot, _) in parsed.outer.iter().chain(&parsed.inner) {
            is_seen[*slot] = true;
        }
        match (events, &parsed.ends) {
            (None, _) => maker.make(|slot| parsed.cell(&[], slot), sink, || number, || line),
            (Some(list), None) => sink.reject(number, &NoList(list), line.as_bytes()),
            (Some(list), Some(ends)) => {
                let starts = std::iter::once(0).chain(ends.iter().copied());
                for (index, (start, end)) in starts.zip(ends).enumerate() {
                    let element = &parsed.inner[start..*end];
                    let excerpt = || format!("{list}[{index}] of {line}");
                    maker.make(|slot| parsed.cell(element, slot), sink, || number, excerpt);
                }
            }
        }
    }
}

/// The values of one line that the mapping asks for, by slot.
#[derive(Default)]
struct Parsed<'a> {
    outer: Vec<(usize, Value<'a>)>,
    inner: Vec<(usize, Value<'a>)>,
    /// Where each element of the list ends in `inner`; `None` until the list has come.
    ends: Option<Vec<usize>>,
}

impl Parsed<'_> {
    fn cell<'s>(&'s self, element: &'s [(usize, Value<'_>)], slot: usize) -> Cell<'s> {
        find(element.iter().chain(&self.outer), slot)
    }
}

/// Reads one line into [`Parsed`].
struct Outer<'p, 'a> {
    plan: &'p Plan,
    events: Option<&'p str>,
    parsed: &'p mut Parsed<'a>,
}

impl<'de> DeserializeSeed<'de> for Outer<'_, 'de> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Outer<'_, 'de> {
    type Value = ();

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let Self {
            plan,
            events,
            parsed,
        } = self;
        let Parsed { outer, inner, ends } = parsed;
        while let Some(key) = map.next_key::<Text<'de>>()? {
            if events == Some(&*key.0) {
                let ends = ends.insert(Vec::new());
                inner.clear();
                map.next_value_seed(List { plan, inner, ends })?;
            } else {
                map.next_value_seed(Field {
                    plan,
                    path: key.0,
                    values: outer,
                })?;
            }
        }
        Ok(())
    }
}

/// The list of events of a line.
struct List<'p, 'a> {
    plan: &'p Plan,
    inner: &'p mut Vec<(usize, Value<'a>)>,
    ends: &'p mut Vec<usize>,
}

impl<'de> DeserializeSeed<'de> for List<'_, 'de> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for List<'_, 'de> {
    type Value = ();

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a list of events")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        let Self { plan, inner, ends } = self;
        while list
            .next_element_seed(Object {
                plan,
                path: Cow::Borrowed(""),
                values: inner,
            })?
            .is_some()
        {
            ends.push(inner.len());
        }
        Ok(())
    }
}
