//! `cargo xtask demo`: the whole product on this machine, from one command.
//!
//! Builds everything, starts the collector with its embedded store, which also serves the demo shop and the
//! dashboard, fills the site `sample` on the first start, and stops the collector when it is stopped itself. The
//! shop tracks into the site `demo`.

mod collector;
mod sample;

use std::net::TcpListener;
use std::path::PathBuf;

use anyhow::{Context, Result, bail};

use crate::process::{command, succeeds};
use crate::{build, workspace};
use collector::Collector;

/// Where the demo listens when `--port` is not given and nothing else listens there.
const DEFAULT_PORT: u16 = 4750;

/// How to show it.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Port to listen on [default: 4750, or a free one when that is taken]
    #[arg(long)]
    port: Option<u16>,
    /// Folder that keeps the collected events [default: target/demo-data]
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Don't open the browser
    #[arg(long)]
    no_open: bool,
}

/// Runs the demo until it is interrupted.
///
/// # Errors
/// When something can't be built, the port is taken, or the collector stops by itself.
pub(crate) fn run(options: &Options) -> Result<()> {
    // Before the build, which takes minutes on a new machine: a port that is taken is said at once.
    let port = choose_port(options.port)?;
    build::run(&build::Options::default())?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("starting the runtime")?;
    runtime.block_on(serve(options, port))
}

async fn serve(options: &Options, port: u16) -> Result<()> {
    let interrupted = collector::interrupted()?;
    let data = options
        .data
        .clone()
        .unwrap_or_else(|| workspace::target().join("demo-data"));
    let mut collector = Collector::start(&data, port).await?;
    let shown = async {
        sample::ensure(collector.address()).await?;
        announce(collector.address(), options);
        anyhow::Ok(())
    };
    tokio::pin!(interrupted);
    let result = tokio::select! {
        () = &mut interrupted => return collector.stop().await,
        shown = shown => shown,
    };
    if let Err(error) = result {
        collector.stop().await?;
        return Err(error);
    }
    tokio::select! {
        () = &mut interrupted => collector.stop().await,
        status = collector.wait() => bail!("the collector stopped by itself ({}); its messages are above", status?),
    }
}

/// Prints the two addresses that other programs wait for, and opens the browser.
#[allow(
    clippy::print_stdout,
    reason = "the addresses are this command's product"
)]
fn announce(address: &str, options: &Options) {
    let dashboard = format!("{address}/");
    println!("shop: {address}/shop/");
    println!("dashboard: {dashboard}");
    eprintln!("Ctrl-C stops the demo; its data stays for the next start.");
    if !options.no_open && has_display() && !open(&dashboard) {
        eprintln!("no browser could be opened: open one of the addresses yourself");
    }
}

/// The port asked for, or the usual one, or any free one.
fn choose_port(wanted: Option<u16>) -> Result<u16> {
    let is_free = |port: u16| TcpListener::bind(("127.0.0.1", port)).is_ok();
    match wanted {
        Some(port) if is_free(port) => Ok(port),
        Some(port) => bail!(
            "port {port} is taken (by another demo?): stop what listens there, choose another with `--port N`, or \
             leave `--port` out to get a free one"
        ),
        None if is_free(DEFAULT_PORT) => Ok(DEFAULT_PORT),
        None => {
            eprintln!("port {DEFAULT_PORT} is taken (by another demo?); taking a free one");
            Ok(0)
        }
    }
}

/// Whether a browser window would be seen by anyone.
fn has_display() -> bool {
    let is_set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    let has_screen =
        cfg!(any(windows, target_os = "macos")) || is_set("DISPLAY") || is_set("WAYLAND_DISPLAY");
    has_screen && !workspace::is_ci()
}

fn open(address: &str) -> bool {
    if cfg!(windows) {
        succeeds(command("cmd").args(["/C", "start", "", address]))
    } else if cfg!(target_os = "macos") {
        succeeds(command("open").arg(address))
    } else {
        succeeds(command("xdg-open").arg(address))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_that_is_taken_is_refused_with_a_way_out() {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let error = choose_port(Some(port)).unwrap_err().to_string();
        assert!(
            error.contains(&format!("port {port} is taken")) && error.contains("--port"),
            "{error}"
        );
        drop(listener);
        assert_eq!(choose_port(Some(port)).unwrap(), port);
    }
}
