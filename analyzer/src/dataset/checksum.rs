//! CRC-32 (ISO-HDLC, that of zip and PNG) of encoded datasets.
//!
//! Its tables are made when they are needed: in the module that a browser downloads they would be
//! sixteen thousand bytes that nothing compresses.

/// Bytes that are taken in at once, each with a table of its own.
const WIDTH: usize = 8;

/// The checksum of `bytes`.
pub(super) fn checksum(bytes: &[u8]) -> u32 {
    let tables = tables();
    let mut crc = u32::MAX;
    let mut chunks = bytes.chunks_exact(WIDTH);
    for chunk in &mut chunks {
        let mut next = 0;
        for (place, &byte) in chunk.iter().enumerate() {
            let byte = if place < 4 {
                byte ^ crc.to_le_bytes()[place]
            } else {
                byte
            };
            next ^= tables[WIDTH - 1 - place][usize::from(byte)];
        }
        crc = next;
    }
    for &byte in chunks.remainder() {
        crc = crc >> 8 ^ tables[0][(crc as u8 ^ byte) as usize];
    }
    !crc
}

/// For each byte what it makes of the checksum, followed by so many zeros as the table's number.
fn tables() -> Vec<[u32; 256]> {
    let mut first = [0; 256];
    for (crc, byte) in first.iter_mut().zip(0_u32..) {
        *crc = byte;
        for _ in 0..8 {
            // The polynomial, its bits in reverse, where the bit that leaves is 1.
            *crc = *crc >> 1 ^ if *crc & 1 == 1 { 0xedb8_8320 } else { 0 };
        }
    }
    let one_more_zero = |crc: u32| crc >> 8 ^ first[(crc & 0xff) as usize];
    let next = |table: &[u32; 256]| Some(table.map(one_more_zero));
    std::iter::successors(Some(first), next)
        .take(WIDTH)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_the_usual_crc() {
        assert_eq!(checksum(b"123456789"), 0xcbf4_3926);
        let bytes: Vec<u8> = (0..1000_u32).map(|n| ((n * n) >> 3) as u8).collect();
        for n in (0..40).chain([999, 1000]) {
            assert_eq!(checksum(&bytes[..n]), crc32fast::hash(&bytes[..n]), "{n}");
        }
    }
}
