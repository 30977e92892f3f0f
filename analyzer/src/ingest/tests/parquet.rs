use std::sync::Arc;

use ::parquet::basic::Compression;
use ::parquet::column::writer::ColumnWriter;
use ::parquet::data_type::{ByteArray, FixedLenByteArray};
use ::parquet::file::properties::WriterProperties;
use ::parquet::file::writer::SerializedFileWriter;
use ::parquet::schema::parser::parse_message_type;
use proptest::prelude::*;

use super::zones::in_zone;
use super::*;
use crate::ingest::parquet::ParquetReader;

/// The values of one column, with its definition levels where it is optional.
enum Column {
    Int32(Vec<i32>, Option<Vec<i16>>),
    Int64(Vec<i64>, Option<Vec<i16>>),
    Float(Vec<f32>),
    Double(Vec<f64>),
    Bool(Vec<bool>),
    Text(Vec<&'static str>, Option<Vec<i16>>),
    Fixed(Vec<Vec<u8>>),
    /// A list, with definition and repetition levels.
    List(Vec<i64>, Vec<i16>, Vec<i16>),
}

/// A Parquet file with this schema; the columns are written as often as there are row groups.
fn write(
    schema: &str,
    compression: Compression,
    n_row_groups: usize,
    columns: &[Column],
) -> Vec<u8> {
    let schema = Arc::new(parse_message_type(schema).unwrap());
    let properties = Arc::new(
        WriterProperties::builder()
            .set_compression(compression)
            .build(),
    );
    let mut file = SerializedFileWriter::new(Vec::new(), schema, properties).unwrap();
    for _ in 0..n_row_groups {
        let mut group = file.next_row_group().unwrap();
        for column in columns {
            let mut writer = group.next_column().unwrap().unwrap();
            write_column(writer.untyped(), column);
            writer.close().unwrap();
        }
        group.close().unwrap();
    }
    file.into_inner().unwrap()
}

fn write_column(writer: &mut ColumnWriter<'_>, column: &Column) {
    let n_written = match (writer, column) {
        (ColumnWriter::Int32ColumnWriter(writer), Column::Int32(values, levels)) => {
            writer.write_batch(values, levels.as_deref(), None)
        }
        (ColumnWriter::Int64ColumnWriter(writer), Column::Int64(values, levels)) => {
            writer.write_batch(values, levels.as_deref(), None)
        }
        (ColumnWriter::Int64ColumnWriter(writer), Column::List(values, levels, repetitions)) => {
            writer.write_batch(values, Some(levels), Some(repetitions))
        }
        (ColumnWriter::FloatColumnWriter(writer), Column::Float(values)) => {
            writer.write_batch(values, None, None)
        }
        (ColumnWriter::DoubleColumnWriter(writer), Column::Double(values)) => {
            writer.write_batch(values, None, None)
        }
        (ColumnWriter::BoolColumnWriter(writer), Column::Bool(values)) => {
            writer.write_batch(values, None, None)
        }
        (ColumnWriter::ByteArrayColumnWriter(writer), Column::Text(values, levels)) => {
            let values: Vec<ByteArray> = values.iter().map(|text| ByteArray::from(*text)).collect();
            writer.write_batch(&values, levels.as_deref(), None)
        }
        (ColumnWriter::FixedLenByteArrayColumnWriter(writer), Column::Fixed(values)) => {
            let values: Vec<FixedLenByteArray> =
                values.iter().map(|bytes| bytes.clone().into()).collect();
            writer.write_batch(&values, None, None)
        }
        _ => panic!("the values are not of the column's type"),
    };
    n_written.unwrap();
}

const FLAT: &str = "message table {
    required binary who (STRING);
    required int64 at (TIMESTAMP(MICROS,true));
    required binary did (STRING);
    optional int64 sum (DECIMAL(18,6));
}";

fn flat() -> Vec<Column> {
    vec![
        Column::Text(vec!["a", "b"], None),
        Column::Int64(vec![1_714_557_600_000_999, 1_714_557_601_000_000], None),
        Column::Text(vec!["view", "purchase"], None),
        Column::Int64(vec![12_500_000], Some(vec![0, 1])),
    ]
}

