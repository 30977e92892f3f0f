//! What a request asks for and no event of the data has: most often a misspelt name, or a column
//! that the import was not told to keep.

use std::borrow::Cow;

use crate::dataset::Dataset;
use crate::pattern::Pattern;

use super::filter::Filter;
use super::funnel::{BreakdownBy, Hold};
use super::scope::Scope;
use super::segment::{Did, Segment, ValueSum};
use super::sequence::NodeKind;
use super::warning::{Warning, WarningKind};
use super::{FunnelConfig, Request};

/// One warning for all names, pages and properties that `request` and `scope` ask for and that the
/// whole of `dataset` lacks, whatever the scope leaves of it.
pub(crate) fn warning(request: &Request, scope: &Scope, dataset: &Dataset) -> Option<Warning> {
    let mut asked = Asked::default();
    asked.request(request);
    asked.scope(scope);
    let absent: Vec<String> = [
        listed("name", &mut asked.names, &|name| {
            dataset.names.find(name).is_some()
        }),
        listed("page", &mut asked.pages, &|page| {
            dataset.templates.find(page).is_some()
        }),
        listed("property", &mut asked.props, &|key| {
            dataset.prop(key).is_some()
        }),
    ]
    .into_iter()
    .flatten()
    .collect();
    let message = format!(
        "no event of the data has the {}; check the spelling and what the import keeps",
        absent.join(", nor the ")
    );
    (!absent.is_empty()).then_some(Warning {
        kind: WarningKind::NotInData,
        message,
        n: None,
    })
}

/// Those of `texts` that the data does not have, after the word for what they are.
fn listed(
    what: &str,
    texts: &mut Vec<Cow<'_, str>>,
    is_there: &dyn Fn(&str) -> bool,
) -> Option<String> {
    texts.sort_unstable();
    texts.dedup();
    let absent = texts.iter().filter(|text| !is_there(text));
    let absent: Vec<String> = absent.map(|text| format!("`{text}`")).collect();
    (!absent.is_empty()).then(|| format!("{what} {}", absent.join(" or ")))
}

/// What is asked for.
#[derive(Default)]
struct Asked<'a> {
    names: Vec<Cow<'a, str>>,
    pages: Vec<Cow<'a, str>>,
    props: Vec<Cow<'a, str>>,
}

impl<'a> Asked<'a> {
    fn request(&mut self, request: &'a Request) {
        match request {
            Request::Funnel(config) => self.funnel(config),
            Request::Paths(config) => {
                self.node(&config.node);
                self.filters([&config.start, &config.end]);
            }
            Request::PathPattern(config) => {
                self.node(&config.node);
                self.filters([&config.start, &config.end, &config.center, &config.goal]);
                self.pattern(&config.pattern, &config.node);
            }
            Request::Transitions(config) => {
                self.node(&config.node);
                self.filters([&config.start, &config.end]);
            }
            Request::StepMatrix(config) => {
                self.node(&config.node);
                self.filters([&config.start, &config.end, &config.center]);
            }
            Request::ExactPaths(config) => {
                self.node(&config.node);
                self.filters([&config.start, &config.end, &config.goal]);
            }
            // What most shops have none of, such as refunds, is no mistake; without these two there
            // is nothing to say about carts.
            Request::Carts(config) => {
                self.filter(&config.events.add);
                self.filter(&config.events.purchase);
            }
            Request::Friction(config) => self.filter(&config.goal),
            Request::Compare(config) => self.request(&config.request),
        }
    }

    fn funnel(&mut self, config: &'a FunnelConfig) {
        config
            .steps
            .iter()
            .for_each(|step| self.filter(&step.filter));
        let excluded = config.exclude.iter();
        excluded.for_each(|exclusion| self.filter(&exclusion.filter));
        if let Some(Hold::Prop(key)) = &config.hold {
            self.props.push(key.into());
        }
        if let Some(BreakdownBy::Prop(key)) =
            config.breakdown.as_ref().map(|breakdown| &breakdown.by)
        {
            self.props.push(key.into());
        }
    }

    fn scope(&mut self, scope: &'a Scope) {
        scope.events.iter().for_each(|filter| self.filter(filter));
        let segments = [&scope.sessions, &scope.people].into_iter().flatten();
        segments.for_each(|segment| self.segment(segment));
    }

    fn segment(&mut self, segment: &'a Segment) {
        match segment {
            Segment::Did(Did { filter, .. })
            | Segment::Value(ValueSum { filter, .. })
            | Segment::First(filter)
            | Segment::Last(filter) => self.filter(filter),
            Segment::All(segments) | Segment::Any(segments) => {
                segments.iter().for_each(|segment| self.segment(segment));
            }
            Segment::Not(segment) => self.segment(segment),
            Segment::Sequence(pattern) => self.pattern(pattern, &NodeKind::Name),
        }
    }

    fn node(&mut self, node: &'a NodeKind) {
        match node {
            NodeKind::Prop(key) => self.props.push(key.into()),
            NodeKind::Stage(rules) => rules.iter().for_each(|rule| self.filter(&rule.filter)),
            NodeKind::Name | NodeKind::Page | NodeKind::ItemCategory => {}
        }
    }

    /// The nodes that a pattern names, where nodes are names or pages.
    fn pattern(&mut self, pattern: &str, node: &NodeKind) {
        let texts = match node {
            NodeKind::Name => &mut self.names,
            NodeKind::Page => &mut self.pages,
            NodeKind::ItemCategory | NodeKind::Prop(_) | NodeKind::Stage(_) => return,
        };
        // A pattern that cannot be read is refused elsewhere.
        if let Ok(pattern) = pattern.parse::<Pattern>() {
            texts.extend(pattern.names().map(|name| name.to_owned().into()));
        }
    }

    fn filters<const N: usize>(&mut self, filters: [&'a Option<Filter>; N]) {
        let filters = filters.into_iter().flatten();
        filters.for_each(|filter| self.filter(filter));
    }

    fn filter(&mut self, filter: &'a Filter) {
        match filter {
            Filter::Name(name) => self.names.push(name.into()),
            Filter::Page(page) => self.pages.push(page.into()),
            Filter::Prop(prop) => self.props.push((&prop.key).into()),
            Filter::Item(_) => {}
            Filter::All(filters) | Filter::Any(filters) => {
                filters.iter().for_each(|filter| self.filter(filter));
            }
            Filter::Not(filter) => self.filter(filter),
        }
    }
}
