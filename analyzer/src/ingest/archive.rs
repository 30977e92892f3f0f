//! Which files of an archive are read. Unpacking is left to those who have the archive.

/// How files of events end, packed with gzip or not.
const ENDINGS: [&str; 12] = [
    "csv", "tsv", "txt", "json", "jsonl", "ndjson", "parquet", "arrow", "arrows", "feather", "ipc",
    "desire",
];

/// What stands beside data in many archives, and may end like it.
const WORDS: [&str; 3] = ["readme", "license", "licence"];

/// Whether an archive with a file of this path is a document of an office program, which is to be saved as CSV.
#[must_use]
pub fn is_of_office(path: &str) -> bool {
    path == "[Content_Types].xml" || path == "mimetype"
}

/// Whether a file of an archive, by its path there, is one of events: by its ending, unless it is hidden or there to be
/// read by people. Other files are passed over.
#[must_use]
pub fn is_of_events(path: &str) -> bool {
    let mut name = &[][..];
    for part in path.as_bytes().split(|byte| *byte == b'/') {
        if part.starts_with(b".") || part == b"__MACOSX" {
            return false;
        }
        name = part;
    }
    let has = |words: &[&str], part: &[u8]| {
        words
            .iter()
            .any(|word| word.as_bytes().eq_ignore_ascii_case(part))
    };
    let mut parts = name.rsplitn(3, |byte| *byte == b'.');
    let mut ending = parts.next().unwrap_or_default();
    let Some(mut stem) = parts.next() else {
        return false;
    };
    if has(&["gz"], ending) {
        (ending, stem) = (stem, parts.next().unwrap_or_default());
    }
    has(&ENDINGS, ending) && !has(&WORDS, stem)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_of_events_and_others() {
        let events = [
            "events.csv",
            "2019-Oct.CSV",
            "a/b c/part-0.parquet",
            "1234_2024-05-01_0#0.json.gz",
            "readme.events.csv",
            "log.txt",
        ];
        let others = [
            "",
            "a/",
            "events",
            "events.csv.zip",
            "README.txt",
            "data/LICENSE.txt",
            "picture.png",
            "__MACOSX/._events.csv",
            "a/.hidden/events.csv",
            ".csv",
            "csv",
            "events.gz",
        ];
        for path in events {
            assert!(is_of_events(path), "{path}");
        }
        for path in others {
            assert!(!is_of_events(path), "{path}");
        }
    }
}
