//! What makes an import impossible. A single bad row never does: see [`Rejections`](super::Rejections).

use super::cell::Cell;
use super::mapping::Mapping;
use super::time::{TimeFormat, parse_text};
use crate::analysis::RequestError;

/// An import that cannot go on: what is wrong, where, and what to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ImportError {
    /// No bytes, or only blank ones.
    #[error("the file is empty: there is nothing to import")]
    Empty,
    /// Compressed as a whole.
    #[error("the file is compressed ({kind}): unpack it first")]
    Compressed {
        /// The kind of compression, such as `gzip`.
        kind: &'static str,
    },
    /// Something else than events in a table or in lines.
    #[error(
        "the file is {kind}, and no table of events: give CSV, JSON, Parquet or Arrow; a spreadsheet can be \
         saved as CSV"
    )]
    NoTable {
        /// What it is instead, with an article.
        kind: &'static str,
    },
    /// UTF-16, as some spreadsheets write.
    #[error("the file is UTF-16: save it as UTF-8")]
    Utf16,
    /// A file that should be an encoded dataset.
    #[error(transparent)]
    Dataset(#[from] crate::dataset::DecodeError),
    /// An encoded dataset beside other files.
    #[error(
        "a converted dataset cannot be joined to other files: convert all files together, or open it alone"
    )]
    DatasetAmongFiles,
    /// The first version of Feather, which is not Arrow IPC.
    #[error(
        "the file is Feather of version 1: write it again, as Feather of version 2 or as Parquet"
    )]
    FeatherV1,
    /// The columns are there, but nobody said what they mean.
    #[error(
        "the columns {} are of no known export: say which hold the person, the time and the name of the event{}{}",
        list(columns),
        proposal(columns),
        headless(columns)
    )]
    MappingNeeded {
        /// The columns of the file.
        columns: Vec<String>,
    },
    /// The mapping names a column that the file does not have.
    #[error(
        "{role} is mapped to the column `{column}`, which the file does not have; it has {}{}",
        list(available),
        headless(available)
    )]
    UnknownColumn {
        /// What the column was to hold, such as `person`.
        role: &'static str,
        /// The column asked for.
        column: String,
        /// The columns of the file.
        available: Vec<String>,
    },
    /// The mapping names a column of lists, where one value is needed.
    #[error(
        "the column `{column}` holds lists: name what is inside, like `{column}.key`, or map it to `items_json` or \
         `props_json`"
    )]
    NestedColumn {
        /// The column asked for.
        column: String,
    },
    /// The mapping contradicts itself or does not fit the format.
    #[error("the mapping cannot be used: {0}")]
    Mapping(&'static str),
    /// The mapping names a time zone that nobody knows.
    #[error("the mapping cannot be used: {0}")]
    TimeZone(#[from] RequestError),
    /// There are rows, and none of them became an event.
    #[error("no row of {n_rows} could be read: mend the mapping or the file{first}")]
    NoRows {
        /// How many there are.
        n_rows: u64,
        /// Line and reason of the first one, as the end of a sentence.
        first: String,
    },
    /// Parquet was asked for and is something else, or is damaged.
    #[error("not a readable Parquet file: {0}")]
    Parquet(String),
    /// A compression inside Parquet that is not supported.
    #[error(
        "the column `{column}` is compressed with {codec}: write the file with snappy, zstd, gzip, lz4 or no compression"
    )]
    Codec {
        /// The first column with it.
        column: String,
        /// The compression.
        codec: String,
    },
    /// Arrow IPC was asked for and is something else, or is damaged.
    #[error("not a readable Arrow file: {0}")]
    Arrow(String),
    /// This build leaves Parquet and Arrow to a module of their own.
    #[error(
        "this build does not read Parquet and Arrow by itself: decode the file and hand over its chunks"
    )]
    NotBuilt,
    /// Bytes that are not an encoded chunk.
    #[error("not an encoded chunk of columns: {0}")]
    Chunk(&'static str),
}

/// The mapping that the columns' names suggest, as it may be given.
fn proposal(columns: &[String]) -> String {
    let Some(mapping) = super::preset::guess(columns).filter(|mapping| mapping.events.is_none())
    else {
        return String::new();
    };
    let Mapping {
        person, time, name, ..
    } = mapping;
    let name = match (mapping.name_constant, mapping.transaction) {
        (Some(constant), Some(order)) => format!("name_constant={constant},transaction={order}"),
        _ => format!("name={name}"),
    };
    format!(", such as person={person},time={time},{name}")
}

/// What to do where the names of columns are values.
fn headless(columns: &[String]) -> &'static str {
    let is_time = |column: &String| parse_text(column, TimeFormat::Auto).is_ok();
    if columns.iter().any(is_time) {
        "; its first line seems to be a row: name the columns with `header`"
    } else {
        ""
    }
}

/// Column names for a message: the first twenty.
fn list(columns: &[String]) -> String {
    const MAX_LISTED: usize = 20;
    let mut text = String::new();
    for (index, column) in columns.iter().take(MAX_LISTED).enumerate() {
        if index > 0 {
            text.push_str(", ");
        }
        text.push_str(&Cell::Text(column).to_string());
    }
    match columns.len() {
        0 => "none".to_owned(),
        n_columns if n_columns > MAX_LISTED => {
            format!("{text} and {} more", n_columns - MAX_LISTED)
        }
        _ => text,
    }
}
