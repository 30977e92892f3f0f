//! `cargo xtask tidy`: the invariants that ARCHITECTURE.md states, made executable.
//!
//! A rule has a name, by which ARCHITECTURE.md refers to it, and finds problems. Rules about text look at the files
//! that Git knows or would take in; rules about dependencies ask Cargo. Each has a test that shows it failing.

mod architecture;
mod banned;
mod dependencies;
mod files;
mod links;
mod tree;

use std::fmt;

use anyhow::{Result, bail};

use crate::process::{cargo, command, output, run as run_command};
use crate::setup::wasm::{Std, WasmToolchain};
use crate::{types, workspace};
use tree::Tree;

/// What to do.
#[derive(clap::Args, Default)]
pub(crate) struct Options {
    /// Only print the names of the rules and what each says
    #[arg(long)]
    list: bool,
}

/// Something that breaks a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Problem {
    /// Where: a path with a line, or a package.
    place: String,
    /// What is wrong, and what to do.
    message: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.message)
    }
}

/// One invariant.
struct Rule {
    name: &'static str,
    says: &'static str,
    /// The invariants of ARCHITECTURE.md that it keeps, each by words of it that no other has.
    keeps: &'static [&'static str],
    check: fn(&Tree) -> Result<Vec<Problem>>,
}

const RULES: [Rule; 12] = [
    Rule {
        name: "direct-dependencies",
        says: "some dependencies may be named by some packages only, and event names hardly any",
        keeps: &[
            "wasm-bindgen and js-sys are dependencies of",
            "tokio is a dependency of",
            "`event` depends on serde and uuid",
        ],
        check: |_| dependencies::check_direct(),
    },
    Rule {
        name: "indirect-dependencies",
        says: "the pure crates reach no clock, randomness, runtime or browser; the tracker never links the analyzer",
        keeps: &[
            "`sdk` does not depend on `analyzer`",
            "`analyzer` knows no clock",
        ],
        check: |_| dependencies::check_indirect(),
    },
    Rule {
        name: "wasm32",
        says: "event and analyzer compile for wasm32-unknown-unknown",
        keeps: &["and compiles for wasm32"],
        check: |_| compile_for_wasm(),
    },
    Rule {
        name: "banned-code",
        says: "pure code asks the system for nothing, the tracker can't panic, nothing is left unfinished",
        keeps: &["`tracker/` knows no clock", "`analyzer` knows no clock"],
        check: |tree| Ok(banned::check_code(tree)),
    },
    Rule {
        name: "machine-paths",
        says: "no file names a folder of the machine that it was written on",
        keeps: &["no file names the path of a machine"],
        check: |tree| Ok(banned::check_machine_paths(tree)),
    },
    Rule {
        name: "registry-hosts",
        says: "no file names the host of a package registry",
        keeps: &["the host of a package registry"],
        check: |tree| Ok(banned::check_registry_hosts(tree)),
    },
    Rule {
        name: "file-length",
        says: "a source file has at most 500 lines",
        keeps: &["source files stay under 500 lines"],
        check: |tree| Ok(files::check_length(tree)),
    },
    Rule {
        name: "package-lock",
        says: "www/package-lock.json says which packages, not where they were fetched",
        keeps: &[],
        check: |tree| Ok(files::check_package_lock(tree)),
    },
    Rule {
        name: "links",
        says: "links between files of the repository lead somewhere",
        keeps: &[],
        check: |tree| Ok(links::check(tree)),
    },
    Rule {
        name: "architecture",
        says: "an invariant of ARCHITECTURE.md that is marked (tidy) has a rule, and what the text names is there",
        keeps: &[],
        check: |tree| Ok(architecture::check(tree)),
    },
    Rule {
        name: "generated-types",
        says: "www/src/generated and docs/schema are what the analyzer says",
        keeps: &["types that cross to TypeScript are generated"],
        check: |_| generated_types(),
    },
    Rule {
        name: "lock-files",
        says: "a clean clone builds without changing a lock file",
        keeps: &[],
        check: |_| lock_files(),
    },
];

/// Checks every rule.
///
/// # Errors
/// When a rule is broken; each problem has been printed.
#[allow(clippy::print_stdout, reason = "the list is what --list asks for")]
pub(crate) fn run(options: &Options) -> Result<()> {
    if options.list {
        for Rule { name, says, .. } in &RULES {
            println!("{name}: {says}");
        }
        return Ok(());
    }
    let tree = Tree::read()?;
    let mut broken = Vec::new();
    for rule in &RULES {
        let problems = (rule.check)(&tree)?;
        for problem in &problems {
            eprintln!("tidy: {}: {problem}", rule.name);
        }
        if !problems.is_empty() {
            broken.push(rule.name);
        }
    }
    if !broken.is_empty() {
        bail!("broken: {}", broken.join(", "));
    }
    Ok(())
}

fn compile_for_wasm() -> Result<Vec<Problem>> {
    let mut check = WasmToolchain::ensure()?.cargo("check", Std::Default);
    check.args([
        "--quiet",
        "--package",
        "desirepath-event",
        "--package",
        "desirepath-analyzer",
    ]);
    Ok(problem_of("event, analyzer", run_command(&mut check)))
}

fn generated_types() -> Result<Vec<Problem>> {
    Ok(problem_of(
        "www/src/generated",
        types::run(&types::Options { check: true }),
    ))
}

/// Only where nobody works: elsewhere a lock file that has changed is a dependency being added.
fn lock_files() -> Result<Vec<Problem>> {
    if !workspace::is_ci() {
        return Ok(Vec::new());
    }
    output(cargo("metadata").args(["--format-version", "1", "--no-deps"]))?;
    let changed = output(command("git").args([
        "diff",
        "--name-only",
        "HEAD",
        "--",
        "Cargo.lock",
        "www/package-lock.json",
    ]))?;
    let problem = |path: &str| Problem {
        place: path.to_owned(),
        message: "building changed it: commit it as it is now".to_owned(),
    };
    Ok(changed.lines().map(problem).collect())
}

fn problem_of(place: &str, result: Result<()>) -> Vec<Problem> {
    let problem = |error| Problem {
        place: place.to_owned(),
        message: format!("{error:#}"),
    };
    result.err().map(problem).into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_of_a_command_is_a_problem() {
        assert_eq!(problem_of("x", Ok(())), []);
        let problems = problem_of("event", Err(anyhow::anyhow!("no wasm")));
        assert_eq!(
            problems.iter().map(Problem::to_string).collect::<Vec<_>>(),
            ["event: no wasm"]
        );
    }

    #[test]
    fn names_of_rules_are_unique() {
        let mut names: Vec<_> = RULES.iter().map(|rule| rule.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), RULES.len());
    }
}
