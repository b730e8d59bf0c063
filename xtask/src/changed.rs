//! Which steps of the suite a change can affect: `cargo xtask ci --changed`.
//!
//! A change affects the packages that its files belong to, and those that depend on them. A step
//! says below which packages it runs, and which other files it reads. What is not known to be
//! harmless affects everything.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use crate::catalogue::Function;
use crate::process;

/// The branch that a change is compared with.
const BASE: &str = "main";

/// What every step depends on, beside packages.
const OF_ALL: &[&str] = &[
    ".cargo/",
    ".ci/",
    "Cargo.lock",
    "Cargo.toml",
    "clippy.toml",
    "rustfmt.toml",
    "xtask/",
];

/// Files that no program reads but the tests of the tree.
const TEXTS: &[&str] = &["docs/", "media-relay/", "LICENSE", ".gitignore"];

/// What a step runs and reads.
struct Inputs {
    step: &'static str,
    /// Packages; [`ANY`] for all.
    packages: &'static [&'static str],
    /// Other files and folders, from the repository's folder.
    paths: &'static [&'static str],
    /// Steps that make what it needs.
    needs: &'static [&'static str],
}

/// In the place of a package: each of them.
const ANY: &str = "*";
/// The packages of a running system, and what tests it.
const SYSTEM: &[&str] = &["functions", "spacebar", "tests"];
/// The same on Cloudflare.
const WORKERS: &[&str] = &["cloudflare", "tests"];
/// What the Workers are made of beside packages.
const WORKER_FILES: &[&str] = &["cloudflare/", "wrangler.toml", "tests/workers/"];

/// Every step of the suite, in its order.
const INPUTS: &[Inputs] = &[
    row("setup", &[], &[], &[]),
    row("fmt", &[ANY], &[], &[]),
    row(
        "generated",
        &["functions", "store"],
        &["docs/", "spin.toml"],
        &[],
    ),
    row("wasm", &["functions"], &[], &[]),
    row("native", &[ANY], &[], &[]),
    row("unit", &[ANY], &[], &["native"]),
    row("simulator", &["gateway-durable"], &[], &[]),
    row("clippy", &[ANY], &[], &[]),
    row("clippy-wasm", &["runtime"], &[], &[]),
    row("deny", &[], &["deny.toml"], &[]),
    row("clients", &[], &["tests/clients/"], &[]),
    row(
        "product",
        SYSTEM,
        &["spin.toml", "README.md"],
        &["wasm", "native", "clients"],
    ),
    row("strict", SYSTEM, &["spin.toml"], &["wasm", "native"]),
    row("libsql", SYSTEM, &["spin.toml"], &["wasm", "native"]),
    row("spin", SYSTEM, &["spin.toml"], &["wasm", "clients"]),
    row("cloudflare", &["cloudflare"], WORKER_FILES, &[]),
    row("bindgen", &[], &["cloudflare/bindgen/"], &[]),
    row("clippy-worker", &["cloudflare"], &[], &[]),
    row("gateway", &["cloudflare"], WORKER_FILES, &[]),
    row(
        "workers",
        WORKERS,
        WORKER_FILES,
        &["native", "clients", "cloudflare"],
    ),
    row(
        "spin-and-worker",
        SYSTEM,
        WORKER_FILES,
        &["wasm", "clients", "gateway"],
    ),
    row("per-function", &["cloudflare"], WORKER_FILES, &[]),
    row(
        "evicted",
        WORKERS,
        WORKER_FILES,
        &["native", "per-function"],
    ),
    row(
        "processor",
        WORKERS,
        WORKER_FILES,
        &["native", "per-function"],
    ),
    row("per-function-all", &["cloudflare"], WORKER_FILES, &[]),
    row(
        "processor-all",
        WORKERS,
        WORKER_FILES,
        &["native", "per-function-all"],
    ),
    row("doc", &[ANY], &[], &[]),
    row("release", &["functions"], &[], &[]),
];

const fn row(
    step: &'static str,
    packages: &'static [&'static str],
    paths: &'static [&'static str],
    needs: &'static [&'static str],
) -> Inputs {
    Inputs {
        step,
        packages,
        paths,
        needs,
    }
}

/// Files that changed, and the packages that notice.
#[derive(Debug)]
pub struct Change {
    files: Vec<String>,
    packages: BTreeSet<String>,
    is_everything: bool,
}

