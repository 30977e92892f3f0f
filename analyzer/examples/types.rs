//! Writes the TypeScript types of every config and report into a folder: `cargo xtask types` calls it.
//!
//! `cargo run -p desirepath-analyzer --features ts --example types -- FOLDER`

#[cfg(feature = "ts")]
fn main() -> Result<(), Box<dyn std::error::Error>> {
    use analyzer::analysis::{Report, Request};
    use analyzer::dataset::Summary;
    use analyzer::ingest::{ImportOptions, Inspection, Progress, Rejections};
    use ts_rs::{Config, TS};

    let folder = std::env::args()
        .nth(1)
        .ok_or("give the folder to write to")?;
    // Times and counts are safe integers, so JavaScript's own numbers hold them exactly.
    let config = Config::new().with_out_dir(folder).with_large_int("number");
    Request::export_all(&config)?;
    Report::export_all(&config)?;
    Summary::export_all(&config)?;
    ImportOptions::export_all(&config)?;
    Inspection::export_all(&config)?;
    Progress::export_all(&config)?;
    Rejections::export_all(&config)?;
    Ok(())
}

#[cfg(not(feature = "ts"))]
fn main() {
    eprintln!("build with `--features ts`");
    std::process::exit(2);
}
