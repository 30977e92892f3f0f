use std::sync::Arc;

use arrow_array::builder::{Int64Builder, ListBuilder, MapBuilder, StringBuilder};
use arrow_array::types::{Float16Type, Int8Type, Int32Type};
use arrow_array::{
    Array, ArrayRef, ArrowPrimitiveType, BinaryArray, BooleanArray, Date32Array, Date64Array,
    Decimal128Array, Decimal256Array, DictionaryArray, FixedSizeBinaryArray, Float32Array,
    Float64Array, Int32Array, IntervalYearMonthArray, LargeStringArray, ListArray, NullArray,
    PrimitiveArray, RecordBatch, StringArray, StringViewArray, StructArray,
    TimestampMicrosecondArray, TimestampMillisecondArray, TimestampNanosecondArray,
    TimestampSecondArray, UInt8Array, UInt64Array,
};
use arrow_buffer::{OffsetBuffer, i256};
use arrow_ipc::writer::{DictionaryHandling, FileWriter, IpcWriteOptions, StreamWriter};
use arrow_schema::{DataType, Field};
use proptest::prelude::*;

use super::*;
use crate::ingest::arrow::ArrowReader;

fn batch(columns: Vec<(&str, ArrayRef)>) -> RecordBatch {
    RecordBatch::try_from_iter_with_nullable(
        columns.into_iter().map(|(name, array)| (name, array, true)),
    )
    .unwrap()
}

fn stream(batches: &[RecordBatch], options: IpcWriteOptions) -> Vec<u8> {
    let schema = batches[0].schema();
    let mut writer = StreamWriter::try_new_with_options(Vec::new(), &schema, options).unwrap();
    batches
        .iter()
        .for_each(|batch| writer.write(batch).unwrap());
    writer.into_inner().unwrap()
}

fn file(batches: &[RecordBatch]) -> Vec<u8> {
    let mut writer = FileWriter::try_new(Vec::new(), &batches[0].schema()).unwrap();
    batches
        .iter()
        .for_each(|batch| writer.write(batch).unwrap());
    writer.into_inner().unwrap()
}

/// Both forms of the format, which must not differ.
fn forms(batches: &[RecordBatch]) -> [Vec<u8>; 2] {
    [stream(batches, IpcWriteOptions::default()), file(batches)]
}

/// Three events a batch, the second of them without a name.
fn events(first: i64) -> RecordBatch {
    let at = [first, first + 1000, first + 2000].map(|at| at * 1000 + 999);
    batch(vec![
        ("who", Arc::new(StringArray::from(vec!["a", "b", "a"]))),
        (
            "at",
            Arc::new(TimestampMicrosecondArray::from(at.to_vec()).with_timezone("+02:00")),
        ),
        (
            "did",
            Arc::new(
                vec![Some("view"), None, Some("cart")]
                    .into_iter()
                    .collect::<DictionaryArray<Int8Type>>(),
            ),
        ),
    ])
}

#[test]
fn files_and_streams() {
    for form in forms(&[events(1_714_557_600_000), events(1_714_557_700_000)]) {
        check(
            with(mapping()),
            form,
            &[
                "0 1714557600000 view",
                "0 1714557602000 cart",
                "0 1714557700000 view",
                "0 1714557702000 cart",
            ],
            &["2: column `did` is empty", "5: column `did` is empty"],
        );
    }
}

