//! The slow way to the paths of units, by the written definitions.

use analyzer::analysis::filter::Filter;
use analyzer::analysis::paths::PathsConfig;
use analyzer::analysis::scope::Scope;
use analyzer::analysis::sequence::NodeKind;
use analyzer::analysis::stage::{StageEvents, StageRule};
use analyzer::analysis::{PathPatternConfig, Unit};
use proptest::prelude::*;

use crate::events::{Event, sessions};
use crate::requests::{filter, holds, unit};

/// What every analysis of paths asks for.
#[derive(Debug, Clone)]
pub(crate) struct Shape {
    pub(crate) node: NodeKind,
    pub(crate) unit: Unit,
    pub(crate) collapse_repeats: bool,
    pub(crate) start: Option<Filter>,
    pub(crate) end: Option<Filter>,
    pub(crate) center: Option<Filter>,
}

/// The path of a unit.
#[derive(Debug, Clone)]
pub(crate) struct Path {
    pub(crate) nodes: Vec<String>,
    /// Time of the first event of each node.
    pub(crate) times: Vec<i64>,
    pub(crate) center: Option<usize>,
    /// All events of the unit.
    pub(crate) unit: Vec<Event>,
}

impl Shape {
    pub(crate) fn of(config: &PathsConfig) -> Self {
        Self {
            node: config.node.clone(),
            unit: config.unit,
            collapse_repeats: config.collapse_repeats,
            start: config.start.clone(),
            end: config.end.clone(),
            center: None,
        }
    }

    /// The request that counts a pattern over these paths.
    pub(crate) fn pattern(&self, pattern: &str) -> PathPatternConfig {
        PathPatternConfig {
            pattern: pattern.to_owned(),
            node: self.node.clone(),
            unit: self.unit,
            collapse_repeats: self.collapse_repeats,
            start: self.start.clone(),
            end: self.end.clone(),
            center: self.center.clone(),
            goal: None,
            scope: Scope::default(),
        }
    }

    /// The path of each unit that has any.
    pub(crate) fn paths(&self, people: &[Vec<Event>]) -> Vec<Path> {
        let mut paths = Vec::new();
        for person in people {
            let by_session = sessions(std::slice::from_ref(person));
            let mut labelled = Vec::new();
            for session in &by_session {
                let before: usize = labelled.len();
                for (index, event) in session.iter().enumerate() {
                    let earlier = (&person[..before + index], &session[..index]);
                    labelled.push((event.clone(), self.label(event, earlier)));
                }
            }
            if self.unit == Unit::Person {
                paths.extend(self.path(&labelled));
            } else {
                let mut rest = &labelled[..];
                for session in &by_session {
                    paths.extend(self.path(&rest[..session.len()]));
                    rest = &rest[session.len()..];
                }
            }
        }
        paths
    }

    /// The node of an event, given the person's and the session's events before it.
    fn label(
        &self,
        event: &Event,
        (of_person, of_session): (&[Event], &[Event]),
    ) -> Option<String> {
        let label = match &self.node {
            NodeKind::Name => Some(event.name),
            NodeKind::Page => event.page,
            NodeKind::ItemCategory => event.category(),
            NodeKind::Prop(key) => event.kind().filter(|_| key == "kind"),
            NodeKind::Stage(rules) => {
                let is_met = |rule: &&StageRule| {
                    let is_first =
                        |of: &[Event]| of.iter().all(|event| !holds(&rule.filter, event));
                    holds(&rule.filter, event)
                        && match rule.which {
                            StageEvents::All => true,
                            StageEvents::FirstInSession => is_first(of_session),
                            StageEvents::Repeats => !is_first(of_person),
                        }
                };
                return rules.iter().find(is_met).map(|rule| rule.label.clone());
            }
        };
        label.map(str::to_owned)
    }

    fn path(&self, unit: &[(Event, Option<String>)]) -> Option<Path> {
        let meets = |filter: &Option<Filter>, index: usize| {
            filter
                .as_ref()
                .is_some_and(|filter| holds(filter, &unit[index].0))
        };
        let (mut first, mut last) = (0, unit.len() - 1);
        if self.start.is_some() {
            first = (0..unit.len()).find(|&index| meets(&self.start, index))?;
        }
        if self.end.is_some() {
            let after = if self.start.is_some() { first + 1 } else { 0 };
            last = (after..unit.len()).find(|&index| meets(&self.end, index))?;
        }
        let mut path = Path {
            nodes: Vec::new(),
            times: Vec::new(),
            center: None,
            unit: unit.iter().map(|(event, _)| event.clone()).collect(),
        };
        for (index, (event, label)) in unit.iter().enumerate().take(last + 1).skip(first) {
            let Some(label) = label else {
                continue;
            };
            if !self.collapse_repeats || path.nodes.last() != Some(label) {
                path.nodes.push(label.clone());
                path.times.push(event.ts);
            }
            if path.center.is_none() && meets(&self.center, index) {
                path.center = Some(path.nodes.len() - 1);
            }
        }
        let is_centered = self.center.is_none() || path.center.is_some();
        (!path.nodes.is_empty() && is_centered).then_some(path)
    }
}

fn node() -> impl Strategy<Value = NodeKind> {
    let which = &[
        StageEvents::All,
        StageEvents::FirstInSession,
        StageEvents::Repeats,
    ][..];
    let rule = (
        prop::sample::select(&["early", "late"][..]),
        filter(),
        prop::sample::select(which),
    )
        .prop_map(|(label, filter, which)| StageRule {
            label: label.to_owned(),
            filter,
            which,
        });
    let plain = vec![
        NodeKind::Name,
        NodeKind::Page,
        NodeKind::ItemCategory,
        NodeKind::Prop("kind".to_owned()),
        NodeKind::Prop("none".to_owned()),
    ];
    prop_oneof![
        4 => prop::sample::select(plain),
        1 => prop::collection::vec(rule, 1..4).prop_map(NodeKind::Stage),
    ]
}

prop_compose! {
    /// Shapes without a centre.
    pub(crate) fn shape()(
        node in node(),
        unit in unit(),
        collapse_repeats in any::<bool>(),
        start in prop::option::weighted(0.3, filter()),
        end in prop::option::weighted(0.3, filter()),
    ) -> Shape {
        Shape { node, unit, collapse_repeats, start, end, center: None }
    }
}

prop_compose! {
    /// Shapes with a centre.
    pub(crate) fn centered()(shape in shape(), center in filter()) -> Shape {
        Shape { center: Some(center), ..shape }
    }
}
