//! Programs that Cargo builds from their published sources: the wasm test runner and Firefox's WebDriver.
//!
//! One on the PATH is taken if its version fits. Otherwise it is built once into a cache folder of the user, where
//! other clones find it too and nothing that the user installed is replaced.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::process::{cargo, command, find_program, output, run};
use crate::workspace;

/// The runner of wasm tests. Its version must be exactly that of the wasm-bindgen crate.
pub(crate) fn ensure_wasm_test_runner() -> Result<PathBuf> {
    let version = workspace::pinned_version("wasm-bindgen")?;
    let tool = Tool {
        program: "wasm-bindgen-test-runner",
        package: "wasm-bindgen-cli",
        version: Some(version),
    };
    tool.find().map_or_else(|| tool.install(), Ok)
}

/// Firefox's WebDriver, if it is there.
pub(crate) fn find_geckodriver() -> Option<PathBuf> {
    GECKODRIVER.find()
}

/// Firefox's WebDriver, built if need be.
pub(crate) fn ensure_geckodriver() -> Result<PathBuf> {
    GECKODRIVER.find().map_or_else(|| GECKODRIVER.install(), Ok)
}

/// Any version drives the Firefoxes of today.
const GECKODRIVER: Tool = Tool {
    program: "geckodriver",
    package: "geckodriver",
    version: None,
};

/// A program in a published package.
struct Tool {
    program: &'static str,
    package: &'static str,
    /// The only version that will do, where not all do.
    version: Option<String>,
}

impl Tool {
    fn find(&self) -> Option<PathBuf> {
        let candidates = [find_program(&[self.program]), self.cached().ok()];
        candidates
            .into_iter()
            .flatten()
            .find(|program| has_version(program, self.version.as_deref()))
    }

    fn install(&self) -> Result<PathBuf> {
        let Self {
            program,
            package,
            version,
        } = self;
        eprintln!("set-up: cargo install {package} (once, some minutes)");
        let mut install = cargo("install");
        install
            .args(["--force", "--quiet", package, "--root"])
            .arg(folder()?);
        // Built beside our own code, so that an interrupted installation goes on where it stopped.
        install
            .arg("--target-dir")
            .arg(workspace::target().join("tools"));
        if let Some(version) = version {
            install.args(["--version", version]);
        }
        run(&mut install)
            .with_context(|| format!("install {program} with `cargo install {package}`"))?;
        self.cached()
    }

    fn cached(&self) -> Result<PathBuf> {
        Ok(folder()?
            .join("bin")
            .join(self.program)
            .with_extension(std::env::consts::EXE_EXTENSION))
    }
}

fn has_version(program: &Path, version: Option<&str>) -> bool {
    let Ok(text) = output(command(program).arg("--version")) else {
        return false;
    };
    version.is_none_or(|version| text.split_whitespace().any(|word| word == version))
}

/// Where our tools are kept: `desirepath/tools` in the user's cache folder.
fn folder() -> Result<PathBuf> {
    let variable = |name: &str| {
        std::env::var_os(name)
            .filter(|value| !value.is_empty())
            .map(PathBuf::from)
    };
    let cache = if cfg!(windows) {
        variable("LOCALAPPDATA")
    } else if cfg!(target_os = "macos") {
        variable("HOME").map(|home| home.join("Library/Caches"))
    } else {
        variable("XDG_CACHE_HOME").or_else(|| variable("HOME").map(|home| home.join(".cache")))
    };
    let cache = cache.context("no folder for caches: set XDG_CACHE_HOME")?;
    Ok(cache.join("desirepath").join("tools"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_version_is_not_taken_for_the_right_one() {
        // Any program whose version is known will do; Cargo is always there.
        let cargo = PathBuf::from(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        let text = output(command(&cargo).arg("--version")).unwrap();
        let version = text.split_whitespace().nth(1).unwrap();
        assert!(has_version(&cargo, Some(version)));
        assert!(has_version(&cargo, None));
        assert!(!has_version(&cargo, Some("0.0.1")));
        assert!(!has_version(Path::new("/no/such/program"), None));
    }
}