#[test]
fn every_type_of_column() {
    let n = 2;
    let half = [1.5, -0.25].map(<Float16Type as ArrowPrimitiveType>::Native::from_f32);
    let id = |byte: u8| [byte; 16];
    let plain: Vec<(&str, ArrayRef)> = vec![
        (
            "who",
            Arc::new(StringViewArray::from(vec!["a person with a long id", "b"])),
        ),
        (
            "at",
            Arc::new(TimestampNanosecondArray::from(vec![
                1_714_521_600_000_000_001,
                1_714_521_600_000_999_999,
            ])),
        ),
        (
            "did",
            Arc::new(LargeStringArray::from(vec!["view", "cart"])),
        ),
        ("none", Arc::new(NullArray::new(n))),
        ("span", Arc::new(IntervalYearMonthArray::from(vec![1, 2]))),
        ("small", Arc::new(UInt8Array::from(vec![255, 0]))),
        ("int", Arc::new(Int32Array::from(vec![Some(-7), None]))),
        (
            "half",
            Arc::new(PrimitiveArray::<Float16Type>::from_iter_values(half)),
        ),
        ("float", Arc::new(Float32Array::from(vec![35.79, 0.1]))),
        ("double", Arc::new(Float64Array::from(vec![0.25, f64::NAN]))),
        (
            "truth",
            Arc::new(BooleanArray::from(vec![Some(true), None])),
        ),
        (
            "bytes",
            Arc::new(BinaryArray::from(vec![&b"x\xff"[..], b"y"])),
        ),
        (
            "opaque",
            Arc::new(FixedSizeBinaryArray::try_from_iter([id(1), id(2)].into_iter()).unwrap()),
        ),
        (
            "price",
            Arc::new(
                Decimal128Array::from(vec![1250, -1])
                    .with_precision_and_scale(9, 2)
                    .unwrap(),
            ),
        ),
        (
            "big",
            Arc::new(
                Decimal256Array::from_iter_values(
                    [5_000_000_000, -5_000_000_000].map(i256::from_i128),
                )
                .with_precision_and_scale(40, 9)
                .unwrap(),
            ),
        ),
        ("day", Arc::new(Date32Array::from(vec![1, -1]))),
        ("date", Arc::new(Date64Array::from(vec![5, 6]))),
        ("second", Arc::new(TimestampSecondArray::from(vec![7, 8]))),
        (
            "milli",
            Arc::new(TimestampMillisecondArray::from(vec![9, 10])),
        ),
    ];
    let props = [
        "small", "int", "half", "float", "double", "truth", "bytes", "price", "big", "day", "date",
        "second", "milli",
    ];
    let mapping = Mapping {
        props: props.map(String::from).to_vec(),
        ..mapping()
    };
    for form in forms(&[batch(plain)]) {
        check(
            with(mapping.clone()),
            form,
            &[
                "0 1714521600000 view big=Number(5.0) bytes=String(\"x\u{fffd}\") date=Number(5.0) \
                 day=Number(86400000.0) double=Number(0.25) float=Number(35.79) half=Number(1.5) int=Number(-7.0) \
                 milli=Number(9.0) price=Number(12.5) second=Number(7000.0) small=Number(255.0) truth=Bool(true)",
                "1 1714521600000 cart big=Number(-5.0) bytes=String(\"y\") date=Number(6.0) \
                 day=Number(-86400000.0) float=Number(0.1) half=Number(-0.25) milli=Number(10.0) \
                 price=Number(-0.01) second=Number(8000.0) small=Number(0.0)",
            ],
            &[],
        );
    }
}

#[test]
fn uuids_by_their_extension() {
    let field = Field::new("event", DataType::FixedSizeBinary(16), false).with_metadata(
        std::collections::HashMap::from([(
            "ARROW:extension:name".to_owned(),
            "arrow.uuid".to_owned(),
        )]),
    );
    let ids = FixedSizeBinaryArray::try_from_iter([[0x11; 16]].into_iter()).unwrap();
    let rest = events(1_714_557_600_000).slice(0, 1);
    let fields = rest.schema();
    let mut fields: Vec<Arc<Field>> = fields.fields().iter().cloned().collect();
    let mut columns = rest.columns().to_vec();
    fields.push(Arc::new(field));
    columns.push(Arc::new(ids));
    let schema = Arc::new(arrow_schema::Schema::new(fields));
    let batch = RecordBatch::try_new(schema, columns).unwrap();
    check(
        with(Mapping {
            props: vec!["event".into()],
            ..mapping()
        }),
        file(&[batch]),
        &["0 1714557600000 view event=String(\"11111111-1111-1111-1111-111111111111\")"],
        &[],
    );
}

