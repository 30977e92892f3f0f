//! The body of a batch: its buffers, unpacked, become arrays.

use std::collections::BTreeMap;
use std::io::Read;
use std::sync::Arc;

use arrow_ipc::{Buffer, CompressionType, FieldNode, RecordBatch};
use bytes::Bytes;
use lz4_flex::frame::FrameDecoder;
use ruzstd::decoding::StreamingDecoder;

use super::array::{Array, Data, Dictionary, Offsets};
use super::damaged;
use super::schema::{Field, Kind};
use crate::ingest::error::ImportError;

/// A buffer that is larger unpacked is refused: a small file must not fill the memory.
const MAX_BUFFER_BYTES: u64 = 1 << 30;

/// Dictionaries by their ids.
pub(super) type Dictionaries = BTreeMap<i64, Arc<Dictionary>>;

/// Takes one batch apart, column by column.
pub(super) struct Body<'a> {
    bytes: &'a Bytes,
    codec: Option<CompressionType>,
    nodes: Vec<FieldNode>,
    buffers: Vec<Buffer>,
    variadic: Vec<i64>,
    next_node: usize,
    next_buffer: usize,
    next_variadic: usize,
    dictionaries: &'a Dictionaries,
}

impl<'a> Body<'a> {
    pub(super) fn new(
        batch: &RecordBatch<'_>,
        bytes: &'a Bytes,
        dictionaries: &'a Dictionaries,
    ) -> Self {
        Self {
            bytes,
            codec: batch.compression().map(|compression| compression.codec()),
            nodes: batch.nodes().into_iter().flatten().copied().collect(),
            buffers: batch.buffers().into_iter().flatten().copied().collect(),
            variadic: batch.variadicBufferCounts().into_iter().flatten().collect(),
            next_node: 0,
            next_buffer: 0,
            next_variadic: 0,
            dictionaries,
        }
    }

    /// The next column, which is `field`; without its values where they are not wanted.
    ///
    /// # Errors
    /// Where buffers are missing, too short, or cannot be unpacked.
    pub(super) fn array(&mut self, field: &Field, is_wanted: bool) -> Result<Array, ImportError> {
        match field.dictionary {
            None => self.values(field, is_wanted),
            Some(encoding) => {
                let (len, validity) = self.node(true, is_wanted)?;
                let codes = self.fixed(len, encoding.code.n_bytes, is_wanted)?;
                let values = self.dictionaries.get(&encoding.id);
                let data = Data::Coded {
                    codes,
                    code: encoding.code,
                    dictionary: values.cloned().unwrap_or_default(),
                };
                Ok(Array::new(len, validity, data).if_wanted(is_wanted))
            }
        }
    }

    /// The same without regard to a dictionary: what a dictionary itself holds.
    pub(super) fn values(&mut self, field: &Field, is_wanted: bool) -> Result<Array, ImportError> {
        let has_validity = !matches!(field.kind, Kind::Null | Kind::Unread { .. });
        let (len, validity) = self.node(has_validity, is_wanted)?;
        let data = match field.kind {
            Kind::Null => Data::Nothing,
            Kind::Bool => {
                let bits = self.buffer(is_wanted)?;
                require(is_wanted, &bits, len.div_ceil(8))?;
                Data::Bool(bits)
            }
            Kind::Fixed(fixed) => Data::Fixed(self.fixed(len, fixed.n_bytes(), is_wanted)?, fixed),
            Kind::Text { is_large } => {
                let offsets = self.offsets(len, is_large, is_wanted)?;
                let bytes = self.buffer(is_wanted)?;
                Data::Text { offsets, bytes }
            }
            Kind::View => {
                let views = self.fixed(len, 16, is_wanted)?;
                let n_buffers = self.variadic.get(self.next_variadic).copied();
                self.next_variadic += 1;
                let n_buffers = n_buffers.and_then(|n| usize::try_from(n).ok());
                let n_buffers = n_buffers.filter(|n| *n <= self.buffers.len());
                let buffers = (0..n_buffers.ok_or_else(damaged)?).map(|_| self.buffer(is_wanted));
                let buffers = buffers.collect::<Result<_, _>>()?;
                Data::View { views, buffers }
            }
            Kind::Struct => {
                let children = field.children.iter();
                let children = children.map(|child| self.child(child, len, is_wanted));
                let children = children.collect::<Result<Vec<_>, _>>()?;
                // Nothing says how often nothing is there: a damaged file could claim any number.
                match children.iter().all(Array::is_nothing) {
                    true => Data::Nothing,
                    false => Data::Struct(children),
                }
            }
            Kind::List { is_large } => {
                let offsets = self.offsets(len, is_large, is_wanted)?;
                let element = self.array(&field.children[0], is_wanted)?;
                Data::List {
                    offsets,
                    element: Box::new(element),
                }
            }
            Kind::FixedList { n_elements } => {
                let n_all = len.checked_mul(n_elements).ok_or_else(damaged)?;
                let element = self.child(&field.children[0], n_all, is_wanted)?;
                match n_elements == 0 || element.is_nothing() {
                    true => Data::Nothing,
                    false => Data::FixedList {
                        n_elements,
                        element: Box::new(element),
                    },
                }
            }
            Kind::Map => {
                let offsets = self.offsets(len, false, is_wanted)?;
                let entries = self.array(&field.children[0], is_wanted)?;
                Data::Map {
                    offsets,
                    entries: Box::new(entries),
                }
            }
            Kind::Unread { n_buffers } => {
                for _ in 0..n_buffers {
                    self.buffer(false)?;
                }
                for child in &field.children {
                    self.array(child, false)?;
                }
                Data::Nothing
            }
        };
        Ok(Array::new(len, validity, data).if_wanted(is_wanted))
    }

