//! The Workers, ready for `wrangler deploy`: one script with every function, or one for each.
//!
//! A Worker is a WASM module, the JavaScript that `wasm-bindgen` writes around it, and an entry
//! that names its classes. `wrangler.toml` describes the packed form, and the other one is derived
//! from it.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::build::Host;
use crate::catalogue::Function;
use crate::files::{self, write_if_changed};
use crate::{announce, catalogue, process, setup};

mod migrate;
mod per_function;
mod sample;
mod sizes;

pub use migrate::databases;
pub use per_function::{configurations, prepare as prepare_per_function, prepare_sample};

/// Kibibytes of the script, gzipped, that Cloudflare's free plan takes.
const KIBIBYTES_MAX: f64 = 3072.0;

/// The classes of the objects that are in the script of the packed form.
const CLASSES: [&str; 4] = ["Compute", "Guild", "Limits", "Sessions"];

/// The classes of the gateway alone.
const CLASSES_OF_GATEWAY: [&str; 3] = ["Guild", "Limits", "Sessions"];

/// What there is to say after `cargo xtask cloudflare`.
const USAGE: &str = "cloudflare [--release] [--gateway | --per-function [--deploy SECRETS]], \
                     or cloudflare --migrate remote|local";

/// `cargo xtask cloudflare`, with what [`USAGE`] has.
pub fn command(args: &[String]) -> Result<()> {
    let args: Vec<_> = args.iter().map(String::as_str).collect();
    let (release, args) = match args.as_slice() {
        ["--release", args @ ..] => (true, args),
        args => (false, args),
    };
    match args {
        [] => packed(release, catalogue::read),
        ["--gateway"] => gateway(release),
        ["--per-function"] => per_function::all(release, &catalogue::read()?),
        ["--per-function", "--deploy", secrets] => {
            per_function::all(release, &catalogue::read()?)?;
            per_function::deploy(Path::new(secrets))
        }
        ["--migrate", "remote"] => migrate::migrate("--remote"),
        ["--migrate", "local"] => migrate::migrate("--local"),
        _ => bail!("{USAGE}"),
    }
}

/// `cargo xtask wrangler ARGS…`: Cloudflare's tool, in the version that this repository is tested
/// with, whatever Node the machine has.
pub fn wrangler_command(args: &[String]) -> Result<()> {
    setup::workers()?;
    process::run(wrangler()?.args(args))
}

/// What the suite needs of the packed form.
pub fn prepare() -> Result<()> {
    packed(false, catalogue::read_in_suite)
}

fn packed(release: bool, functions: fn() -> Result<Vec<Function>>) -> Result<()> {
    setup::toolchain()?;
    setup::workers()?;
    let functions = functions()?;
    let module = build(release)?;
    sizes::by_crate(&module, &functions)?;
    check()
}

/// Builds the packed form: where its module is.
fn build(release: bool) -> Result<PathBuf> {
    announce("building the Worker");
    let folder = folder();
    let module = module(release, &[])?;
    bind(&[(module.clone(), folder.clone())])?;
    finish(&folder, &CLASSES)?;
    Ok(module)
}

/// Where the script of the packed form is.
fn folder() -> PathBuf {
    crate::root().join("target/cloudflare")
}

/// The gateway of functions that run elsewhere: what `cloudflare/gateway.toml` deploys.
pub fn gateway(release: bool) -> Result<()> {
    setup::toolchain()?;
    setup::workers()?;
    announce("building the gateway's Worker");
    let folder = crate::root().join("target/gateway");
    let module = module(release, &["--no-default-features"])?;
    bind(&[(module, folder.clone())])?;
    finish(&folder, &CLASSES_OF_GATEWAY)
}

/// Builds the package `cloudflare`: where its module is.
fn module(release: bool, features: &[&str]) -> Result<PathBuf> {
    let profile = Host::Worker.profile(release);
    let mut cargo = process::cargo(&["build", "--package", "cloudflare", "--lib"]);
    cargo.args(["--target", Host::Worker.target(), "--profile", profile]);
    cargo.args(features).envs(Host::Worker.settings(profile));
    cargo.arg("--target-dir").arg(process::target());
    process::run(&mut cargo)?;
    let built = process::target().join(Host::Worker.target()).join(profile);
    Ok(built.join("cloudflare.wasm"))
}

/// Writes the JavaScript around modules into folders, by a program that is built once.
fn bind(modules: &[(PathBuf, PathBuf)]) -> Result<()> {
    let built = process::target().join("bindgen");
    if !built.exists() {
        announce("building the program that writes the JavaScript around WASM");
    }
    let manifest = "cloudflare/bindgen/Cargo.toml";
    let mut cargo = process::cargo(&["build", "--quiet", "--locked", "--manifest-path", manifest]);
    process::run(cargo.arg("--target-dir").arg(&built))?;
    let pairs = modules.iter().flat_map(|(module, folder)| [module, folder]);
    process::run(bindgen().args(pairs))
}

/// The program that [`bind`] builds.
fn bindgen() -> Command {
    process::program(process::target().join("bindgen/debug/bindgen"))
}

/// Completes a folder with the entry of a script that has these classes.
fn finish(folder: &Path, classes: &[&str]) -> Result<()> {
    let script = folder.join("index.js");
    // Of the two ways to import a module, wrangler knows the older one.
    let text = files::read(&script)?.replace("import source ", "import ");
    fs::write(&script, text).context("cannot write the Worker's script")?;
    let module = files::read(&crate::root().join("cloudflare/module.mjs"))?;
    write_if_changed(&folder.join("module.mjs"), module.as_bytes())?;
    let mut entry = String::from("export { default } from \"./module.mjs\";\n");
    if !classes.is_empty() {
        entry.push_str("import { object } from \"./module.mjs\";\n");
    }
    for class in classes {
        entry.push_str(&format!("export const {class} = object(\"{class}\");\n"));
    }
    write_if_changed(&folder.join("worker.mjs"), entry.as_bytes()).map(drop)
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
    node("tests/workers/node_modules/.bin/wrangler")
}

/// A program of the npm packages, by our own Node.
fn node(program: impl AsRef<OsStr>) -> Result<Command> {
    let mut command = process::program(setup::tools().join("bin/node"));
    command
        .arg(program)
        .env("PATH", setup::path_with_tools()?)
        .env("WRANGLER_SEND_METRICS", "false");
    Ok(command)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    /// The platform refuses to make a class that the script does not have, whatever a later
    /// migration says of it.
    #[test]
    fn the_first_migration_makes_the_classes_of_the_script() {
        let deployed: [(_, &[_]); 2] = [
            ("wrangler.toml", &CLASSES),
            ("cloudflare/gateway.toml", &CLASSES_OF_GATEWAY),
        ];
        for (file, classes) in deployed {
            let config = files::read(&crate::root().join(file)).unwrap();
            let config: Value = toml::from_str(&config).unwrap();
            let migration = json!([{ "tag": "v1", "new_sqlite_classes": classes }]);
            assert_eq!(config["migrations"], migration, "{file}");
            let bound = config["durable_objects"]["bindings"].as_array().unwrap();
            let mut bound: Vec<_> = bound.iter().map(|it| &it["class_name"]).collect();
            bound.sort_by_key(|it| it.to_string());
            assert_eq!(bound, classes.iter().collect::<Vec<_>>(), "{file}");
        }
    }
}
