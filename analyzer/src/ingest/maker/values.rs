//! What a cell says, as a value of an event.

use event::{Decimal, Uuid};

use crate::dataset::RowError;
use crate::ingest::cell::Cell;
use crate::ingest::decimal;
use crate::ingest::time::TimeProblem;

/// Why a cell, or a row, says nothing that an event could have.
pub(in crate::ingest) enum What {
    Missing,
    Time(TimeProblem),
    /// Of a time that is put together, and what came of that.
    ComposedTime(String, TimeProblem),
    Amount,
    CommaAmount,
    Count,
    Seq,
    Json(String),
    Row(RowError),
}

/// Micro-units of an amount of money.
pub(in crate::ingest) fn amount(cell: Cell<'_>) -> Result<i64, What> {
    let decimal = match cell {
        Cell::Text(text) => {
            let text = text.trim_ascii();
            let is_scientific = text.bytes().any(|byte| matches!(byte, b'e' | b'E'))
                && text.starts_with(|first: char| first.is_ascii_digit() || first == '-');
            // As programs write small and great numbers: 1e-05.
            let number = || decimal::parse(text).filter(|_| is_scientific);
            Decimal::parse(text)
                .or_else(|| number().and_then(Decimal::from_f64))
                .or_else(|| Decimal::parse(&decimal::without_thousands(text)?))
                .or_else(|| {
                    amount(Cell::Text(&decimal::without_currency(text)?))
                        .ok()
                        .map(Decimal::from_micros)
                })
        }
        Cell::Int(number) => number
            .checked_mul(event::MICROS_PER_UNIT)
            .map(Decimal::from_micros),
        Cell::Float(number) => Decimal::from_f64(number),
        Cell::Decimal(micros) => Some(Decimal::from_micros(micros)),
        Cell::Missing | Cell::Bool(_) | Cell::Time(_) | Cell::LocalTime(_) => None,
    };
    decimal.map(Decimal::micros).ok_or(What::Amount)
}

/// Micro-units of an amount whose fraction is behind a comma, if it is a text.
pub(super) fn comma_amount(cell: Cell<'_>) -> Result<i64, What> {
    match cell {
        Cell::Text(text) => with_comma(text).ok_or(What::CommaAmount),
        number => amount(number),
    }
}

pub(super) fn with_comma(text: &str) -> Option<i64> {
    let text = text.trim_ascii();
    let Some(number) = decimal::from_comma(text) else {
        return with_comma(&decimal::without_currency(text)?);
    };
    amount(Cell::Text(&number)).ok()
}

pub(in crate::ingest) fn whole_number(cell: Cell<'_>) -> Option<u32> {
    match cell {
        Cell::Text(text) => text.trim_ascii().parse().ok(),
        Cell::Int(number) => u32::try_from(number).ok(),
        // The comparison is exact for whole numbers of 32 bits.
        Cell::Float(number) => Some(number as u32).filter(|whole| f64::from(*whole) == number),
        _ => None,
    }
}

pub(super) fn count(cell: Cell<'_>) -> Result<u32, What> {
    whole_number(cell).ok_or(What::Count)
}

/// How many pieces, and whether they came back: lists of orders have them as fewer than none.
pub(super) fn pieces(cell: Cell<'_>, may_return: bool) -> Result<(u32, bool), What> {
    let returned = match cell {
        Cell::Text(text) => text.trim_ascii().strip_prefix('-').map(Cell::Text),
        Cell::Int(number @ ..0) => number.checked_neg().map(Cell::Int),
        Cell::Float(number @ ..0.0) => Some(Cell::Float(-number)),
        _ => None,
    };
    match returned.filter(|_| may_return) {
        Some(cell) => Ok((count(cell)?, true)),
        None => Ok((count(cell)?, false)),
    }
}

pub(super) fn seq(cell: Cell<'_>) -> Result<u32, What> {
    whole_number(cell).ok_or(What::Seq)
}

pub(super) fn json<'a, T: serde::Deserialize<'a>>(cell: Cell<'a>) -> Result<T, What> {
    match cell {
        Cell::Text(text) => {
            serde_json::from_str(text).map_err(|error| What::Json(error.to_string()))
        }
        _ => Err(What::Json("it is not JSON text".to_owned())),
    }
}

/// A UUID as it is; any other id as its 128-bit FNV-1a hash, which is enough to recognise it again, in the form of
/// a UUID of version 8, so that it is not taken for one that holds a time.
pub(super) fn event_id(cell: Cell<'_>) -> Option<u128> {
    let hash = |bytes: &[u8]| {
        const OFFSET: u128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d;
        const PRIME: u128 = 0x0000_0000_0100_0000_0000_0000_0000_013b;
        let hash = bytes.iter().fold(OFFSET, |hash, byte| {
            (hash ^ u128::from(*byte)).wrapping_mul(PRIME)
        });
        hash & !(0xf << 76) | 8 << 76
    };
    match cell {
        Cell::Missing | Cell::Text("") => None,
        Cell::Text(text) => {
            Some(Uuid::try_parse(text).map_or_else(|_| hash(text.as_bytes()), |id| id.as_u128()))
        }
        other => {
            let mut text = String::new();
            other.write_text(&mut text);
            Some(hash(text.as_bytes()))
        }
    }
}
