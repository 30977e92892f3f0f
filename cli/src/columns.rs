//! `--columns`: a mapping in one argument.

use analyzer::ingest::Mapping;
use anyhow::{Context, Result};
use serde_json::{Map, Value};

/// Reads `person=user_id,time=ts,name=event_type`. Roles are the fields of [`Mapping`], and `prop=COLUMN`, which
/// may come several times. `value_names` and `header` take names joined by `+`, and `constant.KEY=TEXT` is a property that
/// every event gets.
///
/// # Errors
/// Where a part is not of that form, or a role does not exist.
pub(crate) fn parse(text: &str) -> Result<Mapping> {
    let mut fields = Map::new();
    for part in text.split(',') {
        let (role, column) = part
            .split_once('=')
            .with_context(|| format!("--columns: `{part}` is not of the form ROLE=COLUMN"))?;
        let column = || Value::from(column);
        match role.trim() {
            "prop" => {
                let props = fields
                    .entry("props")
                    .or_insert_with(|| Value::Array(Vec::new()));
                props
                    .as_array_mut()
                    .into_iter()
                    .for_each(|props| props.push(column()));
            }
            role @ ("value_names" | "header") => {
                let names = part.split_once('=').map_or("", |(_, names)| names);
                fields.insert(role.to_owned(), names.split('+').collect());
            }
            role @ "decimal_comma" => {
                let truth = column();
                let truth = truth.as_str().and_then(|text| text.trim().parse().ok());
                let truth = truth.context("--columns: decimal_comma is `true` or `false`")?;
                fields.insert(role.to_owned(), Value::Bool(truth));
            }
            role if role.starts_with("constant.") => {
                let constants = fields
                    .entry("props_constant")
                    .or_insert_with(|| Value::Object(Map::new()));
                let key = role.trim_start_matches("constant.").to_owned();
                constants
                    .as_object_mut()
                    .into_iter()
                    .for_each(|constants| drop(constants.insert(key.clone(), column())));
            }
            role => {
                fields.insert(role.to_owned(), column());
            }
        }
    }
    serde_json::from_value(Value::Object(fields)).context("--columns")
}

#[cfg(test)]
mod tests {
    use analyzer::ingest::TimeFormat;

    use super::*;

    #[test]
    fn roles_and_columns() {
        let text = "person=user id,time=ts,name=type,time_format=millis,prop=a,prop=b,value=p,value_names=buy+cart,\
                    constant.channel=store,header=user id+ts,decimal_comma=true";
        let expected = Mapping {
            person: "user id".into(),
            time: "ts".into(),
            name: "type".into(),
            time_format: TimeFormat::Millis,
            value: Some("p".into()),
            value_names: vec!["buy".into(), "cart".into()],
            props: vec!["a".into(), "b".into()],
            props_constant: [("channel".into(), "store".into())].into(),
            header: vec!["user id".into(), "ts".into()],
            decimal_comma: true,
            ..Mapping::default()
        };
        assert_eq!(parse(text).unwrap(), expected);
    }

    #[test]
    fn mistakes_are_named() {
        for (text, expected) in [
            (
                "person",
                "--columns: `person` is not of the form ROLE=COLUMN",
            ),
            ("who=a", "unknown field `who`"),
            ("decimal_comma=yes", "decimal_comma is `true` or `false`"),
            ("time_format=days", "unknown variant `days`"),
        ] {
            let message = format!("{:#}", parse(text).unwrap_err());
            assert!(message.contains(expected), "{message}");
        }
    }
}
