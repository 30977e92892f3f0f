//! Making bytes durable at the end of a file, and taking back what did not become durable.

use std::fs::File;
use std::io::{self, Seek, SeekFrom, Write};

/// What appending needs of a file. Tests put a file in its place that fails on demand.
pub trait Medium {
    /// Writes all of `bytes` at `offset`.
    ///
    /// # Errors
    /// Some or none of the bytes are written.
    fn write_at(&mut self, offset: u64, bytes: &[u8]) -> io::Result<()>;

    /// Returns once everything written is on disk.
    ///
    /// # Errors
    /// Nothing is known about what was written since the last success.
    fn sync(&mut self) -> io::Result<()>;

    /// Cuts the file to `length` bytes.
    ///
    /// # Errors
    /// The file may be as long as before.
    fn truncate(&mut self, length: u64) -> io::Result<()>;
}

impl Medium for File {
    fn write_at(&mut self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        self.seek(SeekFrom::Start(offset))?;
        self.write_all(bytes)
    }

    fn sync(&mut self) -> io::Result<()> {
        self.sync_data()
    }

    fn truncate(&mut self, length: u64) -> io::Result<()> {
        self.set_len(length)
    }
}

/// The end of a file, where bytes become durable together or not at all.
#[derive(Debug)]
pub struct Appender<M> {
    medium: M,
    durable_bytes: u64,
    is_clean: bool,
}

impl<M: Medium> Appender<M> {
    /// Goes on behind the first `durable_bytes` of `medium`; whatever lies behind them is cut off first.
    pub fn new(medium: M, durable_bytes: u64) -> Self {
        Self {
            medium,
            durable_bytes,
            is_clean: false,
        }
    }

    /// How many bytes at the start of the file are known to be on disk.
    pub fn durable_bytes(&self) -> u64 {
        self.durable_bytes
    }

    /// Appends `bytes` with one write and one sync. They are on disk when this returns.
    ///
    /// # Errors
    /// The disk is full or failing. Nothing of `bytes` stays in the file: it is cut back now or, if that
    /// fails too, before the next append. After a failed sync the kernel may have dropped the unwritten pages
    /// and report success the next time, so bytes of a failed append are never counted on.
    pub fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.cut_back()?;
        self.is_clean = false;
        let written = self
            .medium
            .write_at(self.durable_bytes, bytes)
            .and_then(|()| self.medium.sync());
        match written {
            Ok(()) => {
                self.durable_bytes += bytes.len() as u64;
                self.is_clean = true;
                Ok(())
            }
            Err(error) => {
                // A failure here is met again, and reported, by the next append.
                let _ = self.cut_back();
                Err(error)
            }
        }
    }

    /// Takes back what a failed append may have left in the file.
    ///
    /// # Errors
    /// The disk still fails; the remains may still be there.
    pub fn cut_back(&mut self) -> io::Result<()> {
        if !self.is_clean {
            self.medium.truncate(self.durable_bytes)?;
            self.medium.sync()?;
            self.is_clean = true;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A file in memory with a plan of which calls fail. A failing write leaves half of its bytes. What was
    /// not synced would be lost in a power cut.
    #[derive(Default)]
    struct Flaky {
        bytes: Vec<u8>,
        synced: Vec<u8>,
        failures: Vec<bool>,
    }

    impl Flaky {
        fn next(&mut self) -> io::Result<()> {
            match self.failures.pop() {
                Some(true) => Err(io::ErrorKind::StorageFull.into()),
                _ => Ok(()),
            }
        }
    }

    impl Medium for Flaky {
        fn write_at(&mut self, offset: u64, bytes: &[u8]) -> io::Result<()> {
            let outcome = self.next();
            let n_written = if outcome.is_ok() {
                bytes.len()
            } else {
                bytes.len() / 2
            };
            let offset = usize::try_from(offset).unwrap();
            self.bytes.truncate(offset);
            assert_eq!(self.bytes.len(), offset, "a hole in the file");
            self.bytes.extend_from_slice(&bytes[..n_written]);
            outcome
        }

        fn sync(&mut self) -> io::Result<()> {
            self.next()?;
            self.synced.clone_from(&self.bytes);
            Ok(())
        }

        fn truncate(&mut self, length: u64) -> io::Result<()> {
            self.next()?;
            self.bytes.truncate(usize::try_from(length).unwrap());
            Ok(())
        }
    }

    proptest! {
        #[test]
        fn the_disk_holds_exactly_what_was_acknowledged(
            failures in prop::collection::vec(any::<bool>(), 0..40),
            writes in prop::collection::vec(prop::collection::vec(any::<u8>(), 1..20), 1..20),
        ) {
            let mut appender = Appender::new(Flaky { failures, ..Flaky::default() }, 0);
            let mut acknowledged = Vec::new();
            for bytes in &writes {
                if appender.append(bytes).is_ok() {
                    acknowledged.extend_from_slice(bytes);
                }
                let durable = usize::try_from(appender.durable_bytes()).unwrap();
                prop_assert_eq!(&appender.medium.synced[..durable], &acknowledged[..]);
            }
            // Once the disk works again, so does the log.
            appender.medium.failures.clear();
            appender.append(b"last").unwrap();
            acknowledged.extend_from_slice(b"last");
            prop_assert_eq!(&appender.medium.synced, &acknowledged);
        }
    }
}
