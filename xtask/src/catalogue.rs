//! The list of functions, as the package `functions` prints it.

use anyhow::{Context, Result};
use serde::Deserialize;

use crate::{announce, process};

/// One function: a path with its methods, and so one WASM component.
#[derive(Debug, Clone, Deserialize)]
pub struct Function {
    /// The component's id: `channels-typing`.
    pub component: String,
    /// The crate it is in, below `functions/`.
    #[serde(rename = "crate")]
    pub krate: String,
    /// Its file in that crate, without the ending.
    pub module: String,
    /// Its routes in Spin's syntax: `/api/:version/channels/:channel_id/typing`, …
    pub routes: Vec<String>,
    /// Its path below its mount, as Discord writes it: `/channels/{channel_id}/typing`.
    pub path: String,
    /// Its path as `docs/openapi.json` has it.
    #[serde(default)]
    pub described_path: String,
    /// Where its path hangs: `api`, `root`, `cdn`, `admin` or `internal`.
    pub mount: String,
    /// What it may use of its host besides the database.
    pub capabilities: Vec<String>,
    /// The hosts that its capability `outbound` opens, as Spin writes them.
    #[serde(default)]
    pub outbound: Vec<String>,
    /// Whether a call takes more processor time than a request to a Worker has.
    #[serde(default)]
    pub costly: bool,
    /// Its methods.
    pub operations: Vec<Operation>,
}

/// One method of a path.
#[derive(Debug, Clone, Deserialize)]
pub struct Operation {
    /// `GET`, `POST`, …
    pub method: String,
    /// Discord's operationId.
    pub name: String,
    /// Who may call it: the name of a requirement, perhaps with permission bits.
    pub access: String,
    /// What else the caller must be allowed, as the request may be.
    pub requires: Vec<ConditionalRequirement>,
    /// How often it may be used in a window, per caller and major parameter.
    pub limit: u32,
    /// The window's length in milliseconds.
    pub per_ms: u32,
}

/// Permissions that a caller needs when the request is of a certain kind.
#[derive(Debug, Clone, Deserialize)]
pub struct ConditionalRequirement {
    /// Sets of permissions, by name. One of them is enough.
    pub any_of: Vec<Vec<String>>,
    /// When they are needed.
    pub when: String,
}

impl Function {
    /// The source file, from the repository's folder.
    pub fn file(&self) -> String {
        format!("functions/{}/src/{}.rs", self.krate, self.module)
    }
}

/// Builds the package `functions`, when it is not fresh, and asks it.
pub fn read() -> Result<Vec<Function>> {
    process::run(&mut process::cargo(&["build", "--package", "functions"]))?;
    ask()
}

/// The same for the suite, by what it has built for its step `generated`: the package by itself
/// unites other features, and all functions would be compiled once more.
pub fn read_in_suite() -> Result<Vec<Function>> {
    build_printers()?;
    ask()
}

/// The examples of the store that print what it knows of its tables.
const PRINTERS: [&str; 2] = ["schema", "export"];

/// Builds them, and what lists the functions, with the features and profiles that packages have in
/// the tests of the whole workspace: with others Cargo would build SQLite once more, for minutes.
pub fn build_printers() -> Result<()> {
    announce(
        "building what lists functions and tables: seconds where the tests are built, else minutes",
    );
    let mut cargo = process::cargo(&["build", "--workspace", "--bin", "manifest"]);
    cargo.args(PRINTERS.iter().flat_map(|name| ["--example", name]));
    process::run(&mut cargo)
}

/// Asks the package `functions` as it was last built.
pub fn ask() -> Result<Vec<Function>> {
    let program = process::target().join("debug/manifest");
    parse(&process::output(&mut process::program(program))?)
}

/// Asks the package `functions`, as it was last built, for the description of all operations.
pub fn openapi() -> Result<serde_json::Value> {
    let program = process::target().join("debug/manifest");
    let text = process::output(process::program(program).arg("openapi"))?;
    serde_json::from_str(&text).context("the description is no JSON")
}

/// Reads what the package `functions` prints.
pub fn parse(manifest: &str) -> Result<Vec<Function>> {
    serde_json::from_str(manifest).context("the list of functions is not what xtask expects")
}
