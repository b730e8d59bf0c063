//! Files derived from the code: each has one writer, which is here.
//!
//! They are committed, so that they can be read and reviewed; `tests/generated.rs` and
//! `cargo xtask generate --check` fail when one is stale.

use std::path::Path;

use anyhow::{Result, bail};

use crate::catalogue::{self, Function};
use crate::{files, process};

mod docs;
mod lists;
mod openapi;
mod spin;

/// What to run when a generated file is stale.
pub const COMMAND: &str = "cargo xtask generate";

/// A file and what it should hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Generated {
    /// From the repository's folder.
    pub path: &'static str,
    /// All of its text.
    pub text: String,
}

/// `cargo xtask generate [--check]`.
pub fn command(args: &[String]) -> Result<()> {
    let check = match args {
        [] => false,
        [arg] if arg == "--check" => true,
        _ => bail!("generate has one option, --check"),
    };
    // The lists come first: what is not in them is not in the catalogue either.
    let lists = lists_of(&crate::root())?;
    let stale = settle(&lists, check)?;
    catalogue::build_printers()?;
    let printed = Printed {
        openapi: catalogue::openapi()?,
        schema: printed("schema")?,
        exports: printed("export")?,
    };
    let derived = derived(&catalogue::ask()?, printed)?;
    if stale | settle(&derived, check)? && check {
        bail!("stale: run `{COMMAND}` and commit the result");
    }
    Ok(())
}

/// Rewrites the lists of crates alone.
///
/// # Errors
/// When a file that holds a list cannot be read or written.
pub fn lists() -> Result<()> {
    settle(&lists_of(&crate::root())?, false).map(drop)
}

/// The files with lists of crates.
///
/// # Errors
/// When one cannot be read or lacks its markers.
pub fn lists_of(root: &Path) -> Result<Vec<Generated>> {
    lists::files(root)
}

/// What an example of the store prints: only the store knows its tables.
fn printed(example: &str) -> Result<String> {
    let examples = process::target().join("debug/examples");
    process::output(&mut process::program(examples.join(example)))
}

/// What other packages print of themselves.
#[derive(Debug)]
pub struct Printed {
    /// The functions' description of their operations.
    pub openapi: serde_json::Value,
    /// The store's tables.
    pub schema: String,
    /// The format of its exports.
    pub exports: String,
}

/// Every file that is derived from the functions, and from what packages print.
///
/// # Errors
/// When a source file cannot be read.
pub fn derived(functions: &[Function], printed: Printed) -> Result<Vec<Generated>> {
    Ok(vec![
        Generated {
            path: "spin.toml",
            text: spin::manifest(functions),
        },
        Generated {
            path: "docs/functions.md",
            text: docs::functions(functions, &crate::root())?,
        },
        Generated {
            path: "docs/errors.md",
            text: docs::errors(),
        },
        Generated {
            path: "docs/openapi.json",
            text: openapi::document(functions, printed.openapi, &crate::root())?,
        },
        Generated {
            path: "docs/export.md",
            text: printed.exports,
        },
        Generated {
            path: "shared/store/schema.sql",
            text: printed.schema,
        },
    ])
}

/// The files that hold something else than they should.
pub fn stale<'a>(generated: &'a [Generated], root: &Path) -> Vec<&'a Generated> {
    let differs =
        |it: &&Generated| !files::read(&root.join(it.path)).is_ok_and(|text| text == it.text);
    generated.iter().filter(differs).collect()
}

/// Names the stale files, and writes them unless only a check was asked for.
fn settle(generated: &[Generated], check: bool) -> Result<bool> {
    let root = crate::root();
    let stale = stale(generated, &root);
    for file in &stale {
        if check {
            eprintln!("{} is stale", file.path);
        } else {
            files::write_if_changed(&root.join(file.path), file.text.as_bytes())?;
            eprintln!("wrote {}", file.path);
        }
    }
    Ok(!stale.is_empty())
}
