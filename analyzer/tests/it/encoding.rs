//! A dataset as bytes: what is read is what was written, and anything else is an error.

use analyzer::dataset::{BuildOptions, Dataset, DatasetBuilder, DecodeError};
use analyzer::row::{ItemRef, PropRef, Row};
use analyzer::run;
use proptest::prelude::*;

use crate::events::{build, events, options};
use crate::requests::request;

/// A small dataset with everything in it.
fn small() -> Dataset {
    let mut builder = DatasetBuilder::new(BuildOptions::default());
    let items = [ItemRef {
        item_id: Some("7"),
        price_micros: Some(5),
        quantity: 2,
        ..ItemRef::default()
    }];
    for n in 0..6 {
        let props = [
            ("kind", PropRef::String(if n % 2 == 0 { "a" } else { "b" })),
            ("n", PropRef::Number(f64::from(n))),
        ];
        let row = Row {
            ts: i64::from(n / 2) * 1_000_000,
            visitor: Some("v"),
            user: (n == 5).then_some("u"),
            name: if n == 3 { "purchase" } else { "view" },
            page: (n < 4).then_some("/p/1"),
            value_micros: (n == 3).then_some(12_000_000),
            currency: Some("EUR"),
            props: &props[..(n % 3) as usize],
            items: &items[..(n % 2) as usize],
            ..Row::default()
        };
        builder.push(&row).unwrap();
    }
    builder.finish()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]
    #[test]
    fn what_is_read_is_what_was_written(events in events(), options in options(), request in request()) {
        let dataset = build(&events, &options);
        let read = Dataset::decode(&dataset.encode()).unwrap();
        prop_assert_eq!(&read, &dataset);
        let json = |dataset| serde_json::to_string(&run(dataset, &request).unwrap()).unwrap();
        prop_assert_eq!(json(&read), json(&dataset));
    }

    #[test]
    fn what_was_changed_is_noticed_or_harmless(at in 0_usize..2000, byte in any::<u8>(), request in request()) {
        let mut bytes = small().encode();
        let at = 20 + at % (bytes.len() - 20);
        bytes[at] = byte;
        let checksum = crc32fast::hash(&bytes[20..]);
        bytes[16..20].copy_from_slice(&checksum.to_le_bytes());
        // With a right checksum, a changed body may still be a dataset; then it must hold every scan.
        if let Ok(dataset) = Dataset::decode(&bytes) {
            dataset.summary();
            run(&dataset, &request).unwrap();
        }
    }
}

#[test]
fn every_cut_is_an_error() {
    let bytes = small().encode();
    assert_eq!(Dataset::decode(&bytes).unwrap(), small());
    for end in 0..bytes.len() {
        assert!(Dataset::decode(&bytes[..end]).is_err(), "cut at {end}");
        // Also where length and checksum say that this is all.
        if end >= 20 {
            let mut cut = bytes[..end].to_vec();
            cut[8..16].copy_from_slice(&(end as u64 - 20).to_le_bytes());
            let checksum = crc32fast::hash(&cut[20..]);
            cut[16..20].copy_from_slice(&checksum.to_le_bytes());
            assert!(Dataset::decode(&cut).is_err(), "ends at {end}");
        }
    }
    let grown = [&bytes[..], b"x"].concat();
    assert_eq!(Dataset::decode(&grown), Err(DecodeError::Length));
}

#[test]
fn what_is_wrong_is_said() {
    let bytes = small().encode();
    assert_eq!(Dataset::decode(b"who,at,did"), Err(DecodeError::Mark));
    let mut other = bytes.clone();
    other[6] = 9;
    assert_eq!(Dataset::decode(&other), Err(DecodeError::Version(9)));
    for at in 20..bytes.len() {
        let mut broken = bytes.clone();
        broken[at] ^= 0x10;
        let expected = Err(DecodeError::Damaged("checksum"));
        assert_eq!(Dataset::decode(&broken), expected, "byte {at}");
    }
    assert_eq!(
        DecodeError::Length.to_string(),
        "the converted dataset is cut off or has grown: copy the file again, or convert the events again"
    );
}
