//! Rust to wasm for the browser: Cargo, then wasm-bindgen, then wasm-opt.

use std::cmp::Reverse;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use wasm_bindgen_cli_support::{Bindgen, EncodeInto, Output};

use super::hollow::hollow;
use super::memo::memo;
use super::sdk_parts::integrity;
use crate::process::run;
use crate::setup::node;
use crate::setup::wasm::{Std, WasmToolchain};
use crate::workspace;

/// Features of wasm that the compiler uses by default and that every browser of the last years has. wasm-opt must be
/// told: wasm-bindgen takes out the section that names them.
const FEATURES: [&str; 7] = [
    "--enable-bulk-memory",
    "--enable-bulk-memory-opt",
    "--enable-multivalue",
    "--enable-mutable-globals",
    "--enable-nontrapping-float-to-int",
    "--enable-reference-types",
    "--enable-sign-ext",
];

/// The compiler's flags for the tracker. A panic, which no call of a page can reach, traps without a message; so the
/// code that formats messages, more than a third of the module, is not linked.
const SMALL: &[&str] = &[
    "-Zunstable-options",
    "-Cpanic=immediate-abort",
    "-Zlocation-detail=none",
    "-Zfmt-debug=none",
];

/// More flags, with which no function of the tracker becomes a part of another.
const APART: &[&str] = &["-Zinline-mir=no", "-Cllvm-args=-inline-threshold=-1000000"];

/// Binaryen's options for the tracker. The linker puts the stack first, so that no object lies at an address so low
/// that an offset to it could wrap; the code is gone over until it shrinks no more. Large functions with one caller
/// stay apart, which compresses better.
const SMALLEST: &[&str] = &[
    "-Oz",
    "--low-memory-unused",
    "--converge",
    "--one-caller-inline-max-function-size=50",
    "--strip-target-features",
];

/// Binaryen's options for the engine, chosen as those of the tracker.
const SMALLER: &[&str] = &[
    "-Os",
    "--low-memory-unused",
    "--converge",
    "--one-caller-inline-max-function-size=50",
    "--strip-target-features",
];

/// Where in the glue begins what fetches and starts the module, which `sdk/js/start.js` does for the tracker.
const LOADING: &str = "async function __wbg_load(";

/// The compiler's flags for the reader of Parquet files.
const FAST: &[&str] = &["-Ctarget-feature=+simd128"];

/// The compiler's flags for the engine. A panic traps, as it does in the tracker; messages about values that cannot
/// be read are formatted, and stay. Of what the standard library hints should be inlined, which is most of its
/// iterators and maps, only what is small is; LLVM's own limit is 325.
const FAST_AND_SMALLER: &[&str] = &[
    "-Ctarget-feature=+simd128",
    "-Cllvm-args=-inlinehint-threshold=60",
    "-Zunstable-options",
    "-Cpanic=immediate-abort",
    "-Zlocation-detail=none",
];

/// Builds the tracker: `desirepath-sdk.js` and `desirepath-sdk.wasm`.
pub(super) fn build_sdk(folder: &Path) -> Result<()> {
    let module = bind(&compile_sdk(SMALL)?, "desirepath-sdk", Names::Short, &[])?;
    let wasm = optimise("desirepath-sdk", &module.wasm, SMALLEST)?;
    let file = folder.join("desirepath-sdk.wasm");
    write(&file, &wasm)?;
    let (bindings, _) = module
        .glue
        .split_once(LOADING)
        .with_context(|| format!("the glue of desirepath-sdk does not hold {LOADING}"))?;
    let start = fs::read_to_string(workspace::root().join("sdk/js/start.js"))
        .context("reading sdk/js/start.js")?;
    // Who trusts the glue may trust the module: the glue takes no other.
    let start = start.replace("INTEGRITY", &format!("{:?}", integrity(&file)?));
    // The tracker's own functions in JavaScript lie beside the glue, and become a part of it.
    let whole = module.path.with_file_name("whole.js");
    write(&whole, (bindings.to_owned() + &start).as_bytes())?;
    write(
        &folder.join("desirepath-sdk.js"),
        &minify(Script::File(&whole))?,
    )
}

/// The tracker's module without what the functions below some paths do, and how many these are.
pub(crate) fn tracker_without(paths: &[&str]) -> Result<(Vec<u8>, usize)> {
    let name = "tracker-without";
    let module = bind(
        &compile_sdk(&[SMALL, APART].concat())?,
        name,
        Names::Short,
        paths,
    )?;
    let wasm = optimise(name, &module.wasm, SMALLEST)?;
    Ok((wasm, module.n_hollow))
}

/// Runs Cargo for the tracker: where the module is.
fn compile_sdk(flags: &[&str]) -> Result<PathBuf> {
    let package = ["--package", "desirepath-sdk"];
    compile(&package, "sdk", "sdk", Std::Small, flags)
}

