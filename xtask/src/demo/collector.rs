//! The collector as a child process: started, asked where it listens, stopped cleanly.

use std::path::Path;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};
use tokio::time::timeout;

use crate::{process, workspace};

/// Opening the data folder again takes a while when it is large.
const START_LIMIT: Duration = Duration::from_secs(60);

/// The collector finishes the requests that it has begun.
const STOP_LIMIT: Duration = Duration::from_secs(15);

/// A running collector; killed when dropped.
pub(super) struct Collector {
    child: Child,
    address: String,
}

impl Collector {
    /// Starts the optimised collector on `dist/` and waits until it listens.
    ///
    /// # Errors
    /// When it can't be started, or ends or stays silent instead of listening.
    pub(super) async fn start(data: &Path, port: u16) -> Result<Self> {
        let mut command = process::command(workspace::release_binary("desirepath-collector"));
        command
            .arg("--data")
            .arg(data)
            .arg("--dist")
            .arg(workspace::dist());
        command
            .arg("--listen")
            .arg(format!("127.0.0.1:{port}"))
            .stdin(Stdio::null())
            .stdout(Stdio::piped());
        let mut command = Command::from(command);
        // In a group of its own: Ctrl-C in a terminal reaches xtask alone, which then stops the collector.
        #[cfg(unix)]
        command.process_group(0);
        let mut child = command
            .kill_on_drop(true)
            .spawn()
            .context("starting the collector")?;
        let output = child.stdout.take().context("reading from the collector")?;
        let mut lines = BufReader::new(output).lines();
        let line = timeout(START_LIMIT, lines.next_line())
            .await
            .context("the collector does not listen")?;
        let address = line?.as_deref().and_then(parse_address).map(str::to_owned);
        let Some(address) = address else {
            bail!("the collector did not say where it listens; its messages are above");
        };
        Ok(Self { child, address })
    }

    /// `http://127.0.0.1:PORT`
    pub(super) fn address(&self) -> &str {
        &self.address
    }

    /// Waits until it ends by itself.
    pub(super) async fn wait(&mut self) -> Result<ExitStatus> {
        self.child.wait().await.context("waiting for the collector")
    }

    /// Asks it to stop and waits until it has.
    ///
    /// # Errors
    /// When it has to be killed, or ends with an error.
    pub(super) async fn stop(mut self) -> Result<()> {
        eprintln!("stopping the collector");
        ask_to_stop(&mut self.child)?;
        match timeout(STOP_LIMIT, self.child.wait()).await {
            Ok(status) => {
                let status = status.context("waiting for the collector")?;
                if !status.success() {
                    bail!("the collector ended with an error ({status}); its messages are above");
                }
                Ok(())
            }
            Err(_) => {
                self.child.kill().await.context("killing the collector")?;
                bail!(
                    "the collector did not stop within {} s and was killed",
                    STOP_LIMIT.as_secs()
                );
            }
        }
    }
}

fn parse_address(line: &str) -> Option<&str> {
    line.trim()
        .strip_prefix("listening: ")
        .filter(|address| address.starts_with("http://"))
}

#[cfg(unix)]
fn ask_to_stop(child: &mut Child) -> Result<()> {
    let id = child
        .id()
        .and_then(|id| i32::try_from(id).ok())
        .and_then(rustix::process::Pid::from_raw);
    if let Some(id) = id {
        rustix::process::kill_process(id, rustix::process::Signal::TERM)
            .context("stopping the collector")?;
    }
    Ok(())
}

/// Windows has no signal for it; Ctrl-C has reached the collector already, since both share the console.
#[cfg(not(unix))]
fn ask_to_stop(_: &mut Child) -> Result<()> {
    Ok(())
}

/// Ends when somebody wants this program to stop: Ctrl-C, or a signal to end.
///
/// # Errors
/// When signals can't be caught.
#[cfg(unix)]
pub(super) fn interrupted() -> Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let mut hang_up = signal(SignalKind::hangup())?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
            _ = hang_up.recv() => {}
        }
    })
}

/// Ends when somebody wants this program to stop.
///
/// # Errors
/// When signals can't be caught.
#[cfg(not(unix))]
pub(super) fn interrupted() -> Result<impl Future<Output = ()>> {
    let mut interrupt = tokio::signal::windows::ctrl_c()?;
    Ok(async move {
        interrupt.recv().await;
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_is_read_from_the_line_that_says_it() {
        assert_eq!(
            parse_address("listening: http://127.0.0.1:4750\n"),
            Some("http://127.0.0.1:4750")
        );
        assert_eq!(parse_address("listening: nowhere"), None);
        assert_eq!(parse_address("error: the port is taken"), None);
    }
}
