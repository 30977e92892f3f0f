//! Parquet files with lists, maps and structs, taken apart here value by value as the format says.

use std::sync::Arc;

use ::parquet::basic::{ConvertedType, Repetition};
use ::parquet::column::writer::ColumnWriter;
use ::parquet::data_type::ByteArray;
use ::parquet::file::properties::WriterProperties;
use ::parquet::file::writer::SerializedFileWriter;
use ::parquet::schema::parser::parse_message_type;
use ::parquet::schema::types::Type;
use proptest::prelude::*;
use serde_json::{Map, Value as Json, json};

use super::vendors::GA4;
use super::*;
use crate::ingest::parquet::ParquetReader;

/// The values of one column with their levels.
#[derive(Default)]
struct Leaf {
    values: Vec<Json>,
    def_levels: Vec<i16>,
    rep_levels: Vec<i16>,
}

/// Where the next value stands.
#[derive(Clone, Copy)]
struct Levels {
    def: i16,
    rep: i16,
    /// How many lists are around it.
    n_lists: i16,
}

/// Takes `value` apart into the columns of `field`, which begin at `leaf`; returns where the next field's begin.
fn shred(field: &Type, value: &Json, levels: Levels, leaf: usize, leaves: &mut Vec<Leaf>) -> usize {
    let inside = Levels {
        def: levels.def + 1,
        ..levels
    };
    match field.get_basic_info().repetition() {
        Repetition::REQUIRED => shred_inner(field, value, levels, leaf, leaves),
        Repetition::OPTIONAL if value.is_null() => nothing(field, levels, leaf, leaves),
        Repetition::OPTIONAL => shred_inner(field, value, inside, leaf, leaves),
        Repetition::REPEATED => {
            let elements = value.as_array().map_or(&[][..], Vec::as_slice);
            let mut inside = Levels {
                n_lists: levels.n_lists + 1,
                ..inside
            };
            let mut end = None;
            for element in elements {
                end = Some(shred_inner(field, element, inside, leaf, leaves));
                inside.rep = inside.n_lists;
            }
            end.unwrap_or_else(|| nothing(field, levels, leaf, leaves))
        }
    }
}

fn shred_inner(
    field: &Type,
    value: &Json,
    levels: Levels,
    leaf: usize,
    leaves: &mut Vec<Leaf>,
) -> usize {
    if field.is_primitive() {
        put(leaf, Some(value), levels, leaves);
        return leaf + 1;
    }
    let fields = field.get_fields();
    let wrapped = match field.get_basic_info().converted_type() {
        ConvertedType::LIST if !value.is_object() => {
            let element = |value: &Json| match fields[0].is_group() {
                true if fields[0].get_fields().len() == 1 => {
                    json!({fields[0].get_fields()[0].name(): value})
                }
                _ => value.clone(),
            };
            let elements = value.as_array().unwrap().iter().map(element);
            Some(json!({fields[0].name(): elements.collect::<Vec<_>>()}))
        }
        ConvertedType::MAP => {
            let pairs = value.as_object().unwrap().iter();
            let pairs = pairs.map(|(key, value)| json!({"key": key, "value": value}));
            Some(json!({fields[0].name(): pairs.collect::<Vec<_>>()}))
        }
        _ => None,
    };
    let value = wrapped.as_ref().unwrap_or(value);
    fields.iter().fold(leaf, |leaf, field| {
        let value = value.get(field.name()).unwrap_or(&Json::Null);
        shred(field, value, levels, leaf, leaves)
    })
}

fn nothing(field: &Type, levels: Levels, leaf: usize, leaves: &mut Vec<Leaf>) -> usize {
    if field.is_primitive() {
        put(leaf, None, levels, leaves);
        return leaf + 1;
    }
    let fields = field.get_fields().iter();
    fields.fold(leaf, |leaf, field| nothing(field, levels, leaf, leaves))
}

fn put(leaf: usize, value: Option<&Json>, levels: Levels, leaves: &mut Vec<Leaf>) {
    if leaves.len() <= leaf {
        leaves.resize_with(leaf + 1, Leaf::default);
    }
    let leaf = &mut leaves[leaf];
    leaf.values.extend(value.cloned());
    leaf.def_levels.push(levels.def);
    leaf.rep_levels.push(levels.rep);
}

