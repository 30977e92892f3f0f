//! Random requests, and the slow way to evaluate a filter.

use analyzer::Request;
use analyzer::analysis::carts::{CartEvents, CartsConfig};
use analyzer::analysis::filter::{Filter, ItemFilter, ItemKey, PropFilter, PropOp, PropOperand};
use analyzer::analysis::friction::{FrictionConfig, Touchpoint};
use analyzer::analysis::funnel::{
    Breakdown, BreakdownAt, BreakdownBy, Correlation, Exclusion, ExclusionMode, FunnelConfig,
    FunnelCount, FunnelOrder, Hold, Step, Trend,
};
use analyzer::analysis::paths::PathsConfig;
use analyzer::analysis::scope::Scope;
use analyzer::analysis::time_zone::{Period, TimeZone, Transitions};
use analyzer::analysis::{
    ExactPathsConfig, PathPatternConfig, StepMatrixConfig, TransitionsConfig, Unit,
};
use proptest::prelude::*;

use crate::events::{Event, MINUTE};
use crate::sequence_twin::{Shape, centered, shape};

/// Whether an event meets a filter, by the written definition.
pub(crate) fn holds(filter: &Filter, event: &Event) -> bool {
    match filter {
        Filter::Name(name) => event.name == name,
        Filter::Page(page) => event.page == Some(page),
        Filter::Prop(prop) => {
            event
                .kind()
                .filter(|_| prop.key == "kind")
                .is_some_and(|kind| match (&prop.op, &prop.value) {
                    (PropOp::Exists, None) => true,
                    (PropOp::Eq, Some(PropOperand::String(value))) => kind == value,
                    (PropOp::Ne, Some(PropOperand::String(value))) => kind != value,
                    (PropOp::Gt, Some(PropOperand::String(value))) => kind > value.as_str(),
                    (PropOp::Contains, Some(PropOperand::String(value))) => {
                        kind.contains(value.as_str())
                    }
                    (PropOp::Ne, Some(PropOperand::Number(_))) => true,
                    _ => false,
                })
        }
        Filter::Item(item) => {
            let is_any = |value: Option<&str>| value.is_some_and(|value| value == item.value);
            event.category().is_some()
                && match item.key {
                    ItemKey::ItemId => is_any(event.page) || is_any(event.second_item()),
                    ItemKey::ItemCategory => is_any(event.category()) || is_any(Some("extra")),
                    ItemKey::ItemName | ItemKey::ItemBrand => false,
                }
        }
        Filter::All(filters) => filters.iter().all(|filter| holds(filter, event)),
        Filter::Any(filters) => filters.iter().any(|filter| holds(filter, event)),
        Filter::Not(filter) => !holds(filter, event),
    }
}

fn name() -> impl Strategy<Value = Filter> {
    prop::sample::select(&["A", "B", "C", "D", "E", "R", "S"][..])
        .prop_map(|name| Filter::Name(name.to_owned()))
}

fn prop_filter() -> impl Strategy<Value = Filter> {
    let text = |text: &str| Some(PropOperand::String(text.to_owned()));
    let cases = vec![
        ("kind", PropOp::Exists, None),
        ("kind", PropOp::Eq, text("x")),
        ("kind", PropOp::Ne, text("y")),
        ("kind", PropOp::Gt, text("x")),
        ("kind", PropOp::Contains, text("z")),
        ("kind", PropOp::Ne, Some(PropOperand::Number(1.0))),
        ("kind", PropOp::Lt, Some(PropOperand::Number(1.0))),
        ("none", PropOp::Exists, None),
    ];
    prop::sample::select(cases).prop_map(|(key, op, value)| {
        Filter::Prop(PropFilter {
            key: key.to_owned(),
            op,
            value,
        })
    })
}

/// Filters of every kind, mostly names.
pub(crate) fn filter() -> impl Strategy<Value = Filter> {
    let item = |(key, value): (ItemKey, &str)| {
        Filter::Item(ItemFilter {
            key,
            value: value.to_owned(),
        })
    };
    let items = vec![
        (ItemKey::ItemId, "/p"),
        (ItemKey::ItemCategory, "extra"),
        (ItemKey::ItemCategory, "hats"),
        (ItemKey::ItemName, "?"),
    ];
    let leaf = prop_oneof![
        12 => name(),
        1 => prop::sample::select(&["/p", "/none"][..]).prop_map(|page| Filter::Page(page.to_owned())),
        1 => prop_filter(),
        1 => prop::sample::select(items).prop_map(item),
    ];
    leaf.prop_recursive(2, 4, 2, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Filter::All),
            prop::collection::vec(inner.clone(), 0..3).prop_map(Filter::Any),
            inner.prop_map(|filter| Filter::Not(Box::new(filter))),
        ]
    })
}

pub(crate) fn unit() -> impl Strategy<Value = Unit> {
    prop_oneof![Just(Unit::Person), Just(Unit::Session)]
}

