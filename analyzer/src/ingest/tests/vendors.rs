//! Rows of other products as their documentation shows them.

use super::*;

/// From the BigQuery export schema: `event_params` are pairs, 64-bit integers are texts.
pub(super) const GA4: &str = r#"{"event_date":"20210131","event_timestamp":"1612069510766593","event_name":"view_item","event_params":[{"key":"page_location","value":{"string_value":"https://shop.example/p/7?x=1","int_value":null,"float_value":null,"double_value":null}},{"key":"ga_session_id","value":{"string_value":null,"int_value":"6287","float_value":null,"double_value":null}}],"user_id":null,"user_pseudo_id":"1026454.4271112504","device":{"category":"mobile","web_info":{"browser":"Safari"}},"geo":{"country":"Austria"},"items":[{"item_id":"9196605","item_name":"Lapel Pin","item_brand":"Acme","item_category":"Pins","price":7.0,"quantity":null}]}
{"event_date":"20210131","event_timestamp":"1612069543000000","event_name":"purchase","event_params":[{"key":"value","value":{"double_value":21.5}},{"key":"currency","value":{"string_value":"USD"}}],"user_id":"u1","user_pseudo_id":"1026454.4271112504","device":{"category":"mobile"},"items":[{"item_id":"9196605","price":7.0,"quantity":"3"}]}
{"event_date":"20210131","event_timestamp":"1612069543000001","event_name":"purchase","event_params":[],"ecommerce":{"purchase_revenue":3.25},"user_pseudo_id":null,"items":[]}
"#;

#[test]
fn ga4_rows() {
    check(
        ImportOptions::default(),
        GA4,
        &[
            "0 1612069510766 view_item page=/p/:id device.category=String(\"mobile\") \
             device.web_info.browser=String(\"Safari\") geo.country=String(\"Austria\") \
             [9196605,Lapel Pin,Acme,Pins,7000000×1]",
            "0 1612069543000 purchase value=2150USD device.category=String(\"mobile\") \
             [9196605,,,,7000000×3]",
        ],
        &["3: column `user_pseudo_id` is empty"],
    );
}

#[test]
fn ga4_flattened() {
    check(
        ImportOptions::default(),
        "event_timestamp,event_name,user_pseudo_id,page_location,value,currency,transaction_id\n\
         1612069510766593,page_view,7.1,https://shop.example/cart,,,\n\
         1612069510966593,purchase,7.1,https://shop.example/done,12.50,EUR,1042\n",
        &[
            "0 1612069510766 page_view page=/cart",
            "0 1612069510966 purchase page=/done value=1250EUR transaction_id=String(\"1042\")",
        ],
        &[],
    );
}

const POSTHOG: &str = r#"{"uuid":"0192f0c1-2345-7abc-8def-0123456789ab","event":"$pageview","properties":{"$current_url":"https://shop.example/cart","$browser":"Firefox","$lib":"web","plan":"gold","$set":{"a":1},"tags":["x"],"n":null},"distinct_id":"d1","person_id":"p1","timestamp":"2024-05-01T10:00:00.123000+00:00","team_id":1}
{"uuid":"0192f0c1-2345-7abc-8def-0123456789ac","event":"Order Completed","properties":"{\"order_id\":\"o1\",\"revenue\":25.5,\"currency\":\"EUR\",\"products\":[{\"product_id\":\"7\",\"sku\":\"s7\",\"name\":\"Pin\",\"price\":\"12.75\",\"quantity\":2}]}","distinct_id":"someone@else","person_id":"p1","timestamp":"2024-05-01T10:00:01Z"}
{"uuid":"0192f0c1-2345-7abc-8def-0123456789ac","event":"Order Completed","properties":{},"distinct_id":"d1","person_id":"p1","timestamp":"2024-05-01T10:00:02Z"}
"#;

#[test]
fn posthog_lines() {
    let (dataset, rejections) = import(ImportOptions::default(), POSTHOG.as_bytes()).unwrap();
    assert_eq!(rejections.n_rejected, 0);
    assert_eq!(dataset.counts().n_duplicates, 1);
    assert_eq!(
        show(&dataset),
        [
            "0 1714557600123 $pageview page=/cart plan=String(\"gold\") \
             properties.$browser=String(\"Firefox\")",
            "0 1714557601000 Order Completed value=2550EUR currency=String(\"EUR\") \
             order_id=String(\"o1\") revenue=Number(25.5) transaction_id=String(\"o1\") [7,Pin,,,12750000×2]",
        ]
    );
}

