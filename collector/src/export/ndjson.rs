//! Export as NDJSON: the stored lines as they are.

use std::io::{self, Write};

use super::Selection;
use super::scan::scan;
use crate::store::Snapshot;

/// Writes the events of a selection, one a line.
///
/// # Errors
/// A segment can't be read, or `output` fails.
pub fn write(
    snapshot: &Snapshot,
    selection: &Selection,
    output: &mut impl Write,
) -> io::Result<()> {
    scan(snapshot, selection, |event| output.write_all(event.line))
}

#[cfg(test)]
mod tests {
    use super::super::testing::{Log, selection, uuid_v7};
    use super::*;

    #[test]
    fn lines_are_given_back_as_they_were_stored() {
        let mut log = Log::new();
        let lines = [r#"{"name":"a"}"#, r#"{"name":"b"}"#, r#"{"name":"c"}"#];
        for (number, line) in lines.iter().enumerate() {
            log.store_lines("demo", 5, &[(uuid_v7(0, number as u64), 5, line)]);
        }
        let (all, mut output) = (selection(0..10), Vec::new());
        write(&log.snapshot(&all), &all, &mut output).unwrap();
        assert_eq!(String::from_utf8(output).unwrap(), lines.join("\n") + "\n");
    }
}