prop_compose! {
    pub(crate) fn funnel()(
        filters in prop_oneof![
            prop::collection::vec(prop::sample::select(&["R", "S"][..]).prop_map(|name| Filter::Name(name.to_owned())), 1..3).boxed(),
            prop::collection::vec(name(), 1..5).boxed(), prop::collection::vec(filter(), 1..5).boxed()],
        window_millis in prop::sample::select(&[0, 1, 10 * MINUTE, 30 * MINUTE, 1 << 40, i64::MAX][..]),
        unit in unit(),
        order in prop::sample::select(&[FunnelOrder::Sequential, FunnelOrder::Sequential, FunnelOrder::Strict, FunnelOrder::Any][..]),
        data_end_ts in prop_oneof![Just(None), (0..100_i64).prop_map(|n| Some(n * MINUTE))],
    ) -> FunnelConfig {
        let steps = filters.into_iter().map(|filter| Step { filter, label: None, optional: false }).collect();
        FunnelConfig { window_millis, unit, order, data_end_ts, ..FunnelConfig::new(steps) }
    }
}

/// Steps A to D, each by its name, which random events often take one after the other.
fn usual_funnel() -> impl Strategy<Value = FunnelConfig> {
    let windows = &[10 * MINUTE, 30 * MINUTE, 50 * MINUTE, 1 << 40][..];
    (funnel(), 2..5_usize, prop::sample::select(windows)).prop_map(|(config, n_steps, window)| {
        let step = |name: &&str| Step {
            filter: Filter::Name((*name).to_owned()),
            label: None,
            optional: false,
        };
        let names = ["A", "B", "C", "D"];
        FunnelConfig {
            steps: names[..n_steps].iter().map(step).collect(),
            window_millis: window,
            order: FunnelOrder::Sequential,
            ..config
        }
    })
}

prop_compose! {
    /// Funnels with any of the options that their order allows, and now and then none.
    pub(crate) fn funnel_with_options()(
        mut config in prop_oneof![funnel().boxed(), usual_funnel().boxed()],
        optional in any::<[bool; 4]>(),
        open in prop::bool::weighted(0.3),
        exclude in prop::collection::vec((prop_oneof![name().boxed(), filter().boxed()], any::<[prop::sample::Index; 2]>(), any::<[bool; 3]>()), 0..3),
        hold in prop::option::weighted(0.3, prop::sample::select(vec![Hold::ItemId, Hold::Prop("lot".to_owned()), Hold::Prop("kind".to_owned()), Hold::Prop("none".to_owned())])),
    ) -> FunnelConfig {
        let n_steps = config.steps.len();
        config.hold = hold;
        config.open = open && config.order != FunnelOrder::Any;
        if config.order == FunnelOrder::Sequential && n_steps > 1 {
            for (step, optional) in config.steps.iter_mut().zip(optional).take(n_steps - 1).skip(1) {
                step.optional = optional;
            }
            let required: Vec<u32> = (1..).zip(&config.steps).filter(|(_, step)| !step.optional).map(|(number, _)| number).collect();
            for (filter, [after, before], [is_break, leave_after, leave_before]) in exclude {
                let after = after.index(required.len() - 1);
                let before = after + 1 + before.index(required.len() - 1 - after);
                config.exclude.push(Exclusion {
                    filter,
                    after_step: Some(required[after]).filter(|&number| number != 1 || !leave_after),
                    before_step: Some(required[before]).filter(|&number| number != n_steps as u32 || !leave_before),
                    mode: if is_break { ExclusionMode::Break } else { ExclusionMode::Remove },
                });
            }
        }
        config
    }
}

/// A place that is always five and three quarter hours ahead.
pub(crate) const FAR_OFFSET: i64 = 345 * MINUTE;

fn time_zone(name: &str) -> TimeZone {
    let mut zone = TimeZone::from(name.to_owned());
    zone.resolve(&mut |_| Some(Transitions::new(345 * 60, [])));
    zone
}

fn breakdown() -> impl Strategy<Value = Breakdown> {
    let by = vec![
        BreakdownBy::Name,
        BreakdownBy::Page,
        BreakdownBy::Prop("kind".to_owned()),
        BreakdownBy::Prop("lot".to_owned()),
        BreakdownBy::Prop("none".to_owned()),
        BreakdownBy::Item(ItemKey::ItemId),
        BreakdownBy::Item(ItemKey::ItemCategory),
    ];
    let at = vec![
        BreakdownAt::FirstTouch,
        BreakdownAt::LastTouch,
        BreakdownAt::Step(1),
        BreakdownAt::Step(2),
    ];
    let parts = (
        prop::sample::select(by),
        prop::sample::select(at),
        prop::option::of(unit()),
        1..4_u32,
    );
    parts.prop_map(|(by, at, within, n_top)| Breakdown {
        by,
        at,
        within,
        n_top,
    })
}