impl Change {
    /// What the work tree has, beside what the branch `main` had when this one began.
    ///
    /// # Errors
    /// When there is no such branch, or no Git.
    pub fn since_main() -> Result<Self> {
        let listed = |args: &[&str]| {
            let files = process::output(process::program("git").args(args));
            files.with_context(|| format!("there is no branch {BASE} to compare with"))
        };
        let mut files = listed(&["diff", "--name-only", "--merge-base", BASE])?;
        files += &listed(&["ls-files", "--others", "--exclude-standard"])?;
        let mut metadata = process::cargo(&["metadata", "--no-deps", "--format-version", "1"]);
        let metadata = serde_json::from_str(&process::output(&mut metadata)?)?;
        Self::of(files.lines().map(str::to_owned).collect(), &metadata)
    }

    /// What a change of these files, from the repository's folder, affects.
    fn of(files: Vec<String>, metadata: &Value) -> Result<Self> {
        let packages = Packages::read(metadata)?;
        let is_known = |file: &String| {
            let paths = INPUTS.iter().flat_map(|row| row.paths);
            packages.owner(file).is_some()
                || paths.chain(TEXTS).any(|path| file.starts_with(path))
                || file.ends_with(".md")
        };
        let is_everything = files
            .iter()
            .any(|file| OF_ALL.iter().any(|path| file.starts_with(path)) || !is_known(file));
        let changed = files.iter().filter_map(|file| packages.owner(file));
        Ok(Self {
            packages: packages.noticing(changed.collect()),
            is_everything,
            files,
        })
    }

    /// The steps that it can affect, with what they need.
    pub fn steps(&self) -> BTreeSet<&'static str> {
        let affected = INPUTS.iter().filter(|row| self.affects(row));
        let affected: BTreeSet<_> = affected.map(|row| row.step).collect();
        let rows = INPUTS.iter().filter(|row| affected.contains(row.step));
        let needed: BTreeSet<_> = rows.flat_map(|row| row.needs).copied().collect();
        &(&affected | &needed) | &BTreeSet::from(["setup"])
    }

    fn affects(&self, row: &Inputs) -> bool {
        let runs = |package: &str| match package {
            ANY => !self.packages.is_empty(),
            package => self.packages.contains(package),
        };
        let reads = |path: &&str| self.files.iter().any(|file| file.starts_with(path));
        self.is_everything || row.packages.iter().any(|it| runs(it)) || row.paths.iter().any(reads)
    }

    /// Whether a function's own file is among it, or one below that.
    pub fn touches(&self, function: &Function) -> bool {
        let own = function.file();
        let below = own.replace(".rs", "/");
        let mut files = self.files.iter();
        files.any(|file| *file == own || file.starts_with(&below))
    }

    /// What it is, in a line.
    pub fn summary(&self) -> String {
        let files = self.files.len();
        match self.is_everything {
            true => format!("{files} files changed, some of which every step depends on"),
            false => format!("{files} files changed, which {:?} notice", self.packages),
        }
    }
}

/// The packages of the workspace.
struct Packages {
    /// Their folders, from the repository's, with a slash at the end, and their names.
    folders: BTreeMap<String, String>,
    /// Who depends on each, for whatever purpose.
    dependents: BTreeMap<String, BTreeSet<String>>,
}

impl Packages {
    /// Reads what `cargo metadata` prints.
    fn read(metadata: &Value) -> Result<Self> {
        let root = metadata["workspace_root"].as_str().context("no root")?;
        let listed = metadata["packages"].as_array().context("no packages")?;
        let mut packages = Self {
            folders: BTreeMap::new(),
            dependents: BTreeMap::new(),
        };
        for package in listed {
            let name = package["name"].as_str().context("a name")?;
            let manifest = package["manifest_path"].as_str().context("a path")?;
            let folder = manifest.strip_prefix(root).context("a member's folder")?;
            let folder = folder.trim_start_matches('/').replace("Cargo.toml", "");
            packages.folders.insert(folder, name.to_owned());
            let dependencies = package["dependencies"].as_array().into_iter().flatten();
            // Those of the workspace are the ones with a path.
            let own = dependencies.filter(|dependency| dependency["path"].is_string());
            for dependency in own.filter_map(|dependency| dependency["name"].as_str()) {
                let dependents = packages.dependents.entry(dependency.to_owned());
                dependents.or_default().insert(name.to_owned());
            }
        }
        ensure!(!packages.folders.is_empty(), "the workspace has no members");
        Ok(packages)
    }

