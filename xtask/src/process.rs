//! Running other programs.

use std::ffi::OsStr;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

/// Words of a command that are shown.
const WORDS_SHOWN: usize = 16;

/// A program to be run in the repository's folder.
pub fn program(name: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(name);
    command.current_dir(crate::root());
    command
}

/// Cargo with these arguments, in the repository's folder.
pub fn cargo(args: &[&str]) -> Command {
    // Cargo sets CARGO for the programs it runs: the same one is used again.
    let mut command = program(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(args);
    // What `cargo run` tells this program about its own package must not reach another build.
    for (key, _) in std::env::vars_os() {
        let name = key.to_string_lossy();
        if name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_") {
            command.env_remove(key);
        }
    }
    command
}

/// Where Cargo puts what it builds.
pub fn target() -> PathBuf {
    let chosen = std::env::var_os("CARGO_TARGET_DIR");
    crate::root().join(chosen.unwrap_or_else(|| "target".into()))
}

/// Runs to the end, output shown; an error if it does not succeed.
pub fn run(command: &mut Command) -> Result<()> {
    let status = command.status().with_context(|| cannot_start(command))?;
    if !status.success() {
        bail!("{} failed ({status})", shown(command));
    }
    Ok(())
}

/// Runs to the end and returns what it printed; its complaints are shown.
pub fn output(command: &mut Command) -> Result<String> {
    let output = command.stderr(Stdio::inherit()).output();
    let output = output.with_context(|| cannot_start(command))?;
    if !output.status.success() {
        bail!("{} failed ({})", shown(command), output.status);
    }
    String::from_utf8(output.stdout).with_context(|| format!("the output of {}", shown(command)))
}

/// Whether a program can be started at all and succeeds with these arguments, output hidden.
pub fn succeeds(name: impl AsRef<OsStr>, args: &[&str]) -> bool {
    quietly(program(name).args(args))
}

/// Whether a command can be started at all and succeeds, output hidden.
pub fn quietly(command: &mut Command) -> bool {
    command.stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

/// The command as one would type it, or the beginning of a long one.
pub fn shown(command: &Command) -> String {
    let mut words = vec![command.get_program().to_string_lossy()];
    words.extend(command.get_args().map(OsStr::to_string_lossy));
    if words.len() > WORDS_SHOWN {
        words.truncate(WORDS_SHOWN);
        words.push("…".into());
    }
    words.join(" ")
}

fn cannot_start(command: &Command) -> String {
    format!("cannot start {}", shown(command))
}
