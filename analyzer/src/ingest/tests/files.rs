use super::*;

#[test]
fn several_files_make_one_dataset() {
    let mut importer = Importer::new(with(mapping())).unwrap();
    importer.next_file("a.csv").unwrap();
    importer
        .push(b"who,at,did\na,2024-05-01,view\na,never,view\n")
        .unwrap();
    importer.next_file("b.jsonl").unwrap();
    importer
        .push(b"{\"did\":\"cart\",\"who\":\"a\",\"at\":1714557600000}\n{}\n")
        .unwrap();
    importer.next_file("c.csv").unwrap();
    importer
        .push(b"at;did;who;more\n2024-05-02;purchase;b;x")
        .unwrap();
    assert_eq!(
        importer.progress(),
        Progress {
            n_bytes: 128,
            n_rows: 2,
            n_rejected: 2
        }
    );
    let (dataset, rejections) = importer.finish().unwrap();
    assert_eq!(
        show(&dataset),
        [
            "0 1714521600000 view",
            "0 1714557600000 cart",
            "1 1714608000000 purchase"
        ]
    );
    let places: Vec<_> = rejections
        .rejected
        .iter()
        .map(|row| (row.file.as_deref(), row.line))
        .collect();
    assert_eq!(places, [(Some("a.csv"), 3), (Some("b.jsonl"), 2)]);
}

#[test]
fn an_empty_file_among_others_is_an_error() {
    let mut importer = Importer::new(with(mapping())).unwrap();
    importer.next_file("a.csv").unwrap();
    importer.push(b"").unwrap();
    assert_eq!(importer.next_file("b.csv"), Err(ImportError::Empty));

    let mut importer = Importer::new(with(mapping())).unwrap();
    importer.next_file("a.csv").unwrap();
    assert_eq!(importer.next_file("b.csv"), Err(ImportError::Empty));
}

#[test]
fn a_file_that_cannot_be_read_is_refused_whatever_came_before() {
    let ours = br#"{"id":"0190a3b2-7c00-7000-8000-000000000001","ts":7,"seq":0,"visitor":"v","name":"view"}"#;
    let mut importer = Importer::new(with(mapping())).unwrap();
    importer.next_file("ours.ndjson").unwrap();
    importer.push(ours).unwrap();
    importer.next_file("b.csv").unwrap();
    importer.push(b"who,at,did\na,never,view\n").unwrap();
    let error = importer.finish().unwrap_err().to_string();
    assert!(error.starts_with("no row of 1 could be read"), "{error}");
}

#[test]
fn nothing_to_read() {
    for format in [
        None,
        Some(Format::Ndjson),
        Some(Format::Csv),
        Some(Format::Jsonl),
    ] {
        for file in ["", " \n\r\n", "\u{feff}\n"] {
            let options = ImportOptions {
                format,
                ..with(mapping())
            };
            check_error(
                options,
                file,
                "the file is empty: there is nothing to import",
            );
        }
    }
    let importer = Importer::new(ImportOptions::default()).unwrap();
    assert_eq!(importer.finish().unwrap_err(), ImportError::Empty);
}

#[test]
fn files_that_must_be_converted_first() {
    check_error(
        ImportOptions::default(),
        b"\x1f\x8b\x08",
        "the file is compressed (gzip): unpack it first",
    );
    check_error(
        ImportOptions::default(),
        b"\xff\xfew\0",
        "the file is UTF-16: save it as UTF-8",
    );
}

#[test]
fn a_format_can_be_set() {
    // The first line looks like a foreign one; the caller knows better.
    let options = ImportOptions {
        format: Some(Format::Ndjson),
        ..ImportOptions::default()
    };
    let line =
        r#"{"id":"0190a3b2-7c00-7000-8000-000000000001","ts":1,"seq":0,"visitor":"v","name":"a"}"#;
    check(
        options,
        format!("{{}}\n{line}\n"),
        &["0 1 a"],
        &["1: missing field `id` at column 2"],
    );
}

#[test]
fn chunks_and_bytes_are_different_files() {
    let mut importer = Importer::new(with(mapping())).unwrap();
    importer.push(b"who,at,did\n").unwrap();
    assert!(importer.push_chunk(&Chunk::new(0)).is_err());
}
