//! `carts`, `transitions` and the modes of `paths`: the shape of what they print, and what is refused.

use std::fs;
use std::io::{Cursor, Write};
use std::path::Path;
use std::process::{Command, Stdio};

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::Value;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

const EVENTS: &str = "user_id,event_time,event_type
ann,2024-05-01 10:00:00Z,view_item
ann,2024-05-01 10:01:00Z,add_to_cart
ann,2024-05-01 10:02:00Z,begin_checkout
ann,2024-05-01 10:03:00Z,purchase
bob,2024-05-01 10:00:00Z,view_item
bob,2024-05-01 10:01:00Z,add_to_cart
bob,2024-05-01 10:01:30Z,view_item
cem,2024-05-01 10:00:00Z,view_item
cem,2024-05-02 10:00:00Z,view_item
";

const COLUMNS: &str = "--columns person=user_id,time=event_time,name=event_type";

/// Exit code, standard output, standard error.
fn run(folder: &Path, arguments: &str) -> (Option<i32>, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_desirepath"))
        .args(arguments.split(' '))
        .current_dir(folder)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    (
        output.status.code(),
        String::from_utf8(output.stdout).unwrap(),
        String::from_utf8(output.stderr).unwrap(),
    )
}

fn report(folder: &Path, arguments: &str) -> Value {
    let (code, out, errors) = run(folder, &format!("{arguments} {COLUMNS} events.csv"));
    assert_eq!((code, errors.as_str()), (Some(0), ""), "{arguments}");
    serde_json::from_str(&out).unwrap()
}

fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("events.csv"), EVENTS).unwrap();
    folder
}

