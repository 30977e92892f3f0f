//! The columns of an Arrow schema, and what their values mean.
//!
//! Types as in [Schema.fbs](https://github.com/apache/arrow/blob/main/format/Schema.fbs). Those that no table of
//! events needs are known only as far as their buffers must be passed over.

use arrow_ipc::{DateUnit, Field as Stored, Precision, TimeUnit, Type};

use super::{damaged, unknown};
use crate::ingest::error::ImportError;

/// Fields in fields deeper than this are damage or an attack.
const MAX_DEPTH: usize = 64;

/// A column, or what is inside one.
pub(super) struct Field {
    pub(super) name: String,
    pub(super) kind: Kind,
    /// Where the values are numbers of entries.
    pub(super) dictionary: Option<Encoding>,
    pub(super) children: Vec<Field>,
}

/// How a column refers to its dictionary.
#[derive(Clone, Copy)]
pub(super) struct Encoding {
    pub(super) id: i64,
    pub(super) code: Whole,
}

/// A whole number of 1, 2, 4 or 8 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Whole {
    pub(super) n_bytes: usize,
    pub(super) is_signed: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Without buffers, and always missing.
    Null,
    Bool,
    Fixed(Fixed),
    /// Text or bytes, between offsets.
    Text {
        is_large: bool,
    },
    /// Text or bytes, short ones in place.
    View,
    Struct,
    List {
        is_large: bool,
    },
    FixedList {
        n_elements: usize,
    },
    /// A list of structs of a key and a value.
    Map,
    /// Of no use here, with so many buffers.
    Unread {
        n_buffers: usize,
    },
}

/// Values of the same width.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fixed {
    Whole(Whole),
    Float {
        n_bytes: usize,
    },
    /// A little-endian two's complement number with so many digits after the point.
    Decimal {
        n_bytes: usize,
        scale: i32,
    },
    /// Days since the Unix epoch, in 32 bits.
    Days,
    /// A time since the Unix epoch in ticks, of which one millisecond has so many, or which has so many of them.
    Time {
        ticks_per_milli: i64,
        millis_per_tick: i64,
        is_local: bool,
    },
    Uuid,
}

impl Fixed {
    pub(super) fn n_bytes(self) -> usize {
        match self {
            Self::Whole(Whole { n_bytes, .. })
            | Self::Float { n_bytes }
            | Self::Decimal { n_bytes, .. } => n_bytes,
            Self::Days => 4,
            Self::Time { .. } => 8,
            Self::Uuid => 16,
        }
    }
}

impl Field {
    /// # Errors
    /// Where the type is unknown, or contradicts itself.
    pub(super) fn new(stored: &Stored<'_>, depth: usize) -> Result<Self, ImportError> {
        if depth > MAX_DEPTH {
            return Err(damaged());
        }
        let children = stored.children().into_iter().flatten();
        let children: Vec<Self> = children
            .map(|child| Self::new(&child, depth + 1))
            .collect::<Result<_, _>>()?;
        let name = stored.name().unwrap_or_default().to_owned();
        let kind = Kind::of(stored)?;
        let n_children = match kind {
            Kind::List { .. } | Kind::FixedList { .. } | Kind::Map => Some(1),
            Kind::Struct | Kind::Unread { .. } => None,
            _ => Some(0),
        };
        let is_map = |entries: &Self| entries.kind == Kind::Struct && entries.children.len() == 2;
        if n_children.is_some_and(|n| n != children.len())
            || kind == Kind::Map && !is_map(&children[0])
        {
            return Err(damaged());
        }
        let encoding = stored.dictionary().map(|encoding| {
            let code = encoding.indexType();
            let code = code.map_or((32, true), |int| (int.bitWidth(), int.is_signed()));
            let code = whole(code.0, code.1)?;
            let id = encoding.id();
            Ok::<_, ImportError>(Encoding { id, code })
        });
        Ok(Self {
            name,
            kind,
            dictionary: encoding.transpose()?,
            children,
        })
    }

    /// Whether it is a list or a map, which becomes JSON.
    pub(super) fn is_nested(&self) -> bool {
        matches!(
            self.kind,
            Kind::List { .. } | Kind::FixedList { .. } | Kind::Map
        )
    }
}

