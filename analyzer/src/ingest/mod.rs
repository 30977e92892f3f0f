//! Getting data in: bytes of a file, in chunks of any size, become rows of a dataset.
//!
//! ```
//! use analyzer::ingest::{ImportOptions, Importer, Mapping};
//!
//! let mapping = Mapping { person: "who".into(), time: "at".into(), name: "did".into(), ..Mapping::default() };
//! let mut importer = Importer::new(ImportOptions { mapping: Some(mapping), ..ImportOptions::default() })?;
//! importer.push(b"who,at,did\n7,2024-05-01 10:00:00,vi")?;
//! importer.push(b"ew\n7,soon,cart\n")?;
//! let (_dataset, rejections) = importer.finish()?;
//! assert_eq!(rejections.n_rejected, 1);
//! assert!(rejections.rejected[0].reason.starts_with("column `at`: `soon` is not a time"));
//! # Ok::<(), analyzer::ingest::ImportError>(())
//! ```
//!
//! A reader for each format turns bytes into events: [`Format::Ndjson`] directly, the others through cells and
//! a [`Mapping`] that says which column means what. A bad row is never an error: it is counted and listed with
//! its line and a reason in [`Rejections`]. An [`ImportError`] says that the request itself cannot be met.
//!
//! The module knows neither files nor clocks, and does not decide sessions, persons or page templates: that is
//! the dataset's part.

mod archive;
#[cfg(feature = "arrow")]
pub mod arrow;
mod cell;
pub mod chunk;
mod csv;
mod decimal;
mod error;
mod fields;
mod foreign;
mod inspect;
mod json;
mod jsonl;
mod lines;
mod live;
mod maker;
mod mapping;
mod ndjson;
#[cfg(any(feature = "arrow", feature = "parquet"))]
mod nested;
#[cfg(any(feature = "arrow", feature = "parquet"))]
mod numbers;
#[cfg(feature = "parquet")]
pub mod parquet;
mod plan;
mod preset;
mod reader;
mod rejections;
mod sink;
mod sniff;
mod snowplow;
mod table;
#[cfg(test)]
mod tests;
mod time;
mod unfold;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use self::archive::{is_of_events, is_of_office};
use self::chunk::Chunk;
use self::csv::CsvReader;
pub use self::error::ImportError;
pub use self::inspect::{Inspection, inspect, inspect_columns};
use self::jsonl::JsonlReader;
pub use self::live::LiveImport;
use self::maker::RowMaker;
pub use self::mapping::Mapping;
use self::ndjson::NdjsonReader;
pub(crate) use self::preset::Known;
pub use self::preset::Preset;
use self::reader::Reader;
pub use self::rejections::{MAX_KEPT_REJECTIONS, Rejection, Rejections};
use self::sink::Sink;
pub use self::sniff::Format;
use self::snowplow::SnowplowReader;
use self::table::{TableReader, needed_columns};
use self::time::TimeZones;
pub use self::time::{KnownZones, TimeFormat};
use self::unfold::Unfold;
use crate::dataset::{BuildOptions, Dataset, DatasetBuilder, MAGIC};

/// How files are read.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS, crate::Schema), ts(optional_fields))]
pub struct ImportOptions {
    /// The format of every file; `None` recognises each by its first bytes.
    pub format: Option<Format>,
    /// What the columns mean; `None` uses the preset whose columns are there. [`Format::Ndjson`] needs none.
    pub mapping: Option<Mapping>,
    /// Files that are read otherwise, by their names.
    #[cfg_attr(feature = "ts", ts(as = "Option<_>"))]
    pub files: BTreeMap<String, FileOptions>,
    /// How rows become a dataset.
    #[cfg_attr(feature = "ts", ts(as = "Option<_>"))]
    pub build: BuildOptions,
    /// Who knows the time zones that mappings and texts name, which whoever runs the import gives; without it, UTC is
    /// the only one.
    #[serde(skip)]
    #[cfg_attr(feature = "ts", ts(skip))]
    pub time_zones: Option<KnownZones>,
}

