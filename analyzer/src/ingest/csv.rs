//! CSV as in [RFC 4180](https://www.rfc-editor.org/rfc/rfc4180), in chunks of any size.
//!
//! The first record is the header, unless the mapping brings one. Quoted fields may hold delimiters, line breaks and doubled quotes; lines
//! end in LF, CRLF or CR; a byte order mark and blank lines are skipped. A record of another number of fields
//! than the header is rejected, so a file that was cut off loses its last line and nothing else. Of one over several
//! lines only the first is, and the next are read anew: a quote that is never closed costs its line.

use std::fmt;

use csv_core::{ReadRecordResult, Reader, ReaderBuilder};
use memchr::memchr;

use super::cell::Cell;
use super::error::ImportError;
use super::fields;
use super::maker::RowMaker;
use super::mapping::Mapping;
use super::plan::Place;
use super::preset::Preset;
use super::sink::Sink;

/// A longer record is rejected: a quote that is never closed must not swallow the file.
const MAX_RECORD_BYTES: usize = 1 << 20;
/// More fields than this are rejected too.
const MAX_FIELDS: usize = 1 << 14;
/// More bytes of one file are not read a second time; what would have to be is rejected whole.
const MAX_BYTES_REREAD: usize = 1 << 28;

/// Reads one CSV file.
pub(super) struct CsvReader {
    parser: Reader,
    delimiter: u8,
    mapping: Option<Mapping>,
    table: Option<Table>,
    record: Record,
    /// What earlier chunks had of the record, as it is written.
    begun: Vec<u8>,
    n_bytes_reread: usize,
    /// Whether the rest of a record that was too long is being skipped, up to the next line break.
    is_skipping: bool,
}

/// What the header has settled.
struct Table {
    columns: Vec<String>,
    places: Vec<Place>,
    maker: RowMaker,
}

/// The unescaped fields of one record, one after another.
struct Record {
    bytes: Vec<u8>,
    ends: Vec<usize>,
    n_bytes: usize,
    n_fields: usize,
}

enum Fault {
    NotUtf8,
    TooLong,
    OpenQuote,
    Fields {
        found: usize,
        expected: usize,
        is_last: bool,
    },
}

impl fmt::Display for Fault {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotUtf8 => out.write_str(
                "the line is not UTF-8; say how the file is encoded, such as windows-1252, or save it as UTF-8, in Excel as `CSV UTF-8`",
            ),
            Self::TooLong => write!(
                out,
                "the record has more than {MAX_RECORD_BYTES} bytes or {MAX_FIELDS} fields; is a quote left open?"
            ),
            Self::OpenQuote => {
                out.write_str("a quote is never closed; the file may be cut off here")
            }
            Self::Fields {
                found,
                expected,
                is_last,
            } => {
                let cut = if *is_last && found < expected {
                    "; the file may be cut off here"
                } else {
                    ""
                };
                write!(
                    out,
                    "the line has {found} fields, the header has {expected}{cut}"
                )
            }
        }
    }
}

impl CsvReader {
    /// Without a mapping, the header must be that of a preset.
    pub(super) fn new(delimiter: u8, mapping: Option<Mapping>) -> Self {
        Self {
            parser: ReaderBuilder::new().delimiter(delimiter).build(),
            delimiter,
            mapping,
            table: None,
            record: Record {
                bytes: vec![0; 1 << 12],
                ends: vec![0; 64],
                n_bytes: 0,
                n_fields: 0,
            },
            begun: Vec::new(),
            n_bytes_reread: 0,
            is_skipping: false,
        }
    }

