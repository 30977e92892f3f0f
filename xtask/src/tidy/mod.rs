//! `cargo xtask bench`.

/// Options.
#[derive(clap::Args, Default)]
pub(crate) struct Options {}

pub(crate) fn run(_: &Options) -> anyhow::Result<()> {
    anyhow::bail!("not there yet")
}
