use super::*;

const OTTO: &str = r#"{"session":7,"events":[{"aid":1,"ts":1659304800025,"type":"clicks"},{"aid":2,"ts":1659304900000,"type":"carts"}]}
{"events":[{"type":"orders","ts":1659305000000,"aid":3}],"session":8}
"#;

#[test]
fn events_in_a_list() {
    check(
        ImportOptions::default(),
        OTTO,
        &[
            "0 1659304800025 clicks [1,,,,-×1]",
            "0 1659304900000 carts [2,,,,-×1]",
            "1 1659305000000 orders [3,,,,-×1]",
        ],
        &[],
    );
}

#[test]
fn an_event_a_line() {
    let mapping = Mapping {
        person: "user.id".into(),
        page: Some("context.page.url".into()),
        value: Some("sum".into()),
        props: vec![
            "size".into(),
            "is_new".into(),
            "note".into(),
            "tags".into(),
            "user.plan".into(),
        ],
        ..mapping()
    };
    check(
        with(mapping),
        r#"{"user":{"id":7,"plan":"\u00e9"},"at":"2024-05-01T10:00:00Z","did":"view","context":{"page":{"url":"/p"}},"size":4,"is_new":true,"note":"12","tags":["x"]}
{"did":"purchase","at":"2024-05-01T10:00:01Z","sum":12.5,"user":{"id":"7"},"unused":{"deep":[{}]},"note":null}
"#,
        &[
            "0 1714557600000 view page=/p is_new=Bool(true) note=Number(12.0) size=Number(4.0) user.plan=String(\"é\")",
            "0 1714557601000 purchase value=1250",
        ],
        &[],
    );
}

#[test]
fn bad_lines_and_bad_events_are_listed() {
    check(
        ImportOptions::default(),
        format!(
            "{OTTO}{{\"session\":9}}\n{{\"session\":9,\"events\":[\n[1]\n\
             {{\"session\":9,\"events\":[{{\"aid\":1,\"ts\":\"never\",\"type\":\"clicks\"}},\
             {{\"aid\":1,\"ts\":1659304800025,\"type\":\"clicks\"}}]}}\n\
             {{\"session\":9,\"events\":[5]}}"
        ),
        &[
            "0 1659304800025 clicks [1,,,,-×1]",
            "0 1659304900000 carts [2,,,,-×1]",
            "1 1659305000000 orders [3,,,,-×1]",
            "2 1659304800025 clicks [1,,,,-×1]",
        ],
        &[
            "3: the line has no list `events`",
            "4: EOF while parsing a list at column 23",
            "5: invalid type: sequence, expected a JSON object at column 0",
            "6: column `ts`: `never` is not a time; write it like 2019-10-01T00:00:04Z or as a Unix time",
            "7: invalid type: integer `5`, expected a JSON object at column 24",
        ],
    );
}

#[test]
fn requests_that_cannot_be_met() {
    check_error(
        with(mapping()),
        "{\"who\":1,\"at\":2,\"act\":\"view\"}\n",
        "name is mapped to the column `did`, which the file does not have; it has `who`, `at`, `act`",
    );
    check_error(
        ImportOptions::default(),
        "{\"who\":1,\"list\":[{\"at\":2}]}\n",
        "the columns `who`, `list[].at` are of no known export: say which hold the person, the time and the \
         name of the event",
    );
}

#[test]
fn a_guess_for_nested_lists() {
    let found = inspect(
        b"{\"visitor\":1,\"hits\":[{\"time\":2,\"type\":\"x\"}]}\n",
        "x",
    )
    .unwrap();
    assert_eq!((found.format, found.preset), (Format::Jsonl, None));
    let mapping = found.mapping.unwrap();
    assert_eq!(
        (&*mapping.person, &*mapping.time, mapping.events.as_deref()),
        ("visitor", "time", Some("hits"))
    );
}

#[test]
fn lines_that_are_not_utf8() {
    let line = b"{\"who\":\"a\",\"at\":\"2024-05-01\",\"did\":\"view\"}\n".as_slice();
    let file = [line, b"{\"who\":\"\xff\"}\n", line].concat();
    let row = "0 1714521600000 view";
    let reason = "2: the line is not UTF-8; say how the file is encoded, such as windows-1252, or save it as UTF-8";
    check(with(mapping()), file, &[row, row], &[reason]);
}
