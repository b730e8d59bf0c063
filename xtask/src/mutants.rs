//! `cargo xtask mutants`: changes of the code that no test notices, by cargo-mutants.

use std::fs;
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::{announce, process, setup};

/// How long the tests of a mutant may take, in seconds: what loops for ever is caught as well.
const TIMEOUT_S: &str = "300";
/// What changes are compared with, where no crate is named.
const BASE: &str = "main";

/// Mutates the named crates, or the lines that changed since the branch `main`.
///
/// # Errors
/// When cargo-mutants is not installed, the tests fail without any mutation, or a mutant survives.
pub fn command(args: &[String]) -> Result<()> {
    let (crates, args) = match args.iter().position(|arg| arg == "--") {
        Some(at) => (&args[..at], &args[at + 1..]),
        None => (args, &[][..]),
    };
    if let Some(option) = crates.iter().find(|it| it.starts_with('-')) {
        bail!("{option}: options of cargo-mutants come after `--`");
    }
    let path = setup::path_with_tools()?;
    let mut version = process::cargo(&["mutants", "--version"]);
    if !process::quietly(version.env("PATH", &path)) {
        bail!("install it: cargo install cargo-mutants --locked --root target/tools");
    }
    let mut mutants = mutants();
    match crates {
        [] => drop(mutants.arg("--in-diff").arg(changes()?)),
        _ => crates.iter().for_each(|it| {
            mutants.args(["--package", it]);
        }),
    }
    announce("changing one thing after another; what survives is in target/mutants/mutants.out");
    process::run(mutants.env("PATH", path).args(args))
}

/// In a copy of the tree, one at a time, after the tests passed without a mutation. Those that an
/// earlier run has caught are left out.
fn mutants() -> Command {
    let mut command = process::cargo(&["mutants", "--all-features", "--iterate"]);
    command.args(["--baseline", "run", "--timeout", TIMEOUT_S]);
    command.args(["--cap-lints", "true", "--no-shuffle", "--jobs", "1"]);
    command.args(["--gitignore", "true"]);
    command
        .arg("--output")
        .arg(process::target().join("mutants"));
    // One mutant after another builds here, so that dependencies are compiled once for all runs.
    command.env("CARGO_TARGET_DIR", process::target().join("mutants/build"));
    command
}

/// A file with what changed since the base.
fn changes() -> Result<std::path::PathBuf> {
    let mut git = process::program("git");
    let diff = process::output(git.args(["diff", "--merge-base", BASE]))?;
    if diff.is_empty() {
        bail!("nothing changed since {BASE}; name a crate: cargo xtask mutants model");
    }
    let folder = process::target().join("mutants");
    fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let file = folder.join("changes.diff");
    fs::write(&file, diff).with_context(|| format!("cannot write {}", file.display()))?;
    Ok(file)
}
