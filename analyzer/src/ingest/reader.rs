//! What reads the present file, by its format.

#[cfg(feature = "arrow")]
use super::arrow;
use super::csv::CsvReader;
use super::error::ImportError;
use super::jsonl::JsonlReader;
#[cfg(feature = "parquet")]
use super::mapping::Mapping;
use super::ndjson::NdjsonReader;
#[cfg(feature = "parquet")]
use super::parquet;
use super::sink::Sink;
use super::snowplow::SnowplowReader;
use super::table::TableReader;
use crate::dataset::Dataset;

/// A reader of the present file; which one, its first line decides.
pub(super) enum Reader {
    /// Nothing has come yet.
    New,
    /// The first line has not come whole.
    Head(Vec<u8>),
    Ndjson(NdjsonReader),
    Csv(Box<CsvReader>),
    Jsonl(Box<JsonlReader>),
    Snowplow(Box<SnowplowReader>),
    Chunks(Box<TableReader>),
    /// A dataset that was encoded before; it is whole only at the end.
    Dataset(Vec<u8>),
    /// The footer, at the end, is needed to begin.
    #[cfg(feature = "parquet")]
    Parquet(Vec<u8>, Option<Box<Mapping>>),
    #[cfg(feature = "arrow")]
    Arrow(Box<arrow::ArrowImport>),
}

impl Reader {
    /// Reads the next bytes, without a byte order mark.
    pub(super) fn push(&mut self, bytes: &[u8], sink: &mut Sink) -> Result<(), ImportError> {
        match self {
            Self::Ndjson(reader) => reader.push(bytes, sink),
            Self::Csv(reader) => return reader.push(bytes, sink),
            Self::Jsonl(reader) => return reader.push(bytes, sink),
            Self::Snowplow(reader) => reader.push(bytes, sink),
            Self::Chunks(_) => {
                return Err(ImportError::Chunk(
                    "the present file came as chunks; begin another file",
                ));
            }
            Self::Dataset(file) => file.extend(bytes),
            #[cfg(feature = "parquet")]
            Self::Parquet(file, _) => file.extend(bytes),
            #[cfg(feature = "arrow")]
            Self::Arrow(reader) => return reader.push(bytes, sink),
            Self::New | Self::Head(_) => {}
        }
        Ok(())
    }

    /// Ends the file, which may have been a whole dataset.
    pub(super) fn finish(self, sink: &mut Sink) -> Result<Option<Dataset>, ImportError> {
        match self {
            Self::New | Self::Head(_) => return Err(ImportError::Empty),
            Self::Ndjson(mut reader) => reader.finish(sink),
            Self::Csv(mut reader) => reader.finish(sink)?,
            Self::Jsonl(mut reader) => reader.finish(sink)?,
            Self::Snowplow(mut reader) => reader.finish(sink),
            Self::Chunks(_) => {}
            Self::Dataset(file) => return Ok(Some(Dataset::decode(&file)?)),
            #[cfg(feature = "parquet")]
            Self::Parquet(file, mapping) => {
                parquet::read_file(file, mapping.map(|mapping| *mapping), sink)?;
            }
            #[cfg(feature = "arrow")]
            Self::Arrow(mut reader) => reader.finish(sink)?,
        }
        Ok(None)
    }
}
