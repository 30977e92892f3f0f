//! The list of steps that a change must pass, and the context that they share.
//!
//! `cargo xtask test` runs this list, and so does `cargo xtask ci`, except that there nothing may be skipped. A step
//! is one function below; what it calls can also be run by itself.

use std::path::PathBuf;
use std::process::Stdio;

use anyhow::{Result, bail};

use crate::process::{self, cargo, command, run as run_command};
use crate::setup::browsers::{self, Browser, Engine};
use crate::setup::wasm::{Std, WasmToolchain};
use crate::setup::{cargo_tools, node, php};
use crate::test::Tally;
use crate::{build, size, test, tidy, types, workspace};

/// The packages that run in a browser.
const WASM_PACKAGES: [&str; 4] = [
    "--package",
    "desirepath-sdk",
    "--package",
    "desirepath-analyzer-wasm",
];

/// Runs every step, and fails where something is missing on this machine.
///
/// # Errors
/// When a step fails.
pub(crate) fn run() -> Result<()> {
    test::run_steps(&test::Options::default(), true)
}

/// One step of the list.
pub(crate) struct Step {
    /// The name for `--only`, `--skip` and the table.
    pub(crate) name: &'static str,
    /// Steps without whose success this one can't say anything.
    pub(crate) needs: &'static [&'static str],
    /// What it does.
    pub(crate) run: fn(&mut Context) -> Result<()>,
}

/// What steps share.
pub(crate) struct Context {
    /// Whether what is missing on this machine is a failure.
    pub(crate) strict: bool,
    /// The browsers that the set-up found.
    pub(crate) browsers: Vec<Browser>,
    /// PHP, where it is.
    pub(crate) php: Option<PathBuf>,
    /// The tests that ran.
    pub(crate) tally: Tally,
    /// What was left out, and why.
    pub(crate) skipped: Vec<String>,
}

/// All steps, the quick ones first.
pub(crate) const STEPS: [Step; 11] = [
    Step {
        name: "setup",
        needs: &[],
        run: setup,
    },
    Step {
        name: "format",
        needs: &[],
        run: format,
    },
    Step {
        name: "clippy",
        needs: &[],
        run: clippy,
    },
    Step {
        name: "clippy-wasm",
        needs: &["setup"],
        run: clippy_wasm,
    },
    Step {
        name: "tidy",
        needs: &["setup"],
        run: |_| tidy::run(&tidy::Options::default()),
    },
    Step {
        name: "unit",
        needs: &[],
        run: unit,
    },
    Step {
        name: "wasm",
        needs: &["setup"],
        run: wasm,
    },
    Step {
        name: "build",
        needs: &["setup"],
        run: |_| build::run(&build::Options::default()),
    },
    Step {
        name: "www",
        needs: &["build"],
        run: www,
    },
    Step {
        name: "size",
        needs: &["build"],
        run: |_| size::run(&size::Options::default()),
    },
    Step {
        name: "e2e",
        needs: &["build"],
        run: end_to_end,
    },
];

/// Node's packages, a compiler for wasm, the runner of wasm tests, the browsers, PHP.
fn setup(context: &mut Context) -> Result<()> {
    node::ensure_modules()?;
    WasmToolchain::ensure()?;
    cargo_tools::ensure_wasm_test_runner()?;
    let (browsers, mut missing) = browsers::ensure_all();
    context.browsers = browsers;
    match php::ensure() {
        Ok(php) => context.php = Some(php),
        Err(error) => missing.push(format!("{error:#}")),
    }
    context.leave_out(missing)
}

fn format(_: &mut Context) -> Result<()> {
    run_command(cargo("fmt").args(["--all", "--check"]))
}

fn clippy(_: &mut Context) -> Result<()> {
    // Cargo leaves out of "all" what `cargo test` does not run by itself.
    for targets in [&["--all-targets"][..], &["--test", "e2e"]] {
        let mut clippy = cargo("clippy");
        clippy.arg("--workspace").args(targets);
        run_command(clippy.args(["--", "-D", "warnings"]))?;
    }
    Ok(())
}

