//! A funnel for each value of a property: which value a unit has, and which values are shown.

use std::ops::Range;

use serde::Serialize;

use crate::analysis::Unit;
use crate::analysis::by_text::ByText;
use crate::analysis::filter::{ItemKey, PropOperand};
use crate::dataset::{Dataset, PropValue, sortable, unsortable};
use crate::ranking::greatest_first;

use super::difference::StepDifference;
use super::events::Chain;
use super::hold::HeldColumn;
use super::partial::Counts;
use super::report::FunnelReport;
use super::{Breakdown, BreakdownAt, BreakdownBy, FunnelPlan};

/// A funnel for each of the commonest values, for all others together, and for units without a
/// value.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS, crate::Schema))]
pub struct FunnelBreakdown {
    /// The values by units, then by the value; then `other`, then `none`.
    pub groups: Vec<FunnelGroup>,
}

/// The units of one value.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS, crate::Schema))]
pub struct FunnelGroup {
    /// What the group is.
    pub kind: GroupKind,
    /// The value; only of a group of kind `value`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub value: Option<PropOperand>,
    /// How many values were put together; only of the group of kind `other`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub n_values: Option<u64>,
    /// The funnel of these units.
    pub report: FunnelReport,
    /// Each step compared with all units outside of this group. P values are corrected over all
    /// groups and steps of the breakdown.
    pub against_rest: Vec<StepDifference>,
}

/// What a group of a breakdown is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "ts", derive(ts_rs::TS, crate::Schema))]
pub enum GroupKind {
    /// Units of one value.
    Value,
    /// Units of all values that are not shown.
    Other,
    /// Units without a value.
    None,
}

/// A breakdown of one funnel.
pub(super) struct Plan {
    by: BreakdownBy,
    at: BreakdownAt,
    /// Whether touches are looked for among all events of the person, or of the session, in the
    /// place of the unit's.
    within: Option<Unit>,
    n_top: usize,
}

/// Where values come from in one dataset.
pub(super) enum Source<'a> {
    Name,
    Page,
    /// Position of the column.
    Prop(usize),
    /// Position of the field.
    Item(usize),
    Held(HeldColumn<'a>),
    /// No event has the property.
    Nothing,
}

impl Plan {
    pub(super) fn new(config: &Breakdown, unit: Unit) -> Self {
        Self {
            by: config.by.clone(),
            at: config.at,
            within: config.within.filter(|within| *within != unit),
            n_top: config.n_top as usize,
        }
    }

