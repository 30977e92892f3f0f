//! A [`Chunk`] as bytes, and back.
//!
//! Whatever bytes are read, they end in a chunk or in an error, and a length is never trusted before there are as many
//! bytes behind it.

use super::{ABSENT, Chunk, Coded, Texts, Values};
use crate::ingest::error::ImportError;

const MAGIC: &[u8; 4] = b"DPC4";

impl Chunk {
    /// The chunk as bytes, little-endian.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = MAGIC.to_vec();
        put_len(&mut out, self.n_rows);
        put_len(&mut out, self.nested.len());
        for name in &self.nested {
            put_text(&mut out, name);
        }
        // No reason is empty.
        put_text(&mut out, self.cut.as_deref().unwrap_or_default());
        put_len(&mut out, self.columns.len());
        for column in &self.columns {
            put_text(&mut out, &column.name);
            match &column.presence {
                None => out.push(0),
                Some(presence) => {
                    out.push(1);
                    out.extend(presence.index.iter().map(|at| u8::from(*at != ABSENT)));
                }
            }
            match &column.values {
                Values::Int(values) => put_integers(&mut out, 0, values),
                Values::Time(values) => put_integers(&mut out, 1, values),
                Values::Decimal(values) => put_integers(&mut out, 2, values),
                Values::LocalTime(values) => put_integers(&mut out, 7, values),
                Values::Float(values) => {
                    out.push(3);
                    put_all(&mut out, values, |value| value.to_le_bytes());
                }
                Values::Bool(values) => {
                    out.push(4);
                    out.extend(values.iter().map(|value| u8::from(*value)));
                }
                Values::Text(texts) => {
                    out.push(5);
                    put_texts(&mut out, texts);
                }
                Values::Coded(coded) => {
                    out.push(6);
                    put_len(&mut out, coded.entries().len());
                    put_texts(&mut out, coded.entries());
                    put_codes(&mut out, coded);
                }
            }
        }
        out
    }

    /// Reads what [`Chunk::encode`] wrote.
    ///
    /// # Errors
    /// [`ImportError::Chunk`] for any other bytes.
    pub fn decode(bytes: &[u8]) -> Result<Self, ImportError> {
        let mut input = Input(bytes);
        if input.take(MAGIC.len())? != MAGIC {
            return Err(ImportError::Chunk("it does not begin like one"));
        }
        let mut chunk = Self::new(input.len()?);
        for _ in 0..input.len()? {
            let name = input.text()?;
            chunk.note_nested(name);
        }
        chunk.cut = Some(input.text()?.to_owned()).filter(|reason| !reason.is_empty());
        for _ in 0..input.len()? {
            let name = input.text()?;
            let is_present = match input.byte()? {
                0 => None,
                _ => Some(
                    input
                        .take(chunk.n_rows)?
                        .iter()
                        .map(|byte| *byte != 0)
                        .collect::<Vec<_>>(),
                ),
            };
            let n_values = match &is_present {
                None => chunk.n_rows,
                Some(rows) => rows.iter().filter(|present| **present).count(),
            };
            let values = input.values(n_values)?;
            chunk.add(name, is_present.as_deref(), values)?;
        }
        if input.0.is_empty() {
            Ok(chunk)
        } else {
            Err(ImportError::Chunk("it goes on after its end"))
        }
    }
}

fn put_len(out: &mut Vec<u8>, len: usize) {
    // Chunks are cut long before four thousand million rows or bytes.
    out.extend((len as u32).to_le_bytes());
}

fn put_text(out: &mut Vec<u8>, text: &str) {
    put_len(out, text.len());
    out.extend(text.as_bytes());
}

fn put_integers(out: &mut Vec<u8>, kind: u8, values: &[i64]) {
    out.push(kind);
    put_all(out, values, |value| value.to_le_bytes());
}

fn put_texts(out: &mut Vec<u8>, texts: &Texts) {
    put_all(out, &texts.ends, |end| end.to_le_bytes());
    put_text(out, &texts.bytes);
}

/// Codes in as few bytes each as the number of entries needs, which both sides know.
fn put_codes(out: &mut Vec<u8>, coded: &Coded) {
    let codes = coded.codes();
    match code_width(coded.entries().len()) {
        1 => put_all(out, codes, |code| [code as u8]),
        2 => put_all(out, codes, |code| (code as u16).to_le_bytes()),
        _ => put_all(out, codes, |code| code.to_le_bytes()),
    }
}

