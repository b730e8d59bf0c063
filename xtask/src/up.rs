//! Starting the system on this machine.

use std::os::unix::process::CommandExt;

use anyhow::{Context, Result, bail};

use crate::build::{self, Host, Options};
use crate::{announce, catalogue, process, setup};

/// Where the system listens and keeps its data unless the arguments say otherwise.
const LISTEN: &str = "127.0.0.1:3001";
const DATA: &str = "data";

/// `cargo xtask up [--dev | --release] [-- ARGS]`: everything after `--` goes to `spacebar serve`.
///
/// With `--dev` the host is built as the tests have it: sooner done, and several times slower. With
/// `--release` the functions are optimised as a whole too, which takes minutes.
pub fn command(args: &[String]) -> Result<()> {
    let (own, rest) = match args.iter().position(|arg| arg == "--") {
        Some(at) => (&args[..at], &args[at + 1..]),
        None => (args, &[][..]),
    };
    let (release, functions) = match own {
        [] => (true, Options::default()),
        [arg] if arg == "--dev" => (false, Options::default()),
        [arg] if arg == "--release" => (true, Options::RELEASE),
        _ => bail!("up takes --dev or --release; what follows `--` goes to `spacebar serve`"),
    };
    setup::toolchain()?;
    announce("building the host");
    host(release)?;
    announce("building the functions");
    build::components(&catalogue::read()?, Host::Spin, functions)?;

    let folder = if release { "release" } else { "debug" };
    let mut spacebar = process::program(process::target().join(folder).join("spacebar"));
    spacebar.arg("serve");
    for (option, value) in [("--listen", LISTEN), ("--data", DATA)] {
        let given = |arg: &String| arg == option || arg.starts_with(&format!("{option}="));
        if !rest.iter().any(given) {
            spacebar.args([option, value]);
        }
    }
    // This process becomes the host, so that signals reach it and nothing is left in between.
    let error = spacebar.args(rest).exec();
    Err(error).with_context(|| format!("cannot start {}", process::shown(&spacebar)))
}

/// Builds the program `spacebar`.
pub fn host(release: bool) -> Result<()> {
    let mut cargo = process::cargo(&["build", "--package", "spacebar"]);
    if release {
        cargo.arg("--release");
    }
    process::run(&mut cargo)
}
