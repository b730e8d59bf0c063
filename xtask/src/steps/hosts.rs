//! The running system, on one host after the other.
//!
//! A scenario runs wherever something that it depends on differs. What all hosts have alike, the
//! functions and the gateway's cores, needs no host to be tested: see CONTRIBUTING.md.

use std::process::Command;

use anyhow::Result;

use crate::process;

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

pub fn product(filter: Option<&str>) -> Command {
    let mut cargo = tests(filter);
    cargo.args(skipping(&ON_WORKERD));
    cargo
}

/// The scenarios once more, with the local host held to what Spin itself offers.
pub fn strict(filter: Option<&str>) -> Command {
    let mut cargo = product(filter.or(Some("scenarios::")));
    // A fresh instance for every call makes memory go up and down by more than a leak would.
    cargo.args(skipping(&["soak"]));
    cargo.env("SPACEBAR_TARGET", "spin-strict");
    cargo
}

/// The scenarios once more, with functions that reach a libSQL server over HTTP.
pub fn libsql(filter: Option<&str>) -> Command {
    let mut cargo = strict(filter);
    cargo.args(skipping(&ABOUT_THE_HOST));
    cargo.args(skipping(&KILLS));
    cargo.args(skipping(&ABOUT_THE_GATEWAY));
    cargo.env("SPACEBAR_TARGET", "libsql");
    cargo
}

/// The scenarios and the real clients once more, by `spin up`. The proxy that cuts sockets stands
/// before one address, and here there are two; every encoding needs a gateway without limits.
pub fn spin() -> Result<Command, &'static str> {
    on_spin("spin")
}

/// The same with the gateway's Worker beside Spin: the functions are those of the step before, and
/// the gateway is that of the step `workers`.
pub fn spin_and_worker() -> Result<Command, &'static str> {
    let mut cargo = on_spin("spin-and-worker")?;
    cargo.args(skipping(&ABOUT_THE_GATEWAY));
    Ok(cargo)
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

/// Scenarios about the gateway's cores and what their shell does with sockets. They run once on
/// each shell: in one process, fed by the outbox, in Durable Objects, and in those that are
/// evicted. They are not repeated where a host has the same shell over another database.
const ABOUT_THE_GATEWAY: [&str; 5] = ["frames", "member_lists", "permissions", "resume", "threads"];

/// What can be made to happen on Cloudflare's runtime alone.
const ON_WORKERD: [&str; 1] = ["evictions"];

/// What kills everything that an instance is, and starts it again.
const KILLS: [&str; 1] = ["durability"];

/// What the program leaves to the process after it.
const RESTARTS: [&str; 1] = ["resume::a_session_outlives"];

/// miniflare, and not Cloudflare, calls each answer without a type compressed, empty ones too.
/// eris then unpacks these in vain.
const NOT_ON_MINIFLARE: [&str; 2] = ["--skip", "clients::script::eris"];

fn skipping(scenarios: &[&str]) -> Vec<String> {
    let skip = |name: &&str| ["--skip".to_owned(), format!("scenarios::{name}")];
    scenarios.iter().flat_map(skip).collect()
}

/// The scenarios, the real clients and the access test once more, on Cloudflare's runtime.
pub fn workers(filter: Option<&str>) -> Command {
    let mut cargo = product(filter.or(Some("scenarios::")));
    cargo.args(["clients::", "access::"]);
    cargo.args(NOT_ON_MINIFLARE);
    cargo.args(skipping(&ABOUT_THE_HOST));
    cargo.args(skipping(&RESTARTS));
    cargo.env("SPACEBAR_TARGET", "workers");
    cargo
}

/// The scenarios once more, with a Worker for each function and a gateway that is taken out of
/// memory five times a second.
pub fn evicted(filter: Option<&str>) -> Command {
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
pub fn processor(filter: Option<&str>) -> Command {
    let mut cargo = tests(filter);
    cargo.args(["--ignored", "--nocapture"]);
    cargo.env("SPACEBAR_TARGET", "worker-per-function");
    cargo
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A name that no scenario begins with would skip nothing.
    #[test]
    fn skipped_tests_exist() {
        let scenarios = crate::root().join("tests/scenarios");
        let once = ["soak", "hibernation"];
        let lists = [
            &ABOUT_THE_HOST[..],
            &ABOUT_THE_GATEWAY,
            &ON_WORKERD,
            &KILLS,
            &RESTARTS,
            &once,
        ];
        for scenario in lists.into_iter().flatten() {
            let (file, test) = scenario.split_once("::").unwrap_or((*scenario, ""));
            let text = std::fs::read_to_string(scenarios.join(format!("{file}.rs")));
            let text = text.unwrap_or_else(|error| panic!("{scenario}: {error}"));
            assert!(text.contains(&format!("async fn {test}")), "{scenario}");
        }
    }
}
