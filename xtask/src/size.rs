//! `cargo xtask size`: what a visitor downloads, in raw bytes and after brotli, against the budgets.
//!
//! The budgets are in the root manifest under `[workspace.metadata.size]`, in bytes after brotli. A key is a path
//! below `dist/`: of a file, of a folder, or the beginning of files' names up to a `.`, `_` or `-`. Only scripts
//! and modules count; type declarations and the like are fetched by no browser.

mod features;

use std::fmt::Write;
use std::path::Path;

use anyhow::{Context, Result, bail};
use serde::Serialize;

use crate::build::compress;
use crate::workspace;

/// How to print.
#[derive(clap::Args, Default)]
pub(crate) struct Options {
    /// Print JSON instead of a table
    #[arg(long)]
    json: bool,
    /// Print what each feature of the tracker weighs, as a table for docs/size.md; takes minutes
    #[arg(long, conflicts_with = "json")]
    features: bool,
}

/// Measures, prints, and compares.
///
/// # Errors
/// When nothing is built, or something is over its budget.
#[allow(clippy::print_stdout, reason = "the sizes are this command's product")]
pub(crate) fn run(options: &Options) -> Result<()> {
    if options.features {
        print!("{}", features::table()?);
        return Ok(());
    }
    let report = Report::new(
        measure(&workspace::dist())?,
        &budgets(&workspace::manifest()?)?,
    );
    if options.json {
        println!("{}", serde_json::to_string_pretty(&report)?);
    } else {
        print!("{}", report.table());
    }
    report.check()
}

/// One file and its size.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct File {
    /// Path below `dist/`, with `/`.
    path: String,
    n_bytes: u64,
    n_bytes_brotli: u64,
}

/// One budget and what it covers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct Budget {
    key: String,
    max_bytes_brotli: u64,
    /// How many files the key covers.
    n_files: usize,
    n_bytes: u64,
    n_bytes_brotli: u64,
}

#[derive(Debug, Serialize)]
struct Report {
    files: Vec<File>,
    budgets: Vec<Budget>,
}

impl Report {
    fn new(files: Vec<File>, budgets: &[(String, u64)]) -> Self {
        let budgets = budgets
            .iter()
            .map(|(key, max_bytes_brotli)| {
                let covered: Vec<&File> = files
                    .iter()
                    .filter(|file| covers(key, &file.path))
                    .collect();
                Budget {
                    key: key.clone(),
                    max_bytes_brotli: *max_bytes_brotli,
                    n_files: covered.len(),
                    n_bytes: covered.iter().map(|file| file.n_bytes).sum(),
                    n_bytes_brotli: covered.iter().map(|file| file.n_bytes_brotli).sum(),
                }
            })
            .collect();
        Self { files, budgets }
    }

    fn table(&self) -> String {
        let mut text = format!(
            "{:<36} {:>9} {:>9} {:>9}\n",
            "file", "bytes", "brotli", "budget"
        );
        for File {
            path,
            n_bytes,
            n_bytes_brotli,
        } in &self.files
        {
            // Writing to a String can't fail.
            let _ = writeln!(text, "{path:<36} {n_bytes:>9} {n_bytes_brotli:>9}");
        }
        for Budget {
            key,
            max_bytes_brotli,
            n_bytes,
            n_bytes_brotli,
            ..
        } in &self.budgets
        {
            let label = format!("= {key}");
            let _ = writeln!(
                text,
                "{label:<36} {n_bytes:>9} {n_bytes_brotli:>9} {max_bytes_brotli:>9}"
            );
        }
        text
    }

    fn check(&self) -> Result<()> {
        let mut problems = Vec::new();
        for Budget {
            key,
            max_bytes_brotli,
            n_files,
            n_bytes_brotli,
            ..
        } in &self.budgets
        {
            if *n_files == 0 {
                problems.push(format!("the budget of {key:?} covers no file"));
            } else if n_bytes_brotli > max_bytes_brotli {
                let excess = n_bytes_brotli - max_bytes_brotli;
                problems.push(format!(
                    "{key} has {n_bytes_brotli} bytes after brotli, {excess} over its budget"
                ));
            }
        }
        if !problems.is_empty() {
            bail!("{}", problems.join("; "));
        }
        Ok(())
    }
}

/// Whether a budget's key stands for a file: the whole path, or its beginning up to a break in the name.
fn covers(key: &str, path: &str) -> bool {
    path.strip_prefix(key)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '.', '_', '-']))
}

