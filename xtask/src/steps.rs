//! The steps of the suite, in order: what CI runs, by name.

mod checks;
mod hosts;

use std::process::Command;

use anyhow::Result;

use crate::build::{self, Host, Options};
use crate::{catalogue, cloudflare, generate, process, setup, size};

pub use hosts::named;

/// One step of the suite.
pub struct Step {
    /// Its name: `cargo xtask ci NAME` runs it alone.
    pub name: &'static str,
    /// What it shows.
    pub about: &'static str,
    /// What it does.
    pub work: Work,
    /// Whether only `cargo xtask test --all` has time for it.
    pub slow: bool,
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
    Step::new("setup", "tools", Work::Prepare(setup::toolchain)),
    Step::new("fmt", "formatting", Work::Check(checks::formatting)),
    Step::new(
        "generated",
        "generated files are fresh",
        Work::Prepare(generated),
    ),
    Step::new("wasm", "functions as components", Work::Prepare(components)),
    Step::new("native", "programs and tests", Work::Prepare(native)),
    Step::new("unit", "functions, cores and store", Work::Tests(unit)),
    Step::new(
        "simulator",
        "a hundred thousand schedules of the gateway",
        Work::Tests(simulator),
    ),
    Step::new("clippy", "lints, natively", Work::Check(checks::clippy)),
    Step::new(
        "clippy-wasm",
        "lints of Spin's host",
        Work::Check(checks::clippy_wasm),
    ),
    Step::new("deny", "licences and sources", Work::Optional(checks::deny)),
    Step::new(
        "clients",
        "Node, Python and the packages of real clients",
        Work::Prepare(setup::clients),
    ),
    Step::new(
        "product",
        "the running system, its clients, access, and the rules of the tree",
        Work::Tests(hosts::product),
    ),
    Step::new(
        "strict",
        "scenarios, strictly as Spin",
        Work::Tests(hosts::strict),
    ),
    Step::new(
        "libsql",
        "scenarios on a libSQL server's database",
        Work::Tests(hosts::libsql),
    ),
    Step::new(
        "spin",
        "scenarios and real clients on Spin itself",
        Work::Optional(hosts::spin),
    ),
    Step::new(
        "cloudflare",
        "the Worker, and its size",
        Work::Prepare(cloudflare::prepare),
    ),
    Step::new("bindgen", "what wrote its script", Work::Tests(bindgen)),
    Step::new(
        "clippy-worker",
        "lints of the Worker",
        Work::Check(checks::clippy_worker),
    ),
    Step::new("gateway", "the gateway's Worker", Work::Prepare(gateway)),
    Step::new(
        "workers",
        "scenarios and access on workerd",
        Work::Tests(hosts::workers),
    ),
    Step::new(
        "spin-and-worker",
        "the same as on Spin, with that Worker as its gateway",
        Work::Optional(hosts::spin_and_worker),
    ),
    Step::new(
        "per-function",
        "a Worker for each function of a sample, and their sizes",
        Work::Prepare(cloudflare::prepare_sample),
    ),
    Step::new(
        "evicted",
        "scenarios on these, while the gateway is evicted",
        Work::Tests(hosts::evicted),
    ),
    Step::new(
        "processor",
        "the processor's time of each function, on these",
        Work::Tests(hosts::processor),
    ),
    Step::slow(
        "per-function-all",
        "a Worker for each function, and their sizes",
        Work::Prepare(cloudflare::prepare_per_function),
    ),
    Step::slow(
        "processor-all",
        "the processor's time of each function, on these",
        Work::Tests(hosts::processor),
    ),
    Step::slow(
        "doc",
        "references without broken links",
        Work::Check(checks::doc),
    ),
    Step::slow(
        "release",
        "functions with LTO, and their sizes",
        Work::Prepare(release),
    ),
];

impl Step {
    const fn new(name: &'static str, about: &'static str, work: Work) -> Self {
        Self {
            name,
            about,
            work,
            slow: false,
        }
    }

    const fn slow(name: &'static str, about: &'static str, work: Work) -> Self {
        Self {
            name,
            about,
            work,
            slow: true,
        }
    }
}

fn generated() -> Result<()> {
    generate::command(&["--check".into()])
}

fn components() -> Result<()> {
    build::components(&catalogue::read_in_suite()?, Host::Spin, Options::default())
}

/// Builds every test and the program `spacebar`, which its own package's tests call for.
///
/// All steps that run tests name the whole workspace: with another selection of packages Cargo
/// unites other features, and would compile most dependencies once more.
fn native() -> Result<()> {
    process::run(&mut process::cargo(&[
        "test",
        "--workspace",
        "--no-run",
        "--lib",
        "--bins",
        "--tests",
    ]))
}

/// The tests of every package but `tests`, in parallel by `cargo nextest` where there is one.
fn unit(filter: Option<&str>) -> Command {
    let mut cargo = if has_nextest() {
        let others = ["-E", "not package(tests)"];
        let mut cargo = process::cargo(&["nextest", "run", "--workspace", "--no-fail-fast"]);
        cargo.arg("--no-tests=pass").args(others);
        cargo
    } else {
        let mut cargo = process::cargo(&["test", "--workspace", "--no-fail-fast"]);
        cargo.args(["--lib", "--bins"]);
        for test in INTEGRATION_TESTS {
            cargo.args(["--test", test]);
        }
        cargo
    };
    cargo.args(filter);
    cargo
}

/// The gateway's simulator, optimised.
fn simulator(filter: Option<&str>) -> Command {
    let package = ["test", "--package", "gateway-durable", "--test", "it"];
    let mut cargo = process::cargo(&package);
    cargo.args(["--profile", "simulator"]);
    cargo.arg(filter.unwrap_or("simulator::"));
    cargo.env("SIMULATOR_SCHEDULES", "100000");
    cargo
}

/// The tests beside packages' sources, but those of the package `tests`. To exclude that package
/// instead would unite other features, and compile Wasmtime once more.
const INTEGRATION_TESTS: [&str; 5] = ["every_operation", "extractors", "it", "refused", "seeded"];

fn has_nextest() -> bool {
    process::succeeds("cargo", &["nextest", "--version"])
}

fn gateway() -> Result<()> {
    cloudflare::gateway(false)
}

/// The tests of a workspace of its own.
fn bindgen(filter: Option<&str>) -> Command {
    let manifest = "cloudflare/bindgen/Cargo.toml";
    let mut cargo = process::cargo(&["test", "--locked", "--manifest-path", manifest]);
    cargo
        .arg("--target-dir")
        .arg(process::target().join("bindgen"));
    cargo.args(filter);
    cargo
}

fn release() -> Result<()> {
    build::components(&catalogue::read_in_suite()?, Host::Spin, Options::RELEASE)?;
    size::command()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::Value;

    use super::*;

    #[test]
    fn no_integration_test_is_left_out() {
        let mut metadata = process::cargo(&["metadata", "--no-deps", "--format-version", "1"]);
        let metadata = process::output(&mut metadata).unwrap();
        let metadata: Value = serde_json::from_str(&metadata).unwrap();
        let packages = metadata["packages"].as_array().unwrap().iter();
        let targets = packages.flat_map(|package| package["targets"].as_array().unwrap());
        let tests = targets.filter(|target| target["kind"][0] == "test");
        let names: BTreeSet<_> = tests.map(|test| test["name"].as_str().unwrap()).collect();
        let known = INTEGRATION_TESTS.into_iter().chain(["tests"]).collect();
        assert_eq!(names, known);
    }
}