    /// An array that must have `len` values.
    fn child(&mut self, field: &Field, len: usize, is_wanted: bool) -> Result<Array, ImportError> {
        let array = self.array(field, is_wanted)?;
        if array.len() < len {
            return Err(damaged());
        }
        Ok(array)
    }

    /// How many values the next array has, and which of them are there.
    fn node(
        &mut self,
        has_validity: bool,
        is_wanted: bool,
    ) -> Result<(usize, Option<Bytes>), ImportError> {
        let node = self.nodes.get(self.next_node).ok_or_else(damaged)?;
        self.next_node += 1;
        let len = usize::try_from(node.length()).map_err(|_| damaged())?;
        if !has_validity {
            return Ok((len, None));
        }
        // Where nothing is missing, the bits may be missing.
        let has_nulls = node.null_count() != 0;
        let bits = self.buffer(is_wanted && has_nulls)?;
        if !has_nulls {
            return Ok((len, None));
        }
        require(is_wanted, &bits, len.div_ceil(8))?;
        Ok((len, Some(bits)))
    }

    fn fixed(&mut self, len: usize, n_bytes: usize, is_wanted: bool) -> Result<Bytes, ImportError> {
        let bytes = self.buffer(is_wanted)?;
        require(
            is_wanted,
            &bytes,
            len.checked_mul(n_bytes).ok_or_else(damaged)?,
        )?;
        Ok(bytes)
    }

    fn offsets(
        &mut self,
        len: usize,
        is_large: bool,
        is_wanted: bool,
    ) -> Result<Offsets, ImportError> {
        let bytes = self.buffer(is_wanted)?;
        let n_bytes = if is_large { 8 } else { 4 };
        // Of nothing, even the first offset may be missing.
        let n_offsets = if len == 0 { 0 } else { len.saturating_add(1) };
        require(
            is_wanted,
            &bytes,
            n_offsets.checked_mul(n_bytes).ok_or_else(damaged)?,
        )?;
        Ok(Offsets { bytes, is_large })
    }

    /// The next buffer, unpacked if it is wanted.
    fn buffer(&mut self, is_wanted: bool) -> Result<Bytes, ImportError> {
        let buffer = self.buffers.get(self.next_buffer).ok_or_else(damaged)?;
        self.next_buffer += 1;
        if !is_wanted || buffer.length() == 0 {
            return Ok(Bytes::new());
        }
        let start = usize::try_from(buffer.offset()).map_err(|_| damaged())?;
        let len = usize::try_from(buffer.length()).map_err(|_| damaged())?;
        let end = start.checked_add(len).ok_or_else(damaged)?;
        if end > self.bytes.len() {
            return Err(damaged());
        }
        let bytes = self.bytes.slice(start..end);
        match self.codec {
            None => Ok(bytes),
            Some(codec) => unpack(codec, &bytes),
        }
    }
}

fn require(is_wanted: bool, bytes: &Bytes, n_bytes: usize) -> Result<(), ImportError> {
    if is_wanted && bytes.len() < n_bytes {
        return Err(damaged());
    }
    Ok(())
}

/// A packed buffer begins with its length unpacked, or with −1 where packing did not help.
fn unpack(codec: CompressionType, packed: &Bytes) -> Result<Bytes, ImportError> {
    let (len, rest) = packed.split_first_chunk().ok_or_else(damaged)?;
    let Ok(len) = u64::try_from(i64::from_le_bytes(*len)) else {
        return Ok(packed.slice(8..));
    };
    if len > MAX_BUFFER_BYTES {
        return Err(damaged());
    }
    let mut unpacked = Vec::new();
    match codec {
        CompressionType::LZ4_FRAME => FrameDecoder::new(rest).take(len).read_to_end(&mut unpacked),
        CompressionType::ZSTD => StreamingDecoder::new(rest)
            .map_err(|_| damaged())?
            .take(len)
            .read_to_end(&mut unpacked),
        _ => return Err(damaged()),
    }
    .map_err(|_| damaged())?;
    if unpacked.len() as u64 != len {
        return Err(damaged());
    }
    Ok(unpacked.into())
}
