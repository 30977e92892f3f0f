//! What requests and the options of imports are made of, a table each.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::Error as _;
use serde_json::Value;

use super::fields::{Fields, from_fields, from_variant, variant};
use super::{FromPlain, Plain, PlainError, invalid_type};
use crate::analysis::Unit;
use crate::analysis::carts::{CartEvents, CartsConfig};
use crate::analysis::compare::{CompareConfig, Shorthand};
use crate::analysis::dates::Dates;
use crate::analysis::exact_paths::ExactPathsConfig;
use crate::analysis::filter::{Filter, ItemFilter, ItemKey, PropFilter, PropOp};
use crate::analysis::friction::{FrictionConfig, Touchpoint};
use crate::analysis::funnel::{
    self, Breakdown, BreakdownAt, BreakdownBy, Correlation, Exclusion, ExclusionMode, FunnelConfig,
    FunnelCount, FunnelOrder, Hold, Step, Trend,
};
use crate::analysis::path_pattern::PathPatternConfig;
use crate::analysis::paths::PathsConfig;
use crate::analysis::scope::{Bots, Scope};
use crate::analysis::segment::{Did, Segment, ValueSum};
use crate::analysis::sequence::NodeKind;
use crate::analysis::stage::{StageEvents, StageRule};
use crate::analysis::step_matrix::StepMatrixConfig;
use crate::analysis::time_zone::{Period, TimeZone};
use crate::analysis::transitions::TransitionsConfig;
use crate::dataset::{BuildOptions, TemplateOptions};
use crate::ingest::{FileOptions, Format, ImportOptions, Known, Mapping, Preset, TimeFormat};

// Requests.
from_fields!(FunnelConfig {
    steps;
    window_millis = funnel::day(),
    unit = Unit::Person,
    order = FunnelOrder::default(),
    data_end_ts = None,
    open = false,
    exclude = Vec::new(),
    hold = None,
    count = FunnelCount::default(),
    breakdown = None,
    trend = None,
    correlation = None,
    scope = Scope::default()
});
from_fields!(Step { filter; label = None, optional = false });
from_fields!(Exclusion { filter, mode; after_step = None, before_step = None });
from_fields!(Breakdown { by; at = BreakdownAt::default(), within = None, n_top = funnel::ten() });
from_fields!(Trend { by; time_zone = TimeZone::default() });
from_fields!(Correlation {
    ; props = None, min_units = funnel::ten(), n_top = funnel::twenty()
});
from_fields!(PathsConfig {
    node,
    unit,
    n_positions,
    n_top,
    collapse_repeats,
    start,
    end,
    backward,
    scope
});
from_fields!(PathPatternConfig {
    pattern;
    node = NodeKind::Name,
    unit = Unit::Session,
    collapse_repeats = true,
    start = None,
    end = None,
    center = None,
    goal = None,
    scope = Scope::default()
});
from_fields!(TransitionsConfig {
    node,
    unit,
    n_top,
    collapse_repeats,
    start,
    end,
    scope
});
from_fields!(StepMatrixConfig {
    node,
    unit,
    n_positions,
    center,
    n_before,
    n_after,
    n_top,
    collapse_repeats,
    start,
    end,
    scope
});
from_fields!(ExactPathsConfig {
    node,
    unit,
    length,
    n_top,
    collapse_repeats,
    start,
    end,
    goal,
    scope
});
from_fields!(CartsConfig {
    delay_millis,
    friction_millis,
    data_end_ts,
    n_top,
    n_reminders,
    events,
    scope
});
from_fields!(CartEvents {
    add,
    remove,
    view,
    checkout,
    shipping,
    payment,
    purchase,
    refund
});
from_fields!(FrictionConfig {
    touchpoint,
    goal,
    n_top,
    scope
});
from_fields!(CompareConfig { request, a, b; });

