//! Text that must not be in a file.

use super::Problem;
use super::tree::{File, Tree};

/// Words that source files of some folders may not contain.
struct Ban {
    folders: &'static [&'static str],
    words: &'static [&'static str],
    reason: &'static str,
}

const BANS: [Ban; 4] = [
    Ban {
        folders: &["event/src", "analyzer/src", "sdk/src/tracker"],
        words: &[
            "SystemTime",
            "Instant::now",
            "std::env",
            "std::fs",
            "std::io::std",
            "std::net",
            "std::process",
            "std::thread",
            "thread_rng",
            "println!",
            "eprintln!",
        ],
        reason: "this crate is told and never asks: pass the time, the bytes or the random number in",
    },
    Ban {
        folders: &["event/src", "analyzer/src", "sdk/src/tracker"],
        words: &["wasm_bindgen", "js_sys", "web_sys", "gloo_"],
        reason: "this code knows no browser: that belongs to sdk/src/browser or analyzer-wasm",
    },
    Ban {
        folders: &["sdk/src"],
        words: &[
            ".unwrap()",
            ".expect(",
            "panic!(",
            "unreachable!(",
            "\"unload\"",
            "\"beforeunload\"",
            "gloo_storage",
        ],
        reason: "the tracker may lose an event but may not hurt its page: handle the case",
    },
    // Written in two parts, so that this file passes its own rule.
    Ban {
        folders: &[""],
        words: &[
            concat!("TO", "DO"),
            concat!("FIX", "ME"),
            concat!("todo", "!("),
            concat!("unimplemented", "!("),
            concat!("#[ig", "nore"),
        ],
        reason: "finish it, or leave it out",
    },
];

/// Folders of machines, with the slash that makes them the beginning of a path.
const MACHINE_PATHS: [&str; 6] = [
    concat!("/ro", "ot/"),
    concat!("/wo", "rk/"),
    concat!("/ho", "me/"),
    concat!("/Us", "ers/"),
    concat!("/tm", "p/"),
    concat!("C:", "\\"),
];

const REGISTRY_HOSTS: [&str; 7] = [
    concat!("registry", ".npmjs"),
    concat!("npmjs", ".com"),
    concat!("crates", ".io"),
    concat!("py", "pi.org"),
    concat!("python", "hosted.org"),
    concat!("deb.", "debian.org"),
    concat!("static.rust", "-lang.org"),
];

/// Files whose tool writes the registry's address into them by itself.
const WRITTEN_BY_CARGO: &str = "Cargo.lock";

/// Words that are banned from source code.
pub(super) fn check_code(tree: &Tree) -> Vec<Problem> {
    let sources = tree
        .files
        .iter()
        .filter(|file| file.has_extension(&["rs", "ts", "js", "css", "html", "sh"]));
    sources.flat_map(check_source).collect()
}

fn check_source(file: &File) -> Vec<Problem> {
    let bans: Vec<_> = BANS
        .iter()
        .filter(|ban| {
            ban.folders
                .iter()
                .any(|folder| folder.is_empty() || file.is_in(folder))
        })
        .collect();
    let mut problems = Vec::new();
    let mut in_tests = file.path.ends_with("/tests.rs") || file.path.contains("/tests/");
    for (number, line) in (1..).zip(file.text.lines()) {
        // By our habit the tests of a file are its last part. They may read a file, and unwrap.
        in_tests |= line.starts_with("#[cfg(test)]") || line.starts_with("#[cfg(all(test");
        let is_comment = line.trim_start().starts_with("//");
        for ban in &bans {
            let is_everywhere = ban.folders == [""];
            if !is_everywhere && (in_tests || is_comment) {
                continue;
            }
            for word in ban.words.iter().filter(|word| contains_word(line, word)) {
                problems.push(file.problem(number, format!("`{word}`: {}", ban.reason)));
            }
        }
    }
    problems
}

/// Paths of the machine that a file was written on.
pub(super) fn check_machine_paths(tree: &Tree) -> Vec<Problem> {
    let find = |line: &str| {
        MACHINE_PATHS
            .into_iter()
            .find(|path| contains_word(line, path))
    };
    find_everywhere(
        &tree.files,
        "is a path of one machine: make it relative",
        find,
    )
}

