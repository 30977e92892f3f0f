//! The real collector, as a process of its own, seen through its HTTP interface alone.

use std::process::Stdio;

use anyhow::{Context, Result, ensure};
use event::Event;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

use super::{SITE, variable};

/// A running collector with a data folder of its own, which serves the built pages.
pub(crate) struct Collector {
    process: Child,
    data: TempDir,
    /// Its address, such as `http://127.0.0.1:4750`.
    pub(crate) url: String,
}

impl Collector {
    /// Starts one on a free port with an empty folder.
    pub(crate) async fn start() -> Result<Self> {
        let data = tempfile::tempdir()?;
        let (process, url) = spawn(&data, "127.0.0.1:0", &[]).await?;
        Ok(Self { process, data, url })
    }

    /// Ends it as a power cut would: SIGKILL, no word of farewell.
    pub(crate) async fn kill(&mut self) -> Result<()> {
        self.process.kill().await.context("killing the collector")
    }

    /// Starts it again with the same folder and address.
    pub(crate) async fn restart(&mut self) -> Result<()> {
        self.restart_with(&[]).await
    }

    /// The same, with more options.
    pub(crate) async fn restart_with(&mut self, options: &[&str]) -> Result<()> {
        let listen = self.url.trim_start_matches("http://").to_owned();
        (self.process, self.url) = spawn(&self.data, &listen, options).await?;
        Ok(())
    }

    /// The same collector under another host name: for a browser another origin with storage of its own, so another
    /// visitor.
    pub(crate) fn other_origin(&self) -> String {
        self.url.replace("127.0.0.1", "localhost")
    }

    /// Every event of the demo site that the collector gives back, in the order in which the analyzer takes them.
    pub(crate) async fn events(&self) -> Result<Vec<Event>> {
        let url = format!("{}/v1/sites/{SITE}/events", self.url);
        let text = reqwest::get(url).await?.error_for_status()?.text().await?;
        let events: Result<Vec<Event>, _> = text.lines().map(serde_json::from_str).collect();
        let mut events = events.context("the export is not made of events")?;
        events.sort_by(|a, b| (a.ts, &a.tab, a.seq).cmp(&(b.ts, &b.tab, b.seq)));
        Ok(events)
    }

    /// The Parquet export of the demo site.
    pub(crate) async fn parquet(&self) -> Result<Vec<u8>> {
        let url = format!("{}/v1/sites/{SITE}/events?format=parquet", self.url);
        let file = reqwest::get(url).await?.error_for_status()?.bytes().await?;
        ensure!(
            file.starts_with(b"PAR1"),
            "the export is not a Parquet file"
        );
        Ok(file.into())
    }
}

async fn spawn(data: &TempDir, listen: &str, options: &[&str]) -> Result<(Child, String)> {
    let program = variable("DESIREPATH_COLLECTOR", "desirepath-collector");
    let mut process = Command::new(&program)
        .args(["--listen", listen, "--data"])
        .arg(data.path())
        .args(["--dist", &variable("DESIREPATH_DIST", "dist")])
        .args(options)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .with_context(|| format!("starting {program}"))?;
    let stdout = process
        .stdout
        .take()
        .context("the collector's output is a pipe")?;
    let line = BufReader::new(stdout)
        .lines()
        .next_line()
        .await?
        .unwrap_or_default();
    let url = line
        .strip_prefix("listening: ")
        .with_context(|| format!("the collector said {line:?}"))?;
    Ok((process, url.to_owned()))
}