prop_compose! {
    /// Funnels with everything that there is.
    pub(crate) fn funnel_with_extras()(
        mut config in funnel_with_options(),
        totals in any::<bool>(),
        breakdown in prop::option::weighted(0.7, breakdown()),
        by_held in any::<bool>(),
        by in prop::option::of(prop::sample::select(&[Period::Hour, Period::Day, Period::Week, Period::Month][..])),
        zone in prop::sample::select(&["UTC", "Far/Away"][..]),
        correlation in prop::option::of((prop::option::of(Just(vec!["lot".to_owned()])), 0..3_u32, 1..6_u32)),
    ) -> FunnelConfig {
        if totals && !config.open {
            config.count = FunnelCount::Totals;
        }
        let n_steps = config.steps.len() as u32;
        config.breakdown = breakdown.map(|mut breakdown| {
            if let BreakdownAt::Step(number) = &mut breakdown.at {
                *number = n_steps.min(*number);
            }
            if by_held && config.hold.is_some() {
                breakdown.by = BreakdownBy::Held;
            }
            breakdown
        });
        config.trend = by.map(|by| Trend { by, time_zone: time_zone(zone) });
        config.correlation = correlation.map(|(props, min_units, n_top)| Correlation { props, min_units, n_top });
        config
    }
}

prop_compose! {
    pub(crate) fn paths()(shape in shape(), n_positions in 2..6_u32, n_top in 1..5_u32, backward in any::<bool>()) -> PathsConfig {
        let Shape { node, unit, collapse_repeats, start, end, center: _ } = shape;
        PathsConfig { node, unit, n_positions, n_top, collapse_repeats, start, end, backward, scope: Scope::default() }
    }
}

prop_compose! {
    pub(crate) fn path_pattern()(shape in prop_oneof![shape().boxed(), centered().boxed()], goal in prop::option::of(filter())) -> PathPatternConfig {
        let pattern = if shape.center.is_some() { "A -> .? -> @ -> C?" } else { "A -> [^B]* -> C?" };
        PathPatternConfig { goal, ..shape.pattern(pattern) }
    }
}

prop_compose! {
    pub(crate) fn transitions()(shape in shape(), n_top in 1..5_u32) -> TransitionsConfig {
        let Shape { node, unit, collapse_repeats, start, end, center: _ } = shape;
        TransitionsConfig { node, unit, n_top, collapse_repeats, start, end, scope: Scope::default() }
    }
}

prop_compose! {
    pub(crate) fn exact_paths()(
        shape in shape(),
        length in prop::option::of(2..5_u32),
        n_top in 1..6_u32,
        goal in prop::option::of(filter()),
    ) -> ExactPathsConfig {
        let Shape { node, unit, collapse_repeats, start, end, center: _ } = shape;
        ExactPathsConfig { node, unit, length, n_top, collapse_repeats, start, end, goal, scope: Scope::default() }
    }
}

prop_compose! {
    pub(crate) fn step_matrix()(
        shape in prop_oneof![shape().boxed(), centered().boxed()],
        n_positions in 1..6_u32,
        n_before in 0..4_u32,
        n_after in 0..4_u32,
        n_top in 1..5_u32,
    ) -> StepMatrixConfig {
        let Shape { node, unit, collapse_repeats, start, end, center } = shape;
        StepMatrixConfig { node, unit, n_positions, center, n_before, n_after, n_top, collapse_repeats, start, end, scope: Scope::default() }
    }
}

prop_compose! {
    /// Carts of the names that random events have. Nobody is listed, since the scope's twin gives
    /// people other names.
    fn carts()(
        delay_millis in prop::sample::select(&[0, 10 * MINUTE, 1 << 40][..]),
        data_end_ts in prop::option::of((0..100_i64).prop_map(|n| n * MINUTE)),
    ) -> CartsConfig {
        let name = |name: &str| Filter::Name(name.to_owned());
        let events = CartEvents {
            add: name("A"), remove: name("B"), checkout: name("C"), view: name("D"), purchase: name("R"), refund: name("S"),
            ..CartEvents::default()
        };
        CartsConfig { delay_millis, data_end_ts, n_reminders: 0, events, ..CartsConfig::default() }
    }
}

prop_compose! {
    fn friction()(by_page in any::<bool>(), goal in filter(), n_top in 1..4_u32) -> FrictionConfig {
        let touchpoint = if by_page { Touchpoint::Page } else { Touchpoint::Name };
        FrictionConfig { touchpoint, goal, n_top, scope: Scope::default() }
    }
}

/// Requests of every kind.
pub(crate) fn request() -> impl Strategy<Value = Request> {
    prop_oneof![
        funnel().prop_map(Request::Funnel),
        funnel_with_options().prop_map(Request::Funnel),
        funnel_with_extras().prop_map(Request::Funnel),
        paths().prop_map(Request::Paths),
        path_pattern().prop_map(Request::PathPattern),
        transitions().prop_map(Request::Transitions),
        carts().prop_map(Request::Carts),
        friction().prop_map(Request::Friction),
        exact_paths().prop_map(Request::ExactPaths),
        step_matrix().prop_map(Request::StepMatrix),
    ]
}
