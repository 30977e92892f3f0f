//! Where things are in the repository, and what the root manifest says about it.

use std::path::PathBuf;

use anyhow::{Context, Result};

/// The root of the repository.
pub(crate) fn root() -> PathBuf {
    // xtask lies one folder below the root. Cargo says which tree it runs on; without Cargo, the tree it was built from.
    let mut path = std::env::var_os("CARGO_MANIFEST_DIR")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
    path.pop();
    path
}

/// What is shipped: `dist/sdk`, `dist/analyzer`, `dist/www`.
pub(crate) fn dist() -> PathBuf {
    root().join("dist")
}

/// The one npm package.
pub(crate) fn www() -> PathBuf {
    root().join("www")
}

/// Cargo's folder for native builds.
pub(crate) fn target() -> PathBuf {
    match std::env::var_os("CARGO_TARGET_DIR") {
        Some(dir) => root().join(dir),
        None => root().join("target"),
    }
}

/// Cargo's folder for wasm builds. It is apart because another Cargo may make them (see `setup::wasm`), and because
/// a wasm build then never waits for a native one.
pub(crate) fn wasm_target() -> PathBuf {
    target().join("wasm")
}

/// A program that `cargo build --release` made.
pub(crate) fn release_binary(name: &str) -> PathBuf {
    target()
        .join("release")
        .join(name)
        .with_extension(std::env::consts::EXE_EXTENSION)
}

/// Whether this is a run that nobody watches: there, what is missing fails instead of being skipped.
pub(crate) fn is_ci() -> bool {
    std::env::var_os("CI").is_some_and(|value| value == "true")
}

/// The root manifest.
pub(crate) fn manifest() -> Result<toml::Table> {
    let path = root().join("Cargo.toml");
    let text =
        std::fs::read_to_string(&path).with_context(|| format!("reading {}", path.display()))?;
    text.parse()
        .with_context(|| format!("parsing {}", path.display()))
}

/// The version that the root manifest pins for a dependency, without a leading `=`.
pub(crate) fn pinned_version(dependency: &str) -> Result<String> {
    let manifest = manifest()?;
    manifest
        .get("workspace")
        .and_then(|workspace| workspace.get("dependencies"))
        .and_then(|dependencies| dependencies.get(dependency))
        .and_then(|dependency| dependency.get("version").unwrap_or(dependency).as_str())
        .map(|version| version.trim_start_matches('=').to_owned())
        .with_context(|| {
            format!("Cargo.toml: no version of `{dependency}` under [workspace.dependencies]")
        })
}

/// A folder that is one test's own, below Cargo's; the test makes and removes it.
#[cfg(test)]
pub(crate) fn scratch(test: &str) -> PathBuf {
    target()
        .join("xtask")
        .join("tests")
        .join(format!("{test}-{}", std::process::id()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_of_wasm_bindgen_is_pinned_exactly() {
        let version = pinned_version("wasm-bindgen").unwrap();
        assert_eq!(version.split('.').count(), 3, "{version}");
        assert_eq!(version, pinned_version("wasm-bindgen-cli-support").unwrap());
    }

    #[test]
    fn an_unknown_dependency_is_an_error_that_names_it() {
        let error = pinned_version("no-such-crate").unwrap_err();
        assert!(error.to_string().contains("no-such-crate"), "{error}");
    }
}