#[test]
fn times_that_are_not_adjusted_to_utc_are_local() {
    for (kind, utc, local) in [
        (
            "int64 at (TIMESTAMP(MICROS,true))",
            1_714_557_600_000,
            1_714_557_600_000,
        ),
        (
            "int64 at (TIMESTAMP_MICROS)",
            1_714_557_600_000,
            1_714_557_600_000,
        ),
        (
            "int64 at (TIMESTAMP(MICROS,false))",
            1_714_557_600_000,
            1_714_550_400_000,
        ),
        (
            "int32 at (DATE)",
            1_714_521_600_000i64,
            1_714_514_400_000i64,
        ),
    ] {
        let schema = format!(
            "message table {{ required binary who (STRING); required {kind}; required binary did (STRING); }}"
        );
        let at = match kind.starts_with("int32") {
            true => Column::Int32(vec![19_844], None),
            false => Column::Int64(vec![1_714_557_600_000_000], None),
        };
        let columns = [
            Column::Text(vec!["a"], None),
            at,
            Column::Text(vec!["view"], None),
        ];
        let file = write(&schema, Compression::UNCOMPRESSED, 1, &columns);
        check(with(mapping()), &file, &[&format!("0 {utc} view")], &[]);
        check(
            in_zone("Europe/Berlin"),
            &file,
            &[&format!("0 {local} view")],
            &[],
        );
    }
}

#[test]
fn a_flat_table_by_mapping() {
    for compression in [
        Compression::UNCOMPRESSED,
        Compression::SNAPPY,
        Compression::GZIP(Default::default()),
        Compression::LZ4,
        Compression::LZ4_RAW,
    ] {
        let mapping = Mapping {
            value: Some("sum".into()),
            ..mapping()
        };
        check(
            with(mapping),
            write(FLAT, compression, 1, &flat()),
            &[
                "0 1714557600000 view",
                "1 1714557601000 purchase value=1250",
            ],
            &[],
        );
    }
}

#[test]
fn every_type_of_column() {
    let schema = "message table {
        required int64 who;
        required int32 at (DATE);
        required binary did;
        required int64 big (INTEGER(64,false));
        required int32 small (INTEGER(32,false));
        required float price;
        required double share;
        required boolean is_new;
        required fixed_len_byte_array(16) event (UUID);
        required fixed_len_byte_array(3) cost (DECIMAL(6,2));
        optional group page { optional binary url (STRING); }
        repeated int64 tags;
    }";
    let columns = [
        Column::Int64(vec![7, 7], None),
        Column::Int32(vec![19_844, 19_845], None),
        Column::Text(vec!["view", "cart"], None),
        Column::Int64(vec![5, 6], None),
        Column::Int32(vec![-1, 0], None),
        Column::Float(vec![35.79, 0.1]),
        Column::Double(vec![0.25, -1.5]),
        Column::Bool(vec![true, false]),
        Column::Fixed(vec![vec![0x11; 16], vec![0x22; 16]]),
        Column::Fixed(vec![vec![0xff, 0xff, 0x9c], vec![0, 1, 0]]),
        Column::Text(vec!["/p"], Some(vec![2, 0])),
        Column::List(vec![1, 2], vec![1, 1, 0], vec![0, 1, 0]),
    ];
    let file = write(schema, Compression::SNAPPY, 1, &columns);
    let mapping = Mapping {
        page: Some("page.url".into()),
        price: Some("price".into()),
        item: Some("big".into()),
        props: ["small", "share", "is_new", "event", "cost"]
            .map(String::from)
            .to_vec(),
        ..mapping()
    };
    check(
        with(mapping.clone()),
        &file,
        &[
            "0 1714521600000 view page=/p cost=Number(-1.0) event=String(\"11111111-1111-1111-1111-111111111111\") \
             is_new=Bool(true) share=Number(0.25) small=Number(4294967295.0) [5,,,,35790000×1]",
            "0 1714608000000 cart cost=Number(2.56) event=String(\"22222222-2222-2222-2222-222222222222\") \
             is_new=Bool(false) share=Number(-1.5) small=Number(0.0) [6,,,,100000×1]",
        ],
        &[],
    );
    let reader = ParquetReader::new(file.clone()).unwrap();
    assert_eq!(reader.n_rows(), 2);
    assert_eq!(reader.columns().last().map(String::as_str), Some("tags"));
    check_error(
        with(Mapping {
            props: vec!["tags".into()],
            ..mapping
        }),
        file,
        "the column `tags` holds lists: name what is inside, like `tags.key`, or map it to `items_json` or `props_json`",
    );
}

