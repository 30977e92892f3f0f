//! The repository's files as rules see them.

use anyhow::Result;

use super::Problem;
use crate::process::{command, output};
use crate::workspace;

/// Files that Git knows, or would take in, and that are text.
#[derive(Default)]
pub(super) struct Tree {
    /// In the order of their paths.
    pub(super) files: Vec<File>,
}

/// One file.
pub(super) struct File {
    /// Path below the root, with `/`.
    pub(super) path: String,
    /// Its content.
    pub(super) text: String,
}

impl Tree {
    /// Reads the working tree.
    ///
    /// # Errors
    /// When Git can't list the files.
    pub(super) fn read() -> Result<Self> {
        let list = [
            "ls-files",
            "-z",
            "--cached",
            "--others",
            "--exclude-standard",
        ];
        let paths = output(command("git").args(list))?;
        let mut paths: Vec<&str> = paths.split_terminator('\0').collect();
        paths.sort_unstable();
        paths.dedup();
        // A file that can't be read is deleted, or not text: a picture, a Parquet file.
        let read = |path: &str| {
            let text = std::fs::read_to_string(workspace::root().join(path)).ok()?;
            Some(File {
                path: path.to_owned(),
                text,
            })
        };
        Ok(Self {
            files: paths.into_iter().filter_map(read).collect(),
        })
    }

    /// A tree of the given paths and texts.
    #[cfg(test)]
    pub(super) fn of(files: &[(&str, &str)]) -> Self {
        let file = |(path, text): &(&str, &str)| File {
            path: (*path).to_owned(),
            text: (*text).to_owned(),
        };
        Self {
            files: files.iter().map(file).collect(),
        }
    }

    /// The file with this path.
    pub(super) fn file(&self, path: &str) -> Option<&File> {
        self.files.iter().find(|file| file.path == path)
    }

    /// Whether there is a file, or a folder with a file in it, at this path.
    pub(super) fn has(&self, path: &str) -> bool {
        let is_inside = |file: &File| {
            file.path
                .strip_prefix(path)
                .is_some_and(|rest| rest.starts_with('/'))
        };
        path.is_empty() || self.file(path).is_some() || self.files.iter().any(is_inside)
    }
}

impl File {
    /// Whether the name ends with one of these, after a dot.
    pub(super) fn has_extension(&self, extensions: &[&str]) -> bool {
        self.path
            .rsplit_once('.')
            .is_some_and(|(_, end)| extensions.contains(&end))
    }

    /// Whether the file lies in this folder.
    pub(super) fn is_in(&self, folder: &str) -> bool {
        self.path
            .strip_prefix(folder)
            .is_some_and(|rest| rest.starts_with('/'))
    }

    /// A problem in a line, counted from 1.
    pub(super) fn problem(&self, line: usize, message: String) -> Problem {
        Problem {
            place: format!("{}:{line}", self.path),
            message,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_working_tree_has_this_file() {
        let tree = Tree::read().unwrap();
        assert!(
            tree.file("xtask/src/tidy/tree.rs")
                .unwrap()
                .text
                .contains("fn the_working_tree")
        );
        assert!(tree.has("xtask/src") && !tree.has("xtask/sr") && !tree.has("target"));
    }
}
