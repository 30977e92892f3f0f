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

use crate::archive::Archive;

/// Bytes handed over at once.
const CHUNK_BYTES: usize = 1 << 20;

/// Rejected rows that are shown; the rest is counted.
const MAX_SHOWN_REJECTIONS: usize = 5;

/// How a file begins that is packed with gzip.
const GZIP: [u8; 2] = [0x1f, 0x8b];
/// As much of a file shows whether it is a text: none has a zero, but for UTF-16, which has a mark.
const HEAD_BYTES: usize = 1 << 12;

/// Reads all files into one dataset; those that are packed with gzip are unpacked on the way, zip archives are their
/// files, and texts are taken as `encoding`, UTF-8 unless given.
///
/// # Errors
/// Where a file cannot be read, or is not what the options say.
pub(crate) fn read(
    files: &[PathBuf],
    encoding: Option<&'static Encoding>,
    options: ImportOptions,
) -> Result<Dataset> {
    let importer = Importer::new(options)?;
    let inputs: Vec<Input> = files
        .iter()
        .map(|path| Input::open(path).with_context(|| format!("opening {}", name(path))))
        .collect::<Result<_>>()?;
    let mut reading = Reading {
        importer,
        encoding,
        bar: bar(&inputs),
        chunk: vec![0; CHUNK_BYTES],
        present: String::new(),
    };
    for (path, input) in files.iter().zip(inputs) {
        reading.input(&name(path), input)?;
    }
    let Reading {
        importer,
        bar,
        present,
        ..
    } = reading;
    let (dataset, rejections) = importer.finish().with_context(|| present)?;
    bar.finish_and_clear();
    report(&rejections);
    Ok(dataset)
}

/// What a path leads to.
enum Input {
    Stdin,
    File { file: File, n_bytes: u64 },
    Archive(Archive),
}

impl Input {
    fn open(path: &Path) -> Result<Self> {
        if path == Path::new("-") {
            return Ok(Self::Stdin);
        }
        if let Some(archive) = Archive::open(path)? {
            return Ok(Self::Archive(archive));
        }
        let file = File::open(path)?;
        let n_bytes = file.metadata()?.len();
        Ok(Self::File { file, n_bytes })
    }

    /// How much is to be read, where that is known.
    fn n_bytes(&self) -> Option<u64> {
        match self {
            Self::Stdin => None,
            Self::File { n_bytes, .. } => Some(*n_bytes),
            Self::Archive(archive) => Some(archive.n_bytes),
        }
    }
}

/// An import that goes on.
struct Reading {
    importer: Importer,
    encoding: Option<&'static Encoding>,
    bar: ProgressBar,
    chunk: Vec<u8>,
    /// The file that is being read. It may turn out wrong only at its end, which is when the next one begins.
    present: String,
}

impl Reading {
    fn input(&mut self, name: &str, input: Input) -> Result<()> {
        match input {
            Input::Stdin => self.file(name.to_owned(), &mut stdin().lock()),
            Input::File { mut file, .. } => self.file(name.to_owned(), &mut file),
            Input::Archive(archive) => {
                archive.each(|path, file| self.file(format!("{name}/{path}"), file))
            }
        }
    }

    /// Reads one file. The bar moves by the bytes as they lie there.
    fn file(&mut self, name: String, bytes: &mut dyn Read) -> Result<()> {
        self.importer
            .next_file(&name)
            .with_context(|| self.present.clone())?;
        self.present = name;
        let bytes = self.bar.wrap_read(bytes);
        let unreadable = |problem| unreadable(&self.present, problem);
        let mut source = decoded(bytes, self.encoding).map_err(unreadable)?;
        loop {
            let n_bytes = source.read(&mut self.chunk).map_err(unreadable)?;
            if n_bytes == 0 {
                return Ok(());
            }
            self.importer
                .push(&self.chunk[..n_bytes])
                .with_context(|| self.present.clone())?;
        }
    }
}

/// What a file holds, texts as UTF-8.
fn decoded<'a>(
    mut file: impl Read + 'a,
    encoding: Option<&'static Encoding>,
) -> std::io::Result<Box<dyn Read + 'a>> {
    let mut head = peek(&mut file, GZIP.len())?;
    let is_packed = head == GZIP;
    let mut bytes: Box<dyn Read> = Box::new(Cursor::new(head).chain(file));
    if is_packed {
        bytes = Box::new(MultiGzDecoder::new(BufReader::new(bytes)));
    }
    head = peek(&mut bytes, HEAD_BYTES)?;
    // A byte order mark is believed before what was said; all but UTF-16 passes as it is where nothing was.
    let is_said = !head.contains(&0) && Encoding::for_bom(&head).is_none();
    let text = DecodeReaderBytesBuilder::new()
        .encoding(encoding.filter(|_| is_said))
        .utf8_passthru(true)
        .build(Cursor::new(head).chain(bytes));
    Ok(Box::new(text))
}

fn unreadable(name: &str, problem: std::io::Error) -> anyhow::Error {
    // Only what unpacks knows where the end should be.
    if problem.kind() == ErrorKind::UnexpectedEof {
        return anyhow!("{name}: the packed file is cut off, or something else follows its end");
    }
    anyhow!(problem).context(format!("reading {name}"))
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
fn bar(inputs: &[Input]) -> ProgressBar {
    let sizes: Option<u64> = inputs.iter().map(Input::n_bytes).sum();
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
