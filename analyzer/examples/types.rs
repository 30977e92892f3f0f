//! Writes the TypeScript types and the JSON schemas of every config and report into a folder: `cargo xtask types`
//! calls it.
//!
//! `cargo run -p desirepath-analyzer --features ts --example types -- FOLDER`

#[cfg(feature = "ts")]
fn main() -> Result<(), Box<dyn std::error::Error>> {
    use std::path::Path;

    use analyzer::analysis::{Report, Request};
    use analyzer::dataset::Summary;
    use analyzer::ingest::{ImportOptions, Inspection, Progress, Rejections};
    use schemars::{JsonSchema, generate::SchemaSettings};
    use ts_rs::{Config, TS};

    /// Writes a schema of draft 2020-12.
    fn write<T: JsonSchema>(settings: SchemaSettings, path: &Path) -> std::io::Result<()> {
        let schema = settings.into_generator().into_root_schema_for::<T>();
        std::fs::write(path, format!("{:#}\n", schema.to_value()))
    }

    let folder = std::env::args()
        .nth(1)
        .ok_or("give the folder to write to")?;
    // Times and counts are safe integers, so JavaScript's own numbers hold them exactly.
    let folder = Path::new(&folder);
    let config = Config::new()
        .with_out_dir(folder.join("types"))
        .with_large_int("number");
    Request::export_all(&config)?;
    Report::export_all(&config)?;
    Summary::export_all(&config)?;
    ImportOptions::export_all(&config)?;
    Inspection::export_all(&config)?;
    Progress::export_all(&config)?;
    Rejections::export_all(&config)?;

    let folder = folder.join("schema");
    std::fs::create_dir_all(&folder)?;
    let read = SchemaSettings::default();
    let written = SchemaSettings::default().for_serialize();
    write::<Request>(read.clone(), &folder.join("request.json"))?;
    write::<ImportOptions>(read, &folder.join("import-options.json"))?;
    write::<Report>(written, &folder.join("report.json"))?;
    Ok(())
}

#[cfg(not(feature = "ts"))]
fn main() {
    eprintln!("build with `--features ts`");
    std::process::exit(2);
}