/// Our own export: the columns of `event::columns`.
#[test]
fn our_export_needs_no_mapping() {
    let schema = "message event {
        required binary id (STRING);
        required int64 ts (TIMESTAMP(MILLIS,true));
        required int64 seq;
        optional binary visitor (STRING);
        optional binary user (STRING);
        optional binary tab (STRING);
        required binary name (STRING);
        optional binary page_url (STRING);
        optional binary source_last_channel (STRING);
        optional binary props (JSON);
        optional binary items (JSON);
        optional int64 value (DECIMAL(18,6));
        optional binary currency (STRING);
    }";
    const PROPS: &str = r#"{"tax":1.5,"a":"b"}"#;
    const ITEMS: &str = r#"[{"item_id":"1","price":35.79,"quantity":2}]"#;
    let id = "0190a3b2-7c00-7000-8000-000000000001";
    let both = || Some(vec![1, 1]);
    let columns = [
        Column::Text(vec![id, id], None),
        Column::Int64(vec![1_714_557_600_000, 1_714_557_600_000], None),
        Column::Int64(vec![4, 4], None),
        Column::Text(vec!["v", "v"], both()),
        Column::Text(vec![], Some(vec![0, 0])),
        Column::Text(vec!["t", "t"], both()),
        Column::Text(vec!["purchase", "purchase"], None),
        Column::Text(
            vec!["https://shop.example/thanks", "https://shop.example/thanks"],
            both(),
        ),
        Column::Text(vec!["email", "email"], both()),
        Column::Text(vec![PROPS, PROPS], both()),
        Column::Text(vec![ITEMS, ITEMS], both()),
        Column::Int64(vec![71_580_000, 71_580_000], both()),
        Column::Text(vec!["EUR", "EUR"], both()),
    ];
    let file = write(schema, Compression::SNAPPY, 1, &columns);
    let line = format!(
        r#"{{"id":"{id}","ts":1714557600000,"seq":4,"visitor":"v","tab":"t","name":"purchase","page":{{"url":"https://shop.example/thanks"}},"source":{{"last":{{"channel":"email"}}}},"props":{PROPS},"items":{ITEMS},"value":71.58,"currency":"EUR"}}"#
    );
    let (by_parquet, rejections) = import(ImportOptions::default(), &file).unwrap();
    assert_eq!(rejections, Rejections::default());
    // The same event as a line: the second row of the table is a duplicate.
    let (by_line, _) = import(
        ImportOptions::default(),
        format!("{line}\n{line}\n").as_bytes(),
    )
    .unwrap();
    assert_eq!(by_parquet, by_line);
}

#[test]
fn chunks_as_bytes_give_the_same_dataset() {
    let file = write(FLAT, Compression::SNAPPY, 3, &flat());
    let mut reader = ParquetReader::new(file.clone()).unwrap();
    let mut importer = Importer::new(with(mapping())).unwrap();
    let mut n_chunks = 0;
    while let Some(chunk) = reader.next_chunk().unwrap() {
        importer
            .push_chunk(&Chunk::decode(&chunk.encode()).unwrap())
            .unwrap();
        n_chunks += 1;
    }
    assert_eq!(n_chunks, 3);
    assert_eq!(importer.progress().n_rows, 6);
    assert_eq!(importer.finish(), import(with(mapping()), &file));
}

/// As a browser reads a file on a disk.
#[test]
fn a_file_read_part_by_part_gives_the_same_chunks() {
    for codec in [Compression::SNAPPY, Compression::UNCOMPRESSED] {
        let file = write(FLAT, codec, 3, &flat());
        let mut whole = ParquetReader::new(file.clone()).unwrap();
        let n_footer_bytes = ParquetReader::n_footer_bytes(&file).unwrap() as usize;
        let footer = file[file.len() - n_footer_bytes..].to_vec();
        let mut by_part = ParquetReader::from_footer(file.len() as u64, footer).unwrap();
        let some = ["did".to_owned(), "at".to_owned()];
        whole.select(&some);
        by_part.select(&some);
        let mut n_given = 0;
        loop {
            for part in by_part.missing() {
                n_given += part.end - part.start;
                let bytes = &file[part.start as usize..part.end as usize];
                by_part.give(part.start, bytes.to_vec());
            }
            assert!(by_part.missing().is_empty());
            let chunk = whole.next_chunk().unwrap();
            assert_eq!(by_part.next_chunk().unwrap(), chunk);
            if chunk.is_none() {
                break;
            }
        }
        assert!(0 < n_given && n_given < (file.len() - n_footer_bytes) as u64);
    }
}

