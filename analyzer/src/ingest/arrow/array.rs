//! The values of one column of a batch, by their place.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use event::Uuid;

use super::damaged;
use super::schema::{Field, Fixed, Whole};
use crate::ingest::cell::Cell;
use crate::ingest::error::ImportError;
use crate::ingest::nested::{close, write_cell, write_text};
use crate::ingest::numbers::{half, micros_of, widen};

/// Some values, of which any may be missing. Buffers are as long as the number of values needs.
#[derive(Clone, Debug)]
pub(super) struct Array {
    len: usize,
    /// A bit a value; none where nothing is missing.
    validity: Option<Bytes>,
    data: Data,
}

#[derive(Clone, Debug)]
pub(super) enum Data {
    /// Nothing is there, or of use.
    Nothing,
    Bool(Bytes),
    Fixed(Bytes, Fixed),
    Text {
        offsets: Offsets,
        bytes: Bytes,
    },
    View {
        views: Bytes,
        buffers: Vec<Bytes>,
    },
    Struct(Vec<Array>),
    List {
        offsets: Offsets,
        element: Box<Array>,
    },
    FixedList {
        n_elements: usize,
        element: Box<Array>,
    },
    Map {
        offsets: Offsets,
        entries: Box<Array>,
    },
    Coded {
        codes: Bytes,
        code: Whole,
        dictionary: Arc<Dictionary>,
    },
}

/// Where each value begins; the next begins where it ends.
#[derive(Clone, Debug)]
pub(super) struct Offsets {
    pub(super) bytes: Bytes,
    pub(super) is_large: bool,
}

/// The entries of a dictionary, as they came one after another.
#[derive(Clone, Debug, Default)]
pub(super) struct Dictionary {
    parts: Vec<Arc<Array>>,
}

/// A value that is neither a struct nor a list.
pub(super) enum Value<'a> {
    Text(Cow<'a, str>),
    Other(Cell<'a>),
}

impl Dictionary {
    /// With more entries at its end.
    pub(super) fn with(&self, more: Array) -> Self {
        let parts = self.parts.iter().cloned().chain([Arc::new(more)]);
        Self {
            parts: parts.collect(),
        }
    }

    pub(super) fn len(&self) -> usize {
        self.parts.iter().map(|part| part.len).sum()
    }

    /// The part that has entry `code`, and its place there.
    fn find(&self, mut code: usize) -> Result<(&Array, usize), ImportError> {
        for part in &self.parts {
            if code < part.len {
                return Ok((part, code));
            }
            code -= part.len;
        }
        Err(damaged())
    }

    pub(super) fn value(&self, code: usize) -> Result<Option<Value<'_>>, ImportError> {
        let (part, at) = self.find(code)?;
        part.value(at)
    }
}

impl Offsets {
    fn range(&self, at: usize) -> Result<Range<usize>, ImportError> {
        let code = Whole {
            n_bytes: if self.is_large { 8 } else { 4 },
            is_signed: true,
        };
        let get = |at| usize::try_from(whole(&self.bytes, at, code)?).map_err(|_| damaged());
        let (start, end) = (get(at)?, get(at + 1)?);
        if start > end {
            return Err(damaged());
        }
        Ok(start..end)
    }
}

impl Array {
    pub(super) fn new(len: usize, validity: Option<Bytes>, data: Data) -> Self {
        Self {
            len,
            validity,
            data,
        }
    }

    /// Itself, or as many values that are missing.
    pub(super) fn if_wanted(self, is_wanted: bool) -> Self {
        if is_wanted {
            return self;
        }
        Self::new(self.len, None, Data::Nothing)
    }

    pub(super) fn len(&self) -> usize {
        self.len
    }

    pub(super) fn data(&self) -> &Data {
        &self.data
    }

    /// The field of a struct.
    pub(super) fn child(&self, index: usize) -> Option<&Self> {
        match &self.data {
            Data::Struct(children) => children.get(index),
            _ => None,
        }
    }

    /// Whether no value can be there.
    pub(super) fn is_nothing(&self) -> bool {
        matches!(self.data, Data::Nothing)
    }

    /// Whether the value is there.
    pub(super) fn is_valid(&self, at: usize) -> bool {
        !self.is_nothing() && self.validity.as_ref().is_none_or(|bits| bit(bits, at))
    }