    pub(super) fn push(&mut self, input: &[u8], sink: &mut Sink) -> Result<(), ImportError> {
        // Where the record begins, or what follows of one that has begun, and how far it has been read.
        let (mut start, mut end) = (0, 0);
        while end < input.len() {
            if self.is_skipping {
                end = input.len() - self.skip(&input[end..]).len();
                start = end;
                continue;
            }
            let (result, n_read) = self.record.read(&mut self.parser, &input[end..]);
            end += n_read;
            let ends_in_lf = n_read > 0 && input[end - 1] == b'\n';
            let Record { bytes, ends, .. } = &mut self.record;
            match result {
                ReadRecordResult::InputEmpty | ReadRecordResult::End => {}
                ReadRecordResult::OutputFull if bytes.len() < MAX_RECORD_BYTES => {
                    bytes.resize(bytes.len() * 2, 0);
                }
                ReadRecordResult::OutputEndsFull if ends.len() < MAX_FIELDS => {
                    ends.resize(ends.len() * 2, 0);
                }
                ReadRecordResult::OutputFull | ReadRecordResult::OutputEndsFull => {
                    let line = self.parser.line() - self.record.n_line_breaks();
                    let part = &input[start..end];
                    if let Some(n) = self.begin_anew(part, line, &Fault::TooLong, sink)? {
                        end = start + n;
                    } else {
                        let excerpt = &self.record.bytes[..self.record.n_bytes];
                        sink.reject(line, &Fault::TooLong, excerpt);
                        self.record.clear();
                        self.begun.clear();
                        self.is_skipping = true;
                    }
                    start = end;
                }
                ReadRecordResult::Record => {
                    let n = self.take(&input[start..end], u64::from(ends_in_lf), false, sink)?;
                    (start, end) = (start + n, start + n);
                }
            }
        }
        self.begun.extend(if self.begun.is_empty() {
            without_blank_lines(&input[start..])
        } else {
            &input[start..]
        });
        Ok(())
    }

    /// The end of the file.
    pub(super) fn finish(&mut self, sink: &mut Sink) -> Result<(), ImportError> {
        // A line break ends any record but one with an open quote.
        let last: &[u8] = if self.table.is_some() { b"\n" } else { b"" };
        while !self.is_skipping {
            let (result, _) = self.record.read(&mut self.parser, last);
            match result {
                ReadRecordResult::Record => {
                    self.take(b"", last.len() as u64, true, sink)?;
                }
                ReadRecordResult::OutputEndsFull => self.record.ends.push(0),
                ReadRecordResult::OutputFull => self.record.bytes.push(0),
                ReadRecordResult::InputEmpty if !self.begun.is_empty() => {
                    let line = self.parser.line() - self.record.n_line_breaks();
                    let fault = Fault::OpenQuote;
                    if self.begin_anew(b"", line, &fault, sink)?.is_none() {
                        sink.reject(line, &fault, &self.begun);
                        break;
                    }
                }
                ReadRecordResult::InputEmpty | ReadRecordResult::End => break,
            }
        }
        self.table
            .as_ref()
            .map_or(Err(ImportError::Empty), |_| Ok(()))
    }

    /// Rejects the first line of a record that goes wrong over several, and begins anew with the next; how much of
    /// `part`, which is the record as it is written behind `begun`, has been read then. `None` where there is only
    /// one line, or too much has been read twice.
    fn begin_anew(
        &mut self,
        part: &[u8],
        line: u64,
        fault: &Fault,
        sink: &mut Sink,
    ) -> Result<Option<usize>, ImportError> {
        let written = if self.begun.is_empty() {
            without_blank_lines(part)
        } else {
            part
        };
        self.n_bytes_reread += self.begun.len() + written.len();
        if self.n_bytes_reread > MAX_BYTES_REREAD {
            return Ok(None);
        }
        if let Some(end) = memchr(b'\n', &self.begun) {
            let begun = std::mem::take(&mut self.begun);
            sink.reject(line, fault, &begun[..end]);
            self.begin_at(line + 1);
            self.push(&begun[end + 1..], sink)?;
            return Ok(Some(0));
        }
        let Some(end) = memchr(b'\n', written) else {
            return Ok(None);
        };
        self.begun.extend(&written[..end]);
        sink.reject(line, fault, &self.begun);
        self.begun.clear();
        self.begin_at(line + 1);
        Ok(Some(part.len() - written.len() + end + 1))
    }

