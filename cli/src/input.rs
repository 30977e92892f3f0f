//! Reading the files, with a bar on a terminal, and saying which rows were left out.

use std::fs::File;
use std::io::{BufReader, Cursor, ErrorKind, Read, stdin};
use std::path::{Path, PathBuf};

use analyzer::dataset::Dataset;
use analyzer::ingest::{ImportOptions, Importer, Rejections};
use anyhow::{Context, Result, anyhow};
use encoding_rs_io::DecodeReaderBytesBuilder;
use flate2::bufread::MultiGzDecoder;
use indicatif::{ProgressBar, ProgressStyle};

/// Bytes handed over at once.
const CHUNK_BYTES: usize = 1 << 20;

/// Rejected rows that are shown; the rest is counted.
const MAX_SHOWN_REJECTIONS: usize = 5;

/// How a file begins that is packed with gzip.
const GZIP: [u8; 2] = [0x1f, 0x8b];

/// Reads all files into one dataset; those that are packed with gzip are unpacked on the way.
///
/// # Errors
/// Where a file cannot be read, or is not what the options say.
pub(crate) fn read(files: &[PathBuf], options: ImportOptions) -> Result<Dataset> {
    let mut importer = Importer::new(options)?;
    let bar = bar(files);
    let mut chunk = vec![0; CHUNK_BYTES];
    let mut present = None;
    for path in files {
        // A file may turn out wrong only at its end, which is when the next one begins.
        importer
            .next_file(&name(path))
            .with_context(|| name(present.unwrap_or(path)))?;
        present = Some(path);
        let (mut source, is_packed) = open(path, &bar)?;
        loop {
            let n_bytes = source.read(&mut chunk).map_err(|problem| {
                if is_packed && problem.kind() == ErrorKind::UnexpectedEof {
                    return anyhow!(
                        "{}: the packed file is cut off, or something else follows its end",
                        name(path)
                    );
                }
                anyhow!(problem).context(format!("reading {}", name(path)))
            })?;
            if n_bytes == 0 {
                break;
            }
            importer
                .push(&chunk[..n_bytes])
                .with_context(|| name(path))?;
        }
    }
    let last = present.map_or_else(String::new, name);
    let (dataset, rejections) = importer.finish().with_context(|| last)?;
    bar.finish_and_clear();
    report(&rejections);
    Ok(dataset)
}

/// What a file holds, as UTF-8 where it is UTF-16, and whether it is packed. The bar moves by the bytes of the file itself.
fn open(path: &Path, bar: &ProgressBar) -> Result<(Box<dyn Read>, bool)> {
    let mut file: Box<dyn Read> = if path == Path::new("-") {
        Box::new(stdin().lock())
    } else {
        let file = File::open(path).with_context(|| format!("opening {}", path.display()))?;
        Box::new(bar.wrap_read(file))
    };
    let mut head = Vec::new();
    file.by_ref()
        .take(GZIP.len() as u64)
        .read_to_end(&mut head)
        .with_context(|| format!("reading {}", name(path)))?;
    let is_packed = head == GZIP;
    let whole = Cursor::new(head).chain(file);
    let bytes: Box<dyn Read> = if is_packed {
        Box::new(MultiGzDecoder::new(BufReader::new(whole)))
    } else {
        Box::new(whole)
    };
    // By its first bytes; anything else than UTF-16 passes as it is.
    let text = DecodeReaderBytesBuilder::new()
        .utf8_passthru(true)
        .build(bytes);
    Ok((Box::new(text), is_packed))
}

fn name(path: &Path) -> String {
    if path == Path::new("-") {
        "stdin".to_owned()
    } else {
        path.display().to_string()
    }
}

/// A bar over the bytes of all files. It draws on a terminal only, and is not there at all where a size is unknown.
fn bar(files: &[PathBuf]) -> ProgressBar {
    let sizes: Option<u64> = files
        .iter()
        .map(|path| Some(path.metadata().ok()?.len()))
        .sum();
    let Some(n_bytes) = sizes else {
        return ProgressBar::hidden();
    };
    let style = ProgressStyle::with_template("reading {bar:40} {bytes}/{total_bytes} {eta}");
    let bar = ProgressBar::new(n_bytes);
    match style {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}

fn report(
    Rejections {
        n_rejected,
        rejected,
    }: &Rejections,
) {
    if *n_rejected == 0 {
        return;
    }
    eprintln!(
        "{n_rejected} {} left out:",
        if *n_rejected == 1 {
            "row was"
        } else {
            "rows were"
        }
    );
    for row in rejected.iter().take(MAX_SHOWN_REJECTIONS) {
        let file = row.file.as_deref().unwrap_or_default();
        eprintln!("  {file}:{}: {}", row.line, row.reason);
    }
    let n_more = n_rejected.saturating_sub(MAX_SHOWN_REJECTIONS as u64);
    if n_more > 0 {
        eprintln!("  and {n_more} more");
    }
}