    /// The number of the entry at `at`, which is there.
    pub(super) fn code(&self, at: usize) -> Result<usize, ImportError> {
        match &self.data {
            Data::Coded { codes, code, .. } => {
                usize::try_from(whole(codes, at, *code)?).map_err(|_| damaged())
            }
            _ => Err(damaged()),
        }
    }

    /// The value at `at`; `None` where it is missing, or a struct or list.
    ///
    /// # Errors
    /// Where it is outside its buffers.
    pub(super) fn value(&self, at: usize) -> Result<Option<Value<'_>>, ImportError> {
        if at >= self.len {
            return Err(damaged());
        }
        if !self.is_valid(at) {
            return Ok(None);
        }
        match &self.data {
            Data::Bool(bits) => Ok(Some(Value::Other(Cell::Bool(bit(bits, at))))),
            Data::Fixed(bytes, kind) => fixed(bytes, at, *kind).map(Some),
            Data::Text { offsets, bytes } => text(bytes.get(offsets.range(at)?)),
            Data::View { views, buffers } => text(view(views, buffers, at)),
            Data::Coded { dictionary, .. } => dictionary.value(self.code(at)?),
            Data::Nothing
            | Data::Struct(_)
            | Data::List { .. }
            | Data::FixedList { .. }
            | Data::Map { .. } => Ok(None),
        }
    }
}

impl Array {
    /// Writes the value at `at`, which is `field`, as JSON; or writes nothing, and gives false, where there is none.
    pub(super) fn write_json(
        &self,
        field: &Field,
        at: usize,
        out: &mut String,
    ) -> Result<bool, ImportError> {
        if at >= self.len {
            return Err(damaged());
        }
        if !self.is_valid(at) {
            return Ok(false);
        }
        match &self.data {
            Data::Struct(children) => {
                out.push('{');
                for (field, child) in field.children.iter().zip(children) {
                    write_field(&field.name, field, child, at, out)?;
                }
                close(out, '}');
            }
            Data::List { offsets, element } => {
                write_list(&field.children[0], element, offsets.range(at)?, out)?;
            }
            Data::FixedList {
                n_elements,
                element,
            } => {
                let range = at * n_elements..(at + 1) * n_elements;
                write_list(&field.children[0], element, range, out)?;
            }
            Data::Map { offsets, entries } => {
                out.push('{');
                let (Some(key), Some(value)) = (entries.child(0), entries.child(1)) else {
                    return Err(damaged());
                };
                for entry in offsets.range(at)? {
                    let name = match key.value(entry)? {
                        Some(Value::Text(text)) => text,
                        Some(Value::Other(cell)) => {
                            let mut text = String::new();
                            cell.write_text(&mut text);
                            text.into()
                        }
                        None => continue,
                    };
                    write_field(&name, &field.children[0].children[1], value, entry, out)?;
                }
                close(out, '}');
            }
            Data::Coded { dictionary, .. } => {
                let (part, at) = dictionary.find(self.code(at)?)?;
                return part.write_json(field, at, out);
            }
            _ => match self.value(at)? {
                None => return Ok(false),
                Some(Value::Text(text)) => write_text(&text, out),
                Some(Value::Other(cell)) => write_cell(cell, out),
            },
        }
        Ok(true)
    }
}

fn write_list(
    field: &Field,
    element: &Array,
    range: Range<usize>,
    out: &mut String,
) -> Result<(), ImportError> {
    out.push('[');
    // What cannot be read is not there at all: a damaged file could claim any number of it.
    let is_there = !element.is_nothing();
    for at in range.filter(|_| is_there) {
        if !element.write_json(field, at, out)? {
            out.push_str("null");
        }
        out.push(',');
    }
    close(out, ']');
    Ok(())
}

/// Writes a field, its name and a comma. Of what is missing, only structs and lists are written, as null: a pair
/// whose value is missing is still one.
fn write_field(
    name: &str,
    field: &Field,
    value: &Array,
    at: usize,
    out: &mut String,
) -> Result<(), ImportError> {
    let start = out.len();
    write_text(name, out);
    out.push(':');
    if value.write_json(field, at, out)? {
        out.push(',');
    } else if field.children.is_empty() {
        out.truncate(start);
    } else {
        out.push_str("null,");
    }
    Ok(())
}

fn bit(bits: &[u8], at: usize) -> bool {
    bits.get(at / 8)
        .is_some_and(|byte| byte >> (at % 8) & 1 == 1)
}

