//! Links from Markdown files to other files of the repository.

use super::Problem;
use super::tree::{File, Tree};

/// Links that lead to no file.
pub(super) fn check(tree: &Tree) -> Vec<Problem> {
    let mut problems = Vec::new();
    for file in tree.files.iter().filter(|file| file.has_extension(&["md"])) {
        for (line, target) in links(file) {
            match resolve(&file.path, target) {
                Some(path) if tree.has(&path) => {}
                Some(path) => problems.push(file.problem(
                    line,
                    format!("the link leads to {path}, which is not there"),
                )),
                None => problems.push(file.problem(
                    line,
                    format!("the link {target} leads out of the repository"),
                )),
            }
        }
    }
    problems
}

/// Targets of links to files, with their lines; what is in code is no link.
fn links(file: &File) -> Vec<(usize, &str)> {
    let mut found = Vec::new();
    let mut in_code_block = false;
    for (number, line) in (1..).zip(file.text.lines()) {
        if line.trim_start().starts_with("```") {
            in_code_block = !in_code_block;
        }
        if in_code_block {
            continue;
        }
        // Every second piece between backticks is code.
        let prose = line.split('`').step_by(2);
        for rest in prose.flat_map(|piece| piece.split("](").skip(1)) {
            let target = rest.split([')', ' ']).next().unwrap_or_default();
            let path = target.split('#').next().unwrap_or_default();
            if !path.is_empty() && !path.contains(':') {
                found.push((number, path));
            }
        }
    }
    found
}

/// A link's path below the root, or `None` when it leaves the repository.
fn resolve(from: &str, target: &str) -> Option<String> {
    let mut parts: Vec<&str> = from.split('/').collect();
    parts.pop();
    if target.starts_with('/') {
        parts.clear();
    }
    for part in target.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            name => parts.push(name),
        }
    }
    Some(parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_text(text: &str) -> Vec<String> {
        let tree = Tree::of(&[
            ("docs/a.md", text),
            ("docs/b.md", ""),
            ("event/src/event.rs", ""),
        ]);
        check(&tree)
            .into_iter()
            .map(|problem| problem.to_string())
            .collect()
    }

    #[test]
    fn links_to_files_and_folders_that_are_there_pass() {
        let text = "[b](b.md#part), [e](../event/src/event.rs), ![f](../event/), [self](#x), [web](https://a.example)";
        assert_eq!(check_text(text), Vec::<String>::new());
    }

    #[test]
    fn links_that_lead_nowhere_fail() {
        assert_eq!(
            check_text("\n[c](c.md)"),
            ["docs/a.md:2: the link leads to docs/c.md, which is not there"]
        );
        assert_eq!(
            check_text("[x](../../x)"),
            ["docs/a.md:1: the link ../../x leads out of the repository"]
        );
    }

    #[test]
    fn what_looks_like_a_link_in_code_is_none() {
        assert_eq!(
            check_text("`[c](c.md)`\n```\n[c](c.md)\n```\n"),
            Vec::<String>::new()
        );
    }
}
