//! A batch gives what its rows give, one by one.

use proptest::prelude::*;

use super::*;
use crate::dataset::{BuildOptions, Dataset, DatasetBuilder};
use crate::ingest::Mapping;
use crate::ingest::chunk::{Chunk, Coded, Texts};
use crate::ingest::plan::Place;

/// Values of a column that may be absent.
fn column(
    values: impl Strategy<Value = Values> + Clone + 'static,
) -> impl Strategy<Value = (Vec<bool>, Values)> {
    (prop::collection::vec(prop::bool::weighted(0.9), N), values)
}

const N: usize = 24;

fn texts(choice: &'static [&'static str]) -> BoxedStrategy<Values> {
    let codes = prop::collection::vec(0..choice.len() as u32, N);
    (codes, any::<bool>())
        .prop_map(move |(codes, is_coded)| {
            let mut texts = Texts::default();
            if is_coded {
                choice.iter().for_each(|text| texts.push(text));
                return Values::Coded(Coded::new(texts, codes).unwrap());
            }
            codes
                .iter()
                .for_each(|&code| texts.push(choice[code as usize]));
            Values::Text(texts)
        })
        .boxed()
}

fn any_values() -> BoxedStrategy<Values> {
    let float = prop_oneof![Just(0.0), Just(-0.0), Just(2.5), Just(f64::NAN), Just(7.0)];
    prop_oneof![
        texts(&[
            "",
            "a",
            "b",
            "true",
            "3.50",
            "/p/1?q",
            "https://x.example/p/2/"
        ]),
        prop::collection::vec(0..4i64, N).prop_map(Values::Int),
        prop::collection::vec(float, N).prop_map(Values::Float),
        prop::collection::vec(any::<bool>(), N).prop_map(Values::Bool),
        prop::collection::vec(0..4_000_000i64, N).prop_map(Values::Decimal),
        prop::collection::vec(0..9i64, N).prop_map(Values::Time),
    ]
    .boxed()
}

const ROLES: [&str; 19] = [
    "visitor",
    "user",
    "tab",
    "name",
    "page",
    "id",
    "seq",
    "value",
    "currency",
    "item",
    "item_name",
    "brand",
    "category",
    "price",
    "quantity",
    "prop",
    "cart_id",
    "order",
    "ts",
];

fn mapping(is_mapped: &[bool], value_names: bool) -> Mapping {
    let role = |at: usize| is_mapped[at].then(|| ROLES[at].to_owned());
    Mapping {
        person: "visitor".into(),
        time: "ts".into(),
        name: "name".into(),
        user: role(1),
        tab: role(2),
        page: role(4),
        id: role(5),
        seq: role(6),
        value: role(7),
        value_names: if value_names {
            vec!["a".into()]
        } else {
            vec![]
        },
        currency: role(8),
        currency_constant: is_mapped[3].then(|| "jpy".into()),
        item: role(9),
        item_name: role(10),
        item_brand: role(11),
        item_category: role(12),
        price: role(13),
        quantity: role(14),
        cart: role(16),
        transaction: role(17),
        session: role(15),
        props: role(15)
            .into_iter()
            .chain(role(16).filter(|_| is_mapped[4]))
            .chain(role(8))
            .chain(role(15))
            .collect(),
        ..Mapping::default()
    }
}

fn finish(sink: Sink) -> Dataset {
    sink.builder.finish()
}

proptest! {
    #[test]
    fn a_batch_equals_its_rows(
        columns in prop::collection::vec(column(any_values()), ROLES.len() - 1),
        ts in prop::collection::vec(0..5i64, N),
        is_mapped in prop::collection::vec(any::<bool>(), ROLES.len()),
        value_names: bool,
        is_complete in prop::bool::weighted(0.8),
    ) {
        let mut chunk = Chunk::new(N);
        for (role, (is_present, values)) in ROLES.iter().zip(columns) {
            let is_full = is_complete && ["visitor", "name"].contains(role);
            let is_amount = ["value", "price", "quantity", "seq"].contains(role);
            let values = match values {
                _ if is_full && *role == "name" => {
                    let mut names = Texts::default();
                    ["a", "purchase", "view_cart"].iter().for_each(|name| names.push(name));
                    Values::Coded(Coded::new(names, (0..N as u32).map(|at| at % 3).collect()).unwrap())
                }
                _ if is_full => {
                    Values::Int((0..N as i64).map(|at| at % 5).collect())
                }
                Values::Int(_) | Values::Float(_) => values,
                _ if is_complete && is_amount => Values::Int((0..N as i64).collect()),
                other => other,
            };
            if is_full {
                chunk.add(role, None, values).unwrap();
            } else {
                let n = is_present.iter().filter(|present| **present).count();
                chunk.add(role, Some(&is_present), cut(values, n)).unwrap();
            }
        }
        chunk.add("ts", None, Values::Time(ts)).unwrap();

        let names: Vec<String> = ROLES.map(str::to_owned).into();
        let mapping = mapping(&is_mapped, value_names);
        let columns = chunk.columns();
        let make = |in_one_go: bool| {
            let mut maker = RowMaker::new(&mapping).unwrap();
            let places = maker.plan.places(&names).unwrap();
            let positions = maker.plan.positions(&places).unwrap();
            let mut sink = Sink::new(DatasetBuilder::new(BuildOptions::default()), TimeZones::new(None));
            for _ in 0..2 {
                if in_one_go && maker.make_all(columns, &positions, N, &mut sink) {
                    continue;
                }
                for row in 0..N {
                    let cell = |column: usize| match places[column] {
                        Place::Column(position) => columns[position].cell(row),
                        Place::Absent | Place::Inside(_) => Cell::Missing,
                    };
                    maker.make(cell, &mut sink, || 0, String::new);
                }
            }
            (sink.n_rows, sink.rejections.n_rejected, finish(sink))
        };
        prop_assert_eq!(make(true), make(false));
    }
}

/// The first `n` values.
fn cut(values: Values, n: usize) -> Values {
    fn first<T>(mut values: Vec<T>, n: usize) -> Vec<T> {
        values.truncate(n);
        values
    }
    match values {
        Values::Int(values) => Values::Int(first(values, n)),
        Values::Float(values) => Values::Float(first(values, n)),
        Values::Bool(values) => Values::Bool(first(values, n)),
        Values::Time(values) => Values::Time(first(values, n)),
        Values::LocalTime(values) => Values::LocalTime(first(values, n)),
        Values::Decimal(values) => Values::Decimal(first(values, n)),
        Values::Text(texts) => {
            let mut kept = Texts::default();
            (0..n).for_each(|at| kept.push(texts.get(at)));
            Values::Text(kept)
        }
        Values::Coded(coded) => {
            let codes = coded.codes()[..n].to_vec();
            Values::Coded(Coded::new(coded.entries().clone(), codes).unwrap())
        }
    }
}
