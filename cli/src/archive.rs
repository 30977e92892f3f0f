//! Zip archives among the files: each of their files of events is read as if it lay beside the others.

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

use analyzer::ingest::{is_of_events, is_of_office};
use anyhow::{Context, Result, bail, ensure};
use zip::ZipArchive;

/// How an archive begins.
const MAGIC: [u8; 4] = *b"PK\x03\x04";

/// An archive, and which of its files are read.
pub(crate) struct Archive {
    archive: ZipArchive<BufReader<File>>,
    /// Place and path in the archive.
    files: Vec<(usize, String)>,
    /// What is read takes so much after unpacking.
    pub(crate) n_bytes: u64,
}

impl Archive {
    /// The archive at a path; `None` where there is something else.
    ///
    /// # Errors
    /// Where the file cannot be read, or the archive has no file of events.
    pub(crate) fn open(path: &Path) -> Result<Option<Self>> {
        let mut file = File::open(path)?;
        let mut head = Vec::new();
        (&mut file)
            .take(MAGIC.len() as u64)
            .read_to_end(&mut head)?;
        if head != MAGIC {
            return Ok(None);
        }
        let archive = ZipArchive::new(BufReader::new(file));
        let mut archive = archive.context("the zip archive is cut off or damaged")?;
        let paths: Vec<String> = archive
            .file_names()
            .map(|path| Ok(path?.into_owned()))
            .collect::<Result<_>>()?;
        if paths.iter().any(|path| is_of_office(path)) {
            return Ok(None);
        }
        let mut n_bytes = 0;
        let mut files = Vec::new();
        for (place, path) in paths.iter().enumerate() {
            if !is_of_events(path) {
                continue;
            }
            let file = archive.by_index_raw(place).with_context(|| path.clone())?;
            ensure!(
                !file.encrypted(),
                "{path} is protected by a password: unpack the archive first"
            );
            n_bytes += file.size();
            files.push((place, path.clone()));
        }
        if files.is_empty() {
            let few = &paths[..paths.len().min(5)];
            bail!(
                "the archive has no file of events, such as events.csv, events.json.gz or events.parquet; its files: {}",
                few.join(", ")
            );
        }
        Ok(Some(Self {
            archive,
            files,
            n_bytes,
        }))
    }

    /// Hands each file to `take`: its path in the archive, and its bytes.
    ///
    /// # Errors
    /// Where a file cannot be unpacked, or `take` fails.
    pub(crate) fn each(
        mut self,
        mut take: impl FnMut(&str, &mut dyn Read) -> Result<()>,
    ) -> Result<()> {
        for (place, path) in self.files {
            let file = self.archive.by_index(place);
            take(&path, &mut file.with_context(|| path.clone())?)?;
        }
        Ok(())
    }
}
