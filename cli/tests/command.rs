//! Runs the binary: what it prints, what it says on stderr, and how it ends.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use analyzer::Request;
use analyzer::ingest::{ImportOptions, Importer};
use bench::traffic;
use tempfile::TempDir;

const OPTIONS: traffic::Options = traffic::Options {
    n_people: 300,
    n_events: 4_500,
    n_days: 20,
    end_ts: 1_763_780_000_000,
    seed: 3,
};

struct Outcome {
    code: Option<i32>,
    out: String,
    errors: String,
}

/// Runs `desirepath` with these arguments in `folder`.
fn run(folder: &Path, arguments: &[&str]) -> Outcome {
    let output = Command::new(env!("CARGO_BIN_EXE_desirepath"))
        .args(arguments)
        .current_dir(folder)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    Outcome {
        code: output.status.code(),
        out: String::from_utf8(output.stdout).unwrap(),
        errors: String::from_utf8(output.stderr).unwrap(),
    }
}

/// A folder with these files.
fn folder(files: &[(&str, &str)]) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    for (name, content) in files {
        fs::write(folder.path().join(name), content).unwrap();
    }
    let path = folder.path().to_owned();
    (folder, path)
}

const REQUEST: &str = r#"{"analysis":"funnel","window_millis":86400000,"steps":[
    {"filter":{"name":"view_item"}},{"filter":{"name":"add_to_cart"}},{"filter":{"name":"purchase"}}]}"#;

#[test]
fn the_report_is_that_of_the_library_whatever_the_number_of_threads() {
    let events = traffic::ndjson(&OPTIONS);
    let (_guard, folder) = folder(&[("events.ndjson", &events), ("request.json", REQUEST)]);
    let mut importer = Importer::new(ImportOptions::default()).unwrap();
    importer.push(events.as_bytes()).unwrap();
    let (dataset, _) = importer.finish().unwrap();
    let request: Request = serde_json::from_str(REQUEST).unwrap();
    let expected = serde_json::to_string(&analyzer::run(&dataset, &request).unwrap()).unwrap();

    for arguments in [
        &["report", "request.json", "events.ndjson"][..],
        &["report", "request.json", "events.ndjson", "--threads", "1"],
        &[
            "report",
            "request.json",
            "events.ndjson",
            "--threads",
            "7",
            "--format",
            "ndjson",
        ],
        &[
            "funnel",
            "--steps",
            "view_item,add_to_cart,purchase",
            "--window",
            "1d",
            "events.ndjson",
        ],
    ] {
        let Outcome { code, out, errors } = run(&folder, arguments);
        assert_eq!((code, errors.as_str()), (Some(0), ""), "{arguments:?}");
        assert_eq!(out.trim_end(), expected, "{arguments:?}");
    }
}

#[test]
fn paths_do_not_depend_on_the_number_of_threads() {
    let (_guard, folder) = folder(&[("events.ndjson", &traffic::ndjson(&OPTIONS))]);
    for command in [
        "paths --node page --start search",
        "paths --end purchase --backward",
        "paths --matrix --center add_to_cart --node stage",
        "paths --exact --goal purchase --top 3",
        "paths --exact --length 5 --unit person",
        "transitions --node item_category --keep-repeats",
    ] {
        let with = |threads| {
            let ends = ["--threads", threads, "events.ndjson"];
            run(
                &folder,
                &command.split(' ').chain(ends).collect::<Vec<&str>>(),
            )
        };
        let one = with("1");
        assert_eq!((one.code, one.errors.as_str()), (Some(0), ""), "{command}");
        let report: serde_json::Value = serde_json::from_str(&one.out).unwrap();
        assert!(report["n_units"].as_u64().unwrap() > 5, "{report}");
        assert_eq!(one.out, with("5").out, "{command}");
    }
}

#[test]
fn times_of_a_zone() {
    let (_guard, folder) = folder(&[("till.csv", "who,when,what\n1,2024-05-01 12:00,view\n")]);
    let columns = "person=who,time=when,name=what";
    for (zone, first_ts) in [
        ("UTC", 1_714_564_800_000i64),
        ("Europe/Berlin", 1_714_557_600_000),
    ] {
        let by_role = format!("{columns},time_zone={zone}");
        for arguments in [
            &[
                "describe",
                "till.csv",
                "--columns",
                columns,
                "--time-zone",
                zone,
            ][..],
            &["describe", "till.csv", "--columns", &by_role],
        ] {
            let Outcome { code, out, errors } = run(&folder, arguments);
            assert_eq!((code, errors.as_str()), (Some(0), ""));
            let summary: serde_json::Value = serde_json::from_str(&out).unwrap();
            assert_eq!(summary["first_ts"], first_ts, "{zone}");
        }
    }
    let wrong = [
        "describe",
        "till.csv",
        "--columns",
        columns,
        "--time-zone",
        "CEST",
    ];
    let Outcome { code, errors, .. } = run(&folder, &wrong);
    assert_eq!(code, Some(1));
    assert!(
        errors.contains("time_zone `CEST` is not a known time zone"),
        "{errors}"
    );
}

