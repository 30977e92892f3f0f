use super::*;

const AT: &str = "2024-05-01 10:00:00";
const TS: i64 = 1_714_557_600_000;

#[test]
fn rows_become_events() {
    check(
        with(mapping()),
        format!("who,at,did\na,{AT},view\nb,{AT},view\na,{AT}.5,cart\n"),
        &[
            &format!("0 {TS} view"),
            &format!("0 {} cart", TS + 500),
            &format!("1 {TS} view"),
        ],
        &[],
    );
}

#[test]
fn quotes_line_ends_delimiters_and_byte_order_mark() {
    let rows = ["0 1714557600000 vi,\"e\"\nw", "1 1714557600000 cart"];
    for file in [
        format!("who,at,did\na,{AT},\"vi,\"\"e\"\"\nw\"\nb,{AT},cart\n"),
        format!("\u{feff}who,at,did\r\na,{AT},\"vi,\"\"e\"\"\nw\"\r\n\r\nb,{AT},cart"),
        format!("who;at;did\na;{AT};\"vi,\"\"e\"\"\nw\"\nb;{AT};cart"),
        format!("who\tat\tdid\na\t{AT}\t\"vi,\"\"e\"\"\nw\"\nb\t{AT}\tcart"),
        format!("\n\n\"who\"|at|did\n\na|{AT}|\"vi,\"\"e\"\"\nw\"\nb|{AT}|cart"),
    ] {
        check(with(mapping()), file, &rows, &[]);
    }
}

#[test]
fn bad_rows_are_listed_with_line_and_reason() {
    let mapping = Mapping {
        value: Some("money".into()),
        quantity: Some("n".into()),
        seq: Some("no".into()),
        ..mapping()
    };
    check(
        with(mapping),
        format!(
            "who,at,did,money,n,no\n\
             a,{AT},view,,,\n\
             ,{AT},view,,,\n\
             a,soon,view,,,\n\
             \n\
             a,\"2024-02-30\n\",view,,,\n\
             a,{AT},,,,\n\
             a,{AT},view,\"1,50\",,\n\
             a,{AT},view,,-1,\n\
             a,{AT},view,,,4294967296\n\
             a,,view,,,\n\
             a,{AT},view\n\
             a,{AT},view,,,,,x,\n\
             a,{AT},vi"
        ),
        &[&format!("0 {TS} view")],
        &[
            "3: column `who` is empty",
            "4: column `at`: `soon` is not a time; write it like 2019-10-01T00:00:04Z or as a Unix time",
            "6: column `at`: `2024-02-30\\n` is not a date and time that exists",
            "8: column `did` is empty",
            "9: column `money`: `1,50` is not an amount; write it like 1234.50, or set `decimal_comma`",
            "10: column `n`: `-1` is not a number of pieces",
            "11: column `no`: `4294967296` is not a whole number from 0 to 4294967295",
            "12: column `at` is empty",
            "13: the line has 3 fields, the header has 6",
            "14: the line has 9 fields, the header has 6",
            "15: the line has 3 fields, the header has 6; the file may be cut off here",
        ],
    );
}

#[test]
fn a_file_without_a_row_that_can_be_read_is_refused() {
    for (rows, reason) in [
        ("a,2024\n", "the line has 2 fields, the header has 3"),
        (
            "a,soon,view\n",
            "column `at`: `soon` is not a time; write it like 2019-10-01T00:00:04Z or as a Unix time",
        ),
        ("a,soon,view,x\n", "the line has 4 fields, the header has 3"),
    ] {
        let expected = format!(
            "no row of 2 could be read: mend the mapping or the file; the first, in line 2: {reason}"
        );
        check_error(
            with(mapping()),
            format!("who,at,did\n{rows}a,{AT},\n"),
            &expected,
        );
    }
    // Of several files, each must have one.
    let mut importer = Importer::new(with(mapping())).unwrap();
    importer.next_file("a.csv").unwrap();
    importer
        .push(format!("who,at,did\na,{AT},view\n,,\n").as_bytes())
        .unwrap();
    importer.next_file("b.csv").unwrap();
    importer.push(b"who,at,did\na,soon,view\n").unwrap();
    let error = importer.finish().unwrap_err().to_string();
    assert!(error.contains("no row of 1 could be read"), "{error}");
    assert!(error.contains("line 2: column `at`: `soon`"), "{error}");
}

