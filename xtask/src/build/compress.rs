//! Brotli at its highest quality, beside each file that a browser fetches.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use super::memo::memo;
use crate::workspace;

/// Ends of the names of files that shrink. Pictures and fonts are compressed already.
const COMPRESSIBLE: [&str; 8] = ["js", "css", "html", "svg", "json", "wasm", "txt", "xml"];

/// Smaller files would travel in the same packet anyway.
const SMALLEST: u64 = 256;

const QUALITY: i32 = 11;
const WINDOW: i32 = 22;

/// Writes `NAME.br` beside each compressible file in a folder and the folders in it, and removes those whose file is
/// gone.
pub(super) fn folder(folder: &Path) -> Result<()> {
    for path in files(folder)? {
        if has_extension(&path, &["br"]) {
            if !path.with_extension("").exists() {
                fs::remove_file(&path).with_context(|| format!("removing {}", path.display()))?;
            }
            continue;
        }
        if !has_extension(&path, &COMPRESSIBLE) || path.metadata()?.len() < SMALLEST {
            continue;
        }
        let name = path.strip_prefix(workspace::dist()).unwrap_or(&path);
        let content = fs::read(&path).with_context(|| format!("reading {}", path.display()))?;
        let compressed = brotli(&name.to_string_lossy(), &content)?;
        let target = with_suffix(&path, ".br");
        fs::write(&target, compressed).with_context(|| format!("writing {}", target.display()))?;
    }
    Ok(())
}

/// A file's content as brotli makes it at its highest quality; `name` is the file's path below `dist/`.
pub(crate) fn brotli(name: &str, content: &[u8]) -> Result<Vec<u8>> {
    memo(
        &format!("br/{name}"),
        &format!("q{QUALITY} w{WINDOW}"),
        content,
        || encode(content),
    )
}

fn encode(content: &[u8]) -> Result<Vec<u8>> {
    let parameters = ::brotli::enc::BrotliEncoderParams {
        quality: QUALITY,
        lgwin: WINDOW,
        size_hint: content.len(),
        ..Default::default()
    };
    let mut compressed = Vec::new();
    ::brotli::BrotliCompress(&mut &content[..], &mut compressed, &parameters)
        .context("compressing with brotli")?;
    Ok(compressed)
}

/// All files in a folder and the folders in it, in the order of their paths.
pub(crate) fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in
            fs::read_dir(&folder).with_context(|| format!("reading {}", folder.display()))?
        {
            let path = entry?.path();
            if path.is_dir() {
                open.push(path);
            } else {
                found.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}

fn has_extension(path: &Path, extensions: &[&str]) -> bool {
    path.extension()
        .and_then(|end| end.to_str())
        .is_some_and(|end| extensions.contains(&end))
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_compressed_comes_back() {
        let content: Vec<u8> = (0..100_000_u32)
            .flat_map(|n| (n / 7).to_le_bytes())
            .collect();
        let compressed = encode(&content).unwrap();
        assert!(compressed.len() < content.len() / 4, "{}", compressed.len());
        let mut back = Vec::new();
        ::brotli::BrotliDecompress(&mut &compressed[..], &mut back).unwrap();
        assert!(back == content);
    }

    #[test]
    fn only_what_shrinks_is_compressed() {
        assert!(has_extension(Path::new("a/engine_bg.wasm"), &COMPRESSIBLE));
        assert!(!has_extension(Path::new("a/font.woff2"), &COMPRESSIBLE));
        assert!(!has_extension(Path::new("a/engine.d.ts"), &COMPRESSIBLE));
    }
}