#[test]
fn a_part_that_was_not_given_is_an_error() {
    let file = write(FLAT, Compression::SNAPPY, 3, &flat());
    let n_footer_bytes = ParquetReader::n_footer_bytes(&file).unwrap() as usize;
    let footer = file[file.len() - n_footer_bytes..].to_vec();
    let mut reader = ParquetReader::from_footer(file.len() as u64, footer).unwrap();
    let error = reader.next_chunk().unwrap_err().to_string();
    assert!(error.contains("are not in the file"), "{error}");
    assert!(ParquetReader::n_footer_bytes(b"PAR").is_err());
    assert!(ParquetReader::from_footer(12, b"\xff\0\0\0PAR1".to_vec()).is_err());
}

#[test]
fn bad_rows_are_listed_by_their_number() {
    let schema = "message table { required binary who; required binary at; required binary did; }";
    let columns = [
        Column::Text(vec!["a", ""], None),
        Column::Text(vec!["2024-05-01", "2024-05-01"], None),
        Column::Text(vec!["view", "view"], None),
    ];
    let file = write(schema, Compression::UNCOMPRESSED, 2, &columns);
    let rows = ["0 1714521600000 view", "0 1714521600000 view"];
    check(
        with(mapping()),
        file,
        &rows,
        &["2: column `who` is empty", "4: column `who` is empty"],
    );
}

#[test]
fn requests_that_cannot_be_met() {
    check_error(
        ImportOptions {
            format: Some(Format::Parquet),
            ..ImportOptions::default()
        },
        "who,at,did\n",
        "not a readable Parquet file: Invalid Parquet file. Corrupt footer",
    );
    let file = write(FLAT, Compression::UNCOMPRESSED, 1, &flat());
    check_error(
        with(Mapping {
            user: Some("account".into()),
            ..mapping()
        }),
        &file,
        "user is mapped to the column `account`, which the file does not have; it has `who`, `at`, `did`, `sum`",
    );
    let end = file.len() - 5;
    check_error(
        with(mapping()),
        &file[..end],
        "not a readable Parquet file: its end is missing, without which no row can be found; was it cut off?",
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]
    #[test]
    fn damaged_files_never_panic(at: prop::sample::Index, byte: u8, n_bytes in 1..4usize) {
        let mut file = write(FLAT, Compression::SNAPPY, 2, &flat());
        let at = at.index(file.len());
        let end = (at + n_bytes).min(file.len());
        file[at..end].fill(byte);
        let _ = import(with(mapping()), &file);
    }
}

/// Written by Apache Arrow, with pages of both versions.
#[test]
fn zstd() {
    for file in [
        &include_bytes!("../../../tests/vectors/zstd-v1.parquet")[..],
        include_bytes!("../../../tests/vectors/zstd-v2.parquet"),
    ] {
        check_packed(file, (4..file.len() / 2).step_by(7));
    }
}

/// As ids, they have all their digits.
#[test]
fn numbers_beyond_the_signed_range() {
    let schema = "message table {
        required int64 who (INTEGER(64,false));
        required int64 at (TIMESTAMP(MILLIS,true));
        required binary did;
        required int64 sku (INTEGER(64,false));
    }";
    let columns = [
        Column::Int64(vec![-1, 7], None),
        Column::Int64(vec![0, 1], None),
        Column::Text(vec!["view", "view"], None),
        Column::Int64(vec![i64::MIN, 5], None),
    ];
    let file = write(schema, Compression::UNCOMPRESSED, 1, &columns);
    check_unsigned(&file);
}

#[test]
fn a_compression_that_is_not_read_is_named() {
    check_error(
        with(mapping()),
        include_bytes!("../../../tests/vectors/brotli.parquet"),
        "the column `who` is compressed with BROTLI: write the file with snappy, zstd, gzip, lz4 or no compression",
    );
}
