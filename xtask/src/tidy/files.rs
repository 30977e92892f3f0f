//! Rules about single files: their length, and what npm's lock file may say.

use super::Problem;
use super::tree::Tree;

/// Past this, look for the second subject in the file.
const MAX_LINES: usize = 500;

/// Files that are longer, each with the reason. None so far.
const LONG_FILES: [(&str, &str); 0] = [];

/// Source files that are too long, and exceptions that are no longer needed.
pub(super) fn check_length(tree: &Tree) -> Vec<Problem> {
    check_length_except(tree, &LONG_FILES)
}

fn check_length_except(tree: &Tree, exceptions: &[(&str, &str)]) -> Vec<Problem> {
    let mut problems = Vec::new();
    for file in &tree.files {
        let is_source = file.has_extension(&["rs", "ts", "js", "css", "html", "sh"]);
        let n_lines = file.text.lines().count();
        let is_exception = exceptions.iter().any(|(path, _)| *path == file.path);
        if is_source && n_lines > MAX_LINES && !is_exception {
            let message = format!(
                "{n_lines} lines, more than {MAX_LINES}: look for the second subject in it"
            );
            problems.push(file.problem(n_lines, message));
        }
        if is_exception && n_lines <= MAX_LINES {
            problems.push(file.problem(
                n_lines,
                "is no longer too long: take it off the list of exceptions".into(),
            ));
        }
    }
    problems
}

/// Addresses in npm's lock file: npm would fetch from there, whatever registry a machine uses.
pub(super) fn check_package_lock(tree: &Tree) -> Vec<Problem> {
    let Some(file) = tree.file("www/package-lock.json") else {
        return Vec::new();
    };
    let lines = (1..).zip(file.text.lines());
    let message = "\"resolved\" names a host: `npm config set omit-lockfile-registry-resolved true`, then `npm install`";
    lines
        .filter(|(_, line)| line.trim_start().starts_with("\"resolved\""))
        .map(|(number, _)| file.problem(number, message.to_owned()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_line_too_many_fails_and_an_exception_must_be_needed() {
        let (fits, long) = ("x\n".repeat(MAX_LINES), "x\n".repeat(MAX_LINES + 1));
        let tree = Tree::of(&[("a.rs", &fits), ("b.rs", &long), ("c.json", &long)]);
        let places = |exceptions: &[(&str, &str)]| -> Vec<_> {
            check_length_except(&tree, exceptions)
                .into_iter()
                .map(|problem| problem.place)
                .collect()
        };
        assert_eq!(places(&[]), ["b.rs:501"]);
        assert_eq!(places(&[("b.rs", "a table")]), Vec::<String>::new());
        assert_eq!(
            places(&[("a.rs", "a table"), ("b.rs", "a table")]),
            ["a.rs:500"]
        );
    }

    #[test]
    fn an_address_in_the_lock_file_fails() {
        let lock =
            "{\n  \"version\": \"1.0.0\",\n  \"resolved\": \"https://registry.example/a.tgz\"\n}";
        let problems = check_package_lock(&Tree::of(&[("www/package-lock.json", lock)]));
        assert_eq!(problems.len(), 1);
        assert_eq!(problems[0].place, "www/package-lock.json:3");
    }
}
