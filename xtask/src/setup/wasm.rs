//! A Rust that can build for `wasm32-unknown-unknown`, and the sources of its standard library.
//!
//! Two are known. Where `rustup` has the target and the sources, or can fetch them, the Cargo that runs xtask is used.
//! Debian packages no such target, but the compiler (`rustc-web`), the sources (`rust-web-src`) and the linker (`lld`),
//! from which Cargo builds the standard library along with the crate.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use anyhow::{Result, bail};

use super::apt;
use crate::process::{cargo, command, find_program, output, succeeds};
use crate::workspace;

const TARGET: &str = "wasm32-unknown-unknown";
const DEBIAN_PACKAGES: [&str; 4] = ["cargo-web", "rustc-web", "rust-web-src", "lld-19"];
const DEBIAN_CARGO: &str = "/usr/bin/cargo";
const DEBIAN_RUSTC: &str = "/usr/bin/rustc";

/// Which standard library a build takes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Std {
    /// As it comes with the compiler; built with default options where none does.
    Default,
    /// Built for size: every visitor of a shop downloads what is linked of it.
    Small,
}

/// A Cargo for the wasm target, and how to call it.
#[derive(Clone, Debug)]
pub(crate) enum WasmToolchain {
    /// The Cargo that runs xtask; its compiler has the target.
    Installed,
    /// Debian's Cargo and compiler, which build the standard library too.
    Debian {
        /// LLVM's linker for wasm.
        linker: PathBuf,
    },
}

impl WasmToolchain {
    /// The toolchain to use, installed if need be.
    ///
    /// # Errors
    /// When there is none and none can be had; the message says what to install.
    pub(crate) fn ensure() -> Result<&'static Self> {
        static FOUND: OnceLock<WasmToolchain> = OnceLock::new();
        if let Some(found) = FOUND.get() {
            return Ok(found);
        }
        let found = find_or_install()?;
        Ok(FOUND.get_or_init(|| found))
    }

    /// `cargo SUBCOMMAND` for the wasm target, with its own target folder.
    pub(crate) fn cargo(&self, subcommand: &str, std: Std) -> Command {
        let (mut command, comes_with_std) = match self {
            Self::Installed => (cargo(subcommand), true),
            Self::Debian { linker } => {
                let mut command = command(DEBIAN_CARGO);
                // This Cargo is not rustup's: what rustup and `cargo run` set for theirs would mix two compilers.
                for key in ["CARGO", "RUSTUP_TOOLCHAIN", "RUSTDOC", "LD_LIBRARY_PATH"] {
                    command.env_remove(key);
                }
                command
                    .env("RUSTC", DEBIAN_RUSTC)
                    .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", linker);
                command.arg(subcommand);
                (command, false)
            }
        };
        if std == Std::Small || !comes_with_std {
            // Building the standard library is an unstable feature of Cargo; this opens it in a stable one.
            command
                .env("RUSTC_BOOTSTRAP", "1")
                .arg("-Zbuild-std=std,panic_abort");
        }
        if std == Std::Small {
            command.arg("-Zbuild-std-features=optimize_for_size");
        }
        command
            .args(["--target", TARGET, "--target-dir"])
            .arg(workspace::wasm_target());
        command
    }

    /// Whether Clippy can look at code for the wasm target: Debian's compiler comes without it.
    pub(crate) fn has_clippy(&self) -> bool {
        matches!(self, Self::Installed)
    }
}

fn find_or_install() -> Result<WasmToolchain> {
    if is_complete() {
        return Ok(WasmToolchain::Installed);
    }
    if find_program(&["rustup"]).is_some() {
        eprintln!("set-up: rustup target add {TARGET}; rustup component add rust-src");
        let added = succeeds(command("rustup").args(["target", "add", TARGET]))
            && succeeds(command("rustup").args(["component", "add", "rust-src"]));
        if added && is_complete() {
            return Ok(WasmToolchain::Installed);
        }
        eprintln!("set-up: rustup can't fetch them; looking for Debian's compiler instead");
    }
    if let Some(debian) = find_debian() {
        return Ok(debian);
    }
    let installed = apt::install(&DEBIAN_PACKAGES);
    match find_debian() {
        Some(debian) => Ok(debian),
        None => {
            let reason = installed
                .err()
                .map(|error| format!(" ({error:#})"))
                .unwrap_or_default();
            bail!(
                "no Rust compiler for {TARGET}: run `rustup target add {TARGET}` and `rustup component add rust-src`, \
                 or on Debian `apt-get install {}`{reason}",
                DEBIAN_PACKAGES.join(" ")
            )
        }
    }
}

/// Whether the compiler of the Cargo that runs xtask has a standard library for the target, and its sources.
fn is_complete() -> bool {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let folder = output(command(&rustc).args(["--print", "target-libdir", "--target", TARGET]));
    folder.is_ok_and(|folder| Path::new(folder.trim()).is_dir())
        && has_sources(&mut command(&rustc))
}

/// Whether a compiler has the sources of the standard library where Cargo looks for them.
fn has_sources(rustc: &mut Command) -> bool {
    let sysroot = output(rustc.args(["--print", "sysroot"]));
    sysroot.is_ok_and(|sysroot| {
        Path::new(sysroot.trim())
            .join("lib/rustlib/src/rust/library/std/Cargo.toml")
            .exists()
    })
}

fn find_debian() -> Option<WasmToolchain> {
    let linker = find_program(&[
        "wasm-ld",
        "wasm-ld-19",
        "wasm-ld-20",
        "wasm-ld-21",
        "wasm-ld-22",
    ])?;
    let is_there = Path::new(DEBIAN_CARGO).exists()
        && has_sources(command(DEBIAN_RUSTC).env_remove("LD_LIBRARY_PATH"));
    is_there.then_some(WasmToolchain::Debian { linker })
}

#[cfg(test)]
mod tests {
    use std::ffi::OsStr;

    use super::*;

    #[test]
    fn debians_cargo_is_shielded_from_rustups_environment() {
        let toolchain = WasmToolchain::Debian {
            linker: PathBuf::from("/usr/bin/wasm-ld-19"),
        };
        let command = toolchain.cargo("build", Std::Default);
        let environment: Vec<_> = command.get_envs().collect();
        assert!(environment.contains(&(OsStr::new("RUSTUP_TOOLCHAIN"), None)));
        assert!(environment.contains(&(OsStr::new("RUSTC"), Some(OsStr::new(DEBIAN_RUSTC)))));
        assert_eq!(command.get_program(), DEBIAN_CARGO);
        assert!(
            command
                .get_args()
                .any(|argument| argument == "-Zbuild-std=std,panic_abort")
        );
    }

    #[test]
    fn the_standard_library_is_built_only_where_it_must_be() {
        let builds_std = |std| {
            let command = WasmToolchain::Installed.cargo("build", std);
            command
                .get_args()
                .any(|argument| argument == "-Zbuild-std=std,panic_abort")
        };
        assert!(builds_std(Std::Small) && !builds_std(Std::Default));
    }

    #[test]
    fn every_toolchain_builds_into_the_wasm_folder() {
        for toolchain in [
            WasmToolchain::Installed,
            WasmToolchain::Debian {
                linker: PathBuf::new(),
            },
        ] {
            let command = toolchain.cargo("check", Std::Small);
            assert_eq!(
                command.get_args().last(),
                Some(workspace::wasm_target().as_os_str())
            );
        }
    }
}
