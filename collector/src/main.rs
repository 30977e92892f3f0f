//! Starts and stops the collector. Everything it does is in the library.

use std::future::Future;
use std::io::{IsTerminal, Write};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use axum::Router;
use clap::Parser;
use collector::AppState;
use collector::config::{Args, Config};
use collector::rate::RateLimits;
use collector::store::{Store, StoreOptions};
use tokio::net::TcpListener;

/// How long requests that are under way may take after the signal to stop.
const STOP_TIMEOUT: Duration = Duration::from_secs(10);

fn main() -> anyhow::Result<()> {
    tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .init();
    let config = Config::try_from(Args::parse())?;
    let (store, writer) = Store::open(&StoreOptions::new(&config.data))?;
    let runtime = tokio::runtime::Runtime::new().context("the runtime could not be started")?;
    let is_finished = runtime.block_on(serve(config, store))?;
    runtime.shutdown_background();
    if is_finished {
        writer.join();
    }
    Ok(())
}

/// Serves until the signal to stop; whether all requests were answered by then.
async fn serve(config: Config, store: Store) -> anyhow::Result<bool> {
    for (site, summary) in store.sites() {
        tracing::info!(site, events = summary.n_events, "found");
    }
    let state = AppState {
        sites: Arc::new(config.sites),
        rates: Arc::new(RateLimits::new(config.rates)),
        access: Arc::new(config.access),
        dist: config.dist,
        ..AppState::new(store)
    };
    let listener = TcpListener::bind(config.listen)
        .await
        .with_context(|| format!("--listen: {} can't be listened on", config.listen))?;
    announce(listener.local_addr()?)?;
    let stop = signal()?;
    Ok(run(listener, collector::app(state), stop).await?)
}

async fn run(
    listener: TcpListener,
    app: Router,
    stop: impl Future<Output = ()>,
) -> std::io::Result<bool> {
    let (stopping, stopped) = tokio::sync::oneshot::channel::<()>();
    let service = app.into_make_service_with_connect_info::<SocketAddr>();
    let server = axum::serve(listener, service).with_graceful_shutdown(async {
        // The sender is only ever dropped after it has sent.
        let _ = stopped.await;
    });
    let mut server = std::pin::pin!(server.into_future());
    tokio::select! {
        ended = &mut server => return ended.map(|()| true),
        () = stop => {}
    }
    tracing::info!("stopping");
    let _ = stopping.send(());
    match tokio::time::timeout(STOP_TIMEOUT, server).await {
        Ok(ended) => ended.map(|()| true),
        Err(_) => {
            tracing::warn!("requests that were still under way are broken off");
            Ok(false)
        }
    }
}

/// The one line on stdout, by which whoever started the collector learns that it is ready, and where.
#[allow(
    clippy::print_stdout,
    reason = "stdout is for the program that started this one"
)]
fn announce(address: SocketAddr) -> std::io::Result<()> {
    println!("listening: http://{address}");
    std::io::stdout().flush()
}

/// Completes when the process is asked to stop.
fn signal() -> std::io::Result<impl Future<Output = ()>> {
    #[cfg(unix)]
    let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
    #[cfg(unix)]
    let terminated = async move { terminate.recv().await };
    #[cfg(not(unix))]
    let terminated = std::future::pending::<Option<()>>();
    Ok(async move {
        tokio::select! {
            _ = tokio::signal::ctrl_c() => {}
            _ = terminated => {}
        }
    })
}
