//! What a scan has found as bytes, for whoever merges it in another worker or on another machine.
//!
//! Both sides run the same build, so there are no names and no version: a value is its fields, one
//! after the other. Counts are written with as few bytes as they need, numbers of 32 bits with four: there may be
//! millions of them, and that is read faster. Reading checks every length before it allocates; bytes that were cut or
//! have grown are noticed, and what they mean is believed.

use std::collections::BTreeMap;

/// A value that can be written as bytes and read again, the same.
pub trait Wire: Sized {
    /// Appends the value to `out`.
    fn write(&self, out: &mut Vec<u8>);

    /// Takes a value from the beginning of `bytes`; `None` where there is none.
    fn read(bytes: &mut &[u8]) -> Option<Self>;

    /// Appends many values.
    fn write_all(values: &[Self], out: &mut Vec<u8>) {
        values.iter().for_each(|value| value.write(out));
    }

    /// Takes so many values, of which each has a byte at least.
    fn read_all(length: usize, bytes: &mut &[u8]) -> Option<Vec<Self>> {
        let mut values = Vec::with_capacity(length);
        for _ in 0..length {
            values.push(Self::read(bytes)?);
        }
        Some(values)
    }
}

/// Implements [`Wire`] for a struct of which all fields, or all but those with their default, are listed.
macro_rules! wire {
    ($type:ty { $($field:ident),+ $(,)? }) => {
        $crate::analysis::wire::wire!($type { $($field),+ } with);
    };
    ($type:ty { $($field:ident),+ $(,)? } with $($rest:tt)*) => {
        impl $crate::analysis::wire::Wire for $type {
            fn write(&self, out: &mut Vec<u8>) {
                $(self.$field.write(out);)+
            }

            fn read(bytes: &mut &[u8]) -> Option<Self> {
                Some(Self {
                    $($field: $crate::analysis::wire::Wire::read(bytes)?,)+
                    $($rest)*
                })
            }
        }
    };
}

pub(crate) use wire;

impl Wire for u64 {
    /// Seven bits a byte, the lowest first; the highest bit says that more follow.
    #[inline(never)] // Every other number is written and read by these two, in a great many places.
    fn write(&self, out: &mut Vec<u8>) {
        let mut rest = *self;
        while rest >= 0x80 {
            out.push(rest as u8 | 0x80);
            rest >>= 7;
        }
        out.push(rest as u8);
    }

    #[inline(never)]
    fn read(bytes: &mut &[u8]) -> Option<Self> {
        let mut value = 0;
        for shift in (0..64).step_by(7) {
            let (&byte, rest) = bytes.split_first()?;
            *bytes = rest;
            value |= Self::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Some(value);
            }
        }
        None
    }
}

impl Wire for u32 {
    fn write(&self, out: &mut Vec<u8>) {
        out.extend(self.to_le_bytes());
    }

    fn read(bytes: &mut &[u8]) -> Option<Self> {
        let (value, rest) = bytes.split_first_chunk()?;
        *bytes = rest;
        Some(Self::from_le_bytes(*value))
    }

    fn write_all(values: &[Self], out: &mut Vec<u8>) {
        let start = out.len();
        out.resize(start + size_of_val(values), 0);
        let (places, _) = out[start..].as_chunks_mut();
        for (place, value) in places.iter_mut().zip(values) {
            *place = value.to_le_bytes();
        }
    }

    fn read_all(length: usize, bytes: &mut &[u8]) -> Option<Vec<Self>> {
        let n_bytes = length.checked_mul(size_of::<Self>())?;
        let (values, rest) = bytes.split_at_checked(n_bytes)?;
        *bytes = rest;
        let (values, _) = values.as_chunks();
        Some(values.iter().copied().map(Self::from_le_bytes).collect())
    }
}

impl Wire for usize {
    fn write(&self, out: &mut Vec<u8>) {
        (*self as u64).write(out);
    }

    fn read(bytes: &mut &[u8]) -> Option<Self> {
        u64::read(bytes)?.try_into().ok()
    }
}

impl Wire for i64 {
    /// The sign comes last, so that small numbers of both signs are short.
    fn write(&self, out: &mut Vec<u8>) {
        ((self << 1 ^ self >> 63) as u64).write(out);
    }

    fn read(bytes: &mut &[u8]) -> Option<Self> {
        let value = u64::read(bytes)?;
        Some((value >> 1) as i64 ^ -((value & 1) as i64))
    }
}

impl Wire for i128 {
    fn write(&self, out: &mut Vec<u8>) {
        out.extend(self.to_le_bytes());
    }

    fn read(bytes: &mut &[u8]) -> Option<Self> {
        let (value, rest) = bytes.split_first_chunk()?;
        *bytes = rest;
        Some(Self::from_le_bytes(*value))
    }
}

impl Wire for String {
    #[inline(never)]
    fn write(&self, out: &mut Vec<u8>) {
        self.len().write(out);
        out.extend(self.as_bytes());
    }