/// Builds the analyzer's modules, each a feature of the same crate. What Cargo has made of one is finished while Cargo
/// makes the next: linking takes one processor, and so does optimising.
pub(super) fn build_analyzer(folder: &Path) -> Result<()> {
    node::ensure_modules()?;
    std::thread::scope(|scope| {
        let mut finishing = Vec::new();
        for feature in ["engine", "parquet", "arrow"] {
            let (raw, options) = compile_analyzer(feature)?;
            // The next one has the same name.
            let kept = raw.with_file_name(format!("{feature}.wasm"));
            fs::copy(&raw, &kept).with_context(|| format!("copying {}", raw.display()))?;
            finishing.push(scope.spawn(move || finish_analyzer(folder, feature, &kept, options)));
        }
        finishing
            .into_iter()
            .try_for_each(|one| one.join().unwrap_or_else(|_| bail!("a thread panicked")))
    })
}

/// Runs Cargo for one of the modules: where it is, and Binaryen's options for it.
fn compile_analyzer(feature: &str) -> Result<(PathBuf, &'static [&'static str])> {
    let arguments = [
        "--package",
        "desirepath-analyzer-wasm",
        "--no-default-features",
        "--features",
        feature,
    ];
    let (profile, std, flags, options) = match feature {
        "engine" => ("engine-wasm", Std::Small, FAST_AND_SMALLER, SMALLER),
        _ => ("analyzer-wasm", Std::Default, FAST, &["-O3"][..]),
    };
    let raw = compile(&arguments, profile, "analyzer_wasm", std, flags)?;
    Ok((raw, options))
}

/// From what Cargo has made of a module to the files that a page fetches.
fn finish_analyzer(folder: &Path, feature: &str, raw: &Path, options: &[&str]) -> Result<()> {
    let module = bind(raw, feature, Names::Typed, &[])?;
    let options = [options, &["--enable-simd"]].concat();
    let wasm = optimise(feature, &module.wasm, &options)?;
    write(&folder.join(format!("{feature}_bg.wasm")), &wasm)?;
    write(
        &folder.join(format!("{feature}.js")),
        &minify(Script::Text(&module.glue))?,
    )?;
    write(
        &folder.join(format!("{feature}.d.ts")),
        module.types.as_bytes(),
    )
}

/// Runs Cargo and returns the path of the module that it made.
fn compile(
    arguments: &[&str],
    profile: &str,
    library: &str,
    std: Std,
    flags: &[&str],
) -> Result<PathBuf> {
    let toolchain = WasmToolchain::ensure()?;
    // Of a library that is also built for other crates, Cargo leaves out the optimisation at link time.
    let mut cargo = toolchain.cargo("rustc", std);
    cargo
        .args(["--lib", "--crate-type", "cdylib", "--profile", profile])
        .args(arguments);
    cargo.env("CARGO_ENCODED_RUSTFLAGS", rust_flags(flags));
    run(&mut cargo)?;
    let folder = workspace::wasm_target()
        .join("wasm32-unknown-unknown")
        .join(profile);
    Ok(folder.join(library).with_extension("wasm"))
}

/// The compiler's flags, as Cargo wants them in one variable. Panic messages name source files: where these lay on
/// the machine that built them is nobody's business.
fn rust_flags(flags: &[&str]) -> String {
    let mut all = vec![format!(
        "--remap-path-prefix={}=.",
        workspace::root().display()
    )];
    let cargo_home = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = std::env::home_dir().map(|home| home.join(".cargo"));
    if let Some(cargo_home) = cargo_home.or(home) {
        all.push(format!(
            "--remap-path-prefix={}=cargo",
            cargo_home.display()
        ));
    }
    all.extend(flags.iter().map(|flag| (*flag).to_owned()));
    all.join("\u{1f}")
}

/// What wasm-bindgen makes of one module.
struct Bound {
    wasm: Vec<u8>,
    glue: String,
    /// Where the glue is.
    path: PathBuf,
    types: String,
    /// How many functions were made to do nothing.
    n_hollow: usize,
}

/// The names between a module and its glue.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Names {
    /// Those of wasm-bindgen, with TypeScript's types of what is exported.
    Typed,
    /// A few letters each: wasm-bindgen's end in hashes, which do not compress.
    Short,
}

