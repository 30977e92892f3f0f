//! Small numbers as Parquet packs them: runs of one value, and groups of eight packed by bits.
//!
//! Dictionary codes and definition levels come this way. The `parquet` crate keeps its own decoder to itself.

use bytes::Bytes;

use crate::ingest::error::ImportError;

/// Numbers of one page that are not read yet.
pub(super) struct Hybrid {
    bytes: Bytes,
    /// Where the next run begins.
    at: usize,
    /// Bits of a number, at most 32.
    width: usize,
    run: Run,
}

enum Run {
    Repeated { value: u32, n_left: usize },
    Packed { first_bit: usize, n_left: usize },
}

impl Hybrid {
    /// # Errors
    /// Where a number is said to have more than 32 bits.
    pub(super) fn new(bytes: Bytes, width: u8) -> Result<Self, ImportError> {
        if width > 32 {
            return Err(damaged());
        }
        Ok(Self {
            bytes,
            at: 0,
            width: width.into(),
            run: Run::Repeated {
                value: 0,
                n_left: 0,
            },
        })
    }

    /// Hands the next `n` numbers to `take`.
    ///
    /// # Errors
    /// Where there are fewer, or `take` fails.
    pub(super) fn read(
        &mut self,
        mut n: usize,
        mut take: impl FnMut(u32) -> Result<(), ImportError>,
    ) -> Result<(), ImportError> {
        while n > 0 {
            match &mut self.run {
                Run::Repeated { n_left: 0, .. } | Run::Packed { n_left: 0, .. } => {
                    self.run = self.next_run()?;
                }
                Run::Repeated { value, n_left } => {
                    let n_taken = n.min(*n_left);
                    for _ in 0..n_taken {
                        take(*value)?;
                    }
                    *n_left -= n_taken;
                    n -= n_taken;
                }
                Run::Packed { first_bit, n_left } => {
                    let n_taken = n.min(*n_left);
                    let end = *first_bit + n_taken * self.width;
                    if end.div_ceil(8) > self.bytes.len() {
                        return Err(damaged());
                    }
                    for index in 0..n_taken {
                        let number = bits(&self.bytes, *first_bit + index * self.width, self.width);
                        take(number)?;
                    }
                    *first_bit = end;
                    *n_left -= n_taken;
                    n -= n_taken;
                }
            }
        }
        Ok(())
    }

    fn next_run(&mut self) -> Result<Run, ImportError> {
        let header = self.header()?;
        let n = header >> 1;
        if header & 1 == 1 {
            let first_bit = self.at * 8;
            let n_bytes = n.checked_mul(self.width).ok_or_else(damaged)?;
            // The last group of a page may lack the bytes that nobody reads.
            self.at = self.at.saturating_add(n_bytes);
            let n_left = n.checked_mul(8).ok_or_else(damaged)?;
            return Ok(Run::Packed { first_bit, n_left });
        }
        let n_bytes = self.width.div_ceil(8);
        let bytes = self.bytes.get(self.at..self.at.saturating_add(n_bytes));
        let bytes = bytes.ok_or_else(damaged)?;
        self.at += n_bytes;
        let value = bytes
            .iter()
            .rev()
            .fold(0, |value, &byte| (value << 8) | u32::from(byte));
        Ok(Run::Repeated { value, n_left: n })
    }

    /// A number of seven bits a byte, the lowest first. A run of none would never end.
    fn header(&mut self) -> Result<usize, ImportError> {
        let mut header = 0_u64;
        for shift in (0..35).step_by(7) {
            let byte = *self.bytes.get(self.at).ok_or_else(damaged)?;
            self.at += 1;
            header |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return match usize::try_from(header) {
                    Ok(header) if header > 1 => Ok(header),
                    _ => Err(damaged()),
                };
            }
        }
        Err(damaged())
    }
}

/// `width` bits from `first` on, the lowest first; they are there.
fn bits(bytes: &[u8], first: usize, width: usize) -> u32 {
    let start = first / 8;
    let word = match bytes
        .get(start..start + 8)
        .and_then(|word| word.first_chunk())
    {
        Some(word) => u64::from_le_bytes(*word),
        None => {
            let rest = bytes.get(start..).unwrap_or_default().iter().rev();
            rest.fold(0, |word, &byte| (word << 8) | u64::from(byte))
        }
    };
    ((word >> (first % 8)) & ((1 << width) - 1)) as u32
}

pub(super) fn damaged() -> ImportError {
    ImportError::Parquet("the file is damaged".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8], width: u8, n: usize) -> Result<Vec<u32>, ImportError> {
        let mut numbers = Vec::new();
        let mut hybrid = Hybrid::new(Bytes::copy_from_slice(bytes), width)?;
        // Piece by piece, so that runs are taken up again.
        for start in (0..n).step_by(3) {
            hybrid.read(3.min(n - start), |number| {
                numbers.push(number);
                Ok(())
            })?;
        }
        Ok(numbers)
    }

    #[test]
    fn runs_and_packed_groups() {
        // Five times 4; then the numbers 0 to 7 with three bits each, as in the format's definition.
        let bytes = [0x0a, 4, 0x03, 0b1000_1000, 0b1100_0110, 0b1111_1010];
        let expected = [4, 4, 4, 4, 4, 0, 1, 2, 3, 4, 5, 6, 7];
        assert_eq!(read(&bytes, 3, 13), Ok(expected.to_vec()));
        assert!(read(&bytes, 3, 14).is_err());
        assert!(read(&bytes[..5], 3, 13).is_err());
    }

    #[test]
    fn wide_numbers_and_none() {
        let bytes = [0x04, 1, 2, 3, 4];
        assert_eq!(read(&bytes, 32, 2), Ok(vec![0x0403_0201; 2]));
        assert_eq!(read(&[0x08], 0, 4), Ok(vec![0; 4]));
        assert!(read(&[0x00; 9], 0, 1).is_err());
        assert!(Hybrid::new(Bytes::new(), 33).is_err());
    }
}
