//! What is made of plain data is what Serde's readers make of it.

use std::fmt::Debug;

use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::FromPlain;
use crate::Request;
use crate::analysis::carts::CartsConfig;
use crate::analysis::compare::CompareConfig;
use crate::analysis::filter::Filter;
use crate::analysis::funnel::{Breakdown, Correlation, Exclusion, Step, Trend};
use crate::analysis::path_pattern::PathPatternConfig;
use crate::analysis::scope::Scope;
use crate::analysis::segment::{Did, Segment, ValueSum};
use crate::analysis::sequence::NodeKind;
use crate::analysis::stage::StageRule;
use crate::analysis::{
    ExactPathsConfig, FrictionConfig, FunnelConfig, PathsConfig, StepMatrixConfig,
    TransitionsConfig,
};
use crate::dataset::BuildOptions;
use crate::ingest::{FileOptions, ImportOptions, Mapping};

/// That both readers make the same of `value`, or neither makes anything of it.
fn alike<T: DeserializeOwned + FromPlain + Debug>(value: &Value) {
    let usual = serde_json::from_value::<T>(value.clone());
    let plain = T::from_plain(value.clone());
    assert_eq!(
        usual.is_ok(),
        plain.is_ok(),
        "{value}: {usual:?}, {plain:?}"
    );
    if let (Ok(usual), Ok(plain)) = (usual, plain) {
        assert_eq!(format!("{usual:?}"), format!("{plain:?}"), "{value}");
    }
}

/// The same for `whole`, which has every field, and for what it is without one of them, with one that is null or
/// something else, and with one more. (Serde makes structs of lists too, which nobody asks for.)
fn alike_by_field<T: DeserializeOwned + FromPlain + Debug>(whole: &Value) {
    serde_json::from_value::<T>(whole.clone()).expect("the usual reader reads the whole");
    let fields = whole.as_object().expect("an object").clone();
    for name in fields.keys() {
        let mut other = fields.clone();
        other.remove(name);
        alike::<T>(&Value::Object(other.clone()));
        for value in [
            json!(null),
            json!(-1),
            json!("?"),
            json!([{ "?": 1 }]),
            json!({ "?": 1 }),
        ] {
            other.insert(name.clone(), value);
            alike::<T>(&Value::Object(other.clone()));
        }
    }
    let mut more = fields;
    more.insert("another".to_owned(), json!(null));
    alike::<T>(&Value::Object(more));
    alike::<T>(whole);
    for value in [json!(null), json!(1), json!("text"), json!([{ "?": 1 }])] {
        alike::<T>(&value);
    }
}

/// A scope with every field.
fn scope() -> Value {
    json!({
        "dates": { "from": "2026-01-01", "to": 7, "time_zone": "Europe/Berlin" },
        "events": { "name": "a" },
        "sessions": { "first": { "page": "/" } },
        "people": { "not": { "sequence": "a b" } },
        "bots": { "exclude": false, "threshold": 3.5 },
    })
}

