//! Both forms of an export, opened in the analyzer, are the same data.

use analyzer::dataset::Dataset;
use analyzer::ingest::{ImportOptions, Importer};
use axum::http::StatusCode;

use crate::support::{Collector, NOW, batch, id};

/// Visitors who view, add, check out and buy, each one step further than the last but two.
fn walk(visitor: u128) -> Vec<String> {
    let names = [
        "page_view",
        "view_item",
        "add_to_cart",
        "begin_checkout",
        "purchase",
    ];
    let steps = names
        .iter()
        .enumerate()
        .take(1 + visitor as usize % names.len());
    steps
        .map(|(step, name)| {
            format!(
                r#"{{"id":"{}","ts":{},"seq":{step},"visitor":"v{visitor}","session":"s{visitor}","tab":"t{visitor}",
                "name":"{name}","page":{{"url":"https://shop.example/p/{visitor}?a=1","path":"/p/{visitor}",
                "title":"Prödukt"}},"source":{{"last":{{"channel":"email"}}}},
                "props":{{"list":"home","x":0.1,"is_new":true}},
                "items":[{{"item_id":"{visitor}","item_name":"Boots \"7\"","price":35.79,"quantity":2}}],
                "value":71.58,"currency":"EUR"}}"#,
                id(visitor * 10 + step as u128),
                NOW + step as i64 * 1000
            )
        })
        .collect()
}

fn open(file: &[u8]) -> Dataset {
    let mut importer = Importer::new(ImportOptions::default()).unwrap();
    importer.push(file).unwrap();
    let (dataset, rejections) = importer.finish().unwrap();
    assert_eq!(rejections.n_rejected, 0, "{:?}", rejections.rejected);
    dataset
}

#[tokio::test]
async fn ndjson_and_parquet_give_one_dataset() {
    let collector = Collector::new();
    for visitor in 0..20 {
        let answer = collector.post(batch(visitor, &walk(visitor))).await;
        assert_eq!(answer.status, StatusCode::NO_CONTENT, "{}", answer.text());
    }
    let ndjson = open(&collector.get("/v1/sites/demo/events").await.body);
    let parquet = open(
        &collector
            .get("/v1/sites/demo/events?format=parquet")
            .await
            .body,
    );
    assert_eq!((ndjson.n_people(), ndjson.n_events()), (20, 60));
    assert_eq!(ndjson.summary(), parquet.summary());
    assert!(ndjson == parquet, "the summaries agree, the rows do not");
}
