//! Checks of the tree: formatting, lints, references, licences.

use std::process::Command;

use crate::build::Host;
use crate::{fmt, process};

pub fn formatting() -> Command {
    fmt::rustfmt(true)
}

pub fn clippy() -> Command {
    process::cargo(&[
        "clippy",
        "--workspace",
        "--all-targets",
        "--",
        "-D",
        "warnings",
    ])
}

pub fn clippy_wasm() -> Command {
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

pub fn clippy_worker() -> Command {
    let mut cargo = process::cargo(&["clippy", "--package", "cloudflare", "--profile", "wasm"]);
    cargo.args(["--target", Host::Worker.target(), "--", "-D", "warnings"]);
    cargo
}

pub fn doc() -> Command {
    let mut cargo = process::cargo(&[
        "doc",
        "--workspace",
        "--no-deps",
        "--document-private-items",
    ]);
    cargo.env("RUSTDOCFLAGS", "-D warnings");
    cargo
}

pub fn deny() -> Result<Command, &'static str> {
    if !process::succeeds("cargo", &["deny", "--version"]) {
        return Err("cargo-deny is not installed; tests/tidy.rs checks the licences");
    }
    // The advisories are a repository on another host: what cannot be reached must not fail this.
    Ok(process::cargo(&[
        "deny", "check", "licenses", "bans", "sources",
    ]))
}