#[test]
fn every_field_of_a_request_is_read_as_usual() {
    alike_by_field::<FunnelConfig>(&json!({
        "steps": [{ "filter": { "name": "a" } }], "window_millis": 5, "unit": "session",
        "order": "any", "data_end_ts": 9, "open": true,
        "exclude": [{ "filter": { "name": "b" }, "mode": "break" }], "hold": { "prop": "k" },
        "count": "totals", "breakdown": { "by": "page" }, "trend": { "by": "week" },
        "correlation": {}, "scope": scope(),
    }));
    let filter = json!({ "name": "a" });
    alike_by_field::<Step>(&json!({ "filter": filter, "label": "l", "optional": true }));
    alike_by_field::<Exclusion>(&json!({
        "filter": filter, "after_step": 1, "before_step": 2, "mode": "remove",
    }));
    alike_by_field::<Breakdown>(&json!({
        "by": { "item": "item_brand" }, "at": { "step": 2 }, "within": "session", "n_top": 3,
    }));
    alike_by_field::<Trend>(&json!({ "by": "month", "time_zone": "Europe/Berlin" }));
    alike_by_field::<Correlation>(&json!({ "props": ["k"], "min_units": 1, "n_top": 2 }));
    let node = json!({ "stage": [{ "label": "l", "filter": filter }] });
    alike_by_field::<StageRule>(&json!({ "label": "l", "filter": filter, "which": "repeats" }));
    alike_by_field::<PathsConfig>(&json!({
        "node": node, "unit": "person", "n_positions": 3, "n_top": 4, "collapse_repeats": false,
        "start": filter, "end": filter, "backward": true, "scope": scope(),
    }));
    alike_by_field::<PathPatternConfig>(&json!({
        "pattern": "a", "node": node, "unit": "person", "collapse_repeats": false,
        "start": filter, "end": filter, "center": filter, "goal": filter, "scope": scope(),
    }));
    alike_by_field::<TransitionsConfig>(&json!({
        "node": node, "unit": "person", "n_top": 4, "collapse_repeats": false, "start": filter,
        "end": filter, "scope": scope(),
    }));
    alike_by_field::<StepMatrixConfig>(&json!({
        "node": node, "unit": "person", "n_positions": 3, "center": filter, "n_before": 1,
        "n_after": 2, "n_top": 4, "collapse_repeats": false, "start": filter, "end": filter,
        "scope": scope(),
    }));
    alike_by_field::<ExactPathsConfig>(&json!({
        "node": node, "unit": "person", "length": 3, "n_top": 4, "collapse_repeats": false,
        "start": filter, "end": filter, "goal": filter, "scope": scope(),
    }));
    let events = json!({
        "add": filter, "remove": filter, "view": filter, "checkout": filter, "shipping": filter,
        "payment": filter, "purchase": filter, "refund": filter,
    });
    alike_by_field::<CartsConfig>(&json!({
        "delay_millis": 1, "friction_millis": 2, "data_end_ts": 3, "n_top": 4, "n_reminders": 5,
        "events": events, "scope": scope(),
    }));
    alike_by_field::<FrictionConfig>(&json!({
        "touchpoint": "name", "goal": filter, "n_top": 2, "scope": scope(),
    }));
    alike_by_field::<CompareConfig>(&json!({
        "request": { "analysis": "paths" }, "a": scope(), "b": "previous_period",
    }));
}

#[test]
fn what_a_request_is_about_is_read_as_usual() {
    let filter = json!({ "page": "/" });
    alike_by_field::<Scope>(&scope());
    alike_by_field::<Did>(&json!({
        "filter": filter, "at_least": 1, "at_most": 2, "dates": { "from": 1 },
    }));
    alike_by_field::<ValueSum>(&json!({
        "filter": filter, "currency": "EUR", "at_least_minor": -1, "at_most_minor": 2,
        "dates": { "to": "2026-01-01" },
    }));
    let filters = [
        json!({ "all": [{ "name": "a" }, { "not": { "page": "/" } }] }),
        json!({ "any": [] }),
        json!({ "prop": { "key": "k", "op": "gt", "value": 1.5 } }),
        json!({ "prop": { "key": "k", "op": "eq", "value": true } }),
        json!({ "prop": { "key": "k", "op": "exists" } }),
        json!({ "prop": { "key": "k", "op": "odd" } }),
        json!({ "prop": { "key": "k", "op": "eq", "value": [1] } }),
        json!({ "prop": { "key": 1, "op": "eq" } }),
        json!({ "item": { "key": "item_name", "value": "b" } }),
        json!({ "item": { "key": "item_name" } }),
        json!({ "name": null }),
        json!({ "all": { "name": "a" } }),
        json!({ "nothing": "a" }),
        json!({ "name": "a", "page": "b" }),
        json!({}),
        json!("name"),
    ];
    filters.iter().for_each(alike::<Filter>);
    let segments = [
        json!({ "did": { "filter": filter } }),
        json!({ "last": filter }),
        json!({ "value": { "filter": filter, "currency": "EUR" } }),
        json!({ "all": [{ "first": filter }] }),
        json!({ "any": [{ "first": filter }, { "never": filter }] }),
        json!("did"),
    ];
    segments.iter().for_each(alike::<Segment>);
    let nodes = [
        json!("name"),
        json!("page"),
        json!("item_category"),
        json!({ "page": null }),
        json!({ "page": 1 }),
        json!({ "prop": "k" }),
        json!("prop"),
        json!("time"),
    ];
    nodes.iter().for_each(alike::<NodeKind>);
}