/// A file with these rows in each of its row groups.
fn write(schema: &str, rows: &[Json], n_row_groups: usize) -> Vec<u8> {
    let schema = Arc::new(parse_message_type(schema).unwrap());
    let mut leaves = Vec::new();
    for row in rows {
        let levels = Levels {
            def: 0,
            rep: 0,
            n_lists: 0,
        };
        shred_inner(&schema, row, levels, 0, &mut leaves);
    }
    let properties = WriterProperties::builder().set_dictionary_enabled(true);
    let properties = Arc::new(properties.build());
    let mut file = SerializedFileWriter::new(Vec::new(), schema, properties).unwrap();
    for _ in 0..n_row_groups {
        let mut group = file.next_row_group().unwrap();
        for leaf in &leaves {
            let mut writer = group.next_column().unwrap().unwrap();
            write_leaf(writer.untyped(), leaf);
            writer.close().unwrap();
        }
        group.close().unwrap();
    }
    file.into_inner().unwrap()
}

fn write_leaf(writer: &mut ColumnWriter<'_>, leaf: &Leaf) {
    let (def_levels, rep_levels) = (Some(&*leaf.def_levels), Some(&*leaf.rep_levels));
    // BigQuery's JSON has whole numbers as texts.
    let whole = |value: &Json| match value {
        Json::String(text) => text.parse().unwrap(),
        other => other.as_i64().unwrap(),
    };
    let values = leaf.values.iter();
    let n_written = match writer {
        ColumnWriter::Int64ColumnWriter(writer) => {
            let values: Vec<i64> = values.map(whole).collect();
            writer.write_batch(&values, def_levels, rep_levels)
        }
        ColumnWriter::DoubleColumnWriter(writer) => {
            let values: Vec<f64> = values.map(|value| value.as_f64().unwrap()).collect();
            writer.write_batch(&values, def_levels, rep_levels)
        }
        ColumnWriter::ByteArrayColumnWriter(writer) => {
            let values: Vec<ByteArray> = values
                .map(|value| ByteArray::from(value.as_str().unwrap()))
                .collect();
            writer.write_batch(&values, def_levels, rep_levels)
        }
        _ => panic!("no column here has another type"),
    };
    n_written.unwrap();
}

/// The export of a day's events, with the columns that matter and some that do not.
const GA4_SCHEMA: &str = "message root {
    optional binary event_date (STRING);
    optional int64 event_timestamp;
    optional binary event_name (STRING);
    optional group event_params (LIST) { repeated group list { optional group element {
        optional binary key (STRING);
        optional group value {
            optional binary string_value (STRING);
            optional int64 int_value;
            optional double float_value;
            optional double double_value;
        }
    } } }
    optional binary user_id (STRING);
    optional binary user_pseudo_id (STRING);
    optional group privacy_info { optional binary analytics_storage (STRING); }
    optional group user_properties (LIST) { repeated group list { optional group element {
        optional binary key (STRING);
        optional group value { optional binary string_value (STRING); }
    } } }
    optional group device {
        optional binary category (STRING);
        optional group web_info { optional binary browser (STRING); }
    }
    optional group geo { optional binary country (STRING); }
    optional group ecommerce { optional double purchase_revenue; optional binary transaction_id (STRING); }
    optional group items (LIST) { repeated group list { optional group element {
        optional binary item_id (STRING);
        optional binary item_name (STRING);
        optional binary item_brand (STRING);
        optional binary item_category (STRING);
        optional double price;
        optional int64 quantity;
        optional group item_params (LIST) { repeated group list { optional group element {
            optional binary key (STRING);
            optional group value { optional binary string_value (STRING); optional int64 int_value; }
        } } }
    } } }
}";

fn ga4_rows() -> Vec<Json> {
    let lines = GA4.lines().map(|line| serde_json::from_str(line).unwrap());
    let mut rows: Vec<Json> = lines.collect();
    rows.push(json!({
        "event_timestamp": 1_612_069_550_000_000_i64, "event_name": "purchase", "user_pseudo_id": "2.2",
        "privacy_info": {"analytics_storage": "Yes"},
        "event_params": [
            {"key": "transaction_id", "value": {"string_value": "T \"1\""}},
            {"key": "value", "value": {"int_value": "12"}},
            {"key": "currency", "value": {"string_value": "EUR"}},
            {"key": "coupon", "value": null},
            {"key": "campaign", "value": {"int_value": "90071992547409931"}},
        ],
        "ecommerce": {"purchase_revenue": 12.5},
        "items": [
            {"item_id": "a", "price": 4.0, "quantity": "2",
             "item_params": [{"key": "x", "value": {"int_value": "1"}}, {"key": "y", "value": null}]},
            {"item_id": "b", "price": 4.5, "item_params": []},
        ],
    }));
    rows
}