#[test]
fn posthog_csv() {
    check(
        ImportOptions::default(),
        "uuid,event,properties,timestamp,distinct_id\n\
         1,$pageview,\"{\"\"$current_url\"\":\"\"https://shop.example/\"\",\"\"kind\"\":\"\"a\"\"}\",2024-05-01 10:00:00.000000,d1\n\
         2,buy,{broken,2024-05-01 10:00:01.000000,d1\n",
        &["0 1714557600000 $pageview page=/ kind=String(\"a\")"],
        &["3: column `properties` cannot be read: key must be a string at line 1 column 2"],
    );
}

/// An enriched event: its fields by number, and empty ones between.
fn snowplow(fields: &[(usize, &str)]) -> String {
    let mut cells = vec![""; 131];
    for (index, text) in fields {
        cells[*index] = text;
    }
    cells.join("\t")
}

#[test]
fn snowplow_lines_and_json() {
    let view = snowplow(&[
        (0, "shop"),
        (1, "web"),
        (3, "2024-05-01 10:00:00.900"),
        (5, "page_view"),
        (6, "4b06a2b0-8b1f-4d3a-9f9c-111111111111"),
        (15, "bc2e92ec6c204a14"),
        (29, "https://shop.example/p/7?x"),
        (35, "/p/7"),
        (124, "2024-05-01 10:00:00.123"),
        (126, "page_view"),
    ]);
    let order = snowplow(&[
        (3, "2024-05-01 10:00:02.000"),
        (5, "unstruct"),
        (6, "4b06a2b0-8b1f-4d3a-9f9c-222222222222"),
        (12, "u1"),
        (15, "bc2e92ec6c204a14"),
        (
            52,
            r#"{"schema":"iglu:com.snowplowanalytics.snowplow/contexts/jsonschema/1-0-0","data":[{"schema":"iglu:com.snowplowanalytics.snowplow.ecommerce/product/jsonschema/1-0-0","data":{"id":"7","name":"Pin","category":"Pins","price":12.75,"quantity":2,"currency":"EUR"}},{"schema":"iglu:com.snowplowanalytics.snowplow.ecommerce/product/jsonschema/1-0-0","data":{"id":"8","category":"Pins","price":1,"currency":"EUR"}},{"schema":"iglu:com.snowplowanalytics.snowplow.ecommerce/transaction/jsonschema/1-0-0","data":{"transaction_id":"t1","revenue":26.5,"currency":"EUR","payment_method":"card","total_quantity":3}}]}"#,
        ),
        (
            58,
            r#"{"schema":"iglu:com.snowplowanalytics.snowplow/unstruct_event/jsonschema/1-0-0","data":{"schema":"iglu:com.snowplowanalytics.snowplow.ecommerce/snowplow_ecommerce_action/jsonschema/1-0-2","data":{"type":"transaction"}}}"#,
        ),
        (126, "snowplow_ecommerce_action"),
    ]);
    let bad = snowplow(&[(5, "unstruct"), (58, "{"), (126, "x")]);
    let expected = [
        "0 1714557600123 page_view page=/p/:id app_id=String(\"shop\") platform=String(\"web\")",
        "0 1714557602000 transaction value=2650EUR transaction_id=String(\"t1\") [7,Pin,,Pins,12750000×2] [8,,,Pins,1000000×1]",
    ];
    check(
        ImportOptions::default(),
        format!("{view}\n{order}\n{bad}\nshort\n"),
        &expected,
        &[
            "3: the self-describing JSON cannot be read: EOF while parsing an object at line 1 column 1",
            "4: the line has 1 fields, an enriched event has 131",
        ],
    );
    let json = r#"{"app_id":"shop","platform":"web","collector_tstamp":"2024-05-01T10:00:00.900Z","event":"page_view","event_id":"4b06a2b0-8b1f-4d3a-9f9c-111111111111","domain_userid":"bc2e92ec6c204a14","user_id":null,"page_url":"https://shop.example/p/7?x","derived_tstamp":"2024-05-01T10:00:00.123Z","event_name":"page_view"}
{"collector_tstamp":"2024-05-01T10:00:02Z","event":"unstruct","event_id":"4b06a2b0-8b1f-4d3a-9f9c-222222222222","domain_userid":"bc2e92ec6c204a14","user_id":"u1","event_name":"snowplow_ecommerce_action","unstruct_event_com_snowplowanalytics_snowplow_ecommerce_snowplow_ecommerce_action_1":{"type":"transaction"},"contexts_com_snowplowanalytics_snowplow_ecommerce_product_1":[{"id":"7","name":"Pin","category":"Pins","price":12.75,"quantity":2},{"id":"8","category":"Pins","price":1}],"contexts_com_snowplowanalytics_snowplow_ecommerce_transaction_1":[{"transaction_id":"t1","revenue":26.5,"currency":"EUR"}]}"#;
    check(ImportOptions::default(), json, &expected, &[]);
}