#[test]
fn several_files_with_columns() {
    let (_guard, folder) = folder(&[
        (
            "a.csv",
            "who;when;what\n1;2024-05-01;view\n2;2024-05-01;view\n",
        ),
        (
            "b.csv",
            "when,what,who\n2024-05-01 01:00:00,buy,1\nsoon,buy,2\n",
        ),
    ]);
    let columns = ["--columns", "person=who,time=when,name=what"];
    let Outcome { code, out, errors } = run(
        &folder,
        &[
            &["funnel", "--steps", "view,buy", "a.csv", "b.csv"],
            &columns[..],
        ]
        .concat(),
    );
    let report: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!(code, Some(0));
    assert_eq!(report["steps"][0]["n_units"], 2);
    assert_eq!(report["steps"][1]["n_units"], 1);
    assert!(
        errors.starts_with("1 row was left out:\n  b.csv:3: column `when`: `soon` is not a time"),
        "{errors}"
    );

    let Outcome { out, .. } = run(
        &folder,
        &[&["describe", "--pretty", "a.csv"], &columns[..]].concat(),
    );
    assert!(out.contains("\n  \"n_people\": 2"), "{out}");
}

#[test]
fn mistakes_end_with_a_code_and_a_sentence() {
    let (_guard, folder) = folder(&[
        ("events.csv", "who,when,what\n1,2024-05-01T00:00Z,view\n"),
        ("empty.csv", ""),
        ("typo.json", r#"{"analysis":"funnel","stepps":[]}"#),
        ("none.json", r#"{"analysis":"funnel","steps":[]}"#),
    ]);
    let columns = "person=who,time=when,name=what";
    for (arguments, code, message) in [
        (
            &["describe", "missing.csv"][..],
            1,
            "error: opening missing.csv: ",
        ),
        (
            &["describe", "events.csv"],
            1,
            "error: events.csv: the columns `who`, `when`, `what` are of no known",
        ),
        (
            &["describe", "empty.csv"],
            1,
            "error: empty.csv: the file is empty",
        ),
        (
            &["describe", "empty.csv", "events.csv"],
            1,
            "error: empty.csv: the file is empty",
        ),
        (
            &["report", "typo.json", "events.csv"],
            2,
            "error: typo.json is not a request: unknown field `stepps`",
        ),
        (
            &["report", "none.json", "events.csv", "--columns", columns],
            2,
            "error: steps ",
        ),
        (
            &["describe", "events.csv", "--columns", "who"],
            2,
            "error: --columns: `who` is not of the form",
        ),
        (
            &["funnel", "--steps", "a", "--window", "1x", "events.csv"],
            2,
            "error: invalid value '1x'",
        ),
        (&["describe"], 2, "error: the following required arguments"),
    ] {
        let outcome = run(&folder, arguments);
        assert_eq!(
            outcome.code,
            Some(code),
            "{arguments:?}: {}",
            outcome.errors
        );
        assert!(
            outcome.errors.starts_with(message),
            "{arguments:?}: {}",
            outcome.errors
        );
        assert_eq!(outcome.out, "");
    }
}

/// The example of docs/import.md.
const TILL: &str = r#"{"files": {"till.csv": {"mapping": {
  "user": "customer", "time": "at", "value": "total", "currency_constant": "EUR",
  "name_constant": "purchase", "props_constant": {"channel": "store"}
}}}}"#;

#[test]
fn a_till_and_the_web_are_one_dataset_which_is_converted() {
    let event = |id: u32, ts: u64, name: &str| {
        format!(
            r#"{{"id":"00000000-0000-4000-8000-00000000000{id}","ts":{ts},"seq":{id},"visitor":"v","user":"c7","name":"{name}"}}"#
        )
    };
    let web = [
        event(1, 1_714_557_600_000, "view_item"),
        event(2, 1_714_557_660_000, "add_to_cart"),
    ];
    let (_guard, folder) = folder(&[
        ("web.ndjson", &web.join("\n")),
        (
            "till.csv",
            "customer,at,total\nc7,2024-05-01 17:30,40.00\nc8,2024-05-01 17:40,5\n",
        ),
        ("import.json", TILL),
    ]);
    let funnel = ["funnel", "--steps", "view_item,purchase"];
    let files = ["web.ndjson", "till.csv", "--import", "import.json"];
    let Outcome { code, out, errors } = run(&folder, &[&funnel[..], &files].concat());
    assert_eq!(code, Some(0));
    // The till's clocks may be those of another zone.
    assert_eq!(
        errors,
        "times that name no zone were taken as UTC; if clocks of another zone showed them, say which: \
         --time-zone Europe/Berlin, or `time_zone` in the mapping\n"
    );
    let report: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!(report["steps"][0]["n_units"], 1);
    assert_eq!(report["steps"][1]["n_units"], 1);

    let convert = ["convert", "-o", "data.desire"];
    let converted = run(&folder, &[&convert[..], &files].concat());
    assert_eq!((converted.code, converted.out.as_str()), (Some(0), ""));
    let again = run(&folder, &[&funnel[..], &["data.desire"]].concat());
    assert_eq!((again.code, again.out), (Some(0), out));

    let both = run(&folder, &["describe", "data.desire", "web.ndjson"]);
    assert_eq!(both.code, Some(1));
    assert!(
        both.errors.contains("convert all files together"),
        "{}",
        both.errors
    );
    let bytes = fs::read(folder.join("data.desire")).unwrap();
    fs::write(folder.join("cut.desire"), &bytes[..bytes.len() - 1]).unwrap();
    let cut = run(&folder, &["describe", "cut.desire"]);
    assert_eq!(cut.code, Some(1));
    assert!(cut.errors.contains("is cut off"), "{}", cut.errors);
}
