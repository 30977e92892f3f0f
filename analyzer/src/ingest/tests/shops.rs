//! Tables as shops, tills and spreadsheets write them: dates apart from times of day, amounts with their currency, orders
//! without a column for what happened.

use super::zones::in_zone;
use super::*;

fn clocked() -> ImportOptions {
    let ImportOptions { mapping, .. } = in_zone("Europe/Berlin");
    ImportOptions {
        mapping: mapping.map(|mapping| Mapping {
            time_of_day: Some("clock".into()),
            ..mapping
        }),
        ..in_zone("Europe/Berlin")
    }
}

#[test]
fn a_date_and_a_time_of_day_are_one_time() {
    const MIDNIGHT: i64 = 1_714_514_400_000;
    const NOON: i64 = MIDNIGHT + 43_200_000;
    let row = |ts: i64, name: &str| format!("0 {ts} {name}");
    let expected = [
        row(MIDNIGHT, "none"),
        row(MIDNIGHT + 250, "millis"),
        row(NOON, "clock"),
        row(NOON, "compact"),
        row(NOON, "half"),
        row(NOON, "midnight said"),
        row(NOON, "words"),
        row(NOON + 1_000, "epoch"),
    ];
    check(
        clocked(),
        "who,at,clock,did\n\
         a,2024-05-01,12:00:00,clock\n\
         a,20240501,12:00,compact\n\
         a,1 May 2024,12:00 PM,half\n\
         a,May 1 2024, 12:00:00.000 ,words\n\
         a,2024-05-01 00:00:00,12:00:00,midnight said\n\
         a,2024-05-01,250,millis\n\
         a,1714514401,43200000,epoch\n\
         a,2024-05-01,,none\n\
         a,2024-05-01,25:00,late\n\
         a,2024-05-01,noon,word\n\
         a,2024-05-01,-1,before\n\
         a,2024-13-01,12:00,month\n\
         a,,12:00,no day\n",
        &expected.each_ref().map(String::as_str),
        &[
            "10: column `clock`: `25:00` is not a time of day; write it like 14:05:09, or in milliseconds",
            "11: column `clock`: `noon` is not a time of day; write it like 14:05:09, or in milliseconds",
            "12: column `clock`: `-1` is not a time of day; write it like 14:05:09, or in milliseconds",
            "13: column `at`: `2024-13-01` is not a date and time that exists",
            "14: column `at` is empty",
        ],
    );
}

#[test]
fn a_time_of_day_in_json_counts_likewise() {
    check(
        clocked(),
        "{\"who\":\"a\",\"at\":\"2024-05-01\",\"clock\":250,\"did\":\"x\"}\n\
         {\"who\":\"a\",\"at\":20240501,\"clock\":\"12:00:00\",\"did\":\"y\"}\n\
         {\"who\":\"a\",\"at\":\"2024-05-01\",\"clock\":true,\"did\":\"z\"}\n",
        &["0 1714514400250 x", "0 1714557600000 y"],
        &[
            "3: column `clock`: `true` is not a time of day; write it like 14:05:09, or in milliseconds",
        ],
    );
}

#[test]
fn a_file_with_dates_apart_is_proposed_so() {
    for (head, expected) in [
        (
            "user_id,event,date,time\nu,view,2024-05-01,09:30\nu,buy,1/5/2024,9:31 PM\n",
            Some(("date", Some("time"))),
        ),
        (
            "user_id,event,date,time\nu,view,2024-05-01,2024-05-01 09:30\n",
            Some(("time", None)),
        ),
        (
            "user_id,event,day,time\nu,view,2024-05-01,09:30\n",
            Some(("time", None)),
        ),
        ("user_id,event,date,time\n", Some(("time", None))),
        (
            "customer id,InvoiceNo,InvoiceDate\n1,2,3\n",
            Some(("InvoiceDate", None)),
        ),
        ("user_id,time\nu,2024-05-01\n", None),
    ] {
        let mapping = inspect(head.as_bytes(), "x.csv").unwrap().mapping;
        let found = mapping
            .as_ref()
            .map(|mapping| (&*mapping.time, mapping.time_of_day.as_deref()));
        assert_eq!(found, expected, "{head}");
        if let Some(mapping) = mapping {
            assert_eq!(
                mapping.name_constant.is_some(),
                mapping.name.is_empty(),
                "{head}"
            );
        }
    }
}

#[test]
fn a_time_may_be_in_several_columns() {
    // The columns of "clickstream data for online shopping" of the UCI Machine Learning Repository.
    let options = with(Mapping {
        person: "session ID".into(),
        time: "{year}-{month}-{day}".into(),
        name: String::new(),
        name_constant: Some("view".into()),
        seq: Some("order".into()),
        tab: Some("session ID".into()),
        page: Some("page 1 (main category)".into()),
        item: Some("page 2 (clothing model)".into()),
        ..Mapping::default()
    });
    check(
        options,
        "year;month;day;order;session ID;page 1 (main category);page 2 (clothing model)\n\
         2008;4;1;1;1;1;A13\n\
         2008;04;01;2;1;4;B4\n\
         2008;4;31;3;1;1;A1\n\
         2008;;1;1;2;1;A1\n",
        &[
            "0 1207008000000 view page=1 [A13,,,,-×1]",
            "0 1207008000000 view page=4 [B4,,,,-×1]",
        ],
        &[
            "4: column `year` and others: `2008-04-31` is not a date and time that exists",
            "5: column `month` is empty",
        ],
    );
}