/// The code that only a browser runs: Clippy where the compiler for wasm has it, else the compiler's own warnings.
fn clippy_wasm(context: &mut Context) -> Result<()> {
    let toolchain = WasmToolchain::ensure()?;
    if toolchain.has_clippy() {
        let mut clippy = toolchain.cargo("clippy", Std::Default);
        return run_command(
            clippy
                .args(WASM_PACKAGES)
                .args(["--tests", "--", "-D", "warnings"]),
        );
    }
    context.skipped.push(
        "Clippy on the code for wasm: Debian's compiler for wasm comes without it".to_owned(),
    );
    let mut check = toolchain.cargo("check", Std::Default);
    run_command(
        check
            .args(WASM_PACKAGES)
            .arg("--tests")
            .env("CARGO_ENCODED_RUSTFLAGS", "-Dwarnings"),
    )
}

/// Unit and property tests of every crate, natively.
fn unit(context: &mut Context) -> Result<()> {
    let mut tests = cargo("test");
    tests.args(types::FEATURES).arg("--no-fail-fast");
    context.count(&mut tests)
}

/// The tests of the wasm crates, in Node, or in a headless Chromium where a file of tests asks for a browser.
fn wasm(context: &mut Context) -> Result<()> {
    let mut tests = WasmToolchain::ensure()?.cargo("test", Std::Default);
    tests
        .args(WASM_PACKAGES)
        .args(["--tests", "--no-fail-fast"]);
    tests.env(
        "CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER",
        cargo_tools::ensure_wasm_test_runner()?,
    );
    if let Some(chromium) = context
        .browsers
        .iter()
        .find(|browser| browser.engine == Engine::Chromium)
    {
        tests.env("CHROMEDRIVER", chromium.driver());
    }
    context.count(&mut tests)
}

/// Types, lints and format of the TypeScript: of the pages, against the glue that the build made, of the tracker, of the benchmarks.
/// Then the tests of what needs no browser.
fn www(context: &mut Context) -> Result<()> {
    let npm = |script| {
        let mut npm = command(node::npm_program("npm"));
        npm.current_dir(workspace::www())
            .args(["run", "--silent", script])
            .stdin(Stdio::null());
        npm
    };
    run_command(npm("check").stdout(std::io::stderr()))?;
    context.count(&mut npm("test"))
}

/// A person's walk through the shop and the dashboard, in every browser that this machine has.
fn end_to_end(context: &mut Context) -> Result<()> {
    if context.browsers.is_empty() {
        bail!("no browser to test in: run the step `setup` and see what it says");
    }
    let names: Vec<_> = context
        .browsers
        .iter()
        .map(|browser| browser.engine.name())
        .collect();
    let mut tests = cargo("test");
    tests.args(types::FEATURES).args(["--test", "e2e"]);
    tests
        .env("DESIREPATH_DIST", workspace::dist())
        .env(
            "DESIREPATH_COLLECTOR",
            workspace::release_binary("desirepath-collector"),
        )
        .env("DESIREPATH_BROWSERS", names.join(","));
    for browser in &context.browsers {
        browser.describe_to(&mut tests);
    }
    if let Some(php) = &context.php {
        tests.env("DESIREPATH_PHP", php);
    }
    context.count(&mut tests)
}

impl Context {
    /// Notes what is missing, loudly; a failure when nothing may be.
    fn leave_out(&mut self, missing: Vec<String>) -> Result<()> {
        if self.strict && !missing.is_empty() {
            bail!("{}", missing.join("; "));
        }
        for reason in missing {
            eprintln!("SKIPPED: {reason}");
            self.skipped.push(reason);
        }
        Ok(())
    }

    /// Runs tests and counts them.
    fn count(&mut self, tests: &mut std::process::Command) -> Result<()> {
        let tally = &mut self.tally;
        process::run_watching(tests, |line| tally.read(line))
    }
}
