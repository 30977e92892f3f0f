//! A frame: the length and checksum around one record, so that a reader knows where it ends and whether it is whole.
//!
//! | bytes | what |
//! | --- | --- |
//! | 4 | [`MARKER`], by which a reader finds the next frame behind damaged bytes |
//! | 4 | length of the payload, u32 little-endian |
//! | 4 | CRC-32 of the length's four bytes and the payload, u32 little-endian |
//! | length | payload |

/// The first bytes of every frame. 0xFF never occurs in UTF-8, hence in no event's JSON.
pub const MARKER: [u8; 4] = [0xFF, b'D', b'P', 0xFE];
/// Bytes before the payload.
pub const HEADER_BYTES: usize = 12;
/// Longest payload. A length beyond it is damage, so that a reader never trusts a wild one with its memory.
pub const MAX_PAYLOAD_BYTES: usize = 64 << 20;

/// The numbers in a frame's header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// Length of the payload in bytes, at most [`MAX_PAYLOAD_BYTES`].
    pub n_bytes: usize,
    checksum: u32,
}

impl Header {
    /// Reads a header; `None` where the bytes can't be one.
    pub fn parse(bytes: &[u8; HEADER_BYTES]) -> Option<Self> {
        let [m0, m1, m2, m3, l0, l1, l2, l3, c0, c1, c2, c3] = *bytes;
        let n_bytes = u32::from_le_bytes([l0, l1, l2, l3]) as usize;
        let is_frame = [m0, m1, m2, m3] == MARKER && n_bytes <= MAX_PAYLOAD_BYTES;
        is_frame.then_some(Self {
            n_bytes,
            checksum: u32::from_le_bytes([c0, c1, c2, c3]),
        })
    }

    /// Whether `payload` is the one that was written under this header.
    pub fn matches(&self, payload: &[u8]) -> bool {
        payload.len() == self.n_bytes && checksum(payload) == self.checksum
    }
}

/// Appends one frame to `out`; `write` appends its payload.
pub fn append(out: &mut Vec<u8>, write: impl FnOnce(&mut Vec<u8>)) {
    let start = out.len();
    out.extend_from_slice(&[0; HEADER_BYTES]);
    write(out);
    let (_, frame) = out.split_at_mut(start);
    let (header, payload) = frame.split_at_mut(HEADER_BYTES);
    let n_bytes = payload.len() as u32;
    header[..4].copy_from_slice(&MARKER);
    header[4..8].copy_from_slice(&n_bytes.to_le_bytes());
    header[8..].copy_from_slice(&checksum(payload).to_le_bytes());
}

fn checksum(payload: &[u8]) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(&(payload.len() as u32).to_le_bytes());
    hasher.update(payload);
    hasher.finalize()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(frame: &[u8]) -> (Option<Header>, &[u8]) {
        let (header, payload) = frame.split_first_chunk().unwrap();
        (Header::parse(header), payload)
    }

    #[test]
    fn a_frame_is_read_back() {
        let mut out = b"before".to_vec();
        append(&mut out, |out| out.extend_from_slice(b"payload"));
        let (header, payload) = split(&out[6..]);
        assert_eq!(payload, b"payload");
        assert!(header.unwrap().matches(payload));
    }

    #[test]
    fn every_flipped_bit_is_noticed() {
        let mut frame = Vec::new();
        append(&mut frame, |out| out.extend_from_slice(b"payload"));
        for bit in 0..frame.len() * 8 {
            let mut damaged = frame.clone();
            damaged[bit / 8] ^= 1 << (bit % 8);
            let (header, payload) = split(&damaged);
            assert!(
                !header.is_some_and(|header| header.matches(payload)),
                "bit {bit}"
            );
        }
    }
}