#[test]
fn channels_beside_the_web_are_the_same_people() {
    let mut options = ImportOptions::default();
    let file = |json: &str| serde_json::from_str::<FileOptions>(json).unwrap();
    options.files.insert(
        "till.csv".into(),
        file(
            r#"{"mapping":{"user":"customer","time":"at","name_constant":"purchase","value":"total",
                "currency_constant":"EUR","props_constant":{"channel":"store"}}}"#,
        ),
    );
    let mut importer = Importer::new(options).unwrap();
    importer.next_file("web.jsonl").unwrap();
    importer.push(GA4.as_bytes()).unwrap();
    importer.next_file("exports/till.csv").unwrap();
    importer
        .push(b"customer,at,total\nu1,2021-02-01 09:30,40\n,2021-02-01 09:31,1\n")
        .unwrap();
    let (dataset, rejections) = importer.finish().unwrap();
    assert_eq!(rejections.n_rejected, 2);
    let shown = show(&dataset);
    assert_eq!(shown.len(), 3);
    assert_eq!(
        shown[2],
        "0 1612171800000 purchase value=4000EUR channel=String(\"store\")"
    );
}

/// The columns that the first BigQuery loader made for each version of a schema.
#[test]
fn snowplow_versions_of_entities() {
    const TRANSACTION: &str = "contexts_com_snowplowanalytics_snowplow_ecommerce_transaction_1";
    const ACTION: &str =
        "unstruct_event_com_snowplowanalytics_snowplow_ecommerce_snowplow_ecommerce_action_1";
    let rest =
        r#""collector_tstamp":"2024-05-01 10:00:00 UTC","event_name":"x","domain_userid":"d""#;
    let sum = r#"[{"revenue":5.5,"currency":"EUR"}]"#;
    for (old, new) in [("[]", sum), (sum, "[]")] {
        check(
            ImportOptions::default(),
            format!(
                "{{\"event_id\":\"1\",{rest},\"{TRANSACTION}_0_0\":{old},\"{TRANSACTION}_0_1\":{new},\
                 \"{ACTION}_0_1\":{{\"type\":\"transaction\"}}}}\n"
            ),
            &["0 1714557600000 transaction value=550EUR"],
            &[],
        );
    }
}

#[test]
fn umami_events() {
    check(
        ImportOptions::default(),
        "website_id,session_id,visit_id,event_id,hostname,browser,url_path,page_title,event_type,event_name,distinct_id,created_at\n\
         w,s1,v1,0192f0c1-2345-7abc-8def-0123456789ab,shop.example,firefox,/p/7,Pin,1,,,2024-05-01 10:00:00\n\
         w,s1,v1,0192f0c1-2345-7abc-8def-0123456789ac,shop.example,firefox,/cart,Cart,2,add_to_cart,u1,2024-05-01 10:00:05\n",
        &[
            "0 1714557600000 page_view page=/p/:id browser=String(\"firefox\")",
            "0 1714557605000 add_to_cart page=/cart browser=String(\"firefox\")",
        ],
        &[],
    );
}
