//! Which crates may depend on which, as Cargo sees it.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result};

use super::Problem;
use crate::process::{cargo, output};

/// Which packages of ours may name a dependency. Others may reach it only through them.
struct Owners {
    dependency: &'static str,
    packages: &'static [&'static str],
}

const OWNERS: [Owners; 7] = [
    Owners {
        dependency: "wasm-bindgen",
        packages: &["desirepath-sdk", "desirepath-analyzer-wasm"],
    },
    Owners {
        dependency: "js-sys",
        packages: &["desirepath-sdk", "desirepath-analyzer-wasm"],
    },
    Owners {
        dependency: "web-sys",
        packages: &["desirepath-sdk", "desirepath-analyzer-wasm"],
    },
    Owners {
        dependency: "serde-wasm-bindgen",
        packages: &["desirepath-sdk", "desirepath-analyzer-wasm"],
    },
    Owners {
        dependency: "wasm-bindgen-cli-support",
        packages: &["xtask"],
    },
    Owners {
        dependency: "tokio",
        packages: &["desirepath-collector", "desirepath-tests", "xtask"],
    },
    Owners {
        dependency: "axum",
        packages: &["desirepath-collector", "desirepath-tests"],
    },
];

/// All that the wire vocabulary may depend on.
const EVENT: (&str, [&str; 2]) = ("desirepath-event", ["serde", "uuid"]);

/// What a package may not reach, however far the way.
struct Unreachable {
    package: &'static str,
    features: &'static str,
    dependencies: &'static [&'static str],
}

/// Clocks, randomness, runtimes, browsers.
const IMPURE: [&str; 11] = [
    "wasm-bindgen",
    "js-sys",
    "web-sys",
    "tokio",
    "rand",
    "getrandom",
    "fastrand",
    "chrono",
    "time",
    "mio",
    "rayon",
];

const UNREACHABLE: [Unreachable; 4] = [
    Unreachable {
        package: "desirepath-event",
        features: "",
        dependencies: &IMPURE,
    },
    Unreachable {
        package: "desirepath-analyzer",
        features: "",
        dependencies: &IMPURE,
    },
    // The crates of Parquet and Arrow name a calendar and a hash map that could ask for the time and for randomness.
    Unreachable {
        package: "desirepath-analyzer",
        features: "arrow,parquet",
        dependencies: &["wasm-bindgen", "js-sys", "web-sys", "tokio", "rayon"],
    },
    Unreachable {
        package: "desirepath-sdk",
        features: "",
        dependencies: &["desirepath-analyzer", "gloo-storage", "tokio", "serde_json"],
    },
];

/// The dependencies that each of our packages names, by package. Those of tests and benchmarks are not among them:
/// they ship with nothing.
type Named = BTreeMap<String, BTreeSet<String>>;

/// Dependencies that a package names but may not.
pub(super) fn check_direct() -> Result<Vec<Problem>> {
    let metadata = output(cargo("metadata").args(["--format-version", "1", "--no-deps"]))?;
    let metadata = serde_json::from_str(&metadata).context("reading what `cargo metadata` says")?;
    Ok(find_direct(&named_dependencies(&metadata)))
}

fn named_dependencies(metadata: &serde_json::Value) -> Named {
    let list = |value: &serde_json::Value| value.as_array().cloned().unwrap_or_default();
    let name = |value: &serde_json::Value| value["name"].as_str().unwrap_or_default().to_owned();
    let dependencies = |package: &serde_json::Value| {
        let all = list(&package["dependencies"]);
        all.iter()
            .filter(|dependency| dependency["kind"] != "dev")
            .map(name)
            .collect()
    };
    list(&metadata["packages"])
        .iter()
        .map(|package| (name(package), dependencies(package)))
        .collect()
}

