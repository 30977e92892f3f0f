//! Exports of other trackers: visits of Matomo, and the JSON of Mixpanel, Amplitude and Segment.

use super::*;

/// `Live.getLastVisitsDetails`: a list of visits, which name the visitor, each with a list of actions.
const MATOMO: &str = r#"[
  {
    "idSite": "1",
    "idVisit": "2",
    "visitorId": "61e8cc2d51fea26d",
    "actionDetails": [
      {"type": "action", "url": "https:\/\/shop.example\/p\/7", "pageTitle": "Pin", "pageIdAction": "2", "serverTimePretty": "May 1, 2024 10:00:00", "timestamp": 1714557600, "bandwidth": null},
      {"type": "event", "url": "https:\/\/shop.example\/p\/7", "eventCategory": "Cart", "eventAction": "add", "eventName": "Pin", "timestamp": 1714557605},
      {"type": "ecommerceOrder", "orderId": "937nsjusu 3894", "revenue": 1111.11, "revenueSubTotal": 1000, "items": 8, "itemDetails": [{"itemSKU": "SKU 1", "itemName": "Pin", "itemCategory": "Pins", "price": 500, "quantity": 2}, {"itemSKU": "SKU 2", "itemName": "Hat", "itemCategory": "", "price": "18.5", "quantity": "6"}], "timestamp": 1714557700}
    ],
    "siteCurrency": "USD",
    "userId": null,
    "deviceType": "Desktop"
  },
  {
    "idVisit": "3",
    "visitorId": "71e8cc2d51fea26d",
    "actionDetails": [],
    "siteCurrency": "USD",
    "userId": "u1"
  }
]"#;

#[test]
fn matomo_visits() {
    check(
        ImportOptions::default(),
        MATOMO,
        &[
            "0 1714557600000 action page=/p/:id deviceType=String(\"Desktop\")",
            "0 1714557605000 add page=/p/:id deviceType=String(\"Desktop\") eventCategory=String(\"Cart\") eventName=String(\"Pin\")",
            "0 1714557700000 ecommerceOrder value=111111USD deviceType=String(\"Desktop\") \
             transaction_id=String(\"937nsjusu 3894\") [SKU 1,Pin,,Pins,500000000×2] [SKU 2,Hat,,,18500000×6]",
        ],
        &[],
    );
}

#[test]
fn mixpanel_lines() {
    check(
        ImportOptions::default(),
        r#"{"event":"Page View","properties":{"time":1714557600,"distinct_id":"d1","$browser":"Chrome","$current_url":"https://shop.example/cart","$insert_id":"c5eed127-c747-59c8-a5ed-d766f48e39a4","mp_lib":"web","utm":{"source":"x"}}}
{"event":"Order Completed","properties":{"time":1714557601.5,"distinct_id":"d1","$insert_id":"b","revenue":25.5,"currency":"EUR","products":[{"sku":"7","name":"Pin","price":12.75,"quantity":2}]}}
{"event":"Order Completed","properties":{"time":1714557602,"distinct_id":"d1","$insert_id":"b","revenue":25.5}}
{"event":"Page View","properties":{"distinct_id":"d1"}}
"#,
        &[
            "0 1714557600000 Page View page=/cart mp_lib=String(\"web\") properties.$browser=String(\"Chrome\")",
            "0 1714557601500 Order Completed value=2550EUR currency=String(\"EUR\") revenue=Number(25.5) [7,Pin,,,12750000×2]",
        ],
        &["4: column `properties.time` is empty"],
    );
}

#[test]
fn amplitude_lines() {
    check(
        ImportOptions::default(),
        r#"{"$insert_id":"a","amplitude_id":384783353938,"client_event_time":"2024-05-01 09:59:59.000000","country":"Austria","device_id":"f4R","event_id":1,"event_properties":{"[Amplitude] Page URL":"https://shop.example/cart","size":"M"},"event_time":"2024-05-01 10:00:00.008000","event_type":"[Amplitude] Page Viewed","user_id":null,"uuid":"1963dcf7-085b-48df-b629-4c087db9dcfc"}
{"$insert_id":"b","amplitude_id":null,"device_id":"f5R","event_properties":{"$revenue":6396.0,"order_id":"o1"},"event_time":"2024-05-01 10:00:01.837000","event_type":"Purchased","user_id":"u1","uuid":null}
"#,
        &[
            "0 1714557601837 Purchased value=639600 order_id=String(\"o1\") transaction_id=String(\"o1\")",
            "1 1714557600008 [Amplitude] Page Viewed page=/cart [Amplitude] Page URL=String(\"https://shop.example/cart\") \
             country=String(\"Austria\") size=String(\"M\")",
        ],
        &[],
    );
}

#[test]
fn segment_messages() {
    check(
        ImportOptions::default(),
        r#"{"anonymousId":"a1","channel":"browser","context":{"campaign":{"source":"Newsletter"},"page":{"url":"https://shop.example/"}},"integrations":{},"messageId":"022bb90c-bbac-11e4-8dfc-aa07a5b093db","name":"Home","originalTimestamp":"2024-05-01T10:00:00.100Z","properties":{"title":"Home"},"sentAt":"2024-05-01T10:00:01.000Z","timestamp":"2024-05-01T10:00:00.000Z","type":"page","userId":null,"version":"1.1"}
{"anonymousId":"a1","event":"Product Added","messageId":"2","properties":{"cart_id":"c1","product_id":"7","category":"Pins","name":"Pin","price":12.75,"quantity":2,"currency":"EUR"},"timestamp":"2024-05-01T10:00:02.000Z","type":"track","userId":"u1"}
{"anonymousId":"a1","event":"Order Completed","messageId":"3","properties":{"order_id":"o1","total":27.5,"revenue":25.5,"currency":"EUR","products":[{"product_id":"7","sku":"s7","name":"Pin","price":12.75,"quantity":2}]},"timestamp":"2024-05-01T10:00:03.000Z","type":"track","userId":"u1"}
"#,
        &[
            "0 1714557600000 page page=/ context.campaign.source=String(\"Newsletter\") title=String(\"Home\")",
            "0 1714557602000 Product Added cart_id=String(\"c1\") category=String(\"Pins\") currency=String(\"EUR\") \
             name=String(\"Pin\") price=Number(12.75) product_id=String(\"7\") quantity=Number(2.0) [7,,,Pins,12750000×2]",
            "0 1714557603000 Order Completed value=2550EUR currency=String(\"EUR\") order_id=String(\"o1\") revenue=Number(25.5) \
             total=Number(27.5) transaction_id=String(\"o1\") [7,Pin,,,12750000×2]",
        ],
        &[],
    );
}
