//! `cargo xtask test`: runs the steps of [`ci`], names each with its time, and sums up.

use std::time::{Duration, Instant};

use anyhow::{Result, bail};

use crate::ci::{self, Context, Step};
use crate::workspace;

/// Which steps to run.
#[derive(clap::Args, Default)]
pub(crate) struct Options {
    /// Run only these steps (set-up always runs)
    #[arg(long, value_name = "STEP", value_parser = step_name, conflicts_with = "skip")]
    only: Vec<String>,
    /// Leave out these steps
    #[arg(long, value_name = "STEP", value_parser = step_name)]
    skip: Vec<String>,
}

impl Options {
    fn includes(&self, step: &str) -> bool {
        step == "setup"
            || !self.skip.iter().any(|name| name == step)
                && (self.only.is_empty() || self.only.iter().any(|name| name == step))
    }
}

/// Runs the steps; what is missing on this machine is skipped, except with `CI=true`.
///
/// # Errors
/// When a step fails. The other steps that don't need it still run.
pub(crate) fn run(options: &Options) -> Result<()> {
    run_steps(options, workspace::is_ci())
}

/// Runs the steps that the options include. When `strict`, what is missing on this machine is a failure.
///
/// # Errors
/// As [`run`].
#[allow(
    clippy::print_stdout,
    reason = "the count of tests is this command's product"
)]
pub(crate) fn run_steps(options: &Options, strict: bool) -> Result<()> {
    let mut context = Context {
        strict,
        browsers: Vec::new(),
        php: None,
        tally: Tally::default(),
        skipped: Vec::new(),
    };
    let mut results = Vec::new();
    for step in ci::STEPS.iter().filter(|step| options.includes(step.name)) {
        let result = run_step(step, &results, &mut context);
        results.push(result);
    }
    eprintln!("\n{}", table(&results));
    for reason in &context.skipped {
        eprintln!("SKIPPED: {reason}");
    }
    if context.tally.n_tests() > 0 {
        println!("{}", context.tally);
    }
    let failed: Vec<_> = results
        .iter()
        .filter(|result| !result.outcome.is_success())
        .map(|result| result.name)
        .collect();
    if !failed.is_empty() {
        bail!("failed: {}", failed.join(", "));
    }
    Ok(())
}

fn run_step(step: &Step, before: &[StepResult], context: &mut Context) -> StepResult {
    let failed = |name: &&&str| {
        before
            .iter()
            .any(|result| result.name == **name && !result.outcome.is_success())
    };
    if let Some(missing) = step.needs.iter().find(failed) {
        return StepResult {
            name: step.name,
            outcome: Outcome::NotRun(missing),
            time: Duration::ZERO,
        };
    }
    eprintln!("\n== {} ==", step.name);
    let start = Instant::now();
    let result = (step.run)(context);
    let time = start.elapsed();
    let outcome = match result {
        Ok(()) => Outcome::Passed,
        Err(error) => {
            eprintln!("error: {error:#}");
            Outcome::Failed
        }
    };
    eprintln!(
        "== {}: {} in {:.1} s ==",
        step.name,
        outcome.word(),
        time.as_secs_f64()
    );
    StepResult {
        name: step.name,
        outcome,
        time,
    }
}

struct StepResult {
    name: &'static str,
    outcome: Outcome,
    time: Duration,
}

enum Outcome {
    Passed,
    Failed,
    /// The step that it needs did not succeed.
    NotRun(&'static str),
}

impl Outcome {
    fn is_success(&self) -> bool {
        matches!(self, Self::Passed)
    }