/// Hosts of package registries: which one is used is the business of each machine.
pub(super) fn check_registry_hosts(tree: &Tree) -> Vec<Problem> {
    let find = |line: &str| REGISTRY_HOSTS.into_iter().find(|host| line.contains(host));
    let files = tree
        .files
        .iter()
        .filter(|file| file.path != WRITTEN_BY_CARGO);
    find_everywhere(
        files,
        "is the host of a package registry: leave it out",
        find,
    )
}

fn find_everywhere<'a>(
    files: impl IntoIterator<Item = &'a File>,
    reason: &str,
    find: impl Fn(&str) -> Option<&'static str>,
) -> Vec<Problem> {
    let mut problems = Vec::new();
    for file in files {
        for (number, line) in (1..).zip(file.text.lines()) {
            if let Some(word) = find(line) {
                problems.push(file.problem(number, format!("`{word}` {reason}")));
            }
        }
    }
    problems
}

/// Whether the line contains the word where a word can begin: `/etc/` is not in `a/etc/`.
fn contains_word(line: &str, word: &str) -> bool {
    let begins_word = |position: usize| {
        let before = line[..position].chars().next_back();
        // A word that begins with a sign of its own, such as `.unwrap()`, may follow anything.
        let is_free = word.starts_with(['.', '"', '#']);
        is_free
            || !before.is_some_and(|before| before.is_alphanumeric() || "_.-~/}".contains(before))
    };
    line.match_indices(word)
        .any(|(position, _)| begins_word(position))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(path: &str, text: &str) -> Vec<String> {
        check_code(&Tree::of(&[(path, text)]))
            .iter()
            .map(|problem| problem.place.clone())
            .collect()
    }

    #[test]
    fn pure_code_may_not_ask_for_the_time() {
        let text = "use std::time::SystemTime;\n// SystemTime is not for us.\n#[cfg(test)]\nuse std::fs;\n";
        assert_eq!(
            check("analyzer/src/lib.rs", text),
            ["analyzer/src/lib.rs:1"]
        );
        assert!(check("collector/src/lib.rs", text).is_empty());
    }

    #[test]
    fn the_pure_tracker_knows_no_browser_but_its_shell_does() {
        assert_eq!(
            check("sdk/src/tracker/queue.rs", "use web_sys::Window;").len(),
            1
        );
        assert!(check("sdk/src/browser/page.rs", "use web_sys::Window;").is_empty());
    }

    #[test]
    fn the_tracker_may_not_panic() {
        assert_eq!(
            check(
                "sdk/src/browser/page.rs",
                "let w = window().unwrap();\nw.unwrap_or(1);"
            )
            .len(),
            1
        );
        assert!(check("cli/src/main.rs", "x.unwrap()").is_empty());
    }

    #[test]
    fn nothing_is_left_unfinished_not_even_in_comments_and_tests() {
        let text = format!(
            "// {} later\n#[cfg(test)]\n{}]\n",
            concat!("TO", "DO:"),
            concat!("#[ig", "nore")
        );
        assert_eq!(
            check("www/src/a.ts", &text),
            ["www/src/a.ts:1", "www/src/a.ts:3"]
        );
    }

    #[test]
    fn paths_of_machines_are_found_and_paths_in_addresses_are_not() {
        let line = |text: &str| check_machine_paths(&Tree::of(&[("docs/a.md", text)])).len();
        assert_eq!(line(concat!("see /wo", "rk/main")), 1);
        assert_eq!(line(concat!("\"/ho", "me/someone/x\"")), 1);
        assert_eq!(
            line(concat!(
                "https://shop.example/ho",
                "me/garden and frame/wo",
                "rk/x"
            )),
            0
        );
    }

    #[test]
    fn hosts_of_registries_are_found_except_where_cargo_writes_them() {
        let text = concat!("source = \"https://crates", ".io/\"");
        let check = |path| check_registry_hosts(&Tree::of(&[(path, text)])).len();
        assert_eq!((check("README.md"), check("Cargo.lock")), (1, 0));
    }
}
