//! Tests of the Parquet export: the file is read back with the crate's own reader.

use bytes::Bytes;
use parquet::basic::Type as PhysicalType;
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::{Field, Row};

use super::super::testing::{Log, selection, uuid_v7};
use super::*;

const FULL: &str = r#"{"id":"00000000-0005-7000-8000-000000000001","ts":1763780000123,"seq":4294967295,
    "visitor":"v","user":"u","session":"s","tab":"t","name":"purchase",
    "page":{"url":"https://shop.example/p","path":"/p","title":"Tïtle","referrer":"https://r.example"},
    "source":{"first":{"channel":"email","utm_source":"a","utm_medium":"b","utm_campaign":"c","utm_term":"d",
    "utm_content":"e","click_id":"gclid","referrer":"r.example"},"last":{"channel":"direct"}},
    "props":{"b":true,"n":0.5,"s":"x"},"items":[{"item_id":"1","price":35.79,"quantity":2}],
    "value":71.58,"currency":"EUR"}"#;

fn export(lines: &[String]) -> SerializedFileReader<Bytes> {
    let mut log = Log::new();
    let lines: Vec<_> = lines
        .iter()
        .enumerate()
        .map(|(number, line)| (uuid_v7(0, number as u64), 5, line.as_str()))
        .collect();
    log.store_lines("demo", 5, &lines);
    let (all, mut output) = (selection(0..10), Vec::new());
    write(&log.snapshot(&all), &all, &mut output).unwrap();
    SerializedFileReader::new(Bytes::from(output)).unwrap()
}

fn rows(reader: &SerializedFileReader<Bytes>) -> Vec<Row> {
    reader
        .get_row_iter(None)
        .unwrap()
        .map(Result::unwrap)
        .collect()
}

/// The cells of a row that are not null, by column, printed.
fn cells(row: &Row) -> Vec<(String, String)> {
    row.get_column_iter()
        .filter(|(_, field)| **field != Field::Null)
        .map(|(name, field)| match field {
            Field::Str(text) => (name.clone(), text.clone()),
            field => (name.clone(), field.to_string()),
        })
        .collect()
}

#[test]
fn every_field_comes_back() {
    let line = FULL
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
        .replace("\", \"", "\",\"");
    let reader = export(&[line]);
    let cells = cells(&rows(&reader)[0]);
    let expected = [
        ("id", "00000000-0005-7000-8000-000000000001"),
        ("ts", "2025-11-22 02:53:20.123 +00:00"),
        ("seq", "4294967295"),
        ("visitor", "v"),
        ("user", "u"),
        ("session", "s"),
        ("tab", "t"),
        ("name", "purchase"),
        ("page_url", "https://shop.example/p"),
        ("page_path", "/p"),
        ("page_title", "Tïtle"),
        ("page_referrer", "https://r.example"),
        ("source_first_channel", "email"),
        ("source_first_utm_source", "a"),
        ("source_first_utm_medium", "b"),
        ("source_first_utm_campaign", "c"),
        ("source_first_utm_term", "d"),
        ("source_first_utm_content", "e"),
        ("source_first_click_id", "gclid"),
        ("source_first_referrer", "r.example"),
        ("source_last_channel", "direct"),
        ("props", r#"{"b":true,"n":0.5,"s":"x"}"#),
        ("items", r#"[{"item_id":"1","price":35.79,"quantity":2}]"#),
        ("value", "71.580000"),
        ("currency", "EUR"),
    ];
    let cells: Vec<_> = cells
        .iter()
        .map(|(name, text)| (name.as_str(), text.as_str()))
        .collect();
    assert_eq!(cells, expected);
}

#[test]
fn the_schema_is_the_list_of_columns() {
    let reader = export(&[]);
    let schema = reader.metadata().file_metadata().schema_descr();
    let found: Vec<_> = schema
        .columns()
        .iter()
        .map(|column| {
            let is_required = column.max_def_level() == 0;
            (
                column.name().to_owned(),
                column.physical_type(),
                is_required,
            )
        })
        .collect();
    let expected: Vec<_> = COLUMNS
        .iter()
        .map(|column| {
            (
                column.name.to_owned(),
                physical_type(column.kind),
                column.is_required,
            )
        })
        .collect();
    assert_eq!(found, expected);
    assert_eq!(schema.column(1).physical_type(), PhysicalType::INT64);
    assert_eq!(
        reader.num_row_groups(),
        0,
        "a selection without events is a file without rows"
    );
}

#[test]
fn row_groups_are_bounded_and_rows_keep_their_order_and_their_gaps() {
    let n_rows = MAX_ROWS + 10;
    let lines: Vec<String> = (0..n_rows)
        .map(|number| {
            let user = if number % 3 == 0 {
                format!(r#","user":"u{number}""#)
            } else {
                String::new()
            };
            let id = uuid_v7(0, number as u64);
            format!(r#"{{"id":"{id}","ts":5,"seq":{number},"name":"click"{user}}}"#)
        })
        .collect();
    let reader = export(&lines);
    let groups = reader
        .metadata()
        .row_groups()
        .iter()
        .map(|group| group.num_rows());
    assert_eq!(groups.collect::<Vec<_>>(), [MAX_ROWS as i64, 10]);
    let rows = rows(&reader);
    assert_eq!(rows.len(), n_rows);
    for number in [0, 1, 2, 3, MAX_ROWS - 1, MAX_ROWS, n_rows - 1] {
        let cells = cells(&rows[number]);
        assert_eq!(cells[2].1, number.to_string());
        let user = cells
            .iter()
            .find(|(name, _)| name == "user")
            .map(|(_, user)| user.clone());
        assert_eq!(user, (number % 3 == 0).then(|| format!("u{number}")));
    }
}
