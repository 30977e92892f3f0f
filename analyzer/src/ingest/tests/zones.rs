//! Times of clocks, of a zone that the mapping says.

use super::*;
use crate::analysis::time_zone;

/// The mapping of a table with the columns `who`, `at` and `did`, whose times are those of this zone.
pub(super) fn in_zone(name: &str) -> ImportOptions {
    let mapping = Mapping {
        time_zone: Some(name.to_owned().into()),
        ..mapping()
    };
    ImportOptions {
        time_zones: Some(|name| time_zone::transitions(name, 0..=4_102_444_800_000)),
        ..with(mapping)
    }
}

#[test]
fn text_without_a_zone() {
    check(
        in_zone("Europe/Berlin"),
        "who,at,did\n\
         a,2024-05-01 12:00:00,local\n\
         a,2024-05-01 12:00:00 UTC,utc\n\
         a,2024-05-01 12:00:00 Asia/Tokyo,named\n\
         a,1714557600,epoch\n\
         a,2024-05-01 12:00:00 CEST,short\n",
        &[
            "0 1714532400000 named",
            "0 1714557600000 epoch",
            "0 1714557600000 local",
            "0 1714564800000 utc",
        ],
        &[
            "6: column `at`: `2024-05-01 12:00:00 CEST` ends in a time zone that is not known; since CET or EST may be \
           several, write a name such as Europe/Berlin, an offset such as +02:00, or UTC",
        ],
    );
    check(
        in_zone("Europe/Berlin"),
        r#"{"who":"a","at":"1 May 2024 12:00","did":"local"}"#,
        &["0 1714557600000 local"],
        &[],
    );
}

#[test]
fn what_is_assumed_is_told() {
    let mut utc = with(mapping());
    utc.mapping.as_mut().unwrap().time_zone = Some("UTC".to_owned().into());
    let mut days = with(mapping());
    days.mapping.as_mut().unwrap().time_format = TimeFormat::SpreadsheetDays;
    for (options, at, expected) in [
        (with(mapping()), "2024-05-01 12:00:00", true),
        (with(mapping()), "2024-05-01", true),
        (days, "45413.5", true),
        (with(mapping()), "2024-05-01 12:00:00Z", false),
        (with(mapping()), "1714557600", false),
        (in_zone("Europe/Berlin"), "2024-05-01 12:00:00", false),
        (utc, "2024-05-01 12:00:00", false),
    ] {
        let file = format!("who,at,did\na,{at},view\n");
        let (_, rejections) = import(options, file.as_bytes()).unwrap();
        assert_eq!(rejections.assumed_utc, expected, "{at}");
    }
    // The sources of presets write UTC.
    let umami =
        "website_id,session_id,url_path,event_name,created_at\nw,s,/,,2024-05-01 10:00:00\n";
    let (_, rejections) = import(ImportOptions::default(), umami.as_bytes()).unwrap();
    assert!(!rejections.assumed_utc);
}

#[test]
fn each_file_has_its_zone() {
    let tokyo = in_zone("Asia/Tokyo");
    let file = FileOptions {
        mapping: tokyo.mapping,
        ..FileOptions::default()
    };
    let options = ImportOptions {
        files: [("b.csv".to_owned(), file)].into(),
        ..in_zone("Europe/Berlin")
    };
    let mut importer = Importer::new(options).unwrap();
    for name in ["a.csv", "b.csv"] {
        importer.next_file(name).unwrap();
        importer
            .push(b"who,at,did\na,2024-05-01 12:00,view\n")
            .unwrap();
    }
    let (dataset, _) = importer.finish().unwrap();
    assert_eq!(
        show(&dataset),
        ["0 1714532400000 view", "0 1714557600000 view"]
    );
}

#[test]
fn a_zone_that_nobody_knows_is_refused() {
    let nobody = ImportOptions {
        time_zones: None,
        ..in_zone("Europe/Berlin")
    };
    for (options, name) in [(in_zone("Berlin"), "Berlin"), (nobody, "Europe/Berlin")] {
        let expected = format!(
            "the mapping cannot be used: time_zone `{name}` is not a known time zone; give an IANA name such as \
             Europe/Berlin, or UTC"
        );
        check_error(options, "", &expected);
    }
}

#[cfg(feature = "arrow")]
#[test]
fn times_without_a_zone_are_local() {
    use std::sync::Arc;

    use arrow_array::{ArrayRef, Date32Array, RecordBatch, StringArray, TimestampSecondArray};
    use arrow_ipc::writer::FileWriter;

    let times = TimestampSecondArray::from(vec![1_714_557_600]);
    let cases: [(ArrayRef, i64, i64); 3] = [
        (
            Arc::new(times.clone()),
            1_714_557_600_000,
            1_714_550_400_000,
        ),
        (
            Arc::new(times.with_timezone("Europe/Berlin")),
            1_714_557_600_000,
            1_714_557_600_000,
        ),
        (
            Arc::new(Date32Array::from(vec![19_844])),
            1_714_521_600_000,
            1_714_514_400_000,
        ),
    ];
    for (at, utc, local) in cases {
        let text = |text| Arc::new(StringArray::from(vec![text])) as ArrayRef;
        let columns = [("who", text("a")), ("at", at), ("did", text("view"))];
        let batch = RecordBatch::try_from_iter(columns).unwrap();
        let mut writer = FileWriter::try_new(Vec::new(), &batch.schema()).unwrap();
        writer.write(&batch).unwrap();
        let file = writer.into_inner().unwrap();
        check(with(mapping()), &file, &[&format!("0 {utc} view")], &[]);
        check(
            in_zone("Europe/Berlin"),
            &file,
            &[&format!("0 {local} view")],
            &[],
        );
    }
}