    /// Begins a new record at a line of this number.
    fn begin_at(&mut self, line: u64) {
        self.record.clear();
        self.parser.reset();
        self.parser.set_line(line);
    }

    /// Skips to the next line break, and begins a new record there.
    fn skip<'a>(&mut self, input: &'a [u8]) -> &'a [u8] {
        let Some(at) = input.iter().position(|byte| *byte == b'\n') else {
            return &[];
        };
        self.begin_at(self.parser.line() + 1);
        self.is_skipping = false;
        &input[at + 1..]
    }

    /// One whole record: the header, or a row, of which `part` is what is written behind `begun`; how much of it
    /// has been read then. `n_lines_after` is the number of line breaks that the parser has counted behind the record.
    fn take(
        &mut self,
        part: &[u8],
        n_lines_after: u64,
        is_last: bool,
        sink: &mut Sink,
    ) -> Result<usize, ImportError> {
        let n_columns = self.table.as_ref().map(|table| table.columns.len());
        if let Some(expected) = n_columns.filter(|n_columns| !self.record.fits(*n_columns)) {
            let n_line_breaks = self.record.n_line_breaks();
            let line = self.parser.line() - n_lines_after - n_line_breaks;
            let fault = Fault::Fields {
                found: self.record.n_fields,
                expected,
                is_last,
            };
            if n_line_breaks > 0
                && let Some(n_read) = self.begin_anew(part, line, &fault, sink)?
            {
                return Ok(n_read);
            }
            sink.reject(line, &fault, &self.record.joined(self.delimiter));
        } else {
            self.take_fitting(n_lines_after, sink)?;
        }
        self.record.clear();
        self.begun.clear();
        Ok(part.len())
    }

    /// The header, or a row with a field for each column.
    fn take_fitting(&mut self, n_lines_after: u64, sink: &mut Sink) -> Result<(), ImportError> {
        let record = &self.record;
        let ends = &record.ends[..record.n_fields];
        let bytes = &record.bytes[..record.n_bytes];
        let line = || self.parser.line() - n_lines_after - record.n_line_breaks();
        let excerpt = || record.joined(self.delimiter);
        if self.table.is_none() {
            if record.is_separator() {
                return Ok(());
            }
            let mapping = self.mapping.take();
            let header = mapping.as_ref().map(|mapping| mapping.header.clone());
            let header = header.filter(|header| !header.is_empty());
            let has_header = header.is_none();
            let header = header.unwrap_or_else(|| record.texts());
            self.table = Some(Table::new(&header, mapping)?);
            if has_header {
                return Ok(());
            }
        }
        match &mut self.table {
            None => {}
            Some(Table {
                columns,
                places,
                maker,
            }) => match str::from_utf8(bytes) {
                // The fields together may be UTF-8 where one of them ends within a letter.
                Ok(text) if ends.iter().all(|end| text.is_char_boundary(*end)) => {
                    let field = |position: usize| {
                        let start = position.checked_sub(1).map_or(0, |before| ends[before]);
                        Cell::of_text(&text[start..ends[position]])
                    };
                    match fields::read_inside(&maker.plan, places, columns, field) {
                        Ok(inside) => {
                            let cell = |column: usize| match places[column] {
                                Place::Column(position) => field(position),
                                Place::Inside(_) => fields::find(inside.iter(), column),
                                Place::Absent => Cell::Missing,
                            };
                            maker.make(cell, sink, line, excerpt);
                        }
                        Err(reason) => sink.reject(line(), &reason, &excerpt()),
                    }
                }
                _ => sink.reject(line(), &Fault::NotUtf8, &excerpt()),
            },
        }
        Ok(())
    }
}

impl Table {
    fn new(header: &[String], mapping: Option<Mapping>) -> Result<Self, ImportError> {
        let preset =
            || Preset::detect(header).map(|preset| preset.mapping(header).restricted(header));
        let mapping = mapping.or_else(preset);
        let mapping = mapping.ok_or_else(|| ImportError::MappingNeeded {
            columns: header.to_vec(),
        })?;
        if mapping.events.is_some() {
            return Err(ImportError::Mapping(
                "`events` is for JSON: CSV has no nested lists",
            ));
        }
        let maker = RowMaker::new(&mapping)?;
        Ok(Self {
            columns: header.to_vec(),
            places: maker.plan.places(header)?,
            maker,
        })
    }
}

