//! The lock on a directory: two collectors that append to one log would write into each other's frames.

use std::fs::{File, TryLockError};
use std::io;
use std::path::Path;

/// Holds the directory for as long as it lives. The operating system releases it when the process ends,
/// however it ends, so a killed collector leaves no stale lock.
#[derive(Debug)]
pub struct DirectoryLock {
    _file: File,
}

impl DirectoryLock {
    /// Takes the directory.
    ///
    /// # Errors
    /// [`io::ErrorKind::WouldBlock`] when another process holds it; any error of the file system.
    pub fn acquire(directory: &Path) -> io::Result<Self> {
        let file = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(directory.join("lock"))?;
        match file.try_lock() {
            Ok(()) => Ok(Self { _file: file }),
            Err(TryLockError::WouldBlock) => Err(io::ErrorKind::WouldBlock.into()),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_is_held_once_and_released() {
        let directory = tempfile::tempdir().unwrap();
        let lock = DirectoryLock::acquire(directory.path()).unwrap();
        let second = DirectoryLock::acquire(directory.path()).unwrap_err();
        assert_eq!(second.kind(), io::ErrorKind::WouldBlock);
        drop(lock);
        DirectoryLock::acquire(directory.path()).unwrap();
    }
}
