//! Opening a directory as it was left: by a clean stop, by SIGKILL, by a power cut.
//!
//! Everything that was acknowledged is a whole record, so what is not a whole record at the end of a segment
//! was never acknowledged, or the disk has changed it. It is set aside in a `.cut` file, cut off, and logged.
//! Damage with records behind it stays where it is and is passed over. Neither keeps a collector from starting.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use super::read::{Damage, Item, Reader};
use super::record::Record;
use super::segment::{self, HeaderState, SegmentName};
use crate::error::OpenError;

/// A segment that was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FoundSegment {
    /// Its place in the log.
    pub name: SegmentName,
    /// How many bytes of it hold records.
    pub n_bytes: u64,
    /// Whether it ends in a whole record, so that more can be written behind it.
    pub can_grow: bool,
}

/// Reads all segments in order of arrival, hands each whole record to `visit`, and cuts torn tails.
///
/// # Errors
/// A file can't be read, or was written by a later version. Damage is not an error.
pub fn recover(
    directory: &Path,
    mut visit: impl FnMut(SegmentName, &Record<'_>),
) -> Result<Vec<FoundSegment>, OpenError> {
    let names = segment::list(directory).map_err(OpenError::io("listed", directory))?;
    let mut segments = Vec::with_capacity(names.len());
    for name in names {
        let path = name.path(directory);
        let scan = scan(&path, |record| visit(name, record))?;
        let mut segment = FoundSegment {
            name,
            n_bytes: scan.n_bytes,
            can_grow: scan.has_header,
        };
        for damage in scan.damages {
            let Damage { offset, n_bytes } = damage;
            tracing::warn!(segment = %name, offset, n_bytes, "damaged bytes inside a segment: passed over");
        }
        if let Some(tail) = scan.tail {
            segment.n_bytes = tail.offset;
            segment.can_grow &= cut_tail(&path, tail);
        }
        segments.push(segment);
    }
    Ok(segments)
}

/// What was found in one segment besides its records.
struct Scan {
    has_header: bool,
    n_bytes: u64,
    damages: Vec<Damage>,
    tail: Option<Damage>,
}

fn scan(path: &Path, mut visit: impl FnMut(&Record<'_>)) -> Result<Scan, OpenError> {
    let mut file = File::open(path).map_err(OpenError::io("opened", path))?;
    let n_bytes = file.metadata().map_err(OpenError::io("read", path))?.len();
    let mut header = Vec::new();
    let start = (&mut file)
        .take(segment::HEADER_BYTES)
        .read_to_end(&mut header);
    start.map_err(OpenError::io("read", path))?;
    let has_header = match segment::read_header(&header) {
        HeaderState::Known => true,
        // Its records, if there are any, are still found by their markers.
        HeaderState::Damaged => false,
        HeaderState::Unknown(version) => {
            return Err(OpenError::NewerFormat {
                path: path.to_owned(),
                version,
            });
        }
    };
    let start = if has_header { segment::HEADER_BYTES } else { 0 };
    let mut reader = Reader::new(file, start, n_bytes).map_err(OpenError::io("read", path))?;
    let mut damages = Vec::new();
    while let Some(item) = reader.next().map_err(OpenError::io("read", path))? {
        match item {
            Item::Record(record) => visit(&record),
            Item::Damage(damage) => damages.push(damage),
        }
    }
    let tail = damages.pop_if(|last| last.offset + last.n_bytes == n_bytes);
    Ok(Scan {
        has_header,
        n_bytes,
        damages,
        tail,
    })
}

/// Whether the tail is gone. If it can't be kept aside, say on a full disk, it stays: the log then goes on in
/// a new segment.
fn cut_tail(path: &Path, tail: Damage) -> bool {
    let Damage { offset, n_bytes } = tail;
    match set_aside(path, tail) {
        Ok(kept) => {
            let (segment, kept) = (path.display(), kept.display());
            tracing::warn!(%segment, offset, n_bytes, %kept, "torn or damaged tail: cut and kept aside");
            true
        }
        Err(error) => {
            let segment = path.display();
            tracing::warn!(%segment, offset, n_bytes, %error, "torn or damaged tail: left in place");
            false
        }
    }
}

fn set_aside(path: &Path, tail: Damage) -> io::Result<PathBuf> {
    let (mut kept, kept_path) = create_cut_file(path, tail.offset)?;
    let mut file = File::options().read(true).write(true).open(path)?;
    file.seek(SeekFrom::Start(tail.offset))?;
    io::copy(&mut file, &mut kept)?;
    kept.sync_all()?;
    if let Some(directory) = path.parent() {
        segment::sync_directory(directory)?;
    }
    file.set_len(tail.offset)?;
    file.sync_all()?;
    Ok(kept_path)
}

/// A file beside the segment, named after the offset of the cut; counted on where that name is taken.
fn create_cut_file(path: &Path, offset: u64) -> io::Result<(File, PathBuf)> {
    let mut attempt = 1_u32;
    loop {
        let suffix = match attempt {
            1 => format!(".{offset}.cut"),
            _ => format!(".{offset}-{attempt}.cut"),
        };
        let mut name = path.as_os_str().to_owned();
        name.push(suffix);
        match File::create_new(&name) {
            Ok(file) => return Ok((file, name.into())),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => attempt += 1,
            Err(error) => return Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use event::{Dropped, Uuid};
    use jiff::civil::Date;

    use super::super::frame;
    use super::super::record::{self, Envelope};
    use super::*;

    const NAME: SegmentName = SegmentName {
        number: 1,
        day: Date::constant(2026, 11, 22),
    };

    fn frame_of(number: i64) -> Vec<u8> {
        let envelope = Envelope {
            received_at: number,
            batch: Uuid::nil(),
            dropped: Dropped::default(),
            site: "demo",
        };
        let mut bytes = Vec::new();
        frame::append(&mut bytes, |out| {
            record::encode(out, &envelope, [].into_iter());
        });
        bytes
    }

    /// Recovers a directory with one segment of these bytes: the records, the segment, the bytes set aside.
    fn check(bytes: &[u8]) -> (Vec<i64>, FoundSegment, Vec<u8>) {
        let directory = tempfile::tempdir().unwrap();
        let path = NAME.path(directory.path());
        std::fs::write(&path, bytes).unwrap();
        let mut records = Vec::new();
        let segments = recover(directory.path(), |_, record| {
            records.push(record.envelope.received_at);
        })
        .unwrap();
        let segment = segments[0];
        assert_eq!(std::fs::metadata(&path).unwrap().len(), segment.n_bytes);
        let cut = directory
            .path()
            .join(format!("{NAME}.{}.cut", segment.n_bytes));
        (records, segment, std::fs::read(cut).unwrap_or_default())
    }

    #[test]
    fn a_clean_segment_is_left_as_it_is() {
        let bytes = [segment::header(), frame_of(1), frame_of(2)].concat();
        let (records, segment, cut) = check(&bytes);
        assert_eq!(records, [1, 2]);
        assert_eq!(
            segment,
            FoundSegment {
                name: NAME,
                n_bytes: bytes.len() as u64,
                can_grow: true
            }
        );
        assert!(cut.is_empty());
    }

    #[test]
    fn a_tail_torn_anywhere_is_cut_and_kept_aside() {
        let whole = [segment::header(), frame_of(1)].concat();
        let torn = frame_of(2);
        for length in 1..torn.len() {
            let (records, segment, cut) = check(&[&whole[..], &torn[..length]].concat());
            assert_eq!(records, [1]);
            assert_eq!(segment.n_bytes, whole.len() as u64);
            assert!(segment.can_grow);
            assert_eq!(cut, torn[..length]);
        }
    }

    #[test]
    fn a_file_torn_in_its_header_is_emptied_and_not_written_behind() {
        let (records, segment, cut) = check(&segment::header()[..9]);
        assert!(records.is_empty());
        assert_eq!(
            segment,
            FoundSegment {
                name: NAME,
                n_bytes: 0,
                can_grow: false
            }
        );
        assert_eq!(cut, segment::header()[..9]);
    }

    #[test]
    fn a_damaged_header_costs_no_record() {
        let mut bytes = [segment::header(), frame_of(1)].concat();
        bytes[0] ^= 1;
        let (records, segment, _) = check(&bytes);
        assert_eq!(records, [1]);
        assert!(!segment.can_grow);
    }

    #[test]
    fn damage_in_the_middle_is_passed_over_and_stays() {
        let mut bytes = [segment::header(), frame_of(1), frame_of(2), frame_of(3)].concat();
        bytes[16 + frame_of(1).len() + 20] ^= 1;
        let (records, segment, cut) = check(&bytes);
        assert_eq!(records, [1, 3]);
        assert_eq!(segment.n_bytes, bytes.len() as u64);
        assert!(cut.is_empty());
    }

    #[test]
    fn two_cuts_at_one_offset_are_both_kept() {
        let directory = tempfile::tempdir().unwrap();
        let path = NAME.path(directory.path());
        for torn in [b"one", b"two"] {
            std::fs::write(&path, [&segment::header()[..], torn].concat()).unwrap();
            recover(directory.path(), |_, _| ()).unwrap();
        }
        let kept = |suffix| std::fs::read(directory.path().join(format!("{NAME}.16{suffix}.cut")));
        assert_eq!(kept("").unwrap(), b"one");
        assert_eq!(kept("-2").unwrap(), b"two");
    }

    #[test]
    fn a_later_format_is_refused_and_not_touched() {
        let directory = tempfile::tempdir().unwrap();
        let mut bytes = segment::header()[..12].to_vec();
        bytes[8] = 9;
        bytes.extend_from_slice(&crc32fast::hash(&bytes).to_le_bytes());
        bytes.extend_from_slice(b"what only the future can read");
        std::fs::write(NAME.path(directory.path()), &bytes).unwrap();
        let error = recover(directory.path(), |_, _| ()).unwrap_err();
        assert!(error.to_string().contains("version 9"), "{error}");
        assert_eq!(std::fs::read(NAME.path(directory.path())).unwrap(), bytes);
    }
}
