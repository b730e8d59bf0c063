//! The steps of the suite, in order: what CI runs, by name.

use std::process::Command;

use anyhow::Result;

use crate::build::{self, Host, Options};
use crate::{catalogue, generate, process, setup, up};

/// One step of the suite.
pub struct Step {
    /// Its name: `cargo xtask ci NAME` runs it alone.
    pub name: &'static str,
    /// What it shows.
    pub about: &'static str,
    /// What it does.
    pub work: Work,
}

/// What a step does.
pub enum Work {
    /// Runs tests, of which only those whose names contain a filter may be wanted.
    Tests(fn(filter: Option<&str>) -> Command),
    /// Runs a check: it passes or fails as a whole.
    Check(fn() -> Command),
    /// Makes something that later steps need.
    Prepare(fn() -> Result<()>),
    /// A check that the machine may lack the program for: why not, when it does.
    Optional(fn() -> Result<Command, &'static str>),
}

/// Every step, in order. The cheap ones come first.
pub const STEPS: &[Step] = &[
    Step {
        name: "setup",
        about: "tools",
        work: Work::Prepare(setup::everything),
    },
    Step {
        name: "fmt",
        about: "formatting",
        work: Work::Check(fmt),
    },
    Step {
        name: "generated",
        about: "generated files are fresh",
        work: Work::Prepare(generated),
    },
    Step {
        name: "clippy",
        about: "lints, natively",
        work: Work::Check(clippy),
    },
    Step {
        name: "wasm",
        about: "functions as components",
        work: Work::Prepare(components),
    },
    Step {
        name: "clippy-wasm",
        about: "lints of the hosts",
        work: Work::Check(clippy_wasm),
    },
    Step {
        name: "unit",
        about: "functions, cores and store",
        work: Work::Tests(unit),
    },
    Step {
        name: "host",
        about: "the program spacebar",
        work: Work::Prepare(|| up::host(false)),
    },
    Step {
        name: "product",
        about: "the running system",
        work: Work::Tests(product),
    },
    Step {
        name: "strict",
        about: "the same, strictly as Spin",
        work: Work::Tests(strict),
    },
    Step {
        name: "deny",
        about: "licences and sources",
        work: Work::Optional(deny),
    },
];

fn fmt() -> Command {
    process::cargo(&["fmt", "--all", "--check"])
}

fn clippy() -> Command {
    process::cargo(&[
        "clippy",
        "--workspace",
        "--all-targets",
        "--",
        "-D",
        "warnings",
    ])
}

fn clippy_wasm() -> Command {
    let target = Host::Spin.target();
    process::cargo(&[
        "clippy",
        "--package",
        "runtime",
        "--target",
        target,
        "--",
        "-D",
        "warnings",
    ])
}

fn generated() -> Result<()> {
    generate::command(&["--check".into()])
}

fn components() -> Result<()> {
    build::components(&catalogue::read()?, Host::Spin, Options::default())
}

/// The tests of every package but `tests`, in parallel by `cargo nextest` where there is one.
fn unit(filter: Option<&str>) -> Command {
    let mut cargo = if process::succeeds("cargo", &["nextest", "--version"]) {
        process::cargo(&["nextest", "run", "--no-tests=pass", "--no-fail-fast"])
    } else {
        process::cargo(&["test", "--no-fail-fast", "--lib", "--bins", "--tests"])
    };
    cargo
        .args(["--workspace", "--exclude", "tests"])
        .args(filter);
    cargo
}

/// The package `tests`, in one process, since its scenarios share what they start.
fn product(filter: Option<&str>) -> Command {
    let mut cargo = process::cargo(&["test", "--package", "tests"]);
    cargo.args(filter);
    cargo
}

/// The scenarios once more, with the local host held to what Spin itself offers.
fn strict(filter: Option<&str>) -> Command {
    let mut cargo = process::cargo(&["test", "--package", "tests", "--", "scenarios"]);
    // Test filters are alternatives, so with one of our own only that can be asked for.
    if let Some(filter) = filter {
        cargo = product(Some(filter));
    }
    cargo.env("SPACEBAR_TARGET", "spin-strict");
    cargo
}

fn deny() -> Result<Command, &'static str> {
    if !process::succeeds("cargo", &["deny", "--version"]) {
        return Err("cargo-deny is not installed; tests/tidy.rs checks the licences");
    }
    // The advisories are a repository on another host: what cannot be reached must not fail this.
    Ok(process::cargo(&[
        "deny", "check", "licenses", "bans", "sources",
    ]))
}
