//! A look at the beginning of a file, before it is imported: what a page shows to choose the mapping.

use serde::Serialize;

use super::csv::{first_records, sniff_delimiter};
use super::error::ImportError;
use super::json::Keys;
use super::mapping::Mapping;
use super::preset::{self, Preset};
use super::sniff::{self, Format};
use super::snowplow;
use super::time::{is_date, is_time_of_day};
use super::unfold::first_object;

/// Rows of a CSV file that are shown.
const N_SAMPLE_ROWS: usize = 5;

/// What the beginning of a file shows.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS, crate::Schema))]
pub struct Inspection {
    /// How the file is written.
    pub format: Format,
    /// Its columns; of JSON those of the first object, where `list[].key` is in a list of objects. Empty
    /// for Parquet and Arrow, which take a decoder: see [`inspect_columns`].
    pub columns: Vec<String>,
    /// The first whole rows, for CSV, in the order of `columns`.
    pub sample: Vec<Vec<String>>,
    /// The known export that has these columns.
    pub preset: Option<Preset>,
    /// The mapping of the preset, or a guess by the names of the columns. `None` where a person must choose,
    /// and for our own events, which need none.
    pub mapping: Option<Mapping>,
}

/// Looks at the first bytes of a file; some 64 KiB are plenty. The name decides where the bytes do not.
///
/// # Errors
/// Where the file is empty, or must be converted first.
pub fn inspect(head: &[u8], file_name: &str) -> Result<Inspection, ImportError> {
    let line = sniff::first_line(head, true).unwrap_or_default();
    let format = sniff::sniff(head, line)?;
    let bare = |format| Inspection {
        format,
        columns: vec![],
        sample: vec![],
        preset: None,
        mapping: None,
    };
    let ours = |format, line: &[u8]| Inspection {
        columns: Keys::of_line(line),
        preset: Some(Preset::Desirepath),
        ..bare(format)
    };
    match format {
        Format::Parquet | Format::Arrow | Format::Dataset => Ok(bare(format)),
        Format::Snowplow => Ok(Inspection {
            format,
            ..inspection(snowplow::columns(), false)
        }),
        Format::Ndjson => Ok(ours(format, line)),
        Format::Json => {
            let first = first_object(head);
            Ok(match sniff::json_format(&first) {
                Format::Ndjson => ours(format, &first),
                _ => Inspection {
                    format,
                    ..inspection(Keys::of_line(&first), false)
                },
            })
        }
        Format::Jsonl => {
            let columns = Keys::of_line(line);
            // A first line that is cut or broken says nothing; a collector's export is named so.
            let is_ours = columns.is_empty() && file_name.ends_with(".ndjson");
            let format = if is_ours { Format::Ndjson } else { format };
            Ok(Inspection {
                format,
                ..inspection(columns, false)
            })
        }
        Format::Csv => {
            let body = head.strip_prefix(sniff::BYTE_ORDER_MARK).unwrap_or(head);
            let mut records =
                first_records(body, sniff_delimiter(line), N_SAMPLE_ROWS + 1).into_iter();
            let columns = records.next().unwrap_or_default();
            let sample = records.filter(|row| row.len() == columns.len()).collect();
            let mut inspection = Inspection {
                format,
                sample,
                ..inspect_columns(columns)
            };
            inspection.split_time();
            Ok(inspection)
        }
    }
}

impl Inspection {
    /// Where the guessed column of times has but times of day, looks for one that has the dates.
    fn split_time(&mut self) {
        let Some(mapping) = &mut self.mapping else {
            return;
        };
        let all = |column: usize, holds: fn(&str) -> bool| {
            let mut texts = self.sample.iter().map(|row| row[column].trim());
            !self.sample.is_empty() && texts.all(|text| text.is_empty() || holds(text))
        };
        let time = self.columns.iter().position(|name| *name == mapping.time);
        if time.is_some_and(|time| all(time, is_time_of_day)) {
            let is_day = |column: &usize| {
                self.columns[*column].to_ascii_lowercase().contains("date") && all(*column, is_date)
            };
            if let Some(date) = (0..self.columns.len()).find(is_day) {
                let time = std::mem::replace(&mut mapping.time, self.columns[date].clone());
                mapping.time_of_day = Some(time);
            }
        }
    }
}

/// The same for the columns of a Parquet file.
pub fn inspect_columns(columns: Vec<String>) -> Inspection {
    inspection(columns, true)
}

fn inspection(columns: Vec<String>, is_table: bool) -> Inspection {
    let preset = Preset::detect(&columns);
    let mapping = preset
        .map(|preset| {
            let mapping = preset.mapping(&columns);
            if is_table {
                mapping.restricted(&columns)
            } else {
                mapping
            }
        })
        .or_else(|| preset::guess(&columns));
    Inspection {
        format: Format::Parquet,
        columns,
        sample: vec![],
        preset,
        mapping,
    }
}