    pub(super) fn source<'a>(&self, plan: &FunnelPlan, dataset: &'a Dataset) -> Source<'a> {
        match &self.by {
            BreakdownBy::Name => Source::Name,
            BreakdownBy::Page => Source::Page,
            BreakdownBy::Prop(key) => dataset
                .props
                .iter()
                .position(|column| column.key == *key)
                .map_or(Source::Nothing, Source::Prop),
            BreakdownBy::Item(key) => {
                let field = ItemKey::ALL.iter().position(|other| other == key);
                field.map_or(Source::Nothing, Source::Item)
            }
            BreakdownBy::Held => plan.hold.as_ref().map_or(Source::Nothing, |hold| {
                Source::Held(HeldColumn::new(hold, dataset))
            }),
        }
    }

    /// Code of the value of a unit that has these rows.
    pub(super) fn value(
        &self,
        source: &Source<'_>,
        dataset: &Dataset,
        chain: &Chain,
        unit: &Range<usize>,
    ) -> Option<u32> {
        if let Source::Held(_) = source {
            return Some(chain.held);
        }
        let mut touches = self.within.map_or(unit.clone(), |within| {
            let starts = match within {
                Unit::Person => &dataset.person_starts,
                Unit::Session => &dataset.session_starts,
            };
            let row = chain.rows[chain.entry];
            let next = starts.partition_point(|&start| start <= row);
            starts[next - 1] as usize..starts[next] as usize
        });
        touches.end = touches.end.min(chain.next_row);
        match (self.at, source) {
            (BreakdownAt::FirstTouch, Source::Prop(column)) => {
                let column = &dataset.props[*column];
                let mut entries = column.rows.entries(touches);
                entries.next().map(|entry| column.codes.get(entry))
            }
            (BreakdownAt::LastTouch, Source::Prop(column)) => {
                let column = &dataset.props[*column];
                let mut entries = column.rows.entries(touches);
                entries.next_back().map(|entry| column.codes.get(entry))
            }
            (BreakdownAt::FirstTouch, _) => touches.find_map(|row| source.code(dataset, row)),
            (BreakdownAt::LastTouch, _) => touches.rev().find_map(|row| source.code(dataset, row)),
            (BreakdownAt::Step(number), _) => {
                let step = number as usize - 1;
                chain
                    .has_taken(step)
                    .then(|| source.code(dataset, chain.rows[step] as usize))
                    .flatten()
            }
        }
    }

    /// The groups that are shown, with the counts of each.
    pub(super) fn groups(
        &self,
        counts: ByText<Counts>,
    ) -> Vec<(GroupKind, Option<PropOperand>, Option<u64>, Counts)> {
        let (none, mut values): (Vec<_>, Vec<_>) =
            counts.into_iter().partition(|(key, _)| key.is_empty());
        // Of values with as many units, the lesser one.
        greatest_first(&mut values, |(_, counts)| counts.n_units());
        let others = values.split_off(self.n_top.min(values.len()));
        let mut groups: Vec<_> = values
            .into_iter()
            .map(|(key, counts)| (GroupKind::Value, Some(operand(&key)), None, counts))
            .collect();
        if !others.is_empty() {
            let n_values = others.len() as u64;
            let mut together = Counts::default();
            for (_, counts) in others {
                together.add(counts);
            }
            groups.push((GroupKind::Other, None, Some(n_values), together));
        }
        let none = none.into_iter();
        groups.extend(none.map(|(_, counts)| (GroupKind::None, None, None, counts)));
        groups
    }
}

impl Source<'_> {
    /// Code of the value of an event.
    fn code(&self, dataset: &Dataset, row: usize) -> Option<u32> {
        match self {
            Self::Name => Some(dataset.name.get(row)),
            Self::Page => dataset.page.as_ref()?.get(row).checked_sub(1),
            Self::Prop(column) => dataset.props[*column].code(row),
            Self::Item(field) => {
                let field = &dataset.items.fields[*field];
                let mut items = dataset.items.of(row);
                items.find_map(|item| field.code(item).checked_sub(1))
            }
            Self::Held(_) | Self::Nothing => None,
        }
    }

    /// The text of a value's code, after a letter for its type.
    pub(super) fn key(&self, dataset: &Dataset, code: u32) -> String {
        let index = code as usize;
        match self {
            Self::Name => text_key(dataset.names.text(index)),
            Self::Page => text_key(dataset.templates.text(index)),
            Self::Prop(column) => value_key(dataset.props[*column].value(index)),
            Self::Item(field) => text_key(dataset.items.fields[*field].values.text(index)),
            Self::Held(column) => column.key(code),
            Self::Nothing => String::new(),
        }
    }
}

/// A text after the letter of texts.
pub(super) fn text_key(text: &str) -> String {
    format!("s{text}")
}

/// A value as text, after a letter for its type. A number is the one whose bits, in hexadecimal,
/// have the order of numbers.
pub(super) fn value_key(value: PropValue<'_>) -> String {
    match value {
        PropValue::Bool(flag) => format!("b{flag}"),
        PropValue::Number(number) => format!("n{:016x}", sortable(number)),
        PropValue::String(text) => text_key(text),
    }
}

/// The value of such a text.
pub(super) fn operand(key: &str) -> PropOperand {
    let (letter, text) = key.split_at(key.len().min(1));
    match (letter, u64::from_str_radix(text, 16)) {
        ("b", _) => PropOperand::Bool(text == "true"),
        ("n", Ok(bits)) => PropOperand::Number(unsortable(bits)),
        _ => PropOperand::String(text.to_owned()),
    }
}
