//! The steps of the suite, in order: what CI runs, by name.

use std::process::Command;

use anyhow::Result;

use crate::build::{self, Host, Options};
use crate::{catalogue, cloudflare, fmt, generate, process, setup, size};

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
    Step::new("fmt", "formatting", Work::Check(formatting)),
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
    Step::new("clippy", "lints, natively", Work::Check(clippy)),
    Step::new(
        "clippy-wasm",
        "lints of Spin's host",
        Work::Check(clippy_wasm),
    ),
    Step::new("deny", "licences and sources", Work::Optional(deny)),
    Step::new(
        "clients",
        "Node, Python and the packages of real clients",
        Work::Prepare(setup::clients),
    ),
    Step::new(
        "product",
        "the running system, its clients, access, and the rules of the tree",
        Work::Tests(product),
    ),
    Step::new("strict", "scenarios, strictly as Spin", Work::Tests(strict)),
    Step::new(
        "libsql",
        "scenarios on a libSQL server's database",
        Work::Tests(libsql),
    ),
    Step::new(
        "spin",
        "scenarios and real clients on Spin itself",
        Work::Optional(spin),
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
        Work::Check(clippy_worker),
    ),
    Step::new("gateway", "the gateway's Worker", Work::Prepare(gateway)),
    Step::new(
        "workers",
        "scenarios and access on workerd",
        Work::Tests(workers),
    ),
    Step::new(
        "spin-and-worker",
        "the same as on Spin, with that Worker as its gateway",
        Work::Optional(spin_and_worker),
    ),
    Step::new(
        "per-function",
        "a Worker for each function, and their sizes",
        Work::Prepare(cloudflare::prepare_per_function),
    ),
    Step::new(
        "evicted",
        "scenarios on these, while the gateway is evicted",
        Work::Tests(evicted),
    ),
    Step::new(
        "processor",
        "the processor's time of each function, on these",
        Work::Tests(processor),
    ),
    Step::slow("doc", "references without broken links", Work::Check(doc)),
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

fn formatting() -> Command {
    fmt::rustfmt(true)
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

fn has_nextest() -> bool {
    process::succeeds("cargo", &["nextest", "--version"])
}

/// The package `tests`, in one process, since its scenarios share what they start.
fn tests(filter: Option<&str>) -> Command {
    let mut cargo = process::cargo(&["test", "--workspace", "--test", "tests", "--"]);
    cargo.args(filter);
    cargo
}

/// The tests of the package `tests` whose names contain a filter. Lists them by building them.
///
/// # Errors
/// When they do not compile.
pub fn named(filter: &str) -> Result<Vec<String>> {
    let mut list = tests(Some(filter));
    let listed = process::output(list.arg("--list"))?;
    let names = listed
        .lines()
        .filter_map(|line| line.strip_suffix(": test"));
    Ok(names.map(str::to_owned).collect())
}

fn product(filter: Option<&str>) -> Command {
    let mut cargo = tests(filter);
    cargo.args(skipping(&ON_WORKERD));
    cargo
}

/// The scenarios once more, with the local host held to what Spin itself offers.
fn strict(filter: Option<&str>) -> Command {
    let mut cargo = product(filter.or(Some("scenarios::")));
    // A fresh instance for every call makes memory go up and down by more than a leak would.
    cargo.args(skipping(&["soak"]));
    cargo.env("SPACEBAR_TARGET", "spin-strict");
    cargo
}

/// The scenarios once more, with functions that reach a libSQL server over HTTP.
fn libsql(filter: Option<&str>) -> Command {
    let mut cargo = strict(filter);
    cargo.args(skipping(&ABOUT_THE_HOST));
    cargo.args(skipping(&KILLS));
    cargo.env("SPACEBAR_TARGET", "libsql");
    cargo
}

/// The scenarios and the real clients once more, by `spin up`. The proxy that cuts sockets stands
/// before one address, and here there are two; every encoding needs a gateway without limits.
fn spin() -> Result<Command, &'static str> {
    on_spin("spin")
}

/// The same with the gateway's Worker beside Spin.
fn spin_and_worker() -> Result<Command, &'static str> {
    on_spin("spin-and-worker")
}

