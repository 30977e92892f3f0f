//! Brotli at its highest quality, beside each file that a browser fetches.

use std::collections::BTreeMap;
use std::fs;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use anyhow::{Context, Result, bail};

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
    let mut open = Vec::new();
    for path in files(folder)? {
        if has_extension(&path, &["br"]) {
            if !path.with_extension("").exists() {
                fs::remove_file(&path).with_context(|| format!("removing {}", path.display()))?;
            }
        } else if has_extension(&path, &COMPRESSIBLE) && path.metadata()?.len() >= SMALLEST {
            open.push(path);
        }
    }
    // The largest take longest, and begin first.
    open.sort_by_key(|path| path.metadata().map_or(0, |data| data.len()));
    let open = Mutex::new(open);
    let next = || open.lock().ok()?.pop();
    let work = || std::iter::from_fn(next).try_for_each(|path| file(&path));
    std::thread::scope(|scope| {
        let n_threads = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
        let others: Vec<_> = (1..n_threads).map(|_| scope.spawn(work)).collect();
        others.into_iter().fold(work(), |done, other| {
            done.and(other.join().unwrap_or_else(|_| bail!("a thread panicked")))
        })
    })
}

/// Writes `NAME.br` beside a file.
fn file(path: &Path) -> Result<()> {
    let name = path.strip_prefix(workspace::dist()).unwrap_or(path);
    let content = fs::read(path).with_context(|| format!("reading {}", path.display()))?;
    let compressed = brotli(&name.to_string_lossy(), &content)?;
    let target = with_suffix(path, ".br");
    fs::write(&target, compressed).with_context(|| format!("writing {}", target.display()))
}

/// A file's content as brotli makes it at its highest quality; `name` is the file's path below `dist/`.
pub(crate) fn brotli(name: &str, content: &[u8]) -> Result<Vec<u8>> {
    memo(
        &format!("br/{name}"),
        &format!("q{QUALITY} w{WINDOW}"),
        content,
        || encode_once(content),
    )
}

/// [`encode`], done once for files of the same content: the dashboard has the analyzer's modules too.
fn encode_once(content: &[u8]) -> Result<Vec<u8>> {
    static DONE: Mutex<BTreeMap<Vec<u8>, Vec<u8>>> = Mutex::new(BTreeMap::new());
    let known = DONE.lock().ok().and_then(|done| done.get(content).cloned());
    if let Some(compressed) = known {
        return Ok(compressed);
    }
    let compressed = encode(content)?;
    if let Ok(mut done) = DONE.lock() {
        done.insert(content.to_owned(), compressed.clone());
    }
    Ok(compressed)
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