fn text(bytes: Option<&[u8]>) -> Result<Option<Value<'_>>, ImportError> {
    let bytes = bytes.ok_or_else(damaged)?;
    Ok(Some(Value::Text(String::from_utf8_lossy(bytes))))
}

/// Sixteen bytes: the length, then up to twelve bytes of the text, or its beginning, buffer and place there.
fn view<'a>(views: &'a [u8], buffers: &'a [Bytes], at: usize) -> Option<&'a [u8]> {
    let view = views.get(at * 16..at * 16 + 16)?;
    let part = |at: usize| {
        let bytes = view.get(at..at + 4)?.first_chunk()?;
        usize::try_from(i32::from_le_bytes(*bytes)).ok()
    };
    let len = part(0)?;
    if len <= 12 {
        return view.get(4..4 + len);
    }
    let start = part(12)?;
    buffers.get(part(8)?)?.get(start..start.checked_add(len)?)
}

/// A whole number; one beyond the signed range as the negative one that has its bits.
fn whole(bytes: &[u8], at: usize, kind: Whole) -> Result<i64, ImportError> {
    let Whole { n_bytes, is_signed } = kind;
    let start = at.checked_mul(n_bytes).ok_or_else(damaged)?;
    let bytes = bytes.get(start..).and_then(|bytes| bytes.get(..n_bytes));
    let mut padded = [0; 8];
    padded[..n_bytes].copy_from_slice(bytes.ok_or_else(damaged)?);
    let unused = 64 - 8 * n_bytes as u32;
    let number = u64::from_le_bytes(padded) << unused;
    Ok(if is_signed {
        number.cast_signed() >> unused
    } else {
        (number >> unused).cast_signed()
    })
}

fn fixed(bytes: &[u8], at: usize, kind: Fixed) -> Result<Value<'_>, ImportError> {
    let n_bytes = kind.n_bytes();
    let start = at.checked_mul(n_bytes).ok_or_else(damaged)?;
    let signed = |n_bytes| {
        let is_signed = true;
        whole(bytes, at, Whole { n_bytes, is_signed })
    };
    let raw = bytes.get(start..).and_then(|bytes| bytes.get(..n_bytes));
    let raw = raw.ok_or_else(damaged)?;
    let cell = match kind {
        Fixed::Whole(kind) => match whole(bytes, at, kind)? {
            beyond @ ..0 if !kind.is_signed => {
                return Ok(Value::Text(beyond.cast_unsigned().to_string().into()));
            }
            number => Cell::Int(number),
        },
        Fixed::Days => Cell::LocalTime(signed(4)?.saturating_mul(86_400_000)),
        Fixed::Time {
            ticks_per_milli,
            millis_per_tick,
            is_local,
        } => {
            let millis = signed(8)?.div_euclid(ticks_per_milli);
            let millis = millis.saturating_mul(millis_per_tick);
            if is_local {
                Cell::LocalTime(millis)
            } else {
                Cell::Time(millis)
            }
        }
        Fixed::Float { .. } => Cell::Float(match *raw {
            [a, b] => half(u16::from_le_bytes([a, b])),
            [a, b, c, d] => widen(f32::from_le_bytes([a, b, c, d])),
            _ => f64::from_le_bytes(*raw.first_chunk().ok_or_else(damaged)?),
        }),
        Fixed::Decimal { scale, .. } => Cell::Decimal(micros_of(little_endian(raw), scale)),
        Fixed::Uuid => {
            let id = Uuid::from_slice(raw).map_err(|_| damaged())?;
            let mut text = [0; 36];
            let text: &str = id.hyphenated().encode_lower(&mut text);
            return Ok(Value::Text(text.to_owned().into()));
        }
    };
    Ok(Value::Other(cell))
}

/// A two's complement number; one of more than 16 bytes ends at the bounds of 16.
fn little_endian(bytes: &[u8]) -> i128 {
    let is_negative = bytes.last().is_some_and(|byte| byte & 0x80 != 0);
    let sign = if is_negative { 0xff } else { 0 };
    let mut number = [sign; 16];
    let (low, high) = bytes.split_at(bytes.len().min(16));
    number[..low.len()].copy_from_slice(low);
    let number = i128::from_le_bytes(number);
    if high.iter().all(|byte| *byte == sign) && (number < 0) == is_negative {
        number
    } else if is_negative {
        i128::MIN
    } else {
        i128::MAX
    }
}