#[test]
fn a_header_that_is_a_row_is_noticed() {
    check_error(
        ImportOptions::default(),
        "1,2014-04-07T10:51:09.277Z,214536502,0\n",
        "the columns `1`, `2014-04-07T10:51:09.277Z`, `214536502`, `0` are of no known export: say which hold the \
         person, the time and the name of the event; its first line seems to be a row: name the columns with `header`",
    );
}

#[test]
fn empty_fields_behind_the_last_column_do_no_harm() {
    check(
        with(mapping()),
        format!("who,at,did\na,{AT},view,,\nb,{AT},view,\"\",\n"),
        &[&format!("0 {TS} view"), &format!("1 {TS} view")],
        &[],
    );
}

#[test]
fn bytes_that_are_not_utf8() {
    let mut file = format!("who,at,did\na,{AT},view\nb,{AT},caf").into_bytes();
    file.extend(b"\xe9\nc,");
    file.extend(format!("{AT},view\n").as_bytes());
    let reason = "3: the line is not UTF-8; say how the file is encoded, such as windows-1252, or save it as UTF-8, in Excel as `CSV UTF-8`";
    check(
        with(mapping()),
        &file,
        &[&format!("0 {TS} view"), &format!("1 {TS} view")],
        &[reason],
    );

    // Two fields that are UTF-8 only together.
    let file = [
        b"who,at,did\n\xc3,\xa9,view\n".as_slice(),
        format!("c,{AT},view\n").as_bytes(),
    ]
    .concat();
    let reason = "2: the line is not UTF-8; say how the file is encoded, such as windows-1252, or save it as UTF-8, in Excel as `CSV UTF-8`";
    check(
        with(mapping()),
        &file,
        &[&format!("0 {TS} view")],
        &[reason],
    );
}

#[test]
fn an_open_quote_does_not_swallow_the_file() {
    let lines = format!("b,{AT},view\n").repeat(100_000);
    let file = format!("who,at,did\na,{AT},view\na,\"{AT},view\n{lines}");
    let (dataset, rejections) = import(with(mapping()), file.as_bytes()).unwrap();
    let first = &rejections.rejected[0];
    assert_eq!((rejections.n_rejected, first.line), (1, 3), "{first:?}");
    assert!(first.reason.contains("is a quote left open?"), "{first:?}");
    assert_eq!(dataset.n_events(), 100_001);
}

#[test]
fn a_stray_quote_costs_its_line() {
    let rows = [
        &*format!("0 {TS} view"),
        &*format!("1 {TS} view"),
        &*format!("2 {TS} view"),
    ];
    let open = "4: a quote is never closed; the file may be cut off here";
    let few = "4: the line has 2 fields, the header has 3";
    for (bad, reason) in [
        // In the last field, so that there are as many fields as columns.
        (format!("x,{AT},\"view\nb,{AT},view"), open),
        (format!("x,\"{AT},view\nb,{AT},view"), open),
        (format!("\"x,{AT},view\r\nb,{AT},view\r"), open),
        // Closed by a quote of the next line.
        (format!("x,\"{AT},view\nb,{AT},\"view\""), few),
    ] {
        let file = format!("who,at,did\n\na,{AT},view\n{bad}\nc,{AT},view\n");
        check(with(mapping()), file, &rows, &[reason]);
    }
    let file = format!("who,at,did\n\na,{AT},view\nx,\"{AT}");
    check(with(mapping()), file, &rows[..1], &[open]);
}

#[test]
fn every_column_can_play_its_part() {
    let text = |text: &str| Some(text.to_owned());
    let mapping = Mapping {
        user: text("user"),
        id: text("id"),
        tab: text("tab"),
        seq: text("seq"),
        page: text("url"),
        value: text("sum"),
        value_names: vec!["purchase".into()],
        currency: text("currency"),
        item: text("sku"),
        item_name: text("thing"),
        item_brand: text("brand"),
        item_category: text("shelf"),
        price: text("price"),
        quantity: text("n"),
        props: vec!["size".into(), "sum".into()],
        ..mapping()
    };
    check(
        with(mapping),
        format!(
            "who,user,at,did,id,tab,seq,url,sum,currency,sku,thing,brand,shelf,price,n,size\n\
             a,,{AT},purchase,1,t,2,https://shop.example/p?x=1,7.50,EUR,007,Cup,Tansy,table,3.75,2,XL\n\
             a,,{AT},view,2,t,1,/p,7.50,EUR,007,,,,,,42\n\
             a,,{AT},view,2,t,1,/p,7.50,EUR,007,,,,,,42\n"
        ),
        &[
            &format!("0 {TS} view page=/p size=Number(42.0) sum=Number(7.5) [007,,,,-×1]"),
            &format!(
                "0 {TS} purchase page=/p value=750EUR size=String(\"XL\") sum=Number(7.5) \
                 [007,Cup,Tansy,table,3750000×2]"
            ),
        ],
        &[],
    );
}

