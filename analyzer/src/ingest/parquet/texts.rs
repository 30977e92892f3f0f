//! A column of texts, read page by page with the dictionary that the file has.
//!
//! The `parquet` crate's reader looks up every value and gives a text a row. Here a row is the number of its text,
//! so that whoever reads the chunk touches each distinct text once.

use ::parquet::basic::Encoding;
use ::parquet::column::page::{Page, PageReader};
use ::parquet::file::metadata::ColumnChunkMetaData;
use bytes::Bytes;

use super::hybrid::{Hybrid, damaged};
use crate::ingest::chunk::{Coded, Texts};
use crate::ingest::error::ImportError;

/// Not met in the present chunk.
const UNMET: u32 = u32::MAX;

/// The texts of one row group.
pub(super) struct TextReader {
    pages: Box<dyn PageReader>,
    max_def_level: i16,
    /// Rows of the row group, of which no page has more.
    n_rows: usize,
    dictionary: Texts,
    /// Which entry of the present chunk each of the dictionary is, or [`UNMET`].
    met: Vec<u32>,
    page: Option<OpenPage>,
}

struct OpenPage {
    /// Which of the rows that are left have a value; none where all have.
    is_present: Option<std::vec::IntoIter<bool>>,
    n_left: usize,
    values: Encoded,
}

enum Encoded {
    Codes(Hybrid),
    Plain(Bytes),
}

/// Whether a column chunk's pages are of the kinds that are read here.
pub(super) fn is_readable(column: &ColumnChunkMetaData) -> bool {
    column.encodings().all(|encoding| {
        use Encoding::{PLAIN, PLAIN_DICTIONARY, RLE, RLE_DICTIONARY};
        // Some writers name the levels that a flat column does not have. Levels that are there come as runs
        // from every writer of the last ten years.
        #[expect(deprecated, reason = "old files have it")]
        let is_unused_level = encoding == Encoding::BIT_PACKED;
        matches!(encoding, PLAIN | PLAIN_DICTIONARY | RLE | RLE_DICTIONARY) || is_unused_level
    })
}

impl TextReader {
    pub(super) fn new(pages: Box<dyn PageReader>, max_def_level: i16, n_rows: usize) -> Self {
        Self {
            pages,
            max_def_level,
            n_rows,
            dictionary: Texts::default(),
            met: Vec::new(),
            page: None,
        }
    }

    /// The next `n_rows` rows: which have a value, where not all must, and the values.
    ///
    /// # Errors
    /// Where the column ends before, or is damaged.
    pub(super) fn read(
        &mut self,
        n_rows: usize,
    ) -> Result<(Option<Vec<bool>>, Coded), ImportError> {
        self.met.fill(UNMET);
        let mut entries = Texts::default();
        let mut codes = Vec::with_capacity(n_rows);
        let mut is_present = (self.max_def_level > 0).then(|| Vec::with_capacity(n_rows));
        let mut n_left = n_rows;
        while n_left > 0 {
            let Some(page) = self.page.as_mut().filter(|page| page.n_left > 0) else {
                self.open_page()?;
                continue;
            };
            let n_taken = n_left.min(page.n_left);
            let n_values = match (&mut page.is_present, &mut is_present) {
                (Some(page), Some(chunk)) => {
                    let start = chunk.len();
                    chunk.extend(page.take(n_taken));
                    chunk[start..].iter().filter(|present| **present).count()
                }
                _ => n_taken,
            };
            match &mut page.values {
                Encoded::Codes(hybrid) => hybrid.read(n_values, |code| {
                    let met = self.met.get_mut(code as usize).ok_or_else(damaged)?;
                    if *met == UNMET {
                        *met = entries.len() as u32;
                        entries.push(self.dictionary.get(code as usize));
                    }
                    codes.push(*met);
                    Ok(())
                })?,
                Encoded::Plain(bytes) => {
                    for _ in 0..n_values {
                        codes.push(entries.len() as u32);
                        entries.push(&String::from_utf8_lossy(&take_plain(bytes)?));
                    }
                }
            }
            page.n_left -= n_taken;
            n_left -= n_taken;
        }
        Ok((is_present, Coded::new(entries, codes)?))
    }

