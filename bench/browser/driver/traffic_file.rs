//! The file that both engines open: generated traffic, flat, one row an event, in the order in which a collector
//! would have received it.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, Result};
use bench::traffic::{self, Options};
use event::Decimal;
use parquet::basic::Compression;
use parquet::column::writer::ColumnWriter;
use parquet::data_type::ByteArray;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;

/// The columns. Dictionaries and Snappy, as most writers choose by themselves.
const SCHEMA: &str = "message events {
    required binary visitor (UTF8);
    required int64 ts (TIMESTAMP(MILLIS, false));
    required binary name (UTF8);
    required binary channel (UTF8);
    optional binary page_path (UTF8);
    optional int64 value (DECIMAL(18, 6));
    optional binary currency (UTF8);
}";

/// Rows of a row group: what DuckDB writes by default.
const ROW_GROUP: usize = 122_880;

/// One row.
struct FlatRow {
    visitor: String,
    ts: i64,
    name: String,
    channel: &'static str,
    page_path: Option<String>,
    value_micros: Option<i64>,
    currency: Option<String>,
}

/// Writes the file with this many events, unless it is there, into this folder, and returns its name.
pub(crate) fn ensure(folder: &Path, n_events: usize) -> Result<String> {
    let name = format!("traffic-{n_events}.parquet");
    let path = folder.join(&name);
    if !path.exists() {
        eprintln!("bench: generating {n_events} events");
        std::fs::create_dir_all(folder)?;
        // Under another name until it is whole, so that a run that was stopped leaves nothing to trust.
        let unfinished: PathBuf = path.with_extension("unfinished");
        write(&rows(n_events), &unfinished)
            .with_context(|| format!("writing {}", path.display()))?;
        std::fs::rename(&unfinished, &path)?;
    }
    Ok(name)
}

/// Events for each person in the mean, some of them much more than others.
const EVENTS_PER_PERSON: usize = 25;

/// Where people came from, the commonest first.
const CHANNELS: [&str; 10] = [
    "organic_search",
    "direct",
    "paid_search",
    "email",
    "paid_social",
    "organic_social",
    "referral",
    "affiliate",
    "display",
    "sms",
];

/// The channel of a visitor, by a hash of the id: one of the first is ten times as common as one of the last.
fn channel(visitor: &str) -> &'static str {
    let hash = visitor
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
    // Of 55 equal parts the first channel has ten, the second nine, and the last one.
    let n = CHANNELS.len() as u64;
    let mut left = (hash >> 32) % (n * (n + 1) / 2);
    let mut place = 0;
    while left >= n - place {
        left -= n - place;
        place += 1;
    }
    CHANNELS[place as usize]
}

/// The traffic, in the order of its time. A device stands for a person, so that no engine has to join the two.
fn rows(n_events: usize) -> Vec<FlatRow> {
    let options = Options {
        n_people: n_events / EVENTS_PER_PERSON,
        n_events,
        n_days: 90,
        end_ts: 1_763_780_000_000,
        seed: 1,
    };
    let mut rows = Vec::with_capacity(n_events);
    for events in traffic::people(&options) {
        // In SQL, a rule for events of the same millisecond costs extra: there are none, to its favour.
        let mut latest = BTreeMap::new();
        for event in events {
            let visitor = event.visitor.unwrap_or_default();
            let earliest = latest.get(&visitor).map_or(event.ts, |ts| ts + 1);
            let ts = event.ts.max(earliest);
            latest.insert(visitor.clone(), ts);
            rows.push(FlatRow {
                channel: channel(&visitor),
                visitor,
                ts,
                name: event.name,
                page_path: event.page.and_then(|page| page.path),
                value_micros: event.value.map(Decimal::micros),
                currency: event.currency,
            });
        }
    }
    rows.sort_by_key(|row| row.ts);
    rows
}

fn write(rows: &[FlatRow], path: &Path) -> Result<()> {
    let schema = Arc::new(parse_message_type(SCHEMA)?);
    let properties = WriterProperties::builder()
        .set_compression(Compression::SNAPPY)
        .build();
    let mut writer = SerializedFileWriter::new(File::create(path)?, schema, Arc::new(properties))?;
    for rows in rows.chunks(ROW_GROUP) {
        let mut group = writer.next_row_group()?;
        let mut index = 0;
        while let Some(mut column) = group.next_column()? {
            write_column(column.untyped(), rows, index)?;
            column.close()?;
            index += 1;
        }
        group.close()?;
    }
    writer.close()?;
    Ok(())
}

/// Writes column `index` of the schema.
fn write_column(column: &mut ColumnWriter<'_>, rows: &[FlatRow], index: usize) -> Result<()> {
    let text = |text: &str| ByteArray::from(text.as_bytes().to_vec());
    match column {
        ColumnWriter::Int64ColumnWriter(writer) if index == 1 => {
            let values: Vec<i64> = rows.iter().map(|row| row.ts).collect();
            writer.write_batch(&values, None, None)?;
        }
        ColumnWriter::Int64ColumnWriter(writer) => {
            let values: Vec<i64> = rows.iter().filter_map(|row| row.value_micros).collect();
            let present: Vec<i16> = rows
                .iter()
                .map(|row| row.value_micros.is_some().into())
                .collect();
            writer.write_batch(&values, Some(&present), None)?;
        }
        ColumnWriter::ByteArrayColumnWriter(writer) if index == 0 || index == 2 || index == 3 => {
            let values: Vec<_> = rows
                .iter()
                .map(|row| match index {
                    0 => text(&row.visitor),
                    2 => text(&row.name),
                    _ => text(row.channel),
                })
                .collect();
            writer.write_batch(&values, None, None)?;
        }
        ColumnWriter::ByteArrayColumnWriter(writer) => {
            let field = |row: &FlatRow| {
                if index == 4 {
                    row.page_path.clone()
                } else {
                    row.currency.clone()
                }
            };
            let values: Vec<_> = rows
                .iter()
                .filter_map(field)
                .map(|value| text(&value))
                .collect();
            let present: Vec<i16> = rows.iter().map(|row| field(row).is_some().into()).collect();
            writer.write_batch(&values, Some(&present), None)?;
        }
        _ => unreachable!("the schema has no column of another type"),
    }
    Ok(())
}