#[test]
fn ga4_is_the_same_nested_and_as_lines() {
    let rows = ga4_rows();
    let lines: String = rows.iter().map(|row| format!("{row}\n")).collect();
    let file = write(GA4_SCHEMA, &rows, 1);
    let (by_lines, _) = import(ImportOptions::default(), lines.as_bytes()).unwrap();
    let (by_table, rejections) = import(ImportOptions::default(), &file).unwrap();
    assert_eq!(show(&by_table), show(&by_lines));
    assert_eq!(by_table, by_lines);
    assert_eq!(
        rejections.rejected[0].reason,
        "column `user_pseudo_id` is empty"
    );
    assert_eq!(
        show(&by_table)[2],
        "1 1612069550000 purchase value=1200EUR event_params.campaign=String(\"90071992547409931\") \
         transaction_id=String(\"T \\\"1\\\"\") [a,,,,4000000×2] [b,,,,4500000×1]"
    );
}

#[test]
fn chunks_with_lists_as_bytes() {
    let file = write(GA4_SCHEMA, &ga4_rows(), 2);
    let mut reader = ParquetReader::new(file.clone()).unwrap();
    let mut importer = Importer::new(ImportOptions::default()).unwrap();
    reader.select(&importer.needed_columns(&reader.columns()).unwrap());
    while let Some(chunk) = reader.next_chunk().unwrap() {
        let chunk = Chunk::decode(&chunk.encode()).unwrap();
        assert_eq!(chunk.nested(), ["event_params", "user_properties", "items"]);
        importer.push_chunk(&chunk).unwrap();
    }
    let (by_chunks, _) = importer.finish().unwrap();
    let (by_file, _) = import(ImportOptions::default(), &file).unwrap();
    assert_eq!(by_chunks, by_file);
}

#[test]
fn maps_and_structs_by_their_paths() {
    let schema = "message table {
        required binary who (STRING);
        required binary at (STRING);
        required binary did (STRING);
        optional group shop { optional group till { optional binary place (STRING); } optional binary kind (STRING); }
        optional group props (MAP) { repeated group key_value {
            required binary key (STRING);
            optional binary value (STRING);
        } }
        repeated int64 tags;
    }";
    let rows = [
        json!({"who": "a", "at": "2024-05-01", "did": "buy", "shop": {"till": {"place": "Graz"}, "kind": null},
               "props": {"plan": "gold", "empty": null}, "tags": [1, 2]}),
        json!({"who": "a", "at": "2024-05-02", "did": "buy", "shop": {"till": null, "kind": "kiosk"}}),
    ];
    let options = |props: &[&str], props_json: Option<&str>| {
        with(Mapping {
            props: props.iter().copied().map(str::to_owned).collect(),
            props_json: props_json.map(str::to_owned),
            ..mapping()
        })
    };
    let file = write(schema, &rows, 1);
    check(
        options(&["shop.till.place", "shop.kind", "props.plan"], None),
        &file,
        &[
            "0 1714521600000 buy props.plan=String(\"gold\") shop.till.place=String(\"Graz\")",
            "0 1714608000000 buy shop.kind=String(\"kiosk\")",
        ],
        &[],
    );
    check(
        options(&[], Some("props")),
        &file,
        &[
            "0 1714521600000 buy plan=String(\"gold\")",
            "0 1714608000000 buy",
        ],
        &[],
    );
    check_error(
        options(&["tags"], None),
        &file,
        "the column `tags` holds lists: name what is inside, like `tags.key`, or map it to `items_json` or \
         `props_json`",
    );
}

/// The column `list` of every row, as JSON.
fn read_list(file: Vec<u8>) -> Vec<Json> {
    let mut reader = ParquetReader::new(file).unwrap();
    let mut lists = Vec::new();
    while let Some(chunk) = reader.next_chunk().unwrap() {
        for row in 0..chunk.n_rows() {
            lists.push(match chunk.columns()[0].cell(row) {
                super::super::cell::Cell::Text(text) => serde_json::from_str(text).unwrap(),
                _ => Json::Null,
            });
        }
    }
    lists
}