/// What the manifest allows, by key.
fn budgets(manifest: &toml::Table) -> Result<Vec<(String, u64)>> {
    let table = manifest
        .get("workspace")
        .and_then(|workspace| workspace.get("metadata"))
        .and_then(|metadata| metadata.get("size"))
        .and_then(toml::Value::as_table)
        .context("Cargo.toml: no table [workspace.metadata.size]")?;
    table
        .iter()
        .map(|(key, value)| {
            let bytes = value.as_integer().and_then(|bytes| u64::try_from(bytes).ok());
            let bytes = bytes.with_context(|| {
                format!("Cargo.toml: [workspace.metadata.size] {key:?} is {value:?}, but must be a number of bytes")
            })?;
            Ok((key.clone(), bytes))
        })
        .collect()
}

/// The files of the SDK and the analyzer that browsers fetch.
fn measure(dist: &Path) -> Result<Vec<File>> {
    let mut files = Vec::new();
    for part in ["sdk", "analyzer"] {
        let paths = compress::files(&dist.join(part))
            .context("nothing to measure: run `cargo xtask build` first")?;
        for path in paths {
            let name = path
                .strip_prefix(dist)?
                .to_string_lossy()
                .replace('\\', "/");
            if !name.ends_with(".js") && !name.ends_with(".wasm") {
                continue;
            }
            let content =
                std::fs::read(&path).with_context(|| format!("reading {}", path.display()))?;
            let compressed = compress::brotli(&name, &content)?;
            files.push(File {
                path: name,
                n_bytes: content.len() as u64,
                n_bytes_brotli: compressed.len() as u64,
            });
        }
    }
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &str, n_bytes_brotli: u64) -> File {
        File {
            path: path.into(),
            n_bytes: 2 * n_bytes_brotli,
            n_bytes_brotli,
        }
    }

    fn report(budgets: &[(&str, u64)]) -> Report {
        let files = vec![
            file("analyzer/engine.js", 10),
            file("analyzer/engine_bg.wasm", 90),
            file("sdk/desirepath-sdk.js", 30),
            file("sdk/desirepath.js", 5),
        ];
        Report::new(
            files,
            &budgets
                .iter()
                .map(|(key, bytes)| ((*key).to_owned(), *bytes))
                .collect::<Vec<_>>(),
        )
    }

    #[test]
    fn a_key_covers_a_file_a_folder_or_a_name_up_to_a_break() {
        let report = report(&[
            ("sdk/desirepath.js", 9),
            ("sdk", 99),
            ("analyzer/engine", 999),
            ("analyzer/eng", 9),
        ]);
        let sums: Vec<_> = report
            .budgets
            .iter()
            .map(|budget| (budget.n_files, budget.n_bytes_brotli))
            .collect();
        assert_eq!(sums, [(1, 5), (2, 35), (2, 100), (0, 0)]);
    }

    #[test]
    fn within_the_budget_passes_and_one_byte_over_fails() {
        report(&[("sdk", 35)]).check().unwrap();
        let error = report(&[("sdk", 34), ("sdk/desirepath.js", 5)])
            .check()
            .unwrap_err()
            .to_string();
        assert_eq!(error, "sdk has 35 bytes after brotli, 1 over its budget");
    }

    #[test]
    fn a_budget_for_nothing_fails() {
        let error = report(&[("sdk/loader.js", 1500)])
            .check()
            .unwrap_err()
            .to_string();
        assert_eq!(error, "the budget of \"sdk/loader.js\" covers no file");
    }

    #[test]
    fn budgets_are_read_and_bad_ones_named() {
        let parse = |text: &str| budgets(&text.parse().unwrap());
        assert_eq!(
            parse("[workspace.metadata.size]\nsdk = 7").unwrap(),
            [("sdk".to_owned(), 7)]
        );
        let error = parse("[workspace.metadata.size]\nsdk = -7")
            .unwrap_err()
            .to_string();
        assert!(error.contains("\"sdk\" is Integer(-7)"), "{error}");
        assert!(parse("[workspace]").is_err());
    }

    #[test]
    fn the_table_has_a_line_for_each_file_and_budget() {
        let table = report(&[("sdk", 35)]).table();
        assert_eq!(table.lines().count(), 1 + 4 + 1);
        assert!(
            table.contains("= sdk                                       70        35        35"),
            "{table}"
        );
    }
}
