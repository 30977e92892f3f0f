//! Tests through the public face: files go in, rows and rejections come out.

#[cfg(feature = "arrow")]
mod arrow;
mod csv;
mod files;
mod json;
mod jsonl;
mod ndjson;
#[cfg(feature = "parquet")]
mod nested;
mod orders;
#[cfg(feature = "parquet")]
mod parquet;
mod shops;
mod splits;
mod trackers;
mod vendors;
mod zones;

use std::fmt::Write;

use super::*;

/// The mapping of a table with the columns `who`, `at` and `did`.
fn mapping() -> Mapping {
    Mapping {
        person: "who".into(),
        time: "at".into(),
        name: "did".into(),
        ..Mapping::default()
    }
}

fn import(options: ImportOptions, bytes: &[u8]) -> Result<(Dataset, Rejections), ImportError> {
    import_chunks(options, &[bytes])
}

fn import_chunks(
    options: ImportOptions,
    chunks: &[&[u8]],
) -> Result<(Dataset, Rejections), ImportError> {
    let mut importer = Importer::new(options)?;
    for chunk in chunks {
        importer.push(chunk)?;
    }
    importer.finish()
}

/// Reads `file` and compares what came of it: events as [`show`] writes them, and rejected rows as
/// `line: reason`.
#[track_caller]
fn check(options: ImportOptions, file: impl AsRef<[u8]>, rows: &[&str], rejected: &[&str]) {
    let (dataset, rejections) = import(options, file.as_ref()).unwrap();
    assert_eq!(show(&dataset), rows);
    let list: Vec<String> = rejections
        .rejected
        .iter()
        .map(|row| format!("{}: {}", row.line, row.reason))
        .collect();
    assert_eq!(list, rejected);
    assert_eq!(rejections.n_rejected, rejected.len() as u64);
    assert_eq!(dataset.counts().n_rejected, rejections.n_rejected);
}

/// Reads `file`, which cannot be read, and compares the message.
#[track_caller]
fn check_error(options: ImportOptions, file: impl AsRef<[u8]>, message: &str) {
    assert_eq!(
        import(options, file.as_ref()).unwrap_err().to_string(),
        message
    );
}

/// Reads 300 rows that another program has packed, and then, with one byte changed at each of these places, what is
/// damaged: an error, or other rows, and nothing worse.
#[cfg(any(feature = "arrow", feature = "parquet"))]
#[track_caller]
fn check_packed(file: &[u8], damages: impl Iterator<Item = usize>) {
    let mapping = Mapping {
        value: Some("sum".into()),
        currency_constant: Some("EUR".into()),
        ..mapping()
    };
    let (dataset, rejections) = import(with(mapping.clone()), file).unwrap();
    assert_eq!((dataset.n_events(), dataset.n_people()), (299, 7));
    assert_eq!(rejections.rejected[0].reason, "column `did` is empty");
    // The sum of i / 4 over every third row from the third on; the sixth has no name.
    let rows = (2..300).step_by(3).filter(|i| *i != 5);
    let cents: i64 = rows.map(|i| i * 25).sum();
    let amounts = (0..dataset.n_events()).filter_map(|row| dataset.amounts.get(row));
    assert_eq!(amounts.map(|(minor, _)| minor).sum::<i64>(), cents);
    for at in damages {
        let mut broken = file.to_vec();
        broken[at] ^= 0x55;
        let _ = import(with(mapping.clone()), &broken);
    }
}

/// Reads a view of the product 2^63 by the person 2^64 - 1 and, a millisecond later, one of 5 by 7.
#[cfg(any(feature = "arrow", feature = "parquet"))]
#[track_caller]
fn check_unsigned(file: &[u8]) {
    let mapping = Mapping {
        item: Some("sku".into()),
        transaction: Some("who".into()),
        ..mapping()
    };
    let rows = [
        "0 0 view transaction_id=String(\"18446744073709551615\") [9223372036854775808,,,,-×1]",
        "1 1 view transaction_id=String(\"7\") [5,,,,-×1]",
    ];
    check(with(mapping), file, &rows, &[]);
}

fn with(mapping: Mapping) -> ImportOptions {
    ImportOptions {
        mapping: Some(mapping),
        ..ImportOptions::default()
    }
}

/// Every event of a dataset as `person ts name`, and what else it has. Persons are numbered.
fn show(dataset: &Dataset) -> Vec<String> {
    let mut lines = Vec::new();
    for person in 0..dataset.n_people() {
        let rows = dataset.person_starts[person]..dataset.person_starts[person + 1];
        lines.extend(rows.map(|row| show_row(dataset, person, row)));
    }
    lines
}

fn show_row(dataset: &Dataset, person: usize, row: u32) -> String {
    let at = row as usize;
    let text = |dictionary: &crate::dataset::Dictionary, code| dictionary.text(code).to_owned();
    let name = text(&dataset.names, dataset.name.get(at) as usize);
    let mut line = format!("{person} {} {name}", dataset.ts.get(at));
    let page = dataset
        .page
        .as_ref()
        .map_or(0, |page| page.get(at) as usize);
    if page > 0 {
        line += &format!(" page={}", text(&dataset.templates, page - 1));
    }
    let amounts = &dataset.amounts;
    if let Some((minor, currency)) = amounts.get(at) {
        let currency = text(&amounts.currencies, currency as usize);
        write!(line, " value={minor}{currency}").unwrap();
    }
    for prop in &dataset.props {
        if let Some(code) = prop.code(at) {
            let value = prop.value(code as usize);
            write!(line, " {}={value:?}", prop.key).unwrap();
        }
    }
    let items = &dataset.items;
    for item in items.of(at) {
        let mut fields: Vec<&str> = Vec::new();
        for field in &items.fields {
            let code = (field.code(item) as usize).checked_sub(1);
            fields.push(code.map_or("", |code| field.values.text(code)));
        }
        let price = match items.price_micros.get(item) {
            i64::MIN => "-".to_owned(),
            micros => micros.to_string(),
        };
        let quantity = items.quantity.get(item);
        write!(line, " [{},{price}×{quantity}]", fields.join(",")).unwrap();
    }
    line
}