fn code_width(n_entries: usize) -> usize {
    match n_entries {
        0..=0x100 => 1,
        0x101..=0x1_0000 => 2,
        _ => 4,
    }
}

/// Writes values of one width into space that is made once: a loop without a question in it.
fn put_all<T: Copy, const N: usize>(
    out: &mut Vec<u8>,
    values: &[T],
    to_bytes: impl Fn(T) -> [u8; N],
) {
    let start = out.len();
    out.resize(start + values.len() * N, 0);
    let (places, _) = out[start..].as_chunks_mut();
    for (place, &value) in places.iter_mut().zip(values) {
        *place = to_bytes(value);
    }
}

/// Bytes not read yet.
struct Input<'a>(&'a [u8]);

impl<'a> Input<'a> {
    fn take(&mut self, n_bytes: usize) -> Result<&'a [u8], ImportError> {
        let (taken, rest) = self
            .0
            .split_at_checked(n_bytes)
            .ok_or(ImportError::Chunk("it ends early"))?;
        self.0 = rest;
        Ok(taken)
    }

    fn byte(&mut self) -> Result<u8, ImportError> {
        self.take(1).map(|bytes| bytes[0])
    }

    fn array<const N: usize>(&mut self, n_values: usize) -> Result<&'a [[u8; N]], ImportError> {
        let n_bytes = n_values
            .checked_mul(N)
            .ok_or(ImportError::Chunk("it ends early"))?;
        Ok(self.take(n_bytes)?.as_chunks().0)
    }

    fn len(&mut self) -> Result<usize, ImportError> {
        Ok(u32::from_le_bytes(self.array(1)?[0]) as usize)
    }

    fn text(&mut self) -> Result<&'a str, ImportError> {
        let n_bytes = self.len()?;
        str::from_utf8(self.take(n_bytes)?).map_err(|_| ImportError::Chunk("a text is not UTF-8"))
    }

    fn values(&mut self, n_values: usize) -> Result<Values, ImportError> {
        let kind = self.byte()?;
        Ok(match kind {
            0 => Values::Int(self.integers(n_values)?),
            1 => Values::Time(self.integers(n_values)?),
            2 => Values::Decimal(self.integers(n_values)?),
            3 => Values::Float(
                self.array(n_values)?
                    .iter()
                    .map(|value| f64::from_le_bytes(*value))
                    .collect(),
            ),
            4 => Values::Bool(
                self.take(n_values)?
                    .iter()
                    .map(|value| *value != 0)
                    .collect(),
            ),
            5 => Values::Text(self.texts(n_values)?),
            6 => {
                let n_entries = self.len()?;
                let entries = self.texts(n_entries)?;
                let codes = match code_width(n_entries) {
                    1 => self
                        .take(n_values)?
                        .iter()
                        .map(|&code| code.into())
                        .collect(),
                    2 => {
                        let codes = self.array(n_values)?.iter();
                        codes.map(|code| u16::from_le_bytes(*code).into()).collect()
                    }
                    _ => {
                        let codes = self.array(n_values)?.iter();
                        codes.map(|code| u32::from_le_bytes(*code)).collect()
                    }
                };
                Values::Coded(Coded::new(entries, codes)?)
            }
            7 => Values::LocalTime(self.integers(n_values)?),
            _ => return Err(ImportError::Chunk("a column is of an unknown type")),
        })
    }

    fn texts(&mut self, n_texts: usize) -> Result<Texts, ImportError> {
        let ends = self.array(n_texts)?.iter();
        let ends: Vec<u32> = ends.map(|end| u32::from_le_bytes(*end)).collect();
        let bytes = self.text()?.to_owned();
        let is_sound =
            ends.is_sorted() && ends.iter().all(|end| bytes.is_char_boundary(*end as usize));
        if !is_sound {
            return Err(ImportError::Chunk("a text has no such end"));
        }
        Ok(Texts { bytes, ends })
    }

    fn integers(&mut self, n_values: usize) -> Result<Vec<i64>, ImportError> {
        Ok(self
            .array(n_values)?
            .iter()
            .map(|value| i64::from_le_bytes(*value))
            .collect())
    }
}