    fn open_page(&mut self) -> Result<(), ImportError> {
        let page = self.pages.get_next_page()?;
        let page = page.ok_or_else(|| {
            ImportError::Parquet("a column has fewer rows than its row group".to_owned())
        })?;
        match page {
            Page::DictionaryPage {
                mut buf,
                num_values,
                ..
            } => {
                self.dictionary = Texts::default();
                for _ in 0..num_values {
                    let text = take_plain(&mut buf)?;
                    self.dictionary.push(&String::from_utf8_lossy(&text));
                }
                self.met = vec![UNMET; self.dictionary.len()];
            }
            Page::DataPage {
                mut buf,
                num_values,
                encoding,
                def_level_encoding,
                ..
            } => {
                let is_present = if self.max_def_level > 0 {
                    if def_level_encoding != Encoding::RLE {
                        return Err(ImportError::Parquet(
                            "its levels are written in a way that was given up in 2013".to_owned(),
                        ));
                    }
                    let n_bytes = take_len(&mut buf)?;
                    let levels = take(&mut buf, n_bytes)?;
                    Some(self.presence(levels, num_values)?)
                } else {
                    None
                };
                self.page = Some(OpenPage::new(is_present, num_values, encoding, buf)?);
            }
            Page::DataPageV2 {
                mut buf,
                num_values,
                encoding,
                def_levels_byte_len,
                rep_levels_byte_len,
                ..
            } => {
                take(&mut buf, rep_levels_byte_len as usize)?;
                let levels = take(&mut buf, def_levels_byte_len as usize)?;
                let is_optional = self.max_def_level > 0;
                let is_present = is_optional.then(|| self.presence(levels, num_values));
                let is_present = is_present.transpose()?;
                self.page = Some(OpenPage::new(is_present, num_values, encoding, buf)?);
            }
        }
        Ok(())
    }

    /// A field of a nested struct is there only when all around it is: at the highest level.
    fn presence(&self, levels: Bytes, n_rows: u32) -> Result<Vec<bool>, ImportError> {
        let highest = u32::from(self.max_def_level.unsigned_abs());
        let width = 32 - highest.leading_zeros();
        if n_rows as usize > self.n_rows {
            return Err(damaged());
        }
        let mut is_present = Vec::with_capacity(n_rows as usize);
        Hybrid::new(levels, width as u8)?.read(n_rows as usize, |level| {
            is_present.push(level == highest);
            Ok(())
        })?;
        Ok(is_present)
    }
}

impl OpenPage {
    fn new(
        is_present: Option<Vec<bool>>,
        n_rows: u32,
        encoding: Encoding,
        mut values: Bytes,
    ) -> Result<Self, ImportError> {
        let values = match encoding {
            Encoding::PLAIN => Encoded::Plain(values),
            // A page without any value may also lack the width.
            _ if values.is_empty() => Encoded::Plain(values),
            Encoding::RLE_DICTIONARY | Encoding::PLAIN_DICTIONARY => {
                let width = take(&mut values, 1)?[0];
                Encoded::Codes(Hybrid::new(values, width)?)
            }
            _ => return Err(damaged()),
        };
        Ok(Self {
            is_present: is_present.map(Vec::into_iter),
            n_left: n_rows as usize,
            values,
        })
    }
}

fn take(bytes: &mut Bytes, n_bytes: usize) -> Result<Bytes, ImportError> {
    if n_bytes > bytes.len() {
        return Err(damaged());
    }
    Ok(bytes.split_to(n_bytes))
}

fn take_len(bytes: &mut Bytes) -> Result<usize, ImportError> {
    let len = take(bytes, 4)?;
    let len = len.first_chunk().ok_or_else(damaged)?;
    Ok(u32::from_le_bytes(*len) as usize)
}

/// A text as it is written without a dictionary: its length, then its bytes.
fn take_plain(bytes: &mut Bytes) -> Result<Bytes, ImportError> {
    let n_bytes = take_len(bytes)?;
    take(bytes, n_bytes)
}
