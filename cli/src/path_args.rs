//! The options of `paths` and `transitions`.

use analyzer::Request;
use analyzer::analysis::filter::Filter;
use analyzer::analysis::sequence::NodeKind;
use analyzer::analysis::{ExactPathsConfig, PathsConfig, StepMatrixConfig, TransitionsConfig};

use crate::args::{UnitArg, any_name};

/// Which paths are looked at.
#[derive(clap::Args)]
struct Shape {
    /// What a node is: name, page, item_category, stage, or prop:KEY
    #[arg(long, default_value = "name", value_parser = node)]
    node: NodeKind,
    /// What has a path
    #[arg(long, value_enum, default_value = "session")]
    unit: UnitArg,
    /// Show a node that follows itself again
    #[arg(long)]
    keep_repeats: bool,
    /// Begin paths at the first event of this name; `a|b` takes either
    #[arg(long, value_name = "NAME")]
    start: Option<String>,
    /// End paths with the first event of this name, after the one of --start
    #[arg(long, value_name = "NAME")]
    end: Option<String>,
    /// How many of the commonest nodes or paths to show; each report has its own default
    #[arg(long, value_name = "N")]
    top: Option<u32>,
}

#[derive(clap::Args)]
pub(crate) struct PathsArgs {
    #[command(flatten)]
    shape: Shape,
    /// How many positions to show: 2 to 20, 5 unless given; in a matrix 1 to 50, 10 unless given
    #[arg(long, value_name = "N", conflicts_with = "exact")]
    positions: Option<u32>,
    /// Count positions backwards from the last node; with --end, the way to an event
    #[arg(long, conflicts_with_all = ["matrix", "exact"])]
    backward: bool,
    /// The share of units on each node at each position, as a matrix
    #[arg(long, conflicts_with = "exact")]
    matrix: bool,
    /// Make position 0 of the matrix the first event of this name
    #[arg(
        long,
        value_name = "NAME",
        requires = "matrix",
        conflicts_with = "positions"
    )]
    center: Option<String>,
    /// The commonest whole paths
    #[arg(long)]
    exact: bool,
    /// The commonest runs of N nodes, 2 to 20, in place of whole paths
    #[arg(long, value_name = "N", requires = "exact")]
    length: Option<u32>,
    /// Units with an event of this name have converted; its amounts are their value
    #[arg(long, value_name = "NAME", requires = "exact")]
    goal: Option<String>,
}

impl PathsArgs {
    pub(crate) fn request(&self) -> Request {
        let Shape {
            node,
            unit,
            keep_repeats,
            start,
            end,
            top,
        } = &self.shape;
        let (node, unit) = (node.clone(), unit.unit());
        let [start, end] = [start, end].map(named);
        let collapse_repeats = !keep_repeats;
        if self.exact {
            let default = ExactPathsConfig::default();
            return Request::ExactPaths(ExactPathsConfig {
                node,
                unit,
                length: self.length,
                n_top: top.unwrap_or(default.n_top),
                collapse_repeats,
                start,
                end,
                goal: named(&self.goal),
                ..default
            });
        }
        if self.matrix {
            let default = StepMatrixConfig::default();
            return Request::StepMatrix(StepMatrixConfig {
                node,
                unit,
                n_positions: self.positions.unwrap_or(default.n_positions),
                center: named(&self.center),
                n_top: top.unwrap_or(default.n_top),
                collapse_repeats,
                start,
                end,
                ..default
            });
        }
        let default = PathsConfig::default();
        Request::Paths(PathsConfig {
            node,
            unit,
            n_positions: self.positions.unwrap_or(default.n_positions),
            n_top: top.unwrap_or(default.n_top),
            collapse_repeats,
            start,
            end,
            backward: self.backward,
            ..default
        })
    }
}

#[derive(clap::Args)]
pub(crate) struct TransitionsArgs {
    #[command(flatten)]
    shape: Shape,
}

impl TransitionsArgs {
    pub(crate) fn request(&self) -> Request {
        let default = TransitionsConfig::default();
        Request::Transitions(TransitionsConfig {
            node: self.shape.node.clone(),
            unit: self.shape.unit.unit(),
            n_top: self.shape.top.unwrap_or(default.n_top),
            collapse_repeats: !self.shape.keep_repeats,
            start: named(&self.shape.start),
            end: named(&self.shape.end),
            ..default
        })
    }
}

fn named(names: &Option<String>) -> Option<Filter> {
    names.as_deref().map(any_name)
}

fn node(text: &str) -> Result<NodeKind, &'static str> {
    match (text, text.strip_prefix("prop:")) {
        ("name", _) => Ok(NodeKind::Name),
        ("page", _) => Ok(NodeKind::Page),
        ("item_category", _) => Ok(NodeKind::ItemCategory),
        // Without rules: the five usual stages.
        ("stage", _) => Ok(NodeKind::Stage(Vec::new())),
        (_, Some(key)) if !key.is_empty() => Ok(NodeKind::Prop(key.to_owned())),
        _ => Err("write name, page, item_category, stage, or prop: and the key of a property"),
    }
}
