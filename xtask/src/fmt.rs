//! `cargo xtask fmt`: formats every Rust file.
//!
//! `cargo fmt` follows `mod` items from the root of a crate, and so does not see the files that
//! `functions!` lists.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};

use crate::{files, process, root};

/// Formats, or with `--check` only compares.
pub fn command(args: &[String]) -> Result<()> {
    let check = match args {
        [] => false,
        [flag] if flag == "--check" => true,
        _ => bail!("usage: cargo xtask fmt [--check]"),
    };
    let status = rustfmt(check).status().context("cannot start rustfmt")?;
    ensure!(
        status.success(),
        "not every file is formatted: `cargo xtask fmt` does it"
    );
    Ok(())
}

/// `rustfmt` over every Rust file of the repository.
pub fn rustfmt(check: bool) -> Command {
    let mut sources = Vec::new();
    collect(&root(), &mut sources);
    let mut command = process::program("rustfmt");
    command.args(["--edition", "2024"]);
    if check {
        command.arg("--check");
    }
    command.args(sources);
    command
}

/// Adds the Rust files below a folder, but nothing that was built, installed or is hidden.
fn collect(folder: &Path, sources: &mut Vec<PathBuf>) {
    for name in files::names(folder) {
        let path = folder.join(&name);
        if path.is_dir() {
            if !name.starts_with('.') && name != "target" && name != "node_modules" {
                collect(&path, sources);
            }
        } else if name.ends_with(".rs") {
            sources.push(path);
        }
    }
}
