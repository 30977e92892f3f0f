//! Node, and the tools of the npm package in `www/`.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use super::apt;
use crate::process::{command, find_program, output, run};
use crate::workspace;

/// The oldest Node that the tools in `www/` run on; the same as `engines` in `www/package.json`.
const OLDEST_NODE: (u32, u32) = (20, 19);

/// Makes sure that Node is there and that `www/node_modules` is what `www/package-lock.json` says.
pub(crate) fn ensure_modules() -> Result<()> {
    ensure_modules_of(&workspace::www())
}

/// As [`ensure_modules`], for another folder with a `package-lock.json`.
pub(crate) fn ensure_modules_of(package: &Path) -> Result<()> {
    ensure_node()?;
    let lock = package.join("package-lock.json");
    // npm writes this file at the end of an installation.
    let installed = package.join("node_modules").join(".package-lock.json");
    if is_newer(&installed, &lock) {
        return Ok(());
    }
    let folder = package.strip_prefix(workspace::root()).unwrap_or(package);
    eprintln!("set-up: npm ci in {}/", folder.display());
    let mut npm = command(npm_program("npm"));
    npm.current_dir(package)
        .args(["ci", "--no-audit", "--no-fund", "--loglevel=error"]);
    run(npm
        .stdin(std::process::Stdio::null())
        .stdout(std::io::stderr()))
}

/// A command-line tool of a package in `www/node_modules`, to be run in `www/`.
pub(crate) fn tool(name: &str) -> Command {
    let path = workspace::www()
        .join("node_modules")
        .join(".bin")
        .join(npm_program(name));
    let mut tool = command(path);
    tool.current_dir(workspace::www());
    tool
}

/// npm's programs are scripts: on Windows they are started through a `.cmd` file beside them.
pub(crate) fn npm_program(name: &str) -> PathBuf {
    PathBuf::from(if cfg!(windows) {
        format!("{name}.cmd")
    } else {
        name.to_owned()
    })
}

fn ensure_node() -> Result<()> {
    let (major, minor) = OLDEST_NODE;
    let has_npm = || find_program(&["npm"]).is_some() || cfg!(windows);
    if (find_program(&["node"]).is_none() || !has_npm())
        && let Err(error) = apt::install(&["nodejs", "npm"])
    {
        bail!("Node is missing: install Node {major}.{minor} or newer, with npm ({error:#})");
    }
    let text = output(command("node").arg("--version"))?;
    let version = parse_version(&text).with_context(|| format!("node --version said {text:?}"))?;
    if version < OLDEST_NODE {
        bail!(
            "Node {} is too old: install Node {major}.{minor} or newer",
            text.trim()
        );
    }
    Ok(())
}

/// `v20.19.2` → (20, 19)
fn parse_version(text: &str) -> Option<(u32, u32)> {
    let mut parts = text.trim().strip_prefix('v')?.split('.');
    Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
}

fn is_newer(path: &Path, than: &Path) -> bool {
    let modified = |path: &Path| path.metadata().and_then(|data| data.modified()).ok();
    match (modified(path), modified(than)) {
        (Some(path), Some(than)) => path >= than,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_of_node_compare_by_number() {
        assert_eq!(parse_version("v20.19.2\n"), Some((20, 19)));
        assert!(parse_version("v9.11.2") < Some(OLDEST_NODE));
        assert_eq!(parse_version("20"), None);
    }

    #[test]
    fn the_oldest_node_is_the_one_that_the_package_names() {
        let package = std::fs::read_to_string(workspace::www().join("package.json")).unwrap();
        let (major, minor) = OLDEST_NODE;
        assert!(
            package.contains(&format!("\"node\": \">={major}.{minor}\"")),
            "{package}"
        );
    }

    #[test]
    fn a_missing_installation_is_not_newer_than_its_lock_file() {
        let manifest = workspace::root().join("Cargo.toml");
        assert!(!is_newer(Path::new("no-such-file"), &manifest));
        assert!(is_newer(&manifest, &manifest));
    }
}