impl Record {
    /// Lets the parser go on with this record; how it ended, and how much of the input it has read.
    fn read(&mut self, parser: &mut Reader, input: &[u8]) -> (ReadRecordResult, usize) {
        let (result, n_read, n_written, n_ends) = parser.read_record(
            input,
            &mut self.bytes[self.n_bytes..],
            &mut self.ends[self.n_fields..],
        );
        self.n_bytes += n_written;
        self.n_fields += n_ends;
        (result, n_read)
    }

    fn clear(&mut self) {
        (self.n_bytes, self.n_fields) = (0, 0);
    }

    /// Whether it has a field for each column, and behind them nothing but delimiters.
    fn fits(&self, n_columns: usize) -> bool {
        let last = self.ends[..self.n_fields].get(n_columns.saturating_sub(1));
        self.n_fields == n_columns || last == Some(&self.n_bytes)
    }

    /// Whether it is the line `sep=;`, by which spreadsheets are told the delimiter.
    fn is_separator(&self) -> bool {
        self.n_fields == 2 && self.bytes[..self.n_bytes] == *b"sep="
    }

    /// Line breaks within quotes.
    fn n_line_breaks(&self) -> u64 {
        self.bytes[..self.n_bytes]
            .iter()
            .map(|byte| u64::from(*byte == b'\n'))
            .sum()
    }

    fn fields(&self) -> impl Iterator<Item = &[u8]> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        let ends = &self.ends[..self.n_fields];
        ends.iter()
            .zip(starts)
            .map(|(end, start)| &self.bytes[start..*end])
    }

    fn joined(&self, delimiter: u8) -> Vec<u8> {
        let mut row = Vec::with_capacity(self.n_bytes + self.n_fields);
        for field in self.fields() {
            row.extend(field);
            row.push(delimiter);
        }
        row.pop();
        row
    }

    /// The fields as the names of columns.
    fn texts(&self) -> Vec<String> {
        self.fields()
            .map(|field| String::from_utf8_lossy(field).trim_ascii().to_owned())
            .collect()
    }
}

/// What is behind the line breaks at the start.
fn without_blank_lines(bytes: &[u8]) -> &[u8] {
    let is_break = |byte: &u8| matches!(byte, b'\r' | b'\n');
    let start = bytes.iter().position(|byte| !is_break(byte));
    &bytes[start.unwrap_or(bytes.len())..]
}

/// The delimiter that the header uses most outside quotes; a comma where there is none.
pub(super) fn sniff_delimiter(header: &[u8]) -> u8 {
    let mut best = (0, b',');
    for delimiter in [b',', b';', b'\t', b'|'] {
        let mut is_quoted = false;
        let mut count = 0;
        for byte in header {
            is_quoted ^= *byte == b'"';
            count += usize::from(*byte == delimiter && !is_quoted);
        }
        if count > best.0 {
            best = (count, delimiter);
        }
    }
    best.1
}

/// The first records of a file, for showing. The last one may be cut.
pub(super) fn first_records(head: &[u8], delimiter: u8, max_records: usize) -> Vec<Vec<String>> {
    let mut parser = ReaderBuilder::new().delimiter(delimiter).build();
    let mut record = Record {
        bytes: vec![0; head.len() + 1],
        ends: vec![0; head.len() + 2],
        n_bytes: 0,
        n_fields: 0,
    };
    let mut records = Vec::new();
    let mut input = head;
    while records.len() < max_records {
        let (result, n_read) = record.read(&mut parser, input);
        input = &input[n_read..];
        match result {
            ReadRecordResult::Record => {
                if !records.is_empty() || !record.is_separator() {
                    records.push(record.texts());
                }
                record.clear();
            }
            ReadRecordResult::InputEmpty => {}
            _ => break,
        }
    }
    records
}