/// A zip archive with these files.
fn archive(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in files {
        archive
            .start_file(*name, SimpleFileOptions::default())
            .unwrap();
        archive.write_all(bytes).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

#[test]
fn the_files_of_an_archive_are_read_as_if_they_lay_there() {
    let folder = folder();
    let expected = report(folder.path(), "carts");
    let (first, second) = EVENTS.split_at(EVENTS.find("bob").unwrap());
    let header = first.lines().next().unwrap();
    let mut packing = GzEncoder::new(Vec::new(), Compression::default());
    packing
        .write_all(format!("{header}\n{second}").as_bytes())
        .unwrap();
    let packed = packing.finish().unwrap();
    let files: [(&str, &[u8]); 4] = [
        ("README.txt", b"What this is."),
        ("a/1.csv", first.as_bytes()),
        ("a/2.csv.gz", &packed),
        ("__MACOSX/a/._1.csv", &[0; 9]),
    ];
    let whole = archive(&files);
    fs::write(folder.path().join("events.csv"), &whole).unwrap();
    assert_eq!(report(folder.path(), "carts"), expected);

    let mut damaged = whole.clone();
    let place = whole.windows(7).position(|bytes| bytes == b"a/1.csv");
    damaged[place.unwrap() + 20] ^= 0xff;
    let cases: [(&[u8], &str); 4] = [
        (&damaged, "reading zipped.zip/a/1.csv"),
        (
            &whole[..whole.len() - 30],
            "opening zipped.zip: the zip archive is cut off",
        ),
        (
            &archive(&[("a.png", b""), ("README.txt", b"")]),
            "no file of events, such as events.csv, events.json.gz or events.parquet; its files: a.png, README.txt",
        ),
        (
            &archive(&[("[Content_Types].xml", b"<Types/>")]),
            "a spreadsheet can be saved as CSV",
        ),
    ];
    for (bytes, words) in cases {
        fs::write(folder.path().join("zipped.zip"), bytes).unwrap();
        let (code, out, errors) = run(folder.path(), &format!("carts {COLUMNS} zipped.zip"));
        assert_eq!((code, out.as_str()), (Some(1), ""), "{errors}");
        assert!(errors.contains(words), "{errors}");
    }

    // A file of another kind among them is named.
    let others = archive(&[("1.csv", EVENTS.as_bytes()), ("2.csv", b"a,b\n1,2\n")]);
    fs::write(folder.path().join("zipped.zip"), others).unwrap();
    let (code, _, errors) = run(folder.path(), &format!("carts {COLUMNS} zipped.zip"));
    assert_eq!(code, Some(1), "{errors}");
    assert!(
        errors.contains("zipped.zip/2.csv: person is mapped to the column `user_id`"),
        "{errors}"
    );
}

#[test]
fn packed_files_are_unpacked_on_the_way() {
    let folder = folder();
    let expected = report(folder.path(), "carts");
    let pack = |bytes: &[u8]| {
        let mut packing = GzEncoder::new(Vec::new(), Compression::default());
        packing.write_all(bytes).unwrap();
        packing.finish().unwrap()
    };
    let whole = pack(EVENTS.as_bytes());
    // Two packed files one after the other are one, as `gzip` has it.
    let (first, second) = EVENTS.as_bytes().split_at(100);
    let joined = [pack(first), pack(second)].concat();
    for packed in [&whole, &joined] {
        fs::write(folder.path().join("events.csv"), packed).unwrap();
        assert_eq!(report(folder.path(), "carts"), expected);
    }

    // As spreadsheets write "Unicode text".
    let utf_16 = |big_endian: bool| -> Vec<u8> {
        let units = "\u{feff}".encode_utf16().chain(EVENTS.encode_utf16());
        let bytes = units.map(|unit| {
            if big_endian {
                unit.to_be_bytes()
            } else {
                unit.to_le_bytes()
            }
        });
        bytes.flatten().collect()
    };
    for bytes in [utf_16(false), utf_16(true)] {
        for file in [&bytes, &pack(&bytes)] {
            fs::write(folder.path().join("events.csv"), file).unwrap();
            assert_eq!(report(folder.path(), "carts"), expected);
        }
    }

    fs::write(folder.path().join("cut.csv.gz"), &whole[..whole.len() - 9]).unwrap();
    let (code, out, errors) = run(folder.path(), &format!("carts {COLUMNS} cut.csv.gz"));
    assert_eq!((code, out.as_str()), (Some(1), ""), "{errors}");
    assert!(
        errors.contains("cut.csv.gz: the packed file is cut off"),
        "{errors}"
    );
    let damaged = [&whole[..20], b"damage", &whole[26..]].concat();
    fs::write(folder.path().join("bad.csv.gz"), damaged).unwrap();
    let (code, _, errors) = run(folder.path(), &format!("carts {COLUMNS} bad.csv.gz"));
    assert_eq!(code, Some(1), "{errors}");
    assert!(errors.contains("reading bad.csv.gz"), "{errors}");
}

#[test]
fn texts_of_another_encoding_are_read() {
    let folder = folder();
    let table = EVENTS.replace("view_item", "Käse für 5 €");
    let western: Vec<u8> = table
        .chars()
        .map(|letter| match letter {
            '€' => 0x80,
            letter => u8::try_from(u32::from(letter)).unwrap(),
        })
        .collect();
    let asked = |label: &str, file: &str| {
        let (code, out, errors) = run(folder.path(), &format!("describe {label}{COLUMNS} {file}"));
        assert_eq!((code, errors.as_str()), (Some(0), ""), "{label}{file}");
        serde_json::from_str::<Value>(&out).unwrap()
    };
    let write = |name: &str, bytes: &[u8]| fs::write(folder.path().join(name), bytes).unwrap();
    write("utf-8.csv", table.as_bytes());
    write("western.csv", &western);
    write(
        "marked.csv",
        &["\u{feff}".as_bytes(), table.as_bytes()].concat(),
    );
    let expected = asked("", "utf-8.csv");
    assert!(expected.to_string().contains("Käse für 5 €"), "{expected}");
    assert_eq!(asked("--encoding windows-1252 ", "western.csv"), expected);
    assert_eq!(asked("--encoding latin1 ", "marked.csv"), expected);

    // What is no text stays what it is.
    let (code, _, errors) = run(
        folder.path(),
        &format!("convert --output events.dp {COLUMNS} utf-8.csv"),
    );
    assert_eq!(code, Some(0), "{errors}");
    assert_eq!(asked("--encoding latin1 ", "events.dp"), expected);

    let (code, _, errors) = run(folder.path(), &format!("describe {COLUMNS} western.csv"));
    assert_eq!(code, Some(0), "{errors}");
    assert!(
        errors.contains("5 rows were left out:")
            && errors.contains("western.csv:2: the line is not UTF-8; say how the file is encoded"),
        "{errors}"
    );
    let (code, _, errors) = run(
        folder.path(),
        &format!("describe --encoding latin-99 {COLUMNS} western.csv"),
    );
    assert_eq!(code, Some(2), "{errors}");
    assert!(errors.contains("no encoding `latin-99`"), "{errors}");
}

#[test]
fn carts_are_counted_and_the_delay_decides_what_is_abandoned() {
    let folder = folder();
    let carts = report(folder.path(), "carts");
    assert_eq!(carts["analysis"], "carts");
    assert_eq!(carts["n_carts"], 2);
    assert_eq!(carts["n_purchased"], 1);
    assert_eq!(carts["n_abandoned"], 1);
    assert_eq!(carts["abandonment_rate"]["value"], 0.5);
    let carts = report(folder.path(), "carts --delay 2d");
    assert_eq!(carts["n_abandoned"], 0);
    assert_eq!(carts["n_open"], 1);
}

#[test]
fn each_mode_of_paths_gives_the_report_of_its_analysis() {
    let folder = folder();
    for (arguments, analysis, list) in [
        ("paths", "paths", "positions"),
        ("paths --positions 2 --unit person", "paths", "positions"),
        ("paths --backward --end purchase", "paths", "positions"),
        ("paths --matrix --positions 3", "step_matrix", "rows"),
        ("paths --matrix --center add_to_cart", "step_matrix", "rows"),
        ("paths --exact", "exact_paths", "paths"),
        (
            "paths --exact --length 2 --goal purchase",
            "exact_paths",
            "paths",
        ),
        ("transitions", "transitions", "edges"),
        (
            "transitions --start view_item --end purchase",
            "transitions",
            "edges",
        ),
    ] {
        let report = report(folder.path(), arguments);
        assert_eq!(report["analysis"], analysis, "{arguments}");
        assert!(
            report["n_units"].as_u64() > Some(0),
            "{arguments}: {report}"
        );
        let shown = report[list].as_array().map(Vec::len);
        assert!(shown > Some(0), "{arguments}: {report}");
    }
    let exact = report(folder.path(), "paths --exact --unit person");
    assert_eq!(exact["n_units"], 3);
    assert_eq!(
        report(folder.path(), "paths --exact --unit person --top 1")["paths"]
            .as_array()
            .map(Vec::len),
        Some(1)
    );
}

#[test]
fn flags_that_do_not_go_together_are_refused() {
    let folder = folder();
    for (arguments, message) in [
        (
            "carts --delay soon events.csv",
            "error: invalid value 'soon'",
        ),
        (
            "carts --steps a events.csv",
            "error: unexpected argument '--steps'",
        ),
        ("carts", "error: the following required arguments"),
        (
            "transitions --exact events.csv",
            "error: unexpected argument '--exact'",
        ),
        (
            "transitions --node color events.csv",
            "error: invalid value 'color'",
        ),
        (
            "paths --matrix --exact events.csv",
            "error: the argument '--matrix' cannot be used",
        ),
        (
            "paths --backward --matrix events.csv",
            "error: the argument '--backward' cannot be used",
        ),
        (
            "paths --exact --positions 3 events.csv",
            "error: the argument",
        ),
        (
            "paths --length 3 events.csv",
            "error: the following required arguments",
        ),
        (
            "paths --goal purchase events.csv",
            "error: the following required arguments",
        ),
        (
            "paths --center purchase events.csv",
            "error: the following required arguments",
        ),
        ("paths --positions 99 events.csv", "error: n_positions "),
        ("paths --exact --length 1 events.csv", "error: length "),
    ] {
        let arguments = arguments.replace("events.csv", &format!("{COLUMNS} events.csv"));
        let (code, out, errors) = run(folder.path(), &arguments);
        assert_eq!((code, out.as_str()), (Some(2), ""), "{arguments}: {errors}");
        assert!(errors.starts_with(message), "{arguments}: {errors}");
    }
}