#[test]
fn a_constant_currency() {
    let mapping = Mapping {
        value: Some("sum".into()),
        currency_constant: Some("JPY".into()),
        ..mapping()
    };
    check(
        with(mapping),
        format!("who,at,did,sum\na,{AT},purchase,300\n"),
        &[&format!("0 {TS} purchase value=300JPY")],
        &[],
    );
}

#[test]
fn requests_that_cannot_be_met() {
    let missing = Mapping {
        page: Some("link".into()),
        ..mapping()
    };
    check_error(
        with(missing),
        "who,at,did\n",
        "page is mapped to the column `link`, which the file does not have; it has `who`, `at`, `did`",
    );
    check_error(
        ImportOptions::default(),
        "who,at,did\n",
        "the columns `who`, `at`, `did` are of no known export: say which hold the person, the time and the \
         name of the event",
    );
    check_error(
        ImportOptions::default(),
        "timestamp,visitorid,event,itemid\n",
        "the columns `timestamp`, `visitorid`, `event`, `itemid` are of no known export: say which hold the \
         person, the time and the name of the event, such as person=visitorid,time=timestamp,name=event",
    );
    check_error(
        with(mapping()),
        "who,at,did\na,17,view\n",
        "no row of 1 could be read: mend the mapping or the file; the first, in line 2: column `at`: `17` does not say its \
         unit: as seconds, milliseconds or microseconds it is not between 1990 and 2100, or differs from the rows \
         before; set the time format, which for a spreadsheet's dates is spreadsheet_days",
    );
    let nested = Mapping {
        events: Some("list".into()),
        ..mapping()
    };
    check_error(
        with(nested),
        "who,at,did\n",
        "the mapping cannot be used: `events` is for JSON: CSV has no nested lists",
    );
    check_error(
        with(Mapping::default()),
        "",
        "the mapping cannot be used: `person` or `user` must name a column",
    );
}

#[test]
fn the_time_format_can_be_set() {
    let mapping = Mapping {
        time_format: TimeFormat::Seconds,
        ..mapping()
    };
    check(
        with(mapping),
        "who,at,did\na,17,view\n",
        &["0 17000 view"],
        &[],
    );
}

#[test]
fn a_table_like_that_of_rees46_needs_no_mapping() {
    check(
        ImportOptions::default(),
        "event_time,event_type,product_id,category_id,category_code,brand,price,user_id,user_session\n\
         2020-01-02 03:04:05 UTC,view,11,22,shoes.keds,,9.90,5,s-1\n\
         2020-01-02 03:05:05 UTC,purchase,11,22,shoes.keds,baden,9.90,5,s-1\n",
        &[
            "0 1577934245000 view [11,,,shoes.keds,9900000×1]",
            "0 1577934305000 purchase value=990 [11,,baden,shoes.keds,9900000×1]",
        ],
        &[],
    );
}

#[test]
fn inspection() {
    let found = inspect(
        b"\xef\xbb\xbfUser ID;Timestamp;Event\n1;2;\"3\"\n4;5",
        "x.csv",
    )
    .unwrap();
    assert_eq!(found.format, Format::Csv);
    assert_eq!(found.columns, ["User ID", "Timestamp", "Event"]);
    assert_eq!(found.sample, [["1", "2", "3"]]);
    assert_eq!(found.preset, None);
    assert_eq!(
        found.mapping.map(|mapping| mapping.person).as_deref(),
        Some("User ID")
    );
    let found = inspect(b"event_time,event_type,product_id,user_id\n", "x").unwrap();
    assert_eq!(found.preset, Some(Preset::Rees46));
}