/// How one of several files is read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS, crate::Schema), ts(optional_fields))]
pub struct FileOptions {
    /// Its format; `None` recognises it by its first bytes.
    pub format: Option<Format>,
    /// What its columns mean; `None` uses the preset whose columns are there.
    pub mapping: Option<Mapping>,
}

/// How far an import has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS, crate::Schema))]
pub struct Progress {
    /// Bytes read, of all files.
    pub n_bytes: u64,
    /// Rows taken.
    pub n_rows: u64,
    /// Rows rejected.
    pub n_rejected: u64,
}

/// Reads one or more files into a dataset.
///
/// However the bytes are cut into chunks, the result is the same.
pub struct Importer {
    /// How files are read that `files` does not name.
    general: FileOptions,
    files: BTreeMap<String, FileOptions>,
    reader: Reader,
    /// Where the present file is JSON that is not in lines: what makes lines of it.
    unfold: Option<Unfold>,
    sink: Sink,
    /// The dataset that a file was.
    whole: Option<Dataset>,
    n_files: usize,
    /// Rows taken and rejected before the present file.
    n_before: [u64; 2],
    n_bytes: u64,
    expected: Option<Expected>,
}

/// The size of the present file, until the number of its rows has been estimated.
#[derive(Clone, Copy)]
struct Expected {
    n_bytes: u64,
    n_bytes_before: u64,
    n_rows_before: u64,
}

/// Rows of a file are estimated once so many of its bytes have been read.
const ESTIMATE_AFTER: u64 = 4 << 20;

impl Importer {
    /// # Errors
    /// [`ImportError::Mapping`] where a mapping names no person, time or name, [`ImportError::TimeZone`] where it names
    /// a time zone that nobody knows.
    pub fn new(options: ImportOptions) -> Result<Self, ImportError> {
        let ImportOptions {
            format,
            mapping,
            mut files,
            build,
            time_zones,
        } = options;
        let mut general = FileOptions { format, mapping };
        let time_zones = TimeZones::new(time_zones);
        for mapping in files
            .values_mut()
            .chain([&mut general])
            .flat_map(|file| &mut file.mapping)
        {
            if let Some(zone) = &mut mapping.time_zone {
                zone.resolve(&mut |name| time_zones.look_up(name));
            }
            RowMaker::new(mapping)?;
        }
        let sink = Sink::new(DatasetBuilder::new(build), time_zones);
        Ok(Self {
            general,
            files,
            reader: Reader::New,
            unfold: None,
            sink,
            whole: None,
            n_files: 0,
            n_before: [0; 2],
            n_bytes: 0,
            expected: None,
        })
    }

    /// Ends the present file, if one has begun, and begins another that goes into the same dataset. `name`
    /// stands in the list of rejected rows, and its part behind the last slash chooses among the options'
    /// `files`.
    ///
    /// # Errors
    /// Those of [`Importer::finish`], for the present file.
    pub fn next_file(&mut self, name: &str) -> Result<(), ImportError> {
        if !matches!(self.reader, Reader::New) || self.sink.file.is_some() {
            self.end_file()?;
        }
        self.sink.file = Some(name.to_owned());
        Ok(())
    }

    /// Reads the next bytes of the present file.
    ///
    /// # Errors
    /// Where the file is of no readable format, or the mapping does not fit its columns.
    pub fn push(&mut self, bytes: &[u8]) -> Result<(), ImportError> {
        if bytes.is_empty() {
            // Nothing of the file has come; what it lacks is said at its end, whether it came in chunks or not.
            return Ok(());
        }
        self.estimate();
        self.n_bytes += bytes.len() as u64;
        let mut lines = Vec::new();
        let bytes = match &mut self.unfold {
            Some(unfold) => {
                unfold.push(bytes, &mut lines);
                &lines
            }
            None => bytes,
        };
        match &mut self.reader {
            Reader::New => self.push_head(bytes.to_vec(), false),
            Reader::Head(head) => {
                let mut head = std::mem::take(head);
                head.extend(bytes);
                self.push_head(head, false)
            }
            reader => reader.push(bytes, &mut self.sink),
        }
    }

