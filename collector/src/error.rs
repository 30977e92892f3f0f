//! What can keep a collector from starting. Errors of requests are in [`crate::http::problem`].

use std::io;
use std::path::{Path, PathBuf};

/// Why a collector could not start.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Another collector works in the directory.
    #[error("{}: another collector is using this directory; stop it, or choose another --data", .0.display())]
    Locked(PathBuf),
    /// A segment was written by a later version.
    #[error(
        "{}: written in version {version} of the log format, this collector reads version {}; \
         start a newer collector, nothing was changed",
        path.display(),
        crate::log::segment::VERSION
    )]
    NewerFormat {
        /// The segment.
        path: PathBuf,
        /// The version that its header names.
        version: u32,
    },
    /// The file system refused.
    #[error("{}: could not be {action}: {source}", path.display())]
    Io {
        /// What was tried, as a participle: `created`, `read`.
        action: &'static str,
        /// The file or directory.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// An option has a value that can't be used.
    #[error("{option}: {problem}")]
    Option {
        /// The option, such as `--site`.
        option: &'static str,
        /// What is wrong with its value, and what would be right.
        problem: String,
    },
}

impl OpenError {
    /// For `map_err`: what was tried with which file.
    pub(crate) fn io(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io {
            action,
            path,
            source,
        }
    }
}
