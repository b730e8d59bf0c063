//! The Worker: every function in one script, ready for `wrangler deploy`.
//!
//! `target/cloudflare/` gets the WASM module, the JavaScript that `wasm-bindgen` writes around it,
//! and the entry. `wrangler.toml` names that entry, and wrangler puts the parts together.

use std::fs;
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::files::{self, write_if_changed};
use crate::{announce, process, setup};

/// The compiler's name of Workers.
pub const TARGET: &str = "wasm32-unknown-unknown";

/// Kibibytes of the script, gzipped, that Cloudflare's free plan takes.
const KIBIBYTES_MAX: f64 = 3072.0;

/// `cargo xtask cloudflare [--release]`.
pub fn command(args: &[String]) -> Result<()> {
    let release = match args {
        [] => false,
        [arg] if arg == "--release" => true,
        _ => bail!("cloudflare has one option, --release"),
    };
    setup::toolchain()?;
    setup::workers()?;
    build(release)?;
    check()
}

/// What the suite needs of it.
pub fn prepare() -> Result<()> {
    command(&[])
}

fn build(release: bool) -> Result<()> {
    announce("building the Worker");
    let profile = if release { "wasm-small" } else { "wasm" };
    let mut cargo = process::cargo(&["rustc", "--package", "cloudflare", "--lib"]);
    cargo.args(["--target", TARGET, "--profile", profile]);
    cargo.arg("--target-dir").arg(process::target());
    // Its symbols tell the next step what the compiler made use of; that step removes them.
    process::run(cargo.args(["--", "-C", "strip=none"]))?;
    let module = process::target().join(TARGET).join(profile);
    let folder = crate::root().join("target/cloudflare");
    bindgen(&module.join("cloudflare.wasm"), &folder)?;
    let script = folder.join("index.js");
    // Of the two ways to import a module, wrangler knows the older one.
    let text = files::read(&script)?.replace("import source ", "import ");
    fs::write(&script, text).context("cannot write the Worker's script")?;
    let entry = files::read(&crate::root().join("cloudflare/worker.mjs"))?;
    write_if_changed(&folder.join("worker.mjs"), entry.as_bytes()).map(drop)
}

/// Writes the JavaScript around a module, by a program that is built once.
fn bindgen(module: &std::path::Path, folder: &std::path::Path) -> Result<()> {
    let built = process::target().join("bindgen");
    if !built.exists() {
        announce("building the program that writes the JavaScript around WASM");
    }
    let manifest = "cloudflare/bindgen/Cargo.toml";
    let mut cargo = process::cargo(&["build", "--quiet", "--locked", "--manifest-path", manifest]);
    process::run(cargo.arg("--target-dir").arg(&built))?;
    process::run(process::program(built.join("debug/bindgen")).args([module, folder]))
}

/// Has wrangler put the parts together, and holds the size against the free plan's.
fn check() -> Result<()> {
    let said = process::output(wrangler()?.args(["deploy", "--dry-run"]))?;
    let line = said.lines().find(|line| line.contains("Total Upload"));
    let line = line.context("wrangler does not say how large the Worker is")?;
    announce(line.trim());
    let size = line
        .split("gzip: ")
        .nth(1)
        .and_then(|it| it.split(' ').next());
    let size: f64 = size.context("wrangler tells no gzipped size")?.parse()?;
    if size > KIBIBYTES_MAX {
        bail!("the Worker has {size} KiB gzipped; the free plan takes {KIBIBYTES_MAX}");
    }
    Ok(())
}

/// wrangler, by our own Node.
fn wrangler() -> Result<Command> {
    let mut command = process::program(setup::tools().join("bin/node"));
    command
        .arg("tests/workers/node_modules/.bin/wrangler")
        .env("PATH", setup::path_with_tools()?)
        .env("WRANGLER_SEND_METRICS", "false");
    Ok(command)
}