    /// Says how many bytes the present file has, so that room for its rows can be made once some of them have come. Less
    /// memory is needed then; a wrong number does no harm.
    pub fn expect_bytes(&mut self, n_bytes: u64) {
        self.expected = Some(Expected {
            n_bytes,
            n_bytes_before: self.n_bytes,
            n_rows_before: self.sink.n_rows,
        });
    }

    fn estimate(&mut self) {
        if let Some(Expected {
            n_bytes,
            n_bytes_before,
            n_rows_before,
        }) = self.expected
            && self.n_bytes - n_bytes_before >= ESTIMATE_AFTER
        {
            self.expected = None;
            let [n_rows, n_read, n_left] = [
                self.sink.n_rows - n_rows_before,
                self.n_bytes - n_bytes_before,
                n_bytes.saturating_sub(self.n_bytes - n_bytes_before),
            ]
            .map(|number| number as f64);
            // Rows differ in length, so a little more than those so far say.
            self.expect_rows((n_rows * n_left / n_read * 1.03) as u64);
        }
    }

    /// Makes room for so many more rows, as a file's own count tells. Less memory is needed then; more rows or fewer do
    /// no harm.
    pub fn expect_rows(&mut self, n_more: u64) {
        self.sink.builder.expect_rows(n_more);
    }

    /// The columns of a table that the present file needs; `None` where it cannot be imported, which
    /// [`push_chunk`](Self::push_chunk) will explain. The rest need not be decoded.
    pub fn needed_columns(&self, columns: &[String]) -> Option<Vec<String>> {
        needed_columns(columns, self.file_options().mapping.clone())
    }

    /// Reads the next rows of a file that a decoder has turned into columns.
    ///
    /// # Errors
    /// Where the mapping does not fit the columns, or the present file came as bytes.
    pub fn push_chunk(&mut self, chunk: &Chunk) -> Result<(), ImportError> {
        if matches!(self.reader, Reader::New) {
            self.reader = Reader::Chunks(Box::new(TableReader::new(
                self.file_options().mapping.clone(),
            )));
        }
        match &mut self.reader {
            Reader::Chunks(table) => table.push(chunk, &mut self.sink),
            _ => Err(ImportError::Chunk(
                "the present file came as bytes; begin another file",
            )),
        }
    }

    /// How the present file is read.
    fn file_options(&self) -> &FileOptions {
        let path = self.sink.file.as_deref().unwrap_or_default();
        let name = path.rsplit(['/', '\\']).next().unwrap_or_default();
        self.files.get(name).unwrap_or(&self.general)
    }

    /// How far the import has come.
    pub fn progress(&self) -> Progress {
        let Sink {
            n_rows, rejections, ..
        } = &self.sink;
        Progress {
            n_bytes: self.n_bytes,
            n_rows: *n_rows,
            n_rejected: rejections.n_rejected,
        }
    }

    /// Ends the last file and builds the dataset.
    ///
    /// # Errors
    /// Where a file is empty, or the mapping turns out not to fit: none of its rows can be read.
    pub fn finish(mut self) -> Result<(Dataset, Rejections), ImportError> {
        self.end_file()?;
        let Sink {
            mut builder,
            mut rejections,
            time_zones,
            ..
        } = self.sink;
        rejections.assumed_utc = time_zones.assumed_utc;
        if let Some(dataset) = self.whole {
            return Ok((dataset, rejections));
        }
        builder.set_rejected(rejections.n_rejected);
        Ok((builder.finish(), rejections))
    }

    /// Ends the last file, and goes on with batches that arrive later.
    ///
    /// # Errors
    /// Those of [`Importer::finish`], and [`ImportError::DatasetAmongFiles`] where the file was a dataset, to
    /// which nothing can be joined.
    pub fn go_live(mut self) -> Result<LiveImport, ImportError> {
        self.end_file()?;
        match self.whole {
            Some(_) => Err(ImportError::DatasetAmongFiles),
            None => Ok(LiveImport::new(self.sink)),
        }
    }