/// Runs wasm-bindgen, which is linked into xtask so that its version can't differ from the crate's. Functions below the
/// paths in `without` are made to do nothing.
fn bind(raw: &Path, name: &str, names: Names, without: &[&str]) -> Result<Bound> {
    let folder = workspace::target().join("xtask").join("bindgen").join(name);
    let typescript = names == Names::Typed;
    let mut output = Bindgen::new()
        .input_path(raw)
        .out_name(name)
        .web(true)?
        .typescript(typescript)
        .encode_into(EncodeInto::Always)
        .omit_default_module_path(false)
        // wasm-opt leaves names out in any case.
        .remove_name_section(without.is_empty())
        // As the compiler wrote them: only so do they tell in which file a method is.
        .demangle(without.is_empty())
        .remove_producers_section(true)
        .generate_output()
        .with_context(|| format!("running wasm-bindgen on {}", raw.display()))?;
    let n_hollow = hollow(output.wasm_mut(), without);
    let renamed = match names {
        Names::Typed => Vec::new(),
        Names::Short => shorten(&mut output),
    };
    output.emit(&folder)?;
    let read = |name: String| {
        let path = folder.join(name);
        fs::read(&path).with_context(|| format!("reading {}", path.display()))
    };
    let mut glue = String::from_utf8(read(format!("{name}.js"))?)?;
    for (long, short) in renamed {
        glue = glue.replace(&long, &short);
    }
    Ok(Bound {
        wasm: read(format!("{name}_bg.wasm"))?,
        glue,
        path: folder.join(format!("{name}.js")),
        n_hollow,
        types: if typescript {
            String::from_utf8(read(format!("{name}.d.ts"))?)?
        } else {
            String::new()
        },
    })
}

/// Gives short names to what only the glue refers to, and says which text of the glue is now which.
fn shorten(output: &mut Output) -> Vec<(String, String)> {
    let mut renamed = Vec::new();
    let mut rename = |name: &mut String| {
        if name.starts_with("__wb") || name.starts_with("wasm_bindgen") {
            let short = format!("w{}", renamed.len());
            renamed.push((std::mem::replace(name, short.clone()), short));
        }
    };
    let module = output.wasm_mut();
    module
        .imports
        .iter_mut()
        .for_each(|import| rename(&mut import.name));
    module
        .exports
        .iter_mut()
        .for_each(|export| rename(&mut export.name));
    // Some names begin as others do.
    renamed.sort_by_key(|(long, _)| Reverse(long.len()));
    renamed
}

/// Runs Binaryen's wasm-opt.
fn optimise(name: &str, wasm: &[u8], options: &[&str]) -> Result<Vec<u8>> {
    node::ensure_modules()?;
    let version = fs::read_to_string(workspace::www().join("node_modules/binaryen/package.json"))
        .context("reading the version of binaryen")?;
    let recipe = format!("{options:?} {FEATURES:?} {version}");
    memo(&format!("wasm-opt/{name}"), &recipe, wasm, || {
        let folder = workspace::target().join("xtask").join("wasm-opt");
        let (input, output) = (
            folder.join(format!("{name}.wasm")),
            folder.join(format!("{name}.opt.wasm")),
        );
        write(&input, wasm)?;
        let mut wasm_opt = node::tool("wasm-opt");
        wasm_opt
            .args(FEATURES)
            .args(options)
            .arg(&input)
            .arg("--output")
            .arg(&output);
        run(&mut wasm_opt)?;
        fs::read(&output).with_context(|| format!("reading {}", output.display()))
    })
}

/// A module of JavaScript.
#[derive(Clone, Copy)]
enum Script<'a> {
    /// Alone.
    Text(&'a str),
    /// With the modules that it imports from beside it.
    File(&'a Path),
}

/// Makes a module small; names that other modules import stay.
fn minify(module: Script<'_>) -> Result<Vec<u8>> {
    const OPTIONS: [&str; 3] = ["--minify", "--format=esm", "--target=es2022"];
    match module {
        Script::Text(text) => {
            super::web::esbuild(&[&OPTIONS[..], &["--loader=js"]].concat(), Some(text))
        }
        Script::File(path) => {
            let path = path.display().to_string();
            // wasm-bindgen names an imported module twice.
            let quiet = "--log-override:duplicate-object-key=silent";
            super::web::esbuild(&[&[&*path, "--bundle", quiet], &OPTIONS[..]].concat(), None)
        }
    }
}

fn write(path: &Path, content: &[u8]) -> Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).with_context(|| format!("creating {}", folder.display()))?;
    }
    fs::write(path, content).with_context(|| format!("writing {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_path_of_this_machine_gets_into_a_module() {
        let flags = rust_flags(FAST);
        let flags: Vec<&str> = flags.split('\u{1f}').collect();
        assert_eq!(
            flags.first(),
            Some(&&*format!(
                "--remap-path-prefix={}=.",
                workspace::root().display()
            ))
        );
        assert_eq!(flags.last(), Some(&"-Ctarget-feature=+simd128"));
        assert!(
            rust_flags(&[])
                .split('\u{1f}')
                .all(|flag| flag.starts_with("--remap-path-prefix="))
        );
    }
}
