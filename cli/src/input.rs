//! Reading the files, with a bar on a terminal, and saying which rows were left out.

use std::fs::File;
use std::io::{BufReader, Cursor, ErrorKind, Read, stdin};
use std::path::{Path, PathBuf};

use analyzer::dataset::Dataset;
use analyzer::ingest::{ImportOptions, Importer, Rejection, Rejections};
use anyhow::{Context, Result, anyhow};
use encoding_rs::Encoding;
use encoding_rs_io::DecodeReaderBytesBuilder;
use flate2::bufread::MultiGzDecoder;
use indicatif::{ProgressBar, ProgressStyle};

/// Bytes handed over at once.
const CHUNK_BYTES: usize = 1 << 20;

/// Rejected rows that are shown; the rest is counted.
const MAX_SHOWN_REJECTIONS: usize = 5;

/// How a file begins that is packed with gzip.
const GZIP: [u8; 2] = [0x1f, 0x8b];
/// As much of a file shows whether it is a text: none has a zero, but for UTF-16, which has a mark.
const HEAD_BYTES: usize = 1 << 12;

/// Reads all files into one dataset; those that are packed with gzip are unpacked on the way, and texts are taken as
/// `encoding`, UTF-8 unless given.
///
/// # Errors
/// Where a file cannot be read, or is not what the options say.
pub(crate) fn read(
    files: &[PathBuf],
    encoding: Option<&'static Encoding>,
    options: ImportOptions,
) -> Result<Dataset> {
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
        let (mut source, is_packed) = open(path, encoding, &bar)?;
        loop {
            let n_bytes = source
                .read(&mut chunk)
                .map_err(|problem| unreadable(path, is_packed, problem))?;
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

/// What a file holds, texts as UTF-8, and whether it is packed. The bar moves by the bytes of the file itself.
fn open(
    path: &Path,
    encoding: Option<&'static Encoding>,
    bar: &ProgressBar,
) -> Result<(Box<dyn Read>, bool)> {
    let mut file: Box<dyn Read> = if path == Path::new("-") {
        Box::new(stdin().lock())
    } else {
        let file = File::open(path).with_context(|| format!("opening {}", path.display()))?;
        Box::new(bar.wrap_read(file))
    };
    let mut head =
        peek(&mut file, GZIP.len()).map_err(|problem| unreadable(path, false, problem))?;
    let is_packed = head == GZIP;
    let mut bytes: Box<dyn Read> = Box::new(Cursor::new(head).chain(file));
    if is_packed {
        bytes = Box::new(MultiGzDecoder::new(BufReader::new(bytes)));
    }
    head = peek(&mut bytes, HEAD_BYTES).map_err(|problem| unreadable(path, is_packed, problem))?;
    // A byte order mark is believed before what was said; all but UTF-16 passes as it is where nothing was.
    let is_said = !head.contains(&0) && Encoding::for_bom(&head).is_none();
    let text = DecodeReaderBytesBuilder::new()
        .encoding(encoding.filter(|_| is_said))
        .utf8_passthru(true)
        .build(Cursor::new(head).chain(bytes));
    Ok((Box::new(text), is_packed))
}

fn unreadable(path: &Path, is_packed: bool, problem: std::io::Error) -> anyhow::Error {
    if is_packed && problem.kind() == ErrorKind::UnexpectedEof {
        return anyhow!(
            "{}: the packed file is cut off, or something else follows its end",
            name(path)
        );
    }
    anyhow!(problem).context(format!("reading {}", name(path)))
}

/// The first bytes.
fn peek(bytes: &mut impl Read, n_bytes: usize) -> std::io::Result<Vec<u8>> {
    let mut head = Vec::new();
    bytes.take(n_bytes as u64).read_to_end(&mut head)?;
    Ok(head)
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

/// What a person may not know, and what to do where it is wrong.
const ASSUMED_UTC: &str = "times that name no zone were taken as UTC; if clocks of another zone showed them, say which: \
     --time-zone Europe/Berlin, or `time_zone` in the mapping";

fn report(
    Rejections {
        n_rejected,
        rejected,
        assumed_utc,
    }: &Rejections,
) {
    if *n_rejected > 0 {
        list(*n_rejected, rejected);
    }
    if *assumed_utc {
        eprintln!("{ASSUMED_UTC}");
    }
}

fn list(n_rejected: u64, rejected: &[Rejection]) {
    eprintln!(
        "{n_rejected} {} left out:",
        if n_rejected == 1 {
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