#[test]
fn amounts_may_have_their_currency() {
    let options = |decimal_comma| {
        with(Mapping {
            value: Some("sum".into()),
            currency_constant: Some("EUR".into()),
            decimal_comma,
            ..mapping()
        })
    };
    check(
        options(false),
        "who,at,did,sum\n\
         a,2024-05-01,b,€12.50\n\
         a,2024-05-01,c,\"1,234.50 EUR\"\n\
         a,2024-05-01,d,-$5\n\
         a,2024-05-01,e,\"1,234\"\n\
         a,2024-05-01,f,12.50 pieces\n",
        &[
            "0 1714521600000 b value=1250EUR",
            "0 1714521600000 c value=123450EUR",
            "0 1714521600000 d value=-500EUR",
        ],
        &[
            "5: column `sum`: `1,234` is not an amount; write it like 1234.50, or set `decimal_comma`",
            "6: column `sum`: `12.50 pieces` is not an amount; write it like 1234.50",
        ],
    );
    check(
        options(true),
        "who;at;did;sum\n\
         a;2024-05-01;b;12,50 €\n\
         a;2024-05-01;c;EUR 1.234,50\n\
         a;2024-05-01;d;€ 12.50\n",
        &[
            "0 1714521600000 b value=1250EUR",
            "0 1714521600000 c value=123450EUR",
        ],
        &[
            "4: column `sum`: `€ 12.50` is not an amount; with `decimal_comma`, write it like 1234,50",
        ],
    );
}

#[test]
fn fewer_pieces_than_none_came_back() {
    let options = || {
        with(Mapping {
            name: String::new(),
            name_constant: Some("purchase".into()),
            transaction: Some("order".into()),
            item: Some("sku".into()),
            price: Some("price".into()),
            quantity: Some("n".into()),
            value: Some("sum".into()),
            currency_constant: Some("EUR".into()),
            ..mapping()
        })
    };
    check(
        options(),
        "who,at,order,sku,price,n,sum\n\
         a,2024-05-01,1,x,10,2,20\n\
         a,2024-05-02,C1,x,10,-1,-10\n\
         a,2024-05-02,C1,y,5,-1,\n\
         a,2024-05-03,2,y,5,-1.5,\n\
         b,2024-05-04,3,x,10,1,\n\
         b,2024-05-04,3,y,5,-1,\n\
         b,2024-05-04,3,z,1,1,\n",
        &[
            "0 1714521600000 purchase value=2000EUR transaction_id=String(\"1\") [x,,,,10000000×2]",
            "0 1714608000000 refund value=1000EUR transaction_id=String(\"C1\") \
             [x,,,,10000000×1] [y,,,,5000000×1]",
            "1 1714780800000 purchase value=1100EUR transaction_id=String(\"3\") \
             [x,,,,10000000×1] [z,,,,1000000×1]",
        ],
        &[
            "5: column `n`: `-1.5` is not a number of pieces",
            "7: column `n`: `-1` is not a number of pieces",
        ],
    );
    let line = |n: &str| {
        format!(
            "{{\"who\":\"a\",\"at\":\"2024-05-01\",\"order\":\"1\",\"sku\":\"x\",\"price\":2,\"n\":{n},\
                 \"sum\":null}}\n"
        )
    };
    for (n, pieces) in [("-3", "3"), ("-3.0", "3")] {
        let row = format!(
            "0 1714521600000 refund value=600EUR transaction_id=String(\"1\") [x,,,,2000000×{pieces}]"
        );
        check(options(), line(n), &[&row], &[]);
    }
    let mapping = Mapping {
        quantity: Some("n".into()),
        item: Some("sku".into()),
        ..mapping()
    };
    check(
        with(mapping),
        "who,at,did,sku,n\na,2024-05-01,view,x,-1\na,2024-05-01,view,x,1\n",
        &["0 1714521600000 view [x,,,,-×1]"],
        &["2: column `n`: `-1` is not a number of pieces"],
    );
}

#[test]
fn the_orders_of_a_shopify_shop() {
    let file = "Name,Email,Financial Status,Paid at,Currency,Subtotal,Total,Discount Code,Created at,\
                Lineitem quantity,Lineitem name,Lineitem price,Lineitem sku,Vendor,Phone,Id\n\
         #1002,b@example.com,paid,2024-05-01 10:00:00 +0200,EUR,30.00,34.90,MAY,\
         2024-05-01 10:00:00 +0200,2,Cup - Blue,10.00,CUP-B,Acme,,991\n\
         #1002,b@example.com,,,,,,,2024-05-01 10:00:00 +0200,1,Plate,10.00,,Acme,,\n\
         #1001,,paid,2024-05-01 09:00:00 +0200,EUR,10.00,10.00,,\
         2024-05-01 09:00:00 +0200,1,Plate,10.00,,Acme,,990\n";
    let shown = inspect(file.as_bytes(), "orders_export.csv").unwrap();
    assert_eq!(shown.preset, Some(Preset::ShopifyOrders));
    check(
        ImportOptions::default(),
        file,
        &[
            "0 1714546800000 purchase value=1000EUR Financial Status=String(\"paid\") \
             transaction_id=String(\"#1001\") [Plate,Plate,Acme,,10000000×1]",
            "1 1714550400000 purchase value=3490EUR Discount Code=String(\"MAY\") \
             Financial Status=String(\"paid\") transaction_id=String(\"#1002\") \
             [CUP-B,Cup - Blue,Acme,,10000000×2] [Plate,Plate,Acme,,10000000×1]",
        ],
        &[],
    );
}