    /// Bytes before the reader is known: it is chosen by the first line.
    fn push_head(&mut self, head: Vec<u8>, is_whole: bool) -> Result<(), ImportError> {
        let Some(line) = sniff::first_line(&head, is_whole || self.is_binary(&head)) else {
            self.reader = Reader::Head(head);
            return Ok(());
        };
        let FileOptions { format, mapping } = self.file_options().clone();
        let format = match format {
            _ if self.unfold.is_some() => sniff::json_format(line),
            Some(format) => format,
            None => sniff::sniff(&head, line)?,
        };
        if line.is_empty() && !matches!(format, Format::Parquet | Format::Arrow | Format::Dataset) {
            return Err(ImportError::Empty);
        }
        self.reader = match format {
            Format::Json => {
                let mut lines = Vec::new();
                let unfold = self.unfold.insert(Unfold::default());
                let text = head.strip_prefix(sniff::BYTE_ORDER_MARK);
                unfold.push(text.unwrap_or(&head), &mut lines);
                return self.push_head(lines, is_whole);
            }
            Format::Ndjson => Reader::Ndjson(NdjsonReader::default()),
            Format::Jsonl => Reader::Jsonl(Box::new(JsonlReader::new(mapping))),
            Format::Csv => Reader::Csv(Box::new(CsvReader::new(
                csv::sniff_delimiter(line),
                mapping,
            ))),
            Format::Snowplow => Reader::Snowplow(Box::new(SnowplowReader::new(mapping)?)),
            Format::Dataset => {
                self.reader = Reader::Dataset(head);
                return Ok(());
            }
            #[cfg(feature = "parquet")]
            Format::Parquet => {
                self.reader = Reader::Parquet(head, mapping.map(Box::new));
                return Ok(());
            }
            #[cfg(feature = "arrow")]
            Format::Arrow => Reader::Arrow(Box::new(arrow::ArrowImport::new(mapping))),
            #[cfg(not(feature = "parquet"))]
            Format::Parquet => return Err(ImportError::NotBuilt),
            #[cfg(not(feature = "arrow"))]
            Format::Arrow => return Err(ImportError::NotBuilt),
        };
        let text = head.strip_prefix(sniff::BYTE_ORDER_MARK);
        self.reader.push(text.unwrap_or(&head), &mut self.sink)
    }

    /// Whether the file need not have lines.
    fn is_binary(&self, head: &[u8]) -> bool {
        let format = self.file_options().format;
        matches!(
            format,
            Some(Format::Parquet | Format::Arrow | Format::Dataset)
        ) || head.starts_with(b"PAR1")
            || sniff::is_arrow(head)
            || head.starts_with(MAGIC)
    }

    fn end_file(&mut self) -> Result<(), ImportError> {
        self.n_files += 1;
        if self.n_files > 1 && (self.whole.is_some() || matches!(self.reader, Reader::Dataset(_))) {
            return Err(ImportError::DatasetAmongFiles);
        }
        if let Reader::Head(head) = &mut self.reader {
            let head = std::mem::take(head);
            self.push_head(head, true)?;
        }
        if let Some(number) = self.unfold.take().and_then(|unfold| unfold.missing()) {
            let reason = "the list has no end: the file seems to be cut off";
            self.sink.reject(number, &reason, b"");
        }
        // A collector's export is well mapped, and may be of one broken event.
        let is_ours = matches!(self.reader, Reader::Ndjson(_));
        let reader = std::mem::replace(&mut self.reader, Reader::New);
        self.whole = reader.finish(&mut self.sink)?;
        let checked = self.check_rows();
        if is_ours { Ok(()) } else { checked }
    }

    /// Refuses a file of which no row could be read.
    fn check_rows(&mut self) -> Result<(), ImportError> {
        let Rejections {
            n_rejected,
            rejected,
            ..
        } = &self.sink.rejections;
        let [n_taken, n_rejected_before] =
            std::mem::replace(&mut self.n_before, [self.sink.n_rows, *n_rejected]);
        let n_rows = n_rejected - n_rejected_before;
        if n_rows == 0 || self.sink.n_rows > n_taken {
            return Ok(());
        }
        let first = rejected.get(n_rejected_before as usize);
        let first = first.map(|row| format!("; the first, in line {}: {}", row.line, row.reason));
        Err(ImportError::NoRows {
            n_rows,
            first: first.unwrap_or_default(),
        })
    }
}
