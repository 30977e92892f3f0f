//! Columns compressed with zstd. The `parquet` crate links the library in C for it, which a browser cannot build;
//! here the pages are read as they lie in the file, and unpacked by a decoder in Rust.

use std::io::Read;
use std::sync::Arc;

use ::parquet::basic::Compression;
use ::parquet::column::page::{Page, PageMetadata, PageReader};
use ::parquet::errors::{ParquetError, Result};
use ::parquet::file::metadata::ColumnChunkMetaData;
use ::parquet::file::serialized_reader::SerializedPageReader;
use bytes::Bytes;
use ruzstd::decoding::StreamingDecoder;

use super::parts::Parts;

/// A page that is larger unpacked is refused: no writer makes such pages, and a small file must not fill the memory.
const MAX_PAGE_BYTES: u64 = 1 << 29;

/// The pages of one column of a row group, unpacked.
pub(super) fn pages(
    file: &Arc<Parts>,
    column: &ColumnChunkMetaData,
    n_rows: usize,
) -> Result<Box<dyn PageReader>> {
    // To the reader below, pages are what lies in the file.
    let plain = column
        .clone()
        .into_builder()
        .set_compression(Compression::UNCOMPRESSED)
        .build()?;
    let pages = SerializedPageReader::new(Arc::clone(file), &plain, n_rows, None)?;
    Ok(Box::new(Pages(pages)))
}

/// The unpacked pages of a column.
struct Pages(SerializedPageReader<Parts>);

impl Iterator for Pages {
    type Item = Result<Page>;

    fn next(&mut self) -> Option<Self::Item> {
        self.get_next_page().transpose()
    }
}

impl PageReader for Pages {
    fn get_next_page(&mut self) -> Result<Option<Page>> {
        let Some(mut page) = self.0.get_next_page()? else {
            return Ok(None);
        };
        match &mut page {
            Page::DataPage { buf, .. } | Page::DictionaryPage { buf, .. } => *buf = unpack(buf, 0)?,
            Page::DataPageV2 {
                buf,
                def_levels_byte_len,
                rep_levels_byte_len,
                is_compressed,
                ..
            } => {
                // The levels come first, and are never packed.
                let n_plain = *def_levels_byte_len as usize + *rep_levels_byte_len as usize;
                if *is_compressed {
                    *buf = unpack(buf, n_plain)?;
                    *is_compressed = false;
                }
            }
        }
        Ok(Some(page))
    }

    fn peek_next_page(&mut self) -> Result<Option<PageMetadata>> {
        self.0.peek_next_page()
    }

    fn skip_next_page(&mut self) -> Result<()> {
        self.0.skip_next_page()
    }
}

/// The page with what follows its first `n_plain` bytes unpacked.
fn unpack(page: &Bytes, n_plain: usize) -> Result<Bytes> {
    let damaged = |what: &str| ParquetError::General(format!("a page compressed with zstd {what}"));
    let (plain, packed) = page
        .split_at_checked(n_plain)
        .ok_or_else(|| damaged("is too short"))?;
    let mut unpacked = plain.to_vec();
    // A page without values may have no frame at all.
    if !packed.is_empty() {
        let decoder = StreamingDecoder::new(packed).map_err(|_| damaged("is damaged"))?;
        let mut limited = decoder.take(MAX_PAGE_BYTES);
        let n_bytes = limited
            .read_to_end(&mut unpacked)
            .map_err(|_| damaged("is damaged"))?;
        if n_bytes as u64 == MAX_PAGE_BYTES {
            return Err(damaged("is too large"));
        }
    }
    Ok(unpacked.into())
}