    #[inline(never)]
    fn read(bytes: &mut &[u8]) -> Option<Self> {
        let n_bytes = usize::read(bytes)?;
        let (text, rest) = bytes.split_at_checked(n_bytes)?;
        *bytes = rest;
        std::str::from_utf8(text).ok().map(str::to_owned)
    }
}

impl<T: Wire> Wire for Option<T> {
    fn write(&self, out: &mut Vec<u8>) {
        out.push(u8::from(self.is_some()));
        if let Some(value) = self {
            value.write(out);
        }
    }

    fn read(bytes: &mut &[u8]) -> Option<Self> {
        let (&is_some, rest) = bytes.split_first()?;
        *bytes = rest;
        match is_some {
            0 => Some(None),
            1 => T::read(bytes).map(Some),
            _ => None,
        }
    }
}

/// How many elements follow, each of which has a byte at least.
fn read_length(bytes: &mut &[u8]) -> Option<usize> {
    usize::read(bytes).filter(|&length| length <= bytes.len())
}

impl<T: Wire> Wire for Vec<T> {
    fn write(&self, out: &mut Vec<u8>) {
        self.len().write(out);
        T::write_all(self, out);
    }

    fn read(bytes: &mut &[u8]) -> Option<Self> {
        let length = read_length(bytes)?;
        T::read_all(length, bytes)
    }
}

impl<K: Wire + Ord, V: Wire> Wire for BTreeMap<K, V> {
    fn write(&self, out: &mut Vec<u8>) {
        self.len().write(out);
        for (key, value) in self {
            key.write(out);
            value.write(out);
        }
    }

    fn read(bytes: &mut &[u8]) -> Option<Self> {
        let mut map = Self::new();
        // One by one: gathering them first would have code of its own for every kind of map.
        for _ in 0..read_length(bytes)? {
            map.insert(K::read(bytes)?, V::read(bytes)?);
        }
        Some(map)
    }
}

impl<T: Wire + Copy + Default, const N: usize> Wire for [T; N] {
    fn write(&self, out: &mut Vec<u8>) {
        self.iter().for_each(|value| value.write(out));
    }

    fn read(bytes: &mut &[u8]) -> Option<Self> {
        let mut values = [T::default(); N];
        for value in &mut values {
            *value = T::read(bytes)?;
        }
        Some(values)
    }
}

impl<A: Wire, B: Wire> Wire for (A, B) {
    fn write(&self, out: &mut Vec<u8>) {
        self.0.write(out);
        self.1.write(out);
    }

    fn read(bytes: &mut &[u8]) -> Option<Self> {
        Some((A::read(bytes)?, B::read(bytes)?))
    }
}

impl<A: Wire, B: Wire, C: Wire> Wire for (A, B, C) {
    fn write(&self, out: &mut Vec<u8>) {
        self.0.write(out);
        self.1.write(out);
        self.2.write(out);
    }

    fn read(bytes: &mut &[u8]) -> Option<Self> {
        Some((A::read(bytes)?, B::read(bytes)?, C::read(bytes)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check<T: Wire + PartialEq + std::fmt::Debug>(value: &T, n_bytes: usize) {
        let mut bytes = Vec::new();
        value.write(&mut bytes);
        assert_eq!(bytes.len(), n_bytes, "{value:?}");
        let mut rest = bytes.as_slice();
        assert_eq!(T::read(&mut rest).as_ref(), Some(value));
        assert!(rest.is_empty(), "{value:?}");
        for end in 0..n_bytes {
            assert_eq!(T::read(&mut &bytes[..end]), None, "{value:?} cut at {end}");
        }
    }

    #[test]
    fn what_is_read_is_what_was_written_and_a_cut_is_noticed() {
        for (value, n_bytes) in [(0, 1), (127, 1), (128, 2), (1 << 32, 5), (u64::MAX, 10)] {
            check(&value, n_bytes);
        }
        for (value, n_bytes) in [
            (0_i64, 1),
            (-64, 1),
            (64, 2),
            (i64::MIN, 10),
            (i64::MAX, 10),
        ] {
            check(&value, n_bytes);
        }
        check(&u32::MAX, 4);
        check(&vec![0, 1, u32::MAX], 13);
        check(&vec![(1_u32, 2_u64)], 6);
        check(&i128::MIN, 16);
        check(&String::from("käse"), 6);
        check(&vec![Some(3_u32), None], 7);
        check(&[[1_u64, 2], [3, 4]], 4);
        check(
            &BTreeMap::from([((2_u32, String::from("b")), (1_usize, -1_i64, 0_u64))]),
            10,
        );
    }

    #[test]
    fn what_nothing_writes_is_refused() {
        assert_eq!(u64::read(&mut [0xff; 10].as_slice()), None);
        assert_eq!(Option::<u64>::read(&mut [2, 0].as_slice()), None);
        assert_eq!(String::read(&mut [1, 0xff].as_slice()), None);
        let mut long = Vec::new();
        u64::MAX.write(&mut long);
        assert_eq!(Vec::<u64>::read(&mut long.as_slice()), None);
        assert_eq!(Vec::<u32>::read(&mut long.as_slice()), None);
        assert_eq!(Vec::<u32>::read(&mut [2, 0, 0, 0, 0].as_slice()), None);
    }
}