#[test]
fn a_file_without_a_header_gets_one() {
    let mapping = Mapping {
        header: ["did", "at", "who"].map(String::from).into(),
        ..mapping()
    };
    check(
        with(mapping),
        format!("view,{AT},a\nbuy,{AT},b\nview,{AT}\n"),
        &[&format!("0 {TS} view"), &format!("1 {TS} buy")],
        &["3: the line has 2 fields, the header has 3"],
    );
}

#[test]
fn ids_of_orders_and_carts_are_texts_by_which_reports_tell_them_apart() {
    let mapping = Mapping {
        transaction: Some("order".into()),
        cart: Some("basket".into()),
        props: vec!["order".into()],
        ..mapping()
    };
    check(
        with(mapping),
        format!("who,at,did,order,basket\na,{AT},purchase,42,7\nb,{AT},view,,\n"),
        &[
            &format!(
                "0 {TS} purchase cart_id=String(\"7\") order=Number(42.0) transaction_id=String(\"42\")"
            ),
            &format!("1 {TS} view"),
        ],
        &[],
    );
}

#[test]
fn an_event_of_nobody_known_is_that_of_its_tab() {
    let mapping = Mapping {
        tab: Some("tab".into()),
        ..mapping()
    };
    check(
        with(mapping),
        format!("who,at,did,tab\na,{AT},view,1\n,{AT},view,2\n,{AT},view,\n"),
        &[&format!("0 {TS} view"), &format!("1 {TS} view")],
        &["4: column `who` is empty"],
    );
}

#[test]
fn amounts_with_a_comma_before_the_fraction() {
    let file = "who;at;did;money;price;sku;weight\n\
                a;2024-05-01;buy;1.234,56;12,50;k;0,75\n\
                a;2024-05-02;buy; 7 ;-0,5;k;1.000\n\
                a;2024-05-03;buy;12.50;;;\n\
                a;2024-05-04;buy;;;;0.75\n";
    let mapping = Mapping {
        value: Some("money".into()),
        price: Some("price".into()),
        item: Some("sku".into()),
        props: vec!["weight".into()],
        currency_constant: Some("EUR".into()),
        decimal_comma: true,
        ..mapping()
    };
    check(
        with(mapping),
        file,
        &[
            "0 1714521600000 buy value=123456EUR weight=Number(0.75) [k,,,,12500000×1]",
            "0 1714608000000 buy value=700EUR weight=Number(1000.0) [k,,,,-500000×1]",
            "0 1714780800000 buy weight=Number(0.75)",
        ],
        &[
            "4: column `money`: `12.50` is not an amount; with `decimal_comma`, write it like 1234,50",
        ],
    );
}

#[test]
fn amounts_with_an_exponent() {
    let mapping = Mapping {
        value: Some("money".into()),
        ..mapping()
    };
    let refused = |line: u32, text: &str| {
        format!("{line}: column `money`: `{text}` is not an amount; write it like 1234.50")
    };
    check(
        with(mapping),
        "who,at,did,money\n\
         a,2024-05-01,buy,1e3\n\
         a,2024-05-02,buy,-1.25E+1\n\
         a,2024-05-03,buy,5e-05\n\
         a,2024-05-04,buy,1e999\n\
         a,2024-05-05,buy,e5\n\
         a,2024-05-06,buy,infinite\n",
        &[
            "0 1714521600000 buy value=100000",
            "0 1714608000000 buy value=-1250",
            "0 1714694400000 buy value=0",
        ],
        &[
            &refused(5, "1e999"),
            &refused(6, "e5"),
            &refused(7, "infinite"),
        ],
    );
}

/// A first line for spreadsheets is not the header.
#[test]
fn the_line_that_names_the_delimiter() {
    for delimiter in [";", "\t", ","] {
        let file =
            format!("sep={delimiter}\r\nwho,at,did\r\na,2024-05-01,buy\r\n,2024-05-01,buy\r\n");
        let file = file.replace(',', delimiter);
        check(
            with(mapping()),
            &file,
            &["0 1714521600000 buy"],
            &["4: column `who` is empty"],
        );
        let shown = inspect(file.as_bytes(), "a.csv").unwrap();
        assert_eq!(shown.columns, ["who", "at", "did"]);
        assert_eq!(shown.sample[0], ["a", "2024-05-01", "buy"]);
    }
}
