//! However a file is cut into chunks, the dataset and the list of rejected rows are the same; and whatever the
//! bytes are, nothing panics.

use std::fmt::Write;

use proptest::prelude::*;

use super::*;

/// Pieces of which files are made that are nearly right.
fn pieces(list: &'static [&'static str]) -> impl Strategy<Value = String> {
    prop::collection::vec(prop::sample::select(list), 0..40).prop_map(|pieces| pieces.concat())
}

fn any_file() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        pieces(&[
            "a,2024-05-01,view\n", "b,1714557600000,\"ca\"\"rt\"\r\n", "c,,\n", "\"d\n,", "é", ",", "\"", "\r", "\n",
            "a;b\n", "x",
        ])
        .prop_map(|rows| format!("who,at,did\n{rows}").into_bytes()),
        pieces(&[
            "{\"who\":1,\"at\":1714557600000,\"did\":\"view\"}\n", "{\"who\":\"é\\n\",\"at\":\"2024-05-01\",\"did\":\"x\"}\r\n",
            "{\"session\":1,\"events\":[{\"aid\":1,\"ts\":1714557600000,\"type\":\"x\"},{}]}\n", "{}\n", "[", "]", "{\"", "\n",
            "null\n",
        ])
        .prop_map(String::into_bytes),
        pieces(&[
            "{\"id\":\"0190a3b2-7c00-7000-8000-000000000001\",\"ts\":1,\"seq\":0,\"visitor\":\"v\",\"name\":\"a\"}\n",
            "{\"id\":\"0190a3b2-7c00-7000-8000-000000000002\",\"ts\":1,\"seq\":0,\"visitor\":\"é\",\"name\":\"b\"}\n",
            "{\"id\":1}\n", "{", "}\n", "\n", "é",
        ])
        .prop_map(String::into_bytes),
        pieces(&[
            "{\"who\":1,\"at\":1714557600000,\"did\":\"view\"}", "{\n \"who\": \"é\\\"\", \"at\": \"2024-05-01\",", "\"did\": \"x\"\n}", ",",
            "{\"id\":\"0190a3b2-7c00-7000-8000-000000000001\",\"ts\":1,\"seq\":0,\"visitor\":\"v\",\"name\":\"a\"}", "[", "]", "\"",
            "\n", "{", "}", "null",
        ])
        .prop_map(|rows| format!("[{rows}").into_bytes()),
        prop::collection::vec(any::<u8>(), 0..200),
    ]
}

fn any_options() -> impl Strategy<Value = ImportOptions> {
    let formats = [
        None,
        Some(Format::Csv),
        Some(Format::Jsonl),
        Some(Format::Json),
        Some(Format::Ndjson),
        Some(Format::Parquet),
    ];
    let events = prop::sample::select(vec![None, Some("events".to_owned())]);
    (
        prop::sample::select(formats.to_vec()),
        any::<bool>(),
        events,
    )
        .prop_map(|(format, is_mapped, events)| {
            let mapping = Mapping {
                events,
                ..mapping()
            };
            ImportOptions {
                format,
                mapping: is_mapped.then_some(mapping),
                ..ImportOptions::default()
            }
        })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]
    #[test]
    fn chunks_do_not_matter(
        file in any_file(),
        options in any_options(),
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..8),
    ) {
        let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.index(file.len() + 1)).collect();
        cuts.extend([0, file.len()]);
        cuts.sort_unstable();
        let chunks: Vec<&[u8]> = cuts.windows(2).map(|pair| &file[pair[0]..pair[1]]).collect();
        prop_assert_eq!(import_chunks(options.clone(), &chunks), import(options.clone(), &file));
        let bytes: Vec<&[u8]> = file.chunks(1).collect();
        prop_assert_eq!(import_chunks(options.clone(), &bytes), import(options, &file));
    }

    #[test]
    fn any_head_can_be_inspected(file in any_file()) {
        if let Ok(found) = inspect(&file, "x.csv") {
            prop_assert!(found.sample.len() <= 5);
        }
    }
}

/// Some five megabytes, of which the later rows are wider than what came before.
#[test]
fn room_made_beforehand_changes_nothing() {
    let mut file = "who,at,did,pad\n".to_owned();
    for row in 0..70_000_u32 {
        let name = if row < 60_000 { 0 } else { row % 300 };
        let minute = i64::from(row % 50_000) * 60;
        writeln!(
            file,
            "p{},{},n{name},{:50}",
            row % 900,
            1_714_521_600 + minute,
            ""
        )
        .unwrap();
    }
    let plain = import(with(mapping()), file.as_bytes()).unwrap();
    let total = file.len() as u64;
    for said in [0, total, u64::MAX] {
        let mut importer = Importer::new(with(mapping())).unwrap();
        importer.expect_bytes(said);
        for chunk in file.as_bytes().chunks(1 << 20) {
            importer.push(chunk).unwrap();
        }
        assert!(
            importer.finish().unwrap() == plain,
            "{said} bytes were expected"
        );
    }
    for said in [1, u64::MAX] {
        let mut importer = Importer::new(with(mapping())).unwrap();
        importer.expect_rows(said);
        importer.push(file.as_bytes()).unwrap();
        assert!(
            importer.finish().unwrap() == plain,
            "{said} rows were expected"
        );
    }
}
