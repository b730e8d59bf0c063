//! `cargo xtask bench`: the system beside what bounds it, and what building it takes.

mod building;

use anyhow::Result;

use crate::build::{self, Host, Options};
use crate::{announce, catalogue, process, setup};

/// Builds what `cargo xtask up --release` runs, and measures it. The area `build` is measured by
/// building: it needs nothing built.
///
/// # Errors
/// When something cannot be built, or a server stops answering.
pub fn command(args: &[String]) -> Result<()> {
    setup::toolchain()?;
    if args.iter().any(|arg| arg == "build") {
        return building::measure();
    }
    announce("building the host and the benchmark");
    process::run(&mut process::cargo(&[
        "build",
        "--release",
        "--package",
        "spacebar",
        "--package",
        "bench",
    ]))?;
    announce("building the functions");
    build::components(&catalogue::read()?, Host::Spin, Options::RELEASE)?;
    announce("measuring, with everything compiled ahead");
    let mut bench = process::program(process::target().join("release/bench"));
    process::run(bench.args(args))
}