    fn word(&self) -> String {
        match self {
            Self::Passed => "passed".to_owned(),
            Self::Failed => "FAILED".to_owned(),
            Self::NotRun(missing) => format!("not run, since it needs `{missing}`"),
        }
    }
}

fn table(results: &[StepResult]) -> String {
    let line = |StepResult {
                    name,
                    outcome,
                    time,
                }: &StepResult| {
        format!(
            "{name:<12} {:>7.1} s  {}",
            time.as_secs_f64(),
            outcome.word()
        )
    };
    let sum = results
        .iter()
        .map(|result| result.time)
        .sum::<Duration>()
        .as_secs_f64();
    let mut lines: Vec<_> = results.iter().map(line).collect();
    lines.push(format!("{:<12} {sum:>7.1} s", "all"));
    lines.join("\n")
}

fn step_name(name: &str) -> Result<String, String> {
    let names: Vec<_> = ci::STEPS.iter().map(|step| step.name).collect();
    if names.contains(&name) {
        Ok(name.to_owned())
    } else {
        Err(format!("the steps are {}", names.join(", ")))
    }
}

/// Tests counted from the closing lines of test programs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    n_passed: u64,
    n_failed: u64,
}

impl Tally {
    /// Takes one line of output in; only `test result: ok. 3 passed; 0 failed; …` counts, and `# pass 3` and `# fail 0`, as
    /// Node closes its tests.
    pub(crate) fn read(&mut self, line: &str) {
        let line = line.trim();
        if let Some((outcome, n)) = line
            .strip_prefix("# ")
            .and_then(|rest| rest.split_once(' '))
        {
            match outcome {
                "pass" => self.n_passed += n.parse().unwrap_or(0),
                "fail" => self.n_failed += n.parse().unwrap_or(0),
                _ => {}
            }
        }
        let Some((_, counts)) = line
            .strip_prefix("test result: ")
            .and_then(|rest| rest.split_once(". "))
        else {
            return;
        };
        for count in counts.split("; ") {
            match count.split_once(' ') {
                Some((n, "passed")) => self.n_passed += n.parse().unwrap_or(0),
                Some((n, "failed")) => self.n_failed += n.parse().unwrap_or(0),
                _ => {}
            }
        }
    }

    fn n_tests(self) -> u64 {
        self.n_passed + self.n_failed
    }
}

impl std::fmt::Display for Tally {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} passed, {} failed", self.n_passed, self.n_failed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn context() -> Context {
        Context {
            strict: false,
            browsers: Vec::new(),
            php: None,
            tally: Tally::default(),
            skipped: Vec::new(),
        }
    }

    #[test]
    fn closing_lines_are_counted_and_nothing_else() {
        let mut tally = Tally::default();
        for line in [
            "running 3 tests",
            "test result: ok. 3 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s",
            "test a ... ok",
            "test result: FAILED. 1 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s",
            "12 passed, 5 failed",
            "# pass 10",
            "# fail 1",
            "# duration_ms 7",
        ] {
            tally.read(line);
        }
        assert_eq!(tally.to_string(), "14 passed, 3 failed");
    }

    #[test]
    fn a_step_whose_need_failed_does_not_run() {
        let step = Step {
            name: "b",
            needs: &["a"],
            run: |_| panic!("must not run"),
        };
        let before = [StepResult {
            name: "a",
            outcome: Outcome::Failed,
            time: Duration::ZERO,
        }];
        let result = run_step(&step, &before, &mut context());
        assert_eq!(result.outcome.word(), "not run, since it needs `a`");
    }

    #[test]
    fn an_error_fails_the_step() {
        let step = Step {
            name: "a",
            needs: &[],
            run: |_| bail!("no"),
        };
        assert!(!run_step(&step, &[], &mut context()).outcome.is_success());
    }

    #[test]
    fn needs_name_steps_that_run_before() {
        for (position, step) in ci::STEPS.iter().enumerate() {
            for need in step.needs {
                assert!(
                    ci::STEPS[..position]
                        .iter()
                        .any(|before| before.name == *need),
                    "{} {need}",
                    step.name
                );
            }
        }
    }

    #[test]
    fn only_and_skip_choose_steps_and_unknown_ones_are_refused() {
        let only = Options {
            only: vec!["unit".into()],
            skip: vec![],
        };
        assert!(only.includes("unit") && only.includes("setup") && !only.includes("e2e"));
        let skip = Options {
            only: vec![],
            skip: vec!["e2e".into()],
        };
        assert!(skip.includes("unit") && !skip.includes("e2e"));
        assert!(step_name("e3e").unwrap_err().contains("e2e"));
    }
}
