//! A segment: one file of the log. Its name, its header, its creation.
//!
//! Files are named `00000001-2026-11-22.log`: a number that counts up, and the UTC day on which the batches in
//! it arrived. Sorting by name is sorting by arrival. A file begins with a header and goes on in frames:
//!
//! | bytes | what |
//! | --- | --- |
//! | 8 | `DPATHLOG` |
//! | 4 | version of the format, u32 little-endian: [`VERSION`] |
//! | 4 | CRC-32 of the twelve bytes before, u32 little-endian |

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use jiff::civil::Date;

/// The version of the format that this crate writes.
pub const VERSION: u32 = 1;
/// Bytes before the first frame.
pub const HEADER_BYTES: u64 = 16;

const MAGIC: [u8; 8] = *b"DPATHLOG";
const EXTENSION: &str = "log";

/// The place of a segment in the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SegmentName {
    /// Counts up from 1 over the life of the directory.
    pub number: u64,
    /// The UTC day on which the batches in it arrived.
    pub day: Date,
}

impl SegmentName {
    /// Reads a file's name; `None` where the file is not a segment.
    pub fn parse(file_name: &str) -> Option<Self> {
        let (number, rest) = file_name.split_once('-')?;
        let (day, extension) = rest.rsplit_once('.')?;
        let name = Self {
            number: number.parse().ok()?,
            day: day.parse().ok()?,
        };
        (extension == EXTENSION && name.to_string() == file_name).then_some(name)
    }

    /// The segment's path in the directory of the log.
    pub fn path(&self, directory: &Path) -> PathBuf {
        directory.join(self.to_string())
    }
}

impl std::fmt::Display for SegmentName {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{:08}-{}.{EXTENSION}", self.number, self.day)
    }
}

/// The segments in a directory, in order of arrival.
///
/// # Errors
/// The directory can't be read.
pub fn list(directory: &Path) -> io::Result<Vec<SegmentName>> {
    let mut names = Vec::new();
    for entry in std::fs::read_dir(directory)? {
        names.extend(entry?.file_name().to_str().and_then(SegmentName::parse));
    }
    names.sort_unstable();
    Ok(names)
}

/// Creates a segment that holds its header and no frame. When this returns, the file, its header and its entry
/// in the directory are on disk.
///
/// # Errors
/// The file exists or can't be written; then nothing is left of it.
pub fn create(directory: &Path, name: SegmentName) -> io::Result<File> {
    let path = name.path(directory);
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(&path)?;
    let written = file
        .write_all(&header())
        .and_then(|()| file.sync_all())
        .and_then(|()| sync_directory(directory));
    if let Err(error) = written {
        // Should the removal fail too, the next start finds a file without frames and goes on behind it.
        let _ = std::fs::remove_file(&path);
        return Err(error);
    }
    Ok(file)
}

/// Puts the entries of a directory on disk: a new file's bytes may outlive a crash without its name doing so.
///
/// # Errors
/// The directory can't be opened or synced.
pub fn sync_directory(directory: &Path) -> io::Result<()> {
    // Windows neither needs this nor lets a directory be opened as a file.
    if cfg!(windows) {
        Ok(())
    } else {
        File::open(directory)?.sync_all()
    }
}

/// What the first bytes of a segment say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HeaderState {
    /// A whole header of this version.
    Known,
    /// A whole header of another version.
    Unknown(u32),
    /// No header: cut short or damaged.
    Damaged,
}

/// Reads the first bytes of a segment.
pub fn read_header(bytes: &[u8]) -> HeaderState {
    let Some((start, checksum)) = bytes
        .get(..HEADER_BYTES as usize)
        .and_then(<[u8]>::split_last_chunk::<4>)
    else {
        return HeaderState::Damaged;
    };
    let version = start
        .strip_prefix(&MAGIC)
        .and_then(|rest| rest.first_chunk());
    match version {
        Some(version) if crc32fast::hash(start) == u32::from_le_bytes(*checksum) => {
            match u32::from_le_bytes(*version) {
                VERSION => HeaderState::Known,
                version => HeaderState::Unknown(version),
            }
        }
        _ => HeaderState::Damaged,
    }
}

/// The header of a segment of this version.
pub fn header() -> Vec<u8> {
    let mut bytes = MAGIC.to_vec();
    bytes.extend_from_slice(&VERSION.to_le_bytes());
    bytes.extend_from_slice(&crc32fast::hash(&bytes).to_le_bytes());
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_as_written_and_nothing_else_is_a_name() {
        let name = SegmentName {
            number: 12,
            day: Date::constant(2026, 11, 22),
        };
        assert_eq!(name.to_string(), "00000012-2026-11-22.log");
        assert_eq!(SegmentName::parse("00000012-2026-11-22.log"), Some(name));
        for other in [
            "12-2026-11-22.log",
            "00000012-2026-11-22.log.16.cut",
            "lock",
            "00000012-x.log",
        ] {
            assert_eq!(SegmentName::parse(other), None, "{other}");
        }
    }

    #[test]
    fn a_header_is_told_from_damage_and_from_another_version() {
        let header = header();
        assert_eq!(header.len() as u64, HEADER_BYTES);
        assert_eq!(read_header(&header), HeaderState::Known);
        assert_eq!(read_header(&header[..15]), HeaderState::Damaged);
        let mut damaged = header.clone();
        damaged[3] ^= 1;
        assert_eq!(read_header(&damaged), HeaderState::Damaged);
        let mut newer = header[..12].to_vec();
        newer[8] = 2;
        newer.extend_from_slice(&crc32fast::hash(&newer).to_le_bytes());
        assert_eq!(read_header(&newer), HeaderState::Unknown(2));
    }

    #[test]
    fn a_new_segment_is_listed_and_not_created_twice() {
        let directory = tempfile::tempdir().unwrap();
        let name = SegmentName {
            number: 1,
            day: Date::constant(2026, 1, 2),
        };
        create(directory.path(), name).unwrap();
        assert!(create(directory.path(), name).is_err());
        // The failed second attempt is not allowed to take the first one's file with it.
        assert_eq!(list(directory.path()).unwrap(), [name]);
    }
}
