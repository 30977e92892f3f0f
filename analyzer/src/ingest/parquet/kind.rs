//! What the values of a Parquet column mean, and their form in a chunk.

use ::parquet::basic::{ConvertedType, LogicalType, TimeUnit, Type};
use ::parquet::schema::types::ColumnDescriptor;
use event::Uuid;

use crate::ingest::chunk::{Texts, Values};
use crate::ingest::numbers::{micros_of, unsigned};

/// What the values of a column mean, beyond their physical type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Plain,
    /// A time since the Unix epoch, in ticks of so many nanoseconds.
    Timestamp {
        nanos_per_tick: i64,
        is_local: bool,
    },
    /// Days since 1970-01-01.
    Date,
    /// A decimal with so many digits after the point.
    Decimal {
        scale: i32,
    },
    /// Unsigned, in a signed physical type.
    Unsigned,
    Uuid,
}

impl Kind {
    /// `None` for what is neither text, number, truth value nor time.
    pub(super) fn of(column: &ColumnDescriptor) -> Option<Self> {
        let is_integer = matches!(column.physical_type(), Type::INT32 | Type::INT64);
        // The older notes mean UTC.
        let timestamp = |nanos_per_tick, is_local| Self::Timestamp {
            nanos_per_tick,
            is_local,
        };
        let kind = match (column.logical_type_ref(), column.converted_type()) {
            (Some(LogicalType::Timestamp(time)), _) => {
                let nanos_per_tick = match time.unit {
                    TimeUnit::MILLIS => 1_000_000,
                    TimeUnit::MICROS => 1_000,
                    TimeUnit::NANOS => 1,
                };
                timestamp(nanos_per_tick, !time.is_adjusted_to_u_t_c)
            }
            (None, ConvertedType::TIMESTAMP_MILLIS) => timestamp(1_000_000, false),
            (None, ConvertedType::TIMESTAMP_MICROS) => timestamp(1_000, false),
            (Some(LogicalType::Date), _) | (None, ConvertedType::DATE) => Self::Date,
            (Some(LogicalType::Decimal(_)), _) | (None, ConvertedType::DECIMAL) => Self::Decimal {
                scale: column.type_scale(),
            },
            (Some(LogicalType::Uuid), _) => Self::Uuid,
            (Some(LogicalType::Integer(integer)), _) if !integer.is_signed => Self::Unsigned,
            (None, ConvertedType::UINT_32 | ConvertedType::UINT_64) => Self::Unsigned,
            _ => Self::Plain,
        };
        match (column.physical_type(), kind) {
            (Type::FIXED_LEN_BYTE_ARRAY, Self::Uuid | Self::Decimal { .. }) => Some(kind),
            (Type::FIXED_LEN_BYTE_ARRAY, _) => None,
            (Type::BYTE_ARRAY, Self::Plain | Self::Decimal { .. }) => Some(kind),
            (_, Self::Plain) => Some(kind),
            _ => is_integer.then_some(kind),
        }
    }

    /// The values of an integer column; unsigned ones of 64 bits as the signed ones that have their bits.
    pub(super) fn of_integers(self, values: Vec<i64>) -> Values {
        match self {
            Self::Timestamp {
                nanos_per_tick,
                is_local,
            } => {
                let ticks_per_milli = 1_000_000 / nanos_per_tick;
                let millis = values
                    .into_iter()
                    .map(|ticks| ticks.div_euclid(ticks_per_milli))
                    .collect();
                if is_local {
                    Values::LocalTime(millis)
                } else {
                    Values::Time(millis)
                }
            }
            Self::Date => Values::LocalTime(
                values
                    .into_iter()
                    .map(|day| day.saturating_mul(86_400_000))
                    .collect(),
            ),
            Self::Decimal { scale } => Values::Decimal(
                values
                    .into_iter()
                    .map(|value| micros_of(i128::from(value), scale))
                    .collect(),
            ),
            Self::Unsigned => unsigned(values),
            Self::Plain | Self::Uuid => Values::Int(values),
        }
    }

    pub(super) fn of_bytes<'a>(self, values: impl Iterator<Item = &'a [u8]>) -> Values {
        if let Self::Decimal { scale } = self {
            return Values::Decimal(
                values
                    .map(|bytes| micros_of(big_endian(bytes), scale))
                    .collect(),
            );
        }
        let mut texts = Texts::default();
        for bytes in values {
            match Uuid::from_slice(bytes) {
                Ok(id) if self == Self::Uuid => {
                    texts.push(id.hyphenated().encode_lower(&mut [0; 36]));
                }
                _ => texts.push(&String::from_utf8_lossy(bytes)),
            }
        }
        Values::Text(texts)
    }
}

/// A two's complement number of up to 16 bytes.
fn big_endian(bytes: &[u8]) -> i128 {
    let sign = if bytes.first().is_some_and(|byte| byte & 0x80 != 0) {
        -1
    } else {
        0
    };
    bytes
        .iter()
        .fold(sign, |number: i128, byte| (number << 8) | i128::from(*byte))
}