#[test]
fn structs_lists_and_maps() {
    let struct_of = |fields: Vec<(&str, ArrayRef)>| {
        let fields = fields.into_iter().map(|(name, array)| {
            let field = Field::new(name, array.data_type().clone(), true);
            (Arc::new(field), array)
        });
        StructArray::from(fields.collect::<Vec<_>>())
    };
    let products = struct_of(vec![
        ("item_id", Arc::new(StringArray::from(vec!["7", "8"]))),
        ("price", Arc::new(Float64Array::from(vec![Some(1.5), None]))),
    ]);
    let items = ListArray::new(
        Arc::new(Field::new("item", products.data_type().clone(), true)),
        OffsetBuffer::from_lengths([2, 0]),
        Arc::new(products),
        None,
    );
    let mut props = MapBuilder::new(None, StringBuilder::new(), StringBuilder::new());
    props.keys().append_value("plan");
    props.values().append_value("gold");
    props.append(true).unwrap();
    props.append(false).unwrap();
    let mut tags = ListBuilder::new(Int64Builder::new());
    tags.append_value([Some(1), None]);
    tags.append_null();
    let rest = events(1_714_557_600_000);
    let rest = |index: usize| rest.column(index).slice(1, 2);
    let page = struct_of(vec![(
        "url",
        Arc::new(StringArray::from(vec![Some("/p"), None])),
    )]);
    let batch = batch(vec![
        ("who", rest(0)),
        ("at", rest(1)),
        ("did", rest(2)),
        ("page", Arc::new(page)),
        ("items", Arc::new(items)),
        ("props", Arc::new(props.finish())),
        ("tags", Arc::new(tags.finish())),
    ]);
    let mapping = Mapping {
        name_constant: Some("view".into()),
        page: Some("page.url".into()),
        items_json: Some("items".into()),
        props: vec!["props.plan".into()],
        ..mapping()
    };
    for form in forms(std::slice::from_ref(&batch)) {
        check(
            with(mapping.clone()),
            &form,
            &[
                "0 1714557602000 cart",
                "1 1714557601000 view page=/p props.plan=String(\"gold\") [7,,,,1500000×1] [8,,,,-×1]",
            ],
            &[],
        );
        check_error(
            with(Mapping {
                props: vec!["tags".into()],
                ..mapping.clone()
            }),
            &form,
            "the column `tags` holds lists: name what is inside, like `tags.key`, or map it to `items_json` or \
             `props_json`",
        );
    }
}

/// Dictionaries that are sent again, and those that grow.
#[test]
fn dictionaries() {
    let with_names = |first, names: &[Option<&str>]| {
        let whole = events(first);
        let names: DictionaryArray<Int32Type> = names.iter().copied().collect();
        let did: ArrayRef = Arc::new(names);
        let (who, at) = (whole.column(0).clone(), whole.column(1).clone());
        batch(vec![("who", who), ("at", at), ("did", did)])
    };
    let batches = [
        with_names(1_714_557_600_000, &[Some("view"), None, Some("cart")]),
        with_names(
            1_714_557_610_000,
            &[Some("view"), Some("cart"), Some("buy")],
        ),
        with_names(
            1_714_557_620_000,
            &[Some("view"), Some("cart"), Some("buy")],
        ),
    ];
    for handling in [DictionaryHandling::Resend, DictionaryHandling::Delta] {
        let options = IpcWriteOptions::default().with_dictionary_handling(handling);
        check(
            with(mapping()),
            stream(&batches, options),
            &[
                "0 1714557600000 view",
                "0 1714557602000 cart",
                "0 1714557610000 view",
                "0 1714557612000 buy",
                "0 1714557620000 view",
                "0 1714557622000 buy",
                "1 1714557611000 cart",
                "1 1714557621000 cart",
            ],
            &["2: column `did` is empty"],
        );
    }
}

/// Written by Apache Arrow, with a dictionary.
#[test]
fn packed_buffers() {
    for file in [
        &include_bytes!("../../../tests/vectors/lz4.arrow")[..],
        include_bytes!("../../../tests/vectors/zstd.arrow"),
    ] {
        check_packed(file, (8..file.len()).step_by(11));
    }
}

/// As ids, they have all their digits, also where the first one is met behind others.
#[test]
fn numbers_beyond_the_signed_range() {
    let numbers = |numbers: [u64; 2]| Arc::new(UInt64Array::from(numbers.to_vec()));
    for (who, at, sku) in [
        ([u64::MAX, 7], [0, 1], [1 << 63, 5]),
        ([7, u64::MAX], [1, 0], [5, 1 << 63]),
    ] {
        let batch = batch(vec![
            ("who", numbers(who)),
            ("at", Arc::new(TimestampMillisecondArray::from(at.to_vec()))),
            ("did", Arc::new(StringArray::from(vec!["view", "view"]))),
            ("sku", numbers(sku)),
        ]);
        for form in forms(&[batch]) {
            check_unsigned(&form);
        }
    }
}

