//! Files: where they are, bundling by esbuild as a shop's own build would, and bytes after brotli.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

/// The folder `bench/browser`.
pub(crate) fn sources() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("browser")
}

/// The packages that are compared.
pub(crate) fn modules() -> PathBuf {
    sources().join("node_modules")
}

/// What `cargo xtask build` made.
pub(crate) fn dist() -> PathBuf {
    root().join("dist")
}

/// What this program makes: bundles, pages and data.
pub(crate) fn output() -> PathBuf {
    root().join("target").join("bench-browser")
}

fn root() -> PathBuf {
    let mut path = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    path.pop();
    path
}

/// Bundles and minifies one file of `bench/browser`, to a classic script or, as `"esm"`, to a module.
pub(crate) fn bundle(source: &str, format: &str, output: &Path) -> Result<()> {
    let esbuild = modules().join(".bin").join(if cfg!(windows) {
        "esbuild.cmd"
    } else {
        "esbuild"
    });
    let status = Command::new(esbuild)
        .current_dir(sources())
        .args([
            source,
            "--bundle",
            "--minify",
            "--target=es2022",
            "--log-level=error",
            "--external:/dist/*",
        ])
        .args([
            "--loader:.sql=text",
            "--define:process.env.NODE_ENV=\"production\"",
        ])
        .arg(format!("--format={format}"))
        .arg(format!("--outfile={}", output.display()))
        .status()
        .context("starting esbuild: run `npm ci` in bench/browser")?;
    if !status.success() {
        bail!("esbuild could not bundle {source} ({status})");
    }
    Ok(())
}

/// Prints the bytes of a file after brotli. Node's brotli is in C: the files of some peers are large.
const COMPRESS: &str = "const zlib = require('zlib');
    const content = require('fs').readFileSync(process.argv[1]);
    const { BROTLI_PARAM_QUALITY, BROTLI_PARAM_LGWIN } = zlib.constants;
    const params = { [BROTLI_PARAM_QUALITY]: 11, [BROTLI_PARAM_LGWIN]: 24 };
    process.stdout.write(String(zlib.brotliCompressSync(content, { params }).length));";

/// Bytes of a file after brotli at quality 11. The result for a large file is kept below `target/`, by its length.
pub(crate) fn brotli_bytes(path: &Path) -> Result<u64> {
    let content = std::fs::read(path).with_context(|| format!("reading {}", path.display()))?;
    let shipped = PathBuf::from(format!("{}.br", path.display()));
    if let Ok(data) = shipped.metadata() {
        return Ok(data.len());
    }
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let memo = output()
        .join("brotli")
        .join(format!("{name}-{}", content.len()));
    let is_large = content.len() > 1 << 20;
    if is_large && let Ok(text) = std::fs::read_to_string(&memo) {
        return text
            .parse()
            .with_context(|| format!("reading {}", memo.display()));
    }
    let length = Command::new("node")
        .args(["--eval", COMPRESS])
        .arg(path)
        .output()
        .context("starting Node")
        .and_then(|output| {
            String::from_utf8(output.stdout)?
                .parse()
                .context("compressing by Node")
        })
        .with_context(|| format!("compressing {}", path.display()))?;
    if is_large {
        std::fs::create_dir_all(output().join("brotli"))?;
        std::fs::write(&memo, u64::to_string(&length))?;
    }
    Ok(length)
}