#[test]
fn lists_as_different_writers_write_them() {
    let rows = [json!([1, 2]), json!([]), json!([3])];
    for schema in [
        "message m { required group list (LIST) { repeated group list { optional int64 element; } } }",
        "message m { optional group list (LIST) { repeated group bag { required int64 array_element; } } }",
        "message m { optional group list (LIST) { repeated int64 element; } }",
        "message m { repeated int64 list; }",
    ] {
        let rows_in = rows.clone().map(|list| json!({"list": list}));
        assert_eq!(read_list(write(schema, &rows_in, 1)), rows, "{schema}");
    }
    // A repeated group is the element itself where it is named so, or has several fields.
    for (name, schema, element) in [
        (
            "array",
            "message m { optional group list (LIST) { repeated group array { optional int64 a; } } }",
            json!({"a": 1}),
        ),
        (
            "list_tuple",
            "message m { optional group list (LIST) { repeated group list_tuple { optional int64 a; } } }",
            json!({"a": 1}),
        ),
        (
            "x",
            "message m { optional group list (LIST) { repeated group x { optional int64 a; optional int64 b; } } }",
            json!({"a": 1, "b": 2}),
        ),
    ] {
        let row = json!({"list": {name: [element, element]}});
        assert_eq!(
            read_list(write(schema, &[row], 1)),
            [json!([element, element])],
            "{schema}"
        );
    }
}

const RANDOM_SCHEMA: &str =
    "message m { optional group list (LIST) { repeated group list { optional group element {
    required int64 id;
    optional binary text (STRING);
    optional group inner { optional double number; optional group more (LIST) {
        repeated group list { optional int64 element; }
    } }
    optional group map (MAP) { repeated group key_value {
        required binary key (STRING); optional group value { optional int64 n; }
    } }
} } } }";

/// What stays of a value: fields that are missing are not written, unless they are groups.
fn without_nulls(value: Json) -> Json {
    match value {
        Json::Array(list) => list.into_iter().map(without_nulls).collect(),
        Json::Object(fields) => {
            let is_group = |key: &str| !matches!(key, "text" | "number" | "n");
            let kept = fields
                .into_iter()
                .filter(|(key, value)| is_group(key) || !value.is_null());
            Json::Object(kept.map(|(key, v)| (key, without_nulls(v))).collect())
        }
        other => other,
    }
}

fn random_list() -> impl Strategy<Value = Json> {
    let maybe =
        |strategy: BoxedStrategy<Json>| prop_oneof![1 => Just(Json::Null), 3 => strategy].boxed();
    let number = (-9..9_i64).prop_map(Json::from).boxed();
    let float = (-9..9_i32).prop_map(|n| json!(f64::from(n) / 4.0)).boxed();
    let text = "[a-z\"\\\\é\n]{1,4}".prop_map(Json::from).boxed();
    let numbers = prop::collection::vec(maybe(number.clone()), 0..3);
    let more = maybe(numbers.prop_map(Json::from).boxed());
    let inner = (maybe(float), more).prop_map(|(n, more)| json!({"number": n, "more": more}));
    let entry = maybe(maybe(number.clone()).prop_map(|n| json!({"n": n})).boxed());
    let map = prop::collection::btree_map("[a-c]", entry, 0..3);
    let map = map.prop_map(|map| Json::Object(map.into_iter().collect::<Map<_, _>>()));
    let element = (
        number,
        maybe(text),
        maybe(inner.boxed()),
        maybe(map.boxed()),
    )
        .prop_map(
            |(id, text, inner, map)| json!({"id": id, "text": text, "inner": inner, "map": map}),
        );
    maybe(
        prop::collection::vec(maybe(element.boxed()), 0..4)
            .prop_map(Json::from)
            .boxed(),
    )
}

proptest! {
    #[test]
    fn what_is_taken_apart_is_put_together(lists in prop::collection::vec(random_list(), 1..6)) {
        let rows: Vec<Json> = lists.iter().map(|list| json!({"list": list})).collect();
        let expected: Vec<Json> = lists.into_iter().map(without_nulls).collect();
        prop_assert_eq!(read_list(write(RANDOM_SCHEMA, &rows, 1)), expected);
    }

    #[test]
    fn damaged_lists_never_panic(at: prop::sample::Index, byte: u8, n_bytes in 1..4usize) {
        let mut file = write(GA4_SCHEMA, &ga4_rows(), 1);
        let at = at.index(file.len());
        let end = (at + n_bytes).min(file.len());
        file[at..end].fill(byte);
        let _ = import(ImportOptions::default(), &file);
    }
}