    /// The package that a file belongs to: that of the longest folder.
    fn owner(&self, file: &str) -> Option<&str> {
        let folders = self.folders.iter();
        let folders = folders.filter(|(folder, _)| file.starts_with(folder.as_str()));
        let longest = folders.max_by_key(|(folder, _)| folder.len());
        longest.map(|(_, name)| name.as_str())
    }

    /// These packages and all that depend on them, through however many others.
    fn noticing<'a>(&'a self, mut fresh: Vec<&'a str>) -> BTreeSet<String> {
        let mut noticing = BTreeSet::new();
        while let Some(package) = fresh.pop() {
            if noticing.insert(package.to_owned()) {
                let dependents = self.dependents.get(package).into_iter().flatten();
                fresh.extend(dependents.map(String::as_str));
            }
        }
        noticing
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::steps::STEPS;

    fn steps(files: &[&str]) -> BTreeSet<&'static str> {
        let mut metadata = process::cargo(&["metadata", "--no-deps", "--format-version", "1"]);
        let metadata = process::output(&mut metadata).unwrap();
        let metadata = serde_json::from_str(&metadata).unwrap();
        let files = files.iter().map(|file| (*file).to_owned()).collect();
        Change::of(files, &metadata).unwrap().steps()
    }

    #[test]
    fn every_step_says_what_it_reads() {
        let steps: Vec<_> = STEPS.iter().map(|step| step.name).collect();
        let rows: Vec<_> = INPUTS.iter().map(|row| row.step).collect();
        assert_eq!(rows, steps);
        let known = |name: &&&str| steps.contains(name);
        let needs = INPUTS.iter().flat_map(|row| row.needs);
        assert_eq!(needs.clone().filter(known).count(), needs.count());
    }

    /// A name that is misspelt would affect nothing.
    #[test]
    fn inputs_of_steps_exist() {
        let mut metadata = process::cargo(&["metadata", "--no-deps", "--format-version", "1"]);
        let metadata = process::output(&mut metadata).unwrap();
        let packages = Packages::read(&serde_json::from_str(&metadata).unwrap()).unwrap();
        let names: BTreeSet<_> = packages.folders.values().map(String::as_str).collect();
        for row in INPUTS {
            for package in row.packages.iter().filter(|it| **it != ANY) {
                assert!(names.contains(package), "{package}");
            }
            for path in row.paths {
                assert!(crate::root().join(path).exists(), "{path}");
            }
        }
        for path in OF_ALL.iter().chain(TEXTS) {
            assert!(crate::root().join(path).exists(), "{path}");
        }
    }

    #[test]
    fn a_change_runs_what_it_can_affect_and_nothing_else() {
        assert_eq!(steps(&["docs/bots.md"]), ["generated", "setup"].into());
        let all: BTreeSet<_> = STEPS.iter().map(|step| step.name).collect();
        for file in ["Cargo.lock", "xtask/src/test.rs", "what/is/that.c"] {
            assert_eq!(steps(&[file]), all, "{file}");
        }
        let function = steps(&["functions/channels/src/typing.rs"]);
        assert!(function.is_superset(&["wasm", "unit", "product", "workers"].into()));
        assert!(function.is_disjoint(&["simulator", "clippy-wasm", "bindgen"].into()));
        let host = steps(&["local/src/outbox.rs"]);
        assert!(host.is_superset(&["unit", "product", "strict", "wasm", "clients"].into()));
        assert!(host.is_disjoint(&["cloudflare", "simulator", "generated"].into()));
        let gateway = steps(&["gateway-durable/src/session.rs"]);
        assert!(gateway.is_superset(&["simulator", "gateway", "product"].into()));
        assert!(!gateway.contains("clippy-wasm"));
        let worker = steps(&["cloudflare/module.mjs"]);
        assert!(worker.is_superset(&["cloudflare", "workers", "evicted"].into()));
        let model = steps(&["shared/model/src/id.rs"]);
        assert!(model.is_superset(&["clippy-wasm", "generated", "workers"].into()));
    }
}
