//! Stages of a journey as rules over events: awareness, consideration, intent, purchase, after.
//!
//! An event's stage is that of the first rule that it meets; an event that meets none has no
//! stage. Rules may share a label.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::dataset::Dataset;

use super::RequestError;
use super::filter::{Filter, PropFilter, PropOp, PropOperand};
use super::mask::Matcher;

/// One rule: events that meet it are of its stage.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS, crate::Schema), ts(optional_fields))]
pub struct StageRule {
    /// Name of the stage.
    pub label: String,
    /// Which events are of it.
    pub filter: Filter,
    /// Which of the events that meet the filter. All of them unless given.
    #[serde(default)]
    #[cfg_attr(feature = "ts", ts(as = "Option<_>"))]
    pub which: StageEvents,
}

/// Which of the events that meet a stage's filter are of the stage.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "ts", derive(ts_rs::TS, crate::Schema))]
pub enum StageEvents {
    /// All of them.
    #[default]
    All,
    /// The first of each session.
    FirstInSession,
    /// All but the person's first: a repeat purchase, a second sign-up.
    Repeats,
}

/// The stages of those who give none: the customary five of a shop's journey.
///
/// A page view is awareness when it is its session's first that came by a channel other than
/// `direct`.
pub fn default_stages() -> Vec<StageRule> {
    let rule = |label: &str, filter, which| StageRule {
        label: label.to_owned(),
        filter,
        which,
    };
    let named = |names: &[&str]| {
        Filter::Any(
            names
                .iter()
                .map(|&name| Filter::Name(name.to_owned()))
                .collect(),
        )
    };
    let from_outside = Filter::Prop(PropFilter {
        key: "source_last_channel".to_owned(),
        op: PropOp::Ne,
        value: Some(PropOperand::String("direct".to_owned())),
    });
    let landing = Filter::All(vec![Filter::Name("page_view".to_owned()), from_outside]);
    let all = StageEvents::All;
    vec![
        rule("awareness", landing, StageEvents::FirstInSession),
        rule(
            "consideration",
            named(&[
                "view_item_list",
                "select_item",
                "search",
                "view_search_results",
                "view_promotion",
                "select_promotion",
            ]),
            all,
        ),
        rule(
            "intent",
            named(&[
                "view_item",
                "add_to_wishlist",
                "add_to_cart",
                "remove_from_cart",
                "view_cart",
            ]),
            all,
        ),
        rule("after", named(&["purchase"]), StageEvents::Repeats),
        rule(
            "purchase",
            named(&[
                "begin_checkout",
                "add_shipping_info",
                "add_payment_info",
                "payment_error",
                "purchase",
            ]),
            all,
        ),
        rule("after", named(&["refund", "survey_response"]), all),
    ]
}

/// Rules resolved against one dataset.
pub(crate) struct Stages {
    /// Labels in the order of the rules.
    labels: Vec<String>,
    which: Vec<StageEvents>,
    matcher: Matcher,
}

impl Stages {
    /// Resolves `rules`; the default ones where there are none.
    pub(crate) fn new(rules: &[StageRule], dataset: &Dataset) -> Result<Self, RequestError> {
        let default = if rules.is_empty() {
            default_stages()
        } else {
            Vec::new()
        };
        let rules = if rules.is_empty() { &default } else { rules };
        if rules.len() > 32 {
            let problem = format!("has {} rules; give at most 32", rules.len());
            return Err(RequestError::new("node.stage", problem));
        }
        for (index, rule) in rules.iter().enumerate() {
            rule.filter
                .validate(&format!("node.stage[{index}].filter"))?;
            if rule.label.is_empty() {
                let place = format!("node.stage[{index}].label");
                return Err(RequestError::new(place, "is empty; name the stage"));
            }
        }
        Ok(Self {
            labels: rules.iter().map(|rule| rule.label.clone()).collect(),
            which: rules.iter().map(|rule| rule.which).collect(),
            matcher: Matcher::new(rules.iter().map(|rule| &rule.filter), dataset),
        })
    }

    /// The label of each rule.
    pub(crate) fn labels(&self) -> &[String] {
        &self.labels
    }

    /// The rule that each event of `people` meets first, by position; `None` where it meets none.
    pub(crate) fn rules_met(
        &self,
        dataset: &Dataset,
        people: &Range<usize>,
    ) -> impl Iterator<Item = Option<usize>> {
        let persons = dataset.unit_starts(people, false);
        let first = persons[0] as usize;
        let mut masks = self
            .matcher
            .masks(dataset, first..persons[persons.len() - 1] as usize);
        for (rule, which) in self.which.iter().enumerate() {
            let (units, keeps_first) = match which {
                StageEvents::All => continue,
                StageEvents::FirstInSession => (dataset.unit_starts(people, true), true),
                StageEvents::Repeats => (persons, false),
            };
            for unit in units.windows(2) {
                let unit = &mut masks[unit[0] as usize - first..unit[1] as usize - first];
                keep(unit, 1 << rule, keeps_first);
            }
        }
        masks
            .into_iter()
            .map(|mask| (mask != 0).then(|| mask.trailing_zeros() as usize))
    }
}

/// Keeps a bit only in the first mask that has it, or in all but that one.
fn keep(masks: &mut [u32], bit: u32, first: bool) {
    let mut with_bit = masks.iter_mut().filter(|mask| **mask & bit != 0);
    if first {
        with_bit.skip(1).for_each(|mask| *mask &= !bit);
    } else if let Some(mask) = with_bit.next() {
        *mask &= !bit;
    }
}
