//! The analyzer as an npm package: client, elements, workers, wasm and types.
//!
//! ```text
//! dist/npm-analyzer/index.js     the client; elements.js: the elements; chunk-*.js: what they share, the diagrams
//! dist/npm-analyzer/worker.js    and decoder.js: the workers, each whole in one file, so that it may be copied as it is
//! dist/npm-analyzer/*.wasm       what the workers load
//! dist/npm-analyzer/types/       the types of all of it
//! ```

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde_json::Value;

use super::{compress, copy, web};
use crate::process::run;
use crate::setup::node;
use crate::workspace;

/// The modules that the workers load.
const WASM: [&str; 3] = ["engine_bg.wasm", "parquet_bg.wasm", "arrow_bg.wasm"];

/// What a shop's bundle has once, whoever else needs it.
const EXTERNAL: [&str; 2] = ["echarts", "lit"];

/// Builds the package from `www` and from the analyzer's modules, which must be in `dist/analyzer`.
pub(super) fn build() -> Result<()> {
    let package = workspace::dist().join("npm-analyzer");
    if package.exists() {
        fs::remove_dir_all(&package).with_context(|| format!("removing {}", package.display()))?;
    }
    scripts(&package)?;
    for name in WASM {
        copy(&workspace::dist().join("analyzer").join(name), &package)?;
    }
    types(&package.join("types"))?;
    copy(&source("README.md"), &package)?;
    for licence in ["LICENSE-MIT", "LICENSE-APACHE"] {
        copy(&workspace::root().join(licence), &package)?;
    }
    // The one library that lies in the scripts; whoever hands it on has to hand on its notice.
    let notice = workspace::www().join("node_modules/@zip.js/zip.js/LICENSE");
    fs::copy(&notice, package.join("LICENSE-zip.js"))
        .with_context(|| format!("copying {}", notice.display()))?;
    fs::write(package.join("package.json"), manifest()?).context("writing package.json")
}

fn scripts(package: &Path) -> Result<()> {
    let folder = format!("--outdir={}", package.display());
    let common = [
        "--bundle",
        "--minify",
        "--format=esm",
        "--target=es2022",
        "--log-level=warning",
        "--loader:.css=text",
        "--alias:@files=./npm/files.ts",
        &folder,
    ];
    let external: Vec<String> = EXTERNAL
        .iter()
        .flat_map(|name| [format!("--external:{name}"), format!("--external:{name}/*")])
        .collect();
    let mut page = vec![
        "index=npm/index.ts",
        "elements=src/elements/index.ts",
        "--splitting",
        "--chunk-names=chunk-[hash]",
    ];
    page.extend(external.iter().map(String::as_str));
    let workers = vec!["src/client/worker.ts", "src/client/decoder.ts"];
    for mut arguments in [page, workers] {
        arguments.extend(common);
        web::esbuild(&arguments, None)?;
    }
    Ok(())
}

/// Writes the types, whose imports name whole files, as Node wants it.
fn types(folder: &Path) -> Result<()> {
    let mut typescript = node::tool("tsc");
    typescript.arg("--project").arg(source("tsconfig.json"));
    run(typescript.arg("--outDir").arg(folder))?;
    for file in compress::files(folder)? {
        let text =
            fs::read_to_string(&file).with_context(|| format!("reading {}", file.display()))?;
        let within = file.parent().context("a file is in a folder")?;
        fs::write(
            &file,
            with_endings(&text, |path| within.join(path).is_dir()),
        )
        .with_context(|| format!("writing {}", file.display()))?;
    }
    Ok(())
}

/// A text of TypeScript in which every import of a file beside it, or of a folder, names the file.
fn with_endings(text: &str, is_folder: impl Fn(&str) -> bool) -> String {
    let mut whole = String::with_capacity(text.len());
    let mut before = "";
    for (index, part) in text.split('"').enumerate() {
        let is_path =
            part.starts_with('.') && (before.ends_with("from ") || before.ends_with("import("));
        if index > 0 {
            whole.push('"');
        }
        whole.push_str(part);
        if is_path {
            whole.push_str(if is_folder(part) { "/index.js" } else { ".js" });
        }
        before = part;
    }
    whole
}

/// The package's manifest, with this version, and with the dependencies that `www` has.
fn manifest() -> Result<String> {
    let read = |path: PathBuf| {
        fs::read_to_string(&path).with_context(|| format!("reading {}", path.display()))
    };
    let www: Value = serde_json::from_str(&read(workspace::www().join("package.json"))?)?;
    let mut manifest = read(source("package.json"))?;
    let mut set = |key: &str, version: &str| {
        // As text: the order of keys has a meaning.
        let (open, given) = (
            format!("\"{key}\": \"0.0.0\""),
            format!("\"{key}\": \"{version}\""),
        );
        manifest = manifest.replace(&open, &given);
    };
    set("version", env!("CARGO_PKG_VERSION"));
    for name in EXTERNAL {
        let version = www["dependencies"][name].as_str();
        let version = version.with_context(|| format!("www/package.json does not name {name}"))?;
        set(name, &format!("^{version}"));
    }
    Ok(manifest)
}

/// A path below `www/npm`.
fn source(name: &str) -> PathBuf {
    workspace::www().join("npm").join(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn imports_name_files() {
        let text = "import type { A } from \"./A\";\nexport { b } from \"../client\";\n\
            /** From \"./here\". */\nexport declare const c: import(\"./C\").C | \"./d\";\nimport { x } from \"lit\";\n";
        let expected = "import type { A } from \"./A.js\";\nexport { b } from \"../client/index.js\";\n\
            /** From \"./here\". */\nexport declare const c: import(\"./C.js\").C | \"./d\";\nimport { x } from \"lit\";\n";
        assert_eq!(with_endings(text, |path| path == "../client"), expected);
    }
}
