//! Building every function as a WASM component, or as the module of a Worker.
//!
//! Either must be a `cdylib`, and a crate that is also a library for tests loses LTO
//! (cargo#9672). So the crates below `functions/` are plain libraries, and a **shell package** per
//! function is written into a throw-away workspace, `target/functions/`: a few lines that apply
//! the host's own macro and name the function. It shares the root's lock file, profiles and target
//! folder. One Cargo call builds all of them.

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context, Result, bail};

use crate::catalogue::{self, Function};
use crate::files::{self, write_if_changed};
use crate::{announce, process, setup};

mod host;

pub use host::Host;

/// How the functions are built.
#[derive(Debug, Clone, Copy, Default)]
pub struct Options<'a> {
    /// With LTO, as they are released.
    pub release: bool,
    /// Only these components.
    pub only: Option<&'a [&'a str]>,
}

impl Options<'_> {
    /// All of them as they are released.
    pub const RELEASE: Self = Self {
        release: true,
        only: None,
    };
}

/// `cargo xtask build [--release] [--only ID]`.
pub fn command(args: &[String]) -> Result<()> {
    let (mut options, mut only) = (Options::default(), Vec::new());
    let mut args = args.iter();
    while let Some(arg) = args.next() {
        match arg.as_str() {
            "--release" => options.release = true,
            "--only" => only.push(
                args.next()
                    .context("--only needs a component's id")?
                    .as_str(),
            ),
            other => bail!("build has no option {other:?}"),
        }
    }
    options.only = (!only.is_empty()).then_some(&only);
    setup::toolchain()?;
    components(&catalogue::read()?, Host::Spin, options)
}

/// `cargo xtask shell ID`: prints what would be compiled for one component.
pub fn print_shell(args: &[String]) -> Result<()> {
    let [id] = args else {
        bail!("shell needs a component's id")
    };
    let functions = catalogue::read()?;
    let function = functions.iter().find(|function| function.component == *id);
    let function = function.with_context(|| format!("no function has the id {id:?}"))?;
    print!("{}", Host::Spin.shell(function));
    Ok(())
}

/// Builds the functions for a host and collects the results, touching only what changed.
pub fn components(functions: &[Function], host: Host, options: Options<'_>) -> Result<()> {
    let started = Instant::now();
    let workspace = write_workspace(functions, host)?;
    let profile = host.profile(options.release);
    let mut cargo = process::cargo(&["build", "--profile", profile, "--target", host.target()]);
    cargo.envs(host.settings(profile));
    cargo
        .arg("--manifest-path")
        .arg(workspace.join("Cargo.toml"));
    cargo.arg("--target-dir").arg(process::target());
    match options.only {
        Some(ids) => cargo.args(ids.iter().flat_map(|id| ["--package", id])),
        None => cargo.arg("--workspace"),
    };
    process::run(&mut cargo)?;

    let built = process::target().join(host.target()).join(profile);
    let wanted = |id: &str| options.only.is_none_or(|only| only.contains(&id));
    let (mut collected, mut changed) = (0, 0);
    for function in functions.iter().filter(|it| wanted(&it.component)) {
        let from = built.join(format!("{}.wasm", function.component.replace('-', "_")));
        let to = workspace.join(format!("{}.wasm", function.component));
        collected += 1;
        changed += u32::from(collect(&from, &to)?);
    }
    let seconds = started.elapsed().as_secs_f32();
    announce(&format!(
        "{collected} functions, {changed} changed, {seconds:.1} s"
    ));
    Ok(())
}

/// Copies a built component unless it is the one already there.
fn collect(from: &Path, to: &Path) -> Result<bool> {
    let modified = |path: &Path| fs::metadata(path).and_then(|it| it.modified()).ok();
    // A copy is always younger than what it was made of, so reading both is rarely needed.
    if let (Some(from), Some(to)) = (modified(from), modified(to))
        && from <= to
    {
        return Ok(false);
    }
    let bytes = fs::read(from).with_context(|| format!("cannot read {}", from.display()))?;
    write_if_changed(to, &bytes)
}