// What of the data they are about.
from_fields!(Scope {
    dates,
    events,
    sessions,
    people,
    bots
});
from_fields!(Bots { exclude, threshold });
from_fields!(Dates {
    from,
    to,
    time_zone
});
from_variant!(Filter {
    "name": Name, "page": Page, "prop": Prop, "item": Item, "all": All, "any": Any, "not": Not
});
from_fields!(PropFilter { key, op; value = None });
from_fields!(ItemFilter { key, value; });
from_variant!(Segment {
    "did": Did, "first": First, "last": Last, "sequence": Sequence, "value": Value, "all": All,
    "any": Any, "not": Not
});
from_fields!(Did { filter; at_least = None, at_most = None, dates = None });
from_fields!(ValueSum {
    filter, currency; at_least_minor = None, at_most_minor = None, dates = None
});
from_variant!(NodeKind {
    "prop": Prop, "stage": Stage; "name": Name, "page": Page, "item_category": ItemCategory
});
from_fields!(StageRule { label, filter; which = StageEvents::default() });

// Imports.
from_fields!(ImportOptions { format, mapping, files, build; but time_zones });
from_fields!(FileOptions { format, mapping });
from_fields!(BuildOptions {
    session_gap_millis,
    stitch_identities,
    purchases,
    template
});
from_fields!(TemplateOptions {
    enabled,
    slug_threshold,
    rules
});
from_fields!(Known { preset, columns, mapping; });
from_fields!(Mapping {
    person,
    time,
    time_of_day,
    name,
    name_constant,
    time_format,
    time_zone,
    user,
    id,
    seq,
    tab,
    session,
    page,
    value,
    value_names,
    currency,
    decimal_comma,
    currency_constant,
    transaction,
    cart,
    item,
    item_name,
    item_brand,
    item_category,
    price,
    quantity,
    props,
    props_constant,
    props_json,
    items_json,
    header,
    events
});

/// What has no struct in it, and so is as small with Serde's reader.
macro_rules! simple {
    ($($type:ty),*) => {
        $(impl FromPlain for $type {
            fn from_plain(value: Value) -> Result<Self, PlainError> {
                Self::deserialize(Plain(value))
            }
        })*
    };
}

simple!((), bool, u32, u64, i64, f64, String, TimeZone);
simple!(
    Unit,
    FunnelOrder,
    FunnelCount,
    ExclusionMode,
    Hold,
    BreakdownBy,
    BreakdownAt,
    Period
);
simple!(
    Touchpoint,
    Shorthand,
    PropOp,
    ItemKey,
    StageEvents,
    Format,
    Preset,
    TimeFormat
);

impl<T: FromPlain> FromPlain for Box<T> {
    fn from_plain(value: Value) -> Result<Self, PlainError> {
        T::from_plain(value).map(Self::new)
    }
}

impl<T: FromPlain> FromPlain for Option<T> {
    fn from_plain(value: Value) -> Result<Self, PlainError> {
        match value {
            Value::Null => Ok(None),
            value => T::from_plain(value).map(Some),
        }
    }
}

impl<T: FromPlain> FromPlain for Vec<T> {
    fn from_plain(value: Value) -> Result<Self, PlainError> {
        let Value::Array(list) = value else {
            return Err(invalid_type(&value, &"a list"));
        };
        let mut made = Self::with_capacity(list.len());
        for (index, element) in list.into_iter().enumerate() {
            let element = T::from_plain(element);
            made.push(element.map_err(|error| error.within(format!("[{index}]")))?);
        }
        Ok(made)
    }
}

impl<T: FromPlain> FromPlain for BTreeMap<String, T> {
    fn from_plain(value: Value) -> Result<Self, PlainError> {
        let Value::Object(fields) = value else {
            return Err(invalid_type(&value, &"an object"));
        };
        let mut made = Self::new();
        for (name, value) in fields {
            match T::from_plain(value) {
                Ok(value) => made.insert(name, value),
                Err(error) => return Err(error.within(name)),
            };
        }
        Ok(made)
    }
}