#[test]
fn every_option_of_an_import_is_read_as_usual() {
    let mapping = json!({
        "person": "a", "time": "b", "name": "c", "name_constant": "d", "time_format": "micros",
        "time_zone": "Europe/Berlin", "user": "e", "id": "f", "seq": "g", "tab": "h",
        "session": "i", "page": "j", "value": "k", "value_names": ["l"], "currency": "m",
        "decimal_comma": true, "currency_constant": "n", "transaction": "o", "cart": "p",
        "item": "q", "item_name": "r", "item_brand": "s", "item_category": "t", "price": "u",
        "quantity": "v", "props": ["w"], "props_constant": { "x": "y" }, "props_json": "z",
        "items_json": "aa", "header": ["bb"], "events": "cc",
    });
    alike_by_field::<Mapping>(&mapping);
    alike_by_field::<FileOptions>(&json!({ "format": "csv", "mapping": mapping }));
    let build = json!({
        "session_gap_millis": 1, "stitch_identities": false, "purchases": ["bought"],
        "template": { "enabled": false, "slug_threshold": 2, "rules": ["/p/:id"] },
    });
    alike_by_field::<BuildOptions>(&build);
    alike_by_field::<ImportOptions>(&json!({
        "format": "jsonl", "mapping": mapping, "files": { "one.csv": { "format": "csv" } },
        "build": build,
    }));
}

#[test]
fn an_error_says_where() {
    let said = |request: Value| Request::from_plain(request).unwrap_err().to_string();
    let funnel = |steps: Value| json!({ "analysis": "funnel", "steps": steps });
    let page = |path: Value| json!({ "filter": { "all": [{ "name": "a" }, { "page": path }] } });
    assert_eq!(
        said(funnel(json!([page(json!("/")), page(json!(7))]))),
        "steps[1].filter.all[1].page: invalid type: integer `7`, expected a string"
    );
    assert_eq!(
        said(funnel(json!([{ "label": "a" }]))),
        "steps[0]: missing field `filter`"
    );
    assert_eq!(
        said(funnel(json!([{ "filtre": { "name": "a" } }]))),
        "steps[0]: unknown field `filtre`, expected one of `filter`, `label`, `optional`"
    );
    assert_eq!(
        said(funnel(json!({ "name": "a" }))),
        "steps: invalid type: map, expected a list"
    );
    assert_eq!(
        said(funnel(json!([{ "filter": { "nam": "a" } }]))),
        "steps[0].filter: unknown variant `nam`, expected one of `name`, `page`, `prop`, `item`, \
         `all`, `any`, `not`"
    );
    assert_eq!(
        said(json!({ "analysis": "funnel" })),
        "missing field `steps`"
    );
    assert_eq!(
        said(json!({ "analysis": "path" })),
        "unknown variant `path`, expected one of `funnel`, `paths`, `path_pattern`, \
         `transitions`, `step_matrix`, `exact_paths`, `carts`, `friction`, `compare`"
    );
    let compared = json!({ "analysis": "compare", "a": {}, "b": {},
        "request": { "analysis": "paths", "n_top": "8" } });
    assert_eq!(
        said(compared),
        "request.n_top: invalid type: string \"8\", expected u32"
    );
}

#[test]
fn text_is_read_by_the_reader_of_plain_data() {
    let text = r#"{ "analysis": "carts", "scope": { "bots": { "exclude": 1 } } }"#;
    let error = serde_json::from_str::<Request>(text).unwrap_err();
    assert_eq!(
        error.to_string(),
        "scope.bots.exclude: invalid type: integer `1`, expected a boolean"
    );
}