/// Writes the shells of all functions, and removes those of functions that are gone.
fn write_workspace(functions: &[Function], host: Host) -> Result<PathBuf> {
    let root = crate::root();
    // Where the manifest looks for them, wherever Cargo builds.
    let folder = root.join("target").join(host.folder());
    let manifest = files::read(&root.join("Cargo.toml"))?;
    let workspace = workspace_manifest(functions, host, &manifest, &root)?;
    let changed = write_if_changed(&folder.join("Cargo.toml"), workspace.as_bytes())?;
    for function in functions {
        let package = folder.join(&function.component);
        write_if_changed(
            &package.join("Cargo.toml"),
            package_manifest(function, host).as_bytes(),
        )?;
        write_if_changed(&package.join("lib.rs"), host.shell(function).as_bytes())?;
    }
    remove_strangers(&folder, functions)?;
    inherit_lock(&root.join("Cargo.lock"), &folder, changed)?;
    Ok(folder)
}

/// Starts from the root's versions whenever they change; Cargo adds the shells to the copy.
fn inherit_lock(root: &Path, folder: &Path, members_changed: bool) -> Result<()> {
    let lock = files::read(root)?;
    let copied = write_if_changed(&folder.join("root.lock"), lock.as_bytes())?;
    if copied || members_changed || !folder.join("Cargo.lock").exists() {
        fs::write(folder.join("Cargo.lock"), lock).context("cannot write the shells' lock file")?;
    }
    Ok(())
}

fn remove_strangers(folder: &Path, functions: &[Function]) -> Result<()> {
    for name in files::names(folder) {
        let id = name.strip_suffix(".wasm").unwrap_or(&name);
        let path = folder.join(&name);
        if id.contains('.') || functions.iter().any(|function| function.component == id) {
            continue;
        }
        let removed = if path.is_dir() {
            fs::remove_dir_all(&path)
        } else {
            fs::remove_file(&path)
        };
        removed.with_context(|| format!("cannot remove {}", path.display()))?;
    }
    Ok(())
}

fn workspace_manifest(
    functions: &[Function],
    host: Host,
    root_manifest: &str,
    root: &Path,
) -> Result<String> {
    let mut text = String::from("# Written by `cargo xtask build`.\n[workspace]\n");
    text.push_str("resolver = \"3\"\nmembers = [\n");
    for function in functions {
        writeln!(text, "    \"{}\",", function.component)?;
    }
    text.push_str("]\n\n[workspace.dependencies]\n");
    let mut crates: Vec<_> = functions
        .iter()
        .map(|function| function.krate.as_str())
        .collect();
    crates.sort_unstable();
    crates.dedup();
    for name in crates {
        let path = root.join("functions").join(name);
        writeln!(text, "{} = {{ path = {:?} }}", name, path)?;
    }
    for name in host.dependencies() {
        let line = dependency(root_manifest, name)?;
        let shared = format!("path = \"{}/", root.display());
        writeln!(text, "{}", line.replace("path = \"", &shared))?;
    }
    text.push('\n');
    text.push_str(&profiles(root_manifest)?);
    Ok(text)
}

fn package_manifest(function: &Function, host: Host) -> String {
    let mut text = format!(
        "# Written by `cargo xtask build`.\n[package]\nname = \"{}\"\nversion = \"0.0.0\"\n\
         edition = \"2024\"\npublish = false\n\n[lib]\ncrate-type = [\"cdylib\"]\n\
         path = \"lib.rs\"\n\n[dependencies]\n{}.workspace = true\n",
        function.component, function.krate,
    );
    for name in host.dependencies() {
        text.push_str(name);
        text.push_str(".workspace = true\n");
    }
    text
}

/// The root manifest's line for a dependency.
fn dependency<'a>(manifest: &'a str, name: &str) -> Result<&'a str> {
    let mut lines = manifest.lines();
    let line = lines.find(|line| {
        line.strip_prefix(name)
            .is_some_and(|it| it.starts_with(" ="))
    });
    line.with_context(|| format!("the root Cargo.toml has no line for {name}"))
}

/// The root manifest's profiles for WASM.
fn profiles(manifest: &str) -> Result<String> {
    let sections = manifest
        .split("\n[")
        .filter(|section| section.starts_with("profile.wasm"));
    let text: String = sections
        .map(|section| format!("[{}\n", section.trim_end()))
        .collect();
    if text.is_empty() {
        bail!("the root Cargo.toml has no profile for WASM");
    }
    Ok(text)
}
