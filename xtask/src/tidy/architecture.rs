//! ARCHITECTURE.md and the rules of tidy agree, in both directions.
//!
//! The text marks an invariant that tidy checks with `(tidy)`. A rule quotes the invariants that it keeps. So a
//! promise can't be marked without being checked, and a rule can't go on checking what nobody promises.

use super::tree::{File, Tree};
use super::{Problem, RULES, Rule};

const FILE: &str = "ARCHITECTURE.md";

/// Invariants and rules without each other, and paths in the text that are not there.
pub(super) fn check(tree: &Tree) -> Vec<Problem> {
    check_against(tree, &RULES)
}

fn check_against(tree: &Tree, rules: &[Rule]) -> Vec<Problem> {
    let Some(file) = tree.file(FILE) else {
        return vec![Problem {
            place: FILE.to_owned(),
            message: "is missing".to_owned(),
        }];
    };
    let mut problems = Vec::new();
    let mut invariants = paragraphs(file);
    invariants.retain(|(_, text)| text.trim_start_matches("- ").starts_with("**Invariant:**"));
    let marked = |text: &str| text.contains("(tidy");
    let quotes = || {
        rules
            .iter()
            .flat_map(|rule| rule.keeps.iter().map(move |quote| (rule, quote)))
    };
    for (line, text) in invariants.iter().filter(|(_, text)| marked(text)) {
        if !quotes().any(|(_, quote)| text.contains(*quote)) {
            problems.push(file.problem(
                *line,
                "is marked (tidy), but no rule of tidy quotes it".to_owned(),
            ));
        }
    }
    for (rule, quote) in quotes() {
        if !invariants
            .iter()
            .any(|(_, text)| marked(text) && text.contains(*quote))
        {
            let message = format!(
                "the rule {} keeps an invariant that is not there, or not marked: {quote}",
                rule.name
            );
            problems.push(Problem {
                place: FILE.to_owned(),
                message,
            });
        }
    }
    problems.extend(missing_paths(file, tree));
    problems
}

/// Paths in code quotes that lead nowhere, neither from the root nor from the folder of a part.
fn missing_paths(file: &File, tree: &Tree) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (line, text) in paragraphs(file) {
        for path in text.split('`').skip(1).step_by(2) {
            let path = path.trim_end_matches('/');
            let is_path =
                path.contains('/') && !path.starts_with('/') && !path.contains([' ', '<']);
            let ends_with_it =
                |file: &File| format!("/{}/", file.path).contains(&format!("/{path}/"));
            if is_path && !tree.files.iter().any(ends_with_it) {
                problems.push(file.problem(line, format!("`{path}` is not there")));
            }
        }
    }
    problems
}

/// Paragraphs and items of lists, each on one line, with the number of their first line; without blocks of code.
fn paragraphs(file: &File) -> Vec<(usize, String)> {
    let mut found: Vec<(usize, String)> = Vec::new();
    let mut is_open = false;
    let mut in_code = false;
    for (number, line) in (1..).zip(file.text.lines()) {
        let line = line.trim();
        let is_fence = line.starts_with("```");
        in_code ^= is_fence;
        if in_code || is_fence || line.is_empty() {
            is_open = false;
            continue;
        }
        match found.last_mut() {
            Some((_, text)) if is_open && !line.starts_with("- ") => {
                text.push(' ');
                text.push_str(line);
            }
            _ => found.push((number, line.to_owned())),
        }
        is_open = true;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULE: Rule = Rule {
        name: "moon",
        says: "",
        keeps: &["the moon is round"],
        check: |_| Ok(Vec::new()),
    };

    fn check_text(text: &str) -> Vec<String> {
        let tree = Tree::of(&[(FILE, text), ("event/src/event.rs", "")]);
        check_against(&tree, &[RULE])
            .into_iter()
            .map(|problem| problem.to_string())
            .collect()
    }

    #[test]
    fn a_marked_invariant_that_a_rule_quotes_passes() {
        let text = "- **Invariant:** `moon` and so on: the moon\n  is round. *(tidy)*\n- **Invariant:** for the eye.\n";
        assert_eq!(check_text(text), Vec::<String>::new());
    }

    #[test]
    fn a_marked_invariant_without_a_rule_fails() {
        let text = "- **Invariant:** the moon is round *(tidy)*\n- **Invariant:** the earth is flat *(tidy)*\n";
        assert_eq!(
            check_text(text),
            ["ARCHITECTURE.md:2: is marked (tidy), but no rule of tidy quotes it"]
        );
    }

    #[test]
    fn a_rule_without_its_invariant_fails() {
        let problems = check_text("- **Invariant:** the moon is round.\n");
        assert_eq!(problems.len(), 1);
        assert!(
            problems[0].contains("the rule moon keeps an invariant that is not there"),
            "{problems:?}"
        );
    }

    #[test]
    fn a_path_that_is_not_there_fails() {
        let text = "- **Invariant:** the moon is round *(tidy)*\n\nSee `event/src/event.rs`, `src/` and `event/gone.rs`.\n";
        assert_eq!(
            check_text(text),
            ["ARCHITECTURE.md:3: `event/gone.rs` is not there"]
        );
    }
}