#[test]
fn what_is_cut_off_is_said_and_the_rest_is_kept() {
    let batches = [events(1_714_557_600_000), events(1_714_557_700_000)];
    const CUT: &str = "the file is cut off: the rows after the last whole batch are missing";
    for (form, file) in forms(&batches).iter().enumerate() {
        let mut seen = [false; 3];
        for end in 0..file.len() {
            let (dataset, rejections) = match import(with(mapping()), &file[..end]) {
                Ok(found) => found,
                Err(error) => {
                    // The schema or the first batch has not come whole.
                    assert_eq!(seen[1..], [false; 2], "cut at {end} of form {form}");
                    seen[0] |= error.to_string().contains(CUT);
                    continue;
                }
            };
            let n_batches = dataset.n_events() / 2;
            seen[n_batches] = true;
            let cut = rejections.rejected.last().filter(|row| row.reason == CUT);
            if n_batches < 2 {
                // A stream may end between two messages.
                assert!(cut.is_some() || form == 0, "cut at {end}");
            }
            if let Some(row) = cut {
                assert_eq!(row.line, 3 * n_batches as u64 + 1);
            }
        }
        assert_eq!(seen, [true; 3]);
    }
}

#[test]
fn chunks_as_bytes_give_the_same_dataset() {
    let whole = stream(
        &[events(1_714_557_600_000), events(1_714_557_700_000)],
        IpcWriteOptions::default(),
    );
    let mut reader = ArrowReader::default();
    let mut importer = Importer::new(with(mapping())).unwrap();
    let (first, rest) = whole.split_at(whole.len() - 40);
    for (bytes, is_last) in [(first, false), (&rest[..20], true)] {
        reader.push(bytes).unwrap();
        if is_last {
            reader.end().unwrap();
        }
        while let Some(chunk) = reader.next_chunk().unwrap() {
            importer
                .push_chunk(&Chunk::decode(&chunk.encode()).unwrap())
                .unwrap();
        }
    }
    assert_eq!(
        importer.finish(),
        import(with(mapping()), &whole[..whole.len() - 20])
    );
}

#[test]
fn requests_that_cannot_be_met() {
    let empty = events(0).slice(0, 0);
    for form in forms(&[empty]) {
        check(with(mapping()), &form, &[], &[]);
        check_error(
            with(Mapping {
                user: Some("account".into()),
                ..mapping()
            }),
            form,
            "user is mapped to the column `account`, which the file does not have; it has `who`, `at`, `did`",
        );
    }
    for (file, reason) in [
        (&b"ARROW1\0\0"[..], "it ends before its schema does"),
        (b"\xff\xff\xff\xff", "it ends before its schema does"),
        (
            b"\xff\xff\xff\xff\x08\0\0\0abcdefghijkl",
            "the file is damaged",
        ),
        (
            b"ARROW1\0\0\x08\0\0\0abcdefgh",
            "it is damaged, or was written before version 0.15 of Arrow",
        ),
    ] {
        check_error(
            with(mapping()),
            file,
            &format!("not a readable Arrow file: {reason}"),
        );
    }
}

proptest! {
    #[test]
    fn however_it_is_cut(n_bytes in 1..400usize) {
        let batches = [events(1_714_557_600_000), events(1_714_557_700_000)];
        for form in forms(&batches) {
            let chunks: Vec<&[u8]> = form.chunks(n_bytes).collect();
            prop_assert_eq!(
                import_chunks(with(mapping()), &chunks),
                import(with(mapping()), &form)
            );
        }
    }

    #[test]
    fn damaged_files_never_panic(at: prop::sample::Index, byte: u8, n_bytes in 1..4usize) {
        let batches = [events(1_714_557_600_000), events(1_714_557_700_000)];
        for mut form in forms(&batches) {
            let at = at.index(form.len());
            let end = (at + n_bytes).min(form.len());
            form[at..end].fill(byte);
            let _ = import(with(mapping()), &form);
        }
    }
}
