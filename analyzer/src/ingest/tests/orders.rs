//! Orders that have a row for each of their products.

use super::*;

fn lines() -> Mapping {
    Mapping {
        transaction: Some("order".into()),
        item: Some("sku".into()),
        price: Some("price".into()),
        quantity: Some("n".into()),
        currency_constant: Some("EUR".into()),
        ..mapping()
    }
}

#[test]
fn the_rows_of_an_order_are_one_purchase() {
    let (dataset, rejections) = import(
        with(lines()),
        b"who,at,did,order,sku,price,n\n\
          a,2024-05-01,purchase,1,x,10,2\n\
          a,2024-05-01,purchase,1,y,5.50,1\n\
          ,,,1,z,0.25,3\n\
          a,2024-05-01,purchase,2,x,10,1\n\
          a,2024-05-02,purchase,1,x,10,2\n\
          b,2024-05-01,purchase,3,x,10,1\n\
          b,2024-05-01,refund,3,x,10,1\n\
          c,2024-05-01,purchase,3,x,10,1\n",
    )
    .unwrap();
    assert_eq!(
        show(&dataset),
        [
            "0 1714521600000 purchase value=1000EUR transaction_id=String(\"2\") [x,,,,10000000×1]",
            "0 1714521600000 purchase value=2625EUR transaction_id=String(\"1\") \
             [x,,,,10000000×2] [y,,,,5500000×1] [z,,,,250000×3]",
            "1 1714521600000 purchase value=1000EUR transaction_id=String(\"3\") [x,,,,10000000×1]",
            "1 1714521600000 refund value=1000EUR transaction_id=String(\"3\") [x,,,,10000000×1]",
        ]
    );
    assert_eq!(rejections.n_rejected, 0);
    // One is told a day later, one by somebody else.
    assert_eq!(dataset.counts().n_repeated_purchases, 2);
}

#[test]
fn an_order_is_worth_what_its_first_row_says() {
    let mapping = Mapping {
        value: Some("total".into()),
        ..lines()
    };
    check(
        with(mapping),
        "who,at,did,order,sku,price,n,total\n\
         a,2024-05-01,purchase,1,x,10,2,30\n\
         a,2024-05-01,purchase,1,y,5,1,30\n\
         b,2024-05-01,purchase,2,x,10,2,30\n\
         ,,,2,y,5,1,\n",
        &[
            "0 1714521600000 purchase value=3000EUR transaction_id=String(\"1\") [x,,,,10000000×2] [y,,,,5000000×1]",
            "1 1714521600000 purchase value=3000EUR transaction_id=String(\"2\") [x,,,,10000000×2] [y,,,,5000000×1]",
        ],
        &[],
    );
}

#[test]
fn a_line_without_a_price_leaves_the_order_without_worth() {
    check(
        with(lines()),
        "who,at,did,order,sku,price,n\n\
         a,2024-05-01,purchase,1,x,10,2\n\
         a,2024-05-01,purchase,1,y,,1\n\
         a,2024-05-01,purchase,1,z,10,1\n\
         b,2024-05-01,purchase,2,x,10,2\n",
        &[
            "0 1714521600000 purchase transaction_id=String(\"1\") [x,,,,10000000×2] [y,,,,-×1] [z,,,,10000000×1]",
            "1 1714521600000 purchase value=2000EUR transaction_id=String(\"2\") [x,,,,10000000×2]",
        ],
        &[],
    );
}

#[test]
fn a_rejected_line_does_not_end_an_order_and_rows_with_ids_are_events() {
    check(
        with(lines()),
        "who,at,did,order,sku,price,n\n\
         a,2024-05-01,purchase,1,x,10,2\n\
         a,2024-05-01,purchase,1,y,10,-1\n\
         a,2024-05-01,purchase,1,z,10,1\n\
         ,2024-05-01,purchase,2,z,10,1\n",
        &[
            "0 1714521600000 purchase value=3000EUR transaction_id=String(\"1\") [x,,,,10000000×2] [z,,,,10000000×1]",
        ],
        &[
            "3: column `n`: `-1` is not a number of pieces",
            "5: column `who` is empty",
        ],
    );
    let mapping = Mapping {
        id: Some("no".into()),
        ..lines()
    };
    let (dataset, _) = import(
        with(mapping),
        b"who,at,did,order,sku,price,n,no\n\
          a,2024-05-01,purchase,1,x,10,2,7\n\
          a,2024-05-01,purchase,1,y,10,1,8\n",
    )
    .unwrap();
    assert_eq!(dataset.counts().n_repeated_purchases, 1);
}
