//! Installing what is missing, and nothing when nothing is.
//!
//! Building needs the WASM targets alone. The tests with real clients need Node and Python
//! packages as well, and the Worker needs wrangler: they go to `target/tools/`, `tests/clients/`
//! and `tests/workers/`, with the versions of the committed lists. A stamp with the hash of a list
//! says that it is installed.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::{announce, files, process};

/// Components for Spin and the local host, and Worker modules.
const TARGETS: [&str; 2] = ["wasm32-wasip2", "wasm32-unknown-unknown"];

/// The Node that runs the clients: discord.js and wrangler want 22, and many machines have less.
const NODE: &str = "22.23.3";

/// The folders of Node packages, each with a `package.json` and its lock file.
const CLIENTS: &str = "tests/clients";
const WORKERS: &str = "tests/workers";

/// The environments of Python, by their folder in [`tools`], each with the list of its packages.
/// nextcord brings a module `discord` of its own, which would hide discord.py's.
const PYTHONS: [(&str, &str); 2] = [
    ("python", "tests/clients/requirements.txt"),
    ("nextcord", "tests/clients/requirements-nextcord.txt"),
];

/// `cargo xtask setup`: all that the build and the tests need.
pub fn everything() -> Result<()> {
    toolchain()?;
    clients()?;
    workers()
}

/// What compiling the functions needs. That rustc is new enough Cargo has checked already, by
/// the `rust-version` of this package.
pub fn toolchain() -> Result<()> {
    let sysroot = process::output(process::program("rustc").args(["--print", "sysroot"]))?;
    let libraries = Path::new(sysroot.trim()).join("lib/rustlib");
    let missing: Vec<_> = TARGETS
        .into_iter()
        .filter(|target| !libraries.join(target).join("lib").exists())
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    let targets = missing.join(" ");
    if !process::succeeds("rustup", &["--version"]) {
        bail!(
            "this Rust lacks the targets {targets}, and there is no rustup to add them: install \
             Rust with rustup, or your distribution's standard library for these targets"
        );
    }
    announce(&format!("adding the targets {targets}"));
    process::run(
        process::program("rustup")
            .args(["target", "add"])
            .args(missing),
    )
}

/// What the tests with real clients need.
pub fn clients() -> Result<()> {
    node()?;
    node_packages(CLIENTS)?;
    PYTHONS
        .iter()
        .try_for_each(|(name, list)| python_packages(name, list))
}

/// What building and running the Worker needs: Cloudflare's own runtime and tools.
pub fn workers() -> Result<()> {
    node()?;
    node_packages(WORKERS)
}

/// The folder of the installed tools. Tests find `bin/node`, `python/bin/python` and
/// `nextcord/bin/python` here.
pub fn tools() -> PathBuf {
    crate::root().join("target/tools")
}

/// Installs Node from its package in npm's registry, which brings the program itself.
fn node() -> Result<()> {
    let link = tools().join("bin/node");
    once(
        &tools().join("node.stamp"),
        &[NODE.as_bytes()],
        &link,
        || {
            announce(&format!("installing Node {NODE}"));
            let package = format!("node-{}-{}", system()?, machine()?);
            let home = tools().join("node");
            let mut npm = process::program("npm");
            npm.args([
                "install",
                "--no-save",
                "--no-audit",
                "--no-fund",
                "--prefix",
            ])
            .arg(&home);
            process::run(npm.arg(format!("{package}@{NODE}")))
                .context("npm is needed to run the tests with real clients; it comes with Node")?;
            fs::create_dir_all(tools().join("bin"))?;
            // The link may be one of an older version.
            let _ = fs::remove_file(&link);
            std::os::unix::fs::symlink(
                home.join("node_modules").join(package).join("bin/node"),
                &link,
            )
            .context("cannot link Node")
        },
    )
}

fn system() -> Result<&'static str> {
    Ok(match std::env::consts::OS {
        "linux" => "linux",
        "macos" => "darwin",
        other => bail!("the tests with real clients do not run on {other}"),
    })
}

fn machine() -> Result<&'static str> {
    Ok(match std::env::consts::ARCH {
        "x86_64" => "x64",
        "aarch64" => "arm64",
        other => bail!("Node has no build for {other}"),
    })
}

/// Installs the packages of one lock file, with our Node: npm picks versions by the Node it runs
/// on, and some packages check it when they are installed.
fn node_packages(folder: &str) -> Result<()> {
    let folder = crate::root().join(folder);
    let lock = fs::read(folder.join("package-lock.json"))
        .with_context(|| format!("{} has no package-lock.json", folder.display()))?;
    let installed = folder.join("node_modules");
    let stamp = installed.join(".stamp");
    once(&stamp, &[NODE.as_bytes(), &lock], &installed, || {
        announce(&format!(
            "installing the npm packages of {}",
            folder.display()
        ));
        let mut npm = Command::new("npm");
        npm.args(["ci", "--no-audit", "--no-fund"])
            .current_dir(&folder);
        process::run(npm.env("PATH", path_with_tools()?))
    })
}

/// The search path with our Node first.
pub fn path_with_tools() -> Result<OsString> {
    let old = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::iter::once(tools().join("bin")).chain(std::env::split_paths(&old));
    std::env::join_paths(folders).context("the search path cannot be extended")
}

/// Installs the Python packages of a list into an environment of their own.
fn python_packages(name: &str, list: &str) -> Result<()> {
    let packages = fs::read(crate::root().join(list));
    let packages = packages.with_context(|| format!("cannot read {list}"))?;
    let home = tools().join(name);
    let python = home.join("bin/python");
    once(&home.join(".stamp"), &[&packages], &python, || {
        announce(&format!("installing the Python packages of {list}"));
        let mut venv = process::program("python3");
        process::run(venv.args(["-m", "venv", "--clear"]).arg(&home))
            .context("Python 3 with its module venv is needed (Debian: python3-venv)")?;
        let install = ["-m", "pip", "install", "--quiet", "--requirement", list];
        process::run(process::program(&python).args(install))
    })
}

/// Runs `install` unless the stamp says that just this is installed and `product` is there.
fn once(
    stamp: &Path,
    inputs: &[&[u8]],
    product: &Path,
    install: impl FnOnce() -> Result<()>,
) -> Result<()> {
    let wanted = files::digest(inputs.iter().copied());
    if product.exists() && fs::read_to_string(stamp).is_ok_and(|found| found == wanted) {
        return Ok(());
    }
    install()?;
    files::write_if_changed(stamp, wanted.as_bytes()).map(drop)
}