fn on_spin(target: &str) -> Result<Command, &'static str> {
    if !process::succeeds("spin", &["--version"]) {
        return Err("spin is not on the PATH");
    }
    let mut cargo = product(Some("scenarios::"));
    cargo.arg("clients::");
    cargo.args(skipping(&ABOUT_THE_HOST));
    cargo.args(skipping(&KILLS));
    cargo.args(skipping(&RESTARTS));
    cargo.args(["--skip", "clients::cuts", "--skip", "every_encoding"]);
    cargo.env("SPACEBAR_TARGET", target);
    Ok(cargo)
}

/// Scenarios about the program `spacebar` itself: its backups and exports, its disk, the faults
/// that it can make, its memory and its upgrades. The table in docs/hosts.md says so.
const ABOUT_THE_HOST: [&str; 6] = ["backup", "export", "faults", "full_disk", "soak", "upgrade"];

/// The tests beside packages' sources, but those of the package `tests`. To exclude that package
/// instead would unite other features, and compile Wasmtime once more.
const INTEGRATION_TESTS: [&str; 5] = ["every_operation", "extractors", "it", "refused", "seeded"];

/// What can be made to happen on Cloudflare's runtime alone.
const ON_WORKERD: [&str; 1] = ["evictions"];

/// What kills everything that an instance is, and starts it again.
const KILLS: [&str; 1] = ["durability"];

/// What the program leaves to the process after it.
const RESTARTS: [&str; 1] = ["resume::a_session_outlives"];

fn skipping(scenarios: &[&str]) -> Vec<String> {
    let skip = |name: &&str| ["--skip".to_owned(), format!("scenarios::{name}")];
    scenarios.iter().flat_map(skip).collect()
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

fn clippy_worker() -> Command {
    let mut cargo = process::cargo(&["clippy", "--package", "cloudflare", "--profile", "wasm"]);
    cargo.args(["--target", Host::Worker.target(), "--", "-D", "warnings"]);
    cargo
}

/// The scenarios, the real clients and the access test once more, on Cloudflare's runtime.
fn workers(filter: Option<&str>) -> Command {
    let mut cargo = product(filter.or(Some("scenarios::")));
    cargo.args(["clients::", "access::"]);
    cargo.args(skipping(&ABOUT_THE_HOST));
    cargo.args(skipping(&RESTARTS));
    cargo.env("SPACEBAR_TARGET", "workers");
    cargo
}

/// The scenarios once more, with a Worker for each function and a gateway that is taken out of
/// memory five times a second.
fn evicted(filter: Option<&str>) -> Command {
    let mut cargo = tests(filter.or(Some("scenarios::")));
    cargo.args(skipping(&ABOUT_THE_HOST));
    cargo.args(skipping(&KILLS));
    cargo.args(skipping(&RESTARTS));
    cargo.args(skipping(&["hibernation"]));
    cargo.env("SPACEBAR_TARGET", "worker-per-function");
    cargo.env("EVICT_EVERY_MS", "200");
    cargo
}

/// The test that all others ignore, since it measures: its table is what it is for.
fn processor(filter: Option<&str>) -> Command {
    let mut cargo = tests(filter);
    cargo.args(["--ignored", "--nocapture"]);
    cargo.env("SPACEBAR_TARGET", "worker-per-function");
    cargo
}

fn doc() -> Command {
    let mut cargo = process::cargo(&[
        "doc",
        "--workspace",
        "--no-deps",
        "--document-private-items",
    ]);
    cargo.env("RUSTDOCFLAGS", "-D warnings");
    cargo
}

fn release() -> Result<()> {
    build::components(&catalogue::read_in_suite()?, Host::Spin, Options::RELEASE)?;
    size::command()
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

    /// A name that no scenario begins with would skip nothing.
    #[test]
    fn what_is_skipped_is_there() {
        let scenarios = crate::root().join("tests/scenarios");
        let once = ["soak", "hibernation"];
        let lists = [&ABOUT_THE_HOST[..], &ON_WORKERD, &KILLS, &RESTARTS, &once];
        for scenario in lists.into_iter().flatten() {
            let (file, test) = scenario.split_once("::").unwrap_or((*scenario, ""));
            let text = std::fs::read_to_string(scenarios.join(format!("{file}.rs")));
            let text = text.unwrap_or_else(|error| panic!("{scenario}: {error}"));
            assert!(text.contains(&format!("async fn {test}")), "{scenario}");
        }
    }
}