fn find_direct(named: &Named) -> Vec<Problem> {
    let mut problems = Vec::new();
    for Owners {
        dependency,
        packages,
    } in &OWNERS
    {
        for (package, _) in named
            .iter()
            .filter(|(_, names)| names.contains(*dependency))
        {
            if !packages.contains(&package.as_str()) {
                let message = format!(
                    "depends on {dependency}, which only {} may",
                    packages.join(" and ")
                );
                problems.push(Problem {
                    place: package.clone(),
                    message,
                });
            }
        }
    }
    let (package, allowed) = EVENT;
    for dependency in named
        .get(package)
        .into_iter()
        .flatten()
        .filter(|name| !allowed.contains(&name.as_str()))
    {
        let message = format!(
            "depends on {dependency}, but may depend on {} only",
            allowed.join(" and ")
        );
        problems.push(Problem {
            place: package.to_owned(),
            message,
        });
    }
    problems
}

/// Dependencies that a package reaches but may not.
pub(super) fn check_indirect() -> Result<Vec<Problem>> {
    let mut problems = Vec::new();
    for rule in &UNREACHABLE {
        // As on wasm32: there `cargo tree` also shows what only a browser's build would pull in.
        let mut tree = cargo("tree");
        tree.args([
            "--package",
            rule.package,
            "--edges",
            "normal",
            "--prefix",
            "none",
            "--format",
            "{p}",
        ]);
        tree.args([
            "--target",
            "wasm32-unknown-unknown",
            "--features",
            rule.features,
        ]);
        problems.extend(find_unreachable(rule, &output(&mut tree)?));
    }
    Ok(problems)
}

/// `tree` has one `NAME vVERSION …` a line.
fn find_unreachable(rule: &Unreachable, tree: &str) -> Vec<Problem> {
    let reached: BTreeSet<&str> = tree
        .lines()
        .filter_map(|line| line.split(' ').next())
        .collect();
    let forbidden = rule
        .dependencies
        .iter()
        .filter(|name| reached.contains(*name));
    forbidden
        .map(|name| Problem {
            place: rule.package.to_owned(),
            message: format!(
                "reaches {name}: `cargo tree --invert {name} --package {}` shows how",
                rule.package
            ),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(entries: &[(&str, &[&str])]) -> Named {
        let set = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        entries
            .iter()
            .map(|(package, names)| ((*package).to_owned(), set(names)))
            .collect()
    }

    #[test]
    fn a_dependency_that_others_own_is_refused() {
        let problems = find_direct(&named(&[
            ("desirepath-sdk", &["wasm-bindgen"]),
            ("desirepath-cli", &["tokio"]),
        ]));
        assert_eq!(problems.len(), 1);
        assert_eq!(problems[0].place, "desirepath-cli");
        assert!(
            problems[0].message.starts_with("depends on tokio"),
            "{}",
            problems[0]
        );
    }

    #[test]
    fn event_may_name_two_dependencies() {
        assert_eq!(
            find_direct(&named(&[("desirepath-event", &["serde", "uuid"])])),
            []
        );
        let problems = find_direct(&named(&[("desirepath-event", &["serde", "uuid", "regex"])]));
        assert_eq!(problems.len(), 1);
        assert!(problems[0].message.contains("regex"), "{}", problems[0]);
    }

    #[test]
    fn what_is_reached_over_others_is_found() {
        let tree = "desirepath-sdk v0.1.0\ndesirepath-event v0.1.0\nserde v1.0.0 (*)\ndesirepath-analyzer v0.1.0\n";
        let sdk = UNREACHABLE
            .iter()
            .find(|rule| rule.package == "desirepath-sdk")
            .unwrap();
        let problems = find_unreachable(sdk, tree);
        assert_eq!(problems.len(), 1);
        assert!(
            problems[0]
                .message
                .starts_with("reaches desirepath-analyzer"),
            "{}",
            problems[0]
        );
    }

    #[test]
    fn what_only_tests_use_does_not_count() {
        let metadata = serde_json::json!({"packages": [{"name": "a", "dependencies": [
            {"name": "b", "kind": null}, {"name": "c", "kind": "dev"}, {"name": "d", "kind": "build"},
        ]}]});
        assert_eq!(named_dependencies(&metadata), named(&[("a", &["b", "d"])]));
    }
}