impl Kind {
    fn of(stored: &Stored<'_>) -> Result<Self, ImportError> {
        let time = |unit, is_local| {
            let (ticks_per_milli, millis_per_tick) = match unit {
                TimeUnit::SECOND => (1, 1000),
                TimeUnit::MILLISECOND => (1, 1),
                TimeUnit::MICROSECOND => (1_000, 1),
                TimeUnit::NANOSECOND => (1_000_000, 1),
                _ => return Err(damaged()),
            };
            Ok(Self::Fixed(Fixed::Time {
                ticks_per_milli,
                millis_per_tick,
                is_local,
            }))
        };
        let number = |n_bits| Ok(Self::Fixed(Fixed::Whole(whole(n_bits, true)?)));
        let unread = |n_buffers| Ok(Self::Unread { n_buffers });
        match stored.type_type() {
            Type::Null => Ok(Self::Null),
            Type::Bool => Ok(Self::Bool),
            Type::Int => {
                let int = stored.type_as_int().ok_or_else(damaged)?;
                let whole = whole(int.bitWidth(), int.is_signed())?;
                Ok(Self::Fixed(Fixed::Whole(whole)))
            }
            Type::FloatingPoint => {
                let float = stored.type_as_floating_point().ok_or_else(damaged)?;
                let n_bytes = match float.precision() {
                    Precision::HALF => 2,
                    Precision::SINGLE => 4,
                    Precision::DOUBLE => 8,
                    _ => return Err(damaged()),
                };
                Ok(Self::Fixed(Fixed::Float { n_bytes }))
            }
            Type::Decimal => {
                let decimal = stored.type_as_decimal().ok_or_else(damaged)?;
                let n_bytes = match decimal.bitWidth() {
                    32 => 4,
                    64 => 8,
                    128 => 16,
                    256 => 32,
                    _ => return Err(damaged()),
                };
                let scale = decimal.scale();
                Ok(Self::Fixed(Fixed::Decimal { n_bytes, scale }))
            }
            Type::Date => match stored.type_as_date().ok_or_else(damaged)?.unit() {
                DateUnit::DAY => Ok(Self::Fixed(Fixed::Days)),
                _ => time(TimeUnit::MILLISECOND, true),
            },
            Type::Timestamp => {
                let timestamp = stored.type_as_timestamp().ok_or_else(damaged)?;
                time(
                    timestamp.unit(),
                    timestamp.timezone().is_none_or(str::is_empty),
                )
            }
            Type::Time => number(stored.type_as_time().ok_or_else(damaged)?.bitWidth()),
            Type::Duration => number(64),
            Type::Utf8 | Type::Binary => Ok(Self::Text { is_large: false }),
            Type::LargeUtf8 | Type::LargeBinary => Ok(Self::Text { is_large: true }),
            Type::Utf8View | Type::BinaryView => Ok(Self::View),
            Type::FixedSizeBinary => {
                let bytes = stored.type_as_fixed_size_binary().ok_or_else(damaged)?;
                let mut metadata = stored.custom_metadata().into_iter().flatten();
                // https://arrow.apache.org/docs/format/CanonicalExtensions.html#uuid
                let is_uuid = metadata.any(|entry| entry.value() == Some("arrow.uuid"));
                if is_uuid && bytes.byteWidth() == 16 {
                    return Ok(Self::Fixed(Fixed::Uuid));
                }
                unread(2)
            }
            Type::Struct_ => Ok(Self::Struct),
            Type::List => Ok(Self::List { is_large: false }),
            Type::LargeList => Ok(Self::List { is_large: true }),
            Type::FixedSizeList => {
                let list = stored.type_as_fixed_size_list().ok_or_else(damaged)?;
                let n_elements = usize::try_from(list.listSize()).map_err(|_| damaged())?;
                Ok(Self::FixedList { n_elements })
            }
            Type::Map => Ok(Self::Map),
            Type::Interval => unread(2),
            Type::ListView | Type::LargeListView => unread(3),
            Type::RunEndEncoded => unread(0),
            Type::Union => {
                let union = stored.type_as_union().ok_or_else(damaged)?;
                let is_sparse = union.mode() == arrow_ipc::UnionMode::Sparse;
                unread(if is_sparse { 1 } else { 2 })
            }
            _ => Err(unknown(stored.name().unwrap_or_default())),
        }
    }
}

fn whole(n_bits: i32, is_signed: bool) -> Result<Whole, ImportError> {
    let n_bytes = match n_bits {
        8 => 1,
        16 => 2,
        32 => 4,
        64 => 8,
        _ => return Err(damaged()),
    };
    Ok(Whole { n_bytes, is_signed })
}
