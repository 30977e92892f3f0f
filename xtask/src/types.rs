//! `cargo xtask types`: the TypeScript types and JSON schemas of every config and report, written by the analyzer
//! itself.
//!
//! They are checked in, so that `www/` can be worked on without building Rust, and compared in every test run, so
//! that they can't drift from the structs that they describe.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::build::compress;
use crate::process::{cargo, command, run as run_command};
use crate::workspace;

/// The packages and features of a native build for tests. Every step takes the same, since Cargo compiles what others
/// depend on once for each set of features.
pub(crate) const FEATURES: [&str; 3] = ["--workspace", "--features", "desirepath-analyzer/ts"];

/// Whether to write or to compare.
#[derive(clap::Args, Default)]
pub(crate) struct Options {
    /// Change nothing; fail when the checked-in types differ from what the analyzer says
    #[arg(long)]
    pub(crate) check: bool,
}

/// Writes `www/src/generated` and `docs/schema`, or compares them.
///
/// # Errors
/// When the analyzer does not compile, or with `--check` when a file is missing, superfluous or different.
pub(crate) fn run(options: &Options) -> Result<()> {
    let docs = workspace::root().join("docs");
    let places = [
        ("types", workspace::www().join("src").join("generated")),
        ("schema", docs.join("schema")),
    ];
    let fresh = workspace::target().join("xtask").join("types");
    remove(&fresh)?;
    fs::create_dir_all(&fresh).with_context(|| format!("creating {}", fresh.display()))?;
    let mut build = cargo("build");
    run_command(
        build
            .arg("--quiet")
            .args(FEATURES)
            .args(["--example", "types"]),
    )?;
    let mut generate = command(
        workspace::target()
            .join("debug/examples/types")
            .with_extension(std::env::consts::EXE_EXTENSION),
    );
    run_command(generate.arg(&fresh))?;
    for (kind, checked_in) in places {
        let mut fresh = read(&fresh.join(kind))?;
        if kind == "types" {
            fresh.insert("index.ts".into(), index(&fresh));
        }
        if options.check {
            compare(&read(&checked_in)?, &fresh)?;
            continue;
        }
        remove(&checked_in)?;
        for (name, content) in fresh {
            let path = checked_in.join(name);
            fs::create_dir_all(path.parent().unwrap_or(&checked_in))?;
            fs::write(&path, content).with_context(|| format!("writing {}", path.display()))?;
        }
    }
    Ok(())
}

/// Files by their path below a folder.
type Files = BTreeMap<PathBuf, String>;

fn read(folder: &Path) -> Result<Files> {
    if !folder.exists() {
        return Ok(Files::new());
    }
    compress::files(folder)?
        .into_iter()
        .map(|path| {
            let content =
                fs::read_to_string(&path).with_context(|| format!("reading {}", path.display()))?;
            Ok((path.strip_prefix(folder)?.to_owned(), content))
        })
        .collect()
}

/// A module with all types.
fn index(types: &Files) -> String {
    let names = types.keys().filter_map(|path| path.file_stem());
    names
        .map(|name| format!("export type * from \"./{}\";\n", name.display()))
        .collect()
}

fn compare(checked_in: &Files, fresh: &Files) -> Result<()> {
    let stale: Vec<String> = checked_in
        .keys()
        .chain(fresh.keys().filter(|name| !checked_in.contains_key(*name)))
        .filter(|name| checked_in.get(*name) != fresh.get(*name))
        .map(|name| name.display().to_string())
        .collect();
    if !stale.is_empty() {
        bail!(
            "the generated types or schemas are not what the analyzer says ({}): run `cargo xtask types`",
            stale.join(", ")
        );
    }
    Ok(())
}

fn remove(folder: &Path) -> Result<()> {
    if folder.exists() {
        fs::remove_dir_all(folder).with_context(|| format!("removing {}", folder.display()))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(entries: &[(&str, &str)]) -> Files {
        entries
            .iter()
            .map(|(name, content)| (PathBuf::from(name), (*content).to_owned()))
            .collect()
    }

    #[test]
    fn equal_files_pass() {
        compare(&files(&[("A.ts", "a")]), &files(&[("A.ts", "a")])).unwrap();
    }

    #[test]
    fn a_missing_a_superfluous_and_a_different_file_are_named() {
        let checked_in = files(&[("Changed.ts", "old"), ("Gone.ts", "x"), ("Same.ts", "s")]);
        let fresh = files(&[("Changed.ts", "new"), ("New.ts", "x"), ("Same.ts", "s")]);
        let error = compare(&checked_in, &fresh).unwrap_err().to_string();
        assert!(error.contains("(Changed.ts, Gone.ts, New.ts)"), "{error}");
    }
}
